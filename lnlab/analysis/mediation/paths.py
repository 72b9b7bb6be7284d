"""Mediation: how much of an exposure's effect goes through one mediator, or through several in their order."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lnlab.analysis.mediation import words
from lnlab.analysis.mediation.equations import check_family, fit, make_equation
from lnlab.analysis.mediation.g_formula import System, is_linear
from lnlab.analysis.mediation.effects import delta_errors, effects_of
from lnlab.analysis.mediation.roles import check_roles, covariate_columns, numbers_in, pairs_of
from lnlab.analysis.mediation.resampling import percentiles, resamples
from lnlab.analysis.rows import refuse_collinear, refuse_constant, study_rows
from lnlab.checks import InputError, number, one_of, whole_number

METHODS = ("products", "g-formula", "interventional")
Z_95 = 1.959963984540054        # 97.5 % point of the standard normal distribution
FEWEST_RESAMPLES = 100


@dataclass(frozen=True, eq=False, repr=False)
class Mediation:
    """The effect of an exposure, split by the paths that it takes.

    Parameters
    ----------
    effects : pandas.DataFrame
        One row for each effect: effect, estimate, low, high (95 %), standard_error (as the interval was had),
        delta_error (by the delta method, Sobel's with one mediator; NaN with clusters), in_words. In the unit of the
        outcome, for the change of the exposure from control to treated.
    coefficients : pandas.DataFrame
        One row for each term of each regression: of, term, estimate, standard_error (of ordinary regression; NaN with
        clusters), low, high (of the resamples).
    parts : tuple of str
        The effects that add up to the total.
    decomposition, assumptions, cautions : tuple of str
        What was split how, what must hold for it, and what to doubt in the numbers.
    method, exposure, outcome : str
    mediators, covariates : tuple of str
    control, treated : float
    n_rows : int
    n_clusters : int or None
    n_resamples : int
        Resamples behind the intervals; 0 if they are of the delta method.
    """

    effects: pd.DataFrame
    coefficients: pd.DataFrame
    parts: tuple
    decomposition: tuple
    assumptions: tuple
    cautions: tuple
    method: str
    exposure: str
    mediators: tuple
    outcome: str
    covariates: tuple
    control: float
    treated: float
    n_rows: int
    n_clusters: int | None
    n_resamples: int
    equations: tuple = field(repr=False)
    fits: tuple = field(repr=False)
    resampled: tuple = field(repr=False)

    def __repr__(self):
        width = self.effects["effect"].str.len().max()
        lines = [self._first()]
        lines += [f"  {row.effect:<{width}}  {row.in_words}" for row in self.effects.itertuples()]
        for heading, sentences in self._sentences():
            lines += [heading, *(f"  - {each}" for each in sentences)]
        return "\n".join(lines)

    def _repr_html_(self):
        from html import escape
        table = self.effects[["effect", "in_words"]].to_html(index=False, header=False, border=0)
        lists = [f"<p><b>{escape(heading)}</b></p><ul>" + "".join(f"<li>{escape(each)}</li>" for each in sentences)
                 + "</ul>" for heading, sentences in self._sentences()]
        return "".join([f"<p>{escape(self._first())}</p>", table, *lists])

    def _first(self):
        counted = f"{self.n_rows} rows" + (f" in {self.n_clusters} clusters" if self.n_clusters else "")
        return f"What goes which way, of the effect of {self.exposure} on {self.outcome} ({counted}; {self.method}):"

    def _sentences(self):
        yield "Split how:", self.decomposition
        yield "To be read as cause and effect only if:", self.assumptions
        if self.cautions:
            yield "Caution:", self.cautions


def mediation(table, exposure, mediators, outcome, covariates=(), interactions=False, method="products", cluster=None,
              families=None, control=0, treated=1, n_bootstrap=1000, seed=1):
    """Split the effect of an exposure on an outcome into what goes through mediators and what does not.

    Each mediator is regressed on the exposure, the mediators before it and the covariates; the outcome on all of them.
    What the regressions say is right only under the assumptions that come with the result. If something that is not
    in the table moves a mediator and the outcome, the parts are wrong however many rows there are, even if the
    exposure was randomized, while the total stays right: the data do not show it (see `unmeasured_confounding`).

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each unit; rows in which a value is missing are left out, with a caution.
    exposure : str
        A column of numbers, or of True and False.
    mediators : str or sequence of str
        Up to three columns, in causal order.
    outcome : str
    covariates : sequence of str
        Columns that come before the exposure; columns of text become one column for each level but the first.
    interactions : bool, str or sequence
        Products of two columns, as "exposure:mediator", each in every regression in which both columns explain; True
        for the exposure with each mediator.
    method : {"products", "g-formula", "interventional"}
        "products": of coefficients of straight lines, the same as the g-formula there; interactions are allowed.
        "g-formula": the same parts, from the means of standardized worlds, for outcomes and mediators that are not
        straight lines. "interventional": two mediators, whose distributions are changed (Vansteelandt and Daniel
        2017); this needs no assumption on what one row would have had in two worlds.
    cluster : str, optional
        A column; whole clusters are resampled.
    families : dict of str to str, optional
        "binomial" for a mediator or outcome of 0 and 1, "poisson" for an outcome that counts; else "gaussian".
    control, treated : float
        The two values of the exposure that are compared.
    n_bootstrap : int
        Resamples for percentile intervals, at least 100; 0 for intervals by the delta method.
    seed : int

    Returns
    -------
    Mediation
        With effects "direct", "through M" and "total"; with two mediators "direct", "through M2 only", "through M1
        then M2", "through M1 only", "total indirect" and "total"; then "proportion mediated". With one mediator and an
        interaction or a curved regression also "acme_control", "acme_treated", "ade_control", "ade_treated": the
        effect through the mediator, and the direct one, with the other held as under control, and as treated.

    Raises
    ------
    InputError
        For columns that are not there, in two roles, not numbers, or that do not vary; for terms that determine each
        other, too few rows, and regressions without a finite answer.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> study = pd.DataFrame({"X": np.arange(400) % 2})
    >>> study["M"] = 0.5 * study["X"] + random.normal(size=400)
    >>> study["Y"] = 0.2 * study["X"] + 0.4 * study["M"] + random.normal(size=400)
    >>> found = mediation(study, "X", "M", "Y")
    >>> found.effects[["effect", "in_words"]].head(3).to_numpy().tolist()
    [['direct', '+0.244 in Y (+0.0335 to +0.472)'], ['through M', '+0.29 in Y (+0.189 to +0.401)'], \
['total', '+0.533 in Y (+0.303 to +0.749)']]
    """
    mediators, covariates, families = check_roles(exposure, mediators, outcome, covariates, families, cluster)
    one_of("method", method, METHODS)
    n_bootstrap, seed = whole_number("n_bootstrap", n_bootstrap, 0), whole_number("seed", seed, 0)
    if 0 < n_bootstrap < FEWEST_RESAMPLES:
        raise InputError(f"`n_bootstrap` must be at least {FEWEST_RESAMPLES} for a 95 % interval (or 0 for intervals "
                         f"by the delta method); got {n_bootstrap!r}.")
    levels = tuple(number(name, float(value) if isinstance(value, (bool, np.bool_)) else value)
                   for name, value in (("control", control), ("treated", treated)))
    if levels[0] == levels[1]:
        raise InputError(f"`treated` must differ from `control`; both are {control!r}.")
    if cluster is not None and not n_bootstrap:
        raise InputError("`n_bootstrap` must not be 0 if there are clusters: their intervals come from resamples.")
    rows, cautions = study_rows(table, [exposure, *mediators, outcome, *covariates, *([cluster] if cluster else [])])
    values, kept = {}, []
    for column, role in [(exposure, "exposure"), *((each, "mediator") for each in mediators), (outcome, "outcome")]:
        values[column] = numbers_in(rows, column)
        refuse_constant(values[column], column, role)
        check_family(column, families[column], values[column])
    for column in covariates:
        expanded = covariate_columns(rows, column)
        if taken := {*values, "constant"} & set(expanded):
            raise InputError(f"The covariate {column!r} would make a second column {taken.pop()!r}. Rename it.")
        values |= expanded
        kept.append((column, list(expanded)))
    pairs = pairs_of(interactions, exposure, mediators, outcome, dict(kept))
    explaining = [name for _, names in kept for name in names]
    equations = tuple(make_equation(each, [exposure, *mediators[:place], *explaining], pairs, values, families[each])
                      for place, each in enumerate([*mediators, outcome]))
    linear = is_linear(equations) and not pairs
    _check_method(method, equations, mediators)
    last = equations[-1]
    if len(rows) <= len(last.terms):
        raise InputError(f"`table` must have more complete rows than the regression of {outcome!r} has terms "
                         f"({len(last.terms)}: {', '.join(last.names)}); got {len(rows)}.")
    refuse_collinear(last.matrix, last.names)
    clusters, n_clusters = _clusters(rows, cluster)

    def analyzed(weights):
        fits = tuple(fit(equation, weights) for equation in equations)
        ones = np.ones((1, len(rows))) if weights is None else weights
        system = System(equations, fits, values, exposure, levels, ones)
        return fits, effects_of(system, method, linear)

    fits, estimates = analyzed(None)
    names, parts = list(estimates), [name for name in estimates if name.startswith(("direct", "through"))]
    draws, kept_fits = [], []
    for weights in resamples(len(rows), n_bootstrap, seed, clusters):
        refits, found = analyzed(weights)
        good = np.logical_and.reduce([each.found for each in refits])
        draws.append(np.column_stack([found[name] for name in names])[good])
        kept_fits.append([(each.coefficients[good], each.deviation[good]) for each in refits])
    draws = np.concatenate(draws) if draws else np.empty((0, len(names)))
    n_lost = n_bootstrap - len(draws)
    if n_bootstrap and len(draws) < FEWEST_RESAMPLES:
        raise InputError(f"`table` holds too little for intervals: {n_lost} of {n_bootstrap} resamples could not be "
                         f"fitted. Give more {'clusters' if cluster else 'rows'}, or leave terms out.")
    delta = np.full(len(names), np.nan) if cluster else delta_errors(
        System(equations, fits, values, exposure, levels, np.ones((1, len(rows)))), method, linear, names)
    effects = _table(estimates, draws, delta, exposure, outcome)
    resampled = tuple(tuple(np.concatenate(each) for each in zip(*batches)) for batches in zip(*kept_fits))
    cautions += words.doubts(effects, parts, len(rows), len(last.terms), n_clusters, n_lost, n_bootstrap)
    cautions += words.far_from_the_data(values, equations, exposure, levels, linear, clusters)
    cautions += words.too_small(equations, fits) if not n_bootstrap else []
    return Mediation(
        effects, _coefficients(equations, fits, resampled, cluster), tuple(parts),
        words.decomposition(method, exposure, mediators, outcome, levels, linear),
        words.assumptions(method, exposure, mediators, outcome, families, linear), tuple(cautions), method, exposure,
        mediators, outcome, covariates, *levels, len(rows), n_clusters, len(draws), equations, fits, resampled)


def _check_method(method, equations, mediators):
    if method == "products" and any(each.family != "gaussian" for each in equations):
        raise InputError("`method` must be 'g-formula' or 'interventional' where `families` has a regression that is "
                         "no straight line; products of its coefficients are no effects.")
    if method == "interventional" and len(mediators) != 2:
        raise InputError(f"`mediators` must be two for method='interventional'; got {len(mediators)}. With one, the "
                         "g-formula gives the same.")


def _clusters(rows, cluster):
    if cluster is None:
        return None, None
    codes, found = pd.factorize(rows[cluster])
    if len(found) < 2:
        raise InputError(f"`cluster` must tell at least two clusters apart; {cluster!r} is {found[0]} in every row.")
    return codes, len(found)


def _table(estimates, draws, delta, exposure, outcome):
    middle = np.array([estimate[0] for estimate in estimates.values()])
    if len(draws):
        (low, high), errors = percentiles(draws), draws.std(axis=0, ddof=1)
    else:
        low, high, errors = middle - Z_95 * delta, middle + Z_95 * delta, delta
    table = pd.DataFrame({"effect": list(estimates), "estimate": middle, "low": low, "high": high,
                          "standard_error": errors, "delta_error": delta})
    return table.assign(in_words=[words.describe(row.effect, row.estimate, row.low, row.high, exposure, outcome)
                                  for row in table.itertuples()])


def _coefficients(equations, fits, resampled, cluster):
    tables = []
    for place, (equation, found) in enumerate(zip(equations, fits)):
        errors = np.sqrt(np.diag(found.covariance()))
        estimate = found.coefficients[0]
        low, high = (percentiles(resampled[place][0]) if resampled
                     else (estimate - Z_95 * errors, estimate + Z_95 * errors))
        tables.append(pd.DataFrame({"of": equation.of, "term": equation.names, "estimate": estimate,
                                    "standard_error": np.nan if cluster else errors, "low": low, "high": high}))
    return pd.concat(tables, ignore_index=True)
