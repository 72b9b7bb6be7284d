"""A network at a moment: one record for each patient, clinician and center, and the piles of cases.

Records, so that compiled rules read like sentences: `patient.health`, `care.registry`, `note.encounters`.
"""

from collections import namedtuple

import numba
import numpy as np

from lnlab import draws
from lnlab.parameters import LEVERS, Parameters
from lnlab.programs import lever_values, own_values
from lnlab.rules import BINS, NEVER_CHANGED

PATIENT = np.dtype([
    ("baseline", "f8"), ("clinician", "i4"),
    ("next_visit", "i4"), ("changed", "i4"), ("arrived", "i4"), ("visits", "i4"), ("changes", "i4"),
    ("months_well", "i4"), ("phenotype", "i2"), ("package", "i2")], align=True)
CLINICIAN = np.dtype([
    ("activation", "f8"), ("baseline", "f8"), ("pull", "f8"), ("met", "i4"), ("center", "i4"),
    ("n_colleagues", "i4")], align=True)
CASE = np.dtype([("patient", "i4"), ("clinician", "i4"), ("phenotype", "i2"), ("package", "i2"), ("result", "i1"),
                 ("shared", "?")], align=True)
# Four uniform draws at once: slots 0-3 or 4-7 of an encounter, whose names are in `lnlab.draws`
LUCK = np.dtype([("first", "f8"), ("second", "f8"), ("third", "f8"), ("fourth", "f8")], align=True)
# What each lever does in a center, membership included, in one phase of the run
CARE = np.dtype([("member", "?"), ("data_baseline", "f8"), *((lever, "f8") for lever in LEVERS)], align=True)
# What is noted of each center in each recorded month: events of the month, then sums over its people at the end
NOTE = np.dtype([
    ("member", "?"), ("encounters", "i8"), ("with_data", "i8"), ("cases", "i8"), ("shared_cases", "i8"),
    ("consulted", "i8"), ("changes", "i8"), ("well", "i8"), ("active", "i8"), ("on_best", "i8"), ("health", "f8"),
    ("activation", "f8"), ("clinician_activation", "f8"), ("median_health", "f8"), ("share_of_commons", "f8")],
    align=True)
# One row for each encounter, on request: what was true and what was known
LOGGED = np.dtype([
    ("month", "i4"), ("patient", "i4"), ("center", "i4"), ("clinician", "i4"), ("activation", "f8"),
    ("clinician_activation", "f8"), ("health", "f8"), ("well", "?"), ("phenotype", "i2"), ("prepared", "?"),
    ("with_data", "?"), ("phenotype_seen", "i2"), ("case", "?"), ("case_worked", "?"), ("case_shared", "?"),
    ("could_act", "?"), ("consulted", "?"), ("recalled", "?"), ("package_before", "i2"), ("package_after", "i2")],
    align=True)

Network = namedtuple("Network", (
    "patients", "clinicians",                              # records
    "activation", "clinician_before",                      # see `empty_network`
    "health", "flares",                                    # of each patient: health now; does it flare this month?
    "patients_from", "clinicians_from",                    # number of the first patient, clinician of each center
    "turnover_luck", "flare_luck", "noise",                # in one center, this month
    "due", "luck", "more_luck",                            # in one center, this month: who has a visit, with what luck
    "sums", "peers_means",                                 # in one center: activation of each four peers, of all peers
    "counts", "all_counts",                                # of healths in one center, in all: see `median_of`
    "peers_from", "peers", "per_peer",                     # whom patients look at: see `in_fours`
    "colleagues_from", "colleagues", "per_colleague",      # and clinicians
    "efficacy", "best_package",                            # (center, phenotype, package), (center, phenotype)
    "unshared", "shared",                                  # (clinician, phenotype, package, worked / did not)
    "commons", "cases_from",                               # the commons; how many of its cases each center sent
    "kinds",                                               # patients of each phenotype in each center
    "cases"))                                              # this month's
# What the months leave behind: notes (month, center); and of each month's end the network's median health, the commons,
# and the patients of each phenotype in each center
Record = namedtuple("Record", ("notes", "median_health", "commons", "kinds"))
Held = namedtuple("Held", ("activation", "clinician_activation", "package", "unshared", "shared", "commons",
                           "cases_from"))


def records(shape, dtype):
    """Empty records. Attributes of a record array cost time at each call, and only interpreted rules need them."""
    empty = np.zeros(shape, dtype)
    return empty.view(np.recarray) if numba.config.DISABLE_JIT else empty


def numbers(parameters):
    """The parameters as one record (in an array of one), the form in which compiled rules read them."""
    values = {name: getattr(parameters, name) for name in Parameters.__dataclass_fields__}
    dtype = np.dtype([(name, {bool: "?", int: "i8", float: "f8"}[type(value)]) for name, value in values.items()],
                     align=True)
    made = records(1, dtype)
    made[0] = tuple(values.values())
    return made


def empty_network(seed, parameters, population):
    """The network before anybody is there: baselines and visit calendar are set, nothing is known.

    The patients' activation stands in two rows that take turns: `month % 2` is at the start of a month, the other one
    at its end. The last in each row, and in `clinician_before`, is nobody's, and 0: see `in_fours`.
    """
    n, first = parameters.n_patients, -parameters.burn_in
    pile = (parameters.n_phenotypes, parameters.n_packages, 2)
    patients = records(n, PATIENT)
    patients["baseline"] = population.baseline
    patients["clinician"] = population.clinician
    activation = np.append(population.baseline, 0.0)
    luck = draws.uniforms(seed, draws.FIRST_VISIT, 0, n, 0)
    patients["next_visit"] = first + np.floor(luck * parameters.visit_interval)
    patients["changed"], patients["arrived"] = NEVER_CHANGED, first
    clinicians = records(len(population.clinician_center), CLINICIAN)
    clinicians["baseline"] = clinicians["activation"] = population.clinician_baseline
    clinicians["center"] = population.clinician_center
    largest = np.bincount(population.center).max()
    patients_from = first_of_each(population.center, parameters.n_centers)
    peers, colleagues = in_fours(population.patient_ties), in_fours(population.colleague_ties)
    clinicians["n_colleagues"] = population.colleague_ties.counts()
    most_rows = max(len(colleagues[1]), np.diff(peers[0][patients_from]).max())
    return Network(
        patients, clinicians, np.stack([activation, activation]), np.zeros(len(clinicians) + 1),
        np.zeros(n), np.zeros(n, bool),
        patients_from, first_of_each(population.clinician_center, parameters.n_centers),
        *(np.zeros(largest) for _ in range(3)),
        np.zeros(largest, np.uint32), records(largest, LUCK), records(largest, LUCK),
        np.zeros(most_rows), np.zeros(max(largest, len(clinicians))),
        np.zeros(BINS, np.int64), np.zeros(BINS, np.int64), *peers, *colleagues,
        *(table[:1] if parameters.context_strength == 0 else table
          for table in (population.efficacy, population.best_package())),
        np.zeros((len(clinicians), *pile)), np.zeros((len(clinicians), *pile)), np.zeros(pile),
        np.zeros(parameters.n_centers),
        np.zeros((parameters.n_centers, parameters.n_phenotypes), np.int32),
        records(n, CASE))


def copied(network):
    """The network as it stands, to live on apart."""
    return Network(*(part.copy() for part in network))


def first_of_each(center, n_centers):
    """The number of the first person of each center, and at the end that of all people, shape (n_centers + 1,)."""
    return np.searchsorted(center, np.arange(n_centers + 1)).astype(np.uint64)


def in_fours(ties):
    """Ties in rows of four, each person's rows one after another, filled up with nobody (number n_people).

    Returns
    -------
    rows_from : (n_people + 1,) uint64
        The ties of person i are in the rows rows_from[i] to rows_from[i + 1] - 1.
    rows : (n_rows, 4) uint32
    per_tie : (n_people,) float
        One over the number of ties of each; 1 without ties.
    """
    counts = ties.counts()
    rows_from = np.concatenate([[0], np.cumsum((counts + 3) // 4)])
    rows = np.full((rows_from[-1], 4), len(counts), np.uint32)
    place = np.repeat(4 * rows_from[:-1] - ties.indptr[:-1], counts) + np.arange(len(ties.indices))
    rows.ravel()[place] = ties.indices
    return rows_from.astype(np.uint64), rows, 1.0 / np.maximum(counts, 1)


def empty_record(parameters):
    """A record of nothing yet, with a place for every month."""
    months, centers, phenotypes = parameters.months, parameters.n_centers, parameters.n_phenotypes
    return Record(records((months, centers), NOTE), np.zeros(months),
                  np.zeros((months, phenotypes, parameters.n_packages, 2)), np.zeros((months, centers, phenotypes), np.int32))


def care_by_phase(parameters, population, programs, joins):
    """What each lever does in each center in each phase of the run; 0 where the center is no member.

    A phase lasts until a center joins or a program starts.

    Returns
    -------
    care : (n_phases, n_centers) record array
    phase : (burn_in + months,) int64
        The phase of each month of the run, burn-in included.
    """
    starts = sorted({-parameters.burn_in} | {program.start for program in programs}
                    | {month for month in joins if month is not None and month < parameters.months})
    phase = np.searchsorted(starts, np.arange(-parameters.burn_in, parameters.months), side="right") - 1
    care = records((len(starts), parameters.n_centers), CARE)
    care["data_baseline"] = own_values("data_baseline", parameters, population)
    for row, start in zip(care, starts):
        row["member"] = [month is not None and month <= start for month in joins]
        for lever, value in lever_values(start, parameters, population, programs).items():
            row[lever] = value if lever == "implementation" else value * row["member"]
    return care, phase.astype(np.int64)


def nothing_held(network):
    """The clamps of a run in which everything runs freely: no months."""
    return Held(np.empty((0, len(network.patients))), np.empty((0, len(network.clinicians))),
                np.empty((0, len(network.patients)), np.int16),
                *(np.empty((0, *getattr(network, name).shape)) for name in Held._fields[3:]))
