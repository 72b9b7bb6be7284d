"""How the network behaves: directions that must hold seed by seed, and the levels to which it was calibrated.

Small on purpose: intervals and curves over many seeds are results, and stand with the results.
"""

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from lnlab.parameters import Parameters
from lnlab.run import simulate

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))
from validate import TARGETS   # noqa: E402

DEFAULT = Parameters()
SEEDS = range(1, 9)
YEAR_4, YEAR_10 = (60, 72), (132, 144)          # the network starts in month 24
GROWN = (54, 66)
UPSTREAM = Parameters(n_patients=400, n_centers=4, burn_in=12, launch_month=6, months=30, recall=0)


@cache
def months(seed, growth="together", **changes):
    return simulate(DEFAULT.but(**changes), seed=seed, growth=growth).months


def mean(period, measure="remission_rate", seeds=SEEDS, **arm):
    """A measure in some months, for each seed."""
    return np.array([months(seed, **arm).loc[period[0]:period[1] - 1, measure].mean() for seed in seeds])


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.says)
def test_remission_is_at_the_level_it_was_calibrated_to(target):
    """ImproveCareNow went from 60 to 80 % without new medicines."""
    arm = {"network": {}, "never joined": dict(growth="never")}[target.arm]
    remission = np.array([months(seed, **arm)["remission_rate"] for seed in SEEDS])
    assert target.low <= target.value(remission, DEFAULT.launch_month).mean() <= target.high


@pytest.mark.parametrize("period", [YEAR_4, YEAR_10])
@pytest.mark.parametrize("without", [dict(growth="never"), dict(sharing=0), dict(shared_information_use=0),
                                     dict(implementation=0), dict(patient_influence=0)], ids=str)
def test_without_any_one_link_fewer_are_in_remission(without, period):
    assert (mean(period) > mean(period, **without)).all()


@pytest.mark.parametrize("more", [dict(leadership=0.05), dict(pre_visit_planning=0.5), dict(registry=0.9),
                                  dict(implementation=0.7)], ids=str)
def test_more_of_a_lever_means_more_in_remission(more):
    assert mean(GROWN, **more).mean() > mean(GROWN).mean()
    assert (mean(GROWN, **more) > mean(GROWN)).mean() >= 0.75


@pytest.mark.parametrize("measure", ["activation", "commons_cases", "median_health"])
def test_the_published_chain(measure):
    """Influence among patients raises activation, and activation fills the commons and improves health."""
    steps = [mean(GROWN, measure, patient_influence=influence) for influence in (0, 0.06, 0.15, 0.3)]
    assert (np.diff(steps, axis=0) > 0).all()


def test_much_of_the_chain_runs_through_adherence():
    """Where passive patients adhere as well as active ones, influence fills the commons but does less for health."""
    seeds = range(1, 5)

    def gain(measure, **arm):
        return (mean(GROWN, measure, seeds, patient_influence=0.3, **arm)
                - mean(GROWN, measure, seeds, patient_influence=0, **arm))

    assert (gain("commons_cases", adherence_floor=1) > 0).all()
    assert (gain("median_health", adherence_floor=1) < gain("median_health")).all()


def test_the_more_centers_the_more_is_known():
    known = [[simulate(Parameters(n_patients=100 * n_centers, n_centers=n_centers, months=60), seed=seed)
              .months["usable_knowledge"].iloc[-1] for seed in range(1, 5)] for n_centers in (1, 3, 10)]
    assert (np.diff(np.mean(known, axis=1)) > 0.1).all()


def test_where_centers_forget_nothing_sharing_is_worth_less():
    """With an archive of one's own, the commons adds less than where local memory is short."""
    seeds = range(1, 5)
    short = mean(YEAR_10, seeds=seeds) - mean(YEAR_10, seeds=seeds, sharing=0)
    long = (mean(YEAR_10, seeds=seeds, center_archive=True)
            - mean(YEAR_10, seeds=seeds, center_archive=True, sharing=0))
    assert (short > long).all()


ACTIVATION = ["activation", "active_share", "clinician_activation"]
NO_DATA = dict(data_baseline=0, registry=0, patient_reported_data=0, pre_visit_planning=0)


@pytest.mark.parametrize("cut, unchanged, closed, still_open", [
    (dict(shared_information_use=0), [*ACTIVATION, "encounters", "with_data", "cases", "shared_cases"],
     ["consulted"], ["changes"]),
    (dict(implementation=0), [*ACTIVATION, "encounters", "with_data", "cases", "shared_cases"],
     ["consulted", "changes"], ["shared_cases"]),
    (dict(sharing=0), [*ACTIVATION, "encounters", "with_data", "cases"],
     ["shared_cases", "commons_cases"], ["consulted", "changes"]),
    (NO_DATA, [*ACTIVATION, "encounters"], ["with_data", "cases", "shared_cases", "consulted", "changes"], []),
    (dict(patient_influence=0), ["encounters"], [], ["shared_cases", "consulted", "changes"]),
], ids=["no use", "no implementation", "no sharing", "no data", "no influence"])
def test_a_cut_link_changes_nothing_upstream_and_closes_what_is_downstream(cut, unchanged, closed, still_open):
    """To the last bit, where nothing feeds back: unwell patients are not recalled here, so health changes no visit."""
    whole, without = simulate(UPSTREAM, seed=9).months, simulate(UPSTREAM.but(**cut), seed=9).months
    for column in unchanged:
        assert without[column].equals(whole[column]), column
    if "shared_cases" in unchanged:             # as many cases, under other packages: summed up in another order
        np.testing.assert_allclose(without["commons_cases"], whole["commons_cases"], rtol=1e-12)
    assert not without["mean_health"].equals(whole["mean_health"])
    for column in closed:
        assert whole[column].sum() > 0 == without[column].sum(), column
    for column in still_open:
        assert without[column].sum() > 0, column


def test_health_feeds_back_through_recalls():
    """Why the links above are cut without recalls: with them, better care means fewer visits."""
    whole = simulate(UPSTREAM.but(recall=1), seed=9).months
    without = simulate(UPSTREAM.but(recall=1, shared_information_use=0), seed=9).months
    assert not whole["encounters"].equals(without["encounters"])


@pytest.mark.parametrize("lever", ["sharing", "shared_information_use", "registry", "leadership", "pre_visit_planning",
                                   "clinician_spread"])
def test_cutting_a_lever_leaves_the_months_before_the_network_as_they_were(lever):
    p = UPSTREAM.but(recall=0.2, clinician_spread=0.5)
    whole, without = simulate(p, seed=9).months, simulate(p.but(**{lever: 0}), seed=9).months
    assert without.head(6).equals(whole.head(6)) and not without.equals(whole)
