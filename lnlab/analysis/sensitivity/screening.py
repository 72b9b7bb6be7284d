"""Screening after Morris: which parameters matter at all, from few runs."""

from dataclasses import dataclass, field

import numpy as np

from lnlab.analysis.sensitivity.point_outcomes import matched, share_of_luck
from lnlab.analysis.sensitivity.designs import MORRIS, Design, in_unit_cube
from lnlab.analysis.sensitivity.told import as_page, as_text
from lnlab.checks import InputError

FEW, N_RESAMPLES = 10, 2000


@dataclass(frozen=True, eq=False)
class Screening:
    """What a screening found. Made by `morris`.

    Parameters
    ----------
    table : pandas.DataFrame
        A row for each parameter, in the design's order: parameter, mu (mean elementary effect: the change of the
        outcome over the whole range, if it went on as over one step), mu_star (the mean of their sizes), mu_star_low
        and mu_star_high (95 %, from trajectories drawn again with replacement), sigma (their standard deviation: large
        against mu_star where the effect is curved, or depends on other parameters).
    effects : pandas.DataFrame
        The elementary effects: a row for each trajectory, a column for each parameter.
    noise_floor : float
        The mu_star that a parameter without any effect would have by luck alone, if each run had luck of its own; in
        runs that are paired it is lower. Missing without replicates.
    outcome : str
    cautions : tuple of str
    """

    table: object
    effects: object = field(repr=False)
    noise_floor: float
    outcome: str
    cautions: tuple = ()

    @property
    def ranking(self):
        """The names of the parameters, that with the largest mu_star first."""
        return self.table.sort_values("mu_star", ascending=False, kind="stable")["parameter"].tolist()

    def __repr__(self):
        return as_text(*self._told())

    def _repr_html_(self):
        return as_page(*self._told())

    def _told(self):
        floor = "" if np.isnan(self.noise_floor) else f" By luck alone, mu_star would be up to {self.noise_floor:.2g}."
        return (f"{len(self.effects)} elementary effects of each of {len(self.table)} parameters on {self.outcome}, "
                f"each over the whole range.{floor}",
                [self.table.sort_values("mu_star", ascending=False, kind="stable")], self.cautions)


def morris(design, outcomes, value=None):
    """Elementary effects: how far the outcome moves when one parameter moves, here and there in the whole space.

    Parameters
    ----------
    design : Design
        From `morris_design`.
    outcomes, value
        As in `matched`: a table with the column `point`, such as ``lnlab.sweep(design.points, n=2)``. Replicates of a
        point are averaged.

    Returns
    -------
    Screening
        Effects are scaled to the whole range of a parameter; for whole numbers by the step that was really made.

    Raises
    ------
    InputError
        For another kind of design, and for runs that are missing, foreign, doubled or re-ordered.

    Examples
    --------
    >>> from lnlab.analysis.sensitivity.designs import morris_design
    >>> design = morris_design({"sharing": (0, 1), "registry": (0, 0.5)}, n_trajectories=10)
    >>> runs = design.points.assign(point=range(len(design.points)), outcome=design.points @ [3, -4])
    >>> morris(design, runs).table.set_index("parameter")[["mu", "mu_star"]].round(9).to_dict("list")
    {'mu': [3.0, -2.0], 'mu_star': [3.0, 2.0]}
    """
    import pandas as pd
    checked_method(design, MORRIS, "morris_design")
    numbers, cautions = matched(design.points, outcomes, value)
    effects = _elementary_effects(design, numbers.mean(axis=1))
    n, names = len(effects), list(design.ranges)
    sizes = np.abs(effects)
    again = np.random.default_rng(design.seed).integers(n, size=(N_RESAMPLES, n))
    low, high = np.quantile(sizes[again].mean(axis=1), (0.025, 0.975), axis=0)
    table = pd.DataFrame({"parameter": names, "mu": effects.mean(axis=0), "mu_star": sizes.mean(axis=0),
                          "mu_star_low": low, "mu_star_high": high, "sigma": effects.std(axis=0, ddof=1)})
    if n < FEW:
        cautions.append(f"There are only {n} trajectories. With fewer than {FEW} a parameter whose effect depends on "
                        "others may be missed.")
    if np.ptp(numbers) == 0:
        cautions.append(f"The outcome is {numbers.flat[0]:g} in every run: nothing here moves it, or it is the wrong "
                        "one.")
    luck = share_of_luck(numbers)[1]
    step = design.levels / (2 * (design.levels - 1))
    floor = float(np.sqrt(2 * luck) * np.sqrt(2 / np.pi) / step)
    if numbers.shape[1] == 1:
        cautions.append("Each point was run once, so how much of this is luck is not known. In a simulation with luck, "
                        "run replicates.")
    return Screening(table, pd.DataFrame(effects, columns=names), floor, name_of(outcomes, design, value),
                     tuple(cautions))


def checked_method(design, method, maker):
    """Refuse what is no design, or one for another method."""
    if not isinstance(design, Design) or design.method != method:
        raise InputError(f"`design` must come from {maker}(...); got {design!r:.200}.")


def name_of(outcomes, design, value):
    """What the outcome is called."""
    table = getattr(outcomes, "table", outcomes)
    if value is not None or not hasattr(table, "columns"):
        return value or "the outcome"
    return next(name for name in table.columns if name not in ("point", "replicate", "seed", *design.points.columns))


def _elementary_effects(design, means):
    """One for each trajectory and parameter, (n_trajectories, n_parameters)."""
    n_parameters = len(design.ranges)
    shape = (design.n, n_parameters + 1)
    unit = in_unit_cube(design.points, design.ranges)[design.order].reshape(*shape, n_parameters)
    steps, moved = np.diff(unit, axis=1), np.diff(means[design.order].reshape(shape), axis=1)
    effects = np.full((design.n, n_parameters), np.nan)
    trajectory, place, which = np.nonzero(np.abs(steps) > 1e-9)
    effects[trajectory, which] = moved[trajectory, place] / steps[trajectory, place, which]
    return effects
