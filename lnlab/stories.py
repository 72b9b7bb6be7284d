"""A recorded month told in words: one patient's, one clinician's, and the evidence behind one choice."""

import textwrap

import numpy as np

from lnlab.checks import InputError, whole_number
from lnlab.knowledge import chances_to_win
from lnlab.programs import lever_values
from lnlab.rules import DID_NOT, WORKED, engage, meet, spread_activation
from lnlab.run import trace

WIDTH = 92                              # characters of a line


def patient_month(run, patient, month):
    """One visit and the month around it, told from the record.

    Parameters
    ----------
    run : Run
        Made with ``simulate(..., encounters=True)``.
    patient, month : int
        A patient who has a visit in this month.

    Returns
    -------
    str

    Raises
    ------
    InputError
        For a month in which the patient has no visit.

    Examples
    --------
    >>> from lnlab import Parameters, simulate
    >>> run = simulate(Parameters(n_patients=100, n_centers=2, months=24, launch_month=6), encounters=True)
    >>> first = run.encounters.iloc[0]
    >>> print(patient_month(run, first.patient, first.month).partition(":")[0])
    Month 0, center 0, a visit
    """
    p, visit = run.parameters, _visit(run, patient, month)
    engaged = engage(visit.activation, visit.clinician_activation, p.coproduction)
    told = [f"Month {visit.month}, center {visit.center}, a visit: patient {visit.patient} (activation "
            f"{visit.activation:.2f}) and clinician {visit.clinician} ({visit.clinician_activation:.2f}) meet, and are "
            f"{engaged:.2f} engaged.",
            "It was prepared, so data are at hand." if visit.prepared else
            f"It was not prepared{', but data are' if visit.with_data else ', and no data are'} at hand."]
    if visit.with_data:
        told += _what_came_of_it(visit, p)
    told += [_activation_told(run, visit), _truth_told(run, visit)]
    return _in_lines(told)


def clinician_month(run, clinician, month):
    """What a clinician saw, wrote down, decided, forgot and heard in one month, told from the record.

    Parameters
    ----------
    run : Run
        Made with ``simulate(..., encounters=True)``.
    clinician, month : int

    Returns
    -------
    str

    Examples
    --------
    >>> from lnlab import Parameters, simulate
    >>> run = simulate(Parameters(n_patients=100, n_centers=2, months=24, launch_month=6), encounters=True)
    >>> print(clinician_month(run, 0, 3).splitlines()[0].partition(",")[0])
    Month 3
    """
    p, seen = run.parameters, run.encounters
    whole_number("clinician", clinician, 0, len(run.population.clinician_center) - 1)
    whole_number("month", month, 0, p.months - 1)
    seen = seen[(seen["month"] == month) & (seen["clinician"] == clinician)]
    before, after = (_memory(run, month)[when][clinician].sum() for when in ("before", "after"))
    kept = 1 - (p.obsolescence if p.center_archive else p.forgetting)
    cases, heard = int(seen["case"].sum()), round(after - before * kept - seen["case"].sum())
    unwell = seen["with_data"] & ~seen["well"]
    changed = seen["package_before"] != seen["package_after"]
    return _in_lines([
        f"Month {month}, clinician {clinician}: {_count(len(seen), 'patient')} seen, {seen['with_data'].sum()} with "
        f"data at hand, {unwell.sum()} of these not in remission.",
        f"{_count(cases, 'case')} written down, {seen['case_shared'].sum()} of them shared with the commons.",
        f"For {seen['could_act'].sum()} of the {unwell.sum()} the clinician could act on a better idea, "
        f"for {seen['consulted'].sum()} with the commons at hand; {_count(changed.sum(), 'package')} changed.",
        f"Own memory: {before:.1f} cases at the month's start, {before * (1 - kept):.1f} forgotten, {cases} new, "
        f"{heard} heard from colleagues; {after:.1f} at its end."])


def evidence(run, patient, month):
    """What was known at a visit about each package for the kind of patient seen, and what the choice made of it.

    Parameters
    ----------
    run : Run
        Made with ``simulate(..., encounters=True)``.
    patient, month : int
        A patient who has a visit with data in this month.

    Returns
    -------
    pandas.DataFrame
        One row for each package: cases that worked and did not, in the clinician's own memory and with the commons
        in place of the clinician's own shared cases; the chance to be chosen with each; and what nobody there knows,
        the health that the package leads to.

    Examples
    --------
    >>> from lnlab import Parameters, simulate
    >>> run = simulate(Parameters(n_patients=100, n_centers=2, months=24, launch_month=6), encounters=True)
    >>> visit = run.encounters.query("consulted").iloc[0]
    >>> known = evidence(run, visit.patient, visit.month)
    >>> known["chance alone"].sum().round(6), known["chance with commons"].sum().round(6)
    (np.float64(1.0), np.float64(1.0))
    """
    import pandas as pd
    visit = _visit(run, patient, month)
    if not visit.with_data:
        raise InputError(f"`month` must be one in which data were at hand for patient {patient}; got {month}.")
    kind, memory = visit.phenotype_seen, _memory(run, month)
    alone = memory["before"][visit.clinician, kind]
    pooled = memory["unshared"][visit.clinician, kind] + memory["commons"][kind]
    return pd.DataFrame({
        "worked, own": alone[:, WORKED], "did not, own": alone[:, DID_NOT],
        "worked, with commons": pooled[:, WORKED], "did not, with commons": pooled[:, DID_NOT],
        "chance alone": chances_to_win(alone), "chance with commons": chances_to_win(pooled),
        "leads to health": run.population.efficacy[visit.center, visit.phenotype],
    }, index=pd.RangeIndex(run.parameters.n_packages, name="package"))


def _visit(run, patient, month):
    encounters = run.encounters
    of_patient = encounters[encounters["patient"] == whole_number("patient", patient, 0, run.parameters.n_patients - 1)]
    visit = of_patient[of_patient["month"] == month]
    if len(visit) == 0:
        months = ", ".join(map(str, of_patient["month"].head(6)))
        raise InputError(f"`month` must be one in which patient {patient} has a visit (the first are {months}); got "
                         f"{month!r}.")
    return next(visit.itertuples(index=False))


def _memory(run, month):
    """The clinicians' piles at the end of the month before (and their sum at the end of this one), and the commons."""
    traced = trace(run, ("unshared", "shared", "commons"))
    t = month + run.parameters.burn_in
    unshared, shared, commons = (np.concatenate([np.zeros_like(piles[:1]), piles]) for piles in traced.values())
    return {"unshared": unshared[t], "commons": commons[t], "before": unshared[t] + shared[t],
            "after": unshared[t + 1] + shared[t + 1]}


def _what_came_of_it(visit, p):
    well = visit.health >= p.remission_threshold
    yield (f"Health is {visit.health:.2f}, {'at least' if well else 'below'} {p.remission_threshold:g}: "
           f"{'in' if well else 'not in'} remission, on package {visit.package_before}.")
    if visit.case:
        result, place = ("worked" if visit.case_worked else "did not work",
                         "goes to the commons" if visit.case_shared else "stays with the clinician")
        yield (f"A case is written down (kind {visit.phenotype_seen}, package {visit.package_before}, {result}); it "
               f"{place}.")
    if not well:
        if not visit.could_act:
            yield "The clinic cannot act on a better idea this time."
        else:
            at_hand = "with the commons at hand" if visit.consulted else "without the commons"
            chosen = (f"changes to package {visit.package_after}" if visit.package_after != visit.package_before else
                      "stays with the package")
            yield f"The clinician reconsiders, {at_hand}, and {chosen}."
        if visit.recalled:
            yield "The registry calls the patient back next month."


def _activation_told(run, visit):
    """How activation moved, part by part; what is left for peers is what no other rule accounts for."""
    p, before = run.parameters, visit.activation
    after = trace(run, ("activation",))["activation"][visit.month + p.burn_in, visit.patient]
    joined = run.joins[visit.center]
    leadership = lever_values(visit.month, p, run.population, run.programs)["leadership"][visit.center] * (
        joined is not None and joined <= visit.month)
    baseline = run.population.baseline[visit.patient]
    leaders = spread_activation(before, baseline, 0.0, 0.0, leadership, 0.0)
    fades = spread_activation(before, baseline, 0.0, 0.0, 0.0, p.fading)
    met = meet(before, visit.clinician_activation, p.encounter_influence)
    peers = after - before - leaders - fades - met
    return (f"By the month's end activation is {after:.3f}, from {before:.3f}: peers {peers:+.3f}, leaders "
            f"{leaders:+.3f}, the clinician {met:+.3f}, fading back {fades:+.3f}.")


def _truth_told(run, visit):
    works = run.population.efficacy[visit.center, visit.phenotype]
    return (f"What nobody there knows: for kind {visit.phenotype} package {works.argmax()} is best and leads to health "
            f"{works.max():.2f} in an adherent patient; package {visit.package_before} to "
            f"{works[visit.package_before]:.2f}.")


def _count(n, noun):
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _in_lines(told):
    """Each part on lines of its own, short enough for a page."""
    return "\n".join(textwrap.fill(part, WIDTH) for part in told)
