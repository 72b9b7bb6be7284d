"""Charts are drawn as they are, signals can be told without color, and the words match the chart."""

import io

import matplotlib.dates as dates
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import StepPatch

from lnlab import own_data
from lnlab.charts.choice import fitting_kind
from lnlab.charts.funnel import funnel
from lnlab.charts.shewhart import control_chart
from lnlab.charts.words import finding, in_words
from lnlab.checks import InputError
from lnlab.figures import charts as drawn
from lnlab.figures.own_charts import own_chart
from lnlab.figures.style import ACCENT

STABLE = [26, 31, 24, 30, 27, 33, 25, 29, 32, 24, 28, 31, 26, 30, 25, 32, 27, 29, 24, 33]
SHIFTED = STABLE[:10] + [each + 14 for each in STABLE[10:]]


def remission(numerators, first="2023-01-01"):
    return pd.DataFrame({"month": pd.date_range(first, periods=len(numerators), freq="MS"), "well": numerators,
                         "seen": [50 + place % 3 for place in range(len(numerators))]})


def p_chart(numerators, **choices):
    return control_chart(remission(numerators), "p", value="well", denominator="seen", at="month", **choices)


def steps(ax):
    return [each for each in ax.patches if isinstance(each, StepPatch)]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def marks(ax):
    """Each point that was drawn, as a line of one point, from left to right."""
    from matplotlib.lines import Line2D
    found = []
    for line in ax.lines:
        if line.get_linestyle() == "None":
            for x, y in zip(line.get_xdata(), line.get_ydata()):
                found.append(Line2D([x], [y], marker=line.get_marker(),
                                    markerfacecolor=line.get_markerfacecolor()))
    return sorted(found, key=lambda each: each.get_xdata()[0])


# Control charts

def test_limits_are_steps_with_the_height_of_each_points_limit():
    chart = p_chart(STABLE)
    ax = drawn.control_chart(chart)
    lower, upper, center = steps(ax)
    np.testing.assert_allclose(upper.get_data().values, chart.points["upper_limit"])
    np.testing.assert_allclose(lower.get_data().values, chart.points["lower_limit"])
    edges, at = upper.get_data().edges, dates.date2num(chart.points["at"])
    assert ((edges[:-1] < at) & (at < edges[1:])).all() and len(np.unique(upper.get_data().values)) == 3
    np.testing.assert_allclose(ax.lines[0].get_ydata(), chart.points["value"])
    assert {"center line 56 %", "upper limit 76 %", "lower limit 35 %"} <= set(texts(ax))


def test_the_center_line_is_dashed_and_changes_color_where_the_runs_are_a_signal():
    calm, moved = (steps(drawn.control_chart(p_chart(each)))[2] for each in (STABLE, SHIFTED))
    assert calm.get_linestyle() in ("-", "solid") and to_hex(calm.get_edgecolor()) != ACCENT
    assert moved.get_linestyle() not in ("-", "solid") and to_hex(moved.get_edgecolor()) == ACCENT


def test_signals_differ_in_shape_and_color_and_are_explained():
    chart = p_chart(SHIFTED, freeze=10)
    ax = drawn.control_chart(chart)
    beyond = chart.points["beyond_limits"].to_numpy()
    run = (chart.points["signals"] != "").to_numpy() & ~beyond
    shapes = np.array([line.get_marker() for line in marks(ax)])
    assert beyond.any() and run.any() and (~beyond & ~run).any()
    for these, shape in ((beyond, "D"), (run, "^"), (~beyond & ~run, "o")):
        assert (shapes[these] == shape).all()
    said = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "beyond a limit" in said and "part of a run that chance seldom makes" in said
    assert drawn.control_chart(p_chart(STABLE)).get_legend() is None


def test_excluded_points_are_hollow_and_gaps_are_not_drawn():
    table = remission(STABLE).astype({"well": float})
    table.loc[4, "well"] = np.nan
    chart = control_chart(table, "p", value="well", denominator="seen", at="month", exclude=[3])
    found = marks(drawn.control_chart(chart))
    assert len(found) == 19 and [to_hex(each.get_markerfacecolor()) == "#ffffff" for each in found].count(True) == 1
    assert to_hex(found[2].get_markerfacecolor()) == "#ffffff"


def test_phases_are_parted_named_and_keep_their_own_lines():
    ax = drawn.control_chart(p_chart(SHIFTED, part=10, phase_names=["before", "after launch"]))
    assert len(steps(ax)) == 6 and {"before: 55 %", "after launch: 83 %"} <= set(texts(ax))
    lower_first, _, center_first, lower_second, *_ = steps(ax)
    assert lower_first.get_data().edges[-1] == lower_second.get_data().edges[0]
    assert len(center_first.get_data().values) == 10


def test_a_run_chart_has_no_limits_and_names_on_the_axis_are_kept():
    table = pd.DataFrame({"who": list("abcdefghijkl"), "days": STABLE[:12]})
    ax = drawn.control_chart(control_chart(table, "run", value="days", at="who"))
    assert len(steps(ax)) == 1 and ax.get_xlabel() == "Who" and ax.get_ylabel() == "days"
    assert [label.get_text() for label in ax.get_xticklabels()][:2] == ["a", "c"]


def test_directions_have_shapes_of_their_own():
    ax = drawn.control_chart(p_chart(SHIFTED, rules="making data count", better="higher", target=0.7))
    shapes = {line.get_marker() for line in marks(ax)}
    assert {"*", "s"} <= shapes and "target 70 %" in texts(ax)


def test_remarks_stand_at_their_points():
    notes = [""] * 20
    notes[10] = "planned visits begin"
    assert "planned visits begin" in texts(drawn.control_chart(p_chart(SHIFTED), notes=notes))
    with pytest.raises(InputError, match="`notes` must hold a remark for each of the 20 points"):
        drawn.control_chart(p_chart(SHIFTED), notes=["one"])


@pytest.mark.parametrize("values", [[3], [0, 0], [5, np.nan, 5], list(range(40))])
@pytest.mark.parametrize("kind", ["run", "I", "MR", "c", "t"])
def test_small_and_odd_series_are_drawn(values, kind):
    if kind == "t" and min(values) == 0:
        values = [each + 1 for each in values]
    chart = control_chart(pd.DataFrame({"n": values}), kind, value="n")
    drawn.control_chart(chart).figure.canvas.draw()
    assert in_words(chart)


def test_what_is_no_chart_is_refused():
    for refuse in (drawn.control_chart, in_words, finding, drawn.funnel):
        with pytest.raises(InputError):
            refuse(remission(STABLE))
    for refuse in (drawn.control_chart, in_words):
        with pytest.raises(InputError):
            refuse(p_chart(STABLE, part=10), carried=remission(STABLE))


# Words

def test_no_signal_says_not_to_react():
    told = in_words(p_chart(STABLE), "Patients in remission")
    assert told[0] == "Patients in remission: 20 months, January 2023 to August 2024."
    assert told[1].endswith("fall about as often above it as below, and nearly all lie between their limits (35 % and "
                            "76 % for the last month).")
    assert told[2].startswith("No signal: this looks like chance alone. Do not react to a single month")
    assert finding(p_chart(STABLE)) == "No signal: this looks like chance alone"


def test_each_long_run_is_named_with_its_side_and_months():
    told = in_words(p_chart(SHIFTED))
    assert told[2:4] == [
        "Signal: 10 months in a row lie below the center line (January 2023 to October 2023); chance alone seldom puts "
        "more than 7 there.",
        "Signal: 10 months in a row lie above the center line (November 2023 to August 2024); chance alone seldom puts "
        "more than 7 there."]
    assert told[4] == ("Signal: the values cross the center line only once; chance alone seldom does so fewer than 6 "
                       "times.")
    assert "find out what was done" in " ".join(told) and not any("No signal" in each for each in told)


def test_two_long_runs_on_one_side_stay_two():
    values = [3.0] * 9 + [1.0, 1.1] + [3.1] * 9
    chart = control_chart(pd.DataFrame({"y": values}), "run", value="y", center_line=2)
    told = [each for each in in_words(chart) if "in a row" in each]
    assert [each.partition(";")[0] for each in told] == [
        "Signal: 9 points in a row lie above the center line (point 1 to point 9)",
        "Signal: 9 points in a row lie above the center line (point 12 to point 20)"]


def test_the_title_names_the_longest_run_and_what_lies_beyond_the_limits():
    values = [3.0] * 9 + [1.0] + [3.1] * 12 + [1.0] * 3
    chart = control_chart(pd.DataFrame({"y": values}), "run", value="y", center_line=2)
    assert finding(chart) == "Signal: 12 points in a row lie above the center line"
    assert [each.split()[1] for each in in_words(chart) if "in a row" in each] == ["12", "9"]
    assert finding(p_chart(SHIFTED, freeze=10)).startswith("Signal: 10 months in a row lie above the center line, and ")
    one = control_chart(pd.DataFrame({"y": [*STABLE, *[30] * 8, 60]}), "I", value="y", freeze=20)
    assert finding(one) == "Signal: 10 points in a row lie above the center line, and 1 lies beyond a limit"


def test_a_value_that_is_written_twice_does_not_part_a_run():
    values = [0.1 + 0.2] + [0.5] * 5 + [0.1 + 0.2, 0.3 - 1e-16] + [0.6] * 5 + [0.2] * 2
    chart = control_chart(pd.DataFrame({"y": values}), "run", value="y", center_line=0.3)
    assert chart.phases["longest_run"][0] == 10
    assert finding(chart) == "Signal: 10 points in a row lie above the center line"


@pytest.mark.parametrize("kind, choices", [("run", {}), ("I", {}), ("I", {"freeze": 12}), ("I", {"rules": "nelson"})])
def test_a_signal_may_be_a_false_alarm_and_no_rate_of_other_charts_is_told(kind, choices):
    told = " ".join(in_words(control_chart(pd.DataFrame({"y": SHIFTED}), kind, value="y", **choices)))
    assert "A signal can be a false alarm" in told and "find out what was done, or counted, differently" in told
    assert "of 100" not in told


def test_the_dashed_center_line_is_explained_by_what_was_found():
    def said(chart):
        return [each.get_text() for each in drawn.control_chart(chart).get_legend().get_texts()]
    assert "center line: long run, few crossings" in said(p_chart(SHIFTED))
    crossings = control_chart(pd.DataFrame({"y": [9] * 6 + [1] * 6}), "run", value="y", center_line=5)
    assert said(crossings) == ["center line: few crossings"]


def test_one_point_beyond_a_limit_is_a_question_about_that_point():
    told = in_words(control_chart(pd.DataFrame({"y": [*STABLE, 90]}), "I", value="y"))
    assert "Signal: 1 point lies beyond a limit: point 21 (above)." in told
    assert any("look for what was special about it" in each for each in told)


def test_too_few_points_are_no_sign_of_calm():
    chart = p_chart(STABLE[:7])
    told = " ".join(in_words(chart))
    assert "No signal. But with 7 months off the center line, change can hardly be told from chance" in told
    assert "looks like chance alone" not in told and finding(chart) == "No signal, but the months are too few to tell"


def test_months_that_are_all_alike_are_no_sign_of_calm_either():
    assert finding(control_chart(pd.DataFrame({"y": [5] * 30}), "I", value="y")) == (
        "No signal, but too few points lie off the center line to tell")


def test_phases_drawn_apart_are_not_called_a_change():
    told = in_words(p_chart(SHIFTED, part=10, phase_names=["before", "after"]))
    assert told[1].startswith("Before (10 months, January 2023 to October 2023): center line 55 %")
    assert any("was chosen, not found" in each for each in told)
    assert any(each.startswith("No signal within the phases") for each in told)
    assert [each for each in told if each.startswith("Caution")] == [
        "Caution, before and after: The limits rest on 10 points: with fewer than 20 (a custom, not a law) they are "
        "provisional."]


def test_target_and_direction_are_told():
    told = " ".join(in_words(p_chart(SHIFTED, rules="making data count", better="higher", target=0.99)))
    assert "As higher is better, these are" in told and "hardly any month will meet the target of 99 %" in told


def test_every_signal_of_a_chart_is_in_its_words():
    luck = np.random.default_rng(3)
    for _ in range(60):
        values = luck.normal(size=30).cumsum() * luck.choice([0, 0.4]) + luck.normal(size=30)
        chart = control_chart(pd.DataFrame({"y": values}), "I", value="y", rules=luck.choice(["anhoej", "nelson"]))
        said = any(each.startswith("Signal") for each in in_words(chart))
        assert said == bool(chart.phases["runs_signal"].any() or (chart.points["signals"] != "").any())
        assert said == finding(chart).startswith("Signal")


# What a chart cannot tell

def crowded(kind, values, **choices):
    return control_chart(pd.DataFrame({"y": values, "seen": 20}), kind, value="y", **choices)


ALL_WELL = [20, 20, 19, 20, 20, 20, 18, 20, 20, 19, 20, 20, 17, 20, 20, 20, 19, 20, 20, 19, 20, 20, 20, 20]
RARE = [0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0]


@pytest.mark.parametrize("kind, values, shared, end", [
    ("run", ALL_WELL, True, "largest"), ("p", ALL_WELL, True, "largest"), ("run", RARE, False, "least"),
    ("c", RARE, False, "least"), ("p", RARE, True, "least"), ("I", RARE, False, "least"), ("g", RARE, False, "least")])
@pytest.mark.parametrize("rules", ["anhoej", "nelson", "making data count"])
def test_values_that_crowd_at_a_floor_or_ceiling_make_no_sure_signal(kind, values, shared, end, rules):
    chart = crowded(kind, values, rules=rules, denominator="seen" if shared else None)
    told = in_words(chart)
    assert f"crowd at or near the {end}" in chart.phases["caution"][0] and chart.phases["caution"][0] in told[-1]
    found = bool(chart.phases["runs_signal"][0] or (chart.points["signals"] != "").any())
    assert found == finding(chart).startswith("Signal in doubt: ")
    for false in ("about as often above", "nearly all", "seldom", "more than chance is likely", "of 100 run"):
        assert false not in " ".join(told).replace("1 to 2 in 100", "")
    legend = drawn.control_chart(chart).get_legend()
    assert legend is None or "seldom" not in " ".join(text.get_text() for text in legend.get_texts())


def test_false_alarms_of_crowded_values_hardly_ever_come_without_a_caution():
    luck = np.random.default_rng(5)
    for kind, draw in (("run", lambda: luck.binomial(20, 0.98, 24)), ("p", lambda: luck.binomial(20, 0.98, 24)),
                       ("run", lambda: luck.poisson(0.6, 24)), ("c", lambda: luck.poisson(0.3, 36))):
        shared = {"denominator": "seen"} if draw().max() > 9 else {}
        charts = [crowded(kind, draw(), **shared) for _ in range(40)]
        alarms = [chart for chart in charts if finding(chart).startswith("Signal")]
        assert len(alarms) > 5 and sum(finding(chart).startswith("Signal:") for chart in alarms) <= 2


def test_ample_counts_need_no_caution_of_crowding():
    luck = np.random.default_rng(6)
    for _ in range(20):
        for chart in (p_chart(luck.binomial([50 + i % 3 for i in range(24)], 0.6)),
                      crowded("c", luck.poisson(12, 24)), crowded("run", luck.normal(size=24)),
                      crowded("I", luck.normal(size=24))):
            assert "crowd" not in chart.phases["caution"][0] and "doubt" not in finding(chart)


def test_lines_of_a_few_frozen_points_make_no_sure_signal():
    chart = control_chart(pd.DataFrame({"y": SHIFTED}), "I", value="y", freeze=4)
    told = " ".join(in_words(chart))
    assert finding(chart).startswith("Signal in doubt: ") and "more than chance is likely" not in told
    assert finding(control_chart(pd.DataFrame({"y": SHIFTED}), "I", value="y", freeze=12)).startswith("Signal: ")


@pytest.mark.parametrize("kind, values, choices", [
    ("c", [0] * 15 + [1, 0, 0, 1], {"freeze": 10}), ("p", [20] * 12 + [20, 19, 18, 20], {"freeze": 10}),
    ("c", [0] * 15 + [1, 0, 0, 1], {"freeze": 10, "rules": "nelson"})])
def test_limits_without_width_are_no_reason_for_a_signal(kind, values, choices):
    chart = crowded(kind, values, denominator="seen" if kind == "p" else None, **choices)
    assert chart.points["beyond_limits"].sum() == 2         # as in other software
    told = in_words(chart)
    assert finding(chart).startswith("No signal, but") and "beyond a limit" not in " ".join(told[:-1])
    assert "limits without any width say nothing" in told[-1] and "more than chance" not in " ".join(told)


@pytest.mark.parametrize("rules", ["anhoej", "nelson", "making data count", "limits"])
@pytest.mark.parametrize("kind, values", [("I", [3]), ("MR", [3, 4]), ("run", [3]), ("I", [3, None, 4, None, 90])])
def test_fewer_points_than_a_rule_needs_are_no_chance_alone(kind, values, rules):
    chart = control_chart(pd.DataFrame({"y": values}), kind, value="y", rules=rules)
    assert finding(chart).startswith("No signal, but")
    assert "chance alone" not in finding(chart) + " ".join(in_words(chart))
    assert "with fewer than 10" in chart.phases["caution"][0]


def test_a_rule_that_cannot_be_asked_is_not_passed():
    chart = control_chart(pd.DataFrame({"y": STABLE}), "run", value="y", rules="limits")
    assert finding(chart) == "No signal, but there are no limits to ask"
    assert "chance alone" not in " ".join(in_words(chart))


def test_a_phase_of_two_points_is_not_within_chance():
    chart = control_chart(pd.DataFrame({"y": STABLE[:16]}), "I", value="y", part=2)
    assert finding(chart) == "No signal within the phases, but “phase 1” can hardly tell a change from chance"
    assert "chance alone" not in " ".join(in_words(chart))


def test_rows_with_labels_are_counted_as_part_and_exclude_count_them():
    table = pd.DataFrame({"y": [9, 9, 9, 3, 5, 4, 6, 30, 8, 2, 5, 4, 6, 3, 8, 2, 4]}).iloc[3:]
    chart = control_chart(table, "I", value="y")
    assert "Signal: 1 point lies beyond a limit: point 5 (above)." in in_words(chart)
    assert not control_chart(table, "I", value="y", exclude=5).points["used"][4]
    with pytest.raises(InputError, match="must not go back"):
        control_chart(table.iloc[::-1], "I", value="y")
    assert control_chart(table.rename_axis("week"), "I", value="y").points["at"].tolist() == list(range(3, 17))


@pytest.mark.parametrize("at, said", [
    (pd.period_range("2024-01", periods=4, freq="M"), "4 months, January 2024 to April 2024"),
    (pd.period_range("2024Q1", periods=4, freq="Q"), "4 quarters, 2024Q1 to 2024Q4"),
    ([2020.0, 2021.0, 2022.0, 2023.0], "4 points, year 2020 to year 2023")])
def test_periods_and_years_are_said_as_people_say_them(at, said):
    chart = control_chart(pd.DataFrame({"y": [3, 4, 5, 6], "year": at}), value="y", at="year")
    assert in_words(chart)[0] == f"y: {said}."
    drawn.control_chart(chart).figure.canvas.draw()


# Which chart

def test_the_chart_that_suits():
    months = remission(STABLE)
    assert fitting_kind(months, "well", "seen")[0] == "p" and fitting_kind(months, "well")[0] == "I"
    assert fitting_kind(months.head(11), "well", "seen")[0] == "run" == fitting_kind(months.head(11), "well")[0]
    wild = months.assign(well=months["well"] * 40 + np.tile([0, 300], 10), seen=months["seen"] * 40)
    kind, why = fitting_kind(wild, "well", "seen")
    assert kind == "p'" and "times as much as chance" in why
    assert fitting_kind(months.assign(well=0), "well", "seen")[0] == "run"


def test_a_shift_between_phases_is_no_reason_for_wider_limits():
    jumps = remission(([5] * 3 + [45] * 3) * 2)
    assert fitting_kind(jumps, "well", "seen")[0] == "p'"
    assert fitting_kind(jumps, "well", "seen", part=[3, 6, 9])[0] == "p"


def test_chance_alone_seldom_asks_for_wider_limits():
    luck = np.random.default_rng(5)
    kinds = [fitting_kind(remission(luck.binomial([50 + i % 3 for i in range(24)], 0.6)), "well", "seen")[0]
             for _ in range(200)]
    assert 0.01 <= kinds.count("p'") / 200 <= 0.1


@pytest.mark.parametrize("table, given, problem", [
    ({"n": [5] * 14}, ("m",), "`value` must name a column"), (None, ("n",), "`table` must be a pandas DataFrame"),
    ({"n": [11] * 14, "d": 10}, ("n", "d"), "must not be above `d`; got 11 of 10"),
    ({"n": [-1] * 14, "d": 10}, ("n", "d"), "count of at least 0"), ({"n": [5] * 14}, ("n", None, "x"), "`part` must")])
def test_a_measure_that_cannot_be_charted_has_no_fitting_kind(table, given, problem):
    with pytest.raises(InputError, match=problem):
        fitting_kind([1] if table is None else pd.DataFrame(table), *given)


def test_gaps_and_phases_of_one_point_have_a_fitting_kind():
    table = pd.DataFrame({"n": [5] * 14, "d": pd.array([10] * 13 + [None], dtype="Int64")}, index=[0] * 14)
    assert fitting_kind(table, "n", "d", part=None)[0] == fitting_kind(table, "n", "d", part=[])[0] == "p"
    assert "no two neighbors" in fitting_kind(table, "n", "d", part=list(range(1, 14)))[1]


# Funnels

def test_of_very_many_groups_beyond_the_limits_only_some_are_named():
    luck = np.random.default_rng(2)
    many = pd.DataFrame({"center": [f"center {i}" for i in range(200)], "patients_seen": luck.integers(100, 300, 200)})
    many["remissions"] = (many["patients_seen"] * luck.beta(2, 2, 200)).astype(int)
    ax = drawn.funnel(funnel(many, overdispersion=None))
    assert 5 < sum("center" in each for each in texts(ax)) <= 30
    assert ax.get_legend().get_texts()[-1].get_text().startswith("named: the farthest")


def test_dollar_signs_are_drawn_as_they_are_written():
    names = {"month": "a $5 to $6", "y": "costs $x, 10% of $y", "who": [f"$5 {i}$ _^" for i in range(12)]}
    table = pd.DataFrame({names["month"]: names["who"], names["y"]: STABLE[:12]})
    chart = control_chart(table, "I", value=names["y"], at=names["month"], part=6, phase_names=["$a_ $", "b$_$"])
    carried = control_chart(table, "I", value=names["y"], at=names["month"], freeze=6)
    ax = drawn.control_chart(chart, notes=["saved $5, 10% of $50"] + [""] * 11, carried=carried)
    ax.figure.canvas.draw()
    shown = [*ax.texts, ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels(), *ax.get_legend().get_texts()]
    assert not any(text.get_parse_math() for text in shown)
    centers_named = centers().assign(center=[f"${each}_ 10% of $5" for each in "ABCDEFGHIJKL"])
    drawn.funnel(funnel(centers_named, overdispersion=None), measure="$_$", unit="$^$").figure.canvas.draw()
    file = own_data.example_measure().assign(phase=["$_ before"] * 12 + ["$_ after"] * 12, note="$5 of $_")
    own(file, measure="$_ of $_").png()


def test_the_last_limits_are_labeled_when_the_last_point_has_none():
    table = pd.DataFrame({"n": [3, 4, 5, 0], "d": [9, 9, 9, 0]})
    chart = control_chart(table, "p", value="n", denominator="d")
    assert {"lower limit 0 %", "center line 44 %", "upper limit 94 %"} <= set(texts(drawn.control_chart(chart)))


def test_many_points_are_few_lines():
    chart = control_chart(pd.DataFrame({"y": np.random.default_rng(1).normal(size=5000)}), "I", value="y")
    assert len(drawn.control_chart(chart).lines) < 10


def test_long_names_of_phases_do_not_run_into_each_other():
    names = ["as it was, before anybody had thought of planning", "b", "the third, with a long name of its own"]
    ax = drawn.control_chart(p_chart(STABLE, part=[2, 4], phase_names=names))
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts if text.get_gid() == "phase name"]
    assert len(boxes) == 3 and all(left.x1 <= right.x0 for left, right in zip(boxes, boxes[1:]))


def centers():
    return pd.DataFrame({"center": list("ABCDEFGHIJKL"),
                         "remissions": [30, 77, 150, 119, 60, 88, 45, 200, 31, 62, 70, 91],
                         "patients_seen": [50, 110, 200, 300, 91, 130, 70, 290, 50, 93, 101, 140]})


def test_a_funnel_shows_each_group_at_its_size_and_names_those_beyond():
    result = funnel(centers(), overdispersion=None)
    ax = drawn.funnel(result, measure="Patients in remission", unit="Patients seen")
    points = [line for line in ax.lines if line.get_linestyle() == "None"]
    assert sum(len(line.get_xdata()) for line in points) == 12
    assert {line.get_label(): line.get_marker() for line in points} == {
        "within the limits": "o", "beyond 95 % limits": "^", "beyond 99.8 % limits": "D"}
    flagged = result.points.loc[result.points["signal"] != "", "group"].tolist()
    assert flagged and set(flagged) <= set(texts(ax)) and "all together 63 %" in texts(ax)
    np.testing.assert_array_equal(ax.lines[2].get_ydata(), result.curve["upper_95"])
    assert ax.get_xlabel() == "Patients seen"


def test_a_funnel_of_one_small_center_is_drawn():
    drawn.funnel(funnel(pd.DataFrame({"center": ["A"], "remissions": [0], "patients_seen": [2]}))).figure.canvas.draw()


# From a file

def own(table, **choices):
    return own_chart(io.StringIO(table.to_csv(index=False)), **choices)


def test_a_file_becomes_a_chart_with_its_words():
    mine = own(own_data.example_measure(), measure="Visits planned ahead")
    assert mine.chart.kind == "p" and mine.chart.phases["name"].tolist() == ["as it was", "planned ahead"]
    assert mine.figure.axes[0].get_title(loc="left") == (
        "Signal: 12 months in a row lie above the center line, and 9 lie\nbeyond a limit, by the lines of “as it was”")
    assert "first planned visits" in texts(mine.figure.axes[0])
    assert str(mine).splitlines() == mine.sentences and mine.sentences[-1].startswith("A p chart, because")
    assert mine.sentences[-3] == "24 rows were read, 2023-01 to 2024-12."
    data, about = mine._repr_mimebundle_()
    assert data["text/plain"] == about["image/png"]["alt"] == " ".join(mine.sentences)


def test_the_verdict_on_an_own_file_stands_first_and_is_one():
    mine = own(own_data.example_measure(), measure="Visits planned ahead")
    assert mine.sentences[1].startswith("Signal, by the lines of “as it was” carried on to the end: 12 months in a row")
    assert "The chart does not say what it was: find out what was done" in mine.sentences[3]
    assert "Within each phase, by lines of its own, there is no signal." in mine.sentences
    assert not any(said in str(mine) for said in ("No signal", "Do not react", "(freeze)", "frozen"))
    assert str(mine).count("with fewer than 20") == 1


def test_a_verdict_by_the_lines_of_few_months_is_no_firm_one():
    few = own_data.example_measure()
    few["phase"] = ["first"] * 3 + ["second"] * 21
    told = own(few).sentences
    place = next(i for i, each in enumerate(told) if each.startswith("But these lines rest on 3 months only"))
    assert told[1].startswith("Signal") and place < next(i for i, each in enumerate(told) if each.startswith("First ("))
    assert "only: too few" not in str(own(own_data.example_measure()))


def test_the_picture_of_an_own_file_shows_what_its_title_says():
    mine = own(own_data.example_measure())
    ax = mine.figure.axes[0]
    carried = control_chart(mine.table, "p", value="numerator", denominator="denominator", at="month", freeze=12)
    assert [line.get_marker() for line in marks(ax)] == [
        "D" if row.beyond_limits else "^" if row.signals else "o" for row in carried.points.itertuples()]
    center, lower, upper = steps(ax)[-3:]
    for drawn_line, name in ((center, "center_line"), (lower, "lower_limit"), (upper, "upper_limit")):
        np.testing.assert_allclose(drawn_line.get_data().values, carried.points[name][12:])
    assert "lines of “as it was”, carried on" in [each.get_text() for each in ax.get_legend().get_texts()]


def test_phases_of_an_own_file_without_any_signal_say_so_once():
    calm = pd.DataFrame({"month": range(1, 21), "numerator": STABLE, "denominator": 50,
                         "phase": ["before"] * 10 + ["after"] * 10})
    mine = own(calm)
    assert mine.figure.axes[0].get_title(loc="left") == (
        "No signal: this looks like chance alone, by the lines of\n“before”")
    assert "By the lines of “before” carried on to the end: No signal: this looks like chance alone." in mine.sentences
    assert len(steps(mine.figure.axes[0])) == 6 and {line.get_marker() for line in marks(mine.figure.axes[0])} == {"o"}


def test_the_lines_can_be_frozen_before_a_change():
    mine = own(own_data.example_measure().drop(columns="phase"), freeze="2023-12-01")
    assert mine.chart.phases["runs_signal"].tolist() == [True] and len(mine.chart.phases) == 1
    assert mine.figure.axes[0].get_title(loc="left") == (
        "Signal: 12 months in a row lie above the center line, and 9 lie\nbeyond a limit")


def test_one_set_of_lines_is_drawn_and_told():
    mine = own(own_data.example_measure(), freeze=6)
    ax = mine.figure.axes[0]
    assert np.unique(steps(ax)[2].get_data().values) == np.unique(steps(ax)[-3].get_data().values)
    assert "But these lines rest on 6 months only" in str(mine)
    assert ax.get_title(loc="left").startswith("Signal in doubt: 12 months in a row")
    second = own(own_data.example_measure(), freeze=20)
    assert second.figure.axes[0].get_title(loc="left") == own(own_data.example_measure()).figure.axes[0].get_title(
        loc="left")


def test_the_lines_of_one_month_say_nothing_of_chance():
    calm = pd.DataFrame({"month": range(1, 21), "numerator": STABLE, "denominator": 50,
                         "phase": ["a"] + ["b"] * 19})
    mine = own(calm)
    title = mine.figure.axes[0].get_title(loc="left").replace("\n", " ")
    assert title.startswith(("No signal, but the lines rest on too few months to tell", "Signal in doubt"))
    assert "chance alone" not in str(mine) and "But these lines rest on 1 month only" in str(mine)


def test_what_carried_lines_cannot_tell_is_told():
    crowd = pd.DataFrame({"month": range(1, 25), "numerator": [50] * 12 + STABLE[:12], "denominator": 50,
                          "phase": ["a"] * 12 + ["b"] * 12})
    assert "limits without any width say nothing" in str(own(crowd))


def test_measured_values_and_short_series_have_charts_too():
    days = pd.DataFrame({"month": range(20), "value": STABLE})
    assert own(days).chart.kind == "I" and own(days.head(8)).chart.kind == "run"
    assert "8 points would say less than they seem" in str(own(days.head(8)))


def test_a_bad_file_is_told_what_is_wrong():
    with pytest.raises(own_data.FileProblems, match="row 3, column `numerator`"):
        own(pd.DataFrame({"month": ["2024-01", "2024-02"], "numerator": [1, 9], "denominator": [4, 4]}))
