"""Mediation: known numbers, closed forms, planted effects, what a hidden cause does, and what cannot be analyzed."""

import itertools
import json
from math import prod
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm
from statsmodels.api import GLM, OLS, add_constant, families

from lnlab.analysis.mediation import equations, g_formula, resampling
from lnlab.analysis.levels import within_and_between
from lnlab.analysis.mediation.paths import mediation
from lnlab.analysis.mediation.effects import effects_of
from lnlab.analysis.mediation.resampling import resamples
from lnlab.analysis.mediation.unmeasured import unmeasured_confounding
from lnlab.checks import InputError

KNOWN = json.loads((Path(__file__).parent / "known" / "mediation.json").read_text(encoding="utf-8"))["cases"]
ONE, SERIAL = ("one_mediator", "one_mediator_confounded"), ("serial", "serial_confounded")
QUICK = dict(n_bootstrap=0)


def study(case):
    return pd.DataFrame(KNOWN[case]["input"])


def estimates(found, column="estimate"):
    return found.effects.set_index("effect")[column]


def analyzed(case, **options):
    table = study(case)
    return mediation(table, "X", [name for name in table if name.startswith("M")], "Y", ["C"], **options)


def planted(n=600, seed=3, **changes):
    """A study of our own: X to M1 to M2 to Y, a covariate C, and yes-or-no variants of M1, M2 and Y."""
    random, slope = np.random.default_rng(seed), {"a1": 0.6, "a2": 0.3, "d": 0.5, "both": 0.0, **changes}
    table = pd.DataFrame({"X": np.arange(n) % 2, "C": random.normal(size=n)})
    table["M1"] = slope["a1"] * table["X"] + 0.3 * table["C"] + random.normal(size=n)
    table["M2"] = slope["a2"] * table["X"] + slope["d"] * table["M1"] - 0.2 * table["C"] + random.normal(size=n)
    line = 0.2 * table["X"] + 0.4 * table["M1"] + 0.3 * table["M2"] + slope["both"] * table["M1"] * table["M2"]
    table["Y"] = line + random.normal(size=n)
    for name, values in (("B1", table["M1"]), ("B2", table["M2"]), ("yes", line - 0.3)):
        table[name] = random.random(n) < expit(values)
    table["count"] = random.poisson(np.exp(0.5 * line.clip(upper=4)))
    table["center"] = np.arange(n) // 20
    return table


# Known numbers

@pytest.mark.parametrize("case", ONE)
def test_one_mediator_equals_the_reference(case):
    known, found = KNOWN[case]["expected"]["ols"], analyzed(case)
    row = estimates(found)
    assert row["direct"] == pytest.approx(known["direct"], rel=1e-8)
    assert row["through M"] == pytest.approx(known["indirect"], rel=1e-8)
    assert row["total"] == pytest.approx(known["total"], rel=1e-8)
    assert row["total"] == pytest.approx(known["total_regression_y_on_x_c"], rel=1e-8)
    assert row["proportion mediated"] == pytest.approx(known["proportion_mediated"], rel=1e-8)
    assert estimates(found, "delta_error")["through M"] == pytest.approx(known["sobel_se"], rel=1e-7)
    slopes = found.coefficients.set_index(["of", "term"])
    for of, letter in (("M", "m"), ("Y", "y")):
        for term, value in known[f"coef_{letter}"].items():
            row = slopes.loc[(of, term.replace("(Intercept)", "constant"))]
            assert row["estimate"] == pytest.approx(value, rel=1e-8)
            assert row["standard_error"] == pytest.approx(known[f"se_{letter}"][term], rel=1e-8)


@pytest.mark.parametrize("case, of", [*itertools.product(ONE, ("boot", "quasibayes"))])
def test_intervals_of_one_mediator_are_near_those_of_the_reference(case, of):
    known = KNOWN[case]["expected"][f"r_mediation_{of}"]
    row = analyzed(case, n_bootstrap=4000).effects.set_index("effect")[["low", "high"]]
    for effect, name in (("direct", "ade"), ("through M", "acme"), ("total", "total")):
        assert row.loc[effect].tolist() == pytest.approx(known[f"{name}_ci"], abs=0.03)


@pytest.mark.parametrize("method", ["products", "g-formula"])
def test_an_interaction_equals_the_reference(method):
    known = KNOWN["one_mediator_interaction"]["expected"]
    found = analyzed("one_mediator_interaction", interactions="X:M", method=method)
    row = found.effects.set_index("effect")
    for effect in ("acme_control", "acme_treated", "ade_control", "ade_treated", "total"):
        assert row.loc[effect, "estimate"] == pytest.approx(known["ols"][effect], rel=1e-8)
    assert row.loc["direct", "estimate"] == row.loc["ade_control", "estimate"]
    assert row.loc["through M", "estimate"] == row.loc["acme_treated", "estimate"]
    for effect, name in (("acme_control", "d0"), ("acme_treated", "d1"), ("ade_control", "z0"), ("ade_treated", "z1")):
        assert row.loc[effect, ["low", "high"]].tolist() == pytest.approx(
            known["r_mediation_boot"][f"{name}_ci"], abs=0.03)


@pytest.mark.parametrize("case", SERIAL)
def test_ordered_mediators_equal_the_reference(case):
    known, found = KNOWN[case]["expected"], analyzed(case, n_bootstrap=4000)
    row = found.effects.set_index("effect")
    names = {"ind_m1": "through M1 only", "ind_m2": "through M2 only", "serial": "through M1 then M2", "c": "direct",
             "total_ind": "total indirect", "total": "total"}
    errors = lavaan_errors(found)
    for short, effect in names.items():
        assert row.loc[effect, "estimate"] == pytest.approx(known["ols"][short], rel=1e-8)
        delta = known["lavaan_delta"][short]
        assert row.loc[effect, "estimate"] == pytest.approx(delta["est"], rel=1e-5)
        assert errors[effect] == pytest.approx(delta["se"], rel=1e-4)
        assert row.loc[effect, ["low", "high"]].tolist() == pytest.approx(
            known["lavaan_bootstrap_percentile"][short]["ci"], abs=0.03)
    slopes = found.coefficients.set_index(["of", "term"])["standard_error"]
    for of in ("M1", "M2", "Y"):
        for term, value in known["ols_se"][of.lower()].items():
            assert slopes[(of, term.replace("(Intercept)", "constant"))] == pytest.approx(value, rel=1e-7)


def lavaan_errors(found):
    """Delta errors with the number of rows in the divisor, as lavaan has it, by hand."""
    slopes = found.coefficients.set_index(["of", "term"])
    n_terms = found.coefficients.groupby("of").size()

    def both(of, term):
        row = slopes.loc[(of, term)]
        return row["estimate"], row["standard_error"] ** 2 * (found.n_rows - n_terms[of]) / found.n_rows

    (a1, va1), (a2, va2), (d, vd) = both("M1", "X"), both("M2", "X"), both("M2", "M1")
    (b1, vb1), (b2, vb2), (c, vc) = both("Y", "M1"), both("Y", "M2"), both("Y", "X")
    covariance = {}
    for of, terms in (("M2", ("X", "M1")), ("Y", ("X", "M1", "M2"))):
        equation = next(each for each in found.equations if each.of == of)
        inverse = np.linalg.inv(equation.matrix.T @ equation.matrix)
        left = OLS(equation.outcome, equation.matrix).fit().resid
        for one, other in itertools.combinations(terms, 2):
            at = [equation.names.index(each) for each in (one, other)]
            covariance[of, one, other] = inverse[at[0], at[1]] * (left @ left) / found.n_rows
    slope = {"a1": b1 + d * b2, "a2": b2, "d": a1 * b2, "b1": a1, "b2": a2 + a1 * d}
    indirect = (slope["a1"]**2 * va1 + slope["a2"]**2 * va2 + slope["d"]**2 * vd + slope["b1"]**2 * vb1
                + slope["b2"]**2 * vb2 + 2 * slope["a2"] * slope["d"] * covariance["M2", "X", "M1"]
                + 2 * slope["b1"] * slope["b2"] * covariance["Y", "M1", "M2"])
    total = indirect + vc + 2 * slope["b1"] * covariance["Y", "X", "M1"] + 2 * slope["b2"] * covariance["Y", "X", "M2"]
    variances = {"through M1 only": a1**2 * vb1 + b1**2 * va1, "through M2 only": a2**2 * vb2 + b2**2 * va2,
                 "through M1 then M2": (a1 * d)**2 * vb2 + (a1 * b2)**2 * vd + (d * b2)**2 * va1, "direct": vc,
                 "total indirect": indirect, "total": total}
    return {effect: np.sqrt(variance) for effect, variance in variances.items()}


@pytest.mark.parametrize("case", SERIAL)
def test_delta_errors_are_those_of_the_reference_but_for_the_divisor(case):
    found = analyzed(case, **QUICK)
    row, by_hand = found.effects.set_index("effect"), lavaan_errors(found)
    for effect, error in by_hand.items():
        assert row.loc[effect, "delta_error"] == pytest.approx(error, rel=0.01)       # 400 rows, 395 to 397 free
        assert row.loc[effect, "delta_error"] > error
    assert (row["standard_error"] == row["delta_error"]).all()
    assert row["high"].to_numpy() == pytest.approx((row["estimate"] + 1.959964 * row["delta_error"]).to_numpy())


def test_a_hidden_cause_leaves_the_total_right_and_makes_the_parts_wrong():
    """The exposure was randomized in both; what was left out moves the mediator and the outcome."""
    for case, part in (("one_mediator_confounded", "through M"), ("serial_confounded", "through M1 then M2")):
        row, truth = analyzed(case).effects.set_index("effect"), KNOWN[case]["truth"]
        goes_to = KNOWN[case]["large_sample_value_of_estimator"]
        true, limit = (each.get("indirect", each.get("serial")) for each in (truth, goes_to))
        assert row.loc["total", "low"] < truth["total"] < row.loc["total", "high"]
        assert row.loc[part, "low"] < limit < row.loc[part, "high"]
        if part == "through M1 then M2":
            assert true < row.loc[part, "low"]
        assert abs(row.loc[part, "estimate"] - limit) < abs(row.loc[part, "estimate"] - true)


# The g-formula

@pytest.mark.parametrize("mediators", [["M1"], ["M1", "M2"], ["M1", "M2", "M3"]])
def test_worlds_give_the_products_where_all_lines_are_straight(mediators):
    table = planted()
    table["M3"] = table["M1"] - 0.5 * table["M2"] + np.random.default_rng(8).normal(size=len(table))
    found = mediation(table, "X", mediators, "Y", ["C"], **QUICK)
    system = system_of(found, table)
    by_worlds = {effect: each[0] for effect, each in effects_of(system, "g-formula", False).items()}
    for effect, value in estimates(found).items():
        assert by_worlds[effect] == pytest.approx(value, abs=1e-12)
    assert len(found.parts) == 2 ** len(mediators)
    assert estimates(found)[list(found.parts)].sum() == pytest.approx(estimates(found)["total"], abs=1e-14)


def system_of(found, table):
    levels, ones = (found.control, found.treated), np.ones((1, len(table)))
    return g_formula.System(found.equations, found.fits, {"C": table["C"].to_numpy()}, "X", levels, ones)


def test_the_order_of_the_paths_with_three_mediators():
    assert [g_formula.path_name(path, "ABC") for path in g_formula.paths(3)] == [
        "direct", "through C only", "through B then C", "through A then B then C", "through A then C",
        "through B only", "through A then B", "through A only"]


def test_a_curved_outcome_and_a_normal_mediator_equal_the_integral():
    table = planted()
    found = mediation(table, "X", "M1", "yes", interactions=True, method="g-formula", families={"yes": "binomial"},
                      **QUICK)
    slope = found.coefficients.set_index(["of", "term"])["estimate"]
    sd = found.fits[0].deviation[0]

    def world(x, x_mediator):
        center = slope["M1", "constant"] + slope["M1", "X"] * x_mediator
        line = lambda m: slope["yes", "constant"] + slope["yes", "X"] * x + (       # noqa: E731
            slope["yes", "M1"] + slope["yes", "X:M1"] * x) * m
        return quad(lambda m: expit(line(m)) * norm.pdf(m, center, sd), center - 9 * sd, center + 9 * sd)[0]

    row = estimates(found)
    assert row["direct"] == pytest.approx(world(1, 0) - world(0, 0), abs=1e-8)
    assert row["through M1"] == pytest.approx(world(1, 1) - world(1, 0), abs=1e-8)
    assert row["acme_control"] == pytest.approx(world(0, 1) - world(0, 0), abs=1e-8)
    assert row["ade_treated"] == pytest.approx(world(1, 1) - world(0, 1), abs=1e-8)


def test_yes_or_no_mediators_equal_the_sum_over_both_answers():
    """Two mediators, nothing else: the frequencies of the table say it all, and a path has one world for each."""
    table = planted(n=4000).astype({"B1": int, "B2": int, "yes": int})
    found = mediation(table, "X", ["B1", "B2"], "yes", interactions=["X:B1", "X:B2", "B1:B2"], method="g-formula",
                      families=dict.fromkeys(("B1", "B2", "yes"), "binomial"), **QUICK)
    slope = found.coefficients.set_index(["of", "term"])["estimate"]

    def chance(of, **values):
        return expit(sum(slope[of, term] * np.prod([values[name] for name in term.split(":")]) if term != "constant"
                         else slope[of, term] for term in slope[of].index))

    def one(x):
        return chance("B1", X=x)

    def world(x, x1, x2, x12):
        low, high = sorted((one(x1), one(x12)))
        total = 0.0
        for first, first_inside in itertools.product((0, 1), (0, 1)):
            if first == first_inside:
                weight = low if first else 1 - high
            else:
                weight = high - low if (one(x1) > one(x12)) == bool(first) else 0
            second = chance("B2", X=x2, B1=first_inside)
            total += weight * sum(share * chance("yes", X=x, B1=first, B2=has)
                                  for has, share in ((1, second), (0, 1 - second)))
        return total

    row = estimates(found)
    assert row["direct"] == pytest.approx(world(1, 0, 0, 0) - world(0, 0, 0, 0), abs=1e-12)
    assert row["through B2 only"] == pytest.approx(world(1, 0, 1, 0) - world(1, 0, 0, 0), abs=1e-12)
    assert row["through B1 then B2"] == pytest.approx(world(1, 0, 1, 1) - world(1, 0, 1, 0), abs=1e-12)
    assert row["through B1 only"] == pytest.approx(world(1, 1, 1, 1) - world(1, 0, 1, 1), abs=1e-12)
    share = table.groupby("X")["yes"].mean()
    assert row["total"] == pytest.approx(share[1] - share[0], abs=0.002)       # nearly saturated, so nearly observed


def test_mixed_mediators_and_a_count_equal_a_large_simulation():
    table = planted()
    found = mediation(table, "X", ["B1", "M2"], "count", ["C"], interactions=["B1:M2", "X:C"], method="g-formula",
                      families={"B1": "binomial", "count": "poisson"}, **QUICK)
    slope = found.coefficients.set_index(["of", "term"])["estimate"]
    random, n = np.random.default_rng(5), 2000
    c = np.repeat(table["C"].to_numpy(), n)
    luck, noise = random.random(len(c)), random.normal(size=len(c)) * found.fits[1].deviation[0]

    def line(of, **values):
        return sum(value * prod([values[name] for name in term.split(":")] if term != "constant" else [])
                   for term, value in slope[of].items())

    def world(x, x1, x2, x12):
        one, inside = (luck < expit(line("B1", X=at, C=c)) for at in (x1, x12))
        two = line("M2", X=x2, B1=inside, C=c) + noise
        return np.exp(line("count", X=x, B1=one, M2=two, C=c)).mean()

    row = estimates(found)
    worlds = [world(0, 0, 0, 0), world(1, 0, 0, 0), world(1, 0, 1, 0), world(1, 0, 1, 1), world(1, 1, 1, 1)]
    assert row[list(found.parts)].tolist() == pytest.approx(np.diff(worlds).tolist(), abs=0.004)


def test_a_path_that_does_not_exist_carries_nothing_even_where_mediators_act_together():
    table = planted()
    slope = OLS(table["M1"], add_constant(table[["X", "C"]])).fit().params["X"]
    exact = table.assign(M1=table["M1"] - slope * table["X"])
    row = estimates(mediation(exact, "X", ["M1", "M2"], "Y", ["C"], interactions="M1:M2", **QUICK))
    assert row["through M1 then M2"] == pytest.approx(0, abs=1e-12) == row["through M1 only"]
    assert abs(row["through M2 only"]) > 0.03


def test_interventional_effects_of_straight_lines_are_those_of_each_mediator():
    table = planted()
    row, paths = (estimates(mediation(table, "X", ["M1", "M2"], "Y", ["C"], method=method, **QUICK))
                  for method in ("interventional", "products"))
    assert row["through M1"] == pytest.approx(paths["through M1 only"], abs=1e-12)
    assert row["through M2"] == pytest.approx(paths["through M2 only"] + paths["through M1 then M2"], abs=1e-12)
    assert row["through their dependence"] == pytest.approx(0, abs=1e-12)
    assert row["total"] == pytest.approx(paths["total"], abs=1e-12)


def test_what_goes_through_the_dependence_of_two_mediators_is_the_change_of_their_covariance():
    table = planted(both=0.3)
    found = mediation(table, "X", ["M1", "M2"], "Y", ["C"], interactions=["X:M1", "M1:M2"], method="interventional",
                      **QUICK)
    slope = found.coefficients.set_index(["of", "term"])["estimate"]
    change = slope["M2", "X:M1"] * found.fits[0].deviation[0] ** 2
    assert estimates(found)["through their dependence"] == pytest.approx(slope["Y", "M1:M2"] * change, abs=1e-10)
    yes = mediation(table, "X", ["B1", "B2"], "yes", method="interventional", interactions="B1:B2",
                    families=dict.fromkeys(("B1", "B2", "yes"), "binomial"), **QUICK)
    assert estimates(yes)[list(yes.parts)].sum() == pytest.approx(estimates(yes)["total"], abs=1e-14)


def test_products_with_covariates_are_averaged_over_the_rows():
    table = planted()
    found = mediation(table, "X", "M1", "Y", ["C"], interactions=["X:C", "C:M1"], **QUICK)
    slope = found.coefficients.set_index(["of", "term"])["estimate"]
    moved = slope["M1", "X"] + slope["M1", "X:C"] * table["C"]
    assert estimates(found)["through M1"] == pytest.approx(
        (moved * (slope["Y", "M1"] + slope["Y", "C:M1"] * table["C"])).mean(), abs=1e-12)


def test_control_and_treated_are_the_values_that_are_compared():
    table = planted().assign(X=lambda rows: 10 + 5 * rows["X"])
    one, same = (mediation(table, "X", "M1", "Y", control=control, treated=treated, **QUICK)
                 for control, treated in ((0, 1), (10, 15)))
    assert estimates(same)["total"] == pytest.approx(5 * estimates(one)["total"])
    assert one.cautions == same.cautions == ()
    beyond = mediation(table, "X", "M1", "Y", interactions=True, **QUICK)
    assert any("X = 0 and 1 lies outside what was seen (10 to 15)" in each for each in beyond.cautions)


# The regressions

@pytest.mark.parametrize("of, family, reference", [("Y", "gaussian", families.Gaussian()),
                                                   ("yes", "binomial", families.Binomial()),
                                                   ("count", "poisson", families.Poisson())])
def test_weighted_regressions_equal_those_of_statsmodels(of, family, reference):
    table = planted(n=200).assign(large=lambda rows: 1e6 + 1e3 * rows["C"])
    values = {name: table[name].to_numpy(dtype=float) for name in ("X", "M1", "large", of)}
    equation = equations.make_equation(of, ["X", "M1", "large"], [("X", "M1")], values, family)
    assert equation.names == ("constant", "X", "M1", "large", "X:M1")
    weights = np.vstack([np.ones(200), *resamples(200, 2, seed=4)])
    fitted = equations.fit(equation, weights)
    for place, weight in enumerate(weights):
        known = GLM(values[of], equation.matrix, family=reference, freq_weights=weight).fit()
        assert fitted.found[place]
        assert fitted.coefficients[place] == pytest.approx(known.params, rel=1e-5, abs=1e-7)
    known = GLM(values[of], equation.matrix, family=reference).fit(tol=1e-12)
    assert np.sqrt(np.diag(fitted.covariance())) == pytest.approx(known.bse, rel=1e-5)


def test_a_resample_without_an_answer_is_marked_and_the_others_are_not_touched():
    values = {"X": np.array([0.0, 0, 0, 1, 1, 1]), "Y": np.array([0.0, 1, 1, 0, 1, 0])}
    equation = equations.make_equation("Y", ["X"], (), values, "binomial")
    fitted = equations.fit(equation, np.array([[1.0] * 6, [2, 2, 2, 0, 0, 0], [3, 0, 0, 0, 3, 0]]))
    assert fitted.found.tolist() == [True, False, False]
    assert fitted.coefficients[0] == pytest.approx([np.log(2), -2 * np.log(2)])


def test_a_resample_with_no_more_rows_than_terms_is_marked():
    values = {"X": np.array([0.0, 1, 0, 1]), "Y": np.array([0.0, 1, 1, 3])}
    fitted = equations.fit(equations.make_equation("Y", ["X"], (), values), np.array([[1.0, 1, 0, 0], [1, 1, 1, 0]]))
    assert fitted.found.tolist() == [False, True]


# Resamples

def test_resamples_are_the_same_for_a_seed_and_come_in_batches(monkeypatch):
    first, = resamples(50, 30, seed=2)
    monkeypatch.setattr(resampling, "AT_ONCE", 500)
    batches = list(resamples(50, 30, seed=2))
    assert [len(each) for each in batches] == [10, 10, 10] and (np.concatenate(batches).sum(axis=1) == 50).all()
    assert (next(resamples(50, 30, seed=2)) == first[:10]).all()
    assert not (next(resamples(50, 10, seed=3)) == first[:10]).all()


def test_whole_clusters_are_resampled():
    table = planted(n=800)
    clustered = table.loc[table.index.repeat(5)].reset_index(drop=True).assign(copy=lambda rows: rows.index // 5)
    rows, copies, ignored = (mediation(each, "X", "M1", "Y", ["C"], cluster=cluster) for each, cluster in (
        (table, None), (clustered, "copy"), (clustered, None)))
    assert copies.n_clusters == 800 and rows.n_clusters is None
    assert estimates(rows).to_numpy() == pytest.approx(estimates(copies).to_numpy())
    assert estimates(rows, "standard_error").to_numpy() == pytest.approx(     # the same draws of the same units
        estimates(copies, "standard_error").to_numpy(), rel=0.005)
    assert (estimates(ignored, "standard_error") < 0.6 * estimates(rows, "standard_error")).all()
    assert estimates(copies, "delta_error").isna().all()


def test_few_clusters_are_a_caution():
    table = planted(n=380)
    few = mediation(table, "X", "M1", "Y", cluster="center")
    assert few.n_clusters == 19 and any("19 clusters are few" in each for each in few.cautions)
    enough = mediation(planted(n=400), "X", "M1", "Y", cluster="center")
    assert enough.n_clusters == 20 and not enough.cautions


def test_a_whole_analysis_is_the_same_for_a_seed_and_changes_nothing_that_it_was_given():
    table = planted()
    before = table.copy()
    one, same, other = (mediation(table, "X", ["M1", "M2"], "Y", ["C", "center"], cluster="center", seed=seed)
                        for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(table, before)
    pd.testing.assert_frame_equal(one.effects, same.effects)
    assert not one.effects["low"].equals(other.effects["low"])
    assert one.effects["estimate"].equals(other.effects["estimate"])


def test_the_order_of_rows_and_the_units_of_columns_do_not_matter():
    table = planted()
    moved = table.sample(frac=1, random_state=1).assign(M1=lambda rows: 1e6 + 1e4 * rows["M1"],
                                                        Y=lambda rows: rows["Y"] / 1e3)
    assert estimates(mediation(moved, "X", ["M1", "M2"], "Y", **QUICK)).to_numpy() * ([1e3] * 6 + [1]) == pytest.approx(
        estimates(mediation(table, "X", ["M1", "M2"], "Y", **QUICK)).to_numpy(), rel=1e-7)


# Something unmeasured

def test_the_correlation_that_leaves_nothing_is_the_partial_correlation():
    table = study("one_mediator")
    found = unmeasured_confounding(analyzed("one_mediator"))
    left = [OLS(table[name], add_constant(table[["X", "C"]])).fit() for name in ("M", "Y")]
    partial = np.corrcoef(left[0].resid, left[1].resid)[0, 1]
    row = found.zero.set_index("effect").loc["through M"]
    assert row["correlation"] == pytest.approx(partial, abs=1e-12)
    assert row["product_of_left"] == pytest.approx(partial**2)
    full = OLS(table["Y"], add_constant(table[["X", "C", "M"]])).fit()
    assert row["product_of_all"] == pytest.approx(partial**2 * (1 - left[0].rsquared) * (1 - full.rsquared))
    assert row["low"] < partial < row["high"] and f"{partial:.2f}" in found.in_words


@pytest.mark.parametrize("correlation", [-0.6, -0.2, 0.3, 0.8])
def test_the_curve_is_the_published_closed_form(correlation):
    """Effect of X on M times (sd of Y / sd of M) times (r - rho sqrt((1 - r^2) / (1 - rho^2))), given X and C."""
    table = study("one_mediator")
    found = analyzed("one_mediator", **QUICK)
    curve = unmeasured_confounding(found, correlations=[correlation]).curve.set_index("effect")
    left = [OLS(table[name], add_constant(table[["X", "C"]])).fit() for name in ("M", "Y")]
    r = np.corrcoef(left[0].resid, left[1].resid)[0, 1]
    expected = left[0].params["X"] * left[1].resid.std() / left[0].resid.std() * (
        r - correlation * np.sqrt((1 - r**2) / (1 - correlation**2)))
    assert curve.loc["through M", "estimate"] == pytest.approx(expected, abs=1e-10)
    assert curve.loc["total", "estimate"] == pytest.approx(estimates(found)["total"])


def test_the_planted_hidden_cause_gives_the_truth_back():
    """In the limit: the known bias taken off is the planted truth, for one mediator and for two."""
    random, n = np.random.default_rng(1), 200_000
    hidden, x = random.normal(size=n), np.arange(n) % 2
    m1 = 0.5 * x + random.normal(size=n)
    m2 = 0.2 * x + 0.4 * m1 + 0.6 * hidden + 0.8 * random.normal(size=n)
    y = 0.15 * x + 0.25 * m1 + 0.35 * m2 + 0.5 * hidden + random.normal(size=n)
    table = pd.DataFrame({"X": x, "M1": m1, "M2": m2, "Y": y, "U": hidden})
    with_u = OLS(y, add_constant(table[["X", "M1", "U"]])).fit().params["U"]      # on Y, M2 not held
    sd_y = OLS(y, add_constant(table[["X", "M1"]])).fit().resid.std()
    strength = 0.5 / sd_y
    assert with_u == pytest.approx(0.5 + 0.35 * 0.6, abs=0.02)
    found = mediation(table, "X", ["M1", "M2"], "Y", **QUICK)
    grid = unmeasured_confounding(found, strengths=[0.6, strength]).strengths
    row = grid[(grid["on_first"] == 0.6) & (grid["on_second"] == strength)].set_index("effect")["estimate"]
    truth = {"direct": 0.15, "through M2 only": 0.07, "through M1 then M2": 0.07, "through M1 only": 0.125,
             "total": 0.415}
    assert row[list(truth)].tolist() == pytest.approx(list(truth.values()), abs=0.015)
    assert abs(estimates(found)["through M1 then M2"] - 0.07) > 0.05


def test_a_hidden_cause_of_two_mediators_or_of_the_first_moves_only_what_it_can():
    found = analyzed("serial")
    between = {pair: unmeasured_confounding(found, between=pair, correlations=[0.4]) for pair in (
        ("M1", "M2"), ("M1", "Y"), ("M2", "Y"))}
    now = estimates(found)
    moved = {pair: set(each.zero["effect"]) for pair, each in between.items()}
    assert moved["M1", "M2"] == {"through M2 only", "through M1 then M2"}
    assert moved["M1", "Y"] == {"direct", "through M1 only", "total indirect"}
    assert moved["M2", "Y"] == set(now.index) - {"total", "proportion mediated"}
    for each in between.values():
        row = each.curve.set_index("effect")["estimate"]
        assert row[list(found.parts)].sum() == pytest.approx(now["total"]) == row["total"]
    assert repr(between["M1", "M2"]).startswith("What goes through M1 then M2 would be nothing if something unmeasured")


def test_at_no_correlation_stands_what_was_found_with_its_interval():
    found = analyzed("serial")
    curve = unmeasured_confounding(found, correlations=[0]).curve.set_index("effect")
    row = found.effects.set_index("effect").loc[curve.index]
    assert curve[["estimate", "low", "high"]].to_numpy() == pytest.approx(row[["estimate", "low", "high"]].to_numpy())


@pytest.mark.parametrize("options, said", [
    (dict(between=("M2", "M1")), "must be a mediator and what comes after it, of M1, M2, Y"),
    (dict(between=("X", "Y")), "must be a mediator"), (dict(between=("M1",)), "must be a mediator"),
    (dict(correlations=[1]), "`correlations` must lie between -1 and 1, neither included; got 1"),
    (dict(strengths=[2]), "`strengths` must lie between -1 and 1")])
def test_what_a_hidden_cause_cannot_be(options, said):
    with pytest.raises(InputError, match=said.replace("(", r"\(")):
        unmeasured_confounding(analyzed("serial", **QUICK), **options)


def test_there_is_no_closed_form_for_curves_and_interactions():
    for found in (analyzed("one_mediator_interaction", interactions=True, **QUICK), 5):
        with pytest.raises(InputError, match="`found` must be"):
            unmeasured_confounding(found)


def test_a_path_that_carries_nothing_is_said_to():
    table = planted(n=100).assign(M1=np.repeat(np.random.default_rng(1).normal(size=50), 2))
    found = unmeasured_confounding(mediation(table, "X", "M1", "Y", **QUICK))
    assert found.in_words.startswith("Nothing goes through M1 by these regressions")


# Levels

def test_a_column_is_split_into_its_clusters_and_the_rest():
    table = planted(n=100).assign(center=lambda rows: rows["center"].map("center {}".format))
    split = within_and_between(table, ["M1"], "center")
    assert split["M1"].to_numpy() == pytest.approx((split["M1 between"] + split["M1 within"]).to_numpy())
    assert split.groupby("center")["M1 within"].mean().abs().max() < 1e-12
    assert split["M1 between"].nunique() == 5 and "M1 between" not in table
    with pytest.raises(InputError, match="'size within' must vary"):
        within_and_between(table.assign(size=table["center"].str[-1].astype(int)), "size", "center")
    with pytest.raises(InputError, match="'X between' must vary"):
        within_and_between(table, "X", "center")


def test_rows_with_the_same_label_and_missing_values_are_split_by_their_place():
    table = planted(n=100).assign(M1=lambda rows: rows["M1"].where(rows.index % 7 > 0)).sample(frac=1, random_state=1)
    plain, same = (within_and_between(each, ["M1"], "center") for each in (table, table.set_axis([0] * 100)))
    assert len(same) == len(plain) == table["M1"].notna().sum()
    assert same[["M1 between", "M1 within"]].to_numpy() == pytest.approx(plain[["M1 between", "M1 within"]].to_numpy())
    assert plain["M1 between"].to_numpy() == pytest.approx(table.groupby("center")["M1"].transform("mean").dropna()[
        table["M1"].notna()].to_numpy())


@pytest.mark.parametrize("changes, columns, said", [
    ({"M1 within": 1}, ["M1"], "has a column 'M1 within' already"), ({}, ["center"], "must not name the clusters")])
def test_what_cannot_be_split_is_said(changes, columns, said):
    with pytest.raises(InputError, match=said):
        within_and_between(planted(n=100).assign(**changes), columns, "center")


# What it says

def test_a_result_tells_what_was_split_what_must_hold_and_what_to_doubt():
    table = planted(n=40)
    table.loc[3, "M1"] = np.nan
    found = mediation(table, "X", ["M1", "M2"], "Y", ["C"])
    text = repr(found)
    for said in ("the effect of X on Y (39 rows; products)", "through M1 then M2",
                 "in this order: direct; through M2 only; through M1 then M2; through M1 only",
                 "Nothing unmeasured moves any two of M1, M2 and Y. Randomizing X does not make this so.",
                 "there a row must be a whole network",
                 "1 of 40 rows was left out because a value is missing (M1: 1)", "39 rows are few"):
        assert said in text
        assert said in found._repr_html_()
    assert all(each in text for each in (*found.decomposition, *found.assumptions, *found.cautions))


def test_a_share_of_nothing_is_not_to_be_quoted():
    table = planted().assign(Y=np.random.default_rng(2).normal(size=600))
    assert any("a share of what may be nothing" in each for each in mediation(table, "X", "M1", "Y").cautions)
    random = np.random.default_rng(2)
    table["Y"] = 2 * table["X"] - 0.5 * table["M1"] + random.normal(size=600)
    assert any("Some parts are above 0 and some below" in each for each in mediation(table, "X", "M1", "Y").cautions)
    assert not mediation(planted(), "X", "M1", "Y").cautions


def test_a_mediator_that_is_nearly_the_exposure_is_a_caution():
    table = planted().assign(M1=lambda rows: rows["X"] + 0.01 * rows["C"])
    assert any("variance of M1 is left unexplained" in each for each in mediation(table, "X", "M1", "Y").cautions)


def test_an_outcome_that_was_computed_from_the_others_is_a_caution():
    table = planted().assign(Y=lambda rows: rows["M1"] + 2 * rows["X"])
    assert any("determined without error" in each for each in mediation(table, "X", "M1", "Y").cautions)


def test_a_part_that_is_below_zero_by_chance_is_no_caution():
    table = planted(n=300, a2=-0.05)
    found = mediation(table, "X", ["M1", "M2"], "Y")
    row = found.effects.set_index("effect").loc["through M2 only"]
    assert row["estimate"] < 0 < row["high"] and not found.cautions


def test_few_exposed_rows_are_a_caution():
    table = planted().assign(X=lambda rows: rows.index < 9)
    assert any("Only 9 rows have the rarer" in each for each in mediation(table, "X", "M1", "Y").cautions)
    assert not any("rarer" in each for each in mediation(table.assign(X=table.index < 10), "X", "M1", "Y").cautions)


def test_true_and_false_may_be_compared():
    table = planted()
    one, same = (mediation(each, "X", "M1", "Y", control=low, treated=high, **QUICK) for each, low, high in (
        (table, 0, 1), (table.assign(X=table["X"] == 1), False, True)))
    assert estimates(one).equals(estimates(same))


def test_text_covariates_become_columns_and_true_and_false_are_numbers():
    table = planted().assign(kind=lambda rows: rows["center"].map(lambda center: "abc"[center % 3]),
                             X=lambda rows: rows["X"] == 1)
    found = mediation(table, "X", "M1", "Y", ["kind"], **QUICK)
    assert found.coefficients["term"].tolist()[:4] == ["constant", "X", "kind=b", "kind=c"]
    dummies = pd.get_dummies(table["kind"], drop_first=True, dtype=float)
    known = OLS(table["M1"], add_constant(pd.concat([table["X"].astype(float), dummies], axis=1))).fit()
    assert found.coefficients["estimate"].iloc[:4].tolist() == pytest.approx(known.params.tolist())


def test_few_exposed_clusters_are_a_caution_however_many_rows_they_have():
    table = planted()
    for exposed, said in ((1, "Only 1 cluster has rows"), (4, "Only 4 clusters have rows"), (5, None)):
        cautions = mediation(table.assign(X=table["center"] < exposed), "X", "M1", "Y", cluster="center").cautions
        assert any(said in each for each in cautions) if said else not any("rarer" in each for each in cautions)


def test_errors_without_resamples_are_doubted_where_rows_vary_more_than_they_take_them_to():
    table = planted().assign(often=np.random.default_rng(1).negative_binomial(0.5, 0.1, 600))
    families = {"often": "poisson"}
    told = mediation(table, "X", "M1", "often", method="g-formula", families=families, **QUICK).cautions
    assert any("often varies" in each and "too narrow" in each for each in told)
    resampled = mediation(table, "X", "M1", "often", method="g-formula", families=families, n_bootstrap=100).cautions
    assert not any("too narrow" in each for each in resampled)
    yes = mediation(table, "X", "M1", "yes", **QUICK)
    assert any("yes is 0 or 1" in each for each in yes.cautions)
    assert mediation(table, "X", "M1", "Y", **QUICK).cautions == ()


def test_a_slippery_logistic_regression_finds_its_answer():
    """Newton's whole steps run away here; an answer exists, and statsmodels has it."""
    random = np.random.default_rng(169)
    n = int(random.integers(15, 80))
    x, z = random.normal(size=n) * random.choice([1, 5]), random.exponential(size=n) * random.choice([1, 20])
    line = random.normal() * 2 + random.normal() * x + 0.05 * z
    values = {"x": x, "z": z, "y": (random.random(n) < 1 / (1 + np.exp(-line))).astype(float)}
    equation = equations.make_equation("y", ["x", "z"], (), values, "binomial")
    known = GLM(values["y"], equation.matrix, family=families.Binomial()).fit(tol=1e-12, maxiter=100).params
    assert equations.fit(equation).coefficients[0] == pytest.approx(known, rel=1e-6)


def test_whole_numbers_may_be_given_as_floats():
    table = planted(n=100)
    one, same = (mediation(table, "X", "M1", "Y", n_bootstrap=kind(100), seed=kind(2)) for kind in (int, float))
    pd.testing.assert_frame_equal(one.effects, same.effects)


# What cannot be analyzed

@pytest.mark.parametrize("changes, options, said", [
    (dict(X=0), {}, "The exposure 'X' must vary; it is 0 in all 60 rows"),
    (dict(M1=1.5), {}, "The mediator 'M1' must vary"), (dict(Y=1), {}, "The outcome 'Y' must vary"),
    (dict(X="a"), {}, "X must be a number; got 'a'"), (dict(M1=np.inf), {}, "row 1: M1 is infinite"),
    (dict(X=pd.date_range("2020", periods=60)), {}, "'X' must hold numbers; it holds dates or times"),
    (dict(C=pd.date_range("2020", periods=60)), dict(covariates="C"), "'C' must hold numbers"),
    ({}, dict(treated=np.inf), "`treated` must be"), ({}, dict(control="off"), "`control` must be a number"),
    (dict(Y=np.nan), {}, "must have rows in which no value is missing"),
    ({}, dict(mediators="X"), "'X' was given as exposure and as mediators"),
    ({}, dict(covariates=["Y"]), "'Y' was given as outcome and as covariates"),
    ({}, dict(covariates="C", cluster="X"), "'X' was given as exposure and as cluster"),
    ({}, dict(mediators=[]), "one to 3 columns"), ({}, dict(mediators=["M1", "M2", "B1", "B2"]), "one to 3 columns"),
    ({}, dict(mediators="M9"), "must have a column 'M9'"), ({}, dict(mediators=3), "must be a list of columns"),
    ({}, dict(mediators=["M1", 3]), "must be the name of a column"),
    ({}, dict(covariates=["C", "twice"]), "'twice' follows from 'constant' and 'C'"),
    ({}, dict(interactions="X:Y"), "must be products of two different columns"),
    ({}, dict(interactions="M1:M1"), "must be products of two different columns"),
    ({}, dict(interactions=["X:M1", "M1:X"]), "must name each product once"),
    ({}, dict(method="lavaan"), "`method` must be one of"),
    ({}, dict(families={"M1": "binomial"}, method="g-formula"), "row 1: M1 must be 0 or 1"),
    ({}, dict(families={"yes": "binomial"}), "`families` must name mediators or the outcome"),
    ({}, dict(families={"Y": "probit"}), r"`families\['Y'\]` must be one of"),
    ({}, dict(families={"M1": "poisson"}), "must be 'gaussian' or 'binomial' for a mediator"),
    ({}, dict(outcome="yes", families={"yes": "binomial"}), "`method` must be 'g-formula'"),
    ({}, dict(method="interventional"), "must be two for method='interventional'"),
    ({}, dict(n_bootstrap=50), "at least 100"), ({}, dict(n_bootstrap=-1), "`n_bootstrap` must be"),
    ({}, dict(n_bootstrap=0, cluster="center"), "must not be 0 if there are clusters"),
    ({}, dict(seed=-1), "`seed`"), ({}, dict(treated=0), "`treated` must differ"),
    (dict(center=1), dict(cluster="center"), "at least two clusters"),
    (dict(X=["no", "yes"] * 30), {}, "holds the words 'no' and 'yes'. Make 0 and 1 of them"),
    (dict(X=pd.Categorical([0, 1, 2] * 20)), {}, "it holds 3 categories"),
    (dict(M1=1j), {}, "it holds complex ones"), ({7: 1}, dict(mediators="M9"), "must have a column 'M9'"),
    (dict(constant=range(60)), dict(covariates="constant"), "would make a second column 'constant'"),
    ({"kind": ["a", "b", "a"] * 20, "kind=b": range(60)}, dict(covariates=["kind=b", "kind"]), "column 'kind=b'"),
    ({}, dict(covariates="text"), "must have 2 to 30 levels; it has 60")])
def test_what_cannot_be_analyzed_is_said(changes, options, said):
    table = planted(n=60).assign(twice=lambda rows: 2 * rows["C"] + 1, text=[f"row {row}" for row in range(60)])
    for name, values in changes.items():
        table[name] = values
    with pytest.raises(InputError, match=said):
        mediation(**{"table": table, "exposure": "X", "mediators": "M1", "outcome": "Y", **options})


def test_too_few_rows_are_refused():
    with pytest.raises(InputError, match=r"more complete rows than the regression of 'Y' has terms \(4: constant"):
        mediation(planted(n=4), "X", "M1", "Y", ["C"])


def test_an_outcome_that_is_told_apart_without_error_is_refused():
    table = planted(n=60).assign(yes=lambda rows: rows["M1"] > 0.3)
    with pytest.raises(InputError, match="The regression of 'yes' \\(binomial\\) has no finite answer"):
        mediation(table, "X", "M1", "yes", method="g-formula", families={"yes": "binomial"})


def test_resamples_that_could_not_be_fitted_are_told():
    table = planted(n=120).assign(center=lambda rows: rows["X"] * 2 + rows.index // 2 % 2)
    found = mediation(table, "X", "M1", "Y", cluster="center")
    assert found.n_resamples < 1000 and any("resamples could not be fitted" in each for each in found.cautions)
