"""Draws: the generator's known answers, the layout of counter and key, and numbers that depend on nothing else."""

import json
import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnlab import draws
from lnlab.population import LARGEST_SEED

ROOT = Path(__file__).parents[1]
KNOWN = json.loads((ROOT / "tests" / "known" / "rng.json").read_text())
MANY = 50_000
repeatable = settings(deadline=None, derandomize=True, max_examples=50)      # the first example pays the compiler

seeds = st.integers(0, LARGEST_SEED)
purposes = st.integers(0, 2**31)
months = st.integers(-2**31, 2**31 - 1)
agents = st.integers(0, 2**31 - 1)
slots = st.integers(0, 2**31 - 1)


@numba.njit
def all_words(counters, keys):
    """The generator itself, which is written into its callers, called alone."""
    words = np.empty(counters.shape, np.uint64)
    for row in range(len(counters)):
        a, b, c, d = counters[row]
        words[row, 0], words[row, 1], words[row, 2], words[row, 3] = draws.philox(a, b, c, d, keys[row, 0],
                                                                                  keys[row, 1])
    return words


def as_numbers(rows, name):
    return np.array([[int(word, 16) for word in row[name]] for row in rows], dtype=np.uint64)


@pytest.mark.parametrize("group", ["known_answer", "generated"])
def test_the_generator_gives_the_known_answers(group):
    rows = KNOWN[group]
    assert len(rows) == {"known_answer": 3, "generated": 32}[group]
    np.testing.assert_array_equal(all_words(as_numbers(rows, "counter"), as_numbers(rows, "key")),
                                  as_numbers(rows, "output"))


@repeatable
@given(seeds, purposes, months, agents, slots)
def test_a_uniform_is_the_word_that_the_layout_says(seed, purpose, month, agent, slot):
    counter = np.array([[slot // 4, agent, month % 2**32, purpose]], dtype=np.uint64)
    key = np.array([[seed % 2**32, seed // 2**32]], dtype=np.uint64)
    words = [int(word) for word in all_words(counter, key)[0]]
    assert draws.uniform(seed, purpose, month, agent, slot) == (words[slot % 4] + 0.5) / 2**32
    assert draws.four_words(seed, purpose, month, agent, slot // 4) == tuple(words)
    four = draws.four_uniforms(seed, purpose, month, agent, slot // 4)
    assert four == tuple((word + 0.5) / 2**32 for word in words)
    bell = draws.bell(seed, purpose, month, agent, slot // 4)
    assert bell == np.sqrt(3.0) * ((sum(words) + 2) / 2**32 - 2)
    assert bell == pytest.approx(np.sqrt(3.0) * (sum(four) - 2), abs=1e-15)


@repeatable
@given(seeds, purposes, months, st.integers(0, 40), slots)
def test_many_at_once_are_the_same_to_the_bit(seed, purpose, month, n_agents, slot):
    bells, first, second = np.empty(n_agents), np.empty(n_agents), np.empty(n_agents)
    draws.bells(seed, purpose, month, 0, n_agents, bells)
    draws.uniform_pairs(seed, purpose, month, 0, n_agents, first, second)
    everybody = range(n_agents)
    assert bells.tolist() == [draws.bell(seed, purpose, month, agent, 0) for agent in everybody]
    assert first.tolist() == [draws.uniform(seed, purpose, month, agent, 0) for agent in everybody]
    assert second.tolist() == [draws.uniform(seed, purpose, month, agent, 1) for agent in everybody]
    some = range(n_agents // 3, n_agents)
    draws.bells(seed, purpose, month, some.start, some.stop, bells)
    assert bells[:len(some)].tolist() == [draws.bell(seed, purpose, month, agent, 0) for agent in some]
    alone = [draws.uniform(seed, purpose, month, agent, slot) for agent in everybody]
    assert draws.uniforms(seed, purpose, month, n_agents, slot).tolist() == alone


def test_the_smallest_and_the_largest_number_lie_strictly_between_0_and_1():
    smallest, largest = draws.as_uniform(np.uint64(0)), draws.as_uniform(np.uint64(2**32 - 1))
    assert (smallest, largest) == (2**-33, 1 - 2**-33)
    assert 0 < smallest and largest < 1
    assert int(largest * 2**31) == 2**31 - 1        # so the last of however many people can be named, nobody beyond


def test_a_bell_is_bounded_and_symmetric():
    lowest, highest = (draws.as_bell(*[np.uint64(word)] * 4) for word in (0, 2**32 - 1))
    assert lowest == -highest
    assert highest == pytest.approx(np.sqrt(12), abs=1e-8) and highest < np.sqrt(12)


def test_the_order_of_drawing_does_not_matter():
    asked = list(product([0, 7], [draws.LIFE, draws.NOISE], [-3, 0, 24], [0, 5], [0, 1, 4]))
    forward = {each: draws.uniform(*each) for each in asked}
    backward = {each: draws.uniform(*each) for each in reversed(asked)}
    assert forward == backward


def test_whoever_differs_in_one_of_the_five_has_luck_of_their_own():
    """A purpose, month or agent that did not reach the generator would repeat another's number."""
    asked = list(product([0, 1, 2**32, 2**40 + 3, LARGEST_SEED - 1, LARGEST_SEED], [draws.LIFE, draws.NOISE],
                         [-60, -1, 0, 1, 60], [0, 1, 2, 70_000], range(6)))
    assert len({draws.uniform(*each) for each in asked}) == len(asked)


def test_every_purpose_has_a_number_of_its_own():
    purposes = ["PATIENT_BASELINE", "CLINICIAN_BASELINE", "FIRST_VISIT", "FOUNDER", "CENTER_SHIFT", "PATIENT_TIES",
                "COLLEAGUE_TIES", "BEST_PACKAGE", "EFFICACY", "LIFE", "NOISE", "NEWCOMER", "ENCOUNTER", "HEARING",
                "CHOICE"]
    assert sorted(getattr(draws, each) for each in purposes) == list(range(1, 16))
    encounter = [draws.PREPARED, draws.DATA, draws.CAN_SHARE, draws.SHARED, draws.ACT, draws.AT_HAND, draws.RECALL,
                 draws.WRITTEN, draws.MISTAKEN, draws.SEEN_INSTEAD, draws.MISRECORDED]
    assert len(set(encounter)) == len(encounter)
    assert len({draws.PHENOTYPE, draws.HEALTH, draws.USUAL_MATCH, draws.PACKAGE}) == 4
    assert draws.TURNOVER != draws.FLARE


@pytest.mark.parametrize("seed, month, slot", [(1, 0, 0), (2**40 + 3, -60, 5), (LARGEST_SEED, 203, 2)])
def test_uniforms_are_uniform(seed, month, slot):
    drawn = draws.uniforms(seed, draws.ENCOUNTER, month, MANY, slot)
    error = 4 / np.sqrt(MANY)
    assert drawn.mean() == pytest.approx(1 / 2, abs=error * np.sqrt(1 / 12))
    assert drawn.var() == pytest.approx(1 / 12, abs=error * np.sqrt(1 / 180))
    tenths = np.histogram(drawn, bins=10, range=(0, 1))[0]
    assert ((tenths - MANY / 10) ** 2 / (MANY / 10)).sum() < 27.9      # chi-square, 9 degrees, 1 in 1000


@pytest.mark.parametrize("seed, month", [(1, 0), (2**40 + 3, -60), (LARGEST_SEED, 203)])
def test_bells_have_mean_0_sd_1_and_the_tails_of_four_uniforms(seed, month):
    drawn = np.empty(MANY)
    draws.bells(seed, draws.NOISE, month, 0, MANY, drawn)
    error = 4 / np.sqrt(MANY)
    assert drawn.mean() == pytest.approx(0, abs=error)
    assert drawn.var() == pytest.approx(1, abs=error * np.sqrt(1.7))       # the fourth moment is 3 - 6 / (5 * 4)
    assert (drawn ** 3).mean() == pytest.approx(0, abs=error * np.sqrt(13))
    assert (drawn ** 4).mean() == pytest.approx(2.7, abs=error * 7.5)


@pytest.mark.parametrize("one, other", [
    ((1, draws.LIFE, 0, 0), (1, draws.LIFE, 0, 1)), ((1, draws.LIFE, 0, 0), (1, draws.LIFE, 1, 0)),
    ((1, draws.LIFE, 0, 0), (1, draws.NOISE, 0, 0)), ((1, draws.LIFE, 0, 0), (2, draws.LIFE, 0, 0)),
    ((1, draws.LIFE, 0, 0), (1 + 2**32, draws.LIFE, 0, 0)), ((1, draws.LIFE, -1, 0), (1, draws.LIFE, 1, 0))])
def test_neighboring_draws_are_unrelated(one, other):
    drawn = [draws.uniforms(*each[:3], MANY, each[3]) for each in (one, other)]
    assert abs(np.corrcoef(drawn)[0, 1]) < 4 / np.sqrt(MANY)


SHOW_SOME = """
import numba, numpy as np
from lnlab import draws
bells, first, second = np.empty(5), np.empty(5), np.empty(5)
for seed in (0, 7, 2**40 + 3, 2**63 - 1):
    for month in (-60, 0, 203):
        draws.bells(seed, draws.NOISE, month, 0, 5, bells)
        draws.uniform_pairs(seed, draws.LIFE, month, 0, 5, first, second)
        alone = [draws.uniform(seed, draws.CHOICE, month, 70_000, slot) for slot in range(6)]
        print(*(float(each).hex() for each in (*bells, *first, *second, *alone,
                                               *draws.uniforms(seed, draws.HEARING, month, 5, 9))))
print("compiler off" if numba.config.DISABLE_JIT else "compiler on")
"""


def test_the_compiler_changes_no_bit():
    shown = [subprocess.run([sys.executable, "-W", "error", "-c", SHOW_SOME], cwd=ROOT, capture_output=True, text=True,
                            check=True, env=os.environ | {"NUMBA_DISABLE_JIT": off}).stdout.splitlines()
             for off in ("0", "1")]
    assert [lines.pop() for lines in shown] == ["compiler on", "compiler off"]
    assert shown[0] == shown[1] and len(shown[0]) == 12
