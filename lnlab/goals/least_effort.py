"""Better: which mix of levers reaches a goal at least effort, from where a network stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lnlab.checks import InputError, number, one_of, refuse
from lnlab.goals.mixes import in_words
from lnlab.goals.told import check_shares, in_html, in_text
from lnlab.parameters import LEVERS, checked_value, declared
from lnlab.population import checked_parameters
from lnlab.tables import SHARES

SAME = 1e-9             # efforts that differ by less are the same


@dataclass(frozen=True, eq=False, repr=False)
class LeastEffort:
    """Which mixes of levers reach a goal at least effort. Made by `least_effort`.

    Parameters
    ----------
    mixes : pandas.DataFrame
        A row for each mix, by effort and then by outcome: the levers, effort, n (networks), outcome (mean over
        networks), standard_error (of that mean), reaches (bool: the outcome is at least the goal), surely (by at least
        one standard error), difference (of the outcome to that of the best, in the mean of pairs) with
        difference_error (its standard error), and as_good (bool; see `least_effort`).
    best : dict or None
        The row of the best mix; None if no mix reaches the goal.
    nearest : dict
        The row of the mix with the highest outcome (of these the one of least effort): the nearest, if none reaches.
    goal : float
    measure : str
    levers : tuple of str
    weights : dict of str to float
    start : dict of str to float
    cautions : tuple of str
    """

    mixes: object = field(repr=False)
    best: object
    nearest: dict
    goal: float
    measure: str
    levers: tuple
    weights: dict
    start: dict
    cautions: tuple = ()

    @property
    def as_good(self):
        """The rows of `mixes` that are as good as the best, the best first, the others by effort."""
        rows = self.mixes[self.mixes["as_good"]]
        return rows.loc[sorted(rows.index, key=lambda row: (row != self.best["row"], row))]

    def __repr__(self):
        return in_text(self._first(), self._shown(), self.cautions)

    def _repr_html_(self):
        return in_html(self._first(), self._shown(), self.cautions)

    def _first(self):
        weighed = " + ".join(f"{weight:g} x ({lever} - {self.start[lever]:g})"
                             for lever, weight in self.weights.items())
        if self.best is None:
            return (f"No mix reaches {self._said(self.goal)} ({self.measure}); the nearest comes to "
                    f"{self._said(self.nearest['outcome'])}. Effort = {weighed}.")
        n = int(self.mixes["as_good"].sum()) - 1
        others = (f", and {n} that {'is' if n == 1 else 'are'} as good (within one standard error)" if n else
                  "; no other is as good")
        return (f"The mix that reaches {self._said(self.goal)} ({self.measure}) at least effort{others}. "
                f"Effort = {weighed}.")

    def _shown(self):
        import pandas as pd
        rows = self.mixes.loc[[self.nearest["row"]]] if self.best is None else self.as_good
        shown = rows[list(self.levers)].copy()
        shown["effort"] = rows["effort"].round(3)
        shown[self.measure] = [f"{self._said(row.outcome)} (standard error {self._error(row.standard_error)})"
                               for row in rows.itertuples()]
        if self.best is not None:
            shown["against the best"] = ["the best" if index == self.best["row"] else self._difference(row)
                                         for index, row in rows.iterrows()]
        return pd.DataFrame(shown)

    def _said(self, value):
        return f"{100 * value:.1f} %" if self.measure in SHARES else f"{value:.3g}"

    def _difference(self, row):
        of_share = self.measure in SHARES
        difference = f"{100 * row['difference']:+.2f} points" if of_share else f"{row['difference']:+.3g}"
        return f"{difference} (standard error {self._error(row['difference_error'])})"

    def _error(self, value):
        return f"{100 * value:.2f}" if self.measure in SHARES else f"{value:.2g}"


def least_effort(mixes, goal, weights, start, measure="remission_rate"):
    """Which mixes of levers reach a goal at least effort, from where a network stands.

    The effort of a mix is the sum over levers of weight x (value - value at the start). The best is the mix of least
    effort among those whose outcome, in the mean over networks, is at least the goal (of several with the same effort,
    the one with the better outcome). As good as the best is every mix that asks for no more effort and whose outcome
    is not lower than the best's by more than one standard error of their paired difference (network by network, the
    same people with the same luck): cheaper mixes that just miss the goal are among them, because luck could have
    turned them round.

    Parameters
    ----------
    mixes : Results or pandas.DataFrame
        As `try_mixes` or ``sweep(full_grid(...), n=...)`` gives it: columns for the levers, replicate, and the
        measure; a row for each mix and network, all mixes in the same networks.
    goal : float
        In the unit of the measure; more is better.
    weights : dict of str to float
        What a lever costs, per unit of it: none below 0, and one above. Its keys are the levers (one or more).
    start : dict of str to float, or Parameters
        Where the levers stand. Mixes with a lever below it are left out, and a caution says how many: to take something
        back is no step toward a goal.
    measure : str, default "remission_rate"

    Returns
    -------
    LeastEffort

    Raises
    ------
    InputError
        For unknown levers, weights that are no costs, no mix at or above the start, or mixes that were not run in the
        same networks.

    Examples
    --------
    >>> import pandas as pd
    >>> mixes = pd.DataFrame({"sharing": [0, 0, 1, 1, 0, 0, 1, 1], "registry": [0, 1, 0, 1, 0, 1, 0, 1],
    ...                       "replicate": 4 * [0] + 4 * [1],
    ...                       "remission_rate": [.60, .71, .72, .8, .62, .75, .70, .8]})
    >>> found = least_effort(mixes, 0.7, {"sharing": 2, "registry": 1}, {"sharing": 0, "registry": 0})
    >>> {name: float(found.best[name]) for name in ("sharing", "registry", "effort")}
    {'sharing': 0.0, 'registry': 1.0, 'effort': 1.0}
    """
    import pandas as pd
    weights = _checked_weights(weights)
    levers = tuple(weights)
    if not isinstance(measure, str) or measure in (*LEVERS, "replicate"):
        raise InputError(f"`measure` must be the column of an outcome, as in 'remission_rate'; got {measure!r:.200}.")
    table, lost = _table(mixes, levers, measure)
    start = _checked_start(start, levers)
    goal = number("goal", goal, 0, 1) if measure in SHARES else number("goal", goal)
    wide, cautions = _wide(table, levers, measure, lost)
    wide, cautions = _from_start(wide, cautions, start)
    values, n = wide.to_numpy(), wide.shape[1]
    found = pd.DataFrame(list(wide.index), columns=list(levers))
    found["effort"] = sum(weight * (found[lever] - start[lever]) for lever, weight in weights.items())
    found["n"], found["outcome"] = n, values.mean(axis=1)
    found["standard_error"] = values.std(axis=1, ddof=1) / n**0.5 if n > 1 else np.nan
    found["reaches"] = found["outcome"] >= goal - 1e-12
    found["surely"] = found["outcome"] - found["standard_error"] >= goal - 1e-12
    found["effort"] = found["effort"].round(12) + 0.0
    order = found.sort_values(["effort", "outcome"], ascending=[True, False], kind="stable").index
    found, values = found.loc[order].reset_index(drop=True), values[order]
    at = int(found["reaches"].to_numpy().argmax()) if found["reaches"].any() else None
    if at is not None:      # of equal effort, the better outcome: efforts may differ in their last digits
        ties = found.index[found["reaches"] & (found["effort"] <= found.loc[at, "effort"] + SAME)]
        at = int(found.loc[ties, "outcome"].idxmax())
    found = _against(found, values, at)
    nearest = int(found["outcome"].idxmax())
    cautions += _cautions(found, at, levers)
    best = None if at is None else {"row": at, **found.loc[at].to_dict()}
    return LeastEffort(found, best, {"row": nearest, **found.loc[nearest].to_dict()}, goal, measure, levers, weights,
                       start, tuple(cautions))


def _checked_weights(weights):
    if not isinstance(weights, Mapping) or not weights:
        raise InputError("`weights` must be a dict with the weight of each lever, as in {'sharing': 1, 'registry': 2}; "
                         f"got {weights!r:.200}.")
    checked = {one_of("weights", lever, LEVERS): number(f"weights[{lever!r}]", weight, low=0)
               for lever, weight in weights.items()}
    if not any(checked.values()):
        raise InputError("`weights` must have at least one above 0; if nothing costs anything, every mix is best.")
    return checked


def _checked_start(start, levers):
    if not isinstance(start, Mapping):
        parameters = checked_parameters(start)
        return {lever: getattr(parameters, lever) for lever in levers}
    for lever in start:
        one_of("start", lever, LEVERS)
    absent = [lever for lever in levers if lever not in start]
    if absent:
        raise InputError(f"`start` must say where each lever stands; {', '.join(map(repr, absent))} "
                         f"{'is' if len(absent) == 1 else 'are'} missing.")
    return {lever: checked_value(lever, start[lever]) for lever in levers}


def _table(mixes, levers, measure):
    """The table of the runs, and how many runs are lost; an InputError for what it lacks."""
    import pandas as pd
    lost = getattr(mixes, "n_asked", 0) - getattr(mixes, "n_finished", 0)
    table = getattr(mixes, "table", mixes)
    if not isinstance(table, pd.DataFrame) or not len(table):
        raise InputError(f"`mixes` must be a table of runs, as try_mixes(...) or sweep(...) gives it; got "
                         f"{mixes!r:.200}.")
    absent = [name for name in (*levers, "replicate", measure) if name not in table.columns]
    if absent:
        raise InputError(f"`mixes` must have the columns {', '.join(map(repr, absent))}; it has "
                         f"{', '.join(map(repr, table.columns))}."[:600])
    others = [name for name in table.columns if name in LEVERS and name not in levers and table[name].nunique() > 1]
    if others:
        raise InputError("`weights` must name every lever that differs between the mixes; "
                         f"{', '.join(map(repr, others))} has none. A lever that costs nothing has the weight 0.")
    return table, lost


def _wide(table, levers, measure, lost):
    """The measure with a row for each mix and a column for each network, and cautions."""
    import pandas as pd
    cautions, problems = [], []
    numbers = table[[*levers, measure]].apply(pd.to_numeric, errors="coerce")
    bad = np.flatnonzero(~np.isfinite(numbers.to_numpy(dtype=float)).all(axis=1) | table["replicate"].isna())
    problems += [f"row {1 + row}: the levers, the replicate and the outcome must all be numbers" for row in bad]
    for lever in levers:
        about = declared(lever)
        problems += [f"row {1 + row}: `{lever}` must lie between {about['low']:g} and {about['high']:g}; got "
                     f"{numbers[lever].iloc[row]:g}" for row in
                     np.flatnonzero((numbers[lever] < about["low"]) | (numbers[lever] > about["high"]))]
    refuse("mixes", problems)
    check_shares("mixes", numbers[measure], measure)
    whole = numbers.round(12).assign(replicate=table["replicate"].to_numpy())
    twice = whole.duplicated([*levers, "replicate"])
    if twice.any():
        row = int(np.flatnonzero(twice)[0])
        raise InputError(f"`mixes` must have one row for each mix and replicate; row {1 + row} repeats an earlier one. "
                         "If something else differs between them, choose one value of it.")
    wide = whole.set_index([*levers, "replicate"])[measure].unstack("replicate")
    if len(levers) == 1:
        wide.index = pd.MultiIndex.from_arrays([wide.index], names=levers)
    lacking = wide.isna().any(axis=0)
    if lacking.all():
        raise InputError("`mixes` must have been run in the same networks; no replicate has all of the mixes. Run them "
                         "again, paired.")
    if lacking.any():
        cautions.append(f"{lacking.sum()} of {len(lacking)} networks were left out because they lack some of the "
                        "mixes.")
    if lost > 0:
        cautions.append(f"{lost} runs failed or were not run.")
    if "seed" in table.columns and table.groupby("replicate")["seed"].nunique().max() > 1:
        raise InputError("`mixes` must be paired: the same networks for every mix. A replicate here has several seeds; "
                         "sweep with paired=True.")
    wide = wide.loc[:, ~lacking]
    if wide.shape[1] < 10:
        cautions.append(f"{wide.shape[1]} network{'s' * (wide.shape[1] != 1)} for each mix "
                        f"{'is' if wide.shape[1] == 1 else 'are'} few; standard errors are themselves uncertain."
                        if wide.shape[1] > 1 else "One network for each mix: there are no standard errors, and no mix "
                        "can be told to be as good as another.")
    return wide, cautions


def _from_start(wide, cautions, start):
    """The mixes that take nothing back."""
    stands = np.array([start[lever] for lever in wide.index.names])
    values = np.array([list(mix) for mix in wide.index], dtype=float)
    below = (values < stands - SAME).any(axis=1)
    if below.all():
        raise InputError("`mixes` must have one with every lever where it stands at the start, or above; none has. The "
                         f"start is {in_words(start, start.values())}.")
    if below.any():
        cautions = [*cautions, f"{below.sum()} of {len(below)} mixes were left out because a lever is below the start "
                               f"({in_words(start, start.values())})."]
    return wide[~below], cautions


def _against(found, values, at):
    """`found` with each mix against the best, in pairs, and which are as good."""
    if at is None:
        return found.assign(difference=np.nan, difference_error=np.nan, as_good=False)
    pairs = values - values[at]
    error = pairs.std(axis=1, ddof=1) / pairs.shape[1]**0.5 if pairs.shape[1] > 1 else np.zeros(len(pairs))
    difference = pairs.mean(axis=1)
    as_good = (found["effort"] <= found.loc[at, "effort"] + SAME) & (difference >= -error - 1e-12)
    return found.assign(difference=difference, difference_error=error if pairs.shape[1] > 1 else np.nan,
                        as_good=as_good)


def _cautions(found, at, levers):
    if at is None:
        return ["No mix of these reaches the goal. Try higher values, another lever, more time, or a nearer goal."]
    if found.loc[at, "surely"] or found["standard_error"].isna().any():
        return []
    sure = found[found["surely"]]
    more = "no mix reaches it by more"
    if len(sure):
        mix = sure.iloc[0]
        more = (f"the first that reaches it by more is {in_words(levers, mix[list(levers)])}, with an effort of "
                f"{mix['effort']:.3g}")
    return [f"The best reaches the goal by less than one standard error, so that it may fall short; {more}."]
