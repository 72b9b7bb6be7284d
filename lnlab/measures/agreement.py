"""How far raters agree, and how much of a difference between two ratings is error of measurement.

Two forms of the same ratings are usual, and each function takes the form of its own literature: what is rated in the
rows and the raters in the columns (`intraclass_correlation`), or one rater a row and one component a column
(`within_group_agreement`, `cronbach_alpha`). Tables whose axes are named "rater" and "component", as `rating_table`
makes them, are refused in the wrong form. Ratings that are missing are never filled in.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lnlab.checks import InputError, number, refuse, whole_number
from lnlab.measures.intraclass import intraclass_correlation
from lnlab.measures.kappa import Kappa, weighted_kappa
from lnlab.measures.ordinal import LevelOnTime, level_on_time
from lnlab.measures.rating_tables import table_of_ratings

__all__ = ["Alpha", "Kappa", "LevelOnTime", "WithinGroupAgreement", "cronbach_alpha", "intraclass_correlation",
           "level_on_time", "minimal_detectable_change", "standard_error_of_measurement", "weighted_kappa",
           "within_group_agreement"]

Z_95 = 1.959964        # 97.5 % point of the standard normal distribution, as it is written
FORMATIVE = ("A maturity grid may be formative: its components make up maturity together, and need not go together as "
             "the questions of one scale do. So a low alpha is no fault of the grid, and a high one is no proof of it.")


@dataclass(frozen=True, eq=False)
class WithinGroupAgreement:
    """How far the members of one group agree on several components.

    Parameters
    ----------
    r_wg_j : float
        For all components together: 1 for full agreement, 0 for no more than if levels had been drawn at random.
    components : pandas.Series
        The same for each component alone (r_wg).
    n_raters, n_components : int
    caution : str
        Empty if there is none.
    """

    r_wg_j: float
    components: pd.Series = field(repr=False)
    n_raters: int
    n_components: int
    caution: str = ""


def within_group_agreement(ratings, levels=5, null_variance=None):
    """r_wg(J): how much smaller the variance among the raters of one group is than that of levels drawn at random.

    Zero where raters differ more than at random (James, Demaree and Wolf; as R's multilevel has it). It rises with the
    number of components, and does not ask whether components differ: a group that gives 3 to everything agrees fully.

    Parameters
    ----------
    ratings : pandas.DataFrame or (n_raters, n_components) array
        One row for each rater and one column for each component. A rater with a missing rating is left out.
    levels : int, default 5
        Number of levels, for the variance of levels drawn at random, (levels ** 2 - 1) / 12: 2 for five levels.
    null_variance : float, optional
        Another variance to compare with, for example a smaller one because raters avoid the ends.

    Returns
    -------
    WithinGroupAgreement
        NaN with fewer than two complete raters, and the caution says so.

    Raises
    ------
    InputError
        For anything but numbers, and for levels beyond the scale.

    Examples
    --------
    >>> round(within_group_agreement([[4, 3, 2], [4, 4, 2], [5, 3, 2]]).r_wg_j, 2)
    0.96
    """
    whole_number("levels", levels, 2)
    null = (levels ** 2 - 1) / 12 if null_variance is None else number("null_variance", null_variance, 0)
    if null <= 0:
        raise InputError(f"`null_variance` must be above 0; got {null_variance!r}.")
    given = table_of_ratings(ratings, "ratings", rows="rater", columns="component")
    if null_variance is None:
        refuse("ratings", [f"row {row}, column {component}: {level:g} does not lie between 1 and {levels} (for another "
                           "scale give `null_variance`)" for row, line in enumerate(given.to_numpy(), 1)
                           for component, level in zip(given, line) if level < 1 or level > levels])
    table = given.dropna()
    n_raters, n_components = table.shape
    left_out = len(given) - n_raters
    cautions = [f"{left_out} of {len(given)} raters left a component out and do not count."] * (left_out > 0)
    if n_raters < 2:
        return WithinGroupAgreement(np.nan, pd.Series(np.nan, given.columns), n_raters, n_components, " ".join(
            [*cautions, "Agreement needs at least two raters who rated every component."]))
    variance = table.var()
    spread = min(1.0, variance.mean() / null)
    joint = n_components * (1 - spread) / (n_components * (1 - spread) + spread)
    return WithinGroupAgreement(float(joint), (1 - variance / null).clip(lower=0), n_raters, n_components,
                                " ".join(cautions))


@dataclass(frozen=True, eq=False)
class Alpha:
    """How strongly the components of a scale go together across raters.

    Parameters
    ----------
    alpha, standardized : float
        From the covariances, and from the correlations.
    average_correlation : float
    if_dropped : pandas.Series
        Alpha of the others, for each component left out; NaN where fewer than two others are left.
    mean, sd : float
        Of the raters' own means over the components (standard deviation with n - 1).
    n_raters, n_components : int
        That alpha is made from.
    caution : str
    """

    alpha: float
    standardized: float
    average_correlation: float
    if_dropped: pd.Series = field(repr=False)
    mean: float
    sd: float
    n_raters: int
    n_components: int
    caution: str = field(repr=False, default=FORMATIVE)


def cronbach_alpha(ratings):
    """Cronbach's alpha: do raters who give more on one component give more on the others too?

    For a scale whose items reflect one thing that is the share of variance they have in common. A maturity grid may be
    formative; the result carries that caution. Here alpha only describes.

    Parameters
    ----------
    ratings : pandas.DataFrame or (n_raters, n_components) array
        One row for each rater and one column for each component. Covariances use the raters who rated both components
        of a pair. A component on which all agree has no variance and is left out, as R's psych does; the caution
        says which.

    Returns
    -------
    Alpha
        NaN where it is undefined; the caution says why.

    Raises
    ------
    InputError
        For anything but numbers.

    Examples
    --------
    >>> found = cronbach_alpha([[1, 2, 1], [2, 2, 3], [3, 4, 3], [5, 4, 4]])
    >>> round(found.alpha, 3), found.if_dropped.round(3).tolist()
    (0.917, [0.814, 0.92, 0.879])
    """
    given = table_of_ratings(ratings, "ratings", rows="rater", columns="component")
    constant = given.columns[~(given.var() > 0)]
    table = given.drop(columns=constant)
    covariance = table.cov().to_numpy()
    count, why = table.shape[1], []
    if len(constant) and count:
        why.append(f"Without variance, and left out: {', '.join(map(str, constant))}.")
    if len(given) < 2:
        why.append("Alpha needs at least two raters.")
    elif count < 2:
        why.append("Alpha needs at least two components on which the raters differ.")
    if given.isna().any(axis=None):
        why.append(f"{int(given.isna().sum().sum())} of {given.size} ratings are missing.")
    alpha = standardized = average = np.nan
    if count >= 2:
        sd = np.sqrt(np.diag(covariance))
        correlation = covariance / np.outer(sd, sd)
        alpha, standardized = _alpha(covariance), _alpha(correlation)
        average = (correlation.sum() - count) / (count * (count - 1))
    dropped = pd.Series({name: _alpha(np.delete(np.delete(covariance, place, 0), place, 1))
                         for place, name in enumerate(table.columns)}, dtype=float)
    scores = given.mean(axis=1)
    return Alpha(float(alpha), float(standardized), float(average), dropped.reindex(given.columns),
                 float(scores.mean()), float(scores.std()), len(given), count, " ".join([*why, FORMATIVE]))


def standard_error_of_measurement(sd, reliability):
    """By how much a score strays from its true value for reasons of measurement: sd * sqrt(1 - reliability).

    Parameters
    ----------
    sd : float
        Standard deviation of the scores.
    reliability : float
        At most 1, such as an ICC or alpha of the same scores. A negative estimate makes the error larger than `sd`.

    Examples
    --------
    >>> round(standard_error_of_measurement(0.8, 0.75), 2)
    0.4
    """
    reliability = number("reliability", reliability)
    if reliability > 1:
        raise InputError(f"`reliability` must be at most 1; got {reliability!r}.")
    return number("sd", sd, 0) * (1 - reliability) ** 0.5


def minimal_detectable_change(standard_error):
    """The difference of two scores that error alone exceeds once in twenty times: 1.96 * sqrt(2) * standard error.

    >>> round(minimal_detectable_change(0.4), 2)
    1.11
    """
    return Z_95 * 2 ** 0.5 * number("standard_error", standard_error, 0)


def _alpha(covariance):
    count, total = len(covariance), covariance.sum()
    if count < 2 or not total > 0:
        return np.nan
    return (1 - np.trace(covariance) / total) * count / (count - 1)
