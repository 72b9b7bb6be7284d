"""Maturity drawn: where a network stands, how far its raters agree, how it changed, and what that went with."""

import textwrap

import numpy as np

from lnlab.checks import InputError
from lnlab.figures.style import ACCENT, CHANGE, FAINT, INK, USUAL, clean, label_ends, new_axes

SCALE = "Level (1 not started, 5 ideal)"
MARKS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
DASHES = ("-", "--", "-.", ":")
RADAR_CAUTION = "The area says nothing: it changes with the order of the axes."


def maturity_profile(found, ax=None):
    """Where one network stands in one year: a large dot for each domain, a small one for each of its components.

    Parameters
    ----------
    found : Maturity
        Of one network in one year; choose it with a query of the ratings.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    one_occasion(found.domains)
    domains = list(found.domains["domain"].iloc[::-1])
    ax = ax or new_axes(6.8, 0.9 + 0.42 * len(domains))
    for height, domain in enumerate(domains):
        own = found.components.loc[found.components["domain"] == domain, "mean"]
        mean = found.domains.loc[found.domains["domain"] == domain, "mean"].iloc[0]
        ax.plot([own.min(), own.max()], [height, height], color=FAINT, linewidth=3, solid_capstyle="round", zorder=1)
        ax.plot(own, np.full(len(own), height), "o", color="white", markeredgecolor=USUAL, markersize=5, zorder=2)
        ax.plot(mean, height, "o", color=CHANGE, markersize=10, zorder=3)
        ax.annotate(f"{mean:.1f}", (mean, height), xytext=(0, 8), textcoords="offset points", ha="center", fontsize=8.5,
                    color=CHANGE)
    ax.set(xlim=(0.8, 5.2), ylim=(-0.6, len(domains) - 0.3), xticks=range(1, 6), xlabel=SCALE)
    return named_rows(ax, domains)


def maturity_over_years(domains, highlight=None):
    """Domain means over the years, a panel for each domain and a line for each network.

    Parameters
    ----------
    domains : pandas.DataFrame
        `Maturity.domains`.
    highlight : str, optional
        A network to look at: it is drawn in color with the 95 % interval of its means, the others in grey.

    Returns
    -------
    matplotlib Figure
        Bars: the 95 % interval of each mean by Student's t, from the spread of the raters' own means; none for one
        rater.
    """
    from matplotlib.figure import Figure
    names, networks = list(domains["domain"].unique()), list(domains["network"].unique())
    if highlight is not None and highlight not in networks:
        raise InputError(f"`highlight` must be one of {', '.join(map(str, networks))}; got {highlight!r}.")
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(3.3 * columns + 0.6, 2.3 * rows + 0.35), layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    years = sorted(domains["year"].unique())
    for ax, name in zip(panels, names):
        clean(ax).set_title(name, loc="left", fontsize=10, fontweight="bold", color=INK)
        ends = []
        for place, network in enumerate(networks):
            own = domains[(domains["domain"] == name) & (domains["network"] == network)].sort_values("year")
            if own.empty:
                continue
            chosen = network == highlight or len(networks) == 1
            color = CHANGE if chosen else USUAL
            if chosen:
                ax.errorbar(own["year"], own["mean"], yerr=half_width(own["sd_raters"], own["n_raters"]), fmt="none",
                            ecolor=CHANGE, elinewidth=1.2, capsize=2.5, zorder=3)
            ax.plot(own["year"], own["mean"], marker=MARKS[place % len(MARKS)], markersize=4.5, color=color,
                    linestyle="-" if chosen else DASHES[place % 4], linewidth=2 if chosen else 1,
                    alpha=1 if chosen or highlight is None else 0.75, zorder=2 + chosen)
            if own["year"].iloc[-1] == years[-1] and (chosen or len(networks) <= 5):
                ends.append((own["mean"].iloc[-1], str(network), color))
        label_ends(ax, ends, years[-1], gap=0.42)
        ax.set(ylim=(0.9, 5.1), yticks=range(1, 6))
    for ax in panels[len(names):]:
        ax.set_visible(False)
    panels[0].set_xticks(years, [f"{year:g}" for year in years])
    figure.supylabel(SCALE, fontsize=9.5)
    figure.supxlabel("Year", fontsize=9.5)
    return figure


def maturity_change(changed, ax=None):
    """The change of each domain of one network, against what error of measurement alone would make.

    Parameters
    ----------
    changed : pandas.DataFrame
        As `lnlab.measures.change` returns it, of one network.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Gray: less than the detectable change. A filled dot lies beyond it, a hollow one does not or nobody can say.
    """
    if changed["network"].nunique() != 1:
        raise InputError(f"`changed` must be of one network; got {changed['network'].nunique()}.")
    rows = changed.iloc[::-1]
    ax = ax or new_axes(6.8, 0.9 + 0.4 * len(rows))
    for height, (_, row) in enumerate(rows.iterrows()):
        limit = row["detectable_change"]
        if limit == limit:
            ax.plot([-limit, limit], [height, height], color=FAINT, linewidth=9, solid_capstyle="butt", zorder=1)
        beyond = limit == limit and bool(row["more_than_error"])
        ax.plot(row["difference"], height, "o", color=CHANGE, markerfacecolor=CHANGE if beyond else "white",
                markersize=8, zorder=3)
    ax.axvline(0, color=INK, linewidth=0.8)
    widest = 1.15 * max(changed["difference"].abs().max(), changed["detectable_change"].max(), 0.5)
    ax.set(xlim=(-widest, widest), ylim=(-0.6, len(rows) - 0.4),
           xlabel="Change of the domain mean (levels)\ngray: what error of measurement alone can make")
    return named_rows(ax, rows["domain"])


def maturity_radar(domains, ax=None):
    """Domain means as a radar, because many networks know it; its area depends on the order of the domains.

    Prefer `maturity_profile` or `maturity_over_years`: there nothing has to be read from an area.

    Parameters
    ----------
    domains : pandas.DataFrame
        `Maturity.domains` of one network; a line for each year.
    ax : matplotlib polar Axes, optional

    Returns
    -------
    matplotlib Axes
        With the caution written below.
    """
    from matplotlib.figure import Figure
    if domains["network"].nunique() != 1:
        raise InputError(f"`domains` must be of one network; got {domains['network'].nunique()}.")
    names = list(domains["domain"].unique())
    if len(names) < 3:
        raise InputError(f"A radar needs at least three domains; got {len(names)}.")
    if ax is None:
        ax = Figure(figsize=(5.8, 4.9), layout="constrained").add_subplot(projection="polar")
    turn = np.linspace(0, 2 * np.pi, len(names), endpoint=False)
    years = sorted(domains["year"].unique())
    for place, year in enumerate(years):
        own = domains[domains["year"] == year].set_index("domain")["mean"].reindex(names).to_numpy()
        last = place == len(years) - 1
        ax.plot([*turn, turn[0]], [*own, own[0]], color=CHANGE if last else USUAL, linewidth=2 if last else 1.2,
                linestyle=DASHES[(len(years) - 1 - place) % 4], marker=MARKS[place % len(MARKS)], markersize=4.5,
                label=f"{year:g}")
    ax.set(ylim=(1, 5), yticks=range(1, 6), theta_offset=np.pi / 2, theta_direction=-1)
    ax.set_xticks(turn, ["\n".join(textwrap.wrap(name, 14)) for name in names], fontsize=8.5)
    ax.tick_params(axis="x", pad=16)
    ax.set_rlabel_position(30)
    ax.tick_params(axis="y", labelsize=8)
    ax.grid(color="#dddddd")
    ax.spines["polar"].set_color(FAINT)
    ax.legend(loc="upper left", bbox_to_anchor=(1.18, 1.08), frameon=False, fontsize=9)
    ax.figure.supxlabel(RADAR_CAUTION, fontsize=9, color=ACCENT)
    return ax


def outcome_on_maturity(panels, outcome="Patients in remission, last year", share=True):
    """A later outcome against maturity, a panel for each way to know it, a dot for each network.

    Parameters
    ----------
    panels : dict of str to pandas.DataFrame
        For each title a table with the columns maturity (1 to 5) and outcome, a row for each network.
    outcome : str
        What the outcome is, for the axis.
    share : bool, default True
        Whether it is a share, to be read in percent.

    Returns
    -------
    matplotlib Figure
        With the line of least squares and the correlation in each panel.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter
    figure = Figure(figsize=(3.3 * len(panels) + 0.3, 3.4), layout="constrained")
    for ax, (title, table) in zip(figure.subplots(1, len(panels), sharey=True, sharex=True, squeeze=False)[0],
                                  panels.items()):
        clean(ax).set_title(title, loc="left", fontsize=10.5, fontweight="bold", color=INK)
        x, y = table["maturity"].to_numpy(float), table["outcome"].to_numpy(float)
        ax.plot(x, y, "o", color=CHANGE, markersize=4.5, alpha=0.6, markeredgewidth=0)
        slope, start = np.polyfit(x, y, 1)
        ends = np.array([x.min(), x.max()])
        ax.plot(ends, start + slope * ends, color=INK, linewidth=1.5)
        ax.annotate(f"correlation {np.corrcoef(x, y)[0, 1]:.2f}", (0.03, 0.96), xycoords="axes fraction", va="top",
                    fontsize=9, color=INK)
        ax.set(xlim=(0.9, 5.1), xticks=range(1, 6), xlabel=SCALE)
        if share:
            ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    figure.axes[0].set_ylabel(outcome)
    return figure


def named_rows(ax, names):
    """A row for each of these names, the first one lowest."""
    clean(ax).grid(axis="y", visible=False)
    ax.grid(axis="x", color="#e9e9e9", linewidth=0.8)
    ax.set_yticks(range(len(names)), names)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax


def half_width(sd, n):
    """Half of the 95 % interval of a mean of `n` raters; 0, so that nothing is drawn, where there is one."""
    from scipy.stats import t
    return np.nan_to_num(t.ppf(0.975, np.maximum(n - 1, 1)) * sd / n ** 0.5)


def one_occasion(table):
    """Refuse ratings of more than one network or year."""
    occasions = table[["network", "year"]].drop_duplicates()
    if len(occasions) != 1:
        raise InputError(f"Give the ratings of one network in one year; got {len(occasions)} of them.")

