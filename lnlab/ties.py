"""Who can influence or inform whom: two mutual networks, one of patients and one of clinicians.

Made from the rules (each person names half of the mean number of ties), or read from a user's own edge list; out to
networkx. Stored as compressed sparse rows, the form in which a neighborhood is one slice.
"""

from dataclasses import dataclass

import numpy as np

from lnlab.checks import InputError, is_whole, items
from lnlab.compiled import compiled
from lnlab.draws import uniform


@dataclass(frozen=True, eq=False)
class Ties:
    """Mutual ties between people numbered from 0.

    Parameters
    ----------
    indptr : (n_people + 1,) int64
        The ties of person i are ``indices[indptr[i]:indptr[i + 1]]``.
    indices : (2 * n_ties,) int32
        The people at the other end, in rising order.
    """

    indptr: np.ndarray
    indices: np.ndarray

    def of(self, person):
        """The people tied to `person`, in rising order.

        >>> from_edges([(0, 1), (1, 2)], 3).of(1).tolist()
        [0, 2]
        """
        return self.indices[self.indptr[person]:self.indptr[person + 1]]

    def counts(self):
        """The number of ties of each person, shape (n_people,).

        >>> from_edges([(0, 1), (1, 2)], 3).counts().tolist()
        [1, 2, 1]
        """
        return np.diff(self.indptr)

    def edges(self):
        """Each tie once, as an array (n_ties, 2) of person numbers.

        >>> from_edges([(2, 1), (0, 1), (1, 0)], 3).edges().tolist()
        [[0, 1], [1, 2]]
        """
        people = np.repeat(np.arange(len(self.indptr) - 1), self.counts())
        once = people < self.indices
        return np.column_stack([people[once], self.indices[once]])

    def to_networkx(self):
        """The same ties as an undirected `networkx.Graph`, with every person in it.

        >>> from_edges([(0, 1)], 3).to_networkx().number_of_nodes()
        3
        """
        import networkx as nx
        graph = nx.empty_graph(len(self.indptr) - 1)
        graph.add_edges_from(self.edges().tolist())
        return graph


def make_ties(seed, purpose, center, mean_ties, cross_center):
    """Draw mutual ties: each person names `mean_ties` / 2 others, a share of them in other centers.

    Names are drawn with replacement; duplicates merge; a name that cannot be filled (nobody else there) is dropped.
    An odd number of ties gives one more name with chance one half.

    Parameters
    ----------
    seed, purpose : int
        See `lnlab.draws`.
    center : (n_people,) array of int
        The center of each person, in rising order.
    mean_ties : int
        Mean number of ties of a person, before duplicates merge.
    cross_center : float
        Chance that a name goes to another center, 0 to 1.

    Returns
    -------
    Ties

    Examples
    --------
    >>> ties = make_ties(1, 6, np.zeros(50, dtype=int), mean_ties=8, cross_center=0.0)
    >>> float(ties.counts().mean())
    7.36
    """
    center = np.asarray(center, dtype=np.int64)
    starts = np.searchsorted(center, np.arange(center[-1] + 2))
    pairs = np.empty((len(center) * ((mean_ties + 1) // 2), 2), dtype=np.int64)
    filled = name_people(seed, purpose, center, starts, mean_ties, cross_center, pairs)
    return _from_pairs(pairs[:filled], len(center))


def from_edges(edges, n_people, name="edges"):
    """Ties from a user's own edge list; direction is ignored and duplicates merge.

    Parameters
    ----------
    edges : table or sequence of pairs
        Two columns of person numbers, 0 to n_people - 1 (a DataFrame, an array (n, 2), a list of pairs, or the `edges`
        of a networkx graph).
    n_people : int
        The number of people in the network.

    Raises
    ------
    InputError
        For anything but pairs of whole numbers, for people who do not exist, and for ties to oneself.

    Examples
    --------
    >>> from_edges([(0, 9)], 3)
    Traceback (most recent call last):
    lnlab.checks.InputError: `edges` must name people 0 to 2; got unknown people 9 (row 0).
    """
    pairs = _as_pairs(edges, name)
    unknown = (pairs < 0) | (pairs >= n_people)
    if unknown.any():
        rows = np.flatnonzero(unknown.any(axis=1))
        people = ", ".join(str(int(person)) for person in np.unique(pairs[unknown])[:5])
        raise InputError(f"`{name}` must name people 0 to {n_people - 1}; got unknown people {people} "
                         f"(row {', '.join(map(str, rows[:5]))}).")
    alone = np.flatnonzero(pairs[:, 0] == pairs[:, 1])
    if len(alone):
        raise InputError(f"`{name}` must tie a person to somebody else; got a tie of {pairs[alone[0], 0]:.0f} to "
                         f"oneself (row {alone[0]}).")
    return _from_pairs(pairs.astype(np.int64), n_people)


def _as_pairs(edges, name):
    """An edge list as an array (n, 2) of whole numbers of some type; an InputError for the first row that is none."""
    rows = np.asarray(edges) if getattr(edges, "ndim", None) == 2 else items(name, edges, "pairs")
    if not len(rows):
        return np.empty((0, 2), dtype=np.int64)
    try:
        table = np.asarray(rows)
        table = table if table.dtype.kind in "iuf" else np.asarray(rows, dtype=object)
    except ValueError:          # rows of different lengths
        table = np.empty(0)
    if table.ndim != 2 or table.shape[1] != 2:
        row, got = next((row, each) for row, each in enumerate(rows) if not _is_pair(each))
        raise InputError(f"`{name}` must be pairs (two columns: from, to); got {got!r:.200} (row {row}).")
    if table.dtype.kind in "iu":
        return table
    if table.dtype.kind == "f":
        whole = np.isfinite(table) & (table == np.floor(table))
    else:
        whole = np.vectorize(is_whole)(table)
    if not whole.all():
        row, column = np.argwhere(~whole)[0]
        got = table[row].tolist()[column]
        raise InputError(f"`{name}` must be pairs of whole numbers; got {got!r:.200} (row {row}).")
    return table


def _is_pair(row):
    try:
        return np.shape(row) == (2,)
    except ValueError:
        return False


def _from_pairs(pairs, n_people):
    keys = np.sort(np.concatenate([pairs[:, 0] * n_people + pairs[:, 1], pairs[:, 1] * n_people + pairs[:, 0]]))
    keys = keys[np.diff(keys, prepend=-1) > 0]      # each once; quicker than np.unique, which hashes
    indptr = np.searchsorted(keys, np.arange(n_people + 1, dtype=np.int64) * n_people)
    return Ties(indptr.astype(np.int64), (keys % n_people).astype(np.int32))


@compiled
def name_people(seed, purpose, center, starts, mean_ties, cross_center, pairs):
    """Fill `pairs` with (person, person named); return how many names could be filled."""
    n_people = len(center)
    names = (mean_ties + 1) // 2
    filled = 0
    for person in range(n_people):
        start, end = starts[center[person]], starts[center[person] + 1]
        for name in range(names):
            if mean_ties % 2 == 1 and name == names - 1 and uniform(seed, purpose, 0, person, 3 * name + 2) >= 0.5:
                continue
            elsewhere = uniform(seed, purpose, 0, person, 3 * name) < cross_center
            others = n_people - (end - start) if elsewhere else end - start - 1
            if others == 0:
                continue
            named = int(uniform(seed, purpose, 0, person, 3 * name + 1) * others)
            if elsewhere:
                named += end - start if named >= start else 0
            else:
                named += start + (1 if start + named >= person else 0)
            pairs[filled, 0] = person
            pairs[filled, 1] = named
            filled += 1
    return filled
