"""lnlab: the laboratory for the science of learning networks.

The names a reader needs are loaded when first used, so that `import lnlab` takes no time.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOME = {
    "Parameters": "parameters", "LEVERS": "parameters", "InputError": "checks", "make_population": "population", "Program": "programs",
    "Growth": "programs", "simulate": "run", "hold": "run", "Run": "results", "LearningNetwork": "model",
    "replicate": "experiment", "compare": "experiment", "sweep": "experiment", "Arm": "experiment", "MeanOver": "experiment",
    "full_grid": "experiment", "latin_hypercube": "experiment", "sobol_points": "experiment",
    "last_year": "experiment", "mean_and_interval": "experiment",
    "Experiment": "widgets", "check": "widgets",
    "bandit": None, "mechanisms": None, "studies": None, "goals": None, "stories": None, "registry": None,
    "measures": None, "charts": None, "analysis": None, "published": None, "own_data": None, "figures": None, "widgets": None, "ladder": None,
}
__all__ = list(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module 'lnlab' has no attribute {name!r}")
    home = _HOME[name]
    value = import_module(f"lnlab.{name}") if home is None else getattr(import_module(f"lnlab.{home}"), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted([*globals(), *_HOME])
