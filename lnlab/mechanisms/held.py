"""What can be held at what it was in another run, and which networks can be compared: checked before anything runs."""

import dataclasses
import re
from collections.abc import Mapping

import numpy as np

from lnlab.checks import InputError, did_you_mean, items, whole_number
from lnlab.experiment import replicate_seeds
from lnlab.experiment.outcomes import MeanOver, checked_outcomes
from lnlab.experiment.plan import Plan
from lnlab.experiment.runs import run_all
from lnlab.parameters import Parameters, declared
from lnlab.population import MADE_FROM
from lnlab.tables import MEASURES, SHARES

IN_ORDER = ("activation", "evidence", "commons", "package")     # each may act on those after it within a month
USUAL_MEDIATORS = {"activation": "activation", "commons_cases": "commons"}


def checked_mediators(mediators):
    """Names and the states each stands for, a dict of str to tuple; an InputError says what can be held and why."""
    mediators = USUAL_MEDIATORS if mediators is None else mediators
    if not isinstance(mediators, Mapping):
        listed = [mediators] if isinstance(mediators, str) else items("mediators", mediators, "states")
        for each in listed:
            if not isinstance(each, str):
                _refuse_state(each)
        if len(set(listed)) < len(listed):
            raise InputError(f"`mediators` must name each state once; got {listed!r:.200}.")
        mediators = {each: each for each in listed}
    if not 1 <= len(mediators) <= 2:
        raise InputError(f"`mediators` must be one or two states, the earlier in the chain first; got "
                         f"{len(mediators)}. To hold several as one, give them a name, as in "
                         "{'knowledge': ('evidence', 'commons')}.")
    found = {}
    for name, states in mediators.items():
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"`mediators` must be named by text; got the name {name!r:.200}.")
        states = (states,) if isinstance(states, str) else tuple(items(f"mediators[{name!r}]", states, "states"))
        if not states:
            raise InputError(f"`mediators[{name!r}]` must be at least one state; got none.")
        for state in states:
            if not isinstance(state, str) or state not in IN_ORDER:
                _refuse_state(state)
        found[name] = states
    told = [state for states in found.values() for state in states]
    if len(set(told)) < len(told):
        raise InputError(f"`mediators` must name each state once; got {told!r:.200}.")
    if len(found) == 2:
        first, second = ([IN_ORDER.index(state) for state in states] for states in found.values())
        if max(first) > min(second):
            raise InputError("`mediators` must come in the order in which they act, the earlier first "
                             f"({', '.join(IN_ORDER)}); got {' before '.join(found)}.")
    return found


def _refuse_state(given):
    """Say why this cannot be held at what it was in another run."""
    said = "it is not known to the model"
    if isinstance(given, str) and given in ("health", "phenotype", "efficacy"):
        said = {"health": "it is the outcome itself, at which every path ends",
                "phenotype": "it is who the patients are, and no change acts on it",
                "efficacy": "it is what works for whom, and no change acts on it"}[given]
    if isinstance(given, str) and given in Parameters.__dataclass_fields__:
        said = "it is a parameter, which is the same in all months: change it in `with_`"
    elif isinstance(given, str) and given in MEASURES:
        said = ("it is counted from the states of a month and acts on nothing, so that to hold it would change "
                "nothing: hold the state from which it comes")
    raise InputError("`mediators` must be states, which a network carries from month to month and which can be held at "
                     f"what they were in another run ({', '.join(map(repr, IN_ORDER))}); got {given!r:.200}. That "
                     f"cannot be held: {said}.{did_you_mean(given, IN_ORDER)}")


def checked_measure(name, given):
    """One measure of a run, as `Outcomes` with just one name; an InputError for several."""
    one = isinstance(given, (str, tuple, MeanOver)) or callable(given)
    if not one or (isinstance(given, str) and given == "months"):
        raise InputError(f"`{name}` must be one measure, as in 'remission_rate' or ('remission_rate', 48, 59); got "
                         f"{given!r:.200}.")
    return checked_outcomes(given)


def is_share(outcome):
    """Is this the name of a share of patients, or of one over a window of months? Other names may begin alike.

    >>> is_share("remission_rate_last_24_last_13"), is_share("remission_rate_ratio")
    (True, False)
    """
    return re.fullmatch(rf"({'|'.join(SHARES)})(_(last_)?\d+_(last_)?\d+)?", outcome) is not None


def network_pairs(without, with_, n, seed, varying=None):
    """For each network its arm without and with the change: a dict by the network's seed."""
    for name in (*MADE_FROM, "burn_in", "months"):
        one, other = (getattr(arm.parameters, name) for arm in (without, with_))
        if one != other:
            raise InputError(f"`without` and `with_` must be the same people over the same time; `{name}` is {one!r} "
                             f"in the one and {other!r} in the other.")
    if without.efficacy_seed != with_.efficacy_seed:
        raise InputError("`without` and `with_` must have the same `efficacy_seed`; got "
                         f"{without.efficacy_seed!r} and {with_.efficacy_seed!r}.")
    if varying is None:
        seeds = replicate_seeds(whole_number("n", n, 2, unit="networks"), seed)
        return {one: (without, with_) for one in seeds}
    if not hasattr(varying, "to_dict") or not hasattr(varying, "columns"):
        raise InputError("`varying` must be a table (a pandas DataFrame) with a row for each network and a column for "
                         f"each parameter in which they differ; got {varying!r:.200}.")
    seeds = replicate_seeds(whole_number("rows of varying", len(varying), 2, unit="networks"), seed)
    for name in varying:
        declared(name)
        one, other = (getattr(arm.parameters, name) for arm in (without, with_))
        if one != other:
            raise InputError(f"`varying` must not name what the change itself changes; {name!r} is {one!r} without it "
                             f"and {other!r} with it.")
    return {one: tuple(dataclasses.replace(arm, parameters=arm.parameters.but(**row)) for arm in (without, with_))
            for one, row in zip(seeds, varying.to_dict("records"))}


def run_in_each(arms, seeds, measure, executor=None, progress=None):
    """Run each arm once, with its own seed, and keep what `measure` says of the run: a table, a row for each."""
    plan = Plan(arms, np.reshape(seeds, (-1, 1)), names=tuple(f"network {number}" for number in range(len(seeds))))
    results = run_all(plan, measure, executor, None, progress, None)
    if len(results.failures):
        raise InputError(f"{len(results.failures)} of {len(seeds)} networks could not be run; the first: "
                         f"{results.failures['error'].iloc[0]}")
    if results.n_missing:
        raise KeyboardInterrupt(f"{results.n_missing} of {len(seeds)} networks were not run")
    return results.table.drop(columns="arm").assign(replicate=range(len(results.table)))
