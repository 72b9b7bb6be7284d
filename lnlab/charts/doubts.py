"""What a phase of a chart cannot tell: too few points, no rule that could speak, values crowded at a floor or ceiling.

The lines and the rules are those of other software, whatever the values are. Here is when not to lean on them.
"""

import numpy as np

ENOUGH = 10             # points from which the run rules were published; assumed for the other rules too
UNEVEN = 0.62           # assumed: with a larger share of points on one side, runs come by chance too often
OFTEN = 0.01            # assumed: by chance beyond a limit, a point in a hundred; three sigmas promise 3 in 1,000
RARE = 2                # assumed: expected events (or what lacks to all) in a point, below which counts are too small
MANY = 0.25             # assumed: share of points at the very least or largest value, from which they crowd there
SAME = 1e-12            # values closer than this, relative to their size, are one value written twice

FEW, NO_RULE, NO_WIDTH = "few points", "no rule", "limits without width"
FEW_BEHIND, AT_LEAST, AT_LARGEST = "lines of few points", "crowded at the least", "crowded at the largest"
SHAKY = {FEW_BEHIND, AT_LEAST, AT_LARGEST}       # a signal comes by chance more often than it should
SILENT = {FEW, NO_RULE, NO_WIDTH, FEW_BEHIND}    # no signal is no sign of calm


def doubts(kind, rules, points, sides, known=False):
    """What stands against leaning on the signals of a phase, or on there being none.

    Parameters
    ----------
    kind, rules : str
        As `control_chart` has them.
    points : pandas.DataFrame
        The points of one phase with their lines, and with `used`, `base` and `frozen` as `lay_out` gives them.
    sides : numpy.ndarray of int, (n_points,)
        1 above, -1 below, 0 on the center line or without a value.
    known : bool
        Was the center line given, not estimated?

    Returns
    -------
    list of str
        Of the constants of this module.
    """
    valued = points["value"].notna().to_numpy()
    used, base = valued & points["used"].to_numpy(), valued & points["base"].to_numpy()
    by_runs = rules == "anhoej" and kind != "MR"
    has_limits, width = points["upper_limit"].notna().any(), has_width(points)
    found = []
    if (used & (sides != 0) if by_runs else used).sum() < ENOUGH:
        found.append(FEW)
    if (rules == "limits" or kind == "MR") and not width:
        found.append(NO_RULE)
    if has_limits and not width:
        found.append(NO_WIDTH)
    rests = not (known and kind in ("run", "p", "u", "c", "g", "MR", "S"))       # else on no point at all
    if rests and points["frozen"].iloc[0] and base.sum() < ENOUGH and (used & ~base).any():
        found.append(FEW_BEHIND)
    return found + crowded(kind, rules, points, sides, base, known)


def has_width(points):
    """Is there a point whose limits lie apart?"""
    limits = points[["lower_limit", "upper_limit"]].dropna().to_numpy(float)
    return bool((limits[:, 1] - limits[:, 0] > SAME * np.abs(limits).max(initial=0)).any())


def crowded(kind, rules, points, sides, base, known):
    """Do the values crowd at the least or the largest there can be, so that the rules' chances do not hold?"""
    if kind == "MR" or points["center_line"].isna().all():
        return []
    if kind in ("p", "p'", "u", "u'", "c"):
        return _small_counts(kind, rules, points)
    if rules == "limits" or not base.any():
        return []
    values, below, above = points["value"].to_numpy()[base], (sides[base] < 0).sum(), (sides[base] > 0).sum()
    uneven = not known and max(below, above) > UNEVEN * (below + above)
    for end, name, on_line in ((values.min(), AT_LEAST, below == 0), (values.max(), AT_LARGEST, above == 0)):
        at_end = np.isclose(values, end, rtol=SAME, atol=0)
        line_there = on_line and (sides[base][at_end] == 0).all() and (len(values) > 1 or not known)
        if line_there and (at_end.mean() < 1 or (sides != 0).any()) or uneven and at_end.sum() > 1 and at_end.mean() >= MANY:
            return [name]
    return []


def _small_counts(kind, rules, points):
    """What chance, at the height of the center line, does to counts as small as these."""
    from scipy.stats import binom, poisson
    here = points["value"].notna().to_numpy()
    center = points["center_line"].to_numpy(float)[here]
    sizes = points["denominator"].to_numpy(float)[here] if "denominator" in points else np.ones(here.sum())
    if not here.any() or np.isnan(center).all():
        return []
    count = binom(sizes, center) if kind in ("p", "p'") else poisson(center * sizes)
    name = AT_LARGEST if kind in ("p", "p'") and center[0] > 0.5 else AT_LEAST

    def under(line):                # chance of a count below the line, and above it
        line = line * sizes
        low, high = np.ceil(line - 1e-9 * (1 + line)) - 1, np.floor(line + 1e-9 * (1 + line))
        return count.cdf(low), count.sf(high)

    below, above = (each.sum() for each in under(center))
    lower, upper = (points[line].to_numpy(float)[here] for line in ("lower_limit", "upper_limit"))
    beyond = np.nan_to_num(under(np.nan_to_num(lower))[0]) * ~np.isnan(lower)
    beyond = beyond + np.nan_to_num(under(np.nan_to_num(upper))[1]) * ~np.isnan(upper)
    expected = (np.minimum(center, 1 - center) if kind in ("p", "p'") else center) * sizes
    uneven = expected.mean() < RARE or max(below, above) > UNEVEN * (below + above)
    too_often = kind in ("p", "u", "c") and beyond.mean() > OFTEN
    return [name] if too_often or uneven and rules != "limits" else []


def crowding_told(kind, found):
    """The caution about crowded values; empty if they do not crowd.

    >>> crowding_told("p", ["few points"])
    ''
    """
    if not {AT_LEAST, AT_LARGEST} & set(found):
        return ""
    end = "least" if AT_LEAST in found else "largest"
    remedy = "" if kind in ("g", "t") else (
        " Count over longer times, or chart what is rare by the cases or the time between (a g or t chart).")
    return (f"The values crowd at or near the {end}: where nothing changes, points do not fall as easily above the "
            "center line as below it, as the rules take for granted, or lie beyond a limit too easily, and signals come "
            f"more often than they should.{remedy}")
