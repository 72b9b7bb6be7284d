"""A run lived once more without one shared case, from the month of that case on, and what differs then for whom."""

import numpy as np

from lnlab.checks import InputError
from lnlab.experiment.past import own_copy
from lnlab.results import Run
from lnlab.run import Course, trace

FOLLOWED = ("patients", "health")


def checked_run(run):
    """The run itself, or an InputError: it must be a Run in which nothing is held."""
    if not isinstance(run, Run):
        raise InputError(f"`run` must be a Run, as simulate(...) returns it; got {run!r:.200}.")
    if run.holds:
        raise InputError("`run` must be one in which nothing is held; in this one, "
                         f"{', '.join(each.state for each in run.holds)} cannot follow from a case.")
    return run


def _course(run, struck=(), **options):
    people = own_copy(run.population, run.parameters)
    return Course(run.parameters, run.programs, run.seed, growth=run.joins, population=people,
                  struck=(*run.struck, *struck), **options)


def shared_cases(run):
    """The cases of a run that reached the commons, one row each, in the order of months."""
    if run.log is None:
        course = _course(run, encounters=True)
        course.live_until(run.parameters.months)
        run = course.run()
    cases = run.encounters[run.encounters["case_shared"]]
    gone = set(run.struck)
    there = [(month, patient) not in gone for month, patient in zip(cases["month"], cases["patient"])]
    return cases[np.array(there, dtype=bool)].sort_values(["month", "patient"])


def worths_of(run, cases, within=None):
    """For each case, month by month: its row, and the columns of the table of patients (see `one_case.WorthOfCase`).

    Each is followed to the end of the run, or for `within` months; then it must have been shared early enough.
    """
    if cases.empty:
        return
    first = run.parameters.burn_in                      # the trace begins with the burn-in
    lived = trace(run, FOLLOWED)
    patients, health = lived["patients"][first:], lived["health"][first:]
    base = {"package": patients["package"], "arrived": patients["arrived"], "phenotype": patients["phenotype"],
            "health": health}
    course = _course(run)
    for month, struck in cases.groupby("month"):
        course.live_until(int(month))
        until = run.parameters.months if within is None else int(month) + within
        for case in struck.itertuples():
            known = course.network.commons[case.phenotype_seen].sum(axis=1)
            without = _live_on(course, run, (int(month), int(case.patient)), until)
            yield _told(run, case, known, {name: states[int(month):until] for name, states in base.items()},
                        without)


def _live_on(course, run, case, until):
    """From the month of a case to month `until` - 1, without it: packages and health at the end of each month."""
    other = _course(run, struck=[case], past=course.network)
    other.month = course.month
    package, health = [], []
    while other.month < until:
        other.live_until(other.month + 1)
        package.append(other.network.patients["package"].copy())
        health.append(other.network.health.copy())
    return {"package": np.array(package), "health": np.array(health)}


def _told(run, case, known, base, without):
    """The row of a case, and the columns of the table of patients."""
    people = _people(run, case, base, without)
    months, center = people["remission_months"], run.population.center[case.patient]
    best, changed = run.population.best_package()[center, case.phenotype_seen], people["months_changed"] > 0
    return {"month": int(case.month), "patient": int(case.patient), "center": int(center),
            "phenotype": int(case.phenotype_seen), "package": int(case.package_before),
            "worked": bool(case.case_worked), "right": bool(case.case_worked == (case.package_before == best)),
            "known_kind": float(known.sum()), "known": float(known[case.package_before]),
            "months_after": len(base["health"]), "n_changed": int(changed.sum()),
            "n_elsewhere": int((changed & people["elsewhere"]).sum()),
            "months_changed": int(people["months_changed"].sum()), "remission_months": int(months.sum()),
            "remission_months_elsewhere": int(months[people["elsewhere"]].sum()),
            "health_months": float(people["health_months"].sum()), "n_better": int((months > 0).sum()),
            "n_worse": int((months < 0).sum())}, people


def _people(run, case, base, without):
    """What differs, person by person: a place may change hands, so a person is a place and a month of arrival."""
    population, threshold = run.population, run.parameters.remission_threshold
    package, health = base["package"] != without["package"], base["health"] - without["health"]
    month, place = np.nonzero(package | (health != 0))
    persons, who = np.unique(np.column_stack([place, base["arrived"][month, place]]), axis=0, return_inverse=True)
    who, n = who.ravel(), len(persons)
    well = (base["health"] >= threshold).astype(int) - (without["health"] >= threshold)
    changed = package[month, place]
    first = np.full(n, run.parameters.months)
    np.minimum.at(first, who[changed], month[changed])
    ever = first < run.parameters.months
    center, phenotype = population.center[persons[:, 0]], np.zeros(n, dtype=np.int64)
    phenotype[who] = base["phenotype"][month, place]
    then = first[ever], persons[ever, 0]
    packages = base["package"][then], without["package"][then]
    fits = [population.efficacy[center[ever], phenotype[ever], each] for each in packages]
    return {"patient": persons[:, 0], "arrived": persons[:, 1], "center": center,
            "elsewhere": center != population.center[case.patient], "phenotype": phenotype,
            "months_changed": _sums(who, changed, n), "first_month": _where(ever, first[ever] + int(case.month)),
            "package": _where(ever, packages[0]), "package_without": _where(ever, packages[1]),
            "gain": _where(ever, fits[0] - fits[1]), "at_first": ever & (first == first.min(initial=n + 10**6)),
            "remission_months": _sums(who, well[month, place], n),
            "health_months": np.bincount(who, health[month, place], n)}


def _sums(who, values, n):
    return np.rint(np.bincount(who, values, n)).astype(np.int64)


def _where(ever, values):
    """The values of those who were ever treated otherwise; missing for the others."""
    found = np.full(len(ever), np.nan)
    found[ever] = values
    return found


def as_table(people):
    """The columns of a case's people as a table; months and packages are missing for those never treated otherwise."""
    import pandas as pd
    return pd.DataFrame(people).astype({name: "Int64" for name in ("first_month", "package", "package_without")})
