"""A sheet as a spreadsheet program wrote it: names in its first row, one thing in each row below.

Whatever is wrong with it is collected, cell by cell, and told at once.
"""

import csv
import io
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from lnlab.checks import InputError

SHOWN = 20       # problems, or names in a list, that a message spells out


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
    lnlab.sheets.FileProblems: 'ours.csv' has 1 problem; nothing was taken from it:
    - row 5, column `remissions`: '-3' is negative. Write 0 or more.
    """

    def __init__(self, name, problems):
        super().__init__(name, tuple(problems))      # as args, so that the exception survives pickling to a worker
        self.name, self.problems = self.args

    def __str__(self):
        n = len(self.problems)
        lines = listed([f"- {problem}" for problem in self.problems], "\n")
        return f"{self.name!r} has {n} problem{'s' * (n != 1)}; nothing was taken from it:\n{lines}"


class Unreadable(Exception):
    """A cell cannot be read; the arguments are the trouble and the remedy of its Problem."""


@dataclass
class Sheet:
    """The cells of a sheet by column and row, what is wrong with it, and what a reader should be told."""

    name: str
    problems: list = field(default_factory=list)
    report: list = field(default_factory=list)
    cells: dict = field(default_factory=dict)      # column -> row -> text

    def add(self, row, column, trouble, remedy, value=None):
        """Note a problem with the cell, row or column named."""
        value = self.cells[column][row] if value is None and column in self.cells else value
        self.problems.append(Problem(row, column, value, trouble, remedy))

    def read(self, column, reader):
        """What `reader` makes of each cell of a column, by row; a problem for each that it refuses."""
        values = {}
        for row, cell in self.cells.get(column, {}).items():
            try:
                values[row] = reader(cell)
            except Unreadable as why:
                self.add(row, column, *why.args)
        return values

    def raise_problems(self):
        """Raise all problems noted so far, in the order of the rows; do nothing where there are none."""
        if self.problems:
            raise FileProblems(self.name, sorted(self.problems, key=lambda problem: problem.row or 0))


def read_sheet(file, names):
    """The cells of the named columns, with the problems found on the way to them."""
    name, text = _name_and_text(file)
    sheet = Sheet(name)
    separator = _separator(text, names)
    rows = _rows(text, separator, sheet)
    if not rows:
        sheet.raise_problems()
        raise whole_file(name, "it is empty", "Save the sheet again as CSV and give that file.")
    header_row, header = next(iter(rows.items()))
    del rows[header_row]
    if not (rows or sheet.problems):
        sheet.add(None, None, "it has a header but no rows below it", "Add one row for each month.")

    places = {column: [i for i, title in enumerate(header) if plain(title) == plain(column)] for column in names}
    known = listed([f"`{column}`" for column in names])
    titles = listed([repr(title) for title in header])
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
        sheet.report.append(f"Ignored columns: {listed(ignored)}.")

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
        sheet.report.append(f"Empty rows were passed over: {listed(between)}.")
    return rows


def _separator(text, names):
    """What parts the cells: the sign with which the first line has most of the names, or else most cells."""
    first_line = (text.strip()[:10_000].splitlines() or [""])[0]
    known = {plain(name) for name in names}

    def merit(separator):
        titles = next(csv.reader([first_line], delimiter=separator))
        return sum(plain(title) in known for title in titles), len(titles)

    return max(",;\t", key=merit)


def plain(title):
    """A title without case, blanks, underscores and hyphens, as names are compared."""
    return re.sub(r"[\s_-]", "", title).lower()


def _name_and_text(file):
    """What the user calls the file, and all its text."""
    if hasattr(file, "read"):
        name, read = str(getattr(file, "name", "the open file")), file.read
    elif isinstance(file, (str, os.PathLike)):
        name, read = os.fspath(file), Path(file).read_bytes
        if Path(file).is_dir():
            raise whole_file(name, "it is a folder", "Give the path of a file in it.")
    else:
        raise InputError(f"`file` must be a path or an open file; got {file!r}.")
    try:
        content = read()
    except FileNotFoundError:
        raise whole_file(name, "there is no such file", f"Check the path; you are in {os.getcwd()}.") from None
    except (OSError, ValueError) as error:
        raise whole_file(name, f"it cannot be read ({error})", "Close it elsewhere and give its path.") from None
    text = content if isinstance(content, str) else _decoded(content)
    if text is None or text.startswith("PK\x03\x04") or "\0" in text:
        raise whole_file(name, "it is not text but perhaps a workbook, such as .xlsx",
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


def whole_file(name, trouble, remedy):
    """A `FileProblems` that is about the file as a whole."""
    return FileProblems(name, [Problem(None, None, None, trouble, remedy)])


def listed(items, between=", "):
    """Names in one line, the first ones where there are many."""
    more = len(items) - SHOWN
    return between.join(items[:SHOWN]) + (f"{between}and {more} more" if more > 0 else "")
