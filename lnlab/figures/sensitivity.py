"""What drives an outcome, how sure that is, and why: screenings, indices, emulators, ways, and equal outcomes."""

import numpy as np

from lnlab.analysis.equal import grid_of
from lnlab.checks import InputError
from lnlab.figures.style import ACCENT, CHANGE, FAINT, INK, MEASURES, USUAL, clean, label_ends, new_axes
from lnlab.parameters import Parameters, label
from lnlab.tables import MEASURES as OUTCOMES
from lnlab.tables import SHARES

WAYS = {"by what is known": (CHANGE, ""), "by what is used": ("#9cc5e3", "//"), "by adherence": (USUAL, ""),
        "directly": ("white", "..")}
SEVERAL = ("-", "--", ":", "-.")


def screening(found, ax=None):
    """How far each parameter moves the outcome over its whole range (Morris' mu_star), the strongest on top.

    Parameters
    ----------
    found : Screening
        As `lnlab.analysis.morris` returns it.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        The mean size of the elementary effects with its 95 % interval. A triangle points the way in which the outcome
        goes on average when the parameter is raised; it is open where single effects go both ways.
    """
    table = found.table.sort_values("mu_star", ascending=False, kind="stable").reset_index(drop=True)
    ax = _rows(ax, table["parameter"])
    scale, unit = _scale(found.outcome)
    one_way = (found.effects.ge(0).all() | found.effects.le(0).all()).to_dict()
    for row in table.itertuples():
        ax.plot([scale * row.mu_star_low, scale * row.mu_star_high], [row.Index] * 2, color=CHANGE, linewidth=1.8)
        ax.plot(scale * row.mu_star, row.Index, marker=">" if row.mu > 0 else "<" if row.mu < 0 else "o", color=CHANGE,
                markersize=7, markerfacecolor=CHANGE if one_way[row.parameter] else "white")
    _floor(ax, scale * found.noise_floor)
    ax.set_xlim(left=0)
    ax.set_xlabel(f"Mean size of the effect on {_named(found.outcome)}\nover the whole range{unit}, with 95 % interval")
    _note(ax, "\u25b6 raises it   \u25c0 lowers it   \u25b7 \u25c1 sometimes one, sometimes the other", below=46)
    return ax


def indices(found, ax=None):
    """Which share of the outcome's variance each parameter accounts for (Sobol' indices), the largest on top.

    Parameters
    ----------
    found : Indices
        As `lnlab.analysis.sobol` and `sobol_of` return it.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Full bars: alone (first index). Open bars: with all its interactions (total index). 95 % intervals.
    """
    table = found.table.sort_values("total", ascending=False, kind="stable").reset_index(drop=True)
    ax = _rows(ax, table["parameter"], height=0.5)
    for name, aside, color in (("first", 0.19, CHANGE), ("total", -0.19, "white")):
        value, low, high = (table[each].clip(lower=0) for each in (name, f"{name}_low", f"{name}_high"))
        ax.barh(table.index - aside, value, height=0.34, color=color, edgecolor=CHANGE, linewidth=1.2)
        ax.hlines(table.index - aside, low, high, color=INK, linewidth=1.3)
    place = 0.5 * ax.get_xlim()[1]
    for text, aside in (("alone (first index)", 0.19), ("with its interactions (total)", -0.19)):
        last = table.index[-1] - aside
        ax.annotate(text, (place, last), va="center", color=CHANGE, fontsize=9)
    _floor(ax, found.noise_share)
    ax.set_xlim(left=0)
    _in_percent(ax.xaxis)
    ax.set_xlabel(f"Share of the variance of {_named(found.outcome)}, with 95 % interval")
    return ax


def convergence(found, ax=None, named=8):
    """How the ranking settles when the runs double: each parameter's index by the number of runs.

    Parameters
    ----------
    found : Convergence
        As `lnlab.analysis.convergence` returns it.
    ax : matplotlib Axes, optional
    named : int, default 8
        How many lines are named at their ends; the others are thin and gray.

    Returns
    -------
    matplotlib Axes
        Above each doubling stands Spearman's correlation of the two rankings.
    """
    ax = clean(ax or new_axes(7.6, 4.4))
    wide = found.table.pivot(index="n", columns="parameter", values="index")
    runs = found.table.groupby("n")["n_runs"].first()
    ranked = wide.iloc[-1].sort_values(ascending=False, kind="stable").index
    for place, name in enumerate(ranked):
        first = place < named
        ax.plot(runs, wide[name], color=CHANGE if first else FAINT, linewidth=1.8 if first else 1,
                linestyle=SEVERAL[place % 4] if first else "-", marker="o" if first else None, markersize=3.5)
    top = wide.to_numpy().max()
    ax.set(xscale="log", xticks=runs, xticklabels=[f"{each:,}" for each in runs], ylim=(0, 1.18 * top),
           xlabel="Runs (log scale)", ylabel="Index of each parameter")
    ax.minorticks_off()
    for row in found.agreement.itertuples():
        left, right = runs[row.n], runs[row.doubled]
        ax.annotate(f"{row.spearman:.2f}", (np.sqrt(left * right), 1.1 * top), ha="center", va="center", fontsize=9.5,
                    color=INK if row.spearman >= found.criterion else ACCENT,
                    fontweight="normal" if row.spearman >= found.criterion else "bold")
        ax.plot([left, right], [1.05 * top] * 2, color=FAINT, linewidth=1)
    label_ends(ax, [(wide[name].iloc[-1], _label(name), CHANGE) for name in ranked[:named]], runs.iloc[-1],
               gap=0.065 * top)
    _note(ax, f"Numbers above: Spearman's correlation of the rankings to their left and right; {found.criterion:g} is "
              "asked for.", below=38)
    return ax


def emulator_check(made, ax=None):
    """Each point left out and predicted from the others, against what was run.

    Parameters
    ----------
    made : Emulator
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        On the line the prediction was right. Crosses: outside the emulator's own 95 % interval (5 % should be).
    """
    ax = clean(ax or new_axes(5.2, 4.6))
    scale, unit = _scale(made.outcome)
    run, told = scale * made.check["observed"], scale * made.check["predicted"]
    off = made.check["standardized_error"].abs() > 1.96
    ends = [min(run.min(), told.min()), max(run.max(), told.max())]
    ax.plot(ends, ends, color=USUAL, linewidth=1)
    ax.plot(run[~off], told[~off], "o", color=CHANGE, markersize=4, alpha=0.55, markeredgewidth=0)
    ax.plot(run[off], told[off], "x", color=ACCENT, markersize=6)
    ax.annotate(f"{made.q2:.0%} of what varies\nis predicted", (0.03, 0.97), xycoords="axes fraction", va="top",
                fontsize=9.5, color=INK)
    ax.annotate(f"\u00d7 {off.mean():.0%} outside the\nown 95 % interval", (0.97, 0.05), xycoords="axes fraction",
                ha="right", fontsize=9.5, color=ACCENT)
    unit = " (%)" if unit else ""
    ax.set(xlabel=f"{_named(made.outcome, True)}{unit}, as run", ylabel="Predicted from the other points")
    return ax


def reasons(found, ax=None):
    """By which ways each parameter moves the outcome: the parts of its effect, the strongest on top.

    Parameters
    ----------
    found : Reasons
        As `lnlab.mechanisms.reasons` returns it.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Bars to the right raise the outcome, to the left lower it; the dot is their sum, with its 95 % interval.
    """
    parts = found.parts
    total = parts[parts["part"] == "total"].set_index("parameter")
    names = total["difference"].abs().sort_values(ascending=False, kind="stable").index
    spans = {name: f"{row.from_value:g} to {row.to_value:g}" for name, row in total.iterrows()}
    ax = _rows(ax, names, height=0.46, width=8.4, names=[f"{_label(name)}\n{spans[name]}" for name in names])
    for place, name in enumerate(names):
        mine = parts[parts["parameter"] == name].set_index("part")["difference"]
        for sign in (1, -1):
            start = 0.0
            for way, (color, hatch) in WAYS.items():
                if sign * mine[way] > 0:
                    ax.barh(place, mine[way], left=start, height=0.62, color=color, hatch=hatch, edgecolor=INK,
                            linewidth=0.5)
                    start += mine[way]
        row = total.loc[name]
        ax.plot([row.low, row.high], [place] * 2, color=ACCENT, linewidth=1.6)
        ax.plot(row.difference, place, "o", color=ACCENT, markersize=5)
    ax.axvline(0, color=INK, linewidth=1)
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    keys = [Patch(facecolor=color, hatch=hatch, edgecolor=INK, linewidth=0.5, label=way)
            for way, (color, hatch) in WAYS.items() if parts.loc[parts["part"] == way, "difference"].abs().max() > 0.05]
    ax.legend(handles=[*keys, Line2D([], [], color=ACCENT, marker="o", label="in all, 95 % interval")], frameon=False,
              fontsize=9, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=len(keys) + 1, handlelength=1.4,
              columnspacing=1.2)
    unit = "points" if parts["unit"].iloc[0] == "points" else "in its unit"
    ax.set_xlabel(f"Effect of the change from low to high on the outcome ({unit})")
    return ax


def same_outcome(table, x, y, measure, level, marked=None, ax=None):
    """An outcome over two parameters, with the line along which it is the same.

    Parameters
    ----------
    table : pandas.DataFrame
        Of a full grid (`lnlab.full_grid`) of `x` and `y`, such as the table of `lnlab.sweep`; replicates are averaged.
    x, y : str
        Parameters.
    measure : str
        The outcome.
    level : float
        The value along the accented line, in the measure's own unit (0.8 for 80 %).
    marked : dict of str to (float, float), optional
        Strategies to name: where they lie.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        For missing columns, a grid with holes, or a level that is nowhere reached.
    """
    grid = grid_of(table, x, y, measure)
    if not grid.to_numpy().min() < level < grid.to_numpy().max():
        raise InputError(f"`level` must lie between the lowest and the highest mean of {measure} in the table "
                         f"({grid.to_numpy().min():.3g} and {grid.to_numpy().max():.3g}); got {level!r:.40}.")
    ax = ax or new_axes(6.6, 4.6)
    share = measure in SHARES
    scale = 100 if share else 1
    from matplotlib.colors import LinearSegmentedColormap
    blues = LinearSegmentedColormap.from_list("outcome", ["#f7fafd", "#6fa8d3"])
    values = scale * grid.to_numpy()
    ax.contourf(grid.columns, grid.index, values, levels=10, cmap=blues)
    faint = ax.contour(grid.columns, grid.index, values, levels=8, colors=USUAL, linewidths=0.7)
    ax.clabel(faint, fontsize=8, fmt=lambda value: f"{value:g}{' %' if share else ''}")
    line = ax.contour(grid.columns, grid.index, values, levels=[scale * level], colors=ACCENT, linewidths=2.6)
    ax.clabel(line, fontsize=10, fmt=lambda value: f"{value:g}{' %' if share else ''}")
    for name, (at, up) in (marked or {}).items():
        ax.plot(at, up, "o", color=INK, markersize=7, clip_on=False, zorder=5)
        middle = np.mean(ax.get_xlim())
        ax.annotate(name, (at, up), xytext=(9 if at <= middle else -9, 6), textcoords="offset points",
                    ha="left" if at <= middle else "right", fontsize=9.5, color=INK, fontweight="bold")
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(length=3, color=FAINT, labelcolor=INK, labelsize=9)
    ax.set(xlabel=_label(x, unit=True), ylabel=_label(y, unit=True))
    return ax


def _rows(ax, parameters, height=0.32, width=7.2, names=None):
    """Axes with a row for each parameter, from the top."""
    n = len(parameters)
    ax = clean(ax or new_axes(width, 1.5 + height * n))
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", color="#e9e9e9", linewidth=0.8)
    ax.set_yticks(range(n), names or [_label(name) for name in parameters])
    ax.tick_params(axis="y", length=0, labelsize=9.5)
    ax.set_ylim(n - 0.4, -0.6)
    return ax


def _floor(ax, floor):
    if np.isfinite(floor):
        ax.axvline(floor, color=ACCENT, linewidth=1.2, linestyle="--")
        ax.annotate("luck alone, at most", (floor, -0.6), xytext=(0, 3), textcoords="offset points", color=ACCENT,
                    fontsize=9, va="bottom")


def _note(ax, text, below):
    ax.annotate(text, (0, 0), xycoords="axes fraction", xytext=(0, -below), textcoords="offset points", va="top",
                fontsize=8.5, color=USUAL)


def _label(name, unit=False):
    if name not in Parameters.__dataclass_fields__:
        return name
    return f"{label(name)} ({Parameters.__dataclass_fields__[name].metadata['unit']})" if unit else label(name)


def _named(outcome, capital=False):
    said = MEASURES.get(outcome) or (label(outcome) if outcome in Parameters.__dataclass_fields__ else
                                     outcome.replace("_", " ") if outcome in OUTCOMES else outcome)
    return said if capital else said[0].lower() + said[1:]


def _scale(outcome):
    return (100, " (points)") if outcome in SHARES else (1, "")


def _in_percent(axis):
    from matplotlib.ticker import PercentFormatter
    axis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
