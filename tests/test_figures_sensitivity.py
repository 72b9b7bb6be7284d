"""Pictures of what drives an outcome: drawn is what the tables say, with unit, in words, and with room for all."""

import warnings
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import same_color, to_hex
from matplotlib.text import Text

from lnlab import figures
from lnlab.analysis import (convergence, emulator, even_points, morris, morris_design, same_level, sobol, sobol_design,
                            sobol_of)
from lnlab.checks import InputError
from lnlab.figures.style import ACCENT, CHANGE, FAINT
from lnlab.mechanisms.reasons import PARTS, Reasons
from lnlab.parameters import Parameters

LONG = "a_very_long_name_of_a_parameter_of_my_own"
OURS = [name for name in Parameters.__dataclass_fields__ if name not in ("n_patients", "n_centers")]


def names_of(n):
    return [*OURS[:n - 2], LONG, "x"][-n:]


def screened(n, n_replicates=2, flat=False, outcome="remission_rate"):
    design, random = morris_design({name: (0, 1) for name in names_of(n)}, 10), np.random.default_rng(1)
    at = design.points.to_numpy()
    base = 0.5 + 0 * at[:, 0] if flat else at @ np.linspace(0.15, -0.1, n) + 0.2 * at[:, 0] * (at[:, -1] - 0.5)
    return design, pd.concat([design.points.assign(**{
        "point": range(len(at)), "replicate": each, outcome: base + (not flat) * 0.01 * random.normal(size=len(at))})
        for each in range(n_replicates)])


def shared(n, n_replicates=2):
    design, random = sobol_design({name: (0, 1) for name in names_of(n)}, 64), np.random.default_rng(1)
    at = design.points.to_numpy()
    base = 0.1 * (at @ np.linspace(1, 0.1, n) + 2 * at[:, 0] * at[:, -1])
    return design, pd.concat([design.points.assign(point=range(len(at)), replicate=each,
                                                   remission_rate=base + 0.03 * random.normal(size=len(at)))
                              for each in range(n_replicates)])


def made_reasons(n, unit="points", outcome="remission_rate", scale=1.0):
    """Parts that are known, for as many parameters as there should be."""
    random, rows = np.random.default_rng(2), []
    for name in names_of(n):
        ways = scale * random.normal(size=4).round(3)
        for part, value in zip(PARTS, [*ways, ways.sum()]):
            rows.append({"parameter": name, "from_value": 0.05, "to_value": 1.0, "part": part, "difference": value,
                         "low": value - scale, "high": value + scale, "unit": unit})
    return Reasons(None, pd.DataFrame(rows), None, None, {}, outcome)


def grid():
    return pd.DataFrame([(x, y, 0.6 + 0.1 * x + 0.2 * y - 0.05 * x * y) for x in (0, 0.5, 1) for y in (0, 0.4, 1)],
                        columns=["sharing", "implementation", "remission_rate"])


def texts(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def rows_of(ax):
    return [label.get_text().replace("\n", " ") for label in ax.get_yticklabels()]


def boxes(ax):
    """Where every word of a drawn figure stands, in pixels: (text, box); and the box of the whole."""
    figure = ax.figure
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    words = [ax.xaxis.label, ax.yaxis.label, *ax.texts, *(ax.get_legend().get_texts() if ax.get_legend() else [])]
    for axis, (low, high) in ((ax.xaxis, sorted(ax.get_xlim())), (ax.yaxis, sorted(ax.get_ylim()))):
        words += [label for place, label in zip(axis.get_ticklocs(), axis.get_ticklabels()) if low <= place <= high]
    return [(word.get_text(), Text.get_window_extent(word, renderer)) for word in words if word.get_text()], figure.bbox


def assert_room_for_all(ax):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        placed, whole = boxes(ax)
    for (one, box), (other, another) in combinations(placed, 2):
        wide = min(box.x1, another.x1) - max(box.x0, another.x0)
        high = min(box.y1, another.y1) - max(box.y0, another.y0)
        assert wide < 1 or high < 3, f"{one!r} lies on {other!r}"
    for text, box in placed:
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1, f"{text!r} is cut"


def exact_emulator(n=32):
    points = even_points({"sharing": (0, 1), "registry": (0, 1)}, n)
    luck = 0.02 * np.random.default_rng(1).normal(size=n)
    runs = points.assign(point=range(n), remission_rate=0.5 + 0.2 * points["sharing"]**2 + luck)
    return emulator(points, runs, kind="quadratic")


@pytest.mark.parametrize("draw", [
    lambda n: figures.screening(morris(*screened(n))), lambda n: figures.indices(sobol(*shared(n))),
    lambda n: figures.convergence(convergence(*shared(n))),
    lambda n: figures.convergence(convergence(*screened(n), doublings=1)), lambda n: figures.reasons(made_reasons(n))],
    ids=["screening", "indices", "convergence of indices", "convergence of a screening", "reasons"])
@pytest.mark.parametrize("n", [1, 3, 20])
def test_there_is_room_for_one_three_and_twenty_parameters(draw, n):
    assert_room_for_all(draw(n))


@pytest.mark.parametrize("draw", [
    lambda: figures.emulator_check(exact_emulator()), lambda: figures.screening(morris(*screened(3, flat=True))),
    lambda: figures.convergence(convergence(*screened(3, flat=True))),
    lambda: figures.indices(sobol_of(exact_emulator(), 64)),
    lambda: figures.same_outcome(grid(), "sharing", "implementation", "remission_rate", 0.72, {"ours": (0.2, 0.8)})],
    ids=["emulator", "nothing moves", "no ranking", "indices of an emulator", "same outcome"])
def test_there_is_room_in_special_cases(draw):
    assert_room_for_all(draw())


def test_a_screening_is_drawn_as_it_was_found_the_strongest_on_top():
    found = morris(*screened(3))
    before = found.table.copy()
    ax = figures.screening(found)
    pd.testing.assert_frame_equal(found.table, before)
    table = found.table.set_index("parameter").loc[found.ranking]
    marks = [line for line in ax.lines if line.get_marker() in "<>o" and len(line.get_xdata()) == 1]
    assert [line.get_xdata()[0] for line in marks] == pytest.approx(100 * table["mu_star"].to_numpy())
    assert [line.get_marker() for line in marks] == [">" if mu > 0 else "<" for mu in table["mu"]]
    intervals = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2 and line.get_color() == CHANGE]
    assert np.array(intervals) == pytest.approx(100 * table[["mu_star_low", "mu_star_high"]].to_numpy())
    assert ax.get_ylim()[0] > ax.get_ylim()[1] and ax.get_xlim()[0] == 0
    assert rows_of(ax) == [{LONG: LONG.replace("_", " ")}.get(name, name.replace("_", " ").capitalize()
                                                             if name != "x" else name) for name in found.ranking]
    assert "patients in remission" in ax.get_xlabel() and "(points)" in ax.get_xlabel()
    floor, = (line for line in ax.lines if line.get_linestyle() == "--")
    assert floor.get_xdata()[0] == pytest.approx(100 * found.noise_floor) and "luck alone, at most" in texts(ax)


def test_a_triangle_is_open_where_effects_go_both_ways():
    found = morris(*screened(3))
    both = {name: not (found.effects[name].ge(0).all() or found.effects[name].le(0).all()) for name in found.ranking}
    marks = [line for line in figures.screening(found).lines if line.get_marker() in "<>"]
    assert [same_color(line.get_markerfacecolor(), "white") for line in marks] == list(both.values())
    assert 0 < sum(both.values()) < 3


def test_without_replicates_no_floor_is_drawn_and_other_units_stay():
    ax = figures.screening(morris(*screened(3, 1, outcome="cost")))
    assert not any("luck" in text for text in texts(ax)) and "points" not in ax.get_xlabel()
    assert "cost" in ax.get_xlabel()
    ax = figures.indices(sobol(*shared(3, 1)))
    assert not any("luck" in text.get_text() for text in ax.get_legend().get_texts())


def test_what_moves_nothing_has_a_mark_of_its_own():
    ax = figures.screening(morris(*screened(3, flat=True)))
    assert {line.get_marker() for line in ax.lines if len(line.get_xdata()) == 1} == {"o"}
    assert any("neither" in text for text in texts(ax))


def test_indices_are_bars_with_intervals_and_the_luck():
    found = sobol(*shared(3))
    ax = figures.indices(found)
    table = found.table.set_index("parameter").loc[found.ranking]
    first, total = ax.containers
    assert [bar.get_width() for bar in first] == pytest.approx(table["first"].clip(lower=0).to_numpy())
    assert [bar.get_width() for bar in total] == pytest.approx(table["total"].clip(lower=0).to_numpy())
    assert all(same_color(bar.get_facecolor(), CHANGE) for bar in first)
    assert all(same_color(bar.get_facecolor(), "white") for bar in total)       # told apart without color
    for lines, name in zip(ax.collections, ("first", "total")):
        drawn = np.array([segment[:, 0] for segment in lines.get_segments()])
        assert drawn == pytest.approx(table[[f"{name}_low", f"{name}_high"]].clip(lower=0).to_numpy())
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {
        "alone (first)", "with interactions (total)", "luck alone, at most"}
    luck, = ax.lines
    assert luck.get_xdata()[0] == pytest.approx(found.noise_share)
    assert "Share of the variance of patients in remission" in ax.get_xlabel() and ax.get_xlim()[0] == 0
    ax.figure.canvas.draw()
    assert ax.get_xticklabels()[0].get_text() == "0 %"


def test_what_luck_brought_below_zero_is_drawn_from_zero():
    found = sobol(*shared(20))
    assert (found.table["first"] < 0).any()
    assert min(bar.get_width() for bar in figures.indices(found).containers[0]) == 0


def test_convergence_is_a_line_for_each_parameter_and_a_number_for_each_doubling():
    found = convergence(*shared(3))
    ax = figures.convergence(found)
    wide = found.table.pivot(index="n_runs", columns="parameter", values="index")
    lines = [line for line in ax.lines if line.get_color() == CHANGE]
    drawn = sorted(line.get_ydata().tolist() for line in lines)
    assert np.array(drawn) == pytest.approx(np.array(sorted(wide[name].tolist() for name in wide)))
    assert (lines[0].get_xdata() == wide.index).all()
    assert len({line.get_linestyle() for line in lines}) == 3
    numbers = {text.get_text(): text for text in ax.texts}
    for row in found.agreement.itertuples():
        drawn = numbers[f"{row.spearman:.2f}"]
        assert (drawn.get_fontweight() == "bold") == (row.spearman < found.criterion)
        assert same_color(drawn.get_color(), ACCENT) == (row.spearman < found.criterion)
    assert ax.get_ylabel() == "Total index (share of the variance)" and ax.get_xlabel() == "Runs (log scale)"
    assert {"x", LONG} <= set(texts(ax))
    assert figures.convergence(convergence(*screened(3))).get_ylabel() == "Mean size of effects (mu_star)"


def test_names_at_the_ends_stand_in_the_order_of_their_lines_and_the_rest_is_gray():
    found = convergence(*shared(20))
    ax = figures.convergence(found, named=5)
    last = found.table[found.table["n"] == found.table["n"].max()].set_index("parameter")["index"]
    ends = [text for text in ax.texts if text.arrow_patch is not None]
    assert len(ends) == 5 and sum(line.get_color() == FAINT for line in ax.lines) >= 15
    heights = [text.xyann[1] for text in ends]
    assert heights == sorted(heights) and min(np.diff(heights)) > 0.06 * last.max()
    assert [text.xy[1] for text in ends] == pytest.approx(sorted(last.nlargest(5)))
    assert len([text for text in figures.convergence(found, named=0).texts if text.arrow_patch is not None]) == 0


def test_points_that_are_visited_again_leave_the_lines_apart():
    design = morris_design({"visit_interval": (1, 2)}, 16, whole=["visit_interval"])
    ax = figures.convergence(convergence(design, [0.0, 1.0]))
    assert "base points" in ax.get_xlabel() and len(set(ax.get_xticks())) == 3


def test_no_ranking_is_said():
    ax = figures.convergence(convergence(*screened(3, flat=True)))
    assert "no ranking" in texts(ax) and not any("nan" in text for text in texts(ax))


def test_an_emulator_is_held_against_what_was_run():
    made = exact_emulator()
    ax = figures.emulator_check(made)
    inside, outside = (line for line in ax.lines if line.get_marker() in "ox" and line.get_marker() != "None")
    off = made.check["standardized_error"].abs() > 1.96
    assert inside.get_xdata() == pytest.approx(100 * made.check["observed"][~off].to_numpy())
    assert inside.get_ydata() == pytest.approx(100 * made.check["predicted"][~off].to_numpy())
    assert outside.get_xdata() == pytest.approx(100 * made.check["observed"][off].to_numpy())
    assert texts(ax) == [f"{made.q2:.0%} of what varies\nis predicted",
                         f"\u00d7 {off.mean():.0%} outside the\nown 95 % interval"]
    assert ax.get_xlabel() == "Patients in remission (%), as run"
    assert ax.get_ylabel() == "Predicted from the other points (%)"
    nothing = emulator(made.points, np.random.default_rng(5).normal(size=32), kind="quadratic")
    assert nothing.q2 < 0 and texts(figures.emulator_check(nothing))[0].startswith("0% ")


@pytest.mark.parametrize("unit, outcome, scale, said", [
    ("points", "remission_rate", 5, "patients in remission (points)"), ("in its unit", "median_health", 0.01,
                                                                       "median health (0 to 1)")])
def test_the_ways_of_an_effect_add_up_to_the_dot(unit, outcome, scale, said):
    found = made_reasons(3, unit, outcome, scale)
    ax = figures.reasons(found)
    parts = found.parts.set_index(["parameter", "part"])["difference"]
    total = parts.xs("total", level="part")
    names = total.abs().sort_values(ascending=False).index
    assert [row.removesuffix(" 0.05 to 1") for row in rows_of(ax)] == [
        {LONG: LONG.replace("_", " "), "x": "x"}.get(name, name.replace("_", " ").capitalize()) for name in names]
    bars = [bar for container in ax.containers for bar in container]
    for place, name in enumerate(names):
        mine = [bar for bar in bars if abs(bar.get_y() + bar.get_height() / 2 - place) < 0.01]
        assert sorted(bar.get_width() for bar in mine) == pytest.approx(sorted(parts[name].drop("total")))
        right = max(bar.get_x() + bar.get_width() for bar in mine) if any(b.get_width() > 0 for b in mine) else 0
        assert right == pytest.approx(parts[name].drop("total").clip(lower=0).sum())
    dots = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert dots == pytest.approx(total[names].to_numpy())
    assert ax.get_xlabel() == f"Effect of the change from low to high on {said}"
    keys = [text.get_text() for text in ax.get_legend().get_texts()]
    assert keys == [*PARTS[:-1], "in all, 95 % interval"]       # all ways are named, in whatever unit
    looks = {(to_hex(bar.get_facecolor()), bar.get_hatch()) for bar in bars}
    assert len(looks) == 4 and len({hatch for _, hatch in looks}) == 4      # told apart without color


def test_reasons_of_what_moves_nothing():
    found = made_reasons(2, scale=0.0)
    ax = figures.reasons(found)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["in all, 95 % interval"]
    assert_room_for_all(ax)


def test_the_line_of_the_same_outcome_is_where_the_table_says():
    before = grid()
    ax = figures.same_outcome(before, "sharing", "implementation", "remission_rate", 0.72, {"ours": (0.25, 0.5)})
    pd.testing.assert_frame_equal(before, grid())
    line, = (each for each in ax.collections if len(np.atleast_1d(each.get_linewidth())) == 1
             and each.get_linewidth()[0] > 2)
    assert same_color(line.get_edgecolor()[0], ACCENT)
    path = np.concatenate([each.vertices for each in line.get_paths()])
    path = path[np.isfinite(path).all(axis=1)]
    told = same_level(grid(), "sharing", "implementation", "remission_rate", 0.72, path[::7, 0].clip(0, 1))
    assert path[::7, 1] == pytest.approx(told["implementation"].to_numpy(), abs=0.002)
    assert ax.get_xlabel() == "Sharing (share of cases)" and ax.get_ylabel() == "Implementation (share of decisions)"
    assert {"72 %", "ours"} <= set(texts(ax)) and any("patients in remission" in text for text in texts(ax))
    dot, = ax.lines
    assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (0.25, 0.5)


@pytest.mark.parametrize("change, said", [
    ({"level": 0.99}, "`level` must lie between"), ({"level": "72 %"}, "`level` must be a number"),
    ({"marked": {"ours": (2, 0.5)}}, "`marked['ours']` must lie between 0 and 1"),
    ({"marked": {"ours": 2}}, "`marked['ours']` must be a list"), ({"marked": [(1, 1)]}, "`marked` must be a dict"),
    ({"x": "no_such"}, "'no_such'"), ({"y": "sharing"}, "three different columns"),
    ({"table": grid().drop(4)}, "1 of 9 are missing"), ({"table": grid().assign(remission_rate="well")}, "row 1"),
    ({"table": grid().assign(remission_rate=[np.nan] + 8 * [0.5])}, "row 1: remission_rate must be a number")])
def test_an_outcome_that_cannot_be_drawn_is_refused(change, said):
    given = dict(table=grid(), x="sharing", y="implementation", measure="remission_rate", level=0.72)
    with pytest.raises(InputError) as error:
        figures.same_outcome(**{**given, **change})
    assert said in str(error.value)


@pytest.mark.parametrize("draw", [figures.screening, figures.indices, figures.convergence, figures.emulator_check,
                                  figures.reasons])
def test_what_is_not_to_be_drawn_so_is_refused(draw):
    with pytest.raises(InputError, match="must be the result of lnlab"):
        draw(grid())


def test_pictures_are_drawn_on_axes_that_are_given_and_come_with_a_sentence():
    ax = figures.indices(sobol(*shared(3)))
    assert figures.screening(morris(*screened(3)), ax=figures.style.new_axes()).figure is not ax.figure
    told = figures.Described(ax, "The first parameter accounts for most.")
    assert repr(told) == "The first parameter accounts for most." and told.png()[1:4] == b"PNG"
    data, about = told._repr_mimebundle_()
    assert about["image/png"]["alt"] == data["text/plain"] == "The first parameter accounts for most."
