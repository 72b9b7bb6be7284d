"""The picture of an experiment: usual care in grey, what you changed in blue with its replicates, your prediction."""

import textwrap

import numpy as np

from lnlab.figures.style import ACCENT, CHANGE, FAINT, INK, USUAL, clean, packed, percent, years_since
from lnlab.tables import SHARES

LABEL_WIDTH = 22                        # characters that fit beside the picture


class ExperimentPicture:
    """A picture drawn once and then only changed, so that it follows a slider.

    Parameters
    ----------
    usual : (n_replicates, n_months) array
        The measure under usual care.
    measure : str
        Its name, as in `Run.months`.
    launch_month : int
        The month in which the network starts.
    limits : pair of float
        The range of the vertical axis, fixed so that the picture does not jump.
    width, height : int
        Size on the page in pixels; drawn a little larger, for sharp text.
    """

    def __init__(self, usual, measure, launch_month, limits, width=720, height=400):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        self.measure, self.width, self.height = measure, width, height
        figure = Figure(figsize=(width / 100, height / 100), dpi=115)
        self.canvas = FigureCanvasAgg(figure)
        ax = self.ax = clean(figure.add_axes((0.1, 0.13, 0.65, 0.83)), measure)
        self.years = years_since(launch_month, np.arange(usual.shape[1]))
        ax.set(xlim=(self.years[0], self.years[-1]), ylim=limits, xlabel="Years since the network started")
        ax.fill_between(self.years, usual.min(axis=0), usual.max(axis=0), color=USUAL, alpha=0.18, linewidth=0)
        ax.plot(self.years, usual.mean(axis=0), color=USUAL, linewidth=1.6)
        ax.axvline(0, color=FAINT, linewidth=1)
        ax.annotate("the network starts", (0, limits[0]), xytext=(4, 5), textcoords="offset points", color=INK,
                    fontsize=8.5)
        self.usual = usual[:, -12:].mean()
        outside = dict(xycoords=ax.get_yaxis_transform(), textcoords="offset points", va="center", fontsize=9,
                       annotation_clip=False)
        self.usual_label = ax.annotate(f"{self.says(self.usual)} usual care", (1, self.usual), xytext=(8, 0), color=USUAL,
                                       animated=True, **outside)
        self.band = ax.fill_between(self.years, self.years * 0, color=CHANGE, alpha=0.2, linewidth=0, animated=True)
        self.line, = ax.plot(self.years, self.years * 0, color=CHANGE, linewidth=2.6, animated=True)
        self.label = ax.annotate("", (1, 0), xytext=(8, 0), color=CHANGE, fontweight="bold", animated=True, **outside)
        self.guess, = ax.plot([self.years[-7]], [0], marker="D", markersize=9, markerfacecolor="white",
                              markeredgecolor=ACCENT, markeredgewidth=2, linestyle="none", animated=True)
        self.guess_label = ax.annotate("", (1, 0), xytext=(8, 0), color=ACCENT, animated=True, **outside)
        self.background = self.labelled = self.stays = None

    def says(self, value):
        """A value of the measure as people read it."""
        return percent(value) if self.measure in SHARES else f"{value:.2f}"

    def draw(self, replicates, name, prediction=None):
        """The picture with these replicates, as PNG bytes.

        Parameters
        ----------
        replicates : (n_replicates, n_months) array
        name : str
            What the blue line is.
        prediction : float, optional
            In the unit of the measure.
        """
        if self.background is None:
            self.canvas.draw()
            self.background = self.canvas.copy_from_bbox(self.ax.figure.bbox)
        mean, last = replicates.mean(axis=0), replicates[:, -12:].mean()
        self.line.set_ydata(mean)
        self.band.set_data(self.years, replicates.min(axis=0), replicates.max(axis=0))
        self.label.set_text("\n".join(textwrap.wrap(f"{self.says(last)} {name}", LABEL_WIDTH)))
        labels = {self.usual_label: self.usual, self.label: last}
        if prediction is not None:
            self.guess.set_ydata([prediction])
            self.guess_label.set_text(f"{self.says(prediction)} your prediction")
            labels[self.guess_label] = prediction
        self._keep_apart(labels)
        self._write_what_stays([label for label in labels if label is not self.label])
        for artist in [self.band, self.line, self.label] + ([self.guess] if prediction is not None else []):
            self.ax.draw_artist(artist)
        return packed(self.canvas)

    def _write_what_stays(self, labels):
        """The background with the labels that mostly stay as they are: writing costs more than all the lines."""
        stays = [(label.get_text(), label.xy) for label in labels]
        if stays != self.stays:
            self.canvas.restore_region(self.background)
            for label in labels:
                self.ax.draw_artist(label)
            self.stays, self.labelled = stays, self.canvas.copy_from_bbox(self.ax.figure.bbox)
        self.canvas.restore_region(self.labelled)

    def _keep_apart(self, labels):
        low, high = self.ax.get_ylim()
        gap = (high - low) * 0.052
        ordered = sorted(labels, key=labels.get)
        heights = np.array([labels[label] for label in ordered])
        lines = [label.get_text().count("\n") + 1 for label in ordered]
        for i in range(1, len(heights)):
            heights[i] = max(heights[i], heights[i - 1] + gap * (lines[i - 1] + lines[i]) / 2)
        heights -= max(0.0, heights[-1] - high)
        for label, height in zip(ordered, heights):
            label.xy = (1, height)
