"""Where a regression and its data do not agree: residuals, calibration, rows that count too much."""

from dataclasses import dataclass, field

import numpy as np

from lnlab.checks import InputError


@dataclass(frozen=True, eq=False)
class Diagnostics:
    """What the rows say of a regression. Made by `diagnostics`.

    Parameters
    ----------
    rows : pandas.DataFrame
        A row for each that was used, with its index: fitted (the predicted mean), observed, residual, standardized
        (residual in standard deviations), leverage (how far from the other rows' terms, 0 to 1), influence (Cook's
        distance: how far all estimates would move without it).
    bins : pandas.DataFrame
        Rows of similar prediction together: fitted and observed (means), low and high (95 % interval of the observed
        mean), n.
    formula, outcome, family : str
    cautions : tuple of str
    """

    rows: object = field(repr=False)
    bins: object = field(repr=False)
    formula: str
    outcome: str
    family: str
    cautions: tuple


def diagnostics(fit):
    """Residuals, leverage and influence of each row of a regression, and observed against predicted means.

    Clusters are set aside here: for "gee" and "mixed" the residuals are those from the mean over all clusters.

    Parameters
    ----------
    fit : Regression

    Returns
    -------
    Diagnostics

    Raises
    ------
    InputError

    Examples
    --------
    >>> import pandas as pd
    >>> from lnlab.analysis.regression.fits import regression
    >>> table = pd.DataFrame({"X": [*range(11), 40], "Y": [*range(11), 0]})
    >>> found = diagnostics(regression("Y ~ X", table))
    >>> found.cautions
    ("1 of 12 rows moves the estimates strongly (row 12 of the table that was used: Cook's distance above 1). See what \
becomes of them without it.",)
    """
    import pandas as pd

    from lnlab.analysis.regression.marginal import predicted_mean
    if not hasattr(fit, "terms") or not hasattr(fit, "covariance"):
        raise InputError(f"`fit` must be what regression(...) returns; got {fit!r:.200}.")
    terms, observed = fit.terms.to_numpy(), fit.outcome.to_numpy()
    n_rows, n_terms = terms.shape
    mean, slope = predicted_mean(fit)
    variance = {"gaussian": np.ones(n_rows), "binomial": mean * (1 - mean), "poisson": mean, "gamma": mean**2}
    variance = np.maximum(variance[fit.family], 1e-12)
    upright = np.linalg.qr(terms * (slope / np.sqrt(variance))[:, None])[0]
    leverage = np.minimum((upright**2).sum(axis=1), 1.0)
    pearson = (observed - mean) / np.sqrt(variance)
    spread = 1.0 if fit.family in ("binomial", "poisson") else max((pearson**2).sum() / (n_rows - n_terms), 1e-300)
    left = np.maximum(1 - leverage, 1e-12)
    standardized = pearson / np.sqrt(spread * left)
    rows = pd.DataFrame({"fitted": mean, "observed": observed, "residual": observed - mean,
                         "standardized": standardized, "leverage": leverage,
                         "influence": standardized**2 * leverage / left / n_terms}, index=fit.terms.index)
    return Diagnostics(rows, _bins(rows), fit.formula, str(fit.outcome.name), fit.family, tuple(_cautions(rows)))


def _bins(rows, most=20):
    """Rows in order of their prediction, in groups of about equal size; equal predictions stay together."""
    import pandas as pd
    n_bins = int(np.clip(np.sqrt(len(rows)) / 2, 2, most))
    ranks = rows["fitted"].round(12).rank(method="average", pct=True)
    groups = rows.groupby(np.ceil(ranks * n_bins))
    found = groups[["fitted", "observed"]].mean().assign(n=groups.size())
    margin = 1.96 * groups["observed"].std(ddof=1) / np.sqrt(found["n"])
    return pd.DataFrame({"fitted": found["fitted"], "observed": found["observed"], "low": found["observed"] - margin,
                         "high": found["observed"] + margin, "n": found["n"]}).reset_index(drop=True)


def _cautions(rows):
    strong = np.flatnonzero(rows["influence"] > 1)
    if len(strong):
        named = ", ".join(str(1 + place) for place in strong[:8]) + ("" if len(strong) <= 8 else ", ...")
        yield (f"{len(strong)} of {len(rows)} rows {'moves' if len(strong) == 1 else 'move'} the estimates strongly "
               f"(row {named} of the table that was used: Cook's distance above 1). See what becomes of them without "
               f"{'it' if len(strong) == 1 else 'them'}.")
