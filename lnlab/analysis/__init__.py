"""Analysis of studies, real or simulated: tables in, estimates with intervals out. It knows nothing of the model."""

from lnlab.analysis.levels import within_and_between
from lnlab.analysis.mediation import Mediation, Unmeasured, mediation, unmeasured_confounding
from lnlab.analysis.regression import Regression, curve, diagnostics, marginal_effects, regression, side_by_side
from lnlab.analysis.sensitivity import (convergence, emulator, even_points, morris, morris_design, same_level, sobol,
                                        sobol_design, sobol_of, what_drives)

__all__ = ["Mediation", "Regression", "Unmeasured", "convergence", "curve", "diagnostics", "emulator", "even_points",
           "marginal_effects", "mediation", "morris", "morris_design", "regression", "same_level", "side_by_side",
           "sobol", "sobol_design", "sobol_of", "unmeasured_confounding", "what_drives", "within_and_between"]
