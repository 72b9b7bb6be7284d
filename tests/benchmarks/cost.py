"""What a month of a patient costs, where the time goes, and how that compares with agents in plain Mesa: `make bench`.

Machines are shared and noisy: processor time, the least of several repeats, and ratios from one run on one machine.
Never part of `make test`.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path

from lnlab.parameters import Parameters
from lnlab.population import make_population
from lnlab.programs import joining_months
from lnlab.run import Course

sys.path.insert(0, str(Path(__file__).parents[1]))
SIZES = (500, 2_000, 10_000, 100_000, 1_000_000)
FIRST_ANSWER = "from lnlab import Parameters, simulate; simulate(Parameters(n_patients=500, n_centers=5)).months"


def seconds(make, repeats):
    """The least processor time of several repeats of what `make` returns."""
    least = float("inf")
    for _ in range(repeats):
        act = make()
        start = time.process_time()
        act()
        least = min(least, time.process_time() - start)
    return least


def course(parameters, population):
    """A run from its first month to its last, not yet begun."""
    made = Course(parameters, population=population)
    return lambda: made.live_until(parameters.months)


def plain(parameters):
    """The same in plain Mesa, agent by agent."""
    from plain_mesa import PlainNetwork
    network = PlainNetwork(parameters, make_population(parameters), joining_months("together", parameters), (), 1)
    return lambda: [network.step() for _ in range(parameters.burn_in + parameters.months)]


def costs():
    """Nanoseconds for each patient and month, by the number of patients."""
    for wording, per_center in (("in the default number of centers", None), ("100 patients a center", 100)):
        print(f"\n{wording}\n patients   months   milliseconds   ns per patient-month")
        for patients in SIZES:
            centers = Parameters().n_centers if per_center is None else patients // per_center
            parameters = Parameters(n_patients=patients, n_centers=centers)
            months, population = parameters.burn_in + parameters.months, make_population(parameters)
            repeats = 9 if patients <= 10_000 else 4 if patients <= 100_000 else 1
            taken = seconds(lambda: course(parameters, population), repeats)
            print(f"{patients:9,}{months:9}{1000 * taken:15.1f}{1e9 * taken / patients / months:23.1f}")


def against_plain_mesa():
    """How many times longer agents in plain Mesa take, in this very run."""
    print("\nagent by agent in plain Mesa, 12 months")
    for patients, centers in ((500, 5), (2_000, 20)):
        small = Parameters(n_patients=patients, n_centers=centers, burn_in=0, months=12, launch_month=2)
        population = make_population(small)
        ratio = seconds(lambda: plain(small), 2) / seconds(lambda: course(small, population), 9)
        print(f"{patients:9,} patients: {ratio:.0f} times the compiled time")


def first_answer():
    """The first answer of a fresh process: imports, people, 204 months of 500 patients, and the table of months."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", FIRST_ANSWER], check=True)
    print(f"\nfirst answer of a fresh process, 500 patients: {time.perf_counter() - start:.1f} s of wall time")


def memory():
    """Bytes for each patient, and the most that the process of these benchmarks held."""
    large = Course(Parameters(n_patients=20_000, n_centers=200, months=25, burn_in=0)).network
    patients, piles = large.patients.nbytes, large.unshared.nbytes + large.shared.nbytes
    ties = large.peers_from.nbytes + large.peers.nbytes + large.per_peer.nbytes
    rest = sum(part.nbytes for part in large) - patients - piles - ties
    print(f"\nbytes a patient: {patients / 20_000:.0f} record, {piles / 20_000:.0f} piles of cases, "
          f"{rest / 20_000:.0f} other arrays; and {ties / 20_000:.0f} of ties")
    print(f"the most memory held here: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def where_time_goes(n_patients):
    """What a month costs with one thing taken away at a time: the difference is what that thing costs."""
    away = {"nothing taken away": {}, "no ties": {"patient_ties": 0, "colleague_ties": 0},
            "one visit a year, not four": {"visit_interval": 12}, "no turnover": {"turnover": 0.0},
            "one kind of patient (small piles)": {"n_phenotypes": 1}, "no network": {"launch_month": 143},
            "all of these": {"patient_ties": 0, "colleague_ties": 0, "visit_interval": 12, "turnover": 0.0,
                             "n_phenotypes": 1, "launch_month": 143}}
    arms = {name: Parameters(n_patients=n_patients, n_centers=n_patients // 100, **change)
            for name, change in away.items()}
    people = {name: make_population(parameters) for name, parameters in arms.items()}
    least = dict.fromkeys(arms, float("inf"))
    for _ in range(9 if n_patients < 10_000 else 3):        # in turns, because a machine's speed changes
        for name, parameters in arms.items():
            least[name] = min(least[name], seconds(lambda: course(parameters, people[name]), 1))
    print(f"\nwhere the time goes, {n_patients:,} patients: ns per patient-month")
    for name, taken in least.items():
        print(f"{1e9 * taken / n_patients / 204:9.1f}  {name}")


if __name__ == "__main__":
    course(Parameters(n_patients=100, n_centers=2), None)()
    first_answer()
    costs()
    against_plain_mesa()
    memory()
    where_time_goes(2_000)
    where_time_goes(100_000)
