"""Studies of simulated networks as they would be done on real ones, with the true effect beside them.

Each study is confounded on purpose. What its table holds an analyst could have; the truth comes from running the same
network again, the same people with the same luck, without what is studied, which only a simulator can do. All settings
are assumed; where one differs from the default, to make a confounder strong, the docstring says so.
"""

from lnlab.studies.confounded import by_activation, by_center, by_drug_trend
from lnlab.studies.curves import influence_curves
from lnlab.studies.study import Study

__all__ = ["Study", "by_activation", "by_center", "by_drug_trend", "influence_curves"]
