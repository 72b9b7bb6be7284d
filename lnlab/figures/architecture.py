"""What a network looks like over time: its actors, its commons, its processes; and how unequally people take part."""

import textwrap

import numpy as np

from lnlab.figures.style import ACCENT, CHANGE, FAINT, INK, USUAL, clean, label_ends, new_axes, percent

LOOKS = ((CHANGE, "-", "o"), (USUAL, "--", "s"), (ACCENT, "-.", "^"), (INK, ":", "D"), (CHANGE, ":", "v"))
USED_ELSEWHERE = "cross_center_use_share"
SHARES = {"cross_center_share": "between centers", USED_ELSEWHERE: "from other centers", "reciprocity": "mutual ties",
          "needs_met_share": "needs met", "newcomer_share": "newcomers"}
IN_FULL = {"cross_center_share": "acts between centers"}          # where the short name of a share could mislead


def architecture(result):
    """The architecture of a network, window by window: who is active, what is shared, how people work together.

    Parameters
    ----------
    result : lnlab.measures.Architecture

    Returns
    -------
    matplotlib Figure
        Three panels: people who took part, by role where roles are known; contributions to and uses of the commons; and
        shares that describe the processes: acts that lead to another center, what is used from other centers, mutual
        ties, needs met within a window's length, newcomers in new teams. A gap in a line is a window in which it
        cannot be told; what can be told in no window is named below its panel. Windows of twelve numbered months are
        called years.
    """
    from matplotlib.figure import Figure
    figure = Figure(figsize=(10.4, 4.1), layout="constrained")
    actors, commons, processes = figure.subplots(1, 3)
    roles = [name for name in result.actors if name.startswith("active_")][2:]
    people = {name: name.removeprefix("active_") for name in roles} or {"active_people": "people"}
    lines = {"contributions": "contributions", "uses": "uses"}
    shares = result.processes.assign(**{USED_ELSEWHERE: result.commons[USED_ELSEWHERE]})
    for ax, title, table, named in ((actors, "Actors", result.actors, people),
                                    (commons, "Commons", result.commons, lines),
                                    (processes, "Processes", shares, SHARES)):
        clean(ax).set_title(title, loc="left", fontsize=11, fontweight="bold", color=INK)
        missing = _lines(ax, table, named, shares=ax is processes)
        months = table["first_month"]
        if result.window == 12 and months.dtype.kind in "iu":
            ax.set_xticks(months, range(1, len(months) + 1))
            ax.set_xlabel(f"Year of the record{missing}")
        else:
            ax.set_xlabel(f"First month of each {result.window} months{missing}")
    actors.set_ylabel("People who took part, by role" if roles else "People who took part")
    commons.set_ylabel("Events in a year" if result.window == 12 else "Events in a window")
    processes.set_ylabel("Share")
    if shares["needs_met_share"].notna().any():
        processes.set_xlabel(f"{processes.get_xlabel()}\n\nNeeds met: within {result.window} months; the last needs\n"
                             "may still be met, and are left out.")
    return figure


def participation(shares, ax=None):
    """What the top 1 %, the next 9 % and the other 90 % of people did: a bar for each group of people compared.

    Parameters
    ----------
    shares : dict of str to pandas.DataFrame
        For each bar's name a table as `lnlab.measures.participation_shares` returns it.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    ax = new_axes(7.2, 1.4 + 0.62 * len(shares)) if ax is None else ax
    looks = {"superusers": (CHANGE, "white", "top 1 %"), "contributors": (FAINT, INK, "next 9 %"),
             "lurkers": (USUAL, "white", "other 90 %")}
    for place, (name, table) in enumerate(shares.items()):
        start = 0.0
        for group, (color, ink, label) in looks.items():
            share = float(table.set_index("group")["share"].fillna(0)[group])
            ax.barh(place, share, left=start, color=color, height=0.62, edgecolor="white", linewidth=1.2,
                    label=label if place == 0 else None)
            wide = share >= 0.06
            if share > 0:
                ax.annotate(percent(share), (start + share / 2, place if wide else place - 0.33), ha="center",
                            va="center" if wide else "bottom", color=ink if wide else INK, fontsize=9 if wide else 8,
                            annotation_clip=False)
            start += share
        if start == 0:
            ax.annotate("nobody did anything", (0.01, place), va="center", color=INK, fontsize=9)
    clean(ax).grid(visible=False)
    ax.spines["left"].set_visible(False)
    ax.set(yticks=range(len(shares)), yticklabels=list(shares), xlim=(0, 1), ylim=(len(shares) - 0.5, -0.6),
           xlabel="Share of all that was done", xticks=[0, 0.5, 1], xticklabels=["0 %", "50 %", "100 %"])
    ax.tick_params(axis="y", length=0)
    ax.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=3, frameon=False, fontsize=9, title="People",
              alignment="left", handlelength=1)
    return ax


def _lines(ax, table, named, shares):
    """Draw a line for each measure that is there, labelled at its end; return in words which are not."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    there = {name: label for name, label in named.items() if table[name].notna().any()}
    top, ends = 1.0 if shares else 1.08 * max([1.0, *(table[name].max() for name in there)]), []
    for (name, label), (color, line, marker) in zip(there.items(), LOOKS * len(there)):
        ax.plot(table["first_month"], table[name], linestyle=line, marker=marker, color=color, linewidth=1.9,
                markersize=4.5, clip_on=False)
        ends.append((table[name].dropna().iloc[-1], label, color))
    ax.set_ylim(0, top)
    first, last = table["first_month"].iloc[[0, -1]]
    if last > first:        # all windows, also where this panel's measures are known in a few only
        ax.set_xlim(first - 0.04 * (last - first), last + 0.04 * (last - first))
    if shares:
        ax.set(yticks=np.linspace(0, 1, 6), yticklabels=[percent(share) for share in np.linspace(0, 1, 6)])
    label_ends(ax, ends, table["first_month"].iloc[-1], gap=0.065 * top)
    if there and table["first_month"].dtype.kind == "M":
        ax.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=5))
        ax.xaxis.set_major_formatter(ConciseDateFormatter(ax.xaxis.get_major_locator()))
    if not there:
        ax.set(xticks=[], yticks=[])
    missing = ", ".join(IN_FULL.get(name, named[name]) for name in named if name not in there)
    return "\n\n" + textwrap.fill(f"Cannot be told: {missing}.", 40) if missing else ""
