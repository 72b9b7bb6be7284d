"""Controls and experiments for notebooks."""

from lnlab.widgets.check import check
from lnlab.widgets.experiment import Experiment
from lnlab.widgets.network import NetworkPlayer
from lnlab.widgets.self_assessment import SelfAssessment

__all__ = ["Experiment", "NetworkPlayer", "SelfAssessment", "check"]
