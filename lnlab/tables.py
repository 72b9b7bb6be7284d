"""The record of a run as tidy tables: keys first, one row for each thing counted."""

import numpy as np

from lnlab.knowledge import usable_knowledge

EVENTS = ("encounters", "with_data", "cases", "shared_cases", "consulted", "changes")
SHARES = ("remission_rate", "best_package_share", "active_share")
MEASURES = ("members", *EVENTS, "remission_rate", "median_health", "mean_health", "activation", "active_share",
            "clinician_activation", "commons_cases", "usable_knowledge", "best_guess_knowledge", "best_package_share")
STATES = {"remission_rate": "well", "mean_health": "health", "activation": "activation", "active_share": "active",
          "best_package_share": "on_best"}       # means over patients, by the sum that is noted


def months_table(record, parameters, population, first=0, until=None):
    """The months table (see `Run.months`) of the months `first` to `until` - 1 of a record."""
    import pandas as pd
    columns = {name: by_month(name, record, parameters, population, first, until) for name in MEASURES}
    return pd.DataFrame({"month": np.arange(first, first + len(columns["members"])), **columns})


def by_month(name, record, parameters, population, first=0, until=None):
    """One column of the months table, (n_months,)."""
    notes, commons, kinds = (part[first:until] for part in (record.notes, record.commons, record.kinds))
    if name in EVENTS:
        return notes[name].sum(axis=1)
    if name in STATES:
        return notes[STATES[name]].sum(axis=1) / parameters.n_patients
    if name == "clinician_activation":
        return notes[name].sum(axis=1) / (parameters.n_centers * parameters.clinicians_per_center)
    if name == "median_health":
        return record.median_health[first:until]
    if name == "members":
        return notes["member"].sum(axis=1)
    if name == "commons_cases":
        members = np.bincount(population.center, minlength=parameters.n_centers) @ notes["member"].T
        return np.divide(commons.sum(axis=(1, 2, 3)), members, out=np.zeros(len(notes)), where=members > 0)
    return usable_knowledge(commons, kinds, population.efficacy, greedy=name == "best_guess_knowledge")


def centers_table(record, parameters, population):
    """The centers table (see `Run.centers`): a row for each month and center."""
    import pandas as pd
    notes, patients = record.notes, np.bincount(population.center, minlength=parameters.n_centers)
    months, centers = notes.shape
    columns = {"month": np.repeat(np.arange(months), centers), "center": np.tile(np.arange(centers), months),
               "patients": np.tile(patients, months), "member": notes["member"],
               **{name: notes[name] for name in EVENTS}, **_states(notes, patients, parameters.clinicians_per_center),
               "median_health": notes["median_health"], "share_of_commons": notes["share_of_commons"]}
    return pd.DataFrame({name: np.ravel(values) for name, values in columns.items()})


def patients_table(final, activation, health, parameters, population):
    """The patients table (see `Run.patients`): a row for each patient there at the end."""
    import pandas as pd
    best = population.best_package()
    return pd.DataFrame({
        "patient": np.arange(len(final)), "center": population.center, "clinician": final["clinician"],
        "arrived": final["arrived"], "phenotype": final["phenotype"], "package": final["package"],
        "best_package": best[population.center, final["phenotype"]], "health": health,
        "in_remission": health >= parameters.remission_threshold, "activation": activation,
        "baseline_activation": final["baseline"], "visits": final["visits"], "changes": final["changes"],
        "months_in_remission": final["months_well"]})


def sharing_table(record):
    """The sharing table (see `Run.sharing`): a row for each month and pair of centers between which a case went."""
    import pandas as pd
    notes = record.notes
    weight = notes["share_of_commons"][:, :, None] * notes["consulted"][:, None, :]
    month, origin, to = np.nonzero(weight)
    return pd.DataFrame({"month": month, "from_center": origin, "to_center": to,
                         "consultations": weight[month, origin, to]})


def _states(notes, patients, clinicians):
    found = {name: notes[noted] / patients for name, noted in STATES.items()}
    found["clinician_activation"] = notes["clinician_activation"] / clinicians
    return {name: found[name] for name in MEASURES if name in found}
