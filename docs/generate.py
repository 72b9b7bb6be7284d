"""Write the generated parts of the documents again, and the picture of the README: `make docs`.

What the library holds (parameters, sources, the ladder of notebooks, what a simulated network does) is not written a
second time by hand. It goes from the library into the documents, each part between its own pair of marks:
`<!-- generated: name -->` and `<!-- end -->`. All other text is left as it is.
"""

import contextlib
import io
import re
import textwrap
from functools import cache
from pathlib import Path

import numpy as np

from lnlab import compare, figures, last_year, mean_and_interval, published, replicate
from lnlab.figures.style import percent
from lnlab.ladder import ladder
from lnlab.parameters import Parameters, declared
from lnlab.recording import Recording

ROOT = Path(__file__).parents[1]
ODD, README, EXPERIMENTS = ROOT / "docs" / "ODD.md", ROOT / "README.md", ROOT / "docs" / "experiments.md"
IMAGES = ROOT / "docs" / "images"
PART = re.compile(r"<!-- generated: (\w+) -->\n(.*?)<!-- end -->", re.DOTALL)
CITED = re.compile(r"\[(\w+\d{4}\w*)\]")
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
WIDTH = 118
NAMES = tuple(Parameters.__dataclass_fields__)


def documents():
    """Every document with its generated parts as they should be: a dict of path to text."""
    written = {path: path.read_text(encoding="utf-8") for path in (ODD, README, EXPERIMENTS)}
    return {
        ODD: fill(written[ODD], assumptions=assumptions(), parameters=parameter_table(), recording=recording_table(),
                  references=references(written[ODD])),
        README: fill(written[README], picture=image(picture(), "docs/images/network_learns.png"),
                     notebooks=notebook_table(), assumptions=assumptions(), **outputs_of(written[README])),
        EXPERIMENTS: fill(written[EXPERIMENTS], picture=image(luck(), "images/same_luck.png"),
                          **outputs_of(written[EXPERIMENTS]))}


def fill(text, **parts):
    """`text` with each generated part in its place. Every part must have one place, and every place a part."""
    places = [name for name, _ in PART.findall(text)]
    if sorted(places) != sorted(parts):
        raise ValueError(f"The document must have one place for each of {sorted(parts)}; it has {sorted(places)}.")
    return PART.sub(lambda place: f"<!-- generated: {place[1]} -->\n\n{parts[place[1]]}\n\n<!-- end -->", text)


def assumptions():
    """One sentence: how many of the model's numbers are assumed, how many calibrated, how many from a source."""
    sources = [declared(name)["source"] for name in NAMES]
    assumed, calibrated = sources.count("assumed"), sources.count("calibrated")
    return textwrap.fill(
        f"Of the model's {len(sources)} parameters {assumed} are assumed, {calibrated} are calibrated (to the rise of "
        f"remission that ImproveCareNow has told), and {len(sources) - assumed - calibrated} are taken from a source.",
        WIDTH)


def parameter_table():
    """Every parameter as a row of a Markdown table."""
    titles = ("Parameter", "Default", "Range", "Unit", "Meaning", "Element of theory → change concept", "Source")
    return _table(titles, [_parameter_row(name) for name in NAMES])


def recording_table():
    """Every chance of the registry as a row of a Markdown table."""
    rows = [(f"`{row.name}`", f"{row.default:g}" if row.unit != "switch" else str(row.default), row.unit, row.meaning,
             row.source) for row in Recording().table().itertuples(index=False)]
    return _table(("Chance", "Default", "Unit", "Meaning", "Source"), rows)


def notebook_table():
    """The ladder of notebooks as a Markdown table; those that are here with a link."""
    rows = [(f"[{rung.notebook}](notebooks/{rung.notebook}.ipynb)" if rung.here else rung.notebook,
             rung.question, rung.minutes, rung.spectrum, "here" if rung.here else "planned")
            for rung in ladder().itertuples()]
    return _table(("Notebook", "Question", "Minutes", "Place on the spectrum", "State"), rows)


def references(text):
    """The works that `text` cites by their keys, each as a line of a list."""
    keys = sorted(set(CITED.findall(PART.sub("", text))))
    return "\n".join(textwrap.fill(f"- [{key}] {published.reference(key)}", WIDTH, subsequent_indent="  ",
                                   break_long_words=False, break_on_hyphens=False) for key in keys)


def outputs_of(text):
    """What the Python code in `text` prints, one piece after the other: a dict of blocks of text, `output_1` and on."""
    names, printed = {}, {}
    for number, source in enumerate(PYTHON.findall(text), 1):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(source, "document", "exec"), names)
        printed[f"output_{number}"] = f"```text\n{out.getvalue().rstrip()}\n```"
    return printed


@cache
def luck():
    """The picture of what the same luck in both arms is worth, with its sentence."""
    small = Parameters(n_patients=500, n_centers=5, months=72)
    results = compare({"as it is": {}, "more sharing": dict(sharing=0.8)}, n=64, parameters=small)
    ax = figures.same_luck(results, "more sharing")
    ax.set_title("With the same luck in both arms, few networks are enough", loc="left", fontsize=11, fontweight="bold")
    pairs, row = results.table.pivot(index="replicate", columns="arm", values="remission_rate"), results.differences().iloc[0]
    few = [mean_and_interval(100 * (pairs["more sharing"] - other)[:8]) for other in
           (pairs["as it is"], np.roll(pairs["as it is"], 1))]
    same, apart = (f"{mean:.1f} points ({low:.1f} to {high:.1f})" for mean, low, high in few)
    return figures.Described(ax, (
        f"Intervals of what more sharing does to remission, after 4 to 64 networks in each arm. With the same luck in "
        f"both arms 8 networks tell {same}; with luck of their own {apart}, and {row.times_fewer:.0f} times as many "
        f"would be needed for the same width."))


@cache
def picture():
    """The picture of the README, with the sentence that says what it shows."""
    arms = {"usual care": replicate(growth="never").table, "learning network": replicate().table}
    drawn = figures.reported_and_simulated(
        published.outcomes(), arms, Parameters().launch_month,
        titles=("Reported: 60 to 80 % in remission", "Simulated: a network learns"))
    usual, network = (percent(last_year(months).mean()) for months in arms.values())
    told = published.outcomes().query("measure == 'remission' and account == 'panel'").iloc[0]
    return figures.Described(drawn, (
        f"Two line charts of patients in remission. Left, what was reported of ImproveCareNow: remission rose in every "
        f"account with two values, in its builders' own from {told.start_value:.0f} to {told.end_value:.0f} %. Right, "
        f"{arms['usual care']['replicate'].nunique()} simulated networks: after ten years {network} with a learning "
        f"network, {usual} with usual care."))


def image(described, path):
    """A picture as Markdown, with its sentence as alternative text."""
    return textwrap.fill(f"![{described.sentence}]({path})", WIDTH, break_long_words=False, break_on_hyphens=False)


def _table(titles, rows):
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _parameter_row(name):
    about = declared(name)
    roles = [role for role, holds in (("lever", about["lever"]), ("varies by center", about["varies"])) if holds]
    theory = f"{about['element']} → {about['change']}" if about["change"] else about["element"]
    if about["switch"]:
        default, span = "on" if about["default"] else "off", "off, on"
    else:
        default = f"{about['default']:g}"
        span = f"from {about['low']:g}" if about["high"] is None else f"{about['low']:g} to {about['high']:g}"
    return (f"`{name}`" + (f" ({', '.join(roles)})" if roles else ""), default, span, about["unit"], about["meaning"],
            theory, about["source"])


PICTURES = {"network_learns.png": picture, "same_luck.png": luck}

if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
    IMAGES.mkdir(exist_ok=True)
    for name, described in PICTURES.items():
        (IMAGES / name).write_bytes(described().png())
