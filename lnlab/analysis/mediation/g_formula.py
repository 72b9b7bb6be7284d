"""The g-formula with up to three ordered mediators: mean outcomes in worlds in which each path has its own exposure.

A path is the tuple of mediators it runs through, by their place in the order: () is direct, (0, 1) runs through the
first and then the second. A world is the set of the paths that carry the treated exposure; along all others it is as
under control. So with two mediators {()} is Y(1, M1(0), M2(0, M1(0))), and {(), (1,)} is Y(1, M1(0), M2(1, M1(0))).
"""

from dataclasses import dataclass

import numpy as np

from lnlab.analysis.mediation.equations import response

NODES = {1: 21, 2: 9, 3: 5}     # of the quadrature over what is left of a mediator, by the number of mediators


@dataclass(frozen=True, eq=False)
class System:
    """Fitted regressions of mediators and outcome, in resamples, and the two exposures to compare.

    Parameters
    ----------
    equations : tuple of Equation
        Of the mediators in their order, and of the outcome.
    fits : tuple of Fit
        One for each equation.
    values : dict of str to (n_rows,) float
        The covariates.
    exposure : str
    levels : pair of float
        Control and treated.
    weights : (n_resamples, n_rows) float
    """

    equations: tuple
    fits: tuple
    values: dict
    exposure: str
    levels: tuple
    weights: np.ndarray

    @property
    def mediators(self):
        """Their names, in order."""
        return [equation.of for equation in self.equations[:-1]]


def paths(n_mediators):
    """Every path from the exposure to the outcome, in the order in which they are turned from control to treated.

    >>> paths(1), paths(2)
    ([(), (0,)], [(), (1,), (0, 1), (0,)])
    """
    return [(), *((*path, last) for last in reversed(range(n_mediators)) for path in paths(last))]


def path_name(path, mediators):
    """What a path is called.

    >>> [path_name(path, ["M1", "M2"]) for path in paths(2)]
    ['direct', 'through M2 only', 'through M1 then M2', 'through M1 only']
    """
    if not path:
        return "direct"
    only = " only" if len(path) == 1 and len(mediators) > 1 else ""
    return f"through {' then '.join(mediators[step] for step in path)}{only}"


def is_linear(equations):
    """Do all regressions stay straight lines, so that means can be put in for the mediators?"""
    mediators = {equation.of for equation in equations[:-1]}
    return all(equation.family == "gaussian" for equation in equations) and not any(
        len(mediators & set(term)) > 1 for equation in equations for term in equation.terms)


def mean_outcome(system, treated, independent=False):
    """The mean outcome in a world, standardized over the rows.

    Parameters
    ----------
    system : System
    treated : collection of tuple of int
        The paths that carry the treated exposure.
    independent : bool
        A mediator that a world needs twice (once for the outcome, once for a later mediator) has the same luck both
        times by default: what its regression leaves unexplained is the same. If True it is drawn twice.

    Returns
    -------
    (n_resamples,) float
    """
    return _World(system, frozenset(treated), independent).mean()


class _World:
    def __init__(self, system, treated, independent):
        self.system, self.treated, self.independent = system, treated, independent
        self.n_mediators = len(system.equations) - 1
        families = {equation.family for equation in system.equations}
        if is_linear(system.equations):
            self.nodes = [(0.0, 1.0)]
        else:       # three nodes are exact for products of two mediators
            n = 3 if families == {"gaussian"} else NODES[self.n_mediators]
            points, weights = np.polynomial.hermite_e.hermegauss(n)
            self.nodes = list(zip(points, weights / weights.sum()))
        self.fixed = [self._covariates_only(place) for place in range(self.n_mediators + 1)]

    def mean(self):
        weights = self.system.weights
        return (weights * self._expected(0, {})).sum(axis=1) / weights.sum(axis=1)

    def _covariates_only(self, place):
        """What the terms without exposure and mediators add up to, (n_resamples, n_rows)."""
        equation, moved = self.system.equations[place], {self.system.exposure, *self.system.mediators}
        kept = [column for column, term in enumerate(equation.terms) if not moved & set(term)]
        return self.system.fits[place].coefficients[:, kept] @ equation.matrix[:, kept].T

    def _line(self, place, route, known):
        """The straight line of a variable on its way to the outcome by a route, given the mediators before it."""
        system, total = self.system, self.fixed[place]
        equation, coefficients = system.equations[place], system.fits[place].coefficients
        parts = {name: known[(step, *route)] for step, name in enumerate(system.mediators[:place])}
        parts[system.exposure] = system.levels[route in self.treated]
        for column, term in enumerate(equation.terms):
            if set(term) & set(parts):
                product = coefficients[:, [column]]
                for name in term:
                    product = product * parts[name] if name in parts else product * system.values[name]
                total = total + product
        return total

    def _expected(self, place, known):
        """The expected outcome of every row, over what is left open of the mediators from one on."""
        if place == self.n_mediators:
            return response(self.system.equations[place].family, self._line(place, (), known))
        routes = self._routes(place)
        lines = {route: self._line(place, route, known) for route in routes}
        branch = self._binary if self.system.equations[place].family == "binomial" else self._normal
        return sum(weight * self._expected(place + 1, known | values) for weight, values in branch(place, lines))

    def _routes(self, place):
        """The routes from a mediator to the outcome."""
        routes = [(place, *route) for later in range(place + 1, self.n_mediators) for route in self._routes(later)]
        return [(place,), *routes]

    def _normal(self, place, lines):
        deviation = self.system.fits[place].deviation[:, None]
        if self.independent and len(lines) == 2 and len(self.nodes) > 1:
            (first, one), (second, other) = lines.items()
            for point, weight in self.nodes:
                for another, other_weight in self.nodes:
                    yield weight * other_weight, {first: one + deviation * point, second: other + deviation * another}
            return
        for point, weight in self.nodes:
            yield weight, {route: line + deviation * point for route, line in lines.items()}

    def _binary(self, place, lines):
        """Yes or no. With the same luck, who has the mediator at the smaller chance has it at the larger, too."""
        chances = {route: response("binomial", line) for route, line in lines.items()}
        if self.independent and len(chances) == 2:
            (first, one), (second, other) = chances.items()
            for has, has_too in ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)):
                weight = (one if has else 1 - one) * (other if has_too else 1 - other)
                yield weight, {first: has, second: has_too}
            return
        one = other = next(iter(chances.values()))
        differ = {}         # a mediator is asked for at two chances at most
        for route, chance in chances.items():
            differ[route] = not np.array_equal(chance, one)
            other = chance if differ[route] else other
        yield np.minimum(one, other), dict.fromkeys(chances, 1.0)
        yield 1 - np.maximum(one, other), dict.fromkeys(chances, 0.0)
        if other is not one:
            yield np.maximum(one - other, 0), {route: float(not differs) for route, differs in differ.items()}
            yield np.maximum(other - one, 0), {route: float(differs) for route, differs in differ.items()}
