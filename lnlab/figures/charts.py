"""Control charts and funnel plots."""

from types import SimpleNamespace

import numpy as np

from lnlab.checks import InputError
from lnlab.figures import chart_parts as parts
from lnlab.figures.chart_parts import LIMITS
from lnlab.figures.style import ACCENT, CHANGE, INK, USUAL, clean, label_ends, new_axes, percent

NAMED = 30              # groups beyond a funnel's limits that are all named; of more, the farthest that have room

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
    x = parts.positions(points["at"])
    edges = parts.edges(x)
    parts.lines(ax, chart, edges)
    if carried is not None:
        parts.carried_lines(ax, carried, edges, int(chart.phases["last"].iloc[0]))
    ax.plot(x, points["value"], color=CHANGE, linewidth=1.1, alpha=0.75, zorder=3)
    used = parts.marks(ax, chart if carried is None else carried, x)
    used += parts.lines_explained(chart, carried)
    parts.phase_names(ax, chart, edges, says)
    ends = {line: points[line].dropna() for line in ("upper_limit", "center_line", "lower_limit")}
    labels = [(end.iloc[-1], f"{line.replace('_', ' ')} {says(end.iloc[-1])}", INK if line == "center_line" else LIMITS)
              for line, end in ends.items() if len(end)]
    if chart.target is not None:
        ax.axhline(chart.target, color=USUAL, linewidth=1, linestyle=(0, (1, 2)))
        labels.append((chart.target, f"target {says(chart.target)}", USUAL))
    low, high = parts.heights(chart, carried)
    margin = 0.006 * (edges[-1] - edges[0])      # the marks of the first and the last point have some width
    ax.set(xlim=(edges[0] - margin, edges[-1] + margin), ylim=(low, high))
    label_ends(ax, labels, x=edges[-1] + margin, gap=0.052 * (high - low))
    parts.axis_of_places(ax, chart, x, noun_of(chart))
    ax.set_ylabel(measure or chart.value_name)
    if is_share(chart):
        from matplotlib.ticker import MaxNLocator, PercentFormatter
        narrow = (high - low) / chart.multiply < 0.05
        ax.yaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10]))
        ax.yaxis.set_major_formatter(PercentFormatter(chart.multiply, decimals=1 if narrow else 0, symbol=" %"))
    if notes is not None:
        parts.remarks(ax, chart, x, list(notes))
    if used:
        ax.legend(handles=used, frameon=False, fontsize=8.5, loc="upper left", bbox_to_anchor=(0, 0), ncols=3,
                  bbox_transform=parts.below(ax), borderaxespad=0, handletextpad=0.3, columnspacing=1.2)
    parts.plain_texts(ax)
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
    named = out if len(out) <= NAMED else _with_room(out, curve["denominator"].max())
    for row in named.itertuples():
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
    if len(named) < len(out):
        ax.plot([], [], linestyle="none", label="named: the farthest, as far as there is room")
    if len(out):
        ax.legend(frameon=False, fontsize=8.5, loc="upper left", bbox_to_anchor=(0, 0), ncols=3, borderaxespad=0,
                  bbox_transform=parts.below(ax), handletextpad=0.3)
    parts.plain_texts(ax)
    return ax


def _with_room(points, width):
    """The groups farthest out whose names do not run into each other."""
    height, kept = points["value"].max() - points["value"].min(), []
    for row in points.loc[points["z"].abs().sort_values(ascending=False, kind="stable").index].itertuples():
        if all(abs(row.denominator - other.denominator) > 0.2 * width or abs(row.value - other.value) > 0.05 * height
               for other in kept):
            kept.append(row)
    return points.loc[[row.Index for row in kept[:NAMED]]]


def _limits_at(curve, size):
    at = SimpleNamespace(**{end: np.interp(size, curve["denominator"], curve[end]) for end in curve})
    return at.lower_99_8, at.upper_99_8
