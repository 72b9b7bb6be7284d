"""A network's own numbers, read from a file that its spreadsheet program wrote.

A reader takes a file and returns a checked table, or says everything that is wrong with the file at once: each row,
column and value, and the remedy. What could mean two things is a problem too, never a guess. No file is written.
"""

import io
import os

import pandas as pd

from lnlab import cells
from lnlab.own_measure import example_measure, read_measure
from lnlab.sheets import FileProblems, Problem, listed, read_sheet

__all__ = ["FileProblems", "Problem", "example_measure", "example_months", "read_measure", "read_monthly_outcomes"]

COUNTS = ("remissions", "patients_seen")


def read_monthly_outcomes(file: str | os.PathLike | io.TextIOBase) -> pd.DataFrame:
    """Read how many patients a network saw each month, and how many of them were in remission.

    Parameters
    ----------
    file : str, pathlib.Path or open file
        Text as spreadsheet programs write it: separated by commas, semicolons or tabs; UTF-8, UTF-16 ("Unicode
        text") or cp1252. The first row names the columns `month`, `remissions` and `patients_seen`, in any order
        and case; other columns are ignored. One row a month, written 2015-03, 2015/03, 2015-03-01, 03/2015,
        Mar 2015, March 2015 or Mar-15, or counted in whole months since the start (0, 1, 2, ...), not both.

    Returns
    -------
    pandas.DataFrame
        Sorted by month, one row for each month of the file: `month` (first of the month, or whole number if the
        file counts months), `remissions`, `patients_seen` (patients), `remission_rate` (share 0-1; NaN where nobody
        was seen). ``attrs["report"]`` is a list of sentences: what was read, what is missing, what was ignored.

    Raises
    ------
    FileProblems
        With all that is wrong, if anything is. The file is never changed.
    InputError
        If `file` is neither a path nor an open file.

    Examples
    --------
    >>> file = io.StringIO(example_months().to_csv(index=False, sep=";"))
    >>> table = read_monthly_outcomes(file)
    >>> table.head(2)
           month  remissions  patients_seen  remission_rate
    0 2015-01-01          52            100            0.52
    1 2015-02-01          54            100            0.54
    >>> for sentence in table.attrs["report"]:
    ...     print(sentence)
    5 rows were read, 2015-01 to 2015-06.
    There is no row for 2015-05.
    Nobody was seen in 2015-04: the remission rate is NaN there.
    Ignored columns: 'note'.
    """
    sheet = read_sheet(file, ("month", *COUNTS))
    read = {"month": sheet.read("month", cells.month), **{column: sheet.read(column, cells.count) for column in COUNTS}}
    months, dated = cells.of_one_kind(read["month"], sheet)
    cells.check_once(months, sheet)
    for row in read["remissions"].keys() & read["patients_seen"].keys():
        if (seen := read["patients_seen"][row]) < read["remissions"][row]:
            sheet.add(row, "remissions", f"is more than the {seen} patients seen",
                      "Both count patients of the same month: correct one of them.")
    sheet.raise_problems()

    table = pd.DataFrame({"month": months, **{column: read[column] for column in COUNTS}}, dtype="int64")
    in_order = table["month"].is_monotonic_increasing
    table = table.sort_values("month", ignore_index=True)
    table["remission_rate"] = table["remissions"] / table["patients_seen"]      # 0 / 0 is NaN: nobody was seen
    unseen = [cells.label(month, dated) for month in table.loc[table["patients_seen"] == 0, "month"]]
    unseen = [f"Nobody was seen in {listed(unseen)}: the remission rate is NaN there."] if unseen else []
    report = cells.report_on(table["month"], unseen, dated, in_order, sheet)
    table["month"] = cells.dates(table["month"], dated)
    table.attrs["report"] = report
    return table


def example_months() -> pd.DataFrame:
    """Monthly outcomes as a file may hold them: a template to fill in. The numbers are invented, and a column says so.

    Returns
    -------
    pandas.DataFrame
        Columns month (as text), remissions, patients_seen (patients) and note; one month is missing, and in one
        nobody was seen.

    Examples
    --------
    >>> print(example_months().to_csv(index=False).splitlines()[1])
    2015-01,52,100,invented
    """
    return pd.DataFrame({"month": ["2015-01", "2015-02", "2015-03", "2015-04", "2015-06"],
                         "remissions": [52, 54, 57, 0, 66], "patients_seen": [100, 100, 95, 0, 110],
                         "note": "invented"})
