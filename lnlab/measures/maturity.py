"""How mature a network is by its own raters, how far they agree, and whether it has changed by more than error."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lnlab.checks import InputError
from lnlab.measures.agreement import (cronbach_alpha, intraclass_correlation, minimal_detectable_change,
                                      standard_error_of_measurement, within_group_agreement)
from lnlab.measures.rating_tables import LEVELS, checked_ratings, wide

FEW_RATERS = 5        # assumed: below it, a spread among raters is called a rough guess
OVERALL = "all domains"


@dataclass(frozen=True, eq=False)
class Maturity:
    """What raters say of networks, by component and by domain.

    Parameters
    ----------
    components : pandas.DataFrame
        network, year, domain, component; mean (of the raters' levels), sd (their disagreement, n - 1; NaN for one
        rater), lowest, highest, n_raters (who gave a level).
    domains : pandas.DataFrame
        network, year, domain; mean (of the component means, each counting the same), sd_components (spread of the
        component means), sd_raters (spread of the raters' own domain means), lowest, highest (component means),
        n_components, n_raters.
    missing : pandas.DataFrame
        network, year, domain, component: what the grid has and nobody rated. It is in no mean.
    cautions : pandas.DataFrame
        network, year, caution: what to bear in mind before anybody reads a number.
    """

    components: pd.DataFrame
    domains: pd.DataFrame
    missing: pd.DataFrame
    cautions: pd.DataFrame


def maturity(ratings, grid=None):
    """Means and disagreement of maturity ratings, for each network and year.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row for each level given: network, year (number), rater, component, level (1 to 5; empty where a rater
        could not say), and domain where the grid has a component in more than one.
    grid : pandas.DataFrame, optional
        As `maturity_grid` returns it. If not given: the domains and components that the ratings name, or lnlab's grid
        for ratings without a domain.

    Returns
    -------
    Maturity
        Without one rating there is no row; nothing is filled in.

    Raises
    ------
    InputError
        With every row that cannot be a rating.

    Examples
    --------
    >>> ratings = pd.DataFrame({"network": "ours", "year": 2026, "rater": ["a", "b"] * 2, "level": [3, 4, 2, 2],
    ...                         "domain": "Data", "component": ["entered once"] * 2 + ["at hand"] * 2})
    >>> found = maturity(ratings)
    >>> found.components[["component", "mean", "sd"]].round(2).to_numpy().tolist()
    [['entered once', 3.5, 0.71], ['at hand', 2.0, 0.0]]
    >>> found.domains["mean"].tolist(), found.cautions["caution"].tolist()
    ([2.75], ['2 raters only: their disagreement is a rough guess.'])
    """
    tidy, grid = checked_ratings(ratings, grid)
    known = tidy.dropna(subset="level")
    keys = ["network", "year", "domain", "component"]
    level = known.groupby(keys, sort=False)["level"]
    components = level.agg(mean="mean", sd="std", lowest="min", highest="max", n_raters="count").reset_index()
    of_domain = components.groupby(keys[:3], sort=False)["mean"]
    domains = of_domain.agg(mean="mean", sd_components="std", lowest="min", highest="max", n_components="count")
    own = known.groupby([*keys[:3], "rater"], sort=False)["level"].mean().groupby(keys[:3], sort=False)
    domains.insert(2, "sd_raters", own.std())
    domains["n_raters"] = own.count()

    occasions = tidy[["network", "year"]].drop_duplicates()
    expected = occasions.merge(grid, how="cross").merge(components[[*keys, "n_raters"]], how="left")
    missing = expected.loc[expected["n_raters"].isna(), keys].reset_index(drop=True)
    return Maturity(components, domains.reset_index(), missing, _cautions(occasions, tidy, components, missing))


def reliability(ratings, grid=None):
    """How far the raters of each network and year agree: look at this before any mean is compared.

    Parameters
    ----------
    ratings, grid
        As in `maturity`. Components that a rater left out do not count here, and the caution says so.

    Returns
    -------
    pandas.DataFrame
        One row for each network, year and domain, and one for "all domains": n_raters, n_components; icc_single
        (ICC(A,1): one rater), icc_low, icc_high (95 %), icc_mean (ICC(A,k): the mean of these raters), icc_mean_low,
        icc_mean_high; r_wg_j; alpha; sd (of all ratings), standard_error and detectable_change (of a single rating,
        from icc_single), detectable_change_mean (of one component's mean over as many raters, drawn anew); caution.
        NaN where there are too few raters or components, and the caution says so.

    Notes
    -----
    What is told apart here are the components of one network in one year. How well ratings tell several networks apart
    is another question, and needs the same coefficient with networks in the rows.

    Examples
    --------
    >>> ratings = pd.DataFrame([dict(network="ours", year=2026, rater=rater, domain="Data", component=name, level=level)
    ...                         for rater, own in {"a": (2, 4, 5), "b": (1, 3, 5), "c": (2, 3, 4)}.items()
    ...                         for name, level in zip(("once", "at hand", "trusted"), own)])
    >>> reliability(ratings)[["domain", "icc_single", "r_wg_j"]].round(2).to_numpy().tolist()
    [['Data', 0.87, 0.94], ['all domains', 0.87, 0.94]]
    """
    tidy, _ = checked_ratings(ratings, grid)
    rows = []
    for (network, year), own in tidy.groupby(["network", "year"], sort=False):
        for domain in [*own["domain"].unique(), OVERALL]:
            table = wide(own if domain == OVERALL else own[own["domain"] == domain])
            rows.append({"network": network, "year": year, "domain": domain, **_agreement(table)})
    return pd.DataFrame(rows)


def change(ratings, first, last, grid=None):
    """By how much each domain of each network changed between two years, and whether that is more than error.

    The error of a domain mean is that of its raters: another set of raters, as lenient or strict as these, would have
    said something else. Their spread is pooled over the two years. Raters count as drawn anew each year; where the
    same people rate twice, part of their error cancels, so that the detectable change given here is then too large
    rather than too small. That people come to mean another thing by the same level is not seen by this or any measure
    of agreement.

    Parameters
    ----------
    ratings, grid
        As in `maturity`.
    first, last : float
        Two years that the ratings have.

    Returns
    -------
    pandas.DataFrame
        One row for each network and domain that was rated in both: mean_first, mean_last, difference (of the components
        rated in both years), standard_error (of one year's domain mean, averaged over the two), detectable_change
        (what chance alone exceeds once in twenty times, by Student's t), more_than_error (True, False or missing),
        n_components, n_raters_first, n_raters_last, caution.

    Raises
    ------
    InputError
        For years that the ratings do not have, and where no network was rated in both.

    Examples
    --------
    >>> ratings = pd.DataFrame([dict(network="ours", year=year, rater=rater, domain="Data", component=name,
    ...                              level=level) for year, rater, name, level in [
    ...     (2024, "a", "once", 2), (2024, "b", "once", 2), (2024, "c", "once", 1), (2026, "a", "once", 4),
    ...     (2026, "b", "once", 5), (2026, "c", "once", 4)]])
    >>> found = change(ratings, 2024, 2026)
    >>> found[["difference", "detectable_change", "more_than_error"]].round(2).to_numpy().tolist()
    [[2.67, 1.31, True]]
    """
    tidy, _ = checked_ratings(ratings, grid)
    for name, year in (("first", first), ("last", last)):
        if year not in set(tidy["year"]):
            years = ", ".join(f"{each:g}" for each in sorted(set(tidy["year"])))
            raise InputError(f"`{name}` must be a year of the ratings ({years}); got {year!r}.")
    if first == last:
        raise InputError(f"`first` and `last` must be two years; got {first!r} twice.")
    known, keys = tidy.dropna(subset="level"), ["network", "domain"]
    known = known[known["year"].isin([first, last])]
    means = known.groupby([*keys, "component", "year"], sort=False)["level"].mean().unstack().reindex(
        columns=[first, last])
    both = means.dropna()
    if both.empty:
        raise InputError(f"`ratings` must have a network with components rated in both {first:g} and {last:g}; got "
                         "none.")
    own = known.set_index([*keys, "component"]).loc[both.index].reset_index()
    scores = own.groupby([*keys, "year", "rater"], sort=False)["level"].mean().groupby([*keys, "year"], sort=False)
    spread, count = (table.unstack().reindex(columns=[first, last]) for table in (scores.var(), scores.count()))
    found = both.groupby(level=keys, sort=False).mean()
    lacking = means.isna().any(axis=1).groupby(level=keys).sum()
    rows = [{"network": network, "domain": domain, "mean_first": one, "mean_last": other, "difference": other - one,
             "n_components": int((both.index.droplevel("component") == (network, domain)).sum()),
             **_error(other - one, spread.loc[network, domain], count.loc[network, domain], lacking[network, domain])}
            for (network, domain), (one, other) in zip(found.index, found.to_numpy())]
    order = ["network", "domain", "mean_first", "mean_last", "difference", "standard_error", "detectable_change",
             "more_than_error", "n_components", "n_raters_first", "n_raters_last", "caution"]
    return pd.DataFrame(rows)[order].astype({"more_than_error": "boolean"})


def _error(difference, variances, counts, left_out):
    """What error of measurement alone can make of a difference of two means; variance between raters, by year."""
    from scipy.stats import t
    counts, freedom = counts.astype(int).tolist(), int(counts.sum()) - 2
    cautions = [f"{left_out} components were rated in one of the years only and are left out."] * int(left_out > 0)
    pooled = factor = np.nan
    if freedom > 0:
        pooled = sum((n - 1) * variance for n, variance in zip(counts, variances.fillna(0))) / freedom
        factor = t.ppf(0.975, freedom)
    if min(counts) < 2:
        cautions.append("One rater only in a year: " + (
            "the spread is that of the other year." if freedom > 0 else "the error is unknown."))
    elif min(counts) < FEW_RATERS:
        cautions.append(f"{min(counts)} raters only: the error is a rough guess.")
    if freedom > 0 and pooled < 1e-12:
        cautions.append("All raters gave the same mean: that there is no error is not to be believed.")
    detectable = factor * (pooled / counts[0] + pooled / counts[1]) ** 0.5
    return {"standard_error": ((pooled / counts[0] + pooled / counts[1]) / 2) ** 0.5, "detectable_change": detectable,
            "more_than_error": pd.NA if np.isnan(detectable) else bool(abs(difference) > detectable),
            "n_raters_first": counts[0], "n_raters_last": counts[1], "caution": " ".join(cautions)}


def _agreement(table):
    """What `reliability` says of one table of ratings, components in rows."""
    whole = table.dropna(how="all").dropna(axis=1, how="all")
    complete = whole.dropna()
    found = {"n_raters": whole.shape[1], "n_components": len(whole), "icc_single": np.nan, "icc_low": np.nan,
             "icc_high": np.nan, "icc_mean": np.nan, "icc_mean_low": np.nan, "icc_mean_high": np.nan,
             "r_wg_j": np.nan, "alpha": np.nan,
             "sd": float(whole.stack().std()) if whole.size else np.nan, "standard_error": np.nan,
             "detectable_change": np.nan, "detectable_change_mean": np.nan, "caution": ""}
    cautions = []
    if whole.shape[1] < 2:
        cautions.append("One rater only: disagreement is unknown." if whole.size else "Nobody rated it.")
    elif len(complete) < 1:
        cautions.append("No component was rated by all raters.")
    else:
        if len(complete) < len(whole):
            cautions.append(f"{len(whole) - len(complete)} of {len(whole)} components were not rated by all and do "
                            "not count.")
        found["r_wg_j"] = within_group_agreement(complete.to_numpy().T, LEVELS).r_wg_j
        found["alpha"] = cronbach_alpha(complete.to_numpy().T).alpha
        if len(complete) < 2:
            cautions.append("One component only: there is no ICC.")
        else:
            icc = intraclass_correlation(complete.to_numpy())
            single, mean = icc.loc["ICC(A,1)"], icc.loc["ICC(A,k)"]
            found |= {"icc_single": single["estimate"], "icc_low": single["low"], "icc_high": single["high"],
                      "icc_mean": mean["estimate"], "icc_mean_low": mean["low"], "icc_mean_high": mean["high"],
                      "sd": float(complete.stack().std())}
            cautions += [single["caution"]] * bool(single["caution"])
            if found["icc_single"] == found["icc_single"]:
                found["standard_error"] = standard_error_of_measurement(found["sd"], found["icc_single"])
                found["detectable_change"] = minimal_detectable_change(found["standard_error"])
                found["detectable_change_mean"] = found["detectable_change"] / complete.shape[1] ** 0.5
        if whole.shape[1] < FEW_RATERS:
            cautions.append(f"{whole.shape[1]} raters only: agreement is a rough guess.")
    return {**found, "caution": " ".join(cautions)}


def _cautions(occasions, tidy, components, missing):
    rows = []
    for network, year in occasions.itertuples(index=False):
        own, seen, lacking, blank = (
            table[(table["network"] == network) & (table["year"] == year)]
            for table in (tidy.dropna(subset="level"), components, missing, tidy[tidy["level"].isna()]))
        n_raters, said = own["rater"].nunique(), []
        if n_raters == 1:
            said.append("One rater only: how far others would disagree is unknown.")
        elif 1 < n_raters < FEW_RATERS:
            said.append(f"{n_raters} raters only: their disagreement is a rough guess.")
        whole = [domain for domain in lacking["domain"].unique() if domain not in set(seen["domain"])]
        if whole:
            said.append(f"Nobody rated {', '.join(whole)}: a total over domains is not comparable.")
        in_part = lacking[~lacking["domain"].isin(whole)]
        if len(in_part):
            said.append(f"Nobody rated {', '.join(in_part['component'])}.")
        if len(seen) and seen["n_raters"].nunique() > 1:
            said.append("Components were rated by different numbers of raters.")
        if len(blank):
            said.append(f"{len(blank)} ratings were left empty.")
        rows += [{"network": network, "year": year, "caution": caution} for caution in said]
    return pd.DataFrame(rows, columns=["network", "year", "caution"])
