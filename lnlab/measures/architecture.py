"""What a learning network looks like over time: its actors, its commons and its processes, from a table of events.

The three elements are those of the actor-oriented architecture: people able to organize themselves, a commons where
they create and share, and the processes by which many can work together. ImproveCareNow has been described by
indicators of all three [seid2020architecture]. We know that abstract, not its indicators: these here are our own, each
defined below.
"""

import math
from dataclasses import dataclass

import pandas as pd

from lnlab.checks import InputError
from lnlab.measures.actors import actors_table
from lnlab.measures.event_table import checked_events, month_named
from lnlab.measures.processes import processes_table
from lnlab.measures.shared_resources import commons_table

__all__ = ["Architecture", "architecture"]


@dataclass(frozen=True, eq=False)
class Architecture:
    """The actors, the commons and the processes of a network, window by window. Made by `architecture`.

    Parameters
    ----------
    window : int
        Months in a window.
    actors, commons, processes : pandas.DataFrame
        A row for each window: window (1, 2, ...), first_month, last_month, and the measures.
    absent : pandas.DataFrame
        What could not be told: part, measure, window (a number, or "all"), why.
    """

    window: int
    actors: pd.DataFrame
    commons: pd.DataFrame
    processes: pd.DataFrame
    absent: pd.DataFrame


def architecture(events, people=None, window=3, first=None, last=None):
    """Describe a network by what its people did: its actors, its commons and its processes, in windows of months.

    Parameters
    ----------
    events : pandas.DataFrame, or anything that has such `events` (and `people`), as a Run does
        A row for each thing that somebody did:

        - `month`: a whole number, or a date (of which the month counts);
        - `from`: who did it;
        - `to`: to or with whom; empty if for all;
        - `kind`: "contributes" (puts the resource into the commons), "uses" (the resource; `to` may name whom it
          served), "needs" (the resource), "joins" (the team that `resource` names). Any other kind ("meets", "asks",
          "thanks") is an act, and a tie if there is a `to`. ("Contribute" is read as "contributes", and so on);
        - `resource`: the name of what was contributed, used, needed or joined; else empty.

        A kind of which there is no event counts as not recorded, and what rests on it is absent. If it was recorded
        and nobody did it, make `kind` a categorical column with that kind among its categories: then it is zero.
        Likewise, if the table's `attrs` hold `first_month` and `last_month`, the months between were observed, even
        where nothing happened; otherwise the first and last event are the ends of what was observed. And `attrs` may
        hold `absent`: by measure, why these events cannot tell it.
    people : pandas.DataFrame, optional
        A row for each person: `person`, and if known `role` (any name but "people" and "centers") and `center`.
    window : int, default 3
        Months in a window. Windows do not overlap, and only whole ones are compared.
    first, last : int or date, optional
        First and last month to be described; those of the events if not given. What happened before `first` still
        tells who is new.

    Returns
    -------
    Architecture
        Its tables hold, for each window, NaN (and a reason in `absent`) where a measure cannot be told:

        **actors**

        - `active_people`: people who did something (are in `from`); `active_centers`: centers with such people;
          `active_patient`, ... : those of each role; absent if no center, or no role, of the active people is known.
          `acts`: events.
        - `starts`: active people who did nothing earlier; `stays`: active now and in the window before; `returns`:
          active now and earlier, but not in the window before; `leaves`: active in the window before and not now
          (they may return). Not for a window before which no whole one was observed. Shortly after the first month
          observed, some who start have only been away.
        - `gini`, `top_1_percent_share`, `top_10_percent_share`: how unequally the acts are spread over the active
          people (see `gini`, `top_share`). `next_9_percent_share` and `other_90_percent_share` complete the 90-9-1
          rule (see `participation_shares`). Who did nothing is not among them: nobody knows how many could have.

        **commons**

        - `contributions` (events), `contributors` (people), `contribution_gini`,
          `contribution_top_10_percent_share`: the last two over the contributors.
        - `new_resources`: contributed to for the first time; `resources_so_far`: up to the window's end.
        - Use: `uses` (events); `users` (people); `resources_used`. Reach: `centers_reached` (centers of users;
          absent if none is known); `users_per_resource_used` (mean). Concentration: `use_gini`,
          `use_top_10_percent_share` (of the uses, over the resources there, unused ones included).
        - `traced_uses_share`: share of uses whose resource had been contributed to by then, in what was observed. Over
          those uses: `age_at_use` (mean months since the contributions to what was used); `made_by_others_share`
          (reuse: mean share of these contributions not made by the user) and `cross_center_use_share` (not made in
          the user's center).

        **processes**

        - Ties: a tie leads from a person to another whom an act names in `to`, or, if somebody uses what one person
          alone has contributed, to that person. `ties` (pairs with a direction), `tied_people`, `mean_degree` (others
          a tied person is tied to), `reciprocity`, `clustering` (transitivity), as in `graph_measures` over the tied
          people. Brokerage: `constraint` (Burt, weighted by acts; mean over the tied people; the lower, the more a
          tie leads to people not tied to each other).
        - Between centers, over people whose center is known: `cross_center_share` (of all acts that are ties, those
          that lead to another center), `modularity` (of centers, weighted by acts: near 0 if ties ignore centers),
          `boundary_spanners_share` (tied people with a tie to another center).
        - Teams: `teams_formed` (somebody joined it for the first time), `team_size` (mean number who had joined at the
          window's end), `newcomer_share` (of those members, who had done nothing before the window).
        - From need to resource: `needs` (that arose), `needs_met_share` (met within as many months as a window has),
          `months_to_resource` (median, Kaplan-Meier: needs still open at the end count as such). A need is a person's
          for a resource; it is met when that resource is used by the person or for the person. One that passes unmet
          stays open.

        Months tell no order within a month: what is used may have been contributed, and a need met, in the same month.

    Raises
    ------
    InputError
        With the rows, if events or people cannot be used as they are.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame([(0, "Ann", None, "contributes", "planner"), (1, "Ben", None, "uses", "planner"),
    ...                        (4, "Ben", "Ann", "thanks", None)], columns=["month", "from", "to", "kind", "resource"])
    >>> found = architecture(events, window=2)
    >>> found.commons[["window", "first_month", "last_month", "new_resources", "uses", "made_by_others_share"]]
       window  first_month  last_month  new_resources  uses  made_by_others_share
    0       1            0           1            1.0   1.0                   1.0
    1       2            2           3            0.0   0.0                   NaN
    >>> print(found.absent.query("measure == 'needs'")["why"].item())
    No events of the kind 'needs' are recorded, only 'contributes', 'uses', 'thanks'.
    """
    if not isinstance(events, pd.DataFrame):
        source, events = events, getattr(events, "events", None)
        if not isinstance(events, pd.DataFrame):
            raise InputError("`events` must be a table (pandas DataFrame) of events, or a Run; got "
                             f"{source!r:.100}.")
        people = getattr(source, "people", None) if people is None else people
    checked = checked_events(events, people, window, first, last)
    absent, tables, not_supplied = [], {}, events.attrs.get("absent", {})
    for part, make in (("actors", actors_table), ("commons", commons_table), ("processes", processes_table)):
        found = []
        tables[part] = make(checked, found)
        for measure in [each for each in not_supplied if each in tables[part]]:
            tables[part][measure] = math.nan
            found[:] = [each for each in found if each[0] != measure] + [(measure, "all", not_supplied[measure])]
        absent += [(part, *each) for each in found]
    if checked.left_out is not None:
        absent.append(("all", "all measures", len(checked.windows) + 1,
                       f"The months from {month_named(checked.left_out, checked.dated)} on are too few for a window."))
    absent = pd.DataFrame(absent, columns=["part", "measure", "window", "why"])
    return Architecture(checked.length, **tables, absent=absent)
