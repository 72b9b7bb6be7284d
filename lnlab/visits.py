"""The encounters of one center in one month.

What chance decides is joined by `&` and `|`, not by nested `if`s: the processor need not guess, visit after visit,
what chance will say.
"""

from collections import namedtuple

from lnlab.compiled import compiled, written_in
from lnlab.draws import ENCOUNTER, FIRST_FOUR, SECOND_FOUR, uniform_fours
from lnlab.rules import DID_NOT, WORKED, decide, engage, gather_data, judge, meet, recognize, share, write_down

# What happens in one encounter: the phenotype seen, and whether the rest is so
Visit = namedtuple("Visit", ("seen", "prepared", "with_data", "well", "written", "worked", "shared", "could_act",
                             "consulted", "recalled"))


@compiled
def see_clinicians(seed, month, p, today, notes, first, after, network, n_cases, n_visits, package_held, log):
    """The encounters of those who are due this month in the centers `first` to `after` - 1.

    `log` has a place for every encounter of the month if they are wanted, else none. Returns how many cases and
    encounters there are by now.
    """
    patients, clinicians, clinician_before, due = (network.patients, network.clinicians, network.clinician_before,
                                                   network.due)
    before, activation = network.activation[month % 2], network.activation[(month + 1) % 2]
    health, cases, patients_from = network.health, network.cases, network.patients_from
    unshared, shared, commons = network.unshared, network.shared, network.commons
    luck, more_luck = network.luck, network.more_luck
    for c in range(first, after):
        note = notes[c]
        for i in range(patients_from[c], patients_from[c + 1]):
            activation[i] = before[i]
        n_due = note_who_is_due(month, patients_from[c], patients_from[c + 1], patients, due)
        uniform_fours(seed, ENCOUNTER, month, due, n_due, FIRST_FOUR, luck)
        uniform_fours(seed, ENCOUNTER, month, due, n_due, SECOND_FOUR, more_luck)
        for place in range(n_due):
            i = due[place]
            patient, j = patients[i], patients[i].clinician
            clinician, other = clinicians[j], clinician_before[j]
            activation[i] += meet(before[i], other, p.encounter_influence)
            clinician.pull += before[i] - other
            clinician.met += 1
            visit = see_clinician(seed, month, i, patient, health[i], before[i], other, p, today[c], luck[place],
                                  more_luck[place])
            note_visit(note, visit)
            note_case(cases[n_cases], i, patient, visit)
            n_cases += visit.written
            patient.visits += 1
            patient.next_visit = month + (1 if visit.recalled else p.visit_interval)
            package = int(patient.package)
            if visit.could_act:
                pooled = commons[visit.seen] if visit.consulted else shared[j, visit.seen]
                package = decide(seed, month, i, unshared[j, visit.seen], pooled)
            if len(log):
                log_encounter(log[n_visits + place], month, c, i, patient, before[i], other, health[i], visit, package)
            if not package_held:
                health[i] -= change_package(patient, package, month, p, note)
        n_visits += n_due
    return n_cases, n_visits


@compiled
def note_who_is_due(month, first, after, patients, due):
    """List the patients `first` to `after` - 1 who have a visit this month; return how many they are."""
    n_due = 0
    for i in range(first, after):
        due[n_due] = i                          # overwritten by the next unless due: quicker than an `if`
        n_due += patients[i].next_visit == month
    return n_due


@written_in
def see_clinician(seed, month, i, patient, health, activation, clinician_activation, p, care, luck, more_luck):
    """One encounter: data, perhaps a case, perhaps an occasion to act on a better idea. Returns a `Visit`."""
    engaged = engage(activation, clinician_activation, p.coproduction)
    prepared = luck.first < care.pre_visit_planning
    with_data = gather_data(prepared, luck.second, care, p.patient_reported_data * activation)
    well = health >= p.remission_threshold
    written = with_data & write_down(more_luck.fourth, month, patient.changed, p)
    seen_unwell = with_data & (health < p.remission_threshold)
    could_act = seen_unwell & (more_luck.first < care.implementation)
    return Visit(
        recognize(seed, month, i, patient.phenotype, p), prepared, with_data, well, written,
        judge(seed, month, i, well, p), written & share(luck.third, luck.fourth, care, engaged, p), could_act,
        could_act & (more_luck.second < care.shared_information_use * (1.0 if prepared else engaged)),
        seen_unwell & (more_luck.third < care.registry * p.recall))


@compiled
def note_visit(note, visit):
    """Count the encounter in its center's notes of the month."""
    note.encounters += 1
    note.with_data += visit.with_data
    note.cases += visit.written
    note.consulted += visit.consulted


@compiled
def note_case(case, i, patient, visit):
    """Write the encounter down as a case (to be overwritten by the next if it was none)."""
    case.patient, case.clinician, case.phenotype, case.package = i, patient.clinician, visit.seen, patient.package
    case.result, case.shared = WORKED if visit.worked else DID_NOT, visit.shared


@compiled
def change_package(patient, package, month, p, note):
    """From now on this package; if it is another one, that is a change. Returns what the change costs in health."""
    if package == patient.package:
        return 0.0
    patient.package, patient.changed = package, month
    patient.changes += 1
    note.changes += 1
    return p.switch_drop


@compiled
def log_encounter(entry, month, c, i, patient, activation, clinician_activation, health, visit, package):
    """The encounter as a row of the table of encounters: what was true, and what was known."""
    entry.month, entry.patient, entry.center, entry.clinician = month, i, c, patient.clinician
    entry.activation, entry.clinician_activation = activation, clinician_activation
    entry.health, entry.well, entry.phenotype = health, visit.well, patient.phenotype
    entry.phenotype_seen = visit.seen if visit.with_data else -1
    entry.prepared, entry.with_data, entry.recalled = visit.prepared, visit.with_data, visit.recalled
    entry.case, entry.case_worked, entry.case_shared = visit.written, visit.written & visit.worked, visit.shared
    entry.could_act, entry.consulted = visit.could_act, visit.consulted
    entry.package_before, entry.package_after = patient.package, package
