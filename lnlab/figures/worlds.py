"""What only a simulator can show: worlds that never were, what one case is worth, rivals, and who is harmed."""

import numpy as np

from lnlab.figures.style import ACCENT, CHANGE, FAINT, INK, MEASURES, USUAL, clean, new_axes, years_since
from lnlab.mechanisms.held import is_share

MINUS = "\N{MINUS SIGN}"


def steps(found, ax=None):
    """From the network without a change to that with it, a step for each path: the outcome in each world.

    Parameters
    ----------
    found : PathEffects
        As `lnlab.mechanisms.path_effects` returns it.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        From left to right one more path is open; the whisker on each step is the 95 % interval of what it adds.
    """
    ax = clean(ax or new_axes(width=8.8, height=4.2))
    worlds, parts = found.worlds["mean"].to_numpy(), found.effects.iloc[:-1]
    share = is_share(found.outcome)
    scale, unit = (100, " points") if share else (1, "")
    ends = [worlds[0], *worlds]
    for place, (before, after) in enumerate(zip(ends, ends[1:])):
        if place == 0 or place == len(worlds):
            continue
        row = parts.iloc[place - 1]
        color = CHANGE if after >= before else ACCENT
        ax.bar(place, after - before, bottom=before, width=0.62, color=color, alpha=0.85)
        ax.errorbar(place, after, yerr=[[row["estimate"] - row["low"]], [row["high"] - row["estimate"]]], color=INK,
                    elinewidth=1.2, capsize=3)
        ax.annotate(_signed(scale * row["estimate"], 1 if share else 3) + unit,
                    (place, max(before, after, before + row["high"])), xytext=(0, 4), textcoords="offset points",
                    ha="center", fontsize=9, color=INK)
        ax.plot([place - 1 + 0.31, place - 0.31], [before, before], color=FAINT, linewidth=1)
    last = len(worlds)
    ax.plot([last - 1 + 0.31, last - 0.31], [worlds[-1], worlds[-1]], color=FAINT, linewidth=1)
    for place, value, color in ((0, worlds[0], USUAL), (last, worlds[-1], INK)):
        ax.plot([place - 0.31, place + 0.31], [value, value], color=color, linewidth=3)
        ax.annotate(f"{100 * value:.1f} %" if share else f"{value:.3f}", (place, value), xytext=(0, 5),
                    textcoords="offset points", ha="center", fontsize=9, color=color)
    names = ["without\nthe change", *(_wrapped(each) for each in parts["effect"]), "with\nthe change"]
    ax.set_xticks(range(last + 1), names)
    low, high = min(worlds), max(worlds.max(), *(worlds[:-1] + parts["high"].to_numpy()))
    ax.set_ylim(low - 0.12 * (high - low) - 1e-9, high + 0.14 * (high - low) + 1e-9)
    _measure_axis(ax, found.outcome)
    return ax


def worth(worths, groups, ax=None, name="Cases of its kind and package in the commons before it"):
    """What one shared case is worth: how single worths are spread, and their mean by what was known before.

    Parameters
    ----------
    worths : pandas.DataFrame
        As `lnlab.mechanisms.worth_of_cases` returns it.
    groups : pandas.DataFrame
        As `lnlab.mechanisms.mean_worth` returns it.
    ax : pair of matplotlib Axes, optional
    name : str
        What the groups are of.

    Returns
    -------
    matplotlib Figure
    """
    spread, mean = ax if ax is not None else _two(10.4, 3.9, widths=(1.15, 1))
    values = worths["remission_months"].to_numpy()
    # What would be bars of many heights is counted in few: zero apart, since most are
    edges = [-np.inf, -9.5, -4.5, -1.5, -0.5, 0.5, 1.5, 4.5, 9.5, np.inf]
    names = ["10 or\nmore lost", "5-9", "2-4", "1\nlost", "none", "1\nwon", "2-4", "5-9", "10 or\nmore won"]
    counts = np.histogram(values, edges)[0]
    clean(spread)
    colors = [ACCENT] * 4 + [USUAL] + [CHANGE] * 4
    spread.bar(range(9), 100 * counts / len(values), color=colors, width=0.8)
    for place, count in enumerate(counts):
        share = 100 * count / len(values)
        spread.annotate(f"{share:.0f}" if share >= 1 else f"{share:.1f}", (place, share), xytext=(0, 3),
                        textcoords="offset points", ha="center", fontsize=8.5, color=INK)
    spread.set_xticks(range(9), names, fontsize=8.5)
    spread.set(xlabel="Months in remission that one case was worth, over all patients", ylabel="Cases (%)")
    clean(mean)
    places = np.arange(len(groups))
    estimate = groups["estimate"].to_numpy()
    margins = np.nan_to_num([estimate - groups["low"], groups["high"] - estimate])
    mean.axhline(0, color=FAINT, linewidth=1)
    mean.errorbar(places, estimate, yerr=margins, color=CHANGE, marker="o", linestyle="none", markersize=6, capsize=3)
    for place, row in zip(places, groups.itertuples()):
        mean.annotate(f"{row.n_cases} cases", (place, 0), xycoords=mean.get_xaxis_transform(), xytext=(0, 4),
                      textcoords="offset points", ha="center", fontsize=8, color=USUAL)
    mean.set_xticks(places, [_between(row.from_, row.to) for row in groups.itertuples()])
    low, high = mean.get_ylim()
    mean.set_ylim(low - 0.12 * (high - low), high)
    mean.set_xlim(-0.6, len(groups) - 0.4)
    mean.set(xlabel=name, ylabel="Mean worth (months in remission)")
    return spread.figure


def rivals(found, push, ax=None):
    """Simple against complex contagion: activation while leaders push and after, and how much of the rise is kept.

    Parameters
    ----------
    found : Rivals
        As `lnlab.mechanisms.push_and_let_go` returns it.
    push : float
        The strength that is drawn over time, one of those tried.
    ax : pair of matplotlib Axes, optional

    Returns
    -------
    matplotlib Figure
        Left: means of the networks, and their range as a band. Right: how far activation has risen at the end of the
        push (filled), and how much of that is left at the end of the run (hollow), with 95 % intervals.
    """
    time, dose = ax if ax is not None else _two(10.4, 3.9)
    looks = {name: look for name, look in zip(found.months["rival"].unique(),
                                              ((USUAL, "--", "s"), (CHANGE, "-", "o"), (ACCENT, ":", "D")))}
    clean(time, "activation")
    ends = []
    for name, (color, line, _) in looks.items():
        some = found.months.query("rival == @name and push == @push")
        by_month = some.groupby("month")["activation"]
        years = years_since(found.start, by_month.mean().index)
        time.fill_between(years, by_month.min(), by_month.max(), color=color, alpha=0.15, linewidth=0)
        time.plot(years, by_month.mean(), color=color, linestyle=line, linewidth=2)
        ends.append((by_month.mean().iloc[-1], name, color))
    time.axvspan(0, (found.end - found.start) / 12, color="#f3f1ec", zorder=0)
    time.annotate("leaders push", (0, 1), xycoords=time.get_xaxis_transform(), xytext=(4, -4), va="top",
                  textcoords="offset points", fontsize=9, color=INK)
    time.set(xlabel="Years since the push began", ylim=(0.3, 0.9))
    time.set_xlim(years.min(), years.max())
    for height, name, color in ends:
        time.annotate(name, (years.max(), height), xytext=(6, 0), textcoords="offset points", va="center", color=color,
                      fontsize=9, annotation_clip=False)
    clean(dose)
    for name, (color, line, marker) in looks.items():
        some = found.kept.query("rival == @name and push > 0")
        for part, said, width, face in (("rise", "", 1.8, color), ("left", ", after it", 1.0, "white")):
            margins = [some[part] - some[f"{part}_low"], some[f"{part}_high"] - some[part]]
            dose.errorbar(some["push"], some[part], yerr=margins, color=color, linestyle=line, marker=marker,
                          markersize=5, markerfacecolor=face, capsize=2.5, linewidth=width)
            dose.annotate(name + said, (some["push"].iloc[-1], some[part].iloc[-1]), xytext=(8, 0), va="center",
                          textcoords="offset points", color=color, fontsize=9, annotation_clip=False)
    dose.set(xlabel="Strength of the push (leadership, per month)", ylabel="Rise of activation by the push")
    return time.figure


def helped_and_harmed(found, ax=None):
    """What a change does to remission in each setting, and the patients who are better and worse off for it.

    Parameters
    ----------
    found : Harm
        As `lnlab.mechanisms.helped_and_harmed` returns it.
    ax : pair of matplotlib Axes, optional

    Returns
    -------
    matplotlib Figure
        Means over networks, and their 95 % intervals.
    """
    settings = list(found.effects["setting"].unique())
    mean, people = ax if ax is not None else _two(10.4, 1.5 + 0.42 * len(settings))
    parts = {part: some.set_index("setting").loc[settings] for part, some in found.effects.groupby("part")}
    places = np.arange(len(settings))
    for each in (clean(mean), clean(people)):
        each.grid(axis="y", visible=False)
        each.grid(axis="x", color="#e9e9e9", linewidth=0.8)
        each.axvline(0, color=USUAL, linewidth=1)
        each.set_ylim(len(settings) - 0.5, -0.5)
    remission = parts["remission"]
    for place, row in zip(places, remission.itertuples()):
        color = ACCENT if row.high < 0 else CHANGE if row.low > 0 else USUAL
        mean.errorbar(row.estimate, place, xerr=[[row.estimate - row.low], [row.high - row.estimate]], color=color,
                      marker="D" if row.high < 0 else "o", markersize=6, capsize=3)
        mean.annotate(_signed(row.estimate, 1), (row.high, place), xytext=(7, 0), textcoords="offset points",
                      va="center", fontsize=9, color=color)
    mean.set_yticks(places, settings, fontsize=9.5)
    mean.margins(x=0.14)
    mean.set_xlabel("Remission in the last year (points)")
    better, worse = parts["better"]["estimate"], parts["worse"]["estimate"]
    people.barh(places, better, color=CHANGE, height=0.62)
    people.barh(places, -worse, color=ACCENT, height=0.62, hatch="///", edgecolor="white", linewidth=0)
    for place, (more, fewer) in enumerate(zip(better, worse)):
        for value, text, align, shift in ((more, more, "left", 4), (-fewer, fewer, "right", -4)):
            people.annotate(f"{text:.0f} %", (value, place), xytext=(shift, 0), textcoords="offset points", ha=align,
                            va="center", fontsize=9, color=INK)
    people.set_yticks(places, [""] * len(settings))
    most = max(better.max(), worse.max())
    people.set_xlim(-worse.max() - 0.16 * (most + worse.max()), better.max() + 0.16 * (most + worse.max()) + 1e-9)
    people.xaxis.set_major_formatter(lambda value, _: f"{abs(value):.0f}")
    people.set_xlabel("Patients worse off (hatched) and better off (%)")
    return mean.figure


def _two(width, height, widths=(1, 1)):
    from matplotlib.figure import Figure
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure.subplots(1, 2, width_ratios=widths)


def _signed(value, digits):
    value = round(float(value), digits)
    return f"{value:{'+' if value else ''}.{digits}f}".replace("-", MINUS if value else "")


def _measure_axis(ax, outcome):
    from matplotlib.ticker import MaxNLocator, PercentFormatter
    ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    known = next((each for each in MEASURES if outcome == each or outcome.startswith(f"{each}_")), None)
    ax.set_ylabel(MEASURES[known] if known else outcome.replace("_", " ").capitalize())
    if is_share(outcome):
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))


def _wrapped(effect):
    return effect.replace("_", " ").replace("through ", "through\n").replace(" then ", "\nthen ").replace(
        " only", "\nonly")


def _between(low, high):
    return f"{low:g} or\nmore" if not np.isfinite(high) else f"{low:g} to\nunder {high:g}"
