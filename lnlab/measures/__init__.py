"""Measures of a network, real or simulated: tables in, numbers out. They know nothing of the model."""

from lnlab.measures.agreement import (Alpha, Kappa, LevelOnTime, WithinGroupAgreement, cronbach_alpha,
                                      intraclass_correlation, level_on_time, minimal_detectable_change,
                                      standard_error_of_measurement, weighted_kappa, within_group_agreement)
from lnlab.measures.architecture import Architecture, architecture
from lnlab.measures.graphs import core_sizes, graph_measures, person_measures
from lnlab.measures.inequality import gini, participation_shares, top_share
from lnlab.measures.maturity import Maturity, change, maturity, reliability
from lnlab.measures.rating import rate, state_map, true_levels
from lnlab.measures.rating_tables import maturity_grid, rating_table

__all__ = ["Alpha", "Architecture", "Kappa", "LevelOnTime", "Maturity", "WithinGroupAgreement", "architecture",
           "change", "core_sizes", "cronbach_alpha", "gini", "graph_measures", "intraclass_correlation",
           "level_on_time", "maturity", "maturity_grid", "minimal_detectable_change", "participation_shares",
           "person_measures", "rate", "rating_table", "reliability", "standard_error_of_measurement", "state_map",
           "top_share", "true_levels", "weighted_kappa", "within_group_agreement"]
