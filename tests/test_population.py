"""The population: who lives in the model, that it has the shape asked for, and that no behavior ever changes it."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lnlab import draws
from lnlab.checks import InputError
from lnlab.parameters import Parameters, declared
from lnlab.population import LARGEST_SEED, MADE_FROM, Population, make_population, structure
from lnlab.run import simulate
from lnlab.ties import Ties

SMALL = Parameters(n_patients=60, n_centers=4, clinicians_per_center=4, n_phenotypes=5, context_strength=0.3)
CROWD = Parameters(n_patients=20_000, patient_ties=0)
BEHAVIOR = [each.name for each in dataclasses.fields(Parameters) if each.name not in MADE_FROM]
repeatable = settings(deadline=None, derandomize=True, max_examples=40)

sizes = st.builds(
    lambda n_centers, more, clinicians, **others: Parameters(
        n_centers=n_centers, n_patients=n_centers + more, clinicians_per_center=clinicians, **others),
    st.integers(1, 12), st.integers(8, 80), st.integers(1, 4), n_phenotypes=st.integers(1, 9),
    n_packages=st.integers(1, 7), context_strength=st.sampled_from([0.0, 0.5, 1.0]))


def parts(population):
    """Everything that makes up a population, but the parameters and seeds that it was asked for."""
    for each in dataclasses.fields(Population):
        part = getattr(population, each.name)
        if isinstance(part, Ties):
            yield f"{each.name}.indptr", part.indptr
            yield f"{each.name}.indices", part.indices
        elif isinstance(part, np.ndarray):
            yield each.name, part


def assert_same_people(one, other):
    for (name, here), (_, there) in zip(parts(one), parts(other), strict=True):
        assert here.dtype == there.dtype, name
        np.testing.assert_array_equal(here, there, err_msg=name)


def differing(one, other):
    return {name for (name, here), (_, there) in zip(parts(one), parts(other), strict=True)
            if not np.array_equal(here, there)}


def another(name, value):
    """Another value that the parameter may have."""
    about = declared(name)
    if about["switch"]:
        return not value
    if about["whole"]:
        return value + 1
    return (value + about["high"]) / 2 if value < about["high"] else about["low"]


@repeatable
@given(sizes)
def test_everything_has_the_size_asked_for(parameters):
    people = make_population(parameters, seed=3)
    n, centers = parameters.n_patients, parameters.n_centers
    clinicians = centers * parameters.clinicians_per_center
    assert people.center.shape == people.clinician.shape == people.baseline.shape == (n,)
    assert people.clinician_center.shape == people.clinician_baseline.shape == (clinicians,)
    assert people.center_shift.shape == (centers, 2)
    assert people.efficacy.shape == (centers, parameters.n_phenotypes, parameters.n_packages)
    assert people.best_package().shape == (centers, parameters.n_phenotypes)
    assert len(people.patient_ties.indptr) == n + 1 and len(people.colleague_ties.indptr) == clinicians + 1
    assert all(np.isfinite(part).all() for _, part in parts(people))


@repeatable
@given(sizes)
def test_centers_are_contiguous_and_share_people_evenly(parameters):
    people = make_population(parameters, seed=3)
    patients = np.bincount(people.center, minlength=parameters.n_centers)
    assert (np.diff(people.center) >= 0).all() and (np.diff(people.clinician_center) >= 0).all()
    assert len(patients) == parameters.n_centers and patients.min() >= 1 and np.ptp(patients) <= 1
    assert np.bincount(people.clinician_center).tolist() == [parameters.clinicians_per_center] * parameters.n_centers
    assert (people.clinician_center[people.clinician] == people.center).all()
    seen = np.bincount(people.clinician, minlength=len(people.clinician_center))
    for center in range(parameters.n_centers):
        assert np.ptp(seen[people.clinician_center == center]) <= 1


@pytest.mark.parametrize("mean, sd", [(0.4, 0.18), (0.5, 0.45), (0.05, 0.02), (0.9, 0.25), (0.45, 1e-4), (0.01, 0.09)])
def test_baselines_are_beta_distributed_with_the_given_mean_and_sd(mean, sd):
    people = make_population(CROWD.but(activation=mean, activation_sd=sd, clinicians_per_center=500,
                                       clinician_activation=mean, clinician_activation_sd=sd), seed=5)
    size = mean * (1 - mean) / sd**2 - 1
    expected = stats.beta(mean * size, (1 - mean) * size)
    assert expected.std() == pytest.approx(sd, rel=1e-6)
    kurtosis = float(expected.stats("k"))
    for baseline in (people.baseline, people.clinician_baseline):
        error = 4 / math.sqrt(len(baseline))
        assert baseline.min() >= 0 and baseline.max() <= 1
        assert baseline.mean() == pytest.approx(mean, abs=error * sd)
        assert baseline.var() == pytest.approx(sd**2, rel=error * math.sqrt(kurtosis + 2))
        cuts = np.clip(mean + sd * np.array([-1.5, -0.5, 0, 0.5, 1.5]), 0.001, 0.999)
        assert [(baseline <= cut).mean() for cut in cuts] == pytest.approx(expected.cdf(cuts), abs=error / 2)


def test_patients_and_clinicians_have_luck_of_their_own():
    people = make_population(SMALL.but(activation=0.4, activation_sd=0.2, clinician_activation=0.4,
                                       clinician_activation_sd=0.2), seed=1)
    assert not set(people.baseline) & set(people.clinician_baseline)


@pytest.mark.parametrize("mean, sd, everybody", [(0, 0.18, 0), (1, 0.18, 1), (0.3, 0, 0.3), (0, 0, 0), (1, 0.5, 1)])
def test_where_nothing_can_vary_everybody_is_the_same(mean, sd, everybody):
    people = make_population(SMALL.but(activation=mean, activation_sd=sd, clinician_activation=mean,
                                       clinician_activation_sd=sd), seed=1)
    assert set(people.baseline) == set(people.clinician_baseline) == {everybody}


@pytest.mark.parametrize("mean, sd", [(0.4, 1e-12), (0.4, 0.489897), (1e-12, 1e-12), (1 - 1e-12, 1e-12)])
def test_at_the_edge_of_what_can_vary_baselines_are_still_shares(mean, sd):
    baseline = make_population(SMALL.but(activation=mean, activation_sd=sd), seed=1).baseline
    assert ((baseline >= 0) & (baseline <= 1)).all()


def test_center_shifts_are_standard_normal_and_unrelated():
    shift = make_population(CROWD.but(n_centers=20_000, clinicians_per_center=1, n_phenotypes=1), seed=2).center_shift
    assert np.abs(shift.mean(axis=0)).max() < 4 / math.sqrt(20_000)
    assert shift.std(axis=0) == pytest.approx([1, 1], abs=4 / math.sqrt(40_000))
    assert abs(np.corrcoef(shift.T)[0, 1]) < 4 / math.sqrt(20_000)
    assert np.mean(np.abs(shift) < 1.959964, axis=0) == pytest.approx([0.95, 0.95], abs=0.007)


@pytest.mark.parametrize("name", BEHAVIOR)
def test_no_behavior_changes_who_lives_in_the_model(name):
    changed = SMALL.but(**{name: another(name, getattr(SMALL, name))})
    assert changed != SMALL
    assert_same_people(make_population(changed, seed=7), make_population(SMALL, seed=7))
    assert structure(changed) == structure(SMALL)


@pytest.mark.parametrize("name", MADE_FROM)
def test_whatever_shapes_the_population_changes_it(name):
    changed = SMALL.but(**{name: another(name, getattr(SMALL, name))})
    assert differing(make_population(changed, seed=7), make_population(SMALL, seed=7))
    assert structure(changed) != structure(SMALL)


@pytest.mark.parametrize("name, touched", [
    ("patient_ties", {"patient_ties.indptr", "patient_ties.indices"}),
    ("activation", {"baseline"}), ("clinician_activation_sd", {"clinician_baseline"}),
    ("best_efficacy", {"efficacy"}), ("context_strength", {"efficacy"}), ("n_packages", {"efficacy"})])
def test_what_shapes_one_part_leaves_the_others(name, touched):
    changed = SMALL.but(**{name: another(name, getattr(SMALL, name))})
    assert differing(make_population(changed, seed=7), make_population(SMALL, seed=7)) == touched


def test_one_seed_one_population():
    assert_same_people(make_population(SMALL, seed=7), make_population(SMALL, seed=7))
    others = make_population(SMALL, seed=8)
    sizes = {"center", "clinician", "clinician_center"}
    assert differing(make_population(SMALL, seed=7), others) == {name for name, _ in parts(others)} - sizes


def test_a_larger_network_holds_the_smaller_one():
    """So that size can be compared on the same people."""
    small, large = (make_population(SMALL.but(n_patients=30 * n, n_centers=n, cross_center_ties=0), seed=7)
                    for n in (2, 5))
    for name in ("center", "clinician", "clinician_center", "baseline", "clinician_baseline", "center_shift",
                 "efficacy"):
        here, there = getattr(small, name), getattr(large, name)
        np.testing.assert_array_equal(here, there[:len(here)], err_msg=name)
    assert all(small.patient_ties.of(patient).tolist() == large.patient_ties.of(patient).tolist()
               for patient in range(60))


@repeatable
@given(sizes, st.integers(0, LARGEST_SEED))
def test_without_context_one_package_is_best_everywhere_and_the_others_lie_between(parameters, seed):
    parameters = parameters.but(context_strength=0)
    people = make_population(parameters, seed)
    first = people.efficacy[0]
    assert (people.efficacy == first).all()
    is_best = first == parameters.best_efficacy
    assert (is_best.sum(axis=1) == 1).all()
    assert (is_best.argmax(axis=1) == people.best_package()[0]).all()
    others = first[~is_best]
    assert ((others >= parameters.other_efficacy_low) & (others <= parameters.other_efficacy_high)).all()


def test_best_packages_and_other_efficacies_are_uniform():
    parameters = CROWD.but(n_patients=10, n_centers=1, n_phenotypes=6000)
    efficacy = make_population(parameters, seed=4).efficacy[0]
    counts = np.bincount(efficacy.argmax(axis=1), minlength=6)
    assert ((counts - 1000) ** 2 / 1000).sum() < 20.5                     # chi-square, 5 degrees, 1 in 1000
    others = (efficacy[efficacy < parameters.best_efficacy] - 0.30) / (0.74 - 0.30)
    assert len(others) == 30_000
    assert others.mean() == pytest.approx(0.5, abs=4 * math.sqrt(1 / 12 / 30_000))
    assert others.var() == pytest.approx(1 / 12, abs=4 * math.sqrt(1 / 180 / 30_000))


def test_context_mixes_a_common_table_with_each_centers_own():
    common, mixed, own = (make_population(SMALL.but(context_strength=weight), seed=7).efficacy
                          for weight in (0, 0.3, 1))
    np.testing.assert_allclose(mixed, 0.7 * common + 0.3 * own, rtol=0, atol=1e-15)
    tables = [common[0], *own]
    assert len({table.tobytes() for table in tables}) == 5
    assert ((own == SMALL.best_efficacy).sum(axis=2) == 1).all()
    assert (own[own != SMALL.best_efficacy] <= SMALL.other_efficacy_high).all()


def test_one_package_is_the_best():
    people = make_population(SMALL.but(n_packages=1), seed=7)
    assert (people.best_package() == 0).all()
    np.testing.assert_allclose(people.efficacy, SMALL.best_efficacy, rtol=1e-15)


def test_of_equal_packages_the_lowest_number_is_the_best():
    equal = SMALL.but(best_efficacy=0.5, other_efficacy_low=0.5, other_efficacy_high=0.5)
    assert (make_population(equal, seed=7).best_package() == 0).all()


def test_an_efficacy_seed_fixes_what_works_for_whom_and_nothing_else():
    one, other = (make_population(SMALL, seed, efficacy_seed=99) for seed in (1, 2))
    np.testing.assert_array_equal(one.efficacy, other.efficacy)
    np.testing.assert_array_equal(one.efficacy, make_population(SMALL, 99).efficacy)
    assert differing(one, make_population(SMALL, 1)) == {"efficacy"}
    assert (one.seed, one.efficacy_seed, make_population(SMALL, 1).efficacy_seed) == (1, 99, 1)
    runs = [simulate(SMALL.but(months=3, launch_month=1, burn_in=1), seed=seed, efficacy_seed=99) for seed in (1, 2)]
    np.testing.assert_array_equal(runs[0].population.efficacy, runs[1].population.efficacy)
    assert runs[0].provenance["efficacy_seed"] == 99


@pytest.mark.parametrize("seed", [0, 2**32, 2**63 - 1])
def test_seeds_of_every_size_give_other_people(seed):
    one, other = make_population(SMALL, seed), make_population(SMALL, 12345)
    assert len(set(one.baseline)) == 60 and not set(one.baseline) & set(other.baseline)


@pytest.mark.parametrize("seed, same", [(7.0, 7), (np.int64(7), 7), (np.uint8(7), 7)])
def test_a_whole_number_of_another_type_is_a_seed(seed, same):
    people = make_population(SMALL, seed)
    assert type(people.seed) is int and people.seed == same
    assert_same_people(people, make_population(SMALL, same))


@pytest.mark.parametrize("seed", [1.5, -1, 2**63, 10**400, "7", None, True, [7], math.nan, math.inf, 1j,
                                  np.random.default_rng(7)])
@pytest.mark.parametrize("name", ["seed", "efficacy_seed"])
def test_a_seed_is_a_whole_number(name, seed):
    if name == "efficacy_seed" and seed is None:        # that is: drawn from the run's own seed
        assert make_population(SMALL, 7, efficacy_seed=None).efficacy_seed == 7
        return
    with pytest.raises(InputError) as caught:
        make_population(SMALL, **{name: seed})
    assert str(caught.value) == (f"`{name}` must be a whole number between 0 and 9223372036854775807; "
                                 f"got {seed!r:.200}.")


@pytest.mark.parametrize("parameters", [0.8, "sharing", {"sharing": 0.8}, Parameters, [SMALL]])
def test_parameters_are_parameters(parameters):
    with pytest.raises(InputError, match=r"`parameters` must be Parameters, as in Parameters\(sharing=0.8\); got "):
        make_population(parameters)


def test_the_default_is_the_default():
    assert make_population().parameters == Parameters() and make_population().seed == 1


BRIEF = SMALL.but(months=4, launch_month=1, burn_in=2)


def test_a_run_takes_a_population_made_before():
    made_before = simulate(BRIEF, seed=7, population=make_population(BRIEF, 7))
    assert made_before.months.equals(simulate(BRIEF, seed=7).months)
    of_other_behavior = simulate(BRIEF.but(sharing=1), seed=7, population=make_population(BRIEF, 7))
    assert of_other_behavior.months.equals(simulate(BRIEF.but(sharing=1), seed=7).months)


@pytest.mark.parametrize("name", MADE_FROM)
def test_a_run_refuses_a_population_of_another_shape(name):
    other = BRIEF.but(**{name: another(name, getattr(BRIEF, name))})
    with pytest.raises(InputError) as caught:
        simulate(BRIEF, seed=7, population=make_population(other, 7))
    assert str(caught.value) == (f"`population` must be made with `{name}` = {getattr(BRIEF, name)!r}, as in the run; "
                                 f"got one made with {getattr(other, name)!r}.")


def test_a_run_refuses_a_population_of_another_seed():
    with pytest.raises(InputError, match=r"`population` must be made from the run's seed \(7\); got .* from seed 8"):
        simulate(BRIEF, seed=7, population=make_population(BRIEF, 8))
    fixed = make_population(BRIEF, 7, efficacy_seed=3)
    with pytest.raises(InputError, match=r"`efficacy_seed` must be that of the population \(3\); got 4"):
        simulate(BRIEF, seed=7, population=fixed, efficacy_seed=4)
    assert simulate(BRIEF, seed=7, population=fixed, efficacy_seed=3).population is fixed
    assert simulate(BRIEF, seed=7, population=fixed).population is fixed


def test_nobody_is_drawn_from_what_the_months_draw_from(monkeypatch):
    """Purposes 1 to 9 make the population, 10 to 15 the months; one used for both would tie a life to its start."""
    used = set()
    uniforms, uniform_table = draws.uniforms, draws.uniform_table
    monkeypatch.setattr(draws, "uniforms", lambda *given: used.add(given[1]) or uniforms(*given))
    monkeypatch.setattr(draws, "uniform_table", lambda *given: used.add(given[1]) or uniform_table(*given))
    make_population(SMALL, 7)
    assert used == {draws.PATIENT_BASELINE, draws.CLINICIAN_BASELINE, draws.CENTER_SHIFT, draws.BEST_PACKAGE,
                    draws.EFFICACY}
