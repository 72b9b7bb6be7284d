"""Same people, same luck: a change acts where it was made and from when it was made, and nowhere else to the bit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnlab.parameters import LEVERS, Parameters, declared
from lnlab.programs import Program
from lnlab.run import simulate

SMALL = Parameters(n_patients=90, n_centers=3, burn_in=5, launch_month=3, months=18, implementation=0.6,
                   visit_interval=2)
ISOLATED = SMALL.but(cross_center_ties=0, sharing=0)
FREE = [name for name in Parameters.__dataclass_fields__
        if declared(name)["element"] not in ("size", "time") and declared(name)["high"] is not None
        and name not in ("cross_center_ties", "sharing", "shared_information_use",
                         # and these cannot take any value on their own
                         "best_efficacy", "other_efficacy_low", "other_efficacy_high", "activation", "activation_sd",
                         "clinician_activation", "clinician_activation_sd")]


def anything(name):
    """Any value that the parameter may have, to six digits."""
    about = declared(name)
    if about["switch"]:
        return st.booleans()
    if about["whole"]:
        return st.integers(about["low"], about["high"])
    return st.floats(about["low"], about["high"]).map(lambda value: round(value, 6))


def assert_same(run, other, centers=None, months=None, but_for=()):
    """The centers table the same to the bit, in these centers (all) and months (all)."""
    one, two = run.centers.drop(columns=list(but_for)), other.centers.drop(columns=list(but_for))
    for column, kept in (("center", centers), ("month", months)):
        if kept is not None:
            one, two = one[one[column].isin(kept)], two[two[column].isin(kept)]
    assert len(one) > 0
    pd.testing.assert_frame_equal(one, two, check_exact=True)


@st.composite
def a_network_without_channels(draw):
    """A small network in which nothing can pass between centers, and a program in some of its centers.

    Programs must not open the channel that is closed: a center that shares where others use what is shared.
    """
    values = draw(st.fixed_dictionaries({}, optional={name: anything(name) for name in FREE}))
    closed = draw(st.sampled_from(["sharing", "shared_information_use"]))
    p = SMALL.but(**{**values, "cross_center_ties": 0, closed: 0})
    lever = draw(st.sampled_from([lever for lever in LEVERS if lever != closed]))
    centers = draw(st.sets(st.integers(0, 2), min_size=1, max_size=2))
    program = Program("something else", lever=lever, value=draw(anything(lever)), centers=sorted(centers),
                      start=draw(st.integers(0, p.months - 1)))
    return p, program, draw(st.integers(0, 2**63 - 1)), closed


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(a_network_without_channels())
def test_without_channels_a_program_changes_nothing_elsewhere(network):
    p, program, seed, closed = network
    elsewhere = sorted(set(range(3)) - set(program.centers))
    usual, changed = simulate(p, seed=seed), simulate(p, [program], seed=seed)
    # Where centers share but do not use, what one gave is a smaller part of the commons when another gives more.
    relative = ["share_of_commons"] if closed == "shared_information_use" else []
    assert_same(usual, changed, centers=elsewhere, but_for=relative)
    people = [run.patients[run.patients["center"].isin(elsewhere)] for run in (usual, changed)]
    pd.testing.assert_frame_equal(*people, check_exact=True)


@pytest.mark.parametrize("lever", [lever for lever in LEVERS if lever != "sharing"])
def test_a_program_does_change_its_own_center(lever):
    """So the property above is no empty one: each lever acts in the center that has the program."""
    p = ISOLATED.but(shared_information_use=0) if lever == "shared_information_use" else ISOLATED
    changed = simulate(p, [Program("all of it", lever=lever, value=declared(lever)["high"], centers=[1])], seed=4)
    usual = simulate(p, seed=4)
    assert_same(usual, changed, centers=[0, 2])
    with pytest.raises(AssertionError):
        assert_same(usual, changed, centers=[1])


@pytest.mark.parametrize("p, lever", [
    (ISOLATED.but(sharing=0.8), "registry"),
    (ISOLATED.but(cross_center_ties=0.5, colleague_ties=0), "leadership"),
    (ISOLATED.but(cross_center_ties=0.5, patient_ties=0, clinician_influence=0.2), "leadership"),
    (ISOLATED.but(cross_center_ties=1, patient_ties=0, clinician_influence=0), "clinician_spread"),
], ids=["the commons", "tied patients", "tied clinicians", "hearsay"])
def test_any_one_open_channel_carries_the_change(p, lever):
    changed = simulate(p, [Program("all of it", lever=lever, value=declared(lever)["high"], centers=[0])], seed=4)
    with pytest.raises(AssertionError):
        assert_same(simulate(p, seed=4), changed, centers=[1, 2])


def test_without_channels_it_does_not_matter_when_others_join():
    early, late, never = (simulate(ISOLATED, seed=4, growth=[3, month, 5]) for month in (0, 9, None))
    assert_same(early, late, centers=[0, 2])
    assert_same(early, never, centers=[0, 2])
    assert_same(late, never, months=range(9))
    with pytest.raises(AssertionError):
        assert_same(early, late, centers=[1])


@pytest.mark.parametrize("lever", LEVERS)
def test_before_it_starts_a_program_changes_nothing(lever):
    p = SMALL.but(sharing=0.8, clinician_spread=0.5)
    usual = simulate(p, seed=4)
    changed = simulate(p, [Program("off", lever=lever, value=declared(lever)["low"], start=9)], seed=4)
    assert_same(usual, changed, months=range(9))
    pd.testing.assert_frame_equal(usual.months.head(9), changed.months.head(9), check_exact=True)
    with pytest.raises(AssertionError):
        assert_same(usual, changed)


def test_before_launch_the_network_changes_nothing():
    network, usual = (simulate(SMALL, seed=4, growth=growth).months.drop(columns="members")
                      for growth in ("together", "never"))
    pd.testing.assert_frame_equal(network.head(3), usual.head(3), check_exact=True)
    assert not network.equals(usual)


def test_a_longer_run_begins_like_the_shorter():
    shorter, longer = simulate(SMALL, seed=4), simulate(SMALL.but(months=30), seed=4)
    pd.testing.assert_frame_equal(shorter.months, longer.months.head(18), check_exact=True)
    assert_same(shorter, longer, months=range(18))


@pytest.mark.parametrize("name, value", [
    ("patient_influence", 0.3), ("sharing", 0), ("implementation", 0), ("response_rate", 0.1), ("turnover", 0.05),
    ("visit_interval", 5), ("launch_month", 0), ("usual_match", 0), ("center_variation", 0)])
def test_no_behavior_changes_who_lives_in_the_model(name, value):
    one, other = simulate(SMALL, seed=4).population, simulate(SMALL.but(**{name: value}), seed=4).population
    for part in ("center", "clinician", "clinician_center", "baseline", "clinician_baseline", "center_shift",
                 "efficacy"):
        np.testing.assert_array_equal(getattr(one, part), getattr(other, part))
    for part in ("patient_ties", "colleague_ties"):
        np.testing.assert_array_equal(getattr(one, part).edges(), getattr(other, part).edges())


def test_another_seed_is_other_people_with_other_luck():
    one, other = simulate(SMALL, seed=4), simulate(SMALL, seed=5)
    for part in ("baseline", "efficacy", "center_shift"):
        assert not np.array_equal(getattr(one.population, part), getattr(other.population, part)), part
    assert (one.months["encounters"] != other.months["encounters"]).any()


def test_efficacies_may_be_fixed_while_people_and_luck_vary():
    one, other = (simulate(SMALL, seed=seed, efficacy_seed=9) for seed in (4, 5))
    np.testing.assert_array_equal(one.population.efficacy, other.population.efficacy)
    assert not np.array_equal(one.population.baseline, other.population.baseline)
    own = simulate(SMALL, seed=4)
    np.testing.assert_array_equal(one.population.baseline, own.population.baseline)
    assert not np.array_equal(one.population.efficacy, own.population.efficacy)
