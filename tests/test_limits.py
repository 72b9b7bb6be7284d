"""At the limits: every parameter at its ends, and the smallest of everything, still make a sensible run."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnlab.checks import InputError
from lnlab.parameters import Parameters, declared
from lnlab.programs import Program
from lnlab.run import simulate

SMALL = Parameters(n_patients=61, n_centers=3, burn_in=6, launch_month=4, months=16)
BEHAVIOR = [name for name in Parameters.__dataclass_fields__
            if declared(name)["element"] not in ("size", "time") and declared(name)["high"] is not None]
ENDS = [(name, declared(name)[end]) for name in BEHAVIOR for end in ("low", "high")]
REFUSED = {             # what cannot go together with the other defaults, and the parameter that the message must name
    ("best_efficacy", 0): "best_efficacy", ("other_efficacy_low", 1): "other_efficacy_low",
    ("other_efficacy_high", 0): "other_efficacy_high", ("other_efficacy_high", 1): "other_efficacy_high",
    ("activation_sd", 0.5): "activation_sd", ("clinician_activation_sd", 0.5): "clinician_activation_sd"}
SMALLEST = {
    "one center": (dict(n_centers=1), "together"),
    "one patient": (dict(n_patients=1, n_centers=1, patient_ties=0), "together"),
    "one patient in each center": (dict(n_patients=9, n_centers=9), "together"),
    "one clinician": (dict(n_centers=1, clinicians_per_center=1), "together"),
    "one package": (dict(n_packages=1), "together"),
    "one phenotype": (dict(n_phenotypes=1), "together"),
    "one of everything": (dict(n_patients=1, n_centers=1, clinicians_per_center=1, n_phenotypes=1, n_packages=1,
                               patient_ties=0, colleague_ties=0), "together"),
    "no ties": (dict(patient_ties=0, colleague_ties=0), "together"),
    "ties to other centers only": (dict(cross_center_ties=1), "together"),
    "odd ties": (dict(patient_ties=1, colleague_ties=1), "together"),
    "nobody joins": ({}, "never"),
    "one center joins": ({}, [None, 4, None]),
    "joining after the end": ({}, [4, 16, 400]),
    "no burn-in": (dict(burn_in=0), "together"),
    "launch in the first month": (dict(launch_month=0), "together"),
    "launch in the last month": (dict(launch_month=15), "together"),
    "one month": (dict(months=1, launch_month=0), "together"),
    "one month and no burn-in": (dict(months=1, launch_month=0, burn_in=0), "together"),
    "a visit every month": (dict(visit_interval=1), "together"),
    "a visit every year": (dict(visit_interval=12), "together"),
    "equal packages": (dict(best_efficacy=0.5, other_efficacy_low=0.5, other_efficacy_high=0.5), "together"),
    "useless packages": (dict(best_efficacy=0, other_efficacy_low=0, other_efficacy_high=0), "together"),
    "places divide unevenly": (dict(n_patients=67, n_centers=7, clinicians_per_center=3), "one by one"),
}
SHARES = ["remission_rate", "median_health", "mean_health", "activation", "active_share", "clinician_activation",
          "best_package_share"]
EVENTS = ["encounters", "with_data", "cases", "shared_cases", "consulted", "changes"]
ROUNDING = 1e-12
KNOWLEDGE = ["usable_knowledge", "best_guess_knowledge"]


def assert_sensible(run):
    """Shares are shares, events are nested, and a value is missing only where there is none."""
    months, p = run.months, run.parameters
    assert len(months) == p.months and len(run.centers) == p.months * p.n_centers and len(run.patients) == p.n_patients
    assert not months.drop(columns=KNOWLEDGE).isna().any(axis=None)
    assert not run.centers.isna().any(axis=None) and not run.patients.isna().any(axis=None)
    assert not run.sharing.isna().any(axis=None)
    for table in (months[SHARES], run.centers[[*SHARES, "share_of_commons"]],
                  run.patients[["health", "activation", "baseline_activation"]]):
        assert ((table >= -ROUNDING) & (table <= 1 + ROUNDING)).all(axis=None)
    assert (months[KNOWLEDGE].dropna() <= 1 + ROUNDING).all(axis=None), "wrong cases may make it negative"
    for table in (months, run.centers):
        assert (table["encounters"] >= table["with_data"]).all() and (table["with_data"] >= table["cases"]).all()
        assert (table["cases"] >= table["shared_cases"]).all() and (table["with_data"] >= table["consulted"]).all()
        assert (table[EVENTS] >= 0).all(axis=None)
    all_alike = np.ptp(run.population.efficacy, axis=2).max() == 0
    nothing_to_know = (months["commons_cases"] == 0) | all_alike
    for column in KNOWLEDGE:
        np.testing.assert_array_equal(months[column].isna(), nothing_to_know, err_msg=column)


def assert_tables_agree(run):
    """The centers add up to the months, and the last month's state is that of the patients."""
    months, p = run.months, run.parameters
    by_month = run.centers.groupby("month")
    sums = by_month[EVENTS].sum()
    pd.testing.assert_frame_equal(months[EVENTS], sums, check_names=False, check_dtype=False)
    np.testing.assert_array_equal(months["members"], by_month["member"].sum())
    for name in ("remission_rate", "mean_health", "activation", "active_share", "best_package_share"):
        weighted = (run.centers[name] * run.centers["patients"]).groupby(run.centers["month"]).sum() / p.n_patients
        np.testing.assert_allclose(months[name], weighted, rtol=0, atol=ROUNDING, err_msg=name)
    np.testing.assert_allclose(months["clinician_activation"], by_month["clinician_activation"].mean(), atol=ROUNDING)

    last, last_centers = months.iloc[-1], run.centers.tail(p.n_centers).set_index("center")
    patients, by_center = run.patients, run.patients.groupby("center")
    assert last["median_health"] == patients["health"].median()
    np.testing.assert_array_equal(last_centers["median_health"], by_center["health"].median())
    np.testing.assert_array_equal(last_centers["patients"], by_center.size())
    assert by_center.size().sum() == p.n_patients and by_center.size().max() - by_center.size().min() <= 1
    assert last["remission_rate"] == pytest.approx(patients["in_remission"].mean(), abs=ROUNDING)
    assert last["mean_health"] == pytest.approx(patients["health"].mean(), abs=ROUNDING)
    assert last["activation"] == pytest.approx(patients["activation"].mean(), abs=ROUNDING)
    assert last["active_share"] == pytest.approx((patients["activation"] >= 0.6).mean(), abs=ROUNDING)
    on_best = (patients["package"] == patients["best_package"]).mean()
    assert last["best_package_share"] == pytest.approx(on_best, abs=ROUNDING)


@pytest.mark.parametrize("name, value", ENDS)
def test_every_parameter_may_stand_at_either_end(name, value):
    if (name, value) in REFUSED:
        with pytest.raises(InputError, match=f"`{REFUSED[name, value]}`"):
            SMALL.but(**{name: value})
        return
    run = simulate(SMALL.but(**{name: value}), seed=5)
    assert_sensible(run)
    assert_tables_agree(run)


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(st.fixed_dictionaries({name: st.sampled_from([declared(name)[end] for end in ("low", "default", "high")])
                              for name in BEHAVIOR if not {(name, declared(name)["low"]),
                                                           (name, declared(name)["high"])} & set(REFUSED)}),
       st.integers(0, 2**63 - 1))
def test_all_parameters_may_stand_at_their_ends_together(ends, seed):
    assert_sensible(simulate(SMALL.but(n_phenotypes=3, **ends), seed=seed))


@pytest.mark.parametrize("name", SMALLEST)
def test_the_smallest_of_everything_runs(name):
    changes, growth = SMALLEST[name]
    run = simulate(SMALL.but(**changes), seed=2, growth=growth)
    assert_sensible(run)
    assert_tables_agree(run)


def test_with_one_package_there_is_nothing_to_know():
    months = simulate(SMALL.but(n_packages=1, sharing=1), seed=2).months
    assert months["commons_cases"].iloc[-1] > 0 and months["usable_knowledge"].isna().all()
    assert (months["best_package_share"] == 1).all() and months["changes"].sum() == 0


def test_one_patient_has_nobody_else():
    with pytest.raises(InputError, match="`patient_ties`"):
        Parameters(n_patients=1, n_centers=1)
    run = simulate(SMALL.but(n_patients=1, n_centers=1, patient_ties=0, turnover=0), seed=2)
    assert set(run.months["remission_rate"]) <= {0, 1}
    np.testing.assert_array_equal(run.months["median_health"], run.months["mean_health"])


@pytest.mark.parametrize("interval", [1, 2, 3, 12])
def test_everybody_is_seen_once_in_every_interval(interval):
    """From the start on, without recalls; who is seen first is drawn."""
    run = simulate(SMALL.but(visit_interval=interval, recall=0, turnover=0, burn_in=0, months=24), seed=2)
    seen = run.months["encounters"].to_numpy().reshape(-1, interval).sum(axis=1)
    np.testing.assert_array_equal(seen, SMALL.n_patients)
    np.testing.assert_array_equal(run.patients["visits"], 24 // interval)


def test_chances_of_nought_and_one_are_exact():
    off = simulate(SMALL.but(data_baseline=0, registry=0, patient_reported_data=0, pre_visit_planning=0)).months
    assert off["encounters"].sum() > 0 == off["with_data"].sum()
    on = simulate(SMALL.but(data_baseline=1, sharing=1, shareable=1, coproduction=0, activation=1, leadership=0,
                            fading=0, encounter_influence=0, turnover=0, shared_information_use=1,
                            implementation=1)).months
    np.testing.assert_array_equal(on["with_data"], on["encounters"])
    np.testing.assert_array_equal(on["cases"], on["encounters"])
    np.testing.assert_array_equal(on["shared_cases"], on["cases"] * (on["members"] > 0))
    none = simulate(SMALL.but(remission_threshold=0)).months
    assert (none["remission_rate"] == 1).all() and none["changes"].sum() == 0, "nobody is unwell"


def test_nobody_joins_is_care_as_usual():
    """Without members no lever but implementation does anything, whatever its value and whatever the program."""
    usual = simulate(SMALL, growth="never", seed=2)
    everything = SMALL.but(leadership=0.1, sharing=1, registry=1, pre_visit_planning=1, shared_information_use=1,
                           clinician_spread=1, recall=1)
    pushed = simulate(everything, [Program("more", lever="registry", value=1, start=0)], growth="never", seed=2)
    pd.testing.assert_frame_equal(usual.months, pushed.months, check_exact=True)
    assert usual.months["commons_cases"].sum() == usual.months["members"].sum() == 0
    acts = simulate(SMALL, [Program("act", lever="implementation", value=1, start=0)], growth="never", seed=2)
    assert not acts.months.equals(usual.months)
