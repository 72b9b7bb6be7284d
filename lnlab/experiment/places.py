"""Places where runs are done: here, in threads, in processes, on a cluster."""

import os
import pickle
import sys
import threading
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from math import inf
from multiprocessing import parent_process
from time import monotonic

from lnlab.checks import InputError
from lnlab.experiment.chunk import code, packed, ready, run_chunk, run_packed

NAMED = ("serial", "threads", "processes")
WORTH_THREADS = 0.5                     # seconds of work from which threads are worth starting
LOOK_AFTER = 5.0                        # seconds after which it is looked whether anybody is still working
PATIENCE_WITH_CLUSTERS = 30.0           # seconds until a cluster without workers is given up
MOST_ON_WINDOWS = 61                    # processes that can be waited for there at once


class Stopped(Exception):
    """The place where runs are done was closed before they all were."""


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
        self.executor, self.own, self.client, self.fixed, self.counted = None, False, None, 1, -inf
        cores = usable_cores()
        if executor is None:
            executor = "threads" if cores > 1 and seconds > WORTH_THREADS else "serial"
        if isinstance(executor, str) and executor in NAMED:
            self.own, self.fixed = True, 1 if executor == "serial" else cores
            if executor == "threads":
                self.executor = ThreadPoolExecutor(cores, thread_name_prefix="lnlab")
            elif executor == "processes":
                self.executor = new_processes(cores)
        elif isinstance(executor, Executor):
            self.executor = executor
            self.fixed = getattr(executor, "_max_workers", None) or getattr(executor, "max_workers", None) or cores
        elif hasattr(executor, "get_executor") and hasattr(executor, "nthreads"):       # a dask.distributed.Client
            self.client = executor
            try:
                self.executor = executor.get_executor(pure=False)
                if executor.status != "running":
                    raise RuntimeError(f"it is {executor.status}")
                executor.wait_for_workers(1, timeout=PATIENCE_WITH_CLUSTERS)
            except Exception as error:
                raise InputError("`executor` must be a client that is connected to a cluster with workers; got "
                                 f"{executor!r:.200} ({type(error).__name__}: {error}).") from error
        else:
            raise InputError(f"`executor` must be None, one of {', '.join(map(repr, NAMED))}, a concurrent.futures "
                             f"executor or a dask.distributed Client; got {executor!r:.200}.")

    @property
    def n_workers(self):
        """How many chunks can be run at once, now: a cluster may grow and shrink."""
        if self.client is not None and monotonic() - self.counted > LOOK_AFTER:
            try:
                self.fixed, self.counted = sum(self.client.nthreads().values()), monotonic()
            except Exception:       # it was closed: its chunks, cancelled, will say so
                self.counted = inf
        return self.fixed

    def check_alive(self):
        """Give up on a cluster that has lost its workers, and gets no others."""
        if self.client is not None and not self.n_workers:
            try:
                self.client.wait_for_workers(1, timeout=PATIENCE_WITH_CLUSTERS)
                self.counted = -inf
            except Exception as error:
                raise Stopped("The cluster has no workers left") from error

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
        """New processes of our own (or threads), in place of an executor that broke."""
        n, in_threads = min(self.fixed, usable_cores()), self.is_here
        self.close(wait=False)
        self.executor, self.own = ThreadPoolExecutor(n) if in_threads else new_processes(n), True

    def close(self, wait=True):
        """Stop what was started here."""
        if self.own and self.executor is not None:
            self.executor.shutdown(wait=wait, cancel_futures=True)


def new_processes(n):
    """Processes of our own, not split off from this one, because it may have threads."""
    from multiprocessing import get_context
    context = get_context("forkserver" if sys.platform.startswith("linux") else "spawn")
    if context.get_start_method() == "forkserver":
        context.set_forkserver_preload(["lnlab.experiment.warm"])       # so that a worker starts in no time
    return ProcessPoolExecutor(min(n, MOST_ON_WINDOWS), mp_context=context, initializer=end_with_parent)


def end_with_parent():
    """End this worker when the process that started it is gone, however that ended."""
    def wait_for_the_end():
        parent_process().join()
        os._exit(1)
    threading.Thread(target=wait_for_the_end, daemon=True).start()
