"""What the people of a run did, as a table of events, and who they were."""

import numpy as np

from lnlab import draws

KINDS = ("meets", "needs", "uses", "contributes")     # of events, in their order within an encounter

VISITS_ONLY = ("A run records visits and what is used for them; what else people of one center or of several do "
               "together it does not. What goes from center to center is in `cross_center_use_share` of the commons.")
NOT_RECORDED = ("reciprocity", "clustering", "constraint", "cross_center_share", "modularity",
                "boundary_spanners_share")


def events_table(log, run):
    """The events table (see `Run.events`): what the people of member centers did, from the encounters of a run."""
    import pandas as pd
    p = run.parameters
    member = run.record.notes["member"][log["month"], log["center"]].astype(bool)
    person = _persons(log, run.seed, p)
    log, person = log[member], person[member]
    struck = np.zeros((p.months, p.n_patients), bool)
    for month, patient in run.struck:
        if 0 <= month < p.months:
            struck[month, patient] = True
    n_patients = p.n_patients + sum(len(newcomers(run.seed, p, month)) for month in range(p.months))
    patient, clinician, resource = person, n_patients + log["clinician"], log["phenotype_seen"]
    parts = [(np.ones(len(log), bool), patient, clinician, None),
             (log["with_data"] & ~log["well"], patient, None, resource),
             (log["consulted"], clinician, patient, resource),
             (log["case_shared"] & ~struck[log["month"], log["patient"]], clinician, None, resource)]
    place = np.concatenate([np.flatnonzero(those) for those, *_ in parts])
    kind = np.repeat(np.arange(len(parts)), [int(those.sum()) for those, *_ in parts])
    order = np.lexsort((kind, place))

    def column(number, names):
        codes = np.concatenate([np.full(those.sum(), -1) if part[number] is None else part[number][those]
                                for those, *part in parts])
        return pd.Categorical.from_codes(codes[order], names)

    people = people_table(run)["person"].tolist()
    cases = [f"cases of phenotype {phenotype}" for phenotype in range(p.n_phenotypes)]
    table = pd.DataFrame({"month": log["month"][place][order].astype(np.int64), "from": column(0, people),
                          "to": column(1, people), "kind": pd.Categorical.from_codes(kind[order], KINDS),
                          "resource": column(2, cases)})
    joined = [month for month in run.joins if month is not None and month < p.months]
    table.attrs["absent"] = dict.fromkeys(NOT_RECORDED, VISITS_ONLY)
    if joined:
        table.attrs |= {"first_month": min(joined), "last_month": p.months - 1}
    return table


def people_table(run):
    """The people table (see `Run.people`): everybody who has ever been there since month 0, then the clinicians."""
    import pandas as pd
    p, population = run.parameters, run.population
    later = [newcomers(run.seed, p, month) for month in range(p.months)]
    places = np.concatenate([np.arange(p.n_patients), *later])
    names = [f"patient {number}" for number in range(len(places))]
    names += [f"clinician {number}" for number in range(len(population.clinician_center))]
    centers = np.concatenate([population.center[places], population.clinician_center]).astype(np.int64)
    role = np.repeat(["patient", "clinician"], [len(places), len(population.clinician_center)])
    return pd.DataFrame({"person": names, "role": role, "center": centers})


def newcomers(seed, parameters, month):
    """The places taken by somebody newly diagnosed in this month; whoever is there in month 0 is a founder."""
    if month == 0:
        return np.zeros(0, np.int64)
    luck = draws.uniforms(seed, draws.LIFE, month, parameters.n_patients, draws.TURNOVER)
    return np.flatnonzero(luck < parameters.turnover)


def _persons(log, seed, parameters):
    """Who the patient of each encounter was, (n_encounters,): a number that no other person has."""
    number, n_people = np.arange(parameters.n_patients), parameters.n_patients
    bounds = np.searchsorted(log["month"], np.arange(parameters.months + 1))
    person = np.empty(len(log), np.int64)
    for month in range(parameters.months):
        new = newcomers(seed, parameters, month)
        number[new] = n_people + np.arange(len(new))
        n_people += len(new)
        visits = slice(bounds[month], bounds[month + 1])
        person[visits] = number[log["patient"][visits]]
    return person
