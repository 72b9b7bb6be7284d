"""The parts of an experiment: labelled native elements of the page.

A stock slider has no accessible name, and JupyterLab takes plain keys for its own commands. These controls have a
name, a help text and a visible focus, keep the keys pressed in them, and show themselves the same way in every run.
Each class has a script of the same name in this folder; all share one style sheet.
"""

from pathlib import Path

import anywidget
from traitlets import Bool, Bytes, Dict, Float, Int, List, Unicode, validate

from lnlab.checks import number, one_of


class _Control(anywidget.AnyWidget):
    """What every control has; `name` says which parameter it sets, for the experiment that holds it."""

    _css = (Path(__file__).parent / "controls.css").read_text(encoding="utf-8")
    _shown = ("label", "value")

    name = Unicode()
    label = Unicode().tag(sync=True)
    help = Unicode().tag(sync=True)
    disabled = Bool().tag(sync=True)
    unit = ""

    def __repr__(self):       # without ids and addresses, so that stored notebook outputs can be compared
        return f"{type(self).__name__}({', '.join(f'{each}={getattr(self, each)!r}' for each in self._shown)})"


def _script(name):
    here = Path(__file__).parent
    return "\n".join((here / each).read_text(encoding="utf-8") for each in ("shared.js", name))


def _between(check):
    """A validator: a control's `value`, if it has one, must pass `check` within the control's `min` and `max`."""
    def within(self, proposal):
        value = proposal["value"]
        return value if value is None else check(self.name or self.label, value, self.min, self.max, self.unit)
    return validate("value")(within)


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
    >>> Switch(label="Center archive")
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

    _within = _between(number)


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
