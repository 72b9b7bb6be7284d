"""How well a registry records: the chances of its gaps, delays and errors."""

import dataclasses
from dataclasses import dataclass

from lnlab.checks import number, only_by_name, switch
from lnlab.parameters import PROCESSES, quantity


def _chance(default, meaning, unit, high=1, low=0, source="assumed"):
    return quantity(default, low=low, high=high, unit=unit, meaning=meaning, source=source, element=PROCESSES,
                    change="data registries")


@dataclass(frozen=True, kw_only=True, repr=False)
class Recording:
    """How well a registry records: the chances of each gap and error. What you do not name keeps its default.

    The defaults are assumed, but for `late`: with `missing`, it puts 77 % of visits into the registry within 30 days,
    as the Cystic Fibrosis Learning Network reported of itself [ong2022]. `PERFECT` has no gaps and no errors.

    Raises
    ------
    InputError
        For an unknown name, a wrong type or a value out of range.

    Examples
    --------
    >>> Recording(wrong=0.2)
    Recording(wrong=0.2)
    >>> Recording().but(late=0).late
    0.0
    """

    members_only: bool = quantity(
        True, low=False, high=True, unit="switch", element=PROCESSES,
        meaning="a center records from the month in which it joins; if off, every center does from month 0")
    missed: float = _chance(
        0.05, "chance that a visit is held elsewhere: the center knows only that it was due", "share of visits")
    unenrolled_well: float = _chance(
        0.50, "chance that a visit in remission does not enroll a patient who is not in the registry yet",
        "share of visits")
    unenrolled_unwell: float = _chance(
        0.50, "the same for a visit not in remission; a difference between the two is enrollment bias",
        "share of visits")
    missing: float = _chance(0.05, "chance that a visit is never entered", "share of visits")
    late: float = _chance(
        0.19, "chance that an entry is not made within 30 days, here: in the month of the visit", "share of entries",
        source="ong2022")
    delay: float = _chance(2.0, "mean delay of late entries (geometric, at least a month)", "months", low=1, high=24)
    wrong: float = _chance(
        0.02, "chance that remission is recorded the wrong way round", "share of entries", high=0.5)
    blank: float = _chance(
        0.05, "chance that a field is left empty: remission, activation and package each on its own",
        "share of entries")
    blank_without_data: float = _chance(
        1.0, "chance that remission is left empty where no data were at hand; 1 as in the model, where then nothing is "
        "seen", "share of entries")
    activation_error: float = _chance(
        0.10, "sd of the error with which a questionnaire measures activation", "share", high=0.5)

    def __new__(cls, *positional, **named):
        only_by_name(positional, named, cls.__dataclass_fields__, "chance", "Recording(late=0.3)")
        return super().__new__(cls)

    def __post_init__(self):
        for each in dataclasses.fields(self):
            about, value = each.metadata, getattr(self, each.name)
            object.__setattr__(self, each.name, switch(each.name, value, about["unit"]) if each.type is bool else
                               number(each.name, value, about["low"], about["high"], about["unit"]))

    def but(self, **changes):
        """The same recording with some chances changed: a new object, checked again."""
        return Recording(**{**{each.name: getattr(self, each.name) for each in dataclasses.fields(self)}, **changes})

    def __repr__(self):
        changed = [f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self)
                   if getattr(self, each.name) != each.default]
        return f"Recording({', '.join(changed)})"

    def table(self):
        """Every chance as a row: name, value, default, low, high, unit, meaning, source.

        >>> Recording().table()["source"].value_counts().to_dict()
        {'assumed': 10, 'ong2022': 1}
        """
        import pandas as pd
        about = ("low", "high", "unit", "meaning", "source")
        return pd.DataFrame([dict(name=each.name, value=getattr(self, each.name), default=each.default,
                                  **{key: each.metadata[key] for key in about}) for each in dataclasses.fields(self)])


PERFECT = Recording(missed=0, unenrolled_well=0, unenrolled_unwell=0, missing=0, late=0, delay=1, wrong=0, blank=0,
                    blank_without_data=0, activation_error=0)
