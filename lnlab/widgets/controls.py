"""The parts of an experiment: labelled native elements of the page, ranges among them made from a parameter.

A stock slider has no accessible name, and JupyterLab takes plain keys for its own commands. These controls have a
name, a help text and a visible focus, keep the keys pressed in them, and show themselves the same way in every run.
Each class has a script of the same name beside this file; all share one style sheet.
"""

import math
from decimal import Decimal
from pathlib import Path

import anywidget
from traitlets import Bool, Bytes, Dict, Float, Int, List, Unicode, validate

from lnlab import parameters
from lnlab.checks import InputError, number, one_of

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


class _Control(anywidget.AnyWidget):
    """What every control has; `name` says which parameter it sets, for the experiment that holds it."""

    _css = (Path(__file__).parent / "controls.css").read_text(encoding="utf-8")
    _shown = ("label", "value")

    name = Unicode()
    label = Unicode().tag(sync=True)
    help = Unicode().tag(sync=True)
    disabled = Bool().tag(sync=True)

    def __repr__(self):       # without ids and addresses, so that stored notebook outputs can be compared
        return f"{type(self).__name__}({', '.join(f'{each}={getattr(self, each)!r}' for each in self._shown)})"


def _script(name):
    here = Path(__file__).parent
    return "\n".join((here / each).read_text(encoding="utf-8") for each in ("shared.js", name))


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


class Switch(_Control):
    """A labelled checkbox for what is either on or off.

    Parameters
    ----------
    label, help : str
        Name and explanation, as shown and as read aloud.
    value, disabled : bool
    name : str
        The parameter that it sets.

    Examples
    --------
    >>> range_for("center_archive")
    Switch(label='Center archive', value=False)
    """

    _esm = _script("switch.js")
    value = Bool().tag(sync=True)


class Number(_Control):
    """A labelled field for a number, such as a prediction; Enter submits it.

    Parameters
    ----------
    label, help, unit : str
        Name, explanation and unit, as shown and as read aloud.
    value : float or None
        None until a number has been typed that lies between `min` and `max`; the page says what is wrong with others.
    min, max, step : float or None
        None: without bound; any number.
    submitted : int
        How often Enter was pressed on a number; observe it to learn that the reader has decided.
    disabled : bool

    Raises
    ------
    InputError
        For a `value` out of range.

    Examples
    --------
    >>> prediction = Number(label="Your prediction", unit="share of patients", min=0, max=1)
    >>> prediction
    Number(label='Your prediction', value=None)
    >>> prediction.value = 70
    Traceback (most recent call last):
    lnlab.checks.InputError: `Your prediction` must lie between 0 and 1 (share of patients); got 70.0.
    """

    _esm = _script("number.js")
    unit = Unicode().tag(sync=True)
    value = Float(None, allow_none=True).tag(sync=True)
    min = Float(None, allow_none=True).tag(sync=True)
    max = Float(None, allow_none=True).tag(sync=True)
    step = Float(None, allow_none=True).tag(sync=True)
    submitted = Int().tag(sync=True)

    @validate("value")
    def _within(self, proposal):
        value = proposal["value"]
        return value if value is None else number(self.name or self.label, value, self.min, self.max, self.unit)


class Choice(_Control):
    """A question with one answer out of a few, none chosen at first.

    Parameters
    ----------
    label, help : str
        The question and an explanation, as shown and as read aloud.
    options : list of str
    value : str or None
        The option chosen.
    disabled : bool

    Raises
    ------
    InputError
        For a `value` that is not among the options.

    Examples
    --------
    >>> direction = Choice(label="Remission will", options=["rise", "stay", "fall"])
    >>> direction
    Choice(label='Remission will', value=None)
    >>> direction.value = "raise"
    Traceback (most recent call last):
    lnlab.checks.InputError: `Remission will` must be one of 'rise', 'stay', 'fall'; got 'raise'. Did you mean 'rise'?
    """

    _esm = _script("choice.js")
    options = List(Unicode()).tag(sync=True)
    value = Unicode(None, allow_none=True).tag(sync=True)

    @validate("value")
    def _offered(self, proposal):
        value = proposal["value"]
        return value if value is None else one_of(self.name or self.label, value, self.options)


class Buttons(_Control):
    """A named group of buttons.

    Parameters
    ----------
    label : str
        Name of the group, as read aloud.
    labels : list of str
        One button each.
    current : str or None
        The label of the one in force, marked as pressed; None where nothing is in force, as for "Run". It is for the
        experiment to set: a press alone does not change it.
    pressed : dict
        The last press: its `label`, and the `count` of presses so far. Empty before the first.
    disabled : bool
        Presses do nothing; the focus stays where it is.

    Examples
    --------
    >>> Buttons(label="Presets", labels=["Care as usual", "Full sharing"], current="Care as usual")
    Buttons(label='Presets', labels=['Care as usual', 'Full sharing'], current='Care as usual')
    """

    _esm = _script("buttons.js")
    _shown = ("label", "labels", "current")
    labels = List(Unicode()).tag(sync=True)
    current = Unicode(None, allow_none=True).tag(sync=True)
    pressed = Dict().tag(sync=True)

    @validate("current")
    def _offered(self, proposal):
        current = proposal["value"]
        return current if current is None else one_of("current", current, self.labels)

    def on_press(self, callback):
        """Call `callback` with the button's label at every press.

        >>> buttons = Buttons(label="Run", labels=["Run"])
        >>> buttons.on_press(print)
        >>> buttons.pressed = {"label": "Run", "count": 1}
        Run
        """
        self.observe(lambda change: callback(change["new"]["label"]), "pressed")


class Picture(_Control):
    """A picture in a place of fixed shape, so that the page does not jump when it changes.

    Parameters
    ----------
    png : bytes
        A PNG file; empty before the first picture.
    alt : str
        The sentence that says what it shows.
    width, height : int
        In pixels, on a page wide enough; it shrinks in proportion on others.

    Examples
    --------
    >>> Picture(alt="Remission rises from 0.5 to 0.7.", width=600, height=300)
    Picture(alt='Remission rises from 0.5 to 0.7.', width=600, height=300)
    """

    _esm = _script("picture.js")
    _shown = ("alt", "width", "height")
    png = Bytes().tag(sync=True)
    alt = Unicode().tag(sync=True)
    width = Int(640).tag(sync=True)
    height = Int(360).tag(sync=True)

    def show(self, png, alt):
        """Change the picture and its sentence together, so that they never disagree on the page.

        >>> picture = Picture()
        >>> picture.show(b"...", "Remission stays at 0.5.")
        >>> picture.alt
        'Remission stays at 0.5.'
        """
        with self.hold_sync():
            self.png, self.alt = png, alt


class Status(_Control):
    """A line whose changes are read aloud by a screen reader.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> Status(text="40 runs done.")
    Status(text='40 runs done.')
    """

    _esm = _script("status.js")
    _shown = ("text",)
    text = Unicode().tag(sync=True)


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
