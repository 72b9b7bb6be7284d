"""Is the ranking settled? The same analysis from half of the runs and from all; and the whole way in one function."""

from dataclasses import dataclass, field

import numpy as np

from lnlab.analysis.sensitivity.emulator import GAUSSIAN_PROCESS, Emulator, emulator, sobol_of
from lnlab.analysis.sensitivity.indices import Indices, sobol
from lnlab.analysis.sensitivity.point_outcomes import matched
from lnlab.analysis.sensitivity.screening import Screening, morris
from lnlab.analysis.sensitivity.designs import MORRIS, Design, even_points, first_part, morris_design
from lnlab.analysis.sensitivity.told import as_page, as_text
from lnlab.checks import InputError, number, whole_number

CRITERION = 0.9         # Spearman's correlation of two rankings that are taken to be the same
MEAN_SIZE, TOTAL = "mean size of effects (mu_star)", "total index (share of the variance)"
FEWEST = 4              # trajectories or base points with which it is begun


@dataclass(frozen=True, eq=False)
class Convergence:
    """How far the ranking of the parameters is settled. Made by `convergence`.

    Parameters
    ----------
    table : pandas.DataFrame
        A row for each number of runs and parameter: n (trajectories, base points, or points of an emulator), n_runs,
        parameter, index (mu_star, or the total index).
    agreement : pandas.DataFrame
        A row for each doubling: n, doubled, spearman (rank correlation of the two rankings; missing if all are equal).
    criterion : float
    cautions : tuple of str
    index : str
        What the index is, in words.
    """

    table: object = field(repr=False)
    agreement: object
    criterion: float = CRITERION
    cautions: tuple = ()
    index: str = "index of each parameter"

    @property
    def last(self):
        """Spearman's correlation between the ranking from half of the runs and that from all."""
        return float(self.agreement["spearman"].iloc[-1])

    @property
    def reached(self):
        """Does the last doubling fulfil the criterion?"""
        return bool(self.last >= self.criterion)

    def __repr__(self):
        return as_text(*self._told())

    def _repr_html_(self):
        return as_page(*self._told())

    def _told(self):
        if np.isnan(self.last):
            return "There is no ranking: the indices do not differ.", [self.agreement], self.cautions
        said = "settled" if self.reached else "not settled"
        return (f"The ranking is {said}: Spearman's correlation between the rankings from half of the runs and from "
                f"all is {self.last:.2f} (at least {self.criterion:g} is asked for).", [self.agreement], self.cautions)


def convergence(what, outcomes=None, value=None, criterion=CRITERION, doublings=3):
    """Compare the ranking of the parameters from half of the runs with that from all, and so on downward.

    Parameters
    ----------
    what : Design or Emulator
        For a design the first halves of its trajectories or base points are used; for an emulator the first halves of
        its points, each time fitted anew (they should come from `even_points`).
    outcomes, value
        Of a design, as for `morris` and `sobol`; an emulator has its own.
    criterion : float, default 0.9
        Of Spearman's rank correlation.
    doublings : int, default 3
        How often the runs are halved, as long as at least four trajectories or base points are left.

    Returns
    -------
    Convergence

    Raises
    ------
    InputError

    Examples
    --------
    >>> from lnlab.analysis.sensitivity.designs import sobol_design
    >>> design = sobol_design({"sharing": (0, 1), "registry": (0, 1), "recall": (0, 1)}, n=256)
    >>> settled = convergence(design, (design.points @ [4, 2, 1]).to_numpy())
    >>> settled.reached, settled.agreement["doubled"].tolist()
    (True, [64, 128, 256])
    """
    import pandas as pd
    criterion = number("criterion", criterion, 0, 1)
    doublings = whole_number("doublings", doublings, 1)
    if isinstance(what, Emulator):
        if outcomes is not None or value is not None:
            raise InputError("`outcomes` and `value` must be left out with an emulator: those that it has learned from "
                             "are taken.")
        found = _of_emulator(what, doublings)
    elif isinstance(what, Design):
        found = _of_design(what, outcomes, value, doublings)
    else:
        raise InputError(f"`what` must be a design or an emulator; got {what!r:.200}.")
    rows, ranks = [], []
    for n, n_runs, indices in found:
        rows.append(indices.assign(n=n, n_runs=n_runs)[["n", "n_runs", "parameter", "index"]])
        ranks.append(indices["index"].rank().to_numpy())
    agreement = pd.DataFrame([{"n": found[place][0], "doubled": found[place + 1][0],
                               "spearman": _correlation(ranks[place], ranks[place + 1])}
                              for place in range(len(found) - 1)])
    return Convergence(pd.concat(rows, ignore_index=True), agreement, criterion,
                       _doubts(agreement, criterion, len(ranks[-1])),
                       MEAN_SIZE if isinstance(what, Design) and what.method == MORRIS else TOTAL)


@dataclass(frozen=True, eq=False)
class Drivers:
    """What drives an outcome, screened and then measured. Made by `what_drives`.

    Parameters
    ----------
    screening : Screening
    emulator : Emulator
    indices : Indices
    convergence : Convergence
    n_runs : int
    """

    screening: Screening
    emulator: Emulator
    indices: Indices
    convergence: Convergence
    n_runs: int

    @property
    def ranking(self):
        """The names of the parameters that were kept, that with the largest total index first."""
        return self.indices.ranking

    @property
    def cautions(self):
        """All cautions of the parts, each once."""
        parts = (self.screening, self.emulator, self.indices, self.convergence)
        return tuple(dict.fromkeys(each for part in parts for each in part.cautions))

    def __repr__(self):
        return as_text(*self._told())

    def _repr_html_(self):
        return as_page(*self._told())

    def _told(self):
        return (f"From {self.n_runs:,} runs: of {len(self.screening.table)} parameters {len(self.ranking)} were kept; "
                f"in order: {', '.join(self.ranking)}.", [self.indices.table], self.cautions)


def what_drives(ranges, run, n_trajectories=20, n_kept=None, n_points=256, kind=GAUSSIAN_PROCESS, whole=(), value=None,
                seed=1):
    """The whole way: screen all parameters, keep those that matter, learn an emulator of them, share out the variance.

    Parameters
    ----------
    ranges, whole, seed
        As in `morris_design`.
    run : function
        Takes a table of points and gives their outcomes, as in ``lambda points: lnlab.sweep(points, n=4)``. What the
        table does not name keeps its default: that is where the parameters that were not kept stay.
    n_trajectories : int, default 20
    n_kept : int, optional
        How many parameters are kept after the screening; six, or all if they are fewer.
    n_points : int, default 256
        From which the emulator learns; a power of two.
    kind : {"gaussian process", "quadratic"}
    value : str, optional
        As in `matched`.

    Returns
    -------
    Drivers

    Raises
    ------
    InputError

    Examples
    --------
    >>> ranges = {"sharing": (0, 1), "registry": (0, 1), "recall": (0, 1)}
    >>> def run(points):
    ...     return 2 * points.get("sharing", 0) + points.get("registry", 0)
    >>> found = what_drives(ranges, run, n_kept=2, n_points=64, kind="quadratic")
    >>> found.ranking, found.convergence.reached
    (['sharing', 'registry'], True)
    """
    design = morris_design(ranges, n_trajectories, seed=seed, whole=whole)
    n_kept = min(6, len(design.ranges)) if n_kept is None else whole_number("n_kept", n_kept, 1, len(design.ranges))
    if not callable(run):
        raise InputError("`run` must be a function that takes a table of points, as in `lambda points: "
                         f"lnlab.sweep(points, n=4)`; got {run!r:.200}.")
    screened = run(design.points)
    screening = morris(design, screened, value)
    kept = {name: design.ranges[name] for name in screening.ranking[:n_kept]}
    points = even_points(kept, n_points, seed, [name for name in design.whole if name in kept])
    outcomes = run(points)
    made = emulator(points, outcomes, kind, value, kept, [name for name in design.whole if name in kept], seed)
    n_runs = matched(design.points, screened, value)[0].size + made.numbers.size
    return Drivers(screening, made, sobol_of(made, seed=seed), convergence(made, doublings=1), n_runs)


def _of_design(design, outcomes, value, doublings):
    if outcomes is None:
        raise InputError("`outcomes` must be given with a design, as for `morris` and `sobol`.")
    numbers, _ = matched(design.points, outcomes, value)
    analyze, column = (morris, "mu_star") if design.method == MORRIS else (sobol, "total")
    sizes = _halves(design.n, doublings, f"{design.method} designs")
    found = []
    for n in sizes:
        part, points = first_part(design, n)
        table = analyze(part, numbers[points]).table
        found.append((n, numbers[points].size, table.rename(columns={column: "index"})[["parameter", "index"]]))
    return found


def _of_emulator(made, doublings):
    found, n_parameters = [], len(made.ranges)
    fewest = 2 * n_parameters if made.kind == GAUSSIAN_PROCESS else (n_parameters + 1) * (n_parameters + 2) // 2 + 2
    for n in _halves(len(made.points), doublings, "emulators", max(FEWEST, fewest)):
        part = made if n == len(made.points) else emulator(
            made.points.iloc[:n], made.numbers[:n], made.kind, ranges=made.ranges, whole=made.whole)
        table = sobol_of(part, n=1024).table
        found.append((n, made.numbers[:n].size, table.rename(columns={"total": "index"})[["parameter", "index"]]))
    return found


def _halves(n, doublings, what, fewest=FEWEST):
    sizes = [n >> times for times in range(doublings, -1, -1) if n >> times >= fewest]
    if len(sizes) < 2:
        raise InputError(f"To halve the runs of {what} there must be at least {2 * fewest} trajectories, base points "
                         f"or points; got {n}.")
    return sizes


def _correlation(these, others):
    if np.ptp(these) == 0 or np.ptp(others) == 0:
        return 1.0 if len(these) == 1 else np.nan
    return float(np.corrcoef(these, others)[0, 1])


def _doubts(agreement, criterion, n_parameters):
    last, cautions = agreement["spearman"].iloc[-1], []
    if np.isnan(last):
        cautions.append("There is no ranking: with half of the runs, or with all, the index is the same for each "
                        "parameter.")
    elif last < criterion:
        cautions.append(f"The ranking is not settled ({last:.2f}, less than {criterion:g}): parameters next to each "
                        "other would change places with more runs. Double the runs, or rank fewer parameters.")
    if n_parameters == 1:
        cautions.append("With a single parameter there is nothing to rank.")
    elif n_parameters < 5:
        cautions.append(f"With {n_parameters} parameters few rankings are possible, and agreement says little: look at "
                        "the intervals.")
    return tuple(cautions)
