"""A table of ties as a user gives it, checked: who is tied to whom, how strongly, and which center each is of."""

from collections import namedtuple
from collections.abc import Mapping

import numpy as np
import pandas as pd

from lnlab.checks import InputError, is_whole, items, refuse
from lnlab.measures.event_table import empty, no_names, once_each

# Beyond these the squares of weights, on which Burt's constraint rests, are no longer numbers
SMALLEST, LARGEST = 1e-100, 1e100
UNORDERED = (set, frozenset)

# Numbers of the people at both ends, weights, the people, their groups by number (None if not known), what was mended
Ties = namedtuple("Ties", "source target weight people group n_self_ties n_repeated")


def checked_ties(ties, people=None, groups=None):
    """The ties by numbers of people from 0; an InputError that lists all that is wrong."""
    table = _as_table(ties)
    problems = []
    for name in ("from", "to"):
        problems += [f"row {row}: `{name}` is empty" for row in np.flatnonzero(empty(table[name])) + 1]
        problems += no_names(name, table[name])
    weight = _weights(table, problems)
    refuse("ties", problems)
    known, group = _everybody(people, groups)
    ends = pd.concat([table["from"], table["to"]], ignore_index=True).astype(object)
    if known is None:
        known = pd.Index(_in_order(pd.unique(ends)), dtype=object)
    place = known.get_indexer(ends)
    for row in np.flatnonzero(place < 0):
        name, row_of = ("from", row) if row < len(table) else ("to", row - len(table))
        problems.append(f"row {row_of + 1}: `{name}` is {ends[row]!r:.60}, who is not among the people")
    refuse("ties", problems)
    if not len(known):
        raise InputError("`ties` must tie somebody, or `people` must say who is in the network; got nobody.")
    source, target = place[:len(table)], place[len(table):]
    apart = source != target
    different = len(np.unique(source[apart].astype(np.int64) * len(known) + target[apart]))
    return Ties(source, target, weight, known.to_numpy(), group, int((~apart).sum()), int(apart.sum()) - different)


def _as_table(ties):
    if isinstance(ties, pd.DataFrame):
        once_each("ties", ties, ("from", "to", "weight"))
        missing = [name for name in ("from", "to") if name not in ties]
        if missing:
            raise InputError(f"`ties` must have the columns `from` and `to`; it has no {' and no '.join(missing)}, but "
                             f"{', '.join(map(repr, ties.columns)) or 'no columns'}.")
        return ties.reset_index(drop=True)
    given = items("ties", ties, "pairs (from, to), or a table with columns from and to")
    refuse("ties", [f"row {row}: {pair!r:.60} has no order; write (from, to)"
                    for row, pair in enumerate(given, 1) if isinstance(pair, UNORDERED)])
    pairs = [tuple(items("ties", pair, "pairs (from, to) or triples (from, to, weight)")) for pair in given]
    refuse("ties", [f"row {row}: {pair!r:.60} is no pair (from, to) or triple (from, to, weight)"
                    for row, pair in enumerate(pairs, 1) if len(pair) not in (2, 3)])
    return pd.DataFrame({"from": pd.Series([pair[0] for pair in pairs], dtype=object),
                         "to": pd.Series([pair[1] for pair in pairs], dtype=object),
                         "weight": pd.Series([pair[2] if len(pair) == 3 else 1.0 for pair in pairs], dtype=object)})


def _weights(table, problems):
    if "weight" not in table:
        return np.ones(len(table))
    given = table["weight"]
    if pd.api.types.is_any_real_numeric_dtype(given):
        weight = given.to_numpy(dtype=float, na_value=np.nan)
    else:
        weight = np.array([_as_float(each) for each in given], dtype=float)
    for row in np.flatnonzero(~((weight >= SMALLEST) & (weight <= LARGEST))):
        wanted = "a number above 0" if not 0 < weight[row] < np.inf else f"between {SMALLEST:g} and {LARGEST:g}"
        problems.append(f"row {row + 1}: `weight` must be {wanted}; got {given.iloc[row]!r:.60}")
    return weight


def _as_float(value):
    if not isinstance(value, (int, float, np.integer, np.floating)) or isinstance(value, (bool, np.bool_)):
        return np.nan
    try:
        return float(value)
    except OverflowError:       # a whole number beyond the largest float
        return np.inf


def _everybody(people, groups):
    """Everybody in the network (None if only the ties tell) and the number of each one's group (None if unknown)."""
    if people is not None:
        if is_whole(people):
            if people < 1:
                raise InputError(f"`people` must be at least one person; got {people!r}.")
            people = range(int(people))
        if isinstance(people, pd.DataFrame):
            raise InputError("`people` must be a list of everybody in the network, such as one column of this table; "
                             f"got a table with the columns {', '.join(map(repr, people.columns)) or 'none'}.")
        listed = items("people", people, "everybody in the network, or their number")
    elif groups is not None:
        if not isinstance(groups, (Mapping, pd.Series)):
            raise InputError("`people` must be given, in the order of `groups`; or `groups` must be a mapping from "
                             f"person to group; got {groups!r:.100}.")
        listed = list(groups.keys())
    else:
        return None, None
    refuse("people", no_names("people", listed))
    known = pd.Index(listed, dtype=object)
    problems = [f"{each!r:.60} is there more than once" for each in known[known.duplicated()].unique()]
    problems += ["somebody's name is empty"] * bool(empty(known.to_series()).any())
    refuse("people", problems)
    return known, None if groups is None else _numbered(groups, known, people)


def _numbered(groups, known, people):
    """The number of each person's group, whether given by person or in the order of people."""
    if isinstance(groups, (Mapping, pd.Series)) and not _in_the_order(groups, known, people):
        if isinstance(groups, pd.Series):
            twice = groups.index[groups.index.duplicated()].unique()
            refuse("groups", [f"{each!r:.60} is there more than once" for each in known[known.isin(twice)]])
        of = dict(groups.items())
        refuse("groups", [f"{each!r:.60} has no group" for each in known if each not in of])
        listed = [of[each] for each in known]
    else:
        for name, value in (("groups", groups), ("people", people)):
            if isinstance(value, (*UNORDERED, pd.DataFrame)):
                raise InputError(f"`{name}` must be a list, for groups in the order of people; got {value!r:.100}.")
        listed = items("groups", groups, "groups, one for each person")
        if len(listed) != len(known):
            raise InputError(f"`groups` must have one group for each of the {len(known)} people; got {len(listed)}.")
    refuse("groups", no_names("groups", listed))
    column = _column(listed)
    refuse("groups", [f"{known[place]!r:.60} has no group" for place in np.flatnonzero(empty(column))])
    return pd.factorize(column)[0]


def _in_the_order(groups, known, people):
    """Does a Series hold the groups in the order of the people, or each under its person? If it may be both: refused.

    In the order, if it is of the same table as the people (has the same index), or if its index only numbers rows.
    """
    if not isinstance(groups, pd.Series) or len(groups) != len(known):
        return False
    if isinstance(people, pd.Series) and people.index.equals(groups.index):
        return True
    if groups.index.name is not None or not pd.api.types.is_any_real_numeric_dtype(groups.index):
        return False
    found = known.isin(groups.index)
    if not found.all():
        return groups.index.equals(pd.RangeIndex(len(groups))) or not found.any()
    counted = known.tolist() == list(range(len(known)))
    if not counted and not _column(groups).equals(_column(groups.loc[known])):
        raise InputError("`groups` must say whose group each is: its index could be the people's numbers, or number "
                         "its rows. Give dict(groups) if it is by person, list(groups) if it is in the order of "
                         "`people`.")
    return False


def _column(values):
    return pd.Series(list(values), dtype=object)


def _in_order(people):
    try:
        return sorted(people)
    except TypeError:           # numbers and names: as they come
        return list(people)
