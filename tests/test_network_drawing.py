"""The drawing of the network: every mark is a recorded patient, clinician, center or case, and none is missing."""

import re
from io import BytesIO

import nbformat
import numpy as np
import pytest
from browser import OUTPUT, expect, notebook_page, press, violations
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from PIL import Image
from scipy.spatial import cKDTree

from lnlab import InputError, Parameters, Program, figures, hold, make_population, simulate
from lnlab.figures.layout import place
from lnlab.figures.network import CLINICIAN, NetworkPicture
from lnlab.figures.style import CHANGE, percent
from lnlab.rules import ACTIVE_FROM
from lnlab.widgets import NetworkPlayer
from lnlab.widgets.network import Player

SMALL = Parameters(n_patients=120, n_centers=6, launch_month=6, months=30, burn_in=24, visit_interval=2)


def small(growth="one by one", **changes):
    return simulate(SMALL.but(**changes), encounters=True, growth=growth)


def drawn(shown):
    """What can be counted in a picture: its marks by name."""
    marks = {each.get_gid(): each for each in shown.figure.axes[0].collections if each.get_gid() != "key"}
    assert set(marks) == {"commons", "centers", "patients", "clinicians", "shared cases", "leaving", "kept cases"}
    return marks


def segments(lines):
    return np.array(lines.get_segments()).reshape(-1, 2, 2)


def members(centers):
    """Which centers are drawn as members: with the network's color, and with a whole line."""
    colored = np.array([tuple(each) == to_rgba(CHANGE) for each in centers.get_edgecolor()])
    assert [dashes is None for _, dashes in centers.get_linestyle()] == colored.tolist()
    return colored


def nearest(places):
    """How near the nearest two come; without end where there is only one."""
    return cKDTree(places).query(places, k=2)[0][:, 1].min()


def check_totals(run, month):
    """Hold what is drawn against what was recorded, which the drawing does not read: `run.months`."""
    shown = figures.network(run, month)
    marks, recorded = drawn(shown), run.months.loc[month]
    patients, clinicians = marks["patients"], marks["clinicians"]
    assert len(patients.get_offsets()) == len(patients.get_widths()) == run.parameters.n_patients
    assert len(clinicians.get_paths()) == run.parameters.n_centers * run.parameters.clinicians_per_center
    assert patients.get_array().mean() == pytest.approx(recorded["activation"], abs=1e-12)
    assert clinicians.get_array().mean() == pytest.approx(recorded["clinician_activation"], abs=1e-12)
    assert (np.array(patients.get_linewidths()) > 0).mean() == pytest.approx(recorded["active_share"], abs=1e-12)
    assert members(marks["centers"]).sum() == recorded["members"]
    n_shared, n_kept = len(segments(marks["shared cases"])), len(segments(marks["kept cases"]))
    assert n_shared == len(segments(marks["leaving"])) == recorded["shared_cases"]
    assert n_shared + n_kept == recorded["cases"]
    return shown


@pytest.mark.parametrize("growth", ["together", "one by one", "improvecarenow", "never", [0, 3, 3, 9, None, 29]])
def test_the_marks_of_every_month_add_up_to_what_was_recorded(growth):
    run = small(growth, turnover=0.05)
    for month in (0, 5, 6, 17, 29):
        check_totals(run, month)
    assert run.months["cases"].min() > 0 and run.months["shared_cases"].max() > 0 or growth == "never"


@settings(max_examples=25, deadline=None, derandomize=True)
@given(n_patients=st.integers(12, 60), n_centers=st.integers(1, 12), clinicians=st.integers(1, 7),
       turnover=st.sampled_from([0.0, 0.1]), visit_interval=st.integers(1, 4), seed=st.integers(0, 100),
       burn_in=st.integers(0, 3), data=st.data())
def test_the_marks_add_up_in_any_small_network(n_patients, n_centers, clinicians, turnover, visit_interval, seed,
                                               burn_in, data):
    few = Parameters(n_patients=n_patients, n_centers=n_centers, clinicians_per_center=clinicians, turnover=turnover,
                     visit_interval=visit_interval, patient_ties=0, months=6, launch_month=2, burn_in=burn_in)
    joins = data.draw(st.lists(st.none() | st.integers(0, 7), min_size=n_centers, max_size=n_centers))
    run = simulate(few, seed=seed, growth=joins, encounters=True)
    check_totals(run, data.draw(st.integers(0, 5)))


def test_programs_clamps_and_struck_cases_are_drawn_as_they_were():
    usual = simulate(SMALL, growth="never")
    shared = small("together").encounters.query("case_shared and month == 20")
    struck = [(20, patient) for patient in shared["patient"]]
    run = simulate(SMALL, [Program("plan", lever="pre_visit_planning", value=0.9, start=10)], encounters=True)
    check_totals(run, 20)
    held = simulate(SMALL, holds=[hold("activation", at=usual)], encounters=True)
    assert drawn(check_totals(held, 20))["patients"].get_array().mean() == usual.months["activation"][20]
    without = simulate(SMALL, struck=struck, encounters=True)
    marks = drawn(check_totals(without, 20))
    assert len(struck) > 3 and len(segments(marks["shared cases"])) == 0 and len(segments(marks["kept cases"])) > 0


def test_the_last_month_shows_the_patients_at_the_end():
    run = small(turnover=0.05)
    assert np.array_equal(drawn(figures.network(run, 29))["patients"].get_array(), run.patients["activation"])


def test_the_more_active_the_larger_the_darker_and_rimmed_from_the_threshold_on():
    shown = figures.network(small(), 29)
    shown.png()
    patients = drawn(shown)["patients"]
    activation = patients.get_array()
    order = np.argsort(activation)
    red, green, blue = patients.get_facecolor()[order, :3].T
    assert (np.diff(patients.get_widths()[order]) > 0).all()
    assert (np.diff(0.2126 * red + 0.7152 * green + 0.0722 * blue) <= 1e-9).all() and np.ptp(green) > 0.2
    assert np.array_equal(np.array(patients.get_linewidths()) > 0, activation >= ACTIVE_FROM)
    assert patients.get_widths() == pytest.approx(patients.get_heights())


def test_cases_go_from_their_patient_to_the_commons_or_to_their_clinician():
    run = small("together")
    marks, layout = drawn(figures.network(run, 20)), place(run.population)
    cases = run.encounters.query("month == 20 and case")
    for name, shared in (("shared cases", True), ("kept cases", False)):
        from_here = layout.patients[cases["patient"][cases["case_shared"] == shared]]
        assert segments(marks[name])[:, 0] == pytest.approx(from_here) and len(from_here) > 3
    assert np.hypot(*segments(marks["shared cases"])[:, 1].T) == pytest.approx(layout.commons_radius)
    kept = cases[~cases["case_shared"]]
    assert segments(marks["kept cases"])[:, 1] == pytest.approx(layout.clinicians[kept["clinician"]])
    centers = layout.centers[cases["center"][cases["case_shared"]]]
    assert np.hypot(*(segments(marks["leaving"])[:, 1] - centers).T) == pytest.approx(layout.center_radius)


@pytest.mark.parametrize("n_centers, clinicians, n_patients", [
    (1, 1, 1), (1, 3, 50), (2, 2, 7), (5, 2, 500), (20, 2, 2000), (100, 2, 2000), (100, 1, 2000), (7, 12, 300),
    (9, 2, 11)])
def test_nobody_stands_on_anybody_and_everybody_in_their_center(n_centers, clinicians, n_patients):
    people = make_population(Parameters(n_patients=n_patients, n_centers=n_centers, patient_ties=0,
                                        clinicians_per_center=clinicians))
    layout = place(people)
    assert nearest(layout.patients) >= layout.widest
    inside = np.hypot(*(layout.patients - layout.centers[people.center]).T) + layout.widest / 2
    assert inside.max() < layout.center_radius
    to_clinicians = cKDTree(layout.clinicians).query(layout.patients)
    assert n_patients < 100 or np.array_equal(to_clinicians[1], people.clinician)
    assert to_clinicians[0].min() > (0.5 + 0.5 * CLINICIAN * np.sqrt(2)) * layout.widest
    assert nearest(layout.centers) >= 2 * layout.center_radius
    assert np.hypot(*layout.centers.T).min() > layout.commons_radius + layout.center_radius
    assert np.hypot(*layout.centers.T).max() + layout.center_radius < layout.outside


def test_the_first_centers_are_the_innermost():
    people = make_population(Parameters(n_patients=100, n_centers=50))
    away = np.hypot(*place(people).centers.T)
    assert (np.diff(away) > -1e-9).all() and np.ptp(away) > 1


def test_sentence_and_key_say_the_numbers_of_the_record():
    run = small()
    shown, recorded = figures.network(run, 20), run.months.loc[20]
    texts = [text.get_text() for text in shown.figure.axes[0].texts]
    commons = run.record.commons[20].sum()
    kept = recorded["cases"] - recorded["shared_cases"]
    assert shown.sentence == (
        f"Month 20, month 15 of the network: {recorded['members']:.0f} of 6 centers are members. The 120 patients' "
        f"activation is {recorded['activation']:.2f} on average, and {percent(recorded['active_share'])} are active; "
        f"that of the 12 clinicians is {recorded['clinician_activation']:.2f}. Of the month's {recorded['cases']:.0f} "
        f"cases {kept:.0f} stayed with their clinicians and {recorded['shared_cases']:.0f} went to the commons, which "
        f"then holds {commons:.0f}.")
    for said in (f"{recorded['members']:.0f}", f"{recorded['activation']:.2f}", percent(recorded["active_share"]),
                 f"{recorded['shared_cases']:.0f}", f"{kept:.0f}", f"{commons:.0f}", "Month 20", "15"):
        assert said in texts
    assert repr(shown) == shown.sentence and shown.png().startswith(b"\x89PNG")
    assert figures.network(run, 5).sentence.startswith("Month 5, with no network yet: 0 of 6 centers are members.")
    assert figures.network(run, 6).sentence.startswith("Month 6, month 1 of the network: 1 of 6 centers")


def test_it_can_be_drawn_into_a_place_of_ones_own():
    figure = Figure(figsize=(12, 4))
    axes = figure.subplots(1, 2)
    run = small()
    assert [figures.network(run, month, ax=ax).figure for month, ax in zip((5, 29), axes)] == [figure, figure]
    assert all(len(ax.collections) == 9 for ax in axes)


def test_a_quick_picture_is_the_same_whatever_was_shown_before():
    run = small()
    picture = NetworkPicture(run, width=360, height=240)
    first = {month: picture.png(month) for month in (3, 29, 12)}
    assert len(set(first.values())) == 3
    assert {month: picture.png(month) for month in (12, 3, 29)} == first
    assert NetworkPicture(run, width=360, height=240).png(12) == first[12]


def test_a_quick_picture_shows_what_the_whole_figure_shows():
    picture = NetworkPicture(small(), width=360, height=240)
    for month in (3, 29):
        quick = np.asarray(Image.open(BytesIO(picture.png(month))).convert("RGB")).astype(int)
        picture.canvas.draw()
        whole = np.asarray(picture.canvas.buffer_rgba())[:, :, :3]
        assert np.abs(quick - whole).max() < 40 and np.ptp(whole) > 150          # but for the rounding of colors


@pytest.mark.parametrize("month", [-1, 30, 2.5, "5", None, True])
def test_a_month_outside_of_the_run_is_refused(month):
    run = small()
    for ask in (lambda: figures.network(run, month), lambda: NetworkPlayer(run).show(month)):
        with pytest.raises(InputError, match=f"`month` must be a whole number between 0 and 29 .*; got {month!r}"):
            ask()


@pytest.mark.parametrize("draw", [lambda run: figures.network(run, 0), NetworkPlayer])
def test_what_cannot_be_drawn_is_refused(draw):
    with pytest.raises(InputError, match=r"This run kept no encounters; ask for them with simulate\("):
        draw(simulate(SMALL))
    for other in (SMALL, None, small().months):
        with pytest.raises(InputError, match=r"`run` must be a Run, as simulate\(.*\) returns it; got"):
            draw(other)
    crowd = Parameters(n_patients=10_001, months=1, launch_month=0, burn_in=0)
    with pytest.raises(InputError, match="`run` must be of at most 10,000 patients, .*; got one of 10,001"):
        draw(simulate(crowd, encounters=True))


def test_the_player_shows_picture_and_sentence_of_each_month():
    run = small()
    player = NetworkPlayer(run)
    assert player.player.value == player.player.max == 29 and repr(player) == figures.network(run, 29).sentence
    for month in (0, 12, 12, 29):
        player.show(month)
        assert player.picture.alt == player.status.text == repr(player) == figures.network(run, month).sentence
        assert player.picture.png == NetworkPicture(run, width=720, height=480).png(month)
        assert player.player.shown == month
    data, metadata = player._repr_mimebundle_()
    assert data["text/plain"] == metadata["image/png"]["alt"] == repr(player)
    assert {"image/png", "application/vnd.jupyter.widget-view+json"} <= set(data)
    assert NetworkPlayer(run, month=7).sentence.startswith("Month 7,")


def test_as_the_page_asks_for_months_the_picture_comes_before_the_word_that_it_came():
    player = NetworkPlayer(small())
    said = []
    player.picture.observe(lambda change: said.append(("picture", change["new"])), "alt")
    player.player.observe(lambda change: said.append(("shown", change["new"])), "shown")
    player.player.set_state({"playing": True, "value": 3})
    assert said == [("picture", player.sentence), ("shown", 3)] and player.sentence.startswith("Month 3,")
    assert player.status.text == "Playing; pause to read the month in words."
    player.player.set_state({"playing": False})
    assert player.status.text == player.sentence


def test_the_players_script_asks_for_nothing_from_elsewhere():
    assert not re.search(r"http|url\(|@import|import\(", Player._esm)


PLAYER = """
from lnlab import Parameters, simulate
from lnlab.widgets import NetworkPlayer
run = simulate(Parameters(n_patients=60, n_centers=3, launch_month=6, months=60), encounters=True)
NetworkPlayer(run, month=2)
"""


@pytest.mark.browser
def test_play_pause_and_scrub_by_keyboard(tmp_path):
    path = tmp_path / "player.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(PLAYER.strip())])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)
    with notebook_page(path) as lab:
        page, parts = lab.page, lab.page.locator(OUTPUT).first
        month, status = parts.get_by_role("slider", name="Month"), parts.get_by_role("status")
        picture = parts.get_by_role("img")
        expect(status).to_contain_text("Month 2,")
        assert press(page, "ArrowRight", slider="Month").startswith("Month 3,")
        assert press(page, "Home", slider="Month").startswith("Month 0,")
        month.focus()
        for _ in range(20):                                      # faster than pictures come: the last month counts
            page.keyboard.press("ArrowRight")
        expect(status).to_contain_text("Month 20,")
        expect(picture).to_have_attribute("alt", status.inner_text())
        assert press(page, "Home", slider="Month").startswith("Month 0,")

        parts.get_by_role("button", name="Play").press("Space")
        expect(status).to_have_text("Playing; pause to read the month in words.")
        expect(month).not_to_have_value("0")
        parts.get_by_role("button", name="Pause").press("Space")
        expect(status).to_contain_text("Month")
        paused = int(month.input_value())
        assert 0 < paused < 59
        expect(status).to_contain_text(f"Month {paused},")

        press(page, "End", slider="Month")
        assert press(page, "ArrowLeft", slider="Month").startswith("Month 58,")
        parts.get_by_role("button", name="Play").click()         # it ends by itself, and then begins again
        expect(parts.get_by_role("button", name="Play")).to_be_visible()
        expect(month).to_have_value("59")
        expect(status).to_contain_text("Month 59,")
        expect(picture).to_have_attribute("alt", status.inner_text())
        parts.get_by_role("button", name="Play").click()
        expect(month).not_to_have_value("59")
        parts.get_by_role("button", name="Pause").click()
        assert violations(page) == []
        assert lab.problems == [] and lab.outside == []
