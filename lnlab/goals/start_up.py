"""The start-up phase: how often a young network stalls that others join only while its results are good."""

from dataclasses import dataclass, field

import numpy as np

from lnlab.checks import InputError, number, whole_number
from lnlab.experiment import replicate_seeds
from lnlab.goals.lives import YEAR, Lives, core_programs, joining, let_join, mean_of, several
from lnlab.goals.told import in_html, in_text, share_and_interval
from lnlab.parameters import checked_value
from lnlab.population import checked_parameters, checked_seed
from lnlab.run import Course


@dataclass(frozen=True, eq=False, repr=False)
class StartUp:
    """How often a start-up stalls. Made by `start_up`.

    Parameters
    ----------
    table : pandas.DataFrame
        A row for each push and number of first centers: push, first, n (networks), n_stalled, stalled (their share)
        with low and high (Wilson's 95 % interval), n_full (networks that all centers have joined), members (centers at
        the end, on average), rise (of remission among the first centers in the first year, mean over networks).
    networks : pandas.DataFrame
        A row for each network: push, first, replicate, seed, members, full, stalled, stalled_after (months from the
        start to the last joining that was followed by none), rise, joins (the month of each center, or None).
    gate : float
    every, batch, patience : int
    cautions : tuple of str
    """

    table: object
    networks: object = field(repr=False)
    gate: float
    every: int
    batch: int
    patience: int
    cautions: tuple = ()

    def __repr__(self):
        return in_text(self._first(), self._shown(), self.cautions)

    def _repr_html_(self):
        return in_html(self._first(), self._shown(), self.cautions)

    def _first(self):
        return (f"Every {self.every} months {self.batch} more centers join if the members' remission is at least "
                f"{100 * self.gate:g} points above their own year before the start; a network that nobody joins for "
                f"{self.patience} months has stalled (assumed):")

    def _shown(self):
        import pandas as pd
        return pd.DataFrame({
            "core's push": self.table["push"], "first centers": self.table["first"],
            "stalled": [f"{row.n_stalled} of {row.n}" for row in self.table.itertuples()],
            "chance of stalling": [f"{100 * row.stalled:.0f} % ({100 * row.low:.0f} to {100 * row.high:.0f} %)"
                                   for row in self.table.itertuples()],
            "all joined": [f"{row.n_full} of {row.n}" for row in self.table.itertuples()],
            "centers at the end": self.table["members"].round(1)})


def start_up(parameters=None, first=(1, 2), push=(0.0, 0.05), *, gate=0.05, every=12, batch=2, patience=36,
             support=36, n=40, seed=1):
    """How often a network stalls that others join only while its results are good.

    It starts with its `first` centers. In them a core of leaders pushes for `support` months: `leadership` is `push`;
    later, and in centers that join, it is what `parameters` say. Every `every` months the centers outside look at the
    remission of all members since the last look, against the same centers' in the year before the start. If it has
    risen by at least `gate`, the next `batch` of them join; else nobody does. A network that nobody has joined for
    `patience` months, while centers are left, has stalled, and nobody joins any more. All this is assumed.

    Parameters
    ----------
    parameters : Parameters, optional
        The network; its `launch_month` must be 12 or later. The defaults if not given.
    first : int or sequence of int
        Numbers of first centers.
    push : float or sequence of float
        `leadership` in the first centers while the core is there, per month.
    gate : float, default 0.05
        By how much remission must have risen (share of patients).
    every, batch, patience, support : int
        Months between two looks; centers that join together; months without joining after which a network has stalled;
        months for which the core stays.
    n, seed : int, default 40, 1
        Networks of each kind; they are the same people with the same luck in all kinds.

    Returns
    -------
    StartUp

    Raises
    ------
    InputError

    Examples
    --------
    >>> from lnlab import Parameters
    >>> small = Parameters(n_patients=200, n_centers=4, months=72, launch_month=12)
    >>> found = start_up(small, first=2, push=0.05, n=10)
    >>> found.table[["push", "first", "n", "n_stalled", "n_full"]].to_dict("records")
    [{'push': 0.05, 'first': 2, 'n': 10, 'n_stalled': 2, 'n_full': 8}]
    """
    import pandas as pd
    parameters = checked_parameters(parameters)
    firsts = several("first", first, lambda each: whole_number("first", each, 1, parameters.n_centers, "centers"))
    pushes = several("push", push, lambda each: checked_value("leadership", each))
    rule = _checked_rule(parameters, gate, every, batch, patience)
    support = whole_number("support", support, 1, unit="months")
    rows, lives = [], Lives(parameters)
    for replicate, one in enumerate(replicate_seeds(n, seed)):
        for each_push in pushes:
            for each_first in firsts:
                core = core_programs({"leadership": each_push}, each_first, parameters, support)
                course = lives.course(one, core, joining(each_first, parameters))
                stalled_after = _live_on_results(course, **rule)
                rows.append({"push": each_push, "first": each_first, "replicate": replicate, "seed": one,
                             **_ended(course, each_first, stalled_after)})
    networks = pd.DataFrame(rows)
    table = pd.DataFrame([{"push": each_push, "first": each_first, **_stalling(group)}
                          for (each_push, each_first), group in networks.groupby(["push", "first"], sort=False)])
    cautions = [] if n >= 40 else [f"{n} network{'s' * (n != 1)} of each kind say little about a chance; 40 or more "
                                   "say something."]
    open_ended = table["n"] - table["n_stalled"] - table["n_full"]
    if open_ended.any():
        cautions.append(f"{open_ended.sum()} of {table['n'].sum()} networks were still growing, or not yet given up, "
                        "when the runs ended; they are counted as not stalled.")
    return StartUp(table, networks, rule["gate"], rule["every"], rule["batch"], rule["patience"], tuple(cautions))


def grow_on_results(parameters=None, first=2, push=None, *, gate=0.05, every=12, batch=2, patience=36, support=36,
                    seed=1):
    """One network that grows by its results: the run, as `simulate` with the joining months it came to would give it.

    Parameters
    ----------
    parameters, first, gate, every, batch, patience, support
        As in `start_up`.
    push : float, optional
        As in `start_up`; that of `parameters` if not given.
    seed : int, default 1

    Returns
    -------
    Run
        Its `joins` are the months in which the centers joined.

    Raises
    ------
    InputError

    Examples
    --------
    >>> from lnlab import Parameters
    >>> small = Parameters(n_patients=200, n_centers=4, months=72, launch_month=12)
    >>> grow_on_results(small, first=2, seed=2).joins
    (12, 12, 36, 36)
    """
    parameters = checked_parameters(parameters)
    first = whole_number("first", first, 1, parameters.n_centers, "centers")
    rule = _checked_rule(parameters, gate, every, batch, patience)
    core = {} if push is None else {"leadership": checked_value("leadership", push)}
    programs = core_programs(core, first, parameters, whole_number("support", support, 1, unit="months"))
    course = Course(parameters, programs, checked_seed(seed), growth=joining(first, parameters))
    _live_on_results(course, **rule)
    return course.run()


def _live_on_results(course, gate, every, batch, patience):
    """Live a course to its end, centers joining by results; returns the month after which nobody joined, or None."""
    p, joins = course.parameters, list(course.joins)
    members, last = sum(month is not None for month in joins), p.launch_month
    stalled = None
    for look in range(p.launch_month + every, p.months, every):
        if members == p.n_centers or stalled is not None:
            break
        course.live_until(look)
        was = mean_of(course, "remission_rate", members, p.launch_month - YEAR, p.launch_month)
        if mean_of(course, "remission_rate", members, look - every, look) - was >= gate:
            joining = range(members, min(members + batch, p.n_centers))
            for center in joining:
                joins[center] = look
            members, last = members + len(joining), look
            let_join(course, joins)
        elif look - last >= patience:
            stalled = last
    course.live_until(p.months)
    return stalled


def _ended(course, first, stalled_after):
    p, members = course.parameters, sum(month is not None for month in course.joins)
    rise = (mean_of(course, "remission_rate", first, p.launch_month, p.launch_month + YEAR)
            - mean_of(course, "remission_rate", first, p.launch_month - YEAR, p.launch_month))
    return {"members": members, "full": members == p.n_centers, "stalled": stalled_after is not None,
            "stalled_after": np.nan if stalled_after is None else stalled_after - p.launch_month, "rise": rise,
            "joins": course.joins}


def _stalling(group):
    share, low, high = share_and_interval(int(group["stalled"].sum()), len(group))
    return {"n": len(group), "n_stalled": int(group["stalled"].sum()), "stalled": share, "low": low, "high": high,
            "n_full": int(group["full"].sum()), "members": group["members"].mean(), "rise": group["rise"].mean()}


def _checked_rule(parameters, gate, every, batch, patience):
    if parameters.launch_month < YEAR:
        raise InputError("`launch_month` must be at least 12, so that there is a year before the start to compare "
                         f"with; got {parameters.launch_month}.")
    every, patience = (whole_number(name, value, 1, unit="months")
                       for name, value in (("every", every), ("patience", patience)))
    if patience < every:
        raise InputError(f"`patience` must be at least `every` ({every} months), or nobody could ever join; got "
                         f"{patience}.")
    if parameters.launch_month + patience >= parameters.months:
        raise InputError(f"`months` must reach beyond the start and `patience` ({parameters.launch_month + patience}), "
                         f"or no network could be seen to stall; got {parameters.months}.")
    return {"gate": number("gate", gate, -1, 1, "share of patients"), "every": every,
            "batch": whole_number("batch", batch, 1, unit="centers"), "patience": patience}
