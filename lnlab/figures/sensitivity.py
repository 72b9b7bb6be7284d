"""What drives an outcome, how sure that is, and why: screenings, indices, emulators, and ways."""

import textwrap

import numpy as np

from lnlab.checks import InputError, whole_number
from lnlab.figures.style import ACCENT, CHANGE, FAINT, INK, MEASURES, USUAL, clean, new_axes
from lnlab.parameters import Parameters, label
from lnlab.tables import MEASURES as OUTCOMES
from lnlab.tables import SHARES

WAYS = {"by what is known": (CHANGE, ""), "by what is used": ("#9cc5e3", "//"), "by adherence": ("#cfcfcf", "xx"),
        "directly": ("white", "..")}
SEVERAL = ("-", "--", ":", "-.")
WIDEST = 26             # letters of a name in one line


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
        goes on average when the parameter is raised; it is open where single effects go both ways. A dot: on average
        neither way.
    """
    _refuse_other(found, "Screening", "lnlab.analysis.morris")
    table = found.table.sort_values("mu_star", ascending=False, kind="stable").reset_index(drop=True)
    ax = _rows(ax, table["parameter"])
    scale, unit = _scale(found.outcome)
    one_way = (found.effects.ge(0).all() | found.effects.le(0).all()).to_dict()
    for row in table.itertuples():
        ax.plot([scale * row.mu_star_low, scale * row.mu_star_high], [row.Index] * 2, color=CHANGE, linewidth=1.8)
        ax.plot(scale * row.mu_star, row.Index, marker=">" if row.mu > 0 else "<" if row.mu < 0 else "o", color=CHANGE,
                markersize=7, markerfacecolor=CHANGE if one_way[row.parameter] else "white", clip_on=False)
    ax.set_xlim(0, 1 if not table["mu_star_high"].max() > 0 else None)
    if np.isfinite(found.noise_floor):
        floor = scale * found.noise_floor
        ax.axvline(floor, color=ACCENT, linewidth=1.2, linestyle="--")
        right = floor > 0.6 * ax.get_xlim()[1]
        ax.annotate("luck alone, at most", (floor, 1), xycoords=("data", "axes fraction"), xytext=(0, 3),
                    textcoords="offset points", color=ACCENT, fontsize=9, va="bottom", ha="right" if right else "left")
    ax.set_xlabel(f"Mean size of the effect on {_named(found.outcome)}\nover the whole range{unit}, with 95 % interval")
    none = "   \u25cf neither" if (table["mu"] == 0).any() else ""
    _note(ax, f"\u25b6 raises it   \u25c0 lowers it{none}\n\u25b7 \u25c1 sometimes one, sometimes the other", below=46)
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
        Full bars: alone (first index). Open bars: with all its interactions (total index). 95 % intervals. What luck
        has brought below 0 is drawn from 0.
    """
    _refuse_other(found, "Indices", "lnlab.analysis.sobol or sobol_of")
    table = found.table.sort_values("total", ascending=False, kind="stable").reset_index(drop=True)
    ax = _rows(ax, table["parameter"], height=0.5)
    handles = []
    for name, said, aside, color in (("first", "alone (first)", 0.19, CHANGE),
                                     ("total", "with interactions (total)", -0.19, "white")):
        value, low, high = (table[each].clip(lower=0) for each in (name, f"{name}_low", f"{name}_high"))
        handles.append(ax.barh(table.index - aside, value, height=0.34, color=color, edgecolor=CHANGE, linewidth=1.2,
                               label=said))
        ax.hlines(table.index - aside, low, high, color=INK, linewidth=1.3)
    if np.isfinite(found.noise_share):
        handles.append(ax.axvline(found.noise_share, color=ACCENT, linewidth=1.2, linestyle="--",
                                  label="luck alone, at most"))
    _legend(ax, handles)
    ax.set_xlim(left=0)
    _in_percent(ax.xaxis)
    ax.set_xlabel(f"Share of the variance of {_named(found.outcome)},\nwith 95 % interval")
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
    _refuse_other(found, "Convergence", "lnlab.analysis.convergence")
    named = whole_number("named", named, 0)
    ax = clean(ax or new_axes(7.6, 4.4))
    wide = found.table.pivot(index="n", columns="parameter", values="index")
    runs, said = found.table.groupby("n")["n_runs"].first(), "Runs"
    if not (runs.diff().iloc[1:] > 0).all():     # points that are visited again are not run again
        runs, said = runs.index.to_series(), "Trajectories, base points or points"
    ranked = wide.iloc[-1].sort_values(ascending=False, kind="stable").index
    for place, name in enumerate(ranked):
        first = place < named
        ax.plot(runs, wide[name], color=CHANGE if first else FAINT, linewidth=1.8 if first else 1,
                linestyle=SEVERAL[place % 4] if first else "-", marker="o" if first else None, markersize=3.5)
    top = wide.to_numpy().max() or 1.0
    ax.set(xscale="log", xticks=runs, xticklabels=[f"{each:,}" for each in runs], ylim=(0, 1.18 * top),
           xlabel=f"{said} (log scale)", ylabel=found.index.capitalize())
    ax.minorticks_off()
    for row in found.agreement.itertuples():
        left, right = runs[row.n], runs[row.doubled]
        settled = row.spearman >= found.criterion
        ax.annotate("no ranking" if np.isnan(row.spearman) else f"{row.spearman:.2f}",
                    (np.sqrt(left * right), 1.1 * top), ha="center", va="center", fontsize=9.5,
                    color=INK if settled else ACCENT, fontweight="normal" if settled else "bold")
        ax.plot([left, right], [1.05 * top] * 2, color=FAINT, linewidth=1)
    _name_ends(ax, [(wide[name].iloc[-1], _label(name, np.inf)) for name in ranked[:named]], runs.iloc[-1],
               gap=min(0.065, 1.15 / max(1, named)) * top)
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
    _refuse_other(made, "Emulator", "lnlab.analysis.emulator")
    ax = clean(ax or new_axes(5.2, 4.6))
    scale, unit = _scale(made.outcome)
    run, told = scale * made.check["observed"], scale * made.check["predicted"]
    off = made.check["standardized_error"].abs() > 1.96
    ends = [min(run.min(), told.min()), max(run.max(), told.max())]
    ax.plot(ends, ends, color=USUAL, linewidth=1)
    ax.plot(run[~off], told[~off], "o", color=CHANGE, markersize=4, alpha=0.55, markeredgewidth=0)
    ax.plot(run[off], told[off], "x", color=ACCENT, markersize=6)
    ax.annotate(f"{max(made.q2, 0):.0%} of what varies\nis predicted", (0.03, 0.97), xycoords="axes fraction", va="top",
                fontsize=9.5, color=INK)
    ax.annotate(f"\u00d7 {off.mean():.0%} outside the\nown 95 % interval", (0.97, 0.05), xycoords="axes fraction",
                ha="right", fontsize=9.5, color=ACCENT)
    unit = " (%)" if unit else ""
    ax.set(xlabel=f"{_named(made.outcome, True)}{unit}, as run", ylabel=f"Predicted from the other points{unit}")
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
    _refuse_other(found, "Reasons", "lnlab.mechanisms.reasons")
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
    seen = 0.002 * total[["difference", "low", "high"]].abs().to_numpy().max()
    keys = [Patch(facecolor=color, hatch=hatch, edgecolor=INK, linewidth=0.5, label=way)
            for way, (color, hatch) in WAYS.items() if parts.loc[parts["part"] == way, "difference"].abs().max() > seen]
    _legend(ax, [*keys, Line2D([], [], color=ACCENT, marker="o", label="in all, 95 % interval")])
    unit = " (points)" if parts["unit"].iloc[0] == "points" else ""
    ax.set_xlabel(f"Effect of the change from low to high on {_named(found.outcome)}{unit}")
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


def _refuse_other(given, kind, maker):
    if type(given).__name__ != kind:
        raise InputError(f"What is drawn must be the result of {maker}; got {given!r:.200}.")


def _legend(ax, handles):
    """Above the axes, in one line, or in two where it would be too long."""
    ax.legend(handles=handles, frameon=False, fontsize=9, loc="lower left", bbox_to_anchor=(0, 1.0),
              ncols=len(handles) if len(handles) < 4 else (len(handles) + 1) // 2 if len(handles) > 4 else 4,
              handlelength=1.4, columnspacing=1.2, borderaxespad=0.2)


def _name_ends(ax, ends, x, gap):
    """Name lines at their ends, each name as near to its line as the others leave it, and tied to it."""
    from matplotlib.transforms import ScaledTranslation
    from scipy.optimize import isotonic_regression
    ends = sorted(ends)
    if not ends:
        return
    apart = gap * np.arange(len(ends))
    heights = isotonic_regression([height for height, _ in ends] - apart).x + apart
    aside = ax.transData + ScaledTranslation(16 / 72, 0, ax.figure.dpi_scale_trans)
    for (end, text), height in zip(ends, heights):
        ax.annotate(text, (x, end), xytext=(x, height), textcoords=aside, va="center", color=CHANGE, fontsize=9,
                    annotation_clip=False, linespacing=0.9,
                    arrowprops=dict(arrowstyle="-", color=FAINT, linewidth=0.8, shrinkA=1, shrinkB=4))


def _note(ax, text, below):
    ax.annotate(text, (0, 0), xycoords="axes fraction", xytext=(0, -below), textcoords="offset points", va="top",
                fontsize=8.5, color=USUAL)


def _label(name, widest=WIDEST):
    """What a parameter is called; long names of one's own in several lines."""
    if name in Parameters.__dataclass_fields__:
        return label(name)
    return "\n".join(textwrap.wrap(name.replace("_", " "), widest)) if len(name) > widest else name


def _named(outcome, capital=False):
    said = MEASURES.get(outcome) or (label(outcome) if outcome in Parameters.__dataclass_fields__ else
                                     outcome.replace("_", " ") if outcome in OUTCOMES else outcome)
    return said if capital else said[0].lower() + said[1:]


def _scale(outcome):
    return (100, " (points)") if outcome in SHARES else (1, "")


def _in_percent(axis):
    from matplotlib.ticker import PercentFormatter
    axis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
