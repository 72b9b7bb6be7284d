"""Centers, clinicians and patients as arrays: who lives in the model, before anything happens.

Everything here comes from purposes of its own (see `lnlab.draws`), so no behavior slider ever changes who lives in
the model. What is drawn with library functions that may differ in their last bit is rounded to 1e-9.
"""

from dataclasses import dataclass

import numpy as np

from lnlab import draws
from lnlab.checks import InputError, whole_number
from lnlab.parameters import Parameters
from lnlab.ties import Ties, from_edges, make_ties

LARGEST_SEED = 2**63 - 1
MADE_FROM = ("n_patients", "n_centers", "clinicians_per_center", "activation", "activation_sd",
             "clinician_activation", "clinician_activation_sd", "patient_ties", "cross_center_ties", "colleague_ties",
             "n_phenotypes", "n_packages", "best_efficacy", "other_efficacy_low", "other_efficacy_high",
             "context_strength")


@dataclass(frozen=True, eq=False)
class Population:
    """Who lives in the model. Made by `make_population`.

    Parameters
    ----------
    parameters : Parameters
    seed : int
    efficacy_seed : int
        The seed from which the efficacies were drawn.
    center, clinician : (n_patients,) int32
        Each patient's center and clinician.
    clinician_center : (n_clinicians,) int32
    baseline : (n_patients,) float
        Personal baseline activation of patients, 0 to 1.
    clinician_baseline : (n_clinicians,) float
    center_shift : (n_centers, 2) float
        Standard normal shifts of implementation and data_baseline.
    efficacy : (n_centers, n_phenotypes, n_packages) float
        Health to which a package leads with full adherence, by center and phenotype.
    patient_ties, colleague_ties : Ties
    """

    parameters: Parameters
    seed: int
    efficacy_seed: int
    center: np.ndarray
    clinician: np.ndarray
    clinician_center: np.ndarray
    baseline: np.ndarray
    clinician_baseline: np.ndarray
    center_shift: np.ndarray
    efficacy: np.ndarray
    patient_ties: Ties
    colleague_ties: Ties

    def best_package(self):
        """The best package for each center and phenotype, (n_centers, n_phenotypes); ties to the lowest number.

        >>> make_population(Parameters(n_packages=1), seed=1).best_package().max()
        np.int64(0)
        """
        return self.efficacy.argmax(axis=2)


def make_population(parameters=None, seed=1, *, efficacy_seed=None, patient_edges=None, colleague_edges=None):
    """Make the people, their ties and what works for whom.

    Parameters
    ----------
    parameters : Parameters, optional
    seed : int, default 1
    efficacy_seed : int, optional
        Draw what works for whom from this seed instead: the same efficacies in every run.
    patient_edges, colleague_edges : table or sequence of pairs, optional
        Your own ties, by patient (or clinician) number from 0, in place of the drawn ones.

    Returns
    -------
    Population

    Raises
    ------
    InputError
        For a seed that is no whole number, or an edge list with unknown people.

    Examples
    --------
    >>> people = make_population(Parameters(n_patients=100, n_centers=4), seed=7)
    >>> people.baseline.shape, people.efficacy.shape
    ((100,), (4, 16, 6))
    """
    parameters = checked_parameters(parameters)
    seed = checked_seed(seed)
    efficacy_seed = seed if efficacy_seed is None else checked_seed(efficacy_seed, "efficacy_seed")
    n_clinicians = parameters.n_centers * parameters.clinicians_per_center
    center = np.arange(parameters.n_patients) * parameters.n_centers // parameters.n_patients
    place = np.arange(parameters.n_patients) - np.searchsorted(center, center)
    clinician = center * parameters.clinicians_per_center + place % parameters.clinicians_per_center
    clinician_center = np.arange(n_clinicians) // parameters.clinicians_per_center
    if patient_edges is None:
        patient_ties = make_ties(seed, draws.PATIENT_TIES, center, parameters.patient_ties,
                                 parameters.cross_center_ties)
    else:
        patient_ties = from_edges(patient_edges, parameters.n_patients, "patient_edges")
    if colleague_edges is None:
        colleague_ties = make_ties(seed, draws.COLLEAGUE_TIES, clinician_center, parameters.colleague_ties,
                                   parameters.cross_center_ties)
    else:
        colleague_ties = from_edges(colleague_edges, n_clinicians, "colleague_edges")
    return Population(
        parameters=parameters, seed=seed, efficacy_seed=efficacy_seed,
        center=center.astype(np.int32), clinician=clinician.astype(np.int32),
        clinician_center=clinician_center.astype(np.int32),
        baseline=_baselines(seed, draws.PATIENT_BASELINE, parameters.n_patients, parameters.activation,
                            parameters.activation_sd),
        clinician_baseline=_baselines(seed, draws.CLINICIAN_BASELINE, n_clinicians, parameters.clinician_activation,
                                      parameters.clinician_activation_sd),
        center_shift=_center_shifts(seed, parameters.n_centers),
        efficacy=_efficacies(efficacy_seed, parameters),
        patient_ties=patient_ties, colleague_ties=colleague_ties)


def checked_seed(seed, name="seed"):
    """`seed` as a whole number from 0 on, or an InputError."""
    return whole_number(name, seed, 0, LARGEST_SEED)


def checked_parameters(parameters):
    """`parameters`, the defaults for None, or an InputError."""
    if parameters is not None and not isinstance(parameters, Parameters):
        raise InputError(f"`parameters` must be Parameters, as in Parameters(sharing=0.8); got {parameters!r:.200}.")
    return parameters or Parameters()


def check_population(population, parameters, seed):
    """Refuse a population that was made from another seed, or from other parameters that shape it."""
    if not isinstance(population, Population):
        raise InputError(f"`population` must come from make_population; got {population!r:.200}.")
    if population.seed != seed:
        raise InputError(f"`population` must be made from the run's seed ({seed}); got one made from seed "
                         f"{population.seed}.")
    for name in MADE_FROM:
        if getattr(population.parameters, name) != getattr(parameters, name):
            raise InputError(f"`population` must be made with `{name}` = {getattr(parameters, name)!r}, as in the run; "
                             f"got one made with {getattr(population.parameters, name)!r}.")


def _baselines(seed, purpose, n_people, mean, sd):
    """Beta-distributed shares with this mean and sd; everybody at the mean where nothing else is possible."""
    if sd == 0 or mean in (0, 1):
        return np.full(n_people, float(mean))
    from scipy.special import betaincinv
    size = mean * (1 - mean) / sd**2 - 1
    uniforms = draws.uniforms(seed, purpose, 0, n_people, 0)
    return np.round(betaincinv(mean * size, (1 - mean) * size, uniforms), 9)


def _center_shifts(seed, n_centers):
    from scipy.special import ndtri
    uniforms = [draws.uniforms(seed, draws.CENTER_SHIFT, 0, n_centers, slot) for slot in (0, 1)]
    return np.round(ndtri(np.column_stack(uniforms)), 9)


def _efficacies(seed, parameters):
    """What works for whom: a table common to all centers, mixed with each center's own by `context_strength`."""
    common = efficacy_table(seed, parameters, 0)
    weight = parameters.context_strength
    if weight == 0:
        return np.repeat(common[None], parameters.n_centers, axis=0)
    return np.stack([(1 - weight) * common + weight * efficacy_table(seed, parameters, center + 1)
                     for center in range(parameters.n_centers)])


def efficacy_table(seed, parameters, place):
    """One table (n_phenotypes, n_packages): a best package for each phenotype, the others lower."""
    p = parameters
    low, high = p.other_efficacy_low, p.other_efficacy_high
    table = low + (high - low) * draws.uniform_table(seed, draws.EFFICACY, p.n_phenotypes, place, p.n_packages)
    best = draws.uniform_table(seed, draws.BEST_PACKAGE, p.n_phenotypes, place, 1)[:, 0] * p.n_packages
    table[np.arange(p.n_phenotypes), best.astype(int)] = p.best_efficacy
    return table


def structure(parameters):
    """The parameters that shape a population, as a hashable key: equal keys and seeds, the same people."""
    return tuple(getattr(parameters, name) for name in MADE_FROM)
