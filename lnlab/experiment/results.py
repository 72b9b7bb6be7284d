"""What an experiment leaves behind: one tidy table, what failed, and all that is needed to repeat any of its runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lnlab.checks import InputError, one_of, whole_number
from lnlab.experiment.differences import paired_difference
from lnlab.experiment.outcomes import shape_of

ARM, POINT, REPLICATE, SEED, MONTH = "arm", "point", "replicate", "seed", "month"


@dataclass(frozen=True, eq=False)
class Results:
    """What many runs left behind. Made by `replicate`, `compare` and `sweep`.

    Parameters
    ----------
    table : pandas.DataFrame
        A row for each finished run, or for each of its rows where tables are kept: first which run it is (`arm` or
        `point` with its parameters, `replicate`, `seed`), then what was kept of it.
    failures : pandas.DataFrame
        A row for each run that failed: which, its parameters, the error, and the traceback.
    n_asked : int
        Runs that were asked for.
    names : tuple of str
        The names of the arms; empty for `replicate` and `sweep`.
    arms : sequence of Arm
        One for each arm or point.
    seeds : (n_arms, n) array of int
    design : pandas.DataFrame or None
        The points of a sweep; `point` is the number of a row of it, from 0.
    measures : tuple of str
        The columns of `table` that were kept of the runs.
    provenance : dict
        Versions, and what was asked for.

    Examples
    --------
    >>> from lnlab import Parameters, replicate
    >>> small = Parameters(n_patients=100, n_centers=2, months=24, launch_month=6)
    >>> replicate(small, n=3, measures="remission_rate")
    Results: 3 runs, of 1 measure.
    """

    table: object
    failures: object
    n_asked: int
    names: tuple
    arms: object = field(repr=False)
    seeds: np.ndarray = field(repr=False)
    design: object = field(repr=False)
    measures: tuple = ()
    provenance: dict = field(default_factory=dict, repr=False)

    @property
    def n_finished(self):
        """Runs that were finished."""
        return len(self.table[self._run_columns].drop_duplicates()) if len(self.table) else 0

    @property
    def n_missing(self):
        """Runs that were neither finished nor failed, because the experiment was interrupted."""
        return self.n_asked - self.n_finished - len(self.failures)

    @property
    def _run_columns(self):
        return [name for name in (ARM, POINT, REPLICATE) if name in self.table.columns]

    def __repr__(self):
        runs, measures = (f"{n:,} {word}{'s' * (n != 1)}" for n, word in (
            (self.n_finished, "run"), (len(self.measures), "measure")))
        failed = f" {len(self.failures):,} failed; see `failures`." if len(self.failures) else ""
        missing = f" {self.n_missing:,} of {self.n_asked:,} were not run." if self.n_missing else ""
        return f"Results: {runs}, of {measures}.{failed}{missing}"

    def _repr_html_(self):
        from html import escape
        return f"<p>{escape(repr(self))}</p>{self.table.head(10).to_html(index=False)}"

    def repeat(self, row):
        """The very run that a row of `table` came from, run again.

        Parameters
        ----------
        row : int, pandas.Series or dict
            The number of a row, the row itself, or its keys: `replicate`, with `arm` or `point` if there are several.

        Returns
        -------
        Run

        Raises
        ------
        InputError

        Examples
        --------
        >>> from lnlab import Parameters, replicate
        >>> small = Parameters(n_patients=100, n_centers=2, months=24, launch_month=6)
        >>> results = replicate(small, n=2, measures="remission_rate")
        >>> bool(results.repeat(1).months["remission_rate"].tail(12).mean() == results.table["remission_rate"][1])
        True
        """
        if not isinstance(row, Mapping) and not hasattr(row, "keys"):
            if isinstance(row, bool) or not isinstance(row, (int, np.integer)) or row not in self.table.index:
                raise InputError(f"`row` must be the number of a row of the table, 0 to {len(self.table) - 1}, or a "
                                 f"row of it; got {row!r:.200}.")
            row = self.table.loc[row]
        which = ARM if self.names else POINT
        needed = [each for each in (which, REPLICATE) if each != which or len(self.arms) > 1]
        if any(each not in row for each in needed):
            raise InputError(f"`row` must say its {' and '.join(f'`{each}`' for each in needed)}; got "
                             f"{dict(row)!r:.200}.")
        number = row.get(which, 0)
        number = self.names.index(one_of(which, number, self.names)) if self.names else \
            whole_number(which, number, 0, len(self.arms) - 1)
        replicate = whole_number(REPLICATE, row[REPLICATE], 0, self.seeds.shape[1] - 1)
        seed, arm = int(self.seeds[number, replicate]), self.arms[number]
        # The seed of the row is compared only: among numbers of other types pandas may have rounded it
        told = {SEED: seed, **({} if self.design is None else {name: getattr(arm.parameters, name)
                                                               for name in self.design.columns})}
        for name, ours in told.items():
            if name in row and float(row[name]) != float(ours):
                raise InputError(f"`row` must be of these results: their run has `{name}` {ours}; got {row[name]}.")
        return arm.simulate(seed)

    def differences(self, against=None):
        """What differs between arms with the same people and the same luck.

        Parameters
        ----------
        against : str, optional
            The arm that all others are compared with; the first if not given.

        Returns
        -------
        pandas.DataFrame
            A row for each measure and arm: `measure`, `arm`, `against`, `n` (pairs of runs), `difference` (mean),
            `low` and `high` (95 % interval, Student's t), `n_to_halve`: how many pairs would make the interval half as
            wide if they vary as these do, and `times_fewer`: how many times more runs the same interval would need
            with luck of their own in each arm.

        Raises
        ------
        InputError
            Where there are no arms to compare, or tables were kept instead of numbers.

        Examples
        --------
        >>> from lnlab import Parameters, compare
        >>> small = Parameters(n_patients=100, n_centers=2, months=24, launch_month=6)
        >>> both = compare({"usual care": dict(growth="never"), "network": dict()}, n=4, parameters=small)
        >>> both.differences()[["measure", "arm", "against", "n"]].to_dict("records")
        [{'measure': 'remission_rate', 'arm': 'network', 'against': 'usual care', 'n': 4}]
        """
        import pandas as pd
        if len(self.names) < 2:
            raise InputError("Differences need the results of compare(...), with two arms or more.")
        against = self.names[0] if against is None else one_of("against", against, self.names)
        if self.table.duplicated([ARM, REPLICATE]).any():
            raise InputError("Differences need one number for each run, but whole tables were kept; keep a measure "
                             "instead, as in measures=\"remission_rate\".")
        rows = []
        for measure in self.measures:
            wide = self.table.pivot(index=REPLICATE, columns=ARM, values=measure)
            for arm in self.names:
                if arm != against:
                    pairs = wide.reindex(columns=[arm, against]).dropna().to_numpy()
                    rows.append({"measure": measure, "arm": arm, "against": against, **paired_difference(*pairs.T)})
        return pd.DataFrame(rows, columns=["measure", "arm", "against", *paired_difference([], [])])

    def long(self):
        """The table in long form: a row for each run and measure, with columns `measure` and `value`."""
        return self.table.melt([name for name in self.table.columns if name not in self.measures],
                               [*self.measures], var_name="measure", value_name="value")


def gather(plan, kept, failed, names=()):
    """The results of a plan: from what was kept of each run (None where it was not done), the failures as pairs (error,
    traceback), and the names of the measures as far as they are known."""
    import pandas as pd
    first = next((shape_of(each) for each in kept if each is not None), None)
    wrong = [number for number, each in enumerate(kept) if each is not None and shape_of(each) != first]
    said = "InputError: A measure must give numbers in all runs, or tables with the same columns and types in all runs."
    failed = {**failed, **dict.fromkeys(wrong, (said, said))}
    kept = [None if number in failed else each for number, each in enumerate(kept)]
    done = np.array([number for number, each in enumerate(kept) if each is not None], dtype=np.int64)
    table = plan.keys(done)
    if len(done) and hasattr(kept[done[0]], "columns"):
        found = _one_table([kept[number] for number in done])
        table = table.iloc[np.repeat(np.arange(len(done)), [len(kept[number]) for number in done])]
    else:
        found = _one_row_each([kept[number] for number in done], names)
    taken = [name for name in found.columns if name in table.columns]
    found = found.rename(columns={name: f"{name}_kept" for name in taken})
    table = pd.concat([table.reset_index(drop=True), found], axis=1)
    failures = plan.keys(np.array(sorted(failed), dtype=np.int64))
    failures["parameters"] = [repr(plan.arm_of(number).parameters) for number in sorted(failed)]
    failures["error"], failures["traceback"] = ([failed[number][part] for number in sorted(failed)] for part in (0, 1))
    measures = tuple(name for name in found.columns if name != MONTH)
    return Results(table, failures, plan.n_runs, plan.names, plan.arms, plan.seeds, plan.design, measures,
                   plan.provenance)


def _one_row_each(rows, names):
    import pandas as pd
    found = sorted({name for row in rows for name in row})
    names = names if not rows or found == sorted(names) else found
    return pd.DataFrame({name: np.array([row.get(name, np.nan) for row in rows], dtype=float) for name in names})


def _one_table(tables):
    """The tables one below the other, in the types that a store would give back."""
    import pandas as pd
    import pyarrow as pa
    return pa.Table.from_pandas(pd.concat(tables, ignore_index=True), preserve_index=False).to_pandas()
