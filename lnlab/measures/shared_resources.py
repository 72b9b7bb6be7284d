"""The commons of a network, window by window: what is put in, what is used, how far it reaches, how old it is."""

import math
from collections import namedtuple

import numpy as np

from lnlab.measures.event_table import CONTRIBUTES, KINDS, USES, n_unnamed, not_recorded, of_kind, rows_of, window_table
from lnlab.measures.inequality import gini, top_share

CONTRIBUTION = ("contributions", "contributors", "contribution_gini", "contribution_top_10_percent_share")
STOCK = ("new_resources", "resources_so_far")
USE = ("uses", "users", "centers_reached")
NAMED_USE = ("resources_used", "users_per_resource_used", "use_gini", "use_top_10_percent_share")
TRACED = ("traced_uses_share", "age_at_use", "made_by_others_share", "cross_center_use_share")
MEASURES = (*CONTRIBUTION, *STOCK, *USE, *NAMED_USE, *TRACED)

Made = namedtuple("Made", "month maker resource")       # the contributions, by numbers


def commons_table(events, absent):
    """One row a window; what cannot be told goes into the list `absent`, as (measure, window, why)."""
    missing = _missing(events)
    absent += [(name, "all", why) for name, why in missing.items()]
    is_made, is_use = of_kind(events, CONTRIBUTES), of_kind(events, USES)
    made = Made(events.month[is_made], events.actor[is_made], events.resource[is_made])
    first_made = np.full(int(events.resource.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first_made, made.resource, made.month)
    origins, rows = _origins(events, is_use, made), []
    for number, start in enumerate(events.windows, 1):
        here = rows_of(events, start)
        contributed, used = (here.start + np.flatnonzero(events.kind[here] == KINDS.index(kind))
                             for kind in (CONTRIBUTES, USES))
        named = used[is_use[used]]
        row = {**_contributed(events, contributed), **_used(events, used),
               "new_resources": int(((first_made >= start) & (first_made < start + events.length)).sum()),
               "resources_so_far": int((first_made < start + events.length).sum()),
               **_resources_used(events, named, first_made < start + events.length),
               **{name: _mean(values[here]) for name, values in origins.items()}}
        row |= dict.fromkeys(missing, math.nan)
        absent += [(name, number, f"No event of the kind {kind!r} from which it can be told.") for kind, names in
                   ((CONTRIBUTES, CONTRIBUTION), (USES, NAMED_USE + TRACED)) for name in names
                   if name not in missing and math.isnan(row[name])]
        if "centers_reached" not in missing and math.isnan(row["centers_reached"]):
            absent.append(("centers_reached", number, "No center of those who used something is known."))
        rows.append(row)
    return window_table(events, {name: [row[name] for row in rows] for name in MEASURES})


def _missing(events):
    """The measures that no window can have, and why."""
    absent = {kind: not_recorded(events, kind) for kind in (CONTRIBUTES, USES)}
    unnamed = {kind: n_unnamed(events, kind) for kind in absent}
    found = {}
    for kind, always, by_resource in ((CONTRIBUTES, CONTRIBUTION, STOCK), (USES, USE, NAMED_USE + TRACED)):
        if absent[kind]:
            found |= dict.fromkeys(always + by_resource, absent[kind])
        elif unnamed[kind]:
            found |= dict.fromkeys(by_resource, f"{unnamed[kind]} events of the kind {kind!r} name no resource.")
    if not absent[USES] and (absent[CONTRIBUTES] or unnamed[CONTRIBUTES]):
        why = found[STOCK[0]]
        found = dict.fromkeys(("use_gini", "use_top_10_percent_share", *TRACED), why) | found
    if events.center is None:
        found = dict.fromkeys(("centers_reached", "cross_center_use_share"),
                              "`people` with the column center was not given.") | found
    return found


def _contributed(events, here):
    by = np.unique(events.actor[here], return_counts=True)[1]
    return {"contributions": len(here), "contributors": len(by), "contribution_gini": gini(by),
            "contribution_top_10_percent_share": top_share(by, 0.1)}


def _used(events, here):
    users = np.unique(events.actor[here])
    centers = np.unique(events.center[users]) if events.center is not None else users[:0]
    reached = int((centers >= 0).sum())
    return {"uses": len(here), "users": len(users),
            "centers_reached": reached if reached or not len(users) else math.nan}


def _resources_used(events, here, there):
    """How use is spread over the resources; one that is there and not used counts too."""
    times = np.bincount(events.resource[here], minlength=len(there))
    n_used = int((times > 0).sum())
    pairs = np.unique(events.resource[here].astype(np.int64) * len(events.people) + events.actor[here])
    each = times[there | (times > 0)]
    return {"resources_used": n_used, "users_per_resource_used": len(pairs) / n_used if n_used else math.nan,
            "use_gini": gini(each), "use_top_10_percent_share": top_share(each, 0.1)}


def _origins(events, is_use, made):
    """Of each event: whether it used what had been contributed to by then; how old that was, and how much of it others,
    and other centers, had made (NaN where that is not known, or for events that are no use of a named resource).

    Months tell no order within a month: what was put in in the month of a use counts as there.
    """
    used = np.flatnonzero(is_use)
    resource, month, user = events.resource[used], events.month[used], events.actor[used]
    n, sum_of_months = _up_to(events, made.resource, made.month, resource, month)
    found = {"traced_uses_share": n > 0, "age_at_use": month - _per(sum_of_months, n),
             "made_by_others_share": _made_elsewhere(events, np.arange(len(events.people)), made, resource, month,
                                                     user)}
    if events.center is not None:
        found["cross_center_use_share"] = _made_elsewhere(events, events.center, made, resource, month, user)
    origins = {name: np.full(len(events.month), math.nan) for name in TRACED}
    for name, values in found.items():
        origins[name][used] = values
    return origins


def _made_elsewhere(events, group, made, resource, month, user):
    """Of what each use met, the share made in another group than the user's, among makers whose group is known."""
    placed = group[made.maker] >= 0
    made = Made(*(part[placed] for part in made))
    n_groups = int(group.max()) + 1
    met, _ = _up_to(events, made.resource, made.month, resource, month)
    same, _ = _up_to(events, made.resource * n_groups + group[made.maker], made.month,
                     resource * n_groups + group[user], month)
    return np.where(group[user] >= 0, 1 - _per(same, met), math.nan)


def _per(amount, n):
    """The amount per one, NaN per none."""
    return np.divide(amount, n, out=np.full(len(n), math.nan), where=n > 0)


def _mean(values):
    """The mean of those that are known; NaN if none is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan


def _up_to(events, made, made_in, used, used_in):
    """For each use: how many contributions to it there were up to its month, and the sum of their months."""
    span = events.end - events.begin + 1
    keys = made.astype(np.int64) * span + made_in - events.begin
    order = np.argsort(keys)
    sums = np.append(0, np.cumsum(made_in[order]))
    low = np.searchsorted(keys, used.astype(np.int64) * span, "left", sorter=order)
    high = np.searchsorted(keys, used.astype(np.int64) * span + used_in - events.begin, "right", sorter=order)
    return high - low, sums[high] - sums[low]
