"""Mixed models of few parts: a mean that varies from cluster to cluster, and perhaps one slope."""

from collections import namedtuple

import numpy as np

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
    scale = np.sqrt((varying**2).mean(axis=0))      # search where one unit means the same for each part
    own = varying / scale
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
    between = within * (half @ half.T) / np.outer(scale, scale)
    back = np.linalg.inv(triangle)
    return Mixed(plain + back @ fixed, within * back @ np.linalg.inv(square) @ back.T, between, within,
                 -deviance(spread) / 2, bool(converged))
