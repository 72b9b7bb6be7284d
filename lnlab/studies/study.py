"""What a study of simulated networks is: its table, its question, and the truth."""

from dataclasses import dataclass, field

import numpy as np

from lnlab.checks import InputError, whole_number
from lnlab.experiment import mean_and_interval
from lnlab.parameters import Parameters
from lnlab.population import checked_parameters


@dataclass(frozen=True, eq=False)
class Study:
    """A study of simulated networks, and the truth about it.

    Parameters
    ----------
    name, question : str
    table : pandas.DataFrame
        What the study has collected; a row for each unit.
    exposure, outcome, cluster : str
        Columns of the table: the supposed cause, 0 or 1; what it is to have moved; the network, whose rows share people
        and luck.
    formulas : dict of str to str
        How the study might be analyzed, from "crude" on; for `lnlab.analysis.regression`.
    truth : pandas.DataFrame
        A row for each effect that is known: effect, estimate, low, high (the 95 % interval over networks, the error of
        simulating few of them), n (networks), in_words (how it was had). The first is what the study asks for.
    """

    name: str
    question: str
    table: object = field(repr=False)
    exposure: str
    outcome: str
    cluster: str
    formulas: dict
    truth: object = field(repr=False)


def setting_of(parameters, setting, n, after):
    """The parameters of a study, its own if none are given, and the number of networks."""
    p = Parameters(**setting) if parameters is None else checked_parameters(parameters)
    if p.months < p.launch_month + after:
        raise InputError(f"`parameters` must leave at least {after} months after the launch (`launch_month` is "
                         f"{p.launch_month}, so `months` at least {p.launch_month + after}); got {p.months}.")
    return p, whole_number("n", n, 2, unit="networks")


def truth_of(*effects, n_units=None):
    """A row for each effect; where none of `n_units` people changed, up to 3 in as many still might have."""
    import pandas as pd
    rows = []
    for effect, values, how in effects:
        estimate, low, high = mean_and_interval(values)
        if n_units is not None and not np.any(values):
            low, high = -3 / n_units, 3 / n_units
            how += f". Nobody's remission changed; the interval is 3 in {n_units}"
        rows.append({"effect": effect, "estimate": float(estimate), "low": float(low), "high": float(high),
                     "n": len(values), "in_words": how})
    return pd.DataFrame(rows)
