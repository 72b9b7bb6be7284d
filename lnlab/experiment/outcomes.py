"""What is kept of a run: means of its measures over a window of months, or what a function of your own makes of it."""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real

import numpy as np

from lnlab.checks import InputError, items, one_of, whole_number
from lnlab.experiment.written import written
from lnlab.results import by_month
from lnlab.tables import MEASURES

MONTHS = "months"       # keeps the whole table of months


@dataclass(frozen=True)
class MeanOver:
    """The mean of a measure over a window of months.

    Parameters
    ----------
    measure : str
        A column of `Run.months`.
    first, last : int, default -12, -1
        First and last month of the window, both within it. Negative months count back from the end: -1 is the last.

    Raises
    ------
    InputError

    Examples
    --------
    >>> from lnlab import Parameters, simulate
    >>> run = simulate(Parameters(n_patients=100, n_centers=2, months=24, launch_month=6))
    >>> bool(MeanOver("remission_rate", 12, 23)(run) == MeanOver("remission_rate")(run))
    True
    """

    measure: str
    first: int = -12
    last: int = -1

    def __post_init__(self):
        one_of("measure", self.measure, MEASURES)
        for name in ("first", "last"):
            object.__setattr__(self, name, whole_number(name, getattr(self, name), unit="month"))
        if (self.first < 0) == (self.last < 0) and self.first > self.last:
            raise InputError(f"`first` must come before `last`, as in MeanOver({self.measure!r}, 48, 59); got "
                             f"{self.first} and {self.last}.")

    @property
    def name(self):
        """What the measure is called in a table: `remission_rate` over the last year, else with its months.

        >>> MeanOver("remission_rate").name, MeanOver("remission_rate", 48, 59).name
        ('remission_rate', 'remission_rate_48_59')
        """
        if (self.first, self.last) == (-12, -1):
            return self.measure
        return "_".join([self.measure, *(f"{'last_' if each < 0 else ''}{abs(each)}"
                                         for each in (self.first, self.last))])

    def within(self, months):
        """The window in a run of so many months: (first, one after the last); an InputError if it is not in there."""
        first, last = (each + months if each < 0 else each for each in (self.first, self.last))
        if (self.first, self.last) == (-12, -1):
            first = max(first, 0)
        if not 0 <= first <= last < months:
            raise InputError(f"The window of {self.name!r} must lie within the months of the run (0 to {months - 1}); "
                             f"got {self.first} to {self.last}.")
        return first, last + 1

    def __call__(self, run):
        first, after = self.within(run.parameters.months)
        return float(by_month(run, self.measure, first, after).mean())


@dataclass(frozen=True)
class Outcomes:
    """All that is kept of a run: names, and what each is. Made by `checked_outcomes`."""

    kept: tuple     # of pairs (name, function of a Run)

    def of(self, run):
        """What is kept of this run: a dict of numbers, or a DataFrame.

        Raises
        ------
        InputError
            For a function that gives neither numbers (one, or a dict or Series of them) nor, as the only one, a table.
        """
        found = {}
        for name, function in self.kept:
            value = function(run)
            if hasattr(value, "columns"):
                return self._rows(name, value)
            value = value.to_dict() if hasattr(value, "to_dict") else value
            values = dict(value) if isinstance(value, Mapping) else {name: value}
            for key, number in values.items():
                key = key if isinstance(key, str) else f"{name}_{key}"      # as in a measure by center
                if not isinstance(number, (Real, np.bool_)) or key in found:
                    raise InputError("A measure must be a number with a name of its own; got "
                                     f"{key!r}: {number!r:.200}.")
                found[key] = float(number)
        if not found:
            raise InputError(f"A measure must give at least one number; {name!r} gave none.")
        return found

    def _rows(self, name, table):
        if len(self.kept) > 1:
            raise InputError(f"A function that gives a table must be the only measure; {name!r} is one of "
                             f"{len(self.kept)}.")
        if not len(table):
            raise InputError(f"A table must have at least one row; that of {name!r} has none.")
        import pyarrow as pa
        table = table.reset_index(drop=not any(table.index.names))
        pa.Table.from_pandas(table, preserve_index=False)      # what cannot be written down is a failure of this run
        return table

    @property
    def text(self):
        """What is kept, in words that a computer reads: equal for equal measures, and only then."""
        return json.dumps({name: repr(function) if isinstance(function, MeanOver) else written(function)
                           for name, function in self.kept})

    def check(self, months):
        """Refuse a window that a run of so many months does not have."""
        for _, function in self.kept:
            if isinstance(function, MeanOver):
                function.within(months)


def shape_of(kept):
    """What kind of thing was kept of a run: runs can stand in one table if this is equal for them."""
    if not hasattr(kept, "columns"):
        return ("numbers",)
    return tuple((str(name), "number" if dtype.kind in "biuf" else str(dtype)) for name, dtype in kept.dtypes.items())


def all_months(run):
    """The whole table of months."""
    return run.months


def checked_outcomes(measures):
    """What to keep of each run.

    Parameters
    ----------
    measures : str, MeanOver, tuple, callable, or a list or dict of these
        The name of a column of `Run.months` (its mean over the last twelve months), a `MeanOver` or (measure, first,
        last), or your own function of a `Run` that returns a number, a dict or Series of numbers or, alone, a
        DataFrame.
        "months" keeps the whole table of months. A dict gives each its name.

    Raises
    ------
    InputError

    Examples
    --------
    >>> [name for name, _ in checked_outcomes(["activation", ("remission_rate", 48, 59)]).kept]
    ['activation', 'remission_rate_48_59']
    """
    if isinstance(measures, str) and measures == MONTHS:
        return Outcomes(((MONTHS, all_months),))
    if isinstance(measures, Mapping):
        kept = [(name, _checked(each)) for name, each in measures.items()]
    else:
        alone = isinstance(measures, (str, MeanOver)) or callable(measures) or _is_window(measures)
        listed = [measures] if alone else items("measures", measures, "measures")
        kept = [(_name(each), each) for each in map(_checked, listed)]
    names = [name for name, _ in kept]
    if not kept or not all(isinstance(name, str) and name for name in names):
        raise InputError(f"`measures` must name at least one measure, each by a text; got {measures!r:.200}.")
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"`measures` must have different names; {name!r} comes {names.count(name)} times. Name "
                             "them with a dict.")
    return Outcomes(tuple(kept))


def _is_window(measure):
    return isinstance(measure, tuple) and len(measure) == 3 and isinstance(measure[0], str) \
        and all(isinstance(each, Real) for each in measure[1:])


def _checked(measure):
    if isinstance(measure, str):
        return MeanOver(one_of("measures", measure, MEASURES))
    if isinstance(measure, MeanOver):
        return measure
    if _is_window(measure):
        return MeanOver(*measure)
    if not isinstance(measure, Callable):
        raise InputError("`measures` must be columns of Run.months, windows as in ('remission_rate', 48, 59), or "
                         f"functions of a Run; got {measure!r:.200}.")
    try:
        inspect.signature(measure).bind(None)
    except TypeError:
        raise InputError(f"`measures` must be functions of a Run and nothing else; {_name(measure)!r} takes "
                         f"{inspect.signature(measure)}.") from None
    except ValueError:      # built in, and silent about what it takes
        pass
    return measure


def _name(measure):
    name = getattr(measure, "name", None) or getattr(measure, "__name__", type(measure).__name__)
    return "value" if name == "<lambda>" else name
