"""Why a parameter drives the outcome: which links of the chain it moves, and by which ways its effect gets there."""

from dataclasses import dataclass, field

import numpy as np

from lnlab.checks import InputError, items, refuse, whole_number
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
        95 % interval), unit ("points" of a share in percent, else "in its unit").
    left : pandas.DataFrame
        A row for each parameter and what is held as it was at the low value: parameter, held, difference, low, high,
        unit. The row "nothing" is the whole effect; "usual care", the effect where nobody ever joins a network (missing
        for an outcome that only a network has).
    replicates : pandas.DataFrame
        parameter, replicate, part, difference.
    sentences : dict of str to str
        The reason for each parameter in words.
    outcome : str
        What the parts are of.
    decomposition : str
        What the parts mean, and in which order they are taken.
    """

    links: object = field(repr=False)
    parts: object
    left: object = field(repr=False)
    replicates: object = field(repr=False)
    sentences: dict
    outcome: str
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
        Each once. Those that drive the chain, if not given: seven levers and twelve conditions, over ranges that are
        assumed. For others the bounds of the parameter are taken.

    Returns
    -------
    ranges : dict of str to (low, high)
    whole : list of str
        Parameters that take whole numbers only.

    Raises
    ------
    InputError
        For none, for unknown parameters, those named twice, and those without a highest value.

    Examples
    --------
    >>> assumed_ranges(["sharing", "visit_interval", "turnover"])
    ({'sharing': (0, 1), 'visit_interval': (1, 6), 'turnover': (0.0, 0.1)}, ['visit_interval'])
    """
    assumed = LEVER_RANGES | CONDITION_RANGES
    names = list(assumed) if names is None else items("names", names, "parameter names")
    if not names:
        raise InputError("`names` must be at least one parameter; got none.")
    refuse("names", [f"{name!r} must be named once; it comes {names.count(name)} times" if isinstance(name, str) else
                     f"a parameter must be named by text; got {name!r:.80}" for place, name in enumerate(names)
                     if not isinstance(name, str) or names.index(name) == place and names.count(name) > 1])
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
        Paired networks, as in `lnlab.replicate`; at least two, for what is told comes with its interval.
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
        For ranges that are none, parameters that are also given as a part of the arm, fewer than two networks, and an
        outcome that is missing in some network.

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
    n = whole_number("n", n, 2, unit="paired networks; a single one has no interval")
    ranges = _checked(ranges)
    refuse("ranges", [f"`{name}` goes from low to high, and is also given as {parts_of_arm[name]!r:.80}; leave one out"
                      for name in ranges if name in parts_of_arm])
    arms = {name: [checked_arms({name: {**parts_of_arm, name: value}}, parameters)[name] for value in pair]
            for name, pair in ranges.items()}
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
    _refuse_missing(rows, outcome)
    unit, scale = ("points", 100) if outcome.measure in SHARES else ("in its unit", 1)
    wide = scale * pd.DataFrame(rows).pivot(index=["parameter", "replicate"], columns="world", values="value")
    wide = wide.reindex(list(arms), level="parameter")
    parts, left, links = _parts(wide), _left(wide), what_moved(pairs, chain)
    told = _summary(parts, "part", unit)
    for place, column in ((0, "from_value"), (1, "to_value")):
        told.insert(1 + place, column, [ranges[name][place] for name in told["parameter"]])
    sentences = {name: _sentence(name, ranges[name], told[told["parameter"] == name], links[links["change"] == name],
                                 outcome, unit) for name in arms}
    return Reasons(links, told, _summary(left, "held", unit), parts, sentences, outcome.name)


def _checked(ranges):
    if not isinstance(ranges, dict) or not ranges:
        raise InputError("`ranges` must be a dict that says from where to where each parameter goes, as in "
                         f"{{'sharing': (0, 1)}}; got {ranges!r:.200}.")
    checked, problems = {}, []
    for name, given in ranges.items():
        declared(name)
        try:
            if name in MADE_FROM or name in ("burn_in", "months", "turnover"):
                raise InputError(f"`{name}` says who lives in the model, and for how long; with another value there "
                                 "are other people, and nothing can be held as it was. Choose another parameter")
            pair = [checked_value(name, each) for each in items(name, given, "two values, low and high")]
            if len(pair) != 2 or not pair[0] < pair[1]:
                raise InputError(f"`{name}` must be low and high, two values in this order; got {given!r:.80}")
            checked[name] = pair
        except InputError as error:
            problems.append(str(error))
    refuse("ranges", problems)
    return checked


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


def _refuse_missing(rows, outcome):
    """An outcome that only a network has may be missing where nobody ever joins; elsewhere nothing can be told."""
    lacking = {(row["parameter"], row["replicate"]): None for row in rows
               if np.isnan(row["value"]) and not row["world"].startswith("usual")}
    refuse("measure", [f"{outcome.measure} is missing in network {1 + replicate} with {name} at its low value, at its "
                       "high value, or in between; choose another measure, months or values"
                       for name, replicate in lacking])


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
    change = f"{label(name)} ({'lever' if name in LEVERS else 'condition'}) from {values[0]:g} to {values[1]:g}"
    if (links["state"] == "the same").all():
        return f"{change}: moves nothing. Every link is the same in every month of every network, to the last bit."
    parts = parts.set_index("part")
    ways = parts.drop(TOTAL).sort_values("difference", key=np.abs, ascending=False, kind="stable")
    clear = [f"{_signed(row.difference, unit)} {IN_WORDS[way]}" for way, row in ways.iterrows()
             if not row.low <= 0 <= row.high]
    moved = [f"{row.measure.replace('_', ' ')} {row.in_words}" for row in links.itertuples()
             if row.measure != outcome.measure and _is_clear(row)]
    total, low, high = (_signed(parts.loc[TOTAL, each], unit) for each in ("difference", "low", "high"))
    return (f"{change}: {_in_words(outcome)} {total}{' points' if unit == 'points' else ''} ({low} to {high}); "
            f"{', '.join(clear) or 'by no way clearly'}. Links that move: {', '.join(moved) or 'none clearly'}.")


def _signed(value, unit):
    digits = 1 if unit == "points" else 3
    return f"{round(value, digits) + 0.0:+.{digits}f}"      # + 0.0: no minus sign before a zero


def _in_words(outcome):
    said = outcome.measure.replace("_", " ")
    return said if outcome.name == outcome.measure else f"{said} (months {outcome.first} to {outcome.last})"


def _is_clear(row):
    """Did this link move, clearly and by more than rounding?"""
    if row.state != "moved":
        return row.state != "the same"
    return not row.low <= 0 <= row.high and abs(row.difference) >= (0.05 if row.unit == "points" else 0.5)
