"""What a control chart says, in sentences for those who work in the clinic."""

import numpy as np
import pandas as pd

from lnlab.charts.signals import BEYOND, LONG_RUN
from lnlab.checks import InputError

SHARES = {"p", "p'"}
ONE_BY_ONE = 4          # points that are named one by one; of more, the first and the last
ENOUGH = 10             # useful points from which the run rules were published


def in_words(chart, measure=None):
    """What a chart says, a sentence at a time: where its center is, whether anything changed, and what not to do.

    Parameters
    ----------
    chart : ControlChart
        As `control_chart` returns it.
    measure : str, optional
        What is measured, as the clinic calls it, such as "Patients in remission"; the chart's own name if not given.

    Returns
    -------
    list of str
        The second or a later sentence says "Signal" or "No signal"; cautions come last.

    Raises
    ------
    InputError
        If `chart` is no ControlChart.

    Examples
    --------
    >>> from lnlab.charts.shewhart import control_chart
    >>> waiting = [14, 13, 15, 12, 16, 14, 13, 15, 12, 15, 14, 30, 13, 15, 14, 12, 16, 13, 14, 15]
    >>> told = in_words(control_chart(pd.DataFrame({"waiting": waiting}), "I", value="waiting"), "Days of waiting")
    >>> for sentence in told[:3]:
    ...     print(sentence)
    Days of waiting: 20 points, point 1 to point 20.
    The center line is at 14.8; as long as nothing changes, points fall about as often above it as below, and nearly
    all lie between 5.09 and 24.4 (the limits at the last point).
    Signal: 1 point lies beyond a limit: point 12 (above).
        """
    _check(chart)
    points, phases = chart.points, chart.phases
    noun = noun_of(chart)
    told = [f"{measure or chart.value_name}: {_count(len(points), noun)}, {_span(chart, points)}."]
    told += _levels(chart, noun)
    found = [list(_signals(chart, row, noun)) for row in phases.itertuples()]
    several = len(phases) > 1
    for row, signals in zip(phases.itertuples(), found):
        told += [f"Signal{f' in {row.name}' if several else ''}: {what}{more}." for what, more in signals]
    told += _verdict(chart, any(found), noun)
    told += _assurance(chart, noun)
    for row in phases.itertuples():
        if row.caution:
            told.append(f"Caution{f', {row.name}' if several else ''}: {row.caution}")
    return told


def finding(chart):
    """The shortest true title of a chart.

    >>> from lnlab.charts.shewhart import control_chart
    >>> table = pd.DataFrame({"waiting": [14, 15, 13, 16, 15, 14, 12, 15, 16, 13, 14, 15]})
    >>> finding(control_chart(table, "run", value="waiting"))
    'No signal: this looks like chance alone'
    """
    _check(chart)
    noun = noun_of(chart)
    for row in chart.phases.itertuples():
        where = f" in {row.name}" if len(chart.phases) > 1 else ""
        for what, _ in _signals(chart, row, noun):
            return f"Signal{where}: {what}"
    if _few(chart):
        if chart.phases["n_points"].max() < ENOUGH:
            return f"No signal, but the {noun}s are too few to tell"
        return f"No signal, but too few {noun}s lie off the center line to tell"
    return "No signal within the phases" if len(chart.phases) > 1 else "No signal: this looks like chance alone"


def written(chart):
    """How values of a chart are written: a function from a number to text, shares in percent.

    >>> from lnlab.charts.shewhart import control_chart
    >>> table = pd.DataFrame({"well": [5, 6, 5], "seen": [9, 9, 8]})
    >>> written(control_chart(table, "p", value="well", denominator="seen"))(0.5)
    '50 %'
    """
    if is_share(chart):
        scale = 100 / chart.multiply
        digits = 0 if chart.points["center_line"].mean() * scale >= 10 else 1
        return lambda value: f"{scale * value:.{digits if value else 0}f} %"
    return lambda value: f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def is_share(chart):
    """Does the chart show shares of a whole, so that percent is the natural way to say them?"""
    points = chart.points
    if chart.multiply not in (1, 100):
        return False
    if chart.kind in SHARES:
        return True
    if chart.kind not in ("run", "I", "I'") or "denominator" not in points:
        return False
    return bool((points["numerator"] <= points["denominator"])[points["value"].notna()].all())


def noun_of(chart):
    """What a point is called: a month, or a point."""
    at = chart.points["at"]
    months = pd.api.types.is_datetime64_any_dtype(at) and (at.dt.day == 1).all() and len(at) > 1
    return "month" if chart.at_name == "month" or months else "point"


def place_of(chart, at):
    """A place on the axis as people say it.

    >>> from lnlab.charts.shewhart import control_chart
    >>> table = pd.DataFrame({"month": pd.to_datetime(["2024-01-01", "2024-02-01"]), "waiting": [14, 15]})
    >>> place_of(control_chart(table, value="waiting", at="month"), pd.Timestamp("2024-02-01"))
    'February 2024'
    """
    if isinstance(at, pd.Timestamp):
        return f"{at.month_name()} {at.year}" if noun_of(chart) == "month" else f"{at.day} {at.month_name()} {at.year}"
    if isinstance(at, str):
        return at
    return f"{chart.at_name or 'point'} {at}"


def _check(chart):
    from lnlab.charts.shewhart import ControlChart
    if not isinstance(chart, ControlChart):
        raise InputError(f"`chart` must be a ControlChart, as control_chart(...) returns it; got {chart!r:.200}.")


# Where the lines are

def _levels(chart, noun):
    says = written(chart)
    if len(chart.phases) == 1:
        if np.isnan(chart.phases["center_line"].iloc[0]):
            return []
        level = f"The center line is at {says(chart.phases['center_line'].iloc[0])}"
        if chart.kind == "MR":
            limits = _limits(chart.points)
            if limits is not None:
                level += f"; as long as nothing changes, nearly all lie below {says(limits['upper_limit'])}"
            return [f"{level}."]
        return [f"{level}; as long as nothing changes, {noun}s fall about as often above it as below"
                f"{_limits_told(chart, chart.points, noun)}."]
    told = []
    for row in chart.phases.itertuples():
        here = _points_of(chart, row)
        center = "there is no center line" if np.isnan(row.center_line) else f"center line {says(row.center_line)}"
        told.append(f"{row.name[:1].upper()}{row.name[1:]} ({_count(len(here), noun)}, {_span(chart, here)}): "
                    f"{center}{_limits_told(chart, here, noun)}.")
    told.append("Where the phases begin was chosen, not found: lines drawn apart do not show by themselves that "
                "anything changed there. For that, carry the first phase's lines on (freeze) and look for a signal.")
    return told


def _limits(points):
    limits = points[["lower_limit", "upper_limit"]].dropna()
    return None if limits.empty else limits.iloc[-1]


def _limits_told(chart, points, noun):
    limits, says = _limits(points), written(chart)
    if limits is None or limits["lower_limit"] == limits["upper_limit"]:
        return ""
    return (f", and nearly all lie between {says(limits['lower_limit'])} and {says(limits['upper_limit'])} "
            f"(the limits at the last {noun})")


# What is found

def _signals(chart, row, noun):
    """For each signal of a phase, what it is, and what else to say of it."""
    points = _points_of(chart, row)
    if row.runs_signal and row.longest_run > row.longest_run_max:
        for run in _long_runs(points):
            side = "above" if run["value"].iloc[0] > run["center_line"].iloc[0] else "below"
            yield (f"{_count(len(run), noun)} in a row lie {side} the center line",
                   f" ({_span(chart, run)}); chance alone seldom puts more than {row.longest_run_max} there")
    if row.runs_signal and row.n_crossings < row.n_crossings_min:
        seldom = "skips that" if row.n_crossings_min == 1 else f"does so fewer than {_times(row.n_crossings_min)}"
        yield f"the line crosses its center {_only(row.n_crossings)}", f"; chance alone seldom {seldom}"
    beyond = points[points["beyond_limits"]]
    if len(beyond):
        yield f"{_count(len(beyond), noun)} {_verb(beyond)} beyond a limit", f": {_named(chart, beyond)}"
    for name in dict.fromkeys(name for told in points["signals"] for name in told.split("; ") if name):
        part = points[_is_part(points, name)]
        if BEYOND not in name and name != LONG_RUN:
            yield name, f" ({_count(len(part), noun)}: {_span(chart, part)})"


def _long_runs(points):
    """The points of each long run, a table for each."""
    useful = points[points["used"] & points["value"].notna()]
    side = np.sign(useful["value"] - useful["center_line"])
    part = _is_part(useful, LONG_RUN)
    side = side[part | (side != 0)]          # points on the center line end no run
    useful = useful.loc[side.index]
    runs = useful.groupby((side != side.shift()).cumsum())
    return [run for _, run in runs if _is_part(run, LONG_RUN).all()]


def _is_part(points, rule):
    return points["signals"].str.split("; ").map(lambda names: rule in names)


def _verdict(chart, any_signal, noun):
    if any_signal:
        yield ("This is more than chance is likely to do. The chart does not say what it was: find out what was done, "
               "or counted, differently at that time. Was it what you changed, and did it help?"
               f"{_meanings(chart, noun)}")
        if _is_one_point(chart):
            yield (f"It is one {noun}: look for what was special about it. That the work as a whole has changed, one "
                   f"{noun} does not say.")
        if chart.rules == "anhoej" and chart.phases["runs_signal"].any():
            yield ("Even where nothing changes, 4 to 9 charts in 100 show such a run or so few crossings by chance; "
                   f"the next {noun}s will tell.")
    elif _few(chart):
        useful = _count(int(chart.phases["n_useful"].max()), noun)
        yield (f"No signal. But with {useful} off the center line, change can "
               "hardly be told from chance: keep counting before you conclude.")
    else:
        asked = "" if chart.rules != "limits" else " (only the limits were asked)"
        what = f"{asked}: this looks like chance alone" if len(chart.phases) == 1 else (
            f" within the phases{asked}: within each, this looks like chance alone")
        yield (f"No signal{what}. Do not react to a single {noun}, neither to a good nor to "
               f"a bad one; to do better for good, change how the work is done. A change that is small or recent may "
               "not show yet.")


def _is_one_point(chart):
    """Is a single point beyond a limit all that the chart has found?"""
    others = chart.points["signals"].str.replace(BEYOND, "").str.startswith("Nelson 1") | (
        chart.points["signals"].isin(["", BEYOND]))
    return bool(others.all() and chart.points["beyond_limits"].sum() == 1 and not chart.phases["runs_signal"].any())


def _few(chart):
    """Are the points too few for the run rules, with nothing else that could have spoken?"""
    return chart.kind != "MR" and chart.rules == "anhoej" and bool((chart.phases["n_useful"] < ENOUGH).all())


def _meanings(chart, noun):
    counts = chart.points["meaning"].value_counts()
    told = [f"{_count(counts[each], noun)} of {each}" for each in ("improvement", "concern") if each in counts]
    return f" As {chart.better} is better, these are {' and '.join(told)}." if told else ""


def _assurance(chart, noun):
    if chart.assurance:
        goal = written(chart)(chart.target)
        yield {"consistent pass": f"As things are, nearly every {noun} will meet the target of {goal}.",
               "consistent fail": f"As things are, hardly any {noun} will meet the target of {goal}: to meet it, the "
                                  "work itself has to change.",
               "inconsistent": f"As things are, some {noun}s will meet the target of {goal} and others will miss it, "
                               "by chance: neither deserves praise or blame."}[chart.assurance]


# How it is said

def _points_of(chart, row):
    return chart.points[chart.points["phase"] == row.phase]


def _span(chart, points):
    places = [place_of(chart, at) for at in (points["at"].iloc[0], points["at"].iloc[-1])]
    return " to ".join(dict.fromkeys(places))


def _named(chart, points):
    def one(row):
        side = "above" if row.value > row.center_line else "below"
        return f"{place_of(chart, row.at)} ({side})"
    rows = list(points.itertuples())
    if len(rows) > ONE_BY_ONE:
        return f"the first {one(rows[0])}, the last {one(rows[-1])}"
    return ", ".join(map(one, rows))


def _verb(points):
    return "lies" if len(points) == 1 else "lie"


def _count(n, noun):
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _times(n):
    return {1: "once", 2: "twice"}.get(int(n), f"{n} times")


def _only(n):
    return f"only {_times(n)}" if n else "at no time"
