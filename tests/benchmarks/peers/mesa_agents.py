"""Activation spreads in a learning network: patients and clinicians as agents in plain Mesa.

Everybody first looks around, then everybody changes, so that the order of the agents does not matter.
"""

from statistics import fmean

from mesa import Agent, DataCollector, Model
from protocol import answer


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


class LearningNetwork(Model):
    """Patients and clinicians, month by month."""

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


def agents(world):
    """The network as agents, ready to live its months."""
    network = LearningNetwork(world)

    def live():
        for _ in range(world.months):
            network.step()
        kept = network.datacollector.model_vars
        return kept["patients"], kept["clinicians"]
    return live


if __name__ == "__main__":
    answer({"agents": agents})
