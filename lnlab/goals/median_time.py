"""The median time to an event that some have not had yet."""

import numpy as np

from lnlab.checks import InputError


def median_time(months, reached):
    """The median time to an event that some have not had yet, with its 95 % interval.

    From the Kaplan-Meier curve: the time at which half have had the event, or halfway to the next event where exactly
    half had it for a while, so that it is the plain median where all had it. The interval is that of statsmodels
    (`SurvfuncRight.quantile_ci`, on the log-minus-log scale).

    Parameters
    ----------
    months : (n,) float
        When it happened, or until when it had not.
    reached : (n,) bool

    Returns
    -------
    median, low, high : float
        Infinite where it lies beyond what was followed; low and high are missing where fewer than two had the event,
        or where the curve is nowhere near one half (few had it, or nearly all in the same month).

    Raises
    ------
    InputError

    Examples
    --------
    >>> median_time([10, 20, 30, 40, 48, 48], [True, True, True, True, False, False])[0]
    35.0
    >>> median_time([48, 48], [False, False])
    (inf, nan, nan)
    """
    from statsmodels.duration.survfunc import SurvfuncRight
    months, reached = np.asarray(months), np.asarray(reached)
    numeric = months.dtype.kind in "iuf" and np.isfinite(months).all() and (months >= 0).all()
    if months.ndim != 1 or months.shape != reached.shape or not len(months) or not numeric \
            or reached.dtype.kind not in "biuf" or not np.isin(reached, (0, 1)).all():
        raise InputError("`months` and `reached` must be two lists of the same length, of at least one network: "
                         "numbers from 0 on, and whether it was reached (True or False), with no value missing; got "
                         f"{months!r:.100} and {reached!r:.100}.")
    months, reached = months.astype(float), reached.astype(bool)
    if not reached.any():
        return np.inf, np.nan, np.nan
    curve = SurvfuncRight(months, reached.astype(int))
    there = np.flatnonzero(curve.surv_prob <= 0.5 + 1e-12)
    if not len(there):
        median = np.inf
    else:
        first = there[0]
        halfway = abs(curve.surv_prob[first] - 0.5) < 1e-12 and first + 1 < len(curve.surv_times)
        median = float(curve.surv_times[first:first + 2].mean() if halfway else curve.surv_times[first])
    if reached.sum() < 2:
        return median, np.nan, np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = curve.quantile_ci(0.5)
    return median, float(low), float(high)
