"""What a control chart says, in sentences for those who work in the clinic."""

import numpy as np
import pandas as pd

from lnlab.charts.naming import all_of, counted, noun_of, place_of, quoted, span, written
from lnlab.charts.shewhart import SAME, ControlChart
from lnlab.charts.signals import BEYOND, LONG_RUN
from lnlab.checks import InputError

ONE_BY_ONE = 4          # points that are named one by one; of more, the first and the last
ENOUGH = 10             # useful points from which the run rules were published


def in_words(chart, measure=None, carried=None):
    """What a chart says, a sentence at a time: where its center line is, whether anything changed, and what to do.

    Parameters
    ----------
    chart : ControlChart
        As `control_chart` returns it.
    measure : str, optional
        What is measured, as the clinic calls it, such as "Patients in remission"; the chart's own name if not given.
    carried : ControlChart, optional
        Of a chart with phases: the same points with the lines of the first phase carried on (`freeze` in place of
        `part`). Phases drawn apart cannot tell whether anything changed between them; these lines can.

    Returns
    -------
    list of str
        The second or a later sentence says "Signal" or "No signal"; cautions come last.

    Raises
    ------
    InputError
        If `chart` or `carried` is no ControlChart.

    Examples
    --------
    >>> from lnlab.charts.shewhart import control_chart
    >>> waiting = [14, 13, 15, 12, 16, 14, 13, 15, 12, 15, 14, 30, 13, 15, 14, 12, 16, 13, 14, 15]
    >>> told = in_words(control_chart(pd.DataFrame({"waiting": waiting}), "I", value="waiting"), "Days of waiting")
    >>> for sentence in told[:3]:
    ...     print(sentence)
    Days of waiting: 20 points, point 1 to point 20.
    The center line is at 14.8; as long as nothing changes, points fall about as often above it as below, and nearly
    all lie between the limits of 5.09 and 24.4.
    Signal: 1 point lies beyond a limit: point 12 (above).
    """
    _check(chart)
    noun, phases = noun_of(chart), chart.phases
    within = [f"Signal{_where(chart, row)}: {what}{more}." for row in phases.itertuples()
              for what, more in _signals(chart, row, noun)]
    told = [f"{measure or chart.value_name}: {counted(len(chart.points), noun)}, {span(chart, chart.points)}."]
    if carried is not None and finding(carried).startswith("Signal"):
        by = f"by the lines of {quoted(phases['name'].iloc[0])} carried on to the end"
        told += [f"Signal, {by}: {what}{more}." for row in carried.phases.itertuples()
                 for what, more in _signals(carried, row, noun)]
        told += _verdict(carried, True, noun)
        if phases["n_points"].iloc[0] < ENOUGH:
            few = counted(phases["n_points"].iloc[0], noun)
            told.append(f"But these lines rest on {few} only: too few to say what is usual. Count on before you "
                        "conclude.")
        told += [*_levels(chart, noun), *within]
        told += [] if within else ["Within each phase, by lines of its own, there is no signal."]
    else:
        told += [*_levels(chart, noun), *within, *_verdict(chart, bool(within), noun)]
        if carried is not None:
            told.append(f"By the lines of {quoted(phases['name'].iloc[0])} carried on to the end: {finding(carried)}.")
        elif len(phases) > 1:
            told.append("Where the phases begin was chosen, not found: lines drawn apart do not show by themselves "
                        "that anything changed there. For that, carry the first phase's lines on (freeze) and look "
                        "for a signal.")
    told += _assurance(chart, noun)
    for caution, rows in phases[phases["caution"] != ""].groupby("caution", sort=False):
        whose = f", {all_of(rows['name'])}" if len(phases) > 1 else ""
        told.append(f"Caution{whose}: {caution}")
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
        for what, _ in _signals(chart, row, noun):
            n_beyond = 0 if "beyond a limit" in what else row.n_beyond_limits
            return f"Signal{_where(chart, row)}: {what}{f', and {n_beyond} {_beyond(n_beyond)}' if n_beyond else ''}"
    if _few(chart):
        if chart.phases["n_points"].max() < ENOUGH:
            return f"No signal, but the {noun}s are too few to tell"
        return f"No signal, but too few {noun}s lie off the center line to tell"
    return "No signal within the phases" if len(chart.phases) > 1 else "No signal: this looks like chance alone"


def _check(chart):
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
        told.append(f"{row.name[:1].upper()}{row.name[1:]} ({counted(len(here), noun)}, {span(chart, here)}): "
                    f"{center}{_limits_told(chart, here, noun)}.")
    return told


def _limits(points):
    limits = points[["lower_limit", "upper_limit"]].dropna()
    return None if limits.empty else limits.iloc[-1]


def _limits_told(chart, points, noun):
    limits, says = _limits(points), written(chart)
    if limits is None or limits["lower_limit"] == limits["upper_limit"]:
        return ""
    ends = f"{says(limits['lower_limit'])} and {says(limits['upper_limit'])}"
    if (points[["lower_limit", "upper_limit"]].nunique() == 1).all():
        return f", and nearly all lie between the limits of {ends}"
    return f", and nearly all lie between their limits ({ends} for the last {noun})"


# What is found

def _signals(chart, row, noun):
    """For each signal of a phase, what it is, and what else to say of it."""
    points = _points_of(chart, row)
    if row.runs_signal and row.longest_run > row.longest_run_max:
        for run in sorted(_long_runs(points), key=len, reverse=True):
            side = "above" if run["value"].iloc[0] > run["center_line"].iloc[0] else "below"
            yield (f"{counted(len(run), noun)} in a row lie {side} the center line",
                   f" ({span(chart, run)}); chance alone seldom puts more than {row.longest_run_max} there")
    if row.runs_signal and row.n_crossings < row.n_crossings_min:
        fewest = row.n_crossings_min
        seldom = "stays on one side" if fewest == 1 else f"does so fewer than {_times(fewest)}"
        yield f"the values cross the center line {_only(row.n_crossings)}", f"; chance alone seldom {seldom}"
    beyond = points[points["beyond_limits"]]
    if len(beyond):
        yield f"{counted(len(beyond), noun)} {_beyond(len(beyond))}", f": {_named(chart, beyond)}"
    for name in dict.fromkeys(name for told in points["signals"] for name in told.split("; ") if name):
        part = points[_is_part(points, name)]
        if BEYOND not in name and name != LONG_RUN:
            yield name, f" ({counted(len(part), noun)}: {span(chart, part)})"


def _long_runs(points):
    """The points of each long run, a table for each."""
    useful = points[points["used"] & points["value"].notna()]
    on_line = np.isclose(useful["value"], useful["center_line"], rtol=SAME, atol=1e-15 * useful["value"].abs().max())
    useful = useful[~on_line]           # points on the center line end no run
    above = useful["value"] > useful["center_line"]
    runs = useful.groupby((above != above.shift()).cumsum())
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
        if chart.rules == "anhoej" and chart.kind != "MR":
            often = "4 to 11 of 100 run charts show one" if chart.kind == "run" else (
                "about 7 of 100 such charts with 12 points show one, and about 30 of 100 with 100 points")
            yield f"Some signals are false alarms: where nothing changes, {often}. The next {noun}s will tell."
    elif _few(chart):
        useful = counted(int(chart.phases["n_useful"].max()), noun)
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
    told = [f"{counted(counts[each], noun)} of {each}" for each in ("improvement", "concern") if each in counts]
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

def _where(chart, row):
    return f" in {row.name}" if len(chart.phases) > 1 else ""


def _points_of(chart, row):
    return chart.points[chart.points["phase"] == row.phase]


def _named(chart, points):
    def one(row):
        side = "above" if row.value > row.center_line else "below"
        return f"{place_of(chart, row.at)} ({side})"
    rows = list(points.itertuples())
    if len(rows) > ONE_BY_ONE:
        return f"the first {one(rows[0])}, the last {one(rows[-1])}"
    return ", ".join(map(one, rows))


def _beyond(n):
    return f"{'lies' if n == 1 else 'lie'} beyond a limit"


def _times(n):
    return {1: "once", 2: "twice"}.get(int(n), f"{n} times")


def _only(n):
    return f"only {_times(n)}" if n else "at no time"
