"""The same table to the last bit, wherever the runs are done; and what happens when a worker or the whole place dies."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

from lnlab import InputError, Parameters, Program, latin_hypercube, replicate, sweep
from lnlab.experiment import chunk as work
from lnlab.experiment import plan as plan_module
from lnlab.experiment import places, runs
from lnlab.experiment.chunk import SOURCES
from lnlab.experiment.places import Place, usable_cores
from lnlab.experiment.plan import Chunks, Plan
from lnlab.experiment.runs import replicate_seeds

TINY = Parameters(n_patients=60, n_centers=3, burn_in=8, launch_month=4, months=16)
DESIGN = latin_hypercube(["sharing", "turnover", "patient_influence"], 8)
PROGRAM = Program("planning", lever="pre_visit_planning", value=0.9, start=6)
MEASURES = {"remission": "remission_rate", "cases": ("cases", 3, 7), "own": lambda run: run.patients["health"].sum()}


def swept(**options):
    return sweep(DESIGN, TINY, PROGRAM, n=3, **{"measures": MEASURES, **options})


def same(results, expected):
    """Equal to the last bit: values, types and order."""
    return results.table.equals(expected.table) and (results.table.dtypes == expected.table.dtypes).all()


@pytest.fixture(scope="module")
def expected():
    return swept(executor="serial")


@pytest.fixture(scope="module")
def processes():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0",
                                  host="127.0.0.1", local_directory=str(tmp_path_factory.mktemp("dask"))) as cluster:
        with distributed.Client(cluster) as client:
            yield client


class Backwards(Executor):
    """Runs nothing until it is asked for, and then the last first: as disorderly as an executor may be."""

    def __init__(self):
        self.waiting = []

    def submit(self, function, *arguments):
        future = Future()
        self.waiting.append((future, function, arguments))
        if len(self.waiting) == 5 or function is work.ready:
            self.work()
        else:
            threading.Timer(0.2, self.work).start()
        return future

    def work(self):
        waiting, self.waiting = self.waiting, []
        for future, function, arguments in reversed(waiting):
            future.set_result(function(*arguments))


# The same wherever

@pytest.mark.parametrize("chunk", [1, 2, 7, 100, None])
@pytest.mark.parametrize("executor", ["serial", "threads", None])
def test_here_and_in_threads_the_table_is_the_same(expected, executor, chunk):
    assert same(swept(executor=executor, chunk=chunk), expected)


@pytest.mark.parametrize("chunk", [1, 5, None])
def test_in_processes_the_table_is_the_same(expected, processes, chunk):
    assert same(swept(executor=processes, chunk=chunk), expected)


@pytest.mark.parametrize("chunk", [1, 5, None])
def test_on_a_cluster_the_table_is_the_same(expected, client, chunk):
    assert same(swept(executor=client, chunk=chunk), expected)


def test_in_any_order_the_table_is_the_same(expected):
    assert same(swept(executor=Backwards(), chunk=2), expected)


def test_whole_tables_are_the_same_everywhere(processes, client):
    here = replicate(TINY, n=4, executor="serial")
    for executor in (processes, client, "threads"):
        assert same(replicate(TINY, n=4, executor=executor, chunk=1), here)


def test_processes_of_its_own_are_closed_again(expected):
    assert same(swept(executor="processes", chunk=6), expected)


def test_an_executor_of_the_users_stays_open(expected):
    with ThreadPoolExecutor(2) as threads:
        assert same(swept(executor=threads), expected)
        assert threads.submit(int, 3).result() == 3


# Planning

@pytest.mark.parametrize("size", [None, 1, 3])
def test_chunks_hold_every_run_once(size):
    results = Plan([arm for arm in swept(executor="serial").arms], [replicate_seeds(3, 1)], design=DESIGN)
    order = results.in_order(np.arange(results.n_runs))
    chunks = list(Chunks(results, order, 2, size))
    assert sorted(job.number for jobs in chunks for job in jobs) == list(range(24))
    assert size is None or {len(jobs) for jobs in chunks} == {size}
    assert (np.diff([job.number % 3 for jobs in chunks for job in jobs]) >= 0).all()


def test_chunks_grow_shorter_where_runs_take_longer():
    large = Parameters(n_patients=2000, n_centers=20)
    plan = replicate_plan(large, 400)
    chunks = Chunks(plan, np.arange(400))
    first = next(chunks)
    assert len(first) == 1      # nothing is known of how long a run takes here
    chunks.learn([work.Done(first[0].number, {})], 0.011)
    quick = next(chunks)
    assert len(quick) == int(np.ceil(plan_module.CHUNK_SECONDS / 0.011))
    for _ in range(20):
        chunks.learn([work.Done(job.number, {}) for job in quick], len(quick) * 2 * plan_module.CHUNK_SECONDS)
    assert len(next(chunks)) == 1


def test_no_worker_is_left_without_work():
    plan = replicate_plan(TINY, 20)
    chunks = Chunks(plan, np.arange(20), n_workers=4)
    chunks.pace = 1e-9
    assert [len(jobs) for jobs in chunks] == [2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]


def test_slow_measures_are_shared_between_workers(processes):
    pids = replicate(TINY, n=8, executor=processes, measures={"pid": slow_pid}).table["pid"]
    assert pids.nunique() == 2


def slow_pid(run):
    time.sleep(0.2)
    return os.getpid()


def replicate_plan(parameters, n):
    from lnlab import Arm
    return Plan([Arm(parameters)], [replicate_seeds(n)])


def test_threads_are_used_only_for_work_that_is_worth_it():
    assert Place(None, 0.01).executor is None
    place = Place(None, 60.0)
    assert (place.executor is not None) == (usable_cores() > 1)
    place.close()


def test_the_code_of_a_run_is_all_that_is_imported_for_it():
    """What `code` watches: the files that lnlab.run and this folder import, and no others."""
    from test_house import HOUSE, imported
    found, new = set(), {"run", "experiment"}
    while new:
        found |= new
        files = [path for each in new for path in
                 ((HOUSE / each).glob("*.py") if (HOUSE / each).is_dir() else [HOUSE / f"{each}.py"])]
        new = {each for path in files for each in imported(path)} - found
    watched = {Path(name).parts[0].removesuffix(".py") for name in SOURCES} - {"__init__"}
    assert watched == found
    apart = {"__init__.py", "runs.py", "plan.py", "places.py", "execution.py", "results.py", "differences.py",
             "sampling.py", "store.py", "warm.py", "whole.py", "written.py"}
    assert {Path(name).name for name in SOURCES if name.startswith("experiment/")} == \
        {path.name for path in (HOUSE / "experiment").glob("*.py")} - apart


# Measures that cannot go there

def test_a_function_that_cannot_be_sent_is_refused_before_the_first_run():
    lock, ran = threading.Lock(), []

    def locked(run):
        ran.append(1)
        with lock:
            return 1
    with pytest.raises(InputError, match="sent to a worker; one of 'locked' cannot"):
        swept(measures=locked, executor="processes")
    assert not ran


def test_here_a_function_may_use_anything():
    lock = threading.Lock()

    def locked(run):
        with lock:
            return 1
    assert (swept(measures=locked, executor="threads").table["locked"] == 1).all()


class OnlyHere:
    """Can be packed, but not unpacked in another process."""

    pid = os.getpid()

    def __call__(self, run):
        return 1

    def __reduce__(self):
        return only_here, (self.pid,)


def only_here(pid):
    if os.getpid() != pid:
        raise RuntimeError("only there")
    return OnlyHere()


def test_a_function_that_no_worker_can_unpack_is_refused_before_the_first_run(client):
    with pytest.raises(InputError, match="a worker could not unpack them"):
        swept(measures=OnlyHere(), executor=client)


def test_a_worker_with_other_code_is_refused(monkeypatch, client):
    monkeypatch.setattr(work, "SOURCES", SOURCES[:3])
    work.code.cache_clear()
    with pytest.raises(InputError, match="must run the same lnlab"):
        swept(executor=client)
    monkeypatch.undo()
    work.code.cache_clear()


def test_an_executor_that_was_closed_is_refused():
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.warns(UserWarning, match="takes no more runs.*0 of 24 runs are finished"):
        assert swept(executor=pool).n_missing == 24
    pool = ProcessPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(InputError, match="`executor` must be able"):
        swept(executor=pool)


@pytest.mark.parametrize("executor", ["processes", "client"])
def test_what_cannot_be_sent_back_is_a_failure_of_its_run(executor, request):
    half = DESIGN["sharing"].median()

    def sometimes(run):
        return pd.DataFrame({"x": [threading.Lock() if run.parameters.sharing < half else 1.0]})
    with pytest.warns(UserWarning, match="12 of 24 runs failed"):
        results = swept(measures=sometimes, executor=request.getfixturevalue(executor))
    assert results.n_finished == 12 and (results.table["x"] == 1).all()


# Workers that die

def deadly(folder, times=None):
    """A measure that kills the process it runs in: `times` times in all if a number, else always; in some runs only."""
    seed, below = replicate_seeds(3, 1)[2], DESIGN["sharing"].median()

    def cases(run):
        if run.seed == seed and run.parameters.sharing < below and (times is None or len(os.listdir(folder)) < times):
            Path(folder, f"{time.time_ns()}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return run.months["cases"].sum()
    return cases


@pytest.mark.parametrize("executor", ["processes", "client"])
def test_a_worker_that_is_killed_costs_nothing(executor, request, tmp_path):
    """Nothing is lost and nothing counted twice."""
    place = executor if executor == "processes" else request.getfixturevalue(executor)
    with pytest.warns(UserWarning) if executor == "processes" else warnings_or_none():
        results = swept(measures=deadly(tmp_path, times=1), executor=place, chunk=3)
    assert len(os.listdir(tmp_path)) == 1
    unharmed = swept(measures=deadly(tmp_path, times=0), executor="serial")
    assert same(results, unharmed) and not len(results.failures)


def alive(pid):
    """Does this process run (and is no corpse that nobody has taken note of)?"""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_workers_end_with_a_parent_that_was_killed(tmp_path):
    script = ("import os, sys, time; from pathlib import Path; from lnlab import Parameters, replicate\n"
              "def wait(run):\n    Path(sys.argv[1], str(os.getpid())).touch(); time.sleep(600)\n"
              "if __name__ == '__main__':\n    replicate(Parameters(n_patients=60, n_centers=3, burn_in=0, months=3, "
              "launch_month=1), n=2, measures=wait, executor='processes')\n")
    parent = subprocess.Popen([sys.executable, "-c", script.replace("sys.argv[1]", repr(str(tmp_path)))])
    try:
        while len(list(tmp_path.iterdir())) < 2:
            assert parent.poll() is None
            time.sleep(0.05)
    finally:
        parent.kill()
        parent.wait()
    workers = [int(path.name) for path in tmp_path.iterdir()]
    for _ in range(600):
        if not any(map(alive, workers)):
            return
        time.sleep(0.05)
    pytest.fail("workers live on")


def test_a_measure_that_ends_the_process_is_a_failure(processes):
    def leave(run):
        sys.exit(3)
    for executor in ("serial", processes):
        with pytest.warns(UserWarning, match="2 of 2 runs failed.*SystemExit: 3"):
            replicate(TINY, n=2, measures=leave, executor=executor)


def test_a_client_that_is_closed_is_refused(client):
    from distributed import Client
    closed = Client(client.cluster)
    closed.close()
    with pytest.raises(InputError, match="connected to a cluster with workers; .* it is closed"):
        swept(executor=closed)


def warnings_or_none():
    from contextlib import nullcontext
    return nullcontext()


def test_a_run_that_always_kills_its_worker_is_a_failure_and_stops_no_other(tmp_path):
    with pytest.warns(UserWarning, match="worker died|runs failed"):
        results = swept(measures=deadly(tmp_path), executor="processes", chunk=5)
    below = DESIGN.index[DESIGN["sharing"] < DESIGN["sharing"].median()]
    assert sorted(results.failures["point"]) == sorted(below) and (results.failures["replicate"] == 2).all()
    assert len(results.table) == 24 - len(below) and results.failures["error"].str.contains("worker").all()


def test_on_a_cluster_such_a_run_is_a_failure_too(tmp_path):
    import dask
    from distributed import Client, LocalCluster
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}), \
            LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1",
                         local_directory=str(tmp_path / "dask")) as cluster, Client(cluster) as client:
        (tmp_path / "met").mkdir()
        with pytest.warns(UserWarning, match="worker died|runs failed"):
            results = sweep(DESIGN.head(2), TINY, n=3, measures=deadly(tmp_path / "met"), executor=client, chunk=3)
    deadly_points = [point for point in (0, 1) if DESIGN["sharing"][point] < DESIGN["sharing"].median()]
    assert results.failures["point"].tolist() == deadly_points and len(results.table) == 6 - len(deadly_points)


def test_a_cluster_that_loses_all_its_workers_returns_what_is_finished(tmp_path, monkeypatch):
    from distributed import Client, LocalCluster
    monkeypatch.setattr(places, "LOOK_AFTER", 0.2)
    monkeypatch.setattr(places, "PATIENCE_WITH_CLUSTERS", 0.5)
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1",
                      local_directory=str(tmp_path)) as cluster, Client(cluster) as client:
        finished = []

        def watched(chunks, outcomes, place):
            for done in execution_finished(chunks, outcomes, place):
                finished.append(done)
                if len(finished) == 3:
                    cluster.scale(0)
                yield done
        execution_finished = runs.finished
        monkeypatch.setattr(runs, "finished", watched)
        with pytest.warns(UserWarning, match="The cluster has no workers left: .* runs are finished and returned"):
            results = swept(measures=slow_pid, executor=client, chunk=2)
    assert 6 <= results.n_finished < 24


def test_threads_that_break_are_replaced(expected):
    def broken():
        raise RuntimeError("no such thread")
    with pytest.warns(UserWarning, match="BrokenThreadPool"):
        assert same(swept(executor=ThreadPoolExecutor(2, initializer=broken)), expected)


def test_a_client_that_is_closed_meanwhile_returns_what_is_finished(tmp_path, monkeypatch):
    from distributed import Client, LocalCluster
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1",
                      local_directory=str(tmp_path)) as cluster:
        client, finished, real = Client(cluster), [], runs.finished

        def watched(chunks, outcomes, place):
            for done in real(chunks, outcomes, place):
                finished.append(done)
                if len(finished) == 3:
                    client.close()
                yield done
        monkeypatch.setattr(runs, "finished", watched)
        with pytest.warns(UserWarning, match="of 24 runs are finished and returned"):
            results = swept(measures=slow_pid, executor=client, chunk=1)
    assert results.n_finished + results.n_missing == 24 and results.n_missing


def test_a_pool_of_the_users_that_breaks_is_replaced(tmp_path):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        with pytest.warns(UserWarning, match="Nothing that was finished is lost"):
            results = swept(measures=deadly(tmp_path, times=2), executor=pool, chunk=2)
    assert results.n_finished == 24 and not len(results.failures)


# Interrupted

@pytest.fixture
def keyboard():
    """Ctrl-C works, even where the tests were started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Interrupting:
    """Presses Ctrl-C after some runs."""

    def __init__(self, after):
        self.left = after

    def __call__(self, run):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGINT)
        return run.months["cases"].sum()


@pytest.mark.parametrize("executor", ["serial", "threads"])
def test_an_interrupted_cell_returns_what_is_finished(executor, keyboard):
    with pytest.warns(UserWarning, match="Interrupted: .* of 24 runs are finished and returned"):
        results = swept(measures={"cases": Interrupting(9)}, executor=executor, chunk=2)
    whole = swept(measures={"cases": Interrupting(0)}, executor="serial").table
    assert 0 < results.n_finished < 24 and results.n_missing == 24 - results.n_finished
    merged = results.table.merge(whole, on=list(whole.columns[:-1]), suffixes=("", "_whole"))
    assert len(merged) == results.n_finished and (merged["cases"] == merged["cases_whole"]).all()
    assert "were not run" in repr(results)


# Progress

def test_the_bar_counts_the_runs(capsys):
    swept(progress=True, executor="serial")
    assert "/24 [" in capsys.readouterr().err


@pytest.mark.parametrize("progress", [False, None])
def test_short_work_shows_no_bar(capsys, progress):
    swept(progress=progress, executor="serial")
    assert capsys.readouterr().err == ""
