"""Better, faster, larger: times to a goal, start-ups and least effort, against known answers and planted effects."""

import numpy as np
import pandas as pd
import pytest

from lnlab.checks import InputError
from lnlab.experiment import compare, full_grid, replicate, replicate_seeds, sweep
from lnlab.goals import (STARTS, after_support, grow_on_results, least_effort, median_time, start_up, starting_state,
                         time_to_goal, try_mixes)
from lnlab.goals.lives import mean_of
from lnlab.goals.told import share_and_interval
from lnlab.parameters import Parameters
from lnlab.programs import Program
from lnlab.run import simulate

SMALL = Parameters(n_patients=200, n_centers=4, launch_month=12, months=72)


# Time to a goal

def months_of(arms, launch=6, length=36):
    """A table in which each network's remission steps from .5 to .9 in a given month; None for never."""
    rows = []
    for arm, steps in arms.items():
        for replicate, step in enumerate(steps):
            month = np.arange(length)
            rows.append(pd.DataFrame({"arm": arm, "replicate": replicate, "month": month, "remission_rate":
                                      np.where(month >= (length if step is None else step), 0.9, 0.5)}))
    return pd.concat(rows, ignore_index=True), launch


def test_the_goal_is_reached_at_the_end_of_the_first_year_in_whose_mean_it_is():
    table, launch = months_of({"a": [6, 10, 20, None], "b": [6, 6, 6, 6]})
    found = time_to_goal(table, 0.7, held=12, launch_month=launch)
    # From .5 to .9 the mean of 12 months is .7 once 6 of them are at .9: 6 months after the step, if 12 have passed
    assert found.replicates["months"].tolist() == [12, 12, 20, 30, 12, 12, 12, 12]
    assert found.replicates["reached"].tolist() == [True, True, True, False] + 4 * [True]
    arms = found.arms.set_index("arm")
    assert arms["n_reached"].to_dict() == {"a": 3, "b": 4} and set(arms["followed"]) == {30}
    assert arms.loc["a", "median_months"] == 16 and arms.loc["b", "median_months"] == 12
    assert time_to_goal(table, 0.9, held=1, launch_month=launch).replicates["months"].tolist()[:4] == [1, 5, 15, 30]


def test_differences_are_of_pairs_that_both_reach_it_and_of_all_pairs_within_what_was_followed():
    table, launch = months_of({"a": [6, 12, 20, None], "b": [6, 8, 12, 12]})
    row = time_to_goal(table, 0.9, held=1, launch_month=launch).differences.iloc[0]
    assert (row["n_both"], row["n"]) == (3, 4)
    assert row["difference"] == pytest.approx(np.mean([0, -4, -8]))
    assert row["within"] == pytest.approx(np.mean([0, -4, -8, 7 - 30]))
    half = 4.302652729911275 * np.std([0, -4, -8], ddof=1) / 3**0.5
    assert (row["low"], row["high"]) == pytest.approx((-4 - half, -4 + half))


def test_the_words_say_who_has_not_reached_it():
    table, launch = months_of({"a": [6, 10, 20, None], "b": [None] * 4})
    found = time_to_goal(table, 0.7, launch_month=launch)
    assert "a (1 of 4 did not), b (4 of 4 did not)" in repr(found) and "Fewer than 10 networks" in repr(found)
    assert "beyond" in repr(found) and "<table" in found._repr_html_() and "Caution" in found._repr_html_()
    assert np.isinf(found.arms["median_months"][1])
    assert np.isnan(found.differences.loc[0, "difference"]) and found.differences.loc[0, "n_both"] == 0


@pytest.mark.parametrize("months, reached, median", [
    ([3, 1, 2], [1, 1, 1], 2), ([1, 2, 3, 4], [1, 1, 1, 1], 2.5), ([1, 2, 9, 9], [1, 1, 0, 0], 2),
    ([1, 2, 3, 9, 9, 9], [1, 1, 1, 0, 0, 0], 3), ([1, 9, 9], [1, 0, 0], np.inf), ([5], [1], 5), ([5], [0], np.inf)])
def test_the_median_of_what_some_have_not_reached(months, reached, median):
    assert median_time(months, reached)[0] == median


def test_the_median_and_its_interval_with_people_lost_on_the_way():
    """Times in remission of 21 patients on 6-MP (Freireich et al. 1963): median 23, Kaplan-Meier by hand.

    The curve is .857 .807 .753 .690 .627 .538 .448 at 6 7 10 13 16 22 23; its standard errors are Greenwood's.
    """
    months = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    median, low, high = median_time(months, [1] * 9 + [0] * 12)
    assert median == 23 and low == 13 and high == np.inf


def test_a_real_comparison_starts_to_count_when_the_network_starts():
    arms = {"early": {}, "late": dict(launch_month=24, months=84)}
    results = compare(arms, n=3, parameters=SMALL.but(), measures="months")
    found = time_to_goal(results, 0.68)
    assert set(found.arms["followed"]) == {60}
    for row in found.replicates.itertuples():
        rates = results.table.query(f"arm == '{row.arm}' and replicate == {row.replicate}")
        rates = rates["remission_rate"].to_numpy()[{"early": 12, "late": 24}[row.arm]:]
        held = [rates[start:start + 12].mean() >= 0.68 for start in range(len(rates) - 11)]
        assert row.reached == any(held) and row.months == (held.index(True) + 12 if any(held) else 60)


def test_replicates_alone_are_one_arm():
    found = time_to_goal(replicate(SMALL, n=2), 0.6)
    assert found.arms["arm"].tolist() == ["all runs"] and found.differences.empty


def broken(change):
    table, _ = months_of({"a": [6, 10]})
    return change(table)


@pytest.mark.parametrize("table, options, said", [
    (lambda t: t, {}, "`launch_month` must be given"),
    (lambda t: t.drop(columns="month"), dict(launch_month=6), "'month'"),
    (lambda t: t.drop(index=8), dict(launch_month=6), "replicate 0 of arm 'a': a month between 0 and 35 is missing"),
    (lambda t: pd.concat([t, t.tail(1)]), dict(launch_month=6), "replicate 1 of arm 'a': a month comes twice"),
    (lambda t: t[t["month"] > 8], dict(launch_month=6), "must begin at the start of the network"),
    (lambda t: t, dict(launch_month=30), "`held` must be at most"),
    (lambda t: t, dict(launch_month=6, goal=80), "`goal` must lie between 0 and 1"),
    (lambda t: t, dict(launch_month=6, goal=float("nan")), "`goal` must be a number"),
    (lambda t: t, dict(launch_month=6, held=0), "`held` must be a whole number"),
    (lambda t: t, dict(launch_month=6, measure="remision_rate"), "Did you mean 'remission_rate'"),
    (lambda t: t.iloc[:0], dict(launch_month=6), "at least one finished run"),
    (lambda t: 5, dict(launch_month=6), "must be Results"),
    (lambda t: t.assign(point=t["replicate"]), dict(launch_month=6), "points of a sweep")])
def test_what_cannot_be_timed_is_refused(table, options, said):
    with pytest.raises(InputError, match=said):
        time_to_goal(broken(table), **options)


def test_runs_without_months_and_sweeps_are_refused():
    with pytest.raises(InputError, match="must hold the months"):
        time_to_goal(replicate(SMALL, n=1, measures="remission_rate"))
    with pytest.raises(InputError, match="these are of a sweep"):
        time_to_goal(sweep(full_grid(sharing=[0, 1]), SMALL, measures="months"))
    with pytest.raises(InputError, match="leave it out"):
        time_to_goal(replicate(SMALL, n=1), launch_month=12)
    with pytest.raises(InputError, match="same length"):
        median_time([1, 2], [True])


def test_a_measure_that_is_missing_for_a_while_is_no_goal_reached():
    """Usable knowledge is missing while the commons is empty."""
    table = pd.DataFrame({"replicate": 0, "month": range(30), "usable_knowledge": [np.nan] * 10 + [0.9] * 20})
    found = time_to_goal(table, 0.5, measure="usable_knowledge", launch_month=6)
    assert found.replicates["months"].tolist() == [4 + 12]


# The interval of a share

def test_wilsons_interval_is_the_closed_form():
    z, k, n = 1.959963984540054, 3, 40
    middle, half = (k + z * z / 2) / (n + z * z), z * (k * (n - k) / n + z * z / 4) ** 0.5 / (n + z * z)
    assert share_and_interval(k, n) == pytest.approx((k / n, middle - half, middle + half))
    assert share_and_interval(0, 40)[1] == 0 and share_and_interval(40, 40)[2] == 1


# Start-up

def test_growth_on_results_is_the_run_with_the_months_it_came_to():
    """What was lived before a center joined is not touched by its joining."""
    for seed in (1, 2, 3):
        run = grow_on_results(SMALL, first=2, push=0.1, batch=1, seed=seed)
        core = [Program("core", "leadership", value=0.1, centers=[0, 1], start=12),
                Program("gone", "leadership", value=SMALL.leadership, centers=[0, 1], start=48)]
        pd.testing.assert_frame_equal(run.centers, simulate(SMALL, core, seed=seed, growth=run.joins).centers)
    assert any(month is not None and month > 12 for month in run.joins)


def test_who_joins_is_decided_by_what_members_gained():
    later, came_to = SMALL.but(launch_month=24, months=84), set()
    for seed in range(1, 9):
        run = grow_on_results(later, first=2, gate=0.06, every=12, batch=1, seed=seed)
        rates, joins, members = run.centers.pivot(index="month", columns="center", values="remission_rate"), [24, 24], 2
        for look in range(36, 84, 12):
            now, was = rates.loc[look - 12:look - 1, :members - 1], rates.loc[12:23, :members - 1]
            if members < 4 and look - joins[-1] <= 36 and now.mean().mean() - was.mean().mean() >= 0.06:
                joins, members = [*joins, look], members + 1
        assert list(run.joins) == joins + [None] * (4 - members)
        came_to.add(run.joins)
    assert len(came_to) > 3


def test_a_network_stalls_at_the_look_at_which_its_patience_ends():
    found = start_up(SMALL.but(months=49), first=2, push=0, gate=1, n=1)
    assert found.table.loc[0, "n_stalled"] == 1
    with pytest.raises(InputError, match="`months` must reach beyond"):
        start_up(SMALL.but(months=48), first=2, push=0, gate=1, n=1)


def test_a_gate_that_nobody_can_pass_stalls_every_network_and_one_that_all_pass_none():
    shut = start_up(SMALL, first=(1, 2), push=0, gate=1, n=4)
    assert shut.table["stalled"].tolist() == [1, 1] and shut.table["members"].tolist() == [1, 2]
    assert set(shut.networks["stalled_after"]) == {0}
    opened = start_up(SMALL, first=2, push=0, gate=-1, n=4)
    assert opened.table.loc[0, ["n_stalled", "n_full", "members"]].tolist() == [0, 4, 4]
    assert set(opened.networks["joins"]) == {(12, 12, 24, 24)}


def test_no_center_joins_after_a_network_has_stalled():
    found = start_up(SMALL.but(months=108), first=1, push=0.0, gate=0.1, patience=12, batch=3, n=12)
    stalled = found.networks[found.networks["stalled"]]
    assert 0 < len(stalled) <= 12
    for row in stalled.itertuples():
        assert max(month for month in row.joins if month is not None) == 12 + row.stalled_after


def test_a_stronger_core_stalls_less_often():
    found = start_up(SMALL.but(leadership=0), first=1, push=(0, 0.1), gate=0.1, n=20)
    none, strong = found.table["stalled"]
    assert none > strong and (found.table["rise"].diff().dropna() > 0).all()
    assert "say little about a chance" in repr(found) and "assumed" in repr(found)


def test_networks_that_are_undecided_when_runs_end_are_told():
    found = start_up(SMALL.but(months=60, n_centers=20, n_patients=400), first=2, push=0.05, gate=-1, n=3)
    assert not found.table["n_stalled"].any() and not found.table["n_full"].any()
    assert "3 of 3 networks were still growing" in repr(found)


def test_the_same_networks_live_in_all_kinds_and_again():
    one = start_up(SMALL, first=(1, 2), push=(0, 0.05), n=3, seed=7)
    again = start_up(SMALL, first=2, push=0.05, n=3, seed=7)
    same = one.networks.query("first == 2 and push == 0.05").reset_index(drop=True)
    pd.testing.assert_frame_equal(same, again.networks)
    assert same["seed"].tolist() == replicate_seeds(3, 7)


@pytest.mark.parametrize("options, said", [
    (dict(first=0), "`first` must be a whole number"), (dict(first=9), "`first` must be a whole number"),
    (dict(first=(1, 1)), "several different ones"), (dict(first=()), "several different ones"),
    (dict(push=0.5), "`leadership` must lie between"), (dict(gate=5), "`gate` must lie between -1 and 1"),
    (dict(batch=0), "`batch`"), (dict(every=0), "`every`"), (dict(patience=6), "`patience` must be at least `every`"),
    (dict(patience=60), "`months` must reach beyond"), (dict(n=0), "`n` must be"), (dict(support=0), "`support`"),
    (dict(parameters=SMALL.but(launch_month=6)), "`launch_month` must be at least 12"),
    (dict(parameters=5), "`parameters`")])
def test_start_ups_that_cannot_be_are_refused(options, said):
    with pytest.raises(InputError, match=said):
        start_up(**{"parameters": SMALL, "first": 2, "n": 2, **options})


def test_the_gain_after_support_is_that_of_runs_compared_by_hand():
    found = after_support({"leaders": {"leadership": 0.05}}, SMALL, first=2, n=2, seed=3)
    long = SMALL.but(months=12 + 36 + 36)
    programs = [Program("core", "leadership", value=0.05, centers=[0, 1]),
                Program("gone", "leadership", value=0, centers=[0, 1], start=48)]
    for replicate_, seed in enumerate(replicate_seeds(2, 3)):
        run, usual = (simulate(long, programs, seed=seed, growth=growth).centers.query("center < 2")
                      for growth in ([12, 12, None, None], "never"))
        gain = (run["remission_rate"] - usual["remission_rate"]).groupby(run["month"]).mean()
        row = found.networks.query(f"measure == 'remission_rate' and replicate == {replicate_}").iloc[0]
        assert row["during"] == pytest.approx(gain.loc[36:47].mean())
        assert row["after"] == pytest.approx(gain.loc[60:83].mean())
        assert row["keeps"] == (row["after"] >= row["during"] / 2)


def test_simple_contagion_lets_activation_fall_back_and_strong_complex_contagion_keeps_it():
    core = {"leaders": {"leadership": 0.1}}
    simple = after_support(core, SMALL.but(leadership=0), first=4, n=6, measures="activation").table.iloc[0]
    tipped = after_support(core, SMALL.but(leadership=0, patient_influence=0.2, contagion_threshold=0.55), first=4,
                           n=6, measures="activation").table.iloc[0]
    assert simple["n_keep"] == 0 and simple["kept"] < 0.1 and tipped["n_keep"] >= 4 and tipped["kept"] > 0.5


def test_a_core_that_does_nothing_has_no_gain_to_keep():
    found = after_support({"nobody": {"leadership": 0}}, SMALL.but(leadership=0, sharing=0, registry=0,
                          pre_visit_planning=0, clinician_spread=0), first=2, n=2, measures="activation")
    assert found.table.loc[0, "n_keep"] == 0 and "no clear gain with support" in repr(found)


@pytest.mark.parametrize("options, said", [
    (dict(cores={}), "`cores` must be a dict"), (dict(cores={"a": {}}), "`cores` must be a dict"),
    (dict(cores={"a": {"leadersip": 0.1}}), "Did you mean 'leadership'"),
    (dict(cores={"a": {"implementation": 0.5}}), "care as usual has"),
    (dict(measures="median_health"), "`measures` must be one of"), (dict(months=6), "`months` must be"),
    (dict(least=2), "`least` must lie"), (dict(left=2), "`leadership` must lie")])
def test_support_that_cannot_be_is_refused(options, said):
    with pytest.raises(InputError, match=said):
        after_support(**{"cores": {"a": {"leadership": 0.1}}, "parameters": SMALL, "n": 1, **options})


def test_means_of_first_centers_weigh_patients_alike():
    run = simulate(SMALL.but(n_patients=202), seed=2)
    table = run.centers.query("center < 3 and 20 <= month < 30")
    hand = (table["remission_rate"] * table["patients"]).sum() / table["patients"].sum()
    assert mean_of(run_as_course(run), "remission_rate", 3, 20, 30) == pytest.approx(hand)


def run_as_course(run):
    return run      # a run has what `mean_of` reads of a course: record, population, parameters


# Least effort

WEIGHTS = {"sharing": 1, "registry": 1, "implementation": 1}
ZERO = dict.fromkeys(WEIGHTS, 0.0)


def planted(outcome, n=20, noise=0.01, seed=5, values=(0, 0.5, 1)):
    """Mixes of three levers in networks that differ, with luck of the pairs of its own."""
    luck = np.random.default_rng(seed)
    own = luck.normal(0, 0.05, n)
    rows = [{"sharing": a, "registry": b, "implementation": c, "replicate": r,
             "remission_rate": outcome(a, b, c) + own[r] - own.mean() + luck.normal(0, noise)}
            for a in values for b in values for c in values for r in range(n)]
    return pd.DataFrame(rows)


def test_the_planted_least_effort_is_found():
    mixes = planted(lambda a, b, c: 0.6 + 0.1 * a + 0.2 * b + 0.05 * c, noise=0.001)
    found = least_effort(mixes, 0.75, WEIGHTS, ZERO)
    # .6 + .1 a + .2 b + .05 c >= .75 at a + b + c = 1 only as (0, 1, 0); (.5, .5, 0) comes to exactly .75 at the same
    assert found.best["effort"] == 1 and (found.best["sharing"], found.best["registry"]) == (0, 1)
    assert found.nearest["effort"] == 3 and found.best["surely"] and not found.cautions
    dear = least_effort(mixes, 0.69, {"sharing": 1, "registry": 9, "implementation": 1}, ZERO)
    assert [dear.best[lever] for lever in WEIGHTS] == [1, 0, 0]
    free = least_effort(mixes, 0.85, {**WEIGHTS, "registry": 0}, ZERO)
    assert free.best["registry"] == 1 and free.best["effort"] == pytest.approx(0.5)


def test_as_good_is_what_one_standard_error_of_the_pairs_cannot_tell_from_the_best():
    mixes = planted(lambda a, b, c: 0.7 + 0.05 * (a + b + c), noise=0.04, n=12, seed=2)
    found = least_effort(mixes, 0.75, WEIGHTS, ZERO)
    wide = mixes.pivot(index=list(WEIGHTS), columns="replicate", values="remission_rate")
    best = wide.loc[tuple(found.best[lever] for lever in WEIGHTS)]
    expected = {mix for mix, row in wide.iterrows() if sum(mix) <= found.best["effort"]
                and (row - best).mean() >= -(row - best).std(ddof=1) / 12**0.5}
    assert {tuple(row) for row in found.as_good[list(WEIGHTS)].to_numpy()} == expected and len(expected) > 1
    reached = wide.mean(axis=1)[lambda mean: mean >= 0.75]
    assert found.best["effort"] == min(sum(mix) for mix in reached.index)
    pairs = (wide - best).std(axis=1, ddof=1) / 12**0.5
    assert found.mixes.set_index(list(WEIGHTS))["difference_error"].to_dict() == pytest.approx(pairs.to_dict())
    assert found.as_good.iloc[0]["difference"] == 0 and f"and {len(expected) - 1} that" in repr(found)


def test_equal_efforts_and_equal_outcomes_are_all_reported():
    mixes = planted(lambda a, b, c: 0.5 + 0.2 * (a + b + c > 0.9), noise=0)
    found = least_effort(mixes, 0.7, WEIGHTS, ZERO)
    assert len(found.as_good) == 6 and set(found.as_good["effort"]) == {1.0}     # 3 with one whole, 3 with two halves


def test_where_no_mix_reaches_the_goal_the_nearest_is_told():
    found = least_effort(planted(lambda a, b, c: 0.6 + 0.1 * min(a + b, 1)), 0.95, WEIGHTS, ZERO)
    assert found.best is None and not found.mixes["as_good"].any() and found.as_good.empty
    assert "No mix reaches 95.0 %" in repr(found) and "No mix of these reaches the goal" in found._repr_html_()
    assert found.nearest["outcome"] == found.mixes["outcome"].max()


def test_a_best_that_may_fall_short_says_so():
    mixes = pd.DataFrame({"sharing": [0, 0, 0.5, 0.5, 1, 1], "replicate": [0, 1] * 3,
                          "remission_rate": [0.5, 0.5, 0.62, 0.79, 0.8, 0.82]})
    found = least_effort(mixes, 0.7, {"sharing": 2}, {"sharing": 0})
    assert found.best["effort"] == 1 and "may fall short; the first that reaches it by more is sharing 1" in repr(found)


def test_mixes_below_the_start_are_left_out_and_told():
    mixes = planted(lambda a, b, c: 0.6 + 0.3 * b)
    found = least_effort(mixes, 0.7, WEIGHTS, Parameters())
    assert (found.mixes["sharing"] >= 0.5).all() and (found.mixes["registry"] >= 0.45).all()
    assert "19 of 27 mixes were left out" in repr(found)
    assert found.best["effort"] == pytest.approx(0.05 + 0.15) and len(mixes) == 540
    with pytest.raises(InputError, match="none has"):
        least_effort(mixes.query("sharing < 1"), 0.7, WEIGHTS, {**ZERO, "sharing": 1.0})


def test_rows_may_come_in_any_order_and_the_table_is_left_alone():
    mixes = planted(lambda a, b, c: 0.6 + 0.1 * a + 0.2 * b)
    before = mixes.copy()
    shuffled = mixes.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(least_effort(mixes, 0.7, WEIGHTS, ZERO).mixes,
                                  least_effort(shuffled, 0.7, WEIGHTS, ZERO).mixes)
    pd.testing.assert_frame_equal(mixes, before)


@pytest.mark.parametrize("change, said", [
    (dict(weights={}), "`weights` must be a dict"), (dict(weights=dict.fromkeys(WEIGHTS, 0)), "at least one above 0"),
    (dict(weights={**WEIGHTS, "sharing": -1}), r"`weights\['sharing'\]` must be a number of at least 0|at least 0"),
    (dict(weights={"shairng": 1}), "Did you mean 'sharing'"),
    (dict(weights={"sharing": 1, "registry": 1}), "'implementation' has none"),
    (dict(weights={**WEIGHTS, "leadership": 1}, start=Parameters()), "must have the columns 'leadership'"),
    (dict(start={"sharing": 0}), "'registry', 'implementation' are missing"),
    (dict(start={**ZERO, "sharing": 3}), "`sharing` must lie between 0 and 1"),
    (dict(start={**ZERO, "month": 3}), "`start` must be one of"),
    (dict(goal=80), "`goal` must lie between 0 and 1"),
    (dict(measure="remission"), "must have the columns 'remission'"),
    (dict(mixes=5), "must be a table of runs")])
def test_efforts_that_cannot_be_are_refused(change, said):
    given = {"mixes": planted(lambda a, b, c: 0.6), "goal": 0.7, "weights": WEIGHTS, "start": ZERO, **change}
    with pytest.raises(InputError, match=said):
        least_effort(**given)


def test_runs_that_are_not_paired_or_come_twice_are_refused_and_incomplete_networks_told():
    mixes = planted(lambda a, b, c: 0.6 + 0.1 * a)
    with pytest.raises(InputError, match="row 541 repeats"):
        least_effort(pd.concat([mixes, mixes.head(1)]), 0.7, WEIGHTS, ZERO)
    with pytest.raises(InputError, match="row 3: .* must all be numbers"):
        least_effort(mixes.assign(remission_rate=mixes["remission_rate"].where(mixes.index != 2)), 0.7, WEIGHTS, ZERO)
    with pytest.raises(InputError, match="must be paired"):
        least_effort(mixes.assign(seed=range(len(mixes))), 0.7, WEIGHTS, ZERO)
    less = least_effort(mixes.drop(index=0), 0.65, WEIGHTS, ZERO)
    assert set(less.mixes["n"]) == {19} and "1 of 20 networks were left out" in repr(less)
    with pytest.raises(InputError, match="no replicate has all"):
        least_effort(mixes[mixes["replicate"] == (2 * mixes["sharing"]).astype(int)], 0.7, WEIGHTS, ZERO)


def test_one_network_has_no_standard_error_and_says_so():
    found = least_effort(planted(lambda a, b, c: 0.6 + 0.1 * a, n=1), 0.65, WEIGHTS, ZERO)
    assert found.mixes["standard_error"].isna().all() and "no standard errors" in repr(found)


def test_mixes_begin_where_the_network_stands():
    net = Parameters(n_patients=100, n_centers=2, launch_month=12, months=48)
    mixes = try_mixes({"sharing": [0.5, 1], "implementation": [0.35, 0.6]}, net, start=30, n=2,
                      measure={"before": lambda run: run.months["remission_rate"][:30].sum(),
                               "remission_rate": lambda run: run.months["remission_rate"][-12:].mean()})
    assert mixes.groupby("replicate")["before"].nunique().tolist() == [1, 1]
    stays = mixes.query("sharing == 0.5 and implementation == 0.35")["remission_rate"]
    assert stays.tolist() == replicate(net, n=2, measures="remission_rate").table["remission_rate"].tolist()
    shift = np.log(0.6 / 0.4) - np.log(0.35 / 0.65)
    moved = replicate(net, Program("x", "implementation", shift=shift, start=30), n=2, measures="remission_rate")
    assert mixes.query("sharing == 0.5 and implementation == 0.6")["remission_rate"].tolist() \
        == moved.table["remission_rate"].tolist()
    assert least_effort(mixes.drop(columns="before"), 0.1, {"sharing": 1, "implementation": 1}, net).best["effort"] == 0


def test_starting_states_are_the_defaults_but_for_what_they_name():
    assert starting_state("young").changed() == STARTS["young"] and starting_state("default") == Parameters()
    assert starting_state("mature", SMALL).n_patients == 200
    with pytest.raises(InputError, match="Did you mean 'young'"):
        starting_state("yong")


@pytest.mark.parametrize("levers, options, said", [
    ({}, {}, "`levers` must be a dict"), ({"patient_influence": [0.1]}, {}, "`levers` must be one of"),
    ({"sharing": []}, {}, "at least one value"), ({"sharing": [0.5, 0.5]}, {}, "none twice"),
    ({"sharing": 0.5}, {}, "`sharing` must be a list"), ({"sharing": [2]}, {}, "`sharing` must lie"),
    ({"sharing": [0.5]}, dict(start=70), "`start` must be"),
    ({lever: list(np.linspace(0.5, 1, 20)) for lever in WEIGHTS}, {}, "at most 5,000 mixes")])
def test_mixes_that_cannot_be_run_are_refused(levers, options, said):
    with pytest.raises(InputError, match=said):
        try_mixes(levers, SMALL, n=1, **options)


# What would be silently wrong

@pytest.mark.parametrize("change, said", [
    (lambda t: t.assign(remission_rate=t["remission_rate"].where(t.index != 8)), "row 9: `remission_rate` must be a"),
    (lambda t: t.assign(remission_rate="a"), "row 1: `remission_rate` must be a number; got a"),
    (lambda t: t.assign(remission_rate=100 * t["remission_rate"]), "a share, not percent.; got 50"),
    (lambda t: t.assign(replicate=t["replicate"].where(t.index > 0)), "row 1: `replicate` is missing"),
    (lambda t: t.assign(arm=t["arm"].where(t.index > 0)), "row 1: `arm` is missing"),
    (lambda t: t.assign(month=t["month"] + 0.5), "row 1: `month` must be a whole number; got 0.5")])
def test_rows_that_would_be_lost_or_misread_are_refused(change, said):
    with pytest.raises(InputError, match=said):
        time_to_goal(broken(change), launch_month=6)


def test_networks_that_are_not_the_same_have_no_differences():
    table, launch = months_of({"a": [6, 10], "b": [9, 14]})
    seeds = table["replicate"] + 10 * (table["arm"] == "b")
    assert len(time_to_goal(table, launch_month=launch).differences) == 1
    assert len(time_to_goal(table.assign(seed=table["replicate"]), launch_month=launch).differences) == 1
    found = time_to_goal(table.assign(seed=seeds), launch_month=launch)
    assert found.differences.empty and "not the same networks" in repr(found) and len(found.arms) == 2


def test_a_goal_that_was_there_at_the_start_is_told_and_one_that_is_lost_again_was_reached():
    table, launch = months_of({"a": [0, 12]})
    assert "1 of 2 networks is at the goal in the first 12 months" in repr(time_to_goal(table, launch_month=launch))
    lost = table.assign(remission_rate=table["remission_rate"].where(table["month"] < 30, 0))
    found = time_to_goal(lost, launch_month=launch)
    assert found.replicates["reached"].all() and found.replicates["months"].tolist()[0] == 12


def test_an_arm_that_starts_in_another_month_than_it_is_counted_from_is_told():
    net = SMALL.but(n_patients=60, n_centers=2)
    both = compare({"late": dict(growth=[20, None]), "never": dict(growth="never")}, n=2, parameters=net,
                   measures="months")
    said = time_to_goal(both, 0.99).cautions
    assert [each for each in said if "first center" in each] == [
        "In late, the first center joins in month 20, but months are counted from `launch_month` (12)."]


@pytest.mark.parametrize("months, reached", [([1, np.inf], [1, 1]), ([-1, 2], [1, 1]), ([1, 2], ["yes", "no"]),
                                             ([1, 2], [1, np.nan]), (["a"], [True]), ([], []), (5, True)])
def test_times_that_are_none_are_refused(months, reached):
    with pytest.raises(InputError, match="two lists of the same length"):
        median_time(months, reached)


def test_a_median_that_all_have_at_once_has_no_interval():
    assert median_time([12] * 5, [True] * 5)[0] == 12 and np.isnan(median_time([12] * 5, [True] * 5)[1:]).all()


@pytest.mark.parametrize("change, said", [
    (dict(measure="sharing"), "`measure` must be the column of an outcome"), (dict(measure=["a"]), "`measure` must be"),
    (dict(measure="replicate"), "`measure` must be"),
    (dict(mixes=planted(lambda a, b, c: 70 + a)), "not percent"),
    (dict(mixes=planted(lambda a, b, c: 0.6, values=(0, 50, 100))), "`sharing` must lie between 0 and 1; got 50")])
def test_outcomes_that_are_none_and_percents_are_refused(change, said):
    with pytest.raises(InputError, match=said):
        least_effort(**{"mixes": planted(lambda a, b, c: 0.6), "goal": 0.5, "weights": WEIGHTS, "start": ZERO, **change})


def test_every_mix_is_kept_however_near_and_pulled_a_year_before_the_end():
    net = SMALL.but(n_patients=60, n_centers=2, months=30)
    assert sorted(set(try_mixes({"sharing": [0.5, 0.50000001]}, net, n=1)["sharing"])) == [0.5, 0.50000001]
    with pytest.raises(InputError, match="a year beyond `launch_month`"):
        try_mixes({"sharing": [0.5, 1]}, net.but(launch_month=20), n=1)
    with pytest.raises(InputError, match="`measure` must be one number"):
        try_mixes({"sharing": [0.5, 1]}, net, n=1, measure="months")


@pytest.mark.parametrize("options, said", [
    (dict(measures=["activation", "activation"]), "none twice"), (dict(measures=[]), "at least one"),
    (dict(left=None), "`left` must be a number"), (dict(cores={1: {"leadership": 0.1}}), "named by text")])
def test_networks_are_not_counted_twice_after_support(options, said):
    with pytest.raises(InputError, match=said):
        after_support(**{"cores": {"a": {"leadership": 0.1}}, "parameters": SMALL, "n": 1, **options})
