"""Activation spreads in a learning network: Modelly, once with agents as objects, once with columns of all agents."""

from statistics import fmean

import numpy as np
from modelly import Agent, Column, DataCollector, Model
from modelly.space.networks import MultilayerNetwork
from protocol import answer
from scipy.sparse import diags_array


# Agents as objects: first everybody looks around, then everybody changes

class Person(Agent):
    """Somebody who is moved by peers and leaders, and falls back to a baseline."""

    def __init__(self, model, baseline):
        super().__init__(model)
        self.baseline = self.activation = baseline
        self.peers = []
        self.change = 0.0

    def look_around(self, influence):
        world = self.model.world
        around = sum([peer.activation for peer in self.peers]) / max(len(self.peers), 1)
        self.change += ((influence * around + world.leadership) * (1 - self.activation)
                        - world.fading * (self.activation - self.baseline))

    def move_on(self):
        self.activation = min(1.0, max(0.0, self.activation + self.change))
        self.change = 0.0


class Clinician(Person):
    """Somebody who is moved by patients, too."""

    def __init__(self, model, baseline):
        super().__init__(model, baseline)
        self.gaps = []

    def live(self):
        self.look_around(self.model.world.clinician_influence)
        if self.gaps:
            self.change += self.model.world.encounter_influence * fmean(self.gaps)
            self.gaps = []


class Patient(Person):
    """Somebody who sees a clinician every few months."""

    def __init__(self, model, baseline, clinician, next_visit):
        super().__init__(model, baseline)
        self.clinician, self.next_visit = clinician, next_visit

    def live(self):
        self.look_around(self.model.world.patient_influence)
        if self.next_visit == self.model.month:
            self.next_visit += self.model.world.visit_interval
            self.visit()

    def visit(self):
        gap = self.activation - self.clinician.activation
        self.change -= self.model.world.encounter_influence * gap
        self.clinician.gaps.append(gap)


class NetworkOfObjects(Model):
    """Patients and clinicians, month by month, one after another."""

    def __init__(self, world):
        super().__init__(rng=1)
        self.world, self.month = world, 0
        clinicians = list(Clinician.create_agents(
            self, len(world.clinician_baseline), world.clinician_baseline.tolist()))
        patients = list(Patient.create_agents(
            self, len(world.baseline), world.baseline.tolist(), [clinicians[j] for j in world.clinician.tolist()],
            world.first_visit.tolist()))
        for people, ties in ((patients, world.patient_ties), (clinicians, world.colleague_ties)):
            for one, other in ties.tolist():
                people[one].peers.append(people[other])
                people[other].peers.append(people[one])
        self.patients, self.clinicians = self.agents_by_type[Patient], self.agents_by_type[Clinician]
        self.datacollector = DataCollector(model_reporters={
            "patients": lambda model: model.patients.agg("activation", fmean),
            "clinicians": lambda model: model.clinicians.agg("activation", fmean)})

    def step(self):
        self.patients.do("live")
        self.clinicians.do("live")
        self.agents.do("move_on")
        self.month += 1
        self.datacollector.collect(self)


# Columns: one array for an attribute of all agents

class PatientRow(Agent):
    """Somebody who sees a clinician every few months."""

    activation = Column(float)
    baseline = Column(float)
    clinician = Column(int)
    next_visit = Column(int)


class ClinicianRow(Agent):
    """Somebody who is moved by patients, too."""

    activation = Column(float)
    baseline = Column(float)


class NetworkOfColumns(Model):
    """Patients and clinicians, month by month, all at once."""

    def __init__(self, world):
        super().__init__(rng=1)
        self.world, self.month = world, 0
        PatientRow.create_agents(self, len(world.baseline))
        ClinicianRow.create_agents(self, len(world.clinician_baseline))
        self.patients, self.clinicians = self.columns[PatientRow], self.columns[ClinicianRow]
        self.patients.activation = self.patients.baseline = world.baseline
        self.patients.clinician, self.patients.next_visit = world.clinician, world.first_visit
        self.clinicians.activation = self.clinicians.baseline = world.clinician_baseline
        self.peers = mean_of_neighbors(len(world.baseline), world.patient_ties)
        self.colleagues = mean_of_neighbors(len(world.clinician_baseline), world.colleague_ties)
        self.datacollector = DataCollector(model_reporters={
            "patients": lambda model: model.patients.activation.mean(),
            "clinicians": lambda model: model.clinicians.activation.mean()})

    def step(self):
        patients, clinicians = self.patients, self.clinicians
        change = self.spread(patients, self.peers, self.world.patient_influence)
        change_of_clinicians = self.spread(clinicians, self.colleagues, self.world.clinician_influence)
        self.meet(patients, clinicians, change, change_of_clinicians)
        patients.activation = np.clip(patients.activation + change, 0, 1)
        clinicians.activation = np.clip(clinicians.activation + change_of_clinicians, 0, 1)
        self.month += 1
        self.datacollector.collect(self)

    def spread(self, people, neighbors, influence):
        own, world = people.activation, self.world
        return (influence * (neighbors @ own) + world.leadership) * (1 - own) - world.fading * (own - people.baseline)

    def meet(self, patients, clinicians, change, change_of_clinicians):
        due = np.flatnonzero(patients.next_visit == self.month)
        patients.next_visit[due] += self.world.visit_interval
        seen = patients.clinician[due]
        gap = patients.activation[due] - clinicians.activation[seen]
        met = np.bincount(seen, minlength=len(clinicians))
        change[due] -= self.world.encounter_influence * gap
        change_of_clinicians += (self.world.encounter_influence * np.bincount(seen, gap, len(clinicians))
                                 / np.maximum(met, 1))


def mean_of_neighbors(n_people, ties):
    """The matrix that turns a column into the mean over each person's neighbors; 0 without any."""
    network = MultilayerNetwork(n_people)
    network.add_edges(ties.tolist(), layer="ties")
    adjacency = network.adjacency()
    return diags_array(1 / np.maximum(adjacency.sum(axis=1).A1, 1)) @ adjacency


def run(network):
    """Live the months of a network, and return what was collected."""
    network.run_for(network.world.months)
    kept = network.datacollector.model_vars
    return kept["patients"], kept["clinicians"]


def objects(world):
    """The network as objects, ready to live its months."""
    network = NetworkOfObjects(world)
    return lambda: run(network)


def columns(world):
    """The network as columns, ready to live its months."""
    network = NetworkOfColumns(world)
    return lambda: run(network)


if __name__ == "__main__":
    answer({"objects": objects, "columns": columns})
