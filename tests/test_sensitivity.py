"""Sensitivity analysis: closed forms, exact Morris moments, runs that were lost or mixed up, emulator, convergence."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lnlab.analysis import convergence, emulator, even_points, morris, morris_design, sobol, sobol_design, sobol_of
from lnlab.checks import InputError

KNOWN = json.loads((Path(__file__).parent / "known" / "sensitivity.json").read_text(encoding="utf-8"))["expected"]
CIRCLE = {name: (-np.pi, np.pi) for name in ("x1", "x2", "x3")}


def ishigami(points, a=7, b=0.1):
    x1, x2, x3 = (points[name].to_numpy() for name in ("x1", "x2", "x3"))
    return np.sin(x1) + a * np.sin(x2) ** 2 + b * x3**4 * np.sin(x1)


def g_function(points, a):
    return np.prod([(np.abs(4 * points[f"x{place}"] - 2) + each) / (1 + each) for place, each in enumerate(a)], axis=0)


def cube(a):
    return {f"x{place}": (0, 1) for place in range(len(a))}


def runs_of(points, values):
    return points.assign(point=range(len(points)), outcome=values)


@pytest.mark.parametrize("known", KNOWN["ishigami"], ids=lambda known: f"a={known['a']}, b={known['b']}")
def test_sobol_indices_of_the_ishigami_function(known):
    design = sobol_design(CIRCLE, n=4096, second_order=True)
    found = sobol(design, runs_of(design.points, ishigami(design.points, known["a"], known["b"])))
    assert found.table["first"].to_numpy() == pytest.approx(known["S1"], abs=0.02)
    assert found.table["total"].to_numpy() == pytest.approx(known["ST"], abs=0.02)
    assert found.second["second"].to_numpy() == pytest.approx([known["S2"][pair] for pair in ("1,2", "1,3", "2,3")],
                                                              abs=0.04)
    assert found.variance == pytest.approx(known["variance"], rel=0.03)


@pytest.mark.parametrize("known", KNOWN["g_function"], ids=lambda known: str(known["a"]))
def test_sobol_indices_of_the_g_function(known):
    design = sobol_design(cube(known["a"]), n=4096)
    found = sobol(design, runs_of(design.points, g_function(design.points, known["a"])))
    assert found.table["first"].to_numpy() == pytest.approx(known["S1"], abs=0.02)
    assert found.table["total"].to_numpy() == pytest.approx(known["ST"], abs=0.02)


def test_sobol_indices_of_a_sum():
    known = KNOWN["additive_linear_sobol"]
    design = sobol_design(cube(known["coefficients"]), n=1024)
    found = sobol(design, runs_of(design.points, design.points.to_numpy() @ known["coefficients"]))
    assert found.table["first"].to_numpy() == pytest.approx(known["S1"], abs=0.02)
    assert found.table["total"].to_numpy() == pytest.approx(known["ST"], abs=0.02)


@pytest.mark.parametrize("known", KNOWN["morris_ishigami_a7_b0_1"], ids=lambda known: f"{known['levels']} levels")
def test_elementary_effects_of_the_ishigami_function(known):
    design = morris_design(CIRCLE, n_trajectories=2000, levels=known["levels"])
    table = morris(design, runs_of(design.points, ishigami(design.points))).table
    assert table["mu_star"].to_numpy() == pytest.approx(known["mu_star"], rel=0.06)
    assert table["sigma"].to_numpy() == pytest.approx(known["sigma_population"], rel=0.06)
    assert table["mu"].to_numpy() == pytest.approx(known["mu"], abs=0.6)


@pytest.mark.parametrize("known", KNOWN["morris_g_function"]["values"], ids=lambda known: f"{known['levels']} levels")
def test_elementary_effects_of_the_g_function(known):
    a = KNOWN["morris_g_function"]["a"]
    design = morris_design(cube(a), n_trajectories=2000, levels=known["levels"])
    table = morris(design, runs_of(design.points, g_function(design.points, a))).table
    assert table["mu_star"].to_numpy() == pytest.approx(known["mu_star"], rel=0.06)


def test_elementary_effects_of_a_line_are_exact():
    known = KNOWN["morris_linear"]
    design = morris_design({f"x{place}": tuple(known["range"]) for place in range(4)}, n_trajectories=10)
    table = morris(design, runs_of(design.points, design.points.to_numpy() @ known["coefficients"])).table
    for name in ("mu", "mu_star", "sigma"):
        assert table[name].to_numpy() == pytest.approx(known[name], abs=1e-12)


TWO = {"sharing": (0, 1), "registry": (0, 1)}


def good_runs():
    design = sobol_design(TWO, n=64)
    return design, runs_of(design.points, design.points @ [2, 1])


def test_the_order_of_rows_does_not_matter_where_points_are_named():
    design, runs = good_runs()
    mixed = runs.sample(frac=1, random_state=3)
    assert sobol(design, mixed).table.equals(sobol(design, runs).table)


@pytest.mark.parametrize("spoil, said", [
    (lambda runs: runs.drop(5), "of 1 of 256 points there is no run (point 5)"),
    (lambda runs: pd.concat([runs, runs.head(1)]), "point 0: it comes 2 times"),
    (lambda runs: runs.assign(point=runs["point"].to_numpy()[::-1]), "these runs were re-ordered"),
    (lambda runs: runs.assign(point=runs["point"] + 1), "there is no point 256"),
    (lambda runs: runs.assign(outcome=runs["outcome"].where(runs["point"] != 7)), "point 7: outcome must be a number"),
    (lambda runs: runs.drop(columns="point"), "in a column `point`"),
    (lambda runs: runs["outcome"].to_numpy()[:-1], "a row for each of the 256 points"),
    (lambda runs: runs["outcome"].iloc[::-1], "indexed by the number of the point")])
def test_runs_that_were_lost_or_mixed_up_are_refused(spoil, said):
    design, runs = good_runs()
    with pytest.raises(InputError) as error:
        sobol(design, spoil(runs))
    assert said in str(error.value)


def test_a_bare_array_is_taken_with_a_caution():
    design, runs = good_runs()
    found = sobol(design, runs["outcome"].to_numpy())
    assert any("nothing would show it" in each for each in found.cautions)
    assert found.table.equals(sobol(design, runs).table)


@pytest.mark.parametrize("make, said", [
    (lambda: sobol_design(TWO, n=100), "`n` must be a power of two, such as 64 or 128"),
    (lambda: morris_design(TWO, levels=3), "`levels` must be an even number"),
    (lambda: morris_design(TWO, n_trajectories=1), "n_trajectories"),
    (lambda: sobol_design({"sharing": (1, 0)}), "low to high"),
    (lambda: sobol_design({}), "must be a dict"),
    (lambda: sobol(morris_design(TWO), []), "must come from sobol_design"),
    (lambda: morris(sobol_design(TWO), []), "must come from morris_design")])
def test_designs_that_cannot_be_are_refused(make, said):
    with pytest.raises(InputError) as error:
        make()
    assert said in str(error.value)


def test_an_outcome_that_does_not_vary_is_refused_or_told():
    design, runs = good_runs()
    with pytest.raises(InputError, match="must vary"):
        sobol(design, runs.assign(outcome=1.0))
    steps = morris_design(TWO, 10)
    assert any("in every run" in each for each in morris(steps, runs_of(steps.points, 1.0)).cautions)


def test_the_noise_floor_is_the_share_of_luck():
    """Luck of sd 2 on a signal of variance 1 / 3 + 1 / 12, in four replicates: the floor is its share of the means."""
    design, random = sobol_design(TWO, n=512), np.random.default_rng(1)
    signal, points = (design.points @ [2, 1]).to_numpy(), np.arange(len(design.points))
    runs = pd.concat([pd.DataFrame({"point": points, "replicate": each,
                                    "outcome": signal + 2 * random.standard_normal(len(points))}) for each in range(4)])
    found = sobol(design, runs)
    assert found.noise_share == pytest.approx(1 / (1 + 5 / 12), abs=0.05)
    assert any("of the variance is luck" in each for each in found.cautions)
    shared = runs.assign(outcome=runs["outcome"].to_numpy() * 0 + np.tile(signal, 4) + 5 * runs["replicate"])
    assert sobol(design, shared).noise_share == pytest.approx(0, abs=1e-9)      # the same luck everywhere moves nothing


def test_whole_parameters_visit_a_point_more_than_once_and_are_run_once():
    ranges = {"visit_interval": (1, 3), "washout": (0, 1)}
    design = sobol_design(ranges, n=64, whole=["visit_interval", "washout"])
    assert len(design.points) == 6 and len(design.order) == 256 and not design.points.duplicated().any()
    found = sobol(design, runs_of(design.points, design.points @ [1, 0])).table.set_index("parameter")["total"]
    assert found["visit_interval"] == pytest.approx(1, abs=0.1) and found["washout"] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("kind", ["gaussian process", "quadratic"])
def test_an_emulator_of_a_smooth_surface_gives_its_indices(kind):
    ranges = {"sharing": (0, 1), "registry": (0, 1), "recall": (0, 1)}
    points, random = even_points(ranges, 128), np.random.default_rng(2)
    surface = 2 * points["sharing"] + points["registry"] * points["sharing"]
    made = emulator(points, (surface + 0.02 * random.standard_normal(128)).to_numpy(), kind=kind, ranges=ranges)
    assert made.q2 > 0.99
    found = sobol_of(made, n=1024).table.set_index("parameter")
    # 2 s + r s, uniform: variance (2.5)^2 / 12 + 1 / 48 + 1 / 144
    variance = 2.5**2 / 12 + 0.5**2 / 12 + 1 / 144
    assert found["first"].to_numpy() == pytest.approx([2.5**2 / 12 / variance, 0.5**2 / 12 / variance, 0], abs=0.02)
    assert found["total"]["recall"] < 0.01


def test_an_emulator_that_learned_nothing_says_so():
    points = even_points(TWO, 64)
    made = emulator(points, np.random.default_rng(3).standard_normal(64), kind="quadratic")
    assert made.q2 < 0.3 and made.cautions
    with pytest.raises(InputError, match="must lie between"):
        made.predict(pd.DataFrame({"sharing": [2.0], "registry": [0.5]}))


def test_a_ranking_settles_when_runs_double_and_luck_alone_does_not():
    ranges = {f"x{place}": (0, 1) for place in range(6)}
    design = sobol_design(ranges, n=256)
    settled = convergence(design, (design.points @ [6, 5, 4, 3, 2, 1]).to_numpy())
    assert settled.reached and settled.last >= 0.9
    luck = np.random.default_rng(4).standard_normal(len(design.points))
    unsettled = convergence(design, luck, criterion=0.99)
    assert not unsettled.reached and unsettled.cautions
