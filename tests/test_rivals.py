"""Rivals that are told apart, and harm that is found where it was planted."""

import numpy as np
import pandas as pd
import pytest

from lnlab.checks import InputError
from lnlab.experiment import MeanOver, mean_and_interval, replicate_seeds
from lnlab.mechanisms import helped_and_harmed, push_and_let_go
from lnlab.mechanisms.harm import PARTS
from lnlab.parameters import Parameters
from lnlab.programs import Program
from lnlab.run import simulate

NET = Parameters(n_patients=200, n_centers=4, launch_month=12, months=84, visit_interval=3)


@pytest.fixture(scope="module")
def told():
    return push_and_let_go(pushes=[0, 0.02, 0.06], n=3, parameters=NET)


def test_by_simple_contagion_nothing_is_left_and_by_complex_contagion_it_stays(told):
    kept = told.kept.set_index(["rival", "push"])
    assert abs(kept.loc[("simple", 0.06), "left"]) < 0.01 < 0.1 < kept.loc[("simple", 0.06), "rise"]
    assert kept.loc[("complex", 0.06), "left"] > 0.2 and kept.loc[("complex", 0.06), "n_kept"] == 3
    assert kept.loc["simple", "n_kept"].sum() == 0
    levels = told.levels.groupby("rival")["before"].mean()
    assert abs(levels["simple"] - levels["complex"]) < 0.03, "equally active before"


def test_the_levels_are_those_of_runs_with_two_programs(told):
    seed = replicate_seeds(3)[1]
    run = simulate(NET.but(leadership=0, patient_influence=0.3, contagion_threshold=0.55), seed=seed, programs=[
        Program("push", "leadership", 0.06, start=12), Program("stop", "leadership", 0, start=48)])
    row = told.levels.query("rival == 'complex' and push == 0.06 and replicate == 1").iloc[0]
    for name, window in (("before", (0, 11)), ("during", (36, 47)), ("after", (72, 83))):
        assert row[name] == pytest.approx(MeanOver("activation", *window)(run))
    months = told.months.query("rival == 'complex' and push == 0.06 and replicate == 1")
    np.testing.assert_array_equal(months["activation"], run.months["activation"])
    spread = run.centers.groupby("month")["activation"].std(ddof=0)
    np.testing.assert_allclose(months["between_centers"], spread)


def test_without_a_push_there_is_no_rise_to_keep(told):
    none = told.levels.query("push == 0")
    assert none["kept"].isna().all() and told.kept.query("push == 0")["n_kept"].eq(0).all()
    some = told.levels.query("push > 0")
    np.testing.assert_allclose(some["kept"], (some["after"] - some["before"]) / (some["during"] - some["before"]))
    rows = told.kept.query("rival == 'simple' and push == 0.02").iloc[0]
    rise = some.query("rival == 'simple' and push == 0.02").eval("during - before")
    assert rows[["rise", "rise_low", "rise_high"]].tolist() == pytest.approx(mean_and_interval(rise))


@pytest.mark.parametrize("options, said", [
    ({"parameters": NET.but(launch_month=6)}, "a year before the launch"),
    ({"parameters": NET.but(months=30)}, "two years"),
    ({"push_months": 70}, "`push_months`"), ({"pushes": [0.2]}, "between 0 and 0.1"), ({"pushes": []}, "at least one"),
    ({"pushes": [0.1, 0.1]}, "different"), ({"pushes": 0.1}, "list of numbers"), ({"rivals": {}}, "dict of changes"),
    ({"rivals": {"odd": {"contagion": 1}}}, "Arm 'odd'"), ({"n": 1}, "at least 2")])
def test_a_push_that_cannot_be_is_refused(options, said):
    with pytest.raises(InputError) as error:
        push_and_let_go(**{"n": 2, "parameters": NET, **options})
    assert said in str(error.value)


HARM = Parameters(n_patients=300, n_centers=6, launch_month=6, months=54)


@pytest.fixture(scope="module")
def harm():
    return helped_and_harmed({"as it is": {}, "noise": {"case_error": 0.5}, "nothing used": {"implementation": 0}},
                             {"sharing": 0}, {}, n=6, parameters=HARM)


def test_sharing_helps_harms_with_noise_and_does_nothing_where_nothing_can_be_done(harm):
    found = harm.effects.set_index(["setting", "part"])
    assert found.loc[("as it is", "remission"), "low"] > 3 and found.loc[("noise", "remission"), "high"] < 0
    assert (found.loc["nothing used"][["estimate", "low", "high"]] == 0).all(axis=None)
    assert found.loc[("noise", "worse"), "estimate"] > found.loc[("noise", "better"), "estimate"]
    assert found.loc[("as it is", "better"), "estimate"] > 5 * found.loc[("as it is", "worse"), "estimate"]


def test_each_patient_is_compared_with_the_same_patient(harm):
    for number, seed in enumerate(replicate_seeds(6)[:2]):
        off, on = (simulate(HARM.but(case_error=0.5, **change), seed=seed) for change in ({"sharing": 0}, {}))
        gain = on.patients["months_in_remission"] - off.patients["months_in_remission"]
        row = harm.replicates.query("setting == 'noise' and replicate == @number").iloc[0]
        assert row["months"] == pytest.approx(gain.mean()) and row["worse"] == pytest.approx(100 * (gain < 0).mean())
        assert row["better"] == pytest.approx(100 * (gain > 0).mean())
        for part, measure in (("remission", "remission_rate"), ("best", "best_package_share")):
            assert row[part] == pytest.approx(100 * (MeanOver(measure)(on) - MeanOver(measure)(off)))


def test_effects_are_means_over_networks_in_the_order_of_the_settings(harm):
    assert harm.effects["setting"].unique().tolist() == ["as it is", "noise", "nothing used"]
    assert harm.effects["part"].tolist() == 3 * list(PARTS)
    row = harm.effects.iloc[0]
    some = harm.replicates.query("setting == 'as it is'")["remission"]
    assert row[["estimate", "low", "high"]].tolist() == pytest.approx(mean_and_interval(some))
    words = harm.in_words()
    assert words.index.tolist() == ["as it is", "noise", "nothing used"] and "points (" in words["remission"].iloc[0]


def test_out_of_context_knowledge_does_not_help():
    found = helped_and_harmed({"alike": {}, "all differ": {"context_strength": 1}}, {"sharing": 0}, {}, n=6,
                              parameters=HARM)
    means = found.effects.query("part == 'remission'").set_index("setting")
    assert means.loc["alike", "low"] > 3 and means.loc["all differ", "high"] < 1


@pytest.mark.parametrize("settings, without, with_, said", [
    ([], {}, {}, "`settings`"), ({}, {}, {}, "`settings`"), ({"odd": 3}, {}, {}, "`settings`"),
    ({"odd": {"case_eror": 1}}, {}, {}, "Did you mean"),
    ({"x": {}}, {"turnover": 0.05}, {}, "`turnover` must be the same"),
    ({"x": {}}, {"n_patients": 50}, {}, "`n_patients`"), ({"x": {}}, {"months": 30}, {}, "`months`")])
@pytest.mark.filterwarnings("ignore:.*runs failed")
def test_settings_that_cannot_be_are_refused(settings, without, with_, said):
    with pytest.raises(InputError) as error:
        helped_and_harmed(settings, without, with_, n=2, parameters=HARM)
    assert said in str(error.value)


def test_nothing_given_is_changed(harm):
    settings, off = {"noise": {"case_error": 0.5}}, {"sharing": 0}
    again = helped_and_harmed(settings, off, {}, n=6, parameters=HARM, executor="threads")
    assert settings == {"noise": {"case_error": 0.5}} and off == {"sharing": 0}
    theirs = harm.replicates.query("setting == 'noise'").reset_index(drop=True)
    pd.testing.assert_frame_equal(again.replicates, theirs, check_exact=True)


@pytest.mark.parametrize("change, said", [
    ({"leadership": 0.05}, "`leadership`"), ({"launch_month": 13}, "`launch_month`"), ({"months": 99}, "`months`"),
    ({"growth": "never"}, "`growth`"), (Program("x", "sharing", 0), "`programs`")])
def test_a_rival_changes_how_people_act_and_not_the_push(change, said):
    with pytest.raises(InputError, match=f"must not change {said}.*'odd' does"):
        push_and_let_go({"odd": change}, n=2, parameters=NET)


@pytest.mark.parametrize("settings, arms, said", [
    ({1: {}, "1": {}}, ({"sharing": 0}, {}), "named by text"),
    ({"noise": {"case_error": 0.5}}, ({"sharing": 0, "case_error": 0}, {"case_error": 0}), "both set `case_error`")])
def test_settings_that_would_not_be_what_they_are_called_are_refused(settings, arms, said):
    with pytest.raises(InputError, match=said):
        helped_and_harmed(settings, *arms, n=2, parameters=HARM)
