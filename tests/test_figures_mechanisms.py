"""From link to link: what moved is told from what is the same to the last bit, and figures draw what tables say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color

from lnlab.checks import InputError
from lnlab.experiment import compare, last_year, mean_and_interval, replicate
from lnlab.figures.mechanisms import cases_over_years, chain, network_size, reach
from lnlab.figures.style import ACCENT, CHANGE, USUAL
from lnlab.mechanisms import cases_known, what_moved
from lnlab.parameters import Parameters

SMALL = Parameters(n_patients=200, n_centers=4, launch_month=6, months=30)


def arm(remission=(0.5, 0.6), **measures):
    """Two replicates of 24 months, each measure constant in each."""
    months = np.tile(np.arange(24), 2)
    return pd.DataFrame({"replicate": np.repeat([0, 1], 24), "month": months,
                         **{name: np.repeat(values, 24).astype(float)
                            for name, values in {"remission_rate": remission, **measures}.items()}})


def texts(ax):
    return [text.get_text() for text in ax.texts]


def moved():
    before = arm(shared_cases=(10, 10), consulted=(0, 0), changes=(5, 5), activation=(0.4, 0.4))
    after = arm((0.52, 0.64), shared_cases=(0, 0), consulted=(3, 4), changes=(6, 8), activation=(0.4, 0.4))
    return what_moved({"a cut": (before, after)},
                      ["activation", "shared_cases", "consulted", "changes", "remission_rate"])


def test_what_moved_is_told_from_what_is_gone_and_what_is_the_same():
    table = moved().set_index("measure")
    assert table["state"].tolist() == ["the same", "none left", "from none", "moved", "moved"]
    assert table.loc["changes", "difference"] == pytest.approx(40) and table.loc["changes", "unit"] == "%"
    points = table.loc["remission_rate"]
    assert (points["difference"], points["low"], points["high"]) == pytest.approx(mean_and_interval([2, 4]))
    assert table["in_words"].tolist() == ["the same", "none left", "from none", "~ +40 %", "~ +3.0 points"]
    assert table.drop(["changes", "remission_rate"])[["difference", "low", "high"]].isna().all(axis=None)


def test_one_bit_in_one_month_is_a_difference_even_before_the_last_year():
    before, after = arm(), arm()
    after.loc[0, "remission_rate"] = np.nextafter(0.5, 1)
    row = what_moved({"nearly nothing": (before, after)}, ["remission_rate"]).iloc[0]
    assert row["state"] == "moved" and row["in_words"] == "~ +0.0 points"


def test_a_small_loss_is_not_minus_zero():
    row = what_moved({"a little": (arm(changes=(1000, 1000)), arm(changes=(999, 999)))}, ["changes"]).iloc[0]
    assert row["in_words"] == "+0 %" and row["high"] < 0


def test_upstream_of_a_cut_all_is_the_same_and_the_cut_link_is_gone():
    whole, cut = (replicate(SMALL.but(recall=0, sharing=sharing), n=2).table for sharing in (0.5, 0))
    states = what_moved({"nobody shares": (whole, cut)}).set_index("measure")["state"]
    assert (states[["activation", "with_data"]] == "the same").all() and states["shared_cases"] == "none left"
    assert (states[["consulted", "changes", "remission_rate"]] == "moved").all()


def test_reach_writes_every_link_and_marks_what_is_closed():
    table = moved()
    copy = table.copy()
    ax = reach(table)
    pd.testing.assert_frame_equal(table, copy)
    assert texts(ax)[:5] == ["the same", "none left", "from none", "~ +40 %", "~ +3.0 points"]
    assert [same_color(text.get_color(), ACCENT) for text in ax.texts[:5]] == [False, True, True, False, False]
    assert len(ax.patches) == 5 and [label.get_text() for label in ax.get_yticklabels()] == ["a cut"]
    assert ax.get_xticklabels()[-1].get_text() == "In\nremission"


def test_levers_are_named_as_people_read_them_and_losses_have_a_minus_sign():
    table = what_moved({"pre_visit_planning": (arm((0.6, 0.7)), arm((0.5, 0.6)))}, ["remission_rate"])
    ax = reach(table)
    assert ax.get_yticklabels()[0].get_text() == "Pre-visit planning"
    assert texts(ax)[0] == "\N{MINUS SIGN}10.0 points"


def test_the_chain_draws_means_and_intervals_of_each_strength():
    network = {0: arm(commons_cases=(1, 1.2)), 0.3: arm((0.7, 0.8), commons_cases=(2, 2))}
    usual = {each: arm((0.3, 0.4), commons_cases=(0, 0)) for each in network}
    alike = {each: arm((0.9, 0.9)) for each in network}
    figure = chain({"network": network, "usual care": usual}, ("commons_cases", "remission_rate"),
                   also={"remission_rate": {"all adhere alike": alike}}, titles=("More", "Better"))
    commons, remission = figure.axes
    assert [len(ax.containers) for ax in figure.axes] == [1, 3]     # usual care has no commons
    line, _, (bars,) = remission.containers[0].lines
    assert list(line.get_xdata()) == [0, 0.3] and line.get_ydata() == pytest.approx([0.55, 0.75])
    ends = bars.get_segments()[1][:, 1]
    assert (ends.min(), ends.max()) == pytest.approx(mean_and_interval(last_year(network[0.3]))[1:])
    colors = [each.lines[0].get_color() for each in remission.containers]
    assert colors == [CHANGE, USUAL, CHANGE]
    assert {"network", "usual care", "all adhere alike"} <= set(texts(remission))
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["More", "Better"]


def test_network_size_shows_knowledge_and_the_paired_gain_in_points():
    network = {size: arm((0.6 + size / 100, 0.7), usable_knowledge=(0.5, 0.7)) for size in (1, 10)}
    usual = {size: arm() for size in (1, 10)}
    known, gained = network_size(network, usual).axes
    assert known.lines[0].get_ydata() == pytest.approx([0.6, 0.6])
    assert gained.lines[0].get_ydata() == pytest.approx([10.5, 15])
    assert [label.get_text() for label in gained.get_xticklabels()] == ["1", "10"]


def test_where_nothing_is_lost_all_cases_are_known():
    kept = SMALL.but(burn_in=0, launch_month=0, forgetting=0, obsolescence=0, clinician_spread=0, sharing=0.7)
    known, months = cases_known(kept, n=2), replicate(kept, n=2).table
    questions = kept.n_phenotypes * kept.n_packages
    total = months.groupby("replicate")[["cases", "shared_cases"]].cumsum()
    clinicians = kept.n_centers * kept.clinicians_per_center
    np.testing.assert_allclose(known["own"], total["cases"] / (questions * clinicians))
    np.testing.assert_allclose(known["commons"], total["shared_cases"] / questions)
    assert known[["replicate", "month"]].equals(months[["replicate", "month"]])


def test_cases_over_years_names_what_there_is_in_the_end():
    known = pd.DataFrame({"replicate": np.repeat([0, 1], 24), "month": np.tile(np.arange(24), 2),
                          "cases": np.tile(np.arange(24), 2) / 4 + np.repeat([0, 1], 24)})
    ax = cases_over_years({"one clinician's own": known, "commons": known.assign(cases=8.0)}, launch_month=12)
    own, commons = ax.lines[:2]
    assert own.get_color() == USUAL and commons.get_color() == CHANGE and ax.get_yscale() == "log"
    assert own.get_ydata()[-1] == pytest.approx(23 / 4 + 0.5) and own.get_xdata()[-1] == 1
    assert {"6.2  one clinician's own", "8.0  commons"} <= set(texts(ax))


def test_the_order_and_the_labels_of_rows_do_not_make_a_difference():
    both = compare({"one": {}, "other": {}}, n=2, parameters=SMALL, measures="months").table
    one, other = (both[both["arm"] == name] for name in ("one", "other"))
    assert (what_moved({"nothing": (one, other.sample(frac=1, random_state=1))})["state"] == "the same").all()


def test_results_and_their_tables_say_the_same():
    runs = [replicate(SMALL.but(sharing=sharing), n=2) for sharing in (0.5, 0)]
    pd.testing.assert_frame_equal(what_moved({"x": runs}), what_moved({"x": [each.table for each in runs]}))


def test_one_pair_has_no_interval_and_is_not_sure():
    pair = [arm().query("replicate == 0"), arm((0.7, 0.7)).query("replicate == 0")]
    table = what_moved({"x": pair}, "remission_rate")
    row = table.iloc[0]
    assert np.isnan([row["low"], row["high"]]).all() and row["in_words"] == "~ +20.0 points"
    assert same_color(reach(table).texts[0].get_color(), USUAL)


def test_what_was_there_only_before_the_last_year_is_told():
    before, after = arm(changes=(0, 0)), arm(changes=(0, 0))
    after.loc[3, "changes"] = 2.0
    assert what_moved({"x": (before, after)}, ["changes"])["in_words"].tolist() == ["earlier only"]


@pytest.mark.parametrize("pairs, said", [
    ({}, "`pairs` must be a dict"), ([(arm(), arm())], "`pairs` must be a dict"), ({"x": arm()}, "must be two"),
    ({"x": (1, 2)}, "must be tables"), ({"x": (arm(), arm().query("replicate == 0"))}, "differ in `replicate`"),
    ({"x": (arm(), arm().query("month < 23"))}, "differ in"),
    ({"x": (arm().assign(seed=1), arm().assign(seed=2))}, "differ in `seed`"),
    ({"x": (arm(), arm().replace(0.6, np.nan))}, "`remission_rate` in every month; 24 are missing"),
    ({"x": (arm().drop(columns="month"), arm())}, "'replicate', 'remission_rate'; got 'month'")])
def test_pairs_that_are_none_are_refused(pairs, said):
    with pytest.raises(InputError, match=said):
        what_moved(pairs, ["remission_rate"])
