"""What the commons knows: the quadrature against known answers and against a hundred thousand dice."""

import numpy as np
import pytest

from lnlab.knowledge import NODES, WEIGHTS, chances_to_win, looks_best, usable_knowledge
from lnlab.model import LearningNetwork
from lnlab.parameters import Parameters
from lnlab.run import simulate

DICE = 400_000


def thrown(pile, n=DICE, seed=20):
    """The share of throws in which each package draws the highest value, by the rule of model.md 3.7, in numpy."""
    worked, did_not = np.asarray(pile, dtype=float).T
    mean = (1 + worked) / (2 + worked + did_not)
    sd = np.sqrt(mean * (1 - mean) / (3 + worked + did_not))
    bell = np.sqrt(3) * (np.random.default_rng(seed).random((4, n, len(pile))).sum(axis=0) - 2)
    return np.bincount((mean + sd * bell).argmax(axis=1), minlength=len(pile)) / n


def test_nodes_and_weights_are_those_of_gauss_and_legendre():
    nodes, weights = np.polynomial.legendre.leggauss(8)
    every = np.concatenate([piece + 0.5 + nodes / 2 for piece in range(4)])
    order = np.argsort(NODES)
    np.testing.assert_allclose(NODES[order], every, rtol=0, atol=1e-15)
    np.testing.assert_allclose(WEIGHTS[order], np.tile(weights / 2, 4), rtol=0, atol=1e-15)


@pytest.mark.parametrize("pile", [
    [[3, 1], [2, 2]], [[0, 0], [5, 0]], [[0, 0], [0, 5]], [[1, 0], [0, 1], [0, 0]],
    [[8, 4], [7, 5], [6, 6], [0, 0], [1, 3], [20, 11]], [[60, 40], [55, 40], [3, 2]], [[400, 300], [395, 300]],
    [[0.2, 0.1], [0.05, 0.4], [1.7, 0]], [[1000, 800], [0, 0], [2, 1]], [[30, 2], [31, 3], [29, 1], [28, 2]]])
def test_chances_are_those_of_very_many_throws(pile):
    chances, share = chances_to_win(np.array(pile, dtype=float)), thrown(pile)
    error = np.sqrt(chances * (1 - chances) / DICE)
    assert (np.abs(chances - share) <= 4.5 * error + 1e-5).all(), (chances, share)


@pytest.mark.parametrize("n_packages", [1, 2, 3, 6, 12])
@pytest.mark.parametrize("counts", [(0, 0), (4, 1), (0.3, 0.2), (1e6, 1e6)])
def test_packages_of_which_the_same_is_known_have_the_same_chance(n_packages, counts):
    chances = chances_to_win(np.tile(np.array(counts, dtype=float), (n_packages, 1)))
    np.testing.assert_allclose(chances, 1 / n_packages, rtol=0, atol=1e-15)


@pytest.mark.parametrize("winner", range(4))
def test_a_clear_winner_always_wins(winner):
    pile = np.tile([10.0, 990.0], (4, 1))
    pile[winner] = 990.0, 10.0
    np.testing.assert_array_equal(chances_to_win(pile), np.arange(4) == winner)
    np.testing.assert_array_equal(looks_best(pile), np.arange(4) == winner)


def test_chances_add_up_and_follow_the_cases():
    dice = np.random.default_rng(21)
    for _ in range(200):
        pile = dice.gamma(0.7, 20, (dice.integers(1, 9), 2))
        chances = chances_to_win(pile)
        assert chances.sum() == pytest.approx(1, abs=1e-14) and (chances >= 0).all()
        order = dice.permutation(len(pile))
        np.testing.assert_allclose(chances_to_win(pile[order]), chances[order], rtol=0, atol=1e-14)
        more = pile.copy()
        more[0, 0] += 5
        assert chances_to_win(more)[0] >= chances[0] - 1e-12 or pile[0].sum() < 1, "success recommends"


def test_before_it_is_rescaled_the_quadrature_is_right():
    """Two packages, no cases: the chance that one bell is above the other is one half, to the last digits."""
    half = sum(weight * density for weight, density in zip(WEIGHTS, _density(NODES)))
    assert half == pytest.approx(1, abs=1e-14), "the density of four uniforms adds up to one"
    assert chances_to_win(np.array([[0.0, 0.0], [0.0, 0.0]])).tolist() == [0.5, 0.5]


def _density(x):
    """The density of the sum of four uniforms, from its textbook sum."""
    return (x**3 - 4 * np.maximum(x - 1, 0) ** 3 + 6 * np.maximum(x - 2, 0) ** 3 - 4 * np.maximum(x - 3, 0) ** 3) / 6


def test_greedy_takes_the_highest_mean_and_the_lowest_number_among_equals():
    assert looks_best(np.array([[1.0, 1.0], [3.0, 1.0], [3.0, 1.0]])).tolist() == [0, 1, 0]
    assert looks_best(np.zeros((3, 2))).tolist() == [1, 0, 0]
    assert looks_best(np.array([[0.0, 1.0], [0.0, 0.0]])).tolist() == [0, 1], "unknown is better than known to fail"


def test_usable_knowledge_is_how_far_between_chance_and_the_best_one_would_choose():
    """By hand: two phenotypes, two centers that differ, three packages."""
    efficacy = np.array([[[0.9, 0.5, 0.4], [0.3, 0.8, 0.1]], [[0.2, 0.6, 0.7], [0.5, 0.8, 0.2]]])
    kinds = np.array([[[10, 5], [20, 1]]])
    commons = np.array([[[[9.0, 2.0], [3.0, 3.0], [0.0, 0.0]], [[1.0, 4.0], [2.0, 0.0], [0.0, 6.0]]]])
    for greedy in (False, True):
        choose = looks_best if greedy else chances_to_win
        expected = best = uniform = 0.0
        for center in range(2):
            for phenotype in range(2):
                n, health = kinds[0, center, phenotype], efficacy[center, phenotype]
                expected += n * (choose(commons[0, phenotype]) @ health)
                best, uniform = best + n * health.max(), uniform + n * health.mean()
        usable = usable_knowledge(commons, kinds, efficacy, greedy=greedy)
        np.testing.assert_allclose(usable, [(expected - uniform) / (best - uniform)], rtol=1e-12)


@pytest.mark.parametrize("pile, sampling, greedy", [
    ([[990, 10], [10, 990]], 1, 1), ([[10, 990], [990, 10]], -1, -1), ([[5, 5], [5, 5]], 0, 1)])
def test_from_the_worst_choice_to_the_best(pile, sampling, greedy):
    commons, kinds, efficacy = np.array([[pile]], dtype=float), np.array([[[7]]]), np.array([[[0.9, 0.3]]])
    assert usable_knowledge(commons, kinds, efficacy) == pytest.approx(sampling, abs=1e-12)
    assert usable_knowledge(commons, kinds, efficacy, greedy=True) == pytest.approx(greedy, abs=1e-12)


def test_where_there_is_nothing_to_know_it_is_missing():
    kinds, one, two, same = np.array([[[7]]]), np.array([[[0.9]]]), np.array([[[0.9, 0.3]]]), np.array([[[0.6, 0.6]]])
    some = np.array([[[[1.0, 0.0], [0.0, 0.0]]]])
    assert np.isnan(usable_knowledge(0 * some, kinds, two)).all(), "an empty commons"
    assert np.isnan(usable_knowledge(some[:, :, :1], kinds, one)).all(), "one package"
    assert np.isnan(usable_knowledge(some, kinds, same)).all(), "equal packages"
    assert np.isnan(usable_knowledge(some, 0 * kinds, two)).all(), "nobody has it"
    assert not np.isnan(usable_knowledge(some, kinds, two)).any()
    assert usable_knowledge(some[:0], kinds[:0], same).shape == (0,)


def test_phenotypes_of_which_nothing_is_known_count_as_a_guess():
    commons, efficacy = np.zeros((1, 2, 2, 2)), np.array([[[0.9, 0.3], [0.2, 0.8]]])
    commons[0, 0] = [[990, 10], [10, 990]]
    usable = usable_knowledge(commons, np.array([[[5, 5]]]), efficacy)
    np.testing.assert_allclose(usable, 0.5, rtol=0, atol=1e-12)


def test_in_a_run_it_is_measured_on_the_commons_and_the_patients_of_that_month():
    """Read from outside: the shared cases that are in the commons, and the phenotypes of today's patients."""
    p = Parameters(n_patients=150, n_centers=3, n_phenotypes=3, n_packages=4, burn_in=0, launch_month=0, months=25,
                   sharing=1, registry=1, context_strength=0.5, turnover=0.05)
    run = simulate(p, seed=5, encounters=True)
    network = LearningNetwork(p, seed=5)
    cases = run.encounters[run.encounters["case_shared"]]
    for month in range(p.months):
        network.step()
        known = cases[cases["month"] <= month]
        commons = np.zeros((1, 3, 4, 2))
        where = (0, known["phenotype_seen"], known["package_before"], np.where(known["case_worked"], 0, 1))
        np.add.at(commons, where, (1 - p.obsolescence) ** (month - known["month"]))
        kinds = np.zeros((1, 3, 3), int)
        np.add.at(kinds, (0, network.patients.get("center"), network.patients.get("phenotype")), 1)
        for column, greedy in (("usable_knowledge", False), ("best_guess_knowledge", True)):
            np.testing.assert_allclose(run.months[column].iloc[month],
                                       usable_knowledge(commons, kinds, run.population.efficacy, greedy=greedy)[0],
                                       rtol=1e-9, err_msg=column)
