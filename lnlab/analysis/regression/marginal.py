"""What a regression says on the scale of the outcome: average effects, and the curve over one column."""

import numpy as np

from lnlab.analysis.regression.contrasts import contrasts, is_number, like, refuse_other_rows, values_of
from lnlab.analysis.regression.formulas import columns_of, terms_again
from lnlab.checks import InputError, did_you_mean, whole_number


def marginal_effects(fit, of, between=None, by=None):
    """How far the outcome differs with one column, all else as it is: the average over the rows of the study.

    For each row the regression predicts the outcome twice, with two values of the column and everything else as it was;
    the average difference is the effect. So splines, interactions and curved links are all taken into account, and a
    binomial outcome gives a difference of shares (a risk difference). The interval is that of the delta method, with
    the covariance and the degrees of freedom of the regression; the rows themselves are taken as given.

    Parameters
    ----------
    fit : Regression
    of : str
        A column of the formula.
    between : pair, optional
        The two values that are compared, the second less the first. If not given: 0 and 1 for a column of only these;
        each word with the first word; otherwise the slope, the difference for one unit more.
    by : str, optional
        A column of the formula: one effect for each of its values, over the rows that have it.

    Returns
    -------
    pandas.DataFrame
        One row for each effect: of, contrast (in words), the column `by` if given, estimate, standard_error, low, high
        (95 % interval), p, n_rows. In units of the outcome.

    Raises
    ------
    InputError

    Examples
    --------
    >>> import pandas as pd
    >>> from lnlab.analysis.regression.fits import regression
    >>> arm, well = [0] * 40 + [1] * 40, [1] * 20 + [0] * 20 + [1] * 30 + [0] * 10
    >>> fit = regression("well ~ arm", pd.DataFrame({"arm": arm, "well": well}), "glm", "binomial")
    >>> marginal_effects(fit, "arm")[["contrast", "estimate", "low", "high"]].round(3)
      contrast  estimate    low   high
    0  1 less 0      0.25  0.045  0.455
    """
    import pandas as pd
    column = _column(fit, of)
    refuse_other_rows(fit)
    groups = [(None, np.ones(len(fit.rows), bool))]
    if by is not None:
        values = _column(fit, by, "by")
        levels = pd.unique(values)
        if len(levels) > 50:
            raise InputError(f"`by` must be a column of few values; {by!r} has {len(levels)}.")
        in_order = sorted(levels, key=None if is_number(values) else str)
        groups = [(level, (values == level).to_numpy()) for level in in_order]
    found = []
    for contrast, first, second, step in contrasts(fit, of, column, between):
        (low, low_slopes), (high, high_slopes) = (_predicted(fit, {of: values}) for values in (first, second))
        for level, those in groups:
            effect = ((high - low) / step)[those].mean()
            gradient = ((high_slopes - low_slopes) / step[:, None])[those].mean(axis=0)
            found.append({"of": of, "contrast": contrast, **({} if by is None else {by: level}),
                          **_interval(fit, effect, gradient), "n_rows": int(those.sum())})
    return pd.DataFrame(found)


def curve(fit, of, at=None, n=60):
    """The predicted mean of the outcome over the range of one column, the others as they are in the study.

    For each value of the column the outcome is predicted for all rows as if they had it, and averaged (standardized).
    The interval is made where the link is straight, so that shares stay between 0 and 1.

    Parameters
    ----------
    fit : Regression
    of : str
        A column of the formula.
    at : dict, optional
        Columns to be set to one value in all rows, as in {"arm": 1}.
    n : int, default 60
        Number of values, from the smallest to the largest of the study; for a column of words, or one that enters as
        C(column), each of them instead.

    Returns
    -------
    pandas.DataFrame
        A row for each value: the column itself, mean, low, high (95 % interval).

    Raises
    ------
    InputError

    Examples
    --------
    >>> import pandas as pd
    >>> from lnlab.analysis.regression.fits import regression
    >>> table = pd.DataFrame({"X": range(30), "Y": [x**2 + x % 3 for x in range(30)]})
    >>> curve(regression("Y ~ cr(X, df=4)", table), "X", n=3).round(1)
          X   mean    low   high
    0   0.0   -2.7   -5.2   -0.1
    1  14.5  212.6  211.0  214.2
    2  29.0  838.9  836.4  841.5
    """
    import pandas as pd
    column = _column(fit, of)
    refuse_other_rows(fit)
    n = whole_number("n", n, 2, 10_000, "values")
    fixed = {}
    if at is not None and not isinstance(at, dict):
        raise InputError(f"`at` must be a dict of columns to values, as in {{'arm': 1}}; got {at!r:.200}.")
    for name, value in (at or {}).items():
        _column(fit, name, "at")
        if name == of:
            raise InputError(f"`at` must not set {of!r}, over whose values the curve runs.")
        fixed[name] = like(fit.rows[name], value, len(fit.rows))
    found = []
    for value in values_of(fit, of, column, n):
        each, slopes = _predicted(fit, {**fixed, of: like(column, value, len(column))})
        found.append({of: value, **_on_link(fit, each.mean(), slopes.mean(axis=0))})
    return pd.DataFrame(found)


def side_by_side(fits, of, between=None, truth=None):
    """What several regressions say of the effect of one column, beside the truth where it is known.

    Parameters
    ----------
    fits : dict of str to Regression
        For example {"crude": ..., "adjusted": ...}.
    of : str
        The column whose effect is asked for, on the scale of the outcome.
    between : pair, optional
        As in `marginal_effects`.
    truth : mapping, optional
        With estimate, low and high, such as a row of `Study.truth`; added last, as "true".

    Returns
    -------
    pandas.DataFrame
        A row for each: model, estimate, low, high, formula.

    Raises
    ------
    InputError
        Where there is not one effect, such as a column of three words without `between`.

    Examples
    --------
    >>> import pandas as pd
    >>> from lnlab.analysis.regression.fits import regression
    >>> table = pd.DataFrame({"X": [0, 1] * 10, "age": range(20), "Y": [x + age for age, x in enumerate([0, 1] * 10)]})
    >>> fits = {"crude": regression("Y ~ X", table)}
    >>> side_by_side(fits, "X", truth=dict(estimate=1, low=1, high=1))[["model", "estimate"]]
       model  estimate
    0  crude       2.0
    1   true       1.0
    """
    import pandas as pd
    if not isinstance(fits, dict) or not fits:
        raise InputError(f"`fits` must be a dict of names to regressions, as in {{'crude': fit}}; got {fits!r:.200}.")
    parts, rows = ("estimate", "low", "high"), []
    if truth is not None and not (hasattr(truth, "keys") and set(parts) <= set(truth.keys())):
        raise InputError(f"`truth` must have estimate, low and high, such as a row of a study's truth; got "
                         f"{truth!r:.200}.")
    for name, fit in fits.items():
        effect = marginal_effects(fit, of, between)
        if len(effect) != 1:
            raise InputError(f"`between` must name two values of {of!r}, which has several contrasts: "
                             f"{', '.join(effect['contrast'])}.")
        rows.append({"model": name, **effect[list(parts)].iloc[0].to_dict(), "formula": fit.formula})
    if truth is not None:
        rows.append({"model": "true", **{part: float(truth[part]) for part in parts},
                     "formula": ""})
    return pd.DataFrame(rows)


def predicted_mean(fit):
    """The predicted mean of each row as it is, (n_rows,), and its slope in the linear predictor."""
    return _from_link(fit, fit.terms.to_numpy() @ fit.estimates["estimate"].to_numpy())


def _predicted(fit, changed):
    """Predicted mean of each row with some columns changed, (n_rows,), and its slopes in the estimates."""
    terms = terms_again(fit.terms.design_info, fit.rows.assign(**changed), "between")
    linear = terms @ fit.estimates["estimate"].to_numpy()
    mean, slope = _from_link(fit, linear)
    return mean, slope[:, None] * terms


def _from_link(fit, linear):
    if fit.family == "binomial":
        mean = 1 / (1 + np.exp(-linear))
        return mean, mean * (1 - mean)
    if fit.family in ("poisson", "gamma"):
        return np.exp(linear), np.exp(linear)
    return linear, np.ones_like(linear)


def _interval(fit, effect, gradient):
    from scipy import stats
    error, degrees = _error(fit, gradient)
    margin = stats.t.ppf(0.975, degrees) * error
    p = 2 * stats.t.sf(abs(effect / error), degrees) if error > 0 else np.nan
    return {"estimate": float(effect), "standard_error": error, "low": float(effect - margin),
            "high": float(effect + margin), "p": float(p)}


def _on_link(fit, mean, gradient):
    """Mean and interval, made on the scale of the link and brought back."""
    from scipy import stats
    error, degrees = _error(fit, gradient)
    margin = stats.t.ppf(0.975, degrees) * error
    if fit.family == "gaussian":
        return {"mean": mean, "low": mean - margin, "high": mean + margin}
    if fit.family == "binomial":
        linear, margin = np.log(mean / (1 - mean)), margin / (mean * (1 - mean))
    else:
        linear, margin = np.log(mean), margin / mean
    low, high = (_from_link(fit, linear + side * margin)[0] for side in (-1, 1))
    return {"mean": mean, "low": float(low), "high": float(high)}


def _error(fit, gradient):
    """Standard error by the delta method, and the fewest degrees of freedom of the terms that take part."""
    covariance, degrees = fit.covariance.to_numpy(), fit.degrees.to_numpy()
    size = np.abs(gradient) * np.sqrt(np.maximum(np.diag(covariance), 0))
    part = size > 1e-9 * size.max() if size.max() > 0 else np.ones(len(size), bool)
    return float(np.sqrt(max(gradient @ covariance @ gradient, 0.0))), float(degrees[part].min())


def _column(fit, name, what="of"):
    if not hasattr(fit, "terms") or not hasattr(fit, "rows"):
        raise InputError(f"`fit` must be what regression(...) returns; got {fit!r:.200}.")
    _, causes = columns_of(fit.formula, fit.rows)
    if name not in causes:
        raise InputError(f"`{what}` must be a column among the terms of {fit.formula!r}: "
                         f"{', '.join(map(repr, causes)) or 'there is none'}; got {name!r:.200}."
                         f"{did_you_mean(name, causes)}")
    return fit.rows[name]
