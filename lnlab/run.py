"""One run of the model, from burn-in to its last month, some states perhaps clamped to another run."""

from dataclasses import dataclass

import numpy as np

from lnlab.checks import InputError, items, one_of, switch, whole_number
from lnlab.month import live, settle
from lnlab.population import check_population, checked_parameters, checked_seed, make_population
from lnlab.programs import checked_programs, joining_months
from lnlab.results import Run
from lnlab.state import LOGGED, care_by_phase, copied, empty_network, empty_record, nothing_held, numbers, records

HOLDABLE = {"activation": ("activation", "clinician_activation"), "package": ("package",),
            "evidence": ("unshared", "shared"), "commons": ("commons", "cases_from")}


# Before month 0 nobody is a member of anything, and there is no trend: these have no influence yet.
UNKNOWN_TO_USUAL_CARE = ("launch_month", "months", "efficacy_trend", "leadership", "coproduction",
                         "shared_information_use", "pre_visit_planning", "sharing", "shareable", "clinician_spread",
                         "registry", "recall")


def simulate(parameters=None, programs=(), seed=1, *, growth="together", population=None, efficacy_seed=None,
             holds=(), struck=(), encounters=False):
    """Run a network from burn-in to its last month.

    Parameters
    ----------
    parameters : Parameters, optional
        The defaults if not given.
    programs : sequence of Program, optional
        Changes of levers, in some centers, from some month.
    seed : int, default 1
        The same seed is the same people with the same luck.
    growth : str, Growth, or sequence of int or None, default "together"
        When the centers join: "together", "one by one", "improvecarenow", "never", or a month (or None) for each.
    population : Population, optional
        People made before (by `make_population`, with the same parameters and seed), for example with your own ties.
    efficacy_seed : int, optional
        Draw what works for whom from this seed, whatever `seed` is.
    holds : sequence of Hold, optional
        States clamped to what they were in another run; see `hold`.
    struck : sequence of (month, patient), optional
        Shared cases that never reach the commons.
    encounters : bool, default False
        Keep a row for every encounter.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        Before anything runs, for any value that the model cannot have.

    Examples
    --------
    >>> from lnlab import Parameters
    >>> run = simulate(Parameters(n_patients=1000, n_centers=10, months=36, launch_month=12), seed=7)
    >>> run.months[["month", "members", "remission_rate"]].iloc[[0, 35]].round(2)
        month  members  remission_rate
    0       0        0            0.61
    35     35       10            0.70
    """
    course = Course(parameters, programs, seed, growth=growth, population=population, efficacy_seed=efficacy_seed,
                    holds=holds, struck=struck, encounters=encounters)
    course.live_until(course.parameters.months)
    return course.run()


@dataclass(frozen=True, eq=False)
class Hold:
    """A clamp: one state kept, each month, at what it was in another run. Made by `hold`."""

    state: str
    at: Run
    start: int

    def __repr__(self):
        return f"hold({self.state!r}, at={self.at!r:.60}, start={self.start})"


def hold(state, at, start=None):
    """Clamp a state to what it was, month by month, in another run, while everything else runs freely.

    Parameters
    ----------
    state : {"activation", "package", "evidence", "commons"}
        Activation of patients and clinicians; the patients' packages; the clinicians' own piles of cases; the commons.
    at : Run
        The other run: same seed, same population, same burn-in, at least as many months.
    start : int, optional
        First month of the clamp; all months, burn-in included, if not given.

    Returns
    -------
    Hold
        To be given to ``simulate(holds=[...])`` or ``LearningNetwork(holds=[...])``.

    Raises
    ------
    InputError

    Examples
    --------
    >>> from lnlab import Parameters
    >>> small = Parameters(n_patients=100, n_centers=2, months=24, launch_month=6)
    >>> usual = simulate(small, growth="never")
    >>> run = simulate(small.but(patient_influence=0.3), holds=[hold("activation", at=usual)])
    >>> run.months["activation"].equals(usual.months["activation"])
    True
    """
    one_of("state", state, HOLDABLE)
    if not isinstance(at, Run):
        raise InputError(f"`at` must be a Run, as simulate(...) returns it; got {at!r:.200}.")
    first = -at.parameters.burn_in
    start = first if start is None else whole_number("start", start, first, at.parameters.months - 1, "month")
    return Hold(state, at, start)


class Course:
    """The course of a run: a network, its record so far, and the month it has reached.

    With `past`, the network of another course that has lived just its burn-in, this one goes on from there; see
    `UNKNOWN_TO_USUAL_CARE` for what the two may differ in.
    """

    def __init__(self, parameters=None, programs=(), seed=1, *, growth="together", population=None,
                 efficacy_seed=None, holds=(), struck=(), encounters=False, past=None):
        self.parameters = checked_parameters(parameters)
        self.seed = checked_seed(seed)
        self.joins = tuple(joining_months(growth, self.parameters))
        self.programs = checked_programs(programs, self.parameters)
        self.struck = _checked_struck(struck, self.parameters)
        keep_log = switch("encounters", encounters)
        if population is None:
            population = make_population(self.parameters, self.seed, efficacy_seed=efficacy_seed)
        else:
            check_population(population, self.parameters, self.seed)
            if efficacy_seed is not None and checked_seed(efficacy_seed, "efficacy_seed") != population.efficacy_seed:
                raise InputError(f"`efficacy_seed` must be that of the population ({population.efficacy_seed}); got "
                                 f"{efficacy_seed}.")
        self.population = population
        self.holds = (holds,) if isinstance(holds, Hold) else tuple(items("holds", holds, "holds"))
        for each in self.holds:
            self.check_hold(each)
        self.month = -self.parameters.burn_in if past is None else 0
        self.network = empty_network(self.seed, self.parameters, population) if past is None else copied(past)
        self.held = nothing_held(self.network)
        self.record = empty_record(self.parameters)
        self.care, self.phase = care_by_phase(self.parameters, population, self.programs, self.joins)
        self.log = [] if keep_log else None
        self.struck_met = 0
        self.numbers = numbers(self.parameters)
        if past is None:
            settle(self.seed, self.numbers, self.network)

    @property
    def activation(self):
        """The patients' activation now, shape (n_patients,)."""
        return self.network.activation[self.month % 2, :-1]

    def live_until(self, month):
        """Live the months up to, not including, `month`."""
        while self.month < month:
            for each in self.holds:
                if each.start == self.month:
                    self.held = self.held._replace(**trace(each.at, HOLDABLE[each.state]))
            starts = [each.start for each in self.holds if each.start > self.month]
            self._live(min([month, *starts]) if self.log is None else self.month + 1)

    def _live(self, until):
        struck = np.array(self.struck, dtype=np.int64).reshape(-1, 2)
        log = records(0 if self.log is None else self.parameters.n_patients, LOGGED)
        met, logged = live(self.month, until, self.seed, self.numbers, self.care, self.phase, self.network,
                           self.record, self.held, struck, log)
        self.month, self.struck_met = until, self.struck_met + met
        if self.log is not None and until > 0:
            self.log.append(log[:logged].copy())

    def hold(self, state, at):
        """From now on, clamp `state` to what it was in the run `at`."""
        held = hold(state, at, start=self.month)
        self.check_hold(held)
        self.holds = (*self.holds, held)

    def check_hold(self, each):
        """Refuse a clamp to a run of other people, or one that is too short."""
        if not isinstance(each, Hold):
            raise InputError(f"`holds` must be made by hold(state, at=run); got {each!r:.200}.")
        check_population(each.at.population, self.parameters, self.seed)
        for name, this, other in (("burn_in", self.parameters.burn_in, each.at.parameters.burn_in),
                                  ("efficacy_seed", self.population.efficacy_seed, each.at.population.efficacy_seed)):
            if this != other:
                raise InputError(f"`at` must be a run with the same `{name}` ({this}); got one with {other}.")
        if each.at.parameters.months < self.parameters.months:
            raise InputError(f"`at` must be a run of at least {self.parameters.months} months; got one of "
                             f"{each.at.parameters.months}.")

    def run(self):
        """What the course leaves behind."""
        if self.struck_met < len(self.struck):
            raise InputError(f"`struck` must name cases that were shared; {len(self.struck) - self.struck_met} of "
                             f"{len(self.struck)} were not. Look them up in simulate(..., encounters=True).encounters, "
                             "column case_shared.")
        log = None if self.log is None else np.concatenate([np.zeros(0, LOGGED), *self.log])
        return Run(self.parameters, self.programs, self.seed, self.joins, self.holds, self.struck, self.population,
                   self.record, self.network.patients.copy(), self.activation.copy(), self.network.health.copy(), log)


def repeat(run):
    """The course of a run once more, before its first month."""
    return Course(run.parameters, run.programs, run.seed, growth=run.joins, population=run.population, holds=run.holds,
                  struck=run.struck)


def trace(run, fields):
    """States of a run at the end of each month, burn-in included: a dict of (n_months, ...) arrays.

    No run keeps them; they are had by repeating it.
    """
    course = repeat(run)
    kept = {name: [] for name in fields}
    for month in range(course.month + 1, run.parameters.months + 1):
        course.live_until(month)
        for name in fields:
            kept[name].append(_state_now(course, name).copy())
    return {name: np.array(months) for name, months in kept.items()}


def _state_now(course, name):
    network = course.network
    if name == "clinician_activation":
        return network.clinicians["activation"]
    if name == "activation":
        return course.activation
    return network.patients["package"] if name == "package" else getattr(network, name)


def _checked_struck(struck, parameters):
    cases = []
    for case in items("struck", struck, "pairs (month, patient)"):
        case = case.tolist() if isinstance(case, np.ndarray) else case
        if not isinstance(case, (tuple, list)) or len(case) != 2:
            raise InputError(f"`struck` must be pairs (month, patient); got {case!r:.200}.")
        cases.append((whole_number("struck", case[0], -parameters.burn_in, parameters.months - 1, "month"),
                      whole_number("struck", case[1], 0, parameters.n_patients - 1, "patient")))
    return tuple(dict.fromkeys(cases))
