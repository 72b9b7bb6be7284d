"""What one arm of an experiment is: parameters, programs, and how the network grows."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lnlab.checks import InputError, did_you_mean, items
from lnlab.parameters import Parameters
from lnlab.population import checked_parameters, checked_seed
from lnlab.programs import Program, checked_programs, joining_months
from lnlab.run import simulate


@dataclass(frozen=True)
class Arm:
    """One arm of an experiment: all that its runs have in common.

    Parameters
    ----------
    parameters : Parameters, optional
        The defaults if not given.
    programs : Program or sequence of Program, optional
    growth : str, Growth, or sequence of int or None, default "together"
        When the centers join; see `simulate`.
    efficacy_seed : int, optional
        Draw what works for whom from this seed in every run.

    Raises
    ------
    InputError

    Examples
    --------
    >>> Arm(Parameters(sharing=0)).simulate(seed=1).parameters
    Parameters(sharing=0.0)
    """

    parameters: Parameters | None = None
    programs: tuple = ()
    growth: object = "together"
    efficacy_seed: int | None = None

    def __post_init__(self):
        object.__setattr__(self, "parameters", checked_parameters(self.parameters))
        given = (self.programs,) if isinstance(self.programs, Program) else items("programs", self.programs, "Program")
        object.__setattr__(self, "programs", tuple(given))
        if self.efficacy_seed is not None:
            object.__setattr__(self, "efficacy_seed", checked_seed(self.efficacy_seed, "efficacy_seed"))
        self.joins, self.changes        # asked for here, so that what cannot be is refused at once

    @cached_property
    def joins(self):
        """The month in which each center joins, or None: a tuple."""
        return tuple(joining_months(self.growth, self.parameters))

    @cached_property
    def changes(self):
        """The programs with their first months filled in: a tuple of Program."""
        return checked_programs(self.programs, self.parameters)

    @cached_property
    def text(self):
        """The arm in words that a computer reads (JSON): what differs from the defaults, and when centers join.

        >>> Arm(Parameters(n_centers=2, n_patients=50)).text
        '{"parameters": {"n_centers": 2, "n_patients": 50}, "programs": [], "joins": [24, 24], "efficacy_seed": null}'
        """
        return json.dumps({"parameters": dict(sorted(self.parameters.changed().items())),
                           "programs": [dataclasses.asdict(program) for program in self.changes],
                           "joins": self.joins, "efficacy_seed": self.efficacy_seed})

    @classmethod
    def from_text(cls, text):
        """The arm that wrote this text."""
        told = json.loads(text)
        return cls(Parameters(**told["parameters"]), [Program(**each) for each in told["programs"]], told["joins"],
                   told["efficacy_seed"])

    def simulate(self, seed, **options):
        """One run of this arm; see `lnlab.simulate`."""
        return simulate(self.parameters, self.programs, seed, growth=self.joins, efficacy_seed=self.efficacy_seed,
                        **options)


PARTS = tuple(each.name for each in dataclasses.fields(Arm))


def checked_arms(arms, parameters=None):
    """The arms by name as a dict of Arm, or an InputError that names the arm.

    Parameters
    ----------
    arms : dict
        What each arm is: an Arm; Parameters; a Program or a list of them; or a dict of what is changed, by the names
        of parameters and of the parts of an Arm.
    parameters : Parameters, optional
        What is not changed. An `Arm` or `Parameters` that would take some of it back is refused.

    Examples
    --------
    >>> checked_arms({"nobody shares": {"sharing": 0}})["nobody shares"].parameters
    Parameters(sharing=0.0)
    """
    base = checked_parameters(parameters)
    if not isinstance(arms, Mapping) or not arms:
        raise InputError("`arms` must be a dict of arms by name, as in {'usual care': dict(growth='never'), "
                         f"'network': dict()}}; got {arms!r:.200}.")
    checked = {}
    for name, given in arms.items():
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"`arms` must be named by text; got the name {name!r}.")
        try:
            checked[name] = _as_arm(given, base)
        except InputError as error:
            raise InputError(f"Arm {name!r}: {error}") from None
    return checked


def _as_arm(given, base):
    whole = given.get("parameters") if isinstance(given, Mapping) else getattr(given, "parameters", given)
    if isinstance(whole, Parameters):
        forgotten = [f"{name}={value}" for name, value in base.changed().items() if name not in whole.changed()]
        if forgotten:
            raise InputError("it comes with parameters of its own, which lack what `parameters` says "
                             f"({', '.join(forgotten)}). Say only what the arm changes, as in dict(sharing=0).")
    if isinstance(given, Arm):
        return given
    if isinstance(given, Parameters):
        return Arm(given)
    if isinstance(given, Mapping):
        parts = {name: value for name, value in given.items() if name in PARTS and name != "parameters"
                 and name not in Parameters.__dataclass_fields__}
        known = [*PARTS, *Parameters.__dataclass_fields__]
        for name in given:
            if name not in known:
                raise InputError(f"There is no parameter or part of an arm {name!r}.{did_you_mean(name, known)}")
        changes = {name: value for name, value in given.items() if name not in PARTS}
        return Arm(checked_parameters(given.get("parameters") or base).but(**changes), **parts)
    return Arm(base, given)
