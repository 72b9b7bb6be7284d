"""Kappa: how far two raters agree on ordered levels, beyond what chance would make of them."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lnlab.checks import InputError, one_of, whole_number
from lnlab.measures.rating_tables import ALIKE, table_of_ratings


@dataclass(frozen=True, eq=False)
class Kappa:
    """How far two raters agree beyond chance.

    Parameters
    ----------
    kappa : float
        1 for full agreement, 0 for that of chance; NaN where chance alone would agree fully.
    weights : str
    exact_agreement, within_one : float
        Shares of the targets on which they chose the same level, and levels at most one apart.
    n : int
        Targets that both rated.
    table : pandas.DataFrame
        Counts: a row for each level of the first rater, a column for each of the second.
    caution : str
        Empty if there is none.
    """

    kappa: float
    weights: str
    exact_agreement: float
    within_one: float
    n: int
    table: pd.DataFrame = field(repr=False)
    caution: str = ""


def weighted_kappa(first, second, weights="quadratic", levels=5):
    """Agreement of two raters on ordered levels, beyond that expected by chance (Cohen).

    Parameters
    ----------
    first, second : (n_targets,) sequence
        The levels that each gave to the same targets, whole numbers from 1; NaN where there is none. A target that
        only one of them rated is left out.
    weights : {"quadratic", "linear", "unweighted"}
        How a disagreement counts: by its square, by its size, or any as much as any other.
    levels : int, default 5
        The highest level. All levels count, also those that neither used.

    Returns
    -------
    Kappa

    Raises
    ------
    InputError
        For levels out of range or between levels, for different lengths, and where no target was rated by both.

    Examples
    --------
    >>> both = weighted_kappa([1, 2, 3, 4, 5, 3], [1, 2, 3, 5, 4, 1])
    >>> round(both.kappa, 3), both.exact_agreement, round(both.within_one, 2)
    (0.75, 0.5, 0.83)
    """
    levels = whole_number("levels", levels, 2)
    power = {"quadratic": 2, "linear": 1, "unweighted": 0}[one_of("weights", weights,
                                                                 ("quadratic", "linear", "unweighted"))]
    pair = [_levels(values, name, levels) for name, values in (("first", first), ("second", second))]
    if len(pair[0]) != len(pair[1]):
        raise InputError(f"`first` and `second` must rate the same targets; got {len(pair[0])} and {len(pair[1])}.")
    known = ~np.isnan(pair).any(axis=0)
    if not known.any():
        raise InputError("`first` and `second` must both have rated at least one target; got none.")
    one, other = (values[known].astype(int) - 1 for values in pair)
    counts = np.zeros((levels, levels), int)
    np.add.at(counts, (one, other), 1)
    apart = np.abs(np.subtract.outer(np.arange(levels), np.arange(levels)))
    cost = (apart > 0) * apart.astype(float) ** power
    by_chance = (cost * np.outer(counts.sum(axis=1), counts.sum(axis=0))).sum() / known.sum()
    kappa = 1 - (cost * counts).sum() / by_chance if by_chance else np.nan
    cautions = [ALIKE] * int(not by_chance) + [f"{(~known).sum()} of {len(known)} targets were not rated by both."
                                            ] * int(not known.all())
    names = range(1, levels + 1)
    return Kappa(float(kappa), weights, float((one == other).mean()), float((np.abs(one - other) <= 1).mean()),
                 int(known.sum()), pd.DataFrame(counts, pd.Index(names, name="first"), pd.Index(names, name="second")),
                 " ".join(cautions))


def _levels(values, name, levels):
    """Levels as floats, NaN where there is none; all that is none of 1 to `levels` is told at once."""
    table = table_of_ratings(pd.DataFrame({name: list(values)}), name)
    found = table[name].to_numpy()
    wrong = [f"row {row}: {value:g}" for row, value in enumerate(found, 1)
             if value == value and value not in range(1, levels + 1)]
    if wrong:
        raise InputError(f"`{name}` must hold whole levels from 1 to {levels}; got {'; '.join(wrong[:20])}.")
    return found
