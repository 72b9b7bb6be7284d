"""Many runs: replicate, compare, sweep; wherever they are run, with nothing lost when it breaks."""

from lnlab.experiment.arms import Arm
from lnlab.experiment.differences import last_year, mean_and_interval, since_joining
from lnlab.experiment.outcomes import MeanOver
from lnlab.experiment.results import Results
from lnlab.experiment.runs import compare, replicate, replicate_seeds, sweep
from lnlab.experiment.sampling import full_grid, latin_hypercube, sobol_points

__all__ = ["Arm", "MeanOver", "Results", "compare", "full_grid", "last_year", "latin_hypercube", "mean_and_interval",
           "replicate", "replicate_seeds", "since_joining", "sobol_points", "sweep"]
