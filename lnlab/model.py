"""The network as a Mesa model: one month per step, and patients, clinicians and centers to look at.

The rules are those of `lnlab.month`, so stepping this model and `lnlab.simulate` give the same months to the last bit.
"""

from functools import cached_property

import mesa

from lnlab.run import Course
from lnlab.tables import months_table

OF_A_MONTH = ("members", "encounters", "with_data", "cases", "shared_cases", "consulted", "changes", "remission_rate",
              "median_health", "mean_health", "activation", "active_share", "clinician_activation", "commons_cases",
              "usable_knowledge", "best_guess_knowledge", "best_package_share")


class LearningNetwork(mesa.Model):
    """A learning network that lives one month per `step`.

    Burn-in is over when the model is made. The measures of the month just lived are attributes (`remission_rate`,
    `usable_knowledge`, ...), so `mesa.DataCollector` takes them by name. Patients, clinicians and centers are Mesa
    agents that look at the model's arrays; they are made when first asked for.

    Parameters
    ----------
    parameters, programs, seed, growth, population, efficacy_seed, holds, struck, encounters
        As in `lnlab.simulate`.

    Raises
    ------
    InputError

    Examples
    --------
    >>> from lnlab import Parameters, simulate
    >>> small = Parameters(n_patients=100, n_centers=2, months=24, launch_month=6)
    >>> network = LearningNetwork(small, seed=7)
    >>> while network.running:
    ...     network.step()
    >>> network.months.equals(simulate(small, seed=7).months)
    True
    >>> network.patients.agg("activation", max) <= 1
    True
    """

    def __init__(self, parameters=None, programs=(), seed=1, **options):
        self.course = Course(parameters, programs, seed, **options)
        super().__init__(rng=self.course.seed)
        self.parameters = self.course.parameters
        self.course.live_until(0)

    @property
    def month(self):
        """The number of recorded months lived so far; the next `step` lives the month of this number."""
        return self.course.month

    def step(self):
        """Live one month; `running` turns False after the last."""
        if self.month >= self.parameters.months:
            raise RuntimeError(f"The run has ended after {self.parameters.months} months; for a longer one, make the "
                               "network with a larger `months`.")
        self.course.live_until(self.month + 1)
        self.running = self.month < self.parameters.months

    @property
    def months(self):
        """The months lived so far, as in `Run.months`."""
        return months_table(self.course.record, self.parameters, self.course.population, until=self.month)

    def hold(self, state, at):
        """From now on, clamp a state to what it was in another run; see `lnlab.hold`."""
        self.course.hold(state, at)

    def run(self):
        """What the network left behind, as `lnlab.simulate` returns it: a `Run`. Only after the last month."""
        if self.month < self.parameters.months:
            raise RuntimeError(f"The run is at month {self.month} of {self.parameters.months}; step to its end first, "
                               "or look at `months`.")
        return self.course.run()

    def __getattr__(self, name):
        if name not in OF_A_MONTH:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if self.month <= 0:
            raise AttributeError(f"`{name}` is a measure of the month just lived; step first.")
        return self._last_month()[name]

    def _last_month(self):
        month, measures = self.__dict__.get("_measured", (None, None))
        if month != self.month:
            course = self.course
            table = months_table(course.record, self.parameters, course.population, self.month - 1, self.month)
            measures = {name: table[name].iloc[0].item() for name in OF_A_MONTH}
            self.__dict__["_measured"] = (self.month, measures)
        return measures

    @cached_property
    def patients(self):
        """All patients, as a `mesa.agent.AgentSet` of `Patient`."""
        return Patient.create_agents(self, self.parameters.n_patients, list(range(self.parameters.n_patients)))

    @cached_property
    def clinicians(self):
        """All clinicians, as a `mesa.agent.AgentSet` of `Clinician`."""
        n_clinicians = len(self.course.network.clinicians)
        return Clinician.create_agents(self, n_clinicians, list(range(n_clinicians)))

    @cached_property
    def centers(self):
        """All centers, as a `mesa.agent.AgentSet` of `Center`."""
        return Center.create_agents(self, self.parameters.n_centers, list(range(self.parameters.n_centers)))

    @property
    def agents(self):
        """Everybody: patients, clinicians and centers."""
        _ = self.patients, self.clinicians, self.centers
        return super().agents

    @property
    def agents_by_type(self):
        """Everybody, by kind."""
        _ = self.patients, self.clinicians, self.centers
        return super().agents_by_type


def _look_up(people, name, meaning):
    """A read-only property: what the model's arrays say of this agent now."""
    return property(lambda self: getattr(self.model.course.network, people)[name][self.row].item(), doc=meaning)


class Patient(mesa.Agent):
    """One patient of a network: a view on the arrays, read-only. `row` is the patient's number."""

    def __init__(self, model, row):
        super().__init__(model)
        self.row = row

    baseline_activation = _look_up("patients", "baseline", "Where activation fades back to, 0 to 1.")
    phenotype = _look_up("patients", "phenotype", "The hidden kind of the condition.")
    package = _look_up("patients", "package", "The treatment package.")
    clinician = _look_up("patients", "clinician", "The clinician's number.")
    next_visit = _look_up("patients", "next_visit", "The month of the next visit.")

    @property
    def activation(self):
        """Readiness to take an active part, 0 to 1."""
        return self.model.course.activation[self.row].item()

    @property
    def center(self):
        """The center's number."""
        return self.model.course.population.center[self.row].item()

    @property
    def health(self):
        """Health, 0 to 1."""
        return self.model.course.network.health[self.row].item()

    @property
    def in_remission(self):
        """Is health at or above the remission threshold?"""
        return self.health >= self.model.parameters.remission_threshold

    @property
    def peers(self):
        """The numbers of the tied patients."""
        return self.model.course.population.patient_ties.of(self.row).tolist()


class Clinician(mesa.Agent):
    """One clinician of a network: a view on the arrays, read-only. `row` is the clinician's number."""

    def __init__(self, model, row):
        super().__init__(model)
        self.row = row

    activation = _look_up("clinicians", "activation", "Readiness to take an active part, 0 to 1.")
    baseline_activation = _look_up("clinicians", "baseline", "Where activation fades back to, 0 to 1.")
    center = _look_up("clinicians", "center", "The center's number.")

    @property
    def cases(self):
        """The clinician's own pile: effective cases (n_phenotypes, n_packages, worked / did not), a copy."""
        network = self.model.course.network
        return network.unshared[self.row] + network.shared[self.row]

    @property
    def colleagues(self):
        """The numbers of the tied clinicians."""
        return self.model.course.population.colleague_ties.of(self.row).tolist()


class Center(mesa.Agent):
    """One care center of a network: a view on the arrays, read-only. `row` is the center's number."""

    def __init__(self, model, row):
        super().__init__(model)
        self.row = row

    @property
    def joins(self):
        """The month in which the center joins, or None."""
        return self.model.course.joins[self.row]

    @property
    def member(self):
        """Has the center joined, as of the month just lived?"""
        return self.joins is not None and self.joins < self.model.month

    @property
    def patients(self):
        """The numbers of its patients."""
        return (self.model.course.population.center == self.row).nonzero()[0].tolist()

    @property
    def remission_rate(self):
        """The share of its patients in remission."""
        health = self.model.course.network.health[self.model.course.population.center == self.row]
        return float((health >= self.model.parameters.remission_threshold).mean())
