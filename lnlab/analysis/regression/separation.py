"""Separation: an outcome that some terms tell for sure has no finite estimate."""

import numpy as np

from lnlab.checks import InputError


def refuse_separation(outcome, terms, fitted, family, converged=True):
    """Raise an InputError that names the terms by which a binomial or Poisson outcome is told for sure.

    Parameters
    ----------
    outcome : (n_rows,) float
    terms : pandas.DataFrame
    fitted : statsmodels results
        Where to look: only if some predictions lie at the edge, or the search did not end, the terms are examined.
    family : {"binomial", "poisson"}
    converged : bool

    Raises
    ------
    InputError
    """
    linear = terms.to_numpy() @ np.asarray(fitted.params)
    if converged and np.isfinite(linear).all() and (
            np.abs(linear).max() < 10 if family == "binomial" else linear.min() > linear.max() - 15):
        return
    involved = separating(outcome.to_numpy(), terms.to_numpy(), family)
    if involved is None:
        return
    names = [repr(term) for term, part in zip(terms.columns, involved) if part and term != "Intercept"] or ["Intercept"]
    raise InputError(
        f"The outcome {outcome.name!r} is told for sure in some rows by {' and '.join(names)} (separation), so that "
        "there is no finite estimate. Join levels, leave terms out, or use method=\"ols\" with a `cluster` for a "
        "difference of shares.")


def separating(outcome, terms, family):
    """Which terms take part in telling an outcome for sure, (n_terms,) bool; None if nothing does.

    There is separation if some combination of terms is nowhere on the wrong side and somewhere on the right one, which
    a linear program decides (Konis, 2007).

    >>> separating(np.array([0.0, 0, 1, 1]), np.array([[1.0, 1], [1, 2], [1, 3], [1, 4]]), "binomial").tolist()
    [True, True]
    >>> separating(np.array([0.0, 1, 0, 1]), np.array([[1.0, 1], [1, 2], [1, 3], [1, 4]]), "binomial") is None
    True
    """
    from scipy.optimize import linprog
    scaled = terms / np.maximum(np.abs(terms).max(axis=0), 1e-300)
    if family == "binomial":
        certain = (outcome == 0) | (outcome == 1)
        side = np.where(outcome > 0.5, 1.0, -1.0)[:, None] * scaled
        free = side[~certain]
        side = side[certain]
    else:       # Poisson: a combination that is 0 wherever something was counted, and below 0 where nothing was
        free, side = scaled[outcome > 0], -scaled[outcome == 0]
    if not len(side):
        return None
    found = linprog(-side.sum(axis=0), A_ub=-side, b_ub=np.zeros(len(side)),
                    A_eq=free if len(free) else None, b_eq=np.zeros(len(free)) if len(free) else None,
                    bounds=[(-1, 1)] * scaled.shape[1], method="highs")
    if found.status != 0 or -found.fun < 1e-6:
        return None
    return np.abs(found.x) > 1e-7
