"""Clinicians who learn which package works, alone and together: the bandit at the heart of the model."""

import numpy as np

from lnlab.checks import number, whole_number
from lnlab.experiment import replicate_seeds
from lnlab.rules import DID_NOT, WORKED, decide


def learn_to_choose(works, n_clinicians=2, together=False, forgetting=0.0, months=60, repetitions=1000, seed=1):
    """The bandit at the heart of the model: one patient of one kind for each clinician and month, nothing else.

    Each chooses by `lnlab.rules.decide` among packages of which nobody knows how often they work.

    Parameters
    ----------
    works : (n_packages,) array
        How often each package works.
    n_clinicians : int, default 2
    together : bool, default False
        Whether all cases go to one pile that all use, or each clinician keeps their own.
    forgetting : float, default 0
        Share of each pile that is lost every month.
    months, repetitions, seed : int
        The same seed is the same luck for the same clinician, whatever else is changed.

    Returns
    -------
    (repetitions, months) array
        The share of clinicians who chose the best package.

    Examples
    --------
    >>> learn_to_choose([1.0, 0.0], months=30, repetitions=50)[:, -1].mean() > 0.9
    np.True_
    """
    works = np.array([number("works", each, 0, 1) for each in works])
    forgetting = number("forgetting", forgetting, 0, 1, "share a month")
    n_clinicians, months = whole_number("n_clinicians", n_clinicians, 1), whole_number("months", months, 1)
    best, nobody_elses = works.argmax(), np.zeros((len(works), 2))
    on_best = np.zeros((whole_number("repetitions", repetitions, 1), months))
    for repetition, one in enumerate(replicate_seeds(repetitions, seed)):
        luck = np.random.default_rng(one).random((n_clinicians, months))
        piles = np.zeros((1 if together else n_clinicians, len(works), 2))
        for month in range(months):
            chosen = [decide(one, month, each, piles[each % len(piles)], nobody_elses) for each in range(n_clinicians)]
            piles *= 1 - forgetting
            for each, package in enumerate(chosen):
                result = WORKED if luck[each, month] < works[package] else DID_NOT
                piles[each % len(piles), package, result] += 1
            on_best[repetition, month] = chosen.count(best) / n_clinicians
    return on_best
