"""What notebook 03 shows: every sentence and every line is what the run recorded."""

import re

import numpy as np
import pandas as pd
import pytest

from lnlab import Parameters, bandit, figures, published, simulate, stories
from lnlab.checks import InputError
from lnlab.experiment import since_joining
from lnlab.figures.style import CHANGE, USUAL
from lnlab.rules import decide
from lnlab.run import trace

SMALL = Parameters(n_patients=120, n_centers=4, burn_in=12, launch_month=6, months=24, implementation=0.8)


@pytest.fixture(scope="module")
def run():
    return simulate(SMALL, seed=3, encounters=True)


def text(axes):
    return " | ".join(each.get_text() for each in axes.texts)


# A month, told

@pytest.mark.parametrize("month", [2, 20])
def test_a_visit_is_told_as_it_was_recorded(run, month):
    p, visits = run.parameters, run.encounters.query("month == @month")
    assert visits["with_data"].nunique() == visits["could_act"].nunique() == 2
    for visit in visits.itertuples():
        told = " ".join(stories.patient_month(run, visit.patient, month).split())
        unwell = visit.with_data and visit.health < p.remission_threshold
        for words, holds in (("no data are at hand", not visit.with_data), ("It was prepared", visit.prepared),
                             ("not in remission", unwell), ("A case is written down", visit.case),
                             ("goes to the commons", visit.case_shared), ("did not work", visit.case and unwell),
                             ("cannot act", unwell and not visit.could_act), ("reconsiders", visit.could_act),
                             (", with the commons", visit.consulted), ("calls the patient back", visit.recalled),
                             (f"changes to package {visit.package_after}",
                              visit.package_after != visit.package_before)):
            assert (words in told) == holds, (words, told)


def test_what_moved_activation_is_what_the_peers_leaders_and_clinician_did():
    p = SMALL.but(turnover=0, leadership=0.05, patient_influence=0.3)
    run = simulate(p, seed=4, encounters=True)
    for visit in run.encounters.query("month == 12").itertuples():
        told = " ".join(stories.patient_month(run, visit.patient, visit.month).split())
        after, before, peers, leaders, met, fades = map(float, re.findall(
            r"is (\S+), from (\S+): peers (\S+), leaders (\S+), the clinician (\S+), fading back (\S+)\.", told)[0])
        assert after == pytest.approx(before + peers + leaders + met + fades, abs=0.0031)
        assert leaders == pytest.approx(0.05 * (1 - visit.activation), abs=0.0006)
        before_visit = trace(run, ("activation",))["activation"][visit.month - 1 + p.burn_in]
        ties = run.population.patient_ties
        tied = ties.indices[ties.indptr[visit.patient]:ties.indptr[visit.patient + 1]]
        expected = 0.3 * before_visit[tied].mean() * (1 - visit.activation)
        assert peers == pytest.approx(expected, abs=0.0006)


def test_leaders_do_nothing_before_the_center_joins(run):
    patient = run.encounters.query("month == 2")["patient"].iloc[0]
    assert "leaders +0.000" in stories.patient_month(run, patient, 2)


def test_a_month_without_a_visit_is_refused_and_the_visits_are_named(run):
    visits = run.encounters.query("patient == 5")["month"].tolist()
    missing = next(month for month in range(24) if month not in visits)
    with pytest.raises(InputError, match=f"patient 5 has a visit .the first are {visits[0]}, "):
        stories.patient_month(run, 5, missing)


def test_a_clinicians_month_adds_up(run):
    for clinician in range(8):
        told = " ".join(stories.clinician_month(run, clinician, 15).split())
        seen = run.encounters.query("month == 15 and clinician == @clinician")
        assert f"clinician {clinician}: {len(seen)} patient" in told
        assert f"{seen['case'].sum()} case" in told and f"{seen['case_shared'].sum()} of them shared" in told
        before, lost, new, heard, after = map(float, re.findall(r"\d+\.\d|\b\d+(?= new| heard)", told.splitlines()[-1]))
        assert after == pytest.approx(before - lost + new + heard, abs=0.16) and new == seen["case"].sum()


@pytest.mark.parametrize("spread, heard", [(0, False), (1, True)])
def test_a_clinician_hears_from_colleagues_only_if_cases_spread(spread, heard):
    run = simulate(SMALL.but(clinician_spread=spread), seed=3, encounters=True)
    said = [int(re.search(r"(\d+)\s+heard", stories.clinician_month(run, each, 15))[1]) for each in range(8)]
    assert (max(said) > 0) == heard and min(said) >= 0


def test_the_evidence_is_what_the_choice_was_made_from(run):
    """With what the table says was known, the model's own rule chooses what was chosen."""
    chosen = run.encounters.query("could_act and month >= 12").iloc[::2]
    assert chosen["consulted"].nunique() == 2 and len(chosen) > 10
    nobody_elses = np.zeros((SMALL.n_packages, 2))
    for visit in chosen.itertuples():
        known = stories.evidence(run, visit.patient, visit.month)
        which = "with commons" if visit.consulted else "own"
        pile = np.ascontiguousarray(known[[f"worked, {which}", f"did not, {which}"]])
        assert decide(run.seed, visit.month, visit.patient, pile, nobody_elses) == visit.package_after


def test_the_chances_are_those_of_the_rule(run):
    visit = run.encounters.query("consulted").iloc[-1]
    known = stories.evidence(run, visit.patient, visit.month)
    pile = np.ascontiguousarray(known[["worked, own", "did not, own"]])
    picked = [decide(seed, 0, 0, pile, np.zeros_like(pile)) for seed in range(4000)]
    often = np.bincount(picked, minlength=SMALL.n_packages) / 4000
    assert often == pytest.approx(known["chance alone"].to_numpy(), abs=0.035)
    assert known["chance alone"].sum() == pytest.approx(1) == known["chance with commons"].sum()


def test_without_data_there_is_no_evidence(run):
    visit = run.encounters.query("not with_data").iloc[0]
    with pytest.raises(InputError, match="data were at hand"):
        stories.evidence(run, visit.patient, visit.month)


# The bandit

WORKS = [0.2, 0.8, 0.5]


def test_one_clinician_learns_the_same_alone_and_together():
    alone, together = (bandit.learn_to_choose(WORKS, 1, together, months=20, repetitions=30)
                       for together in (False, True))
    assert (alone == together).all() and alone.shape == (30, 20)


def test_the_first_choice_is_blind_and_with_a_sure_package_the_last_is_not():
    on_best = bandit.learn_to_choose([0, 0, 1], 4, together=True, months=40, repetitions=400)
    assert on_best[:, 0].mean() == pytest.approx(1 / 3, abs=0.05) and on_best[:, -1].mean() > 0.99


def test_who_forgets_everything_chooses_by_the_last_month_alone():
    on_best = bandit.learn_to_choose([1, 0, 0, 0], 1, forgetting=1, months=30, repetitions=500)
    after = bandit.learn_to_choose([1, 0, 0, 0], 1, forgetting=0, months=30, repetitions=500)
    assert on_best[:, -1].mean() < 0.7 < 0.95 < after[:, -1].mean()
    assert (on_best[:, :2] == after[:, :2]).all()       # nothing to forget before the first case


def test_two_together_choose_as_one_who_forgets_nothing_and_sees_both():
    pooled = bandit.learn_to_choose(WORKS, 2, True, forgetting=0.1, repetitions=300)[:, -12:].mean()
    alone = bandit.learn_to_choose(WORKS, 2, False, forgetting=0.1, repetitions=300)[:, -12:].mean()
    longer = bandit.learn_to_choose(WORKS, 2, False, forgetting=0.05, repetitions=300)[:, -12:].mean()
    assert pooled - alone > 0.05 and longer == pytest.approx(pooled, abs=0.04)     # as many cases at rest


@pytest.mark.parametrize("faulty", [{"works": [0.2, 1.5]}, {"forgetting": 2}, {"months": 0}, {"n_clinicians": 0}])
def test_what_cannot_be_is_refused(faulty):
    with pytest.raises(InputError):
        bandit.learn_to_choose(**{"works": WORKS, **faulty})


def test_the_picture_of_learning_shows_means_and_names_the_arms():
    arms = {"two, each alone": np.tile([0.2, 0.4], (5, 6)), "two together": np.tile([0.5, 0.7], (5, 6))}
    left, right = figures.learning_together({"short": arms, "long": arms}, 4).axes
    assert left.get_title(loc="left") == "short" and left.get_ylim() == right.get_ylim() == (0, 1)
    alone, together = left.lines[:2]
    assert (alone.get_color(), together.get_color()) == (USUAL, CHANGE)
    assert together.get_ydata()[:2] == pytest.approx([0.5, 0.7]) and left.lines[2].get_ydata()[0] == 0.25
    assert "30 % two, each alone" in text(left) and "60 % two together" in text(left)


# Growth

@pytest.fixture(scope="module")
def growing():
    p = Parameters(n_patients=160, n_centers=8, burn_in=0, launch_month=6, months=150)
    return [[simulate(p, seed=seed, growth=growth) for seed in (1, 2)] for growth in ("improvecarenow", "never")]


def test_months_are_counted_from_the_one_in_which_each_center_joined(growing):
    run, joins = growing[0][0], growing[0][0].joins
    late = [center for center, month in enumerate(joins) if 60 <= month <= 110]
    assert len(late) > 2
    table = since_joining(growing[0], (60, 110))
    rates = run.centers.set_index(["month", "center"])["remission_rate"]
    by_hand = np.mean([rates[joins[center] + 5, center] for center in late])
    assert table.loc[0, 5] == pytest.approx(by_hand) and list(table.columns) == list(range(-12, 36))


def test_a_gain_is_the_difference_to_the_same_center_without_a_network(growing):
    runs, usual = growing
    gain = since_joining(runs, (60, 110), usual)
    alone = since_joining(runs, (60, 110)) - gain
    rates = usual[1].centers.set_index(["month", "center"])["remission_rate"]
    late = [center for center, month in enumerate(runs[1].joins) if 60 <= month <= 110]
    assert alone.loc[1, 0] == pytest.approx(np.mean([rates[runs[1].joins[each], each] for each in late]))
    assert gain.loc[:, -12:-1].abs().mean(axis=None) < 0.05 < gain.loc[:, 24:].mean(axis=None)


def test_centers_that_are_not_followed_long_enough_are_left_out_or_refused(growing):
    with pytest.raises(InputError, match="in which a center joins"):
        since_joining(growing[0], (125, 149))
    with pytest.raises(InputError, match="12 months after the start"):
        since_joining(growing[0], (6, 6))


def test_the_picture_of_growth_shows_reported_counts_and_gains_in_points(growing):
    counts = published.improvecarenow_centers()
    before = counts.copy()
    gains = pd.DataFrame(np.full((2, 48), [[0.10], [0.12]]), columns=pd.RangeIndex(-12, 36))
    figure = figures.growing_network(growing[0], counts, {"founders": gains, "later": gains + 0.05})
    centers, knowledge, gain = figure.axes
    assert centers.lines[1].get_ydata().tolist() == counts["value"].tolist()
    assert centers.lines[0].get_ydata()[-1] == 8
    assert 0 <= np.nanmax(knowledge.lines[0].get_ydata()) <= 1
    founders, later = gain.lines[:2]
    assert founders.get_color() == USUAL and founders.get_ydata()[0] == pytest.approx(11)
    assert later.get_ydata()[0] == pytest.approx(16) and text(gain) == "founders | later"
    pd.testing.assert_frame_equal(counts, before)
