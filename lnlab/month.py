"""The order in which a month happens.

Everyone acts on what was known at the month's start; what is learned is added at its end. So the order of patients
never matters. The verbs are in `lnlab.rules`, the records in `lnlab.state`.
"""

import numpy as np

from lnlab import draws
from lnlab.compiled import compiled, written_in
from lnlab.draws import (ACT, AT_HAND, ENCOUNTER, LIFE, NEWCOMER, NOISE, PREPARED, RECALL, bells, four_uniforms,
                         uniform_pairs)
from lnlab.rules import (ACTIVE_FROM, DID_NOT, NEVER_CHANGED, WORKED, become_newly_diagnosed, copy_pile, decide,
                         engage, gather_data, grow_old, heal, hear, judge, look_at_peers, median_of, meet, recognize, share,
                         spread_activation, total_of, within_bounds, write_down)


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
    for i in range(len(network.patients)):
        if network.turnover_luck[i] < p.turnover:
            patient = network.patients[i]
            network.kinds[patient.center, patient.phenotype] -= 1
            arrive(seed, NEWCOMER, month, i, patient, p, network.best_package, network.kinds)
            network.activation[i] = patient.baseline
            patient.changed, patient.arrived = NEVER_CHANGED, month
            patient.visits, patient.changes, patient.months_well = 0, 0, 0
        network.before[i] = network.activation[i]
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
    """Each patient's month: peers, perhaps an encounter, health. Returns the numbers of cases and of encounters."""
    patients, clinicians, before, cases = network.patients, network.clinicians, network.before, network.cases
    peers_from, peers, efficacy = network.peers_from, network.peers, network.efficacy
    unshared, shared, commons = network.unshared, network.shared, network.commons
    flare_luck, noise, activation = network.flare_luck, network.noise, network.activation
    best_package, all_health = network.best_package, network.health
    n_cases, visits = 0, 0
    trend = p.efficacy_trend * max(month, 0) / 12.0
    for i in range(len(patients)):
        patient, c = patients[i], patients[i].center
        peers_mean = look_at_peers(peers_from[i], peers_from[i + 1], peers, before)
        if peers_mean < p.contagion_threshold:
            peers_mean = 0.0
        change = spread_activation(before[i], patient.baseline, peers_mean, p.patient_influence, today[c].leadership,
                                   p.fading)
        package = int(patient.package)
        if patient.next_visit == month:
            j = patient.clinician
            clinician, other = clinicians[j], network.clinician_before[j]
            change += meet(before[i], other, p.encounter_influence)
            clinician.pull += before[i] - other
            clinician.met += 1
            package, case = see_clinician(seed, month, i, patient, before[i], other, p, today[c], notes[c], unshared,
                                          shared, commons, cases[n_cases], log, visits)
            n_cases += case
            visits += 1
        if len(held_package):
            package = int(held_package[0, i])
        if package != patient.package:
            patient.package, patient.changed = package, month
            patient.changes += 1
            patient.health -= p.switch_drop
            notes[c].changes += 1
        own = held_activation[0, i] if len(held_activation) else within_bounds(before[i] + change)
        health = heal(patient.health, efficacy[c, patient.phenotype, package] + trend, own, noise[i],
                      flare_luck[i] < p.flare_chance, p)
        well = health >= p.remission_threshold
        activation[i], patient.health, all_health[i] = own, health, health
        patient.months_well += well
        note = notes[c]
        note.well += well
        note.health += health
        note.activation += own
        note.active += own >= ACTIVE_FROM
        note.on_best += package == best_package[c, patient.phenotype]
    return n_cases, visits


@written_in
def see_clinician(seed, month, i, patient, activation, clinician_activation, p, care, note, unshared, shared, commons,
                  case, log, visits):
    """An encounter: data, a case, perhaps a better idea. Returns the package from now on and the cases written.

    `case` is where a case is written; `log` is empty if not wanted.
    """
    luck = four_uniforms(seed, ENCOUNTER, month, i, 0)
    engaged = engage(activation, clinician_activation, p.coproduction)
    prepared = luck[PREPARED] < care.pre_visit_planning
    with_data = gather_data(prepared, luck, care, p.patient_reported_data * activation)
    well = patient.health >= p.remission_threshold
    package, seen = int(patient.package), -1
    written = worked = is_shared = could_act = consults = recalled = False
    patient.visits += 1
    patient.next_visit = month + p.visit_interval
    note.encounters += 1
    if with_data:
        note.with_data += 1
        seen = recognize(seed, month, i, patient.phenotype, p)
        written = write_down(seed, month, i, patient.changed, p)
        if written:
            worked = judge(seed, month, i, well, p)
            is_shared = share(luck, care, engaged, p)
            note.cases += 1
            case.patient, case.phenotype, case.package = i, seen, package
            case.result, case.shared = WORKED if worked else DID_NOT, is_shared
        if not well:
            more_luck = four_uniforms(seed, ENCOUNTER, month, i, 1)
            could_act = more_luck[ACT - 4] < care.implementation
            if could_act:
                consults = more_luck[AT_HAND - 4] < care.shared_information_use * (1.0 if prepared else engaged)
                note.consulted += consults
                j = patient.clinician
                package = decide(seed, month, i, unshared[j, seen], commons[seen] if consults else shared[j, seen])
            recalled = more_luck[RECALL - 4] < care.registry * p.recall
            if recalled:
                patient.next_visit = month + 1
    if len(log):
        entry = log[visits]
        entry.month, entry.patient, entry.center, entry.clinician = month, i, patient.center, patient.clinician
        entry.activation, entry.clinician_activation = activation, clinician_activation
        entry.health, entry.well, entry.phenotype, entry.phenotype_seen = patient.health, well, patient.phenotype, seen
        entry.prepared, entry.with_data, entry.recalled = prepared, with_data, recalled
        entry.case, entry.case_worked, entry.case_shared = written, worked, is_shared
        entry.could_act, entry.consulted = could_act, consults
        entry.package_before, entry.package_after = patient.package, package
    return package, int(written)


@compiled
def live_clinicians(p, today, clinicians, before, colleagues_from, colleagues):
    """Each clinician's activation: colleagues, leaders, and the patients met this month."""
    for j in range(len(clinicians)):
        clinician = clinicians[j]
        peers_mean = look_at_peers(colleagues_from[j], colleagues_from[j + 1], colleagues, before)
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
    found = 0
    for n in range(n_cases):
        case = network.cases[n]
        i, g, k, result = case.patient, case.phenotype, case.package, case.result
        j, c = network.patients[i].clinician, network.patients[i].center
        if case.shared:
            network.shared[j, g, k, result] += 1.0
            if is_struck(month, i, struck):
                found += 1
            else:
                network.commons[g, k, result] += 1.0
                network.commons_by_center[c, g, k, result] += 1.0
                network.cases_from[c] += 1.0
                notes[c].shared_cases += 1
        else:
            network.unshared[j, g, k, result] += 1.0
            if today[c].clinician_spread > 0.0:
                for n_tie in range(network.colleagues_from[j], network.colleagues_from[j + 1]):
                    colleague = network.colleagues[n_tie]
                    if hear(seed, month, i, colleague, today[c].clinician_spread):
                        network.unshared[colleague, g, k, result] += 1.0
    return found


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
    first = 0
    for c in range(len(notes)):
        after = (p.n_patients * (c + 1) + p.n_centers - 1) // p.n_centers
        notes[c].median_health = median_of(network.health, first, after)
        first = after
        notes[c].member = today[c].member
    for j in range(len(network.clinicians)):
        notes[network.clinicians[j].center].clinician_activation += network.clinicians[j].activation
    record.median_health[month] = median_of(network.health, 0, len(network.health))
    copy_pile(network.commons, record.commons[month])
    copy_pile(network.kinds, record.kinds[month])
