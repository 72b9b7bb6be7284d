"""How long it takes to measure a network of 100,000 people: its ties, and what its people did in three years.

Never part of `make test`.

Use: python tests/benchmarks/networks.py [people] [events]
"""

import sys
import time

import numpy as np
import pandas as pd

from lnlab.measures import architecture, graph_measures, person_measures

KINDS = np.array(["asks", "contributes", "uses", "needs", "joins"])


def made_up(n_people, n_events, n_centers=100, months=36, seed=1):
    """Events and people of a network: few people do much, most acts stay within a center."""
    luck = np.random.default_rng(seed)
    center = luck.integers(0, n_centers, n_people)
    one = (n_people * luck.random(n_events) ** 2).astype(int)
    within = np.argsort(center, kind="stable")
    bounds = np.searchsorted(center[within], np.arange(n_centers + 1))
    size = np.diff(bounds)[center[one]]
    near = within[bounds[center[one]] + (luck.random(n_events) * size).astype(int)]
    other = np.where(luck.random(n_events) < 0.8, near, luck.integers(0, n_people, n_events))
    kind = luck.choice(KINDS, n_events, p=[0.5, 0.1, 0.2, 0.1, 0.1])
    named = np.char.add("resource ", luck.integers(0, max(1, n_events // 50), n_events).astype(str))
    events = pd.DataFrame({"month": luck.integers(0, months, n_events), "from": one,
                           "to": np.where(kind == "asks", other, np.nan), "kind": kind,
                           "resource": np.where(kind == "asks", None, named)})
    role = np.where(luck.random(n_people) < 0.05, "clinician", "patient")
    return events, pd.DataFrame({"person": np.arange(n_people), "role": role, "center": center})


def timed(what, measure, *given, **named):
    """Measure, and print how long it took."""
    start = time.perf_counter()
    found = measure(*given, **named)
    print(f"{what}: {time.perf_counter() - start:.1f} s")
    return found


if __name__ == "__main__":
    n_people, n_events = (int(each) for each in (*sys.argv[1:], *("100000", "1000000")[len(sys.argv) - 1:]))
    events, people = made_up(n_people, n_events)
    ties = events.loc[events["kind"] == "asks", ["from", "to"]]
    print(f"{n_people} people, {n_events} events, {len(ties)} of them ties")
    timed("ties, measured as one network", graph_measures, ties, people["person"], people["center"])
    timed("ties, person by person", person_measures, ties, people["person"])
    timed("events, in twelve windows of three months", architecture, events, people)
    timed("events, in one window of three years", architecture, events, people, window=36)
