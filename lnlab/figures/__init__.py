"""One function, one picture."""
