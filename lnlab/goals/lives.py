"""Lives of young networks: some first centers, a core that supports them for a while, and who joins later."""

import numpy as np

from lnlab.checks import InputError, items
from lnlab.population import make_population
from lnlab.programs import Program
from lnlab.run import Course
from lnlab.state import care_by_phase

YEAR = 12
OF_CENTERS = {"remission_rate": "well", "activation": "activation", "mean_health": "health",
              "best_package_share": "on_best"}      # measures of centers, by the sum that is noted


class Lives:
    """Courses of networks that differ in programs and joining only; people and burn-in are made once for each seed."""

    def __init__(self, parameters):
        self.parameters, self.seed = parameters, None

    def course(self, seed, programs, joins):
        """The course of a network at its month 0."""
        if seed != self.seed:
            self.people = make_population(self.parameters, seed)
            begun = Course(self.parameters, (), seed, growth="never", population=self.people)
            begun.live_until(0)
            self.seed, self.past = seed, begun.network
        return Course(self.parameters, programs, seed, growth=joins, population=self.people, past=self.past)

    def lived(self, seed, programs, joins):
        """The same at its end."""
        course = self.course(seed, programs, joins)
        course.live_until(self.parameters.months)
        return course


def let_join(course, joins):
    """From its present month on, centers join a course as in `joins`: nothing before that month may differ."""
    course.joins = tuple(joins)
    course.care, course.phase = care_by_phase(course.parameters, course.population, course.programs, course.joins)


def mean_of(course, measure, n_centers, first, until):
    """A measure's mean over the patients of the first `n_centers` centers and the months `first` to `until` - 1."""
    noted = course.record.notes[OF_CENTERS[measure]][first:until, :n_centers]
    patients = np.bincount(course.population.center, minlength=course.parameters.n_centers)[:n_centers]
    return float(noted.sum() / (len(noted) * patients.sum()))


def joining(first, parameters):
    """The joining months of the first centers, at the start, and of nobody else."""
    return [parameters.launch_month] * first + [None] * (parameters.n_centers - first)


def core_programs(core, first, parameters, months, left=None):
    """The programs of a core: its levers in the first centers, until it leaves."""
    programs, centers, start = [], tuple(range(first)), parameters.launch_month
    for lever, value in core.items():
        programs.append(Program(f"the core's {lever}", lever, value=value, centers=centers, start=start))
        if start + months < parameters.months:
            after = getattr(parameters, lever) if left is None else left
            programs.append(Program(f"{lever} without the core", lever, value=after, centers=centers,
                                    start=start + months))
    return programs


def several(name, value, check):
    """One value or several, each checked, none twice: a list."""
    several = [value] if isinstance(value, (int, float, np.number)) else items(name, value, "numbers")
    checked = [check(each) for each in several]
    if not checked or len(set(checked)) < len(checked):
        raise InputError(f"`{name}` must be one number or several different ones; got {value!r:.200}.")
    return checked
