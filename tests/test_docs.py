"""The documents say what the library does: generated parts are current, names and files that they mention exist."""

import dataclasses
import re
import runpy
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

import lnlab
from lnlab.ladder import ladder
from lnlab.parameters import Parameters
from lnlab.run import simulate

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ODD = (ROOT / "docs" / "ODD.md").read_text(encoding="utf-8")
PARAMETERS = [each.name for each in dataclasses.fields(Parameters)]
each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


@pytest.fixture(scope="module")
def generate():
    return SimpleNamespace(**runpy.run_path(str(ROOT / "docs" / "generate.py")))


def section(heading):
    """The text of one section of the ODD."""
    return ODD.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def by_hand(text):
    """A document without its generated parts."""
    return re.sub(r"<!-- generated: .*?<!-- end -->", "", text, flags=re.DOTALL)


def anchors(document):
    """The headings of a document as addresses within it."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


# Generated parts

def test_generated_parts_are_current(generate):
    for path, text in generate.documents().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is out of date: run `make docs`"


def test_a_place_without_its_part_is_refused_and_so_is_a_part_without_its_place(generate):
    text = "before\n<!-- generated: sum -->\nold\n<!-- end -->\nafter"
    assert generate.fill(text, sum="2") == "before\n<!-- generated: sum -->\n\n2\n\n<!-- end -->\nafter"
    for parts in ({}, {"product": "2"}, {"sum": "2", "product": "2"}):
        with pytest.raises(ValueError, match="one place for each"):
            generate.fill(text, **parts)
    with pytest.raises(ValueError, match="one place for each"):
        generate.fill(text + text, sum="2")


def test_the_code_of_a_document_is_run(generate):
    code = "```python\nfor n in range(2):\n    print(n)\n```\nthen\n```python\nprint(' done', n)\n```\n"
    assert generate.outputs_of(code) == {"output_1": "```text\n0\n1\n```", "output_2": "```text\n done 1\n```"}
    assert len(generate.PYTHON.findall((ROOT / "README.md").read_text(encoding="utf-8"))) == 1


def test_assumed_and_calibrated_parameters_are_counted(generate):
    sources = Parameters().table()["source"].tolist()
    total, assumed, calibrated, cited = map(int, re.findall(r"\b\d+\b", generate.assumptions()))
    assert (total, assumed, calibrated) == (len(PARAMETERS), sources.count("assumed"), sources.count("calibrated"))
    assert total == assumed + calibrated + cited


@pytest.mark.parametrize("name", ["network_learns.png", "same_luck.png"])
def test_the_pictures_of_the_documents_are_there_and_light(generate, name):
    stored = generate.IMAGES / name
    assert set(generate.PICTURES) == {path.name for path in generate.IMAGES.iterdir()}
    assert stored.read_bytes().startswith(b"\x89PNG") and stored.stat().st_size < 150_000
    assert generate.PICTURES[name]().png().startswith(b"\x89PNG")


# The ODD

def test_the_odd_has_the_elements_of_the_protocol_in_their_order():
    headings = re.findall(r"^## (.+)$", ODD, re.MULTILINE)
    assert headings[:7] == ["Purpose and patterns", "Entities, state variables and scales",
                            "Process overview and scheduling", "Design concepts", "Initialization", "Input data",
                            "Submodels"]


def test_every_parameter_is_in_the_table_once_and_explained_in_the_text():
    table = re.findall(r"^\| `(\w+)`", section("Parameters"), re.MULTILINE)
    assert table == PARAMETERS
    text = by_hand(ODD)
    assert [name for name in PARAMETERS if not re.search(rf"\b{name}\b", text)] == []


def test_every_function_that_the_odd_names_exists():
    named = re.findall(r"`(\w+)\.(\w+)`", ODD)
    modules = [(module, name) for module, name in named if name != "py" and find_spec(f"lnlab.{module}")]
    assert [f"{module}.{name}" for module, name in named if name != "py" and (module, name) not in modules] == []
    assert [f"{module}.{name}" for module, name in modules
            if not hasattr(import_module(f"lnlab.{module}"), name)] == []


def test_the_schedule_names_the_steps_of_a_month_in_their_order():
    steps = re.findall(r"^\d\. .*?(?=^\d\. |\Z)", section("Process overview and scheduling"), re.DOTALL | re.MULTILINE)
    firsts = [re.search(r"`month\.(\w+)`", step)[1] for step in steps]
    assert firsts == ["hold", "turn_over", "live_in_centers", "live_clinicians", "pool", "hold", "take_stock"]
    source = (ROOT / "lnlab" / "month.py").read_text(encoding="utf-8").split("\ndef live(")[1].split("\n@")[0]
    called = re.findall(rf"\b({'|'.join(set(firsts))})\(", source)
    assert called == firsts


def test_every_column_of_the_months_is_named():
    months = simulate(Parameters(n_patients=20, n_centers=2, burn_in=0, launch_month=0, months=1)).months
    observed = set(re.findall(r"`(\w+)`", section("Design concepts")))
    assert set(months.columns) - observed == {"month"}


# The ladder

def test_the_ladder_has_ten_rungs_and_those_said_to_be_here_are_here():
    rungs = ladder()
    assert [name[:2] for name in rungs["notebook"]] == [f"{number:02}" for number in range(10)]
    assert rungs["question"].str.endswith("?").all() and rungs["question"].is_unique
    assert rungs["minutes"].between(30, 110).all()
    here = sorted(rungs.loc[rungs["here"], "notebook"])
    assert here == sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert set(rungs.loc[rungs["here"], "since"]) <= set(re.findall(r"^## (\d+\.\d+\.\d+)", _changelog(), re.MULTILINE))


# All documents

def _changelog():
    return (ROOT / "docs" / "changelog.md").read_text(encoding="utf-8")


def test_the_changelog_begins_with_this_version():
    assert re.search(r"^## (\S+)", _changelog(), re.MULTILINE)[1] == lnlab.__version__


@each_document
def test_links_to_files_and_headings_lead_somewhere(document):
    text = document.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", text):
        path = (document.parent / target).resolve() if target else document
        assert path.exists(), f"{document.name}: {target}"
        assert not anchor or anchor in anchors(path), f"{document.name}: {target}#{anchor}"


@each_document
def test_files_that_are_named_exist(document):
    named = re.findall(r"`((?:lnlab|tests|docs|binder|notebooks|\.ci)/[\w./]*)`", document.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


@each_document
def test_lines_are_short_enough_to_read(document):
    lines = document.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > 120 and not line.startswith("|")] == []


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 120
