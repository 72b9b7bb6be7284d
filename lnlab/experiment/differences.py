"""What differs between runs with the same people and the same luck, and how sure one can be of it."""

import numpy as np

from lnlab.checks import InputError, one_of


def last_year(replicates, measure="remission_rate"):
    """A measure's mean over the last twelve months, one number for each replicate.

    Parameters
    ----------
    replicates : Results or pandas.DataFrame
        As `replicate` returns it, with the table of months, or that table.
    measure : str, default "remission_rate"
        A column of `Run.months`.

    Raises
    ------
    InputError
        For a table of several arms or points, or one without months.

    Returns
    -------
    pandas.Series
        Indexed by replicate, so that subtracting two arms pairs them.

    Examples
    --------
    >>> from lnlab import Parameters, replicate
    >>> small = Parameters(n_patients=100, n_centers=2, months=24, launch_month=6)
    >>> last_year(replicate(small, n=2)).index.tolist()
    [0, 1]
    """
    table = getattr(replicates, "table", replicates)
    one_of("measure", measure, table.columns)
    for name in ("arm", "point"):
        if name in table and table[name].nunique() > 1:
            raise InputError(f"`replicates` must be of one {name}; this table has {table[name].nunique()}. Choose one, "
                             f"as in table[table[{name!r}] == ...].")
    if "month" not in table:
        raise InputError("`replicates` must hold the table of months, as replicate(...) keeps it; this one has no "
                         "column `month`.")
    last = table["month"] > table["month"].max() - 12
    return table[last].groupby("replicate")[measure].mean()


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


def paired_difference(these, others):
    """How far the second of each pair is exceeded by the first, as a row: `n`, the mean difference, its 95 % interval.

    `n_to_halve` is how many pairs would make the interval half as wide if they varied as these do; `times_fewer`, how
    many times fewer runs pairs need than two samples each with luck of its own (a ratio of variances). What fewer than
    two pairs cannot tell is missing, and so are both where nothing varies.

    >>> found = paired_difference([1.0, 2.0, 3.0], [0.0, 0.0, 0.5])
    >>> {name: round(value, 2) for name, value in found.items()}
    {'n': 3, 'difference': 1.83, 'low': -0.06, 'high': 3.73, 'n_to_halve': 5, 'times_fewer': 1.86}
    """
    import pandas as pd
    these, others = np.asarray(these, dtype=float), np.asarray(others, dtype=float)
    differences = these - others
    n, varies = len(differences), len(differences) > 1 and differences.std() > 0
    mean, low, high = mean_and_interval(differences) if n > 1 else (differences.mean() if n else np.nan, np.nan, np.nan)
    return {"n": n, "difference": float(mean), "low": float(low), "high": float(high),
            "n_to_halve": n_to_halve(n) if varies else pd.NA,
            "times_fewer": float((these.var() + others.var()) / differences.var()) if varies else np.nan}


def n_to_halve(n):
    """How many pairs make Student's t interval half as wide as `n` pairs do, if they vary alike.

    >>> n_to_halve(2), n_to_halve(20), n_to_halve(1000)
    (3, 73, 3993)
    """
    from scipy.special import stdtrit
    sizes = np.arange(n, 4 * n + 2)
    widths = stdtrit(sizes - 1, 0.975) / np.sqrt(sizes)
    return int(sizes[np.flatnonzero(widths <= widths[0] / 2)[0]])


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
