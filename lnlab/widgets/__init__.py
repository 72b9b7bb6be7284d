"""Experiments to try in a notebook, and the labelled controls they are made of."""
