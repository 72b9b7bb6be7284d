"""The order in which a month happens.

Everyone acts on what was known at the month's start; what is learned is added at its end. So the order of patients
never matters. The verbs are in `lnlab.rules`, the records in `lnlab.state`.
"""

import numpy as np

from lnlab import draws
from lnlab.compiled import compiled
from lnlab.draws import LIFE, NEWCOMER, NOISE, bells, four_uniforms, uniform_pairs
from lnlab.rules import (ACTIVE_FROM, BINS, NEVER_CHANGED, become_newly_diagnosed, bin_of, copy_pile, grow_old, heal,
                         look_at_peers, median_of, spread_activation, total_of, within_bounds)
from lnlab.visits import change_package, see_clinicians

CENTERS_AT_A_TIME = 16                  # of about a hundred patients each: small enough for a processor's own memory


@compiled
def settle(seed, parameters, network):
    """Everybody at the first month, as newly diagnosed."""
    for c in range(len(network.kinds)):
        best = network.best_package[at(c, network.best_package)]
        for i in range(network.patients_from[c], network.patients_from[c + 1]):
            network.health[i] = arrive(seed, draws.FOUNDER, 0, i, network.patients[i], parameters[0], best,
                                       network.kinds[c])


@compiled
def arrive(seed, purpose, month, i, patient, p, best_package, kinds):
    """Somebody newly diagnosed takes the place of patient `i` in a center. Returns their health."""
    patient.phenotype, health, patient.package = become_newly_diagnosed(seed, purpose, month, i, p, best_package)
    kinds[patient.phenotype] += 1
    return health


@compiled
def at(c, by_center):
    """Where center `c` stands in an array that has one row for all centers if they are alike, else one for each."""
    return min(c, len(by_center) - 1)


@compiled
def live(first, until, seed, parameters, care, phase, network, record, held, struck, log):
    """Live the months `first` to `until` - 1; return (struck cases met, encounters logged in the last month)."""
    p = parameters[0]
    found, n_logged = 0, 0
    unrecorded = np.zeros_like(record.notes[0])
    for month in range(first, until):
        t = month + p.burn_in
        today = care[phase[t]]
        notes = record.notes[month] if month >= 0 else unrecorded
        hold(t - 1, network, network.activation[month % 2], held)
        turn_over(seed, month, p, network)
        note_origins(network.cases_from, notes)
        n_cases, n_logged = live_in_centers(seed, month, p, today, network, notes, held.activation[t:t + 1],
                                            held.package[t:t + 1], log)
        live_clinicians(p, today, network)
        found += pool(seed, month, p, today, network, notes, n_cases, struck)
        hold(t, network, network.activation[(month + 1) % 2], held)
        if month >= 0:
            take_stock(month, network, record, today, notes)
    return found, n_logged


@compiled
def hold(t, network, activation, held):
    """Clamp what is held to what it was in the other run at the end of its month `t`."""
    if t < 0:
        return
    if len(held.activation):
        for i in range(len(network.patients)):
            activation[i] = held.activation[t, i]
        for j in range(len(network.clinicians)):
            network.clinicians[j].activation = held.clinician_activation[t, j]
    if len(held.package):
        for i in range(len(network.patients)):
            network.patients[i].package = held.package[t, i]
    if len(held.unshared):
        copy_pile(held.unshared[t], network.unshared)
        copy_pile(held.shared[t], network.shared)
    if len(held.commons):
        copy_pile(held.commons[t], network.commons)
        copy_pile(held.cases_from[t], network.cases_from)


@compiled
def turn_over(seed, month, p, network):
    """Some patients leave, newly diagnosed ones take their places."""
    patients, activation, health = network.patients, network.activation[month % 2], network.health
    patients_from, flares, kinds, best_package = (network.patients_from, network.flares, network.kinds,
                                                  network.best_package)
    turnover_luck, flare_luck = network.turnover_luck, network.flare_luck
    for c in range(len(kinds)):
        first, after = patients_from[c], patients_from[c + 1]
        uniform_pairs(seed, LIFE, month, first, after, turnover_luck, flare_luck)
        for i in range(first, after):
            flares[i] = flare_luck[i - first] < p.flare_chance
        for i in range(first, after):
            if turnover_luck[i - first] < p.turnover:
                patient = patients[i]
                kinds[c, patient.phenotype] -= 1
                health[i] = arrive(seed, NEWCOMER, month, i, patient, p, best_package[at(c, best_package)], kinds[c])
                activation[i] = patient.baseline
                patient.changed, patient.arrived = NEVER_CHANGED, month
                patient.visits, patient.changes, patient.months_well = 0, 0, 0
    for j in range(len(network.clinicians)):
        clinician = network.clinicians[j]
        network.clinician_before[j] = clinician.activation
        clinician.pull, clinician.met = 0.0, 0


@compiled
def note_origins(cases_from, notes):
    """Each center's share of the commons at the month's start (0 while the commons is empty)."""
    total = total_of(cases_from)
    for c in range(len(notes)):
        notes[c].share_of_commons = cases_from[c] / total if total > 0.0 else 0.0


@compiled
def live_in_centers(seed, month, p, today, network, notes, held_activation, held_package, log):
    """The month in the centers: visits, then everybody lives on, then clinicians keep their cases.

    Some centers at a time, because a processor is quick with what it has just had in hand. `log` has a place for
    every patient if encounters are wanted, else none. Returns the numbers of cases and of encounters.
    """
    n_cases, n_visits = 0, 0
    network.all_counts[:] = 0
    for first in range(0, len(notes), CENTERS_AT_A_TIME):
        after, n_earlier = min(first + CENTERS_AT_A_TIME, len(notes)), n_cases
        n_cases, n_visits = see_clinicians(seed, month, p, today, notes, first, after, network, n_cases, n_visits,
                                           len(held_package) > 0, log)
        live_on(seed, month, p, today, notes, first, after, network, held_activation, held_package)
        keep_cases(p, first, after, network, n_earlier, n_cases)
    return n_cases, n_visits


@compiled
def live_on(seed, month, p, today, notes, first, after, network, held_activation, held_package):
    """What the month does to everybody in the centers `first` to `after` - 1: activation spreads, health heals."""
    before, activation = network.activation[month % 2], network.activation[(month + 1) % 2]
    patients, all_health, counts, all_counts = network.patients, network.health, network.counts, network.all_counts
    peers_from, peers, per_peer = network.peers_from, network.peers, network.per_peer
    sums, peers_means = network.sums, network.peers_means
    patients_from, flares, noise = network.patients_from, network.flares, network.noise
    efficacy, best_package = network.efficacy, network.best_package
    trend = p.efficacy_trend * max(month, 0) / 12.0
    for c in range(first, after):
        note, leadership = notes[c], today[c].leadership
        n_well, n_active, n_on_best, sum_of_health, sum_of_activation = 0, 0, 0, 0.0, 0.0
        one, table = patients_from[c], at(c, efficacy)
        bells(seed, NOISE, month, one, patients_from[c + 1], noise)
        look_at_peers(one, patients_from[c + 1], peers_from, peers, per_peer, before, sums, peers_means)
        for i in range(one, patients_from[c + 1]):
            patient = patients[i]
            if len(held_package):
                all_health[i] -= change_package(patient, held_package[0, i], month, p, note)
            peers_mean = peers_means[i - one]
            if peers_mean < p.contagion_threshold:
                peers_mean = 0.0
            own = within_bounds(activation[i] + spread_activation(before[i], patient.baseline, peers_mean,
                                                                  p.patient_influence, leadership, p.fading))
            if len(held_activation):
                own = held_activation[0, i]
            health = heal(all_health[i], efficacy[table, patient.phenotype, patient.package] + trend, own,
                          noise[i - one], flares[i], p)
            well = health >= p.remission_threshold
            activation[i], all_health[i] = own, health
            patient.months_well += well
            n_well += well
            n_active += own >= ACTIVE_FROM
            n_on_best += patient.package == best_package[table, patient.phenotype]
            sum_of_health += health
            sum_of_activation += own
        note.well, note.active, note.on_best = n_well, n_active, n_on_best
        note.health, note.activation = sum_of_health, sum_of_activation
        note.median_health = median_in_center(all_health, one, patients_from[c + 1], counts, all_counts, noise)


@compiled
def median_in_center(health, first, after, counts, all_counts, near):
    """The median health of the patients `first` to `after` - 1; `all_counts` counts their healths too."""
    counts[:] = 0
    for i in range(first, after):
        counts[bin_of(health[i])] += 1
    for bin in range(BINS):
        all_counts[bin] += counts[bin]
    return median_of(health, first, after, counts, near)


@compiled
def keep_cases(p, first, after, network, first_case, after_case):
    """What the clinicians of the centers `first` to `after` - 1 know of their own ages; new cases are added."""
    cases, clinicians_from, unshared, shared = network.cases, network.clinicians_from, network.unshared, network.shared
    kept = 1.0 - (p.obsolescence if p.center_archive else p.forgetting)
    grow_old(unshared[clinicians_from[first]:clinicians_from[after]], kept)
    grow_old(shared[clinicians_from[first]:clinicians_from[after]], kept)
    for n in range(first_case, after_case):
        case = cases[n]
        unshared[case.clinician, case.phenotype, case.package, case.result] += not case.shared
        shared[case.clinician, case.phenotype, case.package, case.result] += case.shared


@compiled
def live_clinicians(p, today, network):
    """Each clinician's activation: colleagues, leaders, and the patients met this month."""
    clinicians, before, peers_means = network.clinicians, network.clinician_before, network.peers_means
    look_at_peers(0, len(clinicians), network.colleagues_from, network.colleagues, network.per_colleague, before,
                  network.sums, peers_means)
    for j in range(len(clinicians)):
        clinician = clinicians[j]
        change = spread_activation(before[j], clinician.baseline, peers_means[j], p.clinician_influence,
                                   today[clinician.center].leadership, p.fading)
        if clinician.met > 0:
            change += p.encounter_influence * (clinician.pull / clinician.met)
        clinician.activation = within_bounds(before[j] + change)


@compiled
def pool(seed, month, p, today, network, notes, n_cases, struck):
    """The commons ages; then this month's shared cases enter it, and colleagues may hear of the others.

    Returns how many struck cases were met.
    """
    commons, cases_from, clinicians, cases = network.commons, network.cases_from, network.clinicians, network.cases
    unshared, colleagues_from, colleagues = network.unshared, network.colleagues_from, network.colleagues
    grow_old(commons, 1.0 - p.obsolescence)
    grow_old(cases_from, 1.0 - p.obsolescence)
    found = 0
    for n in range(n_cases):
        case = cases[n]
        clinician = clinicians[case.clinician]
        c = clinician.center
        if not case.shared:
            if today[c].clinician_spread > 0.0:
                tell_colleagues(seed, month, case, today[c].clinician_spread, clinician.n_colleagues,
                                colleagues_from[case.clinician], colleagues, unshared)
        elif is_struck(month, case.patient, struck):
            found += 1
        else:
            commons[case.phenotype, case.package, case.result] += 1.0
            cases_from[c] += 1.0
            notes[c].shared_cases += 1
    return found


@compiled
def tell_colleagues(seed, month, case, spread, n_colleagues, first, colleagues, unshared):
    """Each colleague hears of the case with a chance; who hears has one case more."""
    for row in range((n_colleagues + 3) // 4):
        luck = four_uniforms(seed, draws.HEARING, month, case.patient, row)
        for place in range(min(4, n_colleagues - 4 * row)):
            if luck[place] < spread:
                unshared[colleagues[first + np.uint64(row), place], case.phenotype, case.package, case.result] += 1.0


@compiled
def is_struck(month, i, struck):
    """Was this case struck from the commons? `struck` holds (month, patient) pairs."""
    for n in range(len(struck)):
        if struck[n, 0] == month and struck[n, 1] == i:
            return True
    return False


@compiled
def take_stock(month, network, record, today, notes):
    """Note how the network stands at the month's end, beyond what was noted center by center."""
    for c in range(len(notes)):
        notes[c].member = today[c].member
    for j in range(len(network.clinicians)):
        notes[network.clinicians[j].center].clinician_activation += network.clinicians[j].activation
    no_longer_needed = network.activation[month % 2]
    record.median_health[month] = median_of(network.health, 0, len(network.health), network.all_counts,
                                            no_longer_needed)
    copy_pile(network.commons, record.commons[month])
    copy_pile(network.kinds, record.kinds[month])
