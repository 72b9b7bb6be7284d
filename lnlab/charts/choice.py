"""Which chart suits a measure: a proposal, with its reason."""

import numpy as np

from lnlab.charts.limits import FROM_RANGE
from lnlab.charts.phases import point_numbers
from lnlab.charts.series import read_series

FEW = 12                # assumed: with fewer points, limits say less than they seem to


def fitting_kind(table, value, denominator=None, part=None):
    """The kind of chart that suits a measure by month, and why.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a point, in the order of time.
    value : str
        Column of the measured values, or of the numerators of a share.
    denominator : str, optional
        Column of the denominators; its numerators are part of it, as patients in remission of patients seen.
    part : int or list of int, optional
        Last points of phases, counted from 1, as `control_chart` has them.

    Returns
    -------
    kind : str
        "run", "I", "p" or "p'", for `control_chart`.
    why : str
        A sentence.

    Raises
    ------
    InputError
        With all that is wrong in the table, as `control_chart` says it, or if `part` names no points.

    Examples
    --------
    >>> import pandas as pd
    >>> fitting_kind(pd.DataFrame({"planned": [4, 6, 5], "visits": [9, 9, 8]}), "planned", "visits")[0]
    'run'
    """
    rows = table.reset_index(drop=True) if hasattr(table, "reset_index") else table
    points = read_series(rows, "I" if denominator is None else "p", value, denominator)
    part = point_numbers("part", part, points["at"], last=len(points) - 1)
    known = points["value"].notna()
    n_points = int(known.sum())
    if n_points < FEW:
        return "run", (f"A run chart, because limits from {n_points} point{'s' * (n_points != 1)} would say less than "
                       f"they seem to (fewer than {FEW}, an assumed bound).")
    if denominator is None:
        return "I", ("A chart of individual values (I), because each month has one measured value and nothing to "
                     "divide by.")
    values, sizes = points.loc[known, ["numerator", "denominator"]].to_numpy(float).T
    phase = np.searchsorted(np.asarray(part, float), 1 + np.flatnonzero(known), side="left")
    ratio = _spread_beyond_chance(values, sizes, phase)
    if np.isnan(ratio):
        why = "all shares are 0 or 1, and chance has no width to draw limits from"
        if ((values > 0) & (values < sizes)).any():
            why = "the shares of no two neighbors in a phase can be held against chance"
        return "run", f"A run chart, because {why}."
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
