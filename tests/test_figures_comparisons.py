"""The picture of a comparison: intervals as they are computed, with and without the luck in common."""

import numpy as np
import pytest

from lnlab import Parameters, compare, figures
from lnlab.experiment import mean_and_interval

SMALL = Parameters(n_patients=100, n_centers=2, burn_in=12, launch_month=6, months=24)


@pytest.fixture(scope="module")
def results():
    return compare({"as it is": {}, "active peers": dict(patient_influence=0.2)}, n=20, parameters=SMALL,
                   measures=["remission_rate", "activation"])


@pytest.mark.parametrize("measure, scale", [("remission_rate", 100), ("activation", 1)])
def test_every_interval_stands_where_it_should(results, measure, scale):
    ax = figures.same_luck(results, "active peers", measure=measure)
    wide = results.table.pivot(index="replicate", columns="arm", values=measure).to_numpy() * scale
    this, other = wide[:, 0], wide[:, 1]
    apart, same = ax.containers
    for container, differences in ((same, this - other), (apart, this - np.roll(other, 1))):
        drawn = [path.vertices[:, 1] for path in container.lines[2][0].get_paths()]
        assert len(drawn) == 3      # of 4, 8 and 16 networks
        for n, (low, high) in zip((4, 8, 16), drawn):
            assert (low, high) == pytest.approx(mean_and_interval(differences[:n])[1:])
    assert ax.get_xlabel() == "Networks in each arm" and [each.get_text() for each in ax.get_xticklabels()] == ["4", "8", "16"]
    assert [each.get_text() for each in ax.get_legend().get_texts()] == ["luck of their own", "the same luck in both arms"]


def test_the_other_way_round_the_picture_is_upside_down(results):
    there, back = (figures.same_luck(results, arm, against).containers[1].lines[0].get_ydata()
                   for arm, against in (("active peers", "as it is"), ("as it is", "active peers")))
    assert there == pytest.approx(-back)
