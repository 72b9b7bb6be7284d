"""Regressions against R's numbers and closed forms; what cannot be fitted says why."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from lnlab.analysis import curve, diagnostics, marginal_effects, regression, side_by_side
from lnlab.analysis.regression.formulas import terms_again
from lnlab.analysis.regression.separation import separating
from lnlab.checks import InputError

KNOWN = json.loads((Path(__file__).parent / "known" / "regression.json").read_text(encoding="utf-8"))
PANEL, SERIES, EXPECTED = pd.DataFrame(KNOWN["panel"]), pd.DataFrame(KNOWN["series"]), KNOWN["expected"]
ITS = "y ~ time + post + time_after"


def matches(fit, expected, tolerance):
    for column in ("estimate", "standard_error"):
        assert fit.estimates[column].tolist() == pytest.approx(expected[column], rel=tolerance)


def two_groups(a=30, b=10, c=18, d=22):
    """Two arms: `a` well and `b` not with 1, `c` and `d` with 0."""
    return pd.DataFrame({"arm": [1] * (a + b) + [0] * (c + d), "well": [1] * a + [0] * b + [1] * c + [0] * d})


def study(n=400, seed=1):
    luck = np.random.default_rng(seed)
    table = pd.DataFrame({"x": luck.normal(size=n), "arm": luck.integers(0, 2, n), "age": luck.uniform(2, 18, n),
                          "kind": luck.choice(["mild", "severe", "unknown"], n), "center": luck.integers(0, 50, n)})
    share = 1 / (1 + np.exp(-(0.3 + 0.8 * table["x"] - 0.6 * table["arm"] * table["x"] + 0.05 * table["age"])))
    return table.assign(well=(luck.random(n) < share).astype(int),
                        health=table["x"] + 2 * table["arm"] * table["x"] + np.sin(table["age"]) + luck.normal(size=n),
                        visits=luck.poisson(np.exp(0.4 + 0.3 * table["x"])))


# Known answers of other software

def test_least_squares_and_errors_robust_to_unequal_variance_are_those_of_r():
    expected = EXPECTED["its"]
    matches(regression(ITS, SERIES), expected, 1e-8)
    robust = regression(ITS, SERIES.assign(month=range(40)), cluster="month")
    assert robust.estimates["standard_error"].tolist() == pytest.approx(expected["hc1"], rel=1e-8)


@pytest.mark.parametrize("case, family, correlation", [
    ("gee_gaussian_exch", None, "exchangeable"), ("gee_gaussian_ind", None, "independence"),
    ("gee_binomial_exch", "binomial", "exchangeable"), ("gee_binomial_ind", "binomial", "independence")])
def test_estimating_equations_are_those_of_geepack(case, family, correlation):
    formula = f"{'remission' if family else 'score'} ~ month + arm"
    fit = regression(formula, PANEL, "gee", family, "center", correlation, small_samples=False)
    matches(fit, EXPECTED[case], 1e-6)
    alpha = EXPECTED[case]["correlation"]
    assert np.isnan(fit.cluster_correlation) if alpha is None else fit.cluster_correlation == pytest.approx(alpha, 1e-6)


@pytest.mark.parametrize("case, formula, slope", [
    ("random_intercept_REML", "score ~ month + arm", None), ("random_intercept_ML", "score ~ month + arm", None),
    ("random_slope_REML", "score ~ month + arm", "month"), ("random_slope_ML", "score ~ month + arm", "month"),
    ("null_REML", "score ~ 1", None)])
def test_mixed_models_are_those_of_lme4(case, formula, slope):
    fit = regression(formula, PANEL, "mixed", cluster="center", small_samples=case.endswith("REML"), slope=slope)
    expected = EXPECTED[case]
    matches(fit, expected, 1e-5)
    variances = fit.variances["variance"].tolist()
    assert variances[0] == pytest.approx(expected["between"], rel=1e-5)
    assert variances[-1] == pytest.approx(expected["within"], rel=1e-6)
    if slope:
        assert variances[1] == pytest.approx(expected["slope"], rel=1e-4)
    else:
        share = expected["between"] / (expected["between"] + expected["within"])
        assert fit.cluster_correlation == pytest.approx(share, rel=1e-5)
    assert fit.fitted.fe_params.tolist() == pytest.approx(expected["estimate"], rel=1e-5)


def test_degrees_of_freedom_tell_what_varies_between_centers_from_what_varies_within():
    fit = regression("score ~ month + arm", PANEL, "mixed", cluster="center")
    assert fit.degrees.tolist() == [10, 386 - 12 - 1, 10]      # Satterthwaite's, by lmerTest: 11.9, 373.3, 10.0
    sloped = regression("score ~ month + arm", PANEL, "mixed", cluster="center", slope="month")
    assert sloped.degrees.tolist() == [10, 11, 10]              # lmerTest: 10.9, 11.2, 10.0


# Closed forms

def test_a_logistic_regression_of_two_groups_is_their_odds_ratio_and_its_effect_their_difference():
    fit = regression("well ~ arm", two_groups(), "glm", "binomial")
    row = fit.estimates.set_index("term").loc["arm"]
    assert row["estimate"] == pytest.approx(np.log(30 * 22 / (10 * 18)))
    assert row["standard_error"] == pytest.approx(np.sqrt(1 / 30 + 1 / 10 + 1 / 18 + 1 / 22))
    effect = marginal_effects(fit, "arm").iloc[0]
    error = np.sqrt(0.75 * 0.25 / 40 + 0.45 * 0.55 / 40)
    assert effect["estimate"] == pytest.approx(0.3) and effect["standard_error"] == pytest.approx(error)
    assert (effect["low"], effect["high"]) == pytest.approx((0.3 - 1.959964 * error, 0.3 + 1.959964 * error), abs=1e-7)
    assert effect["p"] == pytest.approx(2 * stats.norm.sf(0.3 / error))


def test_counts_and_positive_outcomes_of_two_groups_are_ratios_of_means():
    table = pd.DataFrame({"arm": [0] * 20 + [1] * 20, "n": [1, 2, 3, 4] * 5 + [4, 6, 5, 5] * 5})
    poisson = regression("n ~ arm", table, "glm", "poisson").estimates.iloc[1]
    assert poisson["estimate"] == pytest.approx(np.log(2)) and poisson["standard_error"] == pytest.approx(
        np.sqrt(1 / 50 + 1 / 100))
    gamma = regression("n ~ arm", table, "glm", "gamma")
    assert gamma.estimates["estimate"].iloc[1] == pytest.approx(np.log(2)) and gamma.degrees.tolist() == [38, 38]
    assert marginal_effects(gamma, "arm")["estimate"].iloc[0] == pytest.approx(2.5)


@pytest.mark.parametrize("offset, unit", [(0, 1), (1e6, 1), (0, 1e-7)])
def test_a_balanced_mixed_model_is_the_analysis_of_variance(offset, unit):
    outcome = np.array([[3.0, 4, 5], [7, 9, 8], [1, 2, 0], [5, 5, 8]])
    table = pd.DataFrame({"y": offset + unit * outcome.ravel(), "center": np.repeat([*"abcd"], 3)})
    fit = regression("y ~ 1", table, "mixed", cluster="center")
    within = outcome.var(axis=1, ddof=1).mean()
    between = outcome.mean(axis=1).var(ddof=1)
    assert (fit.variances["variance"] / unit**2).tolist() == pytest.approx([between - within / 3, within], rel=1e-5)
    row = fit.estimates.iloc[0]
    assert row["estimate"] == pytest.approx(offset + unit * outcome.mean()) and row["standard_error"] / unit == (
        pytest.approx(np.sqrt(between / 4), rel=1e-5))


def test_clusters_that_differ_by_chance_only_have_no_variance_between_them_and_say_so():
    table = pd.DataFrame({"y": [1.0, 2, 3, 4] * 3, "x": [0, 1, 1, 0] * 3, "center": np.repeat([0, 1, 2], 4)})
    fit = regression("y ~ x", table, "mixed", cluster="center")
    plain = regression("y ~ x", table)
    matches(fit, plain.estimates, 1e-6)
    assert fit.cluster_correlation < 1e-6 and any("No variance between clusters" in each for each in fit.cautions)


def test_errors_robust_to_clusters_are_the_sandwich():
    table = study()
    for method, family in (("ols", None), ("glm", "poisson")):
        fit = regression("visits ~ x + arm", table, method, family, cluster="center")
        terms, residual = fit.terms.to_numpy(), table["visits"] - fit.fitted.fittedvalues
        weight = fit.fitted.fittedvalues.to_numpy() if family else np.ones(400)
        bread = np.linalg.inv(terms.T @ (weight[:, None] * terms))
        scores = pd.DataFrame(terms * residual.to_numpy()[:, None]).groupby(table["center"].to_numpy()).sum().to_numpy()
        correction = 50 / 49 * 399 / 397
        assert fit.covariance.to_numpy() == pytest.approx(correction * bread @ scores.T @ scores @ bread, rel=1e-6)
        assert fit.degrees.tolist() == [49] * 3 and fit.n_clusters == 50


def test_errors_for_few_clusters_are_mancl_and_derouens():
    fit = regression("score ~ month + arm", PANEL, "gee", cluster="center", correlation="independence")
    terms, center = fit.terms.to_numpy(), PANEL["center"].to_numpy()
    bread = np.linalg.inv(terms.T @ terms)
    residual = PANEL["score"].to_numpy() - terms @ fit.estimates["estimate"].to_numpy()
    filling = np.zeros((3, 3))
    for each in np.unique(center):
        own = terms[center == each]
        score = own.T @ np.linalg.solve(np.eye(len(own)) - own @ bread @ own.T, residual[center == each])
        filling += np.outer(score, score)
    assert fit.covariance.to_numpy() == pytest.approx(bread @ filling @ bread, rel=1e-6)
    assert fit.degrees.tolist() == [9] * 3
    larger = fit.estimates["standard_error"] / EXPECTED["gee_gaussian_ind"]["standard_error"]
    assert (larger > 1).all()


# Effects on the scale of the outcome

def test_the_effect_of_a_lone_straight_term_is_its_estimate():
    fit = regression("health ~ x + age", study(), cluster="center")
    effect = marginal_effects(fit, "x").iloc[0]
    assert effect[["estimate", "standard_error", "low", "high", "p"]].tolist() == pytest.approx(
        fit.estimates.iloc[1, 1:].tolist(), rel=1e-6)


def test_interactions_are_averaged_over_the_rows_and_by_group():
    table = study()
    fit = regression("health ~ x * arm", table)
    value = fit.estimates.set_index("term")["estimate"]
    assert marginal_effects(fit, "x")["estimate"].iloc[0] == pytest.approx(value["x"] + value["x:arm"]
                                                                         * table["arm"].mean())
    by_arm = marginal_effects(fit, "x", by="arm")
    assert by_arm["estimate"].tolist() == pytest.approx([value["x"], value["x"] + value["x:arm"]])
    variance = fit.covariance.loc[["x", "x:arm"], ["x", "x:arm"]].to_numpy().sum()
    assert by_arm["standard_error"].iloc[1] == pytest.approx(np.sqrt(variance), rel=1e-6)
    assert by_arm["n_rows"].tolist() == table.groupby("arm").size().tolist()


def test_average_slopes_of_a_logistic_regression_are_those_of_statsmodels():
    table = study()
    fit = regression("well ~ x * arm + age", table, "glm", "binomial")
    simple = regression("well ~ x + age", table, "glm", "binomial")
    theirs = sm.Logit(simple.outcome, simple.terms).fit(disp=0).get_margeff()
    ours = pd.concat([marginal_effects(simple, each) for each in ("x", "age")])
    assert ours["estimate"].tolist() == pytest.approx(theirs.margeff, rel=1e-6)
    assert ours["standard_error"].tolist() == pytest.approx(theirs.margeff_se, rel=1e-6)
    one, other = (fit.fitted.predict(fit.terms.assign(arm=arm, **{"x:arm": arm * table["x"]})) for arm in (1, 0))
    assert marginal_effects(fit, "arm")["estimate"].iloc[0] == pytest.approx((one - other).mean())


def test_effects_of_words_are_against_the_first_and_two_values_may_be_named():
    table = study()
    fit = regression("health ~ kind + x", table)
    effects = marginal_effects(fit, "kind")
    assert effects["contrast"].tolist() == ["severe less mild", "unknown less mild"]
    assert effects["estimate"].tolist() == pytest.approx(fit.estimates["estimate"].iloc[1:3].tolist())
    turned = marginal_effects(fit, "kind", between=("unknown", "severe"))
    assert turned["estimate"].iloc[0] == pytest.approx(effects["estimate"][0] - effects["estimate"][1])
    assert marginal_effects(fit, "x", between=(1, 3))["estimate"].iloc[0] == pytest.approx(
        2 * fit.estimates["estimate"].iloc[3])


@pytest.mark.parametrize("spline", ["cr(age, df=5)", "bs(age, df=6)", "np.log(age)", "age + I(age**2)"])
def test_splines_and_other_curves_have_the_slope_of_their_curve(spline):
    table = study()
    fit = regression(f"health ~ {spline} + x", table)
    effect = marginal_effects(fit, "age")["estimate"].iloc[0]
    inside = table["age"].clip(table["age"].min() + 1e-3, table["age"].max() - 1e-3)
    low, high = (terms_again(fit.terms.design_info, fit.rows.assign(age=inside + step)) for step in (-1e-3, 1e-3))
    assert effect == pytest.approx(((high - low) @ fit.estimates["estimate"]).mean() / 2e-3, rel=1e-3, abs=1e-4)


def test_a_curve_is_standardized_over_the_others_and_stays_within_shares():
    table = study()
    fit = regression("well ~ x * arm + cr(age, df=4)", table, "glm", "binomial")
    found = curve(fit, "x", n=5)
    by_hand = fit.fitted.predict(fit.terms.assign(x=found["x"][4], **{"x:arm": table["arm"] * found["x"][4]})).mean()
    assert found["mean"][4] == pytest.approx(by_hand)
    assert found[["low", "high"]].stack().between(0, 1).all() and (found["low"] < found["mean"]).all()
    straight = regression("health ~ x + arm", table)
    at = curve(straight, "x", at={"arm": 1}, n=2)
    value = straight.estimates["estimate"].tolist()
    assert at["mean"].tolist() == pytest.approx([value[0] + value[2] + value[1] * each for each in at["x"]])
    assert curve(regression("health ~ kind", table), "kind")["kind"].tolist() == ["mild", "severe", "unknown"]


def test_a_planted_confounder_is_seen_by_the_crude_and_not_by_the_adjusted_regression():
    luck = np.random.default_rng(3)
    active = luck.random(4000)
    shares = (luck.random(4000) < active).astype(int)
    table = pd.DataFrame({"shares": shares, "active": active, "health": 2 * active + luck.normal(size=4000)})
    formulas = {"crude": "health ~ shares", "adjusted": "health ~ shares + active"}
    fits = {name: regression(formula, table) for name, formula in formulas.items()}
    found = side_by_side(fits, "shares", truth=dict(estimate=0, low=0, high=0)).set_index("model")
    assert found.index.tolist() == ["crude", "adjusted", "true"]
    assert found.loc["crude", "low"] > 0.5 and found.loc["adjusted", "low"] < 0 < found.loc["adjusted", "high"]


# Rows, words, cautions

def test_the_input_is_unchanged_and_true_and_false_words_and_spaces_are_understood():
    table = study().assign(**{"the arm": lambda each: each["arm"] == 1, "well": lambda each: each["well"] == 1})
    table["kind"] = pd.Categorical(table["kind"], ["never seen", "severe", "mild", "unknown"])
    before = table.copy()
    fit = regression("well ~ Q('the arm') + kind + x", table, "glm", "binomial")
    pd.testing.assert_frame_equal(table, before)
    assert fit.estimates["term"].tolist() == ["Intercept", "kind[T.mild]", "kind[T.unknown]", "Q('the arm')", "x"]
    assert marginal_effects(fit, "the arm")["contrast"].tolist() == ["1 less 0"]


def test_a_row_with_a_missing_value_is_left_out_with_a_caution():
    table = study()
    table.loc[[3, 7], "x"] = np.nan
    table["center"] = table["center"].astype(float)
    table.loc[9, "center"] = np.nan
    fit = regression("health ~ x", table, cluster="center")
    assert fit.n_rows == 397 and "3 of 400 rows were left out" in fit.cautions[0]
    assert fit.rows.index.isin([3, 7, 9]).sum() == 0
    kept = table.drop([3, 7, 9])
    matches(fit, regression("health ~ x", kept, cluster="center").estimates, 1e-12)


def test_what_should_not_be_trusted_is_said():
    table = study(30)
    said = {
        "fewer than 10 for each term": regression("health ~ x + age + arm", table),
        "variance cannot be equal": regression("well ~ x", study()),
        "rarer outcome": regression("well ~ x + age", study().assign(well=np.arange(400) < 12), "glm", "binomial"),
        "tend to be too small": regression("health ~ x", study(), cluster="kind"),
        "even errors made for few clusters": regression("score ~ month", PANEL, "gee", cluster="center"),
        "small_samples=True makes them larger": regression("score ~ month", PANEL, "gee", cluster="center",
                                                           small_samples=False),
        "the variance between them": regression("score ~ month", PANEL, "mixed", cluster="center")}
    for words, fit in said.items():
        assert any(words in each for each in fit.cautions), (words, fit.cautions)
        assert words in repr(fit) and "Caution" in fit._repr_html_()
    assert regression("health ~ x", study()).cautions == ()
    copied = regression("health ~ twice", study().assign(twice=lambda each: 2 * each["health"]))
    assert "gives every row exactly" in copied.cautions[0]


def test_the_text_says_what_was_fitted_on_how_many_and_what_it_takes_to_be_a_cause():
    text = repr(regression("remission ~ month + arm", PANEL, "gee", "binomial", "center"))
    assert text.startswith("remission ~ month + arm\nGeneralized estimating equations (binomial; estimates are log ")
    for words in ("12 clusters", "386 rows", "no confounding", "nobody's outcome depends on what others", ".0"):
        assert words in text
    page = regression("score ~ month", PANEL)._repr_html_()
    assert "<table" in page and "Read as a cause only if" in page


def test_diagnostics_are_those_of_statsmodels():
    fit = regression("health ~ x + age", study())
    rows, theirs = diagnostics(fit).rows, fit.fitted.get_influence()
    assert rows["leverage"].to_numpy() == pytest.approx(theirs.hat_matrix_diag)
    assert rows["standardized"].to_numpy() == pytest.approx(theirs.resid_studentized_internal)
    assert rows["influence"].to_numpy() == pytest.approx(theirs.cooks_distance[0])
    fit = regression("well ~ x + age", study(), "glm", "binomial")
    found, theirs = diagnostics(fit), fit.fitted.get_influence()
    assert found.rows["leverage"].to_numpy() == pytest.approx(theirs.hat_matrix_diag, rel=1e-5)
    assert found.rows["influence"].to_numpy() == pytest.approx(theirs.cooks_distance[0], rel=1e-5)
    assert found.bins["n"].sum() == 400 and found.bins["fitted"].is_monotonic_increasing
    weighted = (found.bins["fitted"] * found.bins["n"]).sum() / 400
    assert weighted == pytest.approx(study()["well"].mean(), rel=1e-6)      # a logistic regression is right on average


# What cannot be fitted

def test_separation_is_found_and_named():
    table = study()
    table["sure"] = ((table["well"] == 1) & (table["arm"] == 1)).astype(int)
    with pytest.raises(InputError, match=r"told for sure in some rows by 'sure' \(separation\)"):
        regression("well ~ sure + x", table, "glm", "binomial")
    with pytest.raises(InputError, match="separation"):
        regression("well ~ age", table.assign(well=(table["age"] > 9).astype(int)), "glm", "binomial")
    with pytest.raises(InputError, match=r"by 'kind\[T.severe\]' \(separation\)"):
        nothing = table.assign(visits=table["visits"] * (table["kind"] != "severe"))
        regression("visits ~ kind", nothing, "glm", "poisson")
    with pytest.raises(InputError, match="separation"):
        regression("well ~ sure", table, "gee", "binomial", "center")


def test_an_extreme_but_finite_odds_ratio_is_no_separation():
    table = two_groups(999, 1, 1, 999)
    fit = regression("well ~ arm", table, "glm", "binomial")
    assert fit.estimates["estimate"].iloc[1] == pytest.approx(2 * np.log(999), rel=1e-6)
    assert separating(table["well"].to_numpy(), fit.terms.to_numpy(), "binomial") is None


TABLE = study(60)
NOTHING = pd.DataFrame({"y": [1.0, 2, 3], "x": [1, 2, 4]})


@pytest.mark.parametrize("given, words", [
    (dict(formula="health ~ xx"), "it has no 'xx'.*Did you mean 'x'"),
    (dict(formula="health"), "must be a text such as"),
    (dict(formula=7), "must be a text such as"),
    (dict(formula="health ~ x +"), "must be one that can be computed"),
    (dict(formula="health ~ x + (1 | center)"), "For a random intercept use method=\"mixed\""),
    (dict(formula="health + x ~ age"), "must have one outcome"),
    (dict(formula="~ age"), "must have one outcome"),
    (dict(formula="health ~ 0"), "at least one term"),
    (dict(formula="health ~ x + health"), "must not be among its own causes"),
    (dict(formula="kind ~ x"), "must be numbers.*holds words"),
    (dict(formula="health ~ x + I(2 * x)"), r"'I\(2 \* x\)' follows from 'x'"),
    (dict(formula="health ~ x + I(0 * x)"), "0 in every row"),
    (dict(formula="health ~ log(x)"), "no finite number"),
    (dict(formula="one ~ x", table=TABLE.assign(one=1.0)), "The outcome 'one' must vary"),
    (dict(formula="well ~ x", table=TABLE.assign(well=0), method="glm", family="binomial"), "must vary"),
    (dict(formula="health ~ cr(arm, df=6)"), "must not determine each other"),
    (dict(formula="health ~ cr(arm)"), "must be one that can be computed"),
    (dict(formula="y ~ x + I(x**2)", table=NOTHING), "must have at least 4 complete rows; got 3"),
    (dict(table=[1, 2]), "must be a table"),
    (dict(table=TABLE.iloc[:0]), "must be a table"),
    (dict(table=TABLE.assign(x=np.inf)), "x is infinite"),
    (dict(table=TABLE.assign(x=np.nan)), "rows in which no value is missing"),
    (dict(method="olss"), "Did you mean 'ols'"),
    (dict(method="glm"), "`family` must say what the outcome is like"),
    (dict(method="glm", family="binomal"), "Did you mean 'binomial'"),
    (dict(family="binomial"), "must be 'gaussian' or None"),
    (dict(method="glm", family="binomial"), "health must be 0 or 1"),
    (dict(method="gee", family="binomial", cluster="center"), "health must lie between 0 and 1"),
    (dict(method="glm", family="poisson"), "must be a count"),
    (dict(method="glm", family="gamma"), "must be above 0"),
    (dict(method="gee"), "`cluster` must name the column"),
    (dict(method="mixed"), "`cluster` must name the column"),
    (dict(cluster="centers"), "Did you mean 'center'"),
    (dict(cluster=3), "must be the name of a column"),
    (dict(cluster="one", table=TABLE.assign(one=1)), "at least 2 clusters"),
    (dict(method="gee", cluster="arm"), "at least 3 clusters, one more than the 2 terms"),
    (dict(method="mixed", cluster="own", table=TABLE.assign(own=range(60))), "more than one row"),
    (dict(formula="health ~ arm", cluster="arm"), "do not vary within a cluster must be fewer.*2 of them"),
    (dict(formula="health ~ arm + x", cluster="arm", method="mixed"), "2 of them .* for 2 clusters"),
    (dict(slope="x"), "is for method=\"mixed\" only"),
    (dict(method="mixed", cluster="center", slope="kind"), "must be a column of numbers"),
    (dict(method="gee", cluster="center", correlation="unstructured"), "must be one of 'exchangeable'"),
    (dict(small_samples="yes"), "must be True or False")])
def test_what_cannot_be_fitted_says_why(given, words):
    with pytest.raises(InputError, match=words):
        regression(**{"formula": "health ~ x", "table": TABLE, **given})


@pytest.mark.parametrize("call, words", [
    (lambda fit: marginal_effects(fit, "agee"), "Did you mean 'age'"),
    (lambda fit: marginal_effects(fit, "health"), "must be a column among the terms"),
    (lambda fit: marginal_effects(fit, "x", between=3), "must be a list of two values"),
    (lambda fit: marginal_effects(fit, "x", between=(1, 2, 3)), "must be two values"),
    (lambda fit: marginal_effects(fit, "x", between=("a", 1)), "must be a number"),
    (lambda fit: marginal_effects(fit, "kind", between=("mild", "worse")), "must be one of 'mild'"),
    (lambda fit: marginal_effects(fit, "age"), "enters the formula by steps"),
    (lambda fit: marginal_effects(fit, "x", by="center"), "must be a column among the terms"),
    (lambda fit: marginal_effects("fit", "x"), "must be what regression"),
    (lambda fit: curve(fit, "x", at={"arm": 1}), "must be a column among the terms"),
    (lambda fit: curve(fit, "x", n=1), "`n` must be"),
    (lambda fit: diagnostics(3), "must be what regression"),
    (lambda fit: side_by_side({"crude": fit}, "kind"), "several contrasts")])
def test_what_has_no_effect_says_why(call, words):
    with pytest.raises(InputError, match=words):
        call(regression("health ~ x + kind + I(age > 9)", TABLE))


def test_a_curve_beyond_the_data_of_a_spline_is_refused():
    fit = regression("health ~ bs(age, df=4)", TABLE)
    with pytest.raises(InputError, match="Stay within the values of the study"):
        marginal_effects(fit, "age", between=(0, 100))
    assert marginal_effects(fit, "age", between=(TABLE["age"].min(), TABLE["age"].max())).shape == (1, 8)


# Corners in which a number would come out, and be wrong

@pytest.mark.parametrize("term", ["I(x - x.mean())", "I((x - np.mean(x)) / np.std(x))", "x.rank()", "I(x / x.max())"])
def test_nothing_is_predicted_with_terms_made_of_other_rows(term):
    fit = regression(f"health ~ {term} + arm", study())
    for call in (lambda: marginal_effects(fit, "x"), lambda: curve(fit, "x"), lambda: marginal_effects(fit, "arm")):
        with pytest.raises(InputError, match=r"made of more than its own row.*Use center\(x\)"):
            call()


@pytest.mark.parametrize("term", ["center(x)", "standardize(x)", "x", "cr(x, df=4)", "np.maximum(x, 0)"])
def test_terms_that_remember_the_study_have_the_slope_of_their_curve(term):
    fit = regression(f"health ~ {term} + arm", study())
    found = curve(fit, "x", n=2)["mean"]
    assert marginal_effects(fit, "x", between=study()["x"].agg(["min", "max"]).tolist())["estimate"].iloc[0] == (
        pytest.approx(found[1] - found[0]))
    assert np.isfinite(marginal_effects(fit, "x")["estimate"].iloc[0])


@pytest.mark.parametrize("term", ["I(x // 1)", "np.greater(x, 0)", "np.isin(stage, [1, 2])", "I(Q('the x') > 0)",
                                  "np.heaviside(x, 0):arm", "C(stage)", "I(stage % 2)", "x.gt(0)"])
def test_steps_have_no_slope_however_they_are_written(term):
    table = study().assign(stage=lambda each: each["center"] % 4, **{"the x": lambda each: each["x"]})
    of = "stage" if "stage" in term else "the x" if "the x" in term else "x"
    with pytest.raises(InputError, match="enters the formula by steps"):
        marginal_effects(regression(f"health ~ {term} + arm", table), of)


def test_a_curve_over_a_column_that_enters_as_categories_has_its_levels():
    table = study().assign(stage=lambda each: each["center"] % 4)
    found = curve(regression("health ~ C(stage)", table), "stage")
    assert found["stage"].tolist() == [0, 1, 2, 3]
    assert found["mean"].tolist() == pytest.approx(table.groupby("stage")["health"].mean().tolist())


def test_a_comparison_beyond_the_data_says_so():
    fit = regression("health ~ cr(x, df=4) + arm", study())
    assert "beyond the data, -" in marginal_effects(fit, "x", between=(0, 100))["contrast"].iloc[0]
    assert marginal_effects(fit, "x", between=(0, 1))["contrast"].tolist() == ["1 less 0"]


def test_an_exposure_that_one_cluster_had_alone_is_a_caution():
    """Its residuals are 0 in sum there, so that the sandwich takes the exposure's effect for nearly certain."""
    luck, center = np.random.default_rng(5), np.repeat(np.arange(50), 10)
    table = pd.DataFrame({"center": center, "x": luck.normal(size=500),
                          "y": luck.normal(size=50)[center] + luck.normal(size=500)})
    for exposed, said in ((1, "'arm' rests on one cluster"), (2, "'arm' rests on about 2 clusters"), (12, None)):
        fit = regression("y ~ arm + x", table.assign(arm=(center < exposed).astype(int)), cluster="center")
        assert any(said in each for each in fit.cautions) if said else fit.cautions == ()
    own = table.assign(own=range(500), rare=np.arange(500) == 7)
    assert any("'rare' rests on one cluster" in each for each in regression("y ~ rare", own, cluster="own").cautions)


def test_counts_that_vary_more_than_poisson_has_it_are_a_caution():
    table = study().assign(often=np.random.default_rng(1).negative_binomial(0.5, 0.1, 400))
    plain = regression("often ~ x", table, "glm", "poisson")
    spread = plain.fitted.pearson_chi2 / 398
    assert any(f"The counts vary {spread:.1f} times" in each for each in plain.cautions) and spread > 5
    assert regression("visits ~ x", table, "glm", "poisson").cautions == ()
    robust = regression("often ~ x", table.assign(own=range(400)), "glm", "poisson", cluster="own")
    assert robust.cautions == () and (robust.estimates["standard_error"] > 2 * plain.estimates["standard_error"]).all()


def test_clusters_with_long_numbers_for_names_stay_apart():
    table = study()
    same = regression("health ~ x", table.assign(center=2**60 + table["center"]), cluster="center")
    assert same.n_clusters == 50
    matches(same, regression("health ~ x", table, cluster="center").estimates, 1e-12)


def test_numbers_as_text_count_as_words_and_this_is_said():
    table = study().assign(stage=lambda each: (each["center"] % 3).astype(str))
    fit = regression("health ~ stage", table)
    assert fit.estimates["term"].tolist()[1:] == ["stage[T.1]", "stage[T.2]"]
    assert "'stage' holds numbers as text" in fit.cautions[0]


def test_a_slope_that_is_not_in_the_formula_is_said_to_vary_around_nothing():
    fit = regression("score ~ arm", PANEL, "mixed", cluster="center", slope="month")
    assert any("varies between clusters around 0" in each for each in fit.cautions)


def test_a_random_slope_does_not_depend_on_where_the_column_has_its_zero():
    here, there = (regression("score ~ month + arm", PANEL.assign(month=PANEL["month"] + shift), "mixed",
                              cluster="center", slope="month") for shift in (0, 200))
    assert here.estimates.iloc[1:, 1:3].to_numpy() == pytest.approx(there.estimates.iloc[1:, 1:3].to_numpy(), rel=1e-5)
    assert here.variances["variance"].tolist()[1:] == pytest.approx(there.variances["variance"].tolist()[1:], rel=1e-4)
    assert not any("converge" in each for each in there.cautions)


@pytest.mark.parametrize("given, words", [
    (dict(formula="health ~ xx", table=TABLE.rename(columns={"kind": 7})), "it has no 'xx'"),
    (dict(cluster="xx", table=TABLE.rename(columns={"kind": 7})), "must have a column 'xx'"),
    (dict(formula="health ~ day", table=TABLE.assign(day=pd.date_range("2020", periods=60))), "dates or times"),
    (dict(formula="health ~ day", table=TABLE.assign(day=pd.to_timedelta(TABLE["center"], "D"))), "dates or times"),
    (dict(table=TABLE.assign(x=TABLE["x"] + 1j)), "it holds complex ones"),
    (dict(formula="health ~ C(arm)", table=TABLE.assign(C=1)), "The column 'C' hides the function of that name"),
    (dict(formula="health ~ class", table=TABLE.rename(columns={"x": "class"})), r"as Q\('class'\)"),
    (dict(formula="health ~ the x", table=TABLE.rename(columns={"x": "the x"})), r"as Q\('the x'\)"),
    (dict(formula="y ~ x", method="mixed", cluster="center", table=TABLE.assign(y=TABLE["center"])),
     "outcome that varies within clusters"),
    (dict(formula="health ~ x + C(center)", cluster="center"), "to compare only within clusters")])
def test_what_cannot_be_read_says_what_to_do(given, words):
    with pytest.raises(InputError, match=words):
        regression(**{"formula": "health ~ x", "table": TABLE, **given})


@pytest.mark.parametrize("call, words", [
    (lambda fit: marginal_effects(fit, "x", between=(1, 1)), "two different values"),
    (lambda fit: curve(fit, "x", at=[1]), "`at` must be a dict"),
    (lambda fit: curve(fit, "x", at={"x": 1}), "must not set 'x'"),
    (lambda fit: side_by_side([fit], "x"), "`fits` must be a dict"),
    (lambda fit: side_by_side({}, "x"), "`fits` must be a dict"),
    (lambda fit: side_by_side({"crude": fit}, "x", truth=3), "`truth` must have estimate, low and high"),
    (lambda fit: side_by_side({"crude": fit}, "x", truth={"estimate": 3}), "`truth` must have")])
def test_what_cannot_be_compared_says_why(call, words):
    with pytest.raises(InputError, match=words):
        call(regression("health ~ x + arm", TABLE))
