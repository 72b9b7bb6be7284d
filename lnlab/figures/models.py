"""What notebook 03 draws: two clinicians who learn, and a network that grows."""

import numpy as np

from lnlab.experiment import mean_and_interval
from lnlab.figures.style import CHANGE, FAINT, INK, USUAL, clean, label_ends, percent, years_since


def learning_together(panels, n_packages):
    """How often the best package is chosen, month by month: a panel for each setting, a line for each arm.

    Parameters
    ----------
    panels : dict of str to dict of str to (repetitions, months) array
        For each panel's title its arms, as `learn_to_choose` returns them. An arm whose name ends with "alone" is grey.
    n_packages : int
        Of how many the choice is, for the line of chance.

    Returns
    -------
    matplotlib Figure
        Lines are means, bands their 95 % intervals over the repetitions.
    """
    from matplotlib.figure import Figure
    figure = Figure(figsize=(9.6, 3.9), layout="constrained")
    for ax, (title, arms) in zip(figure.subplots(1, len(panels), sharey=True, squeeze=False)[0], panels.items()):
        clean(ax, "best_package_share").set_title(title, loc="left", fontsize=11, fontweight="bold", color=INK)
        ends = []
        for place, (name, on_best) in enumerate(arms.items()):
            mean, low, high = np.array([mean_and_interval(month) for month in on_best.T]).T
            months, color = np.arange(1, len(mean) + 1), USUAL if name.endswith("alone") else CHANGE
            ax.fill_between(months, low, high, color=color, alpha=0.25, linewidth=0)
            ax.plot(months, mean, color=color, linewidth=2.2, linestyle=("-", "-", "--")[place % 3])
            ends.append((mean[-6:].mean(), f"{percent(mean[-6:].mean())} {name}", color))
        ax.axhline(1 / n_packages, color=FAINT, linewidth=1)
        ax.annotate("chosen at random", (months[-1], 1 / n_packages), xytext=(0, 3), textcoords="offset points",
                    ha="right", fontsize=8.5, color=INK)
        label_ends(ax, ends, months[-1], gap=0.055)
        ax.set(xlabel="Months (one patient of this kind each)", xlim=(1, months[-1]), ylim=(0, 1),
               ylabel="Clinicians who choose the best package")
        ax.label_outer()
    return figure


def growing_network(runs, counts, cohorts):
    """A network that grows as a published one did: its centers, what its commons knows, who gains how fast.

    Parameters
    ----------
    runs : sequence of Run
        Replicates with the same schedule of growth.
    counts : pandas.DataFrame
        As `lnlab.published.improvecarenow_centers` returns it.
    cohorts : dict of str to pandas.DataFrame
        For each group of centers what `since_joining` returns as the difference to usual care; the first is grey.

    Returns
    -------
    matplotlib Figure
        Lines are means, bands the lowest and highest of the replicates.
    """
    from matplotlib.figure import Figure
    figure = Figure(figsize=(9.6, 3.7), layout="constrained")
    centers, knowledge, gain = figure.subplots(1, 3, width_ratios=(1, 1, 1.25))
    p = runs[0].parameters
    dates = (np.arange(p.months) - p.launch_month) / 12 + counts["year"].iloc[0]
    clean(centers).step(dates, runs[0].months["members"], where="post", color=CHANGE, linewidth=1.8)
    centers.plot(counts["year"], counts["value"], "o", color=INK, markersize=4.5, zorder=3)
    centers.annotate("reported", (counts["year"].iloc[4], counts["value"].iloc[4]), xytext=(5, -11),
                     textcoords="offset points", color=INK, fontsize=9)
    centers.annotate("simulated", (dates[-1], p.n_centers), xytext=(0, 5), textcoords="offset points", ha="right",
                     color=CHANGE, fontsize=9)
    centers.set(xlabel="Year", ylabel="Centers in the network", ylim=(0, p.n_centers * 1.1))
    known = np.array([run.months["usable_knowledge"] for run in runs])[:, p.launch_month:]
    _band(clean(knowledge, "usable_knowledge"), dates[p.launch_month:], known, CHANGE)
    knowledge.set(xlabel="Year", ylim=(0, 1.02))
    ends = []
    for place, (name, table) in enumerate(cohorts.items()):
        years, color, points = years_since(0, table.columns), USUAL if place == 0 else CHANGE, 100 * table.to_numpy()
        _band(clean(gain), years, points, color)
        ends.append((points[:, -6:].mean(), name, color))
    gain.axvline(0, color=FAINT, linewidth=1)
    gain.yaxis.get_major_locator().set_params(integer=True)
    gain.set(xlabel="Years since the center joined", ylabel="Remission gained (percentage points)",
             xlim=(years[0], years[-1]))
    label_ends(gain, ends, years[-1], gap=1.3)
    for ax, title in zip((centers, knowledge, gain), ("It grows as reported", "The commons knows early",
                                                     "Who joins late gains sooner")):
        ax.set_title(title, loc="left", fontsize=11, fontweight="bold", color=INK)
    return figure


def _band(ax, x, rows, color):
    ax.fill_between(x, rows.min(axis=0), rows.max(axis=0), color=color, alpha=0.18, linewidth=0)
    ax.plot(x, rows.mean(axis=0), color=color, linewidth=2.2)
