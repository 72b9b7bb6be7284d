"""Rows within clusters: what differs between clusters, and what differs within them."""

import numpy as np

from lnlab.analysis.rows import numbers_of, refuse_constant, study_rows
from lnlab.checks import items


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
        Also if a column does not vary within any cluster, or if its means do not differ between clusters.

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
    columns = [columns] if isinstance(columns, str) else items("columns", columns, "columns")
    rows, _ = study_rows(table, [*columns, cluster])
    new = {}
    for column in columns:
        values = rows.assign(**{column: numbers_of(rows, column)})
        mean = values.groupby(cluster, observed=True)[column].transform("mean")
        within = np.where(np.isclose(values[column], mean, rtol=1e-12, atol=0), 0.0, values[column] - mean)
        refuse_constant(mean, f"{column} between", "column")
        refuse_constant(within, f"{column} within", "column")
        new |= {f"{column} between": mean, f"{column} within": within}
    return table.loc[rows.index].assign(**new)
