"""Inequality: known values, what must not change it, the 90-9-1 rule, and what it refuses."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnlab.checks import InputError
from lnlab.measures import gini, participation_shares, top_share

amounts = st.lists(st.integers(0, 1000), min_size=1, max_size=40).filter(any)
repeatable = settings(deadline=None, derandomize=True, max_examples=60)


@pytest.mark.parametrize("values, expected", [
    ([1, 2, 3, 4], 0.25), ([5, 5, 5], 0), ([0, 0, 0, 8], 0.75), ([7], 0), ([3, 0], 0.5), ([1e300, 1e300, 4e300], 1 / 3),
    (pd.Series([1, 2, 3, 4], index=[9, 8, 7, 6]), 0.25), (np.array([4, 3, 2, 1], dtype=np.uint8), 0.25)])
def test_gini_has_its_known_values(values, expected):
    assert gini(values) == pytest.approx(expected)


@repeatable
@given(amounts)
def test_gini_is_half_the_mean_difference_over_the_mean(values):
    x = np.array(values)
    assert gini(values) == pytest.approx(np.abs(x[:, None] - x).mean() / 2 / x.mean(), abs=1e-12)
    assert gini([3 * each for each in values[::-1]]) == pytest.approx(gini(values))
    if len(x) > 1:
        assert gini(values, corrected=True) == pytest.approx(gini(values) * len(x) / (len(x) - 1))


@pytest.mark.parametrize("measure", [gini, lambda values: top_share(values, 0.1)])
@pytest.mark.parametrize("nothing", [[], [0], [0, 0, 0]])
def test_where_there_is_nothing_to_share_there_is_no_number(measure, nothing):
    assert math.isnan(measure(nothing))


def test_one_person_has_no_corrected_gini():
    assert math.isnan(gini([5], corrected=True)) and gini([0, 5], corrected=True) == 1


@pytest.mark.parametrize("n, top, people", [(60, 0.01, 1), (60, 0.1, 6), (61, 0.1, 7), (100, 0.07, 7), (1000, 0.01, 10),
                                            (1, 0.1, 1), (9, 0.1, 1), (10, 0, 0), (10, 1, 10)])
def test_the_top_is_rounded_up(n, top, people):
    assert top_share(np.ones(n), top) == pytest.approx(people / n)


def test_the_top_are_those_who_have_most():
    assert top_share([1, 9, 5, 5], 0.5) == 0.7


@repeatable
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=400).filter(any))
def test_the_three_groups_share_the_whole_between_them(values):
    table = participation_shares(values)
    assert table["group"].tolist() == ["superusers", "contributors", "lurkers"]
    assert table["n_people"].sum() == len(values) and table["share"].sum() == pytest.approx(1)
    assert table["share_of_people"].sum() == pytest.approx(1)
    assert table["share"][0] == pytest.approx(top_share(values, 0.01))
    assert table["share"][:2].sum() == pytest.approx(top_share(values, 0.1))


def test_nobody_did_anything():
    for values, people in (([], [0, 0, 0]), ([0] * 200, [2, 18, 180])):
        table = participation_shares(values)
        assert table["n_people"].tolist() == people and table["share"].isna().all()


@pytest.mark.parametrize("values, told", [
    ([1, -2, 3], "-2 (place 2)"), ([1, math.nan], "nan (place 2)"), ([math.inf], "inf (place 1)"),
    (["3", 1], "'3' (place 1)"), ([True, 2], "True (place 1)"), ([0.5, np.True_], "(place 2)"),
    ([True, 2.5, None], "True (place 1), None (place 3)"), ("12", "got '12'"),
    (5, "got 5"), ([[1, 2], [3, 4]], "place 1"), ([10**400], "place 1"), ([-1] * 12, "and 2 more")])
@pytest.mark.parametrize("measure", [gini, participation_shares, lambda values: top_share(values, 0.1)])
def test_what_is_no_amount_is_refused_by_its_place(measure, values, told):
    with pytest.raises(InputError, match="`values` must be") as refused:
        measure(values)
    assert told in str(refused.value)


@pytest.mark.parametrize("top", [-0.1, 1.1, 10, math.nan, "0.1", True])
def test_a_top_is_a_share_of_people(top):
    with pytest.raises(InputError, match="`top` must"):
        top_share([1, 2], top)


@pytest.mark.parametrize("corrected", ["no", None, 2])
def test_corrected_is_yes_or_no(corrected):
    with pytest.raises(InputError, match="`corrected` must be True or False"):
        gini([1, 2], corrected=corrected)


def test_the_input_is_not_changed():
    values = np.array([3, 1, 2])
    gini(values), top_share(values, 0.1), participation_shares(values)
    assert values.tolist() == [3, 1, 2]
