"""What all figures share: color as a role, axes without clutter, words for those who cannot see them."""

import base64
import html
import io

from lnlab.parameters import label
from lnlab.tables import SHARES

# Color is a role, the same in every figure, told apart also in grey and by the color-blind (Okabe and Ito's palette)
USUAL = "#6e6e6e"          # care as usual
CHANGE = "#0072b2"         # the network, or what was changed
ACCENT = "#b8440b"         # one thing to look at: the reader's prediction, the reader's own data
INK, FAINT = "#222222", "#c8c8c8"

# What the measures are called on axes
MEASURES = {
    "remission_rate": "Patients in remission", "median_health": "Median health (0 to 1)",
    "activation": "Mean activation of patients (0 to 1)", "commons_cases": "Cases in the commons per member patient",
    "usable_knowledge": "Usable knowledge (0 chance, 1 best)", "best_package_share": "Patients on their best package",
}


def new_axes(width=6.4, height=3.8):
    """One pair of axes on a figure of its own (inches), free of pyplot's global state."""
    from matplotlib.figure import Figure
    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def clean(ax, measure=None):
    """Take away what says nothing; let a share be read in percent."""
    from matplotlib.ticker import PercentFormatter
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(length=3, color=FAINT, labelcolor=INK, labelsize=9)
    ax.grid(axis="y", color="#e9e9e9", linewidth=0.8)
    ax.set_axisbelow(True)
    if measure:
        ax.set_ylabel(MEASURES.get(measure) or label(measure))
    if measure in SHARES:
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    return ax


def label_ends(ax, labels, x, gap=0.024):
    """Write each label at its height beside the axes, moved apart where they would touch."""
    labels = sorted(labels)
    heights = [height for height, _, _ in labels]
    for i in range(1, len(heights)):
        heights[i] = max(heights[i], heights[i - 1] + gap)
    moved = (sum(heights) - sum(height for height, _, _ in labels)) / max(1, len(labels))
    for height, (_, text, color) in zip(heights, labels):
        ax.annotate(text, (x, height - moved), xytext=(9, 0), textcoords="offset points", va="center", color=color,
                    fontsize=9, annotation_clip=False)


def percent(share, decimals=0):
    """A share as people say it.

    >>> percent(0.7349)
    '73 %'
    """
    return f"{100 * share:.{decimals}f} %"


def years_since(start, month):
    """Years from the beginning of month `start` to the end of `month`, for which a run reports its values.

    >>> years_since(12, 23)
    1.0
    """
    return (month + 1 - start) / 12


def packed(canvas):
    """What is drawn on a canvas as PNG bytes, in 256 colors: sooner packed and sooner sent.

    >>> from matplotlib.backends.backend_agg import FigureCanvasAgg
    >>> canvas = FigureCanvasAgg(new_axes().figure)
    >>> canvas.draw()
    >>> packed(canvas)[1:4]
    b'PNG'
    """
    from PIL import Image
    buffer = io.BytesIO()
    image = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
    small = image.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    small.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


class Described:
    """A figure with the sentence that says what it shows; shown as a picture with alternative text.

    In a notebook, end a cell with it. The sentence stands in for the picture wherever the picture cannot be seen, and
    a stored notebook is compared by it.

    Parameters
    ----------
    drawn : matplotlib Axes or Figure
    sentence : str
        What the picture shows, in words.
    dpi : int, default 110

    Examples
    --------
    >>> Described(new_axes(), "An empty pair of axes.")
    An empty pair of axes.
    """

    def __init__(self, drawn, sentence, dpi=110):
        self.figure = getattr(drawn, "figure", drawn) or drawn
        self.sentence, self.dpi = sentence, dpi

    def png(self):
        """The picture as PNG bytes."""
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", dpi=self.dpi, facecolor="white", metadata={"Software": None})
        return buffer.getvalue()

    def __repr__(self):
        return self.sentence

    def _repr_mimebundle_(self, include=None, exclude=None):
        """JupyterLab gives a plain picture no alternative text, so a running page gets it as a widget that has one."""
        from ipywidgets import HTML
        picture, (width, _) = base64.b64encode(self.png()).decode(), self.figure.get_size_inches() * 100
        page = HTML(f'<img alt="{html.escape(self.sentence)}" style="width: {width:.0f}px; max-width: 100%" '
                    f'src="data:image/png;base64,{picture}">')
        view = page._repr_mimebundle_()["application/vnd.jupyter.widget-view+json"]
        return ({"text/plain": self.sentence, "image/png": picture, "application/vnd.jupyter.widget-view+json": view},
                {"image/png": {"alt": self.sentence}})
