"""Agreement and error of measurement equal what R's packages say, and the corners are defined or refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lnlab.checks import InputError
from lnlab.measures import (cronbach_alpha, intraclass_correlation, level_on_time, minimal_detectable_change,
                            standard_error_of_measurement, weighted_kappa, within_group_agreement)

KNOWN = json.loads((Path(__file__).parent / "known" / "measurement.json").read_text(encoding="utf-8"))
RATINGS = np.array(KNOWN["input"]["ratings"])           # 13 raters, 54 components
EXPECTED = KNOWN["expected"]
DOMAINS = range(6)
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def close(value):
    return pytest.approx(value, rel=1e-8)


def of_domain(place):
    return RATINGS[:, 9 * place:9 * place + 9]


@pytest.fixture(scope="module")
def panel():
    levels = np.array(KNOWN["input"]["panel"])
    network, year, component = np.indices(levels.shape)
    return pd.DataFrame({"network": network.ravel() + 1, "year": year.ravel() + 1, "component": component.ravel(),
                         "level": levels.ravel()})


# Equal to other software

@pytest.mark.parametrize("ratings, expected", [
    *((of_domain(place).T, EXPECTED["domains"][place]["icc"]) for place in DOMAINS),
    (RATINGS.T, EXPECTED["overall"]["icc"])])
def test_intraclass_correlations_equal_those_of_irr(ratings, expected):
    found = intraclass_correlation(ratings)
    assert set(found.index) == set(expected)
    for name, known in expected.items():
        row = found.loc[name]
        assert [row["estimate"], row["low"], row["high"], row["F"]] == close([known["value"], *known["ci95"],
                                                                              known["F"]])
        assert (row["n_targets"], row["n_raters"], row["caution"]) == (*ratings.shape, "")


def test_the_six_judges_of_shrout_and_fleiss():
    found = intraclass_correlation(SHROUT_FLEISS)
    assert found["estimate"].round(4).tolist() == [0.1657, 0.2898, 0.6201, 0.7148, 0.9093]
    assert found[["low", "high"]].loc["ICC(A,1)"].round(3).tolist() == [0.019, 0.761]
    assert found[["low", "high"]].loc["ICC(C,1)"].round(3).tolist() == [0.342, 0.946]
    assert found.loc["ICC(C,1)", ["df_1", "df_2"]].tolist() == [5, 15]


@pytest.mark.parametrize("place", DOMAINS)
def test_alpha_and_its_error_equal_those_of_psych(place):
    found, known = cronbach_alpha(of_domain(place)), EXPECTED["domains"][place]
    assert [found.alpha, found.standardized, found.average_correlation] == close(
        [known["alpha_raw"], known["alpha_standardised"], known["average_r"]])
    assert found.if_dropped.tolist() == close(known["alpha_if_dropped"])
    assert [found.mean, found.sd] == close([known["mean"], known["sd_of_rater_scores"]])
    error = standard_error_of_measurement(found.sd, found.alpha)
    assert [error, minimal_detectable_change(error)] == close([known["sem_alpha"], known["mdc95_alpha"]])
    assert "formative" in found.caution


@pytest.mark.parametrize("place", DOMAINS)
def test_agreement_within_a_group_equals_that_of_multilevel(place):
    found, known = within_group_agreement(of_domain(place)), EXPECTED["domains"][place]
    assert found.r_wg_j == close(known["rwg_j"]) and found.components.tolist() == close(known["rwg_items"])


def test_the_error_of_a_single_rating_over_all_components():
    error = standard_error_of_measurement(RATINGS.std(ddof=1),
                                          intraclass_correlation(RATINGS.T).loc["ICC(A,1)", "estimate"])
    assert [error, minimal_detectable_change(error)] == close([EXPECTED["overall"]["sem_icc"],
                                                               EXPECTED["overall"]["mdc95_icc"]])


@pytest.mark.parametrize("known", EXPECTED["kappa"], ids=lambda known: f"raters {known['raters']}")
@pytest.mark.parametrize("weights", ["unweighted", "linear", "quadratic"])
def test_kappa_equals_that_of_psych(known, weights):
    one, other = (RATINGS[rater - 1] for rater in known["raters"])
    found = weighted_kappa(one, other, weights)
    assert [found.kappa, found.exact_agreement, found.within_one] == close(
        [known[weights], known["exact_agreement"], known["within_one"]])
    assert found.table.to_numpy().tolist() == known["table"] and found.n == 54


@pytest.mark.parametrize("model, n_components, adjust", [
    ("polr_all", 54, False), ("polr_domain1", 9, False), ("polr_year_network", 54, True)])
def test_level_on_time_equals_that_of_polr(panel, model, n_components, adjust):
    known = EXPECTED["panel"][model]
    found = level_on_time(panel[panel["component"] < n_components], adjust_for_network=adjust, n_bootstrap=0)
    terms = pd.concat([found.terms.set_index(found.terms["term"].str.replace("network ", "net")),
                       found.thresholds.set_index("threshold")])
    for name, value in {**known["coef"], **known["zeta"]}.items():
        assert terms["estimate"][name] == pytest.approx(value, rel=1e-5)
        assert terms["standard_error"][name] == pytest.approx(known["se"][name], rel=1e-3)
    assert found.log_likelihood == close(known["logLik"]) and found.n_ratings == known["n"]
    assert found.odds_ratio == pytest.approx(known["odds_ratio_per_year"], rel=1e-5)


def test_level_on_time_equals_that_of_statsmodels(panel):
    from statsmodels.miscmodels.ordinal_model import OrderedModel
    some = panel[panel["component"] < 12].assign(year=lambda table: table["year"] ** 2)
    known = OrderedModel(some["level"], some[["year"]], distr="logit").fit(method="bfgs", disp=False, gtol=1e-8)
    found = level_on_time(some, n_bootstrap=0)
    assert found.terms["estimate"][0] == pytest.approx(known.params["year"], rel=1e-4)
    assert found.terms["standard_error"][0] == pytest.approx(known.bse["year"], rel=1e-3)
    assert found.log_likelihood == pytest.approx(known.llf, rel=1e-8)


# The origin of time, and whole networks drawn

def test_where_time_begins_moves_only_the_thresholds(panel):
    found, later = (level_on_time(panel.assign(year=panel["year"] + start), n_bootstrap=50) for start in (0, 2020))
    assert later.terms.drop(columns="term").to_numpy() == pytest.approx(found.terms.drop(columns="term").to_numpy(),
                                                                        rel=1e-7)
    moved = found.thresholds["estimate"] + 2020 * found.terms["estimate"][0]
    assert later.thresholds["estimate"].tolist() == pytest.approx(moved.tolist(), rel=1e-9)


def planted(generator, n_networks=25, slope=0.5, spread=1.0):
    """Ratings whose networks differ in where they stand and in how fast they rise: `slope` on average."""
    rows = []
    for network in range(n_networks):
        start, own = generator.normal(0, 0.5), slope + spread * generator.normal(0, 0.3)
        for year in range(4):
            latent = start + own * (year - 1.5) + generator.logistic(size=10)
            rows += [(network, year, 1 + int(np.sum(each > np.array([-2, -0.7, 0.7, 2])))) for each in latent]
    return pd.DataFrame(rows, columns=["network", "year", "level"])


def test_the_interval_from_networks_holds_what_was_planted_and_the_naive_one_does_not():
    """Networks that rise and fall at different speeds, on average not at all."""
    generator, held, naive = np.random.default_rng(11), 0, 0
    for _ in range(40):
        found = level_on_time(planted(generator, slope=0, spread=2), n_bootstrap=120,
                              seed=3)
        estimate, error = found.terms[["estimate", "standard_error"]].iloc[0]
        held += found.low <= 1 <= found.high
        naive += abs(estimate) < 1.96 * error
    assert held >= 34 > 30 > naive


def test_a_planted_rise_is_found():
    found = level_on_time(planted(np.random.default_rng(1), slope=0.5, spread=0), n_bootstrap=200)
    assert found.low > 1.3 and found.odds_ratio == pytest.approx(np.exp(0.5), rel=0.15) and found.caution == ""


def test_the_same_seed_draws_the_same_networks(panel):
    one, same, other = (level_on_time(panel, n_bootstrap=40, seed=seed) for seed in (1, 1, 2))
    assert one.low == same.low and one.low != other.low
    assert "9 networks only" in one.caution


def test_levels_that_do_not_overlap_have_no_finite_estimate():
    table = pd.DataFrame({"network": [1, 2] * 4, "year": [1] * 4 + [2] * 4, "level": [1] * 4 + [3] * 4})
    found = level_on_time(table, n_bootstrap=10)
    assert np.isnan(found.odds_ratio) and np.isnan(found.low) and "no finite estimate" in found.caution


def test_one_network_has_no_interval(panel):
    found = level_on_time(panel[panel["network"] == 3], n_bootstrap=10)
    assert found.odds_ratio > 1 and np.isnan(found.low) and "One network only" in found.caution
    assert found.n_failed == 0


def test_rows_without_a_level_are_counted(panel):
    some = panel.copy()
    some["level"] = some["level"].astype("Int64")
    some.loc[[3, 5], "level"] = pd.NA
    found = level_on_time(some, n_bootstrap=0)
    assert found.n_ratings == 1942 and "2 rows without a level" in found.caution


@pytest.mark.parametrize("changes, message", [
    (dict(level=6), "level 6 is none of 1, 2, 3, 4, 5"), (dict(level=2.5), "level 2.5 is none of"),
    (dict(level="high"), "row 1, column level: 'high' is not a number"),
    (dict(year=2020), "at least two values in `year`"),
    (dict(level=2), "at least two values in `level`"), (dict(year=np.nan), "`year` is empty"),
    (dict(network=None), "`network` is empty")])
def test_a_panel_that_cannot_be_used(panel, changes, message):
    with pytest.raises(InputError, match=message):
        level_on_time(panel.assign(**changes), n_bootstrap=0)


# Corners

def test_undefined_is_said_and_never_a_number():
    alike = intraclass_correlation(np.full((4, 3), 2))
    assert alike["estimate"].isna().all() and "nothing to tell apart" in alike["caution"].iloc[0]
    kappa = weighted_kappa([2, 2, 2], [2, 2, 2])
    assert np.isnan(kappa.kappa) and kappa.exact_agreement == 1 and "undefined" in kappa.caution
    lone = within_group_agreement([[1, 2, 3]])
    assert np.isnan(lone.r_wg_j) and "at least two raters" in lone.caution
    assert np.isnan(cronbach_alpha([[1, 2, 3]]).alpha)
    assert np.isnan(cronbach_alpha([[1], [2], [3]]).alpha)


def test_full_agreement():
    ratings = np.repeat([[1], [3], [5]], 4, axis=1)
    found = intraclass_correlation(ratings)
    assert found.loc[["ICC(1)", "ICC(C,1)", "ICC(C,k)"], "estimate"].tolist() == [1, 1, 1]
    assert found.loc[["ICC(A,1)", "ICC(A,k)"], "estimate"].tolist() == [1, 1]
    assert "agree on everything" in found["caution"].iloc[0]
    assert within_group_agreement(ratings.T).r_wg_j == 1
    assert weighted_kappa(ratings[:, 0], ratings[:, 1]).kappa == 1


def test_leniency_lowers_agreement_and_leaves_consistency():
    ratings = np.array(SHROUT_FLEISS)
    lenient = intraclass_correlation(ratings + [0, 3, 0, 0])
    found = intraclass_correlation(ratings)
    assert lenient.loc["ICC(C,1)", "estimate"] == pytest.approx(found.loc["ICC(C,1)", "estimate"])
    assert lenient.loc["ICC(A,1)", "estimate"] != pytest.approx(found.loc["ICC(A,1)", "estimate"])
    assert intraclass_correlation(ratings + 100).loc["ICC(A,1)", "estimate"] == pytest.approx(
        found.loc["ICC(A,1)", "estimate"])


def test_raters_who_differ_more_than_chance_agree_to_no_extent():
    found = within_group_agreement([[1, 5], [5, 1], [1, 5], [5, 1]])
    assert found.r_wg_j == 0 and found.components.tolist() == [0, 0]
    assert within_group_agreement([[1, 2], [3, 4]], null_variance=2).r_wg_j == 0      # as much as chance, exactly


def test_what_is_missing_is_left_out_and_said():
    holed = RATINGS[:, :9].astype(float).T.copy()
    holed[4, 2] = np.nan
    found = intraclass_correlation(holed)
    assert found["estimate"].tolist() == close(
        intraclass_correlation(np.delete(holed, 4, axis=0))["estimate"].tolist())
    assert (found["n_targets"] == 8).all() and "1 of 9 targets" in found["caution"].iloc[0]
    group = within_group_agreement(holed.T)
    assert group.n_raters == 12 and group.r_wg_j == close(within_group_agreement(np.delete(holed.T, 2, axis=0)).r_wg_j)
    pair = weighted_kappa(holed[:, 2], holed[:, 3])
    assert pair.n == 8 and "1 of 9 targets" in pair.caution
    assert "1 of 117 ratings are missing" in cronbach_alpha(holed.T).caution


def test_a_component_without_variance_is_left_out_of_alpha_by_name():
    table = pd.DataFrame(of_domain(0)).assign(same=3)
    found = cronbach_alpha(table)
    assert found.alpha == close(EXPECTED["domains"][0]["alpha_raw"]) and found.n_components == 9
    assert "same" in found.caution and np.isnan(found.if_dropped["same"])


def test_two_components_have_no_alpha_without_one_of_them():
    found = cronbach_alpha(of_domain(0)[:, :2])
    assert found.if_dropped.isna().all() and -1 < found.alpha < 1


def test_a_table_the_wrong_way_round_is_refused():
    components, raters = pd.Index(range(9), name="component"), pd.Index(range(13), name="rater")
    wide = pd.DataFrame(of_domain(0).T, components, raters)
    intraclass_correlation(wide), cronbach_alpha(wide.T), within_group_agreement(wide.T)
    for measure, table in ((intraclass_correlation, wide.T), (cronbach_alpha, wide), (within_group_agreement, wide)):
        with pytest.raises(InputError, match="other way round"):
            measure(table)


@pytest.mark.parametrize("call, message", [
    (lambda: intraclass_correlation([[1, 2, 3]]), "at least two raters .* and two targets"),
    (lambda: intraclass_correlation([[1], [2], [3]]), "got 1 and 3"),
    (lambda: intraclass_correlation([[1, "two"], [3, 4]]), "row 1, column 1: 'two' is not a number"),
    (lambda: intraclass_correlation([[1, True], [3, np.inf]]), "has 2 problems"),
    (lambda: intraclass_correlation([]), "empty table"),
    (lambda: intraclass_correlation(pd.DataFrame({"a": [np.nan, 1], "b": [1, np.nan]})), "got 2 and 0"),
    (lambda: weighted_kappa([1, 2], [1]), "the same targets; got 2 and 1"),
    (lambda: weighted_kappa([1, 2], [1, 6]), "`second` must hold whole levels from 1 to 5; got row 2: 6"),
    (lambda: weighted_kappa([1, 2.5], [1, 2]), "row 2: 2.5"),
    (lambda: weighted_kappa([1, 2], [1, 2], "squared"), "must be one of 'quadratic'"),
    (lambda: weighted_kappa([np.nan, 2], [1, None]), "both have rated at least one target"),
    (lambda: within_group_agreement([[1, 6], [0, 3]]), "row 1, column 1: 6 does not lie between 1 and 5"),
    (lambda: within_group_agreement([[1, 2], [2, 3]], null_variance=0), "`null_variance` must be above 0"),
    (lambda: within_group_agreement([[1, 2], [2, 3]], levels=1), "`levels`"),
    (lambda: standard_error_of_measurement(0.5, 1.2), "`reliability` must be at most 1; got 1.2"),
    (lambda: standard_error_of_measurement(-0.5, 0.2), "`sd`"),
    (lambda: standard_error_of_measurement(0.5, np.nan), "`reliability`"),
    (lambda: minimal_detectable_change(-1), "`standard_error`")])
def test_what_cannot_be_measured_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_nothing_given_is_changed():
    table = pd.DataFrame(of_domain(1)).astype(float)
    before = table.copy()
    intraclass_correlation(table.T), cronbach_alpha(table), within_group_agreement(table)
    pd.testing.assert_frame_equal(table, before)
