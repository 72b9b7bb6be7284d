"""What the drawing of a network takes from a run: people month by month, and each month's cases."""

from collections import namedtuple
from functools import lru_cache

import numpy as np

from lnlab.checks import InputError

MOST_PATIENTS = 10_000      # beyond, marks are smaller than what a screen can show

# What a run recorded of people and cases: activation at each month's end, and of each month's cases the patient and
# whether it reached the commons
Recorded = namedtuple("Recorded", "activation clinician_activation cases_from patient shared")


def checked(run):
    """A run that can be drawn, or an InputError."""
    from lnlab.results import Run
    if not isinstance(run, Run):
        raise InputError(f"`run` must be a Run, as simulate(..., encounters=True) returns it; got {run!r:.200}.")
    if run.parameters.n_patients > MOST_PATIENTS:
        raise InputError(f"`run` must be of at most {MOST_PATIENTS:,} patients, so that each can be seen; got one of "
                         f"{run.parameters.n_patients:,}.")
    return run


@lru_cache(maxsize=4)
def recorded(run):
    """What is drawn of a run. No run keeps activation by month, so it is repeated, once for all its pictures."""
    from lnlab.run import trace
    encounters = run.encounters
    cases = encounters[encounters["case"]]
    month, patient = cases["month"].to_numpy(), cases["patient"].to_numpy()
    struck = set(run.struck)
    reached = [pair not in struck for pair in zip(month.tolist(), patient.tolist())]
    states = trace(run, ["activation", "clinician_activation"])
    after_burn_in = {name: values[run.parameters.burn_in:] for name, values in states.items()}
    return Recorded(**after_burn_in, cases_from=np.searchsorted(month, np.arange(run.parameters.months + 1)),
                    patient=patient, shared=cases["case_shared"].to_numpy() & np.array(reached, bool))
