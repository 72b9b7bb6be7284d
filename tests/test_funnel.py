"""The funnel plot gives the limits of other software, flags what it should, and says what it cannot use."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from lnlab.charts.funnel import funnel
from lnlab.checks import InputError

KNOWN = json.loads((Path(__file__).parent / "known" / "funnel.json").read_text(encoding="utf-8"))["cases"]
ENDS = {"ll95": "lower_95", "ul95": "upper_95", "ll998": "lower_99_8", "ul998": "upper_99_8"}
each_case = pytest.mark.parametrize("case", KNOWN.values(), ids=KNOWN)


def plot(case, **choices):
    return funnel(pd.DataFrame(case["input"]), "group", "numerator", "denominator", **choices)


def limits_agree(result, known):
    for theirs, ours in ENDS.items():
        np.testing.assert_allclose(result.points[ours], known[theirs], rtol=1e-6, atol=1e-12)


def table(*rows):
    return pd.DataFrame(rows, columns=["center", "remissions", "patients_seen"])


@each_case
def test_arcsine_limits_dispersion_and_outliers_are_those_of_other_software(case):
    known, result = case["expected"]["arcsine"], plot(case)
    assert result.target == pytest.approx(known["target"], rel=1e-9)
    assert result.dispersion == pytest.approx(known["phi_winsorised"], rel=1e-8)
    assert result.between_variance == pytest.approx(known["tau2"], rel=1e-8, abs=1e-12)
    np.testing.assert_allclose(result.points["z"], known["z"], rtol=1e-8)
    np.testing.assert_allclose(result.points["z_winsorized"], known["z_winsorised"], rtol=1e-8)
    limits_agree(result, known["limits_overdispersed"])
    points = result.points.set_index("group")["signal"]
    assert points.index[points != ""].tolist() == known["outliers_overdispersed_95"]
    assert points.index[points == "beyond 99.8 % limits"].tolist() == known["outliers_overdispersed_998"]


@each_case
def test_limits_of_chance_alone_and_dispersion_without_winsorizing(case):
    known, result = case["expected"]["arcsine"], plot(case, overdispersion=None, winsorize=0)
    limits_agree(result, known["limits_unadjusted"])
    assert result.dispersion == pytest.approx(known["phi_raw"], rel=1e-8) and np.isnan(result.between_variance)
    signals = result.points.set_index("group")["signal"]
    assert signals.index[signals != ""].tolist() == known["outliers_unadjusted_95"]


@each_case
@pytest.mark.parametrize("way, limits", [(None, "unadjusted"), ("additive", "additive"),
                                         ("multiplicative", "multiplicative")])
def test_the_scale_of_proportions(case, way, limits):
    known, result = case["expected"]["proportion_scale"], plot(case, scale="proportion", overdispersion=way)
    limits_agree(result, known[f"limits_{limits}"])
    assert result.dispersion == pytest.approx(known["phi_winsorised"], rel=1e-8)
    np.testing.assert_allclose(result.points["z"], known["z"], rtol=1e-8)
    if way == "additive":
        assert result.between_variance == pytest.approx(known["tau2"], rel=1e-8, abs=1e-12)
    if way:
        signals = result.points.set_index("group")["signal"]
        assert signals.index[signals == "beyond 99.8 % limits"].tolist() == known[f"outliers_{way}_998"]


@each_case
def test_exact_limits(case):
    result = plot(case, limits="exact")
    limits_agree(result, case["expected"]["exact_binomial_interpolated"])
    assert result.overdispersion is None


def test_a_small_center_in_which_everybody_is_well_is_no_signal_with_exact_limits():
    few = table(("small", 10, 10), ("large", 940, 1000))
    result = funnel(few, limits="exact", target=0.95)
    assert result.points["upper_95"][0] < 1 and result.points["signal"].tolist() == ["", ""]


def test_exact_signals_are_those_of_the_exact_test():
    every = table(*((f"{count} of 40", count, 40) for count in range(41)))
    found = funnel(every, limits="exact", target=0.7).points
    chance = np.minimum(binom.cdf(range(41), 40, 0.7), binom.sf(np.arange(41) - 1, 40, 0.7))
    wanted = np.where(chance < 0.001, "beyond 99.8 % limits", np.where(chance < 0.025, "beyond 95 % limits", ""))
    assert found["signal"].tolist() == wanted.tolist()


def test_the_order_of_the_rows_changes_nothing():
    case = KNOWN["A_overdispersed"]
    shuffled = pd.DataFrame(case["input"]).sample(frac=1, random_state=1)
    there = funnel(shuffled, "group", "numerator", "denominator").points
    assert there["group"].tolist() == shuffled["group"].tolist()
    pd.testing.assert_frame_equal(there.sort_values("group", ignore_index=True),
                                  plot(case).points.sort_values("group", ignore_index=True))


def test_groups_without_a_denominator_are_left_out_and_named():
    given = table(("A", 30, 50), ("B", 0, 0), ("C", 60, 110))
    before = given.copy()
    result = funnel(given)
    pd.testing.assert_frame_equal(result.points, funnel(given.iloc[[0, 2]]).points)
    assert result.left_out == ("B",) and result.n_groups == 2
    assert result.cautions[0] == "Left out, because their `patients_seen` is 0: B."
    pd.testing.assert_frame_equal(given, before)


def test_limits_stay_within_0_and_1_and_become_narrower():
    for choices in ({}, {"scale": "proportion"}, {"limits": "exact"}):
        curve = funnel(table(("A", 0, 2), ("B", 1, 3), ("C", 40, 900)), **choices).curve
        assert curve.drop(columns="denominator").stack().between(0, 1).all()
        width = (curve["upper_99_8"] - curve["lower_99_8"]).to_numpy()
        assert width[-1] < width[0] and curve["denominator"].between(1, 950).all()


def test_the_curve_goes_through_the_limits_of_the_points():
    result = plot(KNOWN["A_overdispersed"])
    for end in ENDS.values():
        on_curve = np.interp(result.points["denominator"], result.curve["denominator"], result.curve[end])
        np.testing.assert_allclose(on_curve, result.points[end], atol=2e-4)


def test_where_nobody_or_everybody_is_well_nothing_is_a_signal():
    for remissions in ((0, 0, 0), (5, 10, 20)):
        same = table(*zip("ABC", remissions, (5, 10, 20)))
        for choices in ({}, {"limits": "exact"}, {"scale": "proportion"}):
            assert (funnel(same, **choices).points["signal"] == "").all(), choices
    assert "no chance variation" in " ".join(funnel(same, scale="proportion").cautions)


def test_one_group_is_drawn_with_a_caution():
    result = funnel(table(("A", 30, 50)))
    assert result.between_variance == 0 and result.points["signal"].tolist() == [""]
    assert result.cautions[0].startswith("Only 1 group:")


def test_limits_of_chance_say_when_groups_differ_by_more():
    assert "chance alone" in plot(KNOWN["A_overdispersed"], limits="exact").cautions[0]
    assert plot(KNOWN["A_overdispersed"]).cautions == ()
    assert plot(KNOWN["B_binomial"], overdispersion=None).cautions == ()


def test_all_faults_of_a_table_are_told_at_once():
    with pytest.raises(InputError) as error:
        funnel(table(("A", -1, 10), ("A", 5, 4), (None, 2.5, 10), ("D", "3", np.nan), ("E", True, np.inf)))
    told = str(error.value)
    assert told.startswith("`table` has 9 problems (row 1 is the first row):")
    for line in ("row 1, column `remissions`: -1 is negative",
                 "row 2, column `center`: 'A' is the group of row 1 again",
                 "row 2, column `remissions`: 5 is more than the 4 of `patients_seen`",
                 "row 3, column `center`: has no name", "row 3, column `remissions`: 2.5 is not a whole number",
                 "row 4, column `remissions`: '3' is not a number",
                 "row 4, column `patients_seen`: nan is missing", "row 5, column `remissions`: True is no count",
                 "row 5, column `patients_seen`: inf is not a whole number"):
        assert line in told, line


@pytest.mark.parametrize("choices, told", [
    ({"limits": "exakt"}, "Did you mean 'exact'"), ({"scale": "log"}, "`scale` must be one of"),
    ({"overdispersion": "addative"}, "Did you mean 'additive'"), ({"winsorize": 0.5}, "between 0 and 0.49"),
    ({"winsorize": -0.1}, "`winsorize` must lie between"), ({"target": 60}, "`target` must lie between 0 and 1"),
    ({"limits": "exact", "overdispersion": "additive"}, "must be None with exact limits"),
    ({"numerator": ["a"]}, "`numerator` must be a column"),
    ({"group": "centre"}, "Did you mean 'center'"), ({"numerator": "x"}, "`numerator` must be a column")])
def test_a_choice_that_does_not_exist_is_refused(choices, told):
    with pytest.raises(InputError, match=told.replace("(", r"\(")):
        funnel(table(("A", 3, 5), ("B", 4, 6)), **choices)


@pytest.mark.parametrize("given, told", [
    ([1, 2], "must be a pandas DataFrame"), (table(), "got no rows"),
    (table(("A", 0, 0)), "a `patients_seen` above 0")])
def test_what_is_no_table_of_groups_is_refused(given, told):
    with pytest.raises(InputError, match=told):
        funnel(given)


def test_lists_are_no_names_of_groups():
    with pytest.raises(InputError, match=r"row 1, column `center`: \['A'\] is no name"):
        funnel(table((["A"], 3, 5), ("B", 4, 6)))


def test_months_of_the_same_centers_are_not_taken_for_centers():
    by_month = pd.DataFrame({"center": [0, 1, 0, 1], "remissions": 3, "patients_seen": 5})
    with pytest.raises(InputError, match=r"0 is the group of row 1 again. Sum up first, as in table.groupby"):
        funnel(by_month)
    summed = by_month.groupby("center")[["remissions", "patients_seen"]].sum().reset_index()
    assert funnel(summed).points["numerator"].tolist() == [6, 6]
