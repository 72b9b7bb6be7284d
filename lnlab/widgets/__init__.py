"""Controls and experiments for notebooks."""

from lnlab.widgets.check import check
from lnlab.widgets.experiment import Experiment

__all__ = ["Experiment", "check"]
