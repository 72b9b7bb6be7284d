"""Two rival accounts of how activation spreads, and the patterns that tell them apart.

Simple contagion: every active peer counts. Complex contagion: peers count only once they are active enough on average
(`contagion_threshold`), as for what one does only if those around one do it. Both rise when leaders push; what happens
when the push ends, and how the rise depends on its strength, differs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lnlab.checks import InputError, items, number, whole_number
from lnlab.experiment import mean_and_interval, replicate_seeds
from lnlab.experiment.arms import Arm, checked_arms
from lnlab.experiment.plan import Plan
from lnlab.experiment.runs import run_all
from lnlab.population import checked_parameters
from lnlab.programs import Program

# About as active before the push, with very different rules: assumed, to be told apart
RIVALS = {"simple": {"patient_influence": 0.03, "contagion_threshold": 0.0},
          "complex": {"patient_influence": 0.3, "contagion_threshold": 0.55}}
LEFT = 0.5              # of a rise, by which it counts as kept


@dataclass(frozen=True, eq=False)
class Rivals:
    """What each rival says of a push that is made and then ended. Made by `push_and_let_go`.

    Parameters
    ----------
    months : pandas.DataFrame
        rival, push, replicate, month, activation (mean over patients), between_centers (the standard deviation of the
        centers' means).
    levels : pandas.DataFrame
        A row for each rival, push and replicate: before, during, after (activation in the last year before the push,
        the last of it, and the last of the run), kept (the share of the rise that is left; missing without a push).
    kept : pandas.DataFrame
        A row for each rival and push: rise (during less before) and left (after less before), each with low and high
        (95 % intervals over networks), n_networks, and n_kept (networks in which at least half of the rise is left;
        0 without a push, which makes no rise).
    start, end : int
        The months in which the push begins and ends.
    """

    months: object = field(repr=False)
    levels: object = field(repr=False)
    kept: object
    start: int
    end: int


def push_and_let_go(rivals=None, pushes=(0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06), push_months=36, n=6, seed=1, *,
                    parameters=None, executor=None, progress=None):
    """Let leaders push for some years and then stop, under each of two rival rules of how activation spreads.

    Parameters
    ----------
    rivals : dict of str to dict, optional
        What each rival changes in the parameters, other than leadership and time; `RIVALS` if not given.
    pushes : sequence of float
        Strengths of the push: `leadership` in all centers (per month). Before and after it, leadership is 0.
    push_months : int, default 36
        From the month in which the network is launched. At least a year must be left after it.
    n, seed : int
        Networks, at least 2, the same people and luck for all rivals and pushes.
    parameters : Parameters, optional
        What rivals do not change.
    executor, progress
        As in `lnlab.replicate`.

    Returns
    -------
    Rivals

    Raises
    ------
    InputError

    Examples
    --------
    >>> from lnlab import Parameters
    >>> small = Parameters(n_patients=200, n_centers=4, launch_month=12, months=84)
    >>> found = push_and_let_go(pushes=[0.1], n=2, parameters=small).kept
    >>> found[["rival", "n_kept"]].to_dict("list")
    {'rival': ['simple', 'complex'], 'n_kept': [0, 2]}
    """
    import pandas as pd
    base = checked_parameters(parameters)
    start = base.launch_month
    if base.months - start < 24 or start < 12:
        raise InputError("`parameters` must leave a year before the launch, and two years after it; got launch_month="
                         f"{start} and months={base.months}.")
    push_months = whole_number("push_months", push_months, 12, base.months - start - 12, "months")
    pushes = [number("pushes", each, 0, 0.1, "leadership, per month") for each in items("pushes", pushes, "numbers")]
    if not pushes or len(set(pushes)) < len(pushes):
        raise InputError(f"`pushes` must be different strengths, and at least one; got {pushes}.")
    rivals = RIVALS if rivals is None else rivals
    if not isinstance(rivals, Mapping) or len(rivals) < 1:
        raise InputError("`rivals` must be a dict of changes by name, as in {'complex': dict(contagion_threshold=0.5)}"
                         f"; got {rivals!r:.200}.")
    end, arms = start + push_months, []
    for name, arm in checked_arms(dict(rivals), base.but(leadership=0)).items():
        _refuse_more_than_a_rule(name, arm, base)
        arms += [Arm(arm.parameters, [Program("push", "leadership", push, start=start),
                                      Program("let go", "leadership", 0.0, start=end)]) for push in pushes]
    keys = [(name, push) for name in rivals for push in pushes]
    plan = Plan(arms, [replicate_seeds(whole_number("n", n, 2, unit="networks"), seed)],
                names=tuple(map(str, range(len(arms)))))
    results = run_all(plan, _followed, executor, None, progress, None)
    if len(results.failures) or results.n_missing:
        raise InputError("Not all runs could be done" + "".join(f": {each}" for each in results.failures["error"][:1]))
    table = results.table
    which = table["arm"].astype(int).to_numpy()
    months = pd.DataFrame({"rival": [keys[each][0] for each in which], "push": [keys[each][1] for each in which],
                           **{name: table[name] for name in ("replicate", "month", "activation", "between_centers")}})
    levels = _levels(months, start, end)
    return Rivals(months, levels, _kept(levels), start, end)


def _refuse_more_than_a_rule(name, arm, base):
    """A rival changes how people act: who pushes, when, and for how long is the same for all."""
    p = arm.parameters
    for what, there, must in (("leadership", p.leadership, 0.0), ("launch_month", p.launch_month, base.launch_month),
                              ("months", p.months, base.months), ("programs", arm.programs, ()),
                              ("growth", arm.joins, (p.launch_month,) * p.n_centers)):
        if there != must:
            raise InputError(f"`rivals` must not change `{what}`, which is given by the push and is the same for all; "
                             f"{name!r} does.")


def _followed(run):
    """Of each month: mean activation, and how far centers differ."""
    import pandas as pd
    by_center = run.centers.pivot(index="month", columns="center", values="activation")
    return pd.DataFrame({"month": run.months["month"], "activation": run.months["activation"],
                         "between_centers": by_center.std(axis=1, ddof=0).to_numpy()})


def _levels(months, start, end):
    last = months["month"].max() + 1
    keys = ["rival", "push", "replicate"]
    means = {name: months[months["month"].between(until - 12, until - 1)].groupby(keys, sort=False)["activation"].mean()
             for name, until in (("before", start), ("during", end), ("after", last))}
    import pandas as pd
    levels = pd.DataFrame(means).reset_index()
    rise = levels["during"] - levels["before"]
    return levels.assign(kept=((levels["after"] - levels["before"]) / rise).where((levels["push"] > 0) & (rise > 0)))


def _kept(levels):
    import pandas as pd
    rows = []
    for (rival, push), some in levels.groupby(["rival", "push"], sort=False):
        row = {"rival": rival, "push": push}
        for name, then in (("rise", "during"), ("left", "after")):
            row |= dict(zip((name, f"{name}_low", f"{name}_high"),
                            map(float, mean_and_interval(some[then] - some["before"]))))
        rows.append({**row, "n_networks": len(some), "n_kept": int((some["kept"] >= LEFT).sum())})
    return pd.DataFrame(rows)
