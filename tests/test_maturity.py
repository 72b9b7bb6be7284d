"""Maturity: means, disagreement and change of planted ratings come back, and what is missing is said."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lnlab.checks import InputError
from lnlab import figures as pictures
from lnlab.figures.maturity import RADAR_CAUTION
from lnlab.figures.style import Described
from lnlab.measures import (change, cronbach_alpha, intraclass_correlation, maturity, maturity_grid, rating_table,
                            reliability, within_group_agreement)

KNOWN = json.loads((Path(__file__).parent / "known" / "measurement.json").read_text(encoding="utf-8"))
DOMAINS = ["Systems of leadership", "Governance and management", "Quality improvement", "Engagement and community",
           "Data and analytics", "Research"]


def table_of(levels, years=(2026,), networks=("ours",)):
    """A long table from levels by network, year, rater and component; six domains with as many components each."""
    levels = np.asarray(levels, float).reshape(len(networks), len(years), -1, np.shape(levels)[-1])
    per_domain = levels.shape[-1] // 6
    rows = [(networks[n], years[y], f"rater {r + 1}", DOMAINS[c // per_domain], f"component {c + 1}",
             levels[n, y, r, c]) for n, y, r, c in np.ndindex(levels.shape)]
    return pd.DataFrame(rows, columns=["network", "year", "rater", "domain", "component", "level"])


@pytest.fixture(scope="module")
def ratings():
    return table_of(KNOWN["input"]["ratings"])


def made(seed, *, n_networks=1, n_raters=8, rise=0.0, years=(2024, 2026)):
    """Two years of ratings of networks by raters drawn anew, with a planted rise."""
    draw, size = np.random.default_rng(seed).normal, (n_networks, 2, n_raters)
    levels = 2.5 + rise * np.array([0, 1])[:, None, None] + draw(0, 0.4, (*size, 1)) + draw(0, 0.5, (*size, 12))
    return table_of(np.clip(np.round(levels), 1, 5), years, range(n_networks))


# The grid

def test_our_grid_has_the_six_domains_and_says_what_every_level_means():
    grid = maturity_grid()
    assert list(grid["domain"].unique()) == DOMAINS and (grid.groupby("domain").size() == 4).all()
    assert (grid["wording"] == "lnlab").all() and grid["component"].is_unique
    words = grid[[f"level_{level}" for level in range(1, 6)]].to_numpy().ravel()
    assert len(set(words)) == 120 and all(each.endswith(".") and 15 < len(each) < 100 for each in words)


def test_a_network_brings_its_own_grid(tmp_path):
    path = tmp_path / "grid.csv"
    path.write_text("domain,component,level_1\nData, entered once ,none\nData,4,\n", encoding="utf-8")
    grid = maturity_grid(path)
    assert grid["component"].tolist() == ["entered once", "4"] and grid["level_1"].tolist() == ["none", ""]
    found = maturity(pd.DataFrame({"network": "ours", "year": 2026, "rater": [1, 2], "component": "entered once",
                                   "level": [2, 3]}), grid)
    assert found.domains["mean"].tolist() == [2.5] and found.missing["component"].tolist() == ["4"]


@pytest.mark.parametrize("own, message", [
    (pd.DataFrame({"domain": ["Data"], "part": ["x"]}), "it lacks component. It has: domain, part"),
    (pd.DataFrame({"domain": ["A", "A", ""], "component": ["x", "x ", None]}), "has 3 problems"),
    (pd.DataFrame({"domain": [], "component": []}), "at least one row"), (7, "must be a table"),
    ("nowhere.csv", "nowhere.csv cannot")])
def test_a_grid_that_cannot_be_used(own, message):
    with pytest.raises(InputError, match=message):
        maturity_grid(own)


# Means and disagreement

def test_means_and_spreads_are_those_of_the_levels(ratings):
    levels, found = np.array(KNOWN["input"]["ratings"], float), maturity(ratings)
    assert found.components["mean"].to_numpy() == pytest.approx(levels.mean(axis=0))
    assert found.components["sd"].to_numpy() == pytest.approx(levels.std(axis=0, ddof=1))
    assert (found.components["n_raters"] == 13).all() and len(found.missing) == len(found.cautions) == 0
    for place, known in enumerate(KNOWN["expected"]["domains"]):
        row, own = found.domains.loc[place], levels[:, 9 * place:9 * place + 9]
        assert row["domain"] == DOMAINS[place]
        assert [row["mean"], row["sd_raters"]] == pytest.approx([known["mean"], known["sd_of_rater_scores"]], rel=1e-8)
        assert row["sd_components"] == pytest.approx(own.mean(axis=0).std(ddof=1))
        assert [row["lowest"], row["highest"]] == pytest.approx([own.mean(axis=0).min(), own.mean(axis=0).max()])
        assert (row["n_components"], row["n_raters"]) == (9, 13)


def test_domain_means_of_the_panel():
    panel = table_of(KNOWN["input"]["panel"], (1, 2, 3, 4), [f"network {place}" for place in range(9)])
    found = maturity(panel).domains
    for place, by_year in enumerate(KNOWN["expected"]["panel"]["domain_by_year"]):
        own = found[found["domain"] == DOMAINS[place]].groupby("year")["mean"]
        assert own.mean().tolist() == pytest.approx([year["mean"] for year in by_year], rel=1e-8)
        assert own.std().tolist() == pytest.approx([year["sd"] for year in by_year], rel=1e-8)


def test_the_order_of_rows_does_not_matter_and_nothing_given_is_changed(ratings):
    before = ratings.copy()
    mixed = maturity(ratings.sample(frac=1, random_state=3).assign(domain=lambda table: table["domain"]), None)
    key = ["domain", "component"]
    one, other = (each.components.sort_values(key, ignore_index=True) for each in (maturity(ratings), mixed))
    pd.testing.assert_frame_equal(one, other)
    pd.testing.assert_frame_equal(ratings, before)


def test_one_rater_has_no_disagreement_and_the_result_says_so():
    found = maturity(table_of(np.full((1, 6), 3)))
    assert found.components["sd"].isna().all() and found.domains["sd_raters"].isna().all()
    assert "One rater only" in found.cautions["caution"].item()
    assert reliability(table_of(np.full((1, 6), 3)))["caution"].str.contains("One rater only").all()


def test_what_nobody_rated_is_named_and_in_no_mean():
    grid = maturity_grid()
    some = grid[(grid["domain"] != "Research") & (grid["component"] != "Rules for deciding")]
    table = pd.concat([some[["component"]].assign(network="ours", year=2026, rater=rater, level=3)
                       for rater in range(6)])
    table.loc[(table["component"] == "Data entered once") & (table["rater"] > 0), "level"] = np.nan
    found = maturity(table)
    assert set(found.domains["domain"]) == set(DOMAINS) - {"Research"} and len(found.missing) == 5
    said = " ".join(found.cautions["caution"])
    assert "Nobody rated Research: a total over domains is not comparable." in said
    assert "Nobody rated Rules for deciding." in said and "5 ratings were left empty." in said
    assert "different numbers of raters" in said


def test_a_domain_that_another_year_has_is_missed():
    table = table_of(np.full((2, 3, 6), 3), years=(2024, 2026))
    found = maturity(table[(table["year"] == 2024) | (table["domain"] != "Research")])
    assert found.missing[["year", "domain"]].to_numpy().tolist() == [[2026, "Research"]]
    assert found.cautions.query("year == 2026")["caution"].str.contains("Nobody rated Research").any()


def test_faulty_ratings_are_all_told_with_their_rows(ratings):
    faulty = ratings.head(8).copy().astype({"level": object, "year": object})
    faulty.loc[0, "level"], faulty.loc[1, "level"], faulty.loc[2, "level"], faulty.loc[3, "level"] = 0, 2.5, "3", True
    faulty.loc[4, "rater"], faulty.loc[5, "year"], faulty.loc[6, "component"] = None, "two", " "
    faulty.loc[7, "level"] = np.inf
    with pytest.raises(InputError) as caught:
        maturity(faulty)
    said = str(caught.value)
    assert "`ratings` has 8 problems" in said
    for part in ("row 1: level 0 is none of 1, 2, 3, 4, 5", "row 2: level 2.5", "row 3: level '3'", "row 4: level True",
                 "row 5: `rater` is empty", "row 6: year 'two'", "row 7: `component` is empty", "row 8: level inf"):
        assert part in said


@pytest.mark.parametrize("change_it, message", [
    (lambda table: table.drop(columns="rater"), "it lacks rater"),
    (lambda table: pd.concat([table, table.head(1)]),
     "row 703: 'rater 1' rated 'component 1' of 'ours' in 2026 before"),
    (lambda table: table.drop(columns="domain"), "the grid has no 'component 1'"),
    (lambda table: table.head(0), "at least one row"), (lambda table: [1, 2], "must be a table")])
def test_tables_that_are_no_ratings(ratings, change_it, message):
    with pytest.raises(InputError, match=message):
        maturity(change_it(ratings))


def test_a_component_in_two_domains_needs_the_domain():
    grid = pd.DataFrame({"domain": ["A", "B"], "component": ["training", "training"]})
    table = pd.DataFrame({"network": "ours", "year": 2026, "rater": 1, "component": "training", "level": [2]})
    with pytest.raises(InputError, match="`domain` is needed, because the grid has 'training' in several domains"):
        maturity(table, grid)
    assert maturity(table.assign(domain="B"), grid).domains["domain"].tolist() == ["B"]
    with pytest.raises(InputError, match="the grid has no 'training' in 'C'"):
        maturity(table.assign(domain="C"), grid)


# Reliability

def test_reliability_is_that_of_the_single_measures(ratings):
    found = reliability(ratings).set_index("domain")
    for place, known in enumerate(KNOWN["expected"]["domains"]):
        row = found.loc[DOMAINS[place]]
        assert row[["icc_single", "icc_low", "icc_high", "icc_mean", "r_wg_j", "alpha",
                    "sd"]].tolist() == pytest.approx(
            [known["icc"]["ICC(A,1)"]["value"], *known["icc"]["ICC(A,1)"]["ci95"], known["icc"]["ICC(A,k)"]["value"],
             known["rwg_j"], known["alpha_raw"], known["sd_all_ratings"]], rel=1e-8)
    overall = KNOWN["expected"]["overall"]
    row = found.loc["all domains"]
    assert [row["icc_single"], row["standard_error"], row["detectable_change"]] == pytest.approx(
        [overall["icc"]["ICC(A,1)"]["value"], overall["sem_icc"], overall["mdc95_icc"]], rel=1e-8)


def test_a_table_of_ratings_goes_into_the_measures_as_it_is(ratings):
    table = rating_table(ratings, domain="Research")
    assert intraclass_correlation(table).loc["ICC(C,k)", "estimate"] == pytest.approx(0.9114351623)
    assert cronbach_alpha(table.T).alpha == pytest.approx(0.8507773459)
    assert within_group_agreement(table.T).r_wg_j == pytest.approx(0.9518851381)
    with pytest.raises(InputError, match="`domain` must be one of Systems of leadership"):
        rating_table(ratings, domain="Reserch")
    with pytest.raises(InputError, match="`year` must be given"):
        rating_table(made(1))


def test_components_not_rated_by_all_do_not_count_and_that_is_said():
    levels = np.array([[2, 3, 4, 1, 2, 5] * 2, [3, 3, 5, 1, 2, 4] * 2, [2, 4, 4, 2, 2, 5] * 2], float)
    table = table_of(levels)
    table.loc[(table["rater"] == "rater 2") & (table["component"] == "component 1"), "level"] = np.nan
    found = reliability(table).set_index("domain")
    assert "1 of 2 components were not rated by all" in found.loc[DOMAINS[0], "caution"]
    assert np.isnan(found.loc[DOMAINS[0], "icc_single"]) and found.loc["all domains", "n_components"] == 12
    assert found.loc["all domains", "icc_single"] == pytest.approx(
        intraclass_correlation(levels.T[1:]).loc["ICC(A,1)", "estimate"])


# Change

def test_a_planted_rise_is_more_than_error_and_none_is_not():
    rising, still = (change(made(5, n_networks=60, rise=rise), 2024, 2026) for rise in (1.0, 0.0))
    assert rising["more_than_error"].mean() > 0.85 and rising["difference"].mean() == pytest.approx(1, abs=0.1)
    assert 0.02 <= still["more_than_error"].mean() <= 0.08      # by design once in twenty times


def test_with_few_raters_the_false_alarms_stay_at_one_in_twenty():
    still = change(made(6, n_networks=100, n_raters=3), 2024, 2026)
    assert 0.02 <= still["more_than_error"].mean() <= 0.08
    assert still["caution"].str.contains("3 raters only").all()


def test_the_change_of_known_numbers():
    levels = np.array([[[2] * 6, [2] * 6, [1] * 6], [[4] * 6, [5] * 6, [4] * 6]])
    found = change(table_of(levels, (2024, 2026)), 2024, 2026).iloc[0]
    assert found["difference"] == pytest.approx(8 / 3) and found["standard_error"] == pytest.approx(1 / 3)
    assert found["detectable_change"] == pytest.approx(2.7764451 * 2 ** 0.5 / 3) and found["more_than_error"]


def test_only_what_was_rated_in_both_years_is_compared():
    table = table_of(np.repeat([[[2, 5] * 6] * 6, [[3, 5] * 6] * 6], 1, axis=0), (2024, 2026))
    later = (table["year"] == 2026) & (table["component"] == "component 2")
    found = change(table[~later], 2024, 2026).iloc[0]
    assert (found["difference"], found["n_components"]) == (1, 1)
    assert "1 components were rated in one" in found["caution"]


def test_one_rater_cannot_tell_whether_it_changed():
    found = change(table_of([[[2] * 6], [[4] * 6]], (2024, 2026)), 2024, 2026)
    assert found["more_than_error"].isna().all() and (found["difference"] == 2).all()
    assert found["caution"].str.contains("the error is unknown").all()


@pytest.mark.parametrize("first, last, message", [
    (2020, 2026, r"`first` must be a year of the ratings \(2024, 2026\); got 2020"), (2024, 2024, "two years")])
def test_years_that_cannot_be_compared(first, last, message):
    with pytest.raises(InputError, match=message):
        change(made(2), first, last)


def test_networks_rated_in_different_years_cannot_be_compared():
    table = pd.concat([table_of([[[3] * 6]], (2024,), ("a",)), table_of([[[3] * 6]], (2026,), ("b",))])
    with pytest.raises(InputError, match="rated in both 2024 and 2026; got none"):
        change(table, 2024, 2026)


def test_the_mean_of_the_raters_has_an_interval_and_a_detectable_change_of_its_own(ratings):
    found = reliability(ratings).iloc[-1]
    icc = intraclass_correlation(rating_table(ratings)).loc["ICC(A,k)"]
    assert found[["icc_mean", "icc_mean_low", "icc_mean_high"]].tolist() == icc[["estimate", "low", "high"]].tolist()
    assert found["detectable_change_mean"] == pytest.approx(found["detectable_change"] / found["n_raters"] ** 0.5)
    alone = reliability(table_of(np.full((1, 6), 3))).iloc[-1]
    assert alone[["icc_mean_low", "icc_mean_high", "detectable_change_mean"]].isna().all()


# Figures

def words(ax):
    return [text.get_text() for text in ax.texts]


def test_the_profile_marks_each_mean(ratings):
    found = maturity(ratings)
    ax = pictures.maturity_profile(found)
    assert words(ax) == [f"{mean:.1f}" for mean in found.domains["mean"].iloc[::-1]]
    assert [label.get_text() for label in ax.get_yticklabels()] == DOMAINS[::-1] and "ideal" in ax.get_xlabel()
    with pytest.raises(InputError, match="one network in one year; got 2"):
        pictures.maturity_profile(maturity(made(1)))


def test_ratings_stand_beside_the_true_level():
    levels = [[2, 3, 4, 1, 1, 5], [3, 3, 4, 1, 2, 5], [3, 3, 4, 1, 1, 5], [4, 3, 4, 1, 1, 4]]
    table = table_of(levels).assign(true_level=3)
    ax = pictures.rated_against_true(table)
    names = list(table["component"].unique())
    assert [label.get_text() for label in ax.get_yticklabels()] == names[::-1]
    true = [line for line in ax.lines if line.get_marker() == "D"]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in true] == [(3, height) for height in range(6)]
    means = [bars[0].get_xdata()[0] for bars in ax.containers]
    assert means == table.groupby("component", sort=False)["level"].mean().tolist()[::-1]
    low, high = ax.containers[-1][2][0].get_segments()[0][:, 0]       # 2, 3, 3, 4: sd 0.8165, t 3.1824, n 4
    assert (low, high) == pytest.approx((3 - 1.2992, 3 + 1.2992), abs=1e-4)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "one rater", "true level", "mean of the raters, 95 % interval"]


def test_one_rater_has_a_dot_without_an_interval():
    ax = pictures.rated_against_true(table_of(np.full((1, 6), 3)).assign(true_level=2))
    assert all(np.ptp(bars[2][0].get_segments()[0][:, 0]) == 0 for bars in ax.containers)


@pytest.mark.parametrize("table, message", [
    (lambda: table_of(np.full((2, 6), 3)), "column true_level"),
    (lambda: table_of(np.full((2, 2, 6), 3), (2024, 2026)).assign(true_level=3), "one network in one year; got 2")])
def test_what_cannot_stand_beside_a_true_level(table, message):
    with pytest.raises(InputError, match=message):
        pictures.rated_against_true(table())


def test_all_components_are_named_where_they_are_few():
    few, many = (pd.DataFrame({"network": "a", "year": 1, "domain": "Data", "component": [f"c{n}" for n in range(n)],
                               "mean": np.linspace(2, 4, n), "sd": np.linspace(0.2, 0.9, n)}) for n in (8, 11))
    named = [sum("  " in word for word in words(pictures.mean_against_disagreement(table))) for table in (few, many)]
    assert named == [8, 6]


def test_the_bars_over_the_years_are_those_of_student(ratings):
    domains = maturity(ratings).domains
    figure = pictures.maturity_over_years(domains)
    row = domains.iloc[0]
    n = row["n_raters"]
    bar = figure.axes[0].collections[0].get_segments()[0][:, 1]
    assert np.ptp(bar) / 2 == pytest.approx(stats.t.ppf(0.975, n - 1) * row["sd_raters"] / n ** 0.5)


def test_the_components_of_most_disagreement_are_named(ratings):
    components = maturity(ratings).components
    ax = pictures.mean_against_disagreement(components, n_labels=2)
    named = {word.split("  ")[1] for word in words(ax) if "  " in word}
    assert set(components.loc[components["sd"].nlargest(2).index, "component"]) <= named and len(named) <= 4
    with pytest.raises(InputError, match="at least two raters"):
        pictures.mean_against_disagreement(maturity(table_of(np.full((1, 6), 3))).components)


def test_a_panel_for_each_domain_and_a_line_for_each_network():
    panel = table_of(KNOWN["input"]["panel"][:3], (1, 2, 3, 4), ["a", "b", "c"])
    figure = pictures.maturity_over_years(maturity(panel).domains, highlight="b")
    assert [ax.get_title(loc="left") for ax in figure.axes] == DOMAINS
    assert all({"a", "b", "c"} == set(words(ax)) for ax in figure.axes)
    with pytest.raises(InputError, match="`highlight` must be one of a, b, c"):
        pictures.maturity_over_years(maturity(panel).domains, highlight="d")


def test_change_is_filled_only_beyond_error():
    levels = np.array([[[2] * 6, [2] * 6, [1] * 6], [[2] * 5 + [5], [3] * 5 + [5], [1] * 5 + [4]]])
    ax = pictures.maturity_change(change(table_of(levels, (2024, 2026)), 2024, 2026))
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [dot.get_markerfacecolor() == "white" for dot in dots] == [False] + [True] * 5      # Research is drawn first


def test_the_radar_carries_its_caution(ratings):
    ax = pictures.maturity_radar(maturity(ratings).domains)
    assert RADAR_CAUTION == ax.figure.get_supxlabel() and ax.name == "polar"
    with pytest.raises(InputError, match="at least three domains"):
        pictures.maturity_radar(maturity(ratings).domains.head(2))


def test_the_correlation_is_written_beside_the_dots():
    table = pd.DataFrame({"maturity": [1, 2, 3, 4], "outcome": [0.5, 0.6, 0.6, 0.8]})
    figure = pictures.outcome_on_maturity({"one": table, "two": table.assign(outcome=[0.6, 0.5, 0.6, 0.5])})
    assert [words(ax) for ax in figure.axes] == [["correlation 0.92"], ["correlation -0.45"]]
    assert Described(figure, "x").png().startswith(b"\x89PNG")
