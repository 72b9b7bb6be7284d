"""Predict, try, compare: the one interface that notebooks use.

The reader commits to a prediction; then the controls open. Usual care stays in grey, what the controls make is blue,
with the range of its replicates; the same people with the same luck live in every arm.
"""

import base64

import ipywidgets
import numpy as np

from lnlab.checks import InputError, did_you_mean, one_of
from lnlab.experiment import mean_and_interval, replicate_seeds
from lnlab.figures.experiment import ExperimentPicture
from lnlab.parameters import Parameters, declared, label
from lnlab.population import make_population, structure
from lnlab.results import by_month
from lnlab.run import simulate
from lnlab.tables import SHARES
from lnlab.widgets.controls import Buttons, Number, Picture, Status
from lnlab.widgets.ranges import range_for

SMALL = Parameters(n_patients=500, n_centers=5, launch_month=12, months=60)
MOST_CONTROLS, FIRST_FEW = 6, 2
WORDS = {"remission_rate": "of patients are in remission", "active_share": "of patients are active",
         "best_package_share": "of patients are on their best package",
         "commons_cases": "cases per member patient are in the commons"}


class Experiment(ipywidgets.VBox):
    """An experiment with a simulated network: a prediction, a few sliders, a picture and a sentence.

    Parameters
    ----------
    controls : sequence of str
        One to six parameters to be moved.
    predict : str
        The question to be answered before the controls open.
    predict_for : str
        The preset about which the question asks.
    presets : dict of str to dict
        Named settings of the controls; what a preset does not name stays as at the start.
    measure : str, default "remission_rate"
        A column of `Run.months`; the last year counts.
    parameters : Parameters, optional
        The network at the start; 500 patients in 5 centers, 60 months if not given.
    replicates : int, default 8
    seed : int, default 1
    limits : pair of float, optional
        The range of the picture's vertical axis.

    Raises
    ------
    InputError
        For an unknown parameter, measure or preset, more than six controls, or a preset that the controls cannot show.

    Examples
    --------
    >>> trial = Experiment(["sharing"], predict="What if nobody shares?", predict_for="Nobody shares",
    ...                    presets={"Nobody shares": {"sharing": 0}}, replicates=2)
    >>> trial.commit(60)
    >>> trial.choose("Nobody shares")
    >>> trial.compared
    'You predicted 60 %; it is 66 %: 6 points higher than you expected.'
    """

    def __init__(self, controls, *, predict, predict_for, presets, measure="remission_rate", parameters=None,
                 replicates=8, seed=1, limits=None):
        self.start = SMALL if parameters is None else parameters
        controls = list(dict.fromkeys([controls] if isinstance(controls, str) else controls))
        if not 1 <= len(controls) <= MOST_CONTROLS:
            raise InputError(f"`controls` must be one to {MOST_CONTROLS} parameters; got {len(controls)}.")
        self.controls = {name: range_for(name, declared(name) and getattr(self.start, name)) for name in controls}
        self.presets = {"This network": {}, **presets}
        for preset, settings in self.presets.items():
            self._check_preset(preset, settings)
        one_of("predict_for", predict_for, self.presets)
        self.predict_for, self.measure = predict_for, measure
        self.seeds = replicate_seeds(replicates, seed)
        self._people, self._results = {}, {}
        self.prediction = None
        usual = self._simulated(self.start, range(len(self.seeds)), growth="never")
        self.image = ExperimentPicture(usual, measure, self.start.launch_month,
                                       limits or ((0.4, 0.95) if measure in SHARES else (0.0, 1.0)))
        self.usual = usual[:, -12:].mean(axis=1)

        in_percent = measure in SHARES
        self.guess = Number(label=predict, unit="% of patients" if in_percent else "", min=0.0,
                            max=100.0 if in_percent else None, step=1.0 if in_percent else None)
        self.committing = Buttons(label="Your prediction", labels=["Commit to my prediction"])
        self.choosing = Buttons(label="Settings to try", labels=[*self.presets], current="This network", disabled=True)
        self.picture = Picture(width=self.image.width, height=self.image.height)
        self.status = Status()
        for control in self.controls.values():
            control.disabled = True
            control.observe(self._moved, "value")
        self.guess.observe(lambda _: self._commit_typed(), "submitted")
        self.committing.on_press(lambda _: self._commit_typed())
        self.choosing.on_press(self.choose)
        self._show()
        side_by_side = ipywidgets.HBox([*self.controls.values()], layout=ipywidgets.Layout(flex_flow="row wrap"))
        super().__init__([self.guess, self.committing, self.choosing, side_by_side, self.picture, self.status])

    def commit(self, prediction):
        """Commit to a prediction, as the reader would: in percent for a share, else in the measure's unit."""
        self.guess.value = prediction
        self.prediction = self.guess.value / 100 if self.measure in SHARES else self.guess.value
        self.guess.disabled = self.committing.disabled = True
        self.choosing.disabled = False
        for control in self.controls.values():
            control.disabled = False
        self._show()

    def choose(self, preset):
        """Set the controls to a preset; "This network" resets them."""
        settings = self.presets[one_of("preset", preset, self.presets)]
        self._silent = True
        for name, control in self.controls.items():
            control.value = settings.get(name, getattr(self.start, name))
        self._silent = False
        self._show()

    @property
    def settings(self):
        """What the controls say now, as a dict of parameters."""
        return {name: control.value for name, control in self.controls.items()}

    @property
    def sentence(self):
        """The result in words."""
        result = self._result(range(len(self.seeds)))[:, -12:].mean(axis=1)
        says, gain = self.image.says, result - self.usual
        what = WORDS.get(self.measure) or f"is the {label_of(self.measure)}"
        text = (f"{self._said()}: in the last year {says(result.mean())} {what} ({says(result.min())} to {says(result.max())} in "
                f"{len(result)} simulated networks)")
        if not self.usual.any():
            return f"{text}."       # usual care has none of it: nothing to compare with
        return f"{text}, {self._difference(gain)}."

    @property
    def compared(self):
        """The prediction against what happened, in words; empty before the prediction is committed."""
        if self.prediction is None:
            return ""
        if not self._is(self.predict_for):
            return (f"You predicted {self.image.says(self.prediction)} for \N{LEFT DOUBLE QUOTATION MARK}"
                    f"{self.predict_for}\N{RIGHT DOUBLE QUOTATION MARK}: try it.")
        result = self._result(range(len(self.seeds)))[:, -12:].mean()
        says, off = self.image.says, result - self.prediction
        return f"You predicted {says(self.prediction)}; it is {says(result)}: {self._off(off)}."

    def _commit_typed(self):
        if self.prediction is None and self.guess.value is None:
            self.status.text = "Type your prediction first, a number; then the controls open."
        elif self.prediction is None:
            self.commit(self.guess.value)

    def _moved(self, _change):
        if not getattr(self, "_silent", False):
            self._show()

    def _show(self):
        """Draw a first picture from a few replicates at once, then the whole."""
        self.choosing.current = self._preset()
        name = {None: "your network", "This network": "this network"}.get(self._preset(), self._preset())
        everybody = range(len(self.seeds))
        if self._key() not in self._results:
            few = self._result(everybody[:FIRST_FEW])
            self.picture.show(self.image.draw(few, name, self.prediction), self.picture.alt)
        self.png = self.image.draw(self._result(everybody), name, self.prediction)
        text = f"{self.sentence} {self.compared}".strip()
        self.picture.show(self.png, text)
        self.status.text = text if self.prediction is not None else f"{text} To move a slider, predict first."

    def _result(self, which):
        key = self._key()
        if key in self._results:
            return self._results[key]
        result = self._simulated(self.start.but(**self.settings), which)
        if len(which) == len(self.seeds):
            self._results[key] = result
        return result

    def _simulated(self, parameters, which, growth="together"):
        """The measure by month in some of the replicates, (n_replicates, n_months)."""
        rows = []
        for seed in (self.seeds[each] for each in which):
            who = (structure(parameters), seed)
            if who not in self._people:
                self._people[who] = make_population(parameters, seed)
            run = simulate(parameters, seed=seed, growth=growth, population=self._people[who])
            rows.append(by_month(run, self.measure))
        return np.array(rows)

    def _key(self):
        return tuple(self.settings.items())

    def _preset(self):
        return next((preset for preset in self.presets if self._is(preset)), None)

    def _said(self):
        """The preset, or the controls that were moved, in words."""
        moved = [f"{label(name).lower()} {value:g}" for name, value in self.settings.items()
                 if value != getattr(self.start, name)]
        said = self._preset() or ", ".join(moved)
        return said[0].upper() + said[1:]

    def _is(self, preset):
        wanted = {name: getattr(self.start, name) for name in self.controls} | self.presets[preset]
        return all(abs(value - wanted[name]) < 1e-9 for name, value in self.settings.items())

    def _check_preset(self, preset, settings):
        for name, value in settings.items():
            if name not in self.controls:
                raise InputError(f"Preset {preset!r} must set only the controls {', '.join(self.controls)}; got `{name}`."
                                 f"{did_you_mean(name, self.controls)}")
            range_for(name, value)

    def _difference(self, gain):
        scale, unit, digits = (100, " points", 1) if self.measure in SHARES else (1, "", 2)
        mean, low, high = (scale * value for value in mean_and_interval(gain))
        if low <= 0 <= high:
            return f"not clearly different from usual care (95 % interval {low:+.{digits}f} to {high:+.{digits}f}{unit})"
        near, far = sorted((abs(low), abs(high)))
        return (f"{abs(mean):.{digits}f}{unit} {'more' if mean > 0 else 'less'} than with usual care "
                f"(95 % interval {near:.{digits}f} to {far:.{digits}f})")

    def _off(self, off):
        if self.measure in SHARES:
            points = f"{abs(100 * off):.0f}"
            if points == "0":
                return "just as you expected"
            return f"{points} point{'s' * (points != '1')} {'higher' if off > 0 else 'lower'} than you expected"
        return f"{abs(off):.2f} {'higher' if off > 0 else 'lower'} than you expected"

    def __repr__(self):
        return f"{self.sentence} {self.compared}".strip()

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        data = {**data, "text/plain": repr(self), "image/png": base64.b64encode(self.png).decode()}
        return data, {**metadata, "image/png": {"alt": repr(self)}}


def label_of(measure):
    """A measure in running words."""
    return measure.replace("_", " ") if measure not in Parameters.__dataclass_fields__ else label(measure).lower()
