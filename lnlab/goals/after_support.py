"""What is left of a network's gain when the core that supported it has gone."""

from dataclasses import dataclass, field

import numpy as np

from lnlab.checks import InputError, items, number, one_of, whole_number
from lnlab.experiment import mean_and_interval, replicate_seeds
from lnlab.goals.lives import OF_CENTERS, YEAR, Lives, core_programs, joining, mean_of, several
from lnlab.goals.told import in_html, in_text, share_and_interval
from lnlab.population import checked_parameters


@dataclass(frozen=True, eq=False, repr=False)
class AfterSupport:
    """What a network keeps when its core leaves. Made by `after_support`.

    Parameters
    ----------
    table : pandas.DataFrame
        A row for each core, number of first centers and measure: core, first, measure, n (networks), during and after
        (the gain over usual care in the last year of support, and in the second and third year after it: means), kept
        (after / during), n_keep, keep (share of networks that keep at least `least` of their gain) with low and high
        (Wilson's 95 % interval).
    networks : pandas.DataFrame
        A row for each of these and network: replicate, seed, during, after, keeps.
    least : float
    months : int
    cautions : tuple of str
    """

    table: object
    networks: object = field(repr=False)
    least: float
    months: int
    cautions: tuple = ()

    def __repr__(self):
        return in_text(self._first(), self._shown(), self.cautions)

    def _repr_html_(self):
        return in_html(self._first(), self._shown(), self.cautions)

    def _first(self):
        return (f"The core leaves after {self.months} months. A network sustains itself (assumed) if in the second and "
                f"third year after that its first centers keep at least {100 * self.least:g} % of the gain over usual "
                "care that they had in the last year of support:")

    def _shown(self):
        import pandas as pd
        rows = self.table
        return pd.DataFrame({
            "core": rows["core"], "first centers": rows["first"], "measure": rows["measure"],
            "gain with support": rows["during"].round(3), "after it": rows["after"].round(3),
            "sustain themselves": [f"{row.n_keep} of {row.n} ({100 * row.low:.0f} to {100 * row.high:.0f} %)"
                                   for row in rows.itertuples()]})


def after_support(cores, parameters=None, first=(2,), *, months=36, left=0.0, least=0.5,
                  measures=("remission_rate", "activation"), n=20, seed=1):
    """What is left of a network's gain when the core that supported it leaves.

    Some first centers join at the start, and nobody after them. For `months` months the levers of a core have the
    values that it gives them in these centers; then all of these levers fall to `left`. The gain is that over the same
    centers with the same luck if there had never been a network.

    Parameters
    ----------
    cores : dict of str to dict
        What each core does: levers and their values, as in {"leaders": {"leadership": 0.05}}; any lever but
        `implementation`, which care as usual has, too.
    parameters : Parameters, optional
        The network; its `months` are set to end three years after the support does.
    first : int or sequence of int
        Numbers of first centers.
    months : int, default 36
        Months of support, at least 12.
    left : float, default 0
        What the levers fall to; 0 is off.
    least : float, default 0.5
        The share of its gain that a network must keep to count as sustaining itself.
    measures : sequence of str
        Of "remission_rate", "activation", "mean_health" and "best_package_share".
    n, seed : int, default 20, 1
        Networks of each kind, the same in all.

    Returns
    -------
    AfterSupport

    Raises
    ------
    InputError

    Examples
    --------
    >>> from lnlab import Parameters
    >>> small = Parameters(n_patients=200, n_centers=4, launch_month=12)
    >>> found = after_support({"leaders": {"leadership": 0.05}}, small, first=2, n=10)
    >>> found.table[["core", "first", "measure", "n_keep"]].to_dict("records")
    [{'core': 'leaders', 'first': 2, 'measure': 'remission_rate', 'n_keep': 9}, \
{'core': 'leaders', 'first': 2, 'measure': 'activation', 'n_keep': 0}]
    """
    import pandas as pd
    parameters = checked_parameters(parameters)
    months = whole_number("months", months, YEAR, unit="months of support")
    parameters = parameters.but(months=parameters.launch_month + months + 3 * YEAR)
    firsts = several("first", first, lambda each: whole_number("first", each, 1, parameters.n_centers, "centers"))
    least = number("least", least, 0, 1)
    measures = [one_of("measures", each, OF_CENTERS)
                for each in ([measures] if isinstance(measures, str) else items("measures", measures, "measures"))]
    if not measures or len(set(measures)) < len(measures):
        raise InputError(f"`measures` must be at least one, and none twice; got {measures!r:.200}.")
    if not isinstance(cores, dict) or not cores or not all(isinstance(core, dict) and core for core in cores.values()):
        raise InputError("`cores` must be a dict of cores by name, each with its levers, as in {'leaders': "
                         f"{{'leadership': 0.05}}}}; got {cores!r:.200}.")
    for name, core in cores.items():
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"`cores` must be named by text; got the name {name!r:.200}.")
        if "implementation" in core:
            raise InputError("`cores` must set levers that only a network has; care as usual has `implementation`, "
                             "too, and would be worse than before without it.")
    left = number("left", left)
    ended = parameters.launch_month + months
    rows, lives = [], Lives(parameters)
    for replicate, one in enumerate(replicate_seeds(n, seed)):
        usual = lives.lived(one, (), [None] * parameters.n_centers)
        for name, core in cores.items():
            for each_first in firsts:
                programs = core_programs(core, each_first, parameters, months, left)
                course = lives.lived(one, programs, joining(each_first, parameters))
                for measure in measures:
                    gains = [mean_of(course, measure, each_first, *when) - mean_of(usual, measure, each_first, *when)
                             for when in ((ended - YEAR, ended), (ended + YEAR, ended + 3 * YEAR))]
                    rows.append({"core": name, "first": each_first, "measure": measure, "replicate": replicate,
                                 "seed": one, "during": gains[0], "after": gains[1],
                                 "keeps": bool(gains[0] > 0 and gains[1] >= least * gains[0])})
    networks = pd.DataFrame(rows)
    keys = ["core", "first", "measure"]
    table = pd.DataFrame([dict(zip(keys, key)) | _kept(group) for key, group in networks.groupby(keys, sort=False)])
    cautions = [] if n >= 20 else [f"{n} network{'s' * (n != 1)} of each kind say little about a chance."]
    none = [key for key, group in networks.groupby(keys, sort=False)
            if not mean_and_interval(group["during"])[1] > 0]
    if none:
        cautions.append("Where there is no clear gain with support, there is none to keep, and the count of those that "
                        "keep it says nothing: " + "; ".join(f"{core}, {each} first, {measure}"
                                                             for core, each, measure in none) + ".")
    return AfterSupport(table, networks, least, months, tuple(cautions))


def _kept(group):
    share, low, high = share_and_interval(int(group["keeps"].sum()), len(group))
    during, after = group["during"].mean(), group["after"].mean()
    return {"n": len(group), "during": during, "after": after, "kept": after / during if during > 0 else np.nan,
            "n_keep": int(group["keeps"].sum()), "keep": share, "low": low, "high": high}
