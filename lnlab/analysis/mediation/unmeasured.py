"""How strong something unmeasured would have to be to make a mediation analysis wrong."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lnlab.analysis.mediation.equations import Fit
from lnlab.analysis.mediation.g_formula import System, path_name, paths
from lnlab.analysis.mediation.paths import Mediation
from lnlab.analysis.mediation.effects import effects_of
from lnlab.analysis.mediation.resampling import percentiles
from lnlab.checks import InputError, items, number

CORRELATIONS = tuple(each / 20 for each in range(-18, 19))
STRENGTHS = (0.1, 0.3, 0.5)


@dataclass(frozen=True, eq=False)
class Unmeasured:
    """What the parts of an effect would be, if something unmeasured moved two of the variables.

    Parameters
    ----------
    between : pair of str
        The mediator and what comes after it that the unmeasured cause moves.
    curve : pandas.DataFrame
        One row for each correlation and effect: correlation (of what is left of the two variables, because of the
        unmeasured cause), effect, estimate, low, high (95 %).
    zero : pandas.DataFrame
        One row for each effect that some correlation turns to 0: effect, correlation, low, high (of the resamples),
        product_of_left (the squared correlation: the share that the unmeasured cause explains of what is left of the
        one, times that of the other), product_of_all (the same shares of all of their variance).
    strengths : pandas.DataFrame
        One row for each pair of strengths and effect: on_first, on_second (standard deviations of what is left of
        each variable, for one of the unmeasured cause), effect, estimate.
    in_words : str
    """

    between: tuple
    curve: pd.DataFrame
    zero: pd.DataFrame
    strengths: pd.DataFrame
    in_words: str

    def __repr__(self):
        return self.in_words


def unmeasured_confounding(found, between=None, correlations=CORRELATIONS, strengths=STRENGTHS):
    """What would be left of each part of an effect, if something unmeasured moved a mediator and the outcome.

    The data cannot tell whether there is such a cause; this says how strong it would have to be. With one mediator the
    curve is that of Imai, Keele and Yamamoto for straight lines. The total stays as it is.

    Parameters
    ----------
    found : Mediation
        With straight lines and without interactions.
    between : pair of str, optional
        A mediator, and a later mediator or the outcome; the last mediator and the outcome, if left out. Only these
        two are moved by the unmeasured cause.
    correlations : sequence of float
        Between -1 and 1, neither included.
    strengths : sequence of float
        By how many standard deviations of what its regression leaves unexplained, without the other one of the two,
        one standard deviation of the unmeasured cause moves each of the two; between -1 and 1, neither included.

    Returns
    -------
    Unmeasured

    Raises
    ------
    InputError

    Examples
    --------
    >>> from lnlab.analysis.mediation.paths import mediation
    >>> random = np.random.default_rng(1)
    >>> study = pd.DataFrame({"X": np.arange(400) % 2})
    >>> study["M"] = 0.5 * study["X"] + random.normal(size=400)
    >>> study["Y"] = 0.2 * study["X"] + 0.4 * study["M"] + random.normal(size=400)
    >>> unmeasured_confounding(mediation(study, "X", "M", "Y"))
    What goes through M would be nothing if something unmeasured moved M and Y the same way, each by 0.62 standard \
deviations (of what is left of it) for one of its own: a correlation of 0.38 between what is left of the two (0.30 to \
0.46). The total would stay.
    """
    if not isinstance(found, Mediation):
        raise InputError(f"`found` must be a result of mediation(); got {found!r:.200}.")
    if any(each.family != "gaussian" or max(map(len, each.terms)) > 1 for each in found.equations):
        raise InputError("`found` must be of straight lines without interactions; for others there is no closed form. "
                         "Fit mediation(..., interactions=False, families=None) to see what a cause would do to that.")
    first, second = _places(found, between)
    correlations = [_inside("correlations", each) for each in items("correlations", correlations, "numbers")]
    strengths = [_inside("strengths", each) for each in items("strengths", strengths, "numbers")]
    point = _Moved(found, first, second, [(each.coefficients, each.deviation) for each in found.fits])
    drawn = _Moved(found, first, second, found.resampled) if found.n_resamples else None
    names = (found.equations[first].of, found.equations[second].of)
    rows = []
    for correlation in correlations:
        estimates, spread = point.at(correlation), drawn.at(correlation) if drawn else None
        for effect, estimate in estimates.items():
            low, high = percentiles(spread[effect]) if drawn else (np.nan, np.nan)
            rows.append((correlation, effect, estimate[0], low, high))
    curve = pd.DataFrame(rows, columns=["correlation", "effect", "estimate", "low", "high"])
    zero = _zero(found, point, drawn, first, second)
    grid = pd.DataFrame([(one, other, effect, estimate[0]) for one in strengths for other in strengths
                         for effect, estimate in point.by(one * other).items()],
                        columns=["on_first", "on_second", "effect", "estimate"])
    return Unmeasured(names, curve, zero, grid, _in_words(found, zero, point, names, first, second))


class _Moved:
    """The effects as straight lines of the bias that an unmeasured cause puts on the slope between two variables."""

    def __init__(self, found, first, second, fitted):
        self.slope = fitted[second][0][:, found.equations[second].terms.index((found.equations[first].of,))]
        self.as_found = self._effects(found, fitted)
        moved = [[coefficients.copy(), deviation] for coefficients, deviation in fitted]
        terms = found.equations[second].terms
        moved[second][0][:, terms.index((found.equations[first].of,))] -= 1
        for place, term in enumerate(found.equations[first].terms):
            moved[second][0][:, terms.index(term)] += moved[first][0][:, place]
        self.change = {effect: each - self.as_found[effect] for effect, each in self._effects(found, moved).items()}
        n_left = [found.n_rows - len(found.equations[place].terms) for place in (first, second)]
        deviations = [fitted[place][1] * np.sqrt(left / found.n_rows) for place, left in zip((first, second), n_left)]
        with np.errstate(divide="ignore", invalid="ignore"):
            self.ratio = deviations[1] / deviations[0]      # of what is left of the second, the first known, and first
        self.ratio_alone = np.hypot(self.ratio, self.slope)     # the same, the first not known

    @staticmethod
    def _effects(found, fitted):
        fits = tuple(Fit(coefficients, deviation, None, None) for coefficients, deviation in fitted)
        system = System(found.equations, fits, {}, found.exposure, (found.control, found.treated), None)
        effects = effects_of(system, "products", True)
        del effects["proportion mediated"]
        return effects

    def with_bias(self, bias):
        return {effect: each + bias * self.change[effect] for effect, each in self.as_found.items()}

    def at(self, correlation):
        return self.with_bias(self.ratio * correlation / np.sqrt(1 - correlation**2))

    def by(self, product):
        return self.with_bias(product * self.ratio_alone)

    def correlation_at_zero(self, effect):
        with np.errstate(divide="ignore", invalid="ignore"):
            bias = -self.as_found[effect] / self.change[effect] / self.ratio
            return bias / np.sqrt(1 + bias**2)


def _places(found, between):
    names = [*found.mediators, found.outcome]
    pair = [*found.mediators[-1:], found.outcome] if between is None else items("between", between, "two columns")
    if len(pair) != 2 or not all(each in names for each in pair) or names.index(pair[0]) >= names.index(pair[1]):
        raise InputError(f"`between` must be a mediator and what comes after it, of {', '.join(names)}; got "
                         f"{between!r:.200}.")
    return names.index(pair[0]), names.index(pair[1])


def _inside(name, value):
    if abs(number(name, value, -1, 1)) == 1:
        raise InputError(f"`{name}` must lie between -1 and 1, neither included; got {value!r}.")
    return float(value)


def _zero(found, point, drawn, first, second):
    rows = []
    explained = [1 - _share_left(found.equations[place], found.fits[place]) for place in (first, second)]
    size = max(abs(each[0]) for each in point.change.values())
    for effect, change in point.change.items():
        if effect == "total" or abs(change[0]) <= 1e-9 * size:
            continue
        correlation = point.correlation_at_zero(effect)[0]
        low, high = percentiles(drawn.correlation_at_zero(effect)) if drawn else (np.nan, np.nan)
        rows.append((effect, correlation, low, high, correlation**2,
                     correlation**2 * (1 - explained[0]) * (1 - explained[1])))
    return pd.DataFrame(rows, columns=["effect", "correlation", "low", "high", "product_of_left", "product_of_all"])


def _share_left(equation, fitted):
    left = equation.outcome - equation.matrix @ fitted.coefficients[0]
    return left.var() / equation.outcome.var()


def _in_words(found, zero, point, names, first, second):
    # What runs from the first of the two to the second, and on
    through = [path_name(path, found.mediators) for path in paths(len(found.mediators))
               if (first, second) in zip((*path, len(found.mediators)), (*path, len(found.mediators))[1:])]
    if all(abs(point.as_found[effect][0]) <= 1e-9 * found.equations[-1].outcome.std() for effect in through):
        return (f"Nothing goes {' or '.join(through)} by these regressions, with nothing unmeasured. The curve says "
                "what an unmeasured cause would make of it.")
    best = zero.set_index("effect").loc[through[0]]
    strength = np.sqrt(abs(point.slope[0] / point.ratio_alone[0]))
    interval = f" ({best['low']:.2f} to {best['high']:.2f})" if np.isfinite(best["low"]) else ""
    way = "the same way" if best["correlation"] > 0 else "opposite ways"
    return (f"What goes {' or '.join(through)} would be nothing if something unmeasured moved {names[0]} and "
            f"{names[1]} {way}, each by {strength:.2f} standard deviations (of what is left of it) for one of its own: "
            f"a correlation of {best['correlation']:.2f} between what is left of the two{interval}. The total would "
            "stay.")
