"""The same outcome by different means: where, over two parameters, an outcome takes a given value."""

import numpy as np

from lnlab.analysis.rows import numbers_of
from lnlab.checks import InputError, items, number, refuse


def grid_of(table, x, y, measure):
    """The means of an outcome over a full grid of two parameters: a row for each `y`, a column for each `x`.

    >>> import pandas as pd
    >>> runs = pd.DataFrame({"sharing": [0, 1, 0, 1], "registry": [0, 0, 1, 1], "well": [0.5, 0.6, 0.7, 0.8]})
    >>> grid_of(runs, "sharing", "registry", "well").to_numpy().tolist()
    [[0.5, 0.6], [0.7, 0.8]]
    """
    columns = list(getattr(table, "columns", ()))
    lacking = [repr(name) for name in (x, y, measure) if columns.count(name) != 1]
    if lacking:
        raise InputError(f"`table` must have the columns {x!r}, {y!r} and {measure!r}, each once; it has not "
                         f"{', '.join(lacking)}.")
    if len({x, y, measure}) < 3:
        raise InputError(f"`x`, `y` and `measure` must be three different columns; got {x!r}, {y!r} and {measure!r}.")
    table = table.reset_index(drop=True)
    table = table.assign(**{name: numbers_of(table, name) for name in (x, y, measure)})
    refuse("table", [f"row {1 + row}: {name} is infinite" for name in (x, y, measure)
                     for row in np.flatnonzero(np.isinf(table[name]))])
    grid = table.pivot_table(index=y, columns=x, values=measure, aggfunc="mean")
    if grid.isna().any(axis=None) or min(grid.shape) < 2:
        raise InputError(f"`table` must hold every combination of at least two values of {x} and two of {y}; "
                         f"{int(grid.isna().sum().sum())} of {grid.size} are missing.")
    return grid


def same_level(table, x, y, measure, level, at):
    """How much of `y` brings an outcome to a level, at some values of `x`: strategies with the same outcome.

    Parameters
    ----------
    table : pandas.DataFrame
        Of a full grid of `x` and `y`, such as the table of a sweep over it; replicates are averaged.
    x, y, measure : str
        Columns of the table.
    level : float
        Of the outcome, in its own unit.
    at : sequence of float
        Values of `x`, within the grid.

    Returns
    -------
    pandas.DataFrame
        A row for each value of `x`: x and y under their own names. Between the points of the grid the outcome is taken
        to be straight. `y` is the first value at which the level is met; missing where it is met nowhere.

    Raises
    ------
    InputError
        For missing columns or values, a grid with holes, and values of `x` outside the grid.

    Examples
    --------
    >>> import pandas as pd
    >>> runs = pd.DataFrame({"sharing": [0, 1, 0, 1], "registry": [0, 0, 1, 1], "well": [0.5, 0.6, 0.7, 0.8]})
    >>> same_level(runs, "sharing", "registry", "well", 0.65, at=[0, 0.5, 1]).round(9).to_dict("list")
    {'sharing': [0.0, 0.5, 1.0], 'registry': [0.75, 0.5, 0.25]}
    """
    import pandas as pd
    grid, level = grid_of(table, x, y, measure), number("level", level)
    across, up = grid.columns.to_numpy(dtype=float), grid.index.to_numpy(dtype=float)
    places = [number("at", each, across[0], across[-1]) for each in items("at", at, f"values of {x}")]
    if not places:
        raise InputError(f"`at` must be at least one value of {x}; got none.")
    found = []
    for place in places:
        over = np.array([np.interp(place, across, row) for row in grid.to_numpy()]) - level
        met = np.flatnonzero(np.sign(over[:-1]) * np.sign(over[1:]) <= 0)
        if not len(met):
            found.append(np.nan)
            continue
        low, step = met[0], over[met[0] + 1] - over[met[0]]
        found.append(up[low] if step == 0 else up[low] - over[low] / step * (up[low + 1] - up[low]))
    return pd.DataFrame({x: places, y: found})
