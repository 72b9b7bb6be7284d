"""What the commons knows: how well one would choose from it alone.

Only a model can measure this, because only here is it known what works for whom.
"""

import numpy as np

from lnlab.compiled import compiled
from lnlab.draws import ROOT_3
from lnlab.rules import DID_NOT, WORKED, total_of

# Gauss-Legendre with 8 nodes on -1 to 1, from any table [abramowitz1964]. The sum of four uniforms lies in 0-4 and its
# density is a cubic on each unit piece, so each piece has its own nodes.
_OUT = np.array([0.1834346424956498, 0.5255324099163290, 0.7966664774136267, 0.9602898564975363])
_WEIGHT = np.array([0.3626837833783620, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763])
NODES = np.concatenate([piece + 0.5 + side * _OUT / 2 for piece in range(4) for side in (-1, 1)])
WEIGHTS = np.tile(_WEIGHT / 2, 8)


def usable_knowledge(commons, kinds, efficacy, *, greedy=False):
    """How well the choice rule would choose from the commons alone, month by month.

    Parameters
    ----------
    commons : (n_months, n_phenotypes, n_packages, 2) array
        Cases in the commons that worked and that did not.
    kinds : (n_months, n_centers, n_phenotypes) array
        Patients of each phenotype in each center.
    efficacy : (n_centers, n_phenotypes, n_packages) array
        Health to which each package leads.
    greedy : bool, default False
        Always pick what looks best, instead of sampling as the model's clinicians do.

    Returns
    -------
    (n_months,) array
        0 for a choice at random, 1 for the best package throughout; NaN where the commons is empty or where all
        packages do equally well.

    Examples
    --------
    >>> clear = np.array([[[[99.0, 1.0], [1.0, 99.0]]]])
    >>> usable_knowledge(clear, np.array([[[5]]]), np.array([[[0.9, 0.3]]])).round(3)
    array([1.])
    """
    return _usable(np.ascontiguousarray(commons), np.ascontiguousarray(kinds), efficacy, greedy)


@compiled
def _usable(commons, kinds, efficacy, greedy):
    usable = np.full(len(commons), np.nan)
    for month in range(len(commons)):
        if total_of(commons[month]) == 0.0:
            continue
        expected, best, uniform = 0.0, 0.0, 0.0
        for phenotype in range(commons.shape[1]):
            pile = commons[month, phenotype]
            chances = looks_best(pile) if greedy else chances_to_win(pile)
            for center in range(len(efficacy)):
                health, n = efficacy[center, phenotype], kinds[month, center, phenotype]
                expected += n * mean_of(health, chances)
                best += n * health.max()
                uniform += n * (total_of(health) / len(health))
        if best - uniform > 1e-12 * best:
            usable[month] = (expected - uniform) / (best - uniform)
    return usable


@compiled
def mean_of(values, weights):
    """The weighted sum of a package's values, in a fixed order."""
    total = 0.0
    for package in range(len(values)):
        total += weights[package] * values[package]
    return total


@compiled
def looks_best(pile):
    """All weight on the package with the highest mean; the lowest number where several have it."""
    chances = np.zeros(len(pile))
    chosen, highest = 0, -np.inf
    for package in range(len(pile)):
        mean = (1.0 + pile[package, WORKED]) / (2.0 + pile[package, WORKED] + pile[package, DID_NOT])
        if mean > highest:
            chosen, highest = package, mean
    chances[chosen] = 1.0
    return chances


@compiled
def chances_to_win(pile):
    """The chance of each package to draw the highest value in `lnlab.rules.decide`, (n_packages,), by quadrature."""
    n_packages = len(pile)
    means, sds, chances = np.empty(n_packages), np.empty(n_packages), np.zeros(n_packages)
    for package in range(n_packages):
        worked, did_not = pile[package, WORKED], pile[package, DID_NOT]
        means[package] = (1.0 + worked) / (2.0 + worked + did_not)
        sds[package] = np.sqrt(means[package] * (1.0 - means[package]) / (3.0 + worked + did_not)) * ROOT_3
    for package in range(n_packages):
        for node in range(len(NODES)):
            value = means[package] + sds[package] * (NODES[node] - 2.0)
            beats_all = WEIGHTS[node] * density_of_four(NODES[node])
            for other in range(n_packages):
                if other != package:
                    beats_all *= share_of_four_below((value - means[other]) / sds[other] + 2.0)
            chances[package] += beats_all
    return chances / total_of(chances)


@compiled
def density_of_four(x):
    """The density of the sum of four uniforms (Irwin-Hall)."""
    x = min(x, 4.0 - x)
    return 0.0 if x <= 0.0 else cube(x) / 6.0 if x < 1.0 else (cube(x) - 4.0 * cube(x - 1.0)) / 6.0


@compiled
def share_of_four_below(x):
    """The chance that the sum of four uniforms lies below x."""
    if x > 2.0:
        return 1.0 - share_of_four_to_two(4.0 - x)
    return share_of_four_to_two(x)


@compiled
def share_of_four_to_two(x):
    """The same for x up to 2; the other half follows by symmetry."""
    if x <= 0.0:
        return 0.0
    return x * cube(x) / 24.0 if x < 1.0 else (x * cube(x) - 4.0 * (x - 1.0) * cube(x - 1.0)) / 24.0


@compiled
def cube(x):
    """x to the third, multiplied out: a power may differ in its last bit with the compiler off."""
    return x * x * x
