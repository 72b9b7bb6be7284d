"""Replicate, compare, sweep: one tidy table; pairs share their luck; designs are refused with row numbers."""

import functools
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import lnlab
from lnlab import (Arm, InputError, MeanOver, Parameters, Program, compare, full_grid, latin_hypercube, replicate,
                   simulate, sobol_points, sweep)
from lnlab import run as run_module
from lnlab.experiment import past, replicate_seeds
from lnlab.experiment.differences import n_to_halve, paired_difference
from lnlab.experiment.outcomes import checked_outcomes
from lnlab.experiment.past import OF_THE_PAST, Lived, past_of
from lnlab.experiment.written import written
from lnlab.month import settle
from lnlab.parameters import declared
from lnlab.population import make_population
from lnlab.run import UNKNOWN_TO_USUAL_CARE, Course
from lnlab.tables import MEASURES

TINY = Parameters(n_patients=60, n_centers=3, burn_in=8, launch_month=4, months=16)
PLANNING = Program("planning", lever="pre_visit_planning", value=0.9, start=6)
ARMS = {"usual care": dict(growth="never"), "network": dict(), "planning": PLANNING,
        "more sharing": TINY.but(sharing=1), "fewer forget": dict(forgetting=0.0), "own": Arm(TINY, growth=[0, 3, None]),
        "other medicines": dict(efficacy_seed=9)}


def same(this, other):
    """Are two runs equal to the last bit, in every table?"""
    return all(getattr(this, name).equals(getattr(other, name)) for name in ("months", "centers", "patients", "sharing"))


# One tidy table

def test_replicates_are_the_runs_of_their_seeds():
    results = replicate(TINY, [PLANNING], n=3, seed=5)
    for number, seed in enumerate(replicate_seeds(3, 5)):
        months = results.table.query("replicate == @number")
        assert (months["seed"] == seed).all()
        expected = simulate(TINY, [PLANNING], seed).months
        assert months[list(expected)].reset_index(drop=True).equals(expected)


def test_a_comparison_pairs_its_arms_by_seed():
    table = compare(ARMS, n=4, seed=2, parameters=TINY).table
    assert table["arm"].tolist() == [name for name in ARMS for _ in range(4)]
    assert table.groupby("arm")["seed"].agg(tuple).nunique() == 1
    assert table.columns.tolist() == ["arm", "replicate", "seed", "remission_rate"]


def test_each_arm_is_what_it_would_be_alone():
    both = compare(ARMS, n=2, parameters=TINY, measures="months")
    for number, name in enumerate(ARMS):
        arm = both.arms[number]
        for one, seed in enumerate(replicate_seeds(2, 1)):
            alone = simulate(arm.parameters, arm.programs, seed, growth=arm.growth,
                             efficacy_seed=arm.efficacy_seed).months
            rows = both.table.query("arm == @name and replicate == @one")
            assert rows[list(alone)].reset_index(drop=True).equals(alone)


def test_a_sweep_has_a_row_for_each_point_and_replicate():
    design = full_grid(sharing=[0, 1], n_centers=[1, 3], center_archive=2)
    results = sweep(design, TINY.but(colleague_ties=1), n=2, measures={"r": "remission_rate", "c": "commons_cases"})
    table = results.table
    assert table.columns.tolist() == ["point", "sharing", "n_centers", "center_archive", "replicate", "seed", "r", "c"]
    assert len(table) == 16 == results.n_finished == results.n_asked
    assert table[list(design)].drop_duplicates().reset_index(drop=True).equals(design)
    assert table["n_centers"].dtype.kind == "i" and table["center_archive"].dtype.kind == "b"


@pytest.mark.parametrize("paired", [True, False])
def test_the_points_of_a_sweep_share_their_luck_if_they_are_paired(paired):
    table = sweep(full_grid(sharing=[0, 0.5, 1]), TINY, n=4, paired=paired).table
    assert table["seed"].nunique() == (4 if paired else 12)
    assert (table.groupby("replicate")["seed"].nunique() == (1 if paired else 3)).all()


def test_a_design_of_ones_own_is_a_table():
    own = pd.DataFrame({"sharing": [0.2, 0.9], "registry": [0.0, 0.5]}, index=["low", "high"])
    before = own.copy()
    table = sweep(own, TINY).table
    assert table["sharing"].tolist() == [0.2, 0.9] and own.equals(before)


def test_programs_without_a_start_begin_with_the_network_of_their_point():
    arms = sweep(full_grid(launch_month=[4, 9]), TINY, Program("plan", lever="sharing", value=0.1)).arms
    assert [arms[point].changes[0].start for point in (0, 1)] == [4, 9]


def test_the_long_form_has_a_row_for_each_measure():
    results = compare({"a": {}, "b": dict(sharing=0)}, n=3, parameters=TINY, measures=["activation", "cases"])
    long = results.long()
    assert long.columns.tolist() == ["arm", "replicate", "seed", "measure", "value"] and len(long) == 12


def test_named_levels_of_an_index_are_parameters():
    named = pd.DataFrame({"sharing": [0.2, 0.9], "registry": [0.0, 0.5]}).set_index("sharing")
    assert sweep(named, TINY).table["sharing"].tolist() == [0.2, 0.9]


def test_a_measure_named_like_a_parameter_keeps_both():
    table = sweep(full_grid(activation=[0.2, 0.4]), TINY, measures="activation").table
    assert table["activation"].tolist() == [0.2, 0.4] and table["activation_kept"].between(0, 1).all()


# Measures

def test_measures_are_means_over_windows():
    results = replicate(TINY, n=2, measures=["remission_rate", ("activation", 2, 5), MeanOver("cases", -3, -2)])
    assert list(results.measures) == ["remission_rate", "activation_2_5", "cases_last_3_last_2"]
    for row in results.table.itertuples():
        months = simulate(TINY, seed=row.seed).months
        assert row.remission_rate == months["remission_rate"].tail(12).mean()
        assert row.activation_2_5 == months["activation"][2:6].mean()
        assert row.cases_last_3_last_2 == months["cases"][-3:-1].mean()


def test_every_column_of_months_can_be_a_measure():
    run = simulate(TINY)
    assert list(MEASURES) == run.months.columns[1:].tolist()
    for name in MEASURES:
        assert MeanOver(name)(run) == pytest.approx(run.months[name].tail(12).mean(), rel=1e-12, nan_ok=True)


def test_a_short_run_has_a_short_last_year():
    assert replicate(TINY.but(months=5), n=1, measures="remission_rate").table["remission_rate"].notna().all()


def test_a_function_may_keep_numbers_or_a_table():
    numbers = replicate(TINY, n=2, measures=lambda run: {"well": run.patients["in_remission"].sum(), "none": np.nan})
    assert numbers.table["well"].dtype == float and numbers.table["none"].isna().all()
    table = replicate(TINY, n=2, measures=lambda run: run.centers.groupby("center")[["cases"]].sum()).table
    assert table.columns.tolist() == ["replicate", "seed", "center", "cases"] and len(table) == 6


def test_a_measure_by_center_is_named_by_its_centers():
    def rate(run):
        return run.centers.groupby("center")["remission_rate"].mean()
    series, numbers = (replicate(TINY, n=1, measures=each) for each in (rate, {"rate": lambda run: dict(rate(run))}))
    assert list(series.measures) == list(numbers.measures) == ["rate_0", "rate_1", "rate_2"]
    assert series.table.equals(numbers.table)


def test_tables_and_numbers_do_not_mix():
    def either(run):
        return run.months if run.seed == replicate_seeds(3, 1)[1] else 1.0
    with pytest.warns(UserWarning, match="1 of 3 runs failed.*numbers in all runs, or tables"):
        assert replicate(TINY, n=3, measures=either).table["either"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("odd", [lambda: pd.DataFrame({"x": ["text"]}), lambda: pd.DataFrame({"y": [1.0]}),
                                 lambda: pd.DataFrame([[1, 2]], columns=["x", "x"]), lambda: pd.DataFrame({"x": [[1], "a"]})])
def test_a_table_unlike_the_others_is_a_failure_of_its_run(odd, tmp_path):
    def sometimes(run):
        return odd() if run.seed == replicate_seeds(3, 1)[1] else pd.DataFrame({"x": [1.0, 2.0]})
    for store in (None, tmp_path / "runs", tmp_path / "runs"):
        with pytest.warns(UserWarning, match="1 of 3 runs failed"):
            results = replicate(TINY, n=3, measures=sometimes, store=store)
        assert results.table["x"].tolist() == [1, 2, 1, 2] and results.failures["replicate"].tolist() == [1]


def test_what_a_measure_does_to_a_run_reaches_no_other():
    def vandal(run):
        for name in ("center_shift", "baseline", "efficacy", "clinician_baseline"):
            getattr(run.population, name)[...] = 0.3
        return run.months["remission_rate"].mean()
    arms = {"a": {}, "b": dict(sharing=0), "c": dict(turnover=0.02), "d": dict(growth="never")}
    found = compare(arms, n=2, parameters=TINY, measures=vandal, executor="serial").table["vandal"]
    alone = [compare({name: arm}, n=2, parameters=TINY, measures=vandal, executor="serial").table["vandal"]
             for name, arm in arms.items()]
    assert found.equals(pd.concat(alone, ignore_index=True))


def test_the_error_of_a_failure_is_its_first_line():
    def fail(run):
        raise ValueError("bad seed\nand more")
    with pytest.warns(UserWarning, match="bad seed"):
        failures = replicate(TINY, n=1, measures=fail).failures
    assert failures["error"].tolist() == ["ValueError: bad seed"] and "and more" in failures["traceback"][0]


def test_names_of_functions():
    def unwell(run):
        return 1 - run.months["remission_rate"].iloc[-1]
    outcomes = checked_outcomes([unwell, functools.partial(unwell), "cases"])
    assert [name for name, _ in outcomes.kept] == ["unwell", "partial", "cases"]


# Pairs and their differences

def test_differences_are_paired():
    results = compare({"usual": dict(growth="never"), "network": {}, "none": dict(sharing=0)}, n=6, parameters=TINY,
                      measures=["remission_rate", "activation"])
    found = results.differences().set_index(["measure", "arm"])
    wide = results.table.pivot(index="replicate", columns="arm", values="activation")
    pairs = wide["network"] - wide["usual"]
    row, interval = found.loc[("activation", "network")], stats.ttest_1samp(pairs, 0).confidence_interval(0.95)
    assert row["difference"] == pytest.approx(pairs.mean(), abs=1e-15)
    assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high), abs=1e-12)
    assert set(results.differences("none")["against"]) == {"none"} and row["n"] == 6


def test_the_same_arm_twice_differs_by_nothing():
    found = compare({"a": {}, "b": {}}, n=3, parameters=TINY).differences()
    assert found.loc[0, ["difference", "low", "high"]].tolist() == [0, 0, 0]
    assert found.loc[0, ["n_to_halve", "times_fewer"]].isna().all()


@pytest.mark.parametrize("n", [2, 3, 8, 30, 200])
def test_so_many_pairs_halve_the_interval(n):
    """The same spread, more pairs: one fewer would not do."""
    def width(m):
        return stats.t.ppf(0.975, m - 1) / m**0.5
    needed = n_to_halve(n)
    assert width(needed) <= width(n) / 2 < width(needed - 1)


def test_one_pair_tells_no_interval():
    only = paired_difference([0.5], [0.2])
    assert only["difference"] == 0.3 and np.isnan(only["low"]) and pd.isna(only["n_to_halve"])


def test_pairs_are_worth_what_independent_samples_would_need():
    """Two normal samples with a common part of variance 3 and own parts of variance 1: (4 + 4) / 2 times fewer."""
    common, own, others = np.random.default_rng(1).normal(size=(3, 200_000)) * np.sqrt([[3], [1], [1]])
    assert paired_difference(common + own, common + others)["times_fewer"] == pytest.approx(4, rel=0.02)


def test_pairing_removes_the_luck():
    """With the same people and luck the difference of two arms varies far less than with luck of their own."""
    arms = {"a": {}, "b": dict(patient_influence=0.1)}
    paired = compare(arms, n=12, parameters=TINY, measures="activation").table.pivot(
        index="replicate", columns="arm", values="activation")
    apart = compare({"b": arms["b"]}, n=12, seed=9, parameters=TINY, measures="activation").table["activation"]
    assert (paired["b"] - paired["a"]).std() < 0.2 * (apart - paired["a"]).std()


# What arms have in common

@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_shared_past_changes_nothing(data):
    """Any two arms that have equal pasts by their key: the second lives on from the first's burn-in, bit for bit."""
    def drawn(name):
        low, high = declared(name)["low"], declared(name)["high"]
        if name in ("months", "launch_month"):
            return data.draw(st.integers(14, 20) if name == "months" else st.integers(0, 13))
        return data.draw(st.floats(low, 1.0 if high is None else high))
    names = data.draw(st.lists(st.sampled_from(UNKNOWN_TO_USUAL_CARE), unique=True, max_size=4))
    one = Arm(TINY, [PLANNING])
    other = Arm(TINY.but(**{name: drawn(name) for name in names}), growth=data.draw(st.sampled_from(["together", "never"])))
    assert past_of(one, 3) == past_of(other, 3)
    lived = Lived()
    first = lived.simulate(one, 3, following=past_of(other, 3))
    assert same(first, one.simulate(3)) and lived.past is not None
    assert same(lived.simulate(other, 3), other.simulate(3))


@pytest.mark.parametrize("name", OF_THE_PAST)
def test_what_is_taken_to_shape_the_past_does(name):
    """Else arms would live a burn-in of their own for nothing. `burn_in` and sizes do so by their nature."""
    if name in ("burn_in", "n_patients", "n_centers", "clinicians_per_center", "n_phenotypes", "n_packages"):
        return
    base = Parameters(n_patients=120, n_centers=3, burn_in=20, launch_month=1, months=2, center_variation=0.5,
                      implementation=0.5, center_archive=name == "obsolescence")
    about, now = declared(name), getattr(base, name)
    changed = (not now) if about["switch"] else abs(now - 5) if about["whole"] else 0.9 * now if now > 0.02 else \
        0.4 * (about["high"] or 1)
    states = []
    for parameters in (base, base.but(**{name: changed})):
        course = Course(parameters, seed=3)
        course.live_until(0)
        states.append(course.network)
    assert any(not np.array_equal(this, that) for this, that in zip(*states))


def test_people_and_burn_in_are_made_once_for_arms_that_share_them(monkeypatch):
    """Two replicates; five arms with two pasts, of which one has its own people."""
    made, settled = [], []
    monkeypatch.setattr(past, "make_population", lambda *given, **more: made.append(1) or make_population(*given, **more))
    monkeypatch.setattr(run_module, "settle", lambda *given: settled.append(1) or settle(*given))
    arms = {"a": {}, "other people": dict(activation=0.5), "b": dict(sharing=0), "c": dict(growth="never"), "d": PLANNING}
    compare(arms, n=2, parameters=TINY, executor="serial", chunk=100)
    assert (len(made), len(settled)) == (4, 4)
    sweep(full_grid(sharing=[0, 0.5, 1], turnover=[0.01, 0.02]), TINY, n=2, executor="serial", chunk=100)
    assert (len(made), len(settled)) == (4 + 2, 4 + 4)


def test_runs_that_follow_each_other_share_no_state():
    lived = Lived()
    arms = [Arm(TINY), Arm(TINY, efficacy_seed=9), Arm(TINY.but(sharing=0)), Arm(TINY.but(turnover=0.05)),
            Arm(TINY, growth="never")]
    keys = [past_of(arm, 1) for arm in arms]
    for arm, after in zip(arms * 2, [*keys[1:], *keys, None]):
        assert same(lived.simulate(arm, 1, following=after), arm.simulate(1))


def test_last_year_is_of_one_arm_only():
    both = compare({"a": {}, "b": dict(sharing=0)}, n=2, parameters=TINY, measures="months")
    with pytest.raises(InputError, match="must be of one arm; this table has 2"):
        lnlab.last_year(both)
    assert len(lnlab.last_year(both.table.query("arm == 'b'"))) == 2
    with pytest.raises(InputError, match="must hold the table of months"):
        lnlab.last_year(replicate(TINY, n=2, measures="remission_rate"))


# Repeat

def test_any_row_can_be_repeated():
    results = sweep(latin_hypercube(["sharing", "turnover"], 5), TINY, [PLANNING], n=2, measures="cases")
    for row in (0, 7, results.table.iloc[7], dict(results.table.iloc[7]), {"point": 3, "replicate": 1}):
        run = results.repeat(row)
        which = results.table.iloc[0 if isinstance(row, int) and row == 0 else 7]
        assert run.months["cases"].tail(12).mean() == which["cases"] and run.parameters.sharing == which["sharing"]
    arm = results.arms[3]
    assert same(results.repeat(7), simulate(arm.parameters, [PLANNING], int(results.table["seed"][7])))


def test_a_row_of_other_results_is_refused():
    one, other = (replicate(TINY, n=3, seed=seed, measures="cases") for seed in (1, 2))
    with pytest.raises(InputError, match="`row` must be of these results: their run has `seed`"):
        other.repeat(one.table.iloc[2])
    up, down = (sweep(full_grid(sharing=values), TINY) for values in ([0.1, 0.2], [0.2, 0.1]))
    with pytest.raises(InputError, match="their run has `sharing` 0.2; got 0.1"):
        down.repeat(up.table.iloc[0])


def test_a_row_of_an_arm_can_be_repeated():
    results = compare(ARMS, n=2, parameters=TINY, measures="months")
    row = results.table.query("arm == 'own' and replicate == 1 and month == 3").index[0]
    assert same(results.repeat(row), simulate(TINY, seed=replicate_seeds(2, 1)[1], growth=[0, 3, None]))


@pytest.mark.parametrize("row, message", [
    (999, "`row` must be the number of a row"), ({"arm": "network"}, "must say its `arm` and `replicate`"),
    ({"arm": "nobody", "replicate": 0}, "`arm` must be one of"), ({"replicate": 0}, "must say its `arm` and"),
    ({"arm": "network", "replicate": 1}, "`replicate` must be .* between 0 and 0")])
def test_a_row_that_is_not_there(row, message):
    with pytest.raises(InputError, match=message):
        compare(ARMS, n=1, parameters=TINY).repeat(row)


# A run that fails

def unlucky(run):
    """Fails for some seeds."""
    if run.seed == replicate_seeds(3, 1)[1]:
        raise RuntimeError("no such luck")
    return run.months["cases"].sum()


def test_a_run_that_fails_is_told_and_stops_no_other():
    with pytest.warns(UserWarning, match="2 of 6 runs failed.*no such luck"):
        results = sweep(full_grid(sharing=[0, 1]), TINY, n=3, measures=unlucky)
    assert len(results.table) == 4 and results.n_missing == 0
    failed = results.failures
    assert failed["point"].tolist() == [0, 1] and failed["replicate"].tolist() == [1, 1]
    assert failed["error"].tolist() == ["RuntimeError: no such luck"] * 2
    assert all("in unlucky" in each for each in failed["traceback"]) and "sharing=1.0" in failed["parameters"][1]
    assert "2 failed" in repr(results)
    assert results.repeat(failed.iloc[1]).parameters.sharing == 1


def test_differences_leave_out_pairs_that_failed():
    with pytest.warns(UserWarning, match="failed"):
        results = compare({"a": {}, "b": dict(sharing=0)}, n=3, parameters=TINY, measures=unlucky)
    assert results.differences()["n"].tolist() == [2]


def test_when_all_runs_fail_the_results_say_so():
    def never(run):
        raise ValueError("never")
    with pytest.warns(UserWarning, match="3 of 3 runs failed"):
        results = replicate(TINY, n=3, measures=never)
    assert results.n_finished == 0 and len(results.failures) == 3 and len(results.table) == 0


# Designs

def test_a_full_grid_has_every_combination():
    assert len(full_grid(sharing=5, registry=[0.1, 0.2], washout=4)) == 40
    assert full_grid(washout=3)["washout"].tolist() == [0, 6, 12]


@pytest.mark.parametrize("make", [latin_hypercube, sobol_points])
def test_points_lie_within_the_bounds_of_the_parameters(make):
    table = make(["patient_influence", "washout", "center_archive", "n_patients"], 64, within={"n_patients": (20, 80)})
    assert table["patient_influence"].between(0, 0.4).all() and table["n_patients"].between(20, 80).all()
    assert set(table["washout"]) == set(range(13)) and table["center_archive"].sum() == 32
    assert make(["sharing"], 8).equals(make(["sharing"], 8)) and not make(["sharing"], 8).equals(make(["sharing"], 8, 2))


def test_whole_numbers_come_equally_often():
    assert latin_hypercube(["washout"], 130)["washout"].value_counts().eq(10).all()


def test_a_latin_hypercube_meets_every_slice_once():
    assert sorted(np.floor(latin_hypercube(["sharing"], 20)["sharing"] * 20)) == list(range(20))


@pytest.mark.parametrize("design, message", [
    (pd.DataFrame(), "at least one row"), (pd.DataFrame({"sharing": []}), "at least one row"),
    (pd.DataFrame({"shairng": [0.1]}), "column 'shairng' is no parameter. Did you mean 'sharing'"),
    (pd.DataFrame({"sharing": [0.1, 1.8, -1]}), "2 problems: row 1: `sharing` must lie between 0 and 1.*row 2"),
    (pd.DataFrame({"sharing": [0.1, 0.2, 0.1]}), "rows 0, 2 are the same point"),
    (pd.DataFrame({"washout": [1, 2.5]}), "row 1: `washout` must be a whole number"),
    (pd.DataFrame({"sharing": [0.1, None]}), "row 1: `sharing` must be a number.*nan"),
    (pd.DataFrame({"sharing": [0.1, "much"]}), "row 1: `sharing` must be a number.*'much'"),
    (pd.DataFrame({"n_centers": [2, 500]}), "row 1: `n_centers` must be at most"),
    (pd.DataFrame([[0.1, 0.2]], columns=["sharing", "sharing"]), "column 'sharing' comes twice"),
    (pd.DataFrame({"sharing": np.linspace(2, 3, 9)}), "9 problems: row 0.*and 4 more"),
    (5, "must be a table"), ("sharing", "must be a table")])
def test_a_design_that_cannot_be_is_refused(design, message):
    with pytest.raises(InputError, match=f"`design` .*{message}"):
        sweep(design, TINY)


def test_a_point_that_does_not_fit_the_programs_is_refused():
    with pytest.raises(InputError, match="row 0: `centers` of program 'planning'"):
        sweep(full_grid(n_centers=[1, 3]), TINY, Program("planning", lever="sharing", value=1, centers=[2]))


@pytest.mark.parametrize("make, message", [
    (lambda: full_grid(), "at least one parameter"), (lambda: full_grid(sharing=[]), "different values"),
    (lambda: full_grid(sharing=[0, 0]), "different values"), (lambda: full_grid(n_patients=3), "no highest value"),
    (lambda: full_grid(sharing=[0, 2]), "between 0 and 1"), (lambda: latin_hypercube([], 4), "at least one"),
    (lambda: latin_hypercube(["sharing", "sharing"], 4), "each once"), (lambda: full_grid(nobody=[1]), "no parameter"),
    (lambda: latin_hypercube(["sharing"], 0), "`n` must be"), (lambda: sobol_points(["sharing"], 12), "8 or 16"),
    (lambda: sobol_points(["sharing"], 8, within={"sharing": (1, 0)}), "low and high"),
    (lambda: sobol_points(["sharing"], 8, within={"sharing": (0, 3)}), "between 0 and 1"),
    (lambda: sobol_points(["sharing"], 8, within={"registry": (0, 1)}), "that vary")])
def test_a_sample_that_cannot_be_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


# Other bad input

@pytest.mark.parametrize("measures, message", [
    ("remision_rate", "Did you mean 'remission_rate'"), ([], "at least one"), ({}, "at least one"), (5, "list of measures"),
    (["cases", "cases"], "'cases' comes 2 times"), (("cases", 2, 99), "within the months of the run \\(0 to 15\\)"),
    (("cases", 9, 2), "must come before"), ([("cases", 1)], "columns of Run.months"), (lambda: 1, "functions of a Run"),
    (lambda run, other: 1, "functions of a Run"), ({"": "cases"}, "at least one"), ([None], "columns of Run.months"),
    (("cases", -30, -1), "within the months")])
def test_a_measure_that_cannot_be_is_refused(measures, message):
    with pytest.raises(InputError, match=message):
        replicate(TINY, n=1, measures=measures)


@pytest.mark.parametrize("result, message", [
    ("much", "must be a number"), (None, "must be a number"), ({"a": "b"}, "must be a number"), ({}, "at least one number"),
    (pd.DataFrame(), "at least one row"), (RuntimeError("first\nsecond"), "must be a number")])
def test_a_function_that_gives_no_number_is_a_failure_that_says_so(result, message):
    with pytest.warns(UserWarning, match="1 of 1 runs failed"):
        results = replicate(TINY, n=1, measures=lambda run: result)
    assert message in results.failures["error"][0]


@pytest.mark.parametrize("arms, message", [
    ({}, "must be a dict of arms"), ([TINY], "must be a dict of arms"), ({"": {}}, "named by text"), ({3: {}}, "named by text"),
    ({"a": dict(shairng=1)}, "Arm 'a': There is no parameter or part of an arm 'shairng'. Did you mean 'sharing'"),
    ({"a": dict(sharing=3)}, "Arm 'a': `sharing` must lie"), ({"a": 5}, "Arm 'a': `programs` must be"),
    ({"a": dict(growth="nevr")}, "Arm 'a': `growth`"), ({"a": dict(efficacy_seed=-1)}, "Arm 'a': `efficacy_seed`"),
    ({"a": dict(programs=5)}, "Arm 'a': `programs`"), ({"a": Parameters(sharing=0)}, "lack what `parameters` says .*n_patients=60"),
    ({"a": Arm(programs=PLANNING)}, "Arm 'a': it comes with parameters of its own"),
    ({"a": dict(parameters=Parameters())}, "Arm 'a': it comes with parameters of its own"), ({"a": dict(parameters=5)}, "Arm 'a': `parameters`")])
def test_an_arm_that_cannot_be_is_refused_by_name(arms, message):
    with pytest.raises(InputError, match=message):
        compare(arms, n=1, parameters=TINY)


@pytest.mark.parametrize("options, message", [
    (dict(n=0), "`n` must be"), (dict(seed=-1), "`seed` must be"), (dict(executor="fast"), "`executor` must be"),
    (dict(executor=2), "`executor` must be"), (dict(chunk=0), "`chunk` must be"), (dict(progress="yes"), "`progress`")])
def test_options_that_cannot_be_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        replicate(TINY, **{"n": 1, **options})


def test_differences_need_arms_and_numbers():
    with pytest.raises(InputError, match="two arms or more"):
        replicate(TINY, n=2).differences()
    with pytest.raises(InputError, match="whole tables were kept"):
        compare({"a": {}, "b": {}}, n=1, parameters=TINY, measures="months").differences()
    with pytest.raises(InputError, match="`against` must be one of"):
        compare({"a": {}, "b": {}}, n=1, parameters=TINY).differences("c")


# Recognizing a function again

FACTOR = 1


def scaled(run):
    return FACTOR * run.seed


def test_a_function_is_known_by_all_that_it_uses(monkeypatch):
    def times(k):
        return lambda run: k * run.seed
    assert written(times(2)) == written(times(2)) != written(times(3))
    assert written(lambda run: run.seed) != written(lambda run: -run.seed)
    assert written(functools.partial(scaled)) != written(scaled)
    before = written(scaled)
    monkeypatch.setattr(f"{__name__}.FACTOR", 2)
    assert written(scaled) != before


def in_a_comprehension(run):
    return sum([FACTOR * each for each in range(3)])


def calls_in_a_generator(run):
    return sum(scaled(run) for _ in range(2))


class Multiple:
    def __init__(self, k):
        self.k = k

    def __call__(self, run):
        return self.k * FACTOR


@pytest.mark.parametrize("function", [in_a_comprehension, calls_in_a_generator, Multiple(2)])
def test_what_a_function_uses_is_found_wherever_it_is_used(monkeypatch, function):
    before = written(function)
    monkeypatch.setattr(f"{__name__}.FACTOR", 2)
    assert written(function) != before
    assert written(Multiple(2)) == written(Multiple(2)) != written(Multiple(3))


def test_a_lambda_is_known_whatever_else_stands_on_its_line():
    assert written(lambda run: run.seed) == written(lambda run: run.seed) != written(lambda run: -run.seed)


def test_a_function_is_known_by_the_functions_it_calls(monkeypatch):
    before = written(calls_another)
    monkeypatch.setattr(f"{__name__}.scaled", lambda run: 7)
    assert written(calls_another) != before


def test_a_function_is_known_by_the_modules_that_it_uses(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    path, seen = tmp_path / "my_measures.py", set()
    for text in ("def inner(run):\n    return 1\n", "def inner(run):\n    return 2\n"):
        path.write_text(text)
        import my_measures
        seen |= {written(lambda run: my_measures.inner(run)), written(my_measures.inner)}
    assert len(seen) >= 3 and written(lambda run: np.mean(1)) == written(lambda run: np.mean(1))


def test_sets_of_texts_are_known_in_every_process():
    script = ("from lnlab.experiment.written import written\nWORDS = {'alpha', 'beta', 'gamma', 'delta'}\n"
              "def kept(run, more=frozenset(WORDS)):\n    return run in WORDS or run in {'x', 'y', 'z'}\nprint(written(kept))")
    said = {subprocess.run([sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": str(seed)}, check=True,
                           capture_output=True, text=True).stdout for seed in (1, 2, 3)}
    assert len(said) == 1


def calls_another(run):
    return scaled(run) + len(lnlab.__all__) * 0


def test_an_arm_can_be_written_down_and_read_again():
    arm = Arm(TINY.but(sharing=1 / 3), [PLANNING, Program("more", lever="registry", shift=0.5, centers=[1])],
              "one by one", efficacy_seed=4)
    again = Arm.from_text(arm.text)
    assert again.text == arm.text and same(again.simulate(2), arm.simulate(2))
