"""The counts of a funnel plot, read from a table: all that is wrong is said at once, with its rows."""

import numpy as np

from lnlab.checks import InputError, did_you_mean, is_whole, refuse

SHOWN = 20              # columns that a message names


def counted_groups(table, group, numerator, denominator):
    """The group and its two counts, by row; an `InputError` with all that is wrong."""
    import pandas as pd
    if not isinstance(table, pd.DataFrame):
        raise InputError(f"`table` must be a pandas DataFrame with one row a group; got {type(table).__name__}.")
    for name, column in (("group", group), ("numerator", numerator), ("denominator", denominator)):
        n = sum(_hashable(column) and each == column for each in table.columns)
        if n != 1:
            has = ", ".join(repr(each) for each in table.columns[:SHOWN])
            raise InputError(f"`{name}` must be a column of the table, which has {has or 'none'}; got {column!r}"
                             f"{f', the name of {n} columns' if n else ''}."
                             f"{did_you_mean(column, [str(each) for each in table.columns]) if not n else ''}")
    if not len(table):
        raise InputError("`table` must have a row for each group; got no rows.")
    problems, first = [], {}
    for row, name in enumerate(table[group], start=1):
        if not _hashable(name):
            problems.append((row, group, f"{name!r:.60} is no name", "Give a text or a number."))
        elif pd.api.types.is_scalar(name) and pd.isna(name):
            problems.append((row, group, "has no name", "Name the group, or leave out the row."))
        elif name in first:
            problems.append((row, group, f"{name!r} is the group of row {first[name]} again", "Sum up first, as in "
                             f"table.groupby({group!r})[[{numerator!r}, {denominator!r}]].sum().reset_index()."))
        else:
            first[name] = row
    counts = {}
    for column in (numerator, denominator):
        counts[column] = [_count(value) for value in table[column]]
        for row, (value, count) in enumerate(zip(table[column], counts[column]), start=1):
            if isinstance(count, str):
                problems.append((row, column, f"{value!r:.60} {count}", "Give a whole number of 0 or more."))
    for row, (above, below) in enumerate(zip(counts[numerator], counts[denominator]), start=1):
        if not isinstance(above, str) and not isinstance(below, str) and above > below:
            problems.append((row, numerator, f"{above} is more than the {below} of `{denominator}`", "Both count the "
                             "same people: correct one of them."))
    refuse("table", [f"row {row}, column `{column}`: {trouble}. {remedy}"
                     for row, column, trouble, remedy in sorted(problems, key=lambda each: each[0])])
    return pd.DataFrame({"group": table[group].tolist(), "numerator": np.array(counts[numerator], np.int64),
                         "denominator": np.array(counts[denominator], np.int64)})


def _hashable(name):
    try:
        hash(name)
    except TypeError:
        return False
    return True


def _count(value):
    """The count that a cell gives, or what is wrong with it."""
    import pandas as pd
    if isinstance(value, (bool, np.bool_)):
        return "is no count"
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return "is missing"
    if is_whole(value):
        return int(value) if 0 <= value < 2**53 else "is negative" if value < 0 else "is too large to be a count"
    return "is not a whole number" if isinstance(value, (float, np.floating)) else "is not a number"
