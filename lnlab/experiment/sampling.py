"""Where to look: designs of a sweep, as tables with a row for each point and a column for each parameter.

Bounds come from the parameters. All designs are checked in the same way, those of one's own included.
"""

import dataclasses
from itertools import product

import numpy as np

from lnlab.checks import InputError, did_you_mean, is_whole, items, number, whole_number
from lnlab.experiment.arms import Arm
from lnlab.parameters import Parameters, checked_value, declared
from lnlab.population import checked_seed

SHOWN = 5               # rows that an error message names


def full_grid(**values):
    """Every combination of some values.

    Parameters
    ----------
    **values : sequence, or int
        The values of each parameter; a number n stands for n values from its lowest to its highest, evenly spaced.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError

    Examples
    --------
    >>> full_grid(sharing=[0, 0.7], registry=3)["registry"].tolist()
    [0.0, 0.5, 1.0, 0.0, 0.5, 1.0]
    """
    import pandas as pd
    if not values:
        raise InputError("A full grid must have at least one parameter, as in full_grid(sharing=[0, 0.5, 1]).")
    levels = {}
    for name, given in values.items():
        if is_whole(given):
            low, high = bounds(name)
            n = whole_number(name, given, 2, unit="values of the grid")
            given = _of_its_kind(name, np.linspace(low, high, n))
            given = list(dict.fromkeys(given))
        levels[name] = [checked_value(name, each) for each in items(name, given, "values, or their number")]
        if len(set(levels[name])) < max(1, len(levels[name])) or not levels[name]:
            raise InputError(f"`{name}` must have different values, and at least one; got {levels[name]!r:.200}.")
    return pd.DataFrame(list(product(*levels.values())), columns=list(levels))


def latin_hypercube(names, n, seed=1, within=None):
    """Points spread by Latin hypercube: each parameter's range is cut into `n` slices, each met just once.

    Parameters
    ----------
    names : sequence of str
        The parameters to vary.
    n : int
        Number of points.
    seed : int, default 1
    within : dict, optional
        Narrower bounds, by name: (low, high).

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError

    Examples
    --------
    >>> len(latin_hypercube(["sharing", "registry"], 10))
    10
    """
    from scipy.stats import qmc
    names, n = _checked_names(names), whole_number("n", n, 1, unit="points")
    return _between(names, qmc.LatinHypercube(len(names), rng=checked_seed(seed)).random(n), within)


def sobol_points(names, n, seed=1, within=None):
    """Points of a scrambled Sobol' sequence: as even as can be in all directions at once.

    Parameters
    ----------
    names : sequence of str
    n : int
        Number of points; it must be a power of two, else they are not even.
    seed : int, default 1
        Of the scrambling.
    within : dict, optional
        Narrower bounds, by name: (low, high).

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError

    Examples
    --------
    >>> len(sobol_points(["sharing", "registry"], 16, within={"sharing": (0.5, 1)}))
    16
    """
    from scipy.stats import qmc
    names, n = _checked_names(names), whole_number("n", n, 1, unit="points")
    if n & (n - 1):
        raise InputError(f"`n` must be a power of two, such as {1 << n.bit_length() - 1} or {1 << n.bit_length()}; got "
                         f"{n}.")
    return _between(names, qmc.Sobol(len(names), rng=checked_seed(seed)).random(n), within)


def bounds(name, within=None):
    """Lowest and highest value of a parameter in a design; an InputError where it has no highest.

    >>> bounds("patient_influence"), bounds("patient_influence", (0, 0.1))
    ((0.0, 0.4), (0.0, 0.1))
    """
    about = declared(name)
    if about["switch"]:
        return 0.0, 1.0
    if within is not None:
        pair = items(f"within[{name!r}]", within, "two numbers, low and high")
        pair = [number(f"within[{name!r}]", each, about["low"], about["high"], about["unit"]) for each in pair]
        if len(pair) != 2 or not pair[0] < pair[1]:
            raise InputError(f"`within[{name!r}]` must be low and high, in this order; got {within!r:.200}.")
        return tuple(pair)
    if about["high"] is None:
        raise InputError(f"`{name}` has no highest value; say which values it takes, as in full_grid({name}=[1, 10]), "
                         f"or how far it goes, as in within={{{name!r}: (1, 10)}}.")
    return float(about["low"]), float(about["high"])


def _checked_names(names):
    names = items("names", names, "parameter names")
    for name in names:
        declared(name)
    if not names or len(set(names)) < len(names):
        raise InputError(f"`names` must name at least one parameter, each once; got {names!r:.200}.")
    return names


def _between(names, points, within):
    import pandas as pd
    for name in within or {}:
        if name not in names:
            raise InputError(f"`within` must give bounds of parameters that vary; got {name!r}."
                             f"{did_you_mean(name, names)}")
    columns = {}
    for name, share in zip(names, points.T):
        low, high = bounds(name, (within or {}).get(name))
        whole = declared(name)["whole"] or declared(name)["switch"]
        spread = low + (high - low + 1) * share - 0.5 if whole else low + (high - low) * share
        columns[name] = _of_its_kind(name, spread)
    return pd.DataFrame(columns)


def _of_its_kind(name, values):
    """Numbers as values of a parameter: rounded where it takes whole numbers only."""
    about = declared(name)
    if about["switch"]:
        return (np.round(values) > 0).tolist()
    return np.round(values).astype(int).tolist() if about["whole"] else values.tolist()


def checked_design(design, base=None):
    """A user's design as a table of points, or an InputError that lists what is wrong with it, and in which rows.

    Parameters
    ----------
    design : pandas.DataFrame, or what makes one
        Columns, and the levels of an index that has names, are names of parameters; rows are points, counted from 0.
    base : Arm, optional
        Everything else of each point.

    Returns
    -------
    pandas.DataFrame
        The same points, numbered from 0, each value of its parameter's type.

    Raises
    ------
    InputError
        For an empty table, unknown or repeated columns, values out of bounds, values that cannot go together,
        duplicate rows.

    Examples
    --------
    >>> import pandas as pd
    >>> checked_design(pd.DataFrame({"sharing": [0.2, 1.8]}))
    Traceback (most recent call last):
    lnlab.checks.InputError: `design` has a problem: row 1: `sharing` must lie between 0 and 1 (share of cases); got \
1.8.
    """
    import pandas as pd
    base = base or Arm()
    if not isinstance(design, pd.DataFrame):
        try:
            design = pd.DataFrame(design)
        except Exception:
            raise InputError("`design` must be a table (a pandas DataFrame) with a column for each parameter and a row "
                             f"for each point; got {design!r:.200}.") from None
    if any(name is not None for name in design.index.names):
        design = design.reset_index()
    if not len(design) or not len(design.columns):
        raise InputError("`design` must have at least one row and one column; it is empty.")
    problems = []
    for name in design.columns:
        if name not in Parameters.__dataclass_fields__:
            problems.append(f"column {name!r} is no parameter.{did_you_mean(name, Parameters.__dataclass_fields__)}")
    problems += [f"column {name!r} comes twice" for name in design.columns[design.columns.duplicated()].unique()]
    if not problems:
        rows, problems = _checked_rows(design, base)
    if not problems:
        design = pd.DataFrame(rows, columns=list(design.columns))
        twice = design.duplicated(keep=False)
        for _, same in design[twice].groupby(list(design.columns), sort=False):
            problems.append(f"rows {', '.join(map(str, same.index[:SHOWN]))} are the same point; for replicates, use n")
    if problems:
        more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        word = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise InputError(f"`design` has {word}: {'; '.join(each.rstrip('.') for each in problems[:SHOWN])}{more}.")
    return design


def _checked_rows(design, base):
    """The rows with each value of its type, and the problems of those that cannot be."""
    names, rows, problems = list(design.columns), [], []
    columns = [design[name].tolist() for name in names]
    for row, values in enumerate(zip(*columns)):
        given = {name: _as_number(value) for name, value in zip(names, values)}
        wrong = []
        for name, value in given.items():
            try:
                given[name] = checked_value(name, value)
            except InputError as error:
                wrong.append(f"row {row}: {error}")
        if not wrong:
            try:
                at_point(base, given)
            except InputError as error:
                wrong.append(f"row {row}: {error}")
        problems += wrong
        rows.append(tuple(given.values()))
    return rows, problems


def _as_number(value):
    """A number as the plain thing; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


class Points:
    """The arms of a sweep, made when they are asked for: a point each of a checked design."""

    def __init__(self, design, base):
        self.design, self.base = design, base
        self.columns = {name: design[name].to_numpy() for name in design.columns}

    def __len__(self):
        return len(self.design)

    def __getitem__(self, point):
        return at_point(self.base, {name: _as_number(values[point]) for name, values in self.columns.items()})


def at_point(base, changes):
    """The arm with some of its parameters changed."""
    return dataclasses.replace(base, parameters=base.parameters.but(**changes))
