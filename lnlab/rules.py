"""What patients and clinicians do, as compiled verbs.

Each function is one rule, for one patient or one clinician; `lnlab.month` says in which order they happen. Every
random number comes from `lnlab.draws`, every other number from `lnlab.parameters` (here `p`). A chance is met when a
uniform draw lies below it.
"""

import numpy as np

from lnlab import draws
from lnlab.compiled import compiled, written_in
from lnlab.draws import (CHOICE, ENCOUNTER, HEALTH, MISRECORDED, MISTAKEN, PACKAGE, PHENOTYPE, SEEN_INSTEAD,
                         USUAL_MATCH)

WORKED, DID_NOT = 0, 1                  # last axis of every pile of cases
ACTIVE_FROM = 0.60                      # activation from which a person counts as active (ours)
BINS = 128                              # into which healths are counted on the way to their median
NEVER_CHANGED = -1_000_000              # month of the last change of package of somebody who never changed


@compiled
def become_newly_diagnosed(seed, purpose, month, patient, p, best_package):
    """A newly diagnosed patient: phenotype, health and the package that usual care starts with."""
    luck = draws.four_uniforms(seed, purpose, month, patient, 0)
    phenotype = int(luck[PHENOTYPE] * p.n_phenotypes)
    health = 0.3 + 0.4 * luck[HEALTH]
    if luck[USUAL_MATCH] < p.usual_match:
        return phenotype, health, int(best_package[phenotype])
    return phenotype, health, int(luck[PACKAGE] * p.n_packages)


@compiled
def look_at_peers(first, after, peers_from, peers, per_peer, activation, sums, means):
    """The mean activation of the peers of each of the people `first` to `after` - 1; 0 without peers.

    The peers of person i stand in the rows peers_from[i] to peers_from[i + 1] - 1, in fours, filled up with nobody,
    whose activation is 0; `per_peer` is one over their number. First each four is added up, whosever it is: so the processor can fetch many at once.
    """
    start = peers_from[first]
    for row in range(start, peers_from[after]):
        sums[row - start] = (activation[peers[row, 0]] + activation[peers[row, 1]]) + (
            activation[peers[row, 2]] + activation[peers[row, 3]])
    for i in range(first, after):
        total = 0.0
        for row in range(peers_from[i], peers_from[i + 1]):
            total += sums[row - start]
        means[i - first] = total * per_peer[i]


@compiled
def spread_activation(own, baseline, peers_mean, influence, leadership, fading):
    """How far peers and leaders lift a person's activation this month, less what fades back to the baseline."""
    return (influence * peers_mean + leadership) * (1.0 - own) - fading * (own - baseline)


@compiled
def meet(own, other, influence):
    """How far an encounter moves a person toward the other's activation; a passive one also pulls down."""
    return influence * (other - own)


@compiled
def engage(patient_activation, clinician_activation, coproduction):
    """How engaged an encounter is: from either party is enough (coproduction 0) to both are needed (1)."""
    either = 1.0 - (1.0 - patient_activation) * (1.0 - clinician_activation)
    both = patient_activation * clinician_activation
    return (1.0 - coproduction) * either + coproduction * both


@compiled
def gather_data(prepared, luck, care, patient_reported):
    """Are data at hand? They are if the visit was prepared, or came by one of three independent ways."""
    return prepared | (luck < 1.0 - (1.0 - care.data_baseline) * (1.0 - care.registry) * (1.0 - patient_reported))


@compiled
def recognize(seed, month, patient, phenotype, p):
    """The phenotype that the clinician sees: the true one, or by mistake a random one."""
    if p.phenotype_error > 0.0:
        if draws.uniform(seed, ENCOUNTER, month, patient, MISTAKEN) < p.phenotype_error:
            return int(draws.uniform(seed, ENCOUNTER, month, patient, SEEN_INSTEAD) * p.n_phenotypes)
    return int(phenotype)


@compiled
def write_down(luck, month, changed, p):
    """Is the encounter written down as a case? Not within the washout after a change of package."""
    return (month - changed > p.washout) & (luck < p.cases_per_encounter)


@compiled
def judge(seed, month, patient, well, p):
    """Did the package work, as the case records it?"""
    if p.case_error > 0.0 and draws.uniform(seed, ENCOUNTER, month, patient, MISRECORDED) < p.case_error:
        return not well
    return well


@compiled
def share(luck_with_form, luck_with_sending, care, engaged, p):
    """Does the case go to the commons? It must be in a form that others can use, and somebody must send it."""
    usable = luck_with_form < p.shareable + (1.0 - p.shareable) * care.registry
    return usable & (luck_with_sending < care.sharing * engaged)


@compiled
def decide(seed, month, patient, own_pile, pooled):
    """Thompson sampling: draw a value for each package from what the cases say of it; the highest wins.

    `own_pile` and `pooled` are counts (n_packages, worked / did not) for the phenotype seen. The value is a normal
    approximation to the Beta posterior [thompson1933], with the bounded bell of `lnlab.draws`.
    """
    chosen, highest = 0, -np.inf
    for package in range(own_pile.shape[0]):
        worked = own_pile[package, WORKED] + pooled[package, WORKED]
        did_not = own_pile[package, DID_NOT] + pooled[package, DID_NOT]
        mean = (1.0 + worked) / (2.0 + worked + did_not)
        sd = np.sqrt(mean * (1.0 - mean) / (3.0 + worked + did_not))
        value = mean + sd * draws.bell(seed, CHOICE, month, patient, package)
        if value > highest:
            chosen, highest = package, value
    return chosen


@compiled
def heal(health, efficacy, activation, noise, flares, p):
    """Health at the month's end: on its way to what the package does with this adherence, ups and downs, a flare."""
    adherence = p.adherence_floor + (1.0 - p.adherence_floor) * activation
    health = health + p.response_rate * (efficacy * adherence - health) + p.noise * noise
    if flares:
        health = health - p.flare_drop
    return within_bounds(health)


@compiled
def within_bounds(value):
    """`value` clipped to 0-1."""
    return min(1.0, max(0.0, value))


@compiled
def grow_old(pile, kept):
    """Knowledge ages: a pile keeps this share of its counts."""
    counts = pile.ravel()
    for i in range(len(counts)):
        counts[i] *= kept


@compiled
def copy_pile(pile, to):
    """Make the counts of `to` those of `pile`."""
    counts, copied = pile.ravel(), to.ravel()
    for i in range(len(counts)):
        copied[i] = counts[i]


@compiled
def total_of(pile):
    """The sum of all counts, in a fixed order: the same to the last bit with the compiler on or off."""
    total = 0.0
    for count in pile.ravel():
        total += count
    return total


@compiled
def bin_of(value):
    """Which of the `BINS` equal parts of 0-1 a value lies in."""
    return min(BINS - 1, int(value * BINS))


@compiled
def bin_of_rank(counts, rank):
    """The bin that holds the value of this rank (0 is the lowest), and how many values lie in the bins below it."""
    below, bin = 0, 0
    while below + counts[bin] <= rank:
        below += counts[bin]
        bin += 1
    return bin, below


@compiled
def median_of(values, first, after, counts, near):
    """The median of ``values[first:after]``, of which `counts` says how many lie in each bin.

    Only the values in the bin (or two) where the middle lies are looked at one by one; `near` has room for them.
    """
    n = counts.sum()
    lower, upper = (n - 1) // 2, n // 2         # the ranks of the two middle values: the same if n is odd
    low, below = bin_of_rank(counts, lower)
    high, _ = bin_of_rank(counts, upper)
    from_value, until_value = low / BINS, (high + 1.0) / BINS if high < BINS - 1 else np.inf
    n_near = 0
    for i in range(first, after):
        near[n_near] = values[i]                # overwritten by the next unless near: quicker than an `if`
        n_near += (from_value <= values[i]) & (values[i] < until_value)
    return (find(near, n_near, lower - below) + find(near, n_near, upper - below)) / 2.0


@compiled
def find(values, n, rank):
    """The value of this rank (0 is the lowest) among the first `n`, which are reordered [hoare1961]."""
    left, right = 0, n - 1
    while left < right:
        pivot, low, high = values[rank], left, right
        while low <= high:
            while values[low] < pivot:
                low += 1
            while values[high] > pivot:
                high -= 1
            if low <= high:
                values[low], values[high] = values[high], values[low]
                low, high = low + 1, high - 1
        if high < rank:
            left = low
        if low > rank:
            right = high
    return values[rank]
