"""The coverage of intervals and the ranking of parameters: current, as asked, and written by code that still runs."""

import numpy as np
import pytest
from test_validation import ROOT, _module, rows, sections

from lnlab import Parameters, mechanisms

COVERAGE, SENSITIVITY = ROOT / "docs" / "coverage.md", ROOT / "docs" / "sensitivity.md"


@pytest.fixture(scope="module")
def planted():
    return _module("planted")


@pytest.fixture(scope="module")
def ranking():
    return _module("ranking")


def stored(path):
    return sections(path.read_text(encoding="utf-8"))


# What is stored

@pytest.mark.parametrize("path", [COVERAGE, SENSITIVITY], ids=lambda path: path.name)
def test_it_is_not_older_than_the_model(path, planted):
    assert f"\nState: {_module('validate').code_state()}\n" in path.read_text(encoding="utf-8"), (
        f"{path.name} was written by other rules or with other defaults: run `make validate`")


def test_every_case_is_counted_and_intervals_cover_at_their_rate(planted):
    found = stored(COVERAGE)
    assert {row[0] for row in rows(found["The cases"])} == {case.name for case in planted.CASES}
    covered = [(row[-6], float(row[-3].split()[0]) / 100, row[-1])
               for row in rows(found["Analyses as they should be done"])]
    assert len(covered) >= 30
    assert all(said == planted.verdict(share, planted.N) for _, share, said in covered)
    astray = [each for each in covered if each[-1] != planted.AS_STATED]
    assert len(astray) <= 0.1 * len(covered), astray        # chance alone puts 5 % of right intervals outside
    assert any(row[-1] == planted.NARROW for row in rows(found["For contrast"]))


def test_the_ranking_of_parameters_is_settled():
    compared = rows(stored(SENSITIVITY)["Is the ranking settled?"])
    assert len(compared) == 4
    assert all(float(row[2]) >= 0.9 and row[3] == "yes" for row in compared), compared


def test_the_reason_of_each_of_the_first_three_adds_up():
    found = stored(SENSITIVITY)
    first = [row[0] for row in rows(found["Indices"])][:3]
    parts = rows(found["The reason for the first three"])
    for name in first:
        points = {row[1]: float(row[2]) for row in parts if row[0] == name}
        assert sum(points.values()) - points["total"] == pytest.approx(points["total"], abs=0.25)


# The code that writes them

def test_coverage_is_counted_against_what_was_planted(planted):
    def study(random):
        return random.normal(), {"mean": 0.0}

    def analyze(value):
        import pandas as pd
        return pd.DataFrame(dict(effect=["mean"], estimate=[value], low=[value - 1], high=[value + 1]))

    found, = planted.counted(planted.Case("", "", study, analyze), n=400)
    assert found["covered"] == pytest.approx(0.683, abs=0.07) and found["bias"] == pytest.approx(0, abs=0.15)
    assert planted.verdict(found["covered"], 400) == planted.NARROW and planted.verdict(1, 400) == planted.WIDE
    assert planted.verdict(0.945, 400) == planted.AS_STATED
    assert planted.error(0.5, 400) == pytest.approx(0.025)


def test_the_ranking_is_made_again_in_small(ranking):
    small = Parameters(n_patients=60, n_centers=2, burn_in=6, launch_month=3, months=30)
    first, again = (ranking.ranking(seed, ["visit_interval", "implementation", "sharing"], 8, 16, 1, small)
                    for seed in (1, 2))
    held = ranking.checks(first, again)
    assert [what for what, *_ in held] == [row[0] for row in rows(stored(SENSITIVITY)["Is the ranking settled?"])]
    assert ranking.correlation(first.indices.table, first.indices.table, "total") == pytest.approx(1)
    ordered = first.indices.table.sort_values("total")
    turned = ordered.assign(total=ordered["total"].to_numpy()[::-1])
    assert ranking.correlation(ordered, turned, "total") == pytest.approx(-1)
    why = mechanisms.reasons({"visit_interval": (1, 6)}, small, n=2)
    text = ranking.document(first, again, why)
    assert text.count("**no**") == sum(not found >= 0.9 for *_, found in held)
    assert np.all([len(line) <= 120 for line in text.splitlines() if not line.startswith("|")])
