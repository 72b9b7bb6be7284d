"""Regressions as studies report them: estimates with intervals, on how many, and what it takes to call them causes."""

import warnings
from dataclasses import dataclass, field

import numpy as np

from lnlab.analysis.regression.formulas import terms_of
from lnlab.analysis.limits import (about_clusters, about_few_behind, about_rows, about_spread, check_outcome,
                                   refuse_clusters_told_apart)
from lnlab.analysis.regression.mixed import mixed_regression
from lnlab.analysis.rows import refuse_constant
from lnlab.analysis.regression.separation import refuse_separation
from lnlab.analysis.regression.words import as_html, as_text, method_in_words
from lnlab.checks import InputError, one_of, switch

METHODS = ("ols", "glm", "gee", "mixed")
FAMILIES = {"gaussian": "identity", "binomial": "logit", "poisson": "log", "gamma": "log"}
ASSUMPTIONS = (
    "nothing that is left out of the formula moves both the supposed cause and the outcome (no confounding)",
    "no term is itself an effect of the supposed cause",
    "each term has the right form (a straight line, where no spline or interaction says otherwise)",
    "nobody's outcome depends on what others were exposed to (in a network it often does)")


@dataclass(frozen=True, eq=False, repr=False)
class Regression:
    """What a regression found. Made by `regression`.

    Parameters
    ----------
    estimates : pandas.DataFrame
        A row for each term: term, estimate, standard_error, low and high (95 % interval), p (two-sided, of no
        association). On the scale of the link: for "binomial" log odds, for "poisson" and "gamma" logarithms.
    n_rows, n_clusters : int
        What was used; 0 clusters if none were named.
    formula, method : str
        `method` says in words what was done.
    cautions, assumptions : tuple of str
        Why the numbers should not be trusted as they are; what must hold to read an estimate as an effect.
    variances : pandas.DataFrame or None
        Of a mixed model: part, variance, sd.
    cluster_correlation : float
        Of two rows of a cluster, given the terms: the exchangeable correlation of GEE, the share of the variance that
        lies between the clusters in a mixed model; NaN otherwise.
    fitted : statsmodels results
        None for a mixed model at the edge, which statsmodels cannot hold. Its own errors may differ from `estimates`.
    covariance : pandas.DataFrame
        Of the estimates.
    degrees : pandas.Series
        Degrees of freedom of each term's interval; infinite where it is that of the normal distribution.
    outcome, terms, rows
        The columns that were regressed, and the rows that they were made from.
    family, cluster : str or None
    """

    estimates: object
    n_rows: int
    n_clusters: int
    formula: str
    method: str
    cautions: tuple
    assumptions: tuple
    variances: object
    cluster_correlation: float
    fitted: object
    covariance: object
    degrees: object
    outcome: object
    terms: object
    rows: object = field(repr=False)
    family: str
    cluster: str | None

    def __repr__(self):
        return as_text(self)

    def _repr_html_(self):
        return as_html(self)


def regression(formula, table, method="ols", family=None, cluster=None, correlation="exchangeable",
               small_samples=True, slope=None):
    """Regress an outcome on what may explain it, as a study would.

    Parameters
    ----------
    formula : str
        Outcome and terms, as in "remission_rate ~ sharing * activation + C(network)". ``cr(x, df=4)`` and
        ``bs(x, df=4)`` are splines; ``log``, ``exp``, ``sqrt`` and ``np`` are known.
    table : pandas.DataFrame
        A row for each unit. True and False count as 1 and 0. Rows in which a value is missing are left out, with a
        caution.
    method : {"ols", "glm", "gee", "mixed"}
        Ordinary least squares; a generalized linear model; generalized estimating equations (the mean over clusters);
        a linear mixed model, in which the constant varies from cluster to cluster.
    family : {"gaussian", "binomial", "poisson", "gamma"}, optional
        Of the outcome, for "glm" and "gee": with its usual link (logit for binomial, the logarithm for gamma too).
    cluster : str, optional
        The column that says whose rows belong together. With "ols" and "glm" the errors become robust to whatever is
        alike within clusters (as Stata's and, for least squares, R's HC1); "gee" and "mixed" need it. A column with a
        value of its own for each row makes errors robust to unequal variance.
    correlation : {"exchangeable", "independence"}
        Working correlation within clusters, for "gee".
    small_samples : bool, default True
        For "gee" errors that are right with few clusters as well (Mancl and DeRouen's), else the plain sandwich; for
        "mixed" restricted maximum likelihood, else the plain one.
    slope : str, optional
        For "mixed": a column whose effect also varies between clusters.

    Returns
    -------
    Regression
        Intervals are Student's t: with rows less terms as degrees of freedom in "ols" (and in "glm" where the variance
        is estimated; else normal); with clusters less 1 where errors are clustered; with clusters less terms in "gee";
        and in "mixed" with clusters less the terms that do not vary within them, for those, and for others with the
        rows that are left.

    Raises
    ------
    InputError
        For names that are not there, too few rows or clusters, an outcome that does not vary or does not suit its
        family, terms that determine each other, and separation: a binomial outcome that some terms tell for sure.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"dose": [0, 1, 2, 3, 4, 5], "health": [1.0, 3.1, 4.9, 7.2, 8.8, 11.0]})
    >>> fit = regression("health ~ dose", table)
    >>> fit.estimates.round(3)
            term  estimate  standard_error    low   high      p
    0  Intercept     1.043           0.111  0.733  1.352  0.001
    1       dose     1.983           0.037  1.881  2.085  0.000
    >>> fit.cautions
    ('There are 6 rows for 2 terms; with fewer than 10 for each term estimates depend much on single rows.',)
    """
    import pandas as pd
    one_of("method", method, METHODS)
    family = _checked_family(method, family)
    one_of("correlation", correlation, ("exchangeable", "independence"))
    small_samples = switch("small_samples", small_samples)
    if cluster is None and method in ("gee", "mixed"):
        raise InputError(f"`cluster` must name the column that says whose rows belong together, for method={method!r}; "
                         "got None.")
    if slope is not None and method != "mixed":
        raise InputError(f"`slope` is for method=\"mixed\" only; got {slope!r:.200} with method={method!r}.")
    for name, column in (("cluster", cluster), ("slope", slope)):
        if column is not None and not isinstance(column, str):
            raise InputError(f"`{name}` must be the name of a column; got {column!r:.200}.")
    outcome, terms, rows, cautions = terms_of(formula, table, [each for each in (cluster, slope) if each is not None])
    if outcome.name == cluster or cluster in terms:
        cautions.append(f"The clusters ({cluster}) are also a number in the formula, which reads their names as sizes.")
    refuse_constant(outcome, outcome.name, "outcome")
    check_outcome(outcome, family, cluster)
    cautions += about_rows(outcome, terms, family, method, cluster)
    codes, n_clusters = None, 0
    if cluster is not None:
        codes = pd.factorize(rows[cluster])[0]
        n_clusters = int(codes.max()) + 1
        refuse_clusters_told_apart(terms, codes, cluster)
        cautions += about_clusters(n_clusters, len(terms), terms.shape[1], method, cluster, small_samples)
        cautions += about_few_behind(terms, codes, method)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")         # what they say is said as a caution or an error below
        if method == "mixed":
            found = mixed_regression(outcome, terms, rows, codes, small_samples, slope, cluster)
        elif method == "gee":
            found = _gee(outcome, terms, codes, n_clusters, family, correlation, small_samples)
        else:
            found = _linear(outcome, terms, codes, n_clusters, method, family)
    if family in ("binomial", "poisson") and method != "mixed":
        refuse_separation(outcome, terms, found["fitted"], family, found["converged"])
    observed, line = outcome.to_numpy(), terms.to_numpy() @ found["values"]
    if family == "poisson" and method == "glm" and cluster is None:
        cautions += about_spread(observed, line, terms.shape[1])
    observed = np.log(observed) if family == "gamma" else observed
    if family in ("gaussian", "gamma") and ((observed - line)**2).sum() <= 1e-20 * observed.var() * len(observed):
        cautions.append("The formula gives every row exactly, so that there is no error to judge by. Is a term the "
                        "outcome itself in other words?")
    if not found["converged"]:
        cautions.append("The search for the estimates did not converge: they are where it stopped. Try a simpler "
                        "formula or another method.")
    estimates = _estimates(terms.columns, found["values"], found["covariance"], found["degrees"])
    if not np.isfinite(estimates["standard_error"]).all() or (np.diag(found["covariance"]) < 0).any():
        raise InputError("The standard errors of this regression cannot be had: some clusters are told apart by the "
                         "terms alone, or the outcome is the same within them. Use fewer terms, "
                         "correlation=\"independence\" or small_samples=False.")
    return Regression(
        estimates, len(rows), n_clusters, formula,
        method_in_words(method, family, cluster, n_clusters, correlation, small_samples, slope),
        tuple([*cautions, *found.get("cautions", ())]), ASSUMPTIONS, found.get("variances"),
        found.get("correlation", np.nan), found["fitted"],
        pd.DataFrame(found["covariance"], index=terms.columns, columns=terms.columns),
        pd.Series(found["degrees"], index=terms.columns, dtype=float), outcome, terms, rows, family, cluster)


def _linear(outcome, terms, codes, n_clusters, method, family):
    import statsmodels.api as sm
    clustered = {} if codes is None else dict(cov_type="cluster", cov_kwds=dict(groups=codes))
    if method == "ols":
        fitted, converged, known_variance = sm.OLS(outcome, terms).fit(**clustered), True, False
    else:
        fitted = sm.GLM(outcome, terms, family=_family(family)).fit(maxiter=200, tol=1e-12, tol_criterion="params",
                                                                     **clustered)
        converged, known_variance = bool(fitted.converged), family in ("binomial", "poisson")
    degrees = np.inf if known_variance else len(terms) - terms.shape[1]
    return dict(fitted=fitted, values=np.asarray(fitted.params), covariance=np.asarray(fitted.cov_params()),
                degrees=np.full(terms.shape[1], float(degrees if codes is None else n_clusters - 1)),
                converged=converged)


def _gee(outcome, terms, codes, n_clusters, family, correlation, small_samples):
    import statsmodels.api as sm
    alone = correlation == "exchangeable" and n_clusters == len(terms)
    structure = sm.cov_struct.Independence() if correlation == "independence" or alone else sm.cov_struct.Exchangeable()
    model = sm.GEE(outcome, terms, groups=codes, family=_family(family), cov_struct=structure)
    try:    # ddof_scale=0: the correlation is estimated as Liang and Zeger do, and R's geepack
        fitted = model.fit(maxiter=300, ctol=1e-9, ddof_scale=0,
                           cov_type="bias_reduced" if small_samples else "robust")
        covariance = np.asarray(fitted.cov_params())
    except (np.linalg.LinAlgError, ValueError, AttributeError, TypeError):
        raise InputError("The estimating equations cannot be solved: some clusters are told apart by the terms alone, "
                         "or the outcome hardly varies. Use fewer terms, or small_samples=False.") from None
    estimated = isinstance(structure, sm.cov_struct.Exchangeable)
    return dict(fitted=fitted, values=np.asarray(fitted.params), covariance=covariance,
                degrees=np.full(terms.shape[1], float(n_clusters - terms.shape[1])), converged=bool(fitted.converged),
                correlation=float(structure.dep_params) if estimated else np.nan,
                cautions=["No cluster has more than one row, so that there is no correlation to estimate."] * alone)


def _estimates(names, values, covariance, degrees):
    import pandas as pd
    from scipy import stats
    errors = np.sqrt(np.maximum(np.diag(covariance), 0))
    margin = stats.t.ppf(0.975, degrees) * errors
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stats.t.sf(np.abs(values / errors), degrees)
    return pd.DataFrame({"term": list(names), "estimate": values, "standard_error": errors, "low": values - margin,
                         "high": values + margin, "p": p})


def _family(name):
    import statsmodels.api as sm
    families = sm.families
    return {"gaussian": families.Gaussian, "binomial": families.Binomial, "poisson": families.Poisson,
            "gamma": lambda: families.Gamma(families.links.Log())}[name]()


def _checked_family(method, family):
    if method == "glm" and family is None:
        raise InputError(f"`family` must say what the outcome is like, for method=\"glm\": one of "
                         f"{', '.join(map(repr, FAMILIES))}; got None.")
    family = "gaussian" if family is None else one_of("family", family, FAMILIES)
    if method in ("ols", "mixed") and family != "gaussian":
        raise InputError(f"`family` must be 'gaussian' or None for method={method!r}; got {family!r}. For other "
                         f"outcomes use method={'glm' if method == 'ols' else 'gee'!r}.")
    return family
