"""The controls: what they derive from a parameter, what they refuse, and that a reader can use them by keyboard."""

import dataclasses
from fractions import Fraction

import nbformat
import pytest
from browser import OUTPUT, notebook_page, press, use_theme, violations
from playwright.sync_api import expect

from lnlab.checks import InputError
from lnlab.parameters import Parameters, declared, label
from lnlab.widgets.controls import Buttons, Choice, Number, Picture, Status, Switch
from lnlab.widgets.ranges import Range, range_for

NAMES = [each.name for each in dataclasses.fields(Parameters) if not declared(each.name)["switch"]]
BOUNDED = [name for name in NAMES if declared(name)["high"] is not None]
UNBOUNDED = [name for name in NAMES if declared(name)["high"] is None]
PARTS = [Range, Switch, Number, Choice, Buttons, Picture, Status]


def steps_to(target, control):
    return (Fraction(str(target)) - Fraction(str(control.min))) / Fraction(str(control.step))


@pytest.mark.parametrize("name", BOUNDED)
def test_a_range_says_what_the_declaration_says(name):
    control, about = range_for(name), declared(name)
    assert (control.min, control.max, control.value) == (about["low"], about["high"], about["default"])
    assert (control.name, control.label, control.help, control.unit) == (name, label(name), about["meaning"],
                                                                         about["unit"])


@pytest.mark.parametrize("name", NAMES)
def test_the_steps_lead_to_the_default_and_to_the_end(name):
    about = declared(name)
    control = range_for(name, high=None if name in BOUNDED else 2 * about["default"])
    to_default = steps_to(control.value, control)
    to_end = steps_to(control.max, control)
    assert to_default.denominator == to_end.denominator == 1
    assert to_end <= 150 and (to_end >= 10 or about["whole"] and control.step == 1)
    assert f"{control.step:e}"[0] in "125"
    assert not about["whole"] or (control.step.is_integer() and control.decimals == 0)
    for place in range(int(to_end) + 1):
        reached = float(Fraction(str(control.min)) + place * Fraction(str(control.step)))
        assert float(f"{reached:.{control.decimals}f}") == reached      # what is shown is what is computed with


@pytest.mark.parametrize("name", UNBOUNDED)
def test_a_parameter_without_upper_bound_needs_one(name):
    with pytest.raises(InputError, match=f"`{name}` has no highest value of its own .*: give `high`, for example"):
        range_for(name)


@pytest.mark.parametrize("name, given, expected", [
    ("sharing", {}, (0, 1, 0.05, 2)),
    ("best_efficacy", {}, (0, 1, 0.02, 2)),
    ("turnover", {}, (0, 0.1, 0.005, 3)),
    ("center_variation", {}, (0, 2, 0.1, 1)),
    ("visit_interval", {}, (1, 12, 1, 0)),
    ("n_patients", {"high": 5000}, (200, 5000, 200, 0)),
    ("n_patients", {"high": 5000, "low": 500, "step": 500}, (500, 5000, 500, 0)),
    ("months", {"high": 240, "step": 12}, (12, 240, 12, 0)),
    ("sharing", {"value": 0.37}, (0, 1, 0.01, 2)),
    ("sharing", {"low": 0.25, "high": 0.75}, (0.25, 0.75, 0.05, 2)),
    ("other_efficacy_high", {"low": 0.3}, (0.3, 1, 0.02, 2)),
])
def test_known_ranges(name, given, expected):
    control = range_for(name, **given)
    assert (control.min, control.max, control.step, control.decimals) == expected


@pytest.mark.parametrize("name, given, message", [
    ("sharring", {}, "Did you mean 'sharing'"),
    ("sharing", {"value": 1.8}, r"`sharing` must lie between 0 and 1 \(share of cases\); got 1.8"),
    ("sharing", {"high": 2}, "`sharing` must lie between 0 and 1"),
    ("sharing", {"low": 0.6}, "`sharing` must lie between 0.6 and 1 .*; got 0.5"),
    ("sharing", {"low": 0.5, "high": 0.5}, "`low` must lie below `high` for `sharing`; got 0.5 and 0.5"),
    ("sharing", {"value": 1 / 3}, "`sharing` must be a round number .* Round it"),
    ("sharing", {"step": 0.3}, "`step` must be positive and lead from 0 to 0.5 and to 1; got 0.3"),
    ("sharing", {"step": 0}, "`step` must be positive"),
    ("visit_interval", {"step": 0.5}, "`step` must be a whole number and lead from 0 to 3 and to 12; got 0.5"),
    ("visit_interval", {"value": 2.5}, "`visit_interval` must be a whole number"),
    ("center_archive", {"value": 0.5}, "`center_archive` must be True or False"),
])
def test_what_a_range_cannot_be_made_from(name, given, message):
    with pytest.raises(InputError, match=message):
        range_for(name, **given)


def test_a_switch_for_what_is_on_or_off():
    control = range_for("center_archive", value=True)
    assert isinstance(control, Switch) and control.value is True
    assert control.help == declared("center_archive")["meaning"]


@pytest.mark.parametrize("control, wrong, message", [
    (range_for("sharing"), 0.52, "`sharing` must be reached from 0 in steps of 0.05; got 0.52"),
    (range_for("sharing"), 1.05, "`sharing` must lie between 0 and 1"),
    (Number(label="Guess", value=0.5, min=0, max=1), 70, "`Guess` must lie between 0 and 1; got 70"),
    (Choice(label="Guess", value="up", options=["up", "down"]), "upp", "Did you mean 'up'"),
])
def test_a_value_that_cannot_be_shown_changes_nothing(control, wrong, message):
    before = control.value
    with pytest.raises(InputError, match=message):
        control.value = wrong
    assert control.value == before


def test_only_a_button_that_exists_can_be_in_force():
    with pytest.raises(InputError, match="`current` must be one of 'Run', 'Reset'"):
        Buttons(labels=["Run", "Reset"], current="Stop")


def test_pressing_the_same_button_twice_counts_twice():
    pressed, buttons = [], Buttons(labels=["Run", "Reset"])
    buttons.on_press(pressed.append)
    for count, name in enumerate(["Run", "Run", "Reset"], start=1):
        buttons.set_state({"pressed": {"label": name, "count": count}})      # as it arrives from the page
    assert pressed == ["Run", "Run", "Reset"] and buttons.current is None


def test_predictions_start_empty():
    assert Number().value is None and Number().submitted == 0 and Choice(options=["up", "down"]).value is None


@pytest.mark.parametrize("part", PARTS)
def test_two_of_a_kind_look_the_same_in_stored_outputs(part):
    one, other = part(), part()
    assert repr(one) == repr(other) and repr(one).startswith(f"{part.__name__}(") and "0x" not in repr(one)
    assert one._repr_mimebundle_()[0]["text/plain"] == repr(one)


@pytest.mark.parametrize("part", PARTS)
def test_no_script_or_style_asks_for_anything_from_elsewhere(part):
    for address in ("http", "url(", "@import", "import("):
        assert address not in part._esm + part._css


ONE_OF_EACH = '''
from base64 import b64decode
from ipywidgets import HBox, VBox
from lnlab.widgets.controls import Buttons, Choice, Number, Picture, Status
from lnlab.widgets.ranges import range_for

DOTS = [b64decode("iVBORw0KGgoAAAANSUhEUgAAAA" + rest) for rest in (          # one and two pixels wide
    "EAAAABCAAAAAA6fptVAAAACklEQVR42mMIBQAAVwBWkstlwQAAAABJRU5ErkJggg==",
    "IAAAABCAAAAADRSSBWAAAAC0lEQVR42mMIDQUAAQIAqx3WDbgAAAAASUVORK5CYII=")]
sharing, interval = range_for("sharing"), range_for("visit_interval")
archive = range_for("center_archive")
guess = Number(label="Your prediction", help="after five years", unit="share of patients", min=0, max=1)
direction = Choice(label="Remission will", options=["rise", "stay the same", "fall"])
presets = Buttons(label="Presets", labels=["Care as usual", "Full sharing"], current="Care as usual")
picture = Picture(alt="Nothing yet.", width=320, height=160)
status = Status(text="Nothing yet.")

def tell(change):
    status.text = (f"sharing {sharing.value:g}, interval {interval.value:g}, archive {archive.value}, "
                   f"guess {guess.value}, submitted {guess.submitted}, direction {direction.value}")
    picture.show(DOTS[int(archive.value)], status.text)

def preset(name):
    presets.current, sharing.value = name, 1 if name == "Full sharing" else 0.5

for part in (sharing, interval, archive, guess, direction):
    part.observe(tell, ["value", "submitted"] if part is guess else "value")
presets.on_press(preset)
VBox([direction, guess, presets, HBox([VBox([sharing, interval, archive]), picture]), status])
'''

CELLS = """() => window.jupyterapp.shell.currentWidget.content.widgets.map(
  (cell) => [cell.model.type, cell.model.sharedModel.getSource()])"""

FITS = f"""() => [...document.querySelectorAll('{OUTPUT} .lnlab-control')].every((control) =>
  control.scrollWidth <= control.clientWidth
  && control.getBoundingClientRect().right <= control.closest('{OUTPUT}').getBoundingClientRect().right)"""


def notebook_of(folder, *cells):
    path = folder / "a folder with spaces" / "the notebook.ipynb"
    path.parent.mkdir()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)
    return path


@pytest.mark.browser
def test_every_control_works_by_keyboard_and_passes_axe_in_both_themes(tmp_path):
    with notebook_page(notebook_of(tmp_path, ONE_OF_EACH.strip(), "sharing")) as lab:
        page, parts = lab.page, lab.page.locator(OUTPUT).first
        status = parts.get_by_role("status")
        cells = page.evaluate(CELLS)
        assert violations(page) == []

        for key, reached in {"ArrowRight": 0.55, "ArrowUp": 0.6, "ArrowLeft": 0.55, "ArrowDown": 0.5, "PageUp": 0.6,
                             "PageDown": 0.5, "End": 1, "Home": 0}.items():
            assert press(page, key, slider="Sharing").startswith(f"sharing {reached:g},"), key
        sharing, shown_again = page.get_by_role("slider", name="Sharing").all()
        expect(sharing).to_have_attribute("aria-valuetext", "0.00 share of cases")
        expect(shown_again).to_have_value("0")
        ids = page.locator(f"{OUTPUT} .lnlab-control [id]").evaluate_all("(all) => all.map((each) => each.id)")
        assert len(ids) == len(set(ids))

        page.keyboard.type("axdd")                               # commands on cells, anywhere else in the notebook
        sharing.drag_to(sharing, source_position={"x": 20, "y": 8})     # from near the left end to the middle
        expect(status).to_contain_text("sharing 0.5,")
        page.keyboard.press("ArrowRight")                        # the mouse leaves the focus where it was used
        expect(status).to_contain_text("sharing 0.55,")
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowRight")
        expect(status).to_contain_text("interval 4,")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        expect(status).to_contain_text("archive True")
        expect(parts.get_by_role("img", name="archive True")).to_have_js_property("naturalWidth", 2)

        guess = parts.get_by_role("spinbutton", name="Your prediction")
        guess.focus()
        page.keyboard.type("100")
        expect(guess).to_have_attribute("aria-invalid", "true")
        page.keyboard.press("Enter")                             # a number out of range is not submitted
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("0.35")
        expect(status).to_contain_text("guess 0.35, submitted 0")
        page.keyboard.press("Enter")
        expect(status).to_contain_text("guess 0.35, submitted 1")
        expect(guess).to_have_attribute("aria-invalid", "false")

        parts.get_by_role("group", name="Remission will").get_by_label("rise").focus()
        page.keyboard.press("Space")
        expect(status).to_contain_text("direction rise")
        page.keyboard.press("ArrowDown")
        expect(status).to_contain_text("direction stay the same")

        usual, full = parts.get_by_role("group", name="Presets").get_by_role("button").all()
        full.click()
        expect(status).to_contain_text("sharing 1,")
        expect(full).to_have_attribute("aria-pressed", "true")
        usual.press("Enter")
        expect(status).to_contain_text("sharing 0.5,")
        expect(usual).to_have_attribute("aria-pressed", "true")
        expect(full).to_have_attribute("aria-pressed", "false")
        expect(usual).to_be_focused()

        use_theme(page, "JupyterLab Dark")
        assert violations(page) == []
        page.set_viewport_size({"width": 640, "height": 450})    # a screen of 1280 by 900 at 200 percent
        page.wait_for_function(FITS)
        assert page.evaluate(CELLS) == cells
        assert lab.problems == [] and lab.outside == []

        page.add_style_tag(content=".lnlab-status p { color: #555 !important; }")      # a fault, so that we know
        assert [fault.split()[0] for fault in violations(page)] == ["color-contrast"]   # that faults are found


@pytest.mark.browser
def test_a_cell_that_fails_is_a_problem_and_the_file_stays_alone(tmp_path):
    path = notebook_of(tmp_path, "1 / 0")
    before = path.read_bytes()
    with notebook_page(path) as lab:
        assert lab.problems == ["cell error: ZeroDivisionError: division by zero"]
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]
