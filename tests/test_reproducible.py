"""Same seed, same run, to the last bit: again, in a thread, with the compiler off, on another Python."""

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from lnlab.model import LearningNetwork
from lnlab.parameters import Parameters
from lnlab.programs import Program
from lnlab.run import simulate

# Everything at work at once: all rival assumptions, programs, centers that differ, one that never joins.
SMALL = Parameters(
    n_patients=60, n_centers=3, burn_in=4, launch_month=2, months=10, n_phenotypes=4, visit_interval=2, turnover=0.05,
    switch_drop=0.05, washout=2, efficacy_trend=0.03, phenotype_error=0.2, case_error=0.1, center_archive=True,
    contagion_threshold=0.3, context_strength=0.4, clinician_spread=0.4, recall=1, cases_per_encounter=0.8,
    sharing=0.9, implementation=0.6)
PROGRAMS = (Program("planning", lever="pre_visit_planning", value=0.7, centers=(1,), start=5),
            Program("more of it", lever="implementation", shift=0.8, start=3))
JOINS = (2, 4, None)
TABLES = ("months", "centers", "patients", "sharing", "encounters")

# Of the run below, whatever the machine, the Python and the compiler. They may change only together with the rules;
# then `python tests/test_reproducible.py` prints the new ones.
FINGERPRINTS = {
    "months": "ec3096547847aa93", "centers": "2181d53b4a12ace7", "patients": "f2d732a4cbb3a087",
    "sharing": "47160a8479e1bb56", "encounters": "460651e281772e59"}


def small_run(seed=2):
    return simulate(SMALL, PROGRAMS, seed, growth=JOINS, encounters=True)


def fingerprints(run):
    """For each table, a fingerprint of its numbers as float64, each of which counts to its last bit."""
    return {name: hashlib.sha256(getattr(run, name).to_numpy("<f8").tobytes(order="C")).hexdigest()[:16]
            for name in TABLES}


def as_printed_by(environment):
    """The fingerprints that another process gives."""
    ended = subprocess.run([sys.executable, __file__], cwd=Path(__file__).parents[1], capture_output=True, text=True,
                           env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **environment})
    assert ended.returncode == 0, ended.stderr
    return dict(line.split() for line in ended.stdout.splitlines())


def test_the_same_seed_is_the_same_run():
    one, other = small_run(), small_run()
    assert one.months["shared_cases"].sum() > 0 and one.months["consulted"].sum() > 0
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)


def test_another_seed_is_another_run():
    assert not set(fingerprints(small_run(2)).values()) & set(fingerprints(small_run(3)).values())


def test_with_the_compiler_off_it_is_the_same_run():
    assert as_printed_by({"NUMBA_DISABLE_JIT": "1"}) == fingerprints(small_run())


def test_in_a_new_process_it_is_the_same_run():
    assert as_printed_by({"PYTHONHASHSEED": "5", "OMP_NUM_THREADS": "1"}) == fingerprints(small_run())


def test_in_threads_at_once_they_are_the_same_runs():
    seeds = [2, 3, 4, 5, 2, 3]
    with ThreadPoolExecutor(2) as threads:
        together = [fingerprints(run) for run in threads.map(small_run, seeds)]
    assert together == [fingerprints(small_run(seed)) for seed in seeds]


def test_it_does_not_matter_in_how_many_strides_a_run_is_lived():
    run = small_run()
    network = LearningNetwork(SMALL, PROGRAMS, 2, growth=JOINS, encounters=True)
    while network.running:
        _ = network.months, network.patients.get("health")
        network.step()
    assert fingerprints(network.run()) == fingerprints(run)


@pytest.mark.parametrize("name", TABLES)
def test_it_is_the_run_that_it_has_always_been(name):
    assert fingerprints(small_run())[name] == FINGERPRINTS[name]


if __name__ == "__main__":
    for table, fingerprint in fingerprints(small_run()).items():
        print(table, fingerprint)
