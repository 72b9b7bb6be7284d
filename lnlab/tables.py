"""The record of a run as tidy tables: keys first, one row for each thing counted."""

import numpy as np

from lnlab.knowledge import usable_knowledge

EVENTS = ("encounters", "with_data", "cases", "shared_cases", "consulted", "changes")
SHARES = ("remission_rate", "best_package_share", "active_share")
MEASURES = ("members", *EVENTS, "remission_rate", "median_health", "mean_health", "activation", "active_share",
            "clinician_activation", "commons_cases", "usable_knowledge", "best_guess_knowledge", "best_package_share")
SUMS = ("well", "active", "on_best", "health", "activation", "clinician_activation")


def months_table(record, parameters, population, first=0, until=None):
    """The months table (see `Run.months`) of the months `first` to `until` - 1 of a record."""
    import pandas as pd
    notes, commons, kinds = (part[first:until] for part in (record.notes, record.commons, record.kinds))
    known = commons, kinds, population.efficacy
    members = np.bincount(population.center, minlength=parameters.n_centers) @ notes["member"].T
    states = states_by_month(notes, parameters)
    return pd.DataFrame({
        "month": np.arange(first, first + len(notes)), "members": notes["member"].sum(axis=1), **{name: notes[name].sum(axis=1) for name in EVENTS},
        "remission_rate": states["remission_rate"], "median_health": record.median_health[first:until],
        "mean_health": states["mean_health"], "activation": states["activation"],
        "active_share": states["active_share"], "clinician_activation": states["clinician_activation"],
        "commons_cases": np.divide(commons.sum(axis=(1, 2, 3)), members, out=np.zeros(len(notes)), where=members > 0),
        "usable_knowledge": usable_knowledge(*known), "best_guess_knowledge": usable_knowledge(*known, greedy=True),
        "best_package_share": states["best_package_share"]})


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


def states_by_month(notes, parameters):
    """The state of the whole network at each month's end, from the sums over its centers: a dict of arrays."""
    total = {name: notes[name].sum(axis=1) for name in SUMS}
    return _states(total, parameters.n_patients, parameters.n_centers * parameters.clinicians_per_center)


def _states(notes, patients, clinicians):
    return {"remission_rate": notes["well"] / patients, "mean_health": notes["health"] / patients,
            "activation": notes["activation"] / patients, "active_share": notes["active"] / patients,
            "clinician_activation": notes["clinician_activation"] / clinicians,
            "best_package_share": notes["on_best"] / patients}
