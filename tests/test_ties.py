"""Ties: mutual, as many and as far as the rules say, or exactly those of a user's own list."""

import math
import re
from fractions import Fraction

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnlab.checks import InputError
from lnlab.parameters import Parameters
from lnlab.population import make_population
from lnlab.run import simulate
from lnlab.ties import from_edges, make_ties

PURPOSE = 6
repeatable = settings(deadline=None, derandomize=True, max_examples=60)
centers_of_people = st.lists(st.integers(1, 12), min_size=1, max_size=6).map(
    lambda sizes: np.repeat(np.arange(len(sizes)), sizes))


def centers(n_centers, size):
    return np.repeat(np.arange(n_centers), size)


def across(ties, center):
    """Which ties join two centers."""
    edges = ties.edges()
    return center[edges[:, 0]] != center[edges[:, 1]]


def assert_mutual(ties, n_people):
    assert ties.indptr[0] == 0 and ties.indptr[-1] == len(ties.indices) and len(ties.indptr) == n_people + 1
    assert ties.indptr.dtype == np.int64 and ties.indices.dtype == np.int32
    neighbors = [ties.of(person).tolist() for person in range(n_people)]
    for person, tied in enumerate(neighbors):
        assert tied == sorted(set(tied)) and person not in tied
        assert all(person in neighbors[other] for other in tied)
    assert ties.counts().tolist() == [len(tied) for tied in neighbors]
    assert ties.edges().tolist() == [[person, other] for person, tied in enumerate(neighbors)
                                     for other in tied if person < other]


@repeatable
@given(centers_of_people, st.integers(0, 9), st.floats(0, 1), st.integers(0, 2**63 - 1))
def test_drawn_ties_are_mutual_sorted_and_to_others(center, mean_ties, cross_center, seed):
    ties = make_ties(seed, PURPOSE, center, mean_ties, cross_center)
    assert_mutual(ties, len(center))
    assert len(ties.edges()) <= len(center) * math.ceil(mean_ties / 2)


def expected_mean(n_centers, size, mean_ties, cross_center):
    """Each pair stays untied only if neither names the other, in any of their names: drawn with replacement."""
    others_here, others_there = size - 1, (n_centers - 1) * size
    total = 0
    for others, share in ((others_here, 1 - cross_center), (others_there, cross_center)):
        if others:
            chance = share / others
            unnamed = (1 - chance) ** (mean_ties // 2) * (1 - chance / 2 if mean_ties % 2 else 1)
            total += others * (1 - unnamed**2)
    return total


@pytest.mark.parametrize("mean_ties", [1, 2, 3, 4, 7, 8, 15])
@pytest.mark.parametrize("cross_center", [0, 0.1, 0.5, 1])
def test_the_mean_number_of_ties_is_the_expected_one(mean_ties, cross_center):
    center = centers(20, 50)
    means = [make_ties(seed, PURPOSE, center, mean_ties, cross_center).counts().mean() for seed in range(20)]
    error = 4 * np.std(means, ddof=1) / math.sqrt(20) + 1e-9
    assert np.mean(means) == pytest.approx(expected_mean(20, 50, mean_ties, cross_center), abs=error)
    assert error < 0.1


def test_the_share_of_ties_across_centers_is_the_expected_one():
    center = centers(40, 50)
    found = np.mean([across(make_ties(seed, PURPOSE, center, 8, 0.1), center).mean() for seed in range(10)])
    everywhere = expected_mean(40, 50, 8, 0.1)
    across_centers = 39 * 50 * (1 - (1 - 0.1 / (39 * 50)) ** 8)
    assert found == pytest.approx(across_centers / everywhere, abs=0.005)


def test_everybody_else_is_named_equally_often():
    """Also the neighbors in number, the first and the last, whose places the arithmetic could miss."""
    center = centers(3, 4)
    named_here, named_there = np.zeros((12, 12)), np.zeros((12, 12))
    for seed in range(3000):
        for named, cross_center in ((named_here, 0), (named_there, 1)):
            edges = make_ties(seed, PURPOSE, center, 2, cross_center).edges()
            named[edges[:, 0], edges[:, 1]] += 1
    same = center[:, None] == center
    upper = np.triu(np.ones((12, 12), bool), 1)
    for named, possible, others in ((named_here, same & upper, 3), (named_there, ~same & upper, 8)):
        assert named[~possible].sum() == 0
        chance = 1 - (1 - 1 / others) ** 2
        assert named[possible] / 3000 == pytest.approx(chance, abs=4.5 * math.sqrt(chance * (1 - chance) / 3000))


@repeatable
@given(centers_of_people, st.integers(1, 9))
def test_at_0_nobody_and_at_1_everybody_is_tied_across_centers(center, mean_ties):
    assert not across(make_ties(1, PURPOSE, center, mean_ties, 0.0), center).any()
    assert across(make_ties(1, PURPOSE, center, mean_ties, 1.0), center).all()


def test_names_that_nobody_can_fill_are_dropped():
    alone, one_center = np.arange(10), np.zeros(10, int)
    assert make_ties(1, PURPOSE, alone, 8, 0.0).edges().tolist() == []
    assert make_ties(1, PURPOSE, one_center, 8, 1.0).edges().tolist() == []
    assert make_ties(1, PURPOSE, np.zeros(1, int), 8, 0.5).edges().tolist() == []
    assert make_ties(1, PURPOSE, np.zeros(2, int), 8, 0.0).edges().tolist() == [[0, 1]]
    a_third_dropped = make_ties(1, PURPOSE, np.zeros(1000, int), 8, 1 / 3).counts().mean()
    assert a_third_dropped == pytest.approx(8 * 2 / 3, abs=0.2)


def test_no_ties_are_no_ties():
    ties = make_ties(1, PURPOSE, centers(3, 5), 0, 0.5)
    assert ties.counts().tolist() == [0] * 15 and ties.edges().shape == (0, 2)


def test_more_ties_keep_the_fewer():
    center = centers(4, 25)
    few, more = (set(map(tuple, make_ties(1, PURPOSE, center, n, 0.2).edges().tolist())) for n in (4, 8))
    assert few < more


def test_seeds_and_purposes_draw_ties_of_their_own():
    center = centers(4, 25)
    drawn = [make_ties(*each, center, 8, 0.2).edges().tolist() for each in ((1, 6), (1, 7), (2, 6))]
    assert drawn[0] != drawn[1] and drawn[0] != drawn[2] and drawn[1] != drawn[2]


PAIRS = [(3, 1), (0, 1), (1, 0), (4, 0)]
SAME = [[0, 1], [0, 4], [1, 3]]


@pytest.mark.parametrize("edges", [
    PAIRS, tuple(PAIRS), [list(pair) for pair in PAIRS], np.array(PAIRS), np.array(PAIRS, dtype=np.uint8),
    np.array(PAIRS, dtype=float), np.array(PAIRS, dtype=object), [np.array(pair) for pair in PAIRS], iter(PAIRS),
    zip([3, 0, 4], [1, 1, 0]), [(1, 3), (0, 1), (0, 4)], set(PAIRS), [(3.0, 1), (Fraction(0), 1), (4, np.int8(0))],
    pd.DataFrame(PAIRS, columns=["from", "to"]), pd.DataFrame(PAIRS, dtype=float), pd.DataFrame(PAIRS, dtype="Int64"),
    pd.DataFrame(PAIRS, index=[9, 8, 7, 6]), pd.DataFrame({"from": [3, 0, 4], "to": np.array([1, 1, 0], "int8")}),
    pd.Series(PAIRS), nx.Graph(PAIRS).edges, nx.DiGraph(PAIRS).edges()], ids=lambda edges: type(edges).__name__)
def test_an_edge_list_is_read_in_every_form(edges):
    ties = from_edges(edges, 5)
    assert ties.edges().tolist() == SAME
    assert_mutual(ties, 5)


@pytest.mark.parametrize("edges", [[], (), np.empty((0, 2)), np.empty((0, 2), int), np.array([]), iter([]),
                                   pd.DataFrame({"from": [], "to": []}), pd.DataFrame(), nx.Graph().edges])
def test_an_empty_edge_list_ties_nobody(edges):
    ties = from_edges(edges, 5)
    assert ties.counts().tolist() == [0] * 5
    assert_mutual(ties, 5)


pairs_of_people = st.integers(2, 40).flatmap(lambda n_people: st.tuples(st.just(n_people), st.lists(
    st.tuples(st.integers(0, n_people - 1), st.integers(0, n_people - 1)).filter(lambda pair: pair[0] != pair[1]))))


@repeatable
@given(pairs_of_people)
def test_ties_survive_the_way_to_networkx_and_back(people_and_pairs):
    n_people, pairs = people_and_pairs
    ties = from_edges(pairs, n_people)
    assert_mutual(ties, n_people)
    assert ties.edges().tolist() == [list(pair) for pair in sorted({(min(pair), max(pair)) for pair in pairs})]
    graph = ties.to_networkx()
    assert sorted(graph.nodes) == list(range(n_people))
    assert [graph.degree[person] for person in range(n_people)] == ties.counts().tolist()
    back = from_edges(graph.edges, n_people)
    assert back.indptr.tolist() == ties.indptr.tolist() and back.indices.tolist() == ties.indices.tolist()


@pytest.mark.parametrize("edges, message", [
    ([(0, 1), (1, 5)], "`edges` must name people 0 to 4; got unknown people 5 (row 1)."),
    ([(0, 1), (-1, 2)], "`edges` must name people 0 to 4; got unknown people -1 (row 1)."),
    ([(9, 8), (0, 1), (7, 0)], "`edges` must name people 0 to 4; got unknown people 7, 8, 9 (row 0, 2)."),
    (np.array([(0, 1), (1, 2**40)]), "`edges` must name people 0 to 4; got unknown people 1099511627776 (row 1)."),
    (np.array([(0.0, 6.0)]), "`edges` must name people 0 to 4; got unknown people 6 (row 0)."),
    ([(0, 10**30)], f"`edges` must name people 0 to 4; got unknown people {10**30} (row 0)."),
    ([(0, 1), (1, 2), (3, 3)], "`edges` must tie a person to somebody else; got a tie of 3 to oneself (row 2)."),
    ([(0, 1), (1, 2.5)], "`edges` must be pairs of whole numbers; got 2.5 (row 1)."),
    ([(0, 1), (math.nan, 2)], "`edges` must be pairs of whole numbers; got nan (row 1)."),
    ([(0, math.inf)], "`edges` must be pairs of whole numbers; got inf (row 0)."),
    ([(0, 1), ("2", 3)], "`edges` must be pairs of whole numbers; got '2' (row 1)."),
    ([("0", "1")], "`edges` must be pairs of whole numbers; got '0' (row 0)."),
    ([(0, 1), (1, None)], "`edges` must be pairs of whole numbers; got None (row 1)."),
    ([(True, False)], "`edges` must be pairs of whole numbers; got True (row 0)."),
    ([(0, 1j)], "`edges` must be pairs of whole numbers; got 1j (row 0)."),
    (pd.DataFrame({"from": [0, 1], "to": [1, None]}), "`edges` must be pairs of whole numbers; got nan (row 1)."),
    (pd.DataFrame({"from": ["Ann"], "to": ["Bob"]}), "`edges` must be pairs of whole numbers; got 'Ann' (row 0)."),
    (pd.DataFrame({"from": [0, 1], "to": [1, 2]}, dtype=object).replace(2, "b"),
     "`edges` must be pairs of whole numbers; got 'b' (row 1)."),
    ([(0, 1), (1, 2, 3)], "`edges` must be pairs (two columns: from, to); got (1, 2, 3) (row 1)."),
    ([(0, 1), (1,)], "`edges` must be pairs (two columns: from, to); got (1,) (row 1)."),
    ([(0, 1), 2], "`edges` must be pairs (two columns: from, to); got 2 (row 1)."),
    ([(0, 1, 2)], "`edges` must be pairs (two columns: from, to); got (0, 1, 2) (row 0)."),
    ([[]], "`edges` must be pairs (two columns: from, to); got [] (row 0)."),
    ([0, 1], "`edges` must be pairs (two columns: from, to); got 0 (row 0)."),
    (["01", "12"], "`edges` must be pairs (two columns: from, to); got '01' (row 0)."),
    (np.zeros((1, 3), int), "`edges` must be pairs (two columns: from, to); got array([0, 0, 0]) (row 0)."),
    (pd.DataFrame({"from": [0]}), "`edges` must be pairs (two columns: from, to); got array([0]) (row 0)."),
    (np.array(1), "`edges` must be a list of pairs; got array(1)."),
    (5, "`edges` must be a list of pairs; got 5."), (None, "`edges` must be a list of pairs; got None."),
    ("0 1", "`edges` must be a list of pairs; got '0 1'."), ({0: 1}, "`edges` must be a list of pairs; got {0: 1}."),
    ("", "`edges` must be a list of pairs; got ''."), ({}, "`edges` must be a list of pairs; got {}."),
], ids=repr)
def test_a_faulty_edge_list_is_refused_with_its_row(edges, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        from_edges(edges, 5)


anything = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.binary(max_size=3))


@settings(repeatable, max_examples=200)
@given(st.recursive(anything, lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner), max_leaves=8))
def test_whatever_is_given_for_edges_is_ties_or_an_input_error(edges):
    try:
        assert_mutual(from_edges(edges, 5), 5)
    except InputError as error:
        assert str(error).startswith("`edges` must ")


SMALL = Parameters(n_patients=60, n_centers=3, months=24, launch_month=2, burn_in=4, patient_influence=0.3)


def test_a_population_takes_the_users_own_ties():
    ring = [(patient, (patient + 1) % 60) for patient in range(60)]
    own = make_population(SMALL, 7, patient_edges=ring, colleague_edges=[(0, 5)])
    drawn = make_population(SMALL, 7)
    assert own.patient_ties.of(0).tolist() == [1, 59] and own.patient_ties.counts().tolist() == [2] * 60
    assert own.colleague_ties.counts().tolist() == [1, 0, 0, 0, 0, 1]
    assert own.baseline.tolist() == drawn.baseline.tolist() and own.efficacy.tolist() == drawn.efficacy.tolist()


@pytest.mark.parametrize("name, n_people", [("patient_edges", 60), ("colleague_edges", 6)])
def test_an_error_says_which_edge_list_is_meant(name, n_people):
    with pytest.raises(InputError, match=rf"`{name}` must name people 0 to {n_people - 1}; got .* 60 \(row 0\)"):
        make_population(SMALL, 7, **{name: [(0, 60)]})
    with pytest.raises(InputError, match=f"`{name}` must be a list of pairs; got 5"):
        make_population(SMALL, 7, **{name: 5})


def test_a_run_lives_with_the_users_own_ties():
    def activation(**edges):
        return simulate(SMALL, seed=7, population=make_population(SMALL, 7, **edges)).months["activation"]
    drawn = make_population(SMALL, 7)
    drawn_again = activation(patient_edges=drawn.patient_ties.edges(),
                             colleague_edges=drawn.colleague_ties.to_networkx().edges)
    assert drawn_again.equals(simulate(SMALL, seed=7).months["activation"])
    nobody, everybody = activation(patient_edges=[]), activation(patient_edges=nx.complete_graph(60).edges)
    assert (nobody < everybody).all()
