"""Rows within clusters: what differs between clusters, and what differs within them."""

import numpy as np

from lnlab.analysis.rows import numbers_of, refuse_constant, study_rows
from lnlab.checks import InputError, items


def within_and_between(table, columns, cluster):
    """Split columns into the mean of the cluster and the difference from it.

    An exposure that is the same for a whole cluster can move only what differs between clusters: put the two new
    columns of a mediator in its place, the one between as the mediator, or analyze the means of the clusters.

    Parameters
    ----------
    table : pandas.DataFrame
    columns : sequence of str
    cluster : str

    Returns
    -------
    pandas.DataFrame
        The table, without rows in which one of these columns is missing, and with two more for each column, named
        "M between" and "M within".

    Raises
    ------
    InputError
        Also if a column does not vary within any cluster, or if its means do not differ between clusters, or if the
        table has a column of one of the new names.

    Examples
    --------
    >>> import pandas as pd
    >>> within_and_between(pd.DataFrame({"center": [1, 1, 2, 2], "M": [1.0, 3, 5, 9]}), ["M"], "center")
       center    M  M between  M within
    0       1  1.0        2.0      -1.0
    1       1  3.0        2.0       1.0
    2       2  5.0        7.0      -2.0
    3       2  9.0        7.0       2.0
    """
    import pandas as pd
    columns = [columns] if isinstance(columns, str) else items("columns", columns, "columns")
    if cluster in columns:
        raise InputError(f"`columns` must not name the clusters themselves; got {cluster!r}.")
    rows, _ = study_rows(table, [*columns, cluster])
    new, clusters = {}, rows[cluster].to_numpy()
    for column in columns:
        values = pd.Series(numbers_of(rows, column))
        mean, size = values.groupby(clusters).transform("mean"), values.abs().max()
        within = np.where((values - mean).abs() <= 1e-12 * size, 0.0, values - mean)
        refuse_constant(mean, f"{column} between", "column", size)
        refuse_constant(within, f"{column} within", "column", size)
        new |= {f"{column} between": mean.to_numpy(), f"{column} within": within}
    if taken := [name for name in new if name in table.columns]:
        raise InputError(f"`table` has a column {taken[0]!r} already. Rename it, or take it out.")
    complete = table[[*columns, cluster]].notna().all(axis=1).to_numpy()
    return table[complete].assign(**new)
