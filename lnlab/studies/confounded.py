"""Three studies that are confounded on purpose: by activation, by center, by a drug trend."""

import numpy as np

from lnlab.checks import InputError, whole_number
from lnlab.experiment import replicate_seeds
from lnlab.programs import Program, own_values
from lnlab.run import Course, simulate
from lnlab.studies.study import Study, setting_of, truth_of

SCORE_ERROR = 0.10          # sd of what a questionnaire adds to activation (assumed)


def by_activation(n=24, seed=1, parameters=None, n_struck=12):
    """Are patients who shared their cases healthier for it? Confounded by activation.

    Active patients share more, and they adhere better. A case that a patient shares helps others who come later; the
    patient's own clinicians know it anyway. So the effect of sharing on the sharer is nearly nothing.

    The setting differs from the default to make the confounding plain: passive patients adhere badly
    (`adherence_floor` 0.4), and mostly patients bring the data (`patient_reported_data` 1, `registry` 0).

    Parameters
    ----------
    n, seed : int
        Number of networks, as in `lnlab.experiment.replicate`.
    parameters : Parameters, optional
        Another setting; at least three years after the launch are needed.
    n_struck : int, default 12
        For how many sharers of each network the truth is had: their cases are struck from the commons, no others.

    Returns
    -------
    Study
        A row for each patient who was there for three years: network, center, patient, shared (1: at least three
        cases in these years), in_remission (at the end), activation (true), score (activation as a questionnaire has
        it), visits.

    Raises
    ------
    InputError

    Examples
    --------
    >>> study = by_activation(n=2, n_struck=2)
    >>> study.table.columns.tolist()
    ['network', 'center', 'patient', 'shared', 'in_remission', 'activation', 'score', 'visits']
    >>> study.truth[["estimate", "n"]].values.tolist()
    [[0.0, 2.0]]
    """
    import pandas as pd
    setting = dict(n_patients=1000, n_centers=10, launch_month=12, months=60, adherence_floor=0.4,
                   patient_reported_data=1, registry=0)
    p, n = setting_of(parameters, setting, n, after=36)
    n_struck = whole_number("n_struck", n_struck, 1, unit="patients")
    first, tables, effects, n_people = p.months - 36, [], [], 0
    for network, one in enumerate(replicate_seeds(n, seed)):
        past = Course(p, seed=one)
        past.live_until(first)
        run, luck = _went_on(past, encounters=True), np.random.default_rng(one)
        log, there = run.log, run.final["arrived"] < first
        cases = np.bincount(log["patient"][log["case_shared"]], minlength=p.n_patients)
        score = np.clip(run.activation + SCORE_ERROR * luck.standard_normal(p.n_patients), 0, 1)
        well = run.health >= p.remission_threshold
        tables.append(pd.DataFrame({
            "network": network, "center": network * p.n_centers + run.population.center,
            "patient": np.arange(p.n_patients), "shared": (cases >= 3).astype(int), "in_remission": well.astype(int),
            "activation": run.activation, "score": score,
            "visits": np.bincount(log["patient"], minlength=p.n_patients)})[there])
        sharers = np.flatnonzero(there & (cases >= 3))
        if not len(sharers):
            raise InputError("`parameters` must leave somebody who shares a case a year; in one network nobody does.")
        lost = []
        for patient in luck.permutation(sharers)[:n_struck]:
            own = log[(log["patient"] == patient) & log["case_shared"]]["month"]
            without = _went_on(past, struck=[(int(month), int(patient)) for month in own])
            lost.append(float(well[patient]) - float(without.health[patient] >= p.remission_threshold))
        effects.append(np.mean(lost))
        n_people += len(lost)
    effect = ("on those who share", effects, f"{n_struck} sharers of each network (all, where there were fewer), one "
              "at a time: all that the patient shared in three years is struck from the commons, and the same years are "
              "lived again")
    return Study(
        "by activation", "Does sharing a case a year bring the sharers themselves into remission?",
        pd.concat(tables, ignore_index=True), "shared", "in_remission", "network",
        {"crude": "in_remission ~ shared", "adjusted": "in_remission ~ shared + cr(score, df=4)",
         "adjusted for true activation": "in_remission ~ shared + cr(activation, df=4)"},
        truth_of(effect, n_units=n_people))


def by_center(n=12, seed=1, parameters=None, value=0.6):
    """Does pre-visit planning help the centers that took it up? Confounded by center.

    The half of the centers that are best at changing care (their own `implementation`) take the program up, two years
    after the network has started. They had been doing better, and had gone on getting better, before.

    The setting differs from the default to make the confounding plain: centers differ much (`center_variation` 1).

    Parameters
    ----------
    n, seed : int
        Number of networks.
    parameters : Parameters, optional
        Another setting; at least three years after the launch are needed.
    value : float, default 0.6
        Share of visits prepared under the program.

    Returns
    -------
    Study
        A row for each center: network, center, program (0 or 1), after and before (share of patients in remission,
        over the last twelve months and over the twelve before the program), implementation (which nobody would have
        measured).

    Raises
    ------
    InputError

    Examples
    --------
    >>> by_center(n=2).table.groupby("program").size().to_dict()
    {0: 20, 1: 20}
    """
    import pandas as pd
    setting = dict(n_patients=2000, n_centers=20, launch_month=12, months=72, center_variation=1)
    p, n = setting_of(parameters, setting, n, after=36)
    if p.n_centers < 2:
        raise InputError(f"`parameters` must have at least 2 centers, to compare them; got {p.n_centers}.")
    start, tables, here, elsewhere = p.launch_month + 24, [], [], []
    for network, one in enumerate(replicate_seeds(n, seed)):
        usual = simulate(p, seed=one)
        able = own_values("implementation", p, usual.population)
        chosen = np.sort(np.argsort(-able, kind="stable")[:p.n_centers // 2])
        run = simulate(p, Program("pre-visit planning", "pre_visit_planning", value, centers=chosen.tolist(),
                                  start=start), one)
        program = np.isin(np.arange(p.n_centers), chosen)
        after, instead = (_by_center(each, p.months - 12, p.months) for each in (run, usual))
        tables.append(pd.DataFrame({
            "network": network, "center": network * p.n_centers + np.arange(p.n_centers),
            "program": program.astype(int), "after": after, "before": _by_center(run, start - 12, start),
            "implementation": able}))
        here.append((after - instead)[program].mean())
        elsewhere.append((after - instead)[~program].mean())
    again = "the same networks without the program, "
    return Study(
        "by center", "What does pre-visit planning add to remission in the centers that took it up?",
        pd.concat(tables, ignore_index=True), "program", "after", "network",
        {"crude": "after ~ program", "adjusted": "after ~ program + before",
         "adjusted for true implementation": "after ~ program + implementation"},
        truth_of(("in the centers that took it up", here, f"{again}those centers compared with themselves"),
               ("in the other centers", elsewhere, f"{again}the other centers compared with themselves")))


def by_drug_trend(n=8, seed=1, parameters=None, n_never=5, interval=5):
    """Does joining the network help? Confounded by medicines that get better over the years.

    Centers join one after another while every package gets better (`efficacy_trend` 0.02 of health a year, against 0 by
    default). Months as a member are later months, in which everybody would have done better. And the effect of joining
    grows with the months since, which is why a regression with a constant for each center goes wrong in the other
    direction: it takes the growth for a trend.

    Parameters
    ----------
    n, seed : int
        Number of networks.
    parameters : Parameters, optional
        Another setting.
    n_never : int, default 5
        Centers that never join.
    interval : int, default 5
        Months between one center's joining and the next.

    Returns
    -------
    Study
        A row for each center and half-year (its last month): network, center, month, year, member (0 or 1),
        remission_rate.

    Raises
    ------
    InputError

    Examples
    --------
    >>> study = by_drug_trend(n=2)
    >>> study.table.groupby("member").size().to_dict()
    {0: 422, 1: 378}
    """
    import pandas as pd
    setting = dict(n_patients=1000, n_centers=20, launch_month=12, months=120, efficacy_trend=0.02)
    p, n = setting_of(parameters, setting, n, after=12)
    n_never = whole_number("n_never", n_never, 0, p.n_centers - 1, "centers")
    interval = whole_number("interval", interval, 1, unit="months")
    joins = [p.launch_month + interval * place for place in range(p.n_centers - n_never)] + [None] * n_never
    last = p.launch_month + interval * (p.n_centers - n_never - 1)
    if last > p.months - 6:
        raise InputError(f"`interval` must let the last center join half a year before the end (month {p.months - 6}); "
                         f"with {interval} it joins in month {last}. Take a smaller one, or more that never join.")
    tables, effects = [], []
    for network, one in enumerate(replicate_seeds(n, seed)):
        run, never = (simulate(p, seed=one, growth=growth).centers for growth in (joins, "never"))
        table = run[["month", "center", "member", "remission_rate"]].assign(gained=run["remission_rate"]
                                                                           - never["remission_rate"])
        table = table[table["month"] % 6 == 5]
        effects.append(table.loc[table["member"].astype(bool), "gained"].mean())
        tables.append(pd.DataFrame({
            "network": network, "center": network * p.n_centers + table["center"], "month": table["month"],
            "year": (table["month"] + 1) / 12, "member": table["member"].astype(int),
            "remission_rate": table["remission_rate"]}))
    return Study(
        "by drug trend", "What does membership add to remission, over the months as a member?",
        pd.concat(tables, ignore_index=True), "member", "remission_rate", "network",
        {"crude": "remission_rate ~ member", "adjusted": "remission_rate ~ member + cr(year, df=4)",
         "adjusted, a constant for each center": "remission_rate ~ member + cr(year, df=4) + C(center)"},
        truth_of(("on members, in their months as members", effects, "the same networks with the same better "
                  "medicines, which nobody ever joins")))


def _went_on(past, **options):
    """The run that goes on from a course that has lived some months; its tables lack those months."""
    course = Course(past.parameters, past.programs, past.seed, growth=past.joins, population=past.population,
                    past=past.network, **options)
    course.month = past.month
    course.live_until(past.parameters.months)
    return course.run()


def _by_center(run, first, until):
    """Share of each center's patients in remission, mean over the months `first` to `until` - 1, (n_centers,)."""
    shares = run.centers["remission_rate"].to_numpy().reshape(run.parameters.months, -1)
    return shares[first:until].mean(axis=0)
