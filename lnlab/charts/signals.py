"""Which points of a chart are more than chance, by which rule, and how often the rules are wrong.

Every rule looks along the last axis of its arrays, so that one series and ten thousand simulated ones are one thing to
it. It answers with 1 (a point of a signal upward), -1 (downward) or 0 (no signal).
"""

from collections.abc import Sequence
from itertools import groupby
from math import log2
from typing import NamedTuple

import numpy as np
import pandas as pd

from lnlab.checks import InputError, one_of, whole_number

BEYOND = "beyond a limit"
LONG_RUN = "long run"
SETS = {"anhoej": "anhoej", "anhøj": "anhoej", "nelson": "nelson", "making data count": "making data count",
        "limits": "limits"}
WITHOUT_DIRECTION = {"Nelson 4: fourteen alternating", "Nelson 7: fifteen near the center",
                     "Nelson 8: eight away from the center"}


class RunRuleLimits(NamedTuple):
    """What a series of points that only chance moves hardly ever passes. Made by `run_rule_limits`."""

    longest_run_max: int
    n_crossings_min: int


def run_rule_limits(n_useful: int) -> RunRuleLimits:
    """The longest run and the fewest crossings that chance explains (the Anhøj rules).

    A signal is a run longer than the first, or fewer crossings of the center line than the second. Anhøj and Olesen
    2014, PLoS ONE 9:e113825.

    Parameters
    ----------
    n_useful : int
        Points that do not lie on the center line; at least 1.

    Returns
    -------
    RunRuleLimits
        ``longest_run_max`` (points) and ``n_crossings_min``.

    Raises
    ------
    InputError
        If `n_useful` is no whole number of at least 1.

    Examples
    --------
    >>> run_rule_limits(24)
    RunRuleLimits(longest_run_max=8, n_crossings_min=8)
    """
    from scipy.stats import binom

    n_useful = whole_number("n_useful", n_useful, low=1, unit="points off the center line")
    return RunRuleLimits(round(log2(n_useful)) + 3, int(binom.ppf(0.05, n_useful - 1, 0.5)))


def false_alarm_rate(rules: str = "anhoej", n_points: int | Sequence[int] = 24, n_simulations: int = 10_000,
                     seed: int = 1, *, kind: str = "run") -> pd.DataFrame:
    """How often a chart cries wolf: simulated series in which nothing changes, and the share with a signal.

    The values are normal and independent, and the center line and the limits are known. The two run rules of "anhoej"
    alone are wrong in 4 to 11 % of series of 12 to 100 points, most often just before the longest run allowed grows by
    one (45 and 90 points); with the limits, as on a control chart, in 7 to 30 %, the longer the more often.
    "limits" are the three-sigma limits alone.

    These are not the rates of a chart whose lines rest on its own points. A run chart with its own median is wrong less
    often; one whose lines are frozen after few points, or whose values crowd at a floor or ceiling, far more often.

    Parameters
    ----------
    rules : str
        "anhoej", "nelson", "making data count" or "limits", as for `control_chart`.
    n_points : int or list of int
        Length of a series (points).
    n_simulations : int
        Series for each length.
    seed : int
        The same seed gives the same numbers.
    kind : str
        For "anhoej": "run" asks the run rules alone, as on a run chart; "I" asks the limits too, as on a chart that
        has them. The other sets ask their limits either way.

    Returns
    -------
    pandas.DataFrame
        One row a length: rules, n_points, n_simulations, false_alarm_rate (share of series with at least one signal),
        low, high (95 % interval of the share for this number of simulations, after Wilson).

    Raises
    ------
    InputError
        If a name is unknown or a number out of range.

    Examples
    --------
    >>> false_alarm_rate("anhoej", [12, 24], n_simulations=2000).round(3)
        rules  n_points  n_simulations  false_alarm_rate    low   high
    0  anhoej        12           2000             0.038  0.030  0.047
    1  anhoej        24           2000             0.056  0.046  0.066
    """
    from scipy.stats import binomtest

    rules, kind = rule_set(rules), one_of("kind", kind, ("run", "I"))
    n_simulations = whole_number("n_simulations", n_simulations, low=1)
    luck = np.random.default_rng(whole_number("seed", seed, low=0))
    rows = []
    for length in [n_points] if np.ndim(n_points) == 0 else n_points:
        length = whole_number("n_points", length, low=1, unit="points")
        values = luck.standard_normal((n_simulations, length))
        alarms = int(_alarm(rules, values, kind == "I").sum())
        interval = binomtest(alarms, n_simulations).proportion_ci(method="wilson")
        rows.append((rules, length, n_simulations, alarms / n_simulations, interval.low, interval.high))
    return pd.DataFrame(rows, columns=["rules", "n_points", "n_simulations", "false_alarm_rate", "low", "high"])


def _alarm(rules, values, with_limits):
    """For each series of standard normal values, is there a signal?"""
    sides = np.sign(values).astype(int)
    if rules == "anhoej":
        few = (sides[..., 1:] != sides[..., :-1]).sum(axis=-1) < run_rule_limits(sides.shape[-1]).n_crossings_min
        runs = few | long_run(sides).any(axis=-1)
        return runs | (np.abs(values) > 3).any(axis=-1) if with_limits else runs
    beyond = np.where(np.abs(values) > 3, sides, 0)
    found = signals(rules, values, sides, values, beyond)
    return np.any([part.any(axis=-1) for part in found.values()], axis=0)


def rule_set(name):
    """The set of rules of this name, however it is written.

    >>> rule_set("Anhøj")
    'anhoej'
    """
    if not isinstance(name, str):
        raise InputError(f"`rules` must be one of {', '.join(map(repr, dict.fromkeys(SETS.values())))}; got "
                         f"{name!r:.200}.")
    written = name.strip().lower()
    return SETS.get(written) or one_of("rules", name, dict.fromkeys(SETS.values()))


def signals(rules, values, sides, sigmas, beyond):
    """The points that each rule of a set marks, by the name of the rule, in the order in which the rules speak.

    Parameters
    ----------
    rules : str
        As `rule_set` gives it.
    values, sides, sigmas, beyond : numpy.ndarray, (..., n_points)
        What is plotted; 1 above, -1 below, 0 on the center line; distance from the middle in sigmas (NaN without
        limits); 1 above the upper limit, -1 below the lower, else 0.

    Returns
    -------
    dict of str to numpy.ndarray of int, (..., n_points)
    """
    near = np.where(beyond == 0, sigmas, 0)
    one_sided = np.where(sides == 0, np.nan, sides)
    return {
        "anhoej": lambda: {BEYOND: beyond, LONG_RUN: long_run(sides)},
        "limits": lambda: {BEYOND: beyond},
        "making data count": lambda: {
            BEYOND: beyond,
            "seven rising or falling": trend(values, 7),
            "two of three near a limit": some_of(near, 2, 3, beyond=2, one_side=sides),
            "seven on one side": same(sides, 7)},
        "nelson": lambda: {
            "Nelson 1: " + BEYOND: beyond,
            "Nelson 2: nine on one side": same(sides, 9),
            "Nelson 3: six rising or falling": trend(values, 6),
            "Nelson 4: fourteen alternating": alternating(values, 14),
            "Nelson 5: two of three beyond two sigmas": some_of(sigmas, 2, 3, beyond=2),
            "Nelson 6: four of five beyond one sigma": some_of(sigmas, 4, 5, beyond=1),
            "Nelson 7: fifteen near the center": _all_in(np.abs(sigmas) < 1, 15),
            "Nelson 8: eight away from the center": _all_in(np.abs(sigmas) > 1, 8)},
    }[rules]()


def run_lengths(sides):
    """How many points each run on one side of the center line has; points on the line are passed over.

    >>> run_lengths(np.array([1, 1, 0, 1, -1]))
    [3, 1]
    """
    return [len(list(run)) for side, run in groupby(sides[sides != 0])]


def long_run(sides):
    """The points of runs that are longer than chance explains; points on the center line are passed over."""
    if sides.ndim == 1:
        useful = sides != 0
        part = np.zeros_like(sides)
        if useful.any():
            part[useful] = _long_run(sides[useful])
        return part
    return _long_run(sides)


def _long_run(sides):
    return same(sides, run_rule_limits(sides.shape[-1]).longest_run_max + 1)


def same(sides, length):
    """The points of `length` or more in a row on one side of the center line; a point on the line ends the row.

    >>> same(np.array([1, 1, 1, 0, -1, -1]), 3)
    array([1, 1, 1, 0, 0, 0])
    """
    return _all_in(sides == 1, length) - _all_in(sides == -1, length)


def trend(values, length):
    """The points of `length` or more in a row that all rise, or all fall.

    A point at which a rise turns into a fall belongs to the later one.

    >>> trend(np.array([1, 2, 3, 3, 2, 1]), 3)
    array([ 1,  1,  1, -1, -1, -1])
    """
    steps = np.sign(np.diff(values))
    rising, falling = (_windows(steps == way, length - 1).all(axis=-1) for way in (1, -1))
    return _cover(rising.astype(int) - falling, length, values.shape)


def alternating(values, length):
    """The points of `length` or more in a row that go up and down in turn; these have no direction."""
    steps = np.sign(np.diff(values))
    turns = steps[..., 1:] * steps[..., :-1] == -1
    return _cover(_windows(turns, length - 2).all(axis=-1).astype(int), length, values.shape)


def some_of(sigmas, n, length, beyond, one_side=None):
    """Of `length` points in a row, the `n` or more that lie beyond so many sigmas on one side.

    With `one_side`, all `length` points must be on that side of the center line.

    >>> some_of(np.array([2.5, 0.5, 2.1, 0]), 2, 3, beyond=2)
    array([1, 0, 1, 0])
    """
    found = np.zeros(sigmas.shape, dtype=int)
    for side in (1, -1):
        out = side * sigmas > beyond
        enough = _windows(out, length).sum(axis=-1) >= n
        if one_side is not None:
            enough &= (_windows(one_side, length) == side).all(axis=-1)
        found += np.where(out, side * _cover(enough.astype(int), length, sigmas.shape), 0)
    return found


def _all_in(holds, length):
    """1 where a point is among `length` or more in a row for which it holds."""
    return _cover(_windows(holds, length).all(axis=-1).astype(int), length, holds.shape)


def _windows(values, length):
    """All stretches of `length` points, as a last axis of that length."""
    if values.shape[-1] < length:
        return np.zeros((*values.shape[:-1], 0, length), dtype=values.dtype)
    return np.lib.stride_tricks.sliding_window_view(values, length, axis=-1)


def _cover(found, length, shape):
    """Give each point what was found in the latest stretch of `length` points that it is in."""
    covered = np.zeros(shape, dtype=int)
    for offset in range(length - 1, -1, -1):
        here = covered[..., offset:offset + found.shape[-1]]
        np.copyto(here, found, where=found != 0)
    return covered
