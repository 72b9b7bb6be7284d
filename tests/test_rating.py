"""Simulated raters: they see the true level through bias and noise, and never see an outcome."""

import numpy as np
import pandas as pd
import pytest

from lnlab import Parameters, simulate
from lnlab.checks import InputError
from lnlab.measures import (intraclass_correlation, maturity, maturity_grid, rate, rating_table, state_map, true_levels,
                            within_group_agreement)
from lnlab.measures.rating import OUTCOMES, THRESHOLDS


@pytest.fixture(scope="module")
def months():
    return simulate(Parameters(n_patients=300, n_centers=3, burn_in=24, launch_month=12, months=48)).months


def flat(**columns):
    return pd.DataFrame({"month": range(12), **columns})


def one(state="x", per="", steps=(1, 2, 3, 4)):
    return pd.DataFrame([["Data", "a component", state, per, *steps]],
                        columns=["domain", "component", "state", "per", *THRESHOLDS])


def many(n=40):
    return pd.concat([one(f"x{place}").assign(component=f"component {place}") for place in range(n)], ignore_index=True)


# The map

def test_our_map_is_assumed_knows_no_outcome_and_names_components_of_our_grid():
    mapping, grid = state_map(with_levers=True), maturity_grid()
    assert set(mapping["domain"]) == set(grid["domain"]) and len(mapping) == len(state_map()) + 3
    assert (mapping["standing"] == "assumed").all()
    assert not {*mapping["state"], *mapping["per"]} & set(OUTCOMES)
    assert set(zip(mapping["domain"], mapping["component"])) <= set(zip(grid["domain"], grid["component"]))


def test_the_map_says_in_words_what_each_state_is():
    mapping = state_map(with_levers=True)
    assert mapping["meaning"].str.contains(r"\(.*(?:0 to|number per)", regex=True).all(), "each has its unit"
    assert mapping["meaning"].str.contains("a lever").sum() == 3
    assert state_map(one())["meaning"].tolist() == [""]
    assert state_map(one().assign(meaning=" our count "))["meaning"].tolist() == ["our count"]
    assert state_map(mapping)["meaning"].tolist() == mapping["meaning"].tolist()


@pytest.mark.parametrize("outcome", [*OUTCOMES, "remissions", "Remission_rate_of_members"])
@pytest.mark.parametrize("column", ["state", "per"])
def test_outcomes_are_refused(months, column, outcome):
    with pytest.raises(InputError, match=f"row 1: {outcome} is an outcome"):
        rate(months, state_map().assign(**{column: outcome}), 40)


@pytest.mark.parametrize("own, message", [
    (one(steps=(1, 3, 2, 4)), "must rise, or fall, at every step; got 1, 3, 2, 4"),
    (one(steps=(1, 1, 2, 3)), "must rise, or fall"), (one(steps=(1, 2, "x", 4)), "must be numbers; got 1, 2, x, 4"),
    (one(steps=(1, 2, np.nan, 4)), "`level_4` is empty"), (one(steps=(1, 2, 3, np.inf)), "must be numbers"),
    (one(""), "`state` is empty"), (pd.concat([one(), one()]), "is in 'Data' twice"),
    (one().drop(columns="level_5"), "it lacks level_5")])
def test_a_map_that_cannot_be_used(own, message):
    with pytest.raises(InputError, match=message):
        state_map(own)


# True levels

@pytest.mark.parametrize("value, rising, falling", [
    (0.99, 1, 5), (1, 2, 5), (1.5, 2, 4), (2, 3, 4), (3.99, 4, 2), (4, 5, 2), (9, 5, 1)])
def test_a_level_is_reached_at_its_threshold(value, rising, falling):
    states = flat(x=value)
    assert true_levels(states, one(), 5)["true_level"].tolist() == [rising]
    assert true_levels(states, one(steps=(4, 3, 2, 1)), 5)["true_level"].tolist() == [falling]


def test_a_window_ends_with_the_month_and_shares_are_sums_over_sums():
    states = flat(x=np.arange(12.0), below=[1.0] * 11 + [3.0])
    assert true_levels(states, one(), 11, window=3)["value"].tolist() == [10]
    assert true_levels(states, one(per="below"), 11, window=3)["value"].tolist() == [30 / 5]
    with pytest.raises(InputError, match="each of the months -1 to 1 once; got 2 rows"):
        true_levels(states, one(), 1, window=3)


def test_rounding_does_not_keep_a_mean_from_its_threshold():
    states = flat(x=0.02)
    assert states["x"].mean() < 0.02 and true_levels(states, one(steps=(0.01, 0.02, 0.03, 0.04)), 11, window=12)[
        "true_level"].tolist() == [3]


def test_a_state_that_is_not_there_has_no_level():
    states = flat(x=0.0, below=0.0, y=np.nan)
    mapping = pd.concat([one(per="below"), one("y").assign(component="another")])
    assert true_levels(states, mapping, 3)["true_level"].isna().all()
    assert len(rate(states, mapping, 3)) == 0


@pytest.mark.parametrize("month, mapping, message", [
    (12, None, "each of the months 12 to 12 once"),
    (3, one("activaton"), "it lacks activaton. Did you mean 'activation'. Leave"),
    (2.5, None, "`month` must be a whole number")])
def test_states_that_cannot_be_rated(month, mapping, message):
    states = flat(activation=0.5, active_share=0.4, clinician_activation=0.5, shared_cases=1, cases=2, with_data=3,
                  encounters=5, commons_cases=1.0)
    with pytest.raises(InputError, match=message):
        true_levels(states, mapping, month)


def test_a_state_that_is_no_number_is_refused():
    with pytest.raises(InputError, match="column x: 'many' is not a number"):
        true_levels(flat(x="many"), one(), 3)


def test_a_month_twice_is_refused():
    with pytest.raises(InputError, match="got 2 rows for these 1 months"):
        true_levels(pd.concat([flat(x=1), flat(x=1)]), one(), 3)


def test_a_network_that_starts_rises_by_our_map(months):
    before, after = (true_levels(months, None, month, window=6)["true_level"] for month in (11, 47))
    assert (after >= before).all() and after.sum() >= before.sum() + 3


# Raters

def test_without_bias_and_noise_everybody_gives_the_true_level(months):
    found = rate(months, None, 40, n_raters=3, bias=0, noise=0)
    assert (found["level"] == found["true_level"]).all() and len(found) == 3 * len(state_map())
    assert rating_table(found).nunique(axis=1).eq(1).all()


def test_bias_and_noise_come_back_as_planted():
    """Wide of the ends, what raters say has the variances that were planted (rounding adds 1/12)."""
    states = flat(**{f"x{place}": 2.5 for place in range(40)})
    found = rate(states, many(), 3, n_raters=200, bias=0.5, noise=0.4, seed=4)
    table = found.pivot(index="component", columns="rater", values="level")
    off = table - 3
    assert off.to_numpy().mean() == pytest.approx(0, abs=0.1)
    assert off.mean().std() == pytest.approx(0.5, abs=0.07)
    assert (off - off.mean()).to_numpy().std() == pytest.approx((0.4 ** 2 + 1 / 12) ** 0.5, abs=0.07)


def test_more_noise_means_less_agreement_and_more_bias_less_of_the_absolute_kind():
    states = flat(**{f"x{place}": 1 + place % 4 + 0.5 for place in range(40)})

    def icc(kind, **given):
        return intraclass_correlation(rating_table(rate(states, many(), 3, **given))).loc[kind, "estimate"]
    calm, noisy, biased = dict(bias=0, noise=0.2), dict(bias=0, noise=1), dict(bias=0.8, noise=0.2)
    assert icc("ICC(A,1)", **calm) > 0.9 > 0.6 > icc("ICC(A,1)", **noisy)
    assert icc("ICC(C,1)", **biased) > icc("ICC(A,1)", **biased) + 0.1


def test_what_all_raters_share_no_measure_of_agreement_sees():
    states = flat(**{f"x{place}": 1 + place % 3 + 0.5 for place in range(40)})
    fair, proud = (rate(states, many(), 3, bias=0, noise=0.3, optimism=by, seed=2) for by in (0, 1))
    assert proud["level"].mean() == pytest.approx(fair["level"].mean() + 1, abs=0.05)
    one_more = [within_group_agreement(rating_table(each).T).r_wg_j for each in (fair, proud)]
    assert one_more[1] == pytest.approx(one_more[0], abs=0.01)


def test_the_same_raters_come_again_and_more_raters_leave_them_as_they_are():
    states = flat(**{f"x{place}": 2.5 for place in range(40)})
    few, many_raters = (rate(states, many(), 3, n_raters=n, seed=9) for n in (4, 9))
    pd.testing.assert_frame_equal(few, many_raters[many_raters["rater"] <= 4].reset_index(drop=True))
    assert not few["level"].equals(rate(states, many(), 3, n_raters=4, seed=10)["level"])
    later = rate(states, many(), 4, n_raters=4, seed=9)
    assert not few["level"].equals(later["level"])
    leniency = [each.groupby("rater")["level"].mean() for each in (few, later)]
    assert np.corrcoef(*leniency)[0, 1] > 0.8


def test_ratings_go_into_the_measures_and_what_cannot_be_seen_is_missing(months):
    found = maturity(rate(months, None, 40, network="a", year=4), maturity_grid())
    assert set(found.missing["domain"]) >= {"Systems of leadership", "Quality improvement"}
    assert len(found.components) == len(state_map()) and (found.components["n_raters"] == 8).all()
    assert "Nobody rated Systems of leadership, Quality improvement" in " ".join(found.cautions["caution"])


def test_what_patients_become_does_not_move_the_ratings(months):
    changed = months.assign(**{name: 0.0 for name in OUTCOMES})
    pd.testing.assert_frame_equal(rate(months, None, 40), rate(changed, None, 40))
    before = months.copy()
    rate(months, None, 40)
    pd.testing.assert_frame_equal(months, before)


@pytest.mark.parametrize("given, message", [
    (dict(n_raters=0), "`n_raters`"), (dict(bias=-1), "`bias`"), (dict(noise=np.nan), "`noise`"),
    (dict(optimism="high"), "`optimism`"), (dict(window=0), "`window`"), (dict(seed=-1), "`seed`"),
    (dict(year="last"), "`year`")])
def test_numbers_that_raters_cannot_have(months, given, message):
    with pytest.raises(InputError, match=message):
        rate(months, None, 40, **given)
