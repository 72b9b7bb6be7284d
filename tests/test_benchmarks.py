"""The benchmarks compare like with like, and tell what they found. How quick anything is, no test asks."""

import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent / "benchmarks"
sys.path[:0] = [str(BENCHMARKS), str(BENCHMARKS / "peers")]

import lnlab_network    # noqa: E402
import mesa_agents      # noqa: E402
import peers            # noqa: E402
import protocol         # noqa: E402


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """200 patients in 2 centers, for 24 months."""
    path = tmp_path_factory.mktemp("world") / "world.npz"
    peers.export_world(path, 200, months=24)
    return protocol.read_world(path)


def plain_formula(world):
    """The activation of patients and clinicians at each month's end, straight from the rules, (months, people)."""
    def around(ties, own):
        tied = np.zeros((len(own), len(own)))
        tied[ties[:, 0], ties[:, 1]] = tied[ties[:, 1], ties[:, 0]] = 1
        return tied @ own / np.maximum(tied.sum(axis=1), 1)

    a, b = world.baseline, world.clinician_baseline
    sees = world.clinician == np.arange(len(b))[:, None]
    of_patients, of_clinicians = [], []
    for month in range(world.months):
        due = (month - world.first_visit) % world.visit_interval == 0
        gap = world.encounter_influence * due * (b[world.clinician] - a)
        met = np.maximum((sees & due).sum(axis=1), 1)
        more_a = (world.patient_influence * around(world.patient_ties, a) + world.leadership) * (1 - a)
        more_b = (world.clinician_influence * around(world.colleague_ties, b) + world.leadership) * (1 - b)
        a, b = (np.clip(a + more_a - world.fading * (a - world.baseline) + gap, 0, 1),
                np.clip(b + more_b - world.fading * (b - world.clinician_baseline) - sees @ gap / met, 0, 1))
        of_patients.append(a)
        of_clinicians.append(b)
    return np.array(of_patients), np.array(of_clinicians)


# The same rules for all

@pytest.mark.parametrize("live", [lnlab_network.whole, lnlab_network.alone, mesa_agents.agents])
def test_months_follow_the_plain_formula(world, live):
    for told, formula in zip(live(world)(), plain_formula(world)):
        np.testing.assert_allclose(told, formula.mean(axis=1), rtol=0, atol=1e-12)
        assert len(told) == world.months and np.ptp(told) > 0.01


def test_the_activation_part_alone_is_that_of_the_whole_model_to_the_last_bit(world):
    course = lnlab_network.begin(world)
    course.live_until(world.months)
    network = lnlab_network.begin(world)
    room = np.zeros(len(network.network.peers)), np.zeros(len(world.baseline))
    lnlab_network.spread(world.months, lnlab_network.numbers(network.parameters)[0], network.care[network.phase[0]],
                         network.network, *room, np.zeros(world.months), np.zeros(world.months))
    assert (course.activation == network.network.activation[world.months % 2, :-1]).all()
    assert (course.network.clinicians["activation"] == network.network.clinicians["activation"]).all()
    np.testing.assert_allclose(course.activation, plain_formula(world)[0][-1], rtol=0, atol=1e-12)


def test_the_world_that_is_written_down_is_that_of_lnlab(world):
    course = lnlab_network.begin(world)
    for ties, stored in ((course.population.patient_ties, world.patient_ties),
                         (course.population.colleague_ties, world.colleague_ties)):
        assert (stored[:, 0] < stored[:, 1]).all()
        assert (np.bincount(stored.ravel(), minlength=len(ties.counts())) == ties.counts()).all()
    assert set(world.first_visit) == set(range(world.visit_interval))
    assert (world.baseline == course.population.baseline).all()
    assert world.fading == course.parameters.fading and world.months == 24


# Measuring

def test_a_peer_that_is_not_to_be_had_does_not_stop_the_others(monkeypatch):
    def environment(pins):
        if pins == "mesa.txt":
            return sys.executable
        raise peers.NotToBeHad("not to be had: no such thing")

    monkeypatch.setattr(peers, "environment", environment)
    rows = [row for row in peers.ROWS if row.name in ("Mesa, agents", "Starsim, people and networks")]
    found = peers.measure((100,), months=3, rounds=1, rows=rows)
    assert found["Starsim, people and networks"] == "not to be had: no such thing"
    mesa = found["Mesa, agents"][100]
    assert mesa["difference"] < 1e-12 and mesa["ns"] > 0 and mesa["set_up"] > 0


def test_a_peer_that_fails_is_told_by_the_name_of_its_error(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(peers, "environment", lambda pins: sys.executable)
    script = tmp_path / "peer.py"
    script.write_text("raise LookupError('nothing here')", encoding="utf-8")
    with pytest.raises(peers.NotToBeHad, match=r"^did not run \(LookupError\)$"):
        peers.ask(peers.ROWS[-1]._replace(script=script), tmp_path / "world.npz")
    assert "nothing here" in capsys.readouterr().err


def test_without_a_new_enough_python_the_reason_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setattr(peers, "which", lambda name: None)
    monkeypatch.setattr(peers, "OLDEST", (3, 0))
    assert Path(peers.python_for_peers.__wrapped__()).exists()
    monkeypatch.setattr(peers, "OLDEST", (99, 0))
    with pytest.raises(peers.NotToBeHad, match="needs Python 99.0 or newer"):
        peers.python_for_peers.__wrapped__()


def test_the_least_time_and_the_greatest_difference_count():
    ours = {"patients": [0.4, 0.5], "clinicians": [0.4, 0.5]}
    found = {}
    for seconds, off in ((3.0, 0.0), (2.0, 0.1), (4.0, 0.01)):
        told = {"patients": [0.4, 0.5 - off], "clinicians": [0.4, 0.5], "seconds": seconds, "set_up": 1.0,
                "python": "3.12.1"}
        peers.note(found, 1000, 10, told, ours)
    assert found[1000]["ns"] == pytest.approx(2e5) and found[1000]["difference"] == pytest.approx(0.1)


# Telling

def made_up(**ns):
    """What might have been found at two sizes, the times given by the first words of the rows."""
    return {row.name: {size: {"ns": ns.get(row.way, 1000.0), "set_up": 1.0, "difference": 0.0, "python": "3.12.1"}
                       for size in (10, 1000)} for row in peers.ROWS}


def test_every_row_is_told_with_its_ratios():
    text = peers.section(made_up(alone=10, whole=80, columns=40), (10, 1000))
    for row in peers.ROWS:
        assert text.count(f"| {row.name} |") == 2
    assert "| Modelly, columns | 4.0 / 0.5 | 4.0 / 0.5 |" in text
    assert "| Mesa, agents | 1,000.0 | 1,000.0 | 1.00 | 0e+00 |" in text
    assert peers.version("starsim.txt") in text.replace("\n", " ") and "Python 3.12.1" in text.replace("\n", " ")
    assert all(len(line) <= 120 for line in text.splitlines() if not line.startswith("|"))


def test_it_is_said_where_lnlab_is_not_the_quickest_and_where_it_is_too_near_to_call():
    said = peers.verdict(made_up(alone=30, whole=80, columns=40), (10, 1000), peers.ROWS).replace("\n", " ")
    assert "The activation part alone is the quickest at every size." in said
    assert "at 10 patients 1.3 times as long (Modelly, columns: too near to call)" in said
    assert "The whole model is **not the quickest** at 10 and 1,000 patients." in said
    assert "at 10 patients 0.5 times as long (Modelly, columns)" in said


def test_a_row_says_why_it_is_empty_or_that_its_means_differ():
    found = made_up() | {"Mesa, agents": "needs Python 3.12 or newer"}
    found["Modelly, columns"][10]["difference"] = 2e-3
    text = peers.section(found, (10, 1000))
    assert "| Mesa, agents | needs Python 3.12 or newer |  |  |  |" in text
    assert "| 2e-03: **too much**, and we do not know why |" in text
    assert text.count("too much") == 1 and text.count("| Mesa, agents |") == 1
    nobody = {row.name: "not to be had" if row.pins else found[row.name] for row in peers.ROWS}
    assert peers.section(nobody, (10, 1000)).endswith("No peer could be measured here.")


def test_one_generated_part_is_put_in_place_and_the_others_stay():
    text = "\n".join(f"<!-- generated: {name} -->\nold\n<!-- end -->" for name in ("peers", "runs"))
    assert peers.put(text, "peers", "new") == (
        "<!-- generated: peers -->\n\nnew\n\n<!-- end -->\n<!-- generated: runs -->\nold\n<!-- end -->")
    for wrong in ("", text + text):
        with pytest.raises(ValueError, match="one place for peers"):
            peers.put(wrong, "peers", "new")


def test_the_stored_section_has_every_row_and_every_peer_agrees():
    stored = peers.DOCUMENT.read_text(encoding="utf-8").split("<!-- generated: peers -->")[1].split("<!-- end -->")[0]
    costs = {line.split(" | ")[0].strip("| "): line.split(" | ")[1:] for line in stored.split("\n\n")[2].splitlines()}
    assert set(costs) >= {row.name for row in peers.ROWS}
    for row in peers.ROWS:
        assert len(costs[row.name]) == len(peers.SIZES) + 2
        assert float(costs[row.name][-1].strip("| ")) <= peers.TOLERANCE
    assert all(peers.version(pins) in stored.replace("\n", " ") for pins in {row.pins for row in peers.ROWS} - {None})


def test_pins_are_exact_and_without_addresses():
    for pins in {row.pins for row in peers.ROWS} - {None}:
        lines = (peers.HERE / pins).read_text(encoding="utf-8").splitlines()
        assert lines and all(line.count("==") == 1 and "/" not in line and " " not in line for line in lines)
