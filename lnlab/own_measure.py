"""One measure by month, read from a file that a spreadsheet program wrote: what a control chart of a clinic needs."""

import io
import os
from functools import partial

import pandas as pd

from lnlab import cells
from lnlab.checks import InputError
from lnlab.sheets import FileProblems, listed, plain, read_sheet

PAIRS = (("numerator", "denominator"), ("remissions", "patients_seen"))


def read_measure(file: str | os.PathLike | io.TextIOBase, *, month: str = "month", numerator: str | None = None,
                 denominator: str | None = None, value: str | None = None, note: str = "note",
                 phase: str = "phase") -> pd.DataFrame:
    """Read one measure by month: a count out of a count, or a measured value.

    Parameters
    ----------
    file : str, pathlib.Path or open file
        As in `read_monthly_outcomes`: text with commas, semicolons or tabs between the cells, and names in the first
        row; one row a month, with months written in the same ways.
    month : str
        The column of months.
    numerator, denominator : str, optional
        The columns of counts, as of visits that were planned ahead and of all visits: give both. If neither they nor
        `value` are given, the file's columns `numerator` and `denominator`, or `remissions` and `patients_seen`, or
        `value` are taken.
    value : str, optional
        The column of a measured value, such as days of waiting, in place of the counts. "3,5" is three and a half;
        whether 1,204 is a fraction must be clear from the other rows.
    note : str
        A column of remarks, if there is one.
    phase : str
        A column, if there is one, that names the phase to which a month belongs. A new name begins a new phase; an
        empty cell continues the phase above it, in the file or, if that leaves a gap, in the order of months. If the
        rows are out of order so that the two differ, the file is refused.

    Returns
    -------
    pandas.DataFrame
        Sorted by month: month (first of the month, or whole number if the file counts months), numerator and
        denominator (counts), value (the share, NaN where the denominator is 0; or the measured value), note and phase
        (texts, empty where nothing is written). ``attrs["report"]`` is a list of sentences: what was read, what is
        missing, what was ignored; ``attrs["measure"]`` names the column of the value or of the numerator.

    Raises
    ------
    FileProblems
        With all that is wrong, if anything is. The file is never changed.
    InputError
        If `file` is neither a path nor an open file, or one of two counts is not named.

    Examples
    --------
    >>> table = read_measure(io.StringIO(example_measure().to_csv(index=False)))
    >>> table[["month", "numerator", "denominator", "phase"]].iloc[[0, -1]]
            month  numerator  denominator        phase
    0  2023-01-01         21           45  as it was
    23 2024-12-01         37           42  planned ahead
    >>> table.attrs["report"]
    ['24 rows were read, 2023-01 to 2024-12.', "Ignored columns: 'about'."]
    """
    given = {"numerator": numerator, "denominator": denominator, "value": value}
    given = {name: column for name, column in given.items() if column is not None}
    _check_given(given)
    wanted = [month, *given.values()] if given else [month, *sum(PAIRS, ()), "value"]
    sheet = _sheet(file, list(dict.fromkeys([*wanted, note, phase])), month, given)
    columns = given or _found(sheet)
    read = {"month": sheet.read(month, cells.month)}
    for name in ("numerator", "denominator"):
        if name in columns:
            read[name] = sheet.read(columns[name], partial(cells.count, number="number"))
    if "value" in columns:
        read["value"], wrong = cells.numbers(sheet.cells.get(columns["value"], {}))
        for row, why in wrong.items():
            sheet.add(row, columns["value"], *why.args)
    months, dated = cells.of_one_kind(read.pop("month"), sheet, month)
    cells.check_once(months, sheet, month)
    for row in read.get("numerator", {}).keys() & read.get("denominator", {}).keys():
        if read["numerator"][row] > read["denominator"][row]:
            sheet.add(row, columns["numerator"], f"is more than the {read['denominator'][row]} of "
                      f"`{columns['denominator']}`", "Both count the same people or visits: correct one of them.")
    sheet.raise_problems()

    table = pd.DataFrame({"month": months, **read}).rename_axis(None)
    in_order = table["month"].is_monotonic_increasing
    for name, column in (("note", note), ("phase", phase)):
        table[name] = pd.Series(sheet.cells.get(column, {}), dtype=object).reindex(table.index).fillna("")
    table["phase"] = _phases(table, sheet, phase)
    table = table.sort_values("month", ignore_index=True)
    if "value" not in table:
        table.insert(3, "value", table["numerator"] / table["denominator"])       # 0 / 0 is NaN
    none = [cells.label(each, dated) for each in table.loc[table["value"].isna(), "month"]]
    none = [f"`{columns['denominator']}` is 0 in {listed(none)}: there is no share there."] if none else []
    report = cells.report_on(table["month"], none, dated, in_order, sheet, month)
    table["month"] = cells.dates(table["month"], dated)
    table.attrs.update(report=report, measure=columns.get("value") or columns["numerator"])
    return table


def example_measure() -> pd.DataFrame:
    """One measure of a clinic, as a file may hold it: a template to fill in. Its numbers are invented, and it says so.

    Returns
    -------
    pandas.DataFrame
        Columns month (as text), numerator, denominator (visits planned ahead, and visits), note, phase and about.

    Examples
    --------
    >>> print(example_measure().to_csv(index=False).splitlines()[1])
    2023-01,21,45,,as it was,invented
    """
    planned = [21, 26, 22, 24, 26, 18, 23, 21, 19, 23, 25, 19, 34, 35, 28, 37, 41, 35, 34, 36, 27, 28, 36, 37]
    visits = [45, 50, 50, 43, 44, 43, 47, 45, 48, 38, 51, 45, 48, 44, 43, 47, 48, 44, 44, 48, 42, 39, 47, 42]
    return pd.DataFrame({
        "month": [f"{2023 + i // 12}-{i % 12 + 1:02}" for i in range(24)], "numerator": planned, "denominator": visits,
        "note": ["first planned visits" if i == 12 else "" for i in range(24)],
        "phase": ["as it was" if i < 12 else "planned ahead" for i in range(24)], "about": "invented"})


def _phases(table, sheet, column):
    """The phase of every row: an empty cell continues the phase above it."""
    def filled(phases):
        return phases.mask(phases == "").ffill().fillna("")

    by_row, by_month = filled(table["phase"]), filled(table.sort_values("month")["phase"]).reindex(table.index)
    if (by_row == by_month).all() or (by_row != "").all() and (by_month == "").any():
        return by_row
    if (by_month == "").any() or (by_row != "").all():
        row = table.index[by_row != by_month][0]
        sheet.add(row, column, "the rows are out of order, and by the row above this empty cell belongs to another "
                  "phase than by the month before", "Sort the rows by month, or write the phase in every row.")
        sheet.raise_problems()
    return by_month


def _check_given(given):
    for one, other in (("numerator", "denominator"), ("denominator", "numerator")):
        if one in given and other not in given:
            raise InputError(f"`{other}` must be given with `{one}`={given[one]!r}: a share needs both. A measured "
                             "value without a denominator is given as `value`.")
    if len(given) == 3:
        raise InputError(f"`value` must be given without `numerator` and `denominator`; got {given['value']!r}.")


def _sheet(file, names, month, given):
    """The sheet, with problems only for the missing columns that are needed."""
    needed = {month, *given.values()}
    try:
        sheet = read_sheet(file, names)
    except FileProblems as refused:
        problems = [each for each in refused.problems if each.column is None or each.column in needed
                    or each.value is not None]
        raise FileProblems(refused.name, problems or refused.problems) from None
    sheet.problems = [each for each in sheet.problems
                      if each.column is None or each.column in needed or each.column in sheet.cells]
    return sheet


def _found(sheet):
    """The columns of the measure by what they are, where the reader did not say."""
    known = {plain(column): column for column in sheet.cells}
    for above, below in PAIRS:
        if plain(above) in known and plain(below) in known:
            return {"numerator": above, "denominator": below}
    if "value" in known:
        return {"value": "value"}
    half = [(above, below) for above, below in PAIRS if above in sheet.cells or below in sheet.cells]
    above, below = half[0] if half else PAIRS[0]
    sheet.add(None, None, f"there are no columns `{above}` and `{below}`, nor a column `value`", "Name the columns "
              "so, or say how yours are called, as in numerator='planned visits', denominator='visits'.")
    return {"numerator": above, "denominator": below}
