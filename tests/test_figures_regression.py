"""Pictures of regressions draw what the tables say, and change nothing."""

import numpy as np
import pandas as pd
import pytest

from lnlab.analysis import curve, diagnostics, regression
from lnlab.figures import conclusions
from lnlab.figures import diagnostics as drawn_diagnostics
from lnlab.figures import fitted_curve
from lnlab.figures.style import ACCENT, CHANGE, USUAL


def texts(ax):
    return [text.get_text() for text in ax.texts]


def table(n=200):
    luck = np.random.default_rng(2)
    rows = pd.DataFrame({"activation": luck.random(n), "kind": luck.choice(["a", "b"], n)})
    share = 1 / (1 + np.exp(1 - 3 * rows["activation"]))
    return rows.assign(remission_rate=share, well=(luck.random(n) < share).astype(int))


def concluded():
    return pd.DataFrame({"model": ["crude", "adjusted", "true"], "estimate": [0.12, -0.031, 0.0],
                         "low": [0.1, -0.05, -0.01], "high": [0.14, -0.01, 0.01], "formula": ["", "", ""]})


def test_conclusions_stand_beside_the_truth_in_points():
    given = concluded()
    ax = conclusions({"Does it help?": given, "And here?": given.iloc[1:]})
    pd.testing.assert_frame_equal(given, concluded())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["crude", "adjusted", "true", "adjusted", "true"]
    assert texts(ax) == ["Does it help?", "+12.0", "\N{MINUS SIGN}3.1", "0.0", "And here?", "\N{MINUS SIGN}3.1", "0.0"]
    intervals = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2]
    assert any(np.allclose(each, [10, 14]) for each in intervals)
    marks = {line.get_marker(): line for line in ax.lines if line.get_marker() != "None"}
    assert {mark: line.get_color() for mark, line in marks.items()} == {"o": USUAL, "s": CHANGE, "D": ACCENT}
    assert marks["o"].get_markerfacecolor() == "white"
    assert "percentage points" in ax.get_xlabel()


def test_conclusions_in_other_units_are_as_they_are():
    ax = conclusions({"x": concluded()}, unit="")
    assert "+0.120" in texts(ax) and "points" not in ax.get_xlabel()


def test_a_curve_is_drawn_over_its_rows_with_its_interval():
    rows = table()
    made = curve(regression("remission_rate ~ cr(activation, df=3)", rows), "activation", n=20)
    straight = curve(regression("remission_rate ~ activation", rows), "activation", n=20)
    ax = fitted_curve(made, rows, "remission_rate", also={"straight line": straight})
    dots, line, other = ax.lines
    assert len(dots.get_xdata()) == 200 and line.get_ydata() == pytest.approx(made["mean"].to_numpy())
    assert other.get_linestyle() == "--" and texts(ax) == ["spline", "straight line"]
    assert ax.get_ylabel() == "Patients in remission" and len(ax.collections) == 1
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert band.max() == pytest.approx(made["high"].max())


def test_a_parameter_is_named_with_its_unit_and_words_are_dots():
    rows = table().rename(columns={"activation": "patient_influence"})
    made = curve(regression("well ~ patient_influence + kind", rows, "glm", "binomial"), "patient_influence", n=5)
    assert fitted_curve(made).get_xlabel() == "Patient influence (per month)"
    kinds = fitted_curve(curve(regression("well ~ patient_influence + kind", rows, "glm", "binomial"), "kind"))
    assert [label.get_text() for label in kinds.get_xticklabels()] == ["a", "b"]


def test_diagnostics_show_normal_quantiles_of_numbers_and_calibration_of_shares():
    rows = table()
    against, normal, influence = drawn_diagnostics(diagnostics(regression("remission_rate ~ activation", rows))).axes
    assert normal.get_xlabel() == "Normal quantile" and len(normal.lines[1].get_xdata()) == 200
    assert len(against.lines[0].get_xdata()) == 200 and against.get_ylabel() == "Observed remission rate"
    assert influence.get_title(loc="left") == "No row that moves them"
    found = diagnostics(regression("well ~ activation", rows, "glm", "binomial"))
    against, residuals, _ = drawn_diagnostics(found).axes
    assert residuals.get_ylabel() == "Observed less predicted mean"
    assert against.containers[0].lines[0].get_ydata() == pytest.approx(found.bins["observed"].to_numpy())


def test_rows_that_move_the_estimates_are_named_by_their_place():
    rows = pd.DataFrame({"X": [*range(11), 40], "Y": [*range(11), 0]}, index=range(100, 112))
    influence = drawn_diagnostics(diagnostics(regression("Y ~ X", rows))).axes[2]
    assert texts(influence) == ["row 12"] and influence.get_title(loc="left") == "1 row that moves them"
