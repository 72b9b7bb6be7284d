"""Control charts and funnel plots."""

from types import SimpleNamespace

import numpy as np

from lnlab.checks import InputError
from lnlab.figures.style import ACCENT, CHANGE, FAINT, INK, USUAL, clean, label_ends, new_axes, percent

LIMITS = "#5f7d95"      # of chance: darker than the grid, lighter than what was measured
# How a point is drawn: marker, size and color, so that no meaning hangs on color alone
MARKS = {"": ("o", 5, CHANGE), "run": ("^", 7, ACCENT), "limit": ("D", 7.5, ACCENT), "improvement": ("*", 11, CHANGE),
         "concern": ("s", 7, ACCENT)}
MEANS = {"run": "part of a run that chance seldom makes", "rule": "part of a pattern that chance seldom makes",
         "limit": "beyond a limit", "improvement": "signal of improvement", "concern": "signal of concern",
         "unused": "shown, but not counted"}


def control_chart(chart, ax=None, measure=None, notes=None, carried=None):
    """A control chart: what was measured, the center line and the limits of each phase, and the signals.

    The center line is solid as long as chance explains the runs, and dashed in another color where it does not.

    Parameters
    ----------
    chart : ControlChart
        As `lnlab.charts.control_chart` returns it.
    ax : matplotlib Axes, optional
    measure : str, optional
        What is measured, for the vertical axis; the chart's own name if not given.
    notes : pandas.Series or list of str, optional
        A remark for each point, empty where there is none.
    carried : ControlChart, optional
        Of a chart with phases: the same points with the lines of the first phase carried on. Those lines are drawn
        faintly over the later phases, and the signals that are marked are theirs.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        If `chart` is no ControlChart, or there is not one remark for each point.

    Examples
    --------
    >>> import pandas as pd
    >>> from lnlab.charts import control_chart as chart_of
    >>> waiting = pd.DataFrame({"waiting": [14, 15, 13, 16, 15, 14, 12, 15, 16, 13, 14, 15]})
    >>> control_chart(chart_of(waiting, "run", value="waiting"), measure="Days of waiting").get_ylabel()
    'Days of waiting'
    """
    from lnlab.charts.naming import is_share, noun_of, written
    for name, each in (("chart", chart), ("carried", carried if carried is not None else chart)):
        if not hasattr(each, "points"):
            raise InputError(f"`{name}` must be a ControlChart, as charts.control_chart(...) returns it; got "
                             f"{each!r:.200}.")
    says = written(chart)
    ax = clean(ax or new_axes(7.6, 4.2))
    points = chart.points
    x = _positions(points["at"])
    edges = _edges(x)
    _lines(ax, chart, edges)
    if carried is not None:
        _carried_lines(ax, carried, edges, int(chart.phases["last"].iloc[0]))
    ax.plot(x, points["value"], color=CHANGE, linewidth=1.1, alpha=0.75, zorder=3)
    used = _marks(ax, chart if carried is None else carried, x)
    used += _lines_explained(chart, carried)
    _phase_names(ax, chart, edges, says)
    last = points.iloc[-1]
    labels = [(last[line], f"{line.replace('_', ' ')} {says(last[line])}", color) for line, color in (
        ("upper_limit", LIMITS), ("center_line", INK), ("lower_limit", LIMITS)) if not np.isnan(last[line])]
    if chart.target is not None:
        ax.axhline(chart.target, color=USUAL, linewidth=1, linestyle=(0, (1, 2)))
        labels.append((chart.target, f"target {says(chart.target)}", USUAL))
    low, high = _heights(chart, carried)
    margin = 0.006 * (edges[-1] - edges[0])      # the marks of the first and the last point have some width
    ax.set(xlim=(edges[0] - margin, edges[-1] + margin), ylim=(low, high))
    label_ends(ax, labels, x=edges[-1] + margin, gap=0.052 * (high - low))
    _axis_of_places(ax, chart, x, noun_of(chart))
    ax.set_ylabel(measure or chart.value_name)
    if is_share(chart):
        from matplotlib.ticker import MaxNLocator, PercentFormatter
        narrow = (high - low) / chart.multiply < 0.05
        ax.yaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10]))
        ax.yaxis.set_major_formatter(PercentFormatter(chart.multiply, decimals=1 if narrow else 0, symbol=" %"))
    if notes is not None:
        _remarks(ax, chart, x, list(notes))
    if used:
        ax.legend(handles=used, frameon=False, fontsize=8.5, loc="upper left", bbox_to_anchor=(0, -0.14), ncols=3,
                  borderaxespad=0, handletextpad=0.3, columnspacing=1.2)
    return ax


def funnel(result, ax=None, measure=None, unit=None):
    """A funnel plot: each group by its size, around one target, within the limits of chance.

    Parameters
    ----------
    result : Funnel
        As `lnlab.charts.funnel` returns it.
    ax : matplotlib Axes, optional
    measure : str, optional
        The share, for the vertical axis, such as "Patients in remission".
    unit : str, optional
        What the denominators count, such as "Patients seen".

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        If `result` is no Funnel.

    Examples
    --------
    >>> import pandas as pd
    >>> from lnlab.charts.funnel import funnel as funnel_of
    >>> centers = pd.DataFrame({"center": ["Ash", "Birch"], "remissions": [30, 77], "patients_seen": [50, 100]})
    >>> funnel(funnel_of(centers), unit="Patients seen").get_xlabel()
    'Patients seen'
    """
    from matplotlib.patheffects import withStroke
    from matplotlib.ticker import PercentFormatter
    if not hasattr(result, "between_variance"):
        raise InputError(f"`result` must be a Funnel, as charts.funnel(...) returns it; got {result!r:.200}.")
    ax = clean(ax or new_axes(7.2, 4.4))
    points, curve = result.points, result.curve
    ax.axhline(result.target, color=INK, linewidth=1.2)
    labels = [(result.target, f"all together {percent(result.target)}", INK)]
    for level, said, style in (("95", "95 %", (0, (5, 2))), ("99_8", "99.8 %", "-")):
        for end in ("lower", "upper"):
            limit = curve[f"{end}_{level}"]
            ax.plot(curve["denominator"], limit, color=LIMITS, linewidth=1.3, linestyle=style)
            labels.append((limit.iloc[-1], said, LIMITS))
    beyond = points["signal"] != ""
    within, out = points[~beyond], points[beyond]
    ax.plot(within["denominator"], within["value"], "o", color=CHANGE, markersize=6, alpha=0.85, linestyle="none",
            label="within the limits", zorder=3)
    for signal, (marker, size) in {"beyond 95 % limits": ("^", 7.5), "beyond 99.8 % limits": ("D", 7.5)}.items():
        these = out[out["signal"] == signal]
        if len(these):
            ax.plot(these["denominator"], these["value"], marker, color=ACCENT, markersize=size, linestyle="none",
                    label=signal, zorder=4)
    for row in out.itertuples():
        ax.annotate(str(row.group), (row.denominator, row.value), xytext=(7, 4), textcoords="offset points",
                    fontsize=8.5, color=ACCENT, path_effects=[withStroke(linewidth=3, foreground="white")])
    inside = [*points["value"], *_limits_at(curve, points["denominator"].min())]
    low, high = max(0, min(inside) - 0.03), min(1, max(inside) + 0.03)
    smallest, largest = curve["denominator"].min(), curve["denominator"].max()
    ax.set(xlim=(0 if smallest < 0.2 * largest else smallest, largest), ylim=(low, high),
           xlabel=unit or result.names["denominator"],
           ylabel=measure or f"{result.names['numerator']} / {result.names['denominator']}")
    label_ends(ax, labels, x=largest, gap=0.048 * (high - low))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    if len(out):
        ax.legend(frameon=False, fontsize=8.5, loc="upper left", bbox_to_anchor=(0, -0.14), ncols=3, borderaxespad=0,
                  handletextpad=0.3)
    return ax


# The parts of a control chart

def _positions(at):
    """Where the points lie on the axis: dates as days, numbers as they are, names counted from 1."""
    import matplotlib.dates as dates
    import pandas as pd
    if pd.api.types.is_datetime64_any_dtype(at):
        return dates.date2num(at)
    if pd.api.types.is_numeric_dtype(at):
        return at.to_numpy(float)
    return np.arange(1.0, len(at) + 1)


def _edges(x):
    """Where one point's place ends and the next begins, (n_points + 1,)."""
    if len(x) == 1:
        return np.array([x[0] - 0.5, x[0] + 0.5])
    middles = (x[1:] + x[:-1]) / 2
    return np.concatenate([[x[0] - (middles[0] - x[0])], middles, [x[-1] + (x[-1] - middles[-1])]])


def _lines(ax, chart, edges):
    for row in chart.phases.itertuples():
        here = (chart.points["phase"] == row.phase).to_numpy()
        places = edges[np.flatnonzero(here)[0]:np.flatnonzero(here)[-1] + 2]
        for line, color, width, style in (
                ("lower_limit", LIMITS, 1.3, "-"), ("upper_limit", LIMITS, 1.3, "-"),
                ("center_line", ACCENT if row.runs_signal else INK, 1.5, (0, (6, 3)) if row.runs_signal else "-")):
            heights = chart.points.loc[here, line].to_numpy(float)
            if not np.isnan(heights).all():
                ax.stairs(heights, places, baseline=None, color=color, linewidth=width, linestyle=style, zorder=2)


def _carried_lines(ax, carried, edges, last):
    """The lines of the first phase, faintly, after its last point."""
    for line in ("center_line", "lower_limit", "upper_limit"):
        heights = carried.points[line].to_numpy(float)[last:]
        if not np.isnan(heights).all():
            ax.stairs(heights, edges[last:], baseline=None, color=USUAL, linewidth=1.2, zorder=2,
                      linestyle=(0, (4, 2)) if line == "center_line" else (0, (1, 1.5)))


def _marks(ax, chart, x):
    """Draw each point as what it is; return what the legend must explain."""
    from matplotlib.lines import Line2D
    points, explained = chart.points, {}
    plain_runs = chart.rules == "anhoej"
    for place, row in zip(x, points.itertuples()):
        if np.isnan(row.value):
            continue
        what = row.meaning or ("limit" if row.beyond_limits else "run" if row.signals else "")
        marker, size, color = MARKS[what]
        hollow = not row.used
        ax.plot(place, row.value, marker, color=USUAL if hollow and not what else color, markersize=size, zorder=4,
                markerfacecolor="white" if hollow else None, markeredgewidth=1.3 if hollow else 0.5)
        if what:
            explained[what] = MEANS["rule" if what == "run" and not plain_runs else what]
        if hollow:
            explained["unused"] = MEANS["unused"]
    handles = []
    for what, said in explained.items():
        marker, size, color = MARKS.get(what, ("o", 5, USUAL))
        handles.append(Line2D([], [], marker=marker, linestyle="none", markersize=min(size, 9), color=color, label=said,
                              markerfacecolor="white" if what == "unused" else color))
    return handles


def _lines_explained(chart, carried):
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
                                label=f"lines of {quoted(chart.phases['name'].iloc[0])}, carried on"))
    return explained


def _phase_names(ax, chart, edges, says):
    if len(chart.phases) == 1:
        return
    for row in chart.phases.itertuples():
        if row.first > 1:
            ax.axvline(edges[row.first - 1], color=USUAL, linewidth=0.9, linestyle=(0, (2, 3)), zorder=1)
        middle = (edges[row.first - 1] + edges[row.last]) / 2
        center = "" if np.isnan(row.center_line) else f": {says(row.center_line)}"
        ax.annotate(f"{row.name}{center}", (middle, 1), xycoords=("data", "axes fraction"), xytext=(0, 4),
                    textcoords="offset points", ha="center", va="bottom", fontsize=9, color=INK, annotation_clip=False)


def _heights(chart, carried):
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


def _axis_of_places(ax, chart, x, noun):
    import pandas as pd
    at = chart.points["at"]
    ax.set_xlabel(chart.at_name.replace("_", " ").capitalize() if chart.at_name else noun.capitalize())
    if pd.api.types.is_datetime64_any_dtype(at):
        import matplotlib.dates as dates
        locator = dates.AutoDateLocator(maxticks=9)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    elif not pd.api.types.is_numeric_dtype(at):
        every = -(-len(at) // 10)
        ax.set_xticks(x[::every], [str(each) for each in at.iloc[::every]])
    else:
        from matplotlib.ticker import MaxNLocator
        ax.xaxis.set_major_locator(MaxNLocator(9, integer=True))


def _remarks(ax, chart, x, notes):
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


def _limits_at(curve, size):
    at = SimpleNamespace(**{end: np.interp(size, curve["denominator"], curve[end]) for end in curve})
    return at.lower_99_8, at.upper_99_8
