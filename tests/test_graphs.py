"""Networks of ties: equal to R's igraph and to networkx, in the corners too, and what is refused."""

import json
import math
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from lnlab.checks import InputError
from lnlab.measures import core_sizes, gini, graph_measures, person_measures

KNOWN = json.loads((Path(__file__).parent / "known" / "networks.json").read_text(encoding="utf-8"))["cases"]
each_case = pytest.mark.parametrize("case", KNOWN.values(), ids=KNOWN)


def given(case):
    return pd.DataFrame(case["ties"]), range(1, case["n_people"] + 1)


# What R's igraph says

@each_case
def test_the_network_has_the_numbers_of_igraph_in_r(case):
    ties, people = given(case)
    found = graph_measures(ties, people, case["center"])
    expected = pd.Series(case["measures"], dtype=float)
    assert set(found.index) == {*expected.index, "n_self_ties_left_out", "n_repeated_ties_merged"}
    np.testing.assert_allclose(found[expected.index], expected, rtol=1e-8)


@each_case
def test_each_person_has_the_numbers_of_igraph_in_r(case):
    found = person_measures(*given(case)).set_index("person")
    for name, known in case["persons"].items():
        tolerance = 1e-6 if name == "pagerank" else 1e-8
        np.testing.assert_allclose(found.loc[known["person"], name], known["value"], rtol=tolerance, err_msg=name)
    for name in ("betweenness_directed", "betweenness_undirected", "pagerank"):
        known = case["persons"][name]["person"]
        assert set(found[name].nlargest(len(known)).index) == set(known)


@each_case
def test_the_cores_have_the_sizes_of_igraph_in_r(case):
    cores = core_sizes(*given(case))
    assert cores["people_in_core"].tolist() == case["people_in_core"]
    assert cores["core"].tolist() == list(range(len(cores))) and cores["people_in_shell"].sum() == case["n_people"]


# What networkx says

def networks():
    luck = np.random.default_rng(5)
    for n, n_ties in ((2, 2), (3, 5), (7, 9), (12, 60), (30, 40), (40, 200)):
        ties = pd.DataFrame({"from": luck.integers(0, n, n_ties), "to": luck.integers(0, n, n_ties),
                             "weight": luck.integers(1, 5, n_ties) / 2})
        yield ties, n, luck.integers(0, 3, n)


def drawn(ties, n):
    graph = nx.empty_graph(n, create_using=nx.DiGraph)
    for one, other, weight in ties.itertuples(index=False):
        if one != other:
            before = graph.get_edge_data(one, other, {"weight": 0})["weight"]
            graph.add_edge(one, other, weight=before + weight)
    mutual = nx.empty_graph(n)
    for one, other, weight in graph.edges(data="weight"):
        before = mutual.get_edge_data(one, other, {"weight": 0})["weight"]
        mutual.add_edge(one, other, weight=before + weight)
    return graph, mutual


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("ties, n, center", list(networks()), ids=lambda value: value if isinstance(value, int) else "")
def test_repeated_ties_and_ties_to_oneself_change_nothing_but_weights_and_are_told(ties, n, center):
    graph, mutual = drawn(ties, n)
    found, people = graph_measures(ties, n, center), person_measures(ties, n)
    loops = int((ties["from"] == ties["to"]).sum())
    assert found["n_self_ties_left_out"] == loops
    assert found["n_repeated_ties_merged"] == len(ties) - loops - graph.number_of_edges()
    assert found["total_weight"] == ties.loc[ties["from"] != ties["to"], "weight"].sum()
    apart = [(one, other) for one, other in graph.edges if center[one] != center[other]]
    parts = sorted(nx.connected_components(mutual), key=lambda part: (-len(part), min(part)))
    groups = [set(np.flatnonzero(center == each)) for each in range(3)]
    for graphs, name in ((graph, "directed"), (mutual, "undirected")):
        nx.set_node_attributes(graphs, dict(enumerate(center)), "center")
        expected = nx.attribute_assortativity_coefficient(graphs, "center")
        assert found[f"assortativity_center_{name}"] == pytest.approx(expected, nan_ok=True)
        assert found[f"density_{name}"] == pytest.approx(nx.density(graphs))
    out = np.array([strength for _, strength in graph.out_degree(weight="weight")])
    expected = {
        "n_directed_edges": graph.number_of_edges(), "n_undirected_edges": mutual.number_of_edges(),
        "reciprocity": nx.overall_reciprocity(graph), "gini_out_strength": gini(out),
        "mutual_pairs": graph.number_of_edges() - mutual.number_of_edges(),
        "average_local_clustering_zeros_counted": nx.average_clustering(mutual),
        "giant_share_weak": len(parts[0]) / n, "n_weak_components": len(parts),
        "giant_share_strong": max(map(len, nx.strongly_connected_components(graph))) / n,
        "n_isolates": nx.number_of_isolates(mutual), "largest_core": max(nx.core_number(mutual).values()),
        "mean_path_giant_undirected": nx.average_shortest_path_length(mutual.subgraph(parts[0])),
        "diameter_giant_undirected": nx.diameter(mutual.subgraph(parts[0])),
        "modularity_center_undirected": nx.community.modularity(mutual, groups, weight=None),
        "modularity_center_undirected_weighted": nx.community.modularity(mutual, groups, weight="weight")}
    if n > 3:
        expected["transitivity_global"] = nx.transitivity(mutual)
        expected["assortativity_degree_undirected"] = nx.degree_assortativity_coefficient(mutual)
    assert found[list(expected)].to_dict() == pytest.approx(expected)
    across = sum(center[one] != center[other] for one, other in mutual.edges)
    assert found["external_internal_index_undirected"] == pytest.approx(2 * across / mutual.number_of_edges() - 1)
    assert bool(apart) == (across > 0)
    by_person = {
        "betweenness_directed": nx.betweenness_centrality(graph, normalized=False),
        "betweenness_undirected": nx.betweenness_centrality(mutual, normalized=False),
        "constraint_undirected_unweighted": nx.constraint(mutual), "core": nx.core_number(mutual),
        "constraint_undirected_weight_sum": nx.constraint(mutual, weight="weight"),
        "constraint_directed_weighted": nx.constraint(graph, weight="weight"),
        "pagerank": nx.pagerank(graph, weight="weight", tol=1e-12, max_iter=1000),
        "in_strength": dict(graph.in_degree(weight="weight")), "degree_undirected": dict(mutual.degree())}
    for name, values in by_person.items():
        np.testing.assert_allclose(people[name], [values[each] for each in range(n)], rtol=1e-6, atol=1e-9,
                                   err_msg=name)


def test_zacharys_club_has_its_published_numbers():
    club = nx.karate_club_graph()
    found = graph_measures(list(club.edges), 34, nx.get_node_attributes(club, "club"))
    known = {"n_undirected_edges": 78, "density_undirected": 0.1390374, "transitivity_global": 0.2556818,
             "average_local_clustering_zeros_counted": 0.5706385, "mean_path_giant_undirected": 2.4081996,
             "diameter_giant_undirected": 5, "assortativity_degree_undirected": -0.4756131,
             "modularity_center_undirected": 0.3582347, "degree_centralization_undirected": 0.3996212}
    assert found[list(known)].to_dict() == pytest.approx(known, abs=1e-6)
    people = person_measures(list(club.edges), 34).set_index("person")
    assert people.loc[[0, 33], "betweenness_undirected_normalized"].tolist() == pytest.approx([0.4376353, 0.3040750],
                                                                                             abs=1e-6)
    assert people.loc[[0, 33, 11], "constraint_undirected_unweighted"].tolist() == pytest.approx(
        [0.1554233, 0.1564187, 1.0], abs=1e-6)


# Corners

def test_one_person_alone():
    for ties in ([], [(0, 0)]):
        found = graph_measures(ties, 1, ["A"])
        zero = ["n_directed_edges", "n_undirected_edges", "total_weight", "mean_degree_undirected", "mutual_pairs",
                "average_local_clustering_zeros_counted", "largest_core", "diameter_giant_undirected"]
        one = ["n_nodes", "giant_share_weak", "giant_share_strong", "n_weak_components", "n_isolates"]
        assert (found[zero] == 0).all() and (found[one] == 1).all()
        assert found.drop([*zero, *one, "n_self_ties_left_out", "n_repeated_ties_merged"]).isna().all()
    assert core_sizes([], 1).values.tolist() == [[0, 1, 1]]


def test_nobody_is_tied():
    found = graph_measures([], 5, list("AABBB"))
    assert (found["n_isolates"], found["n_weak_components"], found["density_directed"]) == (5, 5, 0)
    assert (found["giant_share_weak"], found["degree_centralization_undirected"]) == (0.2, 0)
    undefined = ["reciprocity", "transitivity_global", "average_local_clustering_degree_2_or_more_only",
                 "mean_path_giant_undirected", "gini_out_strength", "gini_in_strength", "top_1_percent_share",
                 "assortativity_center_directed", "assortativity_center_undirected", "modularity_center_undirected",
                 "modularity_center_undirected_weighted", "external_internal_index_undirected",
                 "assortativity_degree_undirected"]
    assert found[undefined].isna().all()
    people = person_measures([], 5)
    assert people["pagerank"].tolist() == [0.2] * 5 and people["closeness_undirected"].isna().all()
    assert people.filter(like="constraint").isna().all(axis=None)


def test_what_does_not_vary_has_no_correlation():
    ring = [(each, (each + 1) % 6) for each in range(6)]
    found = graph_measures(ring, 6, ["A"] * 6)
    assert found[["assortativity_degree_undirected", "assortativity_center_directed",
                  "assortativity_center_undirected"]].isna().all()
    assert found["external_internal_index_undirected"] == -1 and found["modularity_center_undirected"] == 0


def test_a_star_is_as_central_as_can_be():
    found = graph_measures([(0, each) for each in range(1, 6)], 6)
    assert found["degree_centralization_undirected"] == 1 and found["transitivity_global"] == 0


def test_the_first_of_two_equal_parts_is_the_giant():
    line, triangle = [(0, 1), (1, 2)], [(3, 4), (4, 5), (5, 3)]
    assert graph_measures(line + triangle, 6)["diameter_giant_undirected"] == 2
    assert graph_measures([(5 - one, 5 - other) for one, other in line + triangle], 6)["diameter_giant_undirected"] == 1


def test_closeness_looks_at_the_own_part_only():
    found = person_measures([(0, 1), (1, 2), (3, 4)], 6)["closeness_undirected"]
    np.testing.assert_allclose(found, [2 / 3, 1, 2 / 3, 1, 1, np.nan])


def test_paths_can_be_left_out():
    assert "mean_path_giant_undirected" not in graph_measures([(0, 1)], paths=False)
    assert "betweenness_directed" not in person_measures([(0, 1)], paths=False)
    assert "diameter_giant_undirected" not in graph_measures([(0, 10_000)], 10_001)
    with pytest.raises(InputError, match="`paths` must be True or False"):
        graph_measures([(0, 1)], paths="no")


# How ties and people are given

def test_ties_are_the_same_however_they_are_given():
    table = pd.DataFrame({"from": ["Ann", "Ben"], "to": ["Ben", "Eve"], "weight": [2, 1], "note": ["x", None]})
    center = {"Eve": 2, "Ann": 1, "Ben": 1, "Ida": 2}
    expected = graph_measures(table, ["Ann", "Ben", "Eve", "Ida"], [1, 1, 2, 2])
    for ties, people, groups in (([("Ann", "Ben", 2), ("Ben", "Eve", 1)], list(center), center),
                                 (table.set_index(pd.Index([7, 7])), None, center),
                                 (table, None, pd.Series(center)),
                                 (table.astype({"from": "category"}), ["Ida", "Eve", "Ben", "Ann"],
                                  pd.Series([2, 2, 1, 1]))):
        pd.testing.assert_series_equal(graph_measures(ties, people, groups), expected)
    assert graph_measures(table)["n_nodes"] == 3
    assert person_measures(table)["person"].tolist() == ["Ann", "Ben", "Eve"]


PLACES = pd.DataFrame({"person": [2, 0, 1], "center": ["A", "A", "B"]})      # 2 and 0 are of one center


@pytest.mark.parametrize("people, groups", [
    (PLACES["person"], PLACES["center"]), (PLACES["person"].tolist(), PLACES["center"].tolist()),
    (PLACES["person"].iloc[::-1], PLACES["center"].iloc[::-1]),
    (PLACES.set_index(pd.Index([0, 0, 5]))["person"], PLACES.set_index(pd.Index([0, 0, 5]))["center"]),
    (PLACES["person"].tolist(), PLACES["center"].set_axis([10, 11, 12])),
    (PLACES["person"], PLACES.set_index("person")["center"]), (None, PLACES.set_index("person")["center"]),
    (PLACES["person"].iloc[::-1], PLACES.set_index("person")["center"]), (3, PLACES.set_index("person")["center"]),
    (range(3), pd.Series(["A", "A", "B"], index=[2, 0, 1])), (PLACES["person"].tolist(), {0: "A", 1: "B", 2: "A"}),
    (PLACES["person"].tolist(), pd.Series(["A", "A", "B"], index=[2, 0, 1]))])
def test_a_series_of_groups_follows_the_people_or_their_numbers(people, groups):
    assert graph_measures([(2, 0)], people, groups)["external_internal_index_undirected"] == -1
    assert graph_measures([(2, 1)], people, groups)["external_internal_index_undirected"] == 1


def test_an_index_that_only_counts_rows_names_nobody():
    for people in ([1, 2, 3], ["Ann", "Ben", "Cal"], [0, 1, 5]):
        found = graph_measures([(people[0], people[1])], people, pd.Series(["A", "A", "B"]))
        assert found["external_internal_index_undirected"] == -1


def test_a_series_of_groups_that_could_be_read_both_ways_is_refused():
    for people, index in ((PLACES["person"].tolist(), [0, 1, 2]), (PLACES["person"], [2, 1, 0])):
        with pytest.raises(InputError, match="`groups` must say whose group each is: .*list\\(groups\\)"):
            graph_measures([(2, 0)], people, pd.Series(["A", "A", "B"], index=index))
        assert graph_measures([(2, 0)], people, pd.Series(["A"] * 3, index=index))["n_nodes"] == 3


def test_weights_may_be_as_small_or_large_as_their_squares_allow():
    ties = [("a", "b", 1), ("b", "c", 2), ("c", "a", 3), ("c", "d", 1)]
    expected = person_measures(ties).drop(columns=["out_strength", "in_strength"])
    for scale in (1e-100, 3e99):
        found = person_measures([(one, other, weight * scale) for one, other, weight in ties])
        pd.testing.assert_frame_equal(found[expected.columns], expected)
        assert found["out_strength"].sum() == pytest.approx(7 * scale)


def test_names_may_be_pairs():
    for people in (None, [(1, 2), (3, 4)]):
        assert graph_measures([((1, 2), (3, 4))], people)["n_nodes"] == 2


def test_the_input_is_not_changed():
    ties = pd.DataFrame({"from": [0, 0], "to": [1, 0]}, index=[3, 3])
    before = ties.copy()
    graph_measures(ties, 2)
    pd.testing.assert_frame_equal(ties, before)


@pytest.mark.parametrize("ties, people, groups, told", [
    ([(0, 5)], 3, None, "row 1: `to` is 5, who is not among the people"),
    (pd.DataFrame({"from": [0, None], "to": [None, 1]}), None, None, "2 problems"),
    (pd.DataFrame({"from": [0], "too": [1]}), None, None, "it has no to"),
    ([(0, 1, 0), (0, 1, -1), (1, 0, math.nan), (1, 0, "2")], 2, None, "4 problems"),
    ([(0, 1, math.inf)], 2, None, "`weight` must be a number above 0; got inf"),
    ([(0, 1, True)], 2, None, "got True"), ([(0, 1), (1,)], 2, None, "row 2: (1,) is no pair"),
    ([("Ann", "Ben")], ["Ann", "Ben", "Ann"], None, "'Ann' is there more than once"),
    ([(0, 1)], ["Ann", None], None, "somebody's name is empty"),
    ([(0, 1)], 2, ["A"], "one group for each of the 2 people; got 1"),
    ([(0, 1)], 2, ["A", None], "1 has no group"),
    ([(0, 1)], 2, ["A", " "], "1 has no group"), ([(0, 1)], 2, {0: "A"}, "1 has no group"),
    ([(0, 1)], None, ["A", "B"], "`people` must be given, in the order of `groups`"),
    ([], None, None, "got nobody"), ([], 0, None, "at least one person; got 0"), ("ab", 2, None, "got 'ab'"),
    ([(0, 1), ({"no": 1}, [2])], None, None, "row 2: `from` must be one name or number; got {'no': 1}"),
    ([(0, 1), (0, [2])], 2, None, "row 2: `to` must be one name or number; got [2]"),
    ([("Ann", "Ben"), ("Ann", " ")], None, None, "row 2: `to` is empty"),
    ([(0, 1), {0, 1}], 2, None, "row 2: {0, 1} has no order"), ([frozenset("ab")], None, None, "has no order"),
    (pd.DataFrame([[0, 1, 2]], columns=["from", "to", "to"]), 3, None, "the column `to` is there 2 times"),
    (pd.DataFrame([[0, 1, 2, 3]], columns=["from", "to", "weight", "weight"]), 3, None, "`weight` is there 2 times"),
    ([(0, 1, 1e308), (0, 1, 1e-320)], 2, None, "row 2: `weight` must be between 1e-100 and 1e+100; got 1e-320"),
    ([(0, 1, 10 ** 400)], 2, None, "row 1: `weight` must be"),
    (pd.DataFrame({"from": [0], "to": [1], "weight": [1 + 1j]}), 2, None, "row 1: `weight` must be a number above 0"),
    ([(0, 1)], [0, [1]], None, "row 2: `people` must be one name or number; got [1]"),
    ([("Ann", "Ben")], ["Ann", "Ben", " "], None, "somebody's name is empty"),
    ([], PLACES, None, "a table with the columns 'person', 'center'"),
    ([(0, 1)], 2, [["A"], "B"], "row 1: `groups` must be one name or number; got ['A']"),
    ([(0, 1)], 2, pd.Series(["A", "B", "A"], index=[0, 1, 1]), "1 is there more than once"),
    ([(0, 1)], [0, 2, 1], pd.Series(["A", "B", "A"], index=[0, 1, 1]), "1 is there more than once"),
    ([(0, 1)], 2, {"A", "B"}, "`groups` must be a list"), ([(0, 1)], 2, PLACES, "`groups` must be a list"),
    ([(0, 1)], {0, 1}, ["A", "B"], "`people` must be a list, for groups in the order of people"),
    (5, 2, None, "got 5"), ([(0, 1)], "ab", None, "got 'ab'"), ([5], 2, None, "got 5")])
def test_what_is_no_network_is_refused(ties, people, groups, told):
    with pytest.raises(InputError) as refused:
        graph_measures(ties, people, groups)
    assert told in str(refused.value)


def test_all_rows_are_named_up_to_twenty():
    with pytest.raises(InputError, match="`ties` has 22 problems") as refused:
        graph_measures([(0, 9)] * 22, 3)
    assert "row 20:" in str(refused.value) and "row 21:" not in str(refused.value)
    assert "and 2 more" in str(refused.value)
