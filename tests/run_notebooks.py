"""Run notebooks from top to bottom and store their results, so that two runs give the same file to the last byte.

The stored results are what `make test` compares with, so what differs between two good runs (widgets, which live only
in a running kernel; wall times; cell names made at random; the version of Python) is not stored.

Use: make notebooks, or python tests/run_notebooks.py notebooks/01_name.ipynb ...
"""

import sys
from pathlib import Path

import nbformat

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
WIDGET = "application/vnd.jupyter.widget-view+json"


def run(path):
    """Run the notebook at `path` in its own folder, and write it back if every cell succeeded."""
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    # Without the widgets' state nbclient 0.11 fails at the first Output widget; `settle` takes it away again.
    NotebookClient(notebook, kernel_name="python3", timeout=600, record_timing=False, coalesce_streams=True,
                   store_widget_state=True,
                   resources={"metadata": {"path": str(path.parent)}},
                   extra_arguments=["--IPKernelApp.log_level=ERROR"]).execute()
    nbformat.write(settle(notebook), path)


def settle(notebook):
    """Take out of a run notebook what would differ in the next good run."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = dict(KERNEL)
    notebook.metadata.setdefault("language_info", {"name": "python"}).pop("version", None)
    for position, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{position:02}"
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)
    return notebook


def faults(path):
    """What keeps the stored results from being a test, a sentence each: nbval passes over a cell that never ran."""
    notebook = nbformat.read(path, as_version=4)
    if "widgets" in notebook.metadata:
        yield f"{path.name}: the state of widgets is stored (make notebooks)."
    expected = 0
    for position, cell in enumerate(notebook.cells):
        where = f"{path.name} cell {position}"
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        expected += 1
        if cell.execution_count != expected:
            yield f"{where}: run as number {cell.execution_count}, expected {expected} (restart, and run all)."
        for output in cell.outputs:
            if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                yield f"{where}: stores the error {output.ename}."
            if output.output_type == "stream" and output.name == "stderr":
                yield f"{where}: stores a warning or other text on stderr: {output.text.strip()[:80]}"


if __name__ == "__main__":
    found = []
    for path in [Path(name) for name in sys.argv[1:]] or sorted(NOTEBOOKS.glob("*.ipynb")):
        print(f"Running {path.name} ...", flush=True)
        run(path)
        found += faults(path)
    sys.exit("\n".join(found) or 0)
