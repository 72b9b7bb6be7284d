"""When does sharing harm? Wrong or out-of-context knowledge spreads as well as right knowledge does."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lnlab.checks import InputError, whole_number
from lnlab.experiment import MeanOver, mean_and_interval, replicate_seeds
from lnlab.experiment.arms import checked_arms
from lnlab.experiment.past import own_copy
from lnlab.experiment.plan import Plan
from lnlab.experiment.runs import run_all
from lnlab.mechanisms.held import network_pairs

PARTS = {"remission": "points of remission in the last year", "months": "months in remission, for each patient",
         "better": "% of patients with more months in remission", "worse": "% of patients with fewer",
         "best": "points of patients on their best package in the last year"}


@dataclass(frozen=True, eq=False)
class Harm:
    """Whom a change helps and whom it harms. Made by `helped_and_harmed`.

    Parameters
    ----------
    effects : pandas.DataFrame
        A row for each setting and part: setting, part ("remission", "months", "better", "worse", "best": see `PARTS`),
        estimate, low, high (mean over networks and its 95 % interval), n (networks).
    replicates : pandas.DataFrame
        A row for each setting and network: setting, replicate, and the parts.
    """

    effects: object
    replicates: object = field(repr=False)

    def in_words(self):
        """For each setting the difference in remission, and who is better and worse off: a table of text."""
        import pandas as pd
        rows = {}
        for setting, some in self.effects.groupby("setting", sort=False):
            parts = some.set_index("part")
            mean, low, high = (round(each, 1) + 0.0 for each in parts.loc["remission", ["estimate", "low", "high"]])
            rows[setting] = {
                "remission": f"{mean:+.1f} points ({low:.1f} to {high:.1f})",
                **{f"{name} off": "{:.0f} %".format(parts.loc[name, "estimate"]) for name in ("better", "worse")}}
        return pd.DataFrame(rows).T


def helped_and_harmed(settings, without, with_, n=10, seed=1, *, parameters=None, executor=None, progress=None):
    """Each patient with a change and without it, with the same luck: the mean effect, and how many are worse off.

    Only a simulator can say of a single patient what would have been. Those there at the end are compared, by their
    months in remission since they came. That somebody is worse off is no fault: a choice that is right on average may
    be wrong for one. So read the share who are worse off beside that of a change that helps.

    Parameters
    ----------
    settings : dict of str to dict
        Changes of the parameters, by name, in both arms: worlds in which the change is tried. An arm that names the
        same parameter wins.
    without, with_ : Arm, Program or dict of changes
        The two arms.
    n, seed : int
        Networks, at least 2, as in `lnlab.replicate`.
    parameters : Parameters, optional
        What neither settings nor arms change.
    executor, progress
        As in `lnlab.replicate`.

    Returns
    -------
    Harm

    Raises
    ------
    InputError

    Examples
    --------
    >>> from lnlab import Parameters
    >>> small = Parameters(n_patients=200, n_centers=4, launch_month=6, months=54)
    >>> found = helped_and_harmed({"noise": dict(case_error=0.5)}, {"sharing": 0}, {}, n=4, parameters=small)
    >>> found.effects["part"].tolist()
    ['remission', 'months', 'better', 'worse', 'best']
    """
    import pandas as pd
    if not isinstance(settings, Mapping) or not settings or not all(isinstance(each, Mapping)
                                                                    for each in settings.values()):
        raise InputError("`settings` must be a dict of changes by name, as in {'records are noise': "
                         f"dict(case_error=0.5)}}; got {settings!r:.200}.")
    for name in settings:
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"`settings` must be named by text; got the name {name!r:.200}.")
    n, rows = whole_number("n", n, 2, unit="networks"), []
    base = checked_arms({"settings": {}}, parameters)["settings"].parameters
    worlds = {name: checked_arms({"without": without, "with_": with_}, base.but(**changes))
              for name, changes in settings.items()}
    for name, arms in worlds.items():
        for changed, value in settings[name].items():
            if all(getattr(arm.parameters, changed) != value for arm in arms.values()):
                raise InputError(f"`settings[{name!r}]` must hold in an arm at least; `without` and `with_` both set "
                                 f"`{changed}` to something else.")
        network_pairs(arms["without"], arms["with_"], n, seed)
    seeds = replicate_seeds(n, seed)
    for name, arms in worlds.items():
        plan = Plan([arms["with_"]], [seeds], names=(name,))
        results = run_all(plan, _Paired(arms["without"]), executor, None, progress, None)
        if len(results.failures) or results.n_missing:
            raise InputError(f"Setting {name!r}: not all runs could be done"
                             + "".join(f": {each}" for each in results.failures["error"][:1]))
        rows.append(results.table.rename(columns={"arm": "setting"})[["setting", "replicate", *PARTS]])
    replicates = pd.concat(rows, ignore_index=True)
    effects = [{"setting": setting, "part": part,
                **dict(zip(("estimate", "low", "high"), map(float, mean_and_interval(some[part])))), "n": len(some)}
               for setting, some in replicates.groupby("setting", sort=False) for part in PARTS]
    return Harm(pd.DataFrame(effects), replicates)


@dataclass(frozen=True)
class _Paired:
    """Of a run with the change: how it and its patients differ from the run without it."""

    without: object

    def __call__(self, with_):
        people = own_copy(with_.population, self.without.parameters)
        without = self.without.simulate(with_.seed, population=people)
        if not np.array_equal(with_.final["arrived"], without.final["arrived"]):
            raise InputError("`without` and `with_` must be the same patients: `turnover` must be the same in both.")
        months = with_.final["months_well"].astype(float) - without.final["months_well"]
        gains = {name: 100 * (MeanOver(measure)(with_) - MeanOver(measure)(without))
                 for name, measure in (("remission", "remission_rate"), ("best", "best_package_share"))}
        return {**gains, "months": months.mean(), "better": 100 * (months > 0).mean(),
                "worse": 100 * (months < 0).mean()}
