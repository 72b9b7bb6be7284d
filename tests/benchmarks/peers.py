"""lnlab beside its peers: what a patient-month of the same rules costs, written as each framework means it.

Use: python tests/benchmarks/peers.py          (about 20 minutes; writes the section "Peers" of docs/benchmarks.md)
     python tests/benchmarks/peers.py --quick  (a try with few patients and months; only prints)

Each framework has an environment of its own, with pinned packages, and each run a process of its own. Frameworks take
turns, because a machine's speed changes; the least of several repeats counts. Never part of `make test`.
"""

import argparse
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import textwrap
from collections import namedtuple
from functools import cache
from pathlib import Path
from shutil import which

import numpy as np

import lnlab
from lnlab.compiled import FINGERPRINT
from lnlab.population import make_population
from lnlab.run import Course

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "peers"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
ENVIRONMENTS = ROOT / ".venv-peers"
sys.path.insert(0, str(HERE))

from lnlab_network import parameters_of     # noqa: E402

SIZES, MONTHS, ROUNDS, SEED = (1_000, 10_000, 100_000), 60, 5, 1
TOLERANCE = 1e-5        # the largest difference of a month's mean that counts as the same: Starsim keeps 32-bit numbers
TOO_NEAR = 1.5          # on a noisy machine nothing is made of a smaller ratio
OLDEST = (3, 12)        # the Python that the pins of the peers need
WIDTH = 118

Row = namedtuple("Row", ("name", "script", "way", "pins", "differs_because"), defaults=(None, None))
ALONE = Row("lnlab, the activation part alone", "lnlab_network.py", "alone")
WHOLE = Row("lnlab, the whole model", "lnlab_network.py", "whole")
ROWS = (ALONE, WHOLE,
        Row("Modelly, columns", "modelly_agents.py", "columns", "modelly.txt"),
        Row("Modelly, objects", "modelly_agents.py", "objects", "modelly.txt"),
        Row("Starsim, people and networks", "starsim_people.py", "people", "starsim.txt"),
        Row("Mesa, agents", "mesa_agents.py", "agents", "mesa.txt"))


class NotToBeHad(Exception):
    """A peer cannot be measured here; the message says why, in words that may stand in a table."""


# The same world for all

def export_world(path, n_patients, months=MONTHS, seed=SEED):
    """Write people, ties, visit calendar and the numbers of the rules, as lnlab has them, for `protocol.read_world`.

    With these nothing is left to chance: whoever follows the rules gets the same activation.
    """
    parameters = parameters_of(n_patients, months)
    population = make_population(parameters, seed)
    numbers = {name: getattr(parameters, name) for name in (
        "patient_influence", "clinician_influence", "leadership", "fading", "encounter_influence", "visit_interval")}
    np.savez(path, months=months, seed=seed, baseline=population.baseline, clinician=population.clinician,
             clinician_baseline=population.clinician_baseline,
             first_visit=Course(parameters, seed=seed, population=population).network.patients["next_visit"],
             patient_ties=each_once(population.patient_ties), colleague_ties=each_once(population.colleague_ties),
             **numbers)


def each_once(ties):
    """Mutual ties as pairs of people, each pair once, shape (n_ties, 2)."""
    pairs = np.column_stack([np.repeat(np.arange(len(ties.counts())), ties.counts()), ties.indices])
    return pairs[pairs[:, 0] < pairs[:, 1]]


# An environment for each peer

@cache
def python_for_peers():
    """The first Python found that is new enough and can make environments."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    names = [sys.executable, *(which(f"python3.{minor}") for minor in range(OLDEST[1], 20)),
             *sorted(map(str, pyenv.glob("versions/3.*/bin/python")), key=version_in)]
    for name in filter(None, names):
        told = subprocess.run([name, "-c", "import ensurepip, sys; print(sys._base_executable, *sys.version_info[:2])"],
                              capture_output=True, text=True)
        if told.returncode == 0:
            python, *version = told.stdout.rsplit(maxsplit=2)
            if tuple(map(int, version)) >= OLDEST:
                return python
    raise NotToBeHad(f"needs Python {OLDEST[0]}.{OLDEST[1]} or newer, and there is none on this machine")


def version_in(path):
    """The numbers in the name of a folder of versions, to sort by.

    >>> sorted(["versions/3.9.1/bin", "versions/3.12.1/bin"], key=version_in)[-1]
    'versions/3.12.1/bin'
    """
    return [int(number) for number in re.findall(r"\d+", path)]


@cache
def environment(pins):
    """The Python of the environment with these pinned packages, made when it is not there or not up to date."""
    python = python_for_peers()
    wanted = (HERE / pins).read_bytes()
    folder = ENVIRONMENTS / Path(pins).stem
    own = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = folder / f"ready-{hashlib.sha256(wanted + python.encode()).hexdigest()[:12]}"
    if not ready.exists():
        print(f"Making {folder.relative_to(ROOT)} ...", flush=True)
        try:
            subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
            subprocess.run([own, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "-r", HERE / pins],
                           check=True)
        except subprocess.CalledProcessError:
            raise NotToBeHad(f"not to be had: {version(pins)} could not be installed") from None
        ready.touch()
    return str(own)


def version(pins):
    """The framework that a file of pins is named after, with its version.

    >>> version("starsim.txt")
    'starsim 3.7.2'
    """
    return re.search(rf"^({Path(pins).stem}[\w-]*)==(\S+)", (HERE / pins).read_text(), re.MULTILINE).expand(r"\1 \2")


# Measuring

def ask(row, world):
    """Run one way of writing once, in a process of its own, on one thread; see `protocol.answer`."""
    python = sys.executable if row.pins is None else environment(row.pins)
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    kept_apart = {"PYTHONPATH": str(ROOT) if row.pins is None else "", "PYTHONNOUSERSITE": "1", "MPLBACKEND": "agg"}
    told = subprocess.run([python, HERE / row.script, world, row.way], capture_output=True, text=True,
                          env={**os.environ, **one_thread, **kept_apart})
    if told.returncode:
        print(told.stderr, file=sys.stderr)
        raise NotToBeHad(f"did not run ({error_in(told.stderr)})")
    return json.loads(told.stdout.strip().splitlines()[-1])


def error_in(told):
    """The name of the error in a traceback, without what it says of this machine.

    >>> error_in("Traceback ...\\nsome.where.KeyNotFoundError: no such key")
    'KeyNotFoundError'
    """
    last = (told.strip().splitlines() or [""])[-1]
    return re.match(r"[\w.]*", last)[0].split(".")[-1] or "without a word"


def measure(sizes=SIZES, months=MONTHS, rounds=ROUNDS, rows=ROWS):
    """Measure every row at every size, all rows in turn.

    Returns
    -------
    dict of str to (dict of int to dict) or str
        For each row, by the number of patients: nanoseconds for each patient and month (`ns`), microseconds of set-up
        for each patient (`set_up`), the largest difference of a month's mean from lnlab's (`difference`), the version
        of Python; or why the row could not be measured.
    """
    found = {row.name: {} for row in rows}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            world = Path(folder) / f"{size}.npz"
            export_world(world, size, months)
            ours = ask(WHOLE, world)
            for _ in range(rounds):
                for row in rows:
                    if isinstance(found[row.name], dict):
                        try:
                            note(found[row.name], size, months, ask(row, world), ours)
                        except NotToBeHad as error:
                            if row.pins is None:
                                raise
                            found[row.name] = str(error)
                    print(".", end="", flush=True)
            print(f" {size:,} patients")
    return found


def note(found, size, months, told, ours):
    """Add one answer to what was found of a row: the least time counts, and the largest difference."""
    difference = max(np.abs(np.subtract(told[who], ours[who])).max() for who in ("patients", "clinicians"))
    before = found.get(size, {"ns": np.inf, "set_up": np.inf, "difference": 0.0})
    found[size] = {"ns": min(before["ns"], 1e9 * told["seconds"] / size / months),
                   "set_up": min(before["set_up"], 1e6 * told["set_up"] / size),
                   "difference": max(before["difference"], difference), "python": told["python"]}


# Telling

def section(found, sizes=SIZES, months=MONTHS, rounds=ROUNDS, rows=ROWS, day=None):
    """What was found, as the text of the document's section."""
    measured = [row for row in rows if isinstance(found[row.name], dict)]
    pythons = sorted({found[row.name][size]["python"] for row in measured for size in sizes if row.pins})
    frameworks = ", ".join(version(pins) for pins in dict.fromkeys(row.pins for row in rows if row.pins))
    state = (f"State: lnlab {lnlab.__version__}, compiled rules `{FINGERPRINT}`, Python {sys.version.split()[0]}; "
             f"{frameworks}, Python {' and '.join(pythons) or 'not found'}. {months} months, one thread, processor "
             f"time, the least of {rounds} rounds in which all took turns. Run on {day or datetime.date.today()}.")
    patients = [f"{size:,} patients" for size in sizes]
    costs = table(("Nanoseconds for a patient and month", *patients, f"Set-up at {sizes[-1]:,}, µs a patient",
                   "Largest difference from lnlab's means"),
                  [cost_line(row, found[row.name], sizes) for row in rows])
    ratios = table(("Times as long as lnlab: the activation part alone / the whole model", *patients),
                   [(row.name, *(f"{found[row.name][size]['ns'] / found[ALONE.name][size]['ns']:.1f} / "
                                 f"{found[row.name][size]['ns'] / found[WHOLE.name][size]['ns']:.1f}"
                                 for size in sizes)) for row in measured])
    return "\n\n".join([wrapped(state), costs, ratios, verdict(found, sizes, rows)])


def cost_line(row, found, sizes):
    """A row of the table of costs; of a peer that is not to be had, the reason."""
    if isinstance(found, str):
        return (row.name, found, *[""] * (len(sizes) + 1))
    difference = max(found[size]["difference"] for size in sizes)
    agrees = "" if difference <= TOLERANCE else f": **too much**, {row.differs_because or 'and we do not know why'}"
    return (row.name, *(f"{found[size]['ns']:,.1f}" for size in sizes), f"{found[sizes[-1]]['set_up']:.2f}",
            f"{difference:.0e}{agrees}")


def verdict(found, sizes, rows):
    """Is lnlab the quickest, alone and as a whole? How much longer does the nearest peer take?"""
    peers = [row.name for row in rows if row.pins and isinstance(found[row.name], dict)]
    if not peers:
        return "No peer could be measured here."
    said = []
    for ours, called, does in ((ALONE, "The activation part alone", "The same rules"),
                               (WHOLE, "The whole model", "Their activation part against all that lnlab does")):
        ratios = []
        for size in sizes:
            nearest = min(peers, key=lambda name: found[name][size]["ns"])
            ratios.append((size, nearest, found[nearest][size]["ns"] / found[ours.name][size]["ns"]))
        slower = [f"{size:,}" for size, _, ratio in ratios if ratio <= 1]
        place = f"**not the quickest** at {' and '.join(slower)} patients" if slower else "the quickest at every size"
        beside = ", ".join(f"at {size:,} patients {ratio:.1f} times as long ({name}{too_near(ratio)})"
                           for size, name, ratio in ratios)
        said.append(f"{called} is {place}. {does}: the nearest peer takes {beside}.")
    return "\n\n".join(map(wrapped, said))


def too_near(ratio):
    """A warning where two times differ less than they may from one day to the next.

    >>> too_near(1.2), too_near(3.0)
    (': too near to call', '')
    """
    return ": too near to call" if 1 / TOO_NEAR < ratio < TOO_NEAR else ""


def table(titles, lines):
    """A Markdown table.

    >>> print(table(("a", "b"), [(1, 2)]))
    | a | b |
    | --- | --- |
    | 1 | 2 |
    """
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in (titles, ["---"] * len(titles), *lines))


def wrapped(text):
    """A paragraph in lines that are short enough to read."""
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def put(text, name, part):
    """`text` with `part` in its generated place of this name; every other place stays.

    >>> print(put("<!-- generated: sum -->old<!-- end -->", "sum", "2"))
    <!-- generated: sum -->
    <BLANKLINE>
    2
    <BLANKLINE>
    <!-- end -->
    """
    place = re.compile(rf"<!-- generated: {name} -->.*?<!-- end -->", re.DOTALL)
    if len(place.findall(text)) != 1:
        raise ValueError(f"The document must have one place for {name}.")
    return place.sub(lambda _: f"<!-- generated: {name} -->\n\n{part}\n\n<!-- end -->", text)


def main():
    """Measure, print, and unless it is only a try, store."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="few patients and months; only prints")
    asked = {"sizes": (200, 1_000), "months": 12, "rounds": 1} if options.parse_args().quick else {
        "sizes": SIZES, "months": MONTHS, "rounds": ROUNDS}
    part = section(measure(**asked), **asked)
    print(f"\n{part}")
    if asked["sizes"] == SIZES:
        DOCUMENT.write_text(put(DOCUMENT.read_text(encoding="utf-8"), "peers", part), encoding="utf-8")


if __name__ == "__main__":
    main()
