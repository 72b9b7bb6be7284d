"""The self-assessment form: what was entered is never lost, and the result is said in words."""

from pathlib import Path

import nbformat
import pandas as pd
import pytest
from browser import OUTPUT, notebook_page, violations
from playwright.sync_api import expect

from lnlab import figures
from lnlab.checks import InputError
from lnlab.measures import change, maturity, maturity_grid, reliability
from lnlab.widgets import self_assessment
from lnlab.widgets.self_assessment import CANNOT_SAY, SelfAssessment


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(self_assessment, "_KEPT", {})


def choose(form, component, place):
    """Choose as the page does."""
    question = form.questions[component]
    question.value = question.options[place]


def test_every_component_is_asked_with_the_meaning_of_every_level():
    form, grid = SelfAssessment(year=2026), maturity_grid()
    assert list(form.questions) == grid["component"].tolist()
    question = form.questions["Rules for deciding"]
    row = grid.set_index("component").loc["Rules for deciding"]
    assert question.options == [*(f"{level}  {row[f'level_{level}']}" for level in range(1, 6)), CANNOT_SAY]
    assert form.pages.labels == list(grid["domain"].unique())


def test_a_page_is_a_domain_and_turning_takes_no_answer_away():
    form = SelfAssessment(year=2026)
    choose(form, "Leaders at every level", 2)
    form.turn_to("Research")
    assert [question.label for question in form.page.children] == \
        maturity_grid().query("domain == 'Research'")["component"].tolist()
    form.turn_to("Systems of leadership")
    assert form.questions["Leaders at every level"].value.startswith("3  ") and len(form.ratings) == 1


def test_raters_answer_one_after_another():
    form = SelfAssessment(year=2026)
    choose(form, "Rules for deciding", 2)
    form.who.value = 2
    assert form.questions["Rules for deciding"].value is None
    choose(form, "Rules for deciding", 4)
    choose(form, "Room for trials", 5)          # cannot say
    form.who.value = 1
    assert form.questions["Rules for deciding"].value.startswith("3  ")
    found = form.ratings
    assert found[["rater", "component"]].to_numpy().tolist() == [
        [1, "Rules for deciding"], [2, "Rules for deciding"], [2, "Room for trials"]]
    assert found["level"].tolist()[:2] == [3, 5] and found["level"].isna().tolist() == [False, False, True]
    assert maturity(found).domains["mean"].tolist() == [4]


def test_an_answer_can_be_given_for_another_rater():
    form = SelfAssessment(year=2026)
    form.answer("Rules for deciding", 4, rater=3)
    assert form.ratings["rater"].tolist() == [3] and form.questions["Rules for deciding"].value is None
    form.who.value = 3
    assert form.questions["Rules for deciding"].value.startswith("4  ")


def test_running_the_cell_again_keeps_the_answers_and_another_network_starts_empty():
    choose(SelfAssessment("ours", year=2026), "Rules for deciding", 2)
    again = SelfAssessment("ours", year=2026)
    assert again.questions["Rules for deciding"].value.startswith("3  ") and len(again.ratings) == 1
    assert len(SelfAssessment("theirs", year=2026).ratings) == len(SelfAssessment("ours", year=2027).ratings) == 0
    again.clear()
    assert len(SelfAssessment("ours", year=2026).ratings) == 0 and again.questions["Rules for deciding"].value is None


def test_a_file_keeps_the_answers_when_the_notebook_is_closed(tmp_path, monkeypatch):
    path = tmp_path / "ours.csv"
    form = SelfAssessment("ours", year=2026, file=path)
    assert not path.exists()
    choose(form, "Rules for deciding", 2)
    choose(form, "Room for trials", 5)
    monkeypatch.setattr(self_assessment, "_KEPT", {})
    again = SelfAssessment("ours", year=2026, file=path)
    pd.testing.assert_frame_equal(again.ratings, form.ratings)
    assert [each.name for each in tmp_path.iterdir()] == ["ours.csv"]


@pytest.mark.parametrize("text, message", [
    ("month,remissions\n1,2\n", "must have the columns"), ("", "cannot be read"),
    ("network,year,rater,domain,component,level\nours,2026,1,Governance and management,Rules for deciding,9\n",
     "level 9"),
    ("network,year,rater,domain,component,level\ntheirs,2026,1,Governance and management,Rules for deciding,2\n",
     "ratings of 'ours' in 2026 only"),
    ("network,year,rater,domain,component,level\nours,2026,Ann,Governance and management,Rules for deciding,2\n",
     "`rater` must be a whole number")])
def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path, text, message):
    path = tmp_path / "other.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        SelfAssessment("ours", year=2026, file=path)
    assert path.read_text(encoding="utf-8") == text


def test_the_result_is_a_picture_and_a_sentence():
    form = SelfAssessment("ours", year=2026)
    assert form.sentence == "ours, year 2026: no level has been given yet."
    assert "image/png" not in form._repr_mimebundle_()[0]
    form.take(pd.DataFrame([("ours", 2026, rater, component, 3)
                            for component in form.questions for rater in range(1, 6)],
                           columns=["network", "year", "rater", "component", "level"]))
    assert form.sentence.startswith("ours, year 2026, 5 raters, 24 of 24 components rated: Systems of leadership 3.0;")
    data, about = form._repr_mimebundle_()
    assert data["text/plain"] == form.sentence == about["image/png"]["alt"] == form.picture.alt
    assert form.picture.png.startswith(b"\x89PNG") and form.sentence in form.status.text


def test_the_answers_can_be_taken_away_as_a_table():
    import base64
    import io
    import re
    form = SelfAssessment("ours & others", year=2026)
    choose(form, "Rules for deciding", 3)
    content = re.search(r'base64,([^"]+)"', form.download.value)[1]
    table = pd.read_csv(io.BytesIO(base64.b64decode(content)))
    assert table.to_numpy().tolist() == [
        ["ours & others", 2026, 1, "Governance and management", "Rules for deciding", 4]]
    assert "ours &amp; others" in form.download.value.replace("_", " ")


def own_ratings(form, *files):
    """What the notebook's cell for one's own ratings shows, of what was entered or of files."""
    cells = nbformat.read(Path(__file__).parents[1] / "notebooks" / "02_measurement.ipynb", as_version=4).cells
    cell, = (each.source for each in cells if each.source.startswith("files = []"))
    shown = []
    exec(cell.replace("files = []", f"files = {[str(file) for file in files]}"), {
        "pd": pd, "form": form, "maturity": maturity, "reliability": reliability, "change": change,
        "figures": figures, "print": lambda *words: shown.extend(words), "display": lambda *each: shown.extend(each)})
    return shown


def test_the_cell_for_own_ratings_says_so_when_there_are_none():
    shown = own_ratings(SelfAssessment("ours", year=2026))
    assert shown[0] == "ours, year 2026: no level has been given yet." and "name your files" in shown[1]


def test_the_cell_for_own_ratings_shows_what_was_entered():
    form = SelfAssessment("ours", year=2026)
    form.answer("Rules for deciding", 4)
    picture, *cautions, agreement, rest = own_ratings(form)
    assert picture.sentence == "Governance and management, 2026: 4.0" and rest == "One year only."
    assert any("One rater only" in each for each in cautions) and agreement["icc_single"].isna().all()


def test_the_cell_for_own_ratings_takes_the_files_of_several_leaders_and_years(tmp_path, monkeypatch):
    for rater, level in ((1, 2), (2, 3)):
        for year, rise in ((2024, 0), (2026, 2)):
            monkeypatch.setattr(self_assessment, "_KEPT", {})
            form = SelfAssessment("ours", year=year, file=tmp_path / f"{year}_{rater}.csv")
            for component, more in (("Rules for deciding", 0), ("Joining and staying", -1)):
                form.answer(component, level + rise + more, rater)
    picture, *_, agreement, changed = own_ratings(None, *sorted(tmp_path.iterdir()))
    assert picture.sentence == "Governance and management, 2024: 2.0; Governance and management, 2026: 4.0"
    assert picture.png().startswith(b"\x89PNG") and (agreement["n_raters"] == 2).all()
    assert changed[["difference", "n_raters_first", "n_raters_last"]].to_numpy().tolist() == [[2, 2, 2]]


def test_two_leaders_with_one_number_are_noticed(tmp_path):
    for each in ("one", "other"):
        form = SelfAssessment("ours", year=2026, file=tmp_path / f"{each}.csv")
        form.answer("Rules for deciding", 3)
    with pytest.raises(InputError, match="row 2: rater 1 rated 'Rules for deciding' of 'ours' in 2026 before; "):
        own_ratings(None, *tmp_path.iterdir())


def test_an_own_grid_without_words():
    grid = pd.DataFrame({"domain": ["Data", "Data", "People"], "component": ["once", "at hand", "families"]})
    form = SelfAssessment(year=2026, grid=grid)
    assert form.questions["once"].options == ["1", "2", "3", "4", "5", CANNOT_SAY]
    choose(form, "families", 1)
    assert form.ratings["level"].tolist() == [2]


@pytest.mark.parametrize("given, message", [
    (dict(network=" ", year=2026), "`network` must be a name"), (dict(year="now"), "`year` must be a number"),
    (dict(year=2026, grid=pd.DataFrame({"domain": ["A", "B"], "component": ["x", "x"]})), "each component once")])
def test_forms_that_cannot_be_made(given, message):
    with pytest.raises(InputError, match=message):
        SelfAssessment(**given)


@pytest.mark.parametrize("given, message", [
    (("Rules", 3), "`component` must be one of"), (("Rules for deciding", 0), "`level` must be a whole number between"),
    (("Rules for deciding", 3, 0), "`rater`")])
def test_answers_that_are_none(given, message):
    form = SelfAssessment(year=2026)
    with pytest.raises(InputError, match=message):
        form.answer(*given)
    assert len(form.ratings) == 0


def test_the_answers_of_colleagues_are_taken_whole_or_not_at_all():
    form = SelfAssessment("ours", year=2026)
    choose(form, "Rules for deciding", 0)
    theirs = pd.DataFrame({"network": "ours", "year": 2026, "rater": [1, 2], "component": "Rules for deciding",
                           "level": [2, 3]})
    with pytest.raises(InputError, match="row 2: level 7"):
        form.take(theirs.assign(level=[2, 7]))
    with pytest.raises(InputError, match="ratings of 'ours' in 2026 only; got those of 'ours' in 2025"):
        form.take(theirs.assign(year=2025))
    assert form.ratings["level"].tolist() == [1]
    form.take(theirs)
    assert form.ratings["level"].tolist() == [2, 3] and form.questions["Rules for deciding"].value.startswith("2  ")


def test_a_rater_who_is_being_typed_is_no_rater():
    form = SelfAssessment(year=2026)
    choose(form, "Rules for deciding", 1)
    form.who.value = None
    assert form.questions["Rules for deciding"].value.startswith("2  ") and form.rater == 1


@pytest.mark.browser
def test_the_form_is_filled_by_keyboard_and_read_aloud(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(
        "from lnlab.widgets.self_assessment import SelfAssessment\n"
        "form = SelfAssessment('ours', year=2026)\nform")],
        metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}})
    path = tmp_path / "form.ipynb"
    nbformat.write(notebook, path)
    with notebook_page(path) as lab:
        output = lab.page.locator(OUTPUT)
        question = output.get_by_role("group", name="Leaders at every level")
        question.get_by_role("radio").first.focus()
        lab.page.keyboard.press("ArrowDown")
        status = output.get_by_role("status")
        expect(status).to_contain_text("Rater 1 has answered 1 of 24. ours, year 2026, 1 rater, 1 of 24")
        output.get_by_role("button", name="Research").press("Enter")
        output.get_by_role("group", name="Room for trials").get_by_role("radio").nth(3).check()
        expect(status).to_contain_text("Research 4.0")
        output.get_by_role("spinbutton", name="Rater").fill("2")
        expect(status).to_contain_text("Rater 2 has answered 0 of 24.")
        output.get_by_role("button", name="Systems of leadership").press("Enter")
        expect(output.get_by_role("radio", checked=True)).to_have_count(0)
        assert violations(lab.page) == [] and lab.problems == [] and lab.outside == []
