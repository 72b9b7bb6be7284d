"""Control charts give other software's numbers, also in the corners, and refuse what they cannot chart."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lnlab.charts import control_chart
from lnlab.checks import InputError

KNOWN = json.loads((Path(__file__).parent / "known" / "spc.json").read_text(encoding="utf-8"))
BOTH = "remission_shift_p_part_and_freeze"      # there, the freeze is ignored; here it is not
CASES = {case["id"]: case for case in KNOWN["cases"] if "error" not in case["expected"] and case["id"] != BOTH}
COLUMNS = {"y": "value", "cl": "center_line", "lcl": "lower_limit", "ucl": "upper_limit",
           "lcl_95": "lower_two_sigma", "ucl_95": "upper_two_sigma", "included": "used"}
COUNTS = {"part": "phase", "n_obs": "n_points"} | {name: name for name in (
    "first", "last", "n_useful", "longest_run", "longest_run_max", "n_crossings", "n_crossings_min", "runs_signal")}
OURS = {"cl": "center_line", "screened_mr": "screen_moving_ranges"}


def of_case(case, **choices):
    """The table and the arguments of a known case."""
    series, known = KNOWN["series"][case["series"]], dict(case["args"])
    ratio = known.pop("use_denominator", False)
    named = {"value": "value", "at": "subgroup"} if "subgroup" in series else {
        "value": "y", "denominator": "n" if ratio else None}
    columns = {name: series[name] for name in ("subgroup", "value", "y", "n") if name in series}
    arguments = {OURS.get(name, name): value for name, value in known.items()}
    return control_chart(pd.DataFrame(columns), case["chart"], **named, **arguments, **choices)


def counts(*values, **columns):
    return pd.DataFrame({"n": list(values), **columns})


def rows(chart, *columns):
    return chart.points[list(columns)].to_numpy().tolist()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_points_and_phases_are_those_of_other_software(case):
    chart, expected = of_case(case), case["expected"]
    for theirs, ours in COLUMNS.items():
        if theirs in expected:
            known = np.array(expected[theirs], dtype=float)
            np.testing.assert_allclose(chart.points[ours].astype(float), np.broadcast_to(known, len(chart.points)),
                                       rtol=1e-8, atol=1e-9, err_msg=ours)
    assert chart.points.loc[chart.points["beyond_limits"], "number"].tolist() == expected["sigma_signal_at"]
    assert len(chart.phases) == len(expected["parts"])
    for phase, known in zip(chart.phases.to_dict("records"), expected["parts"]):
        for theirs, ours in COUNTS.items():
            assert (None if phase[ours] is pd.NA else phase[ours]) == known.get(theirs), ours
    assert chart.phases["n_beyond_limits"].sum() == len(expected["sigma_signal_at"])


def test_the_known_cases_reach_every_kind_of_chart():
    assert len(CASES) > 100 and {case["chart"] for case in CASES.values()} == {
        "run", "i", "ip", "mr", "xbar", "s", "p", "pp", "u", "up", "c", "g", "t"}


# Phases

def test_part_and_freeze_work_together():
    series = KNOWN["series"]["remission_shift"]
    table = pd.DataFrame({"y": series["y"], "n": series["n"]})
    both = control_chart(table, "p'", value="y", denominator="n", part=14, freeze=[12, 20]).points
    first = control_chart(table[:14], "p'", value="y", denominator="n", freeze=12).points
    second = control_chart(table[14:].reset_index(drop=True), "p'", value="y", denominator="n", freeze=6).points
    lines = ["center_line", "lower_limit", "upper_limit"]
    np.testing.assert_allclose(both[lines], np.vstack([first[lines], second[lines]]), rtol=1e-12)
    only_first = control_chart(table, "p'", value="y", denominator="n", part=14, freeze=12).points
    plain = control_chart(table, "p'", value="y", denominator="n", part=14).points
    np.testing.assert_allclose(only_first[lines], np.vstack([first[lines], plain[lines][14:]]), rtol=1e-12)


def test_points_are_named_by_number_or_by_their_place_on_the_axis():
    months = pd.date_range("2024-01-01", periods=8, freq="MS")
    table = counts(3, 5, 4, 6, 9, 8, 9, 10, month=months)
    by_number = control_chart(table, "c", value="n", at="month", part=4, freeze=[3, 7], exclude=[2, 1])
    for part, freeze, exclude in [("2024-04", ["2024-03-01", 7], {1, "2024-02-01"}),
                                  (pd.Timestamp("2024-04-01"), (3, np.datetime64("2024-07-01")), months[:2])]:
        chart = control_chart(table, "c", value="n", at="month", part=part, freeze=freeze, exclude=exclude)
        pd.testing.assert_frame_equal(chart.points, by_number.points)
        pd.testing.assert_frame_equal(chart.phases, by_number.phases)
    named = control_chart(table.assign(month=months.strftime("%b")), "c", value="n", at="month", part="Apr").points
    table = table.assign(month=months.to_period("M"))
    periods = control_chart(table, "c", value="n", at="month", part="2024-04").points
    assert named["phase"].tolist() == periods["phase"].tolist() == [1, 1, 1, 1, 2, 2, 2, 2]


def test_excluded_points_at_the_edges_of_phases_change_no_limit():
    table = counts(90, 4, 6, 5, 90, 90, 12, 15, 11, 90)
    chart = control_chart(table, "I", value="n", part=5, exclude=[1, 5, 6, 10])
    alone = [control_chart(counts(*values), "I", value="n") for values in ([4, 6, 5], [12, 15, 11])]
    limits = [each.points["upper_limit"].iloc[0] for each in alone]
    assert chart.points["upper_limit"].tolist() == pytest.approx([limits[0]] * 5 + [limits[1]] * 5)
    assert chart.points.loc[chart.points["beyond_limits"], "number"].tolist() == [1, 5, 6, 10]
    assert chart.phases["n_points"].tolist() == [3, 3] and chart.phases["n_beyond_limits"].tolist() == [2, 2]


def test_phases_have_names():
    names = ["before", "after launch"]
    assert control_chart(counts(1, 2, 3, 4), value="n", part=2).phases["name"].tolist() == ["phase 1", "phase 2"]
    assert control_chart(counts(1, 2, 3, 4), value="n", part=2, phase_names=names).phases["name"].tolist() == names


# Corners

def test_gaps_and_zero_denominators_take_their_moving_ranges_with_them():
    table = counts(5, 6, 0, 9, 5, 8, np.nan, 7, seen=[10, 10, 0, 10, np.nan, 10, 10, 10])
    chart = control_chart(table, "p'", value="n", denominator="seen")
    center = 35 / 50
    by_chance = np.sqrt(center * (1 - center) / 10)
    assert chart.points["center_line"].tolist() == pytest.approx([center] * 8)
    upper = min(1, center + 3 * by_chance * (0.1 / by_chance / 1.128))      # of the neighbors, only 1 and 2 have both
    known = [upper, upper, np.nan, upper, np.nan, upper, np.nan, upper]
    np.testing.assert_allclose(chart.points["upper_limit"], known, rtol=1e-12)
    assert "3 points without a value are left out" in chart.phases["caution"][0]


def test_the_spread_of_the_normalized_chart_is_of_all_points_of_the_phase():
    table = counts(5, 9, 4, 20, 6, 8, seen=[10, 20, 10, 25, 15, 20])
    plain, frozen, without = (control_chart(table, "I'", value="n", denominator="seen", **choice).points
                              for choice in ({}, {"freeze": 3}, {"exclude": 4}))
    width = plain["upper_limit"] - plain["center_line"]
    for other in (frozen, without):
        np.testing.assert_allclose(other["upper_limit"] - other["center_line"], width)
        assert other["center_line"][0] != plain["center_line"][0]


@pytest.mark.parametrize("kind, center, upper", [
    ("c", 9, 18), ("g", 0.693 * 9, 9 + 3 * np.sqrt(90)), ("t", 9, None), ("MR", 9, 3.267 * 9), ("I", 9, None)])
def test_a_known_center_line_is_taken_as_it_is(kind, center, upper):
    points = control_chart(counts(5, 11, 7, 9, 12), kind, value="n", center_line=9).points
    assert points["center_line"].tolist() == pytest.approx([center] * 5)
    assert upper is None or points["upper_limit"].tolist() == pytest.approx([upper] * 5)


def test_sizes_of_subgroups_are_compared_over_the_whole_phase_and_empty_ones_do_not_count():
    table = pd.DataFrame({"week": [1, 1, 2, 2, 3, 3, 3, 4], "days": [3, 5, 6, 9, 2, 4, 9, np.nan]})
    chart = control_chart(table, "S", value="days", at="week", freeze=2)
    assert chart.points["center_line"].tolist() == pytest.approx([np.sqrt((2 + 4.5) / 2)] * 4)     # pooled: 2, 2, 3, 0
    assert chart.points["n"].tolist() == [2, 2, 3, 0] and np.isnan(chart.points["upper_limit"][3])
    whole = control_chart(table, "S", value="days", at="week")
    assert whole.points["center_line"][0] == pytest.approx(np.sqrt((2 + 4.5 + 26) / 4))
    shuffled = control_chart(table.sample(frac=1, random_state=1), "S", value="days", at="week")
    pd.testing.assert_frame_equal(shuffled.points, whole.points)


def test_subgroups_with_names_keep_the_order_in_which_they_come():
    table = pd.DataFrame({"week": ["new", "new", "busy", "busy"], "days": [3, 5, 6, 8]})
    assert rows(control_chart(table, "Xbar", value="days", at="week"), "at", "value") == [["new", 4], ["busy", 7]]
    dated = table.assign(week=["Feb 2024", "Feb 2024", "Jan 2024", "Jan 2024"])
    chart = control_chart(dated, "Xbar", value="days", at="week")
    assert rows(chart, "at", "value") == [["Jan 2024", 7], ["Feb 2024", 4]]


def test_a_value_on_the_center_line_is_on_it_whatever_the_last_bit_says():
    tenth = control_chart(counts(0.1, 0.2, 0.3, 0.1, 0.2, 0.3), "I", value="n")
    assert tenth.phases["n_useful"][0] == 4
    given = control_chart(counts(0.1, 0.2, 0.3, 0.2), value="n", center_line=0.2 * (1 + 1e-13))
    assert given.phases["n_useful"][0] == 2
    same = control_chart(counts(*[0.1] * 15), "I", value="n")
    assert same.phases["n_useful"][0] == 0 and not same.points["beyond_limits"].any()
    time = control_chart(counts(*[7.3] * 15), "t", value="n")
    assert time.phases["n_useful"][0] == 0 and not time.points["beyond_limits"].any()


def test_multiply_changes_no_signal():
    table = counts(5, 9, 4, 20, 19, 1, seen=[10, 20, 10, 25, 20, 20])
    plain, hundred = (control_chart(table, "p'", value="n", denominator="seen", multiply=by, center_line=0.5,
                                    better="higher", target=0.99, rules="nelson") for by in (1, 100))
    lines = ["value", "center_line", "lower_limit", "upper_limit"]
    np.testing.assert_allclose(hundred.points[lines], 100 * plain.points[lines])
    assert rows(plain, "beyond_limits", "signals", "meaning") == rows(hundred, "beyond_limits", "signals", "meaning")
    assert hundred.points["upper_limit"].max() <= 100 and hundred.phases["center_line"][0] == 50
    assert (hundred.target, hundred.assurance) == (99, plain.assurance)


@pytest.mark.parametrize("kind, values, caution", [
    ("I", [3], "there is only one value"), ("p'", [0, 0, 0], "do not vary"), ("c", [0, 0, 0], "without any width"),
    ("I", [3, np.nan, 4], "no two neighbors"), ("run", [1, 2, 3, 4], "Only 4 points are useful"),
    ("run", [3, 3], "No point is useful"), ("I", range(19), "rest on 19 points"),
    ("MR", [1, 4], "depend on each other")])
def test_what_a_phase_cannot_tell_is_said(kind, values, caution):
    table = counts(*values, seen=10)
    chart = control_chart(table, kind, value="n", denominator="seen" if kind == "p'" else None)
    assert caution in chart.phases["caution"][0]


def test_a_long_run_chart_needs_no_caution_and_a_phase_without_values_has_one():
    values = [3, 5] * 10
    assert control_chart(counts(*values), value="n").phases["caution"].tolist() == [""]
    assert control_chart(counts(*values), "I", value="n").phases["caution"].tolist() == [""]
    chart = control_chart(counts(*values, np.nan, np.nan), "I", value="n", part=20)
    assert "no center line" in chart.phases["caution"][1] and np.isnan(chart.phases["center_line"][1])
    assert "no center line" not in chart.phases["caution"][0]


def test_a_freeze_of_few_points_is_told():
    values = [3, 5] * 10
    assert "(frozen after point 4)" in control_chart(counts(*values), "I", value="n", freeze=4).phases["caution"][0]
    assert "rests on 4 points only" in control_chart(counts(*values), value="n", freeze=4).phases["caution"][0]


def test_the_input_is_not_changed_and_the_axis_is_kept():
    months = pd.period_range("2024-01", periods=3, freq="M", name="month")
    table = pd.DataFrame({"n": pd.array([1, None, 3], dtype="Int64")}, index=months)
    before = table.copy(deep=True)
    chart = control_chart(table, "MR", value="n")
    pd.testing.assert_frame_equal(table, before)
    assert chart.points["at"].tolist() == list(months) and chart.points["number"].tolist() == [1, 2, 3]
    assert control_chart(counts(1, 2), value="n").points["at"].tolist() == [1, 2]


@pytest.mark.parametrize("written, kind", [("P’", "p'"), ("pp", "p'"), ("UP", "u'"), ("ip", "I'"), ("XBAR", "Xbar"),
                                           ("Run", "run"), ("mr", "MR")])
def test_kinds_are_understood_in_every_spelling(written, kind):
    table = counts(1, 2, 3, seen=9, week=[1, 2, 3])
    needs = {"at": "week"} if kind == "Xbar" else {} if kind in ("run", "MR") else {"denominator": "seen"}
    assert control_chart(table, written, value="n", **needs).kind == kind


def test_days_and_months_of_other_time_zones_and_types_are_looked_up():
    zoned = pd.date_range("2024-01-01", periods=4, freq="MS", tz="Europe/Berlin")
    for part in ("2024-02-01", zoned[1], pd.Timestamp("2024-02-01")):
        chart = control_chart(counts(3, 4, 5, 6, month=zoned), value="n", at="month", part=part)
        assert chart.phases["last"].tolist() == [2, 4]
    days = [date(2019, 1, 1), date(2019, 2, 1), date(2023, 3, 1)]
    chart = control_chart(counts(3, 4, 5, day=days), value="n", at="day", part=days[1])
    assert chart.points["at"].tolist() == [pd.Timestamp(day) for day in days]
    assert chart.phases["last"].tolist() == [2, 3]


def test_names_and_numbers_may_be_mixed_on_the_axis_without_a_warning(recwarn):
    assert control_chart(counts(1, 2, 3, at=[1, "b", 2.5]), value="n", at="at").points["at"].tolist() == [1, "b", 2.5]
    assert not recwarn


@pytest.mark.parametrize("kind, values", [("t", [3]), ("t", [3, np.nan, 4]), ("MR", [3]), ("I", [3])])
def test_where_there_is_no_upper_limit_there_is_no_lower_one(kind, values):
    try:
        points = control_chart(counts(*values), kind, value="n").points
    except InputError:
        return
    assert points[["lower_limit", "upper_limit"]].isna().all(axis=None)


# Bad input

@pytest.mark.parametrize("kind, table, problems", [
    ("p", counts(5, "6", -1, 4.5, 11, True, np.inf, seen=10),
     ["6 problems", "row 2: `n` must be a number, or empty; got '6'",
      "row 3: `n` must be a count of at least 0; got -1",
      "row 4: `n` must be a whole number", "row 5: `n` must not be above `seen`; got 11 of 10",
      "row 6: `n` must be a number, or empty; got True", "row 7: `n` must be a number, or empty; got inf"]),
    ("p", counts(5, 3, seen=[4.5, 0]), ["row 1: `seen` must be a whole number", "row 2: `n` must not be above `seen`"]),
    ("u", counts(5, 3, 1.5, seen=[0, -2.5, 2.5]),
     ["row 1: `n` must be 0 or empty where `seen` is 0; got 5", "row 2: `seen` must be at least 0",
      "row 3: `n` must be a whole number"]),
    ("run", counts(-5, 3, seen=[1, 2]), ["row 1: `n` must be a count of at least 0"]),
    ("g", counts(1.5, 3), ["row 1: `n` must be a whole number"]),
    ("t", counts(3, 0), ["row 2: `n` must be a time above 0"]),
    ("I", counts("a", None, 3), ["row 1: `n` must be a number, or empty; got 'a'"]),
    ("I", counts(10 ** 400, 3), ["row 1: `n` must be a number"]),
    ("I", counts(1e308, -1e308), ["row 1: `n` must lie between -1e100 and 1e100", "row 2: `n` must lie"]),
    ("I", counts(None, None), ["`n` must have at least one value; got none in 2 rows"]),
    ("u", counts(0, None, seen=[0, 5]), ["at least one value where the denominator is above 0; got none in 2 rows"]),
    ("I", counts(), ["empty table"])])
def test_bad_numbers_are_all_named_with_their_rows(kind, table, problems):
    with pytest.raises(InputError) as refused:
        control_chart(table, kind, value="n", denominator="seen" if "seen" in table else None)
    for problem in problems:
        assert problem in str(refused.value)


@pytest.mark.parametrize("months, problem", [
    (["2024-01", "2024-03", "2024-02"], "row 3: `month` must not go back; got 2024-02 after 2024-03. Sort the table"),
    (pd.to_datetime(["2024-01-01", "2024-02-01", "2024-01-01"]), "got 2024-01-01 again (row 1)"),
    ([1, 1, 2], "row 2: `month` must be different in each row; got 1 again (row 1)"),
    (["Jan", "Feb", "Jan"], "got Jan again"), (["2024-1", "2024-02", "2024-01"], "row 3: `month` must be different"),
    (["Jan 2024", "Mar 2024", "Feb 2024"], "row 3: `month` must not go back; got Feb 2024 after Mar 2024"),
    (["31/01/2024", "31/03/2024", "28/02/2024"], "row 3: `month` must not go back"),
    ([1, None, 3], "row 2: `month` must say where the point lies"),
    ([[1], [2], [3]], "row 1: `month` must be a date, a number or a text; got [1]"),
    ([1, 2, np.inf], "row 3: `month` must be a number between"),
    ([1, 2, 1e308], "row 3: `month` must be a number between")])
def test_an_axis_that_is_unsorted_or_doubled_is_refused(months, problem):
    with pytest.raises(InputError) as refused:
        control_chart(counts(1, 2, 3, month=months), value="n", at="month")
    assert problem in str(refused.value)


@pytest.mark.parametrize("choices, problem", [
    ({"kind": "q"}, "`kind` must be one of 'run', 'I'"), ({"kind": None}, "`kind` must be one of"),
    ({"rules": "nelso"}, "Did you mean 'nelson'"), ({"rules": 3}, "`rules` must be one of"),
    ({"value": "m"}, "`value` must name a column of the table (n, seen)"), ({"value": None}, "`value` must name"),
    ({"value": ["n"]}, "`value` must name"), ({"at": "month"}, "`at` must name a column"),
    ({"kind": "p"}, "needs `denominator`"), ({"kind": "c", "denominator": "seen"}, "has no denominator"),
    ({"kind": "Xbar"}, "needs `at`"), ({"table": [1, 2]}, "`table` must be a pandas DataFrame; got list"),
    ({"part": 3}, "`part` must name points by number, from 1 to 2"), ({"part": 0}, "from 1 to 2"),
    ({"part": [2, 1]}, "`part` must increase"), ({"part": [1, 1]}, "`part` must increase"),
    ({"part": "2024-01"}, "or by their value on the axis; got '2024-01'"), ({"part": 1.5}, "got 1.5"),
    ({"freeze": 4}, "`freeze` must name points by number, from 1 to 3"), ({"freeze": True}, "got True"),
    ({"freeze": [1, 2]}, "at most one point in a phase; got [1, 2], of which two fall into phase 1"),
    ({"exclude": [0, 9]}, "got 0, 9"), ({"exclude": [1, 2, 3]}, "at least one point"), ({"exclude": {}}, "`exclude`"),
    ({"multiply": 0}, "`multiply` must be above 0"), ({"multiply": "100"}, "`multiply` must be a number"),
    ({"center_line": "5"}, "`center_line` must be a number"), ({"center_line": np.nan}, "`center_line` must be"),
    ({"kind": "p", "denominator": "seen", "center_line": 50, "multiply": 100}, "a share, before `multiply`"),
    ({"kind": "c", "center_line": -1}, "`center_line` must be of at least 0; got -1"),
    ({"phase_names": "before"}, "`phase_names` must be a list"), ({"phase_names": ["a", "b"]}, "must be 1 text, one a"),
    ({"better": "up"}, "`better` must be one of 'higher', 'lower'"), ({"target": "x"}, "`target` must be a number"),
    ({"screen_moving_ranges": "no"}, "`screen_moving_ranges` must be True or False")])
def test_bad_choices_are_refused(choices, problem):
    given = {"table": counts(1, 2, 3, seen=9), "kind": "I", "value": "n"} | choices
    with pytest.raises(InputError) as refused:
        control_chart(given.pop("table"), given.pop("kind"), **given)
    assert problem in str(refused.value)


@pytest.mark.parametrize("months", [
    ["January", "February", "March"], ["01/02/2024", "01/03/2024", "01/04/2024"],
    ["02/01/2024", "03/01/2024", "02/01/2025"], ["Nov 2023", "Dec 2023", "Jan 2024"], [3, 7, 7.5],
    ["2023", "b", "a"]])
def test_an_axis_in_order_or_of_names_is_taken_as_it_is(months):
    assert control_chart(counts(1, 2, 3, month=months), value="n", at="month").points["at"].tolist() == months


def test_a_column_name_that_is_there_twice_is_refused():
    table = pd.DataFrame([[1, 2], [3, 4]], columns=["n", "n"])
    with pytest.raises(InputError, match="`value` must name one column of the table; got 'n', which 2 columns"):
        control_chart(table, value="n")
