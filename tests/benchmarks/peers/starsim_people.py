"""Activation spreads in a learning network: Starsim, with patients and clinicians as people on three networks."""

import numpy as np
import starsim as ss
from protocol import answer


class Activation(ss.Module):
    """Peers, leaders and encounters move everybody's activation, which falls back to a baseline."""

    def __init__(self, world):
        super().__init__()
        self.define_pars(patient_influence=world.patient_influence, clinician_influence=world.clinician_influence,
                         leadership=world.leadership, fading=world.fading,
                         encounter_influence=world.encounter_influence, visit_interval=world.visit_interval)
        self.define_states(
            ss.BoolArr("clinician"), ss.FloatArr("baseline"), ss.FloatArr("activation"), ss.FloatArr("next_visit"))
        self.world = world

    def init_results(self):
        super().init_results()
        self.define_results(ss.Result("patients", scale=False), ss.Result("clinicians", scale=False))

    def init_post(self):
        super().init_post()
        patients = len(self.world.baseline)
        self.clinician[ss.uids(np.arange(patients, len(self.activation)))] = True
        self.baseline[:] = np.concatenate([self.world.baseline, self.world.clinician_baseline])
        self.activation[:] = self.baseline
        self.next_visit[ss.uids(np.arange(patients))] = self.world.first_visit
        networks = self.sim.networks
        self.influence = np.where(self.clinician, self.pars.clinician_influence, self.pars.patient_influence)
        self.n_peers = np.maximum(add_up(networks.peers, 1.0, 1.0, len(self.activation)), 1)

    def step(self):
        own, pars = self.activation, self.pars
        around = self.look_at_peers()
        change = (self.influence * around + pars.leadership) * (1 - own) - pars.fading * (own - self.baseline)
        self.activation[:] = np.clip(own + change + pars.encounter_influence * self.meet(), 0, 1)

    def look_at_peers(self):
        peers, own = self.sim.networks.peers, self.activation
        return add_up(peers, own[peers.p2], own[peers.p1], len(own)) / self.n_peers

    def meet(self):
        """How far those who have a visit this month are from whom they meet; 0 for everybody else."""
        care, own, n = self.sim.networks.care, self.activation, len(self.activation)
        due = self.next_visit[care.p1] == self.ti
        patients, clinicians = care.p1[due], care.p2[due]
        self.next_visit[patients] += self.pars.visit_interval
        gap = own[clinicians] - own[patients]
        met = np.maximum(np.bincount(clinicians, minlength=n), 1)
        return np.bincount(patients, gap, n) - np.bincount(clinicians, gap, n) / met

    def update_results(self):
        super().update_results()
        self.results.patients[self.ti] = self.activation[~self.clinician].mean()
        self.results.clinicians[self.ti] = self.activation[self.clinician].mean()


def add_up(network, to_first, to_second, n_people):
    """What the edges of a network bring to each person: something to the first, something to the second of each."""
    both = np.concatenate([network.p1, network.p2])
    brought = np.concatenate([np.broadcast_to(each, len(network.p1)) for each in (to_first, to_second)])
    return np.bincount(both, brought, n_people)


def people(world):
    """The network as people, ready to live its months."""
    patients, clinicians = len(world.baseline), len(world.clinician_baseline)
    peers = np.concatenate([world.patient_ties, patients + world.colleague_ties])
    networks = [ss.Network(p1=peers[:, 0], p2=peers[:, 1], beta=np.ones(len(peers)), name="peers"),
                ss.Network(p1=np.arange(patients), p2=patients + world.clinician, beta=np.ones(patients), name="care")]
    sim = ss.Sim(n_agents=patients + clinicians, modules=Activation(world), networks=networks, people_results=False,
                 dt=ss.month, dur=ss.months(world.months - 1), verbose=0)    # the last month is lived too
    sim.init()

    def live():
        sim.run()
        return sim.results.activation.patients, sim.results.activation.clinicians
    return live


if __name__ == "__main__":
    answer({"people": people})
