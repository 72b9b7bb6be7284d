"""Figures of worlds, worths, rivals and harm draw what the tables say, and change nothing."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color

from lnlab import figures
from lnlab.figures.style import ACCENT, CHANGE, USUAL
from lnlab.mechanisms.worlds import effect_names

MINUS = "\N{MINUS SIGN}"


def texts(ax):
    return [text.get_text() for text in ax.texts]


def paths(worlds=(0.6, 0.59, 0.7, 0.7, 0.75), outcome="remission_rate"):
    values = np.array(worlds)
    parts = [*np.diff(values), values[-1] - values[0]]
    names = effect_names(["activation", "commons_cases"] if len(worlds) == 5 else ["commons"])
    effects = pd.DataFrame({"effect": names, "estimate": parts, "low": np.array(parts) - 0.01,
                            "high": np.array(parts) + 0.02})
    return SimpleNamespace(effects=effects, worlds=pd.DataFrame({"mean": values}), outcome=outcome)


def test_steps_lead_from_the_world_without_to_that_with_the_change():
    found = paths()
    before = found.effects.copy()
    ax = figures.steps(found)
    pd.testing.assert_frame_equal(found.effects, before)
    assert [bar.get_y() for bar in ax.patches] == pytest.approx([0.6, 0.59, 0.7, 0.7])
    assert [bar.get_height() for bar in ax.patches] == pytest.approx([-0.01, 0.11, 0, 0.05])
    assert same_color(ax.patches[0].get_facecolor()[:3], ACCENT)
    assert same_color(ax.patches[1].get_facecolor()[:3], CHANGE)
    assert {f"{MINUS}1.0 points", "+11.0 points", "0.0 points", "+5.0 points", "60.0 %", "75.0 %"} == set(texts(ax))
    names = [label.get_text() for label in ax.get_xticklabels()]
    assert names[0] == "without\nthe change" and names[3] == "through\nactivation\nthen commons cases"
    assert len(names) == 6 and ax.get_ylabel() == "Patients in remission"
    whisker = ax.containers[1].lines[2][0].get_segments()[0][:, 1]
    assert (whisker.min(), whisker.max()) == pytest.approx((0.58, 0.61))


def test_steps_of_one_mediator_and_of_a_measure_that_is_no_share():
    ax = figures.steps(paths((0.6, 0.62, 0.7), "mean_health"))
    assert len(ax.patches) == 2 and "+0.080" in texts(ax) and "0.600" in texts(ax)
    assert ax.get_ylabel() == "Mean health"
    assert figures.steps(paths((0.6, 0.62, 0.7), "remission_rate_48_59")).get_ylabel() == "Patients in remission"


def test_steps_of_no_effect_at_all_can_be_drawn():
    found = paths((0.6,) * 5)
    found.effects[["low", "high"]] = 0.0
    assert texts(figures.steps(found)).count("0.0 points") == 4


def test_worth_shows_how_many_cases_were_worth_what_and_the_mean_by_group():
    worths = pd.DataFrame({"remission_months": [0] * 90 + [1, 2, 5, 30, -1, -2, -4, -9, -10, -80]})
    groups = pd.DataFrame({"from_": [0, 10], "to": [10, np.inf], "n_cases": [60, 40], "n_networks": [3, 1],
                           "estimate": [1.0, 0.2], "low": [0.5, np.nan], "high": [1.5, np.nan]})
    spread, mean = figures.worth(worths, groups).axes
    assert [bar.get_height() for bar in spread.patches] == [2, 1, 2, 1, 90, 1, 1, 1, 1]
    assert all(same_color(bar.get_facecolor(), color) for bar, color in zip(spread.patches, [ACCENT] * 4 + [USUAL]))
    assert list(mean.containers[0].lines[0].get_ydata()) == [1.0, 0.2]
    assert {"60 cases", "40 cases"} == set(texts(mean))
    assert [label.get_text() for label in mean.get_xticklabels()] == ["0 to\nunder 10", "10 or\nmore"]


def test_rivals_draws_the_push_over_time_and_what_is_left_by_its_strength():
    months = pd.DataFrame([{"rival": rival, "push": push, "replicate": replicate, "month": month,
                            "activation": 0.5 + (rival == "complex") * 0.1 + replicate / 100}
                           for rival in ("simple", "complex") for push in (0.0, 0.04) for replicate in (0, 1)
                           for month in range(48)])
    kept = pd.DataFrame({"rival": ["simple", "simple", "complex", "complex"], "push": [0.0, 0.04] * 2,
                         **{f"{name}{end}": [0, value, 0, value + 0.1]
                            for name, value in (("rise", 0.1), ("left", 0.05)) for end in ("", "_low", "_high")}})
    time, dose = figures.rivals(SimpleNamespace(months=months, kept=kept, start=12, end=36), 0.04).axes
    simple, complex_ = time.lines[:2]
    assert simple.get_ydata()[-1] == pytest.approx(0.505) and complex_.get_ydata()[-1] == pytest.approx(0.605)
    assert simple.get_color() == USUAL and complex_.get_color() == CHANGE and simple.get_linestyle() == "--"
    assert {"leaders push", "simple", "complex"} == set(texts(time))
    assert {"simple", "simple, after it", "complex", "complex, after it"} == set(texts(dose))
    drawn = [list(container.lines[0].get_ydata()) for container in dose.containers]
    assert drawn == [[0.1], [0.05], [0.2], [pytest.approx(0.15)]]


def test_harm_marks_what_is_harmed_and_who():
    rows = [("fine", "remission", 10, 9, 11), ("fine", "better", 30, 0, 0), ("fine", "worse", 2, 0, 0),
            ("noise", "remission", -3, -4, -2), ("noise", "better", 7, 0, 0), ("noise", "worse", 13, 0, 0),
            ("unclear", "remission", 0, -1, 1), ("unclear", "better", 5, 0, 0), ("unclear", "worse", 5, 0, 0)]
    effects = pd.DataFrame(rows, columns=["setting", "part", "estimate", "low", "high"])
    mean, people = figures.helped_and_harmed(SimpleNamespace(effects=effects)).axes
    colors = {text.get_text(): text.get_color() for text in mean.texts}
    assert colors == {"+10.0": CHANGE, f"{MINUS}3.0": ACCENT, "0.0": USUAL}
    assert [label.get_text() for label in mean.get_yticklabels()] == ["fine", "noise", "unclear"]
    assert [bar.get_width() for bar in people.patches] == [30, 7, 5, -2, -13, -5]
    assert people.patches[3].get_hatch() and not people.patches[0].get_hatch()
    assert texts(people) == ["30 %", "2 %", "7 %", "13 %", "5 %", "5 %"]
    left, right = people.get_xlim()
    assert left < -13 and right > 30
