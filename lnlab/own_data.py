"""A network's own numbers, read from a file that its spreadsheet program wrote.

A reader takes a file and returns a checked table, or says everything that is wrong with the file at once: each row,
column and value, and the remedy. What could mean two things is a problem too, never a guess. No file is written.
"""

import io
import os
import re
from collections import Counter

import pandas as pd

from lnlab.sheets import FileProblems, Problem, Unreadable, listed, read_sheet

__all__ = ["FileProblems", "Problem", "example_months", "read_monthly_outcomes"]

MONTH_NAMES = "january february march april may june july august september october november december".split()
COUNTS = ("remissions", "patients_seen")

YEAR_FIRST = r"(?P<year>\d{4})[-/](?P<month>\d{1,2})([-/](?P<day>\d{1,2}))?"
MONTH_FIRST = r"(?P<month>\d{1,2})[-/](?P<year>\d{4})"
NAMED_MONTH = r"([a-z]{3,9})\.?(?:[ -](\d{4})|-(\d\d))"      # "Mar 15" is not among them: it may be the 15th
# Two groups, or a sign that no one uses before decimals; 1,204 alone is a fraction to half of the world.
THOUSANDS = r"[1-9]\d{0,2}(?:([,.])\d{3}(\1\d{3})+|([ \xa0\u2009\u202f'’])\d{3}(\3\d{3})*)"


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
    read = {"month": sheet.read("month", _month), **{column: sheet.read(column, _count) for column in COUNTS}}
    months, dated = _of_one_kind(read["month"], sheet)
    _check_once(months, sheet)
    for row in read["remissions"].keys() & read["patients_seen"].keys():
        if (seen := read["patients_seen"][row]) < read["remissions"][row]:
            sheet.add(row, "remissions", f"is more than the {seen} patients seen",
                      "Both count patients of the same month: correct one of them.")
    sheet.raise_problems()

    table = pd.DataFrame({"month": months, **{column: read[column] for column in COUNTS}}, dtype="int64")
    in_order = table["month"].is_monotonic_increasing
    table = table.sort_values("month", ignore_index=True)
    table["remission_rate"] = table["remissions"] / table["patients_seen"]      # 0 / 0 is NaN: nobody was seen
    report = _report(table, dated, in_order, sheet)
    if dated:
        table["month"] = pd.to_datetime([_label(month, dated) for month in table["month"]], format="%Y-%m")
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


# What the cells of monthly outcomes say

def _month(cell):
    """Whether a cell is a date, and the months it counts: from year 0 if so, else from the network's start."""
    if re.fullmatch(r"\d{1,3}", cell, re.ASCII):
        return False, int(cell)
    year, month, day = _year_month_day(cell)
    if not 1 <= month <= 12:
        raise Unreadable(f"has a month {month}", "Write a month from 01 to 12, as in 2015-03.")
    if not 1900 <= year <= 2099:
        raise Unreadable(f"is in the year {year}", "Write a year from 1900 to 2099, as in 2015-03.")
    if day != 1:
        raise Unreadable("is a day other than the first", f"If all of that month is meant, write {year}-{month:02}.")
    return True, year * 12 + month - 1


def _year_month_day(cell):
    for form in YEAR_FIRST, MONTH_FIRST:
        if match := re.fullmatch(form, cell, re.ASCII):
            parts = match.groupdict()
            return int(parts["year"]), int(parts["month"]), int(parts.get("day") or 1)
    if match := re.fullmatch(NAMED_MONTH, cell.lower(), re.ASCII):
        name, year, short_year = match.groups()
        for month, full_name in enumerate(MONTH_NAMES, start=1):
            if full_name.startswith(name):      # the century as POSIX has it; the report says so
                return int(year or ("19" if short_year >= "69" else "20") + short_year), month, 1
    if not cell:
        raise Unreadable("the cell is empty", "Write the month, as in 2015-03.")
    if re.fullmatch(r"\d{1,2}[-/.]\d{1,2}[-/.](\d\d|\d{4})", cell, re.ASCII):
        raise Unreadable("can be read with the day or the month first", "Write year and month, as in 2015-03.")
    raise Unreadable("is not a month", "Write it as in 2015-03, or in all rows as months since the start (0 to 999).")


def _count(cell):
    """The number of patients that a cell gives."""
    if re.fullmatch(r"\d+([.,]0{1,2})?", cell, re.ASCII):      # 12.00 is a spreadsheet's way to show 12
        digits = re.split("[.,]", cell)[0].lstrip("0") or "0"
    elif re.fullmatch(THOUSANDS, cell, re.ASCII):
        digits = re.sub(r"\D", "", cell)
    else:
        raise Unreadable(*_why_no_count(cell))
    if len(digits) > 9:
        raise Unreadable("is too large to be a number of patients", "Write the number of patients of one month.")
    return int(digits)


def _why_no_count(cell):
    if not cell:
        return "the cell is empty", "Write the number of patients (0 if none); delete the row if nobody knows."
    if "%" in cell:
        return "is a percentage", "Write the number of patients, not their share."
    if re.match(r"[-−–]\s*[\d.,]", cell):
        return "is negative", "Write a number of patients, 0 or more."
    if re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", cell, re.ASCII):
        digits = re.sub(r"\D", "", cell)
        return "can be read as thousands or as a fraction", f"If the number is {digits}, write {digits}."
    if re.fullmatch(r"\d*[.,]\d+", cell, re.ASCII):
        return "is not a whole number", "Write the number of patients, not a share or a mean."
    return "is not a number", "Write the number of patients in digits; delete the row if nobody knows."


# What holds between the rows

def _of_one_kind(months, sheet):
    """The months by row, without those of the rarer kind (dates among counted months, or the other way round)."""
    kinds = Counter(dated for dated, _ in months.values())
    usual = kinds.most_common(1)[0][0] if kinds else True
    for row, (dated, _) in months.items():
        if dated and not usual:
            sheet.add(row, "month", "is a date, while most rows count months", "Use one way in all rows.")
        if usual and not dated:
            sheet.add(row, "month", "is a whole number, while most rows have dates", "Write the month, as in 2015-03.")
    return {row: month for row, (dated, month) in months.items() if dated == usual}, usual


def _check_once(months, sheet):
    first = {}
    for row, month in months.items():
        if month in first:
            sheet.add(row, "month", f"is the month of row {first[month]} again", "Keep one row a month.")
        first.setdefault(month, row)


def _report(table, dated, in_order, sheet):
    months = list(table["month"])
    n = len(months)
    report = [f"{n} row{'s were' if n > 1 else ' was'} read, {_span(months[0], months[-1], dated)}."]
    gaps = [_span(before + 1, after - 1, dated) for before, after in zip(months, months[1:]) if after > before + 1]
    if gaps:
        report.append(f"There is no row for {listed(gaps)}.")
    unseen = [_label(month, dated) for month in table.loc[table["patients_seen"] == 0, "month"]]
    if unseen:
        report.append(f"Nobody was seen in {listed(unseen)}: the remission rate is NaN there.")
    if not in_order:
        report.append("The rows were out of order and have been sorted by month.")
    if any(re.search(r"[a-zA-Z]\.?-\d\d$", cell) for cell in sheet.cells["month"].values()):
        report.append("Years of two digits were read as 1969 to 2068.")
    return report + sheet.report


def _label(month, dated):
    return f"{month // 12}-{month % 12 + 1:02}" if dated else f"month {month}"


def _span(first, last, dated):
    return " to ".join(dict.fromkeys([_label(first, dated), _label(last, dated)]))
