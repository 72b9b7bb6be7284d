"""Raters drawn: what they said beside the truth, and where they disagree."""

from lnlab.checks import InputError
from lnlab.figures.maturity import SCALE, half_width, named_rows, one_occasion
from lnlab.figures.style import ACCENT, CHANGE, INK, USUAL, clean, new_axes


def rated_against_true(ratings, ax=None):
    """What raters said of each component of a simulated network, beside the level that it truly had.

    Parameters
    ----------
    ratings : pandas.DataFrame
        Of one network in one year, as `lnlab.measures.rate` returns them: with a column `true_level`.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        A diamond for the true level, a dot for the mean of the raters with its 95 % interval (Student's t; none for
        one rater), and faint dots for single ratings, one below the other where they are the same.
    """
    if "true_level" not in ratings:
        raise InputError("`ratings` must have the column true_level, which only a simulated network has.")
    one_occasion(ratings)
    found = [(name, own) for name, own in ratings.groupby("component", sort=False)][::-1]
    ax = ax or new_axes(8.2, 1.3 + 0.45 * len(found))
    for height, (_, own) in enumerate(found):
        level = own["level"].astype(float)
        below = level.groupby(level).cumcount() * 0.055
        ax.plot(level, height - 0.15 - below, "o", color=USUAL, alpha=0.7, markeredgewidth=0, markersize=3.4,
                zorder=1, label="" if height else "one rater")
        ax.errorbar(level.mean(), height, xerr=half_width(level.std(), level.count()), fmt="o", color=CHANGE,
                    markersize=8, capsize=3, zorder=2, label="" if height else "mean of the raters, 95 % interval")
        ax.plot(own["true_level"].iloc[0], height, "D", color=ACCENT, markerfacecolor="none", markeredgewidth=1.8,
                markersize=11, zorder=3, label="" if height else "true level")
    ax.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=3, frameon=False, fontsize=9, handletextpad=0.4)
    ax.set(xlim=(0.8, 5.2), ylim=(-0.75, len(found) - 0.55), xticks=range(1, 6), xlabel=SCALE)
    return named_rows(ax, [name for name, _ in found])


def mean_against_disagreement(components, n_labels=None, ax=None):
    """Each component's mean against the disagreement of its raters: what to work on, and what to talk about first.

    Parameters
    ----------
    components : pandas.DataFrame
        `Maturity.components` of one network in one year, with at least two raters.
    n_labels : int, optional
        How many of the components on which raters disagree most are numbered and named, and as many of the lowest; if
        not given, all where there are ten or fewer, and three otherwise.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        The components that are named are blue, with their numbers.
    """
    one_occasion(components)
    known = components.dropna(subset="sd")
    if known.empty:
        raise InputError("`components` must have disagreement (sd), which needs at least two raters; got none.")
    ax = clean(ax or new_axes(8.2, 4.6))
    ax.grid(axis="x", color="#e9e9e9", linewidth=0.8)
    n_labels = n_labels or (len(known) if len(known) <= 10 else 3)
    named = known.loc[list(dict.fromkeys([*known["sd"].nlargest(n_labels).index,
                                          *known["mean"].nsmallest(n_labels).index]))]
    top = max(1.0, 1.12 * known["sd"].max())
    ax.plot(known["mean"], known["sd"], "o", color=USUAL, markerfacecolor="white", markersize=6)
    ax.plot(named["mean"], named["sd"], "o", color=CHANGE, markersize=7)
    _number_points(ax, named, 0.98)
    ax.set(xlim=(0.9, 5.1), ylim=(-0.06, top), xticks=range(1, 6),
           xlabel=f"Mean of the raters: {SCALE[0].lower()}{SCALE[1:]}",
           ylabel="Disagreement of the raters\n(standard deviation, levels)")
    return ax


def _number_points(ax, named, top):
    """A number beside each of these points, and in the margin what it stands for; those of one point together."""
    named = named.sort_values(["sd", "mean"], ascending=False)
    numbers = dict(zip(named.index, range(1, len(named) + 1)))
    for (mean, sd), own in named.groupby([named["mean"].round(6), named["sd"].round(6)]):
        ax.annotate(", ".join(str(numbers[each]) for each in own.index), (mean, sd), xytext=(5, 4),
                    textcoords="offset points", fontsize=9, fontweight="bold", color=INK)
    for index, number in numbers.items():
        ax.annotate(f"{number}  {named['component'][index]}", (1.035, top - 0.065 * (number - 1)),
                    xycoords="axes fraction", va="top", fontsize=9, color=INK, annotation_clip=False)
