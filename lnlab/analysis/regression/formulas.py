"""A formula and a table made into the columns of a regression, or an error that says what is wrong with either."""

import ast

import numpy as np

from lnlab.analysis.rows import SHOWN, refuse_collinear, study_rows
from lnlab.checks import InputError, did_you_mean, refuse

FUNCTIONS = {"np": np, "log": np.log, "exp": np.exp, "sqrt": np.sqrt}      # beside those of patsy: C, bs, cr, ...


def columns_of(formula, table):
    """The columns of a table that a formula needs: the outcome's, and those of the terms.

    Parameters
    ----------
    formula : str
        As in "remission_rate ~ sharing + cr(month, df=4)".
    table : pandas.DataFrame

    Returns
    -------
    outcome, terms : list of str

    Raises
    ------
    InputError
        For what is no formula with one outcome, and for names that the table has not.

    Examples
    --------
    >>> import pandas as pd
    >>> columns_of("log(Y) ~ X * C(arm)", pd.DataFrame(columns=["X", "Y", "arm"]))
    (['Y'], ['X', 'arm'])
    """
    import patsy
    if not isinstance(formula, str) or "~" not in formula:
        raise InputError("`formula` must be a text such as \"remission_rate ~ sharing + activation\", the outcome to "
                         f"the left; got {formula!r:.200}.")
    try:
        parts = patsy.ModelDesc.from_formula(formula)
    except Exception as failure:        # patsy raises errors of many kinds, some of Python's own
        raise _unreadable(formula, failure, table) from None
    if len(parts.lhs_termlist) != 1 or len(parts.lhs_termlist[0].factors) != 1:
        raise InputError(f"`formula` must have one outcome to the left of \"~\"; got {formula!r:.200}.")
    known = set(getattr(table, "columns", ()))
    outcome, terms = [], []
    for found, side in ((outcome, parts.lhs_termlist), (terms, parts.rhs_termlist)):
        for factor in (factor for term in side for factor in term.factors):
            for name in names_in(factor.name(), formula, table):
                if name not in known and (name in FUNCTIONS or hasattr(patsy.builtins, name)):
                    continue
                if name not in known:
                    raise InputError(f"`formula` must name columns of the table; it has no {name!r}. It has "
                                     f"{', '.join(map(repr, table.columns))}"[:500]
                                     + f".{did_you_mean(name, map(str, table.columns))}")
                found.append(name)
    return list(dict.fromkeys(outcome)), list(dict.fromkeys(terms))


def terms_of(formula, table, also=()):
    """The outcome and the terms of a regression as columns of numbers, and the rows they were made from.

    Parameters
    ----------
    formula : str
    table : pandas.DataFrame
    also : sequence of str
        Further columns that must be complete, such as that of the clusters.

    Returns
    -------
    outcome : pandas.Series
    terms : pandas.DataFrame
        A column for each term; `terms.design_info` makes the same columns for other rows.
    rows : pandas.DataFrame
        The rows that were used, with all columns of the formula; True and False are 1 and 0.
    cautions : list of str

    Raises
    ------
    InputError

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"X": [0, 1, 2, 3], "arm": ["a", "b", "a", "b"], "Y": [1.0, 2, 3, 5]})
    >>> terms_of("Y ~ X + arm", table)[1].columns.tolist()
    ['Intercept', 'arm[T.b]', 'X']
    """
    import pandas as pd
    import statsmodels.api  # noqa: F401  (it teaches patsy the newer pandas)
    import patsy
    if not isinstance(table, pd.DataFrame):
        study_rows(table, [])
    outcomes, causes = columns_of(formula, table)
    if set(outcomes) & set(causes):
        raise InputError(f"The outcome {outcomes[0]!r} must not be among its own causes in `formula`; got "
                         f"{formula!r:.200}.")
    rows, cautions = study_rows(table, [*outcomes, *causes, *also])
    cautions += _about_words(rows[[*outcomes, *causes]])
    rows[[*outcomes, *causes]] = plain(rows[[*outcomes, *causes]])
    space = patsy.EvalEnvironment([{**FUNCTIONS, **_centered_splines()}])
    try:
        with np.errstate(all="ignore"):         # log(0) is named below, by its row
            outcome, terms = patsy.dmatrices(patsy.ModelDesc.from_formula(formula), rows, eval_env=space,
                                             NA_action=patsy.NAAction(NA_types=[]), return_type="dataframe")
    except Exception as failure:
        raise _unreadable(formula, failure, table) from None
    if outcome.shape[1] != 1:
        values = ", ".join(repr(each) for each in rows[outcomes[0]].unique()[:4].tolist())
        raise InputError(f"The outcome of a regression must be numbers, or True and False; {outcomes[0]!r} holds words "
                         f"or is taken for such ({values}). Make a column of 0 and 1 of it.")
    if not terms.shape[1]:
        raise InputError(f"`formula` must have at least one term, the constant 1 if no other; got {formula!r:.200}.")
    refuse("table", [f"row {1 + place}: {name} of the formula is no finite number" for name, column in
                     (*outcome.items(), *terms.items()) for place in np.flatnonzero(~np.isfinite(column))], SHOWN)
    n_rows, n_terms = terms.shape
    if n_rows < n_terms + 1:
        raise InputError(f"A regression with {n_terms} terms must have at least {n_terms + 1} complete rows; got "
                         f"{n_rows}. Use more rows or a simpler formula.")
    refuse_collinear(terms.to_numpy(), terms.columns)
    return outcome.iloc[:, 0], terms, rows, cautions


def plain(rows):
    """The same rows with True and False as 1.0 and 0.0, numbers as floats, and no category that nobody is in."""
    import pandas as pd
    rows = rows.copy()
    for name, column in rows.items():
        if column.dtype == object:
            column = column.infer_objects()
        if pd.api.types.is_numeric_dtype(column):
            rows[name] = column.astype(float)
        elif isinstance(column.dtype, pd.CategoricalDtype):
            rows[name] = column.cat.remove_unused_categories()
        else:
            rows[name] = column.astype(object)
    return rows


def terms_again(design, rows, what="table"):
    """The terms of a regression for other rows, (n_rows, n_terms) float; an InputError where the formula cannot."""
    import patsy
    try:
        made = patsy.build_design_matrices([design], rows, NA_action="raise")[0]
    except Exception as failure:
        raise InputError(f"The formula cannot be had at these values of `{what}`: {_first_line(failure)}. Stay within "
                         "the values of the study.") from None
    made = np.asarray(made)
    return np.repeat(made, len(rows), axis=0) if len(made) == 1 < len(rows) else made


def names_in(code, formula="", table=None):
    """The names that a factor looks up.

    >>> names_in("log(Y)"), names_in("I(Q('a b') > 3)")
    (['log', 'Y'], ['I', 'a b', 'Q'])
    """
    try:
        tree = ast.parse(code.strip(), mode="eval")
    except SyntaxError as failure:
        raise _unreadable(formula, failure, table) from None
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.append(node.id)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Q":
            found += [each.value for each in node.args if isinstance(each, ast.Constant)]
    return [name for name in found if name not in ("True", "False", "None")]


def _about_words(rows):
    """A caution where numbers were read as text; an InputError for dates, which are neither numbers nor words."""
    import pandas as pd
    cautions = []
    for name, column in rows.items():
        kind = pd.api.types.infer_dtype(column, skipna=True)
        if kind.startswith(("date", "time", "period", "interval")):
            raise InputError(f"The column {name!r} must hold numbers or words; it holds dates or times "
                             f"({column.iloc[0]}). Give it as a number of days, months or years since a start, or as "
                             "text for a level of its own for each.")
        if kind in ("string", "decimal", "mixed-integer") and pd.to_numeric(column, errors="coerce").notna().all():
            cautions.append(f"The column {name!r} holds numbers as text ({column.iloc[0]!r:.40}): each counts as a "
                            "word of its own, not as a size. Make numbers of it, or words such as 'stage 2'.")
    return cautions


def _centered_splines():
    """Cubic splines that go together with a constant: patsy's own contain it, so that `1 + cr(x)` has it twice."""
    from patsy import stateful_transform
    from patsy.mgcv_cubic_splines import CC, CR

    class CenteredNatural(CR):
        def memorize_chunk(self, x, *given, constraints="center", **named):
            super().memorize_chunk(x, *given, constraints=constraints, **named)

        def transform(self, x, *given, constraints="center", **named):
            return super().transform(x, *given, constraints=constraints, **named)

    class CenteredCyclic(CC):
        def memorize_chunk(self, x, *given, constraints="center", **named):
            super().memorize_chunk(x, *given, constraints=constraints, **named)

        def transform(self, x, *given, constraints="center", **named):
            return super().transform(x, *given, constraints=constraints, **named)

    return {"cr": stateful_transform(CenteredNatural), "cc": stateful_transform(CenteredCyclic)}


def _first_line(failure):
    return str(failure).strip().splitlines()[0].rstrip(".")[:300] if str(failure).strip() else type(failure).__name__


def _unreadable(formula, failure, table=None):
    if isinstance(failure, InputError):
        return failure
    import keyword
    hint = (" For a random intercept use method=\"mixed\" and cluster=\"center\"." if "|" in str(formula) else "")
    for column in map(str, getattr(table, "columns", ())):
        if "not callable" in str(failure) and f"{column}(" in formula:
            hint = f" The column {column!r} hides the function of that name: rename the column."
        elif column and column in formula and (not column.isidentifier() or keyword.iskeyword(column)):
            hint = f" Write the column {column!r} as Q({column!r})."
    return InputError(f"`formula` must be one that can be computed, such as \"remission_rate ~ sharing + "
                      f"cr(month, df=4)\"; {formula!r:.200} cannot: {_first_line(failure)}.{hint}")
