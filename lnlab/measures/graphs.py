"""One network of ties, measured: how dense, how mutual, how clustered, how unequal, and who stands between whom.

The graph algorithms are igraph's. A tie has a direction and a weight; the same tie given twice is
one tie with both weights. Undirected, two people are tied if there is a tie in either direction; its weight is the
sum of both.
"""

import math

import numpy as np
import pandas as pd

from lnlab.checks import switch
from lnlab.measures.inequality import gini, top_share
from lnlab.measures.tie_table import checked_ties

__all__ = ["core_sizes", "graph_measures", "person_measures"]

FEW_ENOUGH_FOR_PATHS = 10_000


def graph_measures(ties, people=None, groups=None, paths=None):
    """The measures of one network of ties, by name.

    Parameters
    ----------
    ties : pandas.DataFrame or sequence of pairs
        Columns `from` and `to` (people, by number or name) and, if wanted, `weight` (above 0, from 1e-100 to 1e100;
        1 if there is none). Repeated ties are merged, their weights added. A tie of somebody to themselves is no tie:
        it is left out, and `n_self_ties_left_out` says how many were.
    people : sequence, optional
        Everybody in the network, also those without ties; or their number, if they are numbered 0, 1, 2, ... If not
        given: those of `groups`, else those with ties, and then nobody without ties is known or counted.
    groups : mapping, Series or sequence, optional
        The center (or any other group) of each person: by person, or in the order of `people`. A Series is in that
        order if it is of the same table (has the same index as the Series `people`) or its index only numbers rows;
        otherwise it is by person. One that could be read both ways is refused.
    paths : bool, optional
        Also the mean path and the diameter, which take minutes at 100,000 people. If not given: up to 10,000 people.
        What is not asked for is not in the result.

    Returns
    -------
    pandas.Series
        NaN where a measure is not defined. Counts: `n_nodes` (people), `n_directed_edges` (ties after merging),
        `n_undirected_edges` (pairs of people who are tied), `total_weight`, `n_isolates` (people without ties),
        `mutual_pairs` (tied in both directions), `n_self_ties_left_out`, `n_repeated_ties_merged`.

        - `density_directed`, `density_undirected`: ties as a share of those that there could be.
        - `mean_degree_undirected`: the mean number of others a person is tied to. (Density falls as a network grows;
          this need not.)
        - `reciprocity`: share of directed ties whose reverse exists.
        - `transitivity_global`: of all paths of two ties, the share whose ends are tied too.
        - `average_local_clustering_zeros_counted`: mean over people of the share of the pairs of those they are tied
          to who are tied themselves; 0 for people with fewer than two ties.
          `average_local_clustering_degree_2_or_more_only` leaves those people out.
        - `n_weak_components`: parts without a tie between them; `giant_share_weak`, `giant_share_strong`: share of
          people in the largest (strong: each can be reached from each along the directions).
        - `mean_path_giant_undirected`, `diameter_giant_undirected`: mean and largest number of ties on the shortest
          way between two people of the largest part (the first, if two are equally large).
        - `gini_out_strength`, `gini_out_strength_active_only` (without those who gave nothing),
          `gini_out_strength_n_minus_1` (times n / (n - 1)), `gini_in_strength`: see `gini`. Out-strength is the
          summed weight of the ties from a person.
        - `top_1_percent_share`, `top_10_percent_share`: of the out-strength, see `top_share`.
        - `assortativity_degree_undirected`: correlation of the numbers of ties at both ends of a tie.
        - `degree_centralization_undirected`: 0 if all have equally many ties, 1 if one person has all (Freeman).
        - `largest_core`: the largest k such that some people have k ties each among themselves.

        And with `groups`:

        - `assortativity_center_directed`, `assortativity_center_undirected`: 1 if all ties stay within centers, 0 if
          they fall as chance would have it (Newman).
        - `modularity_center_undirected`, `modularity_center_undirected_weighted`: share of ties within centers, less
          the share expected if the same people were tied by chance.
        - `external_internal_index_undirected`: ties between centers less ties within, over all ties (-1 to 1).

    Raises
    ------
    InputError

    Examples
    --------
    >>> measures = graph_measures([(0, 1), (1, 0), (1, 2)], people=4, groups=["A", "A", "B", "B"])
    >>> measures[["n_directed_edges", "reciprocity", "n_isolates", "external_internal_index_undirected"]].round(3)
    n_directed_edges                      3.000
    reciprocity                           0.667
    n_isolates                            1.000
    external_internal_index_undirected    0.000
    dtype: float64
    """
    found = checked_ties(ties, people, groups)
    directed, undirected, ends = graphs(found.source, found.target, found.weight, len(found.people))
    measures = {
        "n_nodes": directed.vcount(), "n_directed_edges": directed.ecount(),
        "n_undirected_edges": undirected.ecount(), "total_weight": sum(directed.es["weight"]),
        "n_self_ties_left_out": found.n_self_ties, "n_repeated_ties_merged": found.n_repeated,
        **_connections(directed, undirected), **(_paths(undirected) if _wanted(paths, undirected) else {}),
        **_inequality(directed), **_centralization(undirected)}
    if found.group is not None:
        measures |= _between_groups(directed, undirected, found.group, ends)
    return pd.Series(measures, dtype=float)


def person_measures(ties, people=None, paths=None):
    """Where each person stands in a network of ties.

    Parameters
    ----------
    ties, people
        As in `graph_measures`.
    paths : bool, optional
        Also betweenness and closeness, which take an hour at 100,000 people. If not given: up to 10,000 people.

    Returns
    -------
    pandas.DataFrame
        A row for each person: person, degree_undirected (number of others tied to), out_strength, in_strength (summed
        weights of ties from and to the person), core (the largest k of a core that the person is in), pagerank
        (directed, weighted, damping 0.85), constraint_undirected_unweighted, constraint_undirected_weight_sum,
        constraint_directed_weighted (Burt: low if a person's ties lead to people not tied to each other, so that the
        person is a broker; NaN without ties); betweenness_directed, betweenness_undirected (shortest ways between two
        others that lead through the person, unweighted; undirected each pair once), betweenness_undirected_normalized
        (as a share of all pairs of others), closeness_undirected (1 / mean number of ties to the others of the same
        part of the network; NaN without ties).

    Raises
    ------
    InputError

    Examples
    --------
    >>> person_measures([("Ann", "Ben"), ("Ben", "Eve")])[["person", "betweenness_undirected", "core"]]
      person  betweenness_undirected  core
    0    Ann                     0.0     1
    1    Ben                     1.0     1
    2    Eve                     0.0     1
    """
    found = checked_ties(ties, people)
    directed, undirected, _ = graphs(found.source, found.target, found.weight, len(found.people))
    table = pd.DataFrame({
        "person": found.people, "degree_undirected": undirected.degree(),
        "out_strength": directed.strength(mode="out", weights="weight"),
        "in_strength": directed.strength(mode="in", weights="weight"), "core": undirected.coreness(),
        "pagerank": directed.pagerank(weights="weight", damping=0.85),
        "constraint_undirected_unweighted": constraint(undirected),
        "constraint_undirected_weight_sum": constraint(undirected, "weight"),
        "constraint_directed_weighted": constraint(directed, "weight")})
    if _wanted(paths, undirected):
        table["betweenness_directed"] = directed.betweenness(directed=True)
        table["betweenness_undirected"] = between = np.array(undirected.betweenness(directed=False))
        pairs = (len(table) - 1) * (len(table) - 2) / 2
        table["betweenness_undirected_normalized"] = between / pairs if pairs else math.nan
        table["closeness_undirected"] = np.array(undirected.closeness(normalized=True), dtype=float)
    return table


def core_sizes(ties, people=None):
    """How many people are in each core: the people who have at least k ties each among themselves.

    Parameters
    ----------
    ties, people
        As in `graph_measures`.

    Returns
    -------
    pandas.DataFrame
        A row for each k from 0 to the largest: core, people_in_shell (in this core and in none higher),
        people_in_core (in this core or a higher one).

    Raises
    ------
    InputError

    Examples
    --------
    >>> core_sizes([(0, 1), (1, 2), (2, 0), (2, 3)], people=5)
       core  people_in_shell  people_in_core
    0     0                1               5
    1     1                1               4
    2     2                3               3
    """
    found = checked_ties(ties, people)
    _, undirected, _ = graphs(found.source, found.target, found.weight, len(found.people))
    shells = np.bincount(undirected.coreness())
    return pd.DataFrame({"core": np.arange(len(shells)), "people_in_shell": shells,
                         "people_in_core": shells[::-1].cumsum()[::-1]})


def graphs(source, target, weight, n_people):
    """A directed and an undirected graph of people numbered from 0, simple, with summed weights; and the ends of the
    ties of the undirected one, (n_pairs, 2)."""
    import igraph
    made = []
    apart = source != target
    for one, other, mutual in ((source, target, False), (np.minimum(source, target), np.maximum(source, target), True)):
        keys, place = np.unique(one[apart].astype(np.int64) * n_people + other[apart], return_inverse=True)
        ends = np.column_stack(np.divmod(keys, n_people))
        graph = igraph.Graph(n=n_people, edges=ends, directed=not mutual)
        graph.es["weight"] = np.bincount(place, weight[apart], len(keys)).tolist()
        made.append(graph)
    return *made, ends


def constraint(graph, weights=None):
    """Burt's constraint of each person, (n_people,); NaN without ties."""
    return np.array(graph.constraint(weights=weights), dtype=float) if graph.ecount() else np.full(graph.vcount(),
                                                                                                  math.nan)


def _wanted(paths, graph):
    return graph.vcount() <= FEW_ENOUGH_FOR_PATHS if paths is None else switch("paths", paths)


def _connections(directed, undirected):
    n, n_ties, n_pairs = directed.vcount(), directed.ecount(), undirected.ecount()
    possible = n * (n - 1)
    degree = np.array(undirected.degree())
    return {
        "density_directed": n_ties / possible if possible else math.nan,
        "density_undirected": 2 * n_pairs / possible if possible else math.nan,
        "mean_degree_undirected": 2 * n_pairs / n,
        "reciprocity": 2 * (n_ties - n_pairs) / n_ties if n_ties else math.nan,
        "mutual_pairs": n_ties - n_pairs,
        "transitivity_global": undirected.transitivity_undirected(mode="nan"),
        "average_local_clustering_zeros_counted": undirected.transitivity_avglocal_undirected(mode="zero"),
        "average_local_clustering_degree_2_or_more_only": (
            undirected.transitivity_avglocal_undirected(mode="nan") if (degree >= 2).any() else math.nan),
        "giant_share_weak": max(undirected.connected_components().sizes()) / n,
        "n_weak_components": len(undirected.connected_components()),
        "giant_share_strong": max(directed.connected_components(mode="strong").sizes()) / n,
        "n_isolates": int((degree == 0).sum()), "largest_core": max(undirected.coreness()),
        "assortativity_degree_undirected": undirected.assortativity_degree(directed=False) if n_pairs else math.nan}


def _paths(undirected):
    parts = undirected.connected_components()
    giant = parts.subgraph(int(np.argmax(parts.sizes())))
    return {"mean_path_giant_undirected": giant.average_path_length() if giant.ecount() else math.nan,
            "diameter_giant_undirected": giant.diameter(directed=False)}


def _inequality(directed):
    given = np.array(directed.strength(mode="out", weights="weight"))
    taken = np.array(directed.strength(mode="in", weights="weight"))
    return {"gini_out_strength": gini(given), "gini_out_strength_active_only": gini(given[given > 0]),
            "gini_out_strength_n_minus_1": gini(given, corrected=True), "gini_in_strength": gini(taken),
            "top_1_percent_share": top_share(given, 0.01), "top_10_percent_share": top_share(given, 0.1)}


def _centralization(undirected):
    degree = np.array(undirected.degree())
    largest = (len(degree) - 1) * (len(degree) - 2)
    return {"degree_centralization_undirected": (degree.max() - degree).sum() / largest if largest else math.nan}


def _between_groups(directed, undirected, group, ends):
    n_pairs = undirected.ecount()
    across = int((group[ends[:, 0]] != group[ends[:, 1]]).sum())
    measured = {
        "assortativity_center_directed": directed.assortativity_nominal(group.tolist(), directed=True),
        "assortativity_center_undirected": undirected.assortativity_nominal(group.tolist(), directed=False),
        "modularity_center_undirected": undirected.modularity(group.tolist()),
        "modularity_center_undirected_weighted": undirected.modularity(group.tolist(), weights="weight"),
        "external_internal_index_undirected": (2 * across - n_pairs) / n_pairs if n_pairs else math.nan}
    return measured if n_pairs else dict.fromkeys(measured, math.nan)
