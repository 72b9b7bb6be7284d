"""The rules that tell a change from chance mark the points they should, say what they mean, and are seldom wrong."""

import json
from itertools import groupby, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lnlab.charts import control_chart, false_alarm_rate, run_rule_limits
from lnlab.charts.signals import BEYOND, LONG_RUN, long_run, signals
from lnlab.checks import InputError

KNOWN = json.loads((Path(__file__).parent / "known" / "spc.json").read_text(encoding="utf-8"))["anhoej_table"]
NELSON = {1: [0, 3.1, 0], 2: [0.5] * 9, 3: [-1.4, -0.9, -0.5, 0.2, 0.3, 0.6], 4: [0.4, -0.4] * 7, 5: [2.1, 0.1, 2.2],
          6: [1.1, 1.2, -0.1, 1.3, 1.4], 7: [0.9, -0.8, -0.7] * 5, 8: [1.1, -1.2, -1.3, 1.4] * 2}
TOO_FEW = {1: [0, 2.9, 0], 2: [0.5] * 8 + [0], 3: [-1.4, -0.9, -0.9, -0.5, 0.2, 0.3], 4: [0.4, -0.4] * 6 + [0.4],
           5: [2.1, 0.1, -2.2], 6: [1.1, 1.2, -0.1, 1.3, -1.4], 7: [0.9, -0.8, -0.7] * 4 + [0.9, -0.8, 1.1],
           8: [1.1, -1.2, -1.3, 1.4] + [0.9] + [1.1, -1.2, -1.3, 1.4]}


def found(rules, values):
    """What the rules find in a series in units of sigma."""
    values = np.array(values, dtype=float)
    sides = np.sign(values).astype(int)
    return signals(rules, values, sides, values, np.where(np.abs(values) > 3, sides, 0))


def chart(values, kind="I", **choices):
    return control_chart(pd.DataFrame({"days": values}), kind, value="days", **choices)


def marked(result, name):
    """The numbers of the points that a rule marks."""
    parts = result.points["signals"].str.split("; ")
    return result.points.loc[[name in part for part in parts], "number"].tolist()


# Runs and crossings

def test_limits_of_the_run_rules_are_those_of_other_software():
    limits = [run_rule_limits(n) for n in KNOWN["n"]]
    assert [each.longest_run_max for each in limits] == KNOWN["longest_run_max"]
    assert [each.n_crossings_min for each in limits] == KNOWN["n_crossings_min"]
    assert len(limits) == 120 and run_rule_limits(np.int64(24)) == (8, 8)


@pytest.mark.parametrize("n", [0, -3, 2.5, True, "24", None])
def test_run_rules_need_useful_points(n):
    with pytest.raises(InputError, match="`n_useful` must be a whole number of at least 1"):
        run_rule_limits(n)


def test_the_points_of_a_long_run_are_marked_and_no_others():
    values = [1, 2, 1, 2, *[8, 9, 5, 8, 9, 8, 9, 8, 9], 1, 2, 1]
    result = chart(values, "run", center_line=5)
    assert result.phases.loc[0, ["n_useful", "longest_run", "longest_run_max"]].tolist() == [15, 8, 7]
    assert marked(result, LONG_RUN) == [5, 6, 8, 9, 10, 11, 12, 13]      # point 7 is on the center line
    assert result.phases["runs_signal"].tolist() == [True]
    shorter = chart(values[:12] + values[13:], "run", center_line=5)
    assert marked(shorter, LONG_RUN) == []


def test_excluded_points_and_gaps_do_not_end_a_run():
    values = [1, 2, 1, 2, *[8, 9, 1, 8, 9, np.nan, 8, 9, 8, 9], 1, 2, 1, 2]
    result = chart(values, "run", center_line=5, exclude=7)
    assert marked(result, LONG_RUN) == [5, 6, 8, 9, 11, 12, 13, 14] and result.phases["longest_run"][0] == 8
    assert marked(chart(values, "run", center_line=5), LONG_RUN) == []


def test_runs_begin_anew_in_every_phase():
    values = [1, 2, 1, 2, 8, 9, 8, 9, 8, 9, 8, 9, 1, 2, 1, 2]
    assert marked(chart(values, "run", center_line=5), LONG_RUN) == list(range(5, 13))
    assert marked(chart(values, "run", center_line=5, part=8), LONG_RUN) == []


def test_few_crossings_are_a_signal_of_the_phase_and_of_no_single_point():
    result = chart([9, 9, 9, 9, 9, 9, 1, 1, 1, 1, 1, 1], "run", center_line=5)
    assert result.phases.loc[0, ["n_crossings", "n_crossings_min", "runs_signal"]].tolist() == [1, 3, True]
    assert (result.points["signals"] == "").all()


@pytest.mark.parametrize("rules", ["nelson", "making data count", "limits"])
def test_run_rules_speak_only_where_they_were_chosen(rules):
    values = [9, 8] * 6 + [1, 2] * 6
    assert chart(values).phases["runs_signal"][0]
    assert not chart(values, rules=rules).phases["runs_signal"][0]
    assert LONG_RUN not in " ".join(chart(values, rules=rules).points["signals"])


def test_moving_ranges_are_asked_for_their_limit_alone():
    values = np.cumsum(range(20))           # ranges that only rise
    result = chart(values, "MR", rules="nelson", freeze=6)
    assert set(result.points["signals"]) == {"", "Nelson 1: " + BEYOND}
    assert result.points["beyond_limits"].sum() == (result.points["signals"] != "").sum() > 0
    result = chart(values, "MR")
    assert result.phases["longest_run"][0] > result.phases["longest_run_max"][0] and not result.phases["runs_signal"][0]


def test_an_excluded_point_beyond_a_limit_is_marked_too():
    result = chart([49, 52, 48, 51, 80, 49, 51, 48], exclude=5, better="lower")
    assert result.points.loc[4, ["beyond_limits", "signals", "meaning"]].tolist() == [True, BEYOND, "concern"]


# Nelson

@pytest.mark.parametrize("rule", NELSON)
@pytest.mark.parametrize("sign", [1, -1])
def test_each_nelson_rule_marks_its_pattern_and_not_the_one_below_it(rule, sign):
    for values, seen in [(NELSON, True), (TOO_FEW, False)]:
        part = found("nelson", sign * np.array(values[rule]))
        name = next(name for name in part if name.startswith(f"Nelson {rule}:"))
        assert part[name].any() == seen
        if seen and rule in (1, 2, 3, 5, 6):
            assert set(part[name]) - {0} == {sign}


def test_nelson_rules_mark_the_points_that_make_the_pattern():
    assert found("nelson", NELSON[5])["Nelson 5: two of three beyond two sigmas"].tolist() == [1, 0, 1]
    part = found("nelson", [0, *NELSON[6], 0])["Nelson 6: four of five beyond one sigma"]
    assert part.tolist() == [0, 1, 1, 0, 1, 1, 0]
    assert found("nelson", [1, *NELSON[3]])["Nelson 3: six rising or falling"].tolist() == [0, 1, 1, 1, 1, 1, 1]
    assert found("nelson", [-1, *NELSON[2], 0])["Nelson 2: nine on one side"].tolist() == [0] + [1] * 9 + [0]


def test_zones_of_skewed_charts_follow_their_own_scale():
    times = np.array([20.0, 30] * 6 + [10, 20, 10])
    result = chart(times, "t", rules="nelson", freeze=12)
    root = times ** (1 / 3.6)
    sigma = np.abs(np.diff(root[:12])).mean() / 1.128
    assert ((root - root[:12].mean()) / sigma < -2).tolist() == [False] * 12 + [True, False, True]
    assert (10 - times[:12].mean()) / (10 / 1.128) > -2         # not beyond two sigmas without the root
    assert marked(result, "Nelson 5: two of three beyond two sigmas") == [13, 15]


def test_a_run_chart_is_asked_only_what_it_can_answer():
    result = chart([1, 9, 2, 8] * 2 + list(range(10, 16)), "run", rules="nelson")
    assert marked(result, "Nelson 3: six rising or falling") == [7, 8, 9, 10, 11, 12, 13, 14]
    assert "the rules that need limits were not asked" in result.phases["caution"][0]


# Making data count

def test_making_data_count_marks_what_it_should():
    # mean 0, one sigma 1: seven on one side, seven rising, two of three near a limit with all three on one side
    names = list(found("making data count", [0]))
    assert names == [BEYOND, "seven rising or falling", "two of three near a limit", "seven on one side"]
    part = found("making data count", [-1, 1, 2, 1, 2, 1, 2, 1, -1])
    assert part["seven on one side"].tolist() == [0, 1, 1, 1, 1, 1, 1, 1, 0]
    assert found("making data count", [1, 1, 1, 0, 1, 1, 1, 1])["seven on one side"].sum() == 0
    part = found("making data count", [-3, -2, -1, 0, 1, 2, 3, 2, 1, 0, -1, -2, -3])
    assert part["seven rising or falling"].tolist() == [1] * 6 + [-1] * 7          # the turning point falls
    assert found("making data count", [2.5, 0.1, 2.1])["two of three near a limit"].tolist() == [1, 0, 1]
    for not_so in ([2.5, -0.1, 2.1], [2.5, 3.1, 0.1], [2.5, 0, 2.1], [2.5, 0.1, 0.2, 2.1]):
        assert found("making data count", not_so)["two of three near a limit"].sum() == 0


@pytest.mark.parametrize("better, meaning", [("higher", "improvement"), ("lower", "concern"), (None, "")])
def test_a_signal_means_improvement_or_concern(better, meaning):
    values = [49, 52, 48, 51, 49, 51, 48, 52, 49, 51, 48, 80]
    points = chart(values, rules="making data count", better=better, center_line=50).points
    assert points["meaning"].tolist() == [""] * 11 + [meaning] and points["signals"][11] == BEYOND


def test_the_first_rule_that_speaks_gives_the_meaning():
    rising = [10, 20, 30, 40, 50, 60, 70, 80]       # all below the center line, but rising
    points = chart(rising, rules="making data count", better="higher", center_line=500).points
    assert set(points["signals"]) == {"beyond a limit; seven rising or falling; seven on one side"}
    assert set(points["meaning"]) == {"concern"}        # beyond a limit speaks before the trend
    points = chart(rising, rules="making data count", better="higher", center_line=95).points
    assert points["signals"][7] == "seven rising or falling; seven on one side"
    assert points["meaning"][7] == "improvement"


def test_a_rule_without_a_direction_has_no_meaning():
    points = chart(NELSON[4], rules="nelson", better="higher", center_line=0).points
    assert "Nelson 4: fourteen alternating" in points["signals"][0] and set(points["meaning"]) == {""}


@pytest.mark.parametrize("better, target, assurance", [
    ("higher", 90, "consistent fail"), ("lower", 90, "consistent pass"), ("higher", 10, "consistent pass"),
    ("lower", 10, "consistent fail"), ("higher", 50, "inconsistent"), (None, 90, ""), ("higher", None, "")])
def test_assurance_is_by_the_last_limits(better, target, assurance):
    values = [80, 82, 78, 81, 79, 80, 50, 52, 48, 51, 49, 50]
    result = chart(values, rules="making data count", part=6, better=better, target=target)
    assert result.assurance == assurance and result.target == target
    assert chart(values, "run", better=better, target=target).assurance == ""


# False alarms

def false_alarms(n):
    """The exact share of series of `n` coin throws in which a run rule signals: throw by throw, over the crossings so
    far and the length of the present run."""
    longest, fewest = run_rule_limits(n)
    quiet = np.zeros((n, longest + 1))
    quiet[0, 1] = 1
    for _ in range(n - 1):
        before, quiet = quiet / 2, np.zeros_like(quiet)
        quiet[:, 2:] = before[:, 1:-1]
        quiet[1:, 1] = before[:-1].sum(axis=1)
    return 1 - quiet[fewest:].sum()


def test_a_coin_thrown_twelve_times_gives_the_false_alarms_that_counting_gives():
    throws = np.array(list(product([1, -1], repeat=12)))
    limits = run_rule_limits(12)
    runs = [[len(list(run)) for _, run in groupby(throw)] for throw in throws.tolist()]
    alarms = [max(each) > limits.longest_run_max or len(each) - 1 < limits.n_crossings_min for each in runs]
    assert long_run(throws).any(axis=-1).tolist() == [max(each) > limits.longest_run_max for each in runs]
    assert np.mean(alarms) == false_alarms(12)


def test_run_rules_are_seldom_wrong_however_long_the_series():
    exact = np.array([false_alarms(n) for n in range(12, 101)])
    assert exact.min() > 0.03 and exact.max() < 0.11 and (exact < 0.10).mean() > 0.9
    rates = false_alarm_rate("Anhøj", [12, 20, 24, 36, 60, 90, 100], n_simulations=10_000)
    assert (rates["low"] < rates["false_alarm_rate"]).all() and (rates["false_alarm_rate"] < rates["high"]).all()
    assert rates["false_alarm_rate"].to_list() == pytest.approx([false_alarms(n) for n in rates["n_points"]], abs=0.01)
    assert rates["n_points"].tolist() == [12, 20, 24, 36, 60, 90, 100]


def test_more_rules_cry_wolf_more_often():
    rates = {rules: false_alarm_rate(rules, 24, n_simulations=4000)["false_alarm_rate"][0]
             for rules in ("limits", "anhoej", "making data count", "nelson")}
    assert rates["limits"] == pytest.approx(1 - 0.9973 ** 24, abs=0.015)
    assert rates["anhoej"] < 0.1 < 0.15 < rates["making data count"] < rates["nelson"]


def test_on_a_chart_with_limits_the_false_alarms_of_runs_and_limits_add_up():
    """The sides of a series and the distances from its middle are independent: a known answer."""
    rates = false_alarm_rate("anhoej", [12, 24, 100], kind="I")["false_alarm_rate"].to_list()
    known = [1 - (1 - false_alarms(n)) * 0.9973002 ** n for n in (12, 24, 100)]
    assert rates == pytest.approx(known, abs=0.012)
    every = [1 - (1 - false_alarms(n)) * 0.9973002 ** n for n in range(12, 101)]
    assert round(min(every), 2) == 0.07 and round(max(every), 2) == 0.30 and round(every[-1], 1) == 0.3
    for rules in ("nelson", "making data count", "limits"):
        pd.testing.assert_frame_equal(false_alarm_rate(rules, 12, 500, kind="I"), false_alarm_rate(rules, 12, 500))


def test_a_simulated_series_is_judged_as_a_chart_judges_it():
    values = np.random.default_rng(8).standard_normal((200, 24))
    for rules in ("anhoej", "nelson", "making data count"):
        sides = np.sign(values).astype(int)
        together = signals(rules, values, sides, values, np.where(np.abs(values) > 3, sides, 0))
        alone = [found(rules, each) for each in values]
        for name, part in together.items():
            assert (part == [each[name] for each in alone]).all() and part.any() == any(p[name].any() for p in alone)


def test_the_same_seed_gives_the_same_rate():
    first, again, other = (false_alarm_rate("limits", 12, 500, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


@pytest.mark.parametrize("given", [("nelso",), ("anhoej", 0), ("anhoej", [12, 2.5]), ("anhoej", 12, 0),
                                   ("anhoej", 12, 10, -1), ("anhoej", "12")])
def test_bad_choices_are_refused(given):
    with pytest.raises(InputError):
        false_alarm_rate(*given)


@pytest.mark.parametrize("kind", ["p'", "i", None, 1])
def test_false_alarms_are_known_for_two_kinds(kind):
    with pytest.raises(InputError, match="`kind` must be one of 'run', 'I'"):
        false_alarm_rate(kind=kind)
