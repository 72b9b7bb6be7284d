"""Runs a second, by where they are done; and the memory of a very large sweep: `make bench`.

Use: python tests/benchmarks/runs.py          (about 10 minutes; writes the section "Runs a second" of docs/benchmarks.md)
     python tests/benchmarks/runs.py --quick  (a try with few runs; only prints)

Wall time, because several processors are at work. Each way has a process of its own, so that none pays for another's
workers; all take turns, and each is compared with the serial one of its own round, because a machine's speed changes. Never part of `make test`.
"""

import argparse
import contextlib
import datetime
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from peers import DOCUMENT, put, table, wrapped     # noqa: E402

from lnlab import Parameters, latin_hypercube, replicate, sweep     # noqa: E402
from lnlab.experiment.chunk import code     # noqa: E402
from lnlab.experiment.places import new_processes, usable_cores     # noqa: E402

NETWORK = Parameters(n_patients=1000, n_centers=10, launch_month=12, months=60)
SMALL = Parameters(n_patients=50, n_centers=2, burn_in=12, launch_month=6, months=24)
WAYS = {"serial": "one after the other", "threads": "threads (what `executor=None` takes)",
        "processes": "processes", "dask": "a Dask cluster of two worker processes",
        "store": "threads, with a store"}


def seconds_of(executor, n, seed, store=None):
    """Wall time of `n` runs."""
    start = time.perf_counter()
    results = replicate(NETWORK, n=n, seed=seed, measures="remission_rate", executor=executor, store=store,
                        progress=False)
    assert results.n_finished == n
    return time.perf_counter() - start


def time_in_this_process(way, n, seed):
    """Run, once every worker has loaded what it needs, and print the wall time of `n` runs."""
    with contextlib.ExitStack() as opened:
        executor, store = way, None
        if way == "processes":
            executor = opened.enter_context(new_processes(2))
        elif way == "dask":
            from distributed import Client, LocalCluster
            cluster = opened.enter_context(LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1",
                                                        dashboard_address="127.0.0.1:0"))
            executor = opened.enter_context(Client(cluster))
        elif way == "store":
            executor, store = "threads", opened.enter_context(tempfile.TemporaryDirectory())
        seconds_of(executor, 40, 0)
        print(json.dumps(seconds_of(executor, n, seed, store)))


def measure(n, rounds):
    """Seconds for `n` runs by way of running them, a list of rounds for each; each in a process of its own."""
    taken = {way: [] for way in WAYS}
    for one in range(rounds):
        for way in [*WAYS][one % len(WAYS):] + [*WAYS][:one % len(WAYS)]:
            taken[way].append(in_a_process_of_its_own("time_in_this_process", way, n, one + 1))
            print(f"round {one + 1}: {WAYS[way]:45} {n / taken[way][-1]:7.0f} runs a second", flush=True)
    return taken


def in_a_process_of_its_own(function, *values):
    """What a function of this file prints last, as JSON."""
    script = f"import runs; runs.{function}(*{values!r})"
    answer = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parent, check=True,
                            stdout=subprocess.PIPE, text=True)
    return json.loads(answer.stdout.splitlines()[-1])


def sweep_in_this_process(n):
    """Sweep `n` small networks, and print what it took: seconds and megabytes at the most."""
    design = latin_hypercube(["sharing", "registry", "patient_influence"], n)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        results = sweep(design, SMALL, measures=["remission_rate", "activation", "commons_cases"],
                        store=Path(folder, "runs"), progress=False)
        kept = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))
    print(json.dumps({"runs": results.n_finished, "seconds": time.perf_counter() - start, "store": kept / 1e6,
                      "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def section(taken, large, n, rounds):
    """The section as Markdown."""
    def ratio(way):
        return statistics.median(serial / other for serial, other in zip(taken["serial"], taken[way]))
    rows = [(text, f"{n / min(taken[way]):.0f}", f"{n / statistics.median(taken[way]):.0f}",
             "1" if way == "serial" else f"{ratio(way):.2f}") for way, text in WAYS.items()]
    state = (f"State: lnlab {code()}, Python {platform.python_version()}, {usable_cores()} processors. {n:,} runs of "
             f"{NETWORK.n_patients:,} patients in {NETWORK.n_centers} centers, {NETWORK.months} months after a burn-in "
             f"of {NETWORK.burn_in}, {rounds} rounds in which all took turns. Run on {datetime.date.today()}.")
    told = (f"A sweep of {large['runs']:,} networks of {SMALL.n_patients} patients ({SMALL.burn_in} + {SMALL.months} "
            f"months, three measures, in threads, with a store) took {large['seconds']:.0f} s and at most "
            f"{large['megabytes']:.0f} MB of memory; its store holds {large['store']:.0f} MB.")
    head = ("Where", "Runs a second, best round", "Median round", "Times as many as one after the other (median)")
    return "\n\n".join([wrapped(state), table(head, rows), wrapped(told)])


def main():
    """Measure, print, and unless it is only a try, store."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="few runs; only prints")
    quick = options.parse_args().quick
    n, rounds, many = (100, 2, 1_000) if quick else (1_000, 5, 100_000)
    part = section(measure(n, rounds), in_a_process_of_its_own("sweep_in_this_process", many), n, rounds)
    print(f"\n{part}")
    if not quick:
        DOCUMENT.write_text(put(DOCUMENT.read_text(encoding="utf-8"), "runs", part), encoding="utf-8")


if __name__ == "__main__":
    main()
