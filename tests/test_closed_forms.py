"""Closed forms: where the model can be solved on paper, long runs must agree with the paper.

Each tolerance is four times the standard error that the same paper gives for a run of this size, or 1e-9 where
nothing is left to chance.
"""

from math import sqrt

import numpy as np
import pytest
from scipy.optimize import root

from lnlab.parameters import Parameters
from lnlab.population import make_population
from lnlab.run import simulate

EXACT = 1e-9
STANDARD_ERRORS = 4

# Everybody starts alike and nobody meets anybody: activation only spreads and fades.
ALIKE = Parameters(n_patients=40, n_centers=2, burn_in=0, launch_month=0, months=400, activation_sd=0,
                   clinician_activation_sd=0, encounter_influence=0, turnover=0, implementation=0)


def settled_activation(influence, leadership, fading, baseline, turnover=0.0):
    """Where activation comes to rest: at the month's start, after turnover."""
    fading = fading + turnover / (1 - turnover)
    if influence == 0:
        return (leadership + fading * baseline) / (leadership + fading)
    middle = influence - leadership - fading
    return (middle + sqrt(middle**2 + 4 * influence * (leadership + fading * baseline))) / (2 * influence)


def everybody_tied(parameters, seed=1):
    """A population in which every patient is tied to every other."""
    one, other = np.triu_indices(parameters.n_patients, 1)
    return make_population(parameters, seed, patient_edges=np.column_stack([one, other]))


@pytest.mark.parametrize("influence, leadership, fading, baseline", [
    (0.06, 0.02, 0.15, 0.40), (0.30, 0, 0.15, 0.40), (0, 0.02, 0.15, 0.40), (0.40, 0.10, 0.05, 0.20),
    (0.20, 0, 0.50, 0.70), (0, 0, 0.15, 0.40), (0.06, 0.02, 0.15, 0), (0.06, 0.02, 0.15, 1)])
def test_activation_comes_to_rest_where_spreading_and_fading_balance(influence, leadership, fading, baseline):
    at = ALIKE.but(patient_influence=influence, clinician_influence=influence, leadership=leadership, fading=fading,
                   activation=baseline, clinician_activation=baseline)
    last = simulate(at).months.iloc[-1]
    settled = settled_activation(influence, leadership, fading, baseline)
    assert last["activation"] == pytest.approx(settled, abs=EXACT)
    assert last["clinician_activation"] == pytest.approx(settled, abs=EXACT)


@pytest.mark.parametrize("threshold, influence_left", [(0.3, 0.3), (0.9, 0)])
def test_below_the_threshold_peers_have_no_influence(threshold, influence_left):
    at = ALIKE.but(patient_influence=0.3, contagion_threshold=threshold)
    settled = settled_activation(influence_left, at.leadership, at.fading, at.activation)
    assert simulate(at).months["activation"].iloc[-1] == pytest.approx(settled, abs=EXACT)


@pytest.mark.parametrize("turnover, influence, leadership, baseline", [
    (0.01, 0.06, 0.02, 0.40), (0.05, 0.30, 0, 0.40), (0.10, 0, 0.10, 0.20), (0.10, 0.40, 0.10, 0.20),
    (0.10, 0, 0, 0.40)])
def test_turnover_pulls_activation_back_to_the_baseline(turnover, influence, leadership, baseline):
    at = ALIKE.but(n_patients=300, turnover=turnover, patient_influence=influence, leadership=leadership,
                   activation=baseline)
    start = settled_activation(influence, leadership, at.fading, baseline, turnover)
    settled = (start - turnover * baseline) / (1 - turnover)
    months = simulate(at, population=everybody_tied(at)).months["activation"].iloc[100:]
    # Each newcomer starts `settled - baseline` below, and the mean comes back by this share of the dip each month, the
    # first time before that month is recorded.
    heals = turnover + (1 - turnover) * (at.fading + leadership + influence * (2 * start - 1))
    error = sqrt(turnover / (at.n_patients * len(months))) * (settled - baseline) * (1 - heals) / heals
    assert months.mean() == pytest.approx(settled, abs=STANDARD_ERRORS * error + EXACT)


def settled_together(p, visits):
    """Where patients and clinicians who meet come to rest: (patients at the month's end, clinicians)."""
    kept = 1 - p.turnover

    def left_over(settled):
        patients, clinicians = settled
        start = kept * patients + p.turnover * p.activation
        return [start + (p.patient_influence * start + p.leadership) * (1 - start) - p.fading * (start - p.activation)
                + p.encounter_influence * visits * (clinicians - start) - patients,
                (p.clinician_influence * clinicians + p.leadership) * (1 - clinicians)
                - p.fading * (clinicians - p.clinician_activation)
                + p.encounter_influence * (start - clinicians)]

    found = root(left_over, [p.activation, p.clinician_activation], tol=1e-13)
    assert found.success
    return found.x


MEETING = [dict(activation=0.40, clinician_activation=0.45), dict(activation=0.10, clinician_activation=0.90),
           dict(activation=0.80, clinician_activation=0.20, patient_influence=0.2, leadership=0),
           dict(activation=0.30, clinician_activation=0.70, encounter_influence=0.5, fading=0.3)]


@pytest.mark.parametrize("changes", MEETING)
def test_patients_and_clinicians_who_meet_every_month_pull_each_other(changes):
    at = ALIKE.but(**{"encounter_influence": 0.1, "visit_interval": 1, **changes})
    last = simulate(at).months.iloc[-1]
    assert [last["activation"], last["clinician_activation"]] == pytest.approx(settled_together(at, 1), abs=EXACT)


@pytest.mark.parametrize("changes", MEETING)
def test_they_pull_each_other_at_fewer_visits_and_with_turnover(changes):
    """The paper takes every visitor to stand at the mean; between visits they stray from it by less than a pull."""
    at = ALIKE.but(**{"n_patients": 300, "encounter_influence": 0.1, "visit_interval": 3,
                      "recall": 0, "turnover": 0.02, **changes})
    months = simulate(at, population=everybody_tied(at)).months.iloc[100:]
    patients, clinicians = settled_together(at, 1 / 3)
    pull = at.encounter_influence * abs(clinicians - patients)
    heals = at.fading + at.leadership + at.encounter_influence / 3 + at.patient_influence * (2 * patients - 1)
    dips = sqrt(at.turnover / (at.n_patients * len(months))) * abs(patients - at.activation)
    tolerance = STANDARD_ERRORS * dips * (1 - heals) / heals + at.encounter_influence * pull / (3 * heals)
    assert months["activation"].mean() == pytest.approx(patients, abs=tolerance)
    clinicians_heal = at.fading + at.leadership + at.encounter_influence - at.clinician_influence
    assert months["clinician_activation"].mean() == pytest.approx(
        clinicians, abs=at.encounter_influence * (pull + tolerance) / clinicians_heal)


# One package and one activation for all, so that health is the only thing that varies; well away from 0 and 1.
AWAY_FROM_BOUNDS = Parameters(
    n_patients=20_000, n_centers=1, n_phenotypes=1, n_packages=1, best_efficacy=0.6, other_efficacy_high=0.6,
    burn_in=150, launch_month=0, months=40, activation_sd=0, encounter_influence=0, patient_influence=0, leadership=0,
    patient_ties=0, noise=0.03, flare_chance=0.05, flare_drop=0.10, turnover=0)


@pytest.mark.parametrize("changes", [
    {}, {"turnover": 0.01}, {"turnover": 0.10, "response_rate": 0.1}, {"response_rate": 0.8, "noise": 0.05},
    {"flare_chance": 0.5, "flare_drop": 0.05}, {"flare_chance": 0, "adherence_floor": 1, "response_rate": 0.1,
                                                "noise": 0.02}])
def test_health_has_the_mean_and_variance_that_follow_from_its_rule(changes):
    p = AWAY_FROM_BOUNDS.but(**changes)
    run = simulate(p, growth="never")
    health = run.patients["health"]
    assert 0 < health.min() and health.max() < 1, "the closed form holds only away from the bounds"

    target = p.best_efficacy * (p.adherence_floor + (1 - p.adherence_floor) * p.activation)
    stay, keep = 1 - p.turnover, 1 - p.response_rate
    mean = (p.response_rate * target - p.flare_chance * p.flare_drop + p.turnover * keep / 2) / (1 - keep * stay)
    flares = p.flare_chance * (1 - p.flare_chance)
    newcomers = p.turnover * (0.4**2 / 12 + stay * (mean - 0.5) ** 2)
    variance = (p.noise**2 + flares * p.flare_drop**2 + keep**2 * newcomers) / (1 - keep**2 * stay)
    carried = keep * stay
    long_run = sqrt(variance / (p.n_patients * p.months) * (1 + carried) / (1 - carried))
    assert run.months["mean_health"].mean() == pytest.approx(mean, abs=STANDARD_ERRORS * long_run)

    if p.turnover == 0:                         # fourth moments: a sum of four uniforms has excess kurtosis -0.3
        fourth = -0.3 * p.noise**4 + flares * (1 - 6 * flares) * p.flare_drop**4
        excess = fourth / (1 - keep**4) / variance**2
        error = variance * sqrt((2 + excess) / p.n_patients)
        assert health.var() == pytest.approx(variance, abs=STANDARD_ERRORS * error)


@pytest.mark.parametrize("usual_match, n_packages", [(0.48, 6), (0, 4), (1, 3), (0.7, 1), (0, 1), (0.25, 2)])
def test_without_implementation_the_best_package_stays_as_common_as_usual_care_has_it(usual_match, n_packages):
    p = Parameters(n_patients=20_000, implementation=0, usual_match=usual_match, n_packages=n_packages, months=3,
                   launch_month=0, burn_in=24)
    share = usual_match + (1 - usual_match) / n_packages
    error = sqrt(share * (1 - share) / p.n_patients)
    months = simulate(p).months
    assert months["best_package_share"].iloc[-1] == pytest.approx(share, abs=STANDARD_ERRORS * error)
    assert months["changes"].sum() == 0
