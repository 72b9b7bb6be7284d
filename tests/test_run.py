"""What a run leaves behind: its tables, how they agree with each other, and what can be asked of it."""

from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import pytest

from lnlab.checks import InputError
from lnlab.model import LearningNetwork
from lnlab.parameters import Parameters
from lnlab.population import make_population
from lnlab.programs import Growth, Program
from lnlab.run import Run, hold, simulate

SMALL = Parameters(n_patients=130, n_centers=4, burn_in=0, launch_month=4, months=30, visit_interval=2, sharing=0.8,
                   implementation=0.6, turnover=0.02, cases_per_encounter=0.8)
JOINS = [4, 9, 15, None]
PROGRAM = Program("planning", lever="pre_visit_planning", value=0.7, centers=[1], start=8)
EVENTS = ["encounters", "with_data", "cases", "shared_cases", "consulted", "changes"]
COLUMNS = {
    "months": ["month", "members", *EVENTS, "remission_rate", "median_health", "mean_health", "activation",
               "active_share", "clinician_activation", "commons_cases", "usable_knowledge", "best_guess_knowledge",
               "best_package_share"],
    "centers": ["month", "center", "patients", "member", *EVENTS, "remission_rate", "mean_health", "activation",
                "active_share", "clinician_activation", "best_package_share", "median_health", "share_of_commons"],
    "patients": ["patient", "center", "clinician", "arrived", "phenotype", "package", "best_package", "health",
                 "in_remission", "activation", "baseline_activation", "visits", "changes", "months_in_remission"],
    "sharing": ["month", "from_center", "to_center", "consultations"],
    "encounters": ["month", "patient", "center", "clinician", "activation", "clinician_activation", "health", "well",
                   "phenotype", "prepared", "with_data", "phenotype_seen", "case", "case_worked", "case_shared",
                   "could_act", "consulted", "recalled", "package_before", "package_after"]}
KEYS = {"months": ["month"], "centers": ["month", "center"], "patients": ["patient"],
        "sharing": ["month", "from_center", "to_center"], "encounters": ["month", "patient"]}


@pytest.fixture(scope="module")
def run():
    return simulate(SMALL, [PROGRAM], seed=8, growth=JOINS, encounters=True)


@pytest.mark.parametrize("name", COLUMNS)
def test_tables_are_tidy_with_their_keys_first(run, name):
    table = getattr(run, name)
    assert list(table.columns) == COLUMNS[name]
    assert list(table.columns[:len(KEYS[name])]) == KEYS[name]
    keys = table[KEYS[name]]
    assert not keys.duplicated().any() and keys.equals(keys.sort_values(KEYS[name]))
    assert table.index.equals(pd.RangeIndex(len(table)))
    assert all(dtype.kind in "ifb" for dtype in table.dtypes), "numbers and flags only"


def test_every_month_and_center_has_its_row(run):
    assert run.months["month"].tolist() == list(range(30))
    np.testing.assert_array_equal(run.centers[["month", "center"]], list(np.ndindex(30, 4)))
    assert run.patients["patient"].tolist() == list(range(130))


def test_members_are_the_centers_that_have_joined(run):
    joined = [[month is not None and month <= now for month in JOINS] for now in range(30)]
    np.testing.assert_array_equal(run.centers["member"].to_numpy().reshape(30, 4), joined)
    np.testing.assert_array_equal(run.months["members"], np.sum(joined, axis=1))
    assert run.joins == tuple(JOINS)


@pytest.mark.parametrize("growth, joins", [
    ("together", (4, 4, 4, 4)), ("never", (None,) * 4), (Growth("one by one", interval=5), (4, 9, 14, 19)),
    (np.array([0, 1, 2, 3]), (0, 1, 2, 3))])
def test_growth_says_who_joins_when(growth, joins):
    assert simulate(SMALL, growth=growth).joins == joins


def test_commons_cases_are_counted_per_patient_of_the_members():
    """Without obsolescence the commons is all that was shared; the more members, the more patients share it."""
    run = simulate(SMALL.but(obsolescence=0), seed=8, growth=JOINS)
    patients = (run.centers["patients"] * run.centers["member"]).groupby(run.centers["month"]).sum()
    expected = (run.months["shared_cases"].cumsum() / patients.replace(0, np.inf))
    np.testing.assert_allclose(run.months["commons_cases"], expected, rtol=1e-12)


def test_sharing_says_who_learned_from_whom(run):
    """From A to B in a month: B's consultations times A's share of the commons."""
    state = run.centers.set_index(["month", "center"])
    expected = [(month, one, other, state.at[(month, one), "share_of_commons"] * state.at[(month, other), "consulted"])
                for month, one, other in np.ndindex(30, 4, 4)]
    expected = [row for row in expected if row[3] > 0]
    assert len(expected) > 100
    np.testing.assert_allclose(run.sharing, expected, rtol=1e-12)


def test_every_consultation_of_a_commons_that_holds_something_is_in_the_sharing_table(run):
    visits = run.encounters[run.encounters["consulted"]]
    consulted = visits.groupby(["month", "center"]).size()
    learned = run.sharing.groupby(["month", "to_center"])["consultations"].sum()
    empty = run.centers.groupby("month")["share_of_commons"].sum() == 0
    from_empty = consulted.index.get_level_values("month").map(empty)
    assert from_empty.any(), "consulted, although there was nothing in it yet"
    consulted = consulted[~from_empty]
    assert consulted.index.equals(learned.index.set_names(consulted.index.names))
    np.testing.assert_allclose(learned, consulted, rtol=1e-12)


def test_shares_of_the_commons_add_up_to_one(run):
    total = run.centers.groupby("month")["share_of_commons"].sum()
    before = run.months["shared_cases"].cumsum().shift(fill_value=0)
    np.testing.assert_allclose(total, before > 0, rtol=1e-12)


@pytest.mark.parametrize("keys", [["month"], ["month", "center"]])
@pytest.mark.parametrize("n_centers", [4, 40], ids=["few centers", "more than are lived at a time"])
def test_encounters_agree_with_the_counts(run, keys, n_centers):
    if n_centers != len(run.joins):
        run = simulate(SMALL.but(n_centers=n_centers), growth=JOINS * 10, seed=3, encounters=True)
    visits = run.encounters
    visits = visits.assign(changed=visits["package_before"] != visits["package_after"], one=1)
    columns = ["one", "with_data", "case", "case_shared", "consulted", "changed"]
    table = (run.months if keys == ["month"] else run.centers).set_index(keys)[EVENTS]
    counts = visits.groupby(keys)[columns].sum().reindex(table.index, fill_value=0)
    np.testing.assert_array_equal(counts, table)


def test_what_happens_at_an_encounter_presupposes_what_comes_before(run):
    visits = run.encounters
    for later, earlier in [("prepared", "with_data"), ("case", "with_data"), ("case_worked", "case"),
                           ("case_shared", "case"), ("could_act", "with_data"), ("consulted", "could_act"),
                           ("recalled", "with_data")]:
        assert (visits[earlier] | ~visits[later]).all(), f"{later} without {earlier}"
        assert (visits[earlier] & ~visits[later]).any(), f"{later} differs from {earlier}"
    assert not (visits["well"] & (visits["could_act"] | visits["recalled"])).any()
    assert ((visits["package_before"] == visits["package_after"]) | visits["could_act"]).all()
    assert ((visits["phenotype_seen"] >= 0) == visits["with_data"]).all()
    assert (visits["well"] == (visits["health"] >= SMALL.remission_threshold)).all()
    known = visits[visits["with_data"]]
    assert (known["phenotype_seen"] == known["phenotype"]).all()
    assert (known["case_worked"] == (known["case"] & known["well"])).all()
    where = run.population
    assert (visits["center"] == where.center[visits["patient"]]).all()
    assert (visits["clinician"] == where.clinician[visits["patient"]]).all()


def test_recalled_patients_come_next_month_and_all_others_after_the_interval(run):
    seen = run.encounters.groupby("patient")
    gap = seen["month"].shift(-1) - run.encounters["month"]
    expected = np.where(run.encounters["recalled"], 1, SMALL.visit_interval)
    assert gap.notna().sum() > 1000 and run.encounters["recalled"].sum() > 20
    np.testing.assert_array_equal(gap.dropna(), expected[gap.notna()])


def test_patients_carry_the_history_since_they_arrived(run):
    visits = run.encounters.merge(run.patients[["patient", "arrived"]], on="patient")
    own = visits[visits["month"] >= visits["arrived"]]
    own = own.assign(visits=1, changes=own["package_before"] != own["package_after"])
    history = own.groupby("patient")[["visits", "changes"]].sum().reindex(range(130), fill_value=0)
    np.testing.assert_array_equal(run.patients[["visits", "changes"]], history)
    newcomers = run.patients["arrived"] > 0
    assert 20 < newcomers.sum() < 110 and run.patients["arrived"].min() == 0
    assert (run.patients["months_in_remission"] <= 30 - run.patients["arrived"]).all()
    last = own.groupby("patient")["package_after"].last()
    np.testing.assert_array_equal(run.patients["package"].loc[last.index], last)


def test_months_in_remission_add_up():
    run = simulate(SMALL.but(turnover=0), seed=8)
    in_remission = (run.months["remission_rate"] * SMALL.n_patients).sum()
    assert run.patients["months_in_remission"].sum() == pytest.approx(in_remission, abs=1e-6)


def test_the_best_package_is_best_for_that_phenotype_in_that_center():
    run = simulate(SMALL.but(context_strength=1), seed=8)
    efficacy = run.population.efficacy[run.patients["center"], run.patients["phenotype"]]
    np.testing.assert_array_equal(run.patients["best_package"], efficacy.argmax(axis=1))


def test_burn_in_is_lived_but_not_recorded():
    run = simulate(SMALL.but(burn_in=10), seed=8, encounters=True)
    assert run.months["month"].iloc[0] == run.encounters["month"].min() == 0
    assert run.patients["arrived"].min() == -10
    assert run.patients["visits"].sum() > run.encounters.merge(
        run.patients[["patient", "arrived"]], on="patient").query("month >= arrived").shape[0]


def test_keeping_encounters_changes_nothing(run):
    without = simulate(SMALL, [PROGRAM], seed=8, growth=JOINS)
    for table in ("months", "centers", "patients", "sharing"):
        pd.testing.assert_frame_equal(getattr(run, table), getattr(without, table), check_exact=True)
    with pytest.raises(InputError, match="encounters=True"):
        _ = without.encounters


@pytest.mark.parametrize("growth, launch, periods", [
    ("together", 14, {"year before the network": (2, 14), "first year with the network": (14, 26),
                      "last year": (18, 30)}),
    ("together", 4, {"first year with the network": (4, 16), "last year": (18, 30)}),
    ([None, 20, 14, None], 4, {"year before the network": (2, 14), "first year with the network": (14, 26),
                               "last year": (18, 30)}),
    ("never", 4, {"first year": (0, 12), "last year": (18, 30)}),
    ([None, 30, 99, None], 4, {"first year": (0, 12), "last year": (18, 30)})])
def test_summary_has_the_means_of_its_periods(growth, launch, periods):
    run = simulate(SMALL.but(launch_month=launch), seed=8, growth=growth)
    summary = run.summary()
    assert list(summary.index) == list(periods)
    assert list(summary.columns) == ["remission_rate", "median_health", "activation", "commons_cases",
                                     "usable_knowledge"]
    for name, (first, after) in periods.items():
        means = run.months.iloc[first:after][summary.columns].mean()
        np.testing.assert_allclose(summary.loc[name], means, rtol=1e-12)


def test_a_run_says_what_made_it(run):
    assert set(run.provenance) == {"lnlab", "rules", "seed", "efficacy_seed", "python", "numpy", "numba"}
    assert run.provenance["seed"] == run.provenance["efficacy_seed"] == run.seed == 8
    assert simulate(SMALL, seed=8, efficacy_seed=3).provenance["efficacy_seed"] == 3
    assert (run.parameters, run.programs, run.holds, run.struck) == (SMALL, (PROGRAM,), (), ())


def test_a_run_shows_itself_in_a_line_or_two(run):
    assert repr(run).startswith("Run(parameters=Parameters(n_patients=130, n_centers=4") and "array(" not in repr(run)
    assert repr(hold("commons", at=run)).startswith("hold('commons', at=Run(parameters=")


def test_a_run_can_be_repeated_from_what_it_says(run):
    again = simulate(run.parameters, run.programs, run.seed, growth=run.joins, population=run.population,
                     holds=run.holds, struck=run.struck)
    pd.testing.assert_frame_equal(again.months, run.months, check_exact=True)


def test_a_run_cannot_be_given_other_tables(run):
    for name in ("parameters", "seed", "record", "months"):
        with pytest.raises(FrozenInstanceError):
            setattr(run, name, None)


def test_a_changed_copy_of_a_table_changes_nothing(run):
    """Tables are made once; scribbling on a copy, or even on the table, never reaches what a hold sees."""
    assert run.months is run.months
    copy = run.months.copy()
    copy.loc[:, "activation"] = 0.0
    assert run.months["activation"].min() > 0
    marked = simulate(SMALL, [PROGRAM], seed=8, growth=JOINS)
    for table in (marked.months, marked.centers, marked.patients, marked.sharing):
        for column in table.select_dtypes("number"):
            table.loc[:, column] = 0
    held = simulate(SMALL, [PROGRAM], seed=8, growth=JOINS, holds=[hold("activation", at=marked)])
    pd.testing.assert_frame_equal(held.months, run.months, check_exact=True)
    afresh = Run(**{name: getattr(marked, name) for name in Run.__dataclass_fields__})
    pd.testing.assert_frame_equal(afresh.patients, run.patients, check_exact=True)
    pd.testing.assert_frame_equal(afresh.months, run.months, check_exact=True)


def test_people_made_before_are_used_as_they_are():
    ring = [(person, (person + 1) % 130) for person in range(130)]
    people = make_population(SMALL, 8, patient_edges=ring)
    lonely, own = simulate(SMALL, seed=8, population=people), simulate(SMALL, seed=8)
    assert lonely.population is people and not lonely.months.equals(own.months)
    plain = simulate(SMALL, seed=8, population=make_population(SMALL, 8))
    pd.testing.assert_frame_equal(plain.months, own.months, check_exact=True)
    network = LearningNetwork(SMALL, seed=8, population=people)
    assert network.patients.select(lambda patient: patient.row == 0).get("peers") == [[1, 129]]


@pytest.mark.parametrize("options, says", [
    (dict(parameters={"sharing": 1}), "`parameters`"), (dict(programs=["planning"]), "`programs`"),
    (dict(seed=1.5), "`seed`"), (dict(seed=-1), "`seed`"), (dict(seed=2**63), "`seed`"), (dict(seed=True), "`seed`"),
    (dict(growth="nevr"), "Did you mean 'never'"), (dict(growth=[1, 2]), "each of the 4 centers"),
    (dict(programs=[Program("late", lever="sharing", value=1, start=30)]), "`start` of program 'late'"),
    (dict(programs=[Program("there", lever="sharing", value=1, centers=[4])]), "`centers` of program 'there'"),
    (dict(population="people"), "`population`"), (dict(efficacy_seed="1"), "`efficacy_seed`"),
    (dict(population=make_population(SMALL, 2)), "seed"),
    (dict(population=make_population(SMALL.but(patient_ties=2), 1)), "`patient_ties`"),
    (dict(population=make_population(SMALL, 1), efficacy_seed=5), "`efficacy_seed`")])
def test_what_the_model_cannot_have_is_refused(options, says):
    with pytest.raises(InputError, match=says):
        simulate(**{"parameters": SMALL, **options})
