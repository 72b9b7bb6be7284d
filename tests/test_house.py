"""The house: which module may know which, how long one may be, and that every public name is explained."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import lnlab

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "lnlab"
FILES = sorted(HOUSE.rglob("*.py"))

# A module imports only from itself and from those before it.
ORDER = ["checks", "compiled", "draws", "parameters", "ties", "published", "ladder", "population", "programs", "rules",
         "state", "visits", "month", "knowledge", "tables", "events", "results", "run", "model", "recording", "registry", "experiment", "bandit", "mechanisms", "studies", "goals", "stories", "designs", "commons",
         "measures", "charts", "analysis", "sheets", "cells", "own_measure", "own_data", "figures", "widgets"]
APART = {"sheets", "cells", "own_measure", "own_data", "measures", "charts", "analysis"}    # tables in, numbers out: they know no model
KNOWN_APART = {"checks", "published"} | APART
LONGEST = 450

WITH_EXAMPLES = ["parameters", "population", "ties", "programs", "run", "model", "registry", "published", "own_data", "own_measure"]
# Parts behind the public functions, explained by the examples of those
WITHOUT_EXAMPLES = {
    "parameters": {"quantity", "checked_value"},
    "population": {"Population", "checked_seed", "checked_parameters", "check_population", "efficacy_table",
                   "structure"},
    "ties": {"Ties", "name_people"},
    "programs": {"checked_programs", "own_values", "lever_values"},
    "run": {"Hold", "Course", "repeat", "trace"},
    "model": {"Patient", "Clinician", "Center"},
    "registry": {"Registry"}}


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def place(path):
    """The module of `ORDER` to which a file belongs; None for lnlab/__init__.py."""
    first = path.relative_to(HOUSE).parts[0]
    return None if first == "__init__.py" else first.removesuffix(".py")


def imported(path, text=None):
    """The modules of `ORDER` that a file imports, wherever in the file."""
    found = set()
    package = ["lnlab", *path.relative_to(HOUSE).parent.parts]
    for node in ast.walk(tree(path) if text is None else ast.parse(text)):
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[:len(package) + 1 - node.level] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            names = [f"{module}.{each.name}" for each in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "lnlab" and len(parts) > 1:
                home = lnlab._HOME.get(parts[1]) or parts[1]       # `from lnlab import simulate` is of lnlab.run
                found |= {home} - {"__version__"}
    return found


def public(body):
    return [node for node in body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            and not node.name.startswith("_")]


def named(path):
    """Every public function, class and method of a file, with its full name."""
    for node in public(tree(path).body):
        yield node.name, node
        if isinstance(node, ast.ClassDef):
            for method in public(node.body):
                yield f"{node.name}.{method.name}", method


def test_every_module_has_its_place():
    assert {place(path) for path in FILES} - {None} <= set(ORDER)
    assert len(FILES) > 15 and len(set(ORDER)) == len(ORDER)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_module_imports_only_from_those_before_it(path):
    here = place(path)
    if here is None:
        assert imported(path) == set()      # what it offers is loaded when first used
        return
    before = set(ORDER[:ORDER.index(here) + 1])
    assert imported(path) <= (before & KNOWN_APART if here in APART else before)


@pytest.mark.parametrize("text, found", [
    ("import lnlab.run", {"run"}), ("import lnlab.run as running", {"run"}), ("from lnlab import draws", {"draws"}),
    ("from lnlab.widgets.ranges import Range", {"widgets"}), ("from lnlab import simulate", {"run"}),
    ("from lnlab import __version__", set()), ("def later():\n    from lnlab import published, model",
                                               {"published", "model"}),
    ("from . import run", {"run"}), ("from .run import simulate", {"run"}), ("import numpy", set()),
    ("import lnlabel.run", set())])
def test_an_import_is_found_in_every_form(text, found):
    assert imported(HOUSE / "checks.py", text) == found


def test_an_import_within_a_folder_is_found():
    assert imported(HOUSE / "figures" / "style.py", "from ..run import simulate\nfrom . import networks") == {
        "run", "figures"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_module_is_short_and_says_what_it_is_for(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST or place(path) == "parameters"
    assert ast.get_docstring(tree(path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_every_public_name_is_explained(path):
    assert [name for name, node in named(path) if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_every_public_name_comes_with_an_example_or_stands_behind_one_that_does(module):
    """An example counts where it can be run: the docstring tests run it."""
    without = {node.name for node in public(tree(HOUSE / f"{module}.py").body)
               if ">>> " not in ast.get_docstring(node)}
    assert without == WITHOUT_EXAMPLES.get(module, set())


def test_every_name_that_lnlab_offers_can_be_loaded():
    for name in lnlab.__all__:
        assert getattr(lnlab, name) is not None and name in dir(lnlab)
    with pytest.raises(AttributeError, match="module 'lnlab' has no attribute 'simulat'"):
        lnlab.simulat


FOLDERS = ["lnlab", "tests", "docs", "binder", "notebooks", ".ci"]
TEXT = {"", ".py", ".md", ".ipynb", ".csv", ".bib", ".toml", ".txt", ".cff", ".json", ".cfg", ".css", ".js", ".yml"}
SOMEBODYS_MACHINE = re.compile(
    r"(?<![\w.:/])/(?:home|root|tmp|work|Users|mnt|private|var/folders)/|\b[A-Z]:\\+Users|file:[/]")


def texts():
    """Every text file of the project."""
    for path in [*ROOT.iterdir(), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))]:
        hidden = {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)
        if path.is_file() and path.suffix in TEXT and not hidden:
            yield path


def test_no_file_knows_the_machine_it_was_written_on():
    files = list(texts())
    assert len(files) > 40
    assert [(path.relative_to(ROOT).as_posix(), found[0]) for path in files
            if (found := SOMEBODYS_MACHINE.search(path.read_text(encoding="utf-8")))] == []


@pytest.mark.parametrize("path, found", [
    (["", "home", "ann", "lab"], True), (["C:", "Users"], True), (["", "tmp", "x"], True), (["", "work", "x"], True),
    (["https:", "", "example.org", "work", "x"], False), (["notebooks", "work", "x"], False)])
def test_a_path_of_somebodys_machine_is_recognized(path, found):
    sign = "\\" if path[0] == "C:" else "/"
    assert bool(SOMEBODYS_MACHINE.search(f"see {sign.join(path)}")) == found
