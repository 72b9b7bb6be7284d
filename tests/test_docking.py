"""Docking: two programs of one specification must tell the same story, month by month.

One is lnlab, arrays and compiled rules; the other is plain_mesa.py, agent by agent. They share the draws and the
population, so nothing is left to chance, and they must agree to the twelfth decimal.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from plain_mesa import COLUMNS, PlainNetwork, plain_months

from lnlab.parameters import Parameters, declared
from lnlab.population import make_population
from lnlab.programs import Program
from lnlab.run import simulate

TOLERANCE = 1e-12
TWO_YEARS = Parameters(n_patients=200, n_centers=4, burn_in=12, launch_month=6, months=24)
TOGETHER = [6, 6, 6, 6]
STAGGERED = [0, 5, 11, None]
ALL_CENTERS = None

RIVALS = TWO_YEARS.but(
    n_phenotypes=4, washout=4, switch_drop=0.05, phenotype_error=0.2, case_error=0.1, context_strength=0.4,
    contagion_threshold=0.45, efficacy_trend=0.05, recall=1, cases_per_encounter=0.7, patient_influence=0.2,
    clinician_spread=0.9)

# One of each kind: by value and by shift, on a lever that varies by center, one on top of another, in a center that
# never joins (3), and one from the first month on.
PROGRAMS = [
    Program("a shared goal", lever="leadership", shift=0.8, centers=[0, 2], start=0),
    Program("quality improvement", lever="implementation", value=0.6, centers=[1, 3], start=4),
    Program("more quality improvement", lever="implementation", shift=1.0, centers=ALL_CENTERS, start=10),
    Program("planning", lever="pre_visit_planning", shift=1.5, centers=[0, 1], start=8),
    Program("planning for everybody", lever="pre_visit_planning", value=0.4, centers=ALL_CENTERS, start=14),
    Program("registry", lever="registry", value=0.9, centers=[0], start=7),
    Program("sharing", lever="sharing", shift=-0.7, centers=[2, 1], start=15),
    Program("case rounds", lever="clinician_spread", value=0.5, centers=[1], start=6),
    Program("commons at the bedside", lever="shared_information_use", shift=-1.2, centers=[0, 3], start=12),
]


class Setting(NamedTuple):
    """One network to be run twice."""

    parameters: Parameters
    joins: list
    programs: list = []
    seed: int = 1


SETTINGS = {
    "defaults": Setting(TWO_YEARS, TOGETHER),
    "defaults, a seed of more than 32 bits": Setting(TWO_YEARS, TOGETHER, seed=2**40 + 3),
    "programs and staggered growth": Setting(TWO_YEARS.but(n_phenotypes=5), STAGGERED, PROGRAMS, seed=2),
    "nobody joins": Setting(TWO_YEARS, [None] * 4, PROGRAMS, seed=3),
    "rival assumptions": Setting(RIVALS, STAGGERED, PROGRAMS, seed=4),
    "rival assumptions, with an archive": Setting(RIVALS.but(center_archive=True), TOGETHER, seed=5),
    "either party is enough, nothing is lost": Setting(TWO_YEARS.but(
        coproduction=0, implementation=1, data_baseline=1, sharing=1, shareable=1, shared_information_use=1,
        clinician_spread=1, forgetting=0, obsolescence=0, turnover=0, usual_match=0, visit_interval=1,
        adherence_floor=0, center_variation=0), TOGETHER, seed=6),
    "both are needed, nothing is kept": Setting(TWO_YEARS.but(
        coproduction=1, implementation=1, data_baseline=0, registry=1, pre_visit_planning=1, patient_reported_data=1,
        recall=1, forgetting=1, obsolescence=1, turnover=0.1, usual_match=1, visit_interval=12, adherence_floor=1,
        shareable=0, fading=0), TOGETHER, seed=7),
    "no data": Setting(TWO_YEARS.but(
        data_baseline=0, registry=0, patient_reported_data=0, pre_visit_planning=0), TOGETHER, seed=8),
    "activation runs into its bounds": Setting(TWO_YEARS.but(
        patient_influence=0.4, clinician_influence=0.4, leadership=0.1, encounter_influence=0.5, fading=0,
        contagion_threshold=0.5, activation_sd=0.4, visit_interval=1), TOGETHER, seed=9),
    "health runs into its bounds": Setting(TWO_YEARS.but(
        noise=0.5, flare_chance=0.5, flare_drop=1, response_rate=1, switch_drop=1, remission_threshold=0.3),
        TOGETHER, seed=10),
    "places unlike each other": Setting(TWO_YEARS.but(
        n_patients=203, n_centers=5, clinicians_per_center=3, center_variation=2, context_strength=1,
        n_phenotypes=2, cross_center_ties=1, patient_ties=5, colleague_ties=3), [6, 6, None, 9, 6], seed=11),
    "one of everything, without ties": Setting(TWO_YEARS.but(
        n_patients=200, n_centers=1, clinicians_per_center=1, n_phenotypes=1, n_packages=1, patient_ties=0,
        colleague_ties=0, burn_in=0), [0], seed=12),
    "more centers than are lived at a time": Setting(RIVALS.but(n_patients=200, n_centers=40), [6, None, 9, 0] * 10,
                                                     seed=14),
    "all packages equal": Setting(TWO_YEARS.but(
        best_efficacy=0.7, other_efficacy_high=0.7, other_efficacy_low=0.7), TOGETHER, seed=13),
}
BEHAVIOR = [name for name in Parameters.__dataclass_fields__
            if declared(name)["element"] not in ("size", "time") and not declared(name)["switch"]]


@cache
def agent_by_agent(name):
    """The months of one setting as plain Mesa has them."""
    setting = SETTINGS[name]
    population = make_population(setting.parameters, setting.seed)
    return plain_months(setting.parameters, population, setting.joins, setting.programs, setting.seed)


def by_lnlab(setting):
    return simulate(setting.parameters, setting.programs, setting.seed, growth=setting.joins).months


def assert_same_months(ours, plain):
    """Every number of two months tables the same to `TOLERANCE`; what is missing in one is missing in the other."""
    assert list(ours.columns) == list(plain.columns) == COLUMNS
    assert len(ours) == len(plain)
    for column in COLUMNS:
        np.testing.assert_allclose(ours[column].to_numpy(float), plain[column].to_numpy(float), rtol=0,
                                   atol=TOLERANCE, equal_nan=True, err_msg=column)


@pytest.mark.parametrize("name", SETTINGS)
def test_both_models_tell_the_same_story(name):
    plain = agent_by_agent(name)
    assert plain["month"].tolist() == list(range(24))
    assert_same_months(by_lnlab(SETTINGS[name]), plain)


@pytest.mark.parametrize("name", BEHAVIOR)
def test_a_changed_parameter_is_noticed(name):
    """A tenth off any parameter, and the tables part: each rule is at work among the rival assumptions."""
    setting = SETTINGS["rival assumptions"]
    value = getattr(setting.parameters, name)
    changed = setting.parameters.but(**{name: value + 1 if declared(name)["whole"] else 0.9 * value})
    with pytest.raises(AssertionError):
        assert_same_months(by_lnlab(setting._replace(parameters=changed)), agent_by_agent("rival assumptions"))


def test_a_changed_switch_is_noticed():
    setting = SETTINGS["rival assumptions, with an archive"]
    forgetful = setting._replace(parameters=setting.parameters.but(center_archive=False))
    with pytest.raises(AssertionError):
        assert_same_months(by_lnlab(forgetful), agent_by_agent("rival assumptions, with an archive"))


@pytest.mark.parametrize("left_out", range(len(PROGRAMS)), ids=lambda which: PROGRAMS[which].name)
def test_a_missing_program_is_noticed(left_out):
    name = "programs and staggered growth"
    fewer = PROGRAMS[:left_out] + PROGRAMS[left_out + 1:]
    with pytest.raises(AssertionError):
        assert_same_months(by_lnlab(SETTINGS[name]._replace(programs=fewer)), agent_by_agent(name))


@pytest.mark.parametrize("change", [{"joins": [0, 5, 12, None]}, {"joins": [0, 5, 11, 23]}, {"seed": 3}],
                         ids=["a center joins later", "the last center joins", "another seed"])
def test_another_start_is_noticed(change):
    name = "programs and staggered growth"
    with pytest.raises(AssertionError):
        assert_same_months(by_lnlab(SETTINGS[name]._replace(**change)), agent_by_agent(name))


def test_the_order_of_agents_does_not_matter():
    """In the plain model too, everyone acts on what was known at the month's start."""
    setting = SETTINGS["rival assumptions"]
    population = make_population(setting.parameters, setting.seed)
    network = PlainNetwork(setting.parameters, population, setting.joins, setting.programs, setting.seed)
    network.patients.shuffle(inplace=True)
    network.clinicians.shuffle(inplace=True)
    for _ in range(setting.parameters.burn_in + setting.parameters.months):
        network.step()
    assert_same_months(pd.DataFrame(network.recorded), agent_by_agent("rival assumptions"))
