"""Outcomes matched with the points that were run, so that no run is taken for another; and how much of them is luck."""

import numpy as np

from lnlab.checks import InputError, refuse

SHOWN = 8               # problems that one error names
FEW_SEEDS = 10          # below which the luck of some networks may be taken for the truth
LARGEST = 1e150         # beyond which squares are no numbers


def matched(points, outcomes, value=None):
    """The outcome of each point and replicate, whatever the order of the rows, or an error that names what is wrong.

    Parameters
    ----------
    points : pandas.DataFrame
        The points that were run, numbered from 0.
    outcomes : pandas.DataFrame, Results, or (n_points,) or (n_points, n_replicates) array
        A table with the column `point`; `replicate`, if there are several; and the outcome. Columns named as those of
        `points` must agree with them. An array is taken to be in the order of the points.
    value : str, optional
        The column of the outcome, where there are several that it could be.

    Returns
    -------
    numbers : (n_points, n_replicates) float
    cautions : list of str

    Raises
    ------
    InputError
        For points that are missing, foreign, doubled or re-ordered, and outcomes that are missing or no numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> points = pd.DataFrame({"sharing": [0.0, 1.0]})
    >>> runs = pd.DataFrame({"point": [1, 0], "sharing": [1.0, 0.0], "remission_rate": [0.8, 0.7]})
    >>> matched(points, runs)[0].tolist()
    [[0.7], [0.8]]
    """
    table = getattr(outcomes, "table", outcomes)
    if not hasattr(table, "columns"):
        return _of_array(len(points), table, value)
    table = table.reset_index(drop=not any(table.index.names))
    if (table.columns == "point").sum() != 1:
        raise InputError("`outcomes` must say which point each run is of, in a column `point` (once), as the table of "
                         f"lnlab.sweep(design.points) does; it has {', '.join(map(repr, table.columns))}."[:500])
    value = _value_of(table, points, value)
    number_of = _points_of(table, len(points))
    _refuse_others(table, points, number_of)
    replicate = _replicates_of(table, number_of, len(points))
    given = _numbers(table[value])
    refuse("outcomes", [f"point {point}: {value} must be a number{_size(given[row])}; got "
                        f"{_plain(table[value].iloc[row])!r:.60}"
                        for row, point in enumerate(number_of) if not abs(given[row]) < LARGEST], SHOWN)
    numbers = np.empty((len(points), 1 + replicate.max()))
    numbers[number_of, replicate] = given
    return numbers, _same_luck(table, numbers.shape)


def _same_luck(table, shape):
    """A caution where every point has the same few seeds, so that the luck of these stands in every outcome."""
    if "seed" not in table.columns or shape[0] < 2 or not table["seed"].nunique() == shape[1] < FEW_SEEDS:
        return []
    some = "one seed" if shape[1] == 1 else f"{shape[1]} seeds"
    return [f"All points were run with the same {some}, so the intervals do not hold what other networks would give. "
            "Repeat it with other seeds (or, for an emulator, run other seeds at each point: paired=False)."]


def share_of_luck(numbers, rows=None):
    """How much of what varies between the points' means over replicates is luck: a share, and its variance.

    The variance of luck is what is left of the replicates' outcomes without the means of points and of replicates:
    luck that a replicate has at all points alike moves no point against another. Missing for a single replicate.

    >>> share, variance = share_of_luck(np.array([[1.0, 2.0], [3.0, 4.0]]))
    >>> float(share), float(variance)
    (0.0, 0.0)
    """
    n_points, n_replicates = numbers.shape
    if n_replicates < 2 or n_points < 2:
        return np.nan, np.nan
    means = numbers.mean(axis=1)
    left = numbers - means[:, None] - numbers.mean(axis=0) + numbers.mean()
    variance = (left**2).sum() / ((n_points - 1) * (n_replicates - 1)) / n_replicates
    of_means = np.var(means if rows is None else means[rows])
    return (min(1.0, variance / of_means) if of_means > 0 else np.nan), variance


def _of_array(n_points, given, value):
    if value is not None:
        raise InputError("`value` names a column of a table of outcomes; what was given is no table.")
    index = getattr(given, "index", None)
    if hasattr(given, "to_numpy") and list(index) != list(range(n_points)):
        raise InputError(f"`outcomes` must be indexed by the number of the point, 0 to {n_points - 1}, in this order; "
                         f"got {len(given)} outcomes, indexed {list(index[:3])!r:.80} and so on.")
    try:
        numbers = np.array(given)
        if numbers.dtype.kind in "cmM":
            raise TypeError
        numbers = numbers.astype(float)
    except (TypeError, ValueError):
        raise InputError("`outcomes` must be a table with the column `point`, or numbers in the order of the points; "
                         f"got {given!r:.200}.") from None
    if numbers.ndim not in (1, 2) or len(numbers) != n_points or not numbers.size:
        raise InputError(f"`outcomes` must have a row for each of the {n_points} points (and a column for each "
                         f"replicate, if there are several); got the shape {numbers.shape}. With a run missing, the "
                         "others cannot be told apart: give a table with the column `point`.")
    numbers = numbers.reshape(n_points, -1)
    refuse("outcomes", [f"point {point}: must be a number{_size(numbers[point, replicate])}; got "
                        f"{numbers[point, replicate]}"
                        for point, replicate in np.argwhere(~(np.abs(numbers) < LARGEST))], SHOWN)
    return numbers, ["The outcomes came without the numbers of their points and were taken to be in the design's "
                     "order; had they been re-ordered, nothing would show it."]


def _value_of(table, points, value):
    could = [name for name in table.columns if name not in ("point", "replicate", "seed", *points.columns)]
    if value is None and len(could) == 1:
        return could[0]
    if value is None or value not in could or (table.columns == value).sum() != 1:
        raise InputError("`value` must be the column that holds the outcome, one of "
                         f"{', '.join(map(repr, could)) or 'none that is there'}; got {value!r}."[:500])
    return value


def _points_of(table, n_points):
    """The number of the point of each row, (n_rows,); refused if foreign, or if some point has no row."""
    given = _numbers(table["point"])
    foreign = ~((given >= 0) & (given < n_points) & (given == np.floor(given)))
    problems = [f"row {1 + row}: there is no point {_plain(table['point'].iloc[row])!r:.40} in a design of {n_points} "
                f"points (0 to {n_points - 1})" for row in np.flatnonzero(foreign)]
    missing = np.setdiff1d(np.arange(n_points), given[~foreign].astype(int))
    if len(missing):
        problems.append(f"of {len(missing)} of {n_points} points there is no run (point {_some(missing)}); run them, "
                        "for a method that lacks a point is wrong for all parameters")
    refuse("outcomes", problems, SHOWN)
    return given.astype(np.int64)


def _refuse_others(table, points, number_of):
    """Refuse runs whose parameters are not those of their point, in whatever unit they are."""
    problems = {}
    for name in [each for each in points.columns if each in table.columns]:
        ours = points[name].to_numpy(dtype=float)[number_of]
        given, rounding = _numbers(table[name]), 1e-9 * (np.ptp(ours) or np.abs(ours).max())
        for row in np.flatnonzero(~(np.abs(given - ours) <= rounding)):
            problems.setdefault(number_of[row], f"point {number_of[row]}: {name} is {table[name].iloc[row]} in the "
                                f"run, and {ours[row]:g} in the design")
    if problems:
        refuse("outcomes", [*problems.values()][:SHOWN] + [
            f"in all, {len(problems)} points differ: these runs were re-ordered, or are of another design; run "
            "`design.points` as they are, and keep the column `point`"])


def _replicates_of(table, number_of, n_points):
    """The place of each row's replicate, from 0; refused unless each point has each replicate once."""
    import pandas as pd
    if "replicate" in table.columns:
        replicate, names = pd.factorize(table["replicate"], sort=True)
        refuse("outcomes", [f"row {1 + row}: it has no replicate" for row in np.flatnonzero(replicate < 0)], SHOWN)
    else:
        replicate, names = np.zeros(len(table), dtype=np.int64), [0]
    count = np.zeros((n_points, len(names)), dtype=int)
    np.add.at(count, (number_of, replicate), 1)
    single = len(names) == 1
    problems = [f"point {point}{'' if single else f', replicate {names[place]}'}: "
                + (f"it comes {count[point, place]} times" if count[point, place] else "its run is missing")
                for point, place in np.argwhere(count != 1)]
    if problems and "replicate" not in table.columns:
        problems.append("if these are replicates, say which is which in a column `replicate`")
    refuse("outcomes", problems, SHOWN + 1)
    return replicate


def _numbers(column):
    """A column as floats; missing where it holds no number. A date or a complex number is none."""
    import pandas as pd
    if column.dtype.kind in "cmM":
        return np.full(len(column), np.nan)
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def _size(number):
    return f" below {LARGEST:g} in size, in units that fit" if abs(number) >= LARGEST else ""


def _some(numbers):
    return ", ".join(map(str, numbers[:SHOWN])) + (" and more" if len(numbers) > SHOWN else "")


def _plain(value):
    """A number as Python writes it."""
    return value.item() if isinstance(value, np.generic) else value
