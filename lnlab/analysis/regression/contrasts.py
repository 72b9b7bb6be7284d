"""Which values of a column are compared, and whether a regression can tell what they do."""

import ast

import numpy as np

from lnlab.analysis.regression.formulas import names_in, terms_again
from lnlab.checks import InputError, items

STEP = 1e-5         # of a column's range: for the slope at a row
STEPS = {"C", "floor", "ceil", "round", "sign", "where", "digitize", "trunc", "rint"}


def contrasts(fit, of, column, between):
    """Pairs of columns to compare: (in words, the first, the second, by what their difference is divided)."""
    n_rows, one = len(column), np.ones(len(column))
    if between is not None:
        if len(pair := items("between", between, "two values, as in (0, 1)")) != 2:
            raise InputError(f"`between` must be two values, as in (0, 1); got {between!r:.200}.")
        first, second = (like(column, value, n_rows) for value in pair)
        if first[0] == second[0]:
            raise InputError(f"`between` must be two different values; got {between!r:.200}.")
        return [(f"{said(pair[1])} less {said(pair[0])}{_beyond(column, pair)}", first, second, one)]
    if not is_number(column):
        reference, *others = levels_of(column)
        return [(f"{level} less {reference}", like(column, reference, n_rows), like(column, level, n_rows), one)
                for level in others]
    if np.isin(column, (0, 1)).all():
        return [("1 less 0", np.zeros(n_rows), np.ones(n_rows), one)]
    _refuse_steps(fit, of)
    first, second = _around(column, STEP)
    return [("slope, for 1 more", first, second, second - first)]


def values_of(fit, of, column, n):
    """The values at which a curve is drawn: even ones over the range, or each that there is of words and categories."""
    if not is_number(column):
        return levels_of(column)
    if any(_calls(factor, {"C"}) for factor in _factors(fit, of)):
        return np.unique(column)
    return np.linspace(column.min(), column.max(), n)


def refuse_other_rows(fit):
    """Raise an InputError if a term of a row is made of other rows too, so that predictions would move with them."""
    design, terms, last = fit.terms.design_info, fit.terms.to_numpy(), len(fit.rows) - 1
    for some in ([0], [last], range(0, last + 1, 2)):
        try:
            with np.errstate(all="ignore"):
                same = np.allclose(terms_again(design, fit.rows.iloc[list(some)]), terms[list(some)], rtol=1e-7,
                                   atol=1e-9 * np.abs(terms).max())
        except InputError:
            same = False
        if not same:
            raise InputError(f"A term of {fit.formula!r} is made of more than its own row (such as x - x.mean(), or "
                             "ranks), so that nothing can be predicted with it. Use center(x) or standardize(x), or "
                             "make it a column of the table.")


def like(column, value, n_rows):
    """A column of `n_rows` times the same value, of the same kind as another; an InputError for a value of none."""
    import pandas as pd
    if is_number(column):
        if isinstance(value, (str, complex)) or not np.isscalar(value) or not np.isfinite(value):
            raise InputError(f"A value of {column.name!r} must be a number; got {value!r:.200}.")
        return np.full(n_rows, float(value))
    levels = levels_of(column)
    if value not in levels:
        raise InputError(f"A value of {column.name!r} must be one of {', '.join(map(repr, levels))}; got "
                         f"{value!r:.200}.")
    if isinstance(column.dtype, pd.CategoricalDtype):
        return pd.Categorical([value] * n_rows, dtype=column.dtype)
    return np.array([value] * n_rows, dtype=object)


def levels_of(column):
    """The levels of a column of words or categories, in their order."""
    import pandas as pd
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.cat.categories)
    return sorted(column.unique(), key=str)


def is_number(column):
    """Does a column hold numbers?"""
    import pandas as pd
    return pd.api.types.is_numeric_dtype(column)


def said(value):
    """A value as it is told.

    >>> said(2.50), said("mild")
    ('2.5', 'mild')
    """
    return f"{value:g}" if isinstance(value, (int, float, np.number)) and not isinstance(value, bool) else str(value)


def _beyond(column, pair):
    if not is_number(column) or all(column.min() <= float(value) <= column.max() for value in pair):
        return ""
    return f" (beyond the data, {column.min():.4g} to {column.max():.4g})"


def _around(column, step):
    reach, values = np.ptp(column), column.to_numpy()
    return tuple(np.clip(values + side * step * reach, values.min(), values.max()) for side in (-1, 1))


def _factors(fit, of):
    return {factor for term in fit.terms.design_info.terms for factor in term.factors if of in names_in(factor.name())}


def _calls(factor, names):
    nodes = list(ast.walk(ast.parse(factor.name(), mode="eval")))
    named = {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return bool(named & names)


def _refuse_steps(fit, of):
    """A slope says nothing where a column enters as a category or by steps."""
    column, design = fit.rows[of], fit.terms.design_info
    stepped = []
    for factor in _factors(fit, of):
        nodes = ast.walk(ast.parse(factor.name(), mode="eval"))
        if _calls(factor, STEPS) or any(isinstance(node, ast.Compare) for node in nodes):
            stepped.append(factor)
    if not stepped:     # by other functions: a term that jumps, or that moves nowhere
        wide, narrow = (np.abs(np.subtract(*(terms_again(design, fit.rows.assign(**{of: values}), "between")
                                             for values in _around(column, step)))) for step in (STEP, STEP / 10))
        moves = wide > 1e-12 * np.abs(fit.terms.to_numpy()).max(axis=0)
        jumps = (moves & (narrow > 0.5 * wide)).any(axis=0) | ~moves.any(axis=0)
        stepped = [factor for term, place in design.term_slices.items() if jumps[place].any()
                   for factor in term.factors if factor in _factors(fit, of)]
    if stepped:
        raise InputError(f"{of!r} enters the formula by steps ({stepped[0].name()}), where a slope says nothing. Name "
                         f"two values, as in between=({said(column.min())}, {said(column.max())}).")
