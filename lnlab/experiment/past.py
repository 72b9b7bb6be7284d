"""What arms have in common is made once: people, ties, and the burn-in.

An arm lived from a shared past is the same, to the last bit, as one lived from its own beginning.
"""

import dataclasses

import numpy as np

from lnlab.parameters import Parameters
from lnlab.population import make_population, structure
from lnlab.run import UNKNOWN_TO_USUAL_CARE, Course
from lnlab.state import copied

OF_THE_PAST = tuple(name for name in Parameters.__dataclass_fields__ if name not in UNKNOWN_TO_USUAL_CARE)


def past_of(arm, seed):
    """A key: runs with equal keys have the same people, and have lived the same burn-in."""
    return seed, arm.efficacy_seed, tuple(getattr(arm.parameters, name) for name in OF_THE_PAST)


def own_copy(people, parameters):
    """The same people for another run, so that nothing done to those of one run reaches the next."""
    arrays = {each.name: getattr(people, each.name) for each in dataclasses.fields(people)}
    copies = {name: array.copy() for name, array in arrays.items() if isinstance(array, np.ndarray)}
    return dataclasses.replace(people, parameters=parameters, **copies)


class Lived:
    """Runs that follow each other, each with as much of its past as it shares with the one before."""

    def __init__(self):
        self.people_of, self.people = None, None
        self.past_of, self.past = None, None

    def simulate(self, arm, seed, following=None):
        """One run of `arm`; `following` is the key of the run that comes next, so that its past can be kept."""
        who, past = (structure(arm.parameters), seed, arm.efficacy_seed), past_of(arm, seed)
        if who != self.people_of:
            self.people = make_population(arm.parameters, seed, efficacy_seed=arm.efficacy_seed)
            self.people_of = who
        known = past == self.past_of
        people = own_copy(self.people, arm.parameters)
        course = Course(arm.parameters, arm.programs, seed, growth=arm.joins, population=people,
                        past=self.past if known else None)
        if not known:
            self.past_of, self.past = None, None
            if past == following and arm.parameters.burn_in:
                course.live_until(0)
                self.past_of, self.past = past, copied(course.network)
        course.live_until(arm.parameters.months)
        return course.run()
