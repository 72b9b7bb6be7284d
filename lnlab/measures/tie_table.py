"""A table of ties as a user gives it, checked: who is tied to whom, how strongly, and which center each is of."""

from collections import namedtuple
from collections.abc import Mapping

import numpy as np
import pandas as pd

from lnlab.checks import InputError, is_whole, items, refuse


# Numbers of the people at both ends, weights, the people, their groups by number (None if not known), what was mended
Ties = namedtuple("Ties", "source target weight people group n_self_ties n_repeated")


def checked_ties(ties, people=None, groups=None):
    """The ties by numbers of people from 0; an InputError that lists all that is wrong."""
    table = _as_table(ties)
    problems = []
    for name in ("from", "to"):
        problems += [f"row {row}: `{name}` is empty" for row in np.flatnonzero(table[name].isna()) + 1]
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
        missing = [name for name in ("from", "to") if name not in ties]
        if missing:
            raise InputError(f"`ties` must have the columns `from` and `to`; it has no {' and no '.join(missing)}, but "
                             f"{', '.join(map(repr, ties.columns)) or 'no columns'}.")
        return ties.reset_index(drop=True)
    pairs = [tuple(items("ties", pair, "pairs (from, to) or triples (from, to, weight)"))
             for pair in items("ties", ties, "pairs (from, to), or a table with columns from and to")]
    wrong = [f"row {row}: {pair!r:.60} is no pair (from, to) or triple (from, to, weight)"
             for row, pair in enumerate(pairs, 1) if len(pair) not in (2, 3)]
    refuse("ties", wrong)
    return pd.DataFrame({"from": pd.Series([pair[0] for pair in pairs], dtype=object),
                         "to": pd.Series([pair[1] for pair in pairs], dtype=object),
                         "weight": pd.Series([pair[2] if len(pair) == 3 else 1.0 for pair in pairs], dtype=object)})


def _weights(table, problems):
    if "weight" not in table:
        return np.ones(len(table))
    given = table["weight"]
    numeric = pd.api.types.is_numeric_dtype(given) and not pd.api.types.is_bool_dtype(given)
    if numeric:
        weight = given.to_numpy(dtype=float, na_value=np.nan)
    else:
        weight = np.array([float(each) if _is_number(each) else np.nan for each in given], dtype=float)
    for row in np.flatnonzero(~(np.isfinite(weight) & (weight > 0))):
        problems.append(f"row {row + 1}: `weight` must be a number above 0; got {given.iloc[row]!r:.60}")
    return weight


def _is_number(value):
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, (bool, np.bool_))


def _everybody(people, groups):
    """Everybody in the network (None if only the ties tell) and the number of each one's group (None if unknown)."""
    if people is not None:
        if is_whole(people):
            if people < 1:
                raise InputError(f"`people` must be at least one person; got {people!r}.")
            people = range(int(people))
        known = pd.Index(items("people", people, "everybody in the network, or their number"), dtype=object)
    elif groups is not None:
        if not isinstance(groups, (Mapping, pd.Series)):
            raise InputError("`people` must be given, in the order of `groups`; or `groups` must be a mapping from "
                             f"person to group; got {groups!r:.100}.")
        known = pd.Index(list(groups.keys()), dtype=object)
    else:
        return None, None
    problems = [f"{each!r:.60} is there more than once" for each in known[known.duplicated()].unique()]
    problems += ["somebody's name is empty"] * bool(known.isna().any())
    refuse("people", problems)
    return known, None if groups is None else _numbered(groups, known)


def _numbered(groups, known):
    in_order = isinstance(groups, pd.Series) and _in_the_order(groups, known)
    if isinstance(groups, (Mapping, pd.Series)) and not in_order:
        of = dict(groups.items())
        refuse("groups", [f"{each!r:.60} has no group" for each in known if each not in of])
        listed = [of[each] for each in known]
    else:
        listed = items("groups", groups, "groups, one for each person")
        if len(listed) != len(known):
            raise InputError(f"`groups` must have one group for each of the {len(known)} people; got {len(listed)}.")
    number, _ = pd.factorize(pd.Series(listed, dtype=object), use_na_sentinel=True)
    refuse("groups", [f"{known[place]!r:.60} has no group" for place in np.flatnonzero(number < 0)])
    return number


def _in_the_order(groups, known):
    """Is a Series a plain list, with an index that only counts its rows, of people who have other names?"""
    return groups.index.equals(pd.RangeIndex(len(groups))) and not known.isin(groups.index).all()


def _in_order(people):
    try:
        return sorted(people)
    except TypeError:           # numbers and names: as they come
        return list(people)
