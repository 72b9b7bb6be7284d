"""What patients and clinicians do, as compiled verbs.

Each function is one rule, for one patient or one clinician; `lnlab.month` says in which order they happen. Every
random number comes from `lnlab.draws`, every other number from `lnlab.parameters` (here `p`). A chance is met when a
uniform draw lies below it.
"""

import numpy as np

from lnlab import draws
from lnlab.compiled import compiled
from lnlab.draws import (CAN_SHARE, CHOICE, DATA, ENCOUNTER, HEALTH, MISRECORDED, MISTAKEN, PACKAGE, PHENOTYPE,
                         SEEN_INSTEAD, SHARED, USUAL_MATCH, WRITTEN)

WORKED, DID_NOT = 0, 1                  # last axis of every pile of cases
ACTIVE_FROM = 0.60                      # activation from which a person counts as active (ours)
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
def look_at_peers(first, after, peers, activation):
    """The mean activation of a person's peers, who stand at `first` to `after` - 1 in `peers`; 0 without peers."""
    if first == after:
        return 0.0
    total = 0.0
    for tie in range(first, after):
        total += activation[peers[tie]]
    return total / (after - first)


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
    return prepared or luck[DATA] < 1.0 - (1.0 - care.data_baseline) * (1.0 - care.registry) * (1.0 - patient_reported)


@compiled
def recognize(seed, month, patient, phenotype, p):
    """The phenotype that the clinician sees: the true one, or by mistake a random one."""
    if p.phenotype_error > 0.0:
        if draws.uniform(seed, ENCOUNTER, month, patient, MISTAKEN) < p.phenotype_error:
            return int(draws.uniform(seed, ENCOUNTER, month, patient, SEEN_INSTEAD) * p.n_phenotypes)
    return int(phenotype)


@compiled
def write_down(seed, month, patient, changed, p):
    """Is the encounter written down as a case? Not within the washout after a change of package."""
    if month - changed <= p.washout:
        return False
    return p.cases_per_encounter >= 1.0 or draws.uniform(seed, ENCOUNTER, month, patient, WRITTEN) < p.cases_per_encounter


@compiled
def judge(seed, month, patient, well, p):
    """Did the package work, as the case records it?"""
    if p.case_error > 0.0 and draws.uniform(seed, ENCOUNTER, month, patient, MISRECORDED) < p.case_error:
        return not well
    return well


@compiled
def share(luck, care, engaged, p):
    """Does the case go to the commons? It must be in a form that others can use, and somebody must send it."""
    usable = luck[CAN_SHARE] < p.shareable + (1.0 - p.shareable) * care.registry
    return usable and luck[SHARED] < care.sharing * engaged


@compiled
def hear(seed, month, patient, colleague, spread):
    """Does a tied colleague hear of this patient's case?"""
    return draws.uniform(seed, draws.HEARING, month, patient, colleague) < spread


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
def median_of(values, first, after):
    """The median of ``values[first:after]``, all within 0-1: count them into bins, sort only the bin that holds it."""
    n = after - first
    bins = min(1024, n)
    counts = np.zeros(bins, np.int32)
    for i in range(first, after):
        counts[min(bins - 1, int(values[i] * bins))] += 1
    rank, here = (n - 1) // 2, 0                # of the lower of the two middle values
    while rank >= counts[here]:
        rank -= counts[here]
        here += 1
    among, n_among, above = np.empty(counts[here]), 0, 1.0
    for i in range(first, after):
        bin = min(bins - 1, int(values[i] * bins))
        if bin == here:
            among[n_among] = values[i]
            n_among += 1
        elif bin > here:
            above = min(above, values[i])
    among.sort()
    if n % 2 == 1:
        return among[rank]
    return (among[rank] + (among[rank + 1] if rank + 1 < n_among else above)) / 2.0
