"""What a chart has found, one signal at a time, and whether one may lean on it."""

import numpy as np

from lnlab.charts.doubts import ENOUGH, FEW, FEW_BEHIND, NO_RULE, NO_WIDTH, SAME, SHAKY, SILENT
from lnlab.charts.naming import all_of, counted, place_of, quoted, span
from lnlab.charts.signals import BEYOND, LONG_RUN

ONE_BY_ONE = 4          # points that are named one by one; of more, the first and the last
BY_SIGMAS = ("Nelson 5", "Nelson 6", "Nelson 7", "Nelson 8", "two of three")      # what these say rests on the limits


def doubts_of(row):
    """The doubts about a phase, from its row in the table of phases."""
    return {each for each in row.doubts.split("; ") if each}


def in_doubt(chart, row):
    """Do signals like those of this phase come by chance more often than they should?"""
    one_of_g = chart.kind == "g" and row.n_beyond_limits == 1 and is_one_point(chart)
    return bool(doubts_of(row) & SHAKY) or one_of_g


def found_in(chart, row, noun):
    """For each signal of a phase, what it is, and what else to say of it."""
    points, sure = points_of(chart, row), not in_doubt(chart, row)

    def seldom(what):
        return f"; chance alone seldom {what}" if sure else ""

    if row.runs_signal and row.longest_run > row.longest_run_max:
        for run in sorted(_long_runs(points), key=len, reverse=True):
            side = "above" if run["value"].iloc[0] > run["center_line"].iloc[0] else "below"
            yield (f"{counted(len(run), noun)} in a row lie {side} the center line",
                   f" ({span(chart, run)}){seldom(f'puts more than {row.longest_run_max} there')}")
    if row.runs_signal and row.n_crossings < row.n_crossings_min:
        fewest = row.n_crossings_min
        yield (f"the values cross the center line {_only(row.n_crossings)}",
               seldom("stays on one side" if fewest == 1 else f"does so fewer than {_times(fewest)}"))
    without_width = NO_WIDTH in doubts_of(row)
    beyond = points[points["beyond_limits"]]
    if len(beyond) and not without_width:
        yield f"{counted(len(beyond), noun)} {lie_beyond(len(beyond))}", f": {_named(chart, beyond)}"
    for name in dict.fromkeys(name for told in points["signals"] for name in told.split("; ") if name):
        part = points[_is_part(points, name)]
        if BEYOND not in name and name != LONG_RUN and not (without_width and name.startswith(BY_SIGMAS)):
            yield name, f" ({counted(len(part), noun)}: {span(chart, part)})"


def is_one_point(chart):
    """Is a single point beyond a limit all that the chart has found?"""
    others = chart.points["signals"].str.replace(BEYOND, "").str.startswith("Nelson 1") | (
        chart.points["signals"].isin(["", BEYOND]))
    return bool(others.all() and chart.points["beyond_limits"].sum() == 1 and not chart.phases["runs_signal"].any())


def cannot_tell(chart, noun):
    """Why no signal is no sign of calm: for all phases alike, or for some; empty if it is one."""
    doubtful = [row for row in chart.phases.itertuples() if doubts_of(row) & SILENT]
    if not doubtful:
        return ""
    if len(doubtful) < len(chart.phases):
        return f"{all_of([quoted(row.name) for row in doubtful])} can hardly tell a change from chance"
    for doubt, why in ((NO_RULE, "there are no limits to ask"), (FEW, ""),
                       (FEW_BEHIND, f"the lines rest on too few {noun}s to tell"),
                       (NO_WIDTH, "limits without any width cannot tell")):
        if all(doubt in doubts_of(row) for row in doubtful):
            break
    else:
        return f"the {noun}s are too few to tell, or there are no limits to ask"
    few_useful = chart.rules == "anhoej" and chart.phases["n_points"].max() >= ENOUGH and chart.kind != "MR"
    return why or (f"too few {noun}s lie off the center line to tell" if few_useful else
                   f"the {noun}s are too few to tell")


def points_of(chart, row):
    """The points of a phase."""
    return chart.points[chart.points["phase"] == row.phase]


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


def _named(chart, points):
    def one(row):
        side = "above" if row.value > row.center_line else "below"
        return f"{place_of(chart, row.at)} ({side})"
    rows = list(points.itertuples())
    if len(rows) > ONE_BY_ONE:
        return f"the first {one(rows[0])}, the last {one(rows[-1])}"
    return ", ".join(map(one, rows))


def lie_beyond(n):
    """So many lie beyond a limit.

    >>> lie_beyond(1), lie_beyond(2)
    ('lies beyond a limit', 'lie beyond a limit')
    """
    return f"{'lies' if n == 1 else 'lie'} beyond a limit"


def _times(n):
    return {1: "once", 2: "twice"}.get(int(n), f"{n} times")


def _only(n):
    return f"only {_times(n)}" if n else "at no time"
