"""Why a parameter drives the outcome: which links of the chain it moves, and by which ways its effect gets there."""

from dataclasses import dataclass, field

import numpy as np

from lnlab.checks import InputError, items
from lnlab.experiment import Arm, mean_and_interval, replicate_seeds
from lnlab.experiment.arms import checked_arms
from lnlab.experiment.outcomes import MeanOver
from lnlab.experiment.sampling import bounds
from lnlab.mechanisms.links import CHAIN, what_moved
from lnlab.mechanisms.worlds import lived_with
from lnlab.parameters import LEVERS, checked_value, declared, label
from lnlab.population import MADE_FROM
from lnlab.results import by_month
from lnlab.run import HOLDABLE, trace
from lnlab.tables import SHARES

# Assumed, all of them: from where to where each may go in a real network
LEVER_RANGES = {"leadership": (0, 0.06), "shared_information_use": (0, 1), "pre_visit_planning": (0, 0.8),
                "sharing": (0, 1), "clinician_spread": (0, 0.3), "implementation": (0.05, 0.8), "registry": (0, 0.9)}
CONDITION_RANGES = {"patient_influence": (0, 0.2), "clinician_influence": (0, 0.2), "fading": (0.05, 0.3),
                    "encounter_influence": (0, 0.3), "coproduction": (0, 1), "visit_interval": (1, 6),
                    "data_baseline": (0.05, 0.5), "patient_reported_data": (0, 0.6), "shareable": (0.2, 1),
                    "recall": (0, 0.6), "forgetting": (0.02, 0.3), "obsolescence": (0, 0.06)}

# What is kept as it was at the low value, while the parameter is at the high value and all else runs
HELD = {"activation": ("activation",), "what is known": ("commons", "evidence"), "packages": ("package",),
        "activation and packages": ("activation", "package")}
KNOWN, USED, ADHERENCE, DIRECT, TOTAL = PARTS = ("by what is known", "by what is used", "by adherence", "directly",
                                                 "total")
IN_WORDS = {KNOWN: "by what is known of what works", USED: "by how much of it is looked up and acted on",
            ADHERENCE: "by adherence, which follows activation", DIRECT: "directly"}
DECOMPOSITION = (
    "By what is known: what is lost when the commons and the clinicians' own cases are held as they were. By what is "
    "used: what is lost beyond that when the packages are held. By adherence: what is lost beyond that when activation "
    "is held too. Directly: what is left. In this order they add up to the total; in another order, what two ways do "
    "only together would be counted with the other.")


@dataclass(frozen=True, eq=False)
class Reasons:
    """Why parameters drive an outcome. Made by `reasons`.

    Parameters
    ----------
    links : pandas.DataFrame
        What each parameter moves along the chain, from its low to its high value; see `what_moved`.
    parts : pandas.DataFrame
        A row for each parameter and part of its effect: parameter, from_value, to_value, part ("by what is known", "by
        what is used", "by adherence", "directly", "total"), difference, low, high (mean over paired networks and its
        95 % interval), unit.
    left : pandas.DataFrame
        A row for each parameter and what is held as it was at the low value: parameter, held, difference, low, high,
        unit. The row "nothing" is the whole effect; "usual care", the effect where nobody ever joins a network.
    replicates : pandas.DataFrame
        parameter, replicate, part, difference.
    sentences : dict of str to str
        The reason for each parameter in words.
    decomposition : str
        What the parts mean, and in which order they are taken.
    """

    links: object = field(repr=False)
    parts: object
    left: object = field(repr=False)
    replicates: object = field(repr=False)
    sentences: dict
    decomposition: str = DECOMPOSITION

    def __repr__(self):
        return "\n".join([*self.sentences.values(), self.decomposition])

    def _repr_html_(self):
        from html import escape
        told = "".join(f"<li>{escape(each)}</li>" for each in self.sentences.values())
        return f"<ul>{told}</ul><p>{escape(self.decomposition)}</p>"


def assumed_ranges(names=None):
    """From where to where parameters may go, as the designs of a sensitivity analysis take them; and which are whole.

    Parameters
    ----------
    names : sequence of str, optional
        Those that drive the chain, if not given: seven levers and twelve conditions, over ranges that are assumed. For
        others the bounds of the parameter are taken.

    Returns
    -------
    ranges : dict of str to (low, high)
    whole : list of str
        Parameters that take whole numbers only.

    Raises
    ------
    InputError
        For unknown parameters, and those without a highest value.

    Examples
    --------
    >>> assumed_ranges(["sharing", "visit_interval", "turnover"])
    ({'sharing': (0, 1), 'visit_interval': (1, 6), 'turnover': (0.0, 0.1)}, ['visit_interval'])
    """
    assumed = LEVER_RANGES | CONDITION_RANGES
    names = list(assumed) if names is None else items("names", names, "parameter names")
    about = {name: declared(name) for name in names}
    return ({name: assumed[name] if name in assumed else bounds(name) for name in names},
            [name for name in names if about[name]["whole"] or about[name]["switch"]])


def reasons(ranges, parameters=None, n=8, seed=1, measure="remission_rate", **parts_of_arm):
    """Why parameters drive an outcome: one at a time from low to high, all others as in `parameters`.

    Each network is lived with the low value and with the high value, the same people with the same luck; and then
    again with the high value while a part of what happens in between is held, month by month, as it was with the low
    value. What is lost from the effect went by that way.

    Parameters
    ----------
    ranges : dict of str to (low, high)
        Such as from `assumed_ranges`. Parameters that say who lives in the model cannot be told in this way.
    parameters : Parameters, optional
    n, seed : int
        Paired networks, as in `lnlab.replicate`.
    measure : str or MeanOver, default "remission_rate"
        The outcome; its mean over the last year if it is named.
    **parts_of_arm
        programs, growth, efficacy_seed, as in `lnlab.Arm`.

    Returns
    -------
    Reasons

    Raises
    ------
    InputError

    Examples
    --------
    >>> from lnlab import Parameters
    >>> small = Parameters(n_patients=100, n_centers=2, months=24, launch_month=6)
    >>> found = reasons({"shared_information_use": (0, 1)}, small, n=2)
    >>> found.left.set_index("held")["difference"][["packages", "usual care"]].tolist()
    [0.0, 0.0]
    """
    import pandas as pd
    outcome = measure if isinstance(measure, MeanOver) else MeanOver(measure)
    arms = {name: _checked_arms(name, pair, parameters, parts_of_arm) for name, pair in _checked(ranges).items()}
    chain = CHAIN if outcome.measure in CHAIN else (*CHAIN[:-1], outcome.measure)
    rows, pairs = [], {}
    for name, (low, high) in arms.items():
        months = {"low": [], "high": []}
        for place, one in enumerate(replicate_seeds(n, seed)):
            worlds = _lived(low, high, one)
            for which in months:
                months[which].append(_months(worlds[which], chain, place))
            rows += [{"parameter": name, "replicate": place, "world": world, "value": outcome(run)}
                     for world, run in worlds.items()]
        pairs[name] = tuple(pd.concat(tables, ignore_index=True) for tables in months.values())
    share = outcome.measure in SHARES
    wide = pd.DataFrame(rows).pivot(index=["parameter", "replicate"], columns="world", values="value") * (
        100 if share else 1)
    wide = wide.reindex(list(arms), level="parameter")
    parts, left = _parts(wide), _left(wide)
    links, unit = what_moved(pairs, chain), "points" if share else "(in its unit)"
    told = _summary(parts, "part", unit)
    values = {name: tuple(getattr(arm.parameters, name) for arm in both) for name, both in arms.items()}
    told.insert(1, "from_value", [values[name][0] for name in told["parameter"]])
    told.insert(2, "to_value", [values[name][1] for name in told["parameter"]])
    sentences = {name: _sentence(name, values[name], told[told["parameter"] == name], links[links["change"] == name],
                                 outcome, unit) for name in arms}
    return Reasons(links, told, _summary(left, "held", unit), parts, sentences)


def _checked(ranges):
    if not isinstance(ranges, dict) or not ranges:
        raise InputError("`ranges` must be a dict that says from where to where each parameter goes, as in "
                         f"{{'sharing': (0, 1)}}; got {ranges!r:.200}.")
    checked = {}
    for name, pair in ranges.items():
        declared(name)
        if name in MADE_FROM or name in ("burn_in", "months"):
            raise InputError(f"`{name}` says who lives in the model, and for how long; with another value there are "
                             "other people, and nothing can be held as it was. Choose another parameter.")
        pair = [checked_value(name, each) for each in items(name, pair, "two values, low and high")]
        if len(pair) != 2 or pair[0] == pair[1]:
            raise InputError(f"`{name}` must be two different values, low and high; got {pair!r:.80}.")
        checked[name] = pair
    return checked


def _checked_arms(name, pair, parameters, parts_of_arm):
    return [checked_arms({name: {**parts_of_arm, name: value}}, parameters)[name] for value in pair]


def _lived(low, high, seed):
    """The runs of one network: with the low and the high value, with a part held as with the low one, and as usual."""
    first, then = low.simulate(seed), high.simulate(seed)
    worlds = {"low": first, "high": then}
    fields = {name: [each for state in states for each in HOLDABLE[state]] for name, states in HELD.items()}
    before = trace(first, sorted({each for some in fields.values() for each in some}))
    for name, some in fields.items():
        worlds[name] = lived_with(then, {each: before[each] for each in some})
    for name, arm in (("usual, low", low), ("usual, high", high)):
        worlds[name] = Arm(arm.parameters, arm.programs, "never", arm.efficacy_seed).simulate(seed)
    return worlds


def _months(run, measures, replicate):
    import pandas as pd
    return pd.DataFrame({"replicate": replicate, "month": np.arange(run.parameters.months),
                         **{measure: by_month(run, measure) for measure in measures}})


def _parts(wide):
    """The parts of each effect, a row for each parameter, replicate and part; they add up to the total."""
    parts = {KNOWN: wide["high"] - wide["what is known"], USED: wide["what is known"] - wide["packages"],
             ADHERENCE: wide["packages"] - wide["activation and packages"],
             DIRECT: wide["activation and packages"] - wide["low"], TOTAL: wide["high"] - wide["low"]}
    return _long(parts, "part")


def _left(wide):
    effects = {"nothing": wide["high"] - wide["low"], **{name: wide[name] - wide["low"] for name in HELD},
               "usual care": wide["usual, high"] - wide["usual, low"]}
    return _long(effects, "held")


def _long(columns, name):
    import pandas as pd
    table = pd.concat(columns, names=[name]).rename("difference").reset_index()
    table["parameter"] = pd.Categorical(table["parameter"], table["parameter"].unique())
    table[name] = pd.Categorical(table[name], list(columns))
    table = table.sort_values(["parameter", "replicate", name])[["parameter", "replicate", name, "difference"]]
    return table.astype({"parameter": str, name: str}).reset_index(drop=True)


def _summary(long, name, unit):
    import pandas as pd
    rows = [{"parameter": parameter, name: part, **dict(zip(("difference", "low", "high"), mean_and_interval(values)))}
            for (parameter, part), values in long.groupby(["parameter", name], sort=False)["difference"]]
    return pd.DataFrame(rows).assign(unit=unit)


def _sentence(name, values, parts, links, outcome, unit):
    parts = parts.set_index("part")
    total, digits = parts.loc[TOTAL], 1 if unit == "points" else 3
    ways = parts.drop(TOTAL).sort_values("difference", key=np.abs, ascending=False)
    clear = [f"{row.difference:+.{digits}f} {IN_WORDS[way]}" for way, row in ways.iterrows()
             if not row.low <= 0 <= row.high]
    moved = [f"{row.measure.replace('_', ' ')} {row.in_words}" for row in links.itertuples()
             if row.measure != outcome.measure and _is_clear(row)]
    return (f"{label(name)} ({'lever' if name in LEVERS else 'condition'}) from {values[0]:g} to {values[1]:g}: "
            f"{outcome.name.replace('_', ' ')} {total.difference:+.{digits}f} {unit} ({total.low:+.{digits}f} to "
            f"{total.high:+.{digits}f}); {', '.join(clear) or 'by no way clearly'}. Links that move: "
            f"{', '.join(moved) or 'none clearly'}.")


def _is_clear(row):
    """Did this link move, clearly and by more than rounding?"""
    if row.state != "moved":
        return row.state != "the same"
    return not row.low <= 0 <= row.high and abs(row.difference) >= (0.05 if row.unit == "points" else 0.5)
