"""Center line and limits of every kind of chart, from the points of one phase.

Each formula gives the middle and how far one sigma is; the limits lie three sigmas away. Sources: Shewhart's charts as
in Montgomery, Introduction to Statistical Quality Control; Laney (2002) for p' and u'; Taylor for I'.
"""

import numpy as np
from scipy.special import gammaln

FROM_RANGE = 1.128              # mean moving range of two normal values, in standard deviations
LARGEST_RANGE = 3.267           # upper limit of moving ranges, in mean moving ranges
LARGEST_NORMALIZED = 3.2665     # the same, as the I' chart has it
GEOMETRIC_MEDIAN = 0.693        # median of the times between rare events, in means
TO_NORMAL = 3.6                 # the root that makes exponential times nearly normal
BOUNDS = {"p": (0, 1), "p'": (0, 1), "u": (0, np.inf), "u'": (0, np.inf), "c": (0, np.inf), "g": (0, np.inf),
          "MR": (0, np.inf), "S": (0, np.inf)}


def lines(kind, points, base, center_line=None, screen=False):
    """Center line, limits and the distance of each point from the center, for the points of one phase.

    Parameters
    ----------
    kind : str
        As `control_chart` has it.
    points : pandas.DataFrame
        `value`, and where the kind has them `numerator` and `denominator`, or `n` and `spread` of subgroups.
    base : numpy.ndarray of bool, (n_points,)
        The points that the limits rest on.
    center_line : float, optional
        The center, if it is known and not to be estimated.
    screen : bool
        Leave out moving ranges above their own upper limit, once.

    Returns
    -------
    dict of numpy.ndarray, (n_points,)
        `center_line`, `lower_limit`, `upper_limit`, `lower_two_sigma`, `upper_two_sigma`, and `sigmas`: how many
        sigmas the value lies above the middle. NaN where undefined.
    """
    if kind == "t":
        return _times(points, base, center_line, screen)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle, sigma = _SPREAD[kind](points, base, center_line, screen)
        sigma = np.broadcast_to(np.asarray(sigma, dtype=float), len(points))
        drawn = {"center_line": np.full(len(points), _center(kind, points, base, center_line, middle))}
        for distance, lower, upper in [(3, "lower_limit", "upper_limit"), (2, "lower_two_sigma", "upper_two_sigma")]:
            drawn[lower] = _within(kind, middle - distance * sigma)
            drawn[upper] = _within(kind, middle + distance * sigma)
        drawn["sigmas"] = (points["value"].to_numpy() - middle) / sigma
    if kind == "MR":
        for end in ("limit", "two_sigma"):
            drawn[f"lower_{end}"] = np.where(np.isnan(drawn[f"upper_{end}"]), np.nan, 0.0)
    return drawn


def mean_range(values, screen, largest=LARGEST_RANGE):
    """Mean of the moving ranges; a missing value takes its two ranges with it.

    >>> mean_range(np.array([1, 3, np.nan, 4, 5]), screen=False)
    1.5
    """
    return _mean_of_kept(np.abs(np.diff(values)), screen, largest)


def _mean_of_kept(ranges, screen, largest):
    mean = _mean(ranges)
    return _mean(ranges[ranges < largest * mean]) if screen else mean


def _mean(values):
    values = values[~np.isnan(values)]
    return float(values.mean()) if values.size else np.nan


def _ratio(points, base):
    """All numerators over all denominators, of the points that have both."""
    kept = points[base & points["value"].notna().to_numpy()]
    denominator = kept["denominator"].sum()
    return kept["numerator"].sum() / denominator if denominator > 0 else np.nan


def _center(kind, points, base, center_line, middle):
    """The line to draw: the middle, but the median for the skewed times between events (g)."""
    if kind != "g":
        return middle
    return points["value"][base].median() if center_line is None else GEOMETRIC_MEDIAN * middle


def _within(kind, limit):
    limit = np.where(np.isfinite(limit), limit, np.nan)
    return np.clip(limit, *BOUNDS.get(kind, (-np.inf, np.inf)))


def _run(points, base, center_line, screen):
    return points["value"][base].median() if center_line is None else center_line, np.nan


def _individuals(points, base, center_line, screen):
    value = points["value"].to_numpy()[base]
    return (_mean(value) if center_line is None else center_line), mean_range(value, screen) / FROM_RANGE


def _ranges(points, base, center_line, screen):
    middle = _mean(points["value"].to_numpy()[base]) if center_line is None else center_line
    return middle, middle * (LARGEST_RANGE - 1) / 3


def _normalized(points, base, center_line, screen):
    """I': the spread comes from all the points of the phase, whatever is frozen or excluded."""
    value, denominator = points["value"].to_numpy(), points["denominator"].to_numpy()
    expected = np.sqrt(1 / denominator[:-1] + 1 / denominator[1:])
    spread = _mean_of_kept(np.sqrt(np.pi / 2) * np.abs(np.diff(value)) / expected, screen, LARGEST_NORMALIZED)
    middle = _ratio(points, base) if center_line is None else center_line
    return middle, spread / np.sqrt(denominator)


def _shares(points, base, center_line, screen):
    middle = _ratio(points, base) if center_line is None else center_line
    return middle, np.sqrt(middle * (1 - middle) / points["denominator"].to_numpy())


def _rates(points, base, center_line, screen):
    middle = _ratio(points, base) if center_line is None else center_line
    return middle, np.sqrt(middle / points["denominator"].to_numpy())


def _laney(by_chance):
    """The limits of p or u, widened or narrowed by how much neighboring points differ beyond chance."""
    def spread(points, base, center_line, screen):
        middle, sigma = by_chance(points, base, center_line, screen)
        distances = ((points["value"].to_numpy() - middle) / sigma)[base]
        return middle, sigma * mean_range(distances, screen) / FROM_RANGE
    return spread


def _counts(points, base, center_line, screen):
    middle = _mean(points["value"].to_numpy()[base]) if center_line is None else center_line
    return middle, np.sqrt(middle)


def _between_events(points, base, center_line, screen):
    middle = _mean(points["value"].to_numpy()[base]) if center_line is None else center_line
    return middle, np.sqrt(middle * (middle + 1))


def _times(points, base, center_line, screen):
    """Times between rare events: an I chart of their root, drawn back."""
    root = points[["value"]] ** (1 / TO_NORMAL)
    drawn = lines("I", root, base, None if center_line is None else center_line ** (1 / TO_NORMAL), screen)
    with np.errstate(invalid="ignore"):
        back = {name: line if name == "sigmas" else line ** TO_NORMAL for name, line in drawn.items()}
    below_0 = np.isnan(back["lower_limit"]) & ~np.isnan(back["upper_limit"])
    back["lower_limit"] = np.where(below_0, 0.0, back["lower_limit"])
    return back


def _standard_deviation(points, base):
    """Within subgroups: pooled where their sizes differ anywhere in the phase, else the mean."""
    n, spread = points["n"].to_numpy(), points["spread"].to_numpy()
    if len(np.unique(n)) == 1:
        return _mean(spread[base])
    kept = base & ~np.isnan(spread)
    freedom = (n[kept] - 1).sum()
    return np.sqrt(((n[kept] - 1) * spread[kept] ** 2).sum() / freedom) if freedom else np.nan


def _means(points, base, center_line, screen):
    middle = center_line
    if middle is None:
        kept = points[base & points["value"].notna().to_numpy()]
        middle = (kept["value"] * kept["n"]).sum() / kept["n"].sum() if len(kept) else np.nan
    n = np.where(points["n"] > 1, points["n"], np.nan)
    return middle, _standard_deviation(points, base) / (unbiased(n) * np.sqrt(n))


def _deviations(points, base, center_line, screen):
    middle = _standard_deviation(points, base) if center_line is None else center_line
    n = np.where(points["n"] > 1, points["n"], np.nan)
    return middle, middle * np.sqrt(1 - unbiased(n) ** 2) / unbiased(n)


def unbiased(n):
    """Mean of the standard deviation of `n` normal values, in true standard deviations (often written c4).

    >>> round(float(unbiased(5)), 4)
    0.94
    """
    return np.sqrt(2 / (n - 1)) * np.exp(gammaln(n / 2) - gammaln((n - 1) / 2))


_SPREAD = {"run": _run, "I": _individuals, "I'": _normalized, "MR": _ranges, "Xbar": _means, "S": _deviations,
           "p": _shares, "p'": _laney(_shares), "u": _rates, "u'": _laney(_rates), "c": _counts,
           "g": _between_events}
