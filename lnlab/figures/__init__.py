"""One function, one picture: tables in, axes out; the notebook writes the title, and the title says the finding."""

from lnlab.figures.networks import (center_growth, own_months, remission_reports, reported_and_simulated,
                                    simulated_remission)
from lnlab.figures.style import Described, percent

__all__ = ["Described", "center_growth", "own_months", "percent", "remission_reports", "reported_and_simulated",
           "simulated_remission"]
