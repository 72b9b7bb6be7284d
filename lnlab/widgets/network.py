"""A network played month by month: play, pause, or go to any month; a picture, and the sentence that says it."""

import base64

import ipywidgets
from traitlets import Bool, Int

from lnlab.checks import whole_number
from lnlab.figures.network import NetworkPicture
from lnlab.widgets.controls import Picture, Status, _between, _Control, _script


class Player(_Control):
    """A button that plays and pauses, and a labelled range to go anywhere.

    Parameters
    ----------
    label : str
        Name of the range, as shown and as read aloud.
    value, min, max : int
        Where it stands, and from where to where it plays; at the end it stops, and then plays from the start.
    shown : int
        The last value of which the picture is on its way to the page. It is for the owner to set: the player waits.
    playing : bool
    pace : int
        Milliseconds from one value to the next, if the pictures come as quickly.

    Raises
    ------
    InputError
        For a `value` out of range.

    Examples
    --------
    >>> player = Player(label="Month", max=11)
    >>> player
    Player(label='Month', value=0)
    >>> player.value = 12
    Traceback (most recent call last):
    lnlab.checks.InputError: `Month` must be a whole number between 0 and 11; got 12.
    """

    _esm = _script("player.js")
    value = Int().tag(sync=True)
    min = Int(0).tag(sync=True)
    max = Int(1).tag(sync=True)
    shown = Int().tag(sync=True)
    playing = Bool().tag(sync=True)
    pace = Int(150).tag(sync=True)

    _within = _between(whole_number)


class NetworkPlayer(ipywidgets.VBox):
    """The drawing of a network with play, pause and a range over its months.

    Parameters
    ----------
    run : Run
        Made with ``simulate(..., encounters=True)``, of at most 10,000 patients.
    month : int, optional
        The month shown first, and wherever no Python runs; the last if not given.
    width, height : int
        In pixels.

    Raises
    ------
    InputError
        As `lnlab.figures.network` raises it.

    Examples
    --------
    >>> from lnlab import Parameters, simulate
    >>> small = Parameters(n_patients=100, n_centers=4, launch_month=6, months=24)
    >>> player = NetworkPlayer(simulate(small, encounters=True))
    >>> player.show(0)
    >>> player
    Month 0, with no network yet: 0 of 4 centers are members. The 100 patients' activation is 0.52 on average, and 32 %
    are active; that of the 8 clinicians is 0.52. Of the month's 8 cases 8 stayed with their clinicians and 0 went to
    the commons, which then holds 0.
    """

    def __init__(self, run, month=None, width=720, height=480):
        self.image = NetworkPicture(run, width=width, height=height)
        last = run.parameters.months - 1
        self.player = Player(label="Month", max=last)
        self.picture = Picture(width=width, height=height)
        self.status = Status()
        self.show(last if month is None else month)
        self._draw()
        self.player.observe(lambda _: self._draw(), "value")
        self.player.observe(lambda _: self._say(), "playing")
        super().__init__([self.player, self.picture, self.status])

    def show(self, month):
        """Go to this month, as the reader would."""
        self.player.value = whole_number("month", month, 0, self.player.max, "month")

    @property
    def sentence(self):
        """What the picture shows, in numbers."""
        return self.image.sentence

    def _draw(self):
        self.png = self.image.png(self.player.value)
        self.picture.show(self.png, self.sentence)
        self.player.shown = self.player.value
        self._say()

    def _say(self):
        """While it plays the line stays still: a screen reader would speak over itself, month after month."""
        self.status.text = "Playing; pause to read the month in words." if self.player.playing else self.sentence

    def __repr__(self):
        return self.sentence

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        data = {**data, "text/plain": repr(self), "image/png": base64.b64encode(self.png).decode()}
        return data, {**metadata, "image/png": {"alt": repr(self)}}
