"""The registry: what it records, what it misses, and that it knows nothing else and changes nothing."""

import dataclasses
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnlab import draws, published
from lnlab.checks import InputError
from lnlab.parameters import Parameters
from lnlab.programs import Program
from lnlab.registry import N_SLOTS, PERFECT, RECORDING, Recording, _luck, observe
from lnlab.run import hold, simulate

SMALL = Parameters(n_patients=300, n_centers=4, burn_in=12, launch_month=6, months=40, turnover=0.03)
JOINS = [6, 10, 20, None]
EVERYWHERE = PERFECT.but(members_only=False)
KEYS = ["month", "patient"]
CHANCES = {each.name: each.metadata for each in dataclasses.fields(Recording)
           if each.name not in ("members_only", "delay", "activation_error")}
COLUMNS = ["month", "entered", "center", "clinician", "patient", "prepared", "with_data", "recalled", "in_remission",
           "activation", "package_before", "package_after"]
# Which columns a chance may touch in the visits that stay; the others of these chances only take visits away
TOUCHES = {"late": ["entered"], "wrong": ["in_remission"], "blank_without_data": ["in_remission"],
           "blank": ["in_remission", "activation", "package_before", "package_after"]}
repeatable = settings(deadline=None, derandomize=True, max_examples=40)


@pytest.fixture(scope="module")
def run():
    return simulate(SMALL, seed=5, growth=JOINS, encounters=True)


@pytest.fixture(scope="module")
def larger():
    return simulate(SMALL.but(n_patients=2000), seed=6, encounters=True)


def recordings():
    within = {name: st.floats(0, about["high"]) for name, about in CHANCES.items()}
    return st.builds(Recording, members_only=st.booleans(), delay=st.floats(1, 24), **within)


def far(registry):
    """All visits that are ever entered, by their keys."""
    return registry.visits(as_of=10_000).set_index(KEYS)


# Without gaps and errors

def test_a_perfect_registry_has_every_encounter_and_says_what_was_true(run):
    visits, encounters = observe(run, EVERYWHERE).visits(), run.encounters
    assert visits.columns.tolist() == COLUMNS and len(visits) == len(encounters) > 3000
    for column in COLUMNS:
        if column not in ("entered", "in_remission", "patient"):
            np.testing.assert_array_equal(visits[column], encounters[column], err_msg=column)
    np.testing.assert_array_equal(visits["entered"], encounters["month"])
    np.testing.assert_array_equal(visits["in_remission"], encounters["well"])


def test_a_perfect_registry_counts_what_the_run_counts(run):
    counts = observe(run, EVERYWHERE).counts().set_index(["month", "center"])
    truth = run.centers.set_index(["month", "center"])["encounters"]
    assert len(counts) == SMALL.months * SMALL.n_centers
    for column in ("due", "held", "entered", "patients_seen"):
        np.testing.assert_array_equal(counts[column], truth, err_msg=column)
    well = run.encounters.groupby(["month", "center"])["well"].sum().reindex(counts.index, fill_value=0)
    np.testing.assert_array_equal(counts["remissions"], well)
    np.testing.assert_array_equal(counts["remission_rate"], well / truth)


def test_only_members_record_and_only_since_they_joined(run):
    registry = observe(run, PERFECT)
    visits, counts = registry.visits(), registry.counts()
    assert registry.centers["joined"].tolist() == [6, 10, 20] and registry.centers["patients"].tolist() == [75] * 3
    expected = [(month, center) for month in range(SMALL.months) for center in range(3) if month >= JOINS[center]]
    assert list(zip(counts["month"], counts["center"])) == expected
    member = run.encounters["month"] >= run.encounters["center"].map({0: 6, 1: 10, 2: 20, 3: 999})
    assert len(visits) == member.sum() == counts["entered"].sum()
    assert observe(run, EVERYWHERE).centers["joined"].isna().tolist() == [False] * 3 + [True]


def test_a_network_that_never_starts_has_an_empty_registry():
    registry = observe(simulate(SMALL, growth="never"))
    assert registry.visits().columns.tolist() == COLUMNS
    assert len(registry.visits()) == len(registry.counts()) == len(registry.centers) == 0


def test_a_run_without_encounters_is_lived_once_more():
    usual = simulate(SMALL, growth=JOINS, efficacy_seed=9)
    options = dict(growth=JOINS, efficacy_seed=9, holds=[hold("activation", at=usual)],
                   programs=[Program("planning", lever="pre_visit_planning", value=0.8, start=15)])
    kept = simulate(SMALL, encounters=True, **options)
    struck = list(kept.encounters.query("case_shared")[KEYS].iloc[::2].itertuples(index=False, name=None))
    with_log, without = (simulate(SMALL, struck=struck, encounters=keep, **options) for keep in (True, False))
    pd.testing.assert_frame_equal(observe(with_log).entries, observe(without).entries)
    assert without.log is None and not observe(without).entries.equals(observe(kept).entries)


def test_another_person_has_another_code(run):
    visits = observe(run, EVERYWHERE).visits()
    visits["place"] = run.encounters["patient"]
    arrived = run.patients["arrived"].to_numpy()
    assert (arrived > 0).sum() > 150
    assert (visits.groupby("patient")["place"].nunique() == 1).all()
    now = visits["month"] >= arrived[visits["place"]]
    assert (visits[now].groupby("place")["patient"].nunique() == 1).all()
    assert not set(visits[now]["patient"]) & set(visits[~now]["patient"])
    np.testing.assert_array_equal((visits["patient"] == visits["place"])[now], arrived[visits["place"][now]] <= 0)


@pytest.mark.parametrize("window", [1, 2, 5, 99])
def test_a_window_counts_each_patient_once_by_the_latest_outcome(run, window):
    registry = observe(run, Recording(unenrolled_well=0.2, unenrolled_unwell=0.2))
    counts = registry.counts(as_of=35, window=window).set_index(["month", "center"])
    known = registry.visits(as_of=35).dropna(subset="in_remission")
    assert counts.index.get_level_values("month").max() == 35
    for month in (5, 6, 7, 20, 34, 35):
        inside = known[(known["month"] <= month) & (known["month"] > month - window)]
        latest = inside.sort_values("month").groupby("patient").last()
        for center in range(3):
            here = latest[latest["center"] == center]["in_remission"]
            if month >= JOINS[center]:
                assert tuple(counts.loc[(month, center), ["patients_seen", "remissions"]]) == (len(here), here.sum())


# Gaps, delays and errors

@pytest.mark.parametrize("chance", CHANCES)
def test_a_chance_moves_only_its_own_error_and_a_larger_one_makes_more_of_it(run, chance):
    at = [far(observe(run, Recording(**{chance: share * CHANCES[chance]["high"]}))) for share in (0, 0.2, 0.6)]
    for less, more in zip(at, at[1:]):
        both = less.index.intersection(more.index)
        touched = TOUCHES.get(chance, [])
        assert len(both) == len(more) and (len(more) < len(less)) == (chance not in TOUCHES)
        pd.testing.assert_frame_equal(less.loc[both].drop(columns=touched), more.drop(columns=touched))
        for column in touched:
            before, after = less[column], more[column]
            if chance in ("late", "wrong"):
                assert (before != after).sum() > (before.isna().sum() if chance == "wrong" else 0)
            else:
                assert (before.isna() <= after.isna()).all() and before.isna().sum() < after.isna().sum()
                assert before[after.notna()].equals(after[after.notna()])
    if chance in ("late", "wrong"):             # who is hit by the smaller chance is hit by the larger one too
        none, some, more = (table[TOUCHES[chance][0]] for table in at)
        assert (((some != none) & some.notna()) <= (more != none)).all()


@pytest.mark.parametrize("chance, share", [
    ("missed", lambda registry: 1 - registry.schedule["held"].sum() / registry.schedule["due"].sum()),
    ("missing", lambda registry: 1 - len(registry.entries) / registry.schedule["held"].sum()),
    ("late", lambda registry: (registry.entries["entered"] > registry.entries["month"]).mean()),
    ("blank", lambda registry: registry.entries["activation"].isna().mean()),
    ("blank", lambda registry: registry.entries["package_after"].isna().mean()),
    ("blank", lambda registry: registry.entries["in_remission"].isna().mean()),
    ("blank_without_data", lambda registry: registry.entries.query("not with_data")["in_remission"].isna().mean())])
@pytest.mark.parametrize("value", [0, 0.3, 1])
def test_errors_are_as_frequent_as_their_chances_say(larger, chance, share, value):
    registry = observe(larger, PERFECT.but(**{chance: value}))
    assert share(registry) == pytest.approx(value, abs=4 * (value * (1 - value) / 5000) ** 0.5)


def test_wrong_outcomes_are_as_frequent_as_their_chance_says(larger):
    right, wrong = (observe(larger, PERFECT.but(wrong=chance)).entries["in_remission"] for chance in (0, 0.2))
    assert (right != wrong).mean() == pytest.approx(0.2, abs=4 * (0.2 * 0.8 / len(right)) ** 0.5)


@pytest.mark.parametrize("mean", [1, 2, 6.5])
def test_late_entries_are_geometrically_late(larger, mean):
    entries = observe(larger, PERFECT.but(late=1, delay=mean)).entries
    delay = (entries["entered"] - entries["month"]).to_numpy()
    sd = (mean * (mean - 1)) ** 0.5
    assert delay.min() == 1 and delay.mean() == pytest.approx(mean, abs=4 * sd / len(delay) ** 0.5)
    assert (delay == 1).mean() == pytest.approx(1 / mean, abs=4 * 0.5 / len(delay) ** 0.5)


def test_a_questionnaire_measures_activation_with_error(larger):
    truth = observe(larger, PERFECT).entries["activation"]
    error = observe(larger, PERFECT.but(activation_error=0.05)).entries["activation"] - truth
    inside = truth.between(0.2, 0.8)            # nearer to the bounds, scores are clipped
    assert error[inside].mean() == pytest.approx(0, abs=4 * 0.05 / inside.sum() ** 0.5)
    assert error[inside].std() == pytest.approx(0.05, rel=0.03)
    noisy = observe(larger, PERFECT.but(activation_error=0.5)).entries["activation"]
    assert noisy.min() == 0 and noisy.max() == 1


def test_enrollment_is_gradual_and_may_be_biased(larger):
    def rate(recording):                # in the first three months
        counts = observe(larger, recording).counts(as_of=8)
        return counts["remissions"].sum() / counts["patients_seen"].sum()

    enrolled = observe(larger, PERFECT.but(unenrolled_well=0.5, unenrolled_unwell=0.5)).visits()
    first = enrolled.groupby("patient")["month"].min()
    assert 0.4 < (first < 9).sum() / 2000 < 0.6 and (first < 18).sum() > 1800
    even = rate(PERFECT.but(unenrolled_well=0.5, unenrolled_unwell=0.5))
    assert rate(PERFECT) == pytest.approx(even, abs=0.04)
    assert rate(PERFECT.but(unenrolled_well=0.9)) < even - 0.2 < even + 0.2 < rate(PERFECT.but(unenrolled_unwell=0.9))


def test_once_enrolled_is_enrolled(larger):
    every = observe(larger, PERFECT).visits()
    some = observe(larger, PERFECT.but(unenrolled_well=0.7, unenrolled_unwell=0.7)).visits()
    first = some.groupby("patient")["month"].min()
    since = every[every["month"] >= every["patient"].map(first).fillna(999)].reset_index(drop=True)
    pd.testing.assert_frame_equal(some, since)


def test_a_newcomer_is_not_enrolled_because_somebody_was_before(larger):
    every = observe(larger, PERFECT).visits().query("patient >= 2000")
    some = observe(larger, PERFECT.but(unenrolled_well=0.7, unenrolled_unwell=0.7)).visits()
    first = every.groupby("patient")["month"].min()
    at_once = first.index.isin(some.merge(first.reset_index(), on=KEYS)["patient"])
    assert at_once.mean() == pytest.approx(0.3, abs=4 * (0.3 * 0.7 / len(first)) ** 0.5) and len(first) > 1000


def test_errors_do_not_go_together(larger):
    right = observe(larger, PERFECT).entries
    entries = observe(larger, PERFECT.but(late=0.5, delay=2, blank=0.5, wrong=0.5, activation_error=0.1)).entries
    errors = pd.DataFrame({
        "late": entries["entered"] > entries["month"], "long": entries["entered"] > entries["month"] + 1,
        "wrong": (entries["in_remission"] != right["in_remission"]).where(entries["in_remission"].notna()),
        "score": entries["activation"] - right["activation"],
        **{f"blank {name}": entries[name].isna() for name in ("in_remission", "activation", "package_after")}})
    errors["long"] = errors["long"].where(errors["late"])
    together = errors.astype(float).corr().fillna(0).to_numpy() - np.eye(len(errors.columns))
    assert len(entries) > 15_000 and np.abs(together).max() < 4 / 4000 ** 0.5


def test_the_last_months_are_thin_until_late_entries_have_come_in(larger):
    registry = observe(larger, PERFECT.but(late=0.5, delay=3))
    entered = [registry.counts(as_of=month).groupby("month")["entered"].sum() for month in (20, 21, 39)]
    assert 0.45 < entered[0].loc[20] / entered[2].loc[20] < 0.55
    assert (entered[0] <= entered[1].loc[:20]).all() and (entered[1] <= entered[2].loc[:21]).all()
    assert entered[0].index.max() == 20 and len(registry.visits()) < len(registry.visits(as_of=200))


def test_by_default_as_many_visits_are_in_within_30_days_as_one_network_reported(larger):
    reported = published.outcomes("CFLN").query("measure == 'visits in the registry within 30 days'").iloc[0]
    assert reported["standing"] == "read" and reported["source"] == "ong2022"
    assert Recording().table().set_index("name").loc["late", "source"] == "ong2022"
    assert (1 - Recording().missing) * (1 - Recording().late) == pytest.approx(reported["end_value"] / 100, abs=0.002)
    registry = observe(larger)
    in_time = (registry.entries["entered"] == registry.entries["month"]).sum()
    assert in_time / registry.schedule["held"].sum() == pytest.approx(0.77, abs=0.02)


@given(recordings(), st.integers(0, 50), st.integers(1, 14))
@repeatable
def test_counts_never_exceed_visits_and_what_is_known_only_grows(run, recording, as_of, window):
    registry = observe(run, recording)
    visits, later = (registry.visits(month).set_index(KEYS) for month in (as_of, as_of + 1))
    assert visits.index.is_unique and visits.index.isin(later.index).all()
    pd.testing.assert_frame_equal(visits, later.loc[visits.index])
    assert (visits["entered"] >= visits.index.get_level_values("month")).all()
    counts = registry.counts(as_of)
    assert (counts["remissions"] <= counts["patients_seen"]).all()
    assert (counts["patients_seen"] <= counts["entered"]).all()
    assert (counts["entered"] <= counts["held"]).all() and (counts["held"] <= counts["due"]).all()
    assert counts["entered"].sum() == len(visits)
    assert counts["patients_seen"].sum() == visits["in_remission"].notna().sum()
    assert (counts["remission_rate"].isna() == (counts["patients_seen"] == 0)).all()
    wide = registry.counts(as_of, window)
    known = registry.counts(as_of + 1, window).iloc[:len(wide)]
    assert (wide["patients_seen"] >= counts["patients_seen"]).all()
    assert (wide["remissions"] <= wide["patients_seen"]).all() and (wide["remissions"] >= 0).all()
    assert (known["patients_seen"] >= wide["patients_seen"]).all()


# What it must not know, and luck

def test_a_registry_knows_neither_the_truth_nor_the_run(run):
    registry = observe(run)
    assert [each.name for each in dataclasses.fields(registry)] == ["recording", "n_months", "centers", "schedule",
                                                                     "entries"]
    assert registry.visits().columns.tolist() == COLUMNS
    assert registry.centers.columns.tolist() == ["center", "joined", "clinicians", "patients"]
    assert registry.counts().columns.tolist() == ["month", "center", "due", "held", "entered", "patients_seen",
                                                  "remissions", "remission_rate"]
    assert not set(COLUMNS) & {"health", "well", "phenotype", "phenotype_seen", "best_package", "clinician_activation"}


def test_observing_changes_nothing_and_repeats(run):
    before = run.log.tobytes(), run.months.copy()
    pd.testing.assert_frame_equal(observe(run).entries, observe(run).entries)
    assert run.log.tobytes() == before[0] and run.months.equals(before[1])
    mine = observe(run).visits()
    mine["in_remission"] = 7.0
    registry = pickle.loads(pickle.dumps(observe(run)))
    assert not registry.visits()["in_remission"].eq(7).any() and registry.recording == Recording()


def test_another_seed_is_other_luck_with_the_same_patients(run):
    one, other = far(observe(run)), far(observe(run, seed=99))
    both = one.index.intersection(other.index)
    assert 0 < len(both) < len(one) and (one.loc[both, "center"] == other.loc[both, "center"]).all()
    assert (one.loc[both, "entered"] != other.loc[both, "entered"]).any()


def test_arms_of_one_seed_have_the_same_luck_visit_by_visit():
    arms = [simulate(SMALL.but(recall=recall), seed=3, encounters=True) for recall in (0.2, 0.9)]
    late = PERFECT.but(late=0.5)
    one, other = (far(observe(each, late)) for each in arms)
    both = one.index.intersection(other.index)
    assert len(both) < len(one) and len(both) > 1000
    assert (one.loc[both, "entered"] == other.loc[both, "entered"]).all()


def test_the_registrys_luck_is_that_of_no_rule_of_the_model():
    purposes = [value for name, value in vars(draws).items() if name.isupper() and isinstance(value, np.uint64)]
    assert RECORDING not in purposes and len(purposes) > 15
    patients = np.array([3, 17, 255], np.int32)
    luck = _luck(2**40 + 1, 7, patients)
    expected = [[draws.uniform(2**40 + 1, RECORDING, 7, int(patient), slot) for slot in range(N_SLOTS)]
                for patient in patients]
    np.testing.assert_array_equal(luck, expected)


# Bad input

def test_every_chance_is_declared_with_a_source_that_exists():
    table = Recording().table().set_index("name")
    assert all(published.reference(source) for source in set(table["source"]) - {"assumed"})
    assert table["meaning"].str.len().min() > 10 and table["unit"].str.len().min() > 3
    for name, row in table.iterrows():
        assert row["low"] <= row["default"] <= row["high"], name
        assert getattr(PERFECT, name) == (True if name == "members_only" else row["low"])


@pytest.mark.parametrize("given, message", [
    (dict(lat=0.2), r"There is no chance `lat`. Did you mean 'late'\?"),
    (dict(late=1.2), r"`late` must lie between 0 and 1 \(share of entries\); got 1.2."),
    (dict(wrong=0.6), r"`wrong` must lie between 0 and 0.5 \(share of entries\); got 0.6."),
    (dict(missing="few"), r"`missing` must be a number between 0 and 1 .*; got 'few'."),
    (dict(blank=float("nan")), "`blank` must be a number between 0 and 1"),
    (dict(delay=0.5), r"`delay` must lie between 1 and 24 \(months\); got 0.5."),
    (dict(members_only="yes"), "`members_only` must be True or False")])
def test_a_chance_that_cannot_be_is_refused(given, message):
    with pytest.raises(InputError, match=message):
        Recording(**given)
    with pytest.raises(InputError, match=message):
        PERFECT.but(**given)


def test_chances_are_given_by_name_and_cannot_change():
    with pytest.raises(InputError, match=r"A chance is given by name, as in Recording\(late=0.3\); got 0.3."):
        Recording(0.3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Recording().late = 0.5
    assert repr(Recording(late=0.5, members_only=0)) == "Recording(members_only=False, late=0.5)"
    assert hash(Recording(late=0.5)) == hash(Recording().but(late=0.5)) and PERFECT.but() == PERFECT


@pytest.mark.parametrize("call, message", [
    (lambda run: observe(run.months), r"`run` must be a Run, as simulate\(...\) returns it; got"),
    (lambda run: observe(run, 0.2), r"`recording` must be a Recording, as in Recording\(late=0.3\); got 0.2."),
    (lambda run: observe(run, SMALL), "`recording` must be a Recording"),
    (lambda run: observe(run, seed=-1), "`seed` must be a whole number"),
    (lambda run: observe(run).visits(as_of=-1), r"`as_of` must be a whole number of at least 0 \(month\); got -1."),
    (lambda run: observe(run).counts(as_of=3.5), "`as_of` must be a whole number"),
    (lambda run: observe(run).counts(window=0), r"`window` must be a whole number of at least 1 \(months\); got 0.")])
def test_bad_input_is_refused(run, call, message):
    with pytest.raises(InputError, match=message):
        call(run)
