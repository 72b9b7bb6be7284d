"""What a control chart says, in sentences for those who work in the clinic."""

import re

import numpy as np
import pandas as pd

from lnlab.charts.doubts import FEW, FEW_BEHIND, NO_RULE, NO_WIDTH
from lnlab.charts.findings import cannot_tell, doubts_of, found_in, in_doubt, is_one_point, lie_beyond, points_of
from lnlab.charts.naming import all_of, counted, noun_of, quoted, span, written
from lnlab.charts.shewhart import ControlChart
from lnlab.checks import InputError

EVEN = ("run", "p", "p'", "u", "u'", "c")     # half above the center line, half below, if values are not crowded


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
        The second or a later sentence says "Signal", "Signal in doubt" (such signals come by chance too, as a caution
        explains) or "No signal"; cautions come last.

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
    within = list(_told_signals(chart, noun))
    told = [f"{measure or chart.value_name}: {counted(len(chart.points), noun)}, {span(chart, chart.points)}."]
    by_first = quoted(phases["name"].iloc[0])
    if carried is not None and finding(carried).startswith("Signal"):
        told += _told_signals(carried, noun, f", by the lines of {by_first} carried on to the end")
        told += [*_verdict(carried, True, noun), *_few_behind(carried, noun), *_levels(chart, noun), *within]
        told += [] if within else [f"Within each phase, by lines of its own, there is no signal{_but(chart, noun)}."]
    else:
        told += [*_levels(chart, noun), *within, *_verdict(chart, bool(within), noun)]
        if carried is not None:
            told += [f"By the lines of {by_first} carried on to the end: {finding(carried)}.",
                     *_few_behind(carried, noun)]
        elif len(phases) > 1:
            told.append("Where the phases begin was chosen, not found: lines drawn apart do not show by themselves "
                        "that anything changed there. For that, carry the first phase's lines on (freeze) and look "
                        "for a signal.")
    told += _assurance(chart, noun)
    for caution, rows in phases[phases["caution"] != ""].groupby("caution", sort=False):
        whose = f", {all_of(rows['name'])}" if len(phases) > 1 else ""
        told.append(f"Caution{whose}: {caution}")
    return told + ([] if carried is None else _cautions_of_carried(chart, carried))


def finding(chart):
    """The shortest true title of a chart.

    >>> from lnlab.charts.shewhart import control_chart
    >>> table = pd.DataFrame({"waiting": [14, 15, 13, 16, 15, 14, 12, 15, 16, 13, 14, 15]})
    >>> finding(control_chart(table, "run", value="waiting"))
    'No signal: this looks like chance alone'
    """
    _check(chart)
    noun = noun_of(chart)
    for row in sorted(chart.phases.itertuples(), key=lambda row: in_doubt(chart, row)):
        for what, _ in found_in(chart, row, noun):
            n_beyond = 0 if "beyond a limit" in what or NO_WIDTH in doubts_of(row) else row.n_beyond_limits
            return f"{_signal(chart, row)}: {what}{f', and {n_beyond} {lie_beyond(n_beyond)}' if n_beyond else ''}"
    within = " within the phases" if len(chart.phases) > 1 else ""
    if cannot_tell(chart, noun):
        return f"No signal{within}{_but(chart, noun)}"
    return "No signal within the phases" if within else "No signal: this looks like chance alone"


def _check(chart):
    if not isinstance(chart, ControlChart):
        raise InputError(f"`chart` must be a ControlChart, as control_chart(...) returns it; got {chart!r:.200}.")


# Where the lines are

def _levels(chart, noun):
    says = written(chart)
    if len(chart.phases) == 1:
        if np.isnan(chart.phases["center_line"].iloc[0]):
            return []
        row = next(chart.phases.itertuples())
        level = f"The center line is at {says(row.center_line)}"
        if chart.kind == "MR":
            limits = _limits(chart.points)
            if limits is not None:
                level += f"; as long as nothing changes, nearly all lie below {says(limits['upper_limit'])}"
            return [f"{level}."]
        if in_doubt(chart, row):
            return [f"{level}{_limits_told(chart, chart.points, noun, sure=False)}."]
        if not (chart.kind in EVEN or row.runs_signal or _even(chart.points)):
            limits = _limits_told(chart, chart.points, noun)
            return [f"{level}{limits.replace(', and', '; as long as nothing changes,')}."]
        return [f"{level}; as long as nothing changes, {noun}s fall about as often above it as below"
                f"{_limits_told(chart, chart.points, noun)}."]
    told = []
    for row in chart.phases.itertuples():
        here = points_of(chart, row)
        center = "there is no center line" if np.isnan(row.center_line) else f"center line {says(row.center_line)}"
        told.append(f"{row.name[:1].upper()}{row.name[1:]} ({counted(len(here), noun)}, {span(chart, here)}): "
                    f"{center}{_limits_told(chart, here, noun, sure=not in_doubt(chart, row))}.")
    return told


def _even(points):
    """Do about as many points lie above the center line as below it?"""
    used = points[points["used"]]
    above, below = (used["value"] > used["center_line"]).sum(), (used["value"] < used["center_line"]).sum()
    return min(above, below) >= 0.35 * (above + below)


def _limits(points):
    limits = points[["lower_limit", "upper_limit"]].dropna()
    return None if limits.empty else limits.iloc[-1]


def _limits_told(chart, points, noun, sure=True):
    limits, says = _limits(points), written(chart)
    if limits is None or limits["lower_limit"] == limits["upper_limit"]:
        return ""
    ends = f"{says(limits['lower_limit'])} and {says(limits['upper_limit'])}"
    if not sure:
        return f"; the limits of the last {noun} are {ends}"
    if (points[["lower_limit", "upper_limit"]].nunique() == 1).all():
        return f", and nearly all lie between the limits of {ends}"
    return f", and nearly all lie between their limits ({ends} for the last {noun})"


# What follows from it

def _signal(chart, row):
    return f"Signal{' in doubt' * in_doubt(chart, row)}{_where(chart, row)}"


def _where(chart, row):
    return f" in {row.name}" if len(chart.phases) > 1 else ""


def _told_signals(chart, noun, by=""):
    for row in chart.phases.itertuples():
        for what, more in found_in(chart, row, noun):
            yield f"{_signal(chart, row)}{by}: {what}{more}."


def _but(chart, noun):
    why = cannot_tell(chart, noun)
    return f", but {why}" if why else ""


def _few_behind(carried, noun):
    """The lines that are carried on may rest on too little."""
    if FEW_BEHIND in doubts_of(next(carried.phases.itertuples())):
        n_behind = carried.phases["n_behind"].iloc[0]
        yield (f"But these lines rest on {counted(n_behind, noun)} only: too few to say what is usual. Count on before "
               "you conclude.")


def _verdict(chart, any_signal, noun):
    signals = [row for row in chart.phases.itertuples() if any(found_in(chart, row, noun))]
    if any_signal and all(in_doubt(chart, row) for row in signals):
        yield ("Whether this is more than chance, this chart cannot say (see what it rests on, and the cautions): such "
               "signals come by chance too, more often than they should. Do not conclude from it alone; look at the "
               f"{noun}s to come.")
    elif any_signal:
        yield ("This is more than chance is likely to do. The chart does not say what it was: find out what was done, "
               "or counted, differently at that time. Was it what you changed, and did it help?"
               f"{_meanings(chart, noun)}")
        if is_one_point(chart):
            yield (f"It is one {noun}: look for what was special about it. That the work as a whole has changed, one "
                   f"{noun} does not say.")
        yield (f"A signal can be a false alarm: where nothing changes, some charts show one too. The next {noun}s will "
               "tell.")
    elif cannot_tell(chart, noun):
        yield from _no_calm(chart, noun)
    else:
        asked = "" if chart.rules != "limits" else " (only the limits were asked)"
        what = f"{asked}: this looks like chance alone" if len(chart.phases) == 1 else (
            f" within the phases{asked}: within each, this looks like chance alone")
        yield (f"No signal{what}. Do not react to a single {noun}, neither to a good nor to "
               f"a bad one; to do better for good, change how the work is done. A change that is small or recent may "
               "not show yet.")


def _no_calm(chart, noun):
    """There is no signal, and that says little."""
    within, by_runs = " within the phases" * (len(chart.phases) > 1), chart.rules == "anhoej" and chart.kind != "MR"
    doubts = [doubts_of(row) for row in chart.phases.itertuples()]
    if all(FEW in each and NO_RULE not in each for each in doubts):
        valued = chart.points[chart.points["used"] & chart.points["value"].notna()]
        few = chart.phases["n_useful"].max() if by_runs else valued["phase"].value_counts().max()
        what = f"{counted(int(few), noun)}{' off the center line' * by_runs}{' at most' * bool(within)}"
        yield (f"No signal{within}. But with {what}, change can hardly be told from chance: keep counting before you "
               "conclude.")
    else:
        unasked = all(NO_RULE in each for each in doubts)
        then = "whether anything changed, this chart cannot say" if unasked else "keep counting before you conclude"
        yield f"No signal{within}{_but(chart, noun)}: {then}."


def _cautions_of_carried(chart, carried):
    """What the lines that are carried on cannot tell, where the first phase's own caution does not say it."""
    said = re.sub(r" \(frozen after point \d+\)", "", chart.phases["caution"].iloc[0])
    caution = re.sub(r" \(frozen after point \d+\)", "", carried.phases["caution"].iloc[0])
    new = [each for each in re.split(r"(?<=\.) (?=[A-Z0-9])", caution) if each and each not in said]
    new = [each for each in new if "left out" not in each]
    return [f"Caution, {quoted(chart.phases['name'].iloc[0])} carried on: {' '.join(new)}"] if new else []


def _meanings(chart, noun):
    counts = chart.points["meaning"].value_counts()
    told = [f"{counted(counts[each], noun)} of {each}" for each in ("improvement", "concern") if each in counts]
    return f" As {chart.better} is better, these are {' and '.join(told)}." if told else ""


def _assurance(chart, noun):
    if chart.assurance and not doubts_of(list(chart.phases.itertuples())[-1]):
        goal = written(chart)(chart.target)
        yield {"consistent pass": f"As things are, nearly every {noun} will meet the target of {goal}.",
               "consistent fail": f"As things are, hardly any {noun} will meet the target of {goal}: to meet it, the "
                                  "work itself has to change.",
               "inconsistent": f"As things are, some {noun}s will meet the target of {goal} and others will miss it, "
                               "by chance: neither deserves praise or blame."}[chart.assurance]
