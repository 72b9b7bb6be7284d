"""Set-up: the pins, the Binder folder, the versions, and what is loaded when."""

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import nbformat
import pytest
from jupyter_client import KernelManager
from nbformat.v4 import new_code_cell, new_notebook, new_output
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import lnlab
from run_notebooks import NOTEBOOKS, WIDGET, faults, settle

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LINES = (ROOT / "binder" / "requirements.txt").read_text().splitlines()
DECLARED = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]


def pins(**environment):
    """Name -> version of what the pins install where the markers' values are those given (else: here)."""
    wanted = [Requirement(line) for line in LINES]
    wanted = [each for each in wanted if not each.marker or each.marker.evaluate(default_environment() | environment)]
    pinned = {canonicalize_name(each.name): next(iter(each.specifier)).version for each in wanted}
    assert len(pinned) == len(wanted), "a package is pinned twice"
    return pinned


def test_every_pin_is_exact_and_names_no_source():
    for line in LINES:
        pin = Requirement(line)
        assert pin.url is None and "://" not in line, line
        assert [each.operator for each in pin.specifier] == ["=="] and "*" not in str(pin.specifier), line


@pytest.mark.parametrize("python", ["3.11", "3.12"])
@pytest.mark.parametrize("dependency", DECLARED)
def test_every_dependency_is_pinned_within_its_declared_range(dependency, python):
    declared = Requirement(dependency)
    pinned = pins(python_version=python, python_full_version=f"{python}.9")
    assert pinned[canonicalize_name(declared.name)] in declared.specifier


def test_what_is_installed_is_what_is_pinned():
    pinned = pins()
    assert {name: version(name) for name in pinned} == pinned


def test_binder_runs_a_python_that_the_pins_know():
    assert (ROOT / "binder" / "runtime.txt").read_text().strip() == "python-3.12"


def test_binder_can_run_what_follows_the_pins():
    script = ROOT / "binder" / "postBuild"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", script], check=True)


def test_one_version_everywhere():
    citation = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    assert citation[1] == PROJECT["version"] == lnlab.__version__ == version("lnlab")


def test_importing_lnlab_loads_no_large_library():
    loaded = subprocess.run([sys.executable, "-c", "import sys, lnlab; print(*sys.modules)"], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout.split()
    assert "lnlab" in loaded
    assert not {"numba", "pandas", "mesa", "matplotlib", "statsmodels", "scipy", "ipywidgets"} & set(loaded)


def test_notebooks_run_in_this_python():
    assert KernelManager(kernel_name="python3").format_kernel_cmd()[0] == sys.executable


def test_every_notebook_was_run_in_order_and_without_complaint():
    notebooks = sorted(NOTEBOOKS.glob("*.ipynb"))
    assert notebooks
    assert [fault for path in notebooks for fault in faults(path)] == []


def faults_of(tmp_path, *cells, **metadata):
    """What `faults` says of a notebook with these code cells, each given as the dict of its fields."""
    path = tmp_path / "tried.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(**cell) for cell in cells], metadata=metadata), path)
    return list(faults(path))


def test_a_notebook_that_was_not_run_in_order_is_refused(tmp_path):
    first, empty, second = {"source": "1", "execution_count": 1}, {}, {"source": "2", "execution_count": 2}
    assert faults_of(tmp_path, first, empty, second) == []
    assert "run as number 2, expected 1" in faults_of(tmp_path, second, first)[0]
    assert "run as number None, expected 1" in faults_of(tmp_path, {"source": "1"})[0]


def test_a_notebook_that_stores_an_error_or_a_warning_is_refused(tmp_path):
    error = new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])
    warning = new_output("stream", name="stderr", text="DeprecationWarning: old")
    failed = {"source": "1 / 0", "execution_count": 1, "outputs": [error]}
    assert "stores the error ZeroDivisionError" in faults_of(tmp_path, failed)[0]
    assert faults_of(tmp_path, failed | {"metadata": {"tags": ["raises-exception"]}}) == []
    assert "DeprecationWarning: old" in faults_of(tmp_path, failed | {"outputs": [warning]})[0]
    assert "state of widgets" in faults_of(tmp_path, widgets={})[0]


def test_two_runs_of_a_notebook_store_the_same():
    def as_run(chance):
        shown = new_output("display_data", {"text/plain": "a slider", WIDGET: {"model_id": chance}})
        cell = new_code_cell("f()", execution_count=1, outputs=[shown], metadata={"execution": {"shell": chance}})
        language = {"name": "python", "version": chance}
        return settle(new_notebook(cells=[cell], metadata={"widgets": chance, "language_info": language}))
    assert as_run("once") == as_run("again")
    assert as_run("once").cells[0].outputs[0].data == {"text/plain": "a slider"}
