"""Mixed models of few parts: a mean that varies from cluster to cluster, and perhaps one slope."""

from collections import namedtuple

import numpy as np

from lnlab.analysis.regression.formulas import names_in
from lnlab.analysis.limits import between_clusters
from lnlab.analysis.rows import refuse_constant
from lnlab.checks import InputError

Mixed = namedtuple("Mixed", ("fixed", "covariance", "between", "within", "log_likelihood", "converged"))


def fit_mixed(outcome, terms, cluster, varying, restricted=True):
    """Fixed effects, their covariance and the variances of a linear model whose constant varies between clusters.

    The likelihood is profiled as Bates et al. (2015) do, so that only the relative spread between clusters has to be
    searched for; a spread of 0 is a possible answer. The covariance is (X' V^-1 X)^-1 at the variances found.

    Parameters
    ----------
    outcome : (n_rows,) float
    terms : (n_rows, n_terms) float
    cluster : (n_rows,) int
        Clusters numbered from 0.
    varying : (n_rows, 1 or 2) float
        What varies between clusters: the constant 1, and perhaps one column.
    restricted : bool
        Restricted maximum likelihood, or the plain one.

    Returns
    -------
    Mixed
        fixed (n_terms,), covariance (n_terms, n_terms), between (the covariance of what varies), within (variance of
        the rows around it), log_likelihood, converged.

    Examples
    --------
    >>> outcome, cluster = np.array([1.0, 2, 4, 5, 9, 8]), np.repeat([0, 1, 2], 2)
    >>> one = np.ones((6, 1))
    >>> found = fit_mixed(outcome, one, cluster, one)
    >>> float(found.fixed[0].round(6)), float(found.between[0, 0].round(4)), float(found.within.round(4))
    (4.833333, 12.0833, 0.5)
    """
    from scipy.optimize import minimize, minimize_scalar
    n_rows, n_terms = terms.shape
    own, turn = np.linalg.qr(varying)       # search where the parts have one unit, and nothing to do with each other
    own, turn = own * np.sqrt(n_rows), np.linalg.inv(turn / np.sqrt(n_rows))
    n_own = own.shape[1]
    upright, triangle = np.linalg.qr(terms)             # numbers of any size lose no digits this way
    plain = np.linalg.solve(triangle, upright.T @ outcome)
    both = np.column_stack([upright, outcome - terms @ plain])
    inner, outer = (np.zeros((cluster.max() + 1, n_own, size)) for size in (n_own, n_terms + 1))
    np.add.at(inner, cluster, own[:, :, None] * own[:, None, :])
    np.add.at(outer, cluster, own[:, :, None] * both[:, None, :])
    whole = both.T @ both
    free = n_rows - n_terms * restricted
    units = 2 * restricted * np.log(np.abs(np.diag(triangle))).sum()

    def solved(spread):
        """What the relative spread (a lower triangle) leaves: log determinants, effects, squares and X' V^-1 X."""
        half = np.zeros((n_own, n_own))
        half[np.tril_indices(n_own)] = spread
        core = np.eye(n_own) + half.T @ inner @ half
        reached = half.T @ outer
        left = whole - np.einsum("gij,gik->jk", reached, np.linalg.solve(core, reached))
        square, cross = left[:n_terms, :n_terms], left[:n_terms, n_terms]
        fixed = np.linalg.solve(square, cross)
        squares = max(left[n_terms, n_terms] - cross @ fixed, 1e-300)
        determinants = np.linalg.slogdet(core)[1].sum() + restricted * np.linalg.slogdet(square)[1] + units
        return half, fixed, squares, determinants, square

    def deviance(spread):
        _, _, squares, determinants, _ = solved(np.atleast_1d(spread))
        return determinants + free * (1 + np.log(2 * np.pi * squares / free))

    if n_own == 1:
        tried = np.concatenate([[0.0], np.geomspace(1e-3, 1e3, 25)])
        best = int(np.argmin([deviance(each) for each in tried]))
        ends = tried[max(best - 1, 0)], tried[min(best + 1, len(tried) - 1)]
        found = minimize_scalar(deviance, bounds=ends, method="bounded", options=dict(xatol=1e-10))
        spread = np.array([found.x if found.fun < deviance(0.0) else 0.0])
        converged = found.success and spread[0] < 999
    else:
        start = min(([first, 0.0, second] for first in (0.1, 0.5, 2.0) for second in (0.05, 0.3, 1.0)), key=deviance)
        options = dict(xatol=1e-9, fatol=1e-10, maxiter=4000, maxfev=4000)
        for _ in range(3):      # afresh from where it stopped, since a simplex may shrink too soon
            found = minimize(deviance, start, method="Nelder-Mead", options=options)
            start = found.x
        spread, converged = found.x, found.success
    half, fixed, squares, _, square = solved(spread)
    within = squares / free
    between = within * turn @ half @ half.T @ turn.T
    back = np.linalg.inv(triangle)
    return Mixed(plain + back @ fixed, within * back @ np.linalg.inv(square) @ back.T, between, within,
                 -deviance(spread) / 2, bool(converged))


def mixed_regression(outcome, terms, rows, codes, small_samples, slope, cluster):
    """A mixed model of the columns of a formula: all that `regression` wants to know, as a dict.

    Parameters
    ----------
    outcome, terms : pandas.Series, pandas.DataFrame
    rows : pandas.DataFrame
        What they were made from.
    codes : (n_rows,) int
        Clusters numbered from 0.
    small_samples : bool
    slope : str or None
    cluster : str

    Returns
    -------
    dict
        fitted, values, covariance, degrees, variances, correlation, cautions, converged.

    Raises
    ------
    InputError
    """
    import pandas as pd
    import statsmodels.api as sm
    from statsmodels.regression.mixed_linear_model import MixedLMParams
    if codes.max() + 1 == len(rows):
        raise InputError(f"A mixed model needs clusters with more than one row; each row has a {cluster!r} of its own.")
    if between_clusters(outcome.to_numpy()[:, None], codes)[0]:
        raise InputError(f"A mixed model needs an outcome that varies within clusters; {outcome.name!r} is the same in "
                         f"all rows of each {cluster!r}. Use a table with one row for each.")
    varying = np.ones((len(rows), 1))
    if slope is not None:
        column = pd.to_numeric(rows[slope], errors="coerce").to_numpy(dtype=float)
        if np.isnan(column).any():
            raise InputError(f"`slope` must be a column of numbers; {slope!r} holds others.")
        refuse_constant(column, slope, "slope")
        varying = np.column_stack([varying, column])
    found = fit_mixed(outcome.to_numpy(), terms.to_numpy(), codes, varying, small_samples)
    model = sm.MixedLM(outcome, terms, groups=codes, exog_re=varying)
    try:
        start = MixedLMParams.from_components(found.fixed, cov_re=found.between / found.within)
        fitted = model.fit(start_params=start, reml=small_samples, method="bfgs")
    except (np.linalg.LinAlgError, ValueError):     # statsmodels cannot tell of a spread of exactly 0
        fitted = None
    parts = ["between clusters", *([f"slope of {slope} between clusters"] if slope is not None else [])]
    variances = pd.DataFrame({"part": [*parts, "within clusters"],
                              "variance": [*np.diag(found.between), found.within]})
    constant, cautions = float(found.between[0, 0]), []
    if slope is not None and slope not in {name for factor in terms.design_info.factor_infos
                                           for name in names_in(factor.name())}:
        cautions.append(f"The slope of {slope!r} varies between clusters around 0, as the formula does not have it: "
                        "its mean slope was taken to be nothing.")
    if constant <= 1e-8 * (constant + found.within):
        cautions.append("No variance between clusters was found: they differ no more than their rows do by chance. The "
                        "errors are those of rows that have nothing to do with each other.")
    elif slope is not None and np.linalg.det(found.between) <= 1e-8 * np.prod(np.diag(found.between)):
        cautions.append("The variances between clusters lie at the edge of what is possible (a variance of 0, or a "
                        "correlation of 1): the model says more than these data can tell.")
    return dict(fitted=fitted, values=found.fixed, covariance=found.covariance, converged=found.converged,
                degrees=_between_and_within(terms.to_numpy(), codes, terms.design_info, slope),
                variances=variances.assign(sd=np.sqrt(variances["variance"])), cautions=cautions,
                correlation=constant / (constant + found.within) if slope is None else np.nan)


def _between_and_within(terms, codes, design, slope):
    """Degrees of freedom of each term: clusters less terms for what differs only between them, rows for the others."""
    n_clusters = codes.max() + 1
    between = between_clusters(terms, codes)
    varies = np.zeros(len(between), bool)
    for term, place in design.term_slices.items():
        varies[place] = slope is not None and any(factor.name() == slope for factor in term.factors)
    within = ~between & ~varies
    degrees = np.where(between, n_clusters - between.sum(), len(terms) - n_clusters - within.sum()).astype(float)
    degrees[varies] = n_clusters - varies.sum()
    return np.maximum(degrees, 1.0)
