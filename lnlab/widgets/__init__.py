"""Controls and experiments for notebooks."""

from lnlab.widgets.check import check
from lnlab.widgets.experiment import Experiment
from lnlab.widgets.network import NetworkPlayer

__all__ = ["Experiment", "NetworkPlayer", "check"]
