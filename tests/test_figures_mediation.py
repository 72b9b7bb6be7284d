"""Mediation in pictures: what is drawn is what was found, the truth stands beside it, and no color stands alone."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color
from matplotlib.patches import FancyArrowPatch

from lnlab.analysis.mediation.paths import mediation
from lnlab.analysis.mediation.unmeasured import unmeasured_confounding
from lnlab.checks import InputError
from lnlab.figures.mediation import effects_beside_truth, hidden_cause, path_diagram
from lnlab.figures.style import ACCENT, CHANGE, USUAL

TRUTH = {"direct": 0.02, "through commons_cases only": 0.01, "through activation then commons_cases": 0.02,
         "through activation only": 0.03, "total": 0.08}


@pytest.fixture(scope="module")
def found():
    random = np.random.default_rng(4)
    table = pd.DataFrame({"exposed": np.arange(300) % 2})
    table["activation"] = 0.5 * table["exposed"] + random.normal(size=300)
    table["commons_cases"] = 0.5 * table["activation"] + random.normal(size=300)
    table["remission_rate"] = 0.04 * table["activation"] + 0.04 * table["commons_cases"] + 0.1 * random.normal(size=300)
    return mediation(table, "exposed", ["activation", "commons_cases"], "remission_rate", n_bootstrap=200)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_each_part_stands_at_its_estimate_in_points_beside_its_truth(found):
    before = found.effects.copy()
    ax = effects_beside_truth(found, TRUTH, names={"commons_cases": "cases"})
    pd.testing.assert_frame_equal(found.effects, before)
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "direct", "through cases only", "through activation then cases", "through activation only", "total"]
    points, = (line for line in ax.lines if line.get_marker() == "o")
    drawn = found.effects.set_index("effect")["estimate"][list(TRUTH)]
    assert points.get_xdata() == pytest.approx(100 * drawn.to_numpy())
    truths = [line.get_xdata()[0] for line in ax.lines if same_color(line.get_color(), ACCENT)]
    assert truths == pytest.approx([2, 1, 2, 3, 8])
    assert ax.get_xlabel() == "Effect on patients in remission (points)"
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"estimate (95 % interval)", "truth"}


def test_several_analyses_have_marks_and_colors_of_their_own_and_the_truth_its_interval(found):
    truth = pd.DataFrame({"effect": list(TRUTH), "estimate": TRUTH.values(), "low": 0.0, "high": 0.1})
    ax = effects_beside_truth({"all measured": found, "one hidden": found.effects}, truth, outcome="health")
    marks = [line for line in ax.lines if line.get_marker() in "os"]
    assert [(line.get_marker(), line.get_color()) for line in marks] == [("o", CHANGE), ("s", USUAL)]
    assert (marks[0].get_ydata() < marks[1].get_ydata()).all() and ax.get_xlabel() == "Effect on health"
    assert len(ax.collections) >= 5


def test_the_same_effects_are_asked_of_all(found):
    with pytest.raises(InputError, match="'truth' lacks 'total'"):
        effects_beside_truth(found, {name: value for name, value in TRUTH.items() if name != "total"})
    with pytest.raises(InputError, match="must be results with a table `effects`"):
        effects_beside_truth(5)


def test_without_a_truth_none_is_drawn(found):
    ax = effects_beside_truth(found)
    assert ax.get_legend() is None and not any(same_color(line.get_color(), ACCENT) for line in ax.lines)


def test_every_arrow_has_its_slope_and_unsure_ones_are_dashed(found):
    ax = path_diagram(found, names={"exposed": "leaders"})
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    slopes = found.coefficients.query("term != 'constant'")
    assert len(arrows) == len(slopes) == 6
    dashed = [arrow.get_linestyle() in ("--", "dashed") for arrow in arrows]
    assert sum(dashed) == ((slopes["low"] <= 0) & (slopes["high"] >= 0)).sum() and 0 < sum(dashed) < 6
    first = slopes.iloc[0]
    assert any(text.startswith(f"{first['estimate']:.2g}\n({first['low']:.2g} to") for text in texts(ax))
    assert {"leaders", "activation", "commons cases", "remission rate"} <= set(texts(ax))


def test_a_hidden_cause_is_drawn_for_every_part_and_the_total_is_flat(found):
    unmeasured = unmeasured_confounding(found)
    ax = hidden_cause(unmeasured)
    lines = {text.get_text().replace("\n", " "): None for text in ax.texts}
    assert {"total", "direct", "through activation then commons cases", "as analyzed"} <= set(lines)
    total, = (line for line in ax.lines if line.get_color() == USUAL and len(line.get_xdata()) > 2)
    assert np.ptp(total.get_ydata()) < 1e-9
    assert total.get_ydata()[0] == pytest.approx(100 * found.effects.set_index("effect").loc["total", "estimate"])
    assert "activation" not in ax.get_xlabel() and "commons cases and remission rate" in ax.get_xlabel()
    with pytest.raises(InputError, match="`effects` must be of 'direct'"):
        hidden_cause(unmeasured, effects=["no such part"])
