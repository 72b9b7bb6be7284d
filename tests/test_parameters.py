"""Parameters: the specified numbers, complete declarations, and every way of giving one that it cannot be."""

import copy
import dataclasses
import math
import pickle
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lnlab
from lnlab.checks import InputError
from lnlab.parameters import LEVERS, Parameters, checked_value, declared, label

FIELDS = {each.name: each for each in dataclasses.fields(Parameters)}
NAMES = list(FIELDS)
WHOLE = [name for name in NAMES if FIELDS[name].type is int]
FRACTIONAL = [name for name in NAMES if FIELDS[name].type is float]
NUMERIC = WHOLE + FRACTIONAL
ELEMENTS = {"size", "time", "condition", "context", "actors", "commons", "processes", "chronic care model"}
MANY = 10**6
repeatable = settings(deadline=None, derandomize=True)

# name: default, low, high (None: open), as the model is specified
SPECIFIED = {
    "n_patients": (2000, 1, None), "n_centers": (20, 1, None), "clinicians_per_center": (2, 1, None),
    "burn_in": (60, 0, None), "launch_month": (24, 0, None), "months": (144, 1, None),
    "n_phenotypes": (16, 1, None), "n_packages": (6, 1, None),
    "best_efficacy": (0.92, 0, 1), "other_efficacy_low": (0.30, 0, 1), "other_efficacy_high": (0.74, 0, 1),
    "remission_threshold": (0.59, 0, 1), "response_rate": (0.30, 0, 1), "noise": (0.06, 0, 1),
    "flare_chance": (0.05, 0, 1), "flare_drop": (0.34, 0, 1), "adherence_floor": (0.70, 0, 1),
    "usual_match": (0.48, 0, 1), "turnover": (0.01, 0, 0.1), "switch_drop": (0, 0, 1), "washout": (0, 0, 12),
    "efficacy_trend": (0, 0, 0.05),
    "activation": (0.40, 0, 1), "activation_sd": (0.18, 0, 0.5),
    "clinician_activation": (0.45, 0, 1), "clinician_activation_sd": (0.20, 0, 0.5),
    "patient_influence": (0.06, 0, 0.4), "clinician_influence": (0.05, 0, 0.4), "contagion_threshold": (0, 0, 1),
    "leadership": (0.02, 0, 0.1), "fading": (0.15, 0, 0.5), "encounter_influence": (0.10, 0, 0.5),
    "coproduction": (0.50, 0, 1), "patient_ties": (8, 0, None), "cross_center_ties": (0.10, 0, 1),
    "colleague_ties": (4, 0, None), "shared_information_use": (0.90, 0, 1),
    "visit_interval": (3, 1, 12), "data_baseline": (0.18, 0, 1), "patient_reported_data": (0.30, 0, 1),
    "pre_visit_planning": (0.10, 0, 1), "cases_per_encounter": (1, 0, 1),
    "phenotype_error": (0, 0, 1), "case_error": (0, 0, 0.5), "shareable": (0.60, 0, 1), "sharing": (0.50, 0, 1),
    "clinician_spread": (0.05, 0, 1), "implementation": (0.35, 0, 1), "registry": (0.45, 0, 1), "recall": (0.20, 0, 1),
    "forgetting": (0.10, 0, 1), "obsolescence": (0.02, 0, 1), "center_archive": (False, False, True),
    "center_variation": (0.50, 0, 2), "context_strength": (0, 0, 1)}
CALIBRATED = {"n_phenotypes", "other_efficacy_high", "remission_threshold", "flare_drop", "usual_match",
              "shared_information_use", "data_baseline", "sharing", "implementation", "registry", "forgetting"}
SPECIFIED_LEVERS = ("leadership", "shared_information_use", "pre_visit_planning", "sharing", "clinician_spread",
                    "implementation", "registry")

# What must be given beside a value for the two to go together
GOES_WITH = {
    "n_patients": lambda n: dict(n_centers=1, patient_ties=0), "n_centers": lambda n: dict(n_patients=n + 8),
    "launch_month": lambda month: dict(months=month + 1), "months": lambda n: dict(launch_month=0),
    "patient_ties": lambda n: dict(n_patients=n + 1, n_centers=1),
    "colleague_ties": lambda n: dict(n_centers=1, clinicians_per_center=n + 1),
    "best_efficacy": lambda value: dict(other_efficacy_low=0, other_efficacy_high=0),
    "other_efficacy_low": lambda value: dict(other_efficacy_high=1, best_efficacy=1),
    "other_efficacy_high": lambda value: dict(other_efficacy_low=0, best_efficacy=1),
    "activation": lambda value: dict(activation_sd=0), "activation_sd": lambda value: dict(activation=0),
    "clinician_activation": lambda value: dict(clinician_activation_sd=0),
    "clinician_activation_sd": lambda value: dict(clinician_activation=1)}


def with_companions(name, value):
    return Parameters(**GOES_WITH.get(name, lambda value: {})(value), **{name: value})


def inside(name):
    low, high = declared(name)["low"], declared(name)["high"]
    if name in ("n_phenotypes", "n_packages"):
        high = 2**15 - 1
    return st.integers(low, high or MANY) if name in WHOLE else st.floats(low, high)


def outside(name):
    low, high = declared(name)["low"], declared(name)["high"]
    if name in WHOLE:
        return st.integers(max_value=low - 1) | (st.nothing() if high is None else st.integers(min_value=high + 1))
    return st.floats(max_value=low, exclude_max=True) | st.floats(min_value=high, exclude_min=True)


def refusal(*given, **named):
    with pytest.raises(InputError) as caught:
        Parameters(*given, **named)
    return str(caught.value)


def test_the_numbers_are_those_specified():
    declarations = {name: (about["default"], about["low"], about["high"])
                    for name, about in ((name, declared(name)) for name in NAMES)}
    assert declarations == SPECIFIED
    assert {name: getattr(Parameters(), name) for name in NAMES} == {name: row[0] for name, row in SPECIFIED.items()}
    assert {name for name in NAMES if declared(name)["source"] == "calibrated"} == CALIBRATED
    assert LEVERS == SPECIFIED_LEVERS
    assert {name for name in NAMES if declared(name)["varies"]} == {"implementation", "data_baseline"}


@pytest.mark.parametrize("name", NAMES)
def test_every_declaration_is_complete(name):
    about = declared(name)
    bibliography = Path(lnlab.__file__).with_name("references.bib").read_text(encoding="utf-8")
    sources = {"calibrated", "assumed", *re.findall(r"^@\w+\{(\w+),", bibliography, re.MULTILINE)}
    assert len(sources) > 10 and about["source"] in sources
    assert about["unit"] and about["element"] in ELEMENTS
    assert len(about["meaning"]) > 10 and not about["meaning"].endswith(".")
    assert about["low"] <= about["default"] and (about["high"] is None or about["default"] <= about["high"])
    assert about["high"] is not None or about["whole"]
    assert not about["lever"] or about["low"] == 0
    assert not about["lever"] or about["change"]


def test_no_two_labels_are_the_same():
    labels = [label(name) for name in NAMES]
    assert len(set(labels)) == len(NAMES)
    assert all(each[0].isupper() and "_" not in each for each in labels)


def test_the_table_has_a_row_for_every_parameter():
    table = Parameters(sharing=0.8).table().set_index("name")
    assert table.index.tolist() == NAMES
    assert table.loc["sharing", ["value", "default", "low", "high", "unit"]].tolist() == [0.8, 0.5, 0, 1,
                                                                                         "share of cases"]
    assert table["meaning"].tolist() == [declared(name)["meaning"] for name in NAMES]


@pytest.mark.parametrize("name", NUMERIC)
@settings(repeatable, max_examples=15)
@given(data=st.data())
def test_whatever_lies_inside_is_taken(name, data):
    value = data.draw(inside(name))
    taken = getattr(with_companions(name, value), name)
    assert taken == value and type(taken) is FIELDS[name].type
    assert getattr(with_companions(name, np.array([value])[0]), name) == value


@pytest.mark.parametrize("name", NUMERIC)
def test_the_bounds_themselves_lie_inside(name):
    about = declared(name)
    for bound in (about["low"], about["high"]):
        if bound is not None:
            assert getattr(with_companions(name, bound), name) == bound


@pytest.mark.parametrize("name", NUMERIC)
@settings(repeatable, max_examples=15)
@given(data=st.data())
def test_whatever_lies_outside_is_refused_in_words_that_help(name, data):
    value, about = data.draw(outside(name)), declared(name)
    said = refusal(**{name: value})
    bounds = f"of at least {about['low']}" if about["high"] is None else f"between {about['low']} and {about['high']}"
    assert said.startswith(f"`{name}` must ") and f"{bounds} ({about['unit']}); got {value!r}." in said


WRONG = [None, "0.5", "", [1], (1,), {}, math.nan, math.inf, -math.inf, 1j, object(), np.array([1.0]), np.array(1.0),
         np.bool_(True), True, False, Decimal(1), pd.NA, pd.NaT, b"1", np.nan, np.datetime64("2020"), 10**400, -10**400,
         pd.Series([1.0]), pd.DataFrame({"a": [1]}), int]


@pytest.mark.parametrize("name", NUMERIC)
def test_whatever_is_no_number_is_refused(name):
    for value in WRONG:
        said = refusal(**{name: value})
        assert said.startswith(f"`{name}` must ") and said.endswith(f"; got {value!r:.200}."), value


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [2.5, np.float64(2.5), Fraction(5, 2), 1e-9])
def test_whole_numbers_are_whole(name, value):
    assert re.match(f"`{name}` must be a whole number .*; got {re.escape(repr(value))}.", refusal(**{name: value}))


@pytest.mark.parametrize("name, value, taken", [
    ("months", 60.0, 60), ("months", np.int16(60), 60), ("months", np.float32(60), 60), ("months", Fraction(60), 60),
    ("sharing", 1, 1.0), ("sharing", np.float32(0.5), 0.5), ("sharing", Fraction(1, 2), 0.5),
    ("sharing", np.uint8(1), 1.0), ("center_archive", np.bool_(True), True), ("center_archive", 1, True),
    ("center_archive", 0.0, False)])
def test_other_kinds_of_numbers_become_our_own(name, value, taken):
    given = getattr(Parameters(**{name: value}), name)
    assert given == taken and type(given) is type(taken)


@pytest.mark.parametrize("value", [None, "True", "yes", 2, -1, 0.5, math.nan, [], [True], np.array([True, False]),
                                   np.array([True]), pd.NA, pd.DataFrame({"a": [1, 2]}), 1j, 10**400])
def test_a_switch_is_on_or_off(value):
    assert refusal(center_archive=value) == f"`center_archive` must be True or False (switch); got {value!r:.200}."


def misspelled(name):
    """The name with one letter dropped, doubled, or swapped with the next."""
    for n in range(len(name)):
        yield name[:n] + name[n + 1:]
        yield name[:n] + name[n] + name[n:]
        yield name[:n] + name[n:n + 2][::-1] + name[n + 2:]


@pytest.mark.parametrize("name", NAMES)
def test_a_misspelled_name_is_recognized(name):
    for wrong in set(misspelled(name)) - set(NAMES):
        expected = f"There is no parameter `{wrong}`. Did you mean {name!r}?"
        assert refusal(**{wrong: 1}) == expected
        for ask in (declared, label, lambda name: checked_value(name, 1), lambda name: Parameters().but(**{name: 1})):
            with pytest.raises(InputError, match=re.escape(expected)):
                ask(wrong)


def test_a_name_unlike_any_other_gets_no_suggestion():
    assert refusal(xyz=1) == "There is no parameter `xyz`."


def test_numbers_without_a_name_are_refused():
    assert refusal(0.8) == "A parameter is given by name, as in Parameters(sharing=0.8); got 0.8."


SMALLER = dict(n_patients=4, n_centers=1, clinicians_per_center=1, patient_ties=3)


@pytest.mark.parametrize("together, message", [
    (dict(n_centers=2001), r"`n_centers` must be at most `n_patients` \(2000\), .* got 2001\."),
    (dict(n_patients=9, n_centers=10), r"`n_centers` must be at most `n_patients` \(9\), .* got 10\."),
    (dict(months=24), r"`launch_month` must come before the end of the run \(`months` is 24\); got 24\. .*never"),
    (dict(launch_month=200), r"`launch_month` must come before the end of the run \(`months` is 144\); got 200\."),
    (dict(best_efficacy=0.5), "must rise in this order; got 0.3, 0.74 and 0.5"),
    (dict(other_efficacy_low=0.8), "must rise in this order; got 0.8, 0.74 and 0.92"),
    (dict(other_efficacy_high=0.2), "must rise in this order; got 0.3, 0.2 and 0.92"),
    (dict(activation=0.5, activation_sd=0.5), "`activation_sd` must be below 0.5 where `activation` is 0.5 .* got 0.5"),
    (dict(activation=0.01), "`activation_sd` must be below 0.0995 where `activation` is 0.01 .*; got 0.18"),
    (dict(clinician_activation=0.98), "`clinician_activation_sd` must be below 0.14 where .* is 0.98 .*; got 0.2"),
    (dict(patient_ties=2000), "`patient_ties` must be at most 1999, the number of other patients; got 2000"),
    ({**SMALLER, "patient_ties": 4}, "`patient_ties` must be at most 3, the number of other patients; got 4"),
    (dict(colleague_ties=40), "`colleague_ties` must be at most 39 where there are 39 other clinicians; got 40"),
    ({**SMALLER, "colleague_ties": 5}, "`colleague_ties` must be at most 4 where there are 0 other clinicians; got 5"),
    (dict(n_phenotypes=40_000), "`n_phenotypes` must be at most 32767; got 40000"),
    (dict(n_packages=32_768), "`n_packages` must be at most 32767; got 32768"),
])
def test_values_that_cannot_go_together_are_refused(together, message):
    assert re.search(message, refusal(**together))


@pytest.mark.parametrize("together", [
    SMALLER, dict(n_centers=2000), dict(months=25), dict(months=1, launch_month=0), dict(patient_ties=1999),
    dict(colleague_ties=39), dict(other_efficacy_low=0.92, other_efficacy_high=0.92),
    dict(activation=0), dict(activation=1, activation_sd=0.5), dict(activation=0.5, activation_sd=0.499),
    dict(n_phenotypes=32_767), dict(n_patients=1, n_centers=1, patient_ties=0)])
def test_values_that_just_go_together_are_taken(together):
    assert Parameters(**together).changed() == {name: value for name, value in together.items()
                                               if value != FIELDS[name].default}


FREE = [name for name in NUMERIC if name not in GOES_WITH]
some_changes = st.lists(st.sampled_from(FREE), max_size=6, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: inside(name) for name in names}))


@repeatable
@given(some_changes, some_changes)
def test_but_changes_what_is_named_and_nothing_else(first, then):
    parameters = Parameters(**first)
    changed = parameters.but(**then)
    expected = {**Parameters().__dict__, **first, **then}
    assert changed.__dict__ == expected
    assert parameters == Parameters(**first)        # the one it was made from stays as it is
    assert changed == Parameters(**{**first, **then}) and hash(changed) == hash(Parameters(**{**first, **then}))


def test_but_is_checked():
    with pytest.raises(InputError, match="`sharing` must lie between 0 and 1 .*; got 2"):
        Parameters().but(sharing=2)
    with pytest.raises(InputError, match="`launch_month` must come before"):
        Parameters(launch_month=100).but(months=50)
    with pytest.raises(InputError, match="`sharing` must be a number"):
        Parameters(sharing=0.2).but(sharing=None)
    assert Parameters(sharing=0.2).but(sharing=0.5) == Parameters()


@repeatable
@given(some_changes, st.booleans())
def test_parameters_can_be_copied_stored_and_written_down(changes, archive):
    parameters = Parameters(**changes, center_archive=archive)
    for twin in (copy.copy(parameters), copy.deepcopy(parameters), pickle.loads(pickle.dumps(parameters)),
                 eval(repr(parameters)), dataclasses.replace(parameters), Parameters(**parameters.changed()),
                 Parameters(**dataclasses.asdict(parameters))):
        assert twin == parameters and hash(twin) == hash(parameters)
        assert [type(value) for value in twin.__dict__.values()] == [field.type for field in FIELDS.values()]


@pytest.mark.parametrize("name", NAMES)
def test_two_that_differ_in_one_number_are_not_the_same(name):
    value = FIELDS[name].default
    other = not value if name == "center_archive" else value + 1 if name in WHOLE else value * 0.9 or 0.01
    assert Parameters(**{name: other}) != Parameters()
    assert Parameters(**{name: other}).changed() == {name: other}


def test_nothing_can_be_changed_behind_the_checks():
    parameters = Parameters()
    with pytest.raises(dataclasses.FrozenInstanceError):
        parameters.sharing = 5
    with pytest.raises(dataclasses.FrozenInstanceError):
        parameters.sharring = 0.5
    with pytest.raises(dataclasses.FrozenInstanceError):
        del parameters.sharing
    with pytest.raises(InputError):
        dataclasses.replace(parameters, sharing=5)
