"""The regressions behind a mediation analysis: their terms, and fits to many weighted resamples at once."""

from dataclasses import dataclass

import numpy as np

from lnlab.checks import InputError, refuse

FAMILIES = ("gaussian", "binomial", "poisson")
MOST_STEPS = 40         # of Newton's method; a regression that needs more has no finite answer
SINGULAR = 1e-9         # of the smallest against the largest possible information about a term


@dataclass(frozen=True, eq=False)
class Equation:
    """One regression: what is explained, and the terms that explain it.

    Parameters
    ----------
    of : str
        The column that is explained.
    family : str
        "gaussian" (straight line), "binomial" (logistic, for 0 and 1) or "poisson" (logarithm of a count).
    terms : tuple of tuple of str
        The columns whose product is a term; the empty one is the constant.
    matrix : (n_rows, n_terms) float
    outcome : (n_rows,) float

    Examples
    --------
    >>> rows = {"X": np.array([0.0, 1, 0, 1]), "Y": np.array([1.0, 3, 2, 4])}
    >>> equation = make_equation("Y", ["X"], (), rows)
    >>> equation.names, fit(equation).coefficients.round(6).tolist()
    (('constant', 'X'), [[1.5, 2.0]])
    """

    of: str
    family: str
    terms: tuple
    matrix: np.ndarray
    outcome: np.ndarray

    @property
    def names(self):
        """The terms as people write them."""
        return tuple(":".join(term) or "constant" for term in self.terms)


@dataclass(frozen=True, eq=False)
class Fit:
    """A regression fitted to each of several resamples.

    Parameters
    ----------
    coefficients : (n_resamples, n_terms) float
    deviation : (n_resamples,) float
        Standard deviation of what is left, with rows less terms in the divisor; NaN unless the family is gaussian.
    found : (n_resamples,) bool
        Whether there is one finite answer: not where terms determine each other, or an outcome of 0 and 1 is told
        apart without error.
    information : (n_resamples, n_terms, n_terms) float
        The inverse of the covariance of the coefficients, but for the residual variance.
    """

    coefficients: np.ndarray
    deviation: np.ndarray
    found: np.ndarray
    information: np.ndarray

    def covariance(self):
        """Covariance of the coefficients of the first resample, (n_terms, n_terms)."""
        scale = 1.0 if np.isnan(self.deviation[0]) else self.deviation[0] ** 2
        return scale * np.linalg.inv(self.information[0])


def make_equation(of, columns, products, values, family="gaussian"):
    """The regression of one column on others, and on those of the products whose columns are all among them.

    Parameters
    ----------
    of : str
    columns : sequence of str
    products : sequence of tuple of str
        Pairs of columns.
    values : dict of str to (n_rows,) float
    family : str

    Returns
    -------
    Equation
    """
    terms = ((), *((column,) for column in columns), *(pair for pair in products if set(pair) <= set(columns)))
    matrix = np.column_stack([np.prod([values[column] for column in term], axis=0) * np.ones(len(values[of]))
                              for term in terms])
    return Equation(of, family, terms, matrix, values[of])


def check_family(column, family, values):
    """Raise an InputError unless the values of a column can come from a family."""
    if family == "binomial":
        wrong, must = ~np.isin(values, (0, 1)), "0 or 1, as families says 'binomial'"
    elif family == "poisson":
        wrong, must = (values < 0) | (values != np.round(values)), "a count, as families says 'poisson'"
    else:
        return
    refuse("table", [f"row {1 + row}: {column} must be {must}; got {values[row]:g}" for row in np.flatnonzero(wrong)],
           8)


def fit(equation, weights=None):
    """Fit a regression to every resample.

    Parameters
    ----------
    equation : Equation
    weights : (n_resamples, n_rows) float, optional
        How often each row counts; one resample in which each counts once, if left out.

    Returns
    -------
    Fit

    Raises
    ------
    InputError
        Without `weights`, if there is no finite answer.
    """
    alone = weights is None
    weights = np.ones((1, len(equation.outcome))) if alone else weights
    # Columns that are orthogonal, of length sqrt(n), whatever the units were
    basis, back = np.linalg.qr(equation.matrix)
    basis, back = basis * np.sqrt(len(basis)), back / np.sqrt(len(basis))
    found = _line if equation.family == "gaussian" else _newton
    coefficients, deviation, answered, information = found(equation, basis, weights)
    if alone and not answered[0]:
        raise InputError(
            f"The regression of {equation.of!r} ({equation.family}) has no finite answer: its terms tell "
            f"{'0 and 1 apart without error' if equation.family == 'binomial' else 'some counts apart as 0'}, or "
            "determine each other. Leave a term out, or give more rows.")
    inverse = np.linalg.inv(back)
    return Fit(coefficients @ inverse.T, deviation, answered, back.T @ information @ back)


def _line(equation, basis, weights):
    """Least squares: first for the rows as they are, then what each resample adds to that."""
    start = basis.T @ equation.outcome / len(basis)
    left = equation.outcome - basis @ start
    information = _information(basis, weights)
    pull = weights @ (basis * left[:, None])
    answered = _regular(information, weights)
    more = np.zeros_like(pull)
    more[answered] = np.linalg.solve(information[answered], pull[answered][..., None])[..., 0]
    squares = np.maximum(weights @ left**2 - (more * pull).sum(axis=1), 0)
    free = weights.sum(axis=1) - basis.shape[1]
    answered &= free > 0
    return start + more, np.sqrt(squares / np.maximum(free, 1)), answered, information


def _newton(equation, basis, weights):
    """Maximum likelihood by Newton's method, all resamples at once."""
    binomial, outcome = equation.family == "binomial", equation.outcome
    mean = (weights @ outcome / weights.sum(axis=1)).clip(1e-6, 1 - 1e-6 if binomial else None)
    start = np.log(mean / (1 - mean)) if binomial else np.log(mean)
    coefficients = start[:, None] * basis.mean(axis=0)      # the constant, in the orthogonal columns
    running, answered = np.ones(len(weights), dtype=bool), np.zeros(len(weights), dtype=bool)
    information = np.zeros((len(weights), basis.shape[1], basis.shape[1]))
    for _ in range(MOST_STEPS):
        now = np.flatnonzero(running)
        if not len(now):
            break
        line = (coefficients[now] @ basis.T).clip(-500, 500)
        expected = response(equation.family, line)
        information[now] = _information(basis, weights[now] * (expected * (1 - expected) if binomial else expected))
        regular = _regular(information[now], weights[now])
        running[now[~regular]] = False
        now, pull = now[regular], (weights[now] * (outcome - expected))[regular] @ basis
        step = np.linalg.solve(information[now], pull[..., None])[..., 0]
        step *= _shorter(equation, basis, weights[now], coefficients[now], step)[:, None]
        coefficients[now] += step
        done = np.abs(step).max(axis=1, initial=0) < 1e-9
        answered[now[done]], running[now[done]] = True, False
    return coefficients, np.full(len(weights), np.nan), answered, information


def _shorter(equation, basis, weights, coefficients, step):
    """By what each step is shortened so that the likelihood does not fall: 1 where it may be taken whole."""
    def likelihood(length, those):
        line = (coefficients[those] + length[:, None] * step[those]) @ basis.T
        curve = np.logaddexp(0, line) if equation.family == "binomial" else np.exp(line.clip(max=500))
        return (weights[those] * (equation.outcome * line - curve)).sum(axis=1)

    length, those = np.ones(len(step)), np.arange(len(step))
    before = likelihood(np.zeros(len(step)), those)
    slack = 1e-9 * (1 + np.abs(before))
    for _ in range(20):
        those = those[likelihood(length[those], those) < before[those] - slack[those]]
        if not len(those):
            break
        length[those] /= 2
    return length


def response(family, line):
    """The mean that belongs to a value of the straight line.

    >>> float(response("binomial", np.array(0.0)))
    0.5
    """
    if family == "gaussian":
        return line
    from scipy.special import expit
    return expit(line) if family == "binomial" else np.exp(np.minimum(line, 500))


def _information(basis, weights):
    n_terms = basis.shape[1]
    pairs = (basis[:, :, None] * basis[:, None, :]).reshape(len(basis), -1)
    return (weights @ pairs).reshape(-1, n_terms, n_terms)


def _regular(information, weights):
    return np.linalg.eigvalsh(information)[:, 0] > SINGULAR * weights.sum(axis=1)
