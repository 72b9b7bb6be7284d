"""Regressions of a study's table: formulas, fits with honest errors, effects on the scale of the outcome, diagnostics."""

from lnlab.analysis.regression.diagnostics import diagnostics
from lnlab.analysis.regression.fits import Regression, regression
from lnlab.analysis.regression.marginal import curve, marginal_effects, side_by_side

__all__ = ["Regression", "curve", "diagnostics", "marginal_effects", "regression", "side_by_side"]
