"""Sobol' indices: which share of the outcome's variance is due to which parameter, and which share is luck."""

from dataclasses import dataclass, field

import numpy as np

from lnlab.analysis.sensitivity.point_outcomes import matched, share_of_luck
from lnlab.analysis.rows import refuse_constant
from lnlab.analysis.sensitivity.screening import checked_method, name_of
from lnlab.analysis.sensitivity.designs import SOBOL, problem_of
from lnlab.analysis.sensitivity.told import as_page, as_text

WIDE, NOISY, N_RESAMPLES = 0.1, 0.1, 100


@dataclass(frozen=True, eq=False)
class Indices:
    """Shares of an outcome's variance. Made by `sobol` and `sobol_of`.

    Parameters
    ----------
    table : pandas.DataFrame
        A row for each parameter, in the design's order: parameter, first (the share of the variance that would go if
        this parameter alone were known), first_low, first_high, total (the share that would be left if all others were
        known, its part in every interaction included), total_low, total_high; 95 % intervals.
    second : pandas.DataFrame or None
        For each pair (parameter, other): second (what they do together beyond what each does), low, high.
    noise_share : float
        The share of the variance that is luck: about the total index that a parameter without any effect would have,
        if each run had luck of its own. Missing without replicates.
    outcome : str
    n_runs : int
    variance : float
        Of the outcome over the ranges, in the outcome's unit squared.
    cautions : tuple of str
    """

    table: object
    second: object = field(repr=False)
    noise_share: float
    outcome: str
    n_runs: int
    variance: float
    cautions: tuple = ()

    @property
    def ranking(self):
        """The names of the parameters, that with the largest total first."""
        return self.table.sort_values("total", ascending=False, kind="stable")["parameter"].tolist()

    def __repr__(self):
        return as_text(*self._told())

    def _repr_html_(self):
        return as_page(*self._told())

    def _told(self):
        luck = "" if np.isnan(self.noise_share) else f" {self.noise_share:.1%} of what varies between the runs is luck."
        ranked = self.table.sort_values("total", ascending=False, kind="stable")
        return (f"Shares of the variance of {self.outcome} (sd {self.variance**0.5:.3g}) by parameter, from "
                f"{self.n_runs:,} values.{luck}", [ranked] if self.second is None else [ranked, self.second],
                self.cautions)


def sobol(design, outcomes, value=None):
    """Sobol' indices by Saltelli's scheme, and how much of the variance is luck.

    Parameters
    ----------
    design : Design
        From `sobol_design`.
    outcomes, value
        As in `matched`: a table with the column `point`, such as ``lnlab.sweep(design.points, n=8)``. Replicates of a
        point are averaged.

    Returns
    -------
    Indices
        Estimators of Saltelli and others 2010 (first, total) and Saltelli 2002 (pairs), as in SALib; intervals from
        base points drawn again with replacement.

    Raises
    ------
    InputError
        For another kind of design, an outcome that does not vary, and for runs that are missing, foreign, doubled or
        re-ordered.

    Examples
    --------
    >>> from lnlab.analysis.sensitivity.designs import sobol_design
    >>> design = sobol_design({"sharing": (0, 1), "registry": (0, 1)}, n=1024)
    >>> runs = design.points.assign(point=range(len(design.points)), outcome=design.points @ [2, 1])
    >>> sobol(design, runs).table["first"].round(2).tolist()
    [0.8, 0.2]
    """
    checked_method(design, SOBOL, "sobol_design")
    numbers, cautions = matched(design.points, outcomes, value)
    means = numbers.mean(axis=1)
    refuse_constant(means, name_of(outcomes, design, value), "outcome")
    return indices_of(design, means, numbers, cautions, name_of(outcomes, design, value))


def indices_of(design, means, numbers, cautions, outcome):
    """Sobol' indices of the means at the points of a design, whatever the means are of."""
    import pandas as pd
    from SALib.analyze import sobol as salib
    sample, names = means[design.order], list(design.ranges)
    found = salib.analyze(problem_of(design.ranges), sample, calc_second_order=design.second_order,
                          num_resamples=N_RESAMPLES, seed=design.seed + 1)
    columns = {"parameter": names}
    for name, key in (("first", "S1"), ("total", "ST")):
        columns |= {name: found[key], f"{name}_low": found[key] - found[f"{key}_conf"],
                    f"{name}_high": found[key] + found[f"{key}_conf"]}
    table, second = pd.DataFrame(columns), None
    if design.second_order:
        second = pd.DataFrame([{"parameter": names[this], "other": names[other], "second": found["S2"][this, other],
                                "low": found["S2"][this, other] - found["S2_conf"][this, other],
                                "high": found["S2"][this, other] + found["S2_conf"][this, other]}
                               for this in range(len(names)) for other in range(this + 1, len(names))],
                              columns=["parameter", "other", "second", "low", "high"])
    step = len(design.order) // design.n
    base = np.concatenate([design.order[::step], design.order[step - 1::step]])
    share = float(share_of_luck(numbers, base)[0])
    return Indices(table, second, share, outcome, numbers.size, float(np.var(means[base])),
                   tuple(cautions + _doubts(table, share, numbers.shape[1])))


def _doubts(table, share, n_replicates):
    width = max((table[f"{name}_high"] - table[name]).max() for name in ("first", "total"))
    cautions = []
    if width > WIDE:
        cautions.append(f"The intervals reach up to {width:.2f} to either side: the order of parameters that are "
                        "nearer to each other than that is open. Double `n`.")
    if n_replicates == 1:
        cautions.append("Each point was run once, so how much of the variance is luck is not known. In a simulation "
                        "with luck, run replicates.")
    elif share > NOISY:
        cautions.append(f"{share:.0%} of the variance is luck. A parameter without any effect may have a total index "
                        "of up to about that, and all first indices are too small by that share. Run more replicates, "
                        "or use an emulator.")
    return cautions
