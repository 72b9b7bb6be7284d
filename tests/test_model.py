"""The network as a Mesa model: it tells the same story step by step, and shows people as Mesa agents."""

import ast
import subprocess
import sys
from pathlib import Path

import mesa
import numpy as np
import pandas as pd
import pytest

from lnlab.checks import InputError
from lnlab.model import OF_A_MONTH, Center, Clinician, LearningNetwork, Patient
from lnlab.parameters import Parameters
from lnlab.population import make_population
from lnlab.programs import Growth, Program
from lnlab.run import hold, simulate

SMALL = Parameters(n_patients=90, n_centers=3, burn_in=5, launch_month=4, months=14)
RIVALS = SMALL.but(phenotype_error=0.2, case_error=0.1, washout=3, switch_drop=0.05, contagion_threshold=0.4, recall=1,
                   context_strength=0.5, clinician_spread=0.5, efficacy_trend=0.03, cases_per_encounter=0.8)
PACKAGE = Path(__file__).parents[1] / "lnlab"


def stepped(*arguments, **options):
    network = LearningNetwork(*arguments, **options)
    while network.running:
        network.step()
    return network


@pytest.mark.parametrize("parameters, programs, options", [
    (SMALL, (), {}), (SMALL.but(burn_in=0, launch_month=0), (), dict(growth="never")),
    (RIVALS, [Program("planning", lever="pre_visit_planning", value=0.7, centers=[1], start=6)],
     dict(growth=[0, 5, None])),
    (SMALL.but(months=1, launch_month=0), (), {}), (SMALL, (), dict(growth=Growth("one by one", interval=2))),
    (SMALL, (), dict(efficacy_seed=4)), (RIVALS.but(n_patients=101, center_archive=True), (), dict(encounters=True)),
    (SMALL, (), dict(population=make_population(SMALL, 3, patient_edges=[(0, 1), (5, 80)])))])
def test_stepping_leaves_behind_what_simulate_does(parameters, programs, options):
    network, run = stepped(parameters, programs, seed=3, **options), simulate(parameters, programs, seed=3, **options)
    pd.testing.assert_frame_equal(network.months, run.months, check_exact=True)
    tables = ["months", "centers", "patients", "sharing", *(["encounters"] if "encounters" in options else [])]
    for table in tables:
        pd.testing.assert_frame_equal(getattr(network.run(), table), getattr(run, table), check_exact=True)


def test_the_defaults_are_those_of_simulate():
    assert LearningNetwork().parameters == Parameters()
    assert LearningNetwork(SMALL).course.seed == simulate(SMALL).seed


def test_it_is_a_mesa_model_that_lives_one_month_per_step():
    network = LearningNetwork(SMALL, seed=3)
    assert isinstance(network, mesa.Model) and network.running
    assert network.month == 0 and len(network.months) == 0
    for month in range(1, 5):
        network.step()
        assert network.month == month and network.months["month"].tolist() == list(range(month))
    pd.testing.assert_frame_equal(network.months, simulate(SMALL, seed=3).months.head(4), check_exact=True)


def test_after_the_last_month_it_says_so():
    network = LearningNetwork(SMALL, seed=3)
    with pytest.raises(RuntimeError, match="month 0 of 14"):
        network.run()
    for month in range(SMALL.months):
        assert network.running
        network.step()
    assert not network.running
    with pytest.raises(RuntimeError, match="ended after 14 months"):
        network.step()
    assert len(network.months) == 14


def test_the_measures_of_the_month_are_attributes():
    network = LearningNetwork(SMALL, seed=3)
    with pytest.raises(AttributeError, match="step first"):
        _ = network.remission_rate
    with pytest.raises(AttributeError, match="'LearningNetwork' object has no attribute 'remision_rate'"):
        _ = network.remision_rate
    assert list(OF_A_MONTH) == [name for name in network.months.columns if name != "month"]
    for _ in range(6):
        network.step()
        now = network.months.iloc[-1]
        for name in OF_A_MONTH:
            np.testing.assert_equal(getattr(network, name), now[name])
            assert isinstance(getattr(network, name), (int, float)), "plain numbers"


def test_a_data_collector_takes_measures_and_agents_by_name():
    network = LearningNetwork(SMALL, seed=3)
    _ = network.agents
    collector = mesa.DataCollector(
        model_reporters={"remission_rate": "remission_rate", "usable_knowledge": "usable_knowledge",
                         "members": lambda model: model.members},
        agenttype_reporters={Patient: {"activation": "activation", "health": "health"},
                             Center: {"remission_rate": "remission_rate", "member": "member"}})
    while network.running:
        network.step()
        collector.collect(network)
    run = simulate(SMALL, seed=3)
    collected = collector.get_model_vars_dataframe()
    for name in collected.columns:
        np.testing.assert_array_equal(collected[name], run.months[name])
    patients = collector.get_agenttype_vars_dataframe(Patient)
    assert len(patients) == SMALL.n_patients * SMALL.months
    mean = patients.groupby(level=0)["activation"].mean()
    np.testing.assert_allclose(mean, run.months["activation"], rtol=1e-12)
    centers = collector.get_agenttype_vars_dataframe(Center)
    np.testing.assert_allclose(centers["remission_rate"].astype(float), run.centers["remission_rate"], rtol=1e-12)
    np.testing.assert_array_equal(centers["member"], run.centers["member"])


def test_agent_reporters_ask_everybody_what_they_all_have():
    network = LearningNetwork(SMALL, seed=3)
    network.step()
    collector = mesa.DataCollector(agent_reporters={"row": "row"})
    collector.collect(network)
    assert len(collector.get_agent_vars_dataframe()) == 90 + 6 + 3


def test_agents_are_made_when_first_asked_for(monkeypatch):
    made = []
    original = mesa.Agent.__init__
    monkeypatch.setattr(mesa.Agent, "__init__", lambda self, model: (made.append(self), original(self, model))[1])
    network = LearningNetwork(SMALL, seed=3)
    network.step()
    _ = network.remission_rate, network.months
    assert not made
    assert len(network.centers) == len(made) == 3
    assert len(network.patients) == 90 and len(made) == 93
    assert len(network.agents) == len(made) == 99
    assert network.patients is network.patients and len(network.agents) == len(made) == 99
    by_type = {kind: len(agents) for kind, agents in network.agents_by_type.items()}
    assert by_type == {Patient: 90, Clinician: 6, Center: 3}
    assert isinstance(network.patients, mesa.agent.AgentSet)


def test_agents_show_the_state_as_it_is_now():
    network, run = LearningNetwork(SMALL, seed=3), simulate(SMALL, seed=3)
    before = network.patients.get("health")
    while network.running:
        network.step()
    assert network.patients.get("health") != before
    assert network.patients.get("row") == list(range(90))
    for attribute, column in [("health", "health"), ("activation", "activation"), ("package", "package"),
                              ("phenotype", "phenotype"), ("center", "center"), ("clinician", "clinician"),
                              ("baseline_activation", "baseline_activation"), ("in_remission", "in_remission")]:
        assert network.patients.get(attribute) == run.patients[column].tolist(), attribute
    assert min(network.patients.get("next_visit")) >= SMALL.months
    last = run.centers.tail(3)
    assert network.centers.get("remission_rate") == pytest.approx(last["remission_rate"].tolist(), abs=1e-12)
    clinicians = pd.DataFrame(network.clinicians.get(["center", "activation"]), columns=["center", "activation"])
    by_center = clinicians.groupby("center")["activation"].mean()
    np.testing.assert_allclose(by_center, last["clinician_activation"], rtol=1e-12)


def test_who_is_tied_and_who_belongs_where():
    network = LearningNetwork(SMALL, seed=3)
    people = network.course.population
    for patient in network.patients:
        assert patient.peers == people.patient_ties.of(patient.row).tolist()
    for clinician in network.clinicians:
        assert clinician.colleagues == people.colleague_ties.of(clinician.row).tolist()
        assert clinician.baseline_activation == people.clinician_baseline[clinician.row]
    for center in network.centers:
        assert center.patients == np.flatnonzero(people.center == center.row).tolist()


def test_a_center_is_a_member_from_the_month_in_which_it_joins():
    network = LearningNetwork(SMALL, seed=3, growth=[0, 5, None])
    assert network.centers.get("joins") == [0, 5, None]
    seen = []
    while network.running:
        network.step()
        seen.append(network.centers.get("member"))
    np.testing.assert_array_equal(np.ravel(seen), simulate(SMALL, seed=3, growth=[0, 5, None]).centers["member"])


def test_agent_sets_can_be_asked_and_narrowed():
    network = LearningNetwork(SMALL, seed=3)
    network.step()
    health = np.array(network.patients.get("health"))
    assert network.patients.agg("health", min) == health.min()
    assert network.patients.agg("health", np.mean) == pytest.approx(network.mean_health)
    ill = network.patients.select(lambda patient: not patient.in_remission)
    assert 0 < len(ill) == (health < SMALL.remission_threshold).sum() < 90
    by_center = network.patients.groupby("center").count()
    assert by_center == {0: 30, 1: 30, 2: 30}


@pytest.mark.parametrize("people, name", [
    ("patients", name) for name in ("health", "activation", "package", "phenotype", "center", "clinician", "next_visit",
                                    "baseline_activation", "in_remission", "peers")] + [
    ("clinicians", name) for name in ("activation", "baseline_activation", "center", "cases", "colleagues")] + [
    ("centers", name) for name in ("joins", "member", "patients", "remission_rate")])
def test_agents_cannot_be_changed(people, name):
    agent = list(getattr(LearningNetwork(SMALL, seed=3), people))[0]
    with pytest.raises(AttributeError):
        setattr(agent, name, 1)


def test_what_agents_give_is_a_copy():
    network = LearningNetwork(SMALL, seed=3)
    for _ in range(8):
        network.step()
    for clinician in network.clinicians:
        clinician.cases[...] = -1
    for patient in network.patients:
        patient.peers.clear()
    lived = network.months
    lived.loc[:, "remission_rate"] = -1.0
    while network.running:
        network.step()
    pd.testing.assert_frame_equal(network.months, simulate(SMALL, seed=3).months, check_exact=True)


def test_looking_changes_nothing():
    """Mesa's own random numbers are not those of the model: shuffling agents leaves everything as it is."""
    network = LearningNetwork(SMALL, seed=3)
    while network.running:
        network.patients.shuffle().select(at_most=5)
        _ = network.random.random(), network.rng.random()
        network.step()
    pd.testing.assert_frame_equal(network.months, simulate(SMALL, seed=3).months, check_exact=True)


def test_two_networks_do_not_disturb_each_other():
    one, other = LearningNetwork(SMALL, seed=3), LearningNetwork(SMALL, seed=4)
    while one.running:
        one.step()
        other.step()
    pd.testing.assert_frame_equal(one.months, simulate(SMALL, seed=3).months, check_exact=True)
    pd.testing.assert_frame_equal(other.months, simulate(SMALL, seed=4).months, check_exact=True)


def test_what_is_left_behind_stays_as_it_was():
    network = stepped(SMALL, seed=3)
    one, other = network.run(), network.run()
    one.health[:] = 0.0
    one.activation[:] = 0.0
    assert other.patients["health"].min() > 0 and network.patients.agg("activation", min) > 0


def test_a_network_takes_holds_and_refuses_what_simulate_refuses():
    usual = simulate(SMALL, seed=3)
    network = stepped(SMALL.but(patient_influence=0.3), seed=3, holds=[hold("activation", at=usual)])
    pd.testing.assert_series_equal(network.months["activation"], usual.months["activation"], check_exact=True)
    for options in (dict(seed=-1), dict(programs="planning"), dict(growth="nevr"), dict(struck=[5])):
        with pytest.raises(InputError):
            LearningNetwork(SMALL, **options)
    network = LearningNetwork(SMALL, seed=3, struck=[(0, 0)])
    while network.running:
        network.step()
    with pytest.raises(InputError, match="`struck`"):
        network.run()


def test_nothing_used_is_about_to_be_taken_away():
    """A whole run with agents and a data collector, with every such warning an error."""
    script = """
import mesa
from lnlab import LearningNetwork, Parameters
network = LearningNetwork(Parameters(n_patients=60, n_centers=2, months=3, launch_month=0, burn_in=2), seed=3)
collector = mesa.DataCollector(model_reporters={"remission_rate": "remission_rate"},
                               agenttype_reporters={type(list(network.patients)[0]): {"health": "health"}})
while network.running:
    network.step()
    collector.collect(network)
print(len(network.agents), len(network.run().months), len(collector.get_model_vars_dataframe()))
"""
    categories = ("DeprecationWarning", "FutureWarning", "PendingDeprecationWarning")
    warned = [f"-Werror::{category}" for category in categories]
    ended = subprocess.run([sys.executable, *warned, "-c", script], cwd=PACKAGE.parent, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout.split()) == (0, ["66", "3", "3"]), ended.stderr


def test_nothing_is_used_that_mesa_4_has_taken_away():
    """No `seed=` to Model, no `steps`, no old spaces, no batch_run: read from the code itself."""
    for file in PACKAGE.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                modules = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [f"{node.module}.{each.name}" for each in node.names]
            else:
                modules = [ast.unparse(node)] if isinstance(node, ast.Attribute) else []
            gone = ("mesa.space", "mesa.time", "mesa.batchrunner", "mesa.batch_run", "mesa.flat")
            assert not [module for module in modules if module.startswith(gone)], file
            assert not (isinstance(node, ast.Attribute) and node.attr == "steps"), file
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__":
                assert "seed" not in {keyword.arg for keyword in node.keywords}, file
