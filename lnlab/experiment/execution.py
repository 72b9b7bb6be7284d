"""The runs of an experiment, done at a place: none lost, none counted twice, whatever breaks.

Runs go out in chunks that take long enough to be worth sending and short enough to lose little. A chunk holds all that
its runs need, so it does not matter where, when, how often or beside what others it is run.
"""

import warnings
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, wait

from lnlab.experiment import places
from lnlab.experiment.chunk import Done, run_chunk, unpacked
from lnlab.experiment.places import Stopped

PATIENCE = 2.0                          # seconds that an interrupted cell waits for runs that have begun


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
                except Exception as error:
                    raise Stopped(f"The executor takes no more runs ({error})") from error
            if not out and not suspects:
                return
            place.check_alive()
            for future in wait(out, timeout=places.LOOK_AFTER, return_when=FIRST_COMPLETED).done:
                jobs = out.pop(future)
                try:
                    yield unpacked(future.result())
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
            yield unpacked(future.result())


def one_by_one(suspects, outcomes, place):
    """Run again what was out when something broke: chunk by chunk, and where one breaks again, run by run.

    A cluster has tried a chunk several times before it says that it broke; that is taken run by run at once.
    """
    error = suspects[0][1]
    warnings.warn(f"Some runs came to nothing ({type(error).__name__}), as when a worker died; they are run again. "
                  "Nothing that was finished is lost.", stacklevel=2)
    waiting = [some for jobs, error in suspects
               for some in ([jobs] if isinstance(error, BrokenExecutor) else [[job] for job in jobs])]
    if any(isinstance(error, BrokenExecutor) for _, error in suspects):
        place.renew()
    while waiting:
        jobs = waiting.pop(0)
        try:
            future = place.send(outcomes, jobs)
            while not wait([future], timeout=places.LOOK_AFTER).done:
                place.check_alive()
            yield unpacked(future.result())
        except Stopped:
            raise
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
