"""Figures draw what the tables say, change nothing, and say it in words."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from lnlab import figures, own_data, published
from lnlab.figures.experiment import ExperimentPicture
from lnlab.figures.style import ACCENT, CHANGE, USUAL, percent


def texts(axes):
    return [text.get_text() for text in axes.texts]


def arms():
    months = np.arange(36)
    return {name: pd.DataFrame({"replicate": np.repeat(range(3), 36), "month": np.tile(months, 3),
                                "remission_rate": np.tile(rate + months * slope, 3) + np.repeat([-.01, 0, .01], 36)})
            for name, rate, slope in (("usual care", 0.6, 0), ("learning network", 0.6, 0.005))}


def test_growth_shows_every_account_of_the_founding():
    growth = published.growth()
    before = growth.copy()
    axes = figures.center_growth(growth)
    assert "Founding centers, by account: 7 (undated), 9, 10" in texts(axes)
    years, centers = axes.lines[0].get_data()
    assert list(centers) == [9, 23, 30, 33, 36, 75, 85, 96] and (np.diff(years) > 0).all()
    pd.testing.assert_frame_equal(growth, before)


def test_reports_show_start_and_end_of_each_account_and_mark_the_weak_one():
    axes = figures.remission_reports(published.outcomes())
    drawn = {tuple(np.round(line.get_ydata(), 2)): line for line in axes.lines}
    assert {(0.60, 0.80), (0.55, 0.68), (0.77, 0.83), (0.49, 0.77), (0.80,)} == set(drawn)
    assert drawn[0.60, 0.80].get_color() == CHANGE and drawn[0.49, 0.77].get_linestyle() == ":"
    assert any("weak source" in text for text in texts(axes)) and "60 %" in texts(axes)


def test_simulated_remission_is_mean_and_range_of_the_replicates():
    axes = figures.simulated_remission(arms(), launch_month=12)
    usual, network = axes.lines[:2]
    assert usual.get_color() == USUAL and network.get_color() == CHANGE
    assert network.get_ydata()[-1] == pytest.approx(0.775) and network.get_xdata()[0] == -11 / 12
    band = axes.collections[1].get_paths()[0].vertices[:, 1]
    assert band.max() == pytest.approx(0.785) and "75 %  learning network" in texts(axes)


def test_the_start_is_in_the_picture_also_of_a_network_that_starts_at_once():
    axes = figures.simulated_remission(arms(), launch_month=0)
    assert axes.get_xlim() == (0, 3) and "the network starts" in texts(axes)


def test_a_readers_own_months_take_the_place_of_the_reports(tmp_path):
    file = tmp_path / "mine.csv"
    own_data.example_months().to_csv(file, index=False)
    figure = figures.reported_and_simulated(own_data.read_monthly_outcomes(file), arms(), 12, ("mine", "simulated"))
    left, right = figure.axes
    assert left.lines[0].get_color() == ACCENT and left.get_ylim() == right.get_ylim()
    assert left.get_title(loc="left") == "mine"


def test_a_described_figure_carries_its_sentence():
    shown = figures.Described(Figure(), "Nothing yet.")
    data, metadata = shown._repr_mimebundle_()
    assert repr(shown) == data["text/plain"] == metadata["image/png"]["alt"] == "Nothing yet."
    assert shown.png().startswith(b"\x89PNG")


def test_the_live_picture_shows_band_prediction_and_labels_apart():
    usual = np.full((3, 36), 0.6)
    picture = ExperimentPicture(usual, "remission_rate", 12, (0.4, 0.9))
    plain = picture.draw(usual + 0.001, "this network")
    guessed = picture.draw(usual + 0.001, "this network", prediction=0.6)
    heights = sorted(text.xy[1] for text in (picture.usual_label, picture.label, picture.guess_label))
    assert np.diff(heights).min() > 0.02
    assert plain != guessed and picture.draw(usual + 0.001, "this network") == plain


def test_a_long_name_is_written_on_more_lines_and_keeps_clear_of_its_neighbors():
    usual = np.full((3, 36), 0.6)
    picture = ExperimentPicture(usual, "remission_rate", 12, (0.4, 0.9))
    picture.draw(usual + 0.001, "everybody shares with everyone", prediction=0.6)
    lines = picture.label.get_text().split("\n")
    assert len(lines) == 2 and max(map(len, lines)) <= 22
    heights = sorted(text.xy[1] for text in (picture.usual_label, picture.label, picture.guess_label))
    assert np.diff(heights).max() > 0.035


def test_shares_are_read_in_percent():
    assert percent(0.704) == "70 %" and percent(0.7049, 1) == "70.5 %"
