"""The architecture of a network: a small one counted by hand, what is absent and why, a run, and what is refused."""

import math

import numpy as np
import pandas as pd
import pytest

from lnlab.checks import InputError
from lnlab.figures.architecture import architecture as draw_architecture
from lnlab.figures.architecture import participation
from lnlab.measures import architecture, participation_shares
from lnlab.parameters import Parameters
from lnlab.run import simulate

COLUMNS = ["month", "from", "to", "kind", "resource"]
EVENTS = pd.DataFrame([
    (0, "Ann", None, "contributes", "planner"), (0, "Ben", "Ann", "asks", None), (1, "Cal", "Ann", "asks", None),
    (1, "Cal", None, "uses", "planner"), (1, "Ann", "Cal", "thanks", None), (1, "Ben", None, "needs", "diary"),
    (2, "Dee", None, "contributes", "diary"), (2, "Cal", None, "contributes", "diary"),
    (2, "Cal", None, "joins", "team one"), (3, "Dee", None, "joins", "team one"), (3, "Cal", "Ben", "uses", "diary"),
    (3, "Dee", None, "uses", "planner"), (3, "Dee", None, "needs", "video"), (4, "Ben", "Dee", "asks", None),
    (4, "Ben", "Ben", "notes", None), (5, "Eve", None, "needs", "video"), (5, "Ann", None, "joins", "team one"),
    (5, "Ann", None, "joins", "team two"), (6, "Dee", None, "contributes", "video")], columns=COLUMNS)
PEOPLE = pd.DataFrame({"person": ["Ann", "Ben", "Cal", "Dee", "Eve"], "center": ["A", "A", "B", "B", None],
                       "role": ["clinician", "patient", "clinician", "patient", "patient"]})
NAN = math.nan
BY_HAND = {
    "actors": {
        "window": [1, 2, 3], "first_month": [0, 2, 4], "last_month": [1, 3, 5], "active_people": [3, 2, 3],
        "active_centers": [2, 1, 1], "active_clinician": [2, 1, 1], "active_patient": [1, 1, 2], "acts": [6, 7, 5],
        "starts": [NAN, 1, 1], "stays": [NAN, 1, 0], "returns": [NAN, 0, 2], "leaves": [NAN, 2, 2],
        "gini": [0, 1 / 14, 2 / 15], "top_1_percent_share": [1 / 3, 4 / 7, 2 / 5],
        "top_10_percent_share": [1 / 3, 4 / 7, 2 / 5], "next_9_percent_share": [0, 0, 0],
        "other_90_percent_share": [2 / 3, 3 / 7, 3 / 5]},
    "commons": {
        "window": [1, 2, 3], "first_month": [0, 2, 4], "last_month": [1, 3, 5], "contributions": [1, 2, 0],
        "contributors": [1, 2, 0], "contribution_gini": [0, 0, NAN], "contribution_top_10_percent_share": [1, 0.5, NAN],
        "new_resources": [1, 1, 0], "resources_so_far": [1, 2, 2], "uses": [1, 2, 0], "users": [1, 2, 0],
        "centers_reached": [1, 1, 0], "resources_used": [1, 2, 0], "users_per_resource_used": [1, 1, NAN],
        "use_gini": [0, 0, NAN], "use_top_10_percent_share": [1, 0.5, NAN], "traced_uses_share": [1, 1, NAN],
        "age_at_use": [1, 2, NAN], "made_by_others_share": [1, 0.75, NAN], "cross_center_use_share": [1, 0.5, NAN]},
    "processes": {
        "window": [1, 2, 3], "first_month": [0, 2, 4], "last_month": [1, 3, 5], "ties": [3, 2, 1],
        "tied_people": [3, 4, 2], "mean_degree": [4 / 3, 1, 1], "reciprocity": [2 / 3, 0, 0],
        "clustering": [0, NAN, NAN], "constraint": [0.875, 1, 1], "cross_center_share": [0.75, 1, 1],
        "modularity": [-0.28125, -0.5, -0.5], "boundary_spanners_share": [2 / 3, 1, 1], "teams_formed": [0, 1, 1],
        "team_size": [NAN, 2, 1], "newcomer_share": [NAN, 0.5, 0], "needs": [1, 1, 1], "needs_met_share": [1, 0, NAN],
        "months_to_resource": [2, NAN, NAN]}}


def told(absent, measure):
    """Where a measure is absent, and why."""
    rows = absent[absent["measure"] == measure]
    return dict(zip(rows["window"], rows["why"]))


def same(one, other):
    for part in ("actors", "commons", "processes", "absent"):
        pd.testing.assert_frame_equal(getattr(one, part), getattr(other, part), check_dtype=False)


# Counted by hand

@pytest.mark.parametrize("part", BY_HAND)
def test_a_small_network_has_the_numbers_counted_by_hand(part):
    found = getattr(architecture(EVENTS, PEOPLE, window=2), part)
    assert list(found.columns) == list(BY_HAND[part])
    for name, expected in BY_HAND[part].items():
        np.testing.assert_allclose(found[name].astype(float), expected, err_msg=name)


def test_every_gap_has_its_reason_and_nothing_else_has():
    found = architecture(EVENTS, PEOPLE, window=2)
    gaps = {(part, name, int(row["window"])) for part in BY_HAND for _, row in getattr(found, part).iterrows()
            for name in row.index if row[name] != row[name]}
    reasons = {(part, name, window) for part, name, window, _ in found.absent.itertuples(index=False) if part != "all"}
    assert gaps == reasons and len(gaps) == 20
    assert told(found.absent, "all measures") == {4: "The months from 6 on are too few for a window."}
    assert told(found.absent, "clustering") == {2: "Nobody is tied to two people.", 3: "Nobody is tied to two people."}


def test_neither_the_order_of_rows_nor_what_anybody_is_called_matters():
    expected = architecture(EVENTS, PEOPLE, window=2)
    mixed = EVENTS.sample(frac=1, random_state=1)
    same(architecture(mixed, PEOPLE.iloc[::-1], window=2), expected)
    number = {name: place for place, name in enumerate(PEOPLE["person"])}
    resource = {name: place for place, name in enumerate(EVENTS["resource"].dropna().unique())}
    renamed = EVENTS.assign(**{name: EVENTS[name].map(number) for name in ("from", "to")},
                            resource=EVENTS["resource"].map(resource))
    assert renamed["to"].dtype == float
    same(architecture(renamed, PEOPLE.assign(person=range(5)), window=2), expected)
    categories = EVENTS.astype({"from": "category", "to": "category", "resource": "category"})
    same(architecture(categories, PEOPLE.astype("category"), window=2), expected)
    shouted = EVENTS.assign(kind=EVENTS["kind"].replace({"uses": "Use", "joins": " JOIN ", "needs": "need"}))
    for kind in (shouted["kind"], shouted["kind"].astype("category")):
        same(architecture(shouted.assign(kind=kind), PEOPLE, window=2), expected)
    same(architecture(EVENTS.fillna(""), PEOPLE.fillna(" "), window=2), expected)


def test_months_may_be_dates():
    expected = architecture(EVENTS, PEOPLE, window=2)
    dates = pd.Series([pd.Timestamp(2019, 11, 5) + pd.DateOffset(months=int(month)) for month in EVENTS["month"]])
    for month in (dates, dates.dt.to_period("M"), dates.dt.tz_localize("UTC")):
        found = architecture(EVENTS.assign(month=month), PEOPLE, window=2)
        assert found.actors["first_month"].tolist() == [pd.Timestamp(2019, 11, 1), pd.Timestamp(2020, 1, 1),
                                                        pd.Timestamp(2020, 3, 1)]
        assert found.actors["last_month"].iloc[0] == pd.Timestamp(2019, 12, 1)
        assert told(found.absent, "all measures") == {4: "The months from 2020-05 on are too few for a window."}
        for part in BY_HAND:
            pd.testing.assert_frame_equal(getattr(found, part).iloc[:, 3:], getattr(expected, part).iloc[:, 3:])
    found = architecture(EVENTS.assign(month=dates), PEOPLE, window=2, first="2020-01", last=pd.Timestamp(2020, 2, 29))
    assert found.actors["active_people"].tolist() == [2]


def test_what_happened_before_the_first_month_still_tells_who_is_new():
    found = architecture(EVENTS, PEOPLE, window=2, first=2, last=5)
    whole = architecture(EVENTS, PEOPLE, window=2)
    assert found.actors["window"].tolist() == [1, 2]
    for part in BY_HAND:
        pd.testing.assert_frame_equal(getattr(found, part).iloc[:, 1:],
                                      getattr(whole, part).iloc[1:, 1:].reset_index(drop=True))
    assert architecture(EVENTS, PEOPLE, window=2, first=1, last=2).actors["starts"].isna().all()


# What is absent, and what is zero

def test_without_people_nothing_is_said_of_roles_and_centers():
    found = architecture(EVENTS, window=2)
    why = {"all": "`people` with the column center was not given."}
    for part, names in (("commons", ("centers_reached", "cross_center_use_share")), ("actors", ("active_centers",)),
                        ("processes", ("cross_center_share", "modularity", "boundary_spanners_share"))):
        for name in names:
            assert getattr(found, part)[name].isna().all() and told(found.absent, name) == why
    assert not [name for name in found.actors if name in ("active_patient", "active_clinician")]
    for part in BY_HAND:
        alike = [name for name in getattr(found, part) if told(found.absent, name) != why]
        for name in alike:
            np.testing.assert_allclose(getattr(found, part)[name], BY_HAND[part][name], err_msg=name)


@pytest.mark.parametrize("kind, part, names", [
    ("contributes", "commons", ["contributions", "contributors", "contribution_gini", "new_resources", "use_gini",
                                "resources_so_far", "traced_uses_share", "age_at_use", "made_by_others_share"]),
    ("uses", "commons", ["uses", "users", "resources_used", "users_per_resource_used", "use_gini", "age_at_use"]),
    ("uses", "processes", ["needs_met_share", "months_to_resource"]),
    ("joins", "processes", ["teams_formed", "team_size", "newcomer_share"]),
    ("needs", "processes", ["needs", "needs_met_share", "months_to_resource"])])
def test_a_kind_that_is_not_recorded_is_absent_and_one_that_nobody_did_is_zero(kind, part, names):
    without = EVENTS[EVENTS["kind"] != kind]
    found = architecture(without, PEOPLE, window=2)
    for name in names:
        assert getattr(found, part)[name].isna().all()
        assert told(found.absent, name)["all"].startswith(f"No events of the kind {kind!r} are recorded, only ")
    recorded = without.assign(kind=pd.Categorical(without["kind"], EVENTS["kind"].unique()))
    found = architecture(recorded, PEOPLE, window=2)
    if names[0] in ("contributions", "uses", "teams_formed", "needs"):
        assert (getattr(found, part)[names[0]] == 0).all() and not told(found.absent, names[0])


def test_events_without_a_resource_are_counted_but_not_traced():
    nameless = EVENTS.assign(resource=EVENTS["resource"].mask(EVENTS["kind"] == "uses"))
    found = architecture(nameless, PEOPLE, window=2)
    assert found.commons["uses"].tolist() == [1, 2, 0] and found.commons["age_at_use"].isna().all()
    assert told(found.absent, "age_at_use") == {"all": "3 events of the kind 'uses' name no resource."}
    nothing = architecture(EVENTS.assign(resource=None), PEOPLE, window=2)
    assert nothing.commons["contributions"].tolist() == [1, 2, 0] and nothing.commons["new_resources"].isna().all()
    assert nothing.processes["needs"].isna().all() and nothing.processes["teams_formed"].isna().all()


def test_use_of_what_was_there_before_is_not_traced_to_anybody():
    events = pd.DataFrame([(0, "Ann", None, "contributes", "new"), (1, "Ben", None, "uses", "old"),
                           (1, "Ben", None, "uses", "new"), (1, "Ben", None, "uses", "later"),
                           (2, "Ann", None, "contributes", "later"), (3, "Ann", None, "uses", "old")], columns=COLUMNS)
    found = architecture(events, window=2)
    assert found.commons["traced_uses_share"].tolist() == [1 / 3, 0]
    assert found.commons["age_at_use"].tolist()[0] == 1 and found.processes["ties"].tolist() == [1, 0]
    assert set(told(found.absent, "age_at_use")) == {2}


def test_what_was_contributed_in_the_month_of_its_use_counts_and_later_contributions_do_not():
    events = pd.DataFrame([(0, "Ann", None, "contributes", "diary"), (2, "Cal", None, "contributes", "diary"),
                           (2, "Ben", None, "uses", "diary"), (3, "Cal", None, "contributes", "diary")],
                          columns=COLUMNS)
    found = architecture(events, PEOPLE, window=4).commons.iloc[0]
    assert found["age_at_use"] == 1 and found["cross_center_use_share"] == 0.5


def test_resources_that_nobody_uses_count_in_how_use_is_spread():
    events = pd.DataFrame([*((0, "Ann", None, "contributes", name) for name in "abcd"),
                           (1, "Ben", None, "uses", "a"), (1, "Ben", None, "uses", "z")], columns=COLUMNS)
    found = architecture(events, window=2).commons.iloc[0]
    assert found["use_gini"] == pytest.approx(0.6) and found["use_top_10_percent_share"] == 0.5
    assert found["users_per_resource_used"] == 1 and found["traced_uses_share"] == 0.5


def test_where_no_act_leads_to_anybody_there_are_no_processes_between_people():
    found = architecture(EVENTS[EVENTS["kind"] == "contributes"].assign(to=None), PEOPLE)
    assert found.processes[["ties", "reciprocity", "modularity"]].isna().all(axis=None)
    assert told(found.absent, "ties")["all"].startswith("No event leads from one person to another")


def test_where_only_two_roles_meet_nothing_is_said_of_clustering():
    meetings = pd.DataFrame([(0, "Ben", "Ann", "meets", None), (0, "Dee", "Ann", "meets", None),
                             (0, "Cal", "Dee", "calls", None)], columns=COLUMNS)
    found = architecture(meetings, PEOPLE, window=1)
    assert found.processes["clustering"].isna().all() and found.processes["reciprocity"].tolist() == [0]
    assert told(found.absent, "clustering")["all"].startswith("Every tie joins a")
    mixed = pd.concat([meetings, pd.DataFrame([(0, "Ben", "Dee", "calls", None)], columns=COLUMNS)])
    assert architecture(mixed, PEOPLE, window=1).processes["clustering"].tolist() == pytest.approx([0.6])


def test_a_quiet_window_is_zero_not_absent():
    quiet = EVENTS[~EVENTS["month"].isin([2, 3])]
    found = architecture(quiet, PEOPLE, window=2)
    assert found.actors["acts"].tolist() == [6, 0, 5] and found.actors["leaves"].tolist()[1:] == [3, 0]
    assert found.actors["gini"].isna().tolist() == [False, True, False]
    assert told(found.absent, "gini") == {2: "Nobody did anything."}
    assert found.processes["ties"].tolist() == [3, 0, 1] and found.commons["contributions"].tolist() == [1, 0, 0]


def test_a_table_can_say_which_months_were_observed_and_what_it_cannot_tell():
    events = EVENTS.copy()
    events.attrs = {"first_month": -2, "last_month": 9, "absent": {"reciprocity": "Nobody wrote down who answered."}}
    found = architecture(events, PEOPLE, window=2)
    assert found.actors["first_month"].tolist() == [-2, 0, 2, 4, 6, 8]
    assert found.actors["active_people"].tolist() == [0, 3, 2, 3, 1, 0] and found.actors["starts"].iloc[1] == 3
    assert found.processes["reciprocity"].isna().all()
    assert told(found.absent, "reciprocity") == {"all": "Nobody wrote down who answered."}


ELSEWHERE = pd.DataFrame({"person": ["Ann", "Ben"], "center": ["A", None], "role": ["clinician", None]})


def test_where_no_center_or_role_of_those_who_act_is_known_there_is_no_number():
    uses = pd.DataFrame([(0, "Ben", None, "uses", "planner"), (2, "Ann", None, "uses", "planner"),
                         (2, "Ben", None, "uses", "planner"), (5, "Ann", None, "contributes", "planner")],
                        columns=COLUMNS)
    found = architecture(uses, ELSEWHERE, window=1)
    assert found.commons["uses"].tolist() == [1, 0, 2, 0, 0, 0]
    for table, name in ((found.actors, "active_centers"), (found.actors, "active_clinician")):
        np.testing.assert_equal(table[name].tolist(), [NAN, 0, 1, 0, 0, 1])
    np.testing.assert_equal(found.commons["centers_reached"].tolist(), [NAN, 0, 1, 0, 0, 0])
    assert told(found.absent, "active_centers") == {1: "No center of those who did something is known."}
    assert told(found.absent, "active_clinician") == {1: "No role of those who did something is known."}
    assert told(found.absent, "centers_reached") == {1: "No center of those who used something is known."}


# Needs

@pytest.mark.parametrize("uses, median, met", [
    ([], NAN, 0), ([(1, "Ann", None)], 1, 1), ([(3, "Ben", "Ann")], 3, 1), ([(4, "Ann", None)], 4, 0),
    ([(4, "Ben", None)], NAN, 0)])
def test_a_need_is_met_by_ones_own_use_or_by_a_use_for_one(uses, median, met):
    rows = [(0, "Ann", None, "needs", "diary"), (1, "Ann", None, "needs", "diary"), (0, "Ann", None, "uses", "planner"),
            *[(month, one, other, "uses", "diary") for month, one, other in uses], (8, "Ben", None, "rests", None)]
    found = architecture(pd.DataFrame(rows, columns=COLUMNS)).processes
    assert found["needs"].iloc[0] == 1
    np.testing.assert_equal([found["months_to_resource"][0], found["needs_met_share"][0]], [median, met])


def test_a_need_that_comes_again_after_it_was_met_is_a_new_one():
    rows = [(0, "Ann", None, "needs", "diary"), (1, "Ann", None, "uses", "diary"), (2, "Ann", None, "needs", "diary"),
            (2, "Ben", None, "needs", "diary"), (7, "Ann", None, "uses", "diary"), (8, "Ben", None, "rests", None)]
    found = architecture(pd.DataFrame(rows, columns=COLUMNS)).processes
    assert found["needs"].iloc[0] == 3 and found["needs_met_share"].iloc[0] == pytest.approx(1 / 3)
    assert found["months_to_resource"].iloc[0] == 5


def test_needs_still_open_at_the_end_do_not_shorten_the_median():
    needs = [(month, person, None, "needs", "diary") for person, month in zip("abcdef", (0, 0, 1, 1, 2, 2))]
    uses = [(month, person, None, "uses", "diary") for person, month in zip("abc", (1, 4, 6))]
    found = architecture(pd.DataFrame([*needs, *uses, (6, "g", None, "rests", None)], columns=COLUMNS))
    # waited 1, 4, 5; not met after 5, 4, 4: still waiting 5/6 after 1, 4/6 after 4, then 1 of 2 after 5
    assert found.processes["months_to_resource"].iloc[0] == 5


# A run

SMALL = Parameters(n_patients=150, n_centers=3, burn_in=6, launch_month=6, months=30, turnover=0.03, sharing=0.8)
JOINS = [6, 12, None]


@pytest.fixture(scope="module")
def run():
    """One center joins, then another, a third never does; the first six shared cases are struck."""
    shared = simulate(SMALL, seed=4, growth=JOINS, encounters=True).encounters.query("case_shared")
    struck = shared[["month", "patient"]].head(6).itertuples(index=False, name=None)
    return simulate(SMALL, seed=4, growth=JOINS, struck=list(struck), encounters=True)


def test_the_events_of_a_run_are_its_encounters_in_member_centers(run):
    events, center = run.events, run.people.set_index("person")["center"]
    assert events.columns.tolist() == COLUMNS and events["month"].is_monotonic_increasing
    visits = run.encounters.merge(run.centers[["month", "center", "member"]], on=["month", "center"]).query("member")
    shared = visits["case_shared"].sum() - 6
    assert events["kind"].value_counts().to_dict() == {
        "meets": len(visits), "needs": (visits["with_data"] & ~visits["well"]).sum(), "contributes": shared,
        "uses": visits["consulted"].sum()}
    assert shared == run.months["shared_cases"].sum() > 0
    found = events[events["kind"] == "contributes"]
    by_center = found.groupby(["month", found["from"].astype(str).map(center)]).size()
    assert by_center.tolist() == run.centers.query("shared_cases > 0")["shared_cases"].tolist()
    uses, used = events[events["kind"] == "uses"], visits.query("consulted")
    assert uses["to"].str.startswith("patient").all() and uses["month"].tolist() == used["month"].tolist()
    assert uses["from"].tolist() == [f"clinician {number}" for number in used["clinician"]]
    assert uses["resource"].tolist() == [f"cases of phenotype {number}" for number in used["phenotype_seen"]]
    for kind, empty in (("meets", "resource"), ("needs", "to"), ("contributes", "to")):
        assert events.loc[events["kind"] == kind, empty].isna().all()


def test_who_takes_a_place_is_another_person(run):
    people = run.people
    n_patients = int((people["role"] == "patient").sum())
    newest = run.patients["arrived"].max()
    meets = run.events[run.events["kind"] == "meets"].astype({"from": str})
    visits = run.encounters.merge(run.centers[["month", "center", "member"]], on=["month", "center"]).query("member")
    seen = pd.DataFrame({"place": visits["patient"].to_numpy(), "month": visits["month"].to_numpy(),
                         "person": meets["from"].to_numpy()})
    arrived = seen["place"].map(run.patients["arrived"])
    number = seen["person"].str.split().str[1].astype(int)
    assert people["person"].is_unique and n_patients > 200 and newest > 20
    assert (seen.groupby("person")["place"].nunique() == 1).all()
    stayed = run.patients.query("arrived <= 0")["patient"]
    assert (number == seen["place"])[seen["place"].isin(stayed)].all()
    late = seen["month"] >= arrived
    assert (seen[late & (arrived > 0)].groupby("place")["person"].nunique() == 1).all()
    assert not set(seen[late & (arrived > 0)]["person"]) & set(seen[~late]["person"])
    center = people.set_index("person")["center"]
    assert (seen["person"].map(center).to_numpy() == visits["center"].to_numpy()).all()


def test_a_run_can_be_described_and_says_what_it_does_not_record(run):
    found = architecture(run, window=6)
    assert found.actors["first_month"].tolist() == [6, 12, 18, 24] and found.window == 6
    assert found.actors["active_centers"].tolist() == [1, 2, 2, 2]
    assert found.commons["contributions"].sum() == run.months["shared_cases"].sum()
    assert found.commons["cross_center_use_share"].iloc[1:].between(0, 1, inclusive="neither").all()
    assert found.commons["cross_center_use_share"].iloc[0] == 0
    for name in ("cross_center_share", "clustering", "reciprocity", "modularity"):
        assert found.processes[name].isna().all() and told(found.absent, name)["all"].startswith("A run records visits")
    assert told(found.absent, "teams_formed")["all"] == ("No events of the kind 'joins' are recorded, only 'meets', "
                                                         "'needs', 'uses', 'contributes'.")


def test_where_nobody_shares_the_commons_is_zero_not_absent():
    run = simulate(SMALL.but(sharing=0), seed=4, encounters=True)
    found = architecture(run)
    assert (found.commons["contributions"] == 0).all() and not told(found.absent, "contributions")


def test_a_run_without_encounters_or_without_a_network_says_so():
    run = simulate(SMALL, seed=4)
    with pytest.raises(InputError, match=r"ask for them with simulate\(..., encounters=True\)"):
        architecture(run)
    with pytest.raises(InputError, match="it has no rows"):
        architecture(simulate(SMALL, seed=4, growth="never", encounters=True))


# Figures

def texts(ax):
    return [each.get_text() for each in ax.texts]


def test_the_picture_shows_each_measure_and_names_what_cannot_be_told():
    figure = draw_architecture(architecture(EVENTS[EVENTS["kind"] != "joins"], PEOPLE, window=2))
    actors, commons, processes = figure.axes
    assert texts(actors) == ["clinician", "patient"] and set(texts(commons)) == {"contributions", "uses"}
    assert set(texts(processes)) == {"between centers", "from other centers", "mutual ties", "needs met"}
    assert "Cannot be told: newcomers." in processes.get_xlabel() and "Cannot" not in actors.get_xlabel()
    lines = {text: line.get_ydata().tolist() for text, line in zip(["contributions", "uses"], commons.lines)}
    assert lines == {"contributions": [1, 2, 0], "uses": [1, 2, 0]}
    assert len({line.get_linestyle() for line in processes.lines}) > 2, "told apart without color"
    assert processes.get_ylim() == (0, 1) and commons.get_ylim()[0] == 0


def test_a_network_of_which_little_is_known_can_be_drawn():
    bare = EVENTS[EVENTS["kind"] == "asks"].assign(month=pd.Timestamp(2020, 5, 1))
    figure = draw_architecture(architecture(bare, window=1))
    assert texts(figure.axes[0]) == ["people"] and "contributions, uses" in figure.axes[1].get_xlabel()
    figure.canvas.draw()


def test_every_panel_spans_all_windows_even_if_its_measures_are_known_in_one():
    posts = [(month, "Ann", None, "posts", None) for month in range(9)]
    events = pd.DataFrame([*posts[:5], (5, "Ann", None, "joins", "team"), *posts[6:]], columns=COLUMNS)
    figure = draw_architecture(architecture(events, window=2))
    spans = {ax.get_xlim() for ax in figure.axes if ax.lines}
    assert len(spans) == 1 and spans.pop()[1] > 6


def test_years_are_counted_where_windows_are_twelve_numbered_months():
    events = pd.DataFrame([(month, "Ann", None, "uses", "video") for month in range(36)], columns=COLUMNS)
    figure = draw_architecture(architecture(events, window=12))
    assert figure.axes[0].get_xlabel().startswith("Year of the record")
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["1", "2", "3"]
    assert "acts between centers" in figure.axes[2].get_xlabel()


def test_the_picture_of_participation_has_the_shares():
    shares = {"ours": participation_shares([300] + 9 * [60] + 90 * [1]), "nobody's": participation_shares([0, 0])}
    ax = participation(shares)
    widths = [bar.get_width() for bar in ax.patches]
    np.testing.assert_allclose(widths, [*shares["ours"]["share"], 0, 0, 0])
    assert texts(ax) == ["32 %", "58 %", "10 %", "nobody did anything"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["ours", "nobody's"]


# What is refused

@pytest.mark.parametrize("change, told", [
    (lambda events: events.drop(columns=["to", "kind"]), "it has no to and no kind"),
    (lambda events: events.head(0), "it has no rows"),
    (lambda events: events.assign(month=[0.5, *events["month"].iloc[1:]]), "row 1: `month` must be a whole number"),
    (lambda events: events.assign(month=[None, *events["month"].iloc[1:]]), "row 1: `month`"),
    (lambda events: events.assign(month="2015-03"), "pandas.to_datetime"),
    (lambda events: events.assign(month=events["month"] > 2), "`month` must be whole numbers or dates"),
    (lambda events: events.assign(month=pd.to_datetime(pd.Series(["2015-03", None] * 9 + ["2015-04"]))),
     "row 2: `month` is empty"),
    (lambda events: events.assign(kind=["", None, *events["kind"].iloc[2:]]), "row 2: `kind` is empty"),
    (lambda events: events.assign(**{"from": None}), "19 problems"),
    (lambda events: events.assign(**{"from": [["Ann"], *events["from"].iloc[1:]]}),
     "row 1: `from` must be one name or number; got ['Ann']"),
    *((lambda events, name=name: events.assign(**{name: [*events[name].iloc[:-1], ["a", "b"]]}),
       f"row 19: `{name}` must be one name or number; got ['a', 'b']") for name in ("to", "kind", "resource")),
    (lambda events: pd.concat([events, events["to"]], axis=1), "the column `to` is there 2 times"),
    (lambda events: events.replace("Eve", "Eva"), "row 16: `from` is 'Eva', who is not in `people`"),
    (lambda events: events.assign(to="the commons"), "leave `to` empty where something is for all"),
    (lambda events: 5, "or a Run; got 5"), (lambda events: events.to_dict("list"), "or a Run; got {")])
def test_events_that_cannot_be_read_are_refused(change, told):
    with pytest.raises(InputError) as refused:
        architecture(change(EVENTS), PEOPLE)
    assert told in str(refused.value)


@pytest.mark.parametrize("people, told", [
    (PEOPLE.drop(columns="person"), "it has no person"),
    (pd.concat([PEOPLE, PEOPLE.head(1)]), "row 6: 'Ann' is there again"),
    (PEOPLE.assign(person=["Ann", None, "Cal", "", "Eve"]), "row 2: `person` is empty"), (["Ann"], "got ['Ann']"),
    (PEOPLE.assign(role=["people", "patient", "people", "centers", None]),
     "row 1 and 1 more: `role` must not be 'people', since `active_people` counts those of every role"),
    (PEOPLE.assign(role=["people", "patient", "people", "centers", None]), "row 4: `role` must not be 'centers'"),
    (PEOPLE.assign(center=[["A"], *"ABB", None]), "row 1: `center` must be one name or number; got ['A']"),
    (pd.concat([PEOPLE, PEOPLE["role"]], axis=1), "the column `role` is there 2 times")])
def test_people_that_cannot_be_read_are_refused(people, told):
    with pytest.raises(InputError) as refused:
        architecture(EVENTS, people)
    assert told in str(refused.value)


@pytest.mark.parametrize("given, told", [
    ({"window": 0}, "`window` must be a whole number of at least 1"), ({"window": 2.5}, "got 2.5"),
    ({"window": 8}, "`window` must fit between the first month and the last (0 to 6: 7 months); got 8"),
    ({"first": -1}, "`first` must lie in the months that the events cover, 0 to 6; got -1"),
    ({"last": 7}, "What was not observed is not zero"), ({"first": 4, "last": 2}, "(4 to 2: 0 months)"),
    ({"first": "2015-03"}, "`first` must be a whole number")])
def test_windows_that_cannot_be_are_refused(given, told):
    with pytest.raises(InputError) as refused:
        architecture(EVENTS, PEOPLE, **given)
    assert told in str(refused.value)


def test_dated_events_need_dated_bounds():
    dated = EVENTS.assign(month=pd.Timestamp(2020, 1, 1))
    for first in (3, "spring"):
        with pytest.raises(InputError, match="`first` must be a date, as in '2015-03'"):
            architecture(dated, window=1, first=first)


def test_the_input_is_not_changed():
    events, people = EVENTS.copy(), PEOPLE.copy()
    architecture(events, people)
    pd.testing.assert_frame_equal(events, EVENTS)
    pd.testing.assert_frame_equal(people, PEOPLE)
