"""The same run as the network's registry would have seen it: visits with gaps, delays and errors, and monthly counts.

For whoever must not know the truth: a registry holds no phenotype, no health, no best package, and neither the run nor
its seed. What it never does is change the run. The model holds every visit that is due; so a *missed* visit here is
one that was held where the registry does not look, not care that was never given.

Every error has luck of its own, a function of (seed, month, patient) like all luck of the model, from a purpose that
the model does not use. So changing one chance leaves all other errors as they were, and a larger chance makes the same
errors and more.
"""

from dataclasses import dataclass, field

import numpy as np

from lnlab import draws
from lnlab.checks import InputError, whole_number
from lnlab.events import newcomers
from lnlab.population import checked_seed
from lnlab.recording import PERFECT, Recording
from lnlab.results import Run
from lnlab.run import simulate
from lnlab.state import LUCK, records

RECORDING = np.uint64(101)      # month of the visit; agent: patient; slots below. The model's purposes end far below.
MISSED, ENROLLED, MISSING, LATE, DELAY, WRONG = range(6)
UNSEEN, BLANK_OUTCOME, BLANK_ACTIVATION, BLANK_PACKAGE = range(6, 10)
SCORE = (12, 13, 14, 15)        # the four uniforms of the error in activation
N_SLOTS = 16                    # drawn in fours


@dataclass(frozen=True, eq=False)
class Registry:
    """What a registry holds. Made by `observe`.

    Parameters
    ----------
    recording : Recording
    n_months : int
        Months of the run.
    centers : pandas.DataFrame
        The centers that record: center, joined (month; missing if it never joins), clinicians, patients (under care
        there, in the registry or not).
    schedule : pandas.DataFrame
        A row for each month in which a center records: month, center, due and held (visits of enrolled patients).
    entries : pandas.DataFrame
        Every visit that is ever entered, those entered after the run included; see `visits`.
    """

    recording: Recording
    n_months: int
    centers: object = field(repr=False)
    schedule: object = field(repr=False)
    entries: object = field(repr=False)

    def visits(self, as_of=None):
        """The visits that are in the registry at the end of a month.

        Parameters
        ----------
        as_of : int, optional
            The month; the run's last if not given. A later one lets late entries come in.

        Returns
        -------
        pandas.DataFrame
            One row for each visit: month (of the visit), entered (month of the entry), center, clinician, patient (a
            code: another person, another code), prepared, with_data, recalled (True or False), in_remission (1 or 0),
            activation (0 to 1, as a questionnaire measured it), package_before, package_after (the visit's outcome is
            that of `package_before`). NaN is a field left empty.
        """
        return self.entries[self.entries["entered"] <= self._checked(as_of)].reset_index(drop=True)

    def counts(self, as_of=None, window=1):
        """Counts by month and center, as known at the end of a month: numerators and denominators for charts.

        An outcome is that of the visit, at the start of its month; the tables of a Run tell the month's end.

        Parameters
        ----------
        as_of : int, optional
            As in `visits`.
        window : int, default 1
            Count each patient by the latest outcome of that many months. With 1, only visits of the month itself
            count, and patients recalled because they were unwell come more often than others. A wider window evens
            that out, but it trails behind a rise, and neighboring months share patients.

        Returns
        -------
        pandas.DataFrame
            A row for each month in which a center records, none before it does: month, center; due, held and entered
            (visits of enrolled patients in that month); patients_seen (patients with an outcome, the denominator),
            remissions (those in remission, the numerator), remission_rate (NaN where there is no outcome).

        Examples
        --------
        >>> from lnlab import Parameters, simulate
        >>> run = simulate(Parameters(n_patients=200, n_centers=2, months=24, launch_month=6), encounters=True)
        >>> counts = observe(run).counts()
        >>> network = counts.groupby("month")[["remissions", "patients_seen"]].sum()
        >>> network.index.tolist() == list(range(6, 24)), bool((network["patients_seen"] <= 200).all())
        (True, True)
        """
        window = whole_number("window", window, 1, unit="months")
        visits = self.visits(as_of)
        until = min(self._checked(as_of) + 1, self.n_months)
        known = visits[visits["in_remission"].notna()].sort_values(["patient", "month"])
        start, patient = known["month"].to_numpy(), known["patient"].to_numpy()
        following = np.append(np.where(patient[1:] == patient[:-1], start[1:], until), until)
        end = np.minimum(np.minimum(start + window, following[:len(start)]), until)
        center, well = known["center"].to_numpy(), known["in_remission"].to_numpy()

        table = self.schedule[self.schedule["month"] < until].reset_index(drop=True)
        place = table["month"].to_numpy(), table["center"].to_numpy()
        shape = (self.n_months + 1, 1 + max(self.centers["center"], default=0))

        def standing(weight):
            change = np.zeros(shape, np.int64)
            np.add.at(change, (start, center), weight)
            np.subtract.at(change, (end, center), weight)
            return change.cumsum(axis=0)[place]

        entered = np.zeros(shape, np.int64)
        np.add.at(entered, (visits["month"], visits["center"]), 1)
        table["entered"] = entered[place]
        table["patients_seen"] = standing(np.ones(len(known), np.int64))
        table["remissions"] = standing(well.astype(np.int64))
        table["remission_rate"] = table["remissions"] / table["patients_seen"]      # 0 / 0 is NaN: nobody was seen
        return table

    def _checked(self, as_of):
        return self.n_months - 1 if as_of is None else whole_number("as_of", as_of, 0, unit="month")


def observe(run, recording=None, *, seed=None):
    """What a registry would have recorded of a run.

    A center records its enrolled patients' visits while it is a member, whatever its lever `registry`: that lever says
    how well the registry serves the visit, not how well it is fed. (It does matter here: where it brings the data,
    there is an outcome to record.)

    Parameters
    ----------
    run : Run
        If it kept no encounters, it is lived once more to have them.
    recording : Recording, optional
        The chances of gaps and errors; the defaults if not given. `PERFECT` has none.
    seed : int, optional
        Of the registry's own luck; that of the run if not given.

    Returns
    -------
    Registry

    Raises
    ------
    InputError

    Examples
    --------
    >>> from lnlab import Parameters, simulate
    >>> run = simulate(Parameters(n_patients=200, n_centers=2, months=24, launch_month=6), seed=7, encounters=True)
    >>> registry = observe(run)
    >>> visits = registry.visits()
    >>> len(visits) < len(run.encounters), int(visits["month"].min())
    (True, 6)
    >>> len(observe(run, PERFECT.but(members_only=False)).visits()) == len(run.encounters)
    True
    """
    if not isinstance(run, Run):
        raise InputError(f"`run` must be a Run, as simulate(...) returns it; got {run!r:.200}.")
    if recording is not None and not isinstance(recording, Recording):
        raise InputError(f"`recording` must be a Recording, as in Recording(late=0.3); got {recording!r:.200}.")
    recording = Recording() if recording is None else recording
    seed = run.seed if seed is None else checked_seed(seed)
    p = run.parameters
    joins = np.array([p.months if month is None else month for month in run.joins])
    begins = joins if recording.members_only else np.zeros_like(joins)
    log = _encounters(run)
    bounds = np.searchsorted(log["month"], np.arange(p.months + 1))
    code, n_codes = np.arange(p.n_patients), p.n_patients       # of who is in each patient's place
    enrolled = np.zeros(p.n_patients, bool)
    counts, kept = np.zeros((2, p.months, p.n_centers), np.int64), []
    for month in range(p.months):
        visits = log[bounds[month]:bounds[month + 1]]
        patient, center = visits["patient"], visits["center"]
        luck = _luck(seed, month, patient)
        new = newcomers(run.seed, run.parameters, month)
        code[new] = n_codes + np.arange(len(new))
        n_codes += len(new)
        enrolled[new] = False
        recorded = month >= begins[center]
        unenrolled = np.where(visits["well"], recording.unenrolled_well, recording.unenrolled_unwell)
        enrolled[patient] |= recorded & (luck[:, ENROLLED] >= unenrolled)
        due = recorded & enrolled[patient]
        held = due & (luck[:, MISSED] >= recording.missed)
        entered = held & (luck[:, MISSING] >= recording.missing)
        counts[:, month] = [np.bincount(center[those], minlength=p.n_centers) for those in (due, held)]
        kept.append((visits[entered], code[patient[entered]], luck[entered]))
    return Registry(recording, p.months, _centers(run, begins), _schedule(begins, *counts),
                    _entries(*(np.concatenate(parts) for parts in zip(*kept)), recording))


def _encounters(run):
    if run.log is not None:
        return run.log
    return simulate(run.parameters, run.programs, run.seed, growth=run.joins, population=run.population,
                    holds=run.holds, struck=run.struck, encounters=True).log


def _luck(seed, month, patients):
    """The draws of these patients' visits in a month, (n_visits, N_SLOTS)."""
    patients, luck = patients.astype(np.uint32), []
    for block in range(N_SLOTS // 4):
        four = records(len(patients), LUCK)
        draws.uniform_fours(seed, RECORDING, month, patients, len(patients), np.uint64(block), four)
        luck.append(four.view(np.ndarray).view(np.float64).reshape(-1, 4))
    return np.hstack(luck)


def _centers(run, begins):
    import pandas as pd
    n_patients = np.bincount(run.population.center, minlength=len(begins))
    table = pd.DataFrame({"center": np.arange(len(begins)), "joined": pd.array(run.joins, dtype="Int64"),
                          "clinicians": run.parameters.clinicians_per_center, "patients": n_patients})
    return table[begins < run.parameters.months].reset_index(drop=True)


def _schedule(begins, due, held):
    import pandas as pd
    month, center = np.nonzero(np.arange(len(due))[:, None] >= begins)
    return pd.DataFrame({"month": month, "center": center, "due": due[month, center], "held": held[month, center]})


def _entries(log, code, luck, recording):
    import pandas as pd
    luck = luck.T
    unseen = ~log["with_data"] & (luck[UNSEEN] < recording.blank_without_data)
    in_remission = np.where(log["well"] ^ (luck[WRONG] < recording.wrong), 1.0, 0.0)
    error = recording.activation_error * draws.ROOT_3 * (luck[list(SCORE)].sum(axis=0) - 2)
    late = luck[LATE] < recording.late
    no_package = luck[BLANK_PACKAGE] < recording.blank
    return pd.DataFrame({
        "month": log["month"].astype(np.int64), "entered": log["month"] + late * _delay(luck[DELAY], recording.delay),
        **{name: log[name].astype(np.int64) for name in ("center", "clinician")}, "patient": code,
        **{name: log[name] for name in ("prepared", "with_data", "recalled")},
        "in_remission": np.where(unseen | (luck[BLANK_OUTCOME] < recording.blank), np.nan, in_remission),
        "activation": np.where(luck[BLANK_ACTIVATION] < recording.blank, np.nan,
                               np.clip(log["activation"] + error, 0, 1)),
        **{name: np.where(no_package, np.nan, log[name]) for name in ("package_before", "package_after")}})


def _delay(luck, mean):
    """Months of delay: geometric from 1 on with this mean, the same month for the same luck on every machine."""
    still_late = np.cumprod(np.full(2000, 1 - 1 / mean))        # after 1, 2, ... months
    return 1 + np.searchsorted(-still_late, -luck, side="left")
