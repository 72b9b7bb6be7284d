"""The processes of a network, window by window: who turns to whom, which teams form, how soon a need is met."""

import math

import numpy as np

from lnlab.measures.event_table import (CONTRIBUTES, JOINS, NEEDS, USES, followed_up, n_unnamed, not_recorded, of_kind,
                                         rows_of, window_table)
from lnlab.measures.graphs import constraint, graphs

TIES = ("ties", "tied_people", "mean_degree", "reciprocity", "clustering", "constraint")
ACROSS = ("cross_center_share", "modularity", "boundary_spanners_share")
TEAMS = ("teams_formed", "team_size", "newcomer_share")
TIME = ("needs", "needs_met_share", "months_to_resource")
MEASURES = (*TIES, *ACROSS, *TEAMS, *TIME)


def processes_table(events, absent):
    """One row a window; what cannot be told goes into the list `absent`, as (measure, window, why)."""
    other = _turned_to(events)
    missing = _missing(events, other)
    absent += [(name, "all", why) for name, why in missing.items()]
    teams, needs = _teams(events), _needs(events)
    rows = []
    for number, start in enumerate(events.windows, 1):
        here = rows_of(events, start)
        row, why = dict.fromkeys(MEASURES, math.nan), {}
        for found, reasons in (_tied(events, events.actor[here], other[here]), _formed(events, teams, start),
                               _answered(events, needs, start)):
            row |= found
            why |= reasons
        row |= dict.fromkeys(missing, math.nan)
        absent += [(name, number, why[name]) for name in MEASURES if name not in missing and math.isnan(row[name])]
        rows.append(row)
    return window_table(events, {name: [row[name] for row in rows] for name in MEASURES})


def _missing(events, other):
    """The measures that no window can have, and why."""
    found = {}
    tied = other >= 0
    if not tied.any():
        found |= dict.fromkeys(TIES + ACROSS, "No event leads from one person to another: `to` is empty, and nothing "
                                              "was used that one person alone had made.")
    elif events.role is not None:
        ends = np.sort(np.column_stack([events.role[events.actor[tied]], events.role[other[tied]]]))
        if (ends == ends[0]).all() and ends[0, 0] >= 0 and ends[0, 0] != ends[0, 1]:
            one, two = (events.roles[place] for place in ends[0])
            found["clustering"] = f"Every tie joins a {one} and a {two}, so that no three can be tied to one another."
    if events.center is None:
        found = dict.fromkeys(ACROSS, "`people` with the column center was not given.") | found
    for kind, names in ((JOINS, TEAMS), (NEEDS, TIME)):
        if why := not_recorded(events, kind):
            found |= dict.fromkeys(names, why)
        elif unnamed := n_unnamed(events, kind):
            found |= dict.fromkeys(names, f"{unnamed} events of the kind {kind!r} name no resource.")
    if why := not_recorded(events, USES):
        found = dict.fromkeys(TIME[1:], why) | found
    return found


def _turned_to(events):
    """The number of whom each act leads to: who is named, else the only maker of what is used; -1 if nobody else."""
    other = events.other.copy()
    made = of_kind(events, CONTRIBUTES)
    n_resources = int(events.resource.max()) + 1
    low, high, since = (np.full(n_resources, each) for each in (len(events.people), -1, np.iinfo(np.int64).max))
    np.minimum.at(low, events.resource[made], events.actor[made])
    np.maximum.at(high, events.resource[made], events.actor[made])
    np.minimum.at(since, events.resource[made], events.month[made])
    used = np.flatnonzero(of_kind(events, USES) & (other < 0))
    resource = events.resource[used]
    alone = (low[resource] == high[resource]) & (since[resource] <= events.month[used])
    other[used[alone]] = high[resource[alone]]
    return np.where(other == events.actor, -1, other)


def _tied(events, actor, other):
    """The measures of the ties in one window, and why some cannot be told."""
    tied = other >= 0
    if not tied.any():
        why = "Nobody turned to anybody."
        return {"ties": 0, "tied_people": 0}, dict.fromkeys(TIES + ACROSS, why)
    people, ends = np.unique(np.concatenate([actor[tied], other[tied]]), return_inverse=True)
    source, target = ends[:tied.sum()], ends[tied.sum():]
    directed, undirected, pairs = graphs(source, target, np.ones(len(source)), len(people))
    n_ties, n_pairs = directed.ecount(), undirected.ecount()
    found = {"ties": n_ties, "tied_people": len(people), "mean_degree": 2 * n_pairs / len(people),
             "reciprocity": 2 * (n_ties - n_pairs) / n_ties,
             "clustering": undirected.transitivity_undirected(mode="nan"),
             "constraint": float(constraint(directed, "weight").mean())}
    why = {"clustering": "Nobody is tied to two people."}
    if events.center is not None:
        found |= _across(undirected, pairs, events.center[people], source, target)
        why |= dict.fromkeys(ACROSS, "No tie joins two people whose centers are known.")
    return found, why


def _across(undirected, pairs, center, source, target):
    """What leads from center to center, among the people whose center is known."""
    placed = (center[source] >= 0) & (center[target] >= 0)
    if not placed.any():
        return {}
    pairs = pairs[(center[pairs] >= 0).all(axis=1)]
    leaves = center[pairs[:, 0]] != center[pairs[:, 1]]
    spanners, tied = (len(np.unique(each)) for each in (pairs[leaves], pairs))
    known = np.flatnonzero(center >= 0)
    among = undirected if len(known) == len(center) else undirected.induced_subgraph(known.tolist())
    return {"cross_center_share": float((center[source] != center[target])[placed].mean()),
            "modularity": among.modularity(center[known].tolist(), weights="weight"),
            "boundary_spanners_share": spanners / tied}


def _teams(events):
    """The month in which each team formed, and its (team, member, month of joining), each member once."""
    joins = np.flatnonzero(of_kind(events, JOINS))
    key = events.resource[joins].astype(np.int64) * len(events.people) + events.actor[joins]
    joins = joins[np.sort(np.unique(key, return_index=True)[1])]        # the first of each, since months rise
    formed = np.full(int(events.resource.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(formed, events.resource[joins], events.month[joins])
    first_act = np.full(len(events.people), np.iinfo(np.int64).max)
    np.minimum.at(first_act, events.actor, events.month)
    return formed, events.resource[joins], events.actor[joins], events.month[joins], first_act


def _formed(events, teams, start):
    """The teams that formed in one window, as they were at its end."""
    formed, team, member, joined, first_act = teams
    until = start + events.length
    n_teams = int(((formed >= start) & (formed < until)).sum())
    why = dict.fromkeys(TEAMS, "No team formed.")
    if not n_teams:
        return {"teams_formed": 0}, why
    here = (formed[team] >= start) & (joined < until)
    found = {"teams_formed": n_teams, "team_size": int(here.sum()) / n_teams}
    if followed_up(events, start):
        found["newcomer_share"] = float((first_act[member[here]] >= start).mean())
    else:
        why["newcomer_share"] = "No whole window before it was observed."
    return found, why


def _needs(events):
    """The month in which each need arose, and the months until it was met (NaN if it never was).

    A person needs a resource from the first time they say so until somebody uses it for them, or they use it
    themselves; to say so again meanwhile is the same need.
    """
    needed, used = of_kind(events, NEEDS), of_kind(events, USES)
    n_people = len(events.people)
    arose, met = events.resource[needed].astype(np.int64) * n_people + events.actor[needed], []
    months = events.month[needed]
    for person in (events.actor, events.other):
        known = used & (person >= 0)
        met.append((events.resource[known].astype(np.int64) * n_people + person[known], events.month[known]))
    met_key, met_in = (np.concatenate([each[place] for each in met]) for place in (0, 1))
    span = events.end - events.begin + 2
    moments = np.sort(met_key * span + met_in - events.begin)
    need = arose * span + months - events.begin
    following = np.searchsorted(moments, need, "left")
    moments = np.append(moments, np.iinfo(np.int64).max)
    answered = moments[following] // span == arose
    when = np.where(answered, moments[following] % span + events.begin, -1)
    same_need = arose * span + np.where(answered, when, events.end + 1) - events.begin
    first = np.unique(same_need, return_index=True)[1]      # the first time it was said, since months rise
    return months[first], np.where(answered, when - months, np.nan)[first].astype(float)


def _answered(events, needs, start):
    """What became of the needs that arose in one window, as far as it is known."""
    arose, waited = needs
    here = (arose >= start) & (arose < start + events.length)
    if not here.any():
        return {"needs": 0}, dict.fromkeys(TIME, "Nobody needed anything.")
    found, why = {"needs": int(here.sum())}, {}
    if start + 2 * events.length - 1 <= events.end:
        found["needs_met_share"] = float((waited[here] <= events.length).mean())
    else:
        why["needs_met_share"] = "The events end before each need had as many months as a window has."
    found["months_to_resource"] = _median_wait(waited[here], events.end - arose[here])
    why["months_to_resource"] = "Fewer than half of the needs were met while it can be seen."
    return found, why


def _median_wait(waited, observed):
    """The median of waiting times, of which some had not ended when the events did (Kaplan-Meier); NaN if unknown."""
    from scipy.stats import CensoredData, ecdf
    open_yet = np.isnan(waited)
    times = CensoredData(uncensored=waited[~open_yet], right=observed[open_yet].astype(float))
    waiting = ecdf(times).sf
    below = np.flatnonzero(waiting.probabilities <= 0.5 + 1e-12)
    return float(waiting.quantiles[below[0]]) if len(below) else math.nan
