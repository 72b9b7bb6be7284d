"""A network's own numbers, read from a file that its spreadsheet program wrote.

A reader takes a file and returns a checked table, or says everything that is wrong with the file at once: each row,
column and value, and the remedy. What could mean two things is a problem too, never a guess. No file is written.
"""

import csv
import io
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from lnlab.checks import InputError

SHOWN = 20       # problems, or names in a list, that a message spells out
MONTH_NAMES = "january february march april may june july august september october november december".split()
COUNTS = ("remissions", "patients_seen")

YEAR_FIRST = r"(?P<year>\d{4})[-/](?P<month>\d{1,2})([-/](?P<day>\d{1,2}))?"
MONTH_FIRST = r"(?P<month>\d{1,2})[-/](?P<year>\d{4})"
NAMED_MONTH = r"([a-z]{3,9})\.?(?:[ -](\d{4})|-(\d\d))"      # "Mar 15" is not among them: it may be the 15th
# Two groups, or a sign that no one uses before decimals; 1,204 alone is a fraction to half of the world.
THOUSANDS = r"[1-9]\d{0,2}(?:([,.])\d{3}(\1\d{3})+|([ \xa0\u2009\u202f'’])\d{3}(\3\d{3})*)"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a file; as text, a line that a person can act on.

    Parameters
    ----------
    row : int or None
        Row as a spreadsheet program numbers it (the header is usually row 1); None if the whole file is meant.
    column : str or None
        Name of the column; None if the whole row is meant.
    value : str or None
        What the file has there; None if nothing is there to be shown.
    trouble, remedy : str
        What is wrong with it (after a value: "is not a number"), and what to do, as a sentence.

    Examples
    --------
    >>> print(Problem(5, "remissions", "12.5", "is not a whole number", "Count patients."))
    row 5, column `remissions`: '12.5' is not a whole number. Count patients.
    """

    row: int | None
    column: str | None
    value: str | None
    trouble: str
    remedy: str

    def __str__(self):
        place = [f"row {self.row}"] if self.row else []
        place += [f"column `{self.column}`"] if self.column else []
        value = self.value if self.value is None or len(self.value) <= 60 else self.value[:60] + "..."
        what = f"{value!r} {self.trouble}" if value else self.trouble
        return f"{', '.join(place) or 'the file'}: {what}. {self.remedy}"


class FileProblems(InputError):
    """A file cannot be used as it is; the message lists the first 20 problems, `problems` all of them.

    Parameters
    ----------
    name : str
        The file, as its user knows it.
    problems : iterable of Problem

    Examples
    --------
    >>> raise FileProblems("ours.csv", [Problem(5, "remissions", "-3", "is negative", "Write 0 or more.")])
    Traceback (most recent call last):
    lnlab.own_data.FileProblems: 'ours.csv' has 1 problem; nothing was taken from it:
    - row 5, column `remissions`: '-3' is negative. Write 0 or more.
    """

    def __init__(self, name, problems):
        super().__init__(name, tuple(problems))      # as args, so that the exception survives pickling to a worker
        self.name, self.problems = self.args

    def __str__(self):
        n = len(self.problems)
        lines = _listed([f"- {problem}" for problem in self.problems], "\n")
        return f"{self.name!r} has {n} problem{'s' * (n != 1)}; nothing was taken from it:\n{lines}"


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
    sheet = _sheet(file, ("month", *COUNTS))
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
        raise _Unreadable(f"has a month {month}", "Write a month from 01 to 12, as in 2015-03.")
    if not 1900 <= year <= 2099:
        raise _Unreadable(f"is in the year {year}", "Write a year from 1900 to 2099, as in 2015-03.")
    if day != 1:
        raise _Unreadable("is a day other than the first", f"If all of that month is meant, write {year}-{month:02}.")
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
        raise _Unreadable("the cell is empty", "Write the month, as in 2015-03.")
    if re.fullmatch(r"\d{1,2}[-/.]\d{1,2}[-/.](\d\d|\d{4})", cell, re.ASCII):
        raise _Unreadable("can be read with the day or the month first", "Write year and month, as in 2015-03.")
    raise _Unreadable("is not a month", "Write it as in 2015-03, or in all rows as months since the start (0 to 999).")


def _count(cell):
    """The number of patients that a cell gives."""
    if re.fullmatch(r"\d+([.,]0{1,2})?", cell, re.ASCII):      # 12.00 is a spreadsheet's way to show 12
        digits = re.split("[.,]", cell)[0].lstrip("0") or "0"
    elif re.fullmatch(THOUSANDS, cell, re.ASCII):
        digits = re.sub(r"\D", "", cell)
    else:
        raise _Unreadable(*_why_no_count(cell))
    if len(digits) > 9:
        raise _Unreadable("is too large to be a number of patients", "Write the number of patients of one month.")
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
        report.append(f"There is no row for {_listed(gaps)}.")
    unseen = [_label(month, dated) for month in table.loc[table["patients_seen"] == 0, "month"]]
    if unseen:
        report.append(f"Nobody was seen in {_listed(unseen)}: the remission rate is NaN there.")
    if not in_order:
        report.append("The rows were out of order and have been sorted by month.")
    if any(re.search(r"[a-zA-Z]\.?-\d\d$", cell) for cell in sheet.cells["month"].values()):
        report.append("Years of two digits were read as 1969 to 2068.")
    return report + sheet.report


def _label(month, dated):
    return f"{month // 12}-{month % 12 + 1:02}" if dated else f"month {month}"


def _span(first, last, dated):
    return " to ".join(dict.fromkeys([_label(first, dated), _label(last, dated)]))


# Any sheet: names in its first row, one thing in each row below

class _Unreadable(Exception):
    """A cell cannot be read; the arguments are the trouble and the remedy of its Problem."""


@dataclass
class _Sheet:
    name: str
    problems: list = field(default_factory=list)
    report: list = field(default_factory=list)
    cells: dict = field(default_factory=dict)      # column -> row -> text

    def add(self, row, column, trouble, remedy, value=None):
        value = self.cells[column][row] if value is None and column in self.cells else value
        self.problems.append(Problem(row, column, value, trouble, remedy))

    def read(self, column, reader):
        """What `reader` makes of each cell of a column, by row; a problem for each that it refuses."""
        values = {}
        for row, cell in self.cells.get(column, {}).items():
            try:
                values[row] = reader(cell)
            except _Unreadable as why:
                self.add(row, column, *why.args)
        return values

    def raise_problems(self):
        if self.problems:
            raise FileProblems(self.name, sorted(self.problems, key=lambda problem: problem.row or 0))


def _sheet(file, names):
    """The cells of the named columns, with the problems found on the way to them."""
    name, text = _name_and_text(file)
    sheet = _Sheet(name)
    separator = _separator(text, names)
    rows = _rows(text, separator, sheet)
    if not rows:
        sheet.raise_problems()
        raise _whole_file(name, "it is empty", "Save the sheet again as CSV and give that file.")
    header_row, header = next(iter(rows.items()))
    del rows[header_row]
    if not (rows or sheet.problems):
        sheet.add(None, None, "it has a header but no rows below it", "Add one row for each month.")

    places = {column: [i for i, title in enumerate(header) if _plain(title) == _plain(column)] for column in names}
    known = _listed([f"`{column}`" for column in names])
    titles = _listed([repr(title) for title in header])
    for column, found in places.items():
        if not found:
            sheet.add(header_row, column, f"there is no such column, only {titles}",
                      f"Name the columns in the first row: {known}, with commas, semicolons or tabs between.")
        elif len(found) > 1:
            sheet.add(header_row, column, f"is the name of {len(found)} columns", "Keep one.", header[found[1]])
    if not any(places.values()):
        sheet.raise_problems()
    sheet.cells = {column: {} for column, found in places.items() if found}
    used = sum(places.values(), [])
    ignored = [repr(title) if title else "one without a name" for i, title in enumerate(header) if i not in used]
    if ignored:
        sheet.report.append(f"Ignored columns: {_listed(ignored)}.")

    for row, cells in rows.items():
        trouble = _misfit(cells, len(header))
        if trouble:
            sheet.add(row, None, *trouble, separator.join(cells))
        else:
            for column in sheet.cells:
                sheet.cells[column][row] = cells[places[column][0]]
    return sheet


def _misfit(cells, width):
    """Why it is not certain which cell belongs to which column, with the remedy; None if it is."""
    if len(cells) < width:
        return f"has {len(cells)} cells under {width} names", "Give the row a cell for every column, or delete it."
    if any(cells[width:]):
        return f"has cells beyond the {width} named columns", "Empty or name them; write numbers without commas."
    return None


def _rows(text, separator, sheet):
    """The rows that are not empty, by spreadsheet row; the first loses the empty cells at its end."""
    rows, row, empty = {}, 0, []
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        for row, cells in enumerate(lines, start=1):
            cells = [cell.strip() for cell in cells]
            if any(cells):
                while not rows and not cells[-1]:
                    cells.pop()
                rows[row] = cells
            else:
                empty.append(row)
    except csv.Error:
        sheet.add(row + 1, None, "a quotation mark opens a cell and does not end it; no row from here on can be read",
                  "Delete the mark, or save the sheet again as CSV.")
    between = [str(row) for row in empty if rows and row < max(rows)]
    if between:
        sheet.report.append(f"Empty rows were passed over: {_listed(between)}.")
    return rows


def _separator(text, names):
    """What parts the cells: the sign with which the first line has most of the names, or else most cells."""
    first_line = (text.strip()[:10_000].splitlines() or [""])[0]
    known = {_plain(name) for name in names}

    def merit(separator):
        titles = next(csv.reader([first_line], delimiter=separator))
        return sum(_plain(title) in known for title in titles), len(titles)

    return max(",;\t", key=merit)


def _plain(title):
    return re.sub(r"[\s_-]", "", title).lower()


def _name_and_text(file):
    """What the user calls the file, and all its text."""
    if hasattr(file, "read"):
        name, read = str(getattr(file, "name", "the open file")), file.read
    elif isinstance(file, (str, os.PathLike)):
        name, read = os.fspath(file), Path(file).read_bytes
        if Path(file).is_dir():
            raise _whole_file(name, "it is a folder", "Give the path of a file in it.")
    else:
        raise InputError(f"`file` must be a path or an open file; got {file!r}.")
    try:
        content = read()
    except FileNotFoundError:
        raise _whole_file(name, "there is no such file", f"Check the path; you are in {os.getcwd()}.") from None
    except (OSError, ValueError) as error:
        raise _whole_file(name, f"it cannot be read ({error})", "Close it elsewhere and give its path.") from None
    text = content if isinstance(content, str) else _decoded(content)
    if text is None or text.startswith("PK\x03\x04") or "\0" in text:
        raise _whole_file(name, "it is not text but perhaps a workbook, such as .xlsx",
                          "Open it in your spreadsheet program, save it as CSV (UTF-8), and give that file.")
    # A BOM is left where a UTF-8 file was opened as UTF-8, or as cp1252, the habit of Python on Windows.
    return name, text.removeprefix("\ufeff").removeprefix("ï»¿")


def _decoded(content):
    """The text that these bytes stand for; None if they stand for none."""
    utf_16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if utf_16 else ["utf-8", "cp1252"]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _whole_file(name, trouble, remedy):
    return FileProblems(name, [Problem(None, None, None, trouble, remedy)])


def _listed(items, between=", "):
    more = len(items) - SHOWN
    return between.join(items[:SHOWN]) + (f"{between}and {more} more" if more > 0 else "")
