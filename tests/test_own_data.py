"""Reading a network's own numbers: what spreadsheet programs write is read; whatever is wrong is named, all at once."""

import csv
import io
import pickle
import random
import zipfile

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnlab.checks import InputError
from lnlab.own_data import FileProblems, example_months, read_monthly_outcomes

SEPARATORS = [",", ";", "\t"]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp1252"]
HEADER = "month,remissions,patients_seen\n"
ENGLISH = "January February March April May June July August September October November December".split()
MONTH_FORMS = {
    "2015-03": lambda year, month: f"{year}-{month:02}",
    "2015/03": lambda year, month: f"{year}/{month:02}",
    "2015-03-01": lambda year, month: f"{year}-{month:02}-01",
    "03/2015": lambda year, month: f"{month:02}/{year}",
    "Mar 2015": lambda year, month: f"{ENGLISH[month - 1][:3]} {year}",
    "March 2015": lambda year, month: f"{ENGLISH[month - 1]} {year}",
    "Mar-15": lambda year, month: f"{ENGLISH[month - 1][:3]}-{year % 100:02}",
}


def read(text):
    return read_monthly_outcomes(io.StringIO(text))


def problems_of(text):
    with pytest.raises(FileProblems) as caught:
        read(text)
    return caught.value.problems


def only_problem(text):
    problem, = problems_of(text)
    return problem


def rows_of(table):
    return list(table[["month", "remissions", "patients_seen"]].itertuples(index=False, name=None))


@st.composite
def outcomes(draw, min_size=1, dated=None):
    """Rows of (month as written, month as meant, remissions, patients seen), in any order."""
    numbers = draw(st.lists(st.integers(0, 360), min_size=min_size, max_size=15, unique=True))
    dated = draw(st.booleans()) if dated is None else dated
    rows = []
    for number in numbers:
        seen = draw(st.integers(0, 100_000))
        remissions = draw(st.integers(0, seen))
        written, meant = str(number), number
        if dated:
            year, month = 1995 + number // 12, number % 12 + 1
            written = MONTH_FORMS[draw(st.sampled_from(sorted(MONTH_FORMS)))](year, month)
            meant = pd.Timestamp(year, month, 1)
        rows.append((written, meant, remissions, seen))
    return rows


@st.composite
def sheets(draw, min_size=1, dated=None):
    """A spreadsheet as a list of rows of cells, the column of each name, and the rows that it stands for."""
    rows = draw(outcomes(min_size, dated))
    titles = [draw(st.sampled_from(forms)) for forms in (
        ["month", "Month", " MONTH "],
        ["remissions", "Remissions", "REMISSIONS "],
        ["patients_seen", "Patients seen", "patients-seen", " PATIENTS  SEEN "])]
    columns = [[title, *cells] for title, cells in zip(titles, (
        [row[0] for row in rows], [str(row[2]) for row in rows], [str(row[3]) for row in rows]))]
    if draw(st.booleans()):
        columns.append(["Bemerkung für uns", *['said "so", twice; naïve\nreally' for _ in rows]])
    order = draw(st.permutations(range(len(columns))))
    cells = [list(row) for row in zip(*(columns[i] for i in order))]
    return cells, [order.index(i) for i in range(3)], rows


def as_bytes(cells, separator, encoding, trailing=0, quoting=csv.QUOTE_MINIMAL, line_end="\r\n"):
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, quoting=quoting, lineterminator=line_end)
    writer.writerows([*row, *[""] * trailing] for row in cells)
    return (text.getvalue() + line_end * trailing).encode(encoding)


# What is read

@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("separator", SEPARATORS)
@settings(derandomize=True, deadline=None, max_examples=30)
@given(sheet=sheets(), trailing=st.integers(0, 2), quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
       line_end=st.sampled_from(["\r\n", "\n"]))
def test_any_valid_table_comes_back_from_every_separator_and_encoding(tmp_path_factory, separator, encoding, sheet,
                                                                      trailing, quoting, line_end):
    cells, _, rows = sheet
    path = tmp_path_factory.mktemp("own") / "ours.csv"
    path.write_bytes(as_bytes(cells, separator, encoding, trailing, quoting, line_end))
    table = read_monthly_outcomes(path)
    assert rows_of(table) == sorted((meant, remissions, seen) for _, meant, remissions, seen in rows)
    assert list(table.columns) == ["month", "remissions", "patients_seen", "remission_rate"]
    assert list(table.index) == list(range(len(rows)))
    for _, remissions, seen, rate in table.itertuples(index=False):
        assert rate == remissions / seen if seen else pd.isna(rate)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_ignored_columns_keep_their_letters(encoding):
    content = "month,remissions,patients_seen,für uns\r\n2015-03,12,40,naïve\r\n".encode(encoding)
    table = read_monthly_outcomes(io.BytesIO(content))
    assert table.attrs["report"][-1] == "Ignored columns: 'für uns'."


@pytest.mark.parametrize("form", MONTH_FORMS)
def test_each_way_to_write_a_month(form):
    for month in range(1, 13):
        table = read(HEADER + f"{MONTH_FORMS[form](2015, month)},12,40\n")
        assert table["month"].tolist() == [pd.Timestamp(2015, month, 1)]


@pytest.mark.parametrize("written, month", [
    ("2015-3", "2015-03"), ("3/2015", "2015-03"), ("03-2015", "2015-03"), ("2015/03/01", "2015-03"),
    ("MARCH 2015", "2015-03"), ("sept. 2015", "2015-09"), ("Mar-69", "1969-03"), ("Mar-68", "2068-03")])
def test_near_ways_to_write_a_month(written, month):
    assert read(HEADER + f"{written},12,40\n")["month"].tolist() == [pd.Timestamp(month)]


@pytest.mark.parametrize("written, number", [
    ("40", 40), (" 40 ", 40), ("\xa040", 40), ("40.0", 40), ("40.00", 40), ("40,0", 40), ("1 204", 1204),
    ("1\u202f204", 1204), ("1'204", 1204), ("1,204,000", 1_204_000), ("1.204.000", 1_204_000), ("0", 0)])
def test_numbers_as_spreadsheets_show_them(written, number):
    assert read(f"month;remissions;patients_seen\n2015-03;0;{written}\n")["patients_seen"].tolist() == [number]


def test_types_of_the_columns():
    dated, counted = read(HEADER + "2015-03,12,40\n"), read(HEADER + "3,12,40\n")
    assert dated["month"].dtype.kind == "M" and counted["month"].dtype.kind == "i"
    for table in (dated, counted):
        assert [table[column].dtype.kind for column in ("remissions", "patients_seen", "remission_rate")] == list("iif")


def test_a_path_a_text_path_and_open_files_give_the_same(tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text(HEADER + "2015-03,12,40\n", encoding="utf-8-sig")
    expected = read_monthly_outcomes(path)
    assert rows_of(expected) == [(pd.Timestamp("2015-03"), 12, 40)]
    pd.testing.assert_frame_equal(read_monthly_outcomes(str(path)), expected)
    for how in (dict(mode="r", encoding="utf-8"), dict(mode="r", encoding="cp1252"), dict(mode="rb")):
        with open(path, **how) as file:
            pd.testing.assert_frame_equal(read_monthly_outcomes(file), expected)
            assert not file.closed


def test_the_example_reads_and_says_that_it_is_invented(tmp_path):
    path = tmp_path / "template.csv"
    example = example_months()
    example.to_csv(path, index=False)
    table = read_monthly_outcomes(path)
    assert table["remissions"].tolist() == example["remissions"].tolist()
    assert set(example["note"]) == {"invented"}


def test_its_own_table_can_be_read_again():
    table = read(HEADER + "2015-03,12,40\n2015-05,0,0\n")
    again = read(table.to_csv())
    pd.testing.assert_frame_equal(again, table, check_dtype=False)


# What is told

def test_the_report_of_an_orderly_file_is_one_sentence():
    assert read(HEADER + "2015-03,12,40\n2015-04,13,41\n").attrs["report"] == [
        "2 rows were read, 2015-03 to 2015-04."]
    assert read(HEADER + "7,12,40\n").attrs["report"] == ["1 row was read, month 7."]


def test_the_report_tells_gaps_unseen_months_order_ignored_columns_empty_rows_and_short_years():
    text = ("center,Month,Remissions,Patients seen,,note\nA,May-15,0,0,,\n,,,,,\nA,Jan-15,12,40,,x\n"
            "A,Mar-15,12,40,,\nA,Dec-15,1,2,,\n,,,,,\n")
    table = read(text)
    assert table.attrs["report"] == [
        "4 rows were read, 2015-01 to 2015-12.",
        "There is no row for 2015-02, 2015-04, 2015-06 to 2015-11.",
        "Nobody was seen in 2015-05: the remission rate is NaN there.",
        "The rows were out of order and have been sorted by month.",
        "Years of two digits were read as 1969 to 2068.",
        "Empty rows were passed over: 3.",
        "Ignored columns: 'center', one without a name, 'note'."]
    assert table["remission_rate"].isna().tolist() == [False, False, True, False]


def test_counted_months_have_gaps_too():
    assert read(HEADER + "0,12,40\n5,13,41\n").attrs["report"][1] == "There is no row for month 1 to month 4."


# What is refused, cell by cell

COUNT_TROUBLES = [
    ("", "the cell is empty", "Write the number of patients (0 if none)"),
    ("many", "'many' is not a number", "in digits"),
    ("12 patients", "'12 patients' is not a number", "in digits"),
    ("nan", "'nan' is not a number", "in digits"),
    ("inf", "'inf' is not a number", "in digits"),
    ("#N/A", "'#N/A' is not a number", "in digits"),
    ("1e2", "'1e2' is not a number", "in digits"),
    ("٣", "'٣' is not a number", "in digits"),
    ("-3", "'-3' is negative", "0 or more"),
    ("−3", "'−3' is negative", "0 or more"),
    ("-3.5", "'-3.5' is negative", "0 or more"),
    ("12.5", "'12.5' is not a whole number", "not a share or a mean"),
    ("12,5", "'12,5' is not a whole number", "not a share or a mean"),
    ("0.612", "'0.612' is not a whole number", "not a share or a mean"),
    ("61%", "'61%' is a percentage", "Write the number of patients, not their share."),
    ("61.3 %", "'61.3 %' is a percentage", "Write the number of patients, not their share."),
    ("1,204", "'1,204' can be read as thousands or as a fraction", "write 1204."),
    ("1.204", "'1.204' can be read as thousands or as a fraction", "write 1204."),
    ("1,20,400", "'1,20,400' is not a number", "in digits"),
    ("1,204.000", "'1,204.000' is not a number", "in digits"),
    ("12345678901234567890", "is too large to be a number of patients", "of one month"),
    ("9" * 5000, "is too large to be a number of patients", "of one month"),
]
MONTH_TROUBLES = [
    ("", "the cell is empty", "as in 2015-03"),
    ("spring", "'spring' is not a month", "as in 2015-03"),
    ("Total", "'Total' is not a month", "as in 2015-03"),
    ("nan", "'nan' is not a month", "as in 2015-03"),
    ("2015", "'2015' is not a month", "as in 2015-03"),
    ("201503", "'201503' is not a month", "as in 2015-03"),
    ("42064", "'42064' is not a month", "as in 2015-03"),
    ("-1", "'-1' is not a month", "as in 2015-03"),
    ("1.5", "'1.5' is not a month", "as in 2015-03"),
    ("Mar 15", "'Mar 15' is not a month", "as in 2015-03"),
    ("15-Mar", "'15-Mar' is not a month", "as in 2015-03"),
    ("Mai 2015", "'Mai 2015' is not a month", "as in 2015-03"),
    ("2015-13", "'2015-13' has a month 13", "from 01 to 12"),
    ("2015-00", "'2015-00' has a month 0", "from 01 to 12"),
    ("13/2015", "'13/2015' has a month 13", "from 01 to 12"),
    ("0215-03", "'0215-03' is in the year 215", "from 1900 to 2099"),
    ("2015-03-15", "'2015-03-15' is a day other than the first", "write 2015-03."),
    ("03/04/2015", "'03/04/2015' can be read with the day or the month first", "as in 2015-03"),
    ("01.03.15", "'01.03.15' can be read with the day or the month first", "as in 2015-03"),
]


@pytest.mark.parametrize("column", ["remissions", "patients_seen"])
@pytest.mark.parametrize("value, trouble, remedy", COUNT_TROUBLES)
def test_a_wrong_count_is_named_with_its_row_column_value_and_remedy(column, value, trouble, remedy):
    cells = {"remissions": "12", "patients_seen": "40", column: value}
    problem = only_problem("month\tremissions\tpatients_seen\n2015-02\t12\t40\n"
                           f"2015-03\t{cells['remissions']}\t{cells['patients_seen']}\n")
    assert (problem.row, problem.column, problem.value) == (3, column, value)
    assert str(problem).startswith(f"row 3, column `{column}`: ")
    assert trouble in str(problem) and remedy in problem.remedy


@pytest.mark.parametrize("value, trouble, remedy", MONTH_TROUBLES)
def test_a_wrong_month_is_named_with_its_row_column_value_and_remedy(value, trouble, remedy):
    problem = only_problem(HEADER + f"2015-01,12,40\n{value},12,40\n2015-02,12,40\n")
    assert (problem.row, problem.column, problem.value) == (3, "month", value)
    assert str(problem).startswith(f"row 3, column `month`: {trouble}") and remedy in problem.remedy


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])      # cp1252 lacks some of the wrong characters
@pytest.mark.parametrize("separator", SEPARATORS)
@settings(derandomize=True, deadline=None, max_examples=50)
@given(data=st.data())
def test_any_corrupted_cell_is_named_and_the_file_stays_as_it_was(tmp_path_factory, separator, encoding, data):
    cells, places, _ = data.draw(sheets(min_size=3))
    row = data.draw(st.integers(2, len(cells)))
    column = data.draw(st.sampled_from(["month", "remissions", "patients_seen"]))
    value = data.draw(st.sampled_from([case[0] for case in (MONTH_TROUBLES if column == "month" else COUNT_TROUBLES)]))
    cells[row - 1][places[["month", "remissions", "patients_seen"].index(column)]] = value
    path = tmp_path_factory.mktemp("own") / "ours.csv"
    before = as_bytes(cells, separator, encoding)
    path.write_bytes(before)
    with pytest.raises(FileProblems) as caught:
        read_monthly_outcomes(path)
    assert [(p.row, p.column, p.value) for p in caught.value.problems] == [(row, column, value)]
    assert path.read_bytes() == before


# What is refused, row by row

def test_more_remissions_than_patients_seen():
    assert str(only_problem(HEADER + "2015-03,41,40\n")) == (
        "row 2, column `remissions`: '41' is more than the 40 patients seen. Both count patients of the same month: "
        "correct one of them.")
    assert only_problem(HEADER + "2015-03,1,0\n").value == "1"
    assert read(HEADER + "2015-03,40,40\n")["remission_rate"].tolist() == [1.0]


def test_a_month_twice_names_the_other_row():
    assert str(only_problem(HEADER + "2015-03,12,40\n2015-04,12,40\nMar 2015,12,40\n")) == (
        "row 4, column `month`: 'Mar 2015' is the month of row 2 again. Keep one row a month.")


def test_dates_and_counted_months_are_never_mixed():
    problem = only_problem(HEADER + "2015-03,12,40\n4,12,40\n2015-05,12,40\n")
    assert (problem.row, problem.column, problem.value) == (3, "month", "4")
    assert "is a whole number, while most rows have dates" in str(problem) and "2015-03" in problem.remedy
    problem = only_problem(HEADER + "0,12,40\n1,12,40\n2015-05,12,40\n")
    assert (problem.row, problem.column, problem.value) == (4, "month", "2015-05")
    assert "is a date, while most rows count months" in str(problem)


def test_ragged_rows():
    short, long = problems_of(HEADER + "2015-03,12\n2015-04,1,204,1,500\n2015-05,12,40,,\n")
    assert str(short) == ("row 2: '2015-03,12' has 2 cells under 3 names. "
                          "Give the row a cell for every column, or delete it.")
    assert str(long) == ("row 3: '2015-04,1,204,1,500' has cells beyond the 3 named columns. "
                         "Empty or name them; write numbers without commas.")


def test_empty_columns_at_the_end_may_come_and_go_but_hold_nothing():
    text = "month,remissions,patients_seen,,\n2015-03,12,40\n2015-04,12,40,,\n"
    assert read(text).attrs["report"] == ["2 rows were read, 2015-03 to 2015-04."]
    problem = only_problem(text + "2015-05,1,204,1500,\n")
    assert problem.row == 4 and "has cells beyond the 3 named columns" in str(problem)


def test_a_quotation_mark_that_never_ends_does_not_swallow_rows():
    text = "month,remissions,patients_seen,note\n2015-03,x,40,fine\n2015-04,13,41,\"so\n2015-05,14,42,good\n"
    count, quotation = problems_of(text)
    assert (count.row, count.value) == (2, "x")
    assert str(quotation).startswith("row 3: a quotation mark opens a cell and does not end it")


def test_rows_are_numbered_as_a_spreadsheet_numbers_them():
    text = "note,month,remissions,patients_seen\n\"two\nlines\",2015-03,12,40\n\n,2015-04,x,40\n"
    assert only_problem(text).row == 4
    assert only_problem("\n\n" + text).row == 6


# What is refused, whole files

def test_a_missing_column_tells_the_names_known_and_found():
    problem = only_problem("Month;Remission;Patients seen\n2015-03;12;40\n")
    assert str(problem) == (
        "row 1, column `remissions`: there is no such column, only 'Month', 'Remission', 'Patients seen'. Name the "
        "columns in the first row: `month`, `remissions`, `patients_seen`, with commas, semicolons or tabs between.")
    assert [(p.row, p.column) for p in problems_of("2015-03,12,40\n2015-04,12\n")] == [
        (1, "month"), (1, "remissions"), (1, "patients_seen")]


def test_a_missing_column_does_not_hide_what_is_wrong_in_the_others():
    assert [(p.row, p.column) for p in problems_of("month,remissions\n2015-13,12\n2015-04,-1\n")] == [
        (1, "patients_seen"), (2, "month"), (3, "remissions")]


def test_a_column_twice():
    problem = only_problem("month,remissions,Patients seen,patients_seen\n2015-03,12,40,50\n")
    assert str(problem) == "row 1, column `patients_seen`: 'patients_seen' is the name of 2 columns. Keep one."


@pytest.mark.parametrize("content", ["", "\n\n", " \n", ",,\n,,\n", "\ufeff"])
def test_an_empty_file(tmp_path, content):
    path = tmp_path / "ours.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FileProblems, match="the file: it is empty. Save the sheet again as CSV and give that file."):
        read_monthly_outcomes(path)


def test_a_header_without_rows():
    problem = only_problem(HEADER + "\n,,\n")
    assert str(problem) == "the file: it has a header but no rows below it. Add one row for each month."


def test_no_such_file_and_a_folder(tmp_path):
    with pytest.raises(FileProblems, match="there is no such file. Check the path") as caught:
        read_monthly_outcomes(tmp_path / "none.csv")
    assert str(caught.value).startswith(f"{str(tmp_path / 'none.csv')!r} has 1 problem; nothing was taken from it:\n")
    with pytest.raises(FileProblems, match="it is a folder. Give the path of a file in it."):
        read_monthly_outcomes(str(tmp_path))
    with pytest.raises(FileProblems, match="it cannot be read"):
        read_monthly_outcomes("ours\0.csv")


def test_a_workbook_is_to_be_saved_as_csv(tmp_path):
    path = tmp_path / "ours.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as workbook:
        workbook.writestr("xl/worksheets/sheet1.xml", "<worksheet/>" * 50)
    before = path.read_bytes()
    with pytest.raises(FileProblems, match="perhaps a workbook.* save it as CSV"):
        read_monthly_outcomes(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64), b"PK\x03\x04month", HEADER.encode("utf-16-le"),
    HEADER.encode("utf-16")[:-1], random.Random(7).randbytes(2000)])
def test_what_is_not_text_is_said_to_be_none(content):
    with pytest.raises(FileProblems, match="it is not text but perhaps a workbook"):
        read_monthly_outcomes(io.BytesIO(content))


@pytest.mark.parametrize("file", [None, 3, b"ours.csv", pd.DataFrame(), ["ours.csv"]])
def test_what_is_no_file_at_all(file):
    with pytest.raises(InputError, match="`file` must be a path or an open file; got"):
        read_monthly_outcomes(file)


def test_a_file_that_is_closed_or_opened_for_writing_only(tmp_path):
    path = tmp_path / "ours.csv"
    with open(path, "w", encoding="utf-8") as file:
        with pytest.raises(FileProblems, match="it cannot be read .*give its path"):
            read_monthly_outcomes(file)
    with pytest.raises(FileProblems, match="it cannot be read .*give its path"):
        read_monthly_outcomes(file)


# All at once

def test_all_problems_are_listed_in_the_order_of_the_rows():
    text = HEADER + "2015-13,x,-1\n2015-03,50,40\n2015-03,12,\n7,12,40\n2015-05,61%,40,9\n2015-06,12,40\n"
    assert [(p.row, p.column, p.value) for p in problems_of(text)] == [
        (2, "month", "2015-13"), (2, "remissions", "x"), (2, "patients_seen", "-1"), (3, "remissions", "50"),
        (4, "patients_seen", ""), (4, "month", "2015-03"), (5, "month", "7"), (6, None, "2015-05,61%,40,9")]


def test_the_message_shows_twenty_and_counts_the_rest():
    with pytest.raises(FileProblems) as caught:
        read(HEADER + "".join(f"{month},x,40\n" for month in range(23)))
    lines = str(caught.value).splitlines()
    assert lines[0] == "'the open file' has 23 problems; nothing was taken from it:"
    assert lines[1].startswith("- row 2, column `remissions`: 'x'") and lines[20].startswith("- row 21, ")
    assert lines[21:] == ["and 3 more"]
    assert [p.row for p in caught.value.problems] == list(range(2, 25))


def test_long_values_are_shortened_in_the_message_only():
    problem = only_problem(HEADER + f"2015-03,{'x' * 500},40\n")
    assert len(problem.value) == 500 and len(str(problem)) < 250


def test_the_exception_survives_a_trip_to_another_process():
    with pytest.raises(FileProblems) as caught:
        read(HEADER + "2015-03,x,40\n")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(copy, InputError) and copy.problems == caught.value.problems and str(copy) == str(caught.value)


@settings(derandomize=True, deadline=None)
@given(text=st.text(alphabet="month,remissions;patients_seen\t\n\r\"'01259-/%. é\0", max_size=200))
def test_any_text_is_read_or_refused_in_words(text):
    for file in (io.StringIO(text, newline=""), io.BytesIO((HEADER + text).encode())):
        try:
            table = read_monthly_outcomes(file)
        except FileProblems as refused:
            assert refused.problems and all(problem.trouble and problem.remedy for problem in refused.problems)
        else:
            assert len(table) and (table["remissions"] <= table["patients_seen"]).all()
