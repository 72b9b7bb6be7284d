"""What a worker does: some runs one after the other, and nothing that depends on where or beside what it does them."""

import hashlib
import pickle
import traceback
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from lnlab import __version__
from lnlab.checks import InputError
from lnlab.experiment.past import Lived, past_of

# All that a run's numbers depend on; tests compare it with what `lnlab.run` and this folder import
SOURCES = ("__init__.py", "checks.py", "compiled.py", "draws.py", "events.py", "experiment/arms.py",
           "experiment/chunk.py", "experiment/outcomes.py", "experiment/past.py", "knowledge.py", "month.py",
           "parameters.py", "population.py", "programs.py", "published.py", "results.py", "rules.py", "run.py",
           "state.py", "tables.py", "ties.py", "visits.py")


@cache
def code():
    """The version of the package and a fingerprint of all that a run's numbers depend on, as a text."""
    here = Path(__file__).parents[1]
    files = [*(here / name for name in SOURCES), here / "data" / "growth.csv"]
    return f"{__version__} {hashlib.sha256(b''.join(each.read_bytes() for each in files)).hexdigest()[:12]}"


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
    """The same for measures and jobs that come as bytes; what comes of them goes back as bytes, for `unpacked`.

    So whatever cannot be sent is noticed here, and is a failure of its run alone.
    """
    done, seconds = run_chunk(pickle.loads(outcomes), pickle.loads(jobs))
    sent = []
    for each in done:
        try:
            sent.append(pickle.dumps(each))
        except Exception as error:
            said = f"{type(error).__name__}: {error} (what was kept of the run cannot be sent back)"
            sent.append(pickle.dumps(Done(each.number, None, (said, traceback.format_exc()))))
    return sent, seconds


def unpacked(answer):
    """What came of a chunk, wherever it was run: (a list of Done, seconds)."""
    done, seconds = answer
    return [pickle.loads(each) if isinstance(each, bytes) else each for each in done], seconds


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
