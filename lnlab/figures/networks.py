"""A network's history: what was reported, and a simulated network beside it."""

import numpy as np

from lnlab.figures.style import ACCENT, CHANGE, FAINT, INK, USUAL, clean, label_ends, new_axes, percent, years_since

ACCOUNTS = {"panel": "Network, as told (undated)", "2012 study": "Six centers, study of 2012",
            "blog": "Undated blog (weak source)"}


def center_growth(growth, ax=None):
    """How many centers a network had, and when, with every account of how it began.

    Parameters
    ----------
    growth : pandas.DataFrame
        As `lnlab.published.growth` returns it.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    ax = clean(ax or new_axes())
    centers = growth[growth["measure"] == "centers"]
    dated = centers[centers["year"].notna() & (centers["account"] != "2010 thesis")].sort_values("year")
    ax.plot(dated["year"], dated["value"], color=CHANGE, marker="o", markersize=5, linewidth=2, clip_on=False)
    ax.annotate(f"{dated['value'].iloc[-1]:.0f} centers,\nend of {dated['date'].iloc[-1][:4]}",
                (dated["year"].iloc[-1], dated["value"].iloc[-1]), xytext=(6, -26), textcoords="offset points",
                ha="right", va="top", color=CHANGE, fontsize=9)
    start = dated["year"].iloc[0]
    others = centers[centers["account"].isin(["panel", "2010 thesis"]) & (centers["bound"] == "")]
    ax.scatter(np.full(len(others), start), others["value"], s=60, facecolor="none", edgecolor=ACCENT, linewidth=1.6,
               zorder=3, clip_on=False)
    founders = [f"{row.value:.0f}" + (" (undated)" if not row.date else "") for row in
                [*others.itertuples(), next(dated.itertuples())]]
    ax.annotate("Founding centers, by account: " + ", ".join(sorted(founders, key=lambda said: int(said.split()[0]))),
                (start, others["value"].max()), xytext=(10, -4), textcoords="offset points", va="top", color=ACCENT, fontsize=9)
    ax.set(xlabel="Year", ylabel="Care centers", ylim=(0, None), xlim=(int(start), 2018.2))
    return ax


def remission_reports(outcomes, ax=None):
    """What was reported of remission, first and last: one line for each account, labelled at its end.

    Parameters
    ----------
    outcomes : pandas.DataFrame
        As `lnlab.published.outcomes` returns it.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    ax = clean(ax or new_axes(), "remission_rate")
    reports = outcomes[outcomes["measure"].str.contains("remission") & (outcomes["unit"] == "%")
                       & outcomes["end_value"].notna() & ~outcomes["measure"].str.contains("relative")]
    for row in reports.itertuples():
        told, end = row.account == "panel", row.end_value / 100
        color, weak = (CHANGE if told else USUAL), row.account == "blog"
        if np.isnan(row.start_value):
            ax.plot([1], [end], marker="D", color=color, clip_on=False, markersize=6)
            continue
        ax.plot([0, 1], [row.start_value / 100, end], color=color, marker="o", linewidth=2.6 if told else 1.4,
                linestyle=":" if weak else "-", markersize=6 if told else 4, clip_on=False)
        ax.annotate(percent(row.start_value / 100), (0, row.start_value / 100), xytext=(-7, 0),
                    textcoords="offset points", ha="right", va="center", color=color, fontsize=9,
                    fontweight="bold" if told else "normal")
    label_ends(ax, [(row.end_value / 100, f"{percent(row.end_value / 100)}  {_who(row)}",
                      CHANGE if row.account == "panel" else USUAL) for row in reports.itertuples()], x=1)
    ax.set(xlim=(-0.38, 1), ylim=(0.4, 0.9), xticks=[0, 1], xticklabels=["first report", "last report"])
    ax.spines["bottom"].set_visible(False)
    return ax


def own_months(table, ax=None):
    """A reader's own monthly remission, in the place of the published reports.

    Parameters
    ----------
    table : pandas.DataFrame
        As `lnlab.own_data.read_monthly_outcomes` returns it: month, remissions, patients_seen, remission_rate.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    ax = clean(ax or new_axes(), "remission_rate")
    known = table[table["remission_rate"].notna()]
    ax.plot(known["month"], known["remission_rate"], color=ACCENT, marker="o", markersize=4, linewidth=1.4)
    if len(known):
        last = known["remission_rate"].iloc[-1]
        label_ends(ax, [(last, f"{percent(last)}  in the last month", ACCENT)], x=known["month"].iloc[-1])
        ax.set_ylim(min(0.4, known["remission_rate"].min() - 0.03), max(0.9, known["remission_rate"].max() + 0.03))
    ax.set_xlabel("Month")
    if table["month"].dtype.kind == "M":
        import matplotlib.dates as dates
        locator = dates.AutoDateLocator()
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    return ax


def simulated_remission(arms, launch_month, ax=None):
    """Simulated remission over the years: the mean of the replicates, and their range as a band.

    Parameters
    ----------
    arms : dict of str to pandas.DataFrame
        For each arm its replicates, the table of `lnlab.experiment.replicate`. An arm whose name begins with
        "usual" is grey.
    launch_month : int
        The month in which the network starts, where the years begin to count.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    ax = clean(ax or new_axes(), "remission_rate")
    labels = []
    for name, table in arms.items():
        by_month = table.groupby("month")["remission_rate"]
        years = years_since(launch_month, by_month.mean().index)
        color = USUAL if name.startswith("usual") else CHANGE
        ax.fill_between(years, by_month.min(), by_month.max(), color=color, alpha=0.18, linewidth=0)
        ax.plot(years, by_month.mean(), color=color, linewidth=2.6 if color == CHANGE else 1.6)
        last = table[table["month"] > table["month"].max() - 12]["remission_rate"].mean()
        labels.append((last, f"{percent(last)}  {name}", color))
    label_ends(ax, labels, x=years.max())
    ax.axvline(0, color=FAINT, linewidth=1)
    ax.annotate("the network starts", (0, 0.405), xytext=(5, 0), textcoords="offset points", color=INK, fontsize=9)
    ax.set(xlabel="Years since the network started", ylim=(0.4, 0.9), xlim=(min(0, years.min()), years.max()))
    return ax


def reported_and_simulated(reported, arms, launch_month, titles=("Reported", "Simulated")):
    """The picture of notebook 00: what a network reported, and a simulated network beside it.

    Parameters
    ----------
    reported : pandas.DataFrame
        Published outcomes (`lnlab.published.outcomes`), or a reader's own months
        (`lnlab.own_data.read_monthly_outcomes`).
    arms, launch_month
        As in `simulated_remission`.
    titles : pair of str
        What the reader should see in each panel.

    Returns
    -------
    matplotlib Figure
    """
    from matplotlib.figure import Figure
    figure = Figure(figsize=(9.6, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.15))
    (own_months if "remission_rate" in reported else remission_reports)(reported, ax=left)
    simulated_remission(arms, launch_month, ax=right)
    low, high = (f(ax.get_ylim()[i] for ax in (left, right)) for i, f in ((0, min), (1, max)))
    for ax, title in zip((left, right), titles):
        ax.set_ylim(low, high)
        ax.set_title(title, loc="left", fontsize=11, fontweight="bold", color=INK)
    return figure


def _who(row):
    if row.account in ACCOUNTS:
        return ACCOUNTS[row.account]
    return "One center, 2014-15" if "one center" in row.measure else "Network, November 2015"
