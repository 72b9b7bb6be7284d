"""Activation spreads in a learning network: lnlab, once as part of its whole model, once alone.

The whole model is what `simulate` runs: visits that teach, cases, the commons, changes of package and health, with
all their draws. A user cannot leave these out. Alone, the same compiled verbs, on the same arrays and in the same
order, do nothing but spread activation. (`contagion_threshold` is at its default, 0, and so left out.)
"""

from functools import lru_cache

import numpy as np
from protocol import answer

from lnlab.compiled import compiled
from lnlab.month import CENTERS_AT_A_TIME, live_clinicians
from lnlab.parameters import Parameters
from lnlab.population import make_population
from lnlab.rules import look_at_peers, meet, spread_activation, within_bounds
from lnlab.run import Course
from lnlab.state import numbers
from lnlab.visits import note_who_is_due

# Nothing is left to chance but who lives here: nobody leaves, nobody is recalled, and all are members from month 0
CERTAIN = {"burn_in": 0, "launch_month": 0, "turnover": 0.0, "recall": 0.0}


def parameters_of(n_patients, months):
    """A network of this many patients, 100 of them in each center."""
    return Parameters(n_patients=n_patients, n_centers=max(1, n_patients // 100), months=months, **CERTAIN)


@compiled
def spread(months, p, today, network, sums, peers_means, of_patients, of_clinicians):
    """Live months in which nothing but activation changes; note its means at each month's end.

    Some centers at a time, as in `lnlab.month`. `sums` and `peers_means` have room for all patients.
    """
    patients, clinicians, clinician_before = network.patients, network.clinicians, network.clinician_before
    patients_from, due = network.patients_from, network.due
    peers_from, peers, per_peer = network.peers_from, network.peers, network.per_peer
    for month in range(months):
        before, activation = network.activation[month % 2], network.activation[(month + 1) % 2]
        for j in range(len(clinicians)):
            clinician_before[j] = clinicians[j].activation
            clinicians[j].pull, clinicians[j].met = 0.0, 0
        for first in range(0, len(today), CENTERS_AT_A_TIME):
            after = min(first + CENTERS_AT_A_TIME, len(today))
            one = patients_from[first]
            look_at_peers(one, patients_from[after], peers_from, peers, per_peer, before, sums, peers_means)
            for c in range(first, after):
                for i in range(patients_from[c], patients_from[c + 1]):
                    activation[i] = before[i]
                for place in range(note_who_is_due(month, patients_from[c], patients_from[c + 1], patients, due)):
                    i = due[place]
                    clinician, other = clinicians[patients[i].clinician], clinician_before[patients[i].clinician]
                    activation[i] += meet(before[i], other, p.encounter_influence)
                    clinician.pull += before[i] - other
                    clinician.met += 1
                    patients[i].next_visit = month + p.visit_interval
                total = 0.0
                for i in range(patients_from[c], patients_from[c + 1]):
                    activation[i] = within_bounds(activation[i] + spread_activation(
                        before[i], patients[i].baseline, peers_means[i - one], p.patient_influence,
                        today[c].leadership, p.fading))
                    total += activation[i]
                of_patients[month] += total / len(patients)
        live_clinicians(p, today, network)
        for j in range(len(clinicians)):
            of_clinicians[month] += clinicians[j].activation / len(clinicians)


@lru_cache(maxsize=1)
def people(parameters, seed):
    """Made once, because the peers too find their people and ties made."""
    return make_population(parameters, seed)


def begin(world):
    """The network of this world before its first month."""
    parameters = parameters_of(len(world.baseline), world.months)
    return Course(parameters, seed=world.seed, population=people(parameters, world.seed))


def whole(world):
    """The whole model, ready to live its months."""
    course = begin(world)

    def live():
        course.live_until(world.months)
        notes = course.record.notes
        return (notes["activation"].sum(axis=1) / len(world.baseline),
                notes["clinician_activation"].sum(axis=1) / len(world.clinician_baseline))
    return live


def alone(world):
    """The activation part alone, ready to live its months."""
    course = begin(world)
    of_patients, of_clinicians = np.zeros(world.months), np.zeros(world.months)
    room = np.zeros(len(course.network.peers)), np.zeros(len(world.baseline))

    def live():
        spread(world.months, numbers(course.parameters)[0], course.care[course.phase[0]], course.network, *room,
               of_patients, of_clinicians)
        return of_patients, of_clinicians
    return live


if __name__ == "__main__":
    answer({"whole": whole, "alone": alone})
