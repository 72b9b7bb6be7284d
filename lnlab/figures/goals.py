"""Better, faster, larger: when networks reach a goal, what a start-up needs, and which mix takes least effort."""

import numpy as np

from lnlab.figures.style import ACCENT, CHANGE, FAINT, INK, MEASURES, USUAL, clean, label_ends, new_axes
from lnlab.parameters import label
from lnlab.tables import SHARES

STYLES = (("-", "o"), ("--", "s"), (":", "D"), ("-.", "^"), ((0, (5, 1, 1, 1, 1, 1)), "v"))
MOST_NAMED = 2          # mixes as good as the best that are named beside the axes
ASIDE = 0.055           # how far lines at the same numbers of first centers stand apart


def time_to_goal(found, ax=None):
    """How many years each network took to the goal: a row for each arm, a dot for each network.

    Parameters
    ----------
    found : TimeToGoal
        As `lnlab.goals.time_to_goal` returns it.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Dots are networks; an open triangle stands for those that had not reached the goal when their runs ended.
        Above them, the median with its 95 % interval where there is one. On the right, how many reached it.
    """
    arms = found.arms
    ax = clean(ax or new_axes(7.6, 1.3 + 0.62 * len(arms)))
    end = arms["followed"].max() / 12
    for row, arm in enumerate(arms.itertuples()):
        networks = found.replicates[found.replicates["arm"] == arm.arm].sort_values("months", kind="stable")
        years, reached = networks["months"].to_numpy() / 12, networks["reached"].to_numpy()
        ax.plot(years[reached], row + 0.10 + 0.26 * _spread(years[reached]), "o", color=CHANGE, markersize=4,
                alpha=0.65, markeredgewidth=0)
        if not reached.all():
            until = years[~reached].max()
            ax.plot(until, row + 0.27, ">", color=ACCENT, markersize=7, markerfacecolor="white")
        if np.isfinite(arm.median_months):
            low = arm.median_low if np.isfinite(arm.median_low) else arm.median_months
            high = arm.median_high if np.isfinite(arm.median_high) else arm.followed
            known = arm.median_low == arm.median_low
            if known:
                ax.plot([low / 12, high / 12], [row - 0.17] * 2, color=INK, linewidth=1.6, solid_capstyle="butt")
                if np.isinf(arm.median_high):
                    ax.plot(high / 12, row - 0.17, ">", color=INK, markersize=4)
            ax.plot(arm.median_months / 12, row - 0.17, "D", color=INK, markersize=6)
            ax.annotate(f"{arm.median_months / 12:.1f}", (arm.median_months / 12, row - 0.17), xytext=(0, 6),
                        textcoords="offset points", ha="center", fontsize=9, color=INK)
        not_yet = f"\n{arm.n - arm.n_reached} not yet" * (arm.n_reached < arm.n)
        ax.annotate(f"{arm.n_reached} of {arm.n} reach it{not_yet}", (1, row), xycoords=ax.get_yaxis_transform(),
                    xytext=(8, 0), textcoords="offset points", va="center", fontsize=9,
                    color=INK if arm.n_reached == arm.n else ACCENT, annotation_clip=False)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", color="#e9e9e9", linewidth=0.8)
    ax.set_yticks(range(len(arms)), arms["arm"])
    ax.tick_params(axis="y", length=0)
    goal = f"{100 * found.goal:g} %" if found.measure in SHARES else f"{found.goal:g}"
    ax.set(xlabel=f"Years from the start until {_measure(found.measure)} has been {goal} or more, in the mean of "
                  f"{found.held} months", xlim=(0, end * 1.02), ylim=(len(arms) - 0.45, -0.62))
    return ax


def stalling(found, ax=None):
    """The chance that a start-up stalls, against the number of first centers: a line for each push of the core.

    Parameters
    ----------
    found : StartUp
        As `lnlab.goals.start_up` returns it.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Shares of networks, with Wilson's 95 % intervals.
    """
    from matplotlib.ticker import PercentFormatter
    ax = clean(ax or new_axes(7.2, 4))
    firsts, ends = sorted(found.table["first"].unique()), []
    groups = list(found.table.groupby("push"))
    for place, (push, rows) in enumerate(groups):
        rows = rows.sort_values("first")
        line, marker = STYLES[place % len(STYLES)]
        color = USUAL if push == 0 else CHANGE
        x = np.array([firsts.index(each) for each in rows["first"]]) + ASIDE * (place - (len(groups) - 1) / 2)
        ax.errorbar(x, rows["stalled"], yerr=[rows["stalled"] - rows["low"], rows["high"] - rows["stalled"]],
                    color=color, linestyle=line, marker=marker, markersize=5.5, linewidth=1.8, elinewidth=1.1,
                    capsize=2.5)
        name = "no core" if push == 0 else f"core's push {push:g}"
        ends.append((rows["stalled"].iloc[-1] - 1e-6 * place, name, color))
    ax.set(xlabel="Centers at the start", ylabel="Networks that stall", ylim=(-0.02, 1.02),
           xlim=(-0.25, len(firsts) - 0.75))
    ax.set_xticks(range(len(firsts)), firsts)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    label_ends(ax, ends, len(firsts) - 0.8, gap=0.06)
    return ax


def after_support(found, titles=()):
    """What networks gain while a core supports them, and what is left when it has gone: a panel for each measure.

    Parameters
    ----------
    found : AfterSupport
        As `lnlab.goals.after_support` returns it.
    titles : sequence of str, optional
        What the reader should see in each panel.

    Returns
    -------
    matplotlib Figure
        Gray squares: with support; blue dots: in the second and third year after it; small dots are single networks.
        On the right, how many networks sustain themselves.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator
    measures = list(dict.fromkeys(found.table["measure"]))
    kinds = list(dict.fromkeys(zip(found.table["core"], found.table["first"])))
    several = len({first for _, first in kinds}) > 1
    figure = Figure(figsize=(4.9 * len(measures), 1.5 + 0.46 * len(kinds)), layout="constrained")
    for ax, measure in zip(figure.subplots(1, len(measures), squeeze=False, sharey=True)[0], measures):
        scale, unit = (100, "points") if measure in SHARES else (1, "0 to 1")
        table = found.table[found.table["measure"] == measure].set_index(["core", "first"])
        single = found.networks[found.networks["measure"] == measure].groupby(["core", "first"])
        for row, kind in enumerate(kinds):
            networks, mean = single.get_group(kind), table.loc[kind]
            ax.plot(scale * networks["during"], [row - 0.14] * len(networks), "|", color=USUAL, markersize=7, alpha=0.5)
            ax.plot(scale * networks["after"], [row + 0.14] * len(networks), "|", color=CHANGE, markersize=7, alpha=0.5)
            ax.plot(scale * mean["during"], row - 0.14, "s", color=USUAL, markersize=7)
            ax.plot(scale * mean["after"], row + 0.14, "o", color=CHANGE, markersize=7)
            ax.annotate(f"{mean['n_keep']:.0f} of {mean['n']:.0f} keep it", (1, row),
                        xycoords=ax.get_yaxis_transform(), xytext=(6, 0), textcoords="offset points", va="center",
                        fontsize=9, color=INK, annotation_clip=False)
        clean(ax).grid(axis="y", visible=False)
        ax.grid(axis="x", color="#e9e9e9", linewidth=0.8)
        ax.axvline(0, color=FAINT, linewidth=1)
        ax.set_xlabel(f"Gain over usual care in {_measure(measure)} ({unit})")
        ax.set_ylim(len(kinds) - 0.5, -0.5)
        ax.tick_params(axis="y", length=0)
        ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    first = figure.axes[0]
    first.set_yticks(range(len(kinds)), [f"{core}, {each} center{'s' * (each != 1)}" if several else core
                                         for core, each in kinds])
    handles = [first.plot([], [], "s", color=USUAL, label="with support")[0],
               first.plot([], [], "o", color=CHANGE, label="two to three years after")[0]]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    for ax, title in zip(figure.axes, titles):
        ax.set_title(title, loc="left", fontsize=11, fontweight="bold", color=INK)
    return figure


def least_effort(found, ax=None):
    """What each mix of levers reaches, against its effort, and the mixes that reach the goal at least effort.

    Parameters
    ----------
    found : LeastEffort
        As `lnlab.goals.least_effort` returns it.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Gray: all mixes; the gray line joins the best outcomes to be had for no more effort. Orange diamond: the mix
        of least effort, with its standard error. Blue squares, a little aside: mixes that are as good.
    """
    from matplotlib.ticker import PercentFormatter
    ax = clean(ax or new_axes(7.6, 4.2))
    mixes = found.mixes
    frontier = mixes.groupby("effort", as_index=False)["outcome"].max()
    ax.plot(mixes["effort"], mixes["outcome"], "o", color=USUAL, markersize=4, alpha=0.5, markeredgewidth=0)
    ax.step(frontier["effort"], frontier["outcome"].cummax(), where="post", color=USUAL, linewidth=1.2)
    ax.axhline(found.goal, color=INK, linewidth=1, linestyle="--")
    goal = f"{100 * found.goal:g} %" if found.measure in SHARES else f"{found.goal:g}"
    ax.annotate(f"the goal: {goal}", (1, found.goal), xycoords=ax.get_yaxis_transform(), xytext=(0, 4), ha="right",
                textcoords="offset points", fontsize=9, color=INK)
    best = found.nearest if found.best is None else found.best
    aside = 0.018 * np.ptp(mixes["effort"])
    for place, row in enumerate(mixes[mixes["as_good"]].drop(index=best["row"], errors="ignore").itertuples(), 1):
        ax.errorbar(row.effort + place * aside, row.outcome, yerr=row.standard_error, fmt="s", color=CHANGE,
                    markersize=6.5, capsize=3, markerfacecolor="none", markeredgewidth=1.6, zorder=4)
    ax.errorbar(best["effort"], best["outcome"], yerr=best["standard_error"], fmt="D", color=ACCENT, markersize=7,
                capsize=3, zorder=3)
    _name_mixes(ax, found, best)
    ax.set(xlabel="Effort (weighted distance of the levers from the start)",
           ylabel=MEASURES.get(found.measure) or found.measure.replace("_", " "))
    if found.measure in SHARES:
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    return ax


def _name_mixes(ax, found, best):
    """Beside the axes, the levers of the best mix and of those that are as good."""
    said = [("The nearest" if found.best is None else "Least effort", best, ACCENT)]
    others = found.as_good.drop(index=best["row"], errors="ignore")
    said += [("As good", row, CHANGE) for _, row in others.head(MOST_NAMED).iterrows()]
    top = 0.98
    for title, mix, color in said:
        lines = [f"{title} ({mix['effort']:.2g})",
                 *(f"{label(lever).lower()} {mix[lever]:g}" for lever in found.levers)]
        ax.annotate("\n".join(lines), (1.02, top), xycoords="axes fraction", va="top", fontsize=9, color=color,
                    annotation_clip=False, linespacing=1.35)
        top -= 0.055 * len(lines) + 0.04
    if len(others) > MOST_NAMED:
        ax.annotate(f"and {len(others) - MOST_NAMED} more", (1.02, top), xycoords="axes fraction", va="top", fontsize=9,
                    color=CHANGE, annotation_clip=False)


def _measure(name):
    return {"remission_rate": "remission"}.get(name, name.replace("_", " "))


def _spread(values):
    """Heights from 0 to 1 for dots that would lie on each other: those of the same value one above the other."""
    heights = np.zeros(len(values))
    for place in range(1, len(values)):
        near = values[place] - values[:place] < 0.12
        heights[place] = (heights[place - 1] + 0.25) % 1.25 if near[-1] else 0.0
    return heights
