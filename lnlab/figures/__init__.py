"""One function, one picture: tables in, axes out; the notebook writes the title, and the title says the finding."""

from lnlab.figures.architecture import architecture, participation
from lnlab.figures.charts import control_chart, funnel
from lnlab.figures.comparisons import same_luck
from lnlab.figures.maturity import (maturity_change, maturity_over_years, maturity_profile, maturity_radar,
                                    outcome_on_maturity)
from lnlab.figures.mechanisms import cases_over_years, chain, network_size, reach
from lnlab.figures.models import growing_network, learning_together
from lnlab.figures.network import network
from lnlab.figures.networks import (center_growth, own_months, remission_reports, reported_and_simulated,
                                    simulated_remission)
from lnlab.figures.own_charts import OwnChart, own_chart
from lnlab.figures.raters import mean_against_disagreement, rated_against_true
from lnlab.figures.style import Described, percent

__all__ = ["Described", "OwnChart", "architecture", "cases_over_years", "center_growth", "chain", "control_chart",
           "funnel", "growing_network", "learning_together", "maturity_change", "maturity_over_years",
           "maturity_profile", "maturity_radar", "mean_against_disagreement", "network", "network_size",
           "outcome_on_maturity", "own_chart", "own_months", "participation", "percent", "rated_against_true",
           "reach", "remission_reports", "reported_and_simulated", "same_luck", "simulated_remission"]
