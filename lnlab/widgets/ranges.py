"""Ranges made from a parameter, with round steps: what the page shows is what Python computes with."""

import math
from decimal import Decimal

from traitlets import Float, Int, Unicode, validate

from lnlab import parameters
from lnlab.checks import InputError, number
from lnlab.widgets.controls import Switch, _Control, _script

WANTED_STEPS = 20      # enough to feel continuous, few enough to cross with the arrow keys


def range_for(parameter, value=None, low=None, high=None, step=None):
    """The control for one parameter, made from its declaration.

    Parameters
    ----------
    parameter : str
        Name of a field of `Parameters`.
    value : float, int or bool, optional
        Where the control starts, in the parameter's unit; otherwise at the parameter's default.
    low, high : float, optional
        A part of the declared range, in the parameter's unit. `high` is needed where none is declared.
    step : float, optional
        Otherwise the step of 1, 2 or 5 times a power of ten that comes nearest to 20 steps and leads to both `value`
        and `high`.

    Returns
    -------
    Range or Switch
        A `Switch` for a parameter that is either on or off; it has no `low`, `high` and `step`.

    Raises
    ------
    InputError
        For an unknown parameter, a missing `high`, a number outside of the declared range, or a `step` that does not
        lead to `value` and `high`.

    Examples
    --------
    >>> sharing = range_for("sharing")
    >>> sharing
    Range(label='Sharing', value=0.5)
    >>> sharing.min, sharing.max, sharing.step, sharing.unit
    (0.0, 1.0, 0.05, 'share of cases')
    >>> range_for("n_centers", high=50).step
    2.0
    >>> range_for("n_centers")
    Traceback (most recent call last):
    lnlab.checks.InputError: `n_centers` has no highest value of its own (centers): give `high`, for example 40.
    """
    about = parameters.declared(parameter)
    value = parameters.checked_value(parameter, about["default"] if value is None else value)
    words = dict(name=parameter, label=parameters.label(parameter), help=about["meaning"], value=value)
    if about["switch"]:
        return Switch(**words)

    if high is None and about["high"] is None:
        raise InputError(f"`{parameter}` has no highest value of its own ({about['unit']}): give `high`, for example "
                         f"{2 * about['default']}.")
    start = 0 if low is None else parameters.checked_value(parameter, low)
    high = about["high"] if high is None else parameters.checked_value(parameter, high)
    if start >= high:
        raise InputError(f"`low` must lie below `high` for `{parameter}`; got {start!r} and {high!r}.")
    number(parameter, value, start, high, about["unit"])
    step = _round_step(parameter, start, high, value, about["whole"]) if step is None else number("step", step)
    if step <= 0 or about["whole"] and not step.is_integer() or not _leads_to(start, step, value, high):
        raise InputError(f"`step` must be {'a whole number' if about['whole'] else 'positive'} and lead from {start:g} "
                         f"to {value:g} and to {high:g}; got {step:g}.")
    # Counted from 0, a range of 1 to 5000 patients begins with its first round number.
    first = start if low is not None else float(math.ceil(_exact(about["low"]) / _exact(step)) * _exact(step))
    return Range(**words, unit=about["unit"], min=first, max=high, step=step, decimals=_decimals(start, step))


class Range(_Control):
    """A labelled range that sends its value while it is dragged; `range_for` makes one from a parameter.

    Parameters
    ----------
    label, help, unit : str
        Name, explanation and unit, as shown and as read aloud.
    value, min, max, step : float
        In the unit; `value` must be one of `min`, `min + step`, ... up to `max`.
    decimals : int
        Decimals shown.
    disabled : bool
    name : str
        The parameter that it sets.

    Raises
    ------
    InputError
        For a `value` that the range cannot show, now or later.

    Examples
    --------
    >>> dose = Range(label="Dose", value=0.5, min=0, max=1, step=0.25)
    >>> dose.value = 0.6
    Traceback (most recent call last):
    lnlab.checks.InputError: `Dose` must be reached from 0 in steps of 0.25; got 0.6.
    """

    _esm = _script("range.js")
    unit = Unicode().tag(sync=True)
    value = Float().tag(sync=True)
    min = Float(0.0).tag(sync=True)
    max = Float(1.0).tag(sync=True)
    step = Float(0.05).tag(sync=True)
    decimals = Int(2).tag(sync=True)

    @validate("value")
    def _reachable(self, proposal):
        """The page would silently show the nearest step while Python computed with another value."""
        name = self.name or self.label
        value = number(name, proposal["value"], self.min, self.max, self.unit)
        if not _leads_to(self.min, self.step, value):
            raise InputError(f"`{name}` must be reached from {self.min:g} in steps of {self.step:g}; got {value!r}.")
        return value


def _exact(value):
    """As written: 0.15 is three times 0.05 for a reader, though not for the nearest binary fractions."""
    return Decimal(repr(float(value)))


def _leads_to(start, step, *targets):
    return all((_exact(target) - _exact(start)) % _exact(step) == 0 for target in targets)


def _decimals(*values):
    return max(0, *(-_exact(value).normalize().as_tuple().exponent for value in values))


def _round_step(parameter, start, high, value, whole):
    wanted = (high - start) / WANTED_STEPS
    if whole:
        wanted = max(1, wanted)
    power = math.floor(math.log10(wanted))
    steps = [float(Decimal(digit).scaleb(power + shift)) for shift in (1, 0, -1, -2) for digit in (1, 2, 5)]
    for step in sorted(steps, key=lambda step: abs(math.log(step / wanted))):
        if step <= 2 * wanted and (step.is_integer() or not whole) and _leads_to(start, step, value, high):
            return step
    raise InputError(f"`{parameter}` must be a round number to be set with a range from {start:g} to {high:g}; got "
                     f"{value!r}. Round it, or give a `step` that leads to it.")
