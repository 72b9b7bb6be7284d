"""Where runs happen: here, in threads, in processes, on a cluster. What comes of them is the same everywhere.

Runs go out in chunks that take long enough to be worth sending and short enough to lose little. A chunk holds all that
its runs need, so it does not matter where, when, how often or beside what others it is run.
"""

import hashlib
import os
import pickle
import sys
import threading
import traceback
import warnings
from concurrent.futures import (FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, ProcessPoolExecutor,
                                ThreadPoolExecutor, wait)
from functools import cache
from multiprocessing import parent_process
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from lnlab import __version__
from lnlab.checks import InputError
from lnlab.experiment.past import Lived, past_of

NAMED = ("serial", "threads", "processes")
CHUNK_SECONDS = 0.2                     # what a chunk should take: sending one costs some milliseconds
PATIENCE = 2.0                          # seconds that an interrupted cell waits for runs that have begun
WORTH_THREADS = 0.5                     # seconds of work from which threads are worth starting
SECONDS_PER_MONTH, SECONDS_PER_RUN = 7e-8, 2e-3     # a first guess: of a patient's month, and beside it
# All that a run's numbers depend on; tests compare it with what `lnlab.run` and this folder import
SOURCES = ("__init__.py", "checks.py", "compiled.py", "draws.py", "experiment/arms.py", "experiment/execution.py",
           "experiment/outcomes.py", "experiment/past.py", "knowledge.py", "month.py", "parameters.py", "population.py",
           "programs.py", "published.py", "results.py", "rules.py", "run.py", "state.py", "tables.py", "ties.py",
           "visits.py")


@cache
def code():
    """The version of the package and a fingerprint of all that a run's numbers depend on, as a text."""
    here = Path(__file__).parents[1]
    files = [here / name for name in SOURCES] + sorted((here / "data").glob("*"))
    return f"{__version__} {hashlib.sha256(b''.join(each.read_bytes() for each in files)).hexdigest()[:12]}"


class Stopped(Exception):
    """The place where runs are done was closed before they all were."""


class Job(NamedTuple):
    """One run to be done: its number in the experiment, its arm, its seed."""

    number: int
    arm: object
    seed: int


class Done(NamedTuple):
    """What came of a job: what was kept of the run, or else its failure, as a pair (error, traceback)."""

    number: int
    kept: object
    failure: tuple | None = None


def run_chunk(outcomes, jobs):
    """Do some runs; return (a list of Done, seconds taken). A run that fails does not stop the others."""
    start, lived, done = perf_counter(), Lived(), []
    for job, after in zip(jobs, [*jobs[1:], None]):
        try:
            run = lived.simulate(job.arm, job.seed, following=after and past_of(after.arm, after.seed))
            done.append(Done(job.number, outcomes.of(run)))
        except (Exception, SystemExit) as error:     # a library that a measure uses may want to end the process
            said = "".join(traceback.format_exception_only(error)).strip().splitlines()[0]
            done.append(Done(job.number, None, (said, traceback.format_exc())))
    return done, perf_counter() - start


def run_packed(outcomes, jobs):
    """The same for measures and jobs that come as bytes, and are unpacked where this function runs."""
    return run_chunk(pickle.loads(outcomes), pickle.loads(jobs))


def ready(outcomes):
    """Unpack the measures where this function runs; return which code would be run there."""
    pickle.loads(outcomes)
    return code()


def packed(outcomes):
    """The measures as bytes that any worker can unpack, functions of a notebook included."""
    import cloudpickle
    try:
        return cloudpickle.dumps(outcomes)
    except Exception as error:
        names = ", ".join(repr(name) for name, _ in outcomes.kept)
        raise InputError(f"`measures` must be functions that can be sent to a worker; one of {names} cannot "
                         f"({type(error).__name__}: {error}). Let it use only what it gets from the run, not open "
                         "files, locks or connections.") from error


def seconds_of(arm):
    """About how long one run of this arm takes."""
    p = arm.parameters
    return SECONDS_PER_RUN + SECONDS_PER_MONTH * p.n_patients * (p.burn_in + p.months)


def usable_cores():
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Place:
    """Where chunks are run: opened for one experiment, and closed after it if it was opened here.

    Parameters
    ----------
    executor : None, "serial", "threads", "processes", concurrent.futures.Executor or dask.distributed.Client
        None is "threads" where that is faster, else "serial".
    seconds : float
        About how long all the work takes, one run after the other.
    """

    def __init__(self, executor, seconds=0.0):
        self.executor, self.own, self.n_workers = None, False, 1
        cores = usable_cores()
        if executor is None:
            executor = "threads" if cores > 1 and seconds > WORTH_THREADS else "serial"
        if isinstance(executor, str) and executor in NAMED:
            self.own, self.n_workers = True, 1 if executor == "serial" else cores
            if executor == "threads":
                self.executor = ThreadPoolExecutor(cores, thread_name_prefix="lnlab")
            elif executor == "processes":
                self.executor = new_processes(cores)
        elif isinstance(executor, Executor):
            self.executor = executor
            self.n_workers = getattr(executor, "_max_workers", None) or getattr(executor, "max_workers", None) or cores
        elif hasattr(executor, "get_executor") and hasattr(executor, "nthreads"):       # a dask.distributed.Client
            try:
                self.executor, self.n_workers = executor.get_executor(pure=False), sum(executor.nthreads().values())
            except Exception as error:
                raise InputError(f"`executor` must be a client that is connected to its cluster; got {executor!r:.200} "
                                 f"({type(error).__name__}: {error}).") from error
            if not self.n_workers:
                raise InputError("`executor` must be a client of a cluster with workers; this one has none.")
        else:
            raise InputError(f"`executor` must be None, one of {', '.join(map(repr, NAMED))}, a concurrent.futures "
                             f"executor or a dask.distributed Client; got {executor!r:.200}.")

    @property
    def is_here(self):
        """Are chunks run in this very process?"""
        return self.executor is None or isinstance(self.executor, ThreadPoolExecutor)

    def send(self, outcomes, jobs):
        """Have a chunk of jobs run; returns its future."""
        if self.is_here:
            return self.executor.submit(run_chunk, outcomes, jobs)
        return self.executor.submit(run_packed, outcomes, pickle.dumps(jobs))

    def prepare(self, outcomes):
        """The measures as `send` needs them; refuse those that cannot be sent, and workers that run other code."""
        if self.is_here:
            return outcomes
        outcomes = packed(outcomes)
        try:
            theirs = self.executor.submit(ready, outcomes).result()
        except Exception as error:
            raise InputError("`executor` must be able to run the measures; a worker could not unpack them "
                             f"({type(error).__name__}: {error}). Workers need lnlab, and all that your functions "
                             "import. In a script, calls that use processes must stand under "
                             "if __name__ == \"__main__\":.") from error
        if theirs != code():
            raise InputError(f"`executor` must run the same lnlab ({code()}); its worker runs {theirs}.")
        return outcomes

    def renew(self):
        """New processes of our own, in place of an executor that broke."""
        self.close()
        self.executor, self.own = new_processes(self.n_workers), True

    def close(self):
        """Stop what was started here."""
        if self.own and self.executor is not None:
            self.executor.shutdown(wait=True, cancel_futures=True)


def new_processes(n):
    """Processes of our own, not split off from this one, because it may have threads."""
    from multiprocessing import get_context
    context = get_context("forkserver" if sys.platform.startswith("linux") else "spawn")
    if context.get_start_method() == "forkserver":
        context.set_forkserver_preload(["lnlab.experiment.warm"])       # so that a worker starts in no time
    return ProcessPoolExecutor(n, mp_context=context, initializer=end_with_parent)


def end_with_parent():
    """End this worker when the process that started it is gone, however that ended."""
    def wait_for_the_end():
        parent_process().join()
        os._exit(1)
    threading.Thread(target=wait_for_the_end, daemon=True).start()


def finished(chunks, outcomes, place):
    """Run chunks of jobs at a place; yield what came of each, (a list of Done, seconds), in any order.

    `outcomes` must be as `place.prepare` gives them.

    Only some chunks are out at a time, so `chunks` can be an endless iterator that plans as it goes. A chunk whose
    worker died is run again, alone, in new processes; a run that takes its worker with it each time is a failure.
    """
    if place.executor is None:
        for jobs in chunks:
            yield run_chunk(outcomes, jobs)
        return
    out, chunks, suspects = {}, iter(chunks), []
    try:
        while True:
            while len(out) < 2 * place.n_workers + 1 and not suspects:
                jobs = next(chunks, None)
                if jobs is None:
                    break
                try:
                    out[place.send(outcomes, jobs)] = jobs
                except BrokenExecutor as error:
                    suspects.append((jobs, error))
                except RuntimeError as error:
                    raise Stopped(f"The executor takes no more runs ({error})") from error
            if not out and not suspects:
                return
            for future in wait(out, return_when=FIRST_COMPLETED).done:
                jobs = out.pop(future)
                try:
                    yield future.result()
                except CancelledError as error:
                    raise Stopped("The executor was closed") from error
                except Exception as error:
                    suspects.append((jobs, error))
            if suspects and not out:
                yield from one_by_one(suspects, outcomes, place)
                suspects = []
    except KeyboardInterrupt:
        yield from already_done(out)
        raise
    finally:
        for future in out:
            future.cancel()


def already_done(out):
    """What is finished, or will be in a moment, of the chunks that are out when an experiment is interrupted."""
    waited_for = [future for future in out if not future.cancel()]
    for future in wait(waited_for, timeout=PATIENCE).done:
        if not future.exception():
            yield future.result()


def one_by_one(suspects, outcomes, place):
    """Run again what was out when something broke: chunk by chunk, and where one breaks again, run by run."""
    error = suspects[0][1]
    warnings.warn(f"Some runs came to nothing because their worker died ({type(error).__name__}); they are run again. "
                  "Nothing that was finished is lost.", stacklevel=2)
    waiting = [jobs for jobs, _ in suspects]
    if any(isinstance(error, BrokenExecutor) for _, error in suspects):
        place.renew()
    while waiting:
        jobs = waiting.pop(0)
        try:
            yield place.send(outcomes, jobs).result()
        except Exception as error:
            if isinstance(error, BrokenExecutor):
                place.renew()
            if len(jobs) == 1:
                yield lost(jobs[0], error)
            else:
                waiting = [[job] for job in jobs] + waiting


def lost(job, error):
    """A run of which nothing came back, in the form of a finished chunk."""
    said = f"The worker that ran this run was lost each time: {type(error).__name__}: {error}"
    return [Done(job.number, None, (said, said))], 0.0
