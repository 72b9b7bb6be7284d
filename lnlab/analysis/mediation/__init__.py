"""Mediation: the parts of an effect that go through mediators, and what a hidden cause would change about them."""

from lnlab.analysis.mediation.paths import Mediation, mediation
from lnlab.analysis.mediation.unmeasured import Unmeasured, unmeasured_confounding

__all__ = ["Mediation", "Unmeasured", "mediation", "unmeasured_confounding"]
