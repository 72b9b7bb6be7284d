"""The truth about paths, which only a simulator has: what a change does directly, and through which state.

Each network lives again in worlds that nobody could observe: with the change, but with some state as it would have been
without it. Same people, same luck; so the parts of an effect are known, network by network, without any assumption.
"""

from dataclasses import dataclass, field

import numpy as np

from lnlab.checks import InputError, did_you_mean, items
from lnlab.experiment import mean_and_interval
from lnlab.experiment.arms import checked_arms
from lnlab.experiment.past import own_copy
from lnlab.mechanisms.held import checked_mediators, checked_measure, is_share, network_pairs, run_in_each
from lnlab.parameters import LEVERS, declared
from lnlab.population import checked_parameters
from lnlab.run import HOLDABLE, repeat, trace


@dataclass(frozen=True, eq=False)
class PathEffects:
    """What a change does, and through what, as it is known in a simulator. Made by `path_effects`.

    Parameters
    ----------
    effects : pandas.DataFrame
        A row for each effect, the total last: effect, estimate, low, high (the mean over networks and its 95 %
        interval), n (networks), in_words.
    replicates : pandas.DataFrame
        A row for each network and effect: replicate, seed, effect, value.
    worlds : pandas.DataFrame
        What was run: world (in symbols), in_words, mean (of the outcome).
    outcome : str
    mediators : dict of str to tuple of str
        The states that each mediator stands for.
    cautions : tuple of str
    """

    effects: object
    replicates: object = field(repr=False)
    worlds: object = field(repr=False)
    outcome: str
    mediators: dict
    cautions: tuple = ()

    def __repr__(self):
        n = self.effects["n"].iloc[0]
        lines = [f"What the change does to {self.outcome}, in {n} networks (mean, 95 % interval)"]
        width = max(map(len, self.effects["effect"]))
        lines += [f"  {row.effect:{width}}  {row.in_words}" for row in self.effects.itertuples()]
        return "\n".join([*lines, *(f"Caution: {each}" for each in self.cautions)])

    def _repr_html_(self):
        from html import escape
        cautions = "".join(f"<p><b>Caution:</b> {escape(each)}</p>" for each in self.cautions)
        return f"{self.effects[['effect', 'in_words']].to_html(index=False)}{cautions}"


def path_effects(without, with_, mediators=None, n=20, seed=1, *, parameters=None, varying=None,
                 outcome="remission_rate", executor=None, progress=None):
    """The total effect of a change and its parts: direct, and through each mediator; known, not estimated.

    Write Y(x, M1(x'), M2(x'', M1(x'''))) for the outcome of a network with the change (1) or without it (0), its first
    mediator month by month as in x', its second as it would be under x'' with the first as in x'''. Then the parts are

    - direct: Y(1, M1(0), M2(0, M1(0))) - Y(0, M1(0), M2(0, M1(0)))
    - through M2 only: Y(1, M1(0), M2(1, M1(0))) - Y(1, M1(0), M2(0, M1(0)))
    - through M1 then M2: Y(1, M1(0), M2(1, M1(1))) - Y(1, M1(0), M2(1, M1(0)))
    - through M1 only: Y(1, M1(1), M2(1, M1(1))) - Y(1, M1(0), M2(1, M1(1)))

    and add up to the total. With one mediator: direct Y(1, M(0)) - Y(0, M(0)), through M Y(1, M(1)) - Y(1, M(0)).
    Other orders of taking the parts away are possible, and would give other parts where they act together.

    Parameters
    ----------
    without, with_ : Arm, Parameters, Program, or dict of changes
        The network without the change, and with it; as the arms of `lnlab.compare`.
    mediators : sequence of str, or dict, optional
        One or two states, each of "activation", "evidence", "commons", "package", the earlier in the chain first. A
        dict gives names of your own: name to state, or to a tuple of states that are held together. If not given,
        ``{"activation": "activation", "commons_cases": "commons"}``.
    n : int, default 20
        Networks, at least 2; each has people and luck of its own, the same in all its worlds.
    seed : int, default 1
    parameters : Parameters, optional
        What the arms do not change.
    varying : pandas.DataFrame, optional
        A row for each network, a column for each parameter in which the networks differ (then `n` is its length).
    outcome : str, MeanOver, tuple or callable, default "remission_rate"
        A column of `Run.months` (its mean over the last twelve months), a window as in ("remission_rate", 48, 59), or
        a function of a Run that returns a number.
    executor, progress
        As in `lnlab.replicate`.

    Returns
    -------
    PathEffects

    Raises
    ------
    InputError
        For what is no state and so cannot be held, and for networks that cannot be compared.

    Examples
    --------
    >>> from lnlab import Parameters
    >>> small = Parameters(n_patients=100, n_centers=2, months=36, launch_month=6)
    >>> found = path_effects({"leadership": 0}, {"leadership": 0.1}, n=2, parameters=small)
    >>> found.effects["effect"].tolist()
    ['direct', 'through commons_cases only', 'through activation then commons_cases', 'through activation only', \
'total']
    >>> bool(found.effects["estimate"].iloc[0] == 0)        # leadership acts on nothing but activation
    True
    """
    arms = checked_arms({"without": without, "with_": with_}, parameters)
    mediators, measure = checked_mediators(mediators), checked_measure("outcome", outcome)
    pairs = network_pairs(arms["without"], arms["with_"], n, seed, varying)
    measure.check(arms["with_"].parameters.months)
    found = run_in_each([with_ for _, with_ in pairs.values()], list(pairs),
                        _Worlds({one: pair[0] for one, pair in pairs.items()}, mediators, measure), executor, progress)
    others = any(without.parameters.turnover != with_.parameters.turnover for without, with_ in pairs.values())
    return _told(found, mediators, measure.kept[0][0], others)


def knock_out(lever, parameters=None):
    """The network without one of its levers: the lever at the value that switches its mechanism off.

    Parameters
    ----------
    lever : str or sequence of str
        Names of `lnlab.LEVERS`.
    parameters : Parameters, optional
        The network; the defaults if not given.

    Returns
    -------
    Parameters

    Raises
    ------
    InputError

    Examples
    --------
    >>> knock_out("sharing")
    Parameters(sharing=0.0)
    >>> knock_out("recall")
    Traceback (most recent call last):
    lnlab.checks.InputError: `lever` must be a lever of a network ('leadership', 'shared_information_use', \
'pre_visit_planning', 'sharing', 'clinician_spread', 'implementation', 'registry'); got 'recall'. A parameter that is \
no lever has no off position; set it with parameters.but(...).
    """
    names = [lever] if isinstance(lever, str) else items("lever", lever, "levers")
    if not names:
        raise InputError("`lever` must name at least one lever of a network; got none.")
    for name in names:
        if name not in LEVERS:
            raise InputError(f"`lever` must be a lever of a network ({', '.join(map(repr, LEVERS))}); got "
                             f"{name!r:.200}.{did_you_mean(name, LEVERS)} A parameter that is no lever has no off "
                             "position; set it with parameters.but(...).")
    return checked_parameters(parameters).but(**{name: declared(name)["low"] for name in names})


def effect_names(mediators):
    """What the effects of ordered mediators are called, in the order of `path_effects`, the total last.

    >>> effect_names(["commons"])
    ['direct', 'through commons', 'total']
    """
    if len(mediators) == 1:
        return ["direct", f"through {mediators[0]}", "total"]
    first, second = mediators
    return ["direct", f"through {second} only", f"through {first} then {second}", f"through {first} only", "total"]


@dataclass(frozen=True)
class _Worlds:
    """Of a run with the change: the outcome in all the worlds between it and the run without the change."""

    without: dict
    mediators: dict
    measure: object

    def __call__(self, with_):
        without = self.without[with_.seed].simulate(with_.seed, population=self._same_people(with_))
        [(name, function)] = self.measure.kept
        fields = [tuple(each for state in states for each in HOLDABLE[state]) for states in self.mediators.values()]
        before = trace(without, sum(fields, ()))
        if len(fields) == 1:
            lived = [without, lived_with(with_, before), with_]
        else:
            first = {each: before[each] for each in fields[0]}
            second = trace(with_, fields[1])
            lived = [without, *(lived_with(with_, each) for each in (before, first, {**first, **second})), with_]
        return {f"world_{number}": float(function(run)) for number, run in enumerate(lived)}

    def _same_people(self, with_):
        return own_copy(with_.population, self.without[with_.seed].parameters)


def lived_with(run, states):
    """A run once more, with some states in each month as they are given; as with `hold`, but they are at hand already.

    Parameters
    ----------
    run : Run
    states : dict
        As `lnlab.run.trace` returns them.

    Returns
    -------
    Run
        Its `holds` say nothing of these states.
    """
    course = repeat(run)
    course.held = course.held._replace(**states)
    course.live_until(run.parameters.months)
    return course.run()


def _told(found, mediators, outcome, others):
    import pandas as pd
    values = found.filter(like="world_").to_numpy()
    if not np.isfinite(values).all():
        raise InputError(f"`outcome` must be a number in every world; {outcome!r} has none in "
                         f"{int((~np.isfinite(values)).any(axis=1).sum())} of {len(values)} networks.")
    parts = np.column_stack([np.diff(values, axis=1), values[:, -1] - values[:, 0]])
    effects = effect_names(list(mediators))
    rows = [dict(zip(("effect", "estimate", "low", "high"), (name, *map(float, mean_and_interval(part)))), n=len(part))
            for name, part in zip(effects, parts.T)]
    table = pd.DataFrame(rows)
    table["in_words"] = [in_words(row, outcome) for row in table.itertuples()]
    replicates = pd.DataFrame({
        "replicate": np.repeat(found["replicate"].to_numpy(), len(effects)),
        "seed": np.repeat(found["seed"].to_numpy(), len(effects)), "effect": effects * len(found),
        "value": parts.ravel()})
    worlds = pd.DataFrame(_world_names(list(mediators)), columns=["world", "in_words"]).assign(mean=values.mean(axis=0))
    return PathEffects(table, replicates, worlds, outcome, mediators,
                       _cautions(table, mediators, others))


def _world_names(mediators):
    if len(mediators) == 1:
        m, = mediators
        return [("Y(0, M(0))", "without the change"), ("Y(1, M(0))", f"with the change, {m} as without it"),
                ("Y(1, M(1))", "with the change")]
    first, second = mediators
    return [("Y(0, M1(0), M2(0, M1(0)))", "without the change"),
            ("Y(1, M1(0), M2(0, M1(0)))", f"with the change, {first} and {second} as without it"),
            ("Y(1, M1(0), M2(1, M1(0)))", f"with the change, {first} as without it"),
            ("Y(1, M1(0), M2(1, M1(1)))", f"with the change, {first} as without it, {second} as with it"),
            ("Y(1, M1(1), M2(1, M1(1)))", "with the change")]


def in_words(row, outcome):
    """An effect and its interval as people say it: shares in points."""
    scale, unit, digits = (100, " points", 1) if is_share(outcome) else (1, "", 3)
    if row.estimate == row.low == row.high == 0:
        return "nothing, to the last bit"
    low, mean, high = (f"{round(scale * each, digits) + 0.0:.{digits}f}" for each in (row.low, row.estimate, row.high))
    return f"{'' if mean.startswith('-') else '+'}{mean}{unit} ({low} to {high})"


def _cautions(table, mediators, others):
    total = table.iloc[-1]
    states, cautions = [state for each in mediators.values() for state in each], []
    if total.low <= 0 <= total.high and not total.low == total.high == 0:
        cautions.append("The interval of the total takes in 0: with these networks it is not clear that there is an "
                        "effect to divide.")
    if "package" in states and {"commons", "evidence"} & set(states) and len(mediators) == 2:
        cautions.append("Packages make the cases of the months after them, so that what goes through the cases "
                        "includes what came back to them from packages.")
    if others:
        cautions.append("`turnover` differs, so that other people come in the places of those who leave: what is held "
                        "is that of the place, not of the person.")
    return tuple(cautions)
