"""Replicate, compare, sweep: many runs in one line, wherever they are run."""

import warnings

import numpy as np

from lnlab.checks import InputError, switch, whole_number
from lnlab.experiment.arms import Arm, checked_arms
from lnlab.experiment.chunk import code
from lnlab.experiment.execution import finished
from lnlab.experiment.outcomes import MONTHS, checked_outcomes
from lnlab.experiment.places import Place, Stopped
from lnlab.experiment.plan import Chunks, Plan
from lnlab.experiment.results import gather
from lnlab.experiment.sampling import Points, checked_design
from lnlab.experiment.store import Shelf
from lnlab.population import checked_seed

MOST = 10**8            # runs that one experiment may ask for
LONG = 5.0              # seconds of work from which a progress bar is shown


def replicate_seeds(n, seed=1):
    """The seeds of `n` replicates: the same for the same `seed`, unrelated for another.

    >>> replicate_seeds(2, seed=1) == replicate_seeds(3, seed=1)[:2]
    True
    """
    n = whole_number("n", n, 1, unit="replicates")
    if n > MOST:
        raise InputError(f"`n` must be at most {MOST:,} (replicates); got {n:,}.")
    words = np.random.SeedSequence(checked_seed(seed)).generate_state(n, np.uint64)
    return [int(word >> np.uint64(1)) for word in words]


def replicate(parameters=None, programs=(), n=8, seed=1, *, growth="together", efficacy_seed=None, measures=MONTHS,
              executor=None, store=None, progress=None, chunk=None):
    """Run the same network `n` times, each time other people with other luck.

    Two calls with the same `n` and `seed` are paired: replicate for replicate the same people with the same luck, so
    what differs is what you changed.

    Parameters
    ----------
    parameters, programs, growth, efficacy_seed
        As in `simulate`.
    n : int, default 8
        Number of replicates.
    seed : int, default 1
        From which the replicates' own seeds are drawn; see `replicate_seeds`.
    measures : str, MeanOver, tuple, callable, or a list or dict of these, default "months"
        What is kept of each run: columns of `Run.months` (their means over the last twelve months); windows, as in
        ("remission_rate", 48, 59); your own functions of a `Run` that return a number, a dict of numbers or, alone, a
        DataFrame; or "months", the whole table of months.
    executor : None, "serial", "threads", "processes", concurrent.futures.Executor or dask.distributed.Client
        Where the runs are done; None is here, with threads where that is faster. The results are the same to the
        last bit.
    store : path, optional
        A folder in which finished runs are kept; a call that finds them there does only what is missing.
    progress : bool, optional
        Show a progress bar; if not given, only where the runs take more than some seconds.
    chunk : int, optional
        Runs sent out at once; if not given, as many as take some tenths of a second.

    Returns
    -------
    Results
        `table` has a row for each replicate, or for each of its months; `replicate` counts from 0.

    Raises
    ------
    InputError
        Before the first run, for anything that cannot be.

    Examples
    --------
    >>> from lnlab.parameters import Parameters
    >>> small = Parameters(n_patients=100, n_centers=2, months=24, launch_month=6)
    >>> replicate(small, n=2).table.groupby("replicate").size().to_dict()
    {0: 24, 1: 24}
    """
    arm = Arm(parameters, programs, growth, efficacy_seed)
    plan = Plan([arm], [replicate_seeds(n, seed)], provenance=dict(n=n, seed=seed))
    return run_all(plan, measures, executor, store, progress, chunk)


def compare(arms, n=8, seed=1, *, parameters=None, measures="remission_rate", executor=None, store=None,
            progress=None, chunk=None):
    """Run several arms `n` times each; replicate for replicate with the same people and the same luck.

    Parameters
    ----------
    arms : dict
        What each arm is, by name: an `Arm`; `Parameters`; a `Program` or a list of them; or a dict of what is changed,
        by the names of parameters and of the parts of an `Arm`.
    n, seed, measures, executor, store, progress, chunk
        As in `replicate`.
    parameters : Parameters, optional
        What the arms do not change.

    Returns
    -------
    Results
        `table` has a row for each arm and replicate; `differences()` compares the arms.

    Raises
    ------
    InputError
        Before the first run, for anything that cannot be.

    Examples
    --------
    >>> from lnlab.parameters import Parameters
    >>> small = Parameters(n_patients=100, n_centers=2, months=24, launch_month=6)
    >>> compare({"usual care": dict(growth="never"), "nobody shares": dict(sharing=0)}, n=3, parameters=small)
    Results: 6 runs, of 1 measure.
    """
    arms = checked_arms(arms, parameters)
    plan = Plan(list(arms.values()), [replicate_seeds(n, seed)], tuple(arms), provenance=dict(n=n, seed=seed))
    return run_all(plan, measures, executor, store, progress, chunk)


def sweep(design, parameters=None, programs=(), n=1, seed=1, *, growth="together", efficacy_seed=None, paired=True,
          measures="remission_rate", executor=None, store=None, progress=None, chunk=None):
    """Run every point of a design `n` times.

    Parameters
    ----------
    design : pandas.DataFrame
        A column for each parameter that varies, a row for each point: `full_grid`, `latin_hypercube`, `sobol_points`,
        or your own table.
    parameters, programs, growth, efficacy_seed
        Everything else, as in `simulate`.
    n : int, default 1
        Replicates of each point.
    seed, measures, executor, store, progress, chunk
        As in `replicate`.
    paired : bool, default True
        Each replicate has the same people and the same luck at all points, so that differences between points are not
        luck; but one replicate then has one luck throughout. With False every point has luck of its own.

    Returns
    -------
    Results
        `table` has a row for each point and replicate: `point`, the parameters that vary, `replicate`, `seed`, and
        what was kept.

    Raises
    ------
    InputError
        Before the first run, for anything that cannot be; rows of the design are named by number, from 0.

    Examples
    --------
    >>> from lnlab import Parameters, full_grid
    >>> small = Parameters(n_patients=100, n_centers=2, months=24, launch_month=6)
    >>> sweep(full_grid(sharing=[0, 1], registry=[0, 1]), small, n=2).table.columns.tolist()
    ['point', 'sharing', 'registry', 'replicate', 'seed', 'remission_rate']
    """
    base = Arm(parameters, programs, growth, efficacy_seed)
    design = checked_design(design, base)
    paired, n = switch("paired", paired), whole_number("n", n, 1, unit="replicates")
    seeds = [replicate_seeds(n, seed)] if paired else np.reshape(replicate_seeds(n * len(design), seed), (-1, n))
    plan = Plan(Points(design, base), seeds, design=design, provenance=dict(n=n, seed=seed, paired=paired))
    return run_all(plan, measures, executor, store, progress, chunk)


def run_all(plan, measures, executor=None, store=None, progress=None, chunk=None):
    """Do all runs of a plan that are not in the store yet; see `replicate` for the other arguments."""
    from tqdm.auto import tqdm
    outcomes = checked_outcomes(measures)
    chunk = None if chunk is None else whole_number("chunk", chunk, 1, unit="runs")
    progress = None if progress is None else switch("progress", progress)
    for months in plan.months():
        outcomes.check(months)
    kept, failed = [None] * plan.n_runs, {}
    shelf = None if store is None else Shelf(store, outcomes, plan, kept)
    missing = plan.in_order(np.array([number for number in range(plan.n_runs) if kept[number] is None], dtype=np.int64))
    seconds = plan.seconds() * len(missing) / plan.n_runs
    place, interrupted = Place(executor, seconds), False
    try:
        ready = place.prepare(outcomes) if len(missing) else outcomes
        chunks = Chunks(plan, missing, place.n_workers, chunk)
        bar = tqdm(total=plan.n_runs, initial=plan.n_runs - len(missing), unit=" runs", desc="Running", leave=False,
                   disable=not (seconds > LONG if progress is None else progress))
        with bar:
            for done, taken in finished(chunks, ready, place):
                for each in done:
                    if each.failure is None:
                        kept[each.number] = each.kept
                    else:
                        failed[each.number] = each.failure
                chunks.learn(done, taken)
                if shelf is not None:
                    shelf.put(each for each in done if each.failure is None)
                bar.update(len(done))
                if failed:
                    bar.set_postfix(failed=len(failed), refresh=False)
    except (KeyboardInterrupt, Stopped) as stop:
        interrupted = True
        n_done = sum(each is not None for each in kept)
        warnings.warn(f"{stop if str(stop) else 'Interrupted'}: {n_done:,} of {plan.n_runs:,} runs are finished and "
                      f"returned{'.' if shelf is None else '; the rest can be done with the same call.'}", stacklevel=3)
    finally:
        if shelf is not None:
            shelf.put([], now=True)
            shelf.tell_unwritten()
        place.close(wait=not interrupted)
    plan.provenance.update(lnlab=code(), measures=[name for name, _ in outcomes.kept])
    results = gather(plan, kept, failed, [name for name, _ in outcomes.kept])
    if len(results.failures):
        warnings.warn(f"{len(results.failures):,} of {plan.n_runs:,} runs failed; see `failures` of the results. The "
                      f"first: {results.failures['error'].iloc[0]}", stacklevel=3)
    return results
