"""The repeated calibration: what is fitted to what, and that its document is current."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lnlab.parameters import Parameters, declared

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))
import refit
import validate

SMALL = Parameters(n_patients=200)
SIZES = dict(n_wide=8, n_candidates=16, n_near=8, n_asked=4, seeds=(1, 2), n_seeds_asked=1)
ANYTHING = tuple(replace(each, low=-2, high=2) for each in refit.TARGETS)
NOTHING = tuple(replace(each, low=2, high=3) for each in refit.TARGETS)


@pytest.fixture(scope="module")
def stored():
    return refit.DOCUMENT.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def told(stored):
    """The document in one line, wherever its lines break."""
    return " ".join(stored.split())


@pytest.fixture(scope="module")
def found():
    return refit.refit(SMALL, targets=ANYTHING, **SIZES)


# What is fitted, and to what

def test_the_starred_parameters_are_those_declared_as_calibrated():
    table = Parameters().table()
    assert list(refit.STARRED) == table.loc[table["source"] == "calibrated", "name"].tolist()
    assert len(refit.STARRED) > 5


def test_a_target_is_measured_in_its_years():
    months = np.arange(144.0)
    assert [each.value(months, 24) for each in refit.TARGETS] == [17.5, 12, 65.5, 137.5, 120]


# The document

def test_the_document_is_of_these_rules_and_defaults(stored):
    assert validate.code_state() in stored, "docs/refit.md is out of date: run make refit"


def test_the_present_defaults_meet_all_windows(told):
    assert "**The present defaults meet all windows.**" in told


def test_the_document_tells_every_starred_parameter_with_its_default(stored):
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", stored, re.MULTILINE))
    assert rows == {name: f"{declared(name)['default']:g}" for name in refit.STARRED}


def test_the_document_says_how_many_were_tried_and_how_many_fit(told):
    n_near = re.search(r"The first (\d+) of those left were run", told)[1]
    n_good = re.search(r"\*\*Equally good:\*\* (\d+) of these", told)[1]
    assert 20 <= int(n_good) <= int(n_near)
    assert f"The {n_good} equally good fits" in told


# The command, small

def test_draws_lie_in_the_range_tried_and_can_be_run():
    points = refit.draws(64, seed=3)
    for name, column in zip(refit.STARRED, points.T):
        low, high = refit.span(name)
        about = declared(name)
        assert about["low"] <= low <= column.min() and column.max() <= high
        assert about["high"] is None or high <= about["high"]
        assert column.min() < about["default"] < column.max()
    for point in points:
        assert refit.setting(SMALL, point).n_patients == 200


def test_whole_numbers_reach_both_ends_of_their_range():
    drawn = refit.draws(512, seed=3)[:, refit.STARRED.index("n_phenotypes")]
    assert (drawn.min(), drawn.max()) == refit.span("n_phenotypes")
    assert (drawn == np.round(drawn)).all()


def test_distance_and_depth():
    middle = np.array([(each.low + each.high) / 2 for each in refit.TARGETS])
    edge, outside = middle.copy(), middle.copy()
    edge[2], outside[0] = refit.TARGETS[2].high, refit.TARGETS[0].low - 0.03
    outside[1] += 0.015
    values = np.array([middle, edge, outside])
    np.testing.assert_allclose(refit.distance(values), [0, 0, 0.03], atol=1e-12)
    np.testing.assert_allclose(refit.depth(values[:2]), [1, 0], atol=1e-12)


def test_a_planted_surface_is_forecast():
    """Quadratic on the scales on which it is fitted: forecasts are exact, where the points did not lie."""
    points, where = refit.draws(256, seed=3), refit.draws(16, seed=4)

    def surface(some):
        first, second = some[:, 1], some[:, 2]
        level, change = 3 * first * second - second**2, first - first * second
        return np.column_stack([change if each.less is not None else 1 / (1 + np.exp(-level))
                                for each in refit.TARGETS])

    np.testing.assert_allclose(refit.forecast(refit.TARGETS, points, surface(points), where), surface(where), atol=1e-9)


def test_the_same_command_finds_the_same(found):
    assert refit.document(refit.refit(SMALL, targets=ANYTHING, **SIZES)) == refit.document(found)


def test_where_anything_goes_every_draw_is_an_equally_good_fit(found):
    assert len(found.good) == len(found.near) == found.near_values.shape[0] == 8
    assert found.answers.shape == (4, 1, len(refit.QUESTIONS))
    assert "**The present defaults meet all windows.**" in " ".join(refit.document(found).split())


def test_where_nothing_goes_the_document_says_so():
    found = refit.refit(SMALL, targets=NOTHING, **SIZES)
    text = " ".join(refit.document(found).split())
    assert len(found.good) == 0
    assert "do not meet" in text and "No draw met all windows." in text and "too few" in text


def test_answers_are_paired_differences():
    """Without a network's levers at work there is nothing to take away."""
    off = SMALL.but(sharing=0, registry=0, patient_influence=0)
    told = dict(zip(refit.QUESTIONS, refit.answers(off, [1])[0]))
    assert told[refit.SHARING] == told[refit.REGISTRY] == told[refit.SHARING_BESIDE_ARCHIVES] == 0
    assert told["The network, less care as usual"] != 0
