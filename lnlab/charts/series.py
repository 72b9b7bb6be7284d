"""The points of a chart, read from a table: all that is wrong is said at once, with its rows."""

from math import isfinite
from numbers import Real

import numpy as np
import pandas as pd

from lnlab.checks import InputError, did_you_mean, refuse

NEEDS_DENOMINATOR = {"p", "p'", "u", "u'"}
TAKES_DENOMINATOR = NEEDS_DENOMINATOR | {"run", "I", "I'", "MR"}
WHOLE = {"p", "p'", "u", "u'", "c", "g"}
SUBGROUPS = {"Xbar", "S"}
LARGEST = 1e100         # beyond, squares and differences overflow
DATES = ["%Y-%m", "%Y-%m-%d", "%Y/%m", "%Y/%m/%d", "%m/%Y", "%b %Y", "%B %Y", "%d.%m.%Y"]
DAY_OR_MONTH_FIRST = ["%d/%m/%Y", "%m/%d/%Y"]       # either may be meant, so either order will do


def read_series(table, kind, value, denominator=None, at=None):
    """The points of a chart: one a row of the table, or one a subgroup for Xbar and S.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a point; for Xbar and S one row a measurement.
    kind, value, denominator, at : str
        As `control_chart` has them.

    Returns
    -------
    pandas.DataFrame
        number (from 1), at, value, and where the kind has them numerator and denominator, or n and spread (standard
        deviation) of subgroups. NaN where undefined.

    Raises
    ------
    InputError
        With all that is wrong, and the rows (the first row is 1).

    Examples
    --------
    >>> read_series(pd.DataFrame({"sick": [1, 3], "seen": [10, 0.0]}).head(1), "p", "sick", "seen")
       number  at  value  numerator  denominator
    0       1   1    0.1        1.0         10.0
    """
    _check_columns(table, kind, value, denominator, at)
    problems = []
    place = _places(table, at, kind, problems)
    numbers = _numbers(table[value], value, problems)
    if kind in SUBGROUPS:
        refuse("table", [f"row {row + 1}: {problem}" for row, problem in sorted(problems)])
        series = _by_subgroup(place, numbers, kind)
    else:
        series = pd.DataFrame({"at": place})
        below = None if denominator is None else _numbers(table[denominator], denominator, problems)
        _check_values(kind, value, numbers, denominator, below, problems)
        refuse("table", [f"row {row + 1}: {problem}" for row, problem in sorted(problems)])
        if below is None:
            series["value"] = numbers
        else:
            gap = np.isnan(numbers) | np.isnan(below)
            series["value"] = np.divide(numbers, below, out=np.full(len(below), np.nan), where=~gap & (below > 0))
            series["numerator"], series["denominator"] = numbers, below
    if np.isnan(numbers).all() or series["value"].isna().all():
        least = "one subgroup with two values" if kind == "S" else "one value"
        least += " where the denominator is above 0" if denominator is not None else ""
        raise InputError(f"`{value}` must have at least {least}; got none in {len(table)} rows.")
    series.insert(0, "number", np.arange(1, len(series) + 1))
    return series


def _check_columns(table, kind, value, denominator, at):
    if not isinstance(table, pd.DataFrame):
        raise InputError(f"`table` must be a pandas DataFrame; got {type(table).__name__}.")
    if kind in NEEDS_DENOMINATOR and denominator is None:
        raise InputError(f"A chart of kind {kind} needs `denominator`, the column with the number at risk (patients, "
                         "days).")
    if kind not in TAKES_DENOMINATOR and denominator is not None:
        raise InputError(f"A chart of kind {kind} has no denominator; got `denominator` {denominator!r:.200}. Leave it "
                         "out, or choose a p, u or I' chart.")
    if kind in SUBGROUPS and at is None:
        raise InputError(f"A chart of kind {kind} needs `at`, the column that says to which subgroup a measurement "
                         "belongs.")
    for name, column in [("value", value), ("denominator", denominator), ("at", at)]:
        if column is None and name != "value":
            continue
        columns = list(table.columns)
        times = sum(type(each) is type(column) and each == column for each in columns)
        if times == 0:
            names = [str(each) for each in columns]
            raise InputError(f"`{name}` must name a column of the table ({', '.join(names)}); got {column!r:.200}."
                             f"{did_you_mean(column, names)}")
        if times > 1:
            raise InputError(f"`{name}` must name one column of the table; got {column!r:.200}, which {times} columns "
                             "are called.")
    if len(table) == 0:
        raise InputError("`table` must have at least one row; got an empty table.")


def _numbers(column, name, problems):
    """The numbers of a column, NaN where there is none."""
    found = np.full(len(column), np.nan)
    for row, each in enumerate(column.tolist()):
        if each is None or each is pd.NA or each is pd.NaT or (isinstance(each, float) and each != each):
            continue
        if _is_finite(each) and abs(each) > LARGEST:
            problems.append((row, f"`{name}` must lie between -1e100 and 1e100; got {each:g}."))
        elif _is_finite(each):
            found[row] = each
        else:
            problems.append((row, f"`{name}` must be a number, or empty; got {each!r:.60}."))
    return found


def _is_finite(each):
    try:
        return isinstance(each, Real) and not isinstance(each, (bool, np.bool_)) and isfinite(each)
    except OverflowError:       # a whole number beyond the largest float
        return False


def _check_values(kind, value, numbers, denominator, below, problems):
    """What a number must be for this kind of chart; NaN passes every check."""
    def check(wrong, name, found, must):
        problems.extend((row, f"`{name}` must be {must}; got {found[row]:g}.") for row in np.flatnonzero(wrong))

    if kind == "t":
        check(numbers <= 0, value, numbers, "a time above 0 (two events at one time? give the time in smaller units)")
    elif kind in WHOLE or below is not None:
        check(numbers < 0, value, numbers, "a count of at least 0")
    if kind in WHOLE:
        check(numbers % 1 > 0, value, numbers, "a whole number (a count)")
    if below is None:
        return
    check(below < 0, denominator, below, "at least 0")
    if kind in ("p", "p'"):
        check(below % 1 > 0, denominator, below, "a whole number (a count)")
        above = (numbers > below) & (below >= 0)
        problems.extend((row, f"`{value}` must not be above `{denominator}`; got {numbers[row]:g} of {below[row]:g}.")
                        for row in np.flatnonzero(above))
    else:
        check((below == 0) & (numbers > 0), value, numbers, f"0 or empty where `{denominator}` is 0")


def _places(table, at, kind, problems):
    """Where the points lie on the axis: each place once and in order, unless they are subgroups."""
    if at is None and isinstance(table.index, pd.RangeIndex) and table.index.equals(pd.RangeIndex(len(table))):
        return pd.Series(np.arange(1, len(table) + 1), name="at")
    if at is None and isinstance(table.index, pd.MultiIndex):
        raise InputError("`at` must name the column with the months or dates: the table's index has several levels.")
    name = f"`{at}`" if at is not None else "The index"
    place = (table.index.to_series() if at is None else table[at]).reset_index(drop=True).rename("at")
    n_before = len(problems)
    for row, each in enumerate(place.tolist()):
        if isinstance(each, (list, dict, set, np.ndarray, pd.Series)):
            problems.append((row, f"{name} must be a date, a number or a text; got {each!r:.60}."))
        elif pd.isna(each):
            problems.append((row, f"{name} must say where the point lies; it is empty."))
        elif isinstance(each, Real) and not (_is_finite(each) and abs(each) <= LARGEST or isinstance(each, bool)):
            problems.append((row, f"{name} must be a number between -1e100 and 1e100; got {each!r:.60}."))
    if len(problems) > n_before:
        return place
    if pd.api.types.infer_dtype(place) in ("date", "datetime"):        # days of Python, not of pandas
        place = _as_dates(place)
    if kind in SUBGROUPS:
        return place
    order = _order(place, DATES + DAY_OR_MONTH_FIRST)
    first = {}
    for row, each in enumerate(place.tolist() if order is None else order):
        if first.setdefault(each, row) != row:
            problems.append((row, f"{name} must be different in each row; got {_shown(place[row])} again (row "
                                  f"{first[each] + 1})."))
        elif row and order is not None and each < order[row - 1]:
            problems.append((row, f"{name} must not go back; got {_shown(place[row])} after {_shown(place[row - 1])}. "
                                  "Sort the table first."))
    if at is None and table.index.name is None and pd.api.types.is_integer_dtype(place):
        return pd.Series(np.arange(1, len(table) + 1), name="at")       # labels of rows, not places on an axis
    return place


def _as_dates(place):
    try:
        return pd.to_datetime(place)
    except (ValueError, TypeError):         # mixed time zones, or too long ago
        return place


def _shown(each):
    return f"{each.date()}" if isinstance(each, pd.Timestamp) and each == each.normalize() else f"{each!s:.60}"


def _order(place, formats):
    """What says which place comes first: numbers and dates do, names do not (None)."""
    listed = place.tolist()
    if any(isinstance(each, str) for each in listed):
        if not all(isinstance(each, str) for each in listed):
            return None
        read = [dates.tolist() for each in formats
                if (dates := pd.to_datetime(place, format=each, errors="coerce")).notna().all()]
        return next((dates for dates in read if dates == sorted(dates)), read[0] if read else None)
    try:
        sorted(listed)
    except TypeError:
        return None
    return listed


def _by_subgroup(place, numbers, kind):
    """Mean, number and standard deviation of each subgroup, in their order; names in the order of their first row."""
    order = _order(place, DATES)
    key = place.astype(object) if order is None else pd.Series(order)
    groups = pd.DataFrame({"at": place, "value": numbers}).groupby(key, sort=order is not None)
    mean, spread = groups["value"].mean(), groups["value"].std(ddof=1)
    return pd.DataFrame({"at": groups["at"].first().array, "value": mean if kind == "Xbar" else spread,
                         "n": groups["value"].count(), "spread": spread}).reset_index(drop=True)
