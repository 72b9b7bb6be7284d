"""Programs and growth: which lever, in which centers, from when; and when the centers join."""

import copy
import dataclasses
import math
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnlab import published
from lnlab.checks import InputError
from lnlab.parameters import LEVERS, Parameters, declared
from lnlab.population import make_population
from lnlab.programs import (SCHEDULES, Growth, Program, checked_programs, joining_months, lever_values, on_logit_scale,
                            own_values)
from lnlab.run import simulate

SMALL = Parameters(n_patients=90, n_centers=3, n_phenotypes=3, burn_in=6, launch_month=4, months=24)
PEOPLE = make_population(SMALL, seed=7)
ON_MEMBERS = [lever for lever in LEVERS if lever != "implementation"]
repeatable = settings(deadline=None, derandomize=True)


def planning(**given):
    return Program("planning", lever="pre_visit_planning", **given)


def months_of(*programs, parameters=SMALL, growth="together"):
    return simulate(parameters, programs, seed=7, growth=growth).months


def values_in(month, *programs, lever="pre_visit_planning", parameters=SMALL):
    """The lever in each of the three centers, in one month."""
    return lever_values(month, parameters, PEOPLE, checked_programs(programs, parameters))[lever].tolist()


def logit(share):
    return np.log(share / (1 - share))


# What a program is

def test_a_program_keeps_what_it_was_given_in_its_own_types():
    program = planning(value=1, centers=np.array([2, 0]), start=np.int64(5))
    assert program == Program("planning", "pre_visit_planning", 1.0, None, (2, 0), 5)
    assert [type(each) for each in (program.value, program.start, *program.centers)] == [float, int, int, int]
    assert hash(program) == hash(planning(value=1.0, centers=(2, 0), start=5))
    for twin in (copy.deepcopy(program), pickle.loads(pickle.dumps(program)), eval(repr(program))):
        assert twin == program
    with pytest.raises(dataclasses.FrozenInstanceError):
        program.value = 2


@pytest.mark.parametrize("centers", [[0, 2], (0, 2), {0, 2}, range(0, 3, 2), np.array([0, 2]), pd.Series([0, 2]),
                                     iter([0, 2]), (center for center in (0, 2)), [0.0, np.int8(2)]])
def test_centers_are_read_in_every_form(centers):
    assert planning(value=0.8, centers=centers).centers == (0, 2)


@pytest.mark.parametrize("given, message", [
    (dict(name=""), "`name` must say what the program is called; got ''."),
    (dict(name="  "), "`name` must say what the program is called; got '  '."),
    (dict(name=None), "`name` must say what the program is called; got None."),
    (dict(lever="sharring"), "Did you mean 'sharing'?"), (dict(lever="fading"), "must be one of 'leadership', 'shared"),
    (dict(lever=None), "`lever` must be one of"), (dict(lever=["sharing"]), "got ['sharing']."),
    (dict(value=1.8), "`sharing` must lie between 0 and 1 (share of cases); got 1.8."),
    (dict(lever="leadership", value=0.2), "`leadership` must lie between 0 and 0.1 (per month); got 0.2."),
    (dict(value="0.8"), "`sharing` must be a number between 0 and 1 (share of cases); got '0.8'."),
    (dict(value=True), "got True."), (dict(value=[0.8, 0.2]), "got [0.8, 0.2]."),
    (dict(value=math.nan), "`sharing` must be a number between 0 and 1 (share of cases); got nan."),
    (dict(value=None), "Program 'more' must have either `value` or `shift`; got value=None and shift=None."),
    (dict(shift=1), "Program 'more' must have either `value` or `shift`; got value=0.8 and shift=1."),
    (dict(value=None, shift=21), "`shift` must lie between -20 and 20 (on the logit scale); got 21."),
    (dict(value=None, shift=math.inf), "`shift` must lie between -20 and 20 (on the logit scale); got inf."),
    (dict(value=None, shift="up"), "`shift` must be a number between -20 and 20 (on the logit scale); got 'up'."),
    (dict(centers=[]), "`centers` must name at least one center; got []."),
    (dict(centers=0), "`centers` must be a list of center numbers; got 0."),
    (dict(centers="01"), "`centers` must be a list of center numbers; got '01'."),
    (dict(centers={0: "Boston"}), "`centers` must be a list of center numbers; got {0: 'Boston'}."),
    (dict(centers=np.array(0)), "`centers` must be a list of center numbers; got array(0)."),
    (dict(centers=[0, -1]), "`centers` must be a whole number of at least 0; got -1."),
    (dict(centers=[0.5]), "got 0.5."), (dict(centers=[[0]]), "got [0]."), (dict(centers=[True]), "got True."),
    (dict(centers=[None]), "got None."), (dict(centers=pd.DataFrame({"a": [0]})), "got 'a'."),
    (dict(start=-1), "`start` must be a whole number of at least 0 (month); got -1."),
    (dict(start=1.5), "`start` must be a whole number of at least 0 (month); got 1.5."),
    (dict(start="May"), "`start` must be a whole number of at least 0 (month); got 'May'."),
], ids=repr)
def test_a_faulty_program_is_refused(given, message):
    with pytest.raises(InputError, match=re.escape(message)):
        Program(**{"name": "more", "lever": "sharing", "value": 0.8, **given})


@pytest.mark.parametrize("given, message", [
    (dict(centers=[0, 3]), "`centers` of program 'planning' must lie between 0 and 2 (`n_centers` is 3); got 3."),
    (dict(start=24), "`start` of program 'planning' must come before the end of the run (`months` is 24); got 24."),
], ids=repr)
def test_a_program_that_the_run_has_no_place_for_is_refused(given, message):
    with pytest.raises(InputError, match=re.escape(message)):
        simulate(SMALL, [planning(value=0.8, **given)])


def test_the_last_center_and_the_last_month_have_a_place():
    assert values_in(23, planning(value=0.8, centers=[2], start=23)) == [0.1, 0.1, 0.8]


@pytest.mark.parametrize("programs", [5, None, "planning", Program, {"planning": 0.8}, ["planning"], [None],
                                      [[planning(value=0.8)]], [planning(value=0.8), 0.8], [Program]], ids=repr)
def test_programs_are_a_list_of_programs(programs):
    with pytest.raises(InputError, match="`programs` must be a list of Program; got "):
        checked_programs(programs, SMALL)


def test_programs_are_read_in_every_form():
    one = planning(value=0.8, start=5)
    for programs in (one, [one], (one,), iter([one]), {one}):
        assert checked_programs(programs, SMALL) == (one,)
    assert checked_programs((), SMALL) == checked_programs([], SMALL) == ()


# What a program does to its lever

def test_a_program_acts_from_its_start_on_in_its_centers():
    program = planning(value=0.8, centers=[0, 2], start=10)
    assert values_in(9, program) == [0.1, 0.1, 0.1]
    assert values_in(10, program) == values_in(23, program) == [0.8, 0.1, 0.8]
    assert values_in(10, planning(value=0.8, start=10)) == [0.8, 0.8, 0.8]
    assert values_in(10, program, lever="registry") == [0.45, 0.45, 0.45]


def test_a_program_without_a_start_starts_with_the_network():
    assert checked_programs([planning(value=0.8)], SMALL)[0].start == 4
    assert values_in(3, planning(value=0.8)) == [0.1] * 3 and values_in(4, planning(value=0.8)) == [0.8] * 3
    assert months_of(planning(value=0.8)).equals(months_of(planning(value=0.8, start=4)))


def test_the_last_listed_program_wins_whenever_it_started():
    early, late = planning(value=0.3, start=5), planning(value=0.7, centers=[1], start=9)
    assert values_in(8, early, late) == [0.3, 0.3, 0.3]
    assert values_in(9, early, late) == [0.3, 0.7, 0.3]
    assert values_in(9, late, early) == [0.3, 0.3, 0.3]
    assert not months_of(early, late).equals(months_of(late, early))
    assert months_of(late, early).equals(months_of(early))


def test_a_value_replaces_what_was_shifted_and_a_shift_moves_what_was_given():
    value, shift = planning(value=0.5, start=5), planning(shift=1, centers=[0], start=5)
    one_up = 1 / (1 + math.exp(-1))
    assert values_in(5, value, shift) == pytest.approx([one_up, 0.5, 0.5], abs=1e-9)
    assert values_in(5, shift, value) == [0.5, 0.5, 0.5]
    assert values_in(5, value, shift, shift)[0] == pytest.approx(1 / (1 + math.exp(-2)), abs=2e-9)


def test_a_shift_moves_each_center_from_its_own_value():
    own = own_values("implementation", SMALL, PEOPLE)
    assert len(set(own)) == 3
    improving = Program("improving", lever="implementation", shift=0.7, centers=[0, 1], start=5)
    moved = np.array(values_in(5, improving, lever="implementation"))
    assert logit(moved) - logit(own) == pytest.approx([0.7, 0.7, 0], abs=1e-7)
    replaced = Program("improving", lever="implementation", value=0.6, centers=[0, 1], start=5)
    assert values_in(5, replaced, lever="implementation") == [0.6, 0.6, own[2]]


@pytest.mark.parametrize("name", ["implementation", "data_baseline"])
def test_centers_vary_on_the_logit_scale(name):
    column = ["implementation", "data_baseline"].index(name)
    own = own_values(name, SMALL.but(center_variation=1.5), PEOPLE)
    middle = declared(name)["default"]
    assert logit(own) - logit(middle) == pytest.approx(1.5 * PEOPLE.center_shift[:, column], abs=1e-6)
    assert own_values(name, SMALL.but(center_variation=0), PEOPLE).tolist() == [middle] * 3
    for end in (0, 1):
        assert own_values(name, SMALL.but(center_variation=2, **{name: end}), PEOPLE).tolist() == [end] * 3


def test_only_what_is_declared_to_vary_varies():
    for lever in ON_MEMBERS:
        assert own_values(lever, SMALL.but(center_variation=2), PEOPLE).tolist() == [getattr(SMALL, lever)] * 3


@repeatable
@given(st.floats(0.001, 0.999), st.floats(-5, 5), st.floats(0.1, 3))
def test_the_logit_scale(value, shift, more):
    moved = float(on_logit_scale(value, shift))
    assert 0 < moved < 1
    assert moved == pytest.approx(1 / (1 + (1 - value) / value * math.exp(-shift)), abs=1e-9)
    assert on_logit_scale(value, shift + more) > moved
    assert on_logit_scale(value, 0.0) == value
    assert on_logit_scale(np.array([0.0, value, 1.0]), shift).tolist() == [0.0, moved, 1.0]


# What a program does to a run

@pytest.mark.parametrize("lever", ON_MEMBERS)
def test_a_lever_does_nothing_where_nobody_is_a_member(lever):
    strongest = Program("all of it", lever=lever, value=declared(lever)["high"], centers=[2], start=0)
    joins = [4, 4, None]
    assert months_of(strongest, growth=joins).equals(months_of(growth=joins))
    assert not months_of(strongest).equals(months_of())
    assert months_of(strongest, growth="never").equals(months_of(growth="never"))


@pytest.mark.parametrize("lever", ON_MEMBERS)
def test_a_program_that_began_before_its_center_joined_begins_with_it(lever):
    programs = [Program("all of it", lever=lever, value=declared(lever)["high"], centers=[2], start=start)
                for start in (0, 8)]
    joins = [4, 4, 8]
    assert months_of(programs[0], growth=joins).equals(months_of(programs[1], growth=joins))
    assert not months_of(programs[1], growth=joins).equals(months_of(growth=joins))


def test_implementation_acts_on_members_and_others_alike():
    acting = Program("freedom to act", lever="implementation", value=1, start=0)
    usual, changed = months_of(growth="never"), months_of(acting, growth="never")
    assert changed["changes"].sum() > 1.5 * usual["changes"].sum()


def test_nothing_changes_before_a_program_starts():
    program = Program("registry", lever="registry", value=1, start=12)
    without, with_program = months_of(), months_of(program)
    assert with_program[:12].equals(without[:12])
    assert with_program["with_data"][12] > without["with_data"][12]


@pytest.mark.parametrize("program", [
    planning(shift=0, start=6), planning(value=SMALL.pre_visit_planning, start=6),
    Program("none", lever="leadership", value=SMALL.leadership, start=6)], ids=repr)
def test_a_program_that_changes_nothing_changes_nothing(program):
    assert months_of(program).equals(months_of())


def test_a_lever_at_1_prepares_every_members_visit():
    encounters = simulate(SMALL, [planning(value=1, start=10)], seed=7, growth=[4, 4, None],
                          encounters=True).encounters
    late = encounters[encounters["month"] >= 10]
    assert late["prepared"][late["center"] < 2].all() and not late["prepared"][late["center"] == 2].any()
    assert not encounters["prepared"][encounters["month"] < 4].any()


# Growth

def test_all_join_together_in_the_launch_month():
    for growth in ("together", Growth(), Growth("together")):
        assert joining_months(growth, SMALL) == [4, 4, 4]
    assert months_of()["members"].tolist() == [0] * 4 + [3] * 20


def test_centers_join_one_by_one():
    assert joining_months("one by one", SMALL) == [4, 7, 10]
    assert joining_months(Growth("one by one", interval=9), SMALL) == [4, 13, 22]
    members = months_of(growth=Growth("one by one", interval=9))["members"]
    assert members.tolist() == [0] * 4 + [1] * 9 + [2] * 9 + [3] * 2


def test_nobody_ever_joins():
    for growth in ("never", Growth("never"), [None] * 3):
        assert joining_months(growth, SMALL) == [None] * 3
    assert months_of(growth="never")["members"].tolist() == [0] * 24
    assert months_of(growth=[24, 99, None]).equals(months_of(growth="never"))


def test_a_list_of_ones_own():
    assert joining_months([12, None, 0], SMALL) == [12, None, 0]
    for growth in ((12.0, 3, 0), np.array([12, 3, 0]), pd.Series([12, 3, 0], index=[5, 6, 7]), iter([12, 3, 0])):
        months = joining_months(growth, SMALL)
        assert months == [12, 3, 0] and {type(month) for month in months} == {int}
    members = simulate(SMALL, seed=7, growth=[12, None, 0]).centers.pivot(index="month", columns="center",
                                                                         values="member")
    assert members[0].tolist() == [False] * 12 + [True] * 12
    assert not members[1].any() and members[2].all()


def test_improvecarenow_grows_as_published():
    """With as many centers as it had in the end, the counts on the published dates are the published counts."""
    counts = published.improvecarenow_centers()
    assert counts["value"].iloc[[0, -1]].tolist() == [9, 96]
    joins = np.array(joining_months("improvecarenow", Parameters(n_centers=96, launch_month=10)))
    for passed, published_count in zip(12 * (counts["year"] - 2007.5), counts["value"]):
        assert (joins <= 10 + math.floor(passed)).sum() <= published_count <= (joins <= 10 + math.ceil(passed)).sum()
    assert sum(joins == 10) == 9


@repeatable
@given(st.integers(1, 200), st.integers(0, 100))
def test_improvecarenow_growth_scales_to_any_number_of_centers(n_centers, launch):
    joins = joining_months("improvecarenow", Parameters(n_centers=n_centers, launch_month=launch))
    assert len(joins) == n_centers and joins == sorted(joins)
    assert joins[0] >= launch and joins[-1] == launch + 125             # mid-2007 to December 2017
    assert sum(month == launch for month in joins) == n_centers * 9 // 96
    half = launch + 12 * (2015.375 - 2007.5)                            # 75 of 96 in May 2015
    assert sum(month <= half for month in joins) == pytest.approx(n_centers * 75 / 96, abs=1)


@pytest.mark.parametrize("growth, message", [
    ("nevr", "`growth` must be one of 'together', 'one by one', 'improvecarenow', 'never'; got 'nevr'. "
             "Did you mean 'never'?"),
    ("ImproveCareNow", "Did you mean 'improvecarenow'?"), ("", "got ''."),
    ([4, 4], "`growth` must name a month (or None) for each of the 3 centers; got 2."),
    ([], "`growth` must name a month (or None) for each of the 3 centers; got 0."),
    ([4] * 4, "`growth` must name a month (or None) for each of the 3 centers; got 4."),
    ([4, -1, 4], "`growth[1]` must be a whole number of at least 0 (month); got -1."),
    ([4, 4, 4.5], "`growth[2]` must be a whole number of at least 0 (month); got 4.5."),
    (["4", 4, 4], "`growth[0]` must be a whole number of at least 0 (month); got '4'."),
    ([True, 4, 4], "`growth[0]` must be a whole number of at least 0 (month); got True."),
    ([[4], [4], [4]], "`growth[0]` must be a whole number of at least 0 (month); got [4]."),
    (pd.Series([4, None, 4]), "`growth[1]` must be a whole number of at least 0 (month); got nan."),
    ({4, 5, 6}, "`growth` must be in the order of the centers, which a set has not; got {4, 5, 6}."),
    ({0: 4, 1: 4, 2: 4}, "`growth` must be a list of months, a Growth, or one of 'together', "),
    (None, "got None."), (4, "got 4."), (np.array(4), "got array(4)."), (b"abc", "got b'abc'."), (Growth, "Growth"),
], ids=repr)
def test_a_faulty_growth_is_refused(growth, message):
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        joining_months(growth, SMALL)
    assert str(caught.value).startswith("`growth")


@pytest.mark.parametrize("given, message", [
    (dict(schedule="one by on"), "Did you mean 'one by one'?"), (dict(schedule=5), "`growth` must be one of"),
    (dict(schedule=None), "`growth` must be one of"), (dict(schedule=[4, 4]), "`growth` must be one of"),
    (dict(interval=0), "`interval` must be a whole number of at least 1 (months); got 0."),
    (dict(interval=2.5), "`interval` must be a whole number of at least 1 (months); got 2.5."),
    (dict(interval=None), "`interval` must be a whole number of at least 1 (months); got None.")], ids=repr)
def test_a_faulty_schedule_is_refused(given, message):
    with pytest.raises(InputError, match=re.escape(message)):
        Growth(**{"schedule": "one by one", **given})


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_has_a_run(schedule):
    members = months_of(growth=schedule, parameters=SMALL.but(months=140))["members"]
    assert members.is_monotonic_increasing and members.iloc[3] == 0
    assert members.iloc[-1] == (0 if schedule == "never" else 3)
