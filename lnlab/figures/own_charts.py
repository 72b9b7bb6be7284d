"""A clinic's own file as a control chart, with what it says."""

import base64
import html
import textwrap

import numpy as np

from lnlab.figures.chart_parts import names_height
from lnlab.figures.charts import control_chart
from lnlab.figures.style import INK, Described

TITLE_WIDTH = 64        # characters that fit above the picture


class OwnChart(Described):
    """A chart of somebody's own file, with what it says. Made by `own_chart`.

    As the end of a cell it shows the chart, and below it the sentences.

    Parameters
    ----------
    drawn : matplotlib Axes
    sentences : list of str
    table : pandas.DataFrame
        What was read.
    chart : ControlChart
    """

    def __init__(self, drawn, sentences, table, chart):
        super().__init__(drawn, " ".join(sentences))
        self.sentences, self.table, self.chart = sentences, table, chart

    def __str__(self):
        return "\n".join(self.sentences)

    def _repr_mimebundle_(self, include=None, exclude=None):
        """The picture, and below it on a running page the sentences: the first of them is its alternative text."""
        from ipywidgets import HTML
        data, about = super()._repr_mimebundle_(include, exclude)
        said = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self.sentences)
        width = self.figure.get_size_inches()[0] * 100
        picture = base64.b64encode(self.png()).decode()
        page = HTML(f'<img alt="{html.escape(" ".join(self.sentences[:2]))}" style="width: {width:.0f}px; '
                    f'max-width: 100%" src="data:image/png;base64,{picture}">{said}')
        view = "application/vnd.jupyter.widget-view+json"
        return {**data, view: page._repr_mimebundle_()[view]}, about


def own_chart(file, measure=None, *, freeze=None, **columns):
    """A file in, its control chart and what it says out: for a coach, in one cell.

    The chart is the one that suits the measure (`lnlab.charts.choice.fitting_kind`), with the Anhøj run rules; the
    sentences say which, and why.

    Parameters
    ----------
    file : str, pathlib.Path or open file
        A CSV file, as `lnlab.own_data.read_measure` reads it. `lnlab.own_data.example_measure` is a template.
    measure : str, optional
        What is measured, in the words of the clinic, such as "Visits planned ahead"; the column's name if not given.
    freeze : int, str or date, optional
        The last month that center line and limits rest on, such as the last before a change. In a file with phases
        it holds for the phase in which it lies; the lines that are carried on are those of the first phase as drawn.
    **columns
        What the columns are called in the file: month, numerator, denominator, value, note or phase.

    Returns
    -------
    OwnChart
        Its `sentences` say what the chart says; `print(...)` writes them. `chart` and `table` are there to go on with.

    Raises
    ------
    FileProblems
        With all that is wrong with the file: row, column, value and remedy.

    Examples
    --------
    >>> import io
    >>> from lnlab import own_data
    >>> file = io.StringIO(own_data.example_measure().drop(columns="phase").to_csv(index=False))
    >>> print(own_chart(file, "Visits planned ahead").sentences[2])
    Signal: 12 months in a row lie below the center line (January 2023 to December 2023); chance alone seldom puts
    more than 8 there.
    """
    from lnlab.charts.choice import fitting_kind
    from lnlab.charts.naming import quoted
    from lnlab.charts.phases import point_numbers
    from lnlab.charts.shewhart import control_chart as chart_of
    from lnlab.charts.words import finding, in_words
    from lnlab.own_data import read_measure
    table = read_measure(file, **columns)
    begins = np.flatnonzero(table["phase"].ne(table["phase"].shift()))
    names = [name or "before" for name in table["phase"].iloc[begins]]
    value, denominator = ("numerator", "denominator") if "denominator" in table else ("value", None)
    kind, why = fitting_kind(table, value, denominator, part=begins[1:].tolist())
    chart = chart_of(table, kind, value=value, denominator=denominator, at="month", part=begins[1:].tolist() or None,
                     phase_names=names if len(names) > 1 else None, freeze=freeze)
    measure = measure or table.attrs["measure"]
    title, carried, moved = finding(chart), None, False
    if len(names) > 1:          # phases drawn apart cannot show a change between them; the first one's lines can
        frozen = [each for each in point_numbers("freeze", freeze, table["month"]) if each <= begins[1]]
        carried = chart_of(table, kind, value=value, denominator=denominator, at="month",
                           freeze=frozen[0] if frozen else int(begins[1]))
        moved = finding(carried).startswith("Signal")
        if moved or not title.startswith("Signal"):
            title = f"{finding(carried)}, by the lines of {quoted(names[0])}"
    told = in_words(chart, measure, carried)
    ax = control_chart(chart, measure=measure, notes=table["note"], carried=carried if moved else None)
    ax.set_title(textwrap.fill(title, TITLE_WIDTH), loc="left", fontsize=11, fontweight="bold", color=INK,
                 pad=8 + 1.2 * names_height(ax), parse_math=False)
    return OwnChart(ax, [*told, *table.attrs["report"], why], table, chart)
