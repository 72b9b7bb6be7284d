"""Which inputs drive an outcome: the points that have to be run to find out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lnlab.analysis.rows import numbers_of
from lnlab.checks import InputError, items, number, refuse, whole_number

SHOWN = 8               # problems that one error names
LARGEST = 1e150         # beyond which squares are no numbers
MORRIS, SOBOL = "Morris", "Sobol'"


@dataclass(frozen=True, eq=False)
class Design:
    """The points that a method of sensitivity analysis needs to be run. Made by `morris_design` and `sobol_design`.

    Parameters
    ----------
    method : {"Morris", "Sobol'"}
    points : pandas.DataFrame
        A row for each point to run, numbered from 0, a column for each parameter; no point comes twice. To be given as
        it is to `lnlab.sweep`, or row by row to any function.
    order : (n_rows,) array of int
        Which point each row of the method's own sample is. A method may visit a point more than once.
    ranges : dict of str to (low, high)
    whole : tuple of str
        Parameters that take whole numbers only.
    n : int
        Trajectories (Morris), or base points (Sobol').
    seed : int
    levels : int or None
        Of each range (Morris).
    second_order : bool
        Whether pairs of parameters can be told (Sobol').

    Examples
    --------
    >>> sobol_design({"sharing": (0, 1), "registry": (0, 1)}, n=64)
    Sobol' design: 256 points of 2 parameters (n = 64, seed 1).
    """

    method: str
    points: object = field(repr=False)
    order: np.ndarray = field(repr=False)
    ranges: dict
    whole: tuple
    n: int
    seed: int
    levels: int | None = None
    second_order: bool = False

    def __repr__(self):
        return (f"{self.method} design: {len(self.points):,} points of {len(self.ranges)} parameters (n = {self.n}, "
                f"seed {self.seed}).")


def morris_design(ranges, n_trajectories=20, levels=4, seed=1, whole=()):
    """Points for a screening after Morris: trajectories that change one parameter at a time.

    Parameters
    ----------
    ranges : dict of str to (low, high)
        From where to where each parameter goes.
    n_trajectories : int, default 20
        Each has a run more than there are parameters. The first of them are those of a smaller design.
    levels : int, default 4
        Values that each parameter takes, evenly spaced; an even number. One step is `levels` / (2 (`levels` - 1)) of
        the range.
    seed : int, default 1
    whole : sequence of str
        Parameters that take whole numbers only.

    Returns
    -------
    Design

    Raises
    ------
    InputError

    Examples
    --------
    >>> design = morris_design({"sharing": (0, 1), "visit_interval": (1, 6)}, 10, whole=["visit_interval"])
    >>> len(design.order), sorted(design.points["visit_interval"].unique().tolist())
    (30, [1, 3, 4, 6])
    """
    from SALib.sample import morris
    ranges, whole = checked_ranges(ranges, whole)
    n_trajectories = whole_number("n_trajectories", n_trajectories, 2, unit="trajectories")
    levels, seed = whole_number("levels", levels, 2), whole_number("seed", seed, 0)
    if levels % 2:
        raise InputError(f"`levels` must be an even number, so that all levels are met alike; got {levels}.")
    sample = morris.sample(problem_of(ranges), n_trajectories, num_levels=levels, seed=seed)
    sample = np.round(sample * (levels - 1)) / (levels - 1)
    return _design(MORRIS, _between(sample, ranges, whole, evenly=False), ranges, whole, n_trajectories, seed, levels)


def sobol_design(ranges, n=256, second_order=False, seed=1, whole=()):
    """Points for Sobol' indices, by Saltelli's scheme on a scrambled Sobol' sequence.

    Parameters
    ----------
    ranges : dict of str to (low, high)
        Every value between them is taken to be equally likely, and parameters to be independent of each other.
    n : int, default 256
        Base points; it must be a power of two. There are n (k + 2) runs for k parameters; with `second_order`
        n (2 k + 2). The first half is a design of its own.
    second_order : bool, default False
        Also for pairs of parameters.
    seed : int, default 1
    whole : sequence of str
        Parameters that take whole numbers only, each with the same chance.

    Returns
    -------
    Design

    Raises
    ------
    InputError

    Examples
    --------
    >>> three = {"sharing": (0, 1), "registry": (0, 1), "implementation": (0, 1)}
    >>> len(sobol_design(three, n=64, second_order=True).points)
    512
    """
    from SALib.sample import sobol
    ranges, whole = checked_ranges(ranges, whole)
    n, seed = power_of_two("n", n), whole_number("seed", seed, 0)
    if not isinstance(second_order, (bool, np.bool_)):
        raise InputError(f"`second_order` must be True or False; got {second_order!r:.200}.")
    sample = sobol.sample(problem_of(ranges), n, calc_second_order=bool(second_order), seed=seed)
    return _design(SOBOL, _between(sample, ranges, whole), ranges, whole, n, seed, second_order=bool(second_order))


def even_points(ranges, n, seed=1, whole=()):
    """Points that fill a space evenly (a scrambled Sobol' sequence): what an emulator learns from.

    Parameters
    ----------
    ranges, seed, whole
        As in `sobol_design`.
    n : int
        A power of two; the first half of the points is as even.

    Returns
    -------
    pandas.DataFrame

    Examples
    --------
    >>> even_points({"sharing": (0.5, 1)}, 4)["sharing"].between(0.5, 1).all()
    np.True_
    """
    from scipy.stats import qmc
    ranges, whole = checked_ranges(ranges, whole)
    sample = qmc.Sobol(len(ranges), rng=whole_number("seed", seed, 0)).random(power_of_two("n", n))
    return _between(sample, ranges, whole)


def first_part(design, n):
    """The design that the first `n` trajectories or base points of a design are, and which of its points they need.

    >>> part, points = first_part(sobol_design({"sharing": (0, 1), "registry": (0, 1)}, n=64), 32)
    >>> part.n, len(points)
    (32, 128)
    """
    rows = design.order[:len(design.order) // design.n * n]
    points, order = np.unique(rows, return_inverse=True)
    part = Design(design.method, design.points.iloc[points].reset_index(drop=True), order, design.ranges, design.whole,
                  n, design.seed, design.levels, design.second_order)
    return part, points


def checked_ranges(ranges, whole=()):
    """Ranges as a dict of (low, high), and the names of whole ones; an InputError lists all that is wrong.

    >>> checked_ranges({"sharing": [0, 1]})
    ({'sharing': (0.0, 1.0)}, ())
    """
    if not isinstance(ranges, Mapping) or not ranges:
        raise InputError("`ranges` must be a dict that says from where to where each parameter goes, as in "
                         f"{{'sharing': (0, 1)}}; got {ranges!r:.200}.")
    whole, problems, checked = items("whole", whole, "names of parameters"), [], {}
    problems += [f"`whole` names {name!r}, which is not among them" for name in whole if name not in ranges]
    for name, pair in ranges.items():
        try:
            if not isinstance(name, str) or not name.strip() or name in ("point", "replicate", "seed"):
                raise InputError("a parameter must be named by a text other than point, replicate and seed; got "
                                 f"{name!r}")
            check = whole_number if name in whole else number
            low, high = (check(name, each) for each in _two(name, pair))
            if not low < high:
                raise InputError(f"`{name}` must go from low to high, in this order; got {_told(pair)}")
            if not 1e-12 * max(abs(low), abs(high)) < high - low < LARGEST:
                raise InputError(f"`{name}` must have a range whose values can be told apart, and that is less than "
                                 f"{LARGEST:g} wide; got {_told(pair)}")
            checked[name] = low, high
        except InputError as error:
            problems.append(str(error))
    refuse("ranges", problems, SHOWN)
    return checked, tuple(name for name in checked if name in whole)


def power_of_two(name, value):
    """`value` if it is a power of two from 2 on; an InputError that names the nearest if not.

    >>> power_of_two("n", 256)
    256
    """
    value = whole_number(name, value, 2, unit="points")
    if value & (value - 1):
        raise InputError(f"`{name}` must be a power of two, such as {1 << value.bit_length() - 1} or "
                         f"{1 << value.bit_length()}, else the points are not even; got {value}.")
    return value


def problem_of(ranges):
    """The ranges as SALib takes them: all from 0 to 1; what the values are is our own matter."""
    return {"num_vars": len(ranges), "names": list(ranges), "bounds": [[0, 1]] * len(ranges)}


def in_unit_cube(points, ranges):
    """Points as shares of their ranges, (n_points, n_parameters)."""
    return np.column_stack([(points[name].to_numpy(dtype=float) - low) / (high - low)
                            for name, (low, high) in ranges.items()])


def ranges_of(points):
    """From where to where each column of a table of points goes: a dict of (low, high).

    >>> import pandas as pd
    >>> ranges_of(pd.DataFrame({"sharing": [0.5, 0.0, 1.0]}))
    {'sharing': (0.0, 1.0)}
    """
    refuse("points", [f"there must be one column {name!r}" for name in points.columns[points.columns.duplicated()]])
    numbers = {name: numbers_of(points, name, "points") for name in points.columns}
    refuse("points", [f"{name} must vary; it is {column[0]:g} in every row. Leave out a column that is none of the "
                      "parameters" for name, column in numbers.items() if np.ptp(column) == 0])
    return {name: (float(column.min()), float(column.max())) for name, column in numbers.items()}


def checked_points(points, ranges, whole, said):
    """Points as shares of their ranges, (n_points, n_parameters); an InputError names all that lie elsewhere."""
    import pandas as pd
    if not isinstance(points, pd.DataFrame) or not len(points):
        raise InputError(f"`points` must be a table with a row for each point; got {points!r:.200}.")
    refuse("points", [f"there must be one column {name!r}" for name in ranges if (points.columns == name).sum() != 1])
    problems, numbers = [], {}
    for name, (low, high) in ranges.items():
        given = numbers[name] = pd.to_numeric(points[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        slack = 1e-9 * (high - low)
        problems += [f"row {1 + row}: {name} must lie between {low:g} and {high:g}, {said}; got "
                     f"{points[name].iloc[row]}"
                     for row in np.flatnonzero(~((given >= low - slack) & (given <= high + slack)))]
        if name in whole:
            problems += [f"row {1 + row}: {name} must be a whole number; got {given[row]:g}"
                         for row in np.flatnonzero(given % 1 > 0)]
    refuse("points", problems)
    return in_unit_cube(pd.DataFrame(numbers), ranges)


def _told(pair):
    return f"({', '.join(f'{each:.13g}' for each in pair)})"


def _two(name, pair):
    pair = items(name, pair, "two numbers, low and high")
    if len(pair) != 2:
        raise InputError(f"`{name}` must be two numbers, low and high; got {pair!r:.80}")
    return [each.item() if isinstance(each, np.generic) else each for each in pair]


def _between(sample, ranges, whole, evenly=True):
    """Points of the unit cube as values of parameters; whole ones with the same chance (`evenly`) or rounded."""
    import pandas as pd
    columns = {}
    for share, (name, (low, high)) in zip(np.asarray(sample).T, ranges.items()):
        if name not in whole:
            columns[name] = np.clip(low * (1 - share) + high * share, low, high)
            continue
        spread = np.floor(low + (high - low + 1) * share) if evenly else np.round(low + (high - low) * share)
        columns[name] = np.clip(spread, low, high).astype(np.int64)
    return pd.DataFrame(columns)


def _design(method, sample, ranges, whole, n, seed, levels=None, second_order=False):
    order = sample.groupby(list(sample.columns), sort=False).ngroup().to_numpy()
    points = sample.drop_duplicates().reset_index(drop=True)
    return Design(method, points, order, ranges, whole, n, seed, levels, second_order)
