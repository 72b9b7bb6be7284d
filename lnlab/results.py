"""What a run leaves behind: tidy tables, and all that is needed to repeat it."""

import platform
from dataclasses import dataclass, field
from functools import cached_property

import numba
import numpy as np

from lnlab import __version__, tables
from lnlab.checks import InputError, one_of
from lnlab.compiled import FINGERPRINT
from lnlab.events import events_table, people_table
from lnlab.parameters import Parameters
from lnlab.population import Population
from lnlab.state import Record
from lnlab.tables import centers_table, months_table, patients_table, sharing_table


@dataclass(frozen=True, eq=False)
class Run:
    """What one run leaves behind: tidy tables, keys first, and all that is needed to repeat it.

    Parameters
    ----------
    parameters : Parameters
    programs : tuple of Program
    seed : int
    joins : tuple of int or None
        The month in which each center joins.
    holds : tuple of Hold
    struck : tuple of (month, patient)
    population : Population
    record : Record
        The raw record of the months, from which the tables are made when first asked for.
    final : (n_patients,) record array
        The patients at the end.
    activation, health : (n_patients,) float
        Their activation and health.
    log : record array or None
        The encounters, where they were asked for.

    Examples
    --------
    >>> from lnlab import Parameters, simulate
    >>> simulate(Parameters(n_patients=100, n_centers=2, months=24, launch_month=6)).sharing.columns.tolist()
    ['month', 'from_center', 'to_center', 'consultations']
    """

    parameters: Parameters
    programs: tuple
    seed: int
    joins: tuple
    holds: tuple
    struck: tuple
    population: Population = field(repr=False)
    record: Record = field(repr=False)
    final: np.ndarray = field(repr=False)
    activation: np.ndarray = field(repr=False)
    health: np.ndarray = field(repr=False)
    log: np.ndarray | None = field(repr=False)

    @cached_property
    def months(self):
        """One row a month, for the whole network: counts of the month, and the state at its end."""
        return months_table(self.record, self.parameters, self.population)

    @cached_property
    def centers(self):
        """One row for each month and center; `share_of_commons` is at the month's start."""
        return centers_table(self.record, self.parameters, self.population)

    @cached_property
    def patients(self):
        """One row for each patient there at the end: state, and history since arrival (a founder's from burn-in)."""
        return patients_table(self.final, self.activation, self.health, self.parameters, self.population)

    @cached_property
    def sharing(self):
        """Who learned from whom: over the consultations at a center, the sum of another's share of the commons."""
        return sharing_table(self.record)

    @cached_property
    def encounters(self):
        """One row for each encounter: what was true, and what was known. Only with ``simulate(encounters=True)``."""
        import pandas as pd
        log = self._logged()
        return pd.DataFrame({name: log[name] for name in log.dtype.names})

    @cached_property
    def events(self):
        """Who did what, to whom, with what, in centers that are members. Only with ``simulate(encounters=True)``.

        Columns month, from, to, kind, resource, as `lnlab.measures.architecture` reads them. In the order in which an
        encounter happens: a patient "meets" a clinician; a patient seen unwell "needs" the cases of the phenotype
        seen; a clinician "uses" them, out of the commons, for the patient; a clinician "contributes" one to them
        (which is in the commons from the next month on). Whose case was of use is not recorded, nor what peers or
        colleagues tell one another. Patients have numbers of their own, and who takes a place has a new one.
        """
        return events_table(self._logged(), self)

    @cached_property
    def people(self):
        """Everybody who was there in any month: person (as in `events`), role, center."""
        return people_table(self)

    def _logged(self):
        if self.log is None:
            raise InputError("This run kept no encounters; ask for them with simulate(..., encounters=True).")
        return self.log

    @property
    def provenance(self):
        """What made this run: versions, and a fingerprint of the compiled rules."""
        return {"lnlab": __version__, "rules": FINGERPRINT, "seed": self.seed,
                "efficacy_seed": self.population.efficacy_seed, "python": platform.python_version(),
                "numpy": np.__version__, "numba": numba.__version__}

    def summary(self):
        """The year before the network, its first year and the last year, side by side: means over months.

        Returns
        -------
        pandas.DataFrame
            One row for each period; remission_rate, median_health, activation, commons_cases, usable_knowledge.
        """
        import pandas as pd
        joined = [month for month in self.joins if month is not None and month < self.parameters.months]
        last = max(0, self.parameters.months - 12)
        periods = {"first year": 0, "last year": last}
        if joined:
            before = {"year before the network": min(joined) - 12} if min(joined) >= 12 else {}
            periods = {**before, "first year with the network": min(joined), "last year": last}
        measures = ["remission_rate", "median_health", "activation", "commons_cases", "usable_knowledge"]
        months = self.months.set_index("month")[measures]
        return pd.DataFrame({name: months.loc[start:start + 11].mean() for name, start in periods.items()}).T


def by_month(run, measure, first=0, until=None):
    """One column of `Run.months` from month `first` to `until` - 1, (n_months,), without making the whole table.

    >>> from lnlab import Parameters, simulate
    >>> small = simulate(Parameters(n_patients=100, n_centers=2, months=24, launch_month=6))
    >>> bool((by_month(small, "remission_rate") == small.months["remission_rate"]).all())
    True
    """
    return tables.by_month(one_of("measure", measure, tables.MEASURES), run.record, run.parameters, run.population,
                           first, until)
