"""The same outcome by different means: an outcome over two parameters, and the line along which it is the same."""

from collections.abc import Mapping

import numpy as np

from lnlab.analysis.sensitivity.equal import grid_of
from lnlab.checks import InputError, items, number
from lnlab.figures.style import ACCENT, FAINT, INK, MEASURES, USUAL, new_axes
from lnlab.parameters import Parameters, label
from lnlab.tables import SHARES

FINE = 61               # values that are drawn between the lowest and the highest of a parameter


def same_outcome(table, x, y, measure, level, marked=None, ax=None):
    """An outcome over two parameters, with the line along which it is the same.

    Parameters
    ----------
    table : pandas.DataFrame
        Of a full grid (`lnlab.full_grid`) of `x` and `y`, such as the table of `lnlab.sweep`; replicates are averaged.
    x, y : str
        Parameters.
    measure : str
        The outcome.
    level : float
        The value along the accented line, in the measure's own unit (0.8 for 80 %).
    marked : dict of str to (float, float), optional
        Strategies to name: where they lie.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        For missing columns or values, a grid with holes, a level that is nowhere reached, and strategies outside the
        grid.
    """
    grid, level = grid_of(table, x, y, measure), number("level", level)
    marked = _checked_marks(marked or {}, grid, x, y)
    if not grid.to_numpy().min() < level < grid.to_numpy().max():
        raise InputError(f"`level` must lie between the lowest and the highest mean of {measure} in the table "
                         f"({grid.to_numpy().min():.3g} and {grid.to_numpy().max():.3g}); got {level!r:.40}.")
    ax = ax or new_axes(6.6, 4.6)
    share = measure in SHARES
    scale = 100 if share else 1
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.ticker import MaxNLocator

    def told(value):
        return f"{value:,.6g}{' %' if share else ''}"

    blues = LinearSegmentedColormap.from_list("outcome", ["#f7fafd", "#6fa8d3"])
    across, up, values = _finer(grid)
    values = scale * values
    ax.contourf(across, up, values, levels=10, cmap=blues)
    line = ax.contour(across, up, values, levels=[scale * level], colors=ACCENT, linewidths=2.6)
    longest = max(line.allsegs[0], key=len)
    ax.clabel(line, fontsize=10, fmt=told, manual=[longest[len(longest) // 2]])
    levels = MaxNLocator(9).tick_values(values.min(), values.max())
    apart = np.abs(levels - scale * level) > 0.4 * (levels[1] - levels[0])      # else two numbers would touch
    ax.clabel(ax.contour(across, up, values, levels=levels[apart], colors=USUAL, linewidths=0.7), fontsize=8, fmt=told)
    for name, (at, up) in marked.items():
        ax.plot(at, up, "o", color=INK, markersize=7, clip_on=False, zorder=5)
        middle = np.mean(ax.get_xlim())
        ax.annotate(name, (at, up), xytext=(9 if at <= middle else -9, 6), textcoords="offset points",
                    ha="left" if at <= middle else "right", fontsize=9.5, color=INK, fontweight="bold")
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(length=3, color=FAINT, labelcolor=INK, labelsize=9)
    ax.set(xlabel=_with_unit(x), ylabel=_with_unit(y))
    said = MEASURES.get(measure) or measure.replace("_", " ")
    ax.annotate(f"Numbers along the lines: {said[0].lower() + said[1:]}; thick, where it is {told(scale * level)}.",
                (0, 0), xycoords="axes fraction", xytext=(0, -38), textcoords="offset points", va="top", fontsize=8.5,
                color=USUAL)
    return ax


def _finer(grid):
    """A grid with more points, between which the outcome is taken to be straight, as `same_level` does."""
    ways = [np.unique(np.concatenate([values, np.linspace(values[0], values[-1], FINE)]))
            for values in (grid.columns.to_numpy(dtype=float), grid.index.to_numpy(dtype=float))]
    wide = np.array([np.interp(ways[0], grid.columns, row) for row in grid.to_numpy()])
    return *ways, np.array([np.interp(ways[1], grid.index, column) for column in wide.T]).T


def _checked_marks(marked, grid, x, y):
    if not isinstance(marked, Mapping):
        raise InputError("`marked` must be a dict that says where strategies lie, as in {'ours': (0.5, 0.35)}; got "
                         f"{marked!r:.200}.")
    checked = {}
    for name, pair in marked.items():
        pair = items(f"marked[{name!r}]", pair, f"two numbers, {x} and {y}")
        if len(pair) != 2:
            raise InputError(f"`marked[{name!r}]` must be two numbers, {x} and {y}; got {pair!r:.80}.")
        checked[str(name)] = [number(f"marked[{name!r}]", each, float(values.min()), float(values.max()), where)
                              for each, values, where in zip(pair, (grid.columns, grid.index), (x, y))]
    return checked


def _with_unit(name):
    if name not in Parameters.__dataclass_fields__:
        return name
    return f"{label(name)} ({Parameters.__dataclass_fields__[name].metadata['unit']})"
