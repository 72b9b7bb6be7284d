"""The actors of a network, window by window: who is active, who comes and goes, how unequally they take part."""

import math

import numpy as np

from lnlab.measures.event_table import followed_up, rows_of, window_table
from lnlab.measures.inequality import gini, top_share

COME_AND_GO = ("starts", "stays", "returns", "leaves")
UNEQUAL = ("gini", "top_1_percent_share", "top_10_percent_share", "next_9_percent_share", "other_90_percent_share")


def actors_table(events, absent):
    """One row a window; what cannot be told goes into the list `absent`, as (measure, window, why)."""
    rows, before = [], None
    first_act = np.full(len(events.people), np.iinfo(np.int64).max)
    np.minimum.at(first_act, events.actor, events.month)
    for number, start in enumerate(events.windows, 1):
        acts = np.bincount(events.actor[rows_of(events, start)], minlength=len(events.people))
        active = acts > 0
        placed, unplaced = _by_place(events, active)
        absent += [(name, number, why) for name, why in unplaced.items()]
        row = {"active_people": int(active.sum()), **placed, "acts": int(acts.sum())}
        if followed_up(events, start):
            if before is None:
                before = np.zeros(len(active), bool)
                before[events.actor[rows_of(events, start - events.length)]] = True
            earlier = first_act < start
            row |= {"starts": int((active & ~earlier).sum()), "stays": int((active & before).sum()),
                    "returns": int((active & earlier & ~before).sum()), "leaves": int((before & ~active).sum())}
        else:
            row |= dict.fromkeys(COME_AND_GO, math.nan)
            absent += [(name, number, "No whole window before it was observed.") for name in COME_AND_GO]
        if not active.any():
            absent += [(name, number, "Nobody did anything.") for name in UNEQUAL]
        top_1, top_10 = (top_share(acts[active], top) for top in (0.01, 0.1))
        row |= dict(zip(UNEQUAL, (gini(acts[active]), top_1, top_10, top_10 - top_1, 1 - top_10)))
        rows.append(row)
        before = active
    if events.center is None:
        absent.append(("active_centers", "all", "`people` with the column center was not given."))
    if events.role is None:
        absent.append(("active people by role", "all", "`people` with the column role was not given."))
    return window_table(events, {name: [row[name] for row in rows] for name in rows[0]})


def _by_place(events, active):
    """How many centers are active, and how many people of each role; and why, where nobody's is known."""
    found, why = {"active_centers": math.nan}, {}
    for name, known in (("center", events.center), ("role", events.role)):
        if known is None:
            continue
        here = known[active]
        if name == "center":
            counts = {"active_centers": len(np.unique(here[here >= 0]))}
        else:
            counts = {f"active_{role}": int((here == place).sum()) for place, role in enumerate(events.roles)}
        if len(here) and (here < 0).all():
            counts = dict.fromkeys(counts, math.nan)
            why |= dict.fromkeys(counts, f"No {name} of those who did something is known.")
        found |= counts
    return found, why
