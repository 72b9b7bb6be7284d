"""Do levels rise over the years? Ordered levels on time, with an interval that knows that ratings come by network."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lnlab.checks import InputError, refuse, switch, whole_number
from lnlab.measures.rating_tables import LEVELS, check_columns, table_of_ratings

FEW_NETWORKS = 20               # assumed: below it, an interval from drawing networks is called provisional


@dataclass(frozen=True, eq=False)
class LevelOnTime:
    """How the chance of a higher level changes with time.

    Parameters
    ----------
    odds_ratio, low, high : float
        By how much the odds of lying above a level, whichever level, are multiplied by one unit of time; 95 % interval
        from drawing networks anew. NaN where there is none.
    terms : pandas.DataFrame
        term, estimate (log odds), standard_error (as if all ratings were independent, so as a rule too small),
        low_bootstrap, high_bootstrap (95 %, networks drawn anew; NaN but for time).
    thresholds : pandas.DataFrame
        threshold (such as "1|2"), estimate, standard_error: the log odds of lying at or below it at time 0.
    log_likelihood : float
    n_ratings, n_networks, n_bootstrap, n_failed : int
        Bootstrap samples drawn, and those without a finite estimate, which are left out.
    caution : str
        Empty if there is none.
    """

    odds_ratio: float
    low: float
    high: float
    terms: pd.DataFrame = field(repr=False)
    thresholds: pd.DataFrame = field(repr=False)
    log_likelihood: float
    n_ratings: int
    n_networks: int
    n_bootstrap: int
    n_failed: int
    caution: str = ""


def level_on_time(panel, level="level", time="year", network="network", adjust_for_network=False, n_bootstrap=1000,
                  seed=1):
    """Ordered logit of level on time: log odds(level <= j) = threshold j - estimate * time.

    Ratings of one network resemble each other, so the interval comes from whole networks, drawn with replacement. The
    likelihood is maximized by our own Newton steps, because hundreds of samples are fitted; statsmodels' OrderedModel
    and R's polr give the same numbers.

    Parameters
    ----------
    panel : pandas.DataFrame
        One row for each rating.
    level, time, network : str
        Names of its columns: whole levels from 1 to 5 (rows without a level are left out), numbers, and names.
    adjust_for_network : bool, default False
        Whether each network has a term of its own, against the first one; then time tells the change within networks.
    n_bootstrap : int, default 1000
        Samples of networks; 0 for none.
    seed : int, default 1

    Returns
    -------
    LevelOnTime

    Raises
    ------
    InputError
        For missing columns, levels or times that are none, and with fewer than two times or levels.

    Examples
    --------
    >>> panel = pd.DataFrame({"network": list("aabbcc") * 4, "year": [1, 2] * 12,
    ...                       "level": [1, 2, 2, 3, 1, 3, 2, 2, 3, 4, 2, 4] * 2})
    >>> found = level_on_time(panel, n_bootstrap=200)
    >>> round(found.odds_ratio, 1), found.n_networks
    (15.2, 3)
    """
    adjust = switch("adjust_for_network", adjust_for_network)
    n_bootstrap, seed = whole_number("n_bootstrap", n_bootstrap, 0), whole_number("seed", seed, 0)
    cells, n_missing = _counted(panel, level, time, network)
    center = np.average(cells["time"], weights=cells["count"])
    problem = _Problem(cells, center, adjust)
    fitted = problem.fit(np.ones(problem.n_networks))
    cautions = [f"{n_missing} rows without a level are left out."] * (n_missing > 0)
    if fitted is None:
        cautions.append("There is no finite estimate: levels at different times do not overlap, or a network's do not "
                        "vary.")
    drawn, n_failed = _bootstrap(problem, n_bootstrap if fitted else 0, seed)
    if problem.n_networks == 1:
        cautions.append("One network only: there is no interval that would hold for others.")
    elif problem.n_networks < FEW_NETWORKS:
        cautions.append(f"{problem.n_networks} networks only: intervals from so few tend to be too narrow.")
    if n_failed:
        cautions.append(f"{n_failed} of {n_bootstrap} samples of networks had no finite estimate and are left out.")
    low, high = np.percentile(drawn, [2.5, 97.5]) if len(drawn) > 1 else (np.nan, np.nan)
    terms, thresholds, log_likelihood, slope = problem.tables(fitted, time)
    terms["low_bootstrap"] = [low, *[np.nan] * (len(terms) - 1)]
    terms["high_bootstrap"] = [high, *[np.nan] * (len(terms) - 1)]
    return LevelOnTime(float(np.exp(slope)), float(np.exp(low)), float(np.exp(high)), terms, thresholds,
                       log_likelihood, int(cells["count"].sum()), problem.n_networks, n_bootstrap, n_failed,
                       " ".join(cautions))


def _counted(panel, level, time, network):
    """How often each network was given each level at each time, and how many rows had no level."""
    check_columns("panel", panel, (level, time, network))
    numbers = table_of_ratings(panel[[level, time]].reset_index(drop=True), "panel")
    names = list(panel[network])
    refuse("panel", [f"row {row}: level {value:g} is none of 1, 2, 3, 4, 5" for row, value in
                     enumerate(numbers[level], 1) if value == value and value not in range(1, LEVELS + 1)]
           + [f"row {row}: `{time}` is empty" for row, value in enumerate(numbers[time], 1) if value != value]
           + [f"row {row}: `{network}` is empty" for row, name in enumerate(names, 1) if pd.isna(name)])
    table = pd.DataFrame({"network": [str(name) for name in names], "time": numbers[time], "level": numbers[level]})
    known = table.dropna(subset="level")
    for name, column in (("level", level), ("time", time)):
        if known[name].nunique() < 2:
            raise InputError(f"`panel` must have ratings of at least two values in `{column}`; got "
                             f"{known[name].nunique()}.")
    cells = known.groupby(["network", "time", "level"], sort=True).size().rename("count").reset_index()
    return cells, len(table) - len(known)


def _bootstrap(problem, n_bootstrap, seed):
    """The estimates of time in samples of networks, and how many samples had none."""
    n = problem.n_networks
    if n < 2:
        return np.array([]), 0
    generator = np.random.default_rng(seed)
    found = [problem.fit(np.bincount(generator.integers(n, size=n), minlength=n)) for _ in range(n_bootstrap)]
    return np.array([fitted[0][0] for fitted in found if fitted]), sum(fitted is None for fitted in found)


class _Problem:
    """The likelihood of counted levels; `fit` maximizes it with a weight for each network."""

    def __init__(self, cells, center, adjust):
        self.center = center
        self.names, self.network = np.unique(cells["network"], return_inverse=True)
        self.n_networks = len(self.names)
        self.levels, self.level = np.unique(cells["level"], return_inverse=True)
        self.count = cells["count"].to_numpy(float)
        own = self.network[:, None] == np.arange(1, self.n_networks) if adjust else np.empty((len(cells), 0))
        self.x = np.column_stack([cells["time"] - center, own])

    def fit(self, weights):
        """Estimates (time, networks that are in, thresholds) and their covariance; None if there is no maximum."""
        count = self.count * weights[self.network]
        inside = count > 0
        x, count = self.x[inside], count[inside]
        varies = np.append(True, np.ptp(x[:, 1:], axis=0) > 0)
        if varies.sum() > 1 and weights[0] == 0:       # the first that is in takes the first one's place
            varies[1 + np.flatnonzero(varies[1:])[0]] = False
        x = x[:, varies]
        levels, level = np.unique(self.level[inside], return_inverse=True)
        if len(levels) < 2 or np.ptp(x[:, 0]) == 0:
            return None
        n_x, top = x.shape[1], len(levels) - 1
        upper, lower = (np.column_stack([-x, np.equal.outer(level - shift, np.arange(top))]) * kept[:, None]
                        for shift, kept in ((0, level < top), (1, level > 0)))
        ends = np.where(level < top, 0, np.inf), np.where(level > 0, 0, -np.inf)
        share = np.cumsum(np.bincount(level, count))[:-1] / count.sum()
        start = np.append(np.zeros(n_x), np.log(share / (1 - share)))
        found = _newton(start, upper, lower, ends, count)
        if found is None or np.abs(found[0][:n_x] * np.ptp(x, axis=0)).max() > 20:       # odds beyond all measure
            return None
        estimate, covariance, log_likelihood = found
        return estimate, covariance, log_likelihood, levels, varies

    def tables(self, fitted, time):
        """Terms, thresholds, log likelihood and the slope of a fit, at the time's own zero."""
        if fitted is None:
            terms, thresholds = [[time, np.nan, np.nan]], []
            log_likelihood = slope = np.nan
        else:
            estimate, covariance, log_likelihood, levels, varies = fitted
            n_x = int(varies.sum())
            to_zero = np.eye(len(estimate))
            to_zero[n_x:, 0] = self.center
            estimate, error = to_zero @ estimate, np.sqrt(np.diag(to_zero @ covariance @ to_zero.T))
            slope = estimate[0]
            names = [time, *[f"network {name}" for name, kept in zip(self.names[1:], varies[1:]) if kept]]
            steps = [f"{self.levels[low]:g}|{self.levels[high]:g}" for low, high in zip(levels, levels[1:])]
            rows = list(zip([*names, *steps], estimate.tolist(), error.tolist()))
            terms, thresholds = rows[:n_x], rows[n_x:]
        return (pd.DataFrame(terms, columns=["term", "estimate", "standard_error"]),
                pd.DataFrame(thresholds, columns=["threshold", "estimate", "standard_error"]), float(log_likelihood),
                slope)


def _newton(theta, upper, lower, ends, count):
    """The maximum of a concave likelihood; None if it runs away."""
    from scipy.special import expit

    def chances(at):
        high, low = expit(upper @ at + ends[0]), expit(lower @ at + ends[1])
        chance = high - low
        return high, low, chance, (count @ np.log(chance) if chance.min() > 0 else -np.inf)

    high, low, chance, now = chances(theta)
    for _ in range(100):
        slopes = high * (1 - high), low * (1 - low)
        gradient = (slopes[0][:, None] * upper - slopes[1][:, None] * lower) / chance[:, None]
        bend = ((slopes[0] * (1 - 2 * high) / chance * count)[:, None] * upper).T @ upper \
            - ((slopes[1] * (1 - 2 * low) / chance * count)[:, None] * lower).T @ lower
        information = (count[:, None] * gradient).T @ gradient - bend
        try:
            step = np.linalg.solve(information, gradient.T @ count)
        except np.linalg.LinAlgError:
            return None
        if np.abs(step).max() < 1e-10:
            covariance = np.linalg.inv(information)
            return (theta, covariance, now) if (np.diag(covariance) > 0).all() else None
        size = 1.0
        while (trial := chances(theta + size * step))[3] < now - 1e-12 * abs(now):
            size /= 2
            if size < 1e-8:
                return None
        theta, (high, low, chance, now) = theta + size * step, trial
    return None
