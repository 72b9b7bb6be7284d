"""Bad input: whatever a person gives is either what the model can have, or one error that says what is wrong.

The error names the argument, what it must be and what it was, and it comes before the first month is lived.
"""

import math
from contextlib import contextmanager
from numbers import Real

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lnlab import run as running
from lnlab.checks import InputError
from lnlab.model import LearningNetwork
from lnlab.parameters import LEVERS, Parameters, declared
from lnlab.population import LARGEST_SEED, MADE_FROM, Population, make_population
from lnlab.programs import SCHEDULES, Growth, Program
from lnlab.run import Hold, Run, hold, simulate

SMALL = Parameters(n_patients=40, n_centers=2, clinicians_per_center=3, burn_in=2, launch_month=2, months=6)
NAMES = list(Parameters.__dataclass_fields__)
repeatable = settings(deadline=None, derandomize=True)


class FirstMonth(Exception):
    """The model was about to live its first month: the input was taken."""


def first_month(*_):
    raise FirstMonth


@contextmanager
def nothing_may_run():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "settle", first_month)
        patch.setattr(running, "live", first_month)
        yield


def refusal(call, *given, **named):
    """What the error says; None if the input was taken. Any other error is a fault of ours."""
    with nothing_may_run():
        try:
            call(*given, **named)
        except InputError as error:
            return str(error)
        except FirstMonth:
            return None
    return None


def plain():
    return st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), st.text(max_size=8),
                     st.binary(max_size=4), st.sampled_from(SCHEDULES + LEVERS))


def anything():
    keys = st.integers() | st.text(max_size=2)
    return st.recursive(plain(), lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.tuples(inner, inner), st.dictionaries(keys, inner, max_size=2)), max_leaves=5)


# What ends up in an argument by mistake: a class, an array for a number, a table, another kind of object
BY_MISTAKE = [
    object(), Parameters, Program, SMALL, Growth(), Growth("one by one"), simulate, hold, len, ..., NotImplemented,
    np.array(3), np.array([1, 2]), np.array([0.5]), np.zeros((2, 2)), np.bool_(True), np.float32(0.5), np.int64(2),
    pd.DataFrame({"a": [1, 2]}), pd.Series([1.0, None]), pd.Series(["x", "y"]), pd.NA, pd.NaT, np.datetime64("2020-01"),
    10**400, -10**400, range(2), {1, 2}, {1: 2}, {}, set(), (), "", [[]], [None, None], [3, None], [(1, 2)],
    [(1, 2, 3)], [{1, 2}], [{1: 2, 3: 4}], [np.array(3)], [np.array([1, 2])], ["ab"], [(99, 1)], [(1, 99)], [(1, 0.5)],
    Program("more", "sharing", value=1), Program("late", "sharing", value=1, start=6),
    Program("far", "sharing", value=1, centers=[2]), [Program("more", "sharing", value=1), 5]]


def and_by_mistake(test):
    """Try also all that ends up in an argument by mistake."""
    for value in BY_MISTAKE:
        test = example(value=value)(test)
    return test


def is_whole_between(value, low, high):
    return isinstance(value, Real) and not isinstance(value, bool) and low <= value <= high and value == int(value)


def is_month_list(value):
    return len(value) == 2 and all(month is None or is_whole_between(month, 0, math.inf) for month in value)


def is_struck_list(value):
    return all(len(case) == 2 and is_whole_between(case[0], -2, 5) and is_whole_between(case[1], 0, 39)
               for case in value)


# What each argument of a run may be: anything else must be refused
TAKEN = {
    "parameters": lambda value: value is None or isinstance(value, Parameters),
    "programs": lambda value: isinstance(value, Program) or all(isinstance(each, Program) for each in value),
    "seed": lambda value: is_whole_between(value, 0, LARGEST_SEED),
    "growth": lambda value: isinstance(value, Growth) or isinstance(value, str) and value in SCHEDULES
    or not isinstance(value, (str, dict, set, bytes)) and is_month_list(value),
    "population": lambda value: value is None,
    "efficacy_seed": lambda value: value is None or is_whole_between(value, 0, LARGEST_SEED),
    "holds": lambda value: not isinstance(value, (str, dict, bytes)) and len(value) == 0,
    "struck": lambda value: not isinstance(value, (str, dict, bytes)) and is_struck_list(value),
    "encounters": lambda value: isinstance(value, (Real, np.bool_)) and value in (0, 1),
}


@pytest.mark.parametrize("call", [simulate, LearningNetwork])
@pytest.mark.parametrize("name", TAKEN)
@settings(repeatable, max_examples=60)
@and_by_mistake
@given(value=anything())
def test_whatever_is_given_to_a_run_is_taken_or_refused_in_words_that_help(call, name, value):
    said = refusal(call, **{"parameters": SMALL, name: value})
    if said is None:
        assert TAKEN[name](value)
    else:
        assert said.startswith((f"`{name}` must ", f"`{name}[", "`start` of program", "`centers` of program"))
        assert "; got " in said


@pytest.mark.parametrize("name", NAMES)
@settings(repeatable, max_examples=20)
@and_by_mistake
@given(value=anything())
def test_whatever_is_given_for_a_parameter_is_taken_or_refused(name, value):
    said = refusal(lambda: Parameters(**{name: value}))
    if said is None:
        about = declared(name)
        assert value in (0, 1) if about["switch"] else about["low"] <= value <= (about["high"] or math.inf)
    else:
        assert f"`{name}`" in said and " must " in said and " got " in said


@pytest.mark.parametrize("name", ["name", "lever", "value", "shift", "centers", "start"])
@settings(repeatable, max_examples=60)
@and_by_mistake
@given(value=anything())
def test_whatever_is_given_to_a_program_is_taken_or_refused(name, value):
    named = {"name": "more", "lever": "sharing", "value": 0.8, name: value}
    if name == "shift":
        named["value"] = None
    said = refusal(lambda: Program(**named))
    if said is not None:
        meant = "`sharing`" if name == "value" else f"`{name}`"
        assert said.startswith((f"{meant} must ", "Program 'more' must have either `value` or `shift`"))
        assert "; got " in said


@pytest.mark.parametrize("name", ["parameters", "seed", "efficacy_seed", "patient_edges", "colleague_edges"])
@settings(repeatable, max_examples=60)
@and_by_mistake
@given(value=anything())
def test_whatever_is_given_to_a_population_is_taken_or_refused(name, value):
    said = refusal(make_population, **{"parameters": SMALL, name: value})
    assert said is None or said.startswith(f"`{name}` must ") and "; got " in said


@settings(repeatable, max_examples=60)
@and_by_mistake
@given(value=anything())
def test_whatever_is_held_is_refused_unless_it_is_a_known_state_of_a_run(value):
    assert refusal(hold, value, None).startswith("`state` must be one of 'activation', ")
    assert refusal(hold, "commons", value).startswith("`at` must be a Run, as simulate(...) returns it; got ")


@pytest.mark.parametrize("given, message", [
    (dict(parameters=0.8), "`parameters` must be Parameters, as in Parameters(sharing=0.8); got 0.8."),
    (dict(parameters={"sharing": 1}),
     "`parameters` must be Parameters, as in Parameters(sharing=0.8); got {'sharing': 1}."),
    (dict(parameters=Program("more", "sharing", value=1)), "`parameters` must be Parameters, "),
    (dict(programs=SMALL), "`programs` must be a list of Program; got Parameters("),
    (dict(programs="sharing"), "`programs` must be a list of Program; got 'sharing'."),
    (dict(programs={"sharing": 0.8}), "`programs` must be a list of Program; got {'sharing': 0.8}."),
    (dict(programs=0.8), "`programs` must be a list of Program; got 0.8."),
    (dict(seed="7"), "`seed` must be a whole number between 0 and 9223372036854775807; got '7'."),
    (dict(seed=None), "`seed` must be a whole number between 0 and 9223372036854775807; got None."),
    (dict(seed=-1), "`seed` must be a whole number between 0 and 9223372036854775807; got -1."),
    (dict(seed=range(20)), "`seed` must be a whole number between 0 and 9223372036854775807; got range(0, 20)."),
    (dict(growth="nver"), "`growth` must be one of 'together', 'one by one', 'improvecarenow', 'never'; got 'nver'. "
                          "Did you mean 'never'?"),
    (dict(growth=[2]), "`growth` must name a month (or None) for each of the 2 centers; got 1."),
    (dict(growth=12), "`growth` must be a list of months, a Growth, or one of 'together', "),
    (dict(population=40), "`population` must come from make_population; got 40."),
    (dict(efficacy_seed=0.5), "`efficacy_seed` must be a whole number between 0 and 9223372036854775807; got 0.5."),
    (dict(holds=5), "`holds` must "),
    (dict(holds=["activation"]), "`holds` must be made by hold(state, at=run); got 'activation'."),
    (dict(struck=5), "`struck` must "), (dict(struck=[5]), "`struck` must be pairs (month, patient); got 5."),
    (dict(struck=[(1, 40)]), "`struck` must be a whole number between 0 and 39 (patient); got 40."),
    (dict(struck=[(6, 1)]), "`struck` must be a whole number between -2 and 5 (month); got 6."),
    (dict(encounters="no"), "`encounters` must be True or False; got 'no'."),
], ids=repr)
@pytest.mark.parametrize("call", [simulate, LearningNetwork])
def test_what_a_person_would_try(call, given, message):
    assert refusal(call, **{"parameters": SMALL, **given}).startswith(message)


@pytest.fixture(scope="module")
def earlier():
    return simulate(SMALL, seed=7)


@pytest.mark.parametrize("changes, seed, message", [
    (dict(), 8, "`population` must be made from the run's seed (8); got one made from seed 7."),
    (dict(n_patients=50), 7, "`population` must be made with `n_patients` = 50, as in the run; got one made with 40."),
    (dict(activation=0.5), 7,
     "`population` must be made with `activation` = 0.5, as in the run; got one made with 0.4."),
    (dict(burn_in=3), 7, "`at` must be a run with the same `burn_in` (3); got one with 2."),
    (dict(months=7), 7, "`at` must be a run of at least 7 months; got one of 6."),
], ids=repr)
def test_a_run_of_other_people_cannot_be_held(earlier, changes, seed, message):
    held = hold("commons", at=earlier)
    assert refusal(simulate, SMALL.but(**changes), seed=seed, holds=[held]) == message
    assert refusal(simulate, SMALL.but(**changes), seed=seed, holds=held) == message
    assert refusal(LearningNetwork, SMALL.but(**changes), seed=seed, holds=[held]) == message


def test_a_run_with_other_efficacies_cannot_be_held(earlier):
    assert refusal(simulate, SMALL, seed=7, efficacy_seed=3, holds=[hold("package", at=earlier)]) == \
        "`at` must be a run with the same `efficacy_seed` (3); got one with 7."


@pytest.mark.parametrize("state, message", [
    ("activaton", "`state` must be one of 'activation', 'package', 'evidence', 'commons'; got 'activaton'. "
                  "Did you mean 'activation'?"),
    (None, "`state` must be one of 'activation', 'package', 'evidence', 'commons'; got None."),
    (("commons",), "`state` must be one of 'activation', 'package', 'evidence', 'commons'; got ('commons',). "
                   "Did you mean 'commons'?")])
def test_only_a_known_state_can_be_held(earlier, state, message):
    assert refusal(hold, state, earlier) == message
    network = LearningNetwork(SMALL, seed=7)
    assert refusal(network.hold, state, earlier) == message


@pytest.mark.parametrize("at", [None, SMALL, "run", Run, 7])
def test_only_a_run_can_be_held_at(at):
    assert refusal(hold, "commons", at) == f"`at` must be a Run, as simulate(...) returns it; got {at!r:.200}."


@pytest.mark.parametrize("start", [-3, 6, 1.5, "launch", True, [2], math.nan])
def test_a_hold_starts_in_a_month_that_the_run_lived(earlier, start):
    assert refusal(hold, "commons", earlier, start=start) == \
        f"`start` must be a whole number between -2 and 5 (month); got {start!r}."


def test_a_hold_is_made_by_hold(earlier):
    assert refusal(simulate, SMALL, seed=7, holds=[("commons", earlier)]).startswith(
        "`holds` must be made by hold(state, at=run); got ('commons', ")
    assert refusal(simulate, SMALL, seed=7, holds=[Hold]).startswith("`holds` must be made by hold(state, at=run);")
    assert refusal(simulate, SMALL, seed=7, holds=earlier).startswith("`holds` must ")


@pytest.mark.parametrize("name", MADE_FROM)
def test_a_population_that_does_not_fit_is_refused_before_anything_runs(name):
    value = getattr(SMALL, name)
    other = SMALL.but(**{name: value + 1 if declared(name)["whole"] else value * 0.9 or 0.1})
    for call in (simulate, LearningNetwork):
        assert refusal(call, SMALL, seed=7, population=make_population(other, 7)).startswith(
            f"`population` must be made with `{name}` = {value!r}, as in the run; got ")


def test_good_input_reaches_the_first_month(earlier):
    """Without this, `refusal` could be None for another reason."""
    assert refusal(simulate, SMALL) is None
    with nothing_may_run(), pytest.raises(FirstMonth):
        simulate(SMALL, seed=7, population=earlier.population, programs=[Program("more", "sharing", value=1)],
                 growth=[2, None], holds=[hold("commons", at=earlier)], struck=[(2, 5)], encounters=True)
    with nothing_may_run(), pytest.raises(FirstMonth):
        LearningNetwork(SMALL)
    assert isinstance(earlier.population, Population)


def test_an_input_error_can_be_caught_as_either_kind():
    for kind in (InputError, ValueError, TypeError):
        with pytest.raises(kind):
            simulate(SMALL, seed="seven")


def test_an_error_never_shows_more_than_a_glimpse_of_what_was_given():
    for call in (lambda: Parameters(sharing="x" * 10_000), lambda: make_population(SMALL, list(range(10_000))),
                 lambda: simulate(programs="x" * 10_000), lambda: simulate(growth="x" * 10_000),
                 lambda: Program("x", "y" * 10_000), lambda: hold("z" * 10_000, None)):
        assert len(refusal(call)) < 500
