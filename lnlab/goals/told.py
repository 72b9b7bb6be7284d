"""What the results of this package have in common: how they are shown, and the interval of a share."""

from html import escape

import numpy as np

from lnlab.checks import refuse
from lnlab.tables import SHARES

BEYOND = 1.5            # no share, however it was made up or noise was added to it


def in_text(first, table, cautions):
    """A result as text: a sentence, a table, cautions.

    >>> import pandas as pd
    >>> print(in_text("Of two networks:", pd.DataFrame({"reached": [1]}), ["Two are few."]))
    Of two networks:
     reached
           1
    Caution: Two are few.
    """
    return "\n".join([first, table.to_string(index=False, na_rep="-"), *(f"Caution: {each}" for each in cautions)])


def in_html(first, table, cautions):
    """The same as a page."""
    listed = "".join(f"<p><strong>Caution:</strong> {escape(each)}</p>" for each in cautions)
    return f"<p>{escape(first)}</p>{table.to_html(index=False, na_rep='-')}{listed}"


def check_shares(name, values, measure):
    """Refuse values of a measure that is a share of patients if they can only be percent, row by row.

    >>> check_shares("mixes", [0.8, 80], "remission_rate")
    Traceback (most recent call last):
    lnlab.checks.InputError: `mixes` has 1 problem (row 1 is the first row):
    - row 2: `remission_rate` must lie between 0 and 1 (a share, not percent); got 80.
    """
    values = np.asarray(values, dtype=float)
    if measure in SHARES:
        outside = np.flatnonzero(np.abs(values) > BEYOND)
        refuse(name, [f"row {1 + row}: `{measure}` must lie between 0 and 1 (a share, not percent); got "
                      f"{values[row]:g}" for row in outside])


def share_and_interval(count, n):
    """A share and its 95 % interval (Wilson's, which holds for few and for none).

    Parameters
    ----------
    count, n : int
        How many of how many.

    Returns
    -------
    share, low, high : float
        Missing where there is nobody to count.

    Examples
    --------
    >>> [f"{value:.3f}" for value in share_and_interval(0, 40)]
    ['0.000', '0.000', '0.088']
    """
    from statsmodels.stats.proportion import proportion_confint
    if not n:
        return float("nan"), float("nan"), float("nan")
    low, high = proportion_confint(count, n, method="wilson")
    return count / n, max(float(low), 0.0), min(float(high), 1.0)
