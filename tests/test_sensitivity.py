"""Sensitivity analysis: closed forms, exact Morris moments, runs that were lost or mixed up, emulator, convergence."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lnlab.analysis import (convergence, emulator, even_points, morris, morris_design, same_level, sobol, sobol_design,
                            sobol_of)
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


def test_indices_are_those_of_salib_on_the_bare_numbers():
    from SALib.analyze import sobol as salib
    design = sobol_design(CIRCLE, n=128, second_order=True, seed=5)
    values = ishigami(design.points) + 100
    found = sobol(design, runs_of(design.points, values))
    theirs = salib.analyze({"num_vars": 3, "names": list(CIRCLE), "bounds": [*CIRCLE.values()]}, values[design.order],
                           calc_second_order=True, num_resamples=100, seed=6)
    for ours, name in (("first", "S1"), ("total", "ST")):
        assert found.table[ours].to_numpy() == pytest.approx(theirs[name], abs=1e-10)
        assert (found.table[f"{ours}_high"] - found.table[ours]).to_numpy() == pytest.approx(theirs[f"{name}_conf"],
                                                                                             abs=1e-10)
    upper = np.triu_indices(3, 1)
    assert found.second["second"].to_numpy() == pytest.approx(theirs["S2"][upper], abs=1e-10)
    assert found.second["parameter"].tolist() == ["x1", "x1", "x2"]
    assert found.second["other"].tolist() == ["x2", "x3", "x3"]


@pytest.mark.parametrize("levels", [2, 4, 8])
def test_elementary_effects_are_those_of_salib_on_the_bare_numbers(levels):
    from SALib.analyze import morris as salib
    design = morris_design(CIRCLE, n_trajectories=15, levels=levels, seed=3)
    values = ishigami(design.points)
    found = morris(design, runs_of(design.points, values)).table
    problem = {"num_vars": 3, "names": list(CIRCLE), "bounds": [*CIRCLE.values()]}
    theirs = salib.analyze(problem, design.points.to_numpy()[design.order], values[design.order], num_levels=levels,
                           seed=1)
    for name in ("mu", "mu_star", "sigma"):
        assert found[name].to_numpy() == pytest.approx(np.asarray(theirs[name]), abs=1e-10)


def test_indices_of_two_that_work_together():
    """a x + b y + c x y on (-1, 1): variances a^2 / 3, b^2 / 3 and, of both together, c^2 / 9."""
    a, b, c = 1.0, 2.0, 3.0
    design = sobol_design({"x": (-1, 1), "y": (-1, 1)}, n=4096, second_order=True)
    x, y = design.points["x"], design.points["y"]
    found = sobol(design, runs_of(design.points, a * x + b * y + c * x * y))
    alone, other, both = a**2 / 3, b**2 / 3, c**2 / 9
    whole = alone + other + both
    assert found.variance == pytest.approx(whole, rel=0.01)
    assert found.table["first"].to_numpy() == pytest.approx([alone / whole, other / whole], abs=0.02)
    assert found.table["total"].to_numpy() == pytest.approx([(alone + both) / whole, (other + both) / whole], abs=0.02)
    assert found.second["second"].item() == pytest.approx(both / whole, abs=0.03)


def test_a_whole_parameter_takes_each_value_alike():
    """1 to 4 with the same chance has the variance 15 / 12, beside 1 / 12 of a share."""
    design = sobol_design({"visit_interval": (1, 4), "sharing": (0, 1)}, n=1024, whole=["visit_interval"])
    assert design.points["visit_interval"].dtype.kind == "i"
    assert design.points["visit_interval"].iloc[design.order].value_counts(normalize=True).between(0.24, 0.26).all()
    found = sobol(design, runs_of(design.points, design.points.sum(axis=1)))
    assert found.table["first"].to_numpy() == pytest.approx([15 / 16, 1 / 16], abs=0.02)
    steps = morris_design({"visit_interval": (1, 4), "sharing": (0, 1)}, 10, whole=["visit_interval"])
    assert morris(steps, runs_of(steps.points, steps.points @ [2, 1])).table["mu"].to_numpy() == pytest.approx([6, 1])


@pytest.mark.parametrize("scale, offset", [(1e9, 0), (1e-9, 0), (1, 1e6), (-1, 0), (1e100, 0)])
def test_units_of_the_outcome_change_no_index(scale, offset):
    design, runs = good_runs()
    in_units = runs.assign(outcome=scale * runs["outcome"] + offset)
    here, there = (sobol(design, each).table.drop(columns="parameter") for each in (runs, in_units))
    assert there.to_numpy() == pytest.approx(here.to_numpy(), abs=1e-8)
    steps = morris_design(TWO, 10)
    values = steps.points @ [2, 1]
    effects = morris(steps, runs_of(steps.points, scale * values + offset)).table
    assert effects["mu"].to_numpy() == pytest.approx(np.array([2, 1]) * scale, rel=1e-8)


@pytest.mark.parametrize("low, width", [(0, 1e-9), (1e6, 2e6), (-5e12, 1e13), (1e9, 1)])
def test_units_of_the_parameters_change_nothing(low, width):
    ranges = {name: (low, low + width) for name in TWO}
    design, other = sobol_design(ranges, n=64), sobol_design(TWO, n=64)
    unit = (design.points - low) / width
    assert unit.to_numpy() == pytest.approx(other.points.to_numpy(), abs=1e-6)
    ours = sobol(design, runs_of(design.points, unit @ [2, 1])).table["total"]
    assert ours.to_numpy() == pytest.approx(sobol(*good_runs()).table["total"].to_numpy(), abs=1e-5)
    runs = runs_of(design.points, unit @ [2, 1])
    with pytest.raises(InputError, match="these runs were re-ordered"):
        sobol(design, runs.assign(point=runs["point"].to_numpy()[::-1]))
    steps = morris_design(ranges, 10)
    effects = morris(steps, runs_of(steps.points, (steps.points - low) / width @ [2, 1])).table
    assert effects["mu"].to_numpy() == pytest.approx([2, 1], rel=1e-6)


@pytest.mark.parametrize("pair, said", [
    ((1, 1), "`sharing` must go from low to high"), ((0, np.inf), "`sharing`"), ((0, np.nan), "`sharing`"),
    ((1e9, np.nextafter(1e9, 2e9)), "told apart"), ((-1e308, 1e308), "wide"), (("0", 1), "`sharing`"), (1, "`sharing`"),
    ((0, 0.5, 1), "`sharing` must be two numbers")])
def test_ranges_that_cannot_be_are_refused(pair, said):
    for make in (sobol_design, morris_design):
        with pytest.raises(InputError) as error:
            make({"sharing": pair, "registry": (1, 0)})
        assert said in str(error.value) and "`registry` must go from low to high" in str(error.value)


@pytest.mark.parametrize("spoil, said", [
    (lambda runs: runs.assign(outcome="well"), "256 problems"),
    (lambda runs: runs.assign(outcome=pd.Timestamp("2020-01-01")), "point 0: outcome must be a number"),
    (lambda runs: runs.assign(outcome=1j * runs["outcome"]), "point 0: outcome must be a number"),
    (lambda runs: runs.assign(outcome=1e200 * runs["outcome"]), "below 1e+150 in size"),
    (lambda runs: runs.assign(outcome=np.inf), "must be a number"),
    (lambda runs: 1j * runs["outcome"].to_numpy(), "must be a table"),
    (lambda runs: runs["outcome"].to_numpy() * 1e200, "below 1e+150 in size"),
    (lambda runs: [None] * 256, "must be a number"), (lambda runs: None, "a row for each of the 256"),
    (lambda runs: runs.assign(other=1), "one of 'outcome', 'other'"),
    (lambda runs: runs.drop(columns="outcome"), "`value` must be the column"),
    (lambda runs: runs.assign(sharing=0.5), "points differ"), (lambda runs: runs.head(0), "there is no run"),
    (lambda runs: runs.assign(point=runs["point"] + 0.5), "there is no point 0.5"),
    (lambda runs: pd.concat([runs.assign(replicate=0), runs.assign(replicate=1).drop(7)]), "point 7, replicate 1"),
    (lambda runs: pd.concat([runs.assign(replicate=0), runs.assign(replicate=0)]), "point 0: it comes 2 times")])
def test_outcomes_that_cannot_be_are_refused(spoil, said):
    design, runs = good_runs()
    with pytest.raises(InputError) as error:
        sobol(design, spoil(runs))
    assert said in str(error.value)


def test_replicates_in_any_order_are_their_means_and_one_alone_knows_no_luck():
    design, runs = good_runs()
    again = pd.concat([runs.assign(replicate=name, outcome=runs["outcome"] + more)
                       for name, more in (("first", 0.25), ("second", -0.25))]).sample(frac=1, random_state=2)
    found = sobol(design, again)
    assert found.table["total"].to_numpy() == pytest.approx(sobol(design, runs).table["total"].to_numpy(), abs=1e-12)
    assert found.n_runs == 512 and found.noise_share == pytest.approx(0, abs=1e-12)
    alone = sobol(design, runs)
    assert np.isnan(alone.noise_share) and any("run once" in each for each in alone.cautions)
    steps = morris_design(TWO, 5)
    few = morris(steps, runs_of(steps.points, steps.points @ [2, 1]))
    assert np.isnan(few.noise_floor) and any("only 5 trajectories" in each for each in few.cautions)
    assert all(f"Caution: {each}" in repr(few) for each in few.cautions)


def test_nothing_that_is_given_is_changed():
    design, runs = good_runs()
    points, before, state = design.points.copy(), runs.copy(), np.random.get_state()[1].copy()
    sobol(design, runs), convergence(design, runs), morris_design(TWO)
    assert design.points.equals(points) and runs.equals(before) and (np.random.get_state()[1] == state).all()


def test_designs_are_nested_and_alike_for_the_same_seed():
    for make, n in ((lambda n, seed: sobol_design(TWO, n, seed=seed), 64),
                    (lambda n, seed: morris_design(TWO, n, seed=seed), 8)):
        half, whole = make(n // 2, 1), make(n, 1)
        rows = [each.points.iloc[each.order].to_numpy() for each in (half, whole)]
        assert (rows[1][:len(rows[0])] == rows[0]).all()
        assert make(n, 1).points.equals(whole.points) and not make(n, 2).points.equals(whole.points)


def test_a_single_parameter_and_no_ranking_are_told_as_such():
    design = sobol_design({"sharing": (0, 1)}, n=64)
    found = convergence(design, design.points["sharing"].to_numpy())
    assert "With a single parameter there is nothing to rank." in found.cautions
    steps = morris_design(TWO, 20)
    flat = convergence(steps, np.ones(len(steps.points)))
    assert not flat.reached and repr(flat).startswith("There is no ranking") and "nan" not in flat.cautions[0]


@pytest.mark.parametrize("spoil, said", [
    (dict(what=3), "`what` must be a design"), (dict(outcomes=None), "`outcomes` must be given"),
    (dict(criterion=2), "`criterion`"), (dict(doublings=0), "`doublings`"),
    (dict(what=sobol_design(TWO, 4), outcomes=np.arange(16.0)), "To halve the runs"),
    (dict(what=sobol_design(TWO, 64), outcomes=np.ones(256)), "must vary")])
def test_convergence_that_cannot_be_is_refused(spoil, said):
    design, runs = good_runs()
    with pytest.raises(InputError) as error:
        convergence(**{**dict(what=design, outcomes=runs), **spoil})
    assert said in str(error.value)


def test_the_same_level_by_different_means():
    grid = pd.DataFrame([(x, y, x + y) for x in (0, 0.5, 1) for y in (0, 1, 2)], columns=["x", "y", "well"])
    found = same_level(grid, "x", "y", "well", 1.2, [0, 0.25, 1])
    assert found["y"].to_numpy() == pytest.approx([1.2, 0.95, 0.2])
    tiny = same_level(grid.assign(well=1e-170 * grid["well"]), "x", "y", "well", 1.2e-170, [0.25])
    assert tiny["y"].item() == pytest.approx(0.95)
    assert same_level(grid, "x", "y", "well", 9, [0]).isna()["y"].item()
    assert same_level(grid, "x", "y", "well", 3, [1])["y"].item() == 2         # met at the last point
    for spoil, said in ((dict(table=grid.drop(3)), "1 of 9 are missing"), (dict(at=[2]), "`at` must lie"),
                        (dict(at=[]), "at least one value"), (dict(y="x"), "three different"),
                        (dict(table=pd.concat([grid, grid.assign(well=np.nan)])), "row 10: well must be a number"),
                        (dict(table=grid.assign(x="a")), "row 1: x must be a number"), (dict(table=3), "each once")):
        with pytest.raises(InputError) as error:
            same_level(**{**dict(table=grid, x="x", y="y", measure="well", level=1.2, at=[0]), **spoil})
        assert said in str(error.value)
