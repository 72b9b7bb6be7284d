"""An emulator: what a simulation would give at points where it was not run, and how far that can be trusted."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from lnlab.analysis.sensitivity.gaussian_process import gaussian_process
from lnlab.analysis.sensitivity.indices import Indices, indices_of
from lnlab.analysis.sensitivity.point_outcomes import matched, share_of_luck
from lnlab.analysis.rows import refuse_constant
from lnlab.analysis.sensitivity.designs import checked_points, checked_ranges, in_unit_cube, ranges_of, sobol_design
from lnlab.analysis.sensitivity.told import as_page, as_text
from lnlab.checks import InputError, one_of, whole_number

GAUSSIAN_PROCESS, QUADRATIC = KINDS = "gaussian process", "quadratic"
GOOD, PER_PARAMETER, N_DRAWS, N_SMALL, ROWS = 0.8, 10, 40, 64, 4096


@dataclass(frozen=True, eq=False)
class Emulator:
    """A fast stand-in for a simulation. Made by `emulator`.

    Parameters
    ----------
    kind : {"gaussian process", "quadratic"}
    ranges : dict of str to (low, high)
        Within which it may be asked.
    whole : tuple of str
        Parameters that take whole numbers only.
    outcome : str
    check : pandas.DataFrame
        Each point left out and predicted from the others: point, observed, predicted, standardized_error (the
        difference in units of the sd it was predicted with; the hyperparameters stay as fitted to all).
    q2 : float
        The share of what varies between points that is predicted when they are left out: 1 for all, 0 or less for
        nothing.
    noise_share : float
        The share of what varies between points that is luck, from replicates; missing without. `q2` can hardly come
        above one less this share.
    nugget_share : float
        The share that the emulator takes for luck, or for what is too fine for it.
    cautions : tuple of str
    """

    kind: str
    ranges: dict
    whole: tuple
    outcome: str
    check: object = field(repr=False)
    q2: float
    noise_share: float
    nugget_share: float
    cautions: tuple = ()
    points: object = field(default=None, repr=False)
    numbers: np.ndarray = field(default=None, repr=False)
    mean_of: Callable = field(default=None, repr=False)
    covariance_of: Callable = field(default=None, repr=False)

    def predict(self, points):
        """The outcome at points, as the emulator has it.

        Parameters
        ----------
        points : pandas.DataFrame
            A column for each parameter.

        Returns
        -------
        pandas.DataFrame
            With the index of `points`: mean, and sd, that of the emulator's doubt about the mean over all luck.

        Raises
        ------
        InputError
            For missing columns or values, and for points outside the ranges that it was made for.
        """
        import pandas as pd
        unit = checked_points(points, self.ranges, self.whole, "where the emulator has learned")
        parts = [unit[first:first + ROWS // 8] for first in range(0, len(unit), ROWS // 8)]
        mean = np.concatenate([self.mean_of(part) for part in parts])
        variance = np.concatenate([np.diag(self.covariance_of(part)) for part in parts])
        return pd.DataFrame({"mean": mean, "sd": np.sqrt(np.maximum(variance, 0))}, index=points.index)

    def __repr__(self):
        return as_text(self._told(), [], self.cautions)

    def _repr_html_(self):
        return as_page(self._told(), [], self.cautions)

    def _told(self):
        off = (self.check["standardized_error"].abs() > 1.96).mean()
        luck = "" if np.isnan(self.noise_share) else f" (luck is {self.noise_share:.1%} of it)"
        return (f"Emulator of {self.outcome} ({self.kind}) from {len(self.points)} points of {len(self.ranges)} "
                f"parameters. Left out and predicted from the others, the points are predicted to {self.q2:.1%} of "
                f"what varies between them{luck}; {off:.0%} lie outside the interval that should miss 5 %.")


def emulator(points, outcomes, kind=GAUSSIAN_PROCESS, value=None, ranges=None, whole=(), seed=1):
    """Learn from some runs what a simulation does between them.

    Parameters
    ----------
    points : pandas.DataFrame
        The points that were run, numbered from 0, a column for each parameter; such as from `even_points`.
    outcomes, value
        As in `matched`: a table with the column `point`. Replicates of a point are averaged.
    kind : {"gaussian process", "quadratic"}
        A Gaussian process with a nugget, for smooth surfaces of any form (needs scikit-learn, the extra `calibration`);
        or a polynomial with all squares and products.
    ranges : dict of str to (low, high), optional
        From where the points were drawn; where they lie, if not given.
    whole : sequence of str
        Parameters that take whole numbers only.
    seed : int, default 1
        Of the starting points of the fit.

    Returns
    -------
    Emulator

    Raises
    ------
    InputError

    Examples
    --------
    >>> from lnlab.analysis.sensitivity.designs import even_points
    >>> points = even_points({"sharing": (0, 1), "registry": (0, 1)}, 32)
    >>> made = emulator(points, points["sharing"] ** 2 + points["registry"], kind="quadratic")
    >>> made.predict(points.head(1))["mean"].sub(points["sharing"][0] ** 2 + points["registry"][0]).abs().max() < 1e-9
    np.True_
    """
    import pandas as pd
    one_of("kind", kind, KINDS)
    if not isinstance(points, pd.DataFrame) or not len(points.columns) or not len(points):
        raise InputError("`points` must be a table with a row for each point and a column for each parameter; got "
                         f"{points!r:.200}.")
    points = points.reset_index(drop=True)
    ranges, whole = checked_ranges(ranges_of(points) if ranges is None else ranges, whole)
    if set(ranges) != set(points.columns):
        raise InputError(f"`ranges` must be of the columns of `points` ({', '.join(map(str, points.columns))}); got "
                         f"{', '.join(ranges)}.")
    points = points[list(ranges)]
    unit = checked_points(points, ranges, whole, "as `ranges` say")
    numbers, cautions = matched(points, outcomes, value)
    means = numbers.mean(axis=1)
    outcome = _name_of(outcomes, points, value)
    refuse_constant(means, outcome, "outcome")
    learn = gaussian_process if kind == GAUSSIAN_PROCESS else _quadratic
    mean_of, covariance_of, left_out, left_out_sd, nugget = learn(unit, means, whole_number("seed", seed, 0))
    check = pd.DataFrame({"point": range(len(points)), "observed": means, "predicted": left_out,
                          "standardized_error": (means - left_out) / np.maximum(left_out_sd, 1e-12 * np.ptp(means))})
    q2 = 1 - ((means - left_out)**2).sum() / ((means - means.mean())**2).sum()
    luck = float(share_of_luck(numbers)[0])
    cautions += _doubts(check, q2, luck, len(points), len(ranges))
    return Emulator(kind, ranges, whole, outcome, check, float(q2), luck, float(nugget / means.var()), tuple(cautions),
                    points, numbers, mean_of, covariance_of)


def sobol_of(made, n=4096, second_order=False, seed=1):
    """Sobol' indices of an emulator, over the ranges that it was made for.

    Parameters
    ----------
    made : Emulator
    n, second_order, seed
        As in `sobol_design`.

    Returns
    -------
    Indices
        `noise_share` is that of the runs that the emulator learned from; luck is no part of the indices. The intervals
        hold the error of the scheme and the emulator's own doubt (surfaces drawn from it); they know nothing of what it
        cannot represent. Those of pairs hold only the error of the scheme.

    Examples
    --------
    >>> from lnlab.analysis.sensitivity.designs import even_points
    >>> points = even_points({"sharing": (0, 1), "registry": (0, 1)}, 32)
    >>> made = emulator(points, 2 * points["sharing"] + points["registry"], kind="quadratic")
    >>> sobol_of(made).table["first"].round(2).tolist()
    [0.8, 0.2]
    """
    if not isinstance(made, Emulator):
        raise InputError(f"`made` must come from emulator(...); got {made!r:.200}.")
    design = sobol_design(made.ranges, n, second_order, seed, made.whole)
    unit = in_unit_cube(design.points, made.ranges)
    means = np.concatenate([made.mean_of(unit[first:first + ROWS]) for first in range(0, len(unit), ROWS)])
    if np.ptp(means) <= max(1e-9 * np.ptp(made.check["observed"]), 1e-12 * np.abs(means).max()):
        raise InputError("The emulator gives the same everywhere: it has found nothing but luck in the runs. Run more "
                         "points, or more replicates.")
    found = indices_of(design, means, means[:, None], [], made.outcome)
    table = found.table.copy()
    for name, sd in zip(("first", "total"), _doubt(made, seed)):
        margin = np.hypot(table[f"{name}_high"] - table[name], 1.96 * sd)
        table[f"{name}_low"], table[f"{name}_high"] = table[name] - margin, table[name] + margin
    width = max((table[f"{name}_high"] - table[name]).max() for name in ("first", "total"))
    wide = [f"The intervals reach up to {width:.2f} to either side: run more points."] if width > 0.1 else []
    return Indices(table, found.second, made.noise_share, found.outcome, found.n_runs, found.variance,
                   ("These are indices of an emulator, made from "
                    f"{len(made.points)} points; it predicts {made.q2:.0%} of what varies between points left out. "
                    "Luck is no part of them.",
                    *made.cautions, *wide))


def _doubt(made, seed):
    """The sd of first and total indices over surfaces drawn from the emulator, all on the same small design."""
    design = sobol_design(made.ranges, N_SMALL, seed=seed, whole=made.whole)
    unit = in_unit_cube(design.points, made.ranges)
    covariance = made.covariance_of(unit)
    luck = np.random.default_rng(seed).standard_normal((len(unit), N_DRAWS))
    drawn = made.mean_of(unit)[:, None] + _root(covariance) @ luck
    rows = (drawn - drawn.mean(axis=0))[design.order].reshape(design.n, -1, N_DRAWS)
    first, last, between = rows[:, 0], rows[:, -1], rows[:, 1:-1].swapaxes(0, 1)
    variance = np.concatenate([first, last]).var(axis=0)
    alone = (last * (between - first)).mean(axis=1) / variance
    whole = ((between - first)**2).mean(axis=1) / (2 * variance)
    return alone.std(axis=1, ddof=1), whole.std(axis=1, ddof=1)


def _root(covariance):
    """The Cholesky root of a covariance that rounding may have left without one; then with as little added as helps."""
    largest = max(np.diag(covariance).max(), np.finfo(float).tiny)
    for added in 10.0 ** np.arange(-8, 1):
        try:
            return np.linalg.cholesky(covariance + added * largest * np.eye(len(covariance)))
        except np.linalg.LinAlgError:
            continue
    raise InputError("The emulator is too ill-conditioned to tell how sure it is; give it more points, or use "
                     'kind="quadratic".')


def _quadratic(unit, means, seed=None):
    """All squares and products by least squares; what is left out, by the hat matrix."""
    def terms(at):
        at = 2 * at - 1
        pairs = [at[:, this] * at[:, other] for this in range(at.shape[1]) for other in range(this, at.shape[1])]
        return np.column_stack([np.ones(len(at)), at, *pairs])

    matrix = terms(unit)
    n, n_terms = matrix.shape
    if n < n_terms + 2 or np.linalg.matrix_rank(matrix) < n_terms:
        raise InputError(f"A quadratic emulator of {unit.shape[1]} parameters has {n_terms} terms, and needs at least "
                         f"{n_terms + 2} points in all directions; got {n}.")
    inverse = np.linalg.inv(matrix.T @ matrix)
    weights = inverse @ matrix.T @ means
    left, leverage = means - matrix @ weights, ((matrix @ inverse) * matrix).sum(axis=1)
    variance = (left**2).sum() / (n - n_terms)
    away = left / np.maximum(1 - leverage, 1e-12)
    return (lambda at: terms(at) @ weights, lambda at: variance * terms(at) @ inverse @ terms(at).T, means - away,
            np.sqrt(variance / np.maximum(1 - leverage, 1e-12)), variance)


def _name_of(outcomes, points, value):
    table = getattr(outcomes, "table", outcomes)
    if value is not None or not hasattr(table, "columns"):
        return value or "the outcome"
    return next(name for name in table.columns if name not in ("point", "replicate", "seed", *points.columns))


def _doubts(check, q2, luck, n, n_parameters):
    cautions = []
    if n < PER_PARAMETER * n_parameters:
        cautions.append(f"There are {n} points for {n_parameters} parameters; {PER_PARAMETER} for each is a usual "
                        "least.")
    if q2 < GOOD:
        why = f", of which {luck:.0%} is luck that nothing can predict" if luck > 0.05 else ""
        cautions.append(f"Points left out are predicted to only {max(q2, 0):.0%} of what varies between them{why}. Do "
                        "not trust what the emulator says; run more points or replicates, or choose narrower ranges.")
    off = (check["standardized_error"].abs() > 1.96).mean()
    if off > 0.12:
        cautions.append(f"{off:.0%} of the points left out lie outside the interval that should miss 5 %: its own "
                        "intervals are too narrow.")
    return cautions
