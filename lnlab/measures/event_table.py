"""A table of events as a network gives it, checked, and cut into windows: who did what, when, to whom, with what."""

from collections import namedtuple

import numpy as np
import pandas as pd

from lnlab.checks import InputError, refuse, whole_number

KINDS = CONTRIBUTES, USES, NEEDS, JOINS = "contributes", "uses", "needs", "joins"
COLUMNS = ("month", "from", "to", "kind", "resource")
TAKEN = ("people", "centers")        # no names for a role

# Each event by numbers: month, who acts, to whom and with which resource (-1 if nobody, none), place of the kind among
# KINDS (-1 if any other). Of all people (an Index): center and role (numbers, -1 if not known; None if nobody's is),
# and the names of the roles. `recorded`: the kinds that the table could hold. `begin`, `end`: first and last month that
# was observed. `windows`: the first month of each; `left_out`: the first month after the last whole one, if any.
Events = namedtuple("Events", ("month", "actor", "other", "kind", "resource", "people", "center", "role", "roles",
                               "recorded", "begin", "end", "length", "windows", "left_out", "dated"))


def checked_events(events, people, length, first, last):
    """The events by numbers, sorted by month, with their windows; an InputError that lists all that is wrong."""
    length = whole_number("window", length, 1, unit="months")
    table = _with_columns("events", events, COLUMNS)
    if not len(table):
        raise InputError("`events` must have a row for each thing that somebody did; it has no rows.")
    problems = []
    month, dated = _months(table["month"], problems)
    for name in ("from", "kind"):
        problems += [f"row {row}: `{name}` is empty" for row in np.flatnonzero(empty(table[name])) + 1]
    for name in COLUMNS[1:]:
        problems += no_names(name, table[name])
    refuse("events", problems)
    known, center, _, role, roles = _checked_people(people, table)
    actor, other = (_numbers(table[name], known) for name in ("from", "to"))
    for name, place in (("from", actor), ("to", other)):
        for row in np.flatnonzero((place < 0) & ~empty(table[name])):
            problems.append(f"row {row + 1}: `{name}` is {table[name].iloc[row]!r:.60}, who is not in `people`"
                            + " (leave `to` empty where something is for all)" * (name == "to"))
    refuse("events", problems)
    order = np.argsort(month, kind="stable")
    kind, resource = table["kind"], table["resource"]
    recorded = kind.cat.categories if isinstance(kind.dtype, pd.CategoricalDtype) else kind.unique()
    kind = kind.map({name: _plain(name) for name in recorded}).astype(object)
    kind = pd.Index(KINDS, dtype=object).get_indexer(kind)
    resource = np.where(empty(resource), -1, pd.factorize(resource, use_na_sentinel=True)[0])
    observed = [_bound(name, table.attrs.get(name), dated) for name in ("first_month", "last_month")]
    begin = min([int(month.min()), *(each for each in observed[:1] if each is not None)])
    end = max([int(month.max()), *(each for each in observed[1:] if each is not None)])
    windows, left_out = _windows(begin, end, _bound("first", first, dated), _bound("last", last, dated), length, dated)
    return Events(month[order], actor[order], other[order], kind[order], resource[order], known, center, role, roles,
                  list(recorded), begin, end, length, windows, left_out, dated)


def rows_of(events, start):
    """The rows of the window that begins in the month `start`."""
    return slice(*np.searchsorted(events.month, [start, start + events.length]))


def not_recorded(events, kind):
    """Why nothing can be told that rests on this kind of event; empty if something can."""
    if any(_plain(each) == kind for each in events.recorded):
        return ""
    shown = ", ".join(repr(str(each)) for each in events.recorded[:6]) + ", ..." * (len(events.recorded) > 6)
    return f"No events of the kind {kind!r} are recorded, only {shown}."


def of_kind(events, kind):
    """Which events are of this kind, and name a resource (all that can be counted by resource)."""
    return (events.kind == KINDS.index(kind)) & (events.resource >= 0)


def n_unnamed(events, kind):
    """How many events of this kind name no resource."""
    return int(((events.kind == KINDS.index(kind)) & (events.resource < 0)).sum())


def followed_up(events, start):
    """Was all of the window before this one observed?"""
    return start - events.length >= events.begin


def window_table(events, columns):
    """One row a window: its number, first and last month, then the columns."""
    starts = np.array(events.windows)
    ends = starts + events.length - 1
    if events.dated:
        starts, ends = _timestamps(starts), _timestamps(ends)
    windows = {"window": np.arange(1, len(starts) + 1), "first_month": starts, "last_month": ends}
    return pd.DataFrame({**windows, **{name: np.array(column, dtype=float) for name, column in columns.items()}})


def month_named(month, dated):
    """A month as its user knows it."""
    return f"{month // 12}-{month % 12 + 1:02}" if dated else str(month)


def _plain(kind):
    """A kind as it is known here: "Contribute" is "contributes"."""
    plain = str(kind).strip().casefold()
    return f"{plain}s" if f"{plain}s" in KINDS else plain


def _with_columns(name, table, needed, optional=()):
    if not isinstance(table, pd.DataFrame):
        raise InputError(f"`{name}` must be a table (pandas DataFrame) with the columns "
                         f"{', '.join(needed)}; got {table!r:.100}.")
    once_each(name, table, (*needed, *optional))
    missing = [column for column in needed if column not in table]
    if missing:
        raise InputError(f"`{name}` must have the columns {', '.join(needed)}; it has no {' and no '.join(missing)}. "
                         "A column for what nobody recorded may be empty, but must be there.")
    return table


def once_each(name, table, columns):
    """Refuse a table in which one of these columns is there more than once."""
    refuse(name, [f"the column `{column}` is there {times} times; keep one, or rename the others"
                  for column in columns if (times := int((table.columns == column).sum())) > 1])


def no_names(name, values):
    """What is wrong with values, such as lists, that cannot name anybody or anything, row by row."""
    if getattr(values, "dtype", object) != object:
        return []
    return [f"row {row}: `{name}` must be one name or number; got {each!r:.60}"
            for row, each in enumerate(values, 1) if not _can_name(each)]


def _can_name(value):
    try:
        hash(value)
    except TypeError:
        return False
    return True


def empty(column):
    """Where a column says nothing: no value, or a blank text."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        empty = column.cat.categories.astype(str).str.strip() == ""
        codes = column.cat.codes.to_numpy()
        return (codes < 0) | np.append(empty, True)[codes]
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column.isna().to_numpy()
    return (column.isna() | (column.astype(str).str.strip() == "")).to_numpy()


def _months(column, problems):
    """The months as whole numbers, and whether they are dates (then counted from year 0)."""
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if pd.api.types.is_datetime64_any_dtype(column):
        problems += [f"row {row}: `month` is empty" for row in np.flatnonzero(column.isna()) + 1]
        return (column.dt.year * 12 + column.dt.month - 1).fillna(0).to_numpy(dtype=np.int64), True
    if not pd.api.types.is_any_real_numeric_dtype(column):
        problems.append(f"`month` must be whole numbers or dates; got {column.iloc[0]!r:.60} (row 1). Dates written as "
                        "text become dates with pandas.to_datetime")
        return np.zeros(len(column), np.int64), False
    month = column.to_numpy(dtype=float, na_value=np.nan)
    wrong = ~(np.isfinite(month) & (month == np.floor(month)) & (np.abs(month) < 1e9))
    problems += [f"row {row + 1}: `month` must be a whole number; got {column.iloc[row]!r:.60}"
                 for row in np.flatnonzero(wrong)]
    return np.where(wrong, 0, month).astype(np.int64), False


def _checked_people(people, table):
    """Everybody, and their centers and roles by number (-1 where one is not known)."""
    if people is None:
        every = pd.concat([table[name][~empty(table[name])].astype(object) for name in ("from", "to")])
        return pd.Index(pd.unique(every), dtype=object), None, None, None, None
    people = _with_columns("people", people, ("person",), ("center", "role"))
    refuse("people", [problem for name in ("person", "center", "role") if name in people
                      for problem in no_names(name, people[name])])
    problems = [f"row {row}: `person` is empty" for row in np.flatnonzero(empty(people["person"])) + 1]
    twice = people["person"].duplicated() & ~empty(people["person"])
    problems += [f"row {row + 1}: {people['person'].iloc[row]!r:.60} is there again" for row in np.flatnonzero(twice)]
    problems += _roles_that_are_no_roles(people)
    refuse("people", problems)
    found = [pd.Index(people["person"].astype(object), dtype=object)]
    for name in ("center", "role"):
        if name not in people or empty(people[name]).all():
            found += [None, None]
        else:
            names = people[name].astype(str).mask(empty(people[name]), None)
            found += pd.factorize(names, sort=True, use_na_sentinel=True)
    return found


def _roles_that_are_no_roles(people):
    """The active people of a role have a column named after it: "people" and "centers" would take another's place."""
    found = []
    for role in TAKEN if "role" in people else ():
        rows = np.flatnonzero(people["role"].isin([role])) + 1
        more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
        found += [f"row {row}{more}: `role` must not be {role!r}, since `active_{role}` counts those of every role; "
                  "give it another name, as in 'member'" for row in rows[:1]]
    return found


def _numbers(column, known):
    """The place of each value among those known; -1 where it is empty or none of them."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.append(known.get_indexer(column.cat.categories.astype(object)), -1)[column.cat.codes.to_numpy()]
    place = known.get_indexer(column.astype(object))
    return np.where(empty(column), -1, place)


def _bound(name, given, dated):
    if given is None:
        return None
    if not dated:
        return whole_number(name, given, unit="month")
    try:
        day = pd.Timestamp(given) if not isinstance(given, (int, float)) else pd.NaT
    except (TypeError, ValueError):
        day = pd.NaT
    if day is pd.NaT:
        raise InputError(f"`{name}` must be a date, as in '2015-03', since the months are; got {given!r:.60}.")
    return day.year * 12 + day.month - 1


def _windows(begin, end, first, last, length, dated):
    """The first month of each whole window, and the first month after the last of them (None if none is left over)."""
    first, last = begin if first is None else first, end if last is None else last
    shown = [month_named(each, dated) for each in (begin, end, first, last)]
    for name, month, place in (("first", first, 2), ("last", last, 3)):
        if not begin <= month <= end:
            raise InputError(f"`{name}` must lie in the months that the events cover, {shown[0]} to {shown[1]}; got "
                             f"{shown[place]}. What was not observed is not zero.")
    starts = list(range(first, last - length + 2, length))
    if not starts:
        raise InputError(f"`window` must fit between the first month and the last ({shown[2]} to {shown[3]}: "
                         f"{max(0, last - first + 1)} months); got {length}.")
    after = starts[-1] + length
    return starts, after if after <= last else None


def _timestamps(months):
    return [pd.Timestamp(int(month) // 12, int(month) % 12 + 1, 1) for month in months]
