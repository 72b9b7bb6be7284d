"""Mediation in pictures: each part of an effect beside its truth, the paths with their slopes, and a hidden cause."""

import numpy as np

from lnlab.checks import InputError
from lnlab.figures.style import ACCENT, CHANGE, FAINT, INK, MEASURES, USUAL, clean, label_ends, new_axes
from lnlab.tables import SHARES

MARKS = (("o", CHANGE), ("s", USUAL), ("^", INK))
NOT_DRAWN = {"proportion mediated", "total indirect", "acme_control", "acme_treated", "ade_control", "ade_treated"}


def effects_beside_truth(found, truth=None, outcome=None, names=None, ax=None):
    """The parts of an effect as estimated, with their intervals, and beside each the truth where it is known.

    Parameters
    ----------
    found : Mediation, pandas.DataFrame, or dict of str to these
        Tables have the columns effect, estimate, low and high. Several are drawn beside each other, in the colors and
        marks that the legend names.
    truth : object with such a table as `effects`, pandas.DataFrame, or dict of str to float, optional
        By the same names of effects. With low and high its own interval is drawn, too.
    outcome : str, optional
        What the effects are on, as the axis says it; a share is drawn in points. Known from a Mediation.
    names : dict of str to str, optional
        What a mediator is called in the picture, for its column.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    series = found if isinstance(found, dict) else {"estimate": found}
    outcome = outcome or next((each.outcome for each in series.values() if hasattr(each, "outcome")), None)
    tables = {name: _table(each) for name, each in series.items()}
    effects = [effect for effect in next(iter(tables.values())).index if effect not in NOT_DRAWN]
    known = None if truth is None else _table(truth)
    for name, table in {**tables, **({} if known is None else {"truth": known})}.items():
        missing = [effect for effect in effects if effect not in table.index]
        if missing:
            raise InputError(f"All must have the same effects; {name!r} lacks {', '.join(map(repr, missing))} (it has "
                             f"{', '.join(map(repr, table.index))}).")
    if ax is None:
        ax = new_axes(7.6, 1.5 + (0.34 + 0.13 * len(tables)) * len(effects))
    scale = 100 if outcome in SHARES else 1
    spread = np.linspace(-0.17, 0.17, len(tables)) if len(tables) > 1 else [0]
    for (name, table), shift, (mark, color) in zip(tables.items(), spread, MARKS):
        rows = scale * table.loc[effects, ["estimate", "low", "high"]].to_numpy(dtype=float)
        ax.errorbar(rows[:, 0], np.arange(len(effects)) + shift, fmt=mark, color=color,
                    xerr=[rows[:, 0] - rows[:, 1], rows[:, 2] - rows[:, 0]], markersize=6, elinewidth=1.6,
                    capsize=3, label=f"{name} (95 % interval)")
    if known is not None:
        rows = scale * known.loc[effects, ["estimate", "low", "high"]].to_numpy(dtype=float)
        for place, (middle, low, high) in enumerate(rows):
            ax.plot([middle, middle], [place - 0.32, place + 0.32], color=ACCENT, linewidth=2.4, solid_capstyle="butt",
                    label="truth" if place == 0 else None, zorder=1)
            if np.isfinite([low, high]).all():
                ax.fill_betweenx([place - 0.32, place + 0.32], low, high, color=ACCENT, alpha=0.15, linewidth=0)
    clean(ax)
    ax.grid(axis="y", visible=False)
    ax.axvline(0, color=FAINT, linewidth=1, zorder=0)
    ax.set_yticks(range(len(effects)), [_renamed(effect, names) for effect in effects])
    ax.set_ylim(len(effects) - 0.5, -0.5)
    if effects[-1] == "total":
        ax.axhline(len(effects) - 1.5, color=FAINT, linewidth=0.8)
    ax.set_xlabel(_axis("Effect on", outcome))
    if known is not None or len(tables) > 1:
        ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1), frameon=False, fontsize=9, handlelength=1.4,
                  ncols=1 if len(tables) < 2 else 2)
    return ax


def path_diagram(found, names=None, digits=2, ax=None):
    """The variables of a mediation analysis in their order, with the slope of each regression on its arrow.

    Parameters
    ----------
    found : Mediation
        Of straight lines; with products of columns the slopes are those where the other column is 0.
    names : dict of str to str, optional
        What a column is called in the picture.
    digits : int, default 2
        Significant digits.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Dashed, where the interval takes in 0.
    """
    chain = [found.exposure, *found.mediators, found.outcome]
    ax = ax or new_axes(2.6 + 1.9 * len(chain), 4.2 if len(chain) < 5 else 5.4)
    places = _places(len(chain))
    ax.axis("off")
    ax.set(xlim=(-0.16, 1.16), ylim=(-0.2, 1.2 if len(chain) < 5 else 1.5))
    slopes = found.coefficients.set_index(["of", "term"])
    for later in range(1, len(chain)):
        for earlier in range(later):
            row = slopes.loc[(chain[later], chain[earlier])]
            _arrow(ax, places, earlier, later, row, digits)
    for column, (x, y) in zip(chain, places):
        ax.annotate(_wrapped(_renamed(column, names)), (x, y), ha="center", va="center", fontsize=10, color=INK,
                    zorder=5, bbox=dict(boxstyle="round,pad=0.5", facecolor="white", edgecolor=USUAL))
    ax.annotate("Slopes of the regressions, with 95 % intervals; dashed, where the interval takes in 0.", (0, 0),
                xycoords="axes fraction", fontsize=8.5, color=USUAL, xytext=(2, 2), textcoords="offset points")
    return ax


def hidden_cause(unmeasured, effects=None, names=None, outcome=None, ax=None):
    """What would be left of each part if something unmeasured moved a mediator and the outcome, by how strongly.

    Parameters
    ----------
    unmeasured : Unmeasured
    effects : sequence of str, optional
        Which parts; all that change, and the total, if left out.
    names : dict of str to str, optional
        What a column is called in the picture.
    outcome : str, optional
        What the effects are on; a share is drawn in points. The second variable of `unmeasured.between`, if left out.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Lines with 95 % bands; at correlation 0 stands what the analysis reported.
    """
    ax = clean(ax or new_axes(8.2, 4.4))
    outcome = outcome or unmeasured.between[1]
    scale = 100 if outcome in SHARES else 1
    curve = unmeasured.curve
    shown = effects or [*(each for each in unmeasured.zero["effect"] if each not in NOT_DRAWN), "total"]
    styles = zip(shown, ["-", "--", "-.", ":"] * 3, [CHANGE, ACCENT, INK, CHANGE] * 3)
    ends = []
    for effect, line, color in styles:
        rows = curve[curve["effect"] == effect].sort_values("correlation")
        if rows.empty:
            raise InputError(f"`effects` must be of {', '.join(map(repr, curve['effect'].unique()))}; got {effect!r}.")
        color = USUAL if effect == "total" else color
        ax.plot(rows["correlation"], scale * rows["estimate"], color=color, linestyle=line, linewidth=2)
        if effect != "total":
            ax.fill_between(rows["correlation"], scale * rows["low"], scale * rows["high"], color=color, alpha=0.09,
                            linewidth=0)
        ends.append((scale * rows["estimate"].iloc[-1], _wrapped(_renamed(effect, names), 26), color))
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.axvline(0, color=FAINT, linewidth=1)
    ax.annotate("as analyzed", (0, 0), xycoords=ax.get_xaxis_transform(), xytext=(4, 5), textcoords="offset points",
                color=USUAL, fontsize=8.5)
    low, high = ax.get_ylim()
    label_ends(ax, ends, curve["correlation"].max(), gap=0.1 * (high - low))
    first, second = (_renamed(each, names) for each in unmeasured.between)
    ax.set_xlabel(f"Correlation that something unmeasured makes between\n{first} and {second} (\N{MINUS SIGN}1 to 1)")
    ax.set_ylabel(_axis("Effect on", outcome))
    return ax


def _table(given):
    import pandas as pd
    if isinstance(given, dict):
        return pd.DataFrame({"estimate": given, "low": np.nan, "high": np.nan})
    table = getattr(given, "effects", given)
    if not isinstance(table, pd.DataFrame) or not {"effect", "estimate", "low", "high"} <= set(table):
        raise InputError("`found` and `truth` must be results with a table `effects`, or tables with the columns "
                         f"effect, estimate, low and high; got {given!r:.200}.")
    return table.set_index("effect")


def _axis(start, outcome):
    if outcome is None:
        return f"{start} the outcome"
    said = MEASURES.get(outcome, outcome.replace("_", " "))
    said = said[0].lower() + said[1:] if outcome in MEASURES else said
    return f"{start} {said}{' (points)' if outcome in SHARES else ''}"


def _renamed(text, names):
    for column, said in sorted((names or {}).items(), key=lambda each: -len(each[0])):
        text = text.replace(column, said)
    return text.replace("_", " ")


def _wrapped(text, width=16):
    import textwrap
    return textwrap.fill(text, width, break_long_words=False)


def _places(n):
    """Exposure and outcome below, mediators above in their order."""
    inner = [0.5] if n == 3 else [0.24, 0.76] if n == 4 else [0.14, 0.5, 0.86]
    return [(0.0, 0.12), *((x, 1.0) for x in inner), (1.0, 0.12)]


def _arrow(ax, places, earlier, later, row, digits):
    from matplotlib.patches import FancyArrowPatch
    start, end = places[earlier], places[later]
    skipping = later - earlier > 1 and 0 < earlier and later < len(places) - 1      # over the mediator between
    unsure = row["low"] <= 0 <= row["high"]
    bend = -0.35 if skipping else 0
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=15, shrinkA=34, shrinkB=34, linewidth=1.6,
                                 color=USUAL if unsure else CHANGE, linestyle="--" if unsure else "-",
                                 connectionstyle=f"arc3,rad={bend}"))
    share = 0.5 if later - earlier == 1 or skipping else 0.36 if earlier == 0 else 0.64
    if (earlier, later) == (0, len(places) - 1):
        share = 0.5
    x, y = (start[each] + share * (end[each] - start[each]) for each in (0, 1))
    said = f"{row['estimate']:.{digits}g}\n({row['low']:.{digits}g} to {row['high']:.{digits}g})".replace(
        "-", "\N{MINUS SIGN}")
    ax.annotate(said, (x, y + (0.24 if skipping else 0)), ha="center", va="center", fontsize=8.5, zorder=4,
                color=USUAL if unsure else INK,
                bbox=dict(boxstyle="round,pad=0.15", facecolor="white", edgecolor="none"))
