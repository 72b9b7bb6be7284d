"""The phases of a chart: where they begin, which points their limits rest on, and what each of them can tell."""

import numpy as np
import pandas as pd

from lnlab.charts.doubts import ENOUGH, FEW, FEW_BEHIND, NO_WIDTH, crowding_told, doubts
from lnlab.charts.signals import run_lengths, run_rule_limits
from lnlab.checks import InputError, is_whole, items

FEW_FOR_LIMITS = 20     # assumed: a custom, not a law


def point_numbers(name, given, at, last=None, in_order=True):
    """The numbers of the points that were given by number or by their place on the axis.

    Parameters
    ----------
    name : str
        What was given, for the message.
    given : int, str, date or list of these, or None
        Whole numbers count points from 1; anything else is looked up in `at`.
    at : pandas.Series
        Where the points lie on the axis.
    last : int, optional
        The largest number that makes sense; by default the number of points.
    in_order : bool
        Must they increase?

    Returns
    -------
    list of int

    Raises
    ------
    InputError
        If one is no point of the chart, or if they do not increase where they must.

    Examples
    --------
    >>> at = pd.Series(pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"]))
    >>> point_numbers("part", "2024-02-01", at), point_numbers("exclude", [1, 3], at)
    ([2], [1, 3])
    """
    if given is None:
        return []
    single = isinstance(given, str) or np.ndim(given) == 0 and not isinstance(given, (set, frozenset, range))
    listed = [given] if single else items(name, given, "point numbers (the first is 1), or of values of the axis")
    last = len(at) if last is None else last
    found, problems = [], []
    for each in listed:
        number = _number(each, at)
        if number is None or not 1 <= number <= last:
            problems.append(f"{each!r:.60}")
        else:
            found.append(number)
    if problems:
        raise InputError(f"`{name}` must name points by number, from 1 to {last} (the first point is 1; this chart has "
                         f"{len(at)}), or by their value on the axis; got {', '.join(problems)}.")
    if in_order and any(later <= earlier for earlier, later in zip(found, found[1:])):
        raise InputError(f"`{name}` must increase from point to point; got {given!r:.200}.")
    return found


def _number(each, at):
    """The number of the point that is meant; None if there is none."""
    if isinstance(each, (bool, np.bool_)):
        return None
    if is_whole(each):
        return int(each)
    if isinstance(each, (float, np.floating)):
        return None
    where = np.flatnonzero(_same_place(each, at))
    return int(where[0]) + 1 if len(where) == 1 else None


def _same_place(each, at):
    try:
        if pd.api.types.is_datetime64_any_dtype(at):
            place = pd.Timestamp(each)
            if at.dt.tz is not None and place.tz is None:
                place = place.tz_localize(at.dt.tz)
            return (at == place).to_numpy()
        if isinstance(at.dtype, pd.PeriodDtype):
            return (at == pd.Period(each, freq=at.dtype.freq)).to_numpy()
        equal = at.astype(object) == each
        return (equal if equal.any() else at.astype(object).map(str) == str(each)).to_numpy(dtype=bool)
    except (ValueError, TypeError):
        return np.zeros(len(at), dtype=bool)


def lay_out(at, part=None, freeze=None, exclude=None):
    """The phase of each point, and whether it is used and whether limits rest on it.

    Parameters
    ----------
    at : pandas.Series
        Where the points lie on the axis.
    part, freeze, exclude : int, str, date or list of these, optional
        As `control_chart` has them.

    Returns
    -------
    pandas.DataFrame
        phase (from 1), used (not excluded), base (the limits of its phase rest on it), frozen (last point that limits
        of its phase rest on, 0 if not frozen).

    Raises
    ------
    InputError
        If a point is not of this chart, or two freezes fall into one phase.

    Examples
    --------
    >>> lay_out(pd.Series(range(5)), part=2, freeze=4)["base"].tolist()
    [True, True, True, True, False]
    """
    n_points = len(at)
    parts = point_numbers("part", part, at, last=n_points - 1)
    freezes = point_numbers("freeze", freeze, at)
    excluded = point_numbers("exclude", exclude, at, in_order=False)
    if len(set(excluded)) == n_points:
        raise InputError("`exclude` must leave at least one point; got all of them.")
    number = np.arange(1, n_points + 1)
    layout = pd.DataFrame({"phase": 1 + np.searchsorted(parts, number, side="left"),
                           "used": ~np.isin(number, excluded), "base": True, "frozen": 0})
    for last in freezes:
        phase = layout["phase"] == layout["phase"].iloc[last - 1]
        if (layout.loc[phase, "frozen"] > 0).any():
            raise InputError(f"`freeze` must name at most one point in a phase; got {freeze!r:.200}, of which two fall "
                             f"into phase {layout['phase'].iloc[last - 1]}.")
        layout.loc[phase, "frozen"] = last
        layout.loc[phase, "base"] = number[phase] <= last
    layout["base"] &= layout["used"]
    return layout


def names_of(phase_names, n_phases):
    """The names of the phases, as given or by number.

    >>> names_of(None, 2)
    ['phase 1', 'phase 2']
    """
    if phase_names is None:
        return [f"phase {number}" for number in range(1, n_phases + 1)]
    listed = items("phase_names", phase_names, "texts, one a phase")
    if len(listed) != n_phases or not all(isinstance(name, str) for name in listed):
        raise InputError(f"`phase_names` must be {n_phases} text{'s' * (n_phases != 1)}, one a phase; got "
                         f"{phase_names!r:.200}.")
    return listed


def summary(kind, rules, points, sides, known=False):
    """One row of the table of phases, without its name, from the points of the phase.

    Parameters
    ----------
    kind, rules : str
        As `control_chart` has them.
    points : pandas.DataFrame
        The points of one phase, with `base` and `frozen` as `lay_out` gives them.
    sides : numpy.ndarray of int, (n_points,)
        1 above, -1 below, 0 on the center line or without a value.
    known : bool
        Was the center line given, not estimated?

    Returns
    -------
    dict
    """
    used = points["used"].to_numpy()
    runs = run_lengths(sides[used])
    n_useful = sum(runs)
    row = {"phase": points["phase"].iloc[0], "first": points["number"].iloc[0], "last": points["number"].iloc[-1],
           "n_points": int(used.sum()), "n_useful": n_useful, "longest_run": pd.NA, "longest_run_max": pd.NA,
           "n_crossings": pd.NA, "n_crossings_min": pd.NA, "runs_signal": False}
    if n_useful:
        limits = run_rule_limits(n_useful)
        row |= {"longest_run": max(runs), "longest_run_max": limits.longest_run_max,
                "n_crossings": len(runs) - 1, "n_crossings_min": limits.n_crossings_min}
        signal = row["longest_run"] > limits.longest_run_max or row["n_crossings"] < limits.n_crossings_min
        row["runs_signal"] = bool(signal and rules == "anhoej" and kind != "MR")
    found = doubts(kind, rules, points, sides, known)
    told = [*_cautions(kind, rules, points, n_useful, found), crowding_told(kind, found)]
    return row | {"n_beyond_limits": int(points["beyond_limits"].sum()),
                  "center_line": points["center_line"].iloc[0],
                  "n_behind": int((points["base"] & points["value"].notna()).sum()), "doubts": "; ".join(found),
                  "caution": " ".join(each for each in told if each)}


def _cautions(kind, rules, points, n_useful, found):
    """What this phase cannot tell, a sentence each."""
    has_value = points["value"].notna()
    n_base = int((points["base"] & has_value).sum())
    n_gaps, n_missing_limits = int((~has_value).sum()) - (kind == "MR"), int(points["upper_limit"].isna().sum())
    if n_gaps > 0:
        yield f"{_points(n_gaps)} without a value {_is(n_gaps)} left out."
    if points["center_line"].isna().all():
        yield "There is no center line: no point that it could rest on has a value."
        return
    if FEW in found and rules == "anhoej" and kind != "MR":
        yield (f"{f'Only {_points(n_useful)}' if n_useful else 'No point'} {_is(n_useful or 1)} useful (off the center "
               f"line): with fewer than {ENOUGH} the run rules can miss even a large change.")
    elif FEW in found:
        n_used = int((points["used"] & has_value).sum())
        yield (f"{f'Only {_points(n_used)}' if n_used else 'No point'} {_has(n_used or 1)} a value: with fewer than "
               f"{ENOUGH} (an assumed bound) the rules can miss even a large change.")
    frozen = points["frozen"].iloc[0]
    if kind == "run" and FEW_BEHIND in found:
        yield f"The center line, frozen after point {frozen}, rests on {_points(n_base)} only."
    if kind == "run":
        if rules in ("nelson", "making data count"):
            yield "A run chart has no limits: the rules that need limits were not asked."
        elif rules == "limits":
            yield "A run chart has no limits: no rule was asked."
        return
    if n_missing_limits == len(points):
        yield "There are no limits: " + _why_no_limits(kind, points, n_base)
    elif NO_WIDTH in found:
        yield "The values that the limits rest on do not vary: limits without any width say nothing about chance."
    elif n_base < FEW_FOR_LIMITS:
        yield (f"The limits rest on {_points(n_base)}{f' (frozen after point {frozen})' if frozen else ''}: with fewer "
               f"than {FEW_FOR_LIMITS} (a custom, not a law) they are provisional.")
    if kind == "g":
        yield ("Of the counts between events, 1 to 2 in 100 lie above the upper limit where nothing changes: a single "
               "one is no sure signal.")
    if kind == "MR" and rules != "limits":
        yield "Moving ranges depend on each other: only the limits were asked, no other rule."


def _why_no_limits(kind, points, n_base):
    if kind in ("Xbar", "S"):
        return "no subgroup that they could rest on has two values."
    if n_base < 2:
        return "they rest on differences between neighbors, and there is only one value."
    value = points["value"].to_numpy()[points["base"].to_numpy()]
    if np.isnan(np.diff(value)).all():
        return "no two neighbors both have a value."
    return "the values that they rest on do not vary."


def _points(n):
    return f"{n} point{'s' * (n != 1)}"


def _is(n):
    return "is" if n == 1 else "are"


def _has(n):
    return "has" if n == 1 else "have"
