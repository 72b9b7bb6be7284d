"""Faster: how long networks take to reach a goal, those that do not reach it in time among them."""

from dataclasses import dataclass, field

import numpy as np

from lnlab.checks import InputError, number, one_of, refuse, whole_number
from lnlab.experiment import Results, mean_and_interval
from lnlab.goals.median_time import median_time
from lnlab.goals.told import check_shares, in_html, in_text, share_and_interval
from lnlab.tables import MEASURES, SHARES

ALL = "all runs"        # the arm of a table that has no arms
MAY_LACK = ("usable_knowledge", "best_guess_knowledge")     # while the commons is empty: then no goal is reached


@dataclass(frozen=True, eq=False, repr=False)
class TimeToGoal:
    """How long networks take to a goal. Made by `time_to_goal`.

    Parameters
    ----------
    arms : pandas.DataFrame
        A row for each arm: arm, n (networks), n_reached, share_reached with low and high (Wilson), followed (months
        from the start to the end of the runs), median_months with median_low and median_high (see `median_time`;
        infinite where it lies beyond the months that were run).
    differences : pandas.DataFrame
        A row for each arm but the first, against the first, network by network: arm, against, n_both (pairs in which
        both reach the goal) and their mean difference in months, with low and high; n (all pairs), and the difference
        of months spent below the goal within the months followed (`within`), with within_low and within_high.
    replicates : pandas.DataFrame
        A row for each network: arm, replicate, months (to the goal, or followed), reached.
    goal : float
    held : int
    measure : str
    cautions : tuple of str
    """

    arms: object
    differences: object
    replicates: object = field(repr=False)
    goal: float
    held: int
    measure: str
    cautions: tuple = ()

    def __repr__(self):
        return in_text(self._first(), self._shown(), self.cautions)

    def _repr_html_(self):
        return in_html(self._first(), self._shown(), self.cautions)

    def _first(self):
        goal = f"{100 * self.goal:g} %" if self.measure in SHARES else f"{self.goal:g}"
        return (f"Months from the start until {self.measure} has been at least {goal} in the mean of {self.held} "
                f"month{'s' * (self.held != 1)}:")

    def _shown(self):
        import pandas as pd
        arms = self.arms
        return pd.DataFrame({
            "arm": arms["arm"], "reached": [f"{r} of {n}" for r, n in zip(arms["n_reached"], arms["n"])],
            "within": [f"{months} months" for months in arms["followed"]],
            "median": [_months(value) for value in arms["median_months"]],
            "95 % interval": [f"{_months(low)} to {_months(high)}" if low == low else "-"
                              for low, high in zip(arms["median_low"], arms["median_high"])]})


def time_to_goal(results, goal=0.8, held=12, measure="remission_rate", launch_month=None):
    """How many months after its start each network has reached a goal, and held it.

    A goal counts as reached at the end of the first `held` months in a row, all since the start, in whose mean the
    measure is at least `goal`: so not before `held` months. A network that has not reached it when its run ends is
    counted as not yet there (censored), never left out. What comes after the goal was reached is not looked at: it may
    be lost again.

    Parameters
    ----------
    results : Results or pandas.DataFrame
        Runs with their whole tables of months, as ``compare(..., measures="months")`` or ``replicate(...)`` keep them;
        or a table with the columns replicate, month, the measure and, for several arms, arm. Arms are compared
        replicate by replicate: these must be the same networks (a column `seed` is looked at, if there is one).
    goal : float, default 0.8
        In the unit of the measure.
    held : int, default 12
        Months over whose mean the goal must be reached.
    measure : str, default "remission_rate"
        A column of `Run.months`.
    launch_month : int, optional
        The month in which the network starts; must be given with a table, and is that of each arm otherwise.

    Returns
    -------
    TimeToGoal

    Raises
    ------
    InputError
        For results without months, months or values that are missing, months that come twice, shares in percent, or
        runs that end before `held` months.

    Examples
    --------
    >>> from lnlab import Parameters, compare
    >>> small = Parameters(n_patients=200, n_centers=2, months=60, launch_month=12)
    >>> both = compare({"shares": {}, "nobody shares": dict(sharing=0)}, n=4, parameters=small, measures="months")
    >>> time_to_goal(both, goal=0.7).arms[["arm", "n", "n_reached", "followed"]]
                 arm  n  n_reached  followed
    0         shares  4          3        48
    1  nobody shares  4          3        48
    """
    import pandas as pd
    one_of("measure", measure, MEASURES)
    goal = number("goal", goal, 0, 1) if measure in SHARES else number("goal", goal)
    held = whole_number("held", held, 1, unit="months")
    table, starts, cautions = _table(results, measure, launch_month)
    rows = [{"arm": arm, "replicate": replicate, **_reach(group, goal, held, measure, starts[arm], arm)}
            for (arm, replicate), group in table.groupby(["arm", "replicate"], sort=False)]
    replicates = pd.DataFrame(rows).sort_values("replicate", kind="stable").sort_values(
        "arm", key=lambda column: column.map({arm: place for place, arm in enumerate(starts)}), kind="stable",
        ignore_index=True)
    arms = pd.DataFrame([_arm(arm, replicates[replicates["arm"] == arm]) for arm in starts])
    paired = "seed" not in table.columns or table.groupby("replicate")["seed"].nunique().max() == 1
    if not paired:
        cautions.append("The arms are not the same networks (they differ in `seed`), so that there are no differences "
                        "of pairs.")
    differences = _differences(replicates, list(starts) if paired else list(starts)[:1])
    cautions += _cautions(arms, differences, replicates, held)
    return TimeToGoal(arms, differences, replicates, goal, held, measure, tuple(cautions))


def _table(results, measure, launch_month):
    """The months as a table with arms, the month of the start of each arm, and cautions."""
    import pandas as pd
    cautions = []
    if isinstance(results, Results):
        if launch_month is not None:
            raise InputError("`launch_month` is known from the results; leave it out.")
        table = results.table
        if "point" in table:
            raise InputError("`results` must be of arms, as compare(...) makes them; these are of a sweep. Choose "
                             "points as arms, by name.")
        starts = dict(zip(results.names or (ALL,), [arm.parameters.launch_month for arm in results.arms]))
        for name, arm in zip(results.names or (ALL,), results.arms):
            first = min((month for month in arm.joins if month is not None), default=starts[name])
            if first != starts[name]:
                cautions.append(f"In {name}, the first center joins in month {first}, but months are counted from "
                                f"`launch_month` ({starts[name]}).")
        lost = results.n_asked - results.n_finished
        if lost:
            cautions.append(f"{lost} of {results.n_asked} runs failed or were not run; they are not in here.")
    elif isinstance(results, pd.DataFrame):
        if launch_month is None:
            raise InputError("`launch_month` must be given with a table: the month in which the network starts.")
        table = results
        start = whole_number("launch_month", launch_month, 0, unit="month")
        if "point" in table.columns and table["point"].nunique() > 1:
            raise InputError("`results` must be of arms, with their names in a column `arm`; this table has the "
                             "points of a sweep.")
        starts = {arm: start for arm in (table["arm"].unique() if "arm" in table.columns else [ALL])}
    else:
        raise InputError(f"`results` must be Results of compare(...) or replicate(...), or a table; got "
                         f"{results!r:.200}.")
    absent = [name for name in ("replicate", "month", measure) if name not in table.columns]
    if absent:
        raise InputError(f"`results` must hold the months, as measures=\"months\" keeps them; there is no column "
                         f"{', '.join(map(repr, absent))}.")
    if not len(table):
        raise InputError("`results` must have at least one finished run; there is none.")
    table = table.assign(arm=ALL) if "arm" not in table.columns else table
    _check_values(table, measure)
    return table, {arm: start for arm, start in starts.items() if (table["arm"] == arm).any()}, cautions


def _check_values(table, measure):
    """Refuse what is no number, or missing where it must not be, and shares in percent: row by row."""
    import pandas as pd
    problems = [f"row {1 + row}: `{name}` is missing" for name in ("replicate", "arm")
                for row in np.flatnonzero(table[name].isna())]
    for name in ("month", measure):
        values = pd.to_numeric(table[name], errors="coerce")
        bad = ~np.isfinite(values) if name not in MAY_LACK else np.isinf(values) | (values.isna() & table[name].notna())
        if name == "month":
            bad |= values != np.floor(values)
        what = "a whole number" if name == "month" else "a number"
        problems += [f"row {1 + row}: `{name}` must be {what}; got {str(table[name].iloc[row]):.60}"
                     for row in np.flatnonzero(bad)]
    refuse("results", problems)
    check_shares("results", table[measure], measure)


def _reach(group, goal, held, measure, start, arm):
    """When one network reached the goal: months, reached, followed."""
    group = group.sort_values("month")
    months, values = group["month"].to_numpy(), group[measure].to_numpy(dtype=float)
    which = f"replicate {group['replicate'].iloc[0]}" + (f" of arm {arm!r}" if arm != ALL else "")
    problems = []
    if len(np.unique(months)) < len(months):
        problems.append(f"{which}: a month comes twice")
    elif (np.diff(months) != 1).any():
        problems.append(f"{which}: a month between {months[0]} and {months[-1]} is missing")
    elif months[0] > start:
        problems.append(f"{which}: the months must begin at the start of the network ({start}) or before; they begin "
                        f"with {months[0]}")
    refuse("results", problems)
    values = values[months >= start]
    if len(values) < held:
        raise InputError(f"`held` must be at most the months since the start of the network ({len(values)} in "
                         f"{which}); got {held}. Run longer.")
    means = np.convolve(values, np.full(held, 1 / held), mode="valid")
    there = np.flatnonzero(means >= goal - 1e-12)
    return {"months": int(there[0]) + held if len(there) else len(values), "reached": bool(len(there)),
            "followed": len(values)}


def _arm(arm, rows):
    share, low, high = share_and_interval(int(rows["reached"].sum()), len(rows))
    median, median_low, median_high = median_time(rows["months"], rows["reached"])
    return {"arm": arm, "n": len(rows), "n_reached": int(rows["reached"].sum()), "share_reached": share, "low": low,
            "high": high, "followed": int(rows["followed"].min()), "median_months": median, "median_low": median_low,
            "median_high": median_high}


def _differences(replicates, arms):
    import pandas as pd
    found, (first, *others) = [], arms
    one = replicates[replicates["arm"] == first]
    for arm in others:
        pairs = replicates[replicates["arm"] == arm].merge(one, on="replicate", suffixes=("", "_first"))
        both = pairs[pairs["reached"] & pairs["reached_first"]]
        horizon = pairs[["followed", "followed_first"]].min(axis=1)
        within = np.minimum(pairs["months"], horizon) - np.minimum(pairs["months_first"], horizon)
        row = {"arm": arm, "against": first, "n_both": len(both)}
        row.update(zip(("difference", "low", "high"), _interval(both["months"] - both["months_first"])))
        row["n"] = len(pairs)
        row.update(zip(("within", "within_low", "within_high"), _interval(within)))
        found.append(row)
    return pd.DataFrame(found, columns=["arm", "against", "n_both", "difference", "low", "high", "n", "within",
                                        "within_low", "within_high"])


def _interval(values):
    if not len(values):
        return np.nan, np.nan, np.nan
    mean, low, high = mean_and_interval(values)
    return (mean, low, high) if len(values) > 1 else (mean, np.nan, np.nan)


def _cautions(arms, differences, replicates, held):
    cautions = []
    at_once = int((replicates["reached"] & (replicates["months"] == held)).sum())
    if at_once:
        first = f"{held} months" if held > 1 else "month"
        cautions.append(f"{at_once} of {len(replicates)} networks {'is' if at_once == 1 else 'are'} at the goal in the "
                        f"first {first}, and may have been before the start: then the months are not what it took.")
    few = arms[arms["n"] < 10]
    if len(few):
        cautions.append("Fewer than 10 networks in an arm say little about when a goal is reached: "
                        + ", ".join(f"{row.arm} ({row.n})" for row in few.itertuples()) + ".")
    not_all = arms[arms["n_reached"] < arms["n"]]
    if len(not_all):
        cautions.append("Not every network reached the goal in the months that were run: "
                        + ", ".join(f"{row.arm} ({row.n - row.n_reached} of {row.n} did not)"
                                    for row in not_all.itertuples())
                        + ". They count as not yet there; a longer run would tell more.")
    if (differences["n_both"] < differences["n"]).any():
        cautions.append("Differences between pairs that both reach the goal leave out the slow ones; the column "
                        "`within` compares all pairs, by the months spent below the goal while they were followed.")
    return cautions


def _months(value):
    return "beyond" if np.isinf(value) else "-" if np.isnan(value) else f"{value:g}"
