"""Mixes of levers, pulled together in a network from where it stands."""

from collections.abc import Mapping
from itertools import product

import numpy as np

from lnlab.checks import InputError, items, one_of, whole_number
from lnlab.experiment import Arm, compare
from lnlab.parameters import LEVERS, checked_value, declared
from lnlab.population import checked_parameters
from lnlab.programs import Program

# Where a network may stand, by what differs from the defaults (assumed)
STARTS = {"young": dict(sharing=0.1, shared_information_use=0.3, implementation=0.15), "default": {},
          "mature": dict(sharing=0.9, shared_information_use=1, implementation=0.6, patient_influence=0.15)}
MOST_MIXES = 5000


def try_mixes(levers, parameters=None, start=None, *, n=10, seed=1, measure="remission_rate", executor=None,
              progress=None):
    """Run a network from where it stands with every mix of some levers, pulled in the same month.

    A lever that stays where it stands is left alone. `implementation`, which varies between centers, is moved by as
    much on the logit scale in each, so that centers stay as different as they were; others take the new value.

    Parameters
    ----------
    levers : dict of str to sequence of float
        The values of each lever; every combination is run.
    parameters : Parameters, optional
        Where the network stands (see `starting_state`), and how long it is followed: what counts is its last year.
    start : int, optional
        The month in which the levers are pulled; that in which the network starts if not given.
    n, seed : int, default 10, 1
        Networks, the same for every mix.
    measure : str or MeanOver, default "remission_rate"
        What is kept of each run; of a column of `Run.months`, the mean over the last year.
    executor, progress : optional
        As in `lnlab.compare`.

    Returns
    -------
    pandas.DataFrame
        A row for each mix and network: the levers, replicate, seed, and the measure.

    Raises
    ------
    InputError

    Examples
    --------
    >>> from lnlab import Parameters
    >>> small = Parameters(n_patients=100, n_centers=2, months=36, launch_month=12)
    >>> try_mixes({"sharing": [0.5, 1], "registry": [0.45, 0.9]}, small, start=24, n=2).shape
    (8, 5)
    """
    parameters = checked_parameters(parameters)
    if not isinstance(levers, Mapping) or not levers:
        raise InputError("`levers` must be a dict with the values of each lever, as in {'sharing': [0.5, 0.7, 0.9]}; "
                         f"got {levers!r:.200}.")
    grid = {one_of("levers", lever, LEVERS): [checked_value(lever, each) for each in items(lever, values, "values")]
            for lever, values in levers.items()}
    for lever, values in grid.items():
        if not values or len(set(values)) < len(values):
            raise InputError(f"`{lever}` must have at least one value, and none twice; got {values!r:.200}.")
    if start is None and parameters.launch_month > parameters.months - 12:
        raise InputError("`months` must reach a year beyond `launch_month`, in which the levers are pulled, since the "
                         f"last year counts; got launch_month={parameters.launch_month} and "
                         f"months={parameters.months}.")
    start = parameters.launch_month if start is None else whole_number("start", start, 0, parameters.months - 12,
                                                                        "month")
    if isinstance(measure, str) and measure == "months":
        raise InputError("`measure` must be one number of each run, as 'remission_rate'; got 'months'.")
    n_mixes = int(np.prod([len(values) for values in grid.values()]))
    if n_mixes > MOST_MIXES:
        raise InputError(f"`levers` must make at most {MOST_MIXES:,} mixes; these make {n_mixes:,}. Leave out values.")
    mixes = list(product(*grid.values()))
    arms = {f"{place}: {in_words(grid, mix)}": Arm(parameters, _pulled(dict(zip(grid, mix)), parameters, start))
            for place, mix in enumerate(mixes)}
    results = compare(arms, n=n, seed=seed, parameters=parameters, measures=measure, executor=executor,
                      progress=progress)
    if len(results.failures):
        raise InputError(f"Every run must finish; {len(results.failures)} failed: {results.failures['error'].iloc[0]}")
    of_arm = dict(zip(arms, mixes))
    table = results.table
    for place, lever in enumerate(grid):
        table.insert(1 + place, lever, [of_arm[arm][place] for arm in table["arm"]])
    return table.drop(columns="arm")


def starting_state(name, parameters=None):
    """A network as it may stand (assumed): young, default or mature.

    Parameters
    ----------
    name : {"young", "default", "mature"}
        See `STARTS`: a young network shares and uses little and can seldom act; in a mature one sharing, use and
        implementation are high, and patients influence each other more.
    parameters : Parameters, optional
        What else is as in these.

    Returns
    -------
    Parameters

    Examples
    --------
    >>> starting_state("young")
    Parameters(shared_information_use=0.3, sharing=0.1, implementation=0.15)
    """
    return checked_parameters(parameters).but(**STARTS[one_of("name", name, STARTS)])


def _pulled(mix, parameters, start):
    """The programs that bring levers from where they stand to the values of a mix."""
    programs = []
    for lever, value in mix.items():
        stands = getattr(parameters, lever)
        if value == stands:
            continue
        if declared(lever)["varies"] and 0 < value < 1 and 0 < stands < 1:
            shift = np.log(value / (1 - value)) - np.log(stands / (1 - stands))
            programs.append(Program(f"more {lever}", lever, shift=float(shift), start=start))
        else:
            programs.append(Program(f"more {lever}", lever, value=value, start=start))
    return programs


def in_words(levers, mix):
    """A mix as people write it.

    >>> in_words(["sharing", "registry"], (0.5, 0.9))
    'sharing 0.5, registry 0.9'
    """
    return ", ".join(f"{lever} {value:g}" for lever, value in zip(levers, mix))
