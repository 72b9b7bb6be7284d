"""Studies of simulated networks: confounded as they say, with a truth that a second run has found."""

import numpy as np
import pandas as pd
import pytest

from lnlab import Parameters, Program, simulate, studies
from lnlab.analysis import curve, regression, side_by_side
from lnlab.checks import InputError
from lnlab.experiment import replicate_seeds
from lnlab.programs import own_values
from lnlab.run import Course
from lnlab.studies.confounded import _went_on
from lnlab.studies.curves import STRENGTHS


def concluded(study):
    fits = {name: regression(formula, study.table, cluster=study.cluster) for name, formula in study.formulas.items()}
    return side_by_side(fits, study.exposure, truth=study.truth.iloc[0]).set_index("model")


@pytest.fixture(scope="module")
def activation():
    return studies.by_activation(n=10, n_struck=6)


@pytest.fixture(scope="module")
def center():
    return studies.by_center(n=6)


@pytest.fixture(scope="module")
def trend():
    return studies.by_drug_trend(n=5)


def test_who_shares_is_healthier_but_not_because_of_it(activation):
    found = concluded(activation)
    assert found.loc["crude", "low"] > found.loc["adjusted", "estimate"] > found.loc["true", "high"]
    true = found.loc["adjusted for true activation"]
    assert true["low"] < 0 < true["high"] and abs(true["estimate"]) < found.loc["crude", "estimate"] / 3
    truth = activation.truth.iloc[0]
    assert truth["estimate"] == 0 and (truth["low"], truth["high"]) == (-3 / 60, 3 / 60)
    assert "Nobody's remission changed; the interval is 3 in 60" in truth["in_words"]


def test_the_table_of_sharers_is_what_the_run_says(activation):
    seed = replicate_seeds(10)[3]
    setting = Parameters(n_patients=1000, n_centers=10, launch_month=12, months=60, adherence_floor=0.4,
                         patient_reported_data=1, registry=0)
    run = simulate(setting, seed=seed, encounters=True)
    recent = run.encounters.query("month >= 24")
    cases = recent.groupby("patient")["case_shared"].sum()
    rows = activation.table.query("network == 3").set_index("patient")
    patients = run.patients.set_index("patient").query("arrived < 24")
    assert rows.index.equals(patients.index)
    np.testing.assert_array_equal(rows["in_remission"], patients["in_remission"])
    np.testing.assert_array_equal(rows["activation"], patients["activation"])
    np.testing.assert_array_equal(rows["shared"], cases.reindex(rows.index, fill_value=0) >= 3)
    np.testing.assert_array_equal(rows["visits"], recent.groupby("patient").size().reindex(rows.index, fill_value=0))
    np.testing.assert_array_equal(rows["center"] - 30, patients["center"])


def test_going_on_from_some_month_is_the_whole_run_and_a_struck_case_is_missed_by_others():
    small = Parameters(n_patients=200, n_centers=4, launch_month=6, months=48)
    past = Course(small, seed=5)
    past.live_until(20)
    whole = simulate(small, seed=5, encounters=True)
    np.testing.assert_array_equal(_went_on(past).health, whole.health)
    shared = whole.encounters.query("month >= 20 and case_shared")[["month", "patient"]].values.tolist()
    without = _went_on(past, struck=shared)
    np.testing.assert_array_equal(without.health, simulate(small, seed=5, struck=shared).health)
    assert (without.health != whole.health).any()


def test_the_centers_that_take_up_a_program_would_have_done_better_anyway(center):
    found = concluded(center)
    truth = found.loc["true"]
    assert found.loc["crude", "low"] > truth["high"] and found.loc["crude", "estimate"] > 2 * truth["estimate"]
    assert found.loc["adjusted", "estimate"] > truth["high"] > truth["low"] > 0
    able = found.loc["adjusted for true implementation"]
    assert able["low"] < truth["estimate"] < able["high"]
    spill = center.truth.iloc[1]
    assert spill["low"] <= 0 <= spill["high"] and abs(spill["estimate"]) < 0.005


def test_the_truth_of_a_program_is_the_paired_difference(center):
    setting = Parameters(n_patients=2000, n_centers=20, launch_month=12, months=72, center_variation=1)
    effects = []
    for network, seed in enumerate(replicate_seeds(6)[:2]):
        usual = simulate(setting, seed=seed)
        rows = center.table[center.table["network"] == network].reset_index(drop=True)
        np.testing.assert_array_equal(rows["implementation"], own_values("implementation", setting, usual.population))
        chosen = rows.index[rows["program"] == 1]
        assert len(chosen) == 10 and rows["implementation"][chosen].min() > rows.drop(chosen)["implementation"].max()
        run = simulate(setting, Program("planning", "pre_visit_planning", 0.6, centers=chosen.tolist(), start=36), seed)
        late, instead = (each.centers.query("month >= 60").groupby("center")["remission_rate"].mean()
                         for each in (run, usual))
        np.testing.assert_allclose(rows["after"], late)
        effects.append((late - instead)[chosen].mean())
    two = studies.by_center(n=2).truth["estimate"].iloc[0]
    assert two == pytest.approx(np.mean(effects))


def test_a_program_that_is_worth_nothing_still_looks_like_something():
    setting = Parameters(n_patients=2000, n_centers=20, launch_month=12, months=72, center_variation=1,
                         pre_visit_planning=0.1)
    found = concluded(studies.by_center(n=4, parameters=setting, value=0.1))
    assert found.loc["true", ["estimate", "low", "high"]].tolist() == [0, 0, 0]
    assert found.loc["crude", "low"] > 0.02


def test_better_medicines_make_membership_look_better_than_it_is(trend):
    found = concluded(trend)
    truth = found.loc["true"]
    assert found.loc["crude", "low"] > 1.4 * truth["estimate"]
    assert found.loc["adjusted", "low"] < truth["estimate"] < found.loc["adjusted", "high"]
    assert found.loc["adjusted, a constant for each center", "estimate"] < truth["low"]


def test_the_truth_of_membership_is_had_from_networks_that_nobody_joins(trend):
    setting = Parameters(n_patients=1000, n_centers=20, launch_month=12, months=120, efficacy_trend=0.02)
    growth = [12 + 5 * each for each in range(15)] + [None] * 5
    effects = []
    for network, seed in enumerate(replicate_seeds(2)):
        run, never = (simulate(setting, seed=seed, growth=each).centers for each in (growth, "never"))
        halves = run["month"] % 6 == 5
        rows = trend.table.query(f"network == {network}")
        np.testing.assert_array_equal(rows["remission_rate"], run["remission_rate"][halves])
        np.testing.assert_array_equal(rows["member"], run["member"][halves].astype(int))
        those = halves & run["member"].astype(bool)
        effects.append((run["remission_rate"] - never["remission_rate"])[those].mean())
    assert studies.by_drug_trend(n=2).truth["estimate"].iloc[0] == pytest.approx(np.mean(effects))


def test_the_curves_of_influence_bend_and_a_spline_follows_them():
    table = studies.influence_curves(n=6)
    assert len(table) == 6 * len(STRENGTHS) and table["network"].nunique() == 6
    spline = regression("activation ~ cr(patient_influence, df=3)", table, cluster="network")
    straight = regression("activation ~ patient_influence", table, cluster="network")
    means = table.groupby("patient_influence")["activation"].mean()
    at = curve(spline, "patient_influence", n=7)["mean"]
    assert at.iloc[[0, 2, 4, 6]].tolist() == pytest.approx(means.loc[[0, 0.1, 0.2, 0.3]].tolist(), abs=0.005)
    line = curve(straight, "patient_influence", n=7)["mean"]
    assert line.iloc[0] > means[0] + 0.01 and line.iloc[6] > means[0.3] + 0.01 and line.iloc[3] < means[0.15] - 0.01


def test_the_same_seed_is_the_same_study():
    one, other = (studies.by_activation(n=2, n_struck=2, seed=4) for _ in range(2))
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.truth, other.truth)
    assert not one.table.equals(studies.by_activation(n=2, n_struck=2, seed=5).table)


def test_where_fewer_share_than_are_asked_for_only_those_count():
    study = studies.by_activation(n=2, n_struck=1000, parameters=Parameters(
        n_patients=60, n_centers=2, launch_month=3, months=39, patient_ties=4))
    n_sharers, truth = int(study.table["shared"].sum()), study.truth.iloc[0]
    assert f"3 in {n_sharers}" in truth["in_words"] and truth["high"] == 3 / n_sharers


@pytest.mark.parametrize("call, words", [
    (lambda: studies.by_activation(n=1), "`n` must be a whole number of at least 2"),
    (lambda: studies.by_activation(n=2, n_struck=0), "`n_struck` must be"),
    (lambda: studies.by_activation(n=2, parameters=Parameters(months=40)), "at least 36 months after the launch"),
    (lambda: studies.by_activation(n=2, parameters=Parameters(n_patients=50, n_centers=2, sharing=0)),
     "leave somebody who shares"),
    (lambda: studies.by_center(n=2, parameters=Parameters(n_centers=1)), "at least 2 centers"),
    (lambda: studies.by_center(n=2, value=3), "`pre_visit_planning` must lie between 0 and 1"),
    (lambda: studies.by_center(n=2, parameters={"months": 80}), "must be"),
    (lambda: studies.by_drug_trend(n=2, n_never=20), "`n_never` must be a whole number between 0 and 19"),
    (lambda: studies.by_drug_trend(n=2, interval=0), "`interval` must be"),
    (lambda: studies.by_drug_trend(n=2, interval=60), "must let the last center join"),
    (lambda: studies.influence_curves(n=2, strengths=(0, 3)), "patient_influence"),
    (lambda: studies.influence_curves(n=2, strengths=0.3), "`strengths` must be a list")])
def test_what_cannot_be_studied_says_why(call, words):
    with pytest.raises(InputError, match=words):
        call()
