"""Regressions as pictures: estimates beside the truth, a fitted curve, and where model and data disagree."""

import numpy as np

from lnlab.figures.style import ACCENT, CHANGE, FAINT, INK, MEASURES, USUAL, clean, new_axes
from lnlab.parameters import Parameters, declared, label
from lnlab.tables import SHARES

MARKS = {"crude": ("o", USUAL, "white"), "true": ("D", ACCENT, ACCENT)}      # marker, color, filling


def conclusions(tables, unit="points", ax=None):
    """What studies conclude, beside what is true: an estimate and its interval for each regression.

    Look for intervals that keep clear of the truth: more rows would not have helped them.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        For each study what `lnlab.analysis.side_by_side` returns, the truth last.
    unit : {"points", ""}
        "points" for shares, drawn in percentage points; else as they are.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
        Hollow gray circles: crude. Blue: adjusted. Orange diamonds, and a thin line through the study: the truth.
    """
    n_rows = sum(len(table) for table in tables.values()) + 1.4 * len(tables)
    ax = ax or new_axes(width=8.2, height=0.8 + 0.26 * n_rows)
    scale, y, ticks, labels = 100 if unit == "points" else 1, 0.0, [], []
    for name, table in tables.items():
        title = ax.annotate(name, (0, y), xycoords=("figure fraction", "data"), xytext=(6, 0), va="center", fontsize=10,
                            textcoords="offset points", fontweight="bold", color=INK, annotation_clip=False)
        title.set_in_layout(False)      # it may run across the whole width
        title.set_bbox(dict(facecolor="white", edgecolor="none", pad=1.5))
        top = y + 0.45
        for row in table.itertuples():
            y += 1
            marker, color, filling = MARKS.get(row.model, ("s", CHANGE, CHANGE))
            ax.plot(np.array([row.low, row.high]) * scale, [y, y], color=color, linewidth=1.8, solid_capstyle="butt")
            ax.plot(row.estimate * scale, y, marker, color=color, markerfacecolor=filling, markersize=6.5,
                    markeredgewidth=1.6, zorder=3)
            said = f"{row.estimate * scale:+.{1 if scale == 100 else 3}f}"
            ax.annotate(said.replace("+0.0", "0.0") if float(said) == 0 else said.replace("-", "\N{MINUS SIGN}"),
                        (1, y), xycoords=ax.get_yaxis_transform(), xytext=(6, 0), textcoords="offset points",
                        va="center", fontsize=9, color=color)
            ticks.append(y)
            labels.append(row.model)
            if row.model == "true":
                ax.plot([row.estimate * scale] * 2, [top, y], color=ACCENT, linewidth=0.9, zorder=1)
        ax.plot([0, 0], [top, y + 0.35], color=FAINT, linewidth=1.2, zorder=0)
        y += 1.4
    clean(ax).grid(axis="y", visible=False)
    ax.set_yticks(ticks, labels)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.set(ylim=(y - 0.8, -0.7), xlabel="Effect on the outcome"
           + (" (percentage points; 95 % interval)" if unit == "points" else " (95 % interval)"))
    ax.margins(x=0.06)
    return ax


def fitted_curve(curve, table=None, outcome=None, labels=(None, None), also=None, ax=None):
    """A regression's mean over the range of one column, over the rows that it was made from.

    Look for rows that lie off the curve together: there the form is wrong.

    Parameters
    ----------
    curve : pandas.DataFrame
        As `lnlab.analysis.curve` returns it: the column itself, mean, low, high.
    table : pandas.DataFrame, optional
        The rows, drawn as dots.
    outcome : str, optional
        The column of `table` that was regressed; needed with it.
    labels : pair of str, optional
        What the axes are called.
    also : dict of str to pandas.DataFrame, optional
        Other curves, by name, drawn dashed: for example a straight line.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes
    """
    ax = clean(ax or new_axes(width=5.2, height=3.7), outcome if outcome in SHARES else None)
    of = curve.columns[0]
    if table is not None:
        ax.plot(table[of], table[outcome], "o", color=USUAL, markersize=3, alpha=0.45, markeredgewidth=0, zorder=1)
    if curve[of].dtype.kind in "fiu":
        ax.fill_between(curve[of], curve["low"], curve["high"], color=CHANGE, alpha=0.22, linewidth=0)
        ax.plot(curve[of], curve["mean"], color=CHANGE, linewidth=2.2)
        ends = [("spline" if also else "", curve, CHANGE)] + [(name, each, INK) for name, each in (also or {}).items()]
        for name, each, color in ends:
            if each is not curve:
                ax.plot(each[of], each["mean"], color=color, linewidth=1.4, linestyle="--")
            ax.annotate(name, (each[of].iloc[-1], each["mean"].iloc[-1]), xytext=(6, 0), textcoords="offset points",
                        va="center", fontsize=9, color=color, annotation_clip=False)
    else:
        ax.errorbar(np.arange(len(curve)), curve["mean"], yerr=[curve["mean"] - curve["low"], curve["high"]
                                                                - curve["mean"]], fmt="o", color=CHANGE, capsize=3)
        ax.set_xticks(np.arange(len(curve)), curve[of])
    ax.set(xlabel=labels[0] or _called(of), ylabel=labels[1] or (_called(outcome) if outcome else "Predicted mean"))
    return ax


def _called(column):
    """What a column is called on an axis: a parameter with its unit, a measure, or its own name."""
    if column in Parameters.__dataclass_fields__:
        return f"{label(column)} ({declared(column)['unit']})" if column not in MEASURES else MEASURES[column]
    return MEASURES.get(column) or column.replace("_", " ").capitalize()


def diagnostics(found):
    """Where a regression and its rows disagree: three pictures.

    Left: the mean of the observed should follow the line of the predicted; a bend says that the form is wrong, a
    widening cloud that the variance is not equal. Middle: standardized residuals on a straight line are as a normal distribution
    would have them (of a 0-or-1 outcome this says nothing, so its residuals are averaged by prediction instead). Right:
    rows far out and far off move the estimates; those with Cook's distance above 1 are marked.

    Parameters
    ----------
    found : Diagnostics
        As `lnlab.analysis.diagnostics` returns it.

    Returns
    -------
    matplotlib Figure
    """
    from matplotlib.figure import Figure
    figure = Figure(figsize=(10.4, 3.6), layout="constrained")
    against, middle, influence = figure.subplots(1, 3)
    rows, binary = found.rows, found.family == "binomial"
    dots = dict(color=USUAL, markersize=3, alpha=0.4, markeredgewidth=0)
    _calibration(clean(against), found, dots, binary)
    if binary:
        _binned_residuals(clean(middle), found.bins)
    else:
        _normal_quantiles(clean(middle), np.sort(rows["standardized"].to_numpy()), dots)
    clean(influence).plot(rows["leverage"], rows["standardized"], "o", **dots)
    strong = rows[rows["influence"] > 1]
    influence.plot(strong["leverage"], strong["standardized"], "D", color=ACCENT, markersize=6)
    for place in np.flatnonzero(rows["influence"] > 1)[:5]:
        row = rows.iloc[place]
        influence.annotate(f"row {1 + place}", (row["leverage"], row["standardized"]), xytext=(-6, 6), ha="right",
                           textcoords="offset points", fontsize=8.5, color=ACCENT)
    influence.axhline(0, color=FAINT, linewidth=1)
    influence.set(xlabel="Leverage (0 to 1)", ylabel="Standardized residual", xlim=(0, None))
    titles = ("Observed against predicted", "Residuals by prediction" if binary else "Residuals against normal",
              "No row that moves them" if strong.empty else f"{len(strong)} row{'s' * (len(strong) > 1)} that "
              f"move{'s' * (len(strong) == 1)} them")
    for ax, title in zip(figure.axes, titles):
        ax.set_title(title, loc="left", fontsize=10.5, fontweight="bold", color=INK)
    return figure


def _calibration(ax, found, dots, binary):
    rows, bins = found.rows, found.bins
    if not binary:
        ax.plot(rows["fitted"], rows["observed"], "o", **dots)
    ends = [bins["fitted"].min(), bins["fitted"].max()] if binary else [rows["fitted"].min(), rows["fitted"].max()]
    ax.plot(ends, ends, color=INK, linewidth=1, linestyle="--")
    ax.annotate("dashed: equal", (1, 0), xycoords="axes fraction", xytext=(-2, 5), textcoords="offset points",
                ha="right", fontsize=8.5, color=INK)
    margin = [bins["observed"] - bins["low"], bins["high"] - bins["observed"]]
    ax.errorbar(bins["fitted"], bins["observed"], yerr=np.nan_to_num(margin), fmt="o", color=CHANGE, markersize=4.5,
                linewidth=1.2, zorder=3)
    ax.set(xlabel="Predicted mean", ylabel=f"Observed {found.outcome.replace('_', ' ')}")


def _binned_residuals(ax, bins):
    residual, half = bins["observed"] - bins["fitted"], (bins["high"] - bins["low"]) / 2
    ax.axhline(0, color=INK, linewidth=1, linestyle="--")
    ax.errorbar(bins["fitted"], residual, yerr=np.nan_to_num(half), fmt="o", color=CHANGE, markersize=4.5,
                linewidth=1.2)
    ax.set(xlabel="Predicted mean", ylabel="Observed less predicted mean")


def _normal_quantiles(ax, ordered, dots):
    from scipy.stats import norm
    expected = norm.ppf((np.arange(1, len(ordered) + 1) - 0.5) / len(ordered))
    ends = np.array([expected[0], expected[-1]])
    ax.plot(ends, ends, color=INK, linewidth=1, linestyle="--")
    ax.plot(expected, ordered, "o", **{**dots, "color": CHANGE, "alpha": 0.6})
    ax.set(xlabel="Normal quantile", ylabel="Standardized residual")
