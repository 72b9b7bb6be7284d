"""The model once more, agent by agent, in plain Mesa: slow, and easy to follow.

It shares with lnlab the parameters, the population and the draws, and not one rule. What the two say about the same
network is compared in test_docking.py. The numbers in brackets are the steps of a month, in their order.
"""

import math
from collections import Counter
from statistics import fmean, median
from typing import NamedTuple

import pandas as pd
from mesa import Agent, Model
from numpy.polynomial.legendre import leggauss

from lnlab import draws
from lnlab.parameters import LEVERS, Parameters

ACTIVE_FROM = 0.60              # an activation from which a patient counts as active
FOR_MEMBERS_AND_OTHERS = ("implementation", "data_baseline")
SHIFTED_BY_CENTER = ("implementation", "data_baseline")     # in the order of the columns of `center_shift`
COLUMNS = ["month", "members", "encounters", "with_data", "cases", "shared_cases", "consulted", "changes",
           "remission_rate", "median_health", "mean_health", "activation", "active_share", "clinician_activation",
           "commons_cases", "usable_knowledge", "best_guess_knowledge", "best_package_share"]


class Case(NamedTuple):
    """What one encounter taught: in a patient of this kind, this package worked or did not."""

    phenotype: int
    package: int
    worked: bool


class Patient(Agent):
    """Someone with a chronic condition, cared for by one clinician."""

    def __init__(self, model, number, center, baseline):
        super().__init__(model)
        self.number, self.center, self.baseline = number, center, baseline
        self.clinician = None           # these two are made known once everyone is there
        self.peers = []
        parameters = model.parameters
        wait = int(draws.uniform(model.seed, draws.FIRST_VISIT, 0, number, 0) * parameters.visit_interval)
        self.next_visit = -parameters.burn_in + wait
        self.activation_gain = 0.0
        self.become_newly_diagnosed(draws.FOUNDER, month=0)

    def draw(self, purpose, slot):
        return draws.uniform(self.model.seed, purpose, self.model.month, self.number, slot)

    def happens(self, slot, chance):
        """Whether something with this chance happens in this month's encounter."""
        return self.draw(draws.ENCOUNTER, slot) < chance

    @property
    def efficacies(self):
        """What each package would do for this patient."""
        return self.model.efficacy[self.center][self.phenotype]

    @property
    def best_package(self):
        return self.efficacies.index(max(self.efficacies))

    @property
    def is_well(self):
        return self.health >= self.model.parameters.remission_threshold

    # [1]
    def leave_or_stay(self):
        if self.draw(draws.LIFE, draws.TURNOVER) < self.model.parameters.turnover:
            self.become_newly_diagnosed(draws.NEWCOMER, self.model.month)

    def become_newly_diagnosed(self, purpose, month):
        """Take the place as a new patient; clinician, ties, visit calendar and baseline stay with the place."""
        parameters = self.model.parameters

        def draw(slot):
            return draws.uniform(self.model.seed, purpose, month, self.number, slot)

        self.phenotype = int(draw(draws.PHENOTYPE) * parameters.n_phenotypes)
        self.health = 0.3 + 0.4 * draw(draws.HEALTH)
        self.activation = self.baseline
        if draw(draws.USUAL_MATCH) < parameters.usual_match:
            self.package = self.best_package
        else:
            self.package = int(draw(draws.PACKAGE) * parameters.n_packages)
        self.last_change = None

    # [2]
    def feel_peers_and_leaders(self):
        parameters = self.model.parameters
        around = mean_activation(self.peers)
        if around < parameters.contagion_threshold:
            around = 0.0
        leadership = self.model.care[self.center]["leadership"]
        self.activation_gain += ((parameters.patient_influence * around + leadership) * (1 - self.activation)
                                 - parameters.fading * (self.activation - self.baseline))

    # [3]
    def visit_if_due(self):
        if self.next_visit == self.model.month:
            self.next_visit += self.model.parameters.visit_interval
            self.visit()

    def visit(self):
        tally = self.model.tally
        tally["encounters"] += 1
        self.meet_clinician()
        prepared = self.happens(draws.PREPARED, self.model.care[self.center]["pre_visit_planning"])
        if not (prepared or self.data_are_at_hand()):
            return
        tally["with_data"] += 1
        seen = self.phenotype_as_seen()
        self.write_case_down(seen)
        if not self.is_well:
            self.reconsider_care(seen, prepared)

    # [3.1]
    def meet_clinician(self):
        difference = self.clinician.activation - self.activation
        self.activation_gain += self.model.parameters.encounter_influence * difference
        self.clinician.pulls.append(-difference)

    # [3.2]
    @property
    def engaged(self):
        """How far this patient and the clinician work together."""
        a, b = self.activation, self.clinician.activation
        coproduction = self.model.parameters.coproduction
        either, both = 1 - (1 - a) * (1 - b), a * b
        return (1 - coproduction) * either + coproduction * both

    # [3.4]
    def data_are_at_hand(self):
        care = self.model.care[self.center]
        brought_by_patient = self.model.parameters.patient_reported_data * self.activation
        missing = (1 - care["data_baseline"]) * (1 - care["registry"]) * (1 - brought_by_patient)
        return self.happens(draws.DATA, 1 - missing)

    # [3.5]
    def phenotype_as_seen(self):
        if self.happens(draws.MISTAKEN, self.model.parameters.phenotype_error):
            return int(self.draw(draws.ENCOUNTER, draws.SEEN_INSTEAD) * self.model.parameters.n_phenotypes)
        return self.phenotype

    def write_case_down(self, seen):
        parameters = self.model.parameters
        washed_out = self.last_change is None or self.model.month - self.last_change > parameters.washout
        if not (washed_out and self.happens(draws.WRITTEN, parameters.cases_per_encounter)):
            return
        self.model.tally["cases"] += 1
        misrecorded = self.happens(draws.MISRECORDED, parameters.case_error)
        case = Case(seen, self.package, self.is_well != misrecorded)
        if self.case_is_shared():
            self.model.tally["shared_cases"] += 1
            self.model.new_in_commons.append(case)
            self.clinician.new_shared.append(case)
        else:
            self.clinician.new_unshared.append(case)
            self.clinician.tell_colleagues(case, self)

    # [3.6]
    def case_is_shared(self):
        care, shareable = self.model.care[self.center], self.model.parameters.shareable
        return (self.happens(draws.CAN_SHARE, shareable + (1 - shareable) * care["registry"])
                and self.happens(draws.SHARED, care["sharing"] * self.engaged))

    # [3.7] and [3.8]
    def reconsider_care(self, seen, prepared):
        care, parameters = self.model.care[self.center], self.model.parameters
        if self.happens(draws.ACT, care["implementation"]):
            chance = care["shared_information_use"] * (1 if prepared else self.engaged)
            at_hand = self.happens(draws.AT_HAND, chance)
            self.model.tally["consulted"] += at_hand
            self.follow_advice(self.clinician.preferred_package(seen, at_hand, self))
        if self.happens(draws.RECALL, care["registry"] * parameters.recall):
            self.next_visit = self.model.month + 1

    def follow_advice(self, package):
        if package != self.package:
            self.model.tally["changes"] += 1
            self.package = package
            self.last_change = self.model.month
            self.health -= self.model.parameters.switch_drop

    def settle(self):
        """Let everything that moved activation this month take effect at once."""
        self.activation = clipped(self.activation + self.activation_gain)
        self.activation_gain = 0.0

    # [4]
    def live_a_month(self):
        parameters, month = self.model.parameters, self.model.month
        adherence = parameters.adherence_floor + (1 - parameters.adherence_floor) * self.activation
        better_medicines = parameters.efficacy_trend * max(month, 0) / 12
        target = (self.efficacies[self.package] + better_medicines) * adherence
        ups_and_downs = parameters.noise * draws.bell(self.model.seed, draws.NOISE, month, self.number, 0)
        self.health += parameters.response_rate * (target - self.health) + ups_and_downs
        if self.draw(draws.LIFE, draws.FLARE) < parameters.flare_chance:
            self.health -= parameters.flare_drop
        self.health = clipped(self.health)


class Clinician(Agent):
    """Someone who sees patients, remembers cases and talks with colleagues."""

    def __init__(self, model, number, center, baseline):
        super().__init__(model)
        self.number, self.center, self.baseline = number, center, baseline
        self.colleagues = []
        self.activation = baseline
        self.activation_gain = 0.0
        self.pulls = []                 # how much more active than the clinician each of this month's patients is
        self.unshared, self.shared = Counter(), Counter()
        self.new_unshared, self.new_shared = [], []

    # [2]
    def feel_colleagues_and_leaders(self):
        parameters = self.model.parameters
        around = mean_activation(self.colleagues)
        leadership = self.model.care[self.center]["leadership"]
        self.activation_gain += ((parameters.clinician_influence * around + leadership) * (1 - self.activation)
                                 - parameters.fading * (self.activation - self.baseline))

    # [3.6]
    def tell_colleagues(self, case, patient):
        model = self.model
        for place, colleague in enumerate(sorted(self.colleagues, key=lambda each: each.number)):
            heard = draws.uniform(model.seed, draws.HEARING, model.month, patient.number, place)
            if heard < model.care[self.center]["clinician_spread"]:
                colleague.new_unshared.append(case)

    # [3.7]
    def preferred_package(self, seen, commons_at_hand, patient):
        """The package whose drawn value is highest (Thompson sampling); the first of equals."""
        piles = [self.unshared, self.model.commons if commons_at_hand else self.shared]
        values = []
        for package in range(self.model.parameters.n_packages):
            mean, sd = belief(piles, seen, package)
            z = draws.bell(self.model.seed, draws.CHOICE, self.model.month, patient.number, package)
            values.append(mean + sd * z)
        return values.index(max(values))

    # [3.1]
    def settle(self):
        """Let everything that moved activation this month take effect at once."""
        if self.pulls:
            self.activation_gain += self.model.parameters.encounter_influence * fmean(self.pulls)
        self.activation = clipped(self.activation + self.activation_gain)
        self.activation_gain, self.pulls = 0.0, []

    # [5]
    def remember(self):
        parameters = self.model.parameters
        lost = parameters.obsolescence if parameters.center_archive else parameters.forgetting
        age_and_add(self.unshared, lost, self.new_unshared)
        age_and_add(self.shared, lost, self.new_shared)
        self.new_unshared, self.new_shared = [], []


class PlainNetwork(Model):
    """The whole network; `step` is one month.

    Parameters
    ----------
    parameters : lnlab.parameters.Parameters
    population
        Who lives in the model: center, clinician, baseline (each (n_patients,)), clinician_center and
        clinician_baseline (n_clinicians,), center_shift (n_centers, 2), efficacy (n_centers, n_phenotypes,
        n_packages), patient_ties and colleague_ties (each with indptr and indices).
    joins : sequence of int or None, (n_centers,)
        The month in which each center joins; None for never.
    programs : sequence
        Changes with lever, value or shift, centers (None for all) and start (month); the last listed wins.
    seed : int
    """

    def __init__(self, parameters, population, joins, programs, seed):
        super().__init__(rng=seed)      # Mesa's own generator, which nothing here uses
        self.parameters, self.seed = parameters, seed
        self.joins, self.programs = list(joins), list(programs)
        self.efficacy = population.efficacy.tolist()
        self.center_shift = population.center_shift.tolist()
        self.month = -parameters.burn_in
        self.commons, self.new_in_commons = Counter(), []
        self.recorded = []

        places, desks = population.center.tolist(), population.clinician_center.tolist()
        self.patients = Patient.create_agents(
            self, len(places), list(range(len(places))), places, population.baseline.tolist())
        self.clinicians = Clinician.create_agents(
            self, len(desks), list(range(len(desks))), desks, population.clinician_baseline.tolist())
        self.introduce_everyone(population)

    def introduce_everyone(self, population):
        patients, clinicians = list(self.patients), list(self.clinicians)
        for patient in patients:
            patient.clinician = clinicians[population.clinician[patient.number]]
            patient.peers = [patients[peer] for peer in ties_of(patient.number, population.patient_ties)]
        for clinician in clinicians:
            tied = ties_of(clinician.number, population.colleague_ties)
            clinician.colleagues = [clinicians[colleague] for colleague in tied]

    def is_member(self, center):
        return self.joins[center] is not None and self.joins[center] <= self.month

    def care_at(self, center):
        """How strongly each lever works in this center this month; 0 for what only members have."""
        values = {name: getattr(self.parameters, name) for name in (*LEVERS, "data_baseline")}
        if self.parameters.center_variation > 0:
            for name, shift in zip(SHIFTED_BY_CENTER, self.center_shift[center]):
                values[name] = moved_in_logits(values[name], self.parameters.center_variation * shift)
        for program in self.programs:
            if program.start <= self.month and (program.centers is None or center in program.centers):
                if program.value is not None:
                    values[program.lever] = program.value
                else:
                    values[program.lever] = moved_in_logits(values[program.lever], program.shift)
        return {name: value if name in FOR_MEMBERS_AND_OTHERS or self.is_member(center) else 0.0
                for name, value in values.items()}

    def step(self):
        """One month. Everyone acts on what was known at its start, so the order of agents does not matter."""
        self.care = [self.care_at(center) for center in range(self.parameters.n_centers)]
        self.tally = Counter()
        self.patients.do("leave_or_stay")
        self.patients.do("feel_peers_and_leaders")
        self.clinicians.do("feel_colleagues_and_leaders")
        self.patients.do("visit_if_due")
        self.patients.do("settle")
        self.clinicians.do("settle")
        self.patients.do("live_a_month")
        self.clinicians.do("remember")
        age_and_add(self.commons, self.parameters.obsolescence, self.new_in_commons)
        self.new_in_commons = []
        if self.month >= 0:
            self.recorded.append(self.month_as_recorded())
        self.month += 1

    # [6]
    def month_as_recorded(self):
        patients = list(self.patients)
        knowledge = {"usable_knowledge": chances_to_be_chosen, "best_guess_knowledge": best_guess}
        return {
            "month": self.month,
            "members": sum(self.is_member(center) for center in range(self.parameters.n_centers)),
            **{name: self.tally[name] for name in
               ("encounters", "with_data", "cases", "shared_cases", "consulted", "changes")},
            "remission_rate": fmean(patient.is_well for patient in patients),
            "median_health": median(patient.health for patient in patients),
            "mean_health": fmean(patient.health for patient in patients),
            "activation": fmean(patient.activation for patient in patients),
            "active_share": fmean(patient.activation >= ACTIVE_FROM for patient in patients),
            "clinician_activation": fmean(clinician.activation for clinician in self.clinicians),
            "commons_cases": self.commons_cases(),
            **{name: self.knowledge_in_commons(weigh) for name, weigh in knowledge.items()},
            "best_package_share": fmean(patient.package == patient.best_package for patient in patients),
        }

    def commons_cases(self):
        in_members = sum(self.is_member(patient.center) for patient in self.patients)
        return sum(self.commons.values()) / in_members if in_members else 0.0

    def knowledge_in_commons(self, weigh):
        """How good the packages are that the commons alone would pick: 0 as a blind choice, 1 the best.

        `weigh` says, from the belief about each package, with what chance each is picked.
        """
        all_the_same = all(max(patient.efficacies) == min(patient.efficacies) for patient in self.patients)
        if sum(self.commons.values()) == 0 or all_the_same:
            return math.nan
        packages = range(self.parameters.n_packages)
        chances = [weigh([belief([self.commons], phenotype, package) for package in packages])
                   for phenotype in range(self.parameters.n_phenotypes)]
        picked = blind = best = 0.0
        for patient in self.patients:
            picked += sum(chance * efficacy for chance, efficacy in
                          zip(chances[patient.phenotype], patient.efficacies))
            blind += fmean(patient.efficacies)
            best += max(patient.efficacies)
        return (picked - blind) / (best - blind)


def plain_months(parameters, population, joins, programs, seed):
    """The months of one network, agent by agent.

    Parameters
    ----------
    parameters, population, joins, programs, seed
        As `PlainNetwork` takes them.

    Returns
    -------
    pandas.DataFrame
        One row per recorded month, with the columns `COLUMNS`.

    Examples
    --------
    >>> from lnlab.population import make_population
    >>> small = Parameters(n_patients=40, n_centers=2, burn_in=0, launch_month=1, months=3)
    >>> plain_months(small, make_population(small, seed=1), [1, None], [], seed=1)["members"].tolist()
    [0, 1, 1]
    """
    network = PlainNetwork(parameters, population, joins, programs, seed)
    for _ in range(parameters.burn_in + parameters.months):
        network.step()
    return pd.DataFrame(network.recorded, columns=COLUMNS)


def ties_of(number, ties):
    """The numbers of those to whom person `number` is tied."""
    return ties.indices[ties.indptr[number]:ties.indptr[number + 1]].tolist()


def mean_activation(people):
    """Mean activation of these people; 0 where there are none."""
    return fmean(person.activation for person in people) if people else 0.0


def clipped(value):
    return min(max(value, 0.0), 1.0)


def moved_in_logits(share, by):
    """A share moved on the logit scale; 0 and 1 stay put.

    >>> moved_in_logits(0.5, math.log(3)), moved_in_logits(1, -2)
    (0.75, 1)
    """
    if not 0 < share < 1:
        return share
    return round(1 / (1 + math.exp(-(math.log(share / (1 - share)) + by))), 9)


def age_and_add(pile, lost, new_cases):
    """Take the share that is lost off every count of a pile, then add the month's new cases."""
    for case in pile:
        pile[case] *= 1 - lost
    pile.update(new_cases)


def belief(piles, phenotype, package):
    """Mean and sd of how often a package works, from the cases in these piles.

    >>> belief([Counter({Case(0, 2, True): 1})], phenotype=0, package=1)[0]
    0.5
    """
    worked = sum(pile[Case(phenotype, package, True)] for pile in piles)
    failed = sum(pile[Case(phenotype, package, False)] for pile in piles)
    mean = (1 + worked) / (2 + worked + failed)
    return mean, math.sqrt(mean * (1 - mean) / (3 + worked + failed))


def best_guess(beliefs):
    """All weight on the package with the highest mean; the first of equals.

    >>> best_guess([(0.5, 0.2), (0.7, 0.1), (0.7, 0.3)])
    [0.0, 1.0, 0.0]
    """
    means = [mean for mean, _ in beliefs]
    return [float(package == means.index(max(means))) for package in range(len(means))]


def chances_to_be_chosen(beliefs):
    """The chance that each package has the highest mean + sd * z, with z the model's bell-shaped numbers.

    z is sqrt(3) * (s - 2), s the sum of four uniforms. So for each s that a package may draw, ask how likely it is
    that every other package stays below; eight Gauss-Legendre points in each of the four pieces of s.

    >>> chances_to_be_chosen([(0.5, 0.2), (0.5, 0.2)])
    [0.5, 0.5]
    """
    chances = []
    for package, (mean, sd) in enumerate(beliefs):
        others = beliefs[:package] + beliefs[package + 1:]
        chance = 0.0
        for s, weight in POINTS_OF_SUM:
            value = mean + sd * math.sqrt(3) * (s - 2)
            below = math.prod(share_of_sums_below((value - other) / (other_sd * math.sqrt(3)) + 2)
                              for other, other_sd in others)
            chance += weight * below
        chances.append(chance)
    return [chance / sum(chances) for chance in chances]


def density_of_sum(s):
    """Density of the sum of four uniforms (Irwin-Hall).

    >>> density_of_sum(2) == 2 / 3
    True
    """
    s = min(s, 4 - s)                   # symmetric; the near half needs no large terms that cancel
    return sum((-1) ** i * math.comb(4, i) * (s - i) ** 3 for i in range(2) if i < s) / 6


def share_of_sums_below(s):
    """Chance that the sum of four uniforms lies below s (Irwin-Hall).

    >>> share_of_sums_below(-1), share_of_sums_below(1) == 1 / 24, share_of_sums_below(2), share_of_sums_below(5)
    (0.0, True, 0.5, 1.0)
    """
    if s > 2:
        return 1.0 - share_of_sums_below(4 - s)
    return sum((-1) ** i * math.comb(4, i) * (s - i) ** 4 for i in range(2) if i < s) / 24 if s > 0 else 0.0


def points_of_sum():
    """The values of s that the quadrature asks about, each with its weight (the density is part of it)."""
    points = []
    for piece in range(4):
        for point, weight in zip(*leggauss(8)):
            s = piece + (float(point) + 1) / 2
            points.append((s, float(weight) / 2 * density_of_sum(s)))
    return points


POINTS_OF_SUM = points_of_sum()
