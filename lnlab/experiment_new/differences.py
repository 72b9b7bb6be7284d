"""Many runs: the same network with different luck."""

import numpy as np

from lnlab.checks import InputError, one_of, whole_number
from lnlab.population import checked_seed
from lnlab.run import simulate


def replicate_seeds(n, seed=1):
    """The seeds of `n` replicates: the same for the same `seed`, unrelated for another.

    >>> replicate_seeds(2, seed=1) == replicate_seeds(3, seed=1)[:2]
    True
    """
    n = whole_number("n", n, 1, unit="replicates")
    words = np.random.SeedSequence(checked_seed(seed)).generate_state(n, np.uint64)
    return [int(word >> np.uint64(1)) for word in words]


def replicate(parameters=None, programs=(), n=8, seed=1, **options):
    """Run the same network `n` times, each time other people with other luck.

    Two calls with the same `n` and `seed` are paired: replicate for replicate the same people with the same luck, so
    what differs is what you changed.

    Parameters
    ----------
    parameters, programs, **options
        As in `simulate`.
    n : int, default 8
        Number of replicates.
    seed : int, default 1
        From which the replicates' own seeds are drawn; see `replicate_seeds`.

    Returns
    -------
    pandas.DataFrame
        The months of all runs (see `Run.months`), with a first column `replicate`, 0 to n - 1.

    Examples
    --------
    >>> from lnlab.parameters import Parameters
    >>> small = Parameters(n_patients=100, n_centers=2, months=24, launch_month=6)
    >>> replicate(small, n=2).groupby("replicate").size().to_dict()
    {0: 24, 1: 24}
    """
    import pandas as pd
    tables = [simulate(parameters, programs, one, **options).months for one in replicate_seeds(n, seed)]
    return pd.concat(tables, keys=range(n), names=["replicate", None]).reset_index(level=0).reset_index(drop=True)


def last_year(replicates, measure="remission_rate"):
    """A measure's mean over the last twelve months, one number for each replicate.

    Parameters
    ----------
    replicates : pandas.DataFrame
        As `replicate` returns it.
    measure : str, default "remission_rate"
        A column of `Run.months`.

    Returns
    -------
    pandas.Series
        Indexed by replicate, so that subtracting two arms pairs them.

    Examples
    --------
    >>> from lnlab.parameters import Parameters
    >>> small = Parameters(n_patients=100, n_centers=2, months=24, launch_month=6)
    >>> last_year(replicate(small, n=2)).index.tolist()
    [0, 1]
    """
    one_of("measure", measure, replicates.columns)
    last = replicates["month"] > replicates["month"].max() - 12
    return replicates[last].groupby("replicate")[measure].mean()


def mean_and_interval(differences):
    """The mean of paired differences and its 95 % interval (Student's t): the error that comes from few replicates.

    Parameters
    ----------
    differences : (n,) array
        One for each pair.

    Returns
    -------
    mean, low, high : float
        The interval is the mean itself where there is only one pair.

    Examples
    --------
    >>> [f"{value:.2f}" for value in mean_and_interval([1.0, 2.0, 3.0])]
    ['2.00', '-0.48', '4.48']
    """
    from scipy.special import stdtrit
    differences = np.asarray(differences, dtype=float)
    n, mean = len(differences), differences.mean()
    margin = stdtrit(n - 1, 0.975) * differences.std(ddof=1) / n**0.5 if n > 1 else 0.0
    return mean, mean - margin, mean + margin


def since_joining(runs, joined, usual=None, measure="remission_rate", before=12, after=36):
    """A measure of the centers that joined between two months, counted from the month in which each joined.

    Parameters
    ----------
    runs : sequence of Run
    joined : pair of int
        First and last month of joining.
    usual : sequence of Run, optional
        The same people and luck if nobody ever joined: then the table holds the difference, center by center and
        month by month.
    measure : str, default "remission_rate"
        A column of `Run.centers`.
    before, after : int
        How many months before and after joining are wanted; centers without them all are left out.

    Returns
    -------
    pandas.DataFrame
        A row for each run, a column for each month since joining (0 is the first as a member).

    Examples
    --------
    >>> from lnlab import Parameters, simulate
    >>> run = simulate(Parameters(n_patients=100, n_centers=2, months=24, launch_month=6))
    >>> since_joining([run], (6, 6), before=2, after=2).columns.tolist()
    [-2, -1, 0, 1]
    """
    import pandas as pd
    rows = []
    for place, run in enumerate(runs):
        within = [center for center, month in enumerate(run.joins) if month is not None
                  and joined[0] <= month <= joined[1] and before <= month <= run.parameters.months - after]
        if not within:
            raise InputError(f"`joined` must be months in which a center joins, {before} months after the start and "
                             f"{after} before the end of the run; got {joined[0]} to {joined[1]}.")
        table = run.centers[measure].to_numpy().reshape(run.parameters.months, -1)
        if usual is not None:
            table = table - usual[place].centers[measure].to_numpy().reshape(table.shape)
        rows.append(np.mean([table[run.joins[each] - before:run.joins[each] + after, each] for each in within], axis=0))
    return pd.DataFrame(rows, columns=pd.RangeIndex(-before, after, name="months since joining"))
