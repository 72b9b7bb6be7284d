"""What a comparison of arms shows, and how sure one can be of it."""

import numpy as np

from lnlab.experiment.differences import mean_and_interval
from lnlab.figures.style import CHANGE, INK, MEASURES, USUAL, clean, new_axes
from lnlab.parameters import label
from lnlab.tables import SHARES

SIZES = (4, 8, 16, 32, 64, 128, 256)


def same_luck(results, arm, against=None, measure=None, ax=None):
    """What is known of a difference after so many networks: with the same luck in both arms, and with luck of their own.

    Parameters
    ----------
    results : Results
        As `compare` returns them, with at least eight replicates.
    arm : str
    against : str, optional
        The arm it is compared with; the first if not given.
    measure : str, optional
        The first if not given.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Means of the first n differences with their 95 % intervals. For luck of their own, each network is compared with
        one of the other arm that had somebody else's luck: the same runs, paired otherwise. (So over all of them the
        means are the same; the widths are what to look at.)
    """
    against, measure = against or results.names[0], measure or results.measures[0]
    ax = new_axes(6.6, 3.9) if ax is None else ax
    wide = results.table.pivot(index="replicate", columns="arm", values=measure)[[arm, against]].dropna()
    this, other = (wide[name].to_numpy() * (100 if measure in SHARES else 1) for name in (arm, against))
    sizes = [n for n in SIZES if n <= len(wide)]
    places = np.arange(len(sizes), dtype=float)
    clean(ax).axhline(0, color=INK, linewidth=1)
    ways = (("luck of their own", this - np.roll(other, 1), USUAL, -0.13, "s"),
            ("the same luck in both arms", this - other, CHANGE, 0.13, "o"))
    for name, differences, color, aside, marker in ways:
        mean, low, high = np.array([mean_and_interval(differences[:n]) for n in sizes]).T
        ax.errorbar(places + aside, mean, (mean - low, high - mean), fmt=marker, color=color, markersize=5.5,
                    elinewidth=2.2, capsize=4, label=name)
    ax.legend(frameon=False, fontsize=9.5, loc="upper right", labelcolor="linecolor")
    unit = "percentage points" if measure in SHARES else "difference"
    ax.set(xlabel="Networks in each arm", xticks=places, xticklabels=sizes,
           ylabel=f"{MEASURES.get(measure) or label(measure)}: {unit}")
    return ax
