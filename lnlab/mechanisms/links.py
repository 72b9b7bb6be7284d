"""From link to link: how far a change travels along the chain from activation to outcome."""

import numpy as np

from lnlab.experiment import last_year, mean_and_interval, replicate_seeds
from lnlab.run import simulate, trace
from lnlab.tables import SHARES

CHAIN = ("activation", "with_data", "shared_cases", "consulted", "changes", "best_package_share", "remission_rate")


def what_moved(pairs, measures=CHAIN):
    """How far each change reaches along the chain: for each measure, what moved in the last year and what did not.

    Parameters
    ----------
    pairs : dict of str to (pandas.DataFrame, pandas.DataFrame)
        For each change the replicates before and after it, the tables of `lnlab.experiment.replicate`, paired.
    measures : sequence of str
        Columns of `Run.months`.

    Returns
    -------
    pandas.DataFrame
        One row for each change and measure: change, measure, state ("the same", if every month of every replicate is
        equal to the last bit; "none left", "from none", or "moved"), before and after (means), unit ("points" of a
        share in percent, else "%" of what was before), for what moved difference, low and high (the mean of the pairs
        and its 95 % interval, in that unit), and all this in_words; a "~" stands before a change whose interval takes
        in 0.

    Examples
    --------
    >>> from lnlab import Parameters, replicate
    >>> small = Parameters(n_patients=100, n_centers=2, months=36, launch_month=6, recall=0)
    >>> whole, cut = (replicate(small.but(shared_information_use=use), n=2).table for use in (0.9, 0))
    >>> what_moved({"nobody uses it": (whole, cut)}).set_index("measure")["state"].to_dict()
    {'activation': 'the same', 'with_data': 'the same', 'shared_cases': 'the same', 'consulted': 'none left', \
'changes': 'moved', 'best_package_share': 'moved', 'remission_rate': 'moved'}
    """
    import pandas as pd
    moved = pd.DataFrame([{"change": change, "measure": measure, **_moved(before, after, measure)}
                          for change, (before, after) in pairs.items() for measure in measures])
    return moved.assign(in_words=[_in_words(row) for row in moved.itertuples()])


def cases_known(parameters, n=4, seed=1):
    """What there is to choose by: cases for each kind of the condition and each package, month by month.

    Parameters
    ----------
    parameters : Parameters
    n, seed : int
        Replicates, as in `lnlab.experiment.replicate`.

    Returns
    -------
    pandas.DataFrame
        One row for each replicate and month: replicate, month, own (cases in the two piles of a clinician, on
        average) and commons, both for each phenotype and package.

    Examples
    --------
    >>> from lnlab import Parameters
    >>> known = cases_known(Parameters(n_patients=100, n_centers=2, months=36, launch_month=6), n=2)
    >>> known.columns.tolist(), len(known), bool((known.query("month < 6")["commons"] == 0).all())
    (['replicate', 'month', 'own', 'commons'], 72, True)
    """
    import pandas as pd
    tables = []
    for one in replicate_seeds(n, seed):
        piles = trace(simulate(parameters, seed=one), ["unshared", "shared", "commons"])
        own = (piles["unshared"] + piles["shared"]).sum(axis=4).mean(axis=(1, 2, 3))
        tables.append(pd.DataFrame({"own": own, "commons": piles["commons"].sum(axis=3).mean(axis=(1, 2))})
                      .iloc[parameters.burn_in:].reset_index(names="month"))
    known = pd.concat(tables, keys=range(n), names=["replicate", None]).reset_index(level=0).reset_index(drop=True)
    return known.assign(month=known["month"] - parameters.burn_in)


def _moved(before, after, measure):
    first, then = last_year(before, measure), last_year(after, measure)
    unit = "points" if measure in SHARES else "%"
    row = {"state": "moved", "before": first.mean(), "after": then.mean(), "unit": unit,
           "difference": np.nan, "low": np.nan, "high": np.nan}
    if before[measure].equals(after[measure]):
        return {**row, "state": "the same"}
    if not then.any() or not first.any():
        return {**row, "state": "from none" if then.any() else "none left"}
    scale = 100 if unit == "points" else 100 / first.mean()
    return {**row, **dict(zip(("difference", "low", "high"), mean_and_interval(scale * (then - first))))}


def _in_words(row):
    if row.state != "moved":
        return row.state
    digits = 1 if row.unit == "points" else 0
    said = f"{round(row.difference, digits) + 0.0:+.{digits}f} {row.unit}"      # + 0.0: no minus sign before a zero
    return f"~ {said}" if row.low <= 0 <= row.high else said
