"""Analysis of studies, real or simulated: tables in, estimates with intervals out. It knows nothing of the model."""

from lnlab.analysis.convergence import convergence, what_drives
from lnlab.analysis.diagnostics import diagnostics
from lnlab.analysis.emulator import emulator, sobol_of
from lnlab.analysis.equal import same_level
from lnlab.analysis.indices import sobol
from lnlab.analysis.levels import within_and_between
from lnlab.analysis.marginal import curve, marginal_effects, side_by_side
from lnlab.analysis.mediation import Mediation, mediation
from lnlab.analysis.regression import Regression, regression
from lnlab.analysis.screening import morris
from lnlab.analysis.sensitivity import even_points, morris_design, sobol_design
from lnlab.analysis.unmeasured import Unmeasured, unmeasured_confounding

__all__ = ["Mediation", "Regression", "Unmeasured", "convergence", "curve", "diagnostics", "emulator", "even_points",
           "marginal_effects", "mediation", "morris", "morris_design", "regression", "same_level", "side_by_side",
           "sobol", "sobol_design", "sobol_of", "unmeasured_confounding", "what_drives", "within_and_between"]
