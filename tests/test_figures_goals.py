"""Figures of goals draw what their tables say, told apart by more than color."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color

from lnlab.figures import Described
from lnlab.figures.goals import after_support, least_effort, stalling, time_to_goal
from lnlab.figures.style import ACCENT, CHANGE, USUAL
from lnlab.goals import AfterSupport, StartUp
from lnlab.goals import least_effort as find_least_effort
from lnlab.goals import time_to_goal as find_time


def texts(ax):
    return [text.get_text() for text in ax.texts]


def months(steps):
    return pd.concat([pd.DataFrame({"arm": arm, "replicate": place, "month": range(60),
                                    "remission_rate": np.where(np.arange(60) >= step, 0.9, 0.5)})
                      for arm, many in steps.items() for place, step in enumerate(many)], ignore_index=True)


def test_times_stand_where_the_table_has_them():
    found = find_time(months({"few": [12, 36, 99], "many": [12, 12, 24], "none": [99, 99, 99]}), 0.9, held=1,
                      launch_month=0)
    ax = time_to_goal(found)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["few", "many", "none"]
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert sorted(dots[0].get_xdata()) == pytest.approx([13 / 12, 37 / 12])
    medians = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "D"]
    assert medians == pytest.approx([37 / 12, 13 / 12])
    late = [line for line in ax.lines if line.get_marker() == ">" and same_color(line.get_color(), ACCENT)]
    assert [line.get_xdata()[0] for line in late] == [5, 5]
    assert {"2 of 3 reach it\n1 not yet", "3 of 3 reach it", "0 of 3 reach it\n3 not yet"} <= set(texts(ax))
    assert "90 % or more, in the mean of 1" in ax.get_xlabel() and "Years" in ax.get_xlabel()
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_dots_that_would_lie_on_each_other_are_moved_apart():
    found = find_time(months({"a": [12] * 4}), 0.9, held=1, launch_month=0)
    dots = next(line for line in time_to_goal(found).lines if line.get_marker() == "o")
    assert len(set(dots.get_ydata())) == 4


def started():
    rows = [(push, first, 40, n, n / 40, max(0, n / 40 - 0.1), n / 40 + 0.1) for push, first, n in
            ((0, 1, 24), (0, 2, 12), (0.05, 1, 8), (0.05, 2, 0))]
    table = pd.DataFrame(rows, columns=["push", "first", "n", "n_stalled", "stalled", "low", "high"])
    return StartUp(table, None, 0.05, 12, 2, 36)


def test_the_chance_of_stalling_has_a_line_for_each_push():
    ax = stalling(started())
    none, core = [box[0] for box in ax.containers]
    assert none.get_ydata() == pytest.approx([0.6, 0.3]) and core.get_ydata() == pytest.approx([0.2, 0])
    assert none.get_color() == USUAL and core.get_color() == CHANGE
    assert none.get_linestyle() != core.get_linestyle() and none.get_marker() != core.get_marker()
    assert texts(ax) == ["core's push 0.05", "no core"]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["1", "2"]


def test_what_is_kept_stands_below_what_was_had():
    table = pd.DataFrame([("few", 2, "remission_rate", 2, 0.10, 0.09, 2), ("few", 2, "activation", 2, 0.2, 0.01, 0),
                          ("many", 2, "remission_rate", 2, 0.20, 0.12, 1), ("many", 2, "activation", 2, 0.3, 0.2, 2)],
                         columns=["core", "first", "measure", "n", "during", "after", "n_keep"])
    networks = table.loc[table.index.repeat(2), ["core", "first", "measure", "during", "after"]]
    health, culture = after_support(AfterSupport(table, networks, 0.5, 36), ("Kept", "Lost")).axes
    squares = [line.get_xdata()[0] for line in health.lines if line.get_marker() == "s" and len(line.get_xdata())]
    dots = [line.get_xdata()[0] for line in health.lines if line.get_marker() == "o" and len(line.get_xdata())]
    assert squares[:2] == pytest.approx([10, 20]) and dots == pytest.approx([9, 12])
    assert texts(health) == ["2 of 2 keep it", "1 of 2 keep it"] and culture.get_title(loc="left") == "Lost"
    assert "remission (points)" in health.get_xlabel() and "activation (0 to 1)" in culture.get_xlabel()
    assert [tick.get_text() for tick in health.get_yticklabels()] == ["few", "many"]


def mixes():
    return pd.DataFrame([(a, b, r, 0.6 + 0.1 * a + 0.1 * b + 0.01 * r * (b - a)) for a in (0, 0.5, 1)
                         for b in (0, 0.5, 1) for r in range(10)],
                        columns=["sharing", "registry", "replicate", "remission_rate"])


def test_efforts_are_drawn_with_the_best_and_its_equals_named():
    found = find_least_effort(mixes(), 0.69, {"sharing": 1, "registry": 1}, {"sharing": 0, "registry": 0})
    ax = least_effort(found)
    best = [line for line in ax.lines if line.get_marker() == "D"]
    assert len(best) == 1 and same_color(best[0].get_color(), ACCENT)
    assert (best[0].get_xdata()[0], best[0].get_ydata()[0]) == (found.best["effort"], found.best["outcome"])
    equals = [line for line in ax.lines if line.get_marker() == "s"]
    assert len(equals) == len(found.as_good) - 1 and all(same_color(line.get_color(), CHANGE) for line in equals)
    assert any(text.startswith("Least effort (1)\nsharing") for text in texts(ax)) and "the goal: 69 %" in texts(ax)


def test_where_none_reaches_the_goal_the_nearest_is_named():
    found = find_least_effort(mixes(), 0.95, {"sharing": 1, "registry": 1}, {"sharing": 0, "registry": 0})
    ax = least_effort(found)
    assert any(text.startswith("The nearest (2)") for text in texts(ax))
    assert ax.get_ylim()[1] > 0.95


def test_all_can_be_made_into_pictures():
    found = find_least_effort(mixes(), 0.69, {"sharing": 1, "registry": 1}, {"sharing": 0, "registry": 0})
    for drawn in (least_effort(found), stalling(started())):
        assert Described(drawn, "A sentence.").png().startswith(b"\x89PNG")
