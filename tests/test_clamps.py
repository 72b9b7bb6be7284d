"""Clamps: one state held at what it was in another run, everything else running on; and single cases struck."""

import numpy as np
import pandas as pd
import pytest

from lnlab.checks import InputError
from lnlab.model import LearningNetwork
from lnlab.parameters import Parameters
from lnlab.programs import Program
from lnlab.run import HOLDABLE, hold, simulate

SMALL = Parameters(n_patients=120, n_centers=3, burn_in=6, launch_month=4, months=20, implementation=0.7, sharing=0.8,
                   visit_interval=2, n_phenotypes=4)
OTHER = SMALL.but(patient_influence=0.3, clinician_influence=0.2, registry=0.9, turnover=0.03, forgetting=0.2)
PROGRAM = Program("planning", lever="pre_visit_planning", value=0.7, centers=[1], start=8)
TABLES = ("months", "centers", "patients", "sharing")


@pytest.fixture(scope="module")
def usual():
    return simulate(SMALL, [PROGRAM], seed=6)


def assert_same_run(run, other):
    for table in TABLES:
        pd.testing.assert_frame_equal(getattr(run, table), getattr(other, table), check_exact=True, obj=table)


def seen(network, state):
    """What can be seen of a state in a network now, as arrays."""
    if state == "activation":
        return [network.patients.get("activation"), network.clinicians.get("activation")]
    if state == "package":
        return [network.patients.get("package")]
    if state == "evidence":
        return [clinician.cases for clinician in network.clinicians]
    return [network.months["commons_cases"].tail(1)]


def as_of_each_month(state, *arguments, **options):
    """What can be seen of a state after the burn-in and after each month."""
    network = LearningNetwork(*arguments, seed=6, **options)
    months = [seen(network, state)]
    while network.running:
        network.step()
        months.append(seen(network, state))
    return months


@pytest.mark.parametrize("state", HOLDABLE)
def test_a_held_state_is_that_of_the_other_run_in_every_month(usual, state):
    theirs = as_of_each_month(state, SMALL, [PROGRAM])
    held = as_of_each_month(state, OTHER, holds=[hold(state, at=usual)])
    free = as_of_each_month(state, OTHER)
    for month in range(SMALL.months + 1):
        for one, two in zip(held[month], theirs[month], strict=True):
            np.testing.assert_array_equal(one, two)
    assert any(not np.array_equal(one, two) for one, two in zip(free[-1], theirs[-1], strict=True)), "free, it differs"


@pytest.mark.parametrize("state, column", [("activation", "activation"), ("activation", "active_share"),
                                           ("activation", "clinician_activation"), ("commons", "commons_cases")])
def test_what_is_held_shows_in_the_tables(usual, state, column):
    held = simulate(OTHER, seed=6, holds=[hold(state, at=usual)])
    pd.testing.assert_series_equal(held.months[column], usual.months[column], check_exact=True)
    assert not held.months["remission_rate"].equals(usual.months["remission_rate"]), "everything else runs on"


def test_a_held_commons_knows_what_the_other_knew(usual):
    """Knowledge is measured on the patients there are, so the same turnover is needed to compare it."""
    held = simulate(OTHER.but(turnover=SMALL.turnover), seed=6, holds=[hold("commons", at=usual)])
    for column in ("usable_knowledge", "best_guess_knowledge"):
        pd.testing.assert_series_equal(held.months[column], usual.months[column], check_exact=True)
    shares = [run.centers["share_of_commons"] for run in (held, usual)]
    pd.testing.assert_series_equal(*shares, check_exact=True)
    assert held.months["shared_cases"].sum() != usual.months["shared_cases"].sum(), "what it shares itself is lost"


def test_a_held_commons_is_used(usual):
    """Somebody else's full commons in place of one's own empty one: care improves as if one had shared."""
    without = SMALL.but(sharing=0, months=20)
    rich = simulate(SMALL.but(sharing=1, shareable=1, data_baseline=1), seed=6)
    own, lent = simulate(without, seed=6), simulate(without, seed=6, holds=[hold("commons", at=rich)])
    assert lent.months["best_package_share"].iloc[-1] > own.months["best_package_share"].iloc[-1] + 0.05


def test_held_packages_are_the_patients_packages(usual):
    held = simulate(OTHER.but(turnover=SMALL.turnover), seed=6, holds=[hold("package", at=usual)])
    pd.testing.assert_series_equal(held.patients["package"], usual.patients["package"])
    pd.testing.assert_series_equal(held.months["best_package_share"], usual.months["best_package_share"])
    pd.testing.assert_series_equal(held.months["changes"], usual.months["changes"])


@pytest.mark.parametrize("states", [[state] for state in HOLDABLE] + [list(HOLDABLE)], ids="-".join)
def test_a_run_held_at_itself_is_itself(usual, states):
    held = simulate(SMALL, [PROGRAM], seed=6, holds=[hold(state, at=usual) for state in states])
    assert_same_run(held, usual)


def test_with_everything_held_nothing_of_the_network_matters(usual):
    """Activation and packages are all that health sees of the network."""
    held = simulate(OTHER.but(turnover=SMALL.turnover), seed=6, growth="never",
                    holds=[hold("activation", at=usual), hold("package", at=usual)])
    columns = ["patient", "package", "health", "activation", "months_in_remission"]
    pd.testing.assert_frame_equal(held.patients[columns], usual.patients[columns], check_exact=True)


def test_a_held_run_can_itself_be_held_to(usual):
    second = simulate(OTHER, seed=6, holds=hold("activation", at=usual))
    third = simulate(SMALL.but(fading=0.5), seed=6, holds=[hold("activation", at=second), hold("commons", at=second)])
    for column in ("activation", "clinician_activation"):
        pd.testing.assert_series_equal(third.months[column], usual.months[column], check_exact=True)
    pd.testing.assert_series_equal(third.months["commons_cases"], second.months["commons_cases"], check_exact=True)
    assert not third.months["commons_cases"].equals(usual.months["commons_cases"])


def test_where_a_state_is_held_twice_the_last_listed_counts(usual):
    other = simulate(OTHER, seed=6)
    held = simulate(SMALL, seed=6, holds=[hold("activation", at=other), hold("activation", at=usual)])
    pd.testing.assert_series_equal(held.months["activation"], usual.months["activation"], check_exact=True)


@pytest.mark.parametrize("state", HOLDABLE)
def test_a_clamp_may_begin_in_any_month(usual, state):
    """By `start`, and by `LearningNetwork.hold` on the way; and such a run can be repeated, as a hold on it needs."""
    free = simulate(OTHER, seed=6)
    held = simulate(OTHER, seed=6, holds=[hold(state, at=usual, start=9)])
    pd.testing.assert_frame_equal(held.months.head(9), free.months.head(9), check_exact=True)
    assert not held.months.equals(free.months)

    network = LearningNetwork(OTHER, seed=6)
    while network.running:
        if network.month == 9:
            network.hold(state, at=usual)
        network.step()
    theirs = as_of_each_month(state, SMALL, [PROGRAM])
    for one, two in zip(seen(network, state), theirs[-1], strict=True):
        np.testing.assert_array_equal(one, two)
    assert_same_run(network.run(), held)
    assert_same_run(simulate(OTHER, seed=6, holds=network.run().holds), held)
    own = simulate(OTHER, seed=6, holds=[hold(each, at=network.run()) for each in HOLDABLE])
    np.testing.assert_array_equal(own.months["remission_rate"].head(9), free.months["remission_rate"].head(9))
    np.testing.assert_array_equal(own.months["activation"], held.months["activation"])
    np.testing.assert_array_equal(own.months["commons_cases"], held.months["commons_cases"])
    np.testing.assert_array_equal(own.patients["package"], held.patients["package"])


@pytest.mark.parametrize("refused, says", [
    (lambda run: hold("health", at=run), "`state`.*'activation'"),
    (lambda run: hold("comons", at=run), "Did you mean 'commons'"),
    (lambda run: hold("commons", at=run.months), "`at` must be a Run"),
    (lambda run: hold("commons", at=run, start=20), "`start`"),
    (lambda run: hold("commons", at=run, start=-7), "`start`"),
    (lambda run: simulate(SMALL, seed=7, holds=[hold("commons", at=run)]), "seed"),
    (lambda run: simulate(SMALL.but(n_patients=121), seed=6, holds=[hold("commons", at=run)]), "`n_patients`"),
    (lambda run: simulate(SMALL.but(patient_ties=3), seed=6, holds=[hold("commons", at=run)]), "`patient_ties`"),
    (lambda run: simulate(SMALL, seed=6, efficacy_seed=1, holds=[hold("commons", at=run)]), "`efficacy_seed`"),
    (lambda run: simulate(SMALL.but(burn_in=7), seed=6, holds=[hold("commons", at=run)]), "`burn_in`"),
    (lambda run: simulate(SMALL.but(months=21), seed=6, holds=[hold("commons", at=run)]), "at least 21 months"),
    (lambda run: simulate(SMALL, seed=6, holds=["commons"]), "`holds`"),
    (lambda run: simulate(SMALL, seed=6, holds=run), "`holds`"),
    (lambda run: simulate(SMALL, seed=6, holds=("commons", run)), "`holds`"),
    (lambda run: LearningNetwork(SMALL, seed=7).hold("commons", at=run), "seed"),
])
def test_what_cannot_be_held_is_refused(usual, refused, says):
    with pytest.raises(InputError, match=says):
        refused(usual)


def test_a_longer_run_may_be_held_to(usual):
    longer = simulate(SMALL.but(months=30), [PROGRAM], seed=6)
    assert_same_run(simulate(SMALL, [PROGRAM], seed=6, holds=[hold("commons", at=longer)]), usual)


@pytest.fixture(scope="module")
def shared_case():
    """A case that was shared half-way, as (month, patient)."""
    visits = simulate(SMALL, [PROGRAM], seed=6, encounters=True).encounters
    shared = visits[visits["case_shared"] & (visits["month"] >= 9)]
    return int(shared["month"].iloc[0]), int(shared["patient"].iloc[0])


def test_a_struck_case_is_missing_from_the_commons_and_changes_only_what_follows(usual, shared_case):
    month = shared_case[0]
    struck = simulate(SMALL, [PROGRAM], seed=6, struck=[shared_case])
    pd.testing.assert_frame_equal(struck.months.head(month), usual.months.head(month), check_exact=True)
    of_commons = ["shared_cases", "commons_cases", "usable_knowledge", "best_guess_knowledge"]
    one, two = struck.months.loc[month], usual.months.loc[month]
    pd.testing.assert_series_equal(one.drop(of_commons), two.drop(of_commons), check_exact=True)
    assert two["shared_cases"] - one["shared_cases"] == 1
    assert (two["commons_cases"] - one["commons_cases"]) * SMALL.n_patients == pytest.approx(1, abs=1e-9)
    assert not struck.months.loc[month + 1:].equals(usual.months.loc[month + 1:])


def test_the_clinician_still_knows_a_struck_case(shared_case):
    networks = [LearningNetwork(SMALL, [PROGRAM], seed=6, struck=struck) for struck in ((), [shared_case])]
    for network in networks:
        for _ in range(shared_case[0] + 1):
            network.step()
    one, two = ([clinician.cases for clinician in network.clinicians] for network in networks)
    np.testing.assert_array_equal(one, two)


def test_cases_struck_and_states_held_go_together(usual, shared_case):
    """With the commons held, striking a case changes nothing; and a run with struck cases can be held to."""
    struck = simulate(SMALL, [PROGRAM], seed=6, struck=[shared_case])
    held = simulate(SMALL, [PROGRAM], seed=6, holds=[hold("commons", at=usual)], struck=[shared_case])
    pd.testing.assert_frame_equal(held.patients, usual.patients, check_exact=True)
    again = simulate(SMALL, [PROGRAM], seed=6, holds=[hold("commons", at=struck)])
    pd.testing.assert_frame_equal(again.patients, struck.patients, check_exact=True)


@pytest.mark.parametrize("struck, says", [
    ([(12, 3), (12, 3)], "1 of 1 were not"), ([(20, 0)], "between -6 and 19"), ([(-7, 0)], "between -6 and 19"),
    ([(5, 120)], "between 0 and 119"), ([(5, 2.5)], "whole number"), ([5], "pairs"), ([(1, 2, 3)], "pairs"),
    (["ab"], "pairs"), (5, "pairs")])
def test_what_cannot_be_struck_is_refused(struck, says):
    visits = simulate(SMALL, seed=6, encounters=True).encounters
    assert not ((visits["month"] == 12) & (visits["patient"] == 3) & visits["case_shared"]).any()
    with pytest.raises(InputError, match=f"`struck`.*{says}"):
        simulate(SMALL, seed=6, struck=struck)
