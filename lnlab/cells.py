"""What the cells of a network's own sheets say: months, counts and measured numbers, read one way or not at all."""

import re
from collections import Counter

from lnlab.sheets import Unreadable, listed

MONTH_NAMES = "january february march april may june july august september october november december".split()

YEAR_FIRST = r"(?P<year>\d{4})[-/](?P<month>\d{1,2})([-/](?P<day>\d{1,2}))?"
MONTH_FIRST = r"(?P<month>\d{1,2})[-/](?P<year>\d{4})"
NAMED_MONTH = r"([a-z]{3,9})\.?(?:[ -](\d{4})|-(\d\d))"      # "Mar 15" is not among them: it may be the 15th
# Two groups, or a sign that no one uses before decimals; 1,204 alone is a fraction to half of the world.
THOUSANDS = r"[1-9]\d{0,2}(?:([,.])\d{3}(\1\d{3})+|([ \xa0\u2009\u202f'’])\d{3}(\3\d{3})*)"
EITHER = r"-?[1-9]\d{0,2}[.,]\d{3}"      # thousands, or a fraction with three decimals


def month(cell):
    """Whether a cell is a date, and the months it counts: from year 0 if so, else from the network's start.

    >>> month("Mar 2015"), month("7")
    ((True, 24182), (False, 7))
    """
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


def count(cell, number="number of patients"):
    """The count that a cell gives; `number` says in a message what is counted.

    >>> count("1 204")
    1204
    """
    if re.fullmatch(r"\d+([.,]0{1,2})?", cell, re.ASCII):      # 12.00 is a spreadsheet's way to show 12
        digits = re.split("[.,]", cell)[0].lstrip("0") or "0"
    elif re.fullmatch(THOUSANDS, cell, re.ASCII):
        digits = re.sub(r"\D", "", cell)
    else:
        raise Unreadable(*_why_no_count(cell, number))
    if len(digits) > 9:
        raise Unreadable(f"is too large to be a {number}", f"Write the {number} of one month.")
    return int(digits)


def _why_no_count(cell, number):
    if not cell:
        return "the cell is empty", f"Write the {number} (0 if none); delete the row if nobody knows."
    if "%" in cell:
        return "is a percentage", f"Write the {number}, not their share."
    if re.match(r"[-−–]\s*[\d.,]", cell):
        return "is negative", f"Write a {number}, 0 or more."
    if re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", cell, re.ASCII):
        digits = re.sub(r"\D", "", cell)
        return "can be read as thousands or as a fraction", f"If the number is {digits}, write {digits}."
    if re.fullmatch(r"\d*[.,]\d+", cell, re.ASCII):
        return "is not a whole number", f"Write the {number}, not a share or a mean."
    return "is not a number", f"Write the {number} in digits; delete the row if nobody knows."


def numbers(cells):
    """The measured number of each cell of a column, by row, and what is wrong with the others.

    Whether 1,204 is a fraction is settled by the other cells of the column, or it is not read.

    Parameters
    ----------
    cells : dict
        Row to text.

    Returns
    -------
    values, wrong : dict
        Row to float, and row to the Unreadable.

    >>> numbers({2: "3,5", 3: "1,204"})[0]
    {2: 3.5, 3: 1.204}
    """
    clear = [cell for cell in cells.values() if not re.fullmatch(EITHER, cell)]
    signs = {sign for cell in clear for sign in ".," if _decimal(cell, sign)}
    values, wrong = {}, {}
    for row, cell in cells.items():
        sign = next((each for each in ".," if _decimal(cell, each)), "")
        if re.fullmatch(r"-?\d+", cell, re.ASCII) or (sign and (signs == {sign} or not re.fullmatch(EITHER, cell))):
            values[row] = float(cell.replace(",", "."))
        elif re.fullmatch(THOUSANDS, cell, re.ASCII):
            values[row] = float(re.sub(r"\D", "", cell))
        else:
            wrong[row] = Unreadable(*_why_no_number(cell))
    return values, wrong


def _decimal(cell, sign):
    return re.fullmatch(rf"-?\d*[{sign}]\d+", cell, re.ASCII)


def _why_no_number(cell):
    if not cell:
        return "the cell is empty", "Write the number; delete the row if nobody knows."
    if "%" in cell:
        return "has a percent sign", "Write the number alone, in the same unit in all rows."
    if re.fullmatch(EITHER, cell, re.ASCII):
        whole, decimals = re.split("[.,]", cell)
        return ("can be read as thousands or as a fraction",
                f"If the number is {whole}{decimals}, write {whole}{decimals}; if not, write {whole}.{decimals}0.")
    return "is not a number", "Write it in digits, without signs between thousands; delete the row if nobody knows."


# What holds between the rows

def of_one_kind(months, sheet, column="month"):
    """The months by row, without those of the rarer kind (dates among counted months, or the other way round)."""
    kinds = Counter(dated for dated, _ in months.values())
    usual = kinds.most_common(1)[0][0] if kinds else True
    for row, (dated, _) in months.items():
        if dated and not usual:
            sheet.add(row, column, "is a date, while most rows count months", "Use one way in all rows.")
        if usual and not dated:
            sheet.add(row, column, "is a whole number, while most rows have dates", "Write the month, as in 2015-03.")
    return {row: month for row, (dated, month) in months.items() if dated == usual}, usual


def check_once(months, sheet, column="month"):
    """Note each month that comes again."""
    first = {}
    for row, month in months.items():
        if month in first:
            sheet.add(row, column, f"is the month of row {first[month]} again", "Keep one row a month.")
        first.setdefault(month, row)


def report_on(months, unseen, dated, in_order, sheet, column="month"):
    """Sentences for the reader: what was read, what is missing, what was passed over."""
    months, n = list(months), len(months)
    report = [f"{n} row{'s were' if n > 1 else ' was'} read, {_span(months[0], months[-1], dated)}."]
    gaps = [_span(before + 1, after - 1, dated) for before, after in zip(months, months[1:]) if after > before + 1]
    if gaps:
        report.append(f"There is no row for {listed(gaps)}.")
    report += unseen
    if not in_order:
        report.append("The rows were out of order and have been sorted by month.")
    if any(re.search(r"[a-zA-Z]\.?-\d\d$", cell) for cell in sheet.cells[column].values()):
        report.append("Years of two digits were read as 1969 to 2068.")
    return report + sheet.report


def dates(months, dated):
    """Months as a table holds them: the first of the month, or the whole number if the file counts months."""
    import pandas as pd
    return pd.to_datetime([label(month, dated) for month in months], format="%Y-%m") if dated else months


def label(month, dated):
    """A month as the report names it.

    >>> label(24182, True), label(3, False)
    ('2015-03', 'month 3')
    """
    return f"{month // 12}-{month % 12 + 1:02}" if dated else f"month {month}"


def _span(first, last, dated):
    return " to ".join(dict.fromkeys([label(first, dated), label(last, dated)]))
