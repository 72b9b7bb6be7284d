"""The parts of a control chart on paper: points, lines, names and axes."""

import textwrap

import numpy as np

from lnlab.checks import InputError
from lnlab.figures.style import ACCENT, CHANGE, FAINT, INK, USUAL

WRITTEN = 92            # characters of a phase's name that fit above a chart of the usual width
NAME = "phase name"
LONGEST = 20            # characters of an upright name
LIMITS = "#5f7d95"      # of chance: darker than the grid, lighter than what was measured
# How a point is drawn: marker, size and color, so that no meaning hangs on color alone
MARKS = {"": ("o", 5, CHANGE), "run": ("^", 7, ACCENT), "limit": ("D", 7.5, ACCENT), "improvement": ("*", 11, CHANGE),
         "concern": ("s", 7, ACCENT)}
MEANS = {"run": "part of a run that chance seldom makes", "rule": "part of a pattern that chance seldom makes",
         "limit": "beyond a limit", "improvement": "signal of improvement", "concern": "signal of concern",
         "unused": "shown, but not counted"}
IN_DOUBT = {"run": "part of a long run", "rule": "part of a pattern that a rule names"}


def positions(at):
    """Where the points lie on the axis: dates and periods as days, numbers as they are, names counted from 1.

    >>> import pandas as pd
    >>> positions(pd.Series(["new", "busy", "quiet"])).tolist()
    [1.0, 2.0, 3.0]
    """
    import matplotlib.dates as dates
    import pandas as pd
    at = _dated(at)
    if pd.api.types.is_datetime64_any_dtype(at):
        return dates.date2num(at)
    if pd.api.types.is_numeric_dtype(at):
        return at.to_numpy(float)
    return np.arange(1.0, len(at) + 1)


def _dated(at):
    """Periods as the days on which they begin."""
    import pandas as pd
    return at.dt.to_timestamp() if isinstance(at.dtype, pd.PeriodDtype) else at


def edges(x):
    """Where one point's place ends and the next begins, (n_points + 1,)."""
    if len(x) == 1:
        return np.array([x[0] - 0.5, x[0] + 0.5])
    middles = (x[1:] + x[:-1]) / 2
    return np.concatenate([[x[0] - (middles[0] - x[0])], middles, [x[-1] + (x[-1] - middles[-1])]])


def lines(ax, chart, edges):
    """The center line and the limits of each phase."""
    for row in chart.phases.itertuples():
        here = (chart.points["phase"] == row.phase).to_numpy()
        places = edges[np.flatnonzero(here)[0]:np.flatnonzero(here)[-1] + 2]
        for line, color, width, style in (
                ("lower_limit", LIMITS, 1.3, "-"), ("upper_limit", LIMITS, 1.3, "-"),
                ("center_line", ACCENT if row.runs_signal else INK, 1.5, (0, (6, 3)) if row.runs_signal else "-")):
            heights = chart.points.loc[here, line].to_numpy(float)
            if not np.isnan(heights).all():
                ax.stairs(heights, places, baseline=None, color=color, linewidth=width, linestyle=style, zorder=2)


def carried_lines(ax, carried, edges, last):
    """The lines of the first phase, faintly, after its last point."""
    for line in ("center_line", "lower_limit", "upper_limit"):
        heights = carried.points[line].to_numpy(float)[last:]
        if not np.isnan(heights).all():
            ax.stairs(heights, edges[last:], baseline=None, color=USUAL, linewidth=1.2, zorder=2,
                      linestyle=(0, (4, 2)) if line == "center_line" else (0, (1, 1.5)))


def marks(ax, chart, x):
    """Draw each point as what it is; return what the legend must explain."""
    from matplotlib.lines import Line2D
    from lnlab.charts.findings import in_doubt
    points, explained = chart.points, {}
    values, used = points["value"].to_numpy(float), points["used"].to_numpy()
    sure = not any(in_doubt(chart, row) for row in chart.phases.itertuples())
    whats = np.array([meaning or ("limit" if beyond else "run" if signals else "") for meaning, beyond, signals in zip(
        points["meaning"], points["beyond_limits"], points["signals"])], dtype=object)
    for what, (marker, size, color) in MARKS.items():
        for hollow in (False, True):
            here = (whats == what) & (used != hollow) & ~np.isnan(values)
            if not here.any():
                continue
            ax.plot(x[here], values[here], marker, color=USUAL if hollow and not what else color, markersize=size,
                    zorder=4, linestyle="none", markerfacecolor="white" if hollow else None,
                    markeredgewidth=1.3 if hollow else 0.5)
            if what:
                name = "rule" if what == "run" and chart.rules != "anhoej" else what
                explained[what] = MEANS[name] if sure else IN_DOUBT.get(name, MEANS[name])
            if hollow:
                explained["unused"] = MEANS["unused"]
    handles = []
    for what, said in explained.items():
        marker, size, color = MARKS.get(what, ("o", 5, USUAL))
        handles.append(Line2D([], [], marker=marker, linestyle="none", markersize=min(size, 9), color=color, label=said,
                              markerfacecolor="white" if what == "unused" else color))
    return handles


def lines_explained(chart, carried):
    """What the legend must say of the lines."""
    from matplotlib.lines import Line2D
    from lnlab.charts.naming import quoted
    phases, explained = chart.phases[chart.phases["runs_signal"]], []
    if len(phases):
        why = [said for said, holds in (("long run", phases["longest_run"] > phases["longest_run_max"]),
                                        ("few crossings", phases["n_crossings"] < phases["n_crossings_min"]))
               if holds.any()]
        explained.append(Line2D([], [], color=ACCENT, linestyle=(0, (5, 2)), label=f"center line: {', '.join(why)}"))
    if carried is not None:
        explained.append(Line2D([], [], color=USUAL, linestyle=(0, (1, 1.5)),
                                label=f"lines of {quoted(_short(chart.phases['name'].iloc[0]))}, carried on"))
    return explained


def phase_names(ax, chart, edges, says):
    """The names of the phases above them, as wide as each is, or upright where it is narrow."""
    if len(chart.phases) == 1:
        return
    width = WRITTEN / (edges[-1] - edges[0])
    for row in chart.phases.itertuples():
        if row.first > 1:
            ax.axvline(edges[row.first - 1], color=USUAL, linewidth=0.9, linestyle=(0, (2, 3)), zorder=1)
        middle = (edges[row.first - 1] + edges[row.last]) / 2
        center = "" if np.isnan(row.center_line) else f": {says(row.center_line)}"
        fits = int(width * (edges[row.last] - edges[row.first - 1]))
        told = textwrap.wrap(f"{row.name}{center}", max(fits, 1), break_long_words=False)
        upright = len(told) > 3 or max(map(len, told), default=0) > fits
        if upright and fits < 2:        # not even an upright name has room
            continue
        told = [_short(f"{row.name}{center}")] if upright else told
        ax.annotate("\n".join(told), (middle, 1), xycoords=("data", "axes fraction"), xytext=(0, 4),
                    textcoords="offset points", ha="center", va="bottom", fontsize=9, color=INK, annotation_clip=False,
                    rotation=90 if upright else 0, gid=NAME)


def names_height(ax):
    """How high the names of phases reach above the axes (points)."""
    names = [(text.get_text(), text.get_rotation()) for text in ax.texts if text.get_gid() == NAME]
    return max((4.6 * len(name) if upright else 11.5 * (1 + name.count("\n")) for name, upright in names), default=0)


def _short(name):
    return textwrap.shorten(name, LONGEST, placeholder=" ...")[:LONGEST]


def heights(chart, carried):
    """The range of the vertical axis: all that is drawn, with room for a remark; shares end at 0 and 1."""
    from lnlab.charts.naming import is_share
    shown = ["value", "center_line", "lower_limit", "upper_limit"]
    charts = [chart] if carried is None else [chart, carried]
    drawn = np.concatenate([each.points[shown].to_numpy(float).ravel() for each in charts])
    drawn = np.append(drawn[~np.isnan(drawn)], [] if chart.target is None else [chart.target])
    low, high = (drawn.min(), drawn.max()) if len(drawn) else (0.0, 1.0)
    room = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
    bottom, top = low - room, high + room
    if low >= 0:
        bottom = max(bottom, -0.02 * (top - max(bottom, 0)))
    return (bottom, min(top, 1.02 * chart.multiply)) if is_share(chart) else (bottom, top)


def axis_of_places(ax, chart, x, noun):
    """The horizontal axis: dates, numbers or names."""
    import pandas as pd
    at = _dated(chart.points["at"])
    ax.set_xlabel(chart.at_name.replace("_", " ").capitalize() if chart.at_name else noun.capitalize())
    if pd.api.types.is_datetime64_any_dtype(at):
        import matplotlib.dates as dates
        locator = dates.AutoDateLocator(maxticks=9)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    elif not pd.api.types.is_numeric_dtype(at):
        every = -(-len(at) // 10)
        ax.set_xticks(x[::every], [str(each) for each in at.iloc[::every]], parse_math=False)
    else:
        from matplotlib.ticker import MaxNLocator
        ax.xaxis.set_major_locator(MaxNLocator(9, integer=True))


def remarks(ax, chart, x, notes):
    """A remark at each point that has one."""
    if len(notes) != len(x):
        raise InputError(f"`notes` must hold a remark for each of the {len(x)} points, empty where there is none; got "
                         f"{len(notes)}.")
    _, high = ax.get_ylim()
    values = chart.points["value"].to_numpy(float)
    for place, value, note in zip(x, values, notes):
        if isinstance(note, str) and note.strip():
            ax.annotate(note, (place, value if not np.isnan(value) else high), xytext=(0, 26), fontsize=8.5, color=INK,
                        textcoords="offset points", ha="right" if place > x.mean() else "left",
                        arrowprops=dict(arrowstyle="-", color=FAINT, shrinkB=5), zorder=5)


def below(ax):
    """Coordinates of the axes, moved down below the name of the horizontal axis, for a legend."""
    from matplotlib.transforms import ScaledTranslation
    return ax.transAxes + ScaledTranslation(0, -34 / 72, ax.figure.dpi_scale_trans)


def plain_texts(ax):
    """Take every text as it is written: what stands between two dollar signs is no formula."""
    legend = ax.get_legend()
    for text in [*ax.texts, ax.xaxis.label, ax.yaxis.label, *(legend.get_texts() if legend else [])]:
        text.set_parse_math(False)
