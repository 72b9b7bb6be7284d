"""Why a parameter drives an outcome: it moves its own link and those after it, and its effect goes the known way."""

import dataclasses

import numpy as np
import pytest

from lnlab import Parameters
from lnlab.checks import InputError
from lnlab.experiment import mean_and_interval
from lnlab.experiment.outcomes import MeanOver
from lnlab.mechanisms import assumed_ranges, reasons
from lnlab.mechanisms.links import CHAIN
from lnlab.mechanisms.reasons import ADHERENCE, DIRECT, KNOWN, PARTS, TOTAL, USED
from lnlab.parameters import LEVERS

# Nobody is recalled, so that being unwell changes no visit: nothing feeds back from the end of the chain
NETWORK = Parameters(n_patients=300, n_centers=4, burn_in=24, months=48, launch_month=6, recall=0)
ACTIVATION, DATA, CASES, CONSULTED, CHANGES, PACKAGES, REMISSION = CHAIN
FIRST_MOVED = {"efficacy_trend": CONSULTED, "case_error": CONSULTED, "shared_information_use": CONSULTED,
               "implementation": CONSULTED, "sharing": CASES, "registry": DATA, "visit_interval": ACTIVATION,
               "leadership": ACTIVATION}
RANGES = {"efficacy_trend": (0, 0.02), "case_error": (0, 0.2), "shared_information_use": (0, 1),
          "implementation": (0.05, 0.8), "sharing": (0, 1), "registry": (0, 0.9), "visit_interval": (1, 6),
          "leadership": (0, 0.06), "washout": (0, 12)}
NO_WAY = {"efficacy_trend": {ADHERENCE}, "case_error": {USED, ADHERENCE, DIRECT}, "sharing": {USED, ADHERENCE, DIRECT},
          "shared_information_use": {ADHERENCE, DIRECT}, "implementation": {ADHERENCE, DIRECT},
          "registry": {ADHERENCE, DIRECT}, "visit_interval": {DIRECT}, "leadership": {DIRECT}}


@pytest.fixture(scope="module")
def found():
    return reasons(RANGES, NETWORK, n=3)


def state_of(found, name):
    return found.links[found.links["change"] == name].set_index("measure")["state"]


def parts_of(found, name):
    return found.parts[found.parts["parameter"] == name].set_index("part")


@pytest.mark.parametrize("name, first", FIRST_MOVED.items())
def test_a_parameter_moves_its_own_link_and_none_before_it(found, name, first):
    states, place = state_of(found, name), CHAIN.index(first)
    assert (states.iloc[:place] == "the same").all()
    assert states[first] in ("moved", "from none")
    assert (states.iloc[place + 1:] == "moved").all()
    told = found.sentences[name].split("Links that move: ")[1]
    assert all(link.replace("_", " ") not in told for link in CHAIN[:place])


@pytest.mark.parametrize("name, ways", NO_WAY.items())
def test_an_effect_goes_only_by_the_ways_that_are_open_to_it(found, name, ways):
    """The rules say by which ways it cannot go: wrong cases change what is known and nothing else, and so on."""
    parts = parts_of(found, name)
    assert (parts.loc[list(ways), ["difference", "low", "high"]] == 0).all(axis=None)
    assert parts.loc[list({*PARTS} - ways), "difference"].abs().min() > 0
    assert not parts.loc[TOTAL, "low"] <= 0 <= parts.loc[TOTAL, "high"]
    assert np.sign(parts.loc[TOTAL, "difference"]) == (-1 if name in ("case_error", "visit_interval") else 1)


def test_better_medicines_act_directly_and_leadership_by_adherence(found):
    medicines = parts_of(found, "efficacy_trend")["difference"]
    assert medicines[DIRECT] > 0.7 * medicines[TOTAL]
    assert "directly" in found.sentences["efficacy_trend"]
    leaders = parts_of(found, "leadership")["difference"]
    assert leaders[ADHERENCE] > 0 and "by adherence, which follows activation" in found.sentences["leadership"]


def test_the_parts_add_up_in_every_network_and_the_rest_is_told_by_what_is_held(found):
    wide = found.replicates.pivot(index=["parameter", "replicate"], columns="part", values="difference")
    assert len(wide) == 3 * len(RANGES)
    assert wide[[KNOWN, USED, ADHERENCE, DIRECT]].sum(axis=1).to_numpy() == pytest.approx(wide[TOTAL], abs=1e-12)
    left = found.left.pivot(index="parameter", columns="held", values="difference")
    parts = found.parts.pivot(index="parameter", columns="part", values="difference")
    assert (left["nothing"] - left["what is known"]).to_numpy() == pytest.approx(parts[KNOWN], abs=1e-12)
    assert (left["what is known"] - left["packages"]).to_numpy() == pytest.approx(parts[USED], abs=1e-12)
    assert left["activation and packages"].to_numpy() == pytest.approx(parts[DIRECT], abs=1e-12)


def test_levers_of_members_do_nothing_where_nobody_joins(found):
    usual = found.left[found.left["held"] == "usual care"].set_index("parameter")["difference"]
    assert (usual[["sharing", "shared_information_use", "registry", "leadership"]] == 0).all()
    assert (usual[["implementation", "efficacy_trend"]] > 0).all()


def test_intervals_are_those_of_paired_networks(found):
    for (name, part), rows in found.replicates.groupby(["parameter", "part"]):
        told = parts_of(found, name).loc[part, ["difference", "low", "high"]].astype(float)
        assert told.to_numpy() == pytest.approx(mean_and_interval(rows["difference"]), abs=1e-12)
    assert found.parts["part"].tolist() == [*PARTS] * len(RANGES)
    assert found.parts["parameter"].unique().tolist() == list(RANGES) and (found.parts["unit"] == "points").all()
    values = parts_of(found, "visit_interval").loc[TOTAL]
    assert (values["from_value"], values["to_value"]) == (1, 6)


def test_remission_is_that_of_the_runs(found):
    from lnlab import compare
    runs = compare({"low": {"sharing": 0}, "high": {"sharing": 1}}, n=3, parameters=NETWORK,
                   progress=False).table.pivot(index="replicate", columns="arm", values="remission_rate")
    assert parts_of(found, "sharing").loc[TOTAL, "difference"] == pytest.approx(
        100 * (runs["high"] - runs["low"]).mean(), abs=1e-9)


def test_what_does_nothing_is_said_to(found):
    assert state_of(found, "washout")[PACKAGES] == "moved"
    ranges = {"sharing": (0, 1), "contagion_threshold": (0, 0.5)}
    nothing = reasons(ranges, NETWORK.but(shareable=0, registry=0, patient_influence=0), n=2, growth="never")
    assert nothing.sentences["sharing"] == ("Sharing (lever) from 0 to 1: moves nothing. Every link is the same in "
                                            "every month of every network, to the last bit.")
    assert (nothing.parts["difference"] == 0).all() and (nothing.links["state"] == "the same").all()
    assert "moves nothing" in repr(nothing) and "moves nothing" in nothing._repr_html_()


def test_another_outcome_is_told_in_its_own_unit():
    found = reasons({"leadership": (0, 0.06)}, NETWORK, n=2, measure=MeanOver("activation", 12, 23))
    assert found.outcome == "activation_12_23" and set(found.parts["unit"]) == {"in its unit"}
    total = parts_of(found, "leadership").loc[TOTAL, "difference"]
    assert 0 < total < 1 and parts_of(found, "leadership").loc[ADHERENCE, "difference"] == total
    assert f"activation (months 12 to 23) {total:+.3f} (" in found.sentences["leadership"]
    assert "points" not in found.sentences["leadership"].split(";")[0]


def test_every_sentence_says_what_goes_from_where_to_where_with_its_interval(found):
    total = parts_of(found, "sharing").loc[TOTAL]
    assert found.sentences["sharing"].startswith(
        f"Sharing (lever) from 0 to 1: remission rate {total['difference']:+.1f} points ({total['low']:+.1f} to "
        f"{total['high']:+.1f}); ")
    assert "(condition)" in found.sentences["efficacy_trend"]
    assert not any("-0.0" in each or "nan" in each for each in found.sentences.values())


def test_ranges_are_within_bounds_and_levers_are_there():
    ranges, whole = assumed_ranges()
    assert len(ranges) == 19 and set(LEVERS) <= set(ranges) and whole == ["visit_interval"]
    for name, (low, high) in ranges.items():
        NETWORK.but(**{name: low}), NETWORK.but(**{name: high})       # refused if out of bounds
        assert low <= getattr(Parameters(), name) <= high
    assert assumed_ranges(["center_archive"]) == ({"center_archive": (0.0, 1.0)}, ["center_archive"])


@pytest.mark.parametrize("names, said", [
    ([], "at least one parameter"), (["shairng"], "Did you mean 'sharing'"), ("sharing", "must be a list"),
    (["sharing", "recall", "sharing"], "'sharing' must be named once; it comes 2 times"), ([3], "named by text; got 3"),
    ([["sharing"]], "named by text"), (["n_patients"], "`n_patients` has no highest value")])
def test_names_that_cannot_be_are_refused(names, said):
    with pytest.raises(InputError) as error:
        assumed_ranges(names)
    assert said in str(error.value)


@pytest.mark.parametrize("ranges, said", [
    ({}, "must be a dict"), ([], "must be a dict"), (["sharing"], "must be a dict"),
    ({"shairng": (0, 1)}, "Did you mean 'sharing'"), ({"sharing": (0, 1.8)}, "`sharing` must lie between 0 and 1"),
    ({"sharing": (1, 0)}, "`sharing` must be low and high"), ({"sharing": (1, 1)}, "`sharing` must be low and high"),
    ({"sharing": (0, 0.5, 1)}, "`sharing` must be low and high"), ({"sharing": 1}, "`sharing` must be a list"),
    ({"sharing": (0, np.nan)}, "`sharing` must be a number"), ({"visit_interval": (1, 2.5)}, "`visit_interval`"),
    ({"center_archive": (True, False)}, "`center_archive` must be low and high"),
    ({"n_patients": (10, 20)}, "`n_patients` says who lives"), ({"months": (10, 20)}, "`months` says who lives")])
def test_ranges_that_cannot_be_are_refused(ranges, said):
    with pytest.raises(InputError) as error:
        reasons(ranges, NETWORK, n=2)
    assert said in str(error.value)


def test_all_that_is_wrong_with_ranges_is_told_at_once():
    with pytest.raises(InputError) as error:
        reasons({"sharing": (1, 0), "recall": (0, 1), "registry": (0, 7)}, NETWORK, n=2)
    assert "2 problems" in str(error.value) and "`sharing`" in str(error.value) and "`registry`" in str(error.value)


@pytest.mark.parametrize("given, said", [
    ({"n": 1}, "`n` must be a whole number of at least 2"), ({"n": 2.5}, "`n`"), ({"seed": -1}, "`seed`"),
    ({"measure": "remision"}, "`measure` must be one of"), ({"measure": MeanOver("activation", 90, 99)}, "window"),
    ({"sharing": 0.3}, "`sharing` goes from low to high, and is also given as 0.3"), ({"no_such": 1}, "no_such"),
    ({"measure": "usable_knowledge"}, "usable_knowledge is missing in network 1 with sharing")])
def test_what_else_cannot_be_is_refused(given, said):
    with pytest.raises(InputError) as error:
        reasons({"sharing": (0, 1)}, **{"parameters": NETWORK.but(months=12), "n": 2, **given})
    assert said in str(error.value)


def test_nothing_that_is_given_is_changed():
    ranges = {"sharing": [0, 1]}
    found = reasons(ranges, NETWORK.but(months=12), n=2)
    assert ranges == {"sharing": [0, 1]}
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.parts = None


def test_who_leaves_is_no_reason_that_can_be_held():
    with pytest.raises(InputError, match="`turnover` says who lives in the model"):
        reasons({"turnover": (0, 0.05)}, n=2)
