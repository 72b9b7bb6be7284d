"""Which inputs drive an outcome: designs to run, screening, shares of variance, emulators, and when to believe them."""

from lnlab.analysis.sensitivity.convergence import convergence, what_drives
from lnlab.analysis.sensitivity.designs import even_points, morris_design, sobol_design
from lnlab.analysis.sensitivity.emulator import emulator, sobol_of
from lnlab.analysis.sensitivity.equal import same_level
from lnlab.analysis.sensitivity.indices import sobol
from lnlab.analysis.sensitivity.screening import morris

__all__ = ["convergence", "emulator", "even_points", "morris", "morris_design", "same_level", "sobol", "sobol_design",
           "sobol_of", "what_drives"]
