"""Which chart suits a measure: a proposal, with its reason."""

import numpy as np

from lnlab.charts.limits import FROM_RANGE

FEW = 12                # assumed: with fewer points, limits say less than they seem to


def fitting_kind(table, value, denominator=None, part=()):
    """The kind of chart that suits a measure by month, and why.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a point, in the order of time.
    value : str
        Column of the measured values, or of the numerators of a share.
    denominator : str, optional
        Column of the denominators; its numerators are part of it, as patients in remission of patients seen.
    part : list of int
        Last points of phases, as `control_chart` has them.

    Returns
    -------
    kind : str
        "run", "I", "p" or "p'", for `control_chart`.
    why : str
        A sentence.

    Examples
    --------
    >>> import pandas as pd
    >>> fitting_kind(pd.DataFrame({"planned": [4, 6, 5], "visits": [9, 9, 8]}), "planned", "visits")[0]
    'run'
    """
    known = table[value].notna() if denominator is None else table[value].notna() & (table[denominator] > 0)
    n_points, values = int(known.sum()), table.loc[known, value].to_numpy(float)
    if n_points < FEW:
        return "run", (f"A run chart, because limits from {n_points} point{'s' * (n_points != 1)} would say less than "
                       f"they seem to (fewer than {FEW}, an assumed bound).")
    if denominator is None:
        return "I", ("A chart of individual values (I), because each month has one measured value and nothing to "
                     "divide by.")
    sizes = table.loc[known, denominator].to_numpy(float)
    phase = np.searchsorted(np.asarray(part, float), 1 + np.flatnonzero(known), side="left")
    ratio = _spread_beyond_chance(values, sizes, phase)
    if np.isnan(ratio):
        return "run", "A run chart, because all shares are 0 or 1, and chance has no width to draw limits from."
    if ratio > 1 + 1.6 / np.sqrt(n_points):      # passed by chance in about one series in twenty
        return "p'", (f"A p' chart, because from month to month the share moves {ratio:.1f} times as much as chance "
                      "alone would move it in so many patients or visits.")
    return "p", "A p chart, because each month is a count out of a count, and the share moves about as chance moves it."


def _spread_beyond_chance(numerators, sizes, phase):
    """Mean moving range of the standardized shares within phases, in what chance makes of it (Laney's sigma)."""
    z = np.full(len(sizes), np.nan)
    for each in np.unique(phase):
        here = phase == each
        share = numerators[here].sum() / sizes[here].sum()
        if 0 < share < 1:
            z[here] = (numerators[here] / sizes[here] - share) / np.sqrt(share * (1 - share) / sizes[here])
    ranges = np.abs(np.diff(z))[np.diff(phase) == 0]
    ranges = ranges[~np.isnan(ranges)]
    return ranges.mean() / FROM_RANGE if len(ranges) else np.nan
