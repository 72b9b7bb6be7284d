"""One function, one picture: tables in, axes out; the notebook writes the title, and the title says the finding."""

from lnlab.figures.architecture import architecture, participation
from lnlab.figures.charts import control_chart, funnel
from lnlab.figures.comparisons import same_luck
from lnlab.figures.equal import same_outcome
from lnlab.figures.goals import after_support, least_effort, stalling, time_to_goal
from lnlab.figures.maturity import (maturity_change, maturity_over_years, maturity_profile, maturity_radar,
                                    outcome_on_maturity)
from lnlab.figures.mechanisms import cases_over_years, chain, network_size, reach
from lnlab.figures.mediation import effects_beside_truth, hidden_cause, path_diagram
from lnlab.figures.models import growing_network, learning_together
from lnlab.figures.network import network
from lnlab.figures.networks import (center_growth, own_months, remission_reports, reported_and_simulated,
                                    simulated_remission)
from lnlab.figures.own_charts import OwnChart, own_chart
from lnlab.figures.raters import mean_against_disagreement, rated_against_true
from lnlab.figures.regression import conclusions, diagnostics, fitted_curve
from lnlab.figures.sensitivity import convergence, emulator_check, indices, reasons, screening
from lnlab.figures.style import Described, percent
from lnlab.figures.worlds import helped_and_harmed, rivals, steps, worth

__all__ = ["Described", "OwnChart", "after_support", "architecture", "cases_over_years", "center_growth", "chain",
           "conclusions", "control_chart", "convergence", "diagnostics", "effects_beside_truth", "emulator_check",
           "fitted_curve", "funnel", "growing_network", "helped_and_harmed", "hidden_cause", "indices",
           "learning_together", "least_effort", "maturity_change", "maturity_over_years", "maturity_profile",
           "maturity_radar", "mean_against_disagreement", "network", "network_size", "outcome_on_maturity",
           "own_chart", "own_months", "participation", "path_diagram", "percent", "rated_against_true", "reach",
           "reasons", "remission_reports", "reported_and_simulated", "rivals", "same_luck", "same_outcome",
           "screening", "simulated_remission", "stalling", "steps", "time_to_goal", "worth"]
