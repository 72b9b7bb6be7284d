"""From link to link: how far a change travels along the chain from activation to outcome."""

from collections.abc import Mapping

import numpy as np

from lnlab.checks import InputError, items, one_of
from lnlab.experiment import last_year, mean_and_interval, replicate_seeds
from lnlab.population import checked_parameters
from lnlab.run import simulate, trace
from lnlab.tables import SHARES

CHAIN = ("activation", "with_data", "shared_cases", "consulted", "changes", "best_package_share", "remission_rate")
MAY_LACK = ("usable_knowledge", "best_guess_knowledge")     # while the commons is empty


def what_moved(pairs, measures=CHAIN):
    """How far each change reaches along the chain: for each measure, what moved in the last year and what did not.

    Parameters
    ----------
    pairs : dict of str to (Results, Results) or (pandas.DataFrame, pandas.DataFrame)
        For each change the replicates before and after it, as `lnlab.experiment.replicate` gives them, or their
        tables: the same networks over the same months.
    measures : sequence of str
        Columns of `Run.months`.

    Returns
    -------
    pandas.DataFrame
        One row for each change and measure: change, measure, state ("the same", if every month of every replicate is
        equal to the last bit; "none left", "from none", or "moved"), before and after (means), unit ("points" of a
        share in percent, else "%" of what was before), for what moved difference, low and high (the mean of the pairs
        and its 95 % interval, in that unit; missing with one pair), and all this in_words; a "~" stands before a change
        whose interval takes in 0 or is missing. What was and is 0 in the last year, but not before, is "earlier only".

    Raises
    ------
    InputError
        For pairs that are not of the same networks and months, and for values that are missing.

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
    measures = [measures] if isinstance(measures, str) else items("measures", measures, "columns of Run.months")
    if not isinstance(pairs, Mapping) or not pairs or not measures:
        raise InputError("`pairs` must be a dict with the replicates before and after each change, as in "
                         "{'nobody shares': (replicate(...), replicate(...))}, and `measures` must name at least one.")
    rows = []
    for change, pair in pairs.items():
        before, after = _paired(change, pair, measures)
        rows += [{"change": change, "measure": measure, **_moved(before, after, measure)} for measure in measures]
    moved = pd.DataFrame(rows)
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
    parameters, tables = checked_parameters(parameters), []
    for one in replicate_seeds(n, seed):
        piles = trace(simulate(parameters, seed=one), ["unshared", "shared", "commons"])
        own = (piles["unshared"] + piles["shared"]).sum(axis=4).mean(axis=(1, 2, 3))
        tables.append(pd.DataFrame({"own": own, "commons": piles["commons"].sum(axis=3).mean(axis=(1, 2))})
                      .iloc[parameters.burn_in:].reset_index(names="month"))
    known = pd.concat(tables, keys=range(len(tables)), names=["replicate", None])
    known = known.reset_index(level=0).reset_index(drop=True)
    return known.assign(month=known["month"] - parameters.burn_in)


def _paired(change, pair, measures):
    """The two tables, row by row of the same network and month; an InputError if they cannot be."""
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise InputError(f"`pairs[{change!r}]` must be two: the replicates before the change and after it; got "
                         f"{pair!r:.200}.")
    tables = [getattr(each, "table", each) for each in pair]
    for table in tables:
        if not hasattr(table, "columns"):
            raise InputError(f"`pairs[{change!r}]` must be tables of replicates; got {table!r:.200}.")
        for name in ("replicate", "month", *measures):
            one_of("measures", name, table.columns)
        for measure in measures:
            last_year(table, measure)       # refuses a table of several arms
    tables = [table.sort_values(["replicate", "month"], kind="stable", ignore_index=True) for table in tables]
    before, after = tables
    for name in ("replicate", "month", "seed"):
        if name in before and name in after and before[name].tolist() != after[name].tolist():
            raise InputError(f"`pairs[{change!r}]` must be the same networks over the same months, before and after "
                             f"the change; they differ in `{name}`. Run both with the same n, seed and months.")
    for measure in measures:
        lacking = int(before[measure].isna().sum() + after[measure].isna().sum())
        if lacking and measure not in MAY_LACK:
            raise InputError(f"`pairs[{change!r}]` must have a value of `{measure}` in every month; {lacking} are "
                             "missing.")
    return before, after


def _moved(before, after, measure):
    first, then = last_year(before, measure), last_year(after, measure)
    unit = "points" if measure in SHARES else "%"
    row = {"state": "moved", "before": first.mean(), "after": then.mean(), "unit": unit,
           "difference": np.nan, "low": np.nan, "high": np.nan}
    if before[measure].equals(after[measure]):
        return {**row, "state": "the same"}
    if not then.any() or not first.any():
        return {**row, "state": "from none" if then.any() else "none left" if first.any() else "moved"}
    if first.isna().any() or then.isna().any():
        raise InputError(f"`{measure}` is missing all through the last year in some networks only: there is no mean "
                         "difference of pairs. Leave it out of `measures`.")
    scale = 100 if unit == "points" else 100 / first.mean()
    mean, low, high = mean_and_interval(scale * (then - first))
    return {**row, "difference": mean, **(dict(low=low, high=high) if len(first) > 1 else {})}


def _in_words(row):
    if row.state != "moved":
        return row.state
    if row.difference != row.difference:
        return "earlier only"
    digits = 1 if row.unit == "points" else 0
    said = f"{round(row.difference, digits) + 0.0:+.{digits}f} {row.unit}"      # + 0.0: no minus sign before a zero
    return said if row.low > 0 or row.high < 0 else f"~ {said}"
