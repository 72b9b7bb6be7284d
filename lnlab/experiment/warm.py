"""Imported once by the process from which workers are split off: all that a run needs is loaded there already."""

from lnlab.experiment.chunk import code
from lnlab.parameters import Parameters
from lnlab.run import simulate

code()
simulate(Parameters(n_patients=20, n_centers=2, burn_in=4, launch_month=2, months=5))
