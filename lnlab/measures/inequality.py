"""How unequally a thing is spread over people: the Gini coefficient, the share of the top, and 90-9-1."""

import math

import numpy as np

from lnlab.checks import InputError, items, number, switch

__all__ = ["gini", "participation_shares", "top_share"]


def gini(values, corrected=False):
    """How unequally something is spread: 0 if all have the same, near 1 if one has all.

    Half the mean difference between two people, over the mean: sum of (2 i - n - 1) x_i / (n sum of x_i), for the
    values x_1 to x_n in rising order. Zeros count: to leave out those who did nothing, leave them out before.

    Parameters
    ----------
    values : (n_people,) numbers, 0 or more
        What each person has or did, in any unit.
    corrected : bool, default False
        Multiply by n / (n - 1), so that the largest possible value is 1 in a small group too.

    Returns
    -------
    float
        0 to 1; NaN where there is nothing to spread (no people, all zeros) or, corrected, only one person.

    Raises
    ------
    InputError
        For anything but finite numbers of 0 or more.

    Examples
    --------
    >>> gini([1, 2, 3, 4])
    0.25
    >>> gini([0, 0, 0, 8]), gini([0, 0, 0, 8], corrected=True)
    (0.75, 1.0)
    """
    corrected = switch("corrected", corrected)
    ordered = np.sort(_amounts(values))
    n = len(ordered)
    largest = ordered[-1] if n else 0.0
    if largest == 0 or (corrected and n == 1):
        return math.nan
    ordered = ordered / largest             # so that no sum is too large for a float
    found = ((2 * np.arange(1, n + 1) - n - 1) * ordered).sum() / (n * ordered.sum())
    return float(found * n / (n - 1) if corrected else found)


def top_share(values, top):
    """The share of the whole that the top few people have.

    Parameters
    ----------
    values : (n_people,) numbers, 0 or more
    top : float
        How many people the top is, as a share of all: 0.1 is the top tenth. A part of a person counts as one person
        (the top 1 % of 60 people is one person).

    Returns
    -------
    float
        0 to 1; NaN where there is nothing to share.

    Raises
    ------
    InputError

    Examples
    --------
    >>> top_share([1, 1, 1, 1, 1, 1, 1, 1, 1, 11], 0.1)
    0.55
    """
    return _share_of_first(np.sort(_amounts(values))[::-1], top)


def participation_shares(values):
    """The 90-9-1 rule held against numbers: what the top 1 %, the next 9 % and the other 90 % of people did.

    The rule of thumb says that in online communities nearly all content is made by few. In four digital health
    networks the three groups made 74.7, 24.0 and 1.3 % of it [vanmierlo2014].

    Parameters
    ----------
    values : (n_people,) numbers, 0 or more
        What each person did; those who did nothing count if they are among the values.

    Returns
    -------
    pandas.DataFrame
        A row each for "superusers" (top 1 %), "contributors" (next 9 %) and "lurkers" (other 90 %): group, n_people,
        share_of_people, share (0-1; NaN where nobody did anything). Parts of people are rounded up, from the top, so
        below 100 people the superuser is one person.

    Raises
    ------
    InputError

    Examples
    --------
    >>> participation_shares([300] + 9 * [60] + 90 * [1])
              group  n_people  share_of_people     share
    0    superusers         1             0.01  0.322581
    1  contributors         9             0.09  0.580645
    2       lurkers        90             0.90  0.096774
    """
    import pandas as pd
    ordered = np.sort(_amounts(values))[::-1]
    n = len(ordered)
    people = np.diff([0, _first(n, 0.01), _first(n, 0.1), n])
    up_to = np.array([_share_of_first(ordered, 0.01), _share_of_first(ordered, 0.1), _share_of_first(ordered, 1)])
    return pd.DataFrame({"group": ["superusers", "contributors", "lurkers"], "n_people": people,
                         "share_of_people": people / n if n else math.nan, "share": np.diff(up_to, prepend=0)})


def _share_of_first(ordered, top):
    top = number("top", top, 0, 1, unit="share of people")
    if not len(ordered) or ordered[0] == 0:
        return math.nan
    ordered = ordered / ordered[0]
    return float(ordered[:_first(len(ordered), top)].sum() / ordered.sum())


def _first(n, top):
    """How many people the top is: rounded up, but 0.07 of 100 is 7, whatever its last bit."""
    return math.ceil(round(n * top, 9))


def _amounts(values):
    """The values as floats, or the places of all that cannot be one."""
    listed = items("values", values, "numbers of 0 or more, one for each person")
    try:
        table = np.asarray(listed)
        numbers = table.dtype.kind in "iuf" and not any(isinstance(each, (bool, np.bool_)) for each in listed)
        amounts = table.astype(float) if numbers else np.array([_amount(each) for each in listed])
    except (TypeError, ValueError):
        amounts = np.array([_amount(each) for each in listed])
    amounts = amounts.astype(float).ravel() if amounts.size == len(listed) else np.full(len(listed), math.nan)
    wrong = np.flatnonzero(~(np.isfinite(amounts) & (amounts >= 0)))
    if len(wrong):
        shown = ", ".join(f"{listed[place]!r:.60} (place {place + 1})" for place in wrong[:10])
        more = f" and {len(wrong) - 10} more" if len(wrong) > 10 else ""
        raise InputError(f"`values` must be numbers of 0 or more, one for each person; got {shown}{more}.")
    return amounts


def _amount(value):
    try:
        return float(number("values", value, 0))
    except InputError:
        return math.nan
