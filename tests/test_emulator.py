"""An emulator: right between the points, sure only where it may be, and the whole way from ranges to what drives."""

import builtins

import numpy as np
import pandas as pd
import pytest

from lnlab.analysis import convergence, emulator, even_points, morris_design, sobol_of, what_drives
from lnlab.checks import InputError

TWO = {"sharing": (0, 1), "registry": (0, 1)}
POINTS = even_points(TWO, 64)
KINDS = ["gaussian process", "quadratic"]
HOLE = POINTS.assign(sharing=POINTS["sharing"].where(POINTS.index != 4))
ELSEWHERE = 0.05 + 0.9 * even_points(TWO, 64, seed=9)


def bend(points):
    return 2 * points["sharing"] + points["registry"] ** 2


def wave(points):
    return np.sin(6 * points["sharing"]) + points["registry"]


def runs_of(points, values):
    return points.assign(point=range(len(points)), outcome=values)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale, offset", [(1, 0), (1e-10, 0), (1e9, 0), (1, 1e6)])
def test_a_smooth_surface_is_learned_in_any_unit(kind, scale, offset):
    made = emulator(POINTS, runs_of(POINTS, scale * bend(POINTS) + offset), kind, ranges=TWO)
    told = made.predict(ELSEWHERE)
    assert made.q2 > 0.9999 and not made.cautions
    assert told["mean"].to_numpy() == pytest.approx(scale * bend(ELSEWHERE).to_numpy() + offset, abs=2e-3 * scale)
    assert told["sd"].between(0, 2e-3 * scale).all()        # what is hit so well is not doubted
    table = sobol_of(made, n=1024).table        # variances 4 / 12 and 4 / 45
    whole = 1 / 3 + 4 / 45
    for name in ("first", "total"):
        assert table[name].to_numpy() == pytest.approx([1 / 3 / whole, 4 / 45 / whole], abs=0.02)
        assert (table[f"{name}_low"] <= table[name]).all() and (table[name] <= table[f"{name}_high"]).all()


def test_a_gaussian_process_is_as_sure_as_it_may_be_without_luck():
    """All but singular: with the inverse in place of the root, the doubt would be rounding and nothing else."""
    made = emulator(POINTS, runs_of(POINTS, wave(POINTS)))
    told = made.predict(ELSEWHERE)
    off = told["mean"] - wave(ELSEWHERE)
    assert off.abs().max() < 1e-3 and (off.abs() < 3 * told["sd"]).all()
    assert told["sd"].min() > 0 and told["sd"].max() < 2e-3


def test_the_doubt_of_a_gaussian_process_is_that_of_the_textbook():
    from lnlab.analysis.sensitivity.gaussian_process import gaussian_process
    from sklearn.gaussian_process import GaussianProcessRegressor
    random = np.random.default_rng(4)
    unit, values = random.random((30, 2)), random.normal(size=30)
    means, other = unit[:, 0] * 3 + 0.3 * values, random.random((7, 2))
    mean_of, covariance_of, left_out, left_out_sd, nugget = gaussian_process(unit, means)
    fitted = []
    original = GaussianProcessRegressor.fit
    try:
        GaussianProcessRegressor.fit = lambda self, *given: fitted.append(original(self, *given)) or fitted[-1]
        gaussian_process(unit, means)
    finally:
        GaussianProcessRegressor.fit = original
    process, scale = fitted[0], means.std()
    mean, covariance = process.predict(other, return_cov=True)
    luck = scale**2 * process.kernel_.k2.noise_level
    assert nugget == pytest.approx(luck)
    assert mean_of(other) == pytest.approx(means.mean() + scale * mean, abs=1e-9)
    assert covariance_of(other) == pytest.approx(scale**2 * covariance - luck * np.eye(7), abs=1e-8)
    # each left out in truth: the same hyperparameters, one point less
    for place in (0, 11, 29):
        rest = np.delete(np.arange(30), place)
        across = process.kernel_.k1(unit[place:place + 1], unit[rest])
        inverse = np.linalg.inv(process.kernel_(unit[rest]))
        centered = (means[rest] - means.mean()) / scale
        assert left_out[place] == pytest.approx(means.mean() + scale * (across @ inverse @ centered).item(), abs=1e-6)
        doubt = process.kernel_(unit[:1]).item() - (across @ inverse @ across.T).item()
        assert left_out_sd[place] == pytest.approx(scale * doubt**0.5, abs=1e-6)


def test_a_quadratic_leaves_out_as_if_fitted_anew():
    values = bend(POINTS) + 0.1 * np.random.default_rng(3).normal(size=64)
    made = emulator(POINTS, runs_of(POINTS, values), "quadratic", ranges=TWO)
    for place in (0, 20, 63):
        rest = POINTS.drop(place).reset_index(drop=True)
        less = emulator(rest, values.drop(place).to_numpy(), "quadratic", ranges=TWO)
        assert less.predict(POINTS.loc[[place]])["mean"].item() == pytest.approx(made.check["predicted"][place])
    left = made.check["observed"] - made.check["predicted"]
    assert made.q2 == pytest.approx(1 - (left**2).sum() / ((values - values.mean())**2).sum())


@pytest.mark.parametrize("kind", KINDS)
def test_luck_is_told_apart_from_the_surface(kind):
    random = np.random.default_rng(6)
    runs = pd.concat([runs_of(POINTS, bend(POINTS) + 0.4 * random.normal(size=64)).assign(replicate=each)
                      for each in range(4)])
    made = emulator(POINTS, runs, kind, ranges=TWO)
    luck = 0.04 / (1 / 3 + 4 / 45 + 0.04)
    assert made.noise_share == pytest.approx(luck, abs=0.04) and made.nugget_share == pytest.approx(luck, abs=0.06)
    assert abs((made.check["standardized_error"].abs() > 1.96).mean() - 0.05) < 0.07
    assert made.check["standardized_error"].std() == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize("kind", KINDS)
def test_a_surface_of_luck_alone_is_not_trusted(kind):
    made = emulator(POINTS, runs_of(POINTS, np.random.default_rng(3).normal(size=64)), kind)
    assert made.q2 < 0.3 and any("Do not trust" in each for each in made.cautions)
    assert all(f"Caution: {each}" in repr(made) for each in made.cautions)
    flat = emulator(POINTS, runs_of(POINTS, np.random.default_rng(3).normal(size=64)), kind)
    object.__setattr__(flat, "mean_of", lambda at: np.full(len(at), 7.0))
    with pytest.raises(InputError, match="nothing but luck"):
        sobol_of(flat, n=64)


@pytest.mark.parametrize("change, said", [
    (dict(kind="cubic"), "`kind` must be one of"), (dict(points=None), "`points` must be a table"),
    (dict(points=POINTS.head(0)), "`points` must be a table"), (dict(outcomes=np.ones(64)), "must vary"),
    (dict(outcomes=np.ones(63)), "a row for each of the 64"),
    (dict(points=POINTS.assign(sharing=1.0)), "sharing must vary"),
    (dict(points=POINTS.assign(sharing="x")), "row 1: sharing must be a number"),
    (dict(points=POINTS.assign(sharing="x"), ranges=TWO), "row 1: sharing must lie between"),
    (dict(points=HOLE), "row 5: sharing must be a number"),
    (dict(points=HOLE, ranges=TWO), "row 5: sharing must lie between"),
    (dict(ranges={"sharing": (0, 0.5), "registry": (0, 1)}), "row 2: sharing must lie between 0 and 0.5"),
    (dict(ranges={"sharing": (0, 1)}), "`ranges` must be of the columns"),
    (dict(points=pd.concat([POINTS, POINTS], axis=1)), "one column 'sharing'"),
    (dict(points=POINTS.set_axis([0, 1], axis=1)), "named by a text"),
    (dict(ranges=TWO, whole=["sharing"]), "row 1: sharing must be a whole number"),
    (dict(points=POINTS.head(4), outcomes=np.arange(4.0)), "at least 5 points"),
    (dict(points=POINTS.head(7), outcomes=np.arange(7.0), kind="quadratic"), "at least 8 points"),
    (dict(outcomes=1e200 * np.arange(64)), "below 1e+150")])
def test_what_cannot_be_learned_from_is_refused(change, said):
    with pytest.raises(InputError) as error:
        emulator(**{**dict(points=POINTS, outcomes=np.arange(64.0)), **change})
    assert said in str(error.value)


def test_it_is_asked_only_where_it_has_learned():
    whole = even_points({"visit_interval": (1, 6), "sharing": (0, 1)}, 64, whole=["visit_interval"])
    made = emulator(whole, whole.sum(axis=1).to_numpy(), "quadratic", whole=["visit_interval"])
    at = pd.DataFrame({"visit_interval": [3, 2], "sharing": [0.5, 0.25]}, index=["b", "a"])
    told = made.predict(at)
    assert told.index.tolist() == ["b", "a"] and told["mean"].to_numpy() == pytest.approx([3.5, 2.25])
    for points, said in ((at.assign(visit_interval=[3, 2.5]), "row 2: visit_interval must be a whole number"),
                         (at.assign(sharing=[0.5, 2]), "row 2: sharing must lie between"),
                         (at.assign(sharing=[np.nan, 0.5]), "row 1: sharing"), (at[["sharing"]], "'visit_interval'"),
                         (at.head(0), "`points` must be a table"), ([1, 2], "`points` must be a table")):
        with pytest.raises(InputError) as error:
            made.predict(points)
        assert said in str(error.value)
    for make in (lambda: sobol_of(3), lambda: sobol_of(made, n=100), lambda: convergence(made, outcomes=[1])):
        with pytest.raises(InputError):
            make()


def test_without_scikit_learn_it_says_what_to_install(monkeypatch):
    load = builtins.__import__

    def without(name, *given, **more):
        if name.startswith("sklearn"):
            raise ImportError(name)
        return load(name, *given, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match='pip install "scikit-learn'):
        emulator(POINTS, bend(POINTS).to_numpy())
    assert emulator(POINTS, bend(POINTS).to_numpy(), "quadratic").q2 > 0.99


def test_the_whole_way_keeps_what_matters():
    ranges = {"sharing": (0, 1), "recall": (0, 1), "registry": (0, 1)}

    def run(points):
        values = 2 * points.get("sharing", 0.5) + points.get("registry", 0.5)
        return points.assign(point=range(len(points)), well=values)

    found = what_drives(ranges, run, n_kept=2, n_points=32, kind="quadratic")
    assert found.ranking == ["sharing", "registry"] and found.convergence.reached
    assert found.indices.table["first"].to_numpy() == pytest.approx([0.8, 0.2], abs=0.02)
    assert found.n_runs == len(morris_design(ranges, 20).points) + 32
    assert set(found.cautions) >= set(found.screening.cautions) | set(found.convergence.cautions)
    assert len(what_drives(ranges, run, n_points=64, kind="quadratic").ranking) == 3       # fewer than six: all
    for change, said in ((dict(n_kept=9), "`n_kept`"), (dict(run=3), "`run` must be a function"),
                         (dict(run=lambda points: np.zeros(3)), "a row for each"),
                         (dict(run=lambda points: np.zeros(len(points))), "must vary"),
                         (dict(n_points=30), "power of two")):
        with pytest.raises(InputError) as error:
            what_drives(**{**dict(ranges=ranges, run=run, kind="quadratic"), **change})
        assert said in str(error.value)


# Luck

def test_the_same_few_seeds_at_every_point_are_told():
    points = even_points({"sharing": (0, 1), "registry": (0, 1)}, 32)
    runs = points.assign(point=range(32), replicate=0, outcome=points["sharing"])
    same, others = runs.assign(seed=7), runs.assign(seed=range(32))
    told = [any("same one seed" in each for each in emulator(points, table, "quadratic").cautions)
            for table in (same, others, runs)]
    assert told == [True, False, False]
