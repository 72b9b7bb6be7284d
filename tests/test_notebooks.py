"""Every notebook has the skeleton that readers rely on."""

import re
from pathlib import Path

import nbformat
import pytest

from lnlab import published

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
HEADINGS = ("The model in words", "Predict", "Try", "Things to notice", "Your prediction, and what happened",
            "What the code does", "Uncertainty, and what this cannot tell you", "Exercises", "Summary", "References")
LONGEST_CELL, WIDEST_LINE = 12, 100


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def cells(request):
    return nbformat.read(request.param, as_version=4).cells


def text_of(cells):
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def test_the_headings_come_in_order(cells):
    found = re.findall(r"^## (.+)$", text_of(cells), re.M)
    assert [heading for heading in found if heading in HEADINGS] == list(HEADINGS)


def test_it_opens_with_a_question_and_how_to_run_it(cells):
    first = cells[0].source
    assert first.startswith("# ") and re.search(r"\*\*[^*]+\?\*\*", first)
    assert "Shift+Enter" in first and "Run All Cells" in first


def test_each_goal_is_met_by_a_line_of_the_summary(cells):
    text = text_of(cells)
    goals = re.findall(r"^> - \*\*(\w+)", text, re.M)
    summary = text.split("## Summary")[1].split("\n## ")[0]
    assert len(goals) == 3
    assert [re.match(r"- \*\*(\w+)", line)[1].lower() for line in summary.splitlines() if line.startswith("- **")] == goals
    assert re.search(r"\*\*Time:\*\* \d+ minutes .* \d+ minutes", text) and "**Before you start:**" in text


def test_exercises_have_worked_answers_and_a_check(cells):
    text = text_of(cells).split("## Exercises")[1]
    assert [re.split(r"[.:] ", title)[1] for title in re.findall(r"^### (.+)$", text, re.M)] == ["Tweak", "Twiddle", "Break"]
    assert text.count("<details><summary>Worked answer</summary>") == text.count("</details>") == 3
    assert sum("check(" in cell.source or "Not yet" in cell.source for cell in cells if cell.cell_type == "code") >= 3


def test_cells_are_short_and_every_picture_is_described(cells):
    for cell in cells:
        if cell.cell_type == "code":
            lines = cell.source.splitlines()
            assert len(lines) <= LONGEST_CELL and max(map(len, lines)) <= WIDEST_LINE, cell.source
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    said = output.metadata["image/png"]["alt"]
                    assert len(said) > 40 and said == output.data["text/plain"]


def test_a_still_picture_comes_before_the_first_experiment(cells):
    pictures = [place for place, cell in enumerate(cells) for output in cell.get("outputs", [])
                if "image/png" in output.get("data", {})]
    experiment = next(place for place, cell in enumerate(cells) if "experiment = Experiment(" in cell.source)
    assert min(pictures) < experiment and experiment in pictures


def test_nothing_is_tagged_away(cells):
    assert not [tag for cell in cells for tag in cell.metadata.get("tags", [])]


def test_what_is_cited_is_in_the_bibliography(cells):
    text = text_of(cells)
    cited = {key for group in re.findall(r"\[([a-z]+\d{4}\w*(?:, [a-z]+\d{4}\w*)*)\]", text) for key in group.split(", ")}
    explained = set(re.findall(r"^- \*\*\[(\w+)\]\*\* ", text, re.M))
    assert cited and cited == explained
    assert all(published.reference(key) for key in cited)
