"""A study of many networks, as an epidemiologist would have it, with the truth that no study has beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lnlab.checks import InputError, items, whole_number
from lnlab.experiment import MeanOver, latin_hypercube
from lnlab.experiment.arms import checked_arms
from lnlab.experiment.outcomes import checked_outcomes
from lnlab.mechanisms.held import checked_measure, checked_mediators, network_pairs, run_in_each
from lnlab.mechanisms.worlds import path_effects
from lnlab.parameters import checked_value, declared
from lnlab.population import checked_seed

# What a study would count of a state, if nothing else is said
COUNTED = {"activation": "activation", "commons": "commons_cases", "package": "best_package_share"}


@dataclass(frozen=True, eq=False)
class NetworkStudy:
    """A table with a row for each network, and the truth about the paths. Made by `network_study`.

    Parameters
    ----------
    table : pandas.DataFrame
        A row for each network: network, the exposure (0 or 1, by lot), the mediators, the outcome, and the parameters
        in which the networks differ.
    truth : PathEffects or None
        In networks drawn in the same way.
    exposure, outcome : str
        Columns of the table.
    mediators : tuple of str
        Columns of the table, in causal order.
    varying : tuple of str
        Columns of the table that would usually be unknown: the networks' own conditions.
    """

    table: object
    truth: object
    exposure: str
    mediators: tuple
    outcome: str
    varying: tuple = ()
    design: str = field(default="", repr=False)

    def __repr__(self):
        return f"{self.design}\n{self.truth}" if self.truth is not None else self.design


def network_study(without, with_, mediators=None, n_networks=300, seed=1, *, parameters=None, varying=None,
                  measured=None, outcome="remission_rate", exposure="exposed", n_truth=40, executor=None,
                  progress=None):
    """A randomized study of networks: half of them get the change, by lot; mediators and outcome are recorded.

    Parameters
    ----------
    without, with_, mediators, outcome, parameters, executor, progress
        As in `path_effects`.
    n_networks : int, default 300
        Networks of the study, at least 4; each has people and luck of its own.
    seed : int, default 1
    varying : dict of str to (low, high), optional
        Parameters in which the networks differ, spread evenly over a range and independent of the exposure. Left out
        of an analysis, they are what nobody measured.
    measured : dict of str to measure, optional
        How each mediator is recorded, by its name; each as `outcome` may be. If not given: activation, commons_cases
        and best_package_share, one year each, the last mediator in the year before the last of the run.
    exposure : str, default "exposed"
        The name of the column that says who got the change.
    n_truth : int, default 40
        Networks, drawn in the same way, in which the truth is found, at least 2; 0 for none.

    Returns
    -------
    NetworkStudy

    Raises
    ------
    InputError

    Examples
    --------
    >>> from lnlab import Parameters
    >>> small = Parameters(n_patients=100, n_centers=2, months=48, launch_month=6)
    >>> study = network_study({"leadership": 0}, {"leadership": 0.1}, n_networks=6, n_truth=2, parameters=small,
    ...                       varying={"sharing": (0.2, 0.8)})
    >>> study.table.columns.tolist()
    ['network', 'exposed', 'activation', 'commons_cases', 'remission_rate', 'sharing']
    >>> int(study.table["exposed"].sum())
    3
    """
    import pandas as pd
    arms = checked_arms({"without": without, "with_": with_}, parameters)
    n_networks = whole_number("n_networks", n_networks, 4, unit="networks")
    n_truth = whole_number("n_truth", n_truth, 0, unit="networks")
    if n_truth == 1:
        raise InputError("`n_truth` must be 0 or at least 2 (networks); one alone has no interval.")
    checked_seed(seed)
    for name, given in (("varying", varying), ("measured", measured)):
        if given is not None and not isinstance(given, Mapping):
            raise InputError(f"`{name}` must be a dict by name, as in "
                             f"{{{'sharing' if name == 'varying' else 'activation'!r}: "
                             f"{'(0.2, 0.8)' if name == 'varying' else repr(('activation', 24, 35))}}}; got "
                             f"{given!r:.200}.")
    if not isinstance(exposure, str) or not exposure.strip():
        raise InputError(f"`exposure` must be the name of a column; got {exposure!r:.200}.")
    mediators = checked_mediators(mediators)
    outcome_measure = checked_measure("outcome", outcome)
    outcome_name = outcome_measure.kept[0][0]
    recorded = {**_recorded(mediators, measured, arms["with_"].parameters), outcome_name: outcome_measure.kept[0][1]}
    names = ["network", exposure, *recorded, *(varying or {})]
    if len(set(names)) < len(names):
        raise InputError(f"`exposure`, mediators, outcome and `varying` must have names of their own; got {names}.")
    checked_outcomes(recorded).check(arms["with_"].parameters.months)
    _check_order(recorded, arms["with_"].parameters.months)
    rows = _spread(varying, n_networks + n_truth, seed)
    drawn = rows.iloc[:n_networks] if varying else None
    pairs = network_pairs(arms["without"], arms["with_"], n_networks, seed, drawn)
    lot = np.random.default_rng(checked_seed(seed)).permutation(n_networks) % 2
    found = run_in_each([pair[which] for pair, which in zip(pairs.values(), lot)], list(pairs), recorded, executor,
                        progress)
    for name in recorded:
        if not np.isfinite(found[name]).all():
            raise InputError(f"{name!r} must be a number in every network; it is none in "
                             f"{int((~np.isfinite(found[name])).sum())} of {n_networks}.")
    table = pd.DataFrame({"network": range(n_networks), exposure: lot, **found[list(recorded)],
                          **(drawn.reset_index(drop=True) if varying else {})})
    truth = None
    if n_truth:
        truth = path_effects(arms["without"], arms["with_"], mediators, n_truth, seed + 1, outcome=outcome,
                             varying=rows.iloc[n_networks:].reset_index(drop=True) if varying else None,
                             executor=executor, progress=progress)
    design = (f"A study of {n_networks} networks, {int(lot.sum())} of them with the change, by lot. "
              + (f"They differ in {', '.join(varying)}." if varying else "They differ in their people and their luck."))
    return NetworkStudy(table, truth, exposure, tuple(mediators), outcome_name, tuple(varying or ()), design)


def _recorded(mediators, measured, parameters):
    """How each mediator is recorded: the last in the year before the outcome's last year, the first a year earlier."""
    measured = dict(measured or {})
    for name in measured:
        if name not in mediators:
            raise InputError(f"`measured` must say how mediators are recorded ({', '.join(mediators)}); got {name!r}.")
    found = {}
    for place, (name, states) in enumerate(mediators.items()):
        back = 12 * (len(mediators) - place)
        usual = None if len(states) > 1 else COUNTED.get(states[0])
        if name not in measured and usual is None:
            raise InputError(f"`measured` must say how {name!r} is recorded, as in {{{name!r}: ('cases', -24, -13)}}: "
                             f"no column of Run.months counts {' and '.join(states)}.")
        given = measured.get(name, (usual, -back - 12, -back - 1))
        found[name] = checked_measure(f"measured[{name!r}]", given).kept[0][1]
    return found


def _check_order(recorded, months):
    """Refuse a mediator that is recorded after the outcome: it cannot have brought it about."""
    *windows, (_, outcome) = recorded.items()
    for name, measure in windows:
        if isinstance(measure, MeanOver) and isinstance(outcome, MeanOver) \
                and measure.within(months)[1] > outcome.within(months)[1]:
            first, after = measure.within(months)
            raise InputError(f"`measured[{name!r}]` must not go on after the outcome, which ends in month "
                             f"{outcome.within(months)[1] - 1}; it is of the months {first} to {after - 1}.")


def _spread(varying, n, seed):
    """A row for each network, a column for each parameter in which they differ; None if in none."""
    if not varying:
        return None
    for name, within in varying.items():
        declared(name)
        pair = items(f"varying[{name!r}]", within, "two numbers, low and high")
        if len(pair) != 2 or not checked_value(name, pair[0]) < checked_value(name, pair[1]):
            raise InputError(f"`varying[{name!r}]` must be low and high, in this order; got {within!r:.200}.")
    return latin_hypercube(list(varying), n, seed=seed, within=dict(varying))
