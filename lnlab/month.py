"""The order in which a month happens.

Everyone acts on what was known at the month's start; what is learned is added at its end. So the order of patients
never matters. The verbs are in `lnlab.rules`, the records in `lnlab.state`.
"""

import numpy as np

from lnlab import draws
from lnlab.compiled import compiled
from lnlab.draws import (ENCOUNTER, FIRST_FOUR, LIFE, NEWCOMER, NOISE, SECOND_FOUR, bells, four_uniforms,
                         uniform_fours, uniform_pairs)
from lnlab.rules import (ACTIVE_FROM, BINS, DID_NOT, NEVER_CHANGED, WORKED, become_newly_diagnosed, bin_of, copy_pile,
                         decide, engage, gather_data, grow_old, heal, judge, look_at_peers, median_of, meet,
                         recognize, share, spread_activation, total_of, within_bounds, write_down)


@compiled
def settle(seed, parameters, network):
    """Everybody at the first month, as newly diagnosed."""
    p = parameters[0]
    for i in range(len(network.patients)):
        arrive(seed, draws.FOUNDER, 0, i, network.patients[i], p, network.best_package, network.kinds)


@compiled
def arrive(seed, purpose, month, i, patient, p, best_package, kinds):
    """Somebody newly diagnosed takes the place of patient `i`."""
    patient.phenotype, patient.health, patient.package = become_newly_diagnosed(
        seed, purpose, month, i, p, best_package[patient.center])
    kinds[patient.center, patient.phenotype] += 1


@compiled
def live(first, until, seed, parameters, care, phase, network, record, held, struck, log):
    """Live the months `first` to `until` - 1; return (struck cases met, encounters of the last month)."""
    p = parameters[0]
    found, visits = 0, 0
    unrecorded = np.zeros_like(record.notes[0])
    for month in range(first, until):
        t = month + p.burn_in
        today = care[phase[t]]
        notes = record.notes[month] if month >= 0 else unrecorded
        hold(t - 1, network, held)
        uniform_pairs(seed, LIFE, month, network.turnover_luck, network.flare_luck)
        bells(seed, NOISE, month, network.noise)
        turn_over(seed, month, p, network)
        note_origins(network.cases_from, notes)
        n_cases, visits = live_patients(seed, month, p, today, network, notes, held.activation[t:t + 1],
                                        held.package[t:t + 1], log)
        live_clinicians(p, today, network.clinicians, network.clinician_before, network.colleagues_from,
                        network.colleagues)
        found += learn(seed, month, p, today, network, notes, n_cases, struck)
        hold(t, network, held)
        if month >= 0:
            take_stock(month, p, today, network, record, notes)
    return found, visits


@compiled
def hold(t, network, held):
    """Clamp what is held to what it was in the other run at the end of its month `t`."""
    if t < 0:
        return
    if len(held.activation):
        for i in range(len(network.patients)):
            network.activation[i] = held.activation[t, i]
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
        copy_pile(held.commons_by_center[t], network.commons_by_center)
        copy_pile(held.cases_from[t], network.cases_from)


@compiled
def turn_over(seed, month, p, network):
    """Some patients leave, newly diagnosed ones take their places; then everybody's activation is noted."""
    patients, luck, activation, before = network.patients, network.turnover_luck, network.activation, network.before
    for i in range(len(patients)):
        if luck[i] < p.turnover:
            patient = patients[i]
            network.kinds[patient.center, patient.phenotype] -= 1
            arrive(seed, NEWCOMER, month, i, patient, p, network.best_package, network.kinds)
            activation[i] = patient.baseline
            patient.changed, patient.arrived = NEVER_CHANGED, month
            patient.visits, patient.changes, patient.months_well = 0, 0, 0
        before[i] = activation[i]
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
def live_patients(seed, month, p, today, network, notes, held_activation, held_package, log):
    """Each patient's month, center by center: those who are due see a clinician, then all live on.

    `log` has a place for every patient if encounters are wanted, else one that is overwritten. Returns the numbers of
    cases and of encounters.
    """
    n_cases, visits = np.int64(0), np.int64(0)
    for c in range(len(notes)):
        first, after = network.patients_from[c], network.patients_from[c + 1]
        n_due = note_who_is_due(month, first, after, network.patients, network.due)
        written = see_clinicians(seed, month, p, today[c], notes[c], n_due, network, n_cases, len(held_package) > 0,
                                 log, visits)
        n_cases += written
        visits += n_due
        live_on(seed, month, p, today[c].leadership, notes[c], c, first, after, network, held_activation, held_package)
    return n_cases, visits


@compiled
def note_who_is_due(month, first, after, patients, due):
    """List the patients `first` to `after` - 1 who have a visit this month; return how many they are."""
    n_due = 0
    for i in range(first, after):
        due[n_due] = i                          # overwritten by the next unless due: quicker than an `if`
        n_due += patients[i].next_visit == month
    return n_due


@compiled
def see_clinicians(seed, month, p, care, note, n_due, network, n_cases, package_held, log, visits):
    """The encounters of those who are due in one center; return how many cases were written down."""
    patients, clinicians, clinician_before, due = (network.patients, network.clinicians, network.clinician_before,
                                                   network.due)
    before, activation, cases = network.before, network.activation, network.cases
    unshared, shared, commons = network.unshared, network.shared, network.commons
    luck, more_luck = network.luck, network.more_luck
    uniform_fours(seed, ENCOUNTER, month, due, n_due, FIRST_FOUR, luck)
    uniform_fours(seed, ENCOUNTER, month, due, n_due, SECOND_FOUR, more_luck)
    n_written = 0
    for visit in range(n_due):
        i = due[visit]
        patient, j = patients[i], patients[i].clinician
        clinician, other = clinicians[j], clinician_before[j]
        activation[i] += meet(before[i], other, p.encounter_influence)
        clinician.pull += before[i] - other
        clinician.met += 1
        entry = log[visits + visit if len(log) > 1 else 0]
        written, seen, could_act, consults = see_clinician(
            seed, month, i, patient, before[i], other, p, care, note, luck[visit], more_luck[visit],
            cases[n_cases + n_written], entry)
        n_written += written
        package = int(patient.package)
        if could_act:
            package = decide(seed, month, i, unshared[j, seen], commons[seen] if consults else shared[j, seen])
        entry.package_after = package
        if not package_held:
            change_package(patient, package, month, p, note)
    return n_written


@compiled
def see_clinician(seed, month, i, patient, activation, clinician_activation, p, care, note, luck, more_luck, case,
                  entry):
    """An encounter: data, perhaps a case, perhaps an occasion to act on a better idea.

    `case` is where a case is written, `entry` where the encounter is logged. Returns the cases written, the phenotype
    seen, whether one can act on a better idea, and whether shared knowledge is then at hand.
    """
    engaged = engage(activation, clinician_activation, p.coproduction)
    prepared = luck.first < care.pre_visit_planning
    with_data = gather_data(prepared, luck.second, care, p.patient_reported_data * activation)
    well = patient.health >= p.remission_threshold
    seen = -1
    written = worked = is_shared = could_act = consults = recalled = False
    patient.visits += 1
    patient.next_visit = month + p.visit_interval
    note.encounters += 1
    if with_data:
        note.with_data += 1
        seen = recognize(seed, month, i, patient.phenotype, p)
        written = write_down(more_luck.fourth, month, patient.changed, p)
        if written:
            worked = judge(seed, month, i, well, p)
            is_shared = share(luck.third, luck.fourth, care, engaged, p)
            note.cases += 1
            case.patient, case.phenotype, case.package = i, seen, patient.package
            case.result, case.shared = WORKED if worked else DID_NOT, is_shared
        if not well:
            could_act = more_luck.first < care.implementation
            if could_act:
                consults = more_luck.second < care.shared_information_use * (1.0 if prepared else engaged)
                note.consulted += consults
            recalled = more_luck.third < care.registry * p.recall
            if recalled:
                patient.next_visit = month + 1
    entry.month, entry.patient, entry.center, entry.clinician = month, i, patient.center, patient.clinician
    entry.activation, entry.clinician_activation = activation, clinician_activation
    entry.health, entry.well, entry.phenotype, entry.phenotype_seen = patient.health, well, patient.phenotype, seen
    entry.prepared, entry.with_data, entry.recalled = prepared, with_data, recalled
    entry.case, entry.case_worked, entry.case_shared = written, worked, is_shared
    entry.could_act, entry.consulted, entry.package_before = could_act, consults, patient.package
    return int(written), seen, could_act, consults


@compiled
def change_package(patient, package, month, p, note):
    """From now on this package; if it is another one, that is a change."""
    if package != patient.package:
        patient.package, patient.changed = package, month
        patient.changes += 1
        patient.health -= p.switch_drop
        note.changes += 1


@compiled
def live_on(seed, month, p, leadership, note, c, first, after, network, held_activation, held_package):
    """What the month does to everybody in one center: activation spreads, health heals or flares."""
    patients, before, activation, all_health = network.patients, network.before, network.activation, network.health
    peers_from, peers_until, peers = network.peers_from, network.peers_from[1:], network.peers
    flare_luck, noise = network.flare_luck, network.noise
    efficacy, best_package = network.efficacy[c], network.best_package[c]
    trend = p.efficacy_trend * max(month, 0) / 12.0
    n_well, n_active, n_on_best, sum_of_health, sum_of_activation = 0, 0, 0, 0.0, 0.0
    for i in range(first, after):
        patient = patients[i]
        if len(held_package):
            change_package(patient, held_package[0, i], month, p, note)
        peers_mean = look_at_peers(peers_from[i], peers_until[i], peers, patient.n_peers, before)
        if peers_mean < p.contagion_threshold:
            peers_mean = 0.0
        own = within_bounds(activation[i] + spread_activation(before[i], patient.baseline, peers_mean,
                                                              p.patient_influence, leadership, p.fading))
        if len(held_activation):
            own = held_activation[0, i]
        health = heal(patient.health, efficacy[patient.phenotype, patient.package] + trend, own, noise[i],
                      flare_luck[i] < p.flare_chance, p)
        well = health >= p.remission_threshold
        activation[i], patient.health, all_health[i] = own, health, health
        patient.months_well += well
        n_well += well
        n_active += own >= ACTIVE_FROM
        n_on_best += patient.package == best_package[patient.phenotype]
        sum_of_health += health
        sum_of_activation += own
    note.well, note.active, note.on_best = n_well, n_active, n_on_best
    note.health, note.activation = sum_of_health, sum_of_activation


@compiled
def live_clinicians(p, today, clinicians, before, colleagues_from, colleagues):
    """Each clinician's activation: colleagues, leaders, and the patients met this month."""
    for j in range(len(clinicians)):
        clinician = clinicians[j]
        peers_mean = look_at_peers(colleagues_from[j], colleagues_from[j + 1], colleagues, clinician.n_colleagues,
                                    before)
        change = spread_activation(before[j], clinician.baseline, peers_mean, p.clinician_influence,
                                   today[clinician.center].leadership, p.fading)
        if clinician.met > 0:
            change += p.encounter_influence * (clinician.pull / clinician.met)
        clinician.activation = within_bounds(before[j] + change)


@compiled
def learn(seed, month, p, today, network, notes, n_cases, struck):
    """Knowledge ages; then this month's cases are added, shared ones to the commons. Returns struck cases met."""
    own_kept = 1.0 - (p.obsolescence if p.center_archive else p.forgetting)
    grow_old(network.unshared, own_kept)
    grow_old(network.shared, own_kept)
    grow_old(network.commons, 1.0 - p.obsolescence)
    grow_old(network.commons_by_center, 1.0 - p.obsolescence)
    grow_old(network.cases_from, 1.0 - p.obsolescence)
    patients, clinicians, cases = network.patients, network.clinicians, network.cases
    unshared, shared, commons = network.unshared, network.shared, network.commons
    commons_by_center, cases_from = network.commons_by_center, network.cases_from
    colleagues_from, colleagues = network.colleagues_from, network.colleagues
    found = 0
    for n in range(n_cases):
        case = cases[n]
        i, g, k, result = int(case.patient), case.phenotype, case.package, case.result
        j, c = patients[i].clinician, patients[i].center
        if case.shared:
            shared[j, g, k, result] += 1.0
            if is_struck(month, i, struck):
                found += 1
            else:
                commons[g, k, result] += 1.0
                commons_by_center[c, g, k, result] += 1.0
                cases_from[c] += 1.0
                notes[c].shared_cases += 1
        else:
            unshared[j, g, k, result] += 1.0
            if today[c].clinician_spread > 0.0:
                tell_colleagues(seed, month, i, today[c].clinician_spread, clinicians[j].n_colleagues,
                                colleagues_from[j], colleagues, unshared, g, k, result)
    return found


@compiled
def tell_colleagues(seed, month, i, spread, n_colleagues, first, colleagues, unshared, g, k, result):
    """Each colleague hears of the case of patient `i` with a chance; who hears has one case more."""
    for row in range((n_colleagues + 3) // 4):
        luck = four_uniforms(seed, draws.HEARING, month, i, row)
        for place in range(min(4, n_colleagues - 4 * row)):
            if luck[place] < spread:
                unshared[colleagues[first + np.uint64(row), place], g, k, result] += 1.0


@compiled
def is_struck(month, i, struck):
    """Was this case struck from the commons? `struck` holds (month, patient) pairs."""
    for n in range(len(struck)):
        if struck[n, 0] == month and struck[n, 1] == i:
            return True
    return False


@compiled
def take_stock(month, p, today, network, record, notes):
    """Note how the network stands at the month's end, beyond what was noted patient by patient."""
    health, near = network.health, network.noise        # this month's noise is no longer needed
    counts, all_counts = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)
    for c in range(len(notes)):
        first, after = network.patients_from[c], network.patients_from[c + 1]
        counts[:] = 0
        for i in range(first, after):
            counts[bin_of(health[i])] += 1
        for bin in range(BINS):
            all_counts[bin] += counts[bin]
        notes[c].median_health = median_of(health, first, after, counts, near)
        notes[c].member = today[c].member
    for j in range(len(network.clinicians)):
        notes[network.clinicians[j].center].clinician_activation += network.clinicians[j].activation
    record.median_health[month] = median_of(health, 0, len(health), all_counts, near)
    copy_pile(network.commons, record.commons[month])
    copy_pile(network.kinds, record.kinds[month])
