"""Raters for a simulated network: what it is gives a true level, and raters see that level with bias and noise.

So it can be asked, where the answer is known, how well maturity is measured and whether it predicts. The map from
states to levels is a table, component by component, and outcomes may not be in it: if how patients fare made the level,
that the level goes with how they fare would say nothing.
"""

import numpy as np
import pandas as pd

from lnlab.checks import InputError, did_you_mean, number, refuse, switch, whole_number
from lnlab.measures.rating_tables import LEVELS, TABLES, check_columns, declared_table, table_of_ratings

OUTCOMES = ("remission_rate", "median_health", "mean_health")
THRESHOLDS = [f"level_{level}" for level in range(2, LEVELS + 1)]


def state_map(own=None, with_levers=False):
    """From which state of a network the level of a component follows, and from which value on.

    lnlab's own map covers what a table of months shows: five components in four domains. Leadership and quality
    improvement leave no column there, so they have no level, unless the states get columns for the levers in force.
    Which state stands for which component, and every threshold, is assumed.

    Parameters
    ----------
    own : pandas.DataFrame or path of a CSV file, optional
        A map of your own: domain, component, state (a column of the states), per (a column to divide it by, or
        empty), level_2 to level_5 (the value from which that level is reached: rising, or falling where less is
        better), and if you like `meaning`.
    with_levers : bool, default False
        Whether lnlab's map also has the three components that need columns `leadership`, `pre_visit_planning` and
        `implementation` in the states: what a network does, as it knows of itself.

    Returns
    -------
    pandas.DataFrame
        domain, component, state, per, level_2 ... level_5, standing ("assumed", or "own"), meaning (of the state, with
        its unit, in words; empty where an own map does not say).

    Raises
    ------
    InputError
        For missing columns, thresholds that are no numbers or out of order, and outcomes (remission_rate,
        median_health, mean_health).

    Examples
    --------
    >>> state_map()[["state", "per", "level_2", "level_5"]].head(2).to_numpy().tolist()
    [['shared_cases', 'cases', 0.05, 0.45], ['active_share', '', 0.2, 0.55]]
    >>> state_map(state_map().head(1).assign(state="remission_rate"))
    Traceback (most recent call last):
    lnlab.checks.InputError: `own` has 1 problem (row 1 is the first row):
    - row 1: remission_rate is an outcome. Rate by what the network is and does, never by how its patients fare.
    """
    if own is None:
        table = pd.read_csv(TABLES / "maturity_states.csv", keep_default_na=False)
        chosen = table if switch("with_levers", with_levers) else table[table["found_in"] == "months"]
        return chosen.drop(columns="found_in").reset_index(drop=True)
    table = declared_table("own", own, ("domain", "component", "state", *THRESHOLDS), ("per", "meaning"))
    problems = [f"row {row}: {cell} is an outcome. Rate by what the network is and does, never by how its patients fare"
                for column in ("state", "per") for row, cell in enumerate(table[column], 1)
                if cell in OUTCOMES or "remission" in cell.lower()]
    values = table[THRESHOLDS].apply(pd.to_numeric, errors="coerce").replace([np.inf, -np.inf], np.nan)
    for row, steps in enumerate(values.to_numpy(), 1):
        if np.isnan(steps).any():
            problems.append(f"row {row}: level_2 to level_5 must be numbers; got "
                            f"{', '.join(table.loc[row - 1, THRESHOLDS])}")
        elif not ((np.diff(steps) > 0).all() or (np.diff(steps) < 0).all()):
            problems.append(f"row {row}: level_2 to level_5 must rise, or fall, at every step; got "
                            f"{', '.join(f'{step:g}' for step in steps)}")
    refuse("own", problems)
    return table.assign(**values, standing="own")[["domain", "component", "state", "per", *THRESHOLDS, "standing",
                                                   "meaning"]]


def true_levels(states, grid_map, month, window=1):
    """The level that each component truly has in a month, by a map from states to levels.

    Parameters
    ----------
    states : pandas.DataFrame
        A row for each month, such as `Run.months`: `month` and the columns that the map names.
    grid_map : pandas.DataFrame or None
        As in `state_map`; None for lnlab's own.
    month : int
    window : int, default 1
        Months that count, `month` the last of them: their mean, or the sum divided by the sum where there is a `per`.

    Returns
    -------
    pandas.DataFrame
        domain, component, value (of the state) and true_level (1 to 5), one row for each component of the map; both
        are missing where the state is (no cases, say, so no share of cases).

    Raises
    ------
    InputError
        For columns or months that the states do not have.

    Examples
    --------
    >>> states = pd.DataFrame({"month": [0, 1], "active_share": [0.2, 0.45]})
    >>> engagement = state_map().query("state == 'active_share'")
    >>> true_levels(states, engagement, 1)[["value", "true_level"]].to_numpy().tolist()
    [[0.45, 4]]
    """
    mapping = state_map(grid_map)
    window, month = whole_number("window", window, 1, unit="months"), whole_number("month", month)
    needed = [*dict.fromkeys([*mapping["state"], *mapping["per"]])]
    check_columns("states", states, ("month",))
    lacking = [name for name in needed if name and name not in states]
    if lacking:
        meant = did_you_mean(lacking[0], [str(name) for name in states])
        raise InputError(f"`states` must have every column that the map names; it lacks {', '.join(lacking)}.{meant} "
                         "Leave those components out of the map, or add the columns.")
    wanted = range(month - window + 1, month + 1)
    rows = states[states["month"].isin(wanted)]
    if len(rows) != window or rows["month"].duplicated().any():
        raise InputError(f"`states` must have each of the months {wanted[0]} to {month} once; got "
                         f"{len(rows)} rows for these {window} months.")
    rows = table_of_ratings(rows[[name for name in needed if name]], "states")
    levels = []
    for _, each in mapping.iterrows():
        of_state = rows[each["state"]].to_numpy()
        if each["per"]:
            below = rows[each["per"]].to_numpy().sum()
            value = of_state.sum() / below if below else np.nan
        else:
            value = of_state.mean()
        levels.append((value, _level(value, each[THRESHOLDS].to_numpy(float))))
    found = mapping[["domain", "component"]].assign(value=[value for value, _ in levels])
    return found.assign(true_level=pd.array([level for _, level in levels], "Int64"))


def rate(states, grid_map, month, n_raters=8, bias=0.4, noise=0.5, seed=1, *, optimism=0.0, window=1,
         network="simulated network", year=None):
    """Let simulated raters rate a simulated network in one month.

    A rater gives the true level, plus a leniency of their own (the same for all components and months), plus noise of
    the moment, plus an optimism that all raters share, rounded and kept within 1 to 5. What all share, no measure of
    agreement can see. With all of these at zero everybody gives the true level. The defaults are assumed.

    Parameters
    ----------
    states, grid_map, month, window
        As in `true_levels`.
    n_raters : int, default 8
    bias, noise : float
        Standard deviations, in levels: between raters, and of a single rating.
    seed : int, default 1
        The same seed gives the same raters, with the same leniency in every month. More raters leave the first ones
        as they are.
    optimism : float, default 0
        By how many levels all raters are too high (below zero: too low).
    network : str
        A name for the table.
    year : float, optional
        The year of the rating; if not given, (month + 1) / 12.

    Returns
    -------
    pandas.DataFrame
        network, year, rater, domain, component, level, true_level: as `maturity` takes it. A component without a
        state in that month is not there.

    Raises
    ------
    InputError
        As `state_map` and `true_levels` do, and for numbers out of range.

    Examples
    --------
    >>> states = pd.DataFrame({"month": [0, 1], "active_share": [0.2, 0.45]})
    >>> engagement = state_map().query("state == 'active_share'")
    >>> rate(states, engagement, 1, n_raters=3, bias=0, noise=0)["level"].tolist()
    [4, 4, 4]
    """
    n_raters, seed = whole_number("n_raters", n_raters, 1), whole_number("seed", seed, 0)
    month = whole_number("month", month)
    bias, noise = number("bias", bias, 0, unit="levels"), number("noise", noise, 0, unit="levels")
    optimism = number("optimism", optimism, unit="levels")
    year = (month + 1) / 12 if year is None else number("year", year)
    true = true_levels(states, grid_map, month, window)
    lenient = np.random.default_rng([seed, 0]).normal(size=n_raters)
    moment = np.random.default_rng([seed, 1, month]).normal(size=(n_raters, len(true)))
    level = true["true_level"].to_numpy(float, na_value=np.nan)
    said = np.clip(np.floor(level + optimism + bias * lenient[:, None] + noise * moment + 0.5), 1, LEVELS)
    table = pd.DataFrame({
        "network": network, "year": year, "rater": np.repeat(np.arange(1, n_raters + 1), len(true)),
        **{name: np.tile(true[name].to_numpy(object), n_raters) for name in ("domain", "component")},
        "level": said.ravel(), "true_level": np.tile(level, n_raters)})
    return table.dropna(subset="level").astype({"level": int, "true_level": int}).reset_index(drop=True)


def _level(value, steps):
    """1 and one more for every threshold that is reached; a mean of twelve times 0.02 has reached 0.02."""
    if np.isnan(value):
        return pd.NA
    beyond = value >= steps if steps[-1] > steps[0] else value <= steps
    return 1 + int((beyond | np.isclose(value, steps, rtol=1e-9, atol=0)).sum())
