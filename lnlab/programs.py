"""Changes to a network: which lever, in which centers, from when; and when the centers join."""

from collections.abc import Set
from dataclasses import dataclass

import numpy as np

from lnlab.checks import InputError, items, number, one_of, whole_number
from lnlab.parameters import LEVERS, checked_value, declared

SCHEDULES = ("together", "one by one", "improvecarenow", "never")


@dataclass(frozen=True)
class Program:
    """A change program: a lever takes another value in some centers from some month on.

    The value replaces the center's own, lasts, and the last listed program wins. Levers act on member centers only,
    except `implementation`, which acts everywhere.

    Parameters
    ----------
    name : str
        What people call it.
    lever : str
        One of the levers (see `lnlab.parameters.LEVERS`).
    value : float, optional
        The new value, in the lever's own range and unit.
    shift : float, optional
        Instead of `value`: how far each center's own value moves on the logit scale; 0 and 1 stay put.
    centers : sequence of int, optional
        Center numbers from 0; all centers if not given.
    start : int, optional
        First month of the program; the month in which the network starts if not given.

    Raises
    ------
    InputError

    Examples
    --------
    >>> Program("pre-visit planning", lever="pre_visit_planning", value=0.8, centers=[0, 1], start=36)
    Program(name='pre-visit planning', lever='pre_visit_planning', value=0.8, shift=None, centers=(0, 1), start=36)
    >>> Program("remind", lever="pre_visit_planing", value=0.8)
    Traceback (most recent call last):
    lnlab.checks.InputError: `lever` must be one of 'leadership', 'shared_information_use', 'pre_visit_planning', 'sharing', 'clinician_spread', 'implementation', 'registry'; got 'pre_visit_planing'. Did you mean 'pre_visit_planning'?
    """

    name: str
    lever: str
    value: float | None = None
    shift: float | None = None
    centers: tuple | None = None
    start: int | None = None

    def __post_init__(self):
        if not isinstance(self.name, str) or not self.name.strip():
            raise InputError(f"`name` must say what the program is called; got {self.name!r}.")
        one_of("lever", self.lever, LEVERS)
        if (self.value is None) == (self.shift is None):
            raise InputError(f"Program {self.name!r} must have either `value` or `shift`; got value={self.value!r} and "
                             f"shift={self.shift!r}.")
        if self.value is not None:
            object.__setattr__(self, "value", checked_value(self.lever, self.value))
        else:
            object.__setattr__(self, "shift", number("shift", self.shift, -20, 20, "on the logit scale"))
        if self.centers is not None:
            centers = items("centers", self.centers, "center numbers")
            if not centers:
                raise InputError(f"`centers` must name at least one center; got {self.centers!r:.200}.")
            object.__setattr__(self, "centers", tuple(whole_number("centers", each, 0) for each in centers))
        if self.start is not None:
            object.__setattr__(self, "start", whole_number("start", self.start, 0, unit="month"))


@dataclass(frozen=True)
class Growth:
    """When the centers join: a schedule by name.

    Parameters
    ----------
    schedule : str
        "together" (all in `launch_month`), "one by one" (one every `interval` months from `launch_month` on),
        "improvecarenow" (the published growth of ImproveCareNow, 2007-2017, scaled to `n_centers`; a straight line
        between the published dates is assumed), or "never".
    interval : int, default 3
        Months between two centers, for "one by one".

    Examples
    --------
    >>> from lnlab.parameters import Parameters
    >>> joining_months(Growth("one by one", interval=6), Parameters(n_centers=3))
    [24, 30, 36]
    """

    schedule: str = "together"
    interval: int = 3

    def __post_init__(self):
        one_of("growth", self.schedule, SCHEDULES)
        object.__setattr__(self, "interval", whole_number("interval", self.interval, 1, unit="months"))


def joining_months(growth, parameters):
    """The month in which each center joins: a list of `n_centers` whole numbers, None where it never does.

    Parameters
    ----------
    growth : str, Growth, or sequence of int or None
        The name of a schedule, a `Growth`, or your own list with one month (or None) for each center.
    parameters : Parameters

    Raises
    ------
    InputError
        For an unknown schedule, a list of another length, or a month that is no whole number from 0 on.

    Examples
    --------
    >>> from lnlab.parameters import Parameters
    >>> joining_months("together", Parameters(n_centers=3))
    [24, 24, 24]
    >>> joining_months([0, 12], Parameters(n_centers=3))
    Traceback (most recent call last):
    lnlab.checks.InputError: `growth` must name a month (or None) for each of the 3 centers; got 2.
    """
    if isinstance(growth, str):
        growth = Growth(growth)
    launch, n_centers = parameters.launch_month, parameters.n_centers
    if isinstance(growth, Growth):
        if growth.schedule == "never":
            return [None] * n_centers
        if growth.schedule == "together":
            return [launch] * n_centers
        if growth.schedule == "one by one":
            return [launch + growth.interval * center for center in range(n_centers)]
        return [launch + months for months in _as_improvecarenow_grew(n_centers)]
    if isinstance(growth, Set):
        raise InputError(f"`growth` must be in the order of the centers, which a set has not; got {growth!r:.200}.")
    months = items("growth", growth, f"months, a Growth, or one of {', '.join(map(repr, SCHEDULES))}")
    if len(months) != n_centers:
        raise InputError(f"`growth` must name a month (or None) for each of the {n_centers} centers; got "
                         f"{len(months)}.")
    return [None if month is None else whole_number(f"growth[{center}]", month, 0, unit="month")
            for center, month in enumerate(months)]


def checked_programs(programs, parameters):
    """The programs with `start` filled in, or an InputError for a center or month that the run does not have."""
    programs = [programs] if isinstance(programs, Program) else items("programs", programs, "Program")
    filled = []
    for program in programs:
        if not isinstance(program, Program):
            raise InputError(f"`programs` must be a list of Program; got {program!r:.200}.")
        start = parameters.launch_month if program.start is None else program.start
        if start >= parameters.months:
            raise InputError(f"`start` of program {program.name!r} must come before the end of the run (`months` is "
                             f"{parameters.months}); got {start}.")
        for center in program.centers or ():
            if center >= parameters.n_centers:
                raise InputError(f"`centers` of program {program.name!r} must lie between 0 and "
                                 f"{parameters.n_centers - 1} (`n_centers` is {parameters.n_centers}); got {center}.")
        filled.append(Program(program.name, program.lever, program.value, program.shift, program.centers, start))
    return tuple(filled)


def on_logit_scale(value, shift):
    """`value` moved by `shift` on the logit scale and rounded to 1e-9; 0 and 1 stay put, and so does a shift of 0.

    >>> on_logit_scale(np.array([0.0, 0.5, 1.0]), 1.0).tolist()
    [0.0, 0.731058579, 1.0]
    """
    value = np.asarray(value, dtype=float)
    inside = (value > 0) & (value < 1) & (np.asarray(shift) != 0)
    safe = np.where(inside, value, 0.5)
    moved = np.round(1 / (1 + np.exp(-(np.log(safe / (1 - safe)) + shift))), 9)
    return np.where(inside, moved, value)


def own_values(name, parameters, population):
    """Each center's own value of a lever or varying parameter, (n_centers,), before any program."""
    value = np.full(parameters.n_centers, getattr(parameters, name), dtype=float)
    if not declared(name)["varies"]:
        return value
    shift = population.center_shift[:, ("implementation", "data_baseline").index(name)]
    return on_logit_scale(value, parameters.center_variation * shift)


def lever_values(month, parameters, population, programs):
    """Every lever in every center in one month, membership aside: a dict of (n_centers,) arrays."""
    values = {lever: own_values(lever, parameters, population) for lever in LEVERS}
    for program in programs:
        if program.start <= month:
            centers = slice(None) if program.centers is None else list(program.centers)
            now = values[program.lever]
            now[centers] = program.value if program.shift is None else on_logit_scale(now[centers], program.shift)
    return values


def _as_improvecarenow_grew(n_centers):
    """Months after the founding at which each of `n_centers` centers joins, scaled from the published counts."""
    from lnlab import published
    counts = published.improvecarenow_centers()
    months = np.round((counts["year"] - counts["year"].iloc[0]) * 12).to_numpy()
    share = (counts["value"] / counts["value"].iloc[-1]).to_numpy()
    needed = (np.arange(n_centers) + 1) / n_centers
    return [int(month) for month in np.ceil(np.interp(needed, share, months))]
