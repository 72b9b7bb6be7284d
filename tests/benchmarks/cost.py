"""What a month of a patient costs, and how that compares with agents in plain Mesa: measured in one run.

Machines are shared and noisy: the least of several repeats, in processor time. Never part of `make test`.

Use: python tests/benchmarks/cost.py
"""

import sys
import time
import tracemalloc
from pathlib import Path

from lnlab.parameters import Parameters
from lnlab.population import make_population
from lnlab.programs import joining_months
from lnlab.run import Course

sys.path.insert(0, str(Path(__file__).parents[1]))
SIZES = (500, 2_000, 20_000, 100_000)


def seconds(do, repeats):
    """The least processor time of several repeats of what `do` returns."""
    least = float("inf")
    for _ in range(repeats):
        act = do()
        start = time.process_time()
        act()
        least = min(least, time.process_time() - start)
    return least


def compiled(parameters):
    course = Course(parameters)
    return lambda: course.live_until(parameters.months)


def plain(parameters):
    from plain_mesa import PlainNetwork
    network = PlainNetwork(parameters, make_population(parameters), joining_months("together", parameters), (), 1)
    months = parameters.burn_in + parameters.months
    return lambda: [network.step() for _ in range(months)]


if __name__ == "__main__":
    compiled(Parameters(n_patients=100, n_centers=2))()
    for wording, per_center in (("in the default number of centers", None), ("100 patients a center", 100)):
        print(f"{wording}\npatients   months   milliseconds   ns per patient-month")
        for patients in SIZES:
            centers = Parameters().n_centers if per_center is None else patients // per_center
            parameters = Parameters(n_patients=patients, n_centers=centers)
            months = parameters.burn_in + parameters.months
            taken = seconds(lambda p=parameters: compiled(p), 7 if patients < 50_000 else 4)
            print(f"{patients:8}{months:9}{1000 * taken:15.1f}{1e9 * taken / patients / months:23.1f}")

    small = Parameters(n_patients=500, n_centers=5, burn_in=0, months=12, launch_month=2)
    ratio = seconds(lambda: plain(small), 3) / seconds(lambda: compiled(small), 7)
    print(f"agent by agent in plain Mesa, 500 patients, 12 months: {ratio:.0f} times the compiled time")

    tracemalloc.start()
    large = Course(Parameters(n_patients=20_000, n_centers=200, months=25, burn_in=0))
    patients, piles = large.network.patients.nbytes, sum(
        getattr(large.network, name).nbytes for name in ("unshared", "shared"))
    rest = sum(part.nbytes for part in large.network) - patients - piles
    print(f"bytes a patient: {patients / 20_000:.0f} record, {piles / 20_000:.0f} piles of cases, "
          f"{rest / 20_000:.0f} other arrays and ties")
