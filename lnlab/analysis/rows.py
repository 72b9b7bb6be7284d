"""The rows of a study that can be analyzed, or an error that says what is wrong with them."""

import numpy as np

from lnlab.checks import InputError, did_you_mean, refuse

SHOWN = 8               # rows that one problem names


def study_rows(table, columns, name="table"):
    """The complete rows of a study's table, and what was left out, in words.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each unit of the study.
    columns : sequence of str
        The columns that are used; each must be there once.
    name : str
        What the table is called in errors.

    Returns
    -------
    rows : pandas.DataFrame
        The columns asked for, in rows where none is missing, with the index of `table`.
    cautions : list of str
        A sentence about rows left out; empty if all are complete.

    Raises
    ------
    InputError
        For what is no table, an empty one, unknown or repeated columns, infinite values, or no complete row.

    Examples
    --------
    >>> import pandas as pd
    >>> rows, cautions = study_rows(pd.DataFrame({"X": [0, 1, 1], "Y": [0.2, None, 0.9]}), ["X", "Y"])
    >>> len(rows), cautions
    (2, ['1 of 3 rows was left out because a value is missing (Y: 1). That is right only if what is missing has \
nothing to do with what it would have been.'])
    """
    import pandas as pd
    if not isinstance(table, pd.DataFrame) or not len(table):
        raise InputError(f"`{name}` must be a table (a pandas DataFrame) with a row for each unit of the study; got "
                         f"{'an empty one' if isinstance(table, pd.DataFrame) else repr(table)[:200]}.")
    columns = list(dict.fromkeys(columns))
    for column in columns:
        found = (table.columns == column).sum()
        if found != 1:
            near = did_you_mean(column, map(str, table.columns))
            raise InputError(f"`{name}` must have a column {column!r}{', once' if found else ''}; it has "
                             f"{', '.join(map(repr, table.columns))}"[:500] + f".{near if not found else ''}")
    rows, problems = table[columns], []
    for column in columns:
        if pd.api.types.is_complex_dtype(rows[column]):
            raise InputError(f"The column {column!r} of `{name}` must hold plain numbers; it holds complex ones.")
        if pd.api.types.is_numeric_dtype(rows[column]) and not pd.api.types.is_bool_dtype(rows[column]):
            values = rows[column].to_numpy(dtype=float, na_value=np.nan)
            problems += [f"row {1 + row}: {column} is infinite" for row in np.flatnonzero(np.isinf(values))]
    refuse(name, problems, SHOWN)
    missing = rows.isna()
    n_left_out = int(missing.any(axis=1).sum())
    if n_left_out == len(rows):
        raise InputError(f"`{name}` must have rows in which no value is missing; each of its {len(rows)} rows lacks "
                         "one. Leave out the column that is empty.")
    if not n_left_out:
        return rows.copy(), []
    where = ", ".join(f"{column}: {n}" for column, n in missing.sum().items() if n)
    return rows[~missing.any(axis=1)].copy(), [
        f"{n_left_out} of {len(rows)} rows {'was' if n_left_out == 1 else 'were'} left out because a value is missing "
        f"({where}). That is right only if what is missing has nothing to do with what it would have been."]


def numbers_of(rows, column, name="table"):
    """A column as floats, (n_rows,); True and False are 1 and 0. An InputError lists what is no number.

    >>> import pandas as pd
    >>> numbers_of(pd.DataFrame({"X": [True, False]}), "X")
    array([1., 0.])
    """
    import pandas as pd
    values = pd.to_numeric(rows[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    refuse(name, [f"row {1 + row}: {column} must be a number; got {_plain(rows[column].iloc[row])!r:.60}"
                  for row in np.flatnonzero(np.isnan(values))], SHOWN)
    return values


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value


def refuse_constant(values, column, role, size=None):
    """Raise an InputError if a column that should explain something, or be explained, does not vary.

    `size` is that of the values they were computed from, where these were larger.

    >>> refuse_constant([1.0, 1.0], "M", "mediator")
    Traceback (most recent call last):
    lnlab.checks.InputError: The mediator 'M' must vary; it is 1 in all 2 rows. What does not vary explains nothing: \
choose another, or units in which it differs.
    """
    values = np.asarray(values, dtype=float)
    if np.ptp(values) <= 1e-12 * max(1.0, size or 0.0, np.abs(values).max()):
        raise InputError(f"The {role} {column!r} must vary; it is {values[0]:g} in all {len(values)} rows. What does "
                         "not vary explains nothing: choose another, or units in which it differs.")


def refuse_collinear(matrix, terms):
    """Raise an InputError that names the terms of a regression that others determine already.

    Parameters
    ----------
    matrix : (n_rows, n_terms) float
        The columns of the regression, its constant among them.
    terms : sequence of str

    Raises
    ------
    InputError

    Examples
    --------
    >>> x = np.arange(5.0)
    >>> refuse_collinear(np.column_stack([np.ones(5), x, 2 * x - 1]), ["Intercept", "x", "twice"])
    Traceback (most recent call last):
    lnlab.checks.InputError: The terms of the regression must not determine each other; 'twice' follows from \
'Intercept' and 'x'. Leave one of them out.
    """
    matrix = np.asarray(matrix, dtype=float)
    scaled = matrix / np.maximum(np.sqrt((matrix**2).sum(axis=0)), 1e-300)
    triangle = np.linalg.qr(scaled, mode="r")       # how much of each column those before it leave
    left = np.zeros(scaled.shape[1])
    left[:len(triangle)] = np.abs(np.diag(triangle))
    for place in np.flatnonzero(left <= 1e-7)[:1]:
        weights, *_ = np.linalg.lstsq(scaled[:, :place], scaled[:, place], rcond=None)
        others = [repr(term) for term, weight in zip(terms, weights) if abs(weight) > 1e-6]
        said = (" and ".join([", ".join(others[:-1]), others[-1]] if len(others) > 1 else others)
                or "nothing at all: it is 0 in every row")
        raise InputError(f"The terms of the regression must not determine each other; {terms[place]!r} follows from "
                         f"{said}. Leave one of them out.")
