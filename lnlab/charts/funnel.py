"""A funnel plot: which centers differ by more than chance, when small centers vary more than large ones.

The limits are those of Spiegelhalter (2005, Statistics in Medicine 24:1185-1202, doi:10.1002/sim.1970): around one
target, narrower where more patients were seen, and wider where centers differ in more ways than one can know.
"""

from dataclasses import dataclass, field

import numpy as np

from lnlab.charts.funnel_table import SHOWN, counted_groups
from lnlab.checks import InputError, number, one_of

Z = {"95": 1.959964, "99_8": 3.090232}          # how many standard errors the limits are away, as FunnelPlotR has it
TAILS = {"95": 0.025, "99_8": 0.001}            # the same limits as chances, for exact ones
BEYOND = {"95": "beyond 95 % limits", "99_8": "beyond 99.8 % limits"}
FEW_GROUPS = 10                                 # assumed: fewer say little of how much groups differ


@dataclass(frozen=True, eq=False)
class Funnel:
    """The points of a funnel plot, its limits, and what they rest on. Made by `funnel`.

    Parameters
    ----------
    points : pandas.DataFrame
        One row a group, in the order given: group, numerator, denominator, value (share 0-1), z (how many standard
        errors the value is from the target, on the chosen scale), z_winsorized, lower_95, upper_95, lower_99_8,
        upper_99_8 (shares), signal (empty, "beyond 95 % limits" or "beyond 99.8 % limits").
    curve : pandas.DataFrame
        The limits over a smooth range of denominators, for drawing: denominator, lower_95 and so on.
    target : float
        The share that all are held against.
    n_groups : int
        Those with a denominator above 0.
    dispersion : float
        Mean of the squared `z_winsorized`, often written phi: about 1 where chance alone makes the differences.
    between_variance : float
        Variance between groups beyond chance, on the chosen scale, often written tau squared; NaN where it is not
        asked for (it belongs to "additive").
    limits, scale, overdispersion, winsorize
        As chosen.
    names : dict
        The columns of the table that were used, as group, numerator and denominator.
    left_out : tuple
        The groups without a denominator.
    cautions : tuple of str
        What the reader should know before reading the plot, a sentence each.
    """

    points: object = field(repr=False)
    curve: object = field(repr=False)
    target: float
    n_groups: int
    dispersion: float
    between_variance: float
    limits: str
    scale: str
    overdispersion: str | None
    winsorize: float
    names: dict
    left_out: tuple
    cautions: tuple


def funnel(table, group="center", numerator="remissions", denominator="patients_seen", *, limits="normal",
           scale="arcsine", overdispersion="if normal", winsorize=0.1, target=None):
    """The limits within which chance keeps groups that are all alike, for each as large as it is.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a group.
    group, numerator, denominator : str
        Its columns: names of the groups, and counts, as of patients in remission and of patients seen.
    limits : {"normal", "exact"}
        From the normal distribution, or from the binomial (interpolated between counts): exact limits are better where
        groups are small, and know no overdispersion. Interpolated, the upper limit lies up to one person too low; so a
        group has a signal only if its count is also rarer than the limit's tail (0.025 or 0.001).
    scale : {"arcsine", "proportion"}
        Where `z`, the dispersion and normal limits are calculated: on the arcsine of the square root of the share,
        whose chance variation is the same at every height, or on the share itself.
    overdispersion : {"if normal", "additive", "multiplicative", None}
        Groups differ for many small reasons (other patients, other counting), so that large groups lie beyond limits of
        chance alone. "additive" adds a variance between groups to that of chance; "multiplicative" widens all limits by
        the same factor, never below 1; None is chance alone. If not given, additive with normal limits, and None with
        exact ones.
    winsorize : float
        Before the dispersion is calculated, values of z below this quantile or above its mirror image are pulled in to
        it, so that the groups one looks for do not hide themselves; 0 pulls nothing. From 0 to 0.49.
    target : float, optional
        The share to hold all against; if not given, that of all groups together.

    Returns
    -------
    Funnel

    Raises
    ------
    InputError
        With all that is wrong in the table: missing or doubled groups, counts that are no whole numbers of 0 or more,
        numerators above denominators. Also for an unknown choice, and for exact limits with overdispersion.

    Examples
    --------
    >>> import pandas as pd
    >>> centers = pd.DataFrame({"center": ["Ash", "Birch", "Cedar", "Dogwood"], "remissions": [30, 77, 165, 190],
    ...                         "patients_seen": [50, 100, 200, 300]})
    >>> result = funnel(centers, overdispersion=None)
    >>> round(result.target, 3), round(result.dispersion, 2)
    (0.711, 5.11)
    >>> print(result.points[["group", "value", "lower_95", "upper_95"]].round(2).to_string(index=False))
      group  value  lower_95  upper_95
        Ash   0.60      0.58      0.83
      Birch   0.77      0.62      0.80
      Cedar   0.82      0.65      0.77
    Dogwood   0.63      0.66      0.76
    >>> result.points["signal"].tolist()
    ['', '', 'beyond 99.8 % limits', 'beyond 95 % limits']
    """
    import pandas as pd
    one_of("limits", limits, ["normal", "exact"])
    one_of("scale", scale, ["arcsine", "proportion"])
    if overdispersion is not None:
        one_of("overdispersion", overdispersion, ["if normal", "additive", "multiplicative"])
    if limits == "exact" and overdispersion not in ("if normal", None):
        raise InputError(f"`overdispersion` must be None with exact limits, which are those of chance alone; got "
                         f"{overdispersion!r}. For wider limits take limits='normal'.")
    if overdispersion == "if normal":
        overdispersion = "additive" if limits == "normal" else None
    winsorize = number("winsorize", winsorize, 0, 0.49, "share of groups at each end")
    target = target if target is None else number("target", target, 0, 1, "share")

    points = counted_groups(table, group, numerator, denominator)
    empty = points["denominator"] == 0
    left_out = tuple(points.loc[empty, "group"])
    points = points[~empty].reset_index(drop=True)
    if not len(points):
        raise InputError(f"`table` must have a group with a `{denominator}` above 0; all {len(left_out)} have 0.")
    points["value"] = points["numerator"] / points["denominator"]
    if target is None:
        target = points["numerator"].sum() / points["denominator"].sum()
    points["z"], errors = _distance(points, target, scale)
    points["z_winsorized"] = _winsorized(points["z"].to_numpy(), winsorize)
    dispersion = float((points["z_winsorized"] ** 2).mean())
    between = _between_variance(dispersion, errors) if overdispersion == "additive" else np.nan
    factor = np.sqrt(max(1.0, dispersion)) if overdispersion == "multiplicative" and dispersion == dispersion else 1.0

    def limits_at(sizes):
        if limits == "exact":
            return _exact(sizes, target)
        return _normal(sizes, target, scale, factor, 0.0 if np.isnan(between) else between)

    points = points.assign(**limits_at(points["denominator"].to_numpy()), signal="")
    for level in BEYOND:
        beyond = (points["value"] < points[f"lower_{level}"]) | (points["value"] > points[f"upper_{level}"])
        if limits == "exact":
            beyond &= _rarer(points, target, TAILS[level])
        points.loc[beyond, "signal"] = BEYOND[level]
    sizes = _sizes(points["denominator"], whole=limits == "exact")
    curve = pd.DataFrame({"denominator": sizes, **limits_at(sizes)})
    return Funnel(points, curve, float(target), len(points), dispersion, float(between), limits, scale, overdispersion,
                  winsorize, {"group": group, "numerator": numerator, "denominator": denominator}, left_out,
                  tuple(_cautions(left_out, denominator, len(points), dispersion, overdispersion, target)))


def _distance(points, target, scale):
    """How many standard errors each value is from the target, and the standard errors."""
    sizes = points["denominator"].to_numpy(float)
    if scale == "arcsine":
        errors = 0.5 / np.sqrt(sizes)
        off = np.arcsin(np.sqrt(points["value"].to_numpy())) - np.arcsin(np.sqrt(target))
    else:
        errors = np.sqrt(target * (1 - target) / sizes)
        off = points["value"].to_numpy() - target
    return np.divide(off, errors, out=np.full(len(off), np.nan), where=errors > 0), errors


def _winsorized(z, share):
    low, high = np.quantile(z, [share, 1 - share])          # NumPy's quantile is R's type 7
    return np.clip(z, low, high)


def _between_variance(dispersion, errors):
    """What is left of the variance between groups when that of chance is taken away: never below 0."""
    n = len(errors)
    if n < 2 or not (errors > 0).all():
        return 0.0
    weight = 1 / errors**2
    return max(0.0, (n * dispersion - (n - 1)) / (weight.sum() - (weight**2).sum() / weight.sum()))


def _normal(sizes, target, scale, factor, between):
    sizes, limits = np.asarray(sizes, float), {}
    for level, z in Z.items():
        if scale == "arcsine":
            middle, away = np.arcsin(np.sqrt(target)), z * np.sqrt(factor**2 * 0.25 / sizes + between)
            ends = (np.sin(np.clip(middle + sign * away, 0, np.pi / 2)) ** 2 for sign in (-1, 1))
        else:
            away = z * np.sqrt(factor**2 * target * (1 - target) / sizes + between)
            ends = (np.clip(target + sign * away, 0, 1) for sign in (-1, 1))
        limits[f"lower_{level}"], limits[f"upper_{level}"] = ends
    return limits


def _exact(sizes, target):
    """Quantiles of the binomial, interpolated between the counts on either side, as shares of the denominator."""
    from scipy.stats import binom
    limits = {}
    for level, tail in TAILS.items():
        for end, chance in (("lower", tail), ("upper", 1 - tail)):
            count = binom.ppf(chance, sizes, target)
            over, at = binom.cdf(count, sizes, target) - chance, binom.pmf(count, sizes, target)
            limits[f"{end}_{level}"] = np.clip((count - over / at) / sizes, 0, 1)
    return limits


def _rarer(points, target, tail):
    """Is a count this low, or this high, rarer than the tail?"""
    from scipy.stats import binom
    counts, sizes = points["numerator"], points["denominator"]
    return np.minimum(binom.cdf(counts, sizes, target), binom.sf(counts - 1, sizes, target)) < tail


def _sizes(denominators, whole):
    """The denominators over which limits are drawn: from half the smallest to a little beyond the largest."""
    first, last = max(1, int(denominators.min() / 2)), int(np.ceil(1.04 * denominators.max())) + 1
    sizes = np.geomspace(first, last, 300)
    return np.unique(np.round(sizes).astype(np.int64)) if whole else sizes


def _cautions(left_out, denominator, n_groups, dispersion, overdispersion, target):
    if left_out:
        named = ", ".join(map(str, left_out[:SHOWN])) + (f" and {len(left_out) - SHOWN} more" * (len(left_out) > SHOWN))
        yield f"Left out, because their `{denominator}` is 0: {named}."
    if np.isnan(dispersion):
        yield (f"With a target of {target:g} on the scale of proportions there is no chance variation to hold a group "
               "against; scale='arcsine' has some.")
    if n_groups < FEW_GROUPS:
        yield (f"Only {n_groups} group{'s' * (n_groups > 1)}: how much groups differ beyond chance can hardly be told "
               f"from so few (fewer than {FEW_GROUPS}, an assumed bound).")
    if overdispersion is None and dispersion > 1.5 and n_groups >= FEW_GROUPS:
        yield (f"Groups differ more than chance lets them (dispersion {dispersion:.1f}, where chance gives about 1), "
               "and these limits are those of chance alone: too many groups lie beyond them.")
