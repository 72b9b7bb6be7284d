"""One measure by month is read as it was written, or every fault is told."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lnlab import own_data
from lnlab.checks import InputError
from lnlab.own_data import FileProblems, example_measure, read_measure


def read(text, **columns):
    return read_measure(io.StringIO(text), **columns)


def problems(text, **columns):
    with pytest.raises(FileProblems) as error:
        read(text, **columns)
    return error.value.problems


def faults(text, **columns):
    return [str(each) for each in problems(text, **columns)]


def test_counts_become_shares_in_the_order_of_the_months():
    table = read("Month;Numerator;Denominator\n2024-03;3;10\n2024-01;1;4\n2024-02;0;0\n")
    assert table["month"].tolist() == list(pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"]))
    assert table["numerator"].tolist() == [1, 0, 3] and table["denominator"].tolist() == [4, 0, 10]
    np.testing.assert_allclose(table["value"], [0.25, np.nan, 0.3])
    assert table[["note", "phase"]].eq("").all(axis=None) and table.attrs["measure"] == "numerator"
    assert table.attrs["report"] == ["3 rows were read, 2024-01 to 2024-03.",
                                     "`denominator` is 0 in 2024-02: there is no share there.",
                                     "The rows were out of order and have been sorted by month."]


def test_the_counts_of_monthly_outcomes_are_understood_too():
    table = read(own_data.example_months().to_csv(index=False))
    assert table["numerator"].tolist() == [52, 54, 57, 0, 66] and table.attrs["measure"] == "remissions"
    assert "There is no row for 2015-05." in table.attrs["report"]


def test_columns_may_have_any_name():
    text = "Monat,geplante Besuche,Besuche,Bemerkung,Abschnitt\n1,3,9,,vorher\n2,4,8,Start,danach\n3,5,8,,\n"
    table = read(text, month="Monat", numerator="geplante Besuche", denominator="Besuche", note="Bemerkung",
                 phase="Abschnitt")
    assert table["month"].tolist() == [1, 2, 3] and table["note"].tolist() == ["", "Start", ""]
    assert table["phase"].tolist() == ["vorher", "danach", "danach"]
    assert table.attrs["measure"] == "geplante Besuche"


def test_a_phase_continues_in_the_order_of_the_months_not_of_the_rows():
    table = read("month,value,phase\n2024-02,5,\n2024-01,4,before\n2024-03,6,after\n")
    assert table["phase"].tolist() == ["before", "before", "after"]


def test_a_phase_written_once_per_block_holds_in_a_file_that_begins_with_the_newest():
    newest = example_measure().iloc[::-1].assign(phase="")
    newest.iloc[[0, 12], newest.columns.get_loc("phase")] = ["planned ahead", "as it was"]
    assert read(newest.to_csv(index=False))["phase"].tolist() == example_measure()["phase"].tolist()


@pytest.mark.parametrize("rows", [["2024-01,5,a", "2024-03,4,b", "2024-02,6,"],
                                  ["2024-03,5,", "2024-02,4,a", "2024-01,6,"]])
def test_a_phase_that_can_be_read_in_two_ways_is_not_read(rows):
    found = faults("month,value,phase\n" + "\n".join(rows) + "\n")
    assert len(found) == 1 and "the rows are out of order" in found[0] and "write the phase in every row" in found[0]


@pytest.mark.parametrize("cells, values", [
    (["3", "4.5", "-2"], [3, 4.5, -2]), (["3,5", "1,204"], [3.5, 1.204]), (["0.123", "1.204"], [0.123, 1.204]),
    (["1 204", "2"], [1204, 2]), (["1,204,000", "7"], [1_204_000, 7]), ([".5", "1"], [0.5, 1])])
def test_measured_values_as_spreadsheets_write_them(cells, values):
    text = "month;value\n" + "".join(f"{month};{cell}\n" for month, cell in enumerate(cells))
    assert read(text)["value"].tolist() == values


@pytest.mark.parametrize("cells", [["1,204", "7"], ["1.204"], ["3,5", "2.5", "1,204"]])
def test_a_value_that_can_be_read_in_two_ways_is_not_read(cells):
    text = "month;value\n" + "".join(f"{month};{cell}\n" for month, cell in enumerate(cells))
    found = faults(text)
    assert len(found) == 1
    assert "can be read as thousands or as a fraction. If the number is 1204, write 1204" in found[0]


def test_all_faults_are_told_with_row_and_remedy():
    found = faults("month,numerator,denominator\n2024-01,-1,5\n2024-01,3,9\n2024-13,1,2\n2024-04,7,5\n"
                   "2024-05,,9\n2024-06,30 %,9\n2024-07,2.5,9\n2024-08,two,9\n2024-09,1\n")
    assert [each.partition(":")[0] for each in found] == [
        "row 2, column `numerator`", "row 3, column `month`", "row 4, column `month`", "row 5, column `numerator`",
        "row 6, column `numerator`", "row 7, column `numerator`", "row 8, column `numerator`",
        "row 9, column `numerator`", "row 10"]
    assert "'7' is more than the 5 of `denominator`. Both count the same people or visits" in found[3]
    assert "the cell is empty. Write the number (0 if none)" in found[4]


@pytest.mark.parametrize("cell, told", [("", "the cell is empty"), ("12 %", "has a percent sign"),
                                        ("about 5", "is not a number"), ("1e400", "is not a number")])
def test_a_value_that_is_none_says_why(cell, told):
    found = faults(f"month;value\n1;3\n2;{cell}\n")
    assert len(found) == 1 and found[0].startswith("row 3, column `value`") and told in found[0]


def test_missing_columns_are_named_and_those_not_needed_are_not_missed():
    found = faults("month,visits\n1,4\n")
    assert found == ["the file: there are no columns `numerator` and `denominator`, nor a column `value`. Name the "
                     "columns so, or say how yours are called, as in numerator='planned visits', denominator='visits'."]
    assert "`remissions` and `patients_seen`" in faults("month,remissions\n1,4\n")[0]
    found = problems("date,numerator,denominator\n1,4,5\n")
    assert [each.column for each in found] == ["month"]
    assert [each.column for each in problems("a,b\n1,4\n")] == ["month"]
    found = problems("month,seen\n1,4\n", numerator="well", denominator="seen")
    assert [each.column for each in found] == ["well"]
    assert read("month,value\n1,4\n").attrs["report"] == ["1 row was read, month 1."]


def test_one_count_alone_needs_the_other():
    with pytest.raises(InputError, match="`denominator` must be given with `numerator`"):
        read("month,well,seen\n1,4,5\n", numerator="well")
    with pytest.raises(InputError, match="`value` must be given without"):
        read("month,well,seen\n1,4,5\n", numerator="well", denominator="seen", value="well")


def test_no_file_is_a_clear_error_too(tmp_path):
    for file in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(FileProblems):
            read_measure(file)
    with pytest.raises(InputError, match="`file` must be a path or an open file"):
        read_measure(5)


def test_the_file_beside_the_notebooks_is_the_example():
    stored = pd.read_csv(Path(__file__).parents[1] / "notebooks" / "example_clinic.csv", keep_default_na=False)
    pd.testing.assert_frame_equal(stored, example_measure(), check_dtype=False)


def test_the_example_is_read_and_says_that_it_is_invented(tmp_path):
    file = tmp_path / "mine.csv"
    example_measure().to_csv(file, index=False)
    before = file.read_bytes()
    table = read_measure(file)
    assert len(table) == 24 and (example_measure()["about"] == "invented").all()
    assert file.read_bytes() == before and table["phase"].unique().tolist() == ["as it was", "planned ahead"]
