"""Every number of the model: default, range, unit, meaning, source, and the theory it stands for.

One declaration each. The range checks, the tables, the sliders, the axis labels and the sweep bounds are all
derived from here; nothing else in the project holds a default.
"""

import dataclasses
from dataclasses import dataclass, field

from lnlab.checks import InputError, did_you_mean, number, only_by_name, switch, whole_number

SIZE, TIME, CONDITION, CONTEXT = "size", "time", "condition", "context"
ACTORS, COMMONS, PROCESSES, CHRONIC_CARE = "actors", "commons", "processes", "chronic care model"
MOST_KINDS = 2**15 - 1      # patients carry the numbers of their phenotype and package in 16 bits (lnlab.state)


def quantity(default, *, low=0, high=None, unit, meaning, element, change="", source="assumed", lever=False,
             varies=False):
    """A dataclass field that carries its range, unit, meaning, source and theory in its metadata."""
    return field(default=default, metadata=dict(
        low=low, high=high, unit=unit, meaning=meaning, element=element, change=change, source=source, lever=lever,
        varies=varies))


@dataclass(frozen=True, kw_only=True, repr=False)
class Parameters:
    """The numbers of one simulated network; what you do not name keeps its default.

    Every field is checked against its declared range when the object is made. `but` makes a changed copy.

    Raises
    ------
    InputError
        For an unknown name, a wrong type, a value out of range, or values that cannot go together.

    Examples
    --------
    >>> Parameters(patient_influence=0.2)
    Parameters(patient_influence=0.2)
    >>> Parameters().but(sharing=0).sharing
    0.0
    >>> Parameters(pateint_influence=0.2)
    Traceback (most recent call last):
    lnlab.checks.InputError: There is no parameter `pateint_influence`. Did you mean 'patient_influence'?
    """

    n_patients: int = quantity(2000, low=1, unit="patients", meaning="patients in all centers together", element=SIZE)
    n_centers: int = quantity(20, low=1, unit="centers", meaning="care centers", element=SIZE)
    clinicians_per_center: int = quantity(2, low=1, unit="clinicians", meaning="clinicians in each center", element=SIZE)

    burn_in: int = quantity(60, unit="months", meaning="months of care as usual before month 0, not recorded", element=TIME)
    launch_month: int = quantity(24, unit="month", meaning="month in which the network starts", element=TIME)
    months: int = quantity(144, low=1, unit="months", meaning="months recorded", element=TIME)

    n_phenotypes: int = quantity(16, low=1, unit="phenotypes", meaning="hidden kinds of the condition", element=CONDITION, source="calibrated")
    n_packages: int = quantity(6, low=1, unit="packages", meaning="treatment packages to choose from", element=CONDITION)
    best_efficacy: float = quantity(0.92, high=1, unit="health", meaning="health that the best package leads to with full adherence", element=CONDITION)
    other_efficacy_low: float = quantity(0.30, high=1, unit="health", meaning="lowest efficacy of the other packages", element=CONDITION)
    other_efficacy_high: float = quantity(0.74, high=1, unit="health", meaning="highest efficacy of the other packages", element=CONDITION, source="calibrated")
    remission_threshold: float = quantity(0.59, high=1, unit="health", meaning="health from which a patient counts as in remission", element=CONDITION, source="calibrated")
    response_rate: float = quantity(0.30, high=1, unit="per month", meaning="share of the way to the treatment's effect made in a month", element=CONDITION)
    noise: float = quantity(0.06, high=1, unit="health", meaning="sd of the month-to-month ups and downs of health", element=CONDITION)
    flare_chance: float = quantity(0.05, high=1, unit="per month", meaning="chance of a flare", element=CONDITION)
    flare_drop: float = quantity(0.34, high=1, unit="health", meaning="health lost in a flare", element=CONDITION, source="calibrated")
    adherence_floor: float = quantity(0.70, high=1, unit="share", meaning="adherence of a wholly passive patient", element=CONDITION)
    usual_match: float = quantity(0.48, high=1, unit="share", meaning="chance that usual care starts with the best package", element=CONDITION, source="calibrated")
    turnover: float = quantity(0.01, high=0.1, unit="per month", meaning="chance that a patient leaves and a newly diagnosed one takes the place", element=CONDITION)
    switch_drop: float = quantity(0.0, high=1, unit="health", meaning="health lost at a change of package (rival assumption)", element=CONDITION)
    washout: int = quantity(0, high=12, unit="months", meaning="months after a change of package in which no case is written down (rival assumption)", element=CONDITION)
    efficacy_trend: float = quantity(0.0, high=0.05, unit="health per year", meaning="yearly rise of every efficacy: better medicines (rival explanation)", element=CONDITION)

    activation: float = quantity(0.40, high=1, unit="share", meaning="mean baseline activation of patients: readiness to take an active part", element=ACTORS)
    activation_sd: float = quantity(0.18, high=0.5, unit="share", meaning="sd of patients' baseline activation", element=ACTORS)
    clinician_activation: float = quantity(0.45, high=1, unit="share", meaning="mean baseline activation of clinicians", element=ACTORS)
    clinician_activation_sd: float = quantity(0.20, high=0.5, unit="share", meaning="sd of clinicians' baseline activation", element=ACTORS)
    patient_influence: float = quantity(0.06, high=0.4, unit="per month", meaning="how strongly active peers activate a patient", element=ACTORS, change="culture of generosity and collaboration: activation spreads")
    clinician_influence: float = quantity(0.05, high=0.4, unit="per month", meaning="how strongly active colleagues activate a clinician", element=ACTORS, change="culture of generosity and collaboration: activation spreads")
    contagion_threshold: float = quantity(0.0, high=1, unit="share", meaning="mean activation of peers below which they have no influence (0: simple contagion, above: complex)", element=ACTORS, change="culture of generosity and collaboration: activation spreads")
    leadership: float = quantity(0.02, high=0.1, unit="per month", meaning="activation of members by leaders with a shared goal", element=ACTORS, change="leadership aligned on a shared goal", lever=True)
    fading: float = quantity(0.15, high=0.5, unit="per month", meaning="how fast activation falls back to the person's baseline", element=ACTORS)
    encounter_influence: float = quantity(0.10, high=0.5, unit="per encounter", meaning="how far patient and clinician move toward each other's activation", element=ACTORS, change="agents change state when they meet")
    coproduction: float = quantity(0.50, high=1, unit="weight", meaning="0: either active party is enough; 1: both are needed", element=ACTORS)
    patient_ties: int = quantity(8, unit="ties", meaning="mean number of other patients a patient is tied to; each names half", element=ACTORS)
    cross_center_ties: float = quantity(0.10, high=1, unit="share", meaning="share of names that go to people of other centers", element=ACTORS)
    colleague_ties: int = quantity(4, unit="ties", meaning="mean number of other clinicians a clinician is tied to; each names half", element=PROCESSES)
    shared_information_use: float = quantity(0.90, high=1, unit="share of encounters", meaning="chance that the commons is at hand when care is reconsidered", element=ACTORS, change="shared information brought to the encounter", source="calibrated", lever=True)

    visit_interval: int = quantity(3, low=1, high=12, unit="months", meaning="months between visits", element=CHRONIC_CARE, change="periodicity of encounters")
    data_baseline: float = quantity(0.18, high=1, unit="share of encounters", meaning="chance that data are at hand without registry, planning or patient reports", element=CHRONIC_CARE, change="data brought to the encounter", source="calibrated", varies=True)
    patient_reported_data: float = quantity(0.30, high=1, unit="share", meaning="chance that a fully active patient brings the data", element=CHRONIC_CARE, change="data brought to the encounter")
    pre_visit_planning: float = quantity(0.10, high=1, unit="share of encounters", meaning="chance that a visit is prepared", element=CHRONIC_CARE, change="prepared encounters", lever=True)
    cases_per_encounter: float = quantity(1.0, high=1, unit="case", meaning="chance that an encounter with data is written down as a case", element=CHRONIC_CARE, change="how much information is produced")

    phenotype_error: float = quantity(0.0, high=1, unit="share", meaning="chance that the phenotype is mistaken (rival assumption)", element=COMMONS, change="wrong knowledge")
    case_error: float = quantity(0.0, high=0.5, unit="share", meaning="chance that a case is recorded the wrong way round (rival assumption)", element=COMMONS, change="wrong knowledge")
    shareable: float = quantity(0.60, high=1, unit="share of cases", meaning="share of cases in a form that others can use", element=COMMONS, change="information created that is shareable")
    sharing: float = quantity(0.50, high=1, unit="share of cases", meaning="chance that engaged people share a shareable case", element=COMMONS, change="shareable information that is shared", source="calibrated", lever=True)
    clinician_spread: float = quantity(0.05, high=1, unit="per case and colleague", meaning="chance that a tied colleague hears of a case that is not shared", element=PROCESSES, change="governance that lets information spread", lever=True)
    implementation: float = quantity(0.35, high=1, unit="share of decisions", meaning="chance that a clinician can act on a better idea", element=PROCESSES, change="quality improvement", source="calibrated", lever=True, varies=True)
    registry: float = quantity(0.45, high=1, unit="share of encounters", meaning="chance that the registry brings the data, and makes a case shareable", element=PROCESSES, change="data registries", source="calibrated", lever=True)
    recall: float = quantity(0.20, high=1, unit="share of encounters", meaning="chance that a full registry recalls a patient seen unwell next month", element=PROCESSES, change="data registries")
    forgetting: float = quantity(0.10, high=1, unit="per month", meaning="share of clinicians' own cases forgotten", element=COMMONS, source="calibrated")
    obsolescence: float = quantity(0.02, high=1, unit="per month", meaning="share of the commons that goes out of date", element=COMMONS)
    center_archive: bool = quantity(False, low=False, high=True, unit="switch", meaning="centers keep their own cases as long as the commons does (rival assumption)", element=COMMONS)

    center_variation: float = quantity(0.50, high=2, unit="sd on the logit scale", meaning="how much centers differ in implementation and in data at hand", element=CONTEXT)
    context_strength: float = quantity(0.0, high=1, unit="weight", meaning="how far what works depends on the center", element=CONTEXT)

    def __new__(cls, *positional, **named):
        only_by_name(positional, named, cls.__dataclass_fields__, "parameter", "Parameters(sharing=0.8)")
        return super().__new__(cls)

    def __post_init__(self):
        for each in _FIELDS:
            given = getattr(self, each.name)
            if given is not each.default:
                object.__setattr__(self, each.name, checked_value(each.name, given))
        _check_together(self)

    def but(self, **changes):
        """The same parameters with some changed: a new object, checked again.

        >>> Parameters(months=60, launch_month=12).but(sharing=0.8)
        Parameters(launch_month=12, months=60, sharing=0.8)
        """
        return Parameters(**{**self.changed(), **changes})

    def changed(self):
        """The fields that differ from their defaults, as a dict.

        >>> Parameters(sharing=0.5, registry=0.9).changed()
        {'registry': 0.9}
        """
        return {each.name: getattr(self, each.name) for each in _FIELDS if getattr(self, each.name) != each.default}

    def __repr__(self):
        return f"Parameters({', '.join(f'{name}={value!r}' for name, value in self.changed().items())})"

    def table(self):
        """Every parameter as a row: value, default, range, unit, meaning, theory element, change concept, source.

        Returns
        -------
        pandas.DataFrame
            Columns name, value, default, low, high, unit, meaning, element, change, source, lever, varies.

        >>> Parameters().table()["source"].value_counts().to_dict()
        {'assumed': 44, 'calibrated': 11}
        """
        import pandas as pd
        return pd.DataFrame([dict(name=each.name, value=getattr(self, each.name), default=each.default,
                                  **each.metadata) for each in dataclasses.fields(self)])


def declared(name):
    """The declaration of one parameter: a dict with default, low, high, unit, meaning, element, change, source, ...

    >>> declared("sharing")["unit"]
    'share of cases'
    """
    if name not in Parameters.__dataclass_fields__:
        raise InputError(f"There is no parameter `{name}`.{did_you_mean(name, Parameters.__dataclass_fields__)}")
    each = Parameters.__dataclass_fields__[name]
    return {"default": each.default, "whole": each.type is int, "switch": each.type is bool, **each.metadata}


def label(name):
    """The name of a parameter as people read it: on sliders and axes.

    >>> label("pre_visit_planning")
    'Pre-visit planning'
    """
    declared(name)
    return name.replace("pre_visit", "pre-visit").replace("n_", "number of ", 1).replace("_", " ").capitalize() \
        if name.startswith("n_") else name.replace("pre_visit", "pre-visit").replace("_", " ").capitalize()


def checked_value(name, value):
    """`value` if the parameter `name` may have it, as the declared type; an InputError if not."""
    about = declared(name)
    if about["switch"]:
        return switch(name, value, about["unit"])
    check = whole_number if about["whole"] else number
    return check(name, value, about["low"], about["high"], about["unit"])


_FIELDS = dataclasses.fields(Parameters)
LEVERS = tuple(each.name for each in dataclasses.fields(Parameters) if each.metadata["lever"])


def _check_together(p):
    for name in ("n_phenotypes", "n_packages"):
        if getattr(p, name) > MOST_KINDS:
            raise InputError(f"`{name}` must be at most {MOST_KINDS}; got {getattr(p, name)}.")
    if p.n_centers > p.n_patients:
        raise InputError(f"`n_centers` must be at most `n_patients` ({p.n_patients}), so that every center has a "
                         f"patient; got {p.n_centers}.")
    if p.launch_month >= p.months:
        raise InputError(f"`launch_month` must come before the end of the run (`months` is {p.months}); got "
                         f"{p.launch_month}. For a network that never starts, use growth=\"never\".")
    if not p.other_efficacy_low <= p.other_efficacy_high <= p.best_efficacy:
        raise InputError("`other_efficacy_low`, `other_efficacy_high` and `best_efficacy` must rise in this order; got "
                         f"{p.other_efficacy_low}, {p.other_efficacy_high} and {p.best_efficacy}.")
    for mean, sd in (("activation", "activation_sd"), ("clinician_activation", "clinician_activation_sd")):
        largest = (getattr(p, mean) * (1 - getattr(p, mean))) ** 0.5
        if 0 < largest <= getattr(p, sd):
            raise InputError(f"`{sd}` must be below {largest:.3g} where `{mean}` is {getattr(p, mean)} (a share cannot "
                             f"vary more); got {getattr(p, sd)}.")
    if p.patient_ties > p.n_patients - 1:
        raise InputError(f"`patient_ties` must be at most {p.n_patients - 1}, the number of other patients; got "
                         f"{p.patient_ties}.")
    others = p.n_centers * p.clinicians_per_center - 1
    usual = Parameters.__dataclass_fields__["colleague_ties"].default
    if p.colleague_ties > max(others, usual):     # a network too small for the default number simply has fewer
        raise InputError(f"`colleague_ties` must be at most {max(others, usual)} where there are {others} other "
                         f"clinicians; got {p.colleague_ties}.")
