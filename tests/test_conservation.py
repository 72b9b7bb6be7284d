"""No case is lost, and none is counted twice: what is known is what was written down, aged and heard."""

import numpy as np
import pytest

from lnlab import draws
from lnlab.model import LearningNetwork
from lnlab.parameters import Parameters
from lnlab.run import simulate

# From the first case on (no burn-in), everything is seen; centers join one after the other and one never.
SMALL = Parameters(n_patients=160, n_centers=4, clinicians_per_center=2, burn_in=0, launch_month=0, months=40,
                   visit_interval=2)
JOINS = [0, 7, 15, None]
KEEPS_ALL = SMALL.but(forgetting=0, obsolescence=0, clinician_spread=0)


def lived(parameters, **options):
    """A network at its end, and its encounters with only those columns that say who wrote which case."""
    network = LearningNetwork(parameters, seed=3, growth=JOINS, encounters=True, **options)
    while network.running:
        network.step()
    run = network.run()
    return network, run, run.encounters


def known_by(network):
    """Effective cases known by each clinician, (n_clinicians,)."""
    return np.array([clinician.cases.sum() for clinician in network.clinicians])


def in_commons(run):
    """Effective cases in the commons at each month's end, from the months table."""
    members = np.array([[month is not None and month <= now for month in run.joins] for now in run.months["month"]])
    patients = members @ np.bincount(run.population.center, minlength=run.parameters.n_centers)
    return run.months["commons_cases"].to_numpy() * patients


def a_few_shared(encounters, n=5):
    """Some of the shared cases, as (month, patient) pairs, spread over the run."""
    shared = encounters.loc[encounters["case_shared"], ["month", "patient"]]
    return list(shared.iloc[:: max(1, len(shared) // n)].itertuples(index=False, name=None))[:n]


def test_nothing_is_lost_without_ageing_and_hearsay():
    network, run, encounters = lived(KEEPS_ALL)
    written = encounters.groupby("clinician")["case"].sum().reindex(range(len(network.clinicians)), fill_value=0)
    np.testing.assert_array_equal(known_by(network), written)
    assert known_by(network).sum() == run.months["cases"].sum() == encounters["case"].sum() > 500
    assert in_commons(run)[-1] == pytest.approx(run.months["shared_cases"].sum(), rel=1e-12)
    assert run.months["shared_cases"].sum() == encounters["case_shared"].sum() > 50


def test_every_case_stands_where_it_was_seen():
    """Not only the totals: each clinician's pile has each case under its phenotype, package and result."""
    network, _, encounters = lived(KEEPS_ALL.but(case_error=0.2, phenotype_error=0.3))
    piles = np.zeros((8, SMALL.n_phenotypes, SMALL.n_packages, 2))
    cases = encounters[encounters["case"]]
    result = np.where(cases["case_worked"], 0, 1)
    np.add.at(piles, (cases["clinician"], cases["phenotype_seen"], cases["package_before"], result), 1)
    np.testing.assert_array_equal([clinician.cases for clinician in network.clinicians], piles)
    assert (cases["phenotype_seen"] != cases["phenotype"]).mean() > 0.2
    assert (cases["case_worked"] != cases["well"]).mean() > 0.1


def test_a_struck_case_is_missing_from_the_commons_only():
    struck = a_few_shared(lived(KEEPS_ALL)[2], 1)
    network, run, encounters = lived(KEEPS_ALL, struck=struck)
    assert known_by(network).sum() == encounters["case"].sum() == run.months["cases"].sum()
    assert run.months["shared_cases"].sum() == encounters["case_shared"].sum() - 1
    assert in_commons(run)[-1] == pytest.approx(run.months["shared_cases"].sum(), rel=1e-12)


@pytest.mark.parametrize("obsolescence", [0, 0.02, 0.3, 1])
@pytest.mark.parametrize("strike", [False, True])
def test_the_commons_ages_and_grows_by_what_is_shared(obsolescence, strike):
    p = SMALL.but(obsolescence=obsolescence, sharing=0.8, implementation=0)
    struck = a_few_shared(lived(p)[2]) if strike else ()
    run = lived(p, struck=struck)[1]
    shared, expected, total = run.months["shared_cases"], [], 0.0
    for new in shared:
        total = (1 - obsolescence) * total + new
        expected.append(total)
    np.testing.assert_allclose(in_commons(run), expected, rtol=1e-9)
    assert shared.sum() == run.encounters["case_shared"].sum() - len(struck)


def test_each_center_has_its_own_share_of_the_commons():
    run = lived(SMALL.but(sharing=0.9))[1]
    shared = run.centers.pivot(index="month", columns="center", values="shared_cases").to_numpy()
    stated = run.centers.pivot(index="month", columns="center", values="share_of_commons").to_numpy()
    own, expected = np.zeros(4), []
    for new in shared:
        expected.append(own / own.sum() if own.sum() else own.copy())
        own = (1 - SMALL.obsolescence) * own + new
    np.testing.assert_allclose(stated, expected, rtol=1e-9)
    assert (shared[:, 3] == 0).all() and (shared[:, 1].nonzero()[0] >= 7).all(), "only members share"


@pytest.mark.parametrize("archive", [False, True])
@pytest.mark.parametrize("forgetting", [0, 0.1, 1])
def test_own_cases_age_as_own_cases_do(forgetting, archive):
    p = SMALL.but(forgetting=forgetting, obsolescence=0.05, clinician_spread=0, center_archive=archive)
    network, _, encounters = lived(p)
    cases = encounters[encounters["case"]]
    age = p.months - 1 - cases["month"]
    kept = (1 - (p.obsolescence if archive else forgetting)) ** age
    expected = kept.groupby(cases["clinician"]).sum().reindex(range(8), fill_value=0)
    np.testing.assert_allclose(known_by(network), expected, rtol=1e-9)


@pytest.mark.parametrize("spread", [0.3, 1])
@pytest.mark.parametrize("forgetting", [0, 0.1])
def test_hearing_adds_each_case_once_to_each_colleague_who_hears_of_it(spread, forgetting):
    """Only unshared cases of members are told on; who hears of them is read from the same draws."""
    p = SMALL.but(clinician_spread=spread, forgetting=forgetting)
    network, run, encounters = lived(p)
    expected, told = np.zeros(8), 0
    for visit in encounters[encounters["case"]].itertuples():
        kept = (1 - forgetting) ** (p.months - 1 - visit.month)
        expected[visit.clinician] += kept
        joined = run.joins[visit.center]
        if visit.case_shared or joined is None or visit.month < joined:
            continue
        for place, colleague in enumerate(run.population.colleague_ties.of(visit.clinician)):
            if draws.uniform(3, draws.HEARING, visit.month, visit.patient, place) < spread:
                expected[colleague] += kept
                told += 1
    assert told > 100
    np.testing.assert_allclose(known_by(network), expected, rtol=1e-9)


def test_hearsay_is_not_shared_on():
    """However much clinicians tell each other, the commons holds what was shared with it."""
    run = lived(SMALL.but(clinician_spread=1, obsolescence=0))[1]
    np.testing.assert_allclose(in_commons(run), run.months["shared_cases"].cumsum(), rtol=1e-9)


@pytest.mark.parametrize("sharing", [0.3, 1])
@pytest.mark.parametrize("use", [0, 0.5, 1])
def test_a_lone_clinician_learns_nothing_from_sharing(sharing, use):
    """No case counts twice for anyone: with nobody else there, the commons holds only cases that one knows already."""
    alone = SMALL.but(n_centers=1, clinicians_per_center=1, n_phenotypes=4, forgetting=0, obsolescence=0,
                      implementation=1)
    shares = simulate(alone.but(sharing=sharing, shared_information_use=use), seed=3)
    keeps = simulate(alone.but(sharing=0), seed=3)
    assert shares.months["shared_cases"].sum() > 50 and (shares.months["consulted"].sum() > 50 or use == 0)
    assert shares.months["changes"].sum() > 50
    for column in ("changes", "remission_rate", "mean_health", "best_package_share"):
        np.testing.assert_array_equal(shares.months[column], keeps.months[column], err_msg=column)


def test_before_anybody_joins_nothing_is_shared_and_nothing_heard():
    p = SMALL.but(clinician_spread=1, forgetting=0)
    run = simulate(p, seed=3, growth="never", encounters=True)
    assert run.months["shared_cases"].sum() == run.months["consulted"].sum() == 0
    assert run.sharing.empty
    network = LearningNetwork(p, seed=3, growth="never")
    while network.running:
        network.step()
    assert known_by(network).sum() == run.months["cases"].sum()
