"""What one shared case is worth: the same as two whole lives compared, person by person."""

import numpy as np
import pandas as pd
import pytest

from lnlab.checks import InputError
from lnlab.experiment import Arm, mean_and_interval, replicate_seeds
from lnlab.mechanisms import mean_worth, worth_of_case, worth_of_cases
from lnlab.parameters import Parameters
from lnlab.run import hold, simulate

YOUNG = Parameters(n_patients=500, n_centers=5, launch_month=12, months=36)
CASE = (12, 326)                # of the network with seed 3: decides the package of a stranger


@pytest.fixture(scope="module")
def run():
    return simulate(YOUNG, seed=3, encounters=True)


@pytest.fixture(scope="module")
def every(run):
    """Every case of the first six months, followed for two years and struck by hand."""
    return worth_of_cases(run).query("month < 18")


def without(run, case, **options):
    return simulate(run.parameters, seed=run.seed, encounters=True, struck=[case], **options)


def most_decisive(every, n=4):
    return [(int(row.month), int(row.patient)) for row in every.nlargest(n, "n_changed").itertuples()]


def test_the_worth_of_a_case_is_the_difference_of_two_whole_lives(run, every):
    assert every["n_changed"].max() > 1
    for month, patient in most_decisive(every):
        other = without(run, (month, patient))
        row = every.query("month == @month and patient == @patient").iloc[0]
        difference = YOUNG.n_patients * (run.months - other.months)[["remission_rate", "mean_health"]].sum()
        assert row["remission_months"] == round(difference["remission_rate"])
        assert row["health_months"] == pytest.approx(difference["mean_health"], abs=1e-7)
        by_center = 100 * (run.centers["remission_rate"] - other.centers["remission_rate"])
        elsewhere = by_center[run.centers["center"] != run.population.center[patient]].sum()
        assert row["remission_months_elsewhere"] == round(elsewhere)


def test_the_patients_are_those_whose_package_or_health_differs_at_the_end_of_some_month(run, every):
    for case in most_decisive(every):
        found, other = worth_of_case(run, *case), without(run, case)
        both = run.encounters.merge(other.encounters, on=["month", "patient"], suffixes=("", "_without"))
        differ = both[both["package_after"] != both["package_after_without"]]
        people = found.patients[found.patients["months_changed"] > 0]
        assert set(differ["patient"]) == set(people["patient"]) and len(people) == found.case["n_changed"]
        first = differ[differ["month"] == differ["month"].min()]
        decided = people[people["at_first"]].set_index("patient").sort_index()
        assert decided.index.tolist() == sorted(first["patient"])
        first = first.set_index("patient").loc[decided.index]
        for mine, theirs in (("package", "package_after"), ("package_without", "package_after_without"),
                             ("phenotype", "phenotype"), ("center", "center"), ("first_month", "month")):
            assert decided[mine].tolist() == first[theirs].tolist()
        efficacy = run.population.efficacy
        gains = [efficacy[row.center, row.phenotype, row.package] - efficacy[row.center, row.phenotype,
                                                                             row.package_without]
                 for row in people.itertuples()]
        np.testing.assert_allclose(people["gain"].astype(float), gains)


def test_a_stranger_is_named_and_the_sentence_says_so(run):
    found = worth_of_case(run, *CASE)
    stranger = found.patients.iloc[0]
    assert (stranger["patient"], stranger["first_month"], stranger["package"], stranger["package_without"]) == (
        283, 14, 1, 5)
    assert stranger["elsewhere"] and stranger["at_first"] and stranger["gain"] > 0.4
    assert repr(found).startswith("Month 12, center 3: for kind 1, package 1 worked")
    assert "the care of 1 patient, in another center: +13 months" in repr(found)


def test_a_case_that_changed_several_is_told_with_who_gained_and_who_lost(run, every):
    found = worth_of_case(run, *most_decisive(every, 1)[0])
    case = found.case
    assert f"{case['n_changed']} patients, {case['n_elsewhere']} of them in other centers: " in repr(found)
    assert f"{case['n_better']} better off, {case['n_worse']} worse." in repr(found)


def test_a_person_is_a_place_and_an_arrival(run):
    """Who leaves takes along what the case did for them; whoever takes the place is somebody else."""
    quick = simulate(YOUNG.but(turnover=0.1), seed=3)
    worths = worth_of_cases(quick, n_cases=60)
    row = worths.loc[worths["n_changed"].idxmax()]
    people = worth_of_case(quick, row["month"], row["patient"]).patients
    assert not people.duplicated(["patient", "arrived"]).any()
    stays = YOUNG.months - people["first_month"].dropna().astype(int)
    assert (people["months_changed"].loc[stays.index] <= stays).all()
    assert (people["arrived"] < YOUNG.months).all()


def test_each_case_is_described_as_it_was_and_as_it_was_seen(run, every):
    shared = run.encounters.query("case_shared and month < 18").sort_values(["month", "patient"])
    assert every[["month", "patient"]].to_numpy().tolist() == shared[["month", "patient"]].to_numpy().tolist()
    assert every["phenotype"].tolist() == shared["phenotype_seen"].tolist()
    assert every["package"].tolist() == shared["package_before"].tolist()
    assert every["worked"].tolist() == shared["case_worked"].tolist()
    best = run.population.best_package()
    for row in every.itertuples():
        assert row.right == (row.worked == (row.package == best[row.center, row.phenotype]))
        commons = run.record.commons[row.month - 1, row.phenotype]
        assert row.known_kind == pytest.approx(commons.sum()) and row.known == pytest.approx(commons[row.package].sum())
        assert row.months_after == YOUNG.months - row.month


def test_right_or_misleading_is_about_the_truth_not_about_what_was_written():
    noise = worth_of_cases(YOUNG.but(case_error=0.5, months=24), n=3)
    assert 0.4 < noise["right"].mean() < 0.6
    perfect = worth_of_cases(YOUNG.but(other_efficacy_low=0, other_efficacy_high=0, flare_chance=0, noise=0,
                                       months=24, activation=1, activation_sd=0, fading=0), n=1)
    assert perfect["right"].mean() > 0.9


def test_followed_for_some_months_only_is_a_shorter_life(run, every):
    month, patient = most_decisive(every, 1)[0]
    found = worth_of_case(run, month, patient, within=10)
    shorter = simulate(YOUNG.but(months=month + 10), seed=3)
    whole = worth_of_case(shorter, month, patient)
    pd.testing.assert_frame_equal(found.patients, whole.patients)
    assert found.case.equals(whole.case) and found.case["months_after"] == 10
    later = worth_of_cases(run, within=20)
    assert later["month"].max() == 16 and later["months_after"].eq(20).all()


@pytest.mark.parametrize("change", [dict(implementation=0), dict(shared_information_use=0)])
def test_where_nobody_can_use_it_no_case_is_worth_anything(change):
    worths = worth_of_cases(YOUNG.but(months=24, **change), n_cases=10, n=2)
    told = worths[["n_changed", "n_elsewhere", "months_changed", "remission_months", "health_months", "n_better",
                   "n_worse"]]
    assert (told == 0).all(axis=None)
    run = simulate(YOUNG.but(months=24, **change), seed=replicate_seeds(2)[0])
    found = worth_of_case(run, *worths.iloc[0][["month", "patient"]].astype(int))
    assert found.patients.empty and "It changed nothing for anybody." in repr(found)


def test_cases_are_drawn_by_lot_and_the_same_call_draws_the_same():
    arm = Arm(YOUNG.but(months=24))
    some, again, all_ = (worth_of_cases(arm, n, n=2, seed=5) for n in (7, 7, None))
    pd.testing.assert_frame_equal(some, again)
    assert some.groupby("replicate").size().tolist() == [7, 7]
    assert some["seed"].unique().tolist() == replicate_seeds(2, 5)
    merged = some.merge(all_, how="left", indicator=True)
    assert (merged["_merge"] == "both").all() and len(all_) > 30
    other = worth_of_cases(arm, 7, n=2, seed=6)
    assert not other[["month", "patient"]].equals(some[["month", "patient"]])


def test_a_run_in_which_other_cases_are_struck_already_can_be_asked(run):
    less = without(run, CASE)
    worths = worth_of_cases(less, within=6).query("month == 12")
    assert CASE[1] not in worths["patient"].tolist() and len(worths) > 0
    with pytest.raises(InputError, match="must name a case that was shared"):
        worth_of_case(less, *CASE)


@pytest.mark.parametrize("month, patient, said", [
    (13, 326, "a case was shared in month 12"), (12, 1, "got month 12, patient 1 (of"), (-1, 326, "between 0 and 35"),
    (36, 326, "between 0 and 35"), (12, 500, "between 0 and 499"), (12.5, 326, "whole number")])
def test_a_case_that_is_none_is_refused(run, month, patient, said):
    with pytest.raises(InputError) as error:
        worth_of_case(run, month, patient)
    assert said in str(error.value)


def test_runs_that_cannot_be_asked_are_refused(run):
    held = simulate(YOUNG.but(sharing=1), seed=3, holds=[hold("commons", at=run)])
    with pytest.raises(InputError, match="nothing is held; in this one, commons"):
        worth_of_case(held, *CASE)
    with pytest.raises(InputError, match="must be a Run"):
        worth_of_case(YOUNG, *CASE)
    with pytest.raises(InputError, match="not one was shared"):
        worth_of_cases(dict(sharing=0, n_patients=60, n_centers=2, months=24, launch_month=6), n=1)
    with pytest.raises(InputError, match="`n_cases`"):
        worth_of_cases(run, n_cases=0)
    with pytest.raises(InputError, match="`within`"):
        worth_of_cases(run, within=99)
    with pytest.raises(InputError, match="`within`"):
        worth_of_case(run, *CASE, within=30)


def test_mean_worth_is_over_networks_and_not_over_cases():
    worths = pd.DataFrame({"replicate": [0, 0, 0, 1, 1, 2], "known": [0, 0.2, 4, 0, 9, 30],
                           "remission_months": [4, 2, 1, 1, 5, 7]})
    found = mean_worth(worths, "known", cuts=(0, 3, 20))
    assert found["n_cases"].tolist() == [3, 2, 1] and found["n_networks"].tolist() == [2, 2, 1]
    assert found.iloc[0][["estimate", "low", "high"]].tolist() == pytest.approx(mean_and_interval([3, 1]))
    assert found["estimate"].tolist() == pytest.approx([2, 3, 7])
    assert found["low"].isna().tolist() == [False, False, True]
    assert found["to"].tolist() == [3, 20, np.inf]
    assert mean_worth(worths, "known", cuts=(4, 10))["n_cases"].sum() == 3, "below the first cut: in no group"


@pytest.mark.parametrize("options, said", [({"by": "knwon"}, "'knwon'"), ({"cuts": (3, 1)}, "rising"),
                                           ({"cuts": ()}, "rising"), ({"measure": "worth"}, "'worth'")])
def test_groups_that_cannot_be_are_refused(every, options, said):
    with pytest.raises(InputError, match=said):
        mean_worth(every, **options)


@pytest.mark.parametrize("change, options, said", [
    (lambda t: t.assign(known_kind=np.nan), {}, "number in every row of 'known_kind'"),
    (lambda t: t.assign(remission_months="a"), {}, "number in every row of 'remission_months'"),
    (lambda t: t, {"cuts": ("a", "b")}, "`cuts` must be a number"), (lambda t: t, {"cuts": (np.nan,)}, "`cuts`"),
    (lambda t: t, {"cuts": 3}, "list of numbers"), (lambda t: 5, {}, "must be a table")])
def test_worths_that_cannot_be_grouped_are_refused(every, change, options, said):
    with pytest.raises(InputError, match=said):
        mean_worth(change(every), **options)


def test_groups_without_cases_leave_an_empty_table_with_its_columns(every):
    assert mean_worth(every, cuts=(10**6,)).columns.tolist() == mean_worth(every).columns.tolist()


def test_cases_shared_too_late_are_not_said_to_be_none(run):
    with pytest.raises(InputError, match="were shared too late to be followed for 36 months"):
        worth_of_cases(run, within=36)
