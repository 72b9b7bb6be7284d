"""The network at the end of a month: each center, clinician, patient and case is one mark, and nothing else is."""

import numpy as np

from lnlab.checks import whole_number
from lnlab.figures.layout import direction, place, where_it_leaves
from lnlab.figures.recorded import checked, recorded
from lnlab.figures.style import CHANGE, INK, USUAL, Described, packed, percent

SMALLEST = 0.35             # width of the mark of activation 0, where that of activation 1 is 1
CLINICIAN = 1.3             # width of a clinician's mark, where that of a patient of the same activation is 1
PASSIVE = "#a0a0a0"         # activation 0: pale, but to be seen on white
MEMBER, NO_MEMBER = (CHANGE, "-"), (USUAL, ":")
SHARED, KEPT = dict(color=CHANGE, linewidth=1.0), dict(color=INK, linewidth=1.1)


def network(run, month, ax=None):
    """The network at the end of a month: who is how active, and where the month's cases went.

    Every center, clinician, patient and case is one mark. The more active somebody is, the larger and the darker.
    A shared case is a line from the patient to the commons; one that stayed, a line to the patient's clinician. What
    colleagues tell each other is not drawn. In the number of cases that the commons holds, older ones count less.

    Parameters
    ----------
    run : Run
        Made with ``simulate(..., encounters=True)``, of at most 10,000 patients.
    month : int
        From 0 on.
    ax : matplotlib Axes, optional
        Best half as wide again as high.

    Returns
    -------
    Described
        The figure, with the sentence that says in numbers what it shows.

    Raises
    ------
    InputError
        For a month that the run has not, a run without encounters, or one of too many patients.

    Examples
    --------
    >>> from lnlab import Parameters, figures, simulate
    >>> small = Parameters(n_patients=100, n_centers=4, launch_month=6, months=24)
    >>> figures.network(simulate(small, encounters=True), month=23)
    Month 23, month 18 of the network: 4 of 4 centers are members. The 100 patients' activation is 0.57 on average, and
    40 % are active; that of the 8 clinicians is 0.58. Of the month's 27 cases 22 stayed with their clinicians and 5
    went to the commons, which then holds 71.
    """
    picture = NetworkPicture(run, ax)
    picture.show(month)
    return Described(picture.ax, picture.sentence)


class NetworkPicture:
    """A network laid out once, of which only the month changes, so that it can be played.

    Parameters
    ----------
    run : Run
        With encounters.
    ax : matplotlib Axes, optional
    width, height : int
        Size on the page in pixels, where no `ax` is given; drawn a little larger, for sharp marks.

    Examples
    --------
    >>> from lnlab import Parameters, simulate
    >>> run = simulate(Parameters(n_patients=60, n_centers=3, launch_month=6, months=12), encounters=True)
    >>> picture = NetworkPicture(run)
    >>> len(picture.patients.get_offsets())
    60
    """

    def __init__(self, run, ax=None, width=960, height=640):
        self.recorded = recorded(checked(run))
        self.run, self.width, self.height = run, width, height
        self.layout = place(run.population)
        self.background = self.drawn_with = None
        if ax is None:
            from matplotlib.figure import Figure
            ax = Figure(figsize=(width / 100, height / 100), dpi=115).add_axes((0, 0, 1, 1))
        self.ax, self.size = ax, 10 * np.sqrt(min(ax.bbox.width, 1.5 * ax.bbox.height) / ax.figure.dpi / 9.6)
        self._lay_out()
        self._write_key()

    def show(self, month):
        """Let the picture show the end of this month.

        >>> from lnlab import Parameters, simulate
        >>> run = simulate(Parameters(n_patients=60, n_centers=3, launch_month=6, months=12), encounters=True)
        >>> NetworkPicture(run).show(12)
        Traceback (most recent call last):
        lnlab.checks.InputError: `month` must be a whole number between 0 and 11 (month); got 12.
        """
        self.month = month = whole_number("month", month, 0, self.run.parameters.months - 1, "month")
        recorded, layout = self.recorded, self.layout
        self.member = self.run.record.notes["member"][month]
        self.activation = recorded.activation[month]
        self.clinician_activation = recorded.clinician_activation[month]
        today = slice(*recorded.cases_from[month:month + 2])
        patient, shared = recorded.patient[today], recorded.shared[today]
        self.n_shared, self.n_kept = int(shared.sum()), int((~shared).sum())
        self.in_commons = float(self.run.record.commons[month].sum())

        color, line = MEMBER if self.member.any() else NO_MEMBER
        self.commons.set(facecolors=[(color, 0.1)], edgecolors=color, linestyles=line)
        colors, lines = zip(*[MEMBER if member else NO_MEMBER for member in self.member])
        self.centers.set(edgecolors=list(colors), linestyles=list(lines))
        wide = layout.widest * _relative(self.activation)
        self.patients.set(widths=wide, heights=wide)
        self.clinicians.set_verts(_squares(layout.clinicians, CLINICIAN * layout.widest
                                           * _relative(self.clinician_activation)))
        _show_activation(self.patients, self.activation)
        _show_activation(self.clinicians, self.clinician_activation)
        from_patients = layout.patients[patient]
        at_center = layout.centers[self.run.population.center[patient]]
        to_commons = from_patients * (layout.commons_radius / np.hypot(*from_patients.T))[:, None]
        leaves = where_it_leaves(from_patients, at_center, layout.center_radius)
        to_clinicians = layout.clinicians[self.run.population.clinician[patient]]
        self.shared.set_segments(np.stack([from_patients, to_commons], axis=1)[shared])
        self.leaving.set_segments(np.stack([from_patients, leaves], axis=1)[shared])
        self.kept.set_segments(np.stack([from_patients, to_clinicians], axis=1)[~shared])
        self._write_numbers()

    @property
    def sentence(self):
        """What the picture shows, in numbers."""
        people, n_cases = self.run.parameters, self.n_shared + self.n_kept
        active, age = _active(self.activation).mean(), self._age()
        when = f"month {age} of the network" if age else "with no network yet"
        return (f"Month {self.month}, {when}: {self.member.sum()} of {people.n_centers} centers are members. "
                f"The {people.n_patients:,} patients' activation is {self.activation.mean():.2f} on average, and "
                f"{percent(active)} are active; that of the {len(self.clinician_activation):,} clinicians is "
                f"{self.clinician_activation.mean():.2f}. Of the month's {n_cases:,} cases {self.n_kept:,} stayed with "
                f"their clinicians and {self.n_shared:,} went to the commons, which then holds {self.in_commons:,.0f}.")

    def png(self, month):
        """The picture of a month as PNG bytes; quick, because only what changes is drawn again."""
        self.show(month)
        self._draw_what_stands()
        for each in self.changing:
            self.ax.draw_artist(each)
        return packed(self.canvas)

    def _draw_what_stands(self):
        """Onto the background, what changes only when a center joins."""
        if self.background is None:
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            self.canvas = FigureCanvasAgg(self.ax.figure)
            for each in self.standing + self.changing:
                each.set_visible(False)
            self.canvas.draw()
            self.background = self.canvas.copy_from_bbox(self.ax.figure.bbox)
            for each in self.standing + self.changing:
                each.set_visible(True)
        if self.drawn_with != self.member.tobytes():
            self.canvas.restore_region(self.background)
            for each in self.standing:
                self.ax.draw_artist(each)
            self.drawn_with, self.stood = self.member.tobytes(), self.canvas.copy_from_bbox(self.ax.figure.bbox)
        self.canvas.restore_region(self.stood)

    def _lay_out(self):
        from matplotlib.collections import EllipseCollection, LineCollection, PolyCollection
        ax, layout, edge = self.ax, self.layout, self.layout.outside
        ax.set(xlim=(-edge, 2 * edge), ylim=(-edge, edge), aspect="equal")
        ax.set_axis_off()

        def circles(places, diameter, **style):
            wide = np.full(len(places), diameter)
            return EllipseCollection(wide, wide, 0 * wide, units="xy", offsets=places, offset_transform=ax.transData,
                                     **style)

        self.commons = circles([(0, 0)], 2 * layout.commons_radius, linewidths=1.6)
        self.shared = LineCollection([], **SHARED, alpha=0.65)
        self.centers = circles(layout.centers, 2 * layout.center_radius, facecolors="white", linewidths=1.4)
        self.leaving = LineCollection([], **SHARED, alpha=0.65)
        self.kept = LineCollection([], **KEPT, alpha=0.75)
        self.patients = circles(layout.patients, layout.widest)
        self.clinicians = PolyCollection(_squares(layout.clinicians, 0 * layout.clinicians[:, 0]), closed=True)
        # In the order in which they are drawn: lines run behind the centers that they pass
        marks = {"commons": self.commons, "shared cases": self.shared, "centers": self.centers, "leaving": self.leaving,
                 "kept cases": self.kept, "patients": self.patients, "clinicians": self.clinicians}
        for order, (name, each) in enumerate(marks.items()):
            each.set(gid=name, zorder=1 + order)
            ax.add_collection(each, autolim=False)
        self.standing, self.changing = [self.commons], [*marks.values()][1:]

    def _write_key(self):
        """The key at the right. Its words stay and only its numbers change: writing costs more than all the marks."""
        from matplotlib.lines import Line2D
        ax, half, size, self.numbers = self.ax, self.layout.outside, self.size, {}

        def write(x, y, text, **style):
            return ax.text(x * half, y * half, text, va="center", **{"color": INK, "fontsize": size, **style})

        def number(name, x, y, **style):
            self.numbers[name] = write(x, y, "", **{"ha": "right", **style})
            (self.standing if name in ("members", "others") else self.changing).append(self.numbers[name])

        def sample(x, y, **style):
            ax.add_line(Line2D(np.array(x) * half, np.array(y) * half, **{"linewidth": 1.4, **style}))

        for y, text in ((0.42, "commons"), (-0.42, "cases")):
            self.standing.append(write(0, y * self.layout.commons_radius / half, text, ha="center", zorder=9))
        number("held", 0, 0, ha="center", zorder=9, fontsize=1.1 * size, fontweight="bold")
        number("month", 1.05, 0.9, ha="left", fontsize=1.6 * size, fontweight="bold")
        write(1.05, 0.78, "month of the network")
        number("age", 1.95, 0.78)
        write(1.05, 0.6, "Centers", fontweight="bold")
        circle = 0.04 * direction(np.linspace(0, 2 * np.pi, 50)).T
        for name, text, y, style in (("members", "members", 0.49, MEMBER), ("others", "not members", 0.38, NO_MEMBER)):
            sample(1.11 + circle[0], y + circle[1], color=style[0], linestyle=style[1])
            number(name, 1.31, y)
            write(1.35, y, text)
        write(1.05, 0.2, "Activation", fontweight="bold")
        self._write_activation_key(write)
        for name, text, y in (("patients", f"{len(self.layout.patients):,} patients: mean", -0.22),
                              ("clinicians", f"{len(self.layout.clinicians):,} clinicians: mean", -0.32),
                              ("active", "active patients (dark rim)", -0.42)):
            write(1.05, y, text)
            number(name, 1.95, y)
        write(1.05, -0.6, "Cases of the month", fontweight="bold")
        for name, text, y, style in (("shared", "go to the commons", -0.71, SHARED),
                                     ("kept", "stay with the clinician", -0.82, KEPT)):
            sample([1.06, 1.16], [y, y], **style)
            number(name, 1.31, y)
            write(1.35, y, text)

    def _write_activation_key(self, write):
        from matplotlib.collections import EllipseCollection, PolyCollection
        levels, half = np.array([0.1, 0.3, 0.5, 0.7, 0.9]), self.layout.outside
        x = 1.1 + 0.14 * np.arange(len(levels))
        wide = min(0.075 * half, self.layout.widest) * _relative(levels)
        circles = EllipseCollection(wide, wide, 0 * wide, units="xy", offsets=half * np.column_stack([x, 0 * x + 0.09]),
                                    offset_transform=self.ax.transData)
        squares = PolyCollection(_squares(half * np.column_stack([x, 0 * x - 0.02]), CLINICIAN * wide))
        for marks in (circles, squares):
            marks.set_gid("key")
            _show_activation(marks, levels)
            self.ax.add_collection(marks, autolim=False)
        for across, level in zip(x, levels):
            write(across, -0.11, f"{level:g}", ha="center", fontsize=0.9 * self.size)
        write(x[-1] + 0.08, 0.09, "patient", fontsize=0.9 * self.size)
        write(x[-1] + 0.08, -0.02, "clinician", fontsize=0.9 * self.size)

    def _write_numbers(self):
        n_members, age = int(self.member.sum()), self._age()
        for name, text in {
                "month": f"Month {self.month}", "age": f"{age}" if age else "none yet",
                "members": f"{n_members}", "others": f"{len(self.member) - n_members}",
                "patients": f"{self.activation.mean():.2f}", "clinicians": f"{self.clinician_activation.mean():.2f}",
                "active": percent(_active(self.activation).mean()), "shared": f"{self.n_shared:,}",
                "kept": f"{self.n_kept:,}", "held": f"{self.in_commons:,.0f}"}.items():
            self.numbers[name].set_text(text)

    def _age(self):
        """Which month of the network this is, from 1; 0 before it starts."""
        joined = [month for month in self.run.joins if month is not None and month <= self.month]
        return self.month + 1 - min(joined) if joined else 0


def _squares(places, side):
    corners = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    return places[:, None] + side[:, None, None] * corners


def _relative(activation):
    """The width of a mark, that of activation 1 being 1."""
    return SMALLEST + (1 - SMALLEST) * activation


def _active(activation):
    from lnlab.rules import ACTIVE_FROM
    return activation >= ACTIVE_FROM


def _show_activation(marks, activation):
    """Darker with activation, and with a dark rim where it counts as active."""
    from matplotlib.colors import LinearSegmentedColormap, Normalize
    colors = LinearSegmentedColormap.from_list("activation", [PASSIVE, CHANGE, INK])
    marks.set(array=activation, cmap=colors, norm=Normalize(0, 1),
              edgecolors=INK, linewidths=np.where(_active(activation), 0.9, 0.0))
