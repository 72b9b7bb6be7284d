"""The truth about paths: parts that add up, worlds that are what they are called, and what can be held."""

import numpy as np
import pandas as pd
import pytest

from lnlab.checks import InputError
from lnlab.experiment import Arm, MeanOver, latin_hypercube, mean_and_interval, replicate_seeds
from lnlab.mechanisms import knock_out, network_study, path_effects
from lnlab.mechanisms.held import checked_mediators
from lnlab.mechanisms.worlds import effect_names, lived_with
from lnlab.parameters import LEVERS, Parameters, declared
from lnlab.programs import Program
from lnlab.run import hold, simulate, trace

SMALL = Parameters(n_patients=120, n_centers=3, burn_in=24, launch_month=4, months=40, n_phenotypes=6)
CHANGED = {"leadership": 0.1, "pre_visit_planning": 0.8, "patient_influence": 0.2}
USUAL = MeanOver("remission_rate")


def values(found):
    return found.replicates.pivot(index="replicate", columns="effect", values="value")


@pytest.fixture(scope="module")
def both():
    return path_effects({}, CHANGED, n=3, parameters=SMALL)


def test_the_parts_are_named_in_order_and_add_up_in_every_network(both):
    assert both.effects["effect"].tolist() == ["direct", "through commons_cases only",
        "through activation then commons_cases", "through activation only", "total"]
    by_network = values(both)
    parts = by_network.drop(columns="total").sum(axis=1)
    np.testing.assert_allclose(parts, by_network["total"], rtol=0, atol=1e-12)
    assert (by_network != 0).all(axis=None), "this change has all four paths"


def test_the_worlds_are_what_direct_runs_with_clamps_give(both):
    """Each by hand, with nested clamps: hold(..., at=run), the second mediator of a held run among them."""
    for number, seed in enumerate(replicate_seeds(3)):
        off, on = (simulate(SMALL.but(**change), seed=seed) for change in ({}, CHANGED))

        def held(*holds):
            return simulate(on.parameters, seed=seed, holds=holds)
        first = hold("activation", at=off)
        free = held(first)
        worlds = [off, held(first, hold("commons", at=off)), free, held(first, hold("commons", at=on)), on]
        made = [USUAL(run) for run in worlds]
        mine = both.replicates.query("replicate == @number")["value"].to_numpy()
        np.testing.assert_array_equal(mine, [*np.diff(made), made[-1] - made[0]])
        assert USUAL(held(first, hold("commons", at=free))) == made[2], "held at what it would be anyway"


def test_the_estimate_is_the_mean_over_networks_with_students_interval(both):
    for row in both.effects.itertuples():
        assert (row.estimate, row.low, row.high) == pytest.approx(mean_and_interval(values(both)[row.effect]))
        assert row.n == 3
    means = both.worlds["mean"].to_numpy()
    np.testing.assert_allclose(np.diff(means), both.effects["estimate"][:-1], atol=1e-12)


def test_one_mediator_has_two_parts():
    found = path_effects({}, CHANGED, ["package"], n=2, parameters=SMALL)
    assert found.effects["effect"].tolist() == ["direct", "through package", "total"]
    for number, seed in enumerate(replicate_seeds(2)):
        off, on = (simulate(SMALL.but(**change), seed=seed) for change in ({}, CHANGED))
        held = simulate(on.parameters, seed=seed, holds=[hold("package", at=off)])
        direct, through, total = found.replicates.query("replicate == @number")["value"]
        assert direct == USUAL(held) - USUAL(off) and through == USUAL(on) - USUAL(held)
        assert total == USUAL(on) - USUAL(off)


def test_a_state_that_the_change_does_not_touch_carries_exactly_nothing():
    """Implementation moves nobody's activation; leadership acts on nothing else."""
    found = path_effects({"implementation": 0}, {}, ["activation", "package"], n=2, parameters=SMALL)
    assert (values(found)[["through activation only", "through activation then package"]] == 0).all(axis=None)
    assert (values(found)["total"] != 0).all()
    found = path_effects({"leadership": 0}, {"leadership": 0.1}, n=2, parameters=SMALL)
    assert (values(found)[["direct", "through commons_cases only"]] == 0).all(axis=None)
    assert found.effects["in_words"].iloc[0] == "nothing, to the last bit"


def test_no_change_has_no_effect_and_needs_no_caution():
    found = path_effects({}, {}, n=2, parameters=SMALL)
    assert (found.replicates["value"] == 0).all() and not found.cautions


def test_all_that_acts_on_health_held_leaves_nothing_direct():
    """Activation and packages are all that health sees of the network, so leadership, planning, sharing are through."""
    found = path_effects({"growth": "never"}, {}, ["activation", "package"], n=2, parameters=SMALL)
    assert (values(found)["direct"] == 0).all()


def test_several_states_can_be_held_as_one_and_named():
    found = path_effects({}, CHANGED, {"knowledge": ("evidence", "commons")}, n=2, parameters=SMALL)
    assert found.effects["effect"].tolist() == ["direct", "through knowledge", "total"]
    seed = replicate_seeds(1)[0]
    off = simulate(SMALL, seed=seed)
    held = simulate(SMALL.but(**CHANGED), seed=seed, holds=[hold("evidence", at=off), hold("commons", at=off)])
    assert found.replicates["value"].iloc[0] == USUAL(held) - USUAL(off)


@pytest.mark.parametrize("arms", [
    ({"growth": "never"}, {}), (dict(programs=()), dict(programs=Program("p", "registry", 0.9, start=8))),
    (Arm(SMALL, efficacy_seed=5), Arm(SMALL.but(sharing=1), efficacy_seed=5))], ids=["growth", "programs", "efficacy"])
def test_arms_may_differ_in_programs_and_growth_and_share_an_efficacy_seed(arms):
    found = path_effects(*arms, n=2, parameters=None if isinstance(arms[0], Arm) else SMALL)
    by_network = values(found)
    np.testing.assert_allclose(by_network.drop(columns="total").sum(axis=1), by_network["total"], atol=1e-12)
    assert (by_network["total"] != 0).any()


def test_states_that_are_at_hand_do_what_clamps_do():
    on, off = simulate(SMALL.but(**CHANGED), seed=4), simulate(SMALL, seed=4)
    mine = lived_with(on, trace(off, ("commons", "cases_from")))
    theirs = simulate(on.parameters, seed=4, holds=[hold("commons", at=off)])
    pd.testing.assert_frame_equal(mine.months, theirs.months, check_exact=True)


def test_nothing_given_is_changed_and_the_same_call_gives_the_same(both):
    change = dict(CHANGED)
    again = path_effects({}, change, n=3, parameters=SMALL, executor="threads")
    assert change == CHANGED
    pd.testing.assert_frame_equal(again.replicates, both.replicates, check_exact=True)


def test_what_is_told_is_in_words(both):
    said = repr(both)
    assert "in 3 networks" in said and "points (" in said and all(each in said for each in both.effects["effect"])
    assert both.worlds["in_words"].iloc[3] == "with the change, activation as without it, commons_cases as with it"
    assert "<table" in both._repr_html_()


def test_an_effect_that_is_not_clear_is_told():
    found = path_effects({}, {"clinician_spread": 0.2}, n=3, parameters=SMALL)
    assert any("takes in 0" in each for each in found.cautions) and "Caution:" in repr(found)
    found = path_effects({}, CHANGED, ["commons", "package"], n=2, parameters=SMALL)
    assert any("came back to them from packages" in each for each in found.cautions)


def test_effects_on_counts_and_by_functions_are_not_told_in_points():
    found = path_effects({}, CHANGED, ["activation"], n=2, parameters=SMALL, outcome=("changes", 20, 39))
    assert found.outcome == "changes_20_39" and "points" not in repr(found)
    found = path_effects({}, CHANGED, ["activation"], n=2, parameters=SMALL, outcome=lambda run: run.health.mean())
    assert np.isfinite(found.effects["estimate"]).all()


@pytest.mark.parametrize("mediators, said", [
    (["remission_rate"], "counted from the states"), (["commons_cases"], "counted from the states"),
    (["sharing"], "it is a parameter"), (["actvation"], "Did you mean 'activation'"), ([3], "not known to the model"),
    (["commons", "activation"], "the earlier first"), (["package", "evidence"], "the earlier first"),
    (["activation", "activation"], "once"), (["activation", "commons", "package"], "one or two states"), ([], "got 0"),
    ({"knowledge": ("evidence", "commons"), "again": "commons"}, "once"), ({"none": ()}, "got none"),
    (7, "list of states"),
    ({"x": "remission_rate"}, "counted from")])
def test_what_cannot_be_held_is_refused_with_the_reason(mediators, said):
    with pytest.raises(InputError, match="mediators") as error:
        path_effects({}, CHANGED, mediators, n=2, parameters=SMALL)
    assert said in str(error.value)


def test_states_of_the_model_in_their_order_are_accepted():
    assert checked_mediators("commons") == {"commons": ("commons",)}
    assert list(checked_mediators(None)) == ["activation", "commons_cases"]
    assert effect_names(["a", "b"])[2] == "through a then b"


@pytest.mark.parametrize("without, with_, options, said", [
    ({}, {"n_patients": 60}, {}, "`n_patients` is 120"), ({}, {"months": 30}, {}, "`months` is 40"),
    ({}, {"burn_in": 3}, {}, "`burn_in`"), ({}, {"efficacy_seed": 3}, {}, "efficacy_seed"),
    ({}, {}, {"n": 1}, "at least 2"), ({}, {}, {"outcome": "remision_rate"}, "Did you mean 'remission_rate'"),
    ({}, {}, {"outcome": ["remission_rate", "activation"]}, "one measure"),
    ({}, {}, {"outcome": "months"}, "one measure"),
    ({}, {}, {"outcome": ("remission_rate", 30, 50)}, "within the months"), ({}, {"sharring": 1}, {}, "Did you mean"),
    ({}, {}, {"outcome": lambda run: np.nan}, "in every world"),
    ({}, {}, {"varying": {"sharing": (0, 1)}}, "must be a table"),
    ({}, {}, {"varying": pd.DataFrame({"sharing": [0.1]})}, "at least 2"),
    ({}, {}, {"varying": pd.DataFrame({"sharing": [0.1, 1.4]})}, "between 0 and 1")])
def test_networks_that_cannot_be_compared_are_refused(without, with_, options, said):
    with pytest.raises(InputError) as error:
        path_effects(without, with_, **{"n": 2, "parameters": SMALL, **options})
    assert said in str(error.value)


def test_an_outcome_that_fails_in_the_runs_is_an_error_and_not_a_short_table():
    with pytest.raises(InputError, match="2 of 2 networks could not be run.*no such thing"), pytest.warns(UserWarning):
        path_effects({}, CHANGED, n=2, parameters=SMALL, outcome=lambda run: run.months["no such thing"].mean())


@pytest.mark.parametrize("lever", LEVERS)
def test_a_lever_knocked_out_is_at_its_off_value(lever):
    assert getattr(knock_out(lever, SMALL), lever) == declared(lever)["low"] == 0
    assert knock_out(lever, SMALL) == SMALL.but(**{lever: 0})


def test_several_levers_are_knocked_out_and_only_levers():
    assert knock_out(["sharing", "registry"]) == Parameters(sharing=0, registry=0)
    with pytest.raises(InputError, match="Did you mean 'sharing'"):
        knock_out("sharng")


STUDY = SMALL.but(months=52)


@pytest.fixture(scope="module")
def study():
    return network_study({"leadership": 0}, {"leadership": 0.1}, n_networks=21, n_truth=3, parameters=STUDY,
                         varying={"sharing": (0.2, 0.8), "data_baseline": (0.1, 0.4)}, seed=4)


def test_a_study_has_a_row_for_each_network_and_half_are_exposed_by_lot(study):
    assert study.table.columns.tolist() == ["network", "exposed", "activation", "commons_cases", "remission_rate",
                                            "sharing", "data_baseline"]
    assert study.table["exposed"].sum() == 10 and len(study.table) == 21 and not study.table.isna().any(axis=None)
    lots = [network_study({}, CHANGED, n_networks=8, n_truth=0, parameters=STUDY, seed=seed).table["exposed"].tolist()
            for seed in (1, 2, 3)]
    assert len(set(map(tuple, lots))) > 1


def test_a_row_of_the_study_is_the_run_of_its_network(study):
    seeds = replicate_seeds(21, seed=4)
    for number in (0, 7, 20):
        row = study.table.iloc[number]
        run = simulate(STUDY.but(leadership=0.1 * row["exposed"], sharing=row["sharing"],
                                 data_baseline=row["data_baseline"]), seed=seeds[number])
        assert row["remission_rate"] == USUAL(run)
        assert row["activation"] == MeanOver("activation", 16, 27)(run)
        assert row["commons_cases"] == MeanOver("commons_cases", 28, 39)(run)


def test_networks_vary_within_their_ranges_and_the_truth_is_of_other_networks_of_the_same_kind(study):
    assert study.table["sharing"].between(0.2, 0.8).all() and study.table["sharing"].nunique() == 21
    assert study.truth.effects["effect"].tolist() == effect_names(["activation", "commons_cases"])
    assert study.truth.effects["n"].eq(3).all()
    drawn = latin_hypercube(["sharing", "data_baseline"], 24, seed=4, within={"sharing": (0.2, 0.8),
                                                                              "data_baseline": (0.1, 0.4)})
    for number, seed in enumerate(replicate_seeds(3, seed=5)):
        change = drawn.iloc[21 + number].to_dict()
        off, on = (simulate(STUDY.but(leadership=leadership, **change), seed=seed) for leadership in (0, 0.1))
        found = study.truth.replicates.query("replicate == @number and effect == 'total'")
        assert found["value"].item() == USUAL(on) - USUAL(off) and found["seed"].item() == seed
    assert "by lot" in repr(study) and study.mediators == ("activation", "commons_cases")


def test_other_names_and_other_records_can_be_given():
    found = network_study({}, CHANGED, {"knowledge": ("evidence", "commons")}, n_networks=4, n_truth=0,
                          measured={"knowledge": ("usable_knowledge", 20, 30)}, exposure="planning",
                          outcome="mean_health", parameters=STUDY)
    assert found.table.columns.tolist() == ["network", "planning", "knowledge", "mean_health"] and found.truth is None


@pytest.mark.parametrize("options, said", [
    ({"n_networks": 3}, "at least 4"), ({"varying": {"leadership": (0, 0.1)}}, "what the change itself changes"),
    ({"varying": {"sharing": (0.8, 0.2)}}, "low and high"), ({"varying": {"sharring": (0, 1)}}, "no parameter"),
    ({"varying": {"sharing": (0.2, 1.8)}}, "between 0 and 1"),
    ({"mediators": ["evidence"]}, "how 'evidence' is recorded"),
    ({"measured": {"activaton": "activation"}}, "`measured`"), ({"exposure": "activation"}, "names of their own"),
    ({"parameters": STUDY.but(months=30, launch_month=4)}, "within the months"),
    ({"varying": {"sharing": 0.3}}, "low and high")])
def test_a_study_that_cannot_be_is_refused(options, said):
    with pytest.raises(InputError) as error:
        network_study({"leadership": 0}, {"leadership": 0.1}, **{"n_networks": 4, "n_truth": 0, "parameters": STUDY,
                                                              **options})
    assert said in str(error.value)


@pytest.mark.parametrize("options", [{"n_truth": 1}, {"varying": pd.DataFrame({"sharing": [0, 1]})},
                                     {"varying": ["sharing"]}, {"measured": "activation"}, {"exposure": None}])
def test_a_study_is_refused_before_anything_runs(options):
    with pytest.raises(InputError, match=f"`{next(iter(options))}` must be"):
        network_study({}, CHANGED, **{"n_networks": 4, "n_truth": 0, "parameters": STUDY, **options})


def test_what_is_recorded_after_the_outcome_did_not_bring_it_about():
    given = dict(n_networks=4, n_truth=0, parameters=STUDY, outcome=("remission_rate", 12, 23))
    with pytest.raises(InputError, match=r"measured\['activation'\]` must not go on after .* month 23; .* 16 to 27"):
        network_study({}, CHANGED, **given)
    early = {"activation": ("activation", 0, 11), "commons_cases": ("commons_cases", 12, 23)}
    assert len(network_study({}, CHANGED, measured=early, **given).table) == 4
    with pytest.raises(InputError, match="'value' must be a number in every network; it is none in 4 of 4"):
        network_study({}, CHANGED, n_networks=4, n_truth=0, parameters=STUDY, outcome=lambda run: float("nan"))


def remission_rate_ratio(run):
    return run.months["remission_rate"].iloc[-1] / run.months["remission_rate"].iloc[0]


def test_a_function_whose_name_begins_as_that_of_a_share_is_not_told_in_points():
    found = path_effects({}, CHANGED, "commons", n=2, parameters=SMALL, outcome=remission_rate_ratio)
    assert found.outcome == "remission_rate_ratio" and not found.effects["in_words"].str.contains("points").any()
    window = path_effects({}, CHANGED, "commons", n=2, parameters=SMALL, outcome=("remission_rate", -24, -13))
    assert window.effects["in_words"].str.contains("points|bit").all()


def test_other_people_in_the_same_places_are_told():
    found = path_effects({"turnover": 0}, {"turnover": 0.05}, "package", n=2, parameters=SMALL)
    assert "of the place, not of the person" in repr(found)
    assert "of the place" not in repr(path_effects({}, CHANGED, "package", n=2, parameters=SMALL))


def test_knocking_out_twice_is_knocking_out_once_and_none_is_none():
    assert knock_out("sharing", knock_out("sharing", SMALL)) == knock_out("sharing", SMALL)
    with pytest.raises(InputError, match="at least one lever"):
        knock_out([])


@pytest.mark.parametrize("mediators, said", [
    ("health", "the outcome itself"), ("phenotype", "who the patients are"), ({1: "commons"}, "named by text")])
def test_the_reason_why_a_state_is_no_mediator_is_true(mediators, said):
    with pytest.raises(InputError, match=said):
        checked_mediators(mediators)
