"""Control charts as improvement science uses them: is a measure changing, or is it chance?

The statistics are those of qicharts2 (Anhøj), point by point, so that a chart here and a chart there agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lnlab.charts.doubts import SAME
from lnlab.charts.limits import lines
from lnlab.charts.phases import lay_out, names_of, summary
from lnlab.charts.series import SUBGROUPS, read_series
from lnlab.charts.signals import WITHOUT_DIRECTION, rule_set, signals
from lnlab.checks import InputError, number, one_of, switch

KINDS = ("run", "I", "I'", "MR", "Xbar", "S", "p", "p'", "u", "u'", "c", "g", "t")
SPELLINGS = {"pp": "p'", "up": "u'", "ip": "I'", **{kind.lower(): kind for kind in KINDS}}
BETTER = {"higher": 1, "lower": -1}
LINES = ["center_line", "lower_limit", "upper_limit", "lower_two_sigma", "upper_two_sigma"]


@dataclass(frozen=True, eq=False)
class ControlChart:
    """The points of a control chart, its phases, and what they say. Made by `control_chart`.

    Parameters
    ----------
    kind, rules : str
        As chosen, in their full spelling.
    value_name : str
        What is plotted: the column, or numerator / denominator.
    at_name : str
        The column of the axis; empty if the points are counted.
    multiply : float
        What all values and lines were multiplied by.
    points : pandas.DataFrame
        One row a point: number (from 1), at, value (NaN where undefined), numerator and denominator or n (only where
        there are any), center_line, lower_limit, upper_limit (three sigmas away; NaN where there are none),
        lower_two_sigma, upper_two_sigma, phase (from 1), used (False if excluded), beyond_limits, signals (the rules
        that the point is part of, separated by "; "), meaning ("improvement", "concern" or empty).
    phases : pandas.DataFrame
        One row a phase: phase, name, first, last (numbers of its points), n_points (without the excluded), n_useful
        (with a value off the center line), longest_run, longest_run_max, n_crossings, n_crossings_min (<NA> without
        useful points), runs_signal (by the Anhøj rules, if these were chosen), n_beyond_limits, center_line (of the
        first point), n_behind (points with a value that its lines rest on), doubts (why not to lean on its signals, or
        on there being none: texts of `lnlab.charts.doubts`, separated by "; "), caution (what this phase cannot tell,
        in sentences; empty if nothing).
    better : str or None
        "higher", "lower" or None, as chosen.
    target : float or None
        As given, multiplied.
    assurance : str
        "consistent pass", "consistent fail" or "inconsistent"; empty without a target or limits.
    """

    kind: str
    rules: str
    value_name: str
    at_name: str
    multiply: float
    points: pd.DataFrame = field(repr=False)
    phases: pd.DataFrame = field(repr=False)
    better: str | None = None
    target: float | None = None
    assurance: str = ""


def control_chart(table: pd.DataFrame, kind: str = "run", *, value: str, denominator: str | None = None,
                  at: str | None = None, part: int | str | Sequence | None = None,
                  freeze: int | str | Sequence | None = None, exclude: int | str | Sequence | None = None,
                  rules: str = "anhoej", screen_moving_ranges: bool = False, multiply: float = 1,
                  center_line: float | None = None, phase_names: Sequence[str] | None = None,
                  better: str | None = None, target: float | None = None) -> ControlChart:
    """Make a run chart or a control chart from a table.

    A run chart has a median and says whether the series moved; a control chart has limits too and says which points
    are more than chance. Numbers equal those of qicharts2 0.8.1, except where said under Notes.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a point, in the order of time; for Xbar and S one row a measurement. Empty cells are gaps.
    kind : str
        "run"; for measurements "I" (individual values), "MR" (their moving ranges), "Xbar" and "S" (means and
        standard deviations of subgroups); for shares "p"; for rates "u"; for counts "c"; with many patients, where
        chance is not all that differs, "p'" and "u'" (Laney) and "I'" (Taylor); for rare events "g" (number of
        cases between them) and "t" (time between them). Case does not matter; "pp", "up" and "ip" are understood.
    value : str
        Column of the measurements, counts or numerators.
    denominator : str, optional
        Column of the denominators (patients, days): needed for p, p', u, u'; possible for run, I, MR and I', which
        then plot value / denominator. Where it is 0, nothing is plotted.
    at : str, optional
        Column of the axis (dates, months, names); by default the table's index, or a count from 1 if the index only
        numbers rows (whole numbers without a name). For Xbar and S it says to which subgroup a measurement belongs,
        and is needed.
    part : int, str, date or list of these, optional
        The last points of phases: after each a new phase begins, with its own center line and limits.
    freeze : int, str, date or list of these, optional
        The last point that the center line and the limits rest on; they are drawn on to the end of its phase. At
        most one in a phase.
    exclude : int, str, date or list of these, optional
        Points that are shown, but left out of limits and run rules.
    rules : str
        "anhoej" (runs and crossings, and points beyond the limits), "nelson" (eight rules), "making data count" (NHS
        England) or "limits" (only points beyond them).
    screen_moving_ranges : bool
        Leave out moving ranges that are themselves beyond their limit, once (I, I', p', u', t).
    multiply : float
        Show everything multiplied, such as by 100 or 1000; above 0. It changes no signal.
    center_line : float, optional
        The center line, if it is known; not multiplied. For g it is the known mean: its median, 0.693 times the mean,
        is drawn. For t it is a time.
    phase_names : list of str, optional
        One a phase.
    better : str, optional
        "higher" or "lower": gives signals a meaning.
    target : float, optional
        What is aimed for, not multiplied; with `better` it gives the assurance.

    Returns
    -------
    ControlChart

    Raises
    ------
    InputError
        If something given is not what it must be; a table's problems are listed with their rows (the first row is 1).

    Notes
    -----
    `part`, `freeze` and `exclude` count points from 1; what is not a whole number is looked up in `at`. Whole numbers
    always count.

    As qicharts2 does: an excluded point is taken out before moving ranges are formed, so that its neighbors join, but
    a gap takes its two ranges with it (on an MR chart, only the excluded point's own range is left out); in runs,
    what is excluded, missing or on the center line is passed over; the sigma of p' and u' may be below 1, so that
    limits narrow; I' takes its spread from all points of a phase, even excluded ones and those after a freeze; MR is
    asked for its limit alone; limits of I, I' and Xbar may lie below 0; the center line of g is the median. Points
    beyond limits of no width are marked, but not told as a signal (`in_words`).

    Unlike qicharts2: `part` and `freeze` work together (there, `freeze` is then ignored); a subgroup without any value
    does not count against the degrees of freedom; `center_line` of t is on the scale of the times; names on the axis
    (`at`) are taken in their order, never as categories without one; points out of order are refused, not sorted, and
    so are two rows for one place; two sigmas of MR are two thirds of the way from the center line to the limit (2.51
    mean ranges), not two thirds of the limit.

    "making data count" marks the points that NHSRplotthedots marks if moving ranges are screened; there they are
    unless one says otherwise, here only with `screen_moving_ranges`. The meaning of a point of a trend follows the
    trend, there the side of the center line.

    Examples
    --------
    >>> table = pd.DataFrame({"month": range(1, 13), "waiting": [14, 15, 15, 16, 15, 14, 3, 15, 16, 15, 14, 15]})
    >>> chart = control_chart(table, "I", value="waiting", at="month")
    >>> chart.phases[["n_useful", "longest_run", "longest_run_max", "n_beyond_limits"]]
       n_useful  longest_run  longest_run_max  n_beyond_limits
    0        12            6                7                1
    >>> chart.points.loc[chart.points["beyond_limits"], ["number", "at", "value", "signals"]]
       number  at  value         signals
    6       7   7    3.0  beyond a limit
    """
    kind, rules = _kind(kind), rule_set(rules)
    screen = switch("screen_moving_ranges", screen_moving_ranges)
    multiply = _above_zero("multiply", multiply)
    center_line = _level("center_line", center_line, kind)
    target = _level("target", target, kind)
    if better is not None:
        better = one_of("better", better, BETTER)
    points = read_series(table, kind, value, denominator, at)
    points = points.join(lay_out(points["at"], part, freeze, exclude))
    names = names_of(phase_names, int(points["phase"].max()))
    made = [_phase(kind, rules, phase.reset_index(drop=True), center_line, screen, BETTER.get(better, 0))
            for _, phase in points.groupby("phase")]
    phases = pd.DataFrame([row for _, row in made])
    phases.insert(1, "name", names)
    counts = ["longest_run", "longest_run_max", "n_crossings", "n_crossings_min"]
    phases = phases.astype(dict.fromkeys(counts, "Int64"))
    phases["center_line"] *= multiply
    points = pd.concat([each for each, _ in made], ignore_index=True)
    points[["value", *LINES]] *= multiply
    value_name = str(value) if denominator is None else f"{value} / {denominator}"
    return ControlChart(kind, rules, value_name, "" if at is None else str(at), multiply,
                        points[_columns(points)], phases, better, None if target is None else target * multiply,
                        _assurance(points, better, target, multiply))


def _kind(kind):
    written = kind.strip().lower().replace("’", "'").replace("′", "'") if isinstance(kind, str) else kind
    return SPELLINGS.get(written) if isinstance(written, str) and written in SPELLINGS else one_of("kind", kind, KINDS)


def _above_zero(name, value):
    value = number(name, value)
    if value <= 0:
        raise InputError(f"`{name}` must be above 0; got {value:g}.")
    return value


def _level(name, value, kind):
    """A center line or target on the scale of the kind, before it is multiplied."""
    if value is None:
        return None
    if kind in ("p", "p'"):
        return number(name, value, low=0, high=1, unit="a share, before `multiply`")
    return number(name, value, low=None if kind in ("run", "I", "I'", "Xbar") else 0)


def _phase(kind, rules, points, center_line, screen, better):
    """One phase: its points with lines and signals, and its row in the table of phases."""
    if kind == "MR":
        points["value"] = points["value"].diff().abs()
    drawn = lines(kind, _with_denominators(kind, points), points["base"].to_numpy(), center_line, screen)
    points = points.assign(**{name: drawn[name] for name in LINES})
    beyond = _side(points, "upper_limit").clip(min=0) + _side(points, "lower_limit").clip(max=0)
    sides = _side(points, "center_line")
    found = _found(kind, rules, points, sides, drawn["sigmas"], beyond)
    points["beyond_limits"] = beyond != 0
    points["signals"] = ["; ".join(name for name, part in found.items() if part[place]) for place in points.index]
    points["meaning"] = [_meaning(found, place, better) for place in points.index]
    return points, summary(kind, rules, points, sides, center_line is not None)


def _with_denominators(kind, points):
    """A point without a value has no denominator either, and so no limits; I' counts 1 each if there are none."""
    if "denominator" in points:
        return points.assign(denominator=points["denominator"].where(points["value"].notna()))
    if kind == "I'":
        return points.assign(numerator=points["value"], denominator=1.0 * points["value"].notna())
    return points


def _side(points, line):
    """1 above, -1 below, 0 on the line, or where there is no value or no line."""
    value, line = points["value"].to_numpy(), points[line].to_numpy()
    size = np.nanmax(np.abs(value), initial=0)
    with np.errstate(invalid="ignore"):
        same = np.abs(value - line) <= np.fmax(SAME * np.fmax(np.abs(value), np.abs(line)), 1e-15 * size)
        return np.where(same, 0, np.nan_to_num(np.sign(value - line))).astype(int)


def _found(kind, rules, points, sides, sigmas, beyond):
    """Which rule marks which point; excluded points and gaps are passed over, but any point can be beyond a limit."""
    asked = (points["used"] & points["value"].notna()).to_numpy()
    found = {}
    for name, part in signals(rules, *(each[asked] for each in (points["value"].to_numpy(), sides, sigmas, beyond))
                              ).items():
        found[name] = np.zeros(len(points), dtype=int)
        found[name][asked] = part
    first = next(iter(found))
    found[first] = beyond
    return {first: beyond} if kind == "MR" else found


def _meaning(found, place, better):
    """What the first rule that marks the point says of it, if that has a direction."""
    for name, part in found.items():
        if part[place] and better and name not in WITHOUT_DIRECTION:
            return "improvement" if part[place] == better else "concern"
    return ""


def _columns(points):
    kept = ["number", "at", "value", "numerator", "denominator", "n", *LINES, "phase", "used", "beyond_limits",
            "signals", "meaning"]
    return [name for name in kept if name in points]


def _assurance(points, better, target, multiply):
    """Will the target be met, as things are? By the last limits that there are."""
    limits = points[["lower_limit", "upper_limit"]].dropna()
    if target is None or better is None or limits.empty:
        return ""
    lower, upper = limits.iloc[-1]
    above, below = target * multiply > upper, target * multiply < lower
    if not above and not below:
        return "inconsistent"
    return "consistent pass" if below == (better == "higher") else "consistent fail"
