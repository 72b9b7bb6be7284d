"""Intraclass correlation: how much of what raters say is of what they rated."""

import numpy as np
import pandas as pd

from lnlab.checks import InputError
from lnlab.measures.rating_tables import ALIKE, table_of_ratings


def intraclass_correlation(ratings):
    """Intraclass correlation: which share of the variance of ratings is of what was rated, and not of the raters.

    ICC(1) takes each rating as from a rater of its own. ICC(A,1) asks for the same level from every rater: leniency
    counts as error. ICC(C,1) asks only for the same order. Those with k are for the mean of all raters. Two-way
    without interaction; intervals as McGraw and Wong have them, ICC(A,k) with the degrees of freedom of R's irr.

    Parameters
    ----------
    ratings : pandas.DataFrame or (n_targets, n_raters) array
        One row for each target (component) and one column for each rater. A row with a missing rating is left out, and
        the caution says so.

    Returns
    -------
    pandas.DataFrame
        One row for each of ICC(1), ICC(A,1), ICC(A,k), ICC(C,1), ICC(C,k): estimate, low and high (95 % interval), F,
        df_1, df_2 and p_value (of the test that it is zero), n_targets, n_raters, caution (empty if none). NaN where
        undefined.

    Raises
    ------
    InputError
        For anything but numbers, and for fewer than two complete targets or two raters.

    Examples
    --------
    >>> icc = intraclass_correlation([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9],
    ...                               [6, 2, 4, 7]])
    >>> icc["estimate"].round(4).to_dict()
    {'ICC(1)': 0.1657, 'ICC(A,1)': 0.2898, 'ICC(A,k)': 0.6201, 'ICC(C,1)': 0.7148, 'ICC(C,k)': 0.9093}
    """
    from scipy.stats import f as f_distribution
    given = table_of_ratings(ratings, "ratings", rows="component", columns="rater")
    table = given.dropna()
    n, k = table.shape
    if n < 2 or k < 2:
        raise InputError(f"`ratings` must have at least two raters (columns) and two targets (rows) that all of them "
                         f"rated; got {k} and {n}. With one rater, disagreement is unknown.")
    x = table.to_numpy()
    of_targets, of_raters = x.mean(axis=1) - x.mean(), x.mean(axis=0) - x.mean()
    rest = x - x.mean() - of_targets[:, None] - of_raters
    within = x - x.mean(axis=1, keepdims=True)
    squares = np.array([k * (of_targets ** 2).sum(), n * (of_raters ** 2).sum(), (rest ** 2).sum(),
                        (within ** 2).sum()])
    squares[squares < 1e-20 * max(1.0, (x ** 2).sum())] = 0        # what rounding leaves of nothing
    target, rater, residual, inside = squares / (n - 1, k - 1, (n - 1) * (k - 1), n * (k - 1))

    def interval(statistic, df_2):
        return (statistic / f_distribution.ppf(0.975, n - 1, df_2),
                statistic * f_distribution.ppf(0.975, df_2, n - 1))

    def agreement(estimate, single):
        a, b = k * estimate / (n * (1 - estimate)), 1 + k * estimate * (n - 1) / (n * (1 - estimate))
        df_2 = (a * rater + b * residual) ** 2 / ((a * rater) ** 2 / (k - 1)
                                                  + (b * residual) ** 2 / ((n - 1) * (k - 1)))
        low, high = f_distribution.ppf(0.975, n - 1, df_2), f_distribution.ppf(0.975, df_2, n - 1)
        others = k * rater + (k * n - k - n) * residual if single else rater - residual
        return (estimate, n * (target - low * residual) / (low * others + n * target),
                n * (high * target - residual) / (others + n * high * target), target / residual, df_2)

    def of_error(error, df_2, single):
        low, high = interval(target / error, df_2)
        if single:
            return ((target - error) / (target + (k - 1) * error), (low - 1) / (low + k - 1),
                    (high - 1) / (high + k - 1), target / error, df_2)
        return 1 - error / target, 1 - 1 / low, 1 - 1 / high, target / error, df_2

    with np.errstate(divide="ignore", invalid="ignore"):
        rows = {"ICC(1)": of_error(inside, n * (k - 1), True),
                "ICC(A,1)": agreement((target - residual) / (target + (k - 1) * residual + k / n * (rater - residual)),
                                      True),
                "ICC(A,k)": agreement((target - residual) / (target + (rater - residual) / n), False),
                "ICC(C,1)": of_error(residual, (n - 1) * (k - 1), True),
                "ICC(C,k)": of_error(residual, (n - 1) * (k - 1), False)}
    result = pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "low", "high", "F", "df_2"])
    result.insert(4, "df_1", n - 1)
    result["p_value"] = f_distribution.sf(result["F"], n - 1, result["df_2"])
    left_out = len(given) - n
    agree = squares.max() > 0 and squares[3] == 0
    caution = [ALIKE] * int(squares.max() == 0)
    caution += ["All raters agree on everything: there is no interval."] * int(agree)
    caution += [f"{left_out} of {len(given)} targets lack a rating and are left out."] * (left_out > 0)
    return result.assign(n_targets=n, n_raters=k, caution=" ".join(caution)).rename_axis("coefficient")
