"""What one shared case is worth: take it out of the commons, live everybody's life again, and see whose care differs.

All luck belongs to a person, a month and a purpose, so whatever differs between the two lives is due to the case: the
package of somebody whose clinician looked into the commons, and all that followed from that, for others too.
"""

from dataclasses import dataclass, field

import numpy as np

from lnlab.checks import InputError, items, number, whole_number
from lnlab.experiment import mean_and_interval, replicate_seeds
from lnlab.experiment.arms import checked_arms
from lnlab.mechanisms.struck import as_table, checked_run, shared_cases, worths_of
from lnlab.population import checked_seed
from lnlab.results import Run


@dataclass(frozen=True, eq=False)
class WorthOfCase:
    """What one shared case was worth. Made by `worth_of_case`.

    Parameters
    ----------
    case : pandas.Series
        Which case it was, and what it was worth: the columns of `worth_of_cases`.
    patients : pandas.DataFrame
        Everybody whose package or health differs in any month, a row for each: patient (the place), arrived (in which
        month), center, elsewhere (another center than the case's), phenotype, months_changed (months on another
        package than without the case), first_month (of these; missing if there is none), package and package_without
        (in that month), gain (how much better the package suits this patient than that without the case, in health at
        full adherence), at_first (True if no package of anybody differed earlier: then the case alone decided, and
        no echo of it), remission_months and health_months (with the case less without it).
    """

    case: object
    patients: object = field(repr=False)

    def __repr__(self):
        return in_words(self.case)


def worth_of_case(run, month, patient, within=None):
    """Strike one shared case, live again with the same luck, and name the patients whose care changed.

    Parameters
    ----------
    run : Run
        In which nothing is held.
    month, patient : int
        The case, as in the columns of ``simulate(..., encounters=True).encounters`` where `case_shared` is true.
    within : int, optional
        For how many months it is followed, its own included; to the end of the run if not given.

    Returns
    -------
    WorthOfCase

    Raises
    ------
    InputError
        If there is no such case.

    Examples
    --------
    >>> from lnlab import Parameters, simulate
    >>> run = simulate(Parameters(n_patients=500, n_centers=5, launch_month=12, months=36), seed=3)
    >>> worth_of_case(run, month=12, patient=326)
    Month 12, center 3: for kind 1, package 1 worked (the commons held no case of this kind). It changed the care of 1 \
patient, in another center: +13 months in remission by month 35.
    """
    import pandas as pd
    cases = shared_cases(checked_run(run))
    month = whole_number("month", month, 0, run.parameters.months - 1, "month")
    patient = whole_number("patient", patient, 0, run.parameters.n_patients - 1, "patient")
    chosen = cases[(cases["month"] == month) & (cases["patient"] == patient)]
    if chosen.empty:
        theirs = cases[cases["patient"] == patient]["month"].tolist()
        said = (f"of that patient, a case was shared in month {', '.join(map(str, theirs[:10]))}" if theirs else
                "of that patient, none was shared")
        raise InputError(f"`month` and `patient` must name a case that was shared; got month {month}, patient "
                         f"{patient} ({said}).")
    within = _checked_within(within, run.parameters.months - month)
    [(row, people)] = list(worths_of(run, chosen, within))
    return WorthOfCase(pd.Series(row, name=f"month {month}, patient {patient}"), as_table(people))


def worth_of_cases(network, n_cases=None, n=8, seed=1, *, within=None):
    """What each of many shared cases was worth, each struck alone while all others stay.

    Parameters
    ----------
    network : Run, Arm, Parameters, or dict of changes
        One run, or an arm of which `n` networks are run.
    n_cases : int, optional
        So many cases of each network, drawn by lot; all if not given.
    n : int, default 8
        Networks, if `network` is no run.
    seed : int, default 1
        From which the networks' seeds and the lots are drawn.
    within : int, optional
        For how many months each is followed, its own included; those shared too late for that are left out. If not
        given, each is followed to the end of the run: then what came early has more time to be of use.

    Returns
    -------
    pandas.DataFrame
        A row for each case: replicate, seed (of the network), month, patient, center, phenotype (as it was seen),
        package, worked, right (True if it says what is so: the best package worked, or another did not), known_kind
        and known (cases of its phenotype, and of its phenotype and package, in the commons at that month's start),
        months_after (how long it was followed), n_changed, n_elsewhere (patients whose package differed in any month),
        months_changed, remission_months, remission_months_elsewhere, health_months, n_better and n_worse (patients
        with more and fewer months in remission).

    Raises
    ------
    InputError

    Notes
    -----
    What followed from a case, echoes included, is an effect of it, but much of it is chance: another package makes
    other cases, and these other choices. So single worths scatter widely around a small mean; see `mean_worth`.

    Examples
    --------
    >>> from lnlab import Parameters
    >>> worths = worth_of_cases(Parameters(n_patients=100, n_centers=2, months=24, launch_month=6), n_cases=5, n=2)
    >>> worths.groupby("replicate").size().tolist()
    [5, 5]
    """
    import pandas as pd
    if n_cases is not None:
        n_cases = whole_number("n_cases", n_cases, 1, unit="cases")
    if isinstance(network, Run):
        runs = [network]
    else:
        arm = checked_arms({"network": network})["network"]
        runs = (arm.simulate(one) for one in replicate_seeds(n, seed))
    lots, rows, n_late = np.random.default_rng(checked_seed(seed)), [], 0
    for replicate, run in enumerate(runs):
        cases, months = shared_cases(checked_run(run)), run.parameters.months
        if _checked_within(within, months) is not None:
            late = cases["month"] > months - within
            cases, n_late = cases[~late], n_late + int(late.sum())
        if n_cases is not None and n_cases < len(cases):
            cases = cases.iloc[np.sort(lots.choice(len(cases), n_cases, replace=False))]
        rows += [{"replicate": replicate, "seed": run.seed, **row} for row, _ in worths_of(run, cases, within)]
    if n_late and not rows:
        raise InputError(f"`within` must leave some cases; all {n_late} were shared too late to be followed for "
                         f"{within} months.")
    if not rows:
        raise InputError("`network` must share cases; not one was shared in any run (look at `sharing`, `growth` and "
                         "`launch_month`).")
    return pd.DataFrame(rows)


def mean_worth(worths, by="known_kind", cuts=(0, 1, 3, 10, 30), measure="remission_months"):
    """The mean worth of a case, by how much was known before it (or by when it came).

    Parameters
    ----------
    worths : pandas.DataFrame
        As `worth_of_cases` returns it, of at least two networks.
    by : str, default "known_kind"
        A column of numbers.
    cuts : sequence of float
        Where groups begin: a case belongs to the group of the last cut that it reaches. Below the first: to none.
    measure : str, default "remission_months"

    Returns
    -------
    pandas.DataFrame
        A row for each group that has cases: from_, to, n_cases, n_networks, estimate, low, high: the mean over
        networks of their mean, and its 95 % interval (missing with fewer than two networks).

    Examples
    --------
    >>> import pandas as pd
    >>> worths = pd.DataFrame({"replicate": [0, 0, 1, 1], "known_kind": [0, 5, 0, 7], "remission_months": [4, 1, 2, 0]})
    >>> mean_worth(worths, cuts=(0, 3))[["from_", "n_cases", "estimate"]].to_dict("list")
    {'from_': [0, 3], 'n_cases': [2, 2], 'estimate': [3.0, 0.5]}
    """
    import pandas as pd
    if not isinstance(worths, pd.DataFrame):
        raise InputError(f"`worths` must be a table, as worth_of_cases(...) makes it; got {worths!r:.200}.")
    for name in ("replicate", by, measure):
        if name not in worths:
            raise InputError(f"`worths` must have a column {name!r}, as worth_of_cases(...) makes it; it has "
                             f"{', '.join(map(str, worths))}.")
    cuts = items("cuts", cuts, "numbers")
    for cut in cuts:
        number("cuts", cut)
    if len(cuts) < 1 or not np.all(np.diff(cuts) > 0):
        raise InputError(f"`cuts` must be numbers in rising order; got {cuts!r:.200}.")
    for name in {by, measure}:
        values = pd.to_numeric(worths[name], errors="coerce").to_numpy(dtype=float)
        if not np.isfinite(values).all():
            raise InputError(f"`worths` must have a number in every row of {name!r}; {(~np.isfinite(values)).sum()} of "
                             f"{len(values)} have none, first row {1 + np.flatnonzero(~np.isfinite(values))[0]}.")
    group, rows = np.searchsorted(cuts, worths[by], side="right") - 1, []
    for place, cut in enumerate(cuts):
        some = worths[group == place]
        if len(some):
            means = some.groupby("replicate")[measure].mean()
            mean, low, high = mean_and_interval(means) if len(means) > 1 else (means.mean(), np.nan, np.nan)
            rows.append({"from_": cut, "to": cuts[place + 1] if place + 1 < len(cuts) else np.inf, "n_cases": len(some),
                         "n_networks": len(means), "estimate": mean, "low": low, "high": high})
    return pd.DataFrame(rows, columns=["from_", "to", "n_cases", "n_networks", "estimate", "low", "high"])


def in_words(case):
    """A case and its worth in a sentence or two."""
    known = round(float(case["known_kind"]), 1)
    held = "no case" if known < 0.05 else f"{known:g} case{'s' * (known != 1)}"
    if case["n_changed"] == 0 and case["health_months"] == 0:
        worth = "It changed nothing for anybody."
    else:
        n, elsewhere = case["n_changed"], case["n_elsewhere"]
        whom = (f"1 patient, {'in another center' if elsewhere else 'in the same center'}" if n == 1 else
                f"{n} patients, {elsewhere} of them in other centers")
        there = "" if n == 1 else f", {case['remission_months_elsewhere']:+d} of them in other centers"
        who = "" if n == 1 else f"; {case['n_better']} better off, {case['n_worse']} worse"
        worth = (f"It changed the care of {whom}: {case['remission_months']:+d} months in remission by month "
                 f"{case['month'] + case['months_after'] - 1}{there}{who}.")
    return (f"Month {case['month']}, center {case['center']}: for kind {case['phenotype']}, package {case['package']} "
            f"{'worked' if case['worked'] else 'did not work'} (the commons held {held} of this kind). {worth}")


def _checked_within(within, most):
    return None if within is None else whole_number("within", within, 1, most, "months")
