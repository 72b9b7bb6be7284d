"""Runs kept in a folder: only what is missing is done again; damage, other code and full disks lose nothing."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import Executor, Future
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from lnlab import InputError, Parameters, Program, compare, full_grid, replicate, sweep
from lnlab.experiment import chunk as work
from lnlab.experiment import store
from lnlab.experiment.arms import Arm

TINY = Parameters(n_patients=60, n_centers=3, burn_in=8, launch_month=4, months=16)
DESIGN = full_grid(sharing=[0, 0.5, 1], registry=[0, 0.4])
PROGRAM = Program("planning", lever="pre_visit_planning", value=0.9, start=6)


def swept(folder=None, design=DESIGN, n=2, **options):
    return sweep(design, TINY, PROGRAM, n=n, store=folder, **{"executor": "serial", **options})


def parts(folder):
    return sorted((folder / "parts").glob("*.parquet"))


@pytest.fixture
def counted(monkeypatch):
    """A list that grows by one for each run that is really done."""
    done, simulate = [], work.Lived.simulate

    def counting(self, arm, seed, following=None):
        done.append(seed)
        return simulate(self, arm, seed, following)
    monkeypatch.setattr(work.Lived, "simulate", counting)
    return done


@pytest.fixture
def filled(tmp_path):
    swept(tmp_path / "runs")
    return tmp_path / "runs"


# Only what is missing

def test_a_second_call_runs_nothing_and_gives_the_same(tmp_path, counted):
    first = swept(tmp_path / "runs")
    assert len(counted) == 12
    again = swept(tmp_path / "runs")
    assert len(counted) == 12 and again.table.equals(first.table) and again.table.equals(swept().table)


def test_a_larger_experiment_does_only_what_is_new(filled, counted):
    larger = full_grid(sharing=[0, 0.5, 0.7, 1], registry=[0, 0.4])
    results = swept(filled, larger, n=3)
    assert len(counted) == 24 - 12
    assert results.table.equals(swept(None, larger, n=3).table)


def test_a_store_serves_every_kind_of_experiment(filled, counted):
    arms = {"a": Arm(TINY.but(sharing=0.5, registry=0.4), PROGRAM), "b": Arm(TINY.but(sharing=0.3), PROGRAM)}
    results = compare(arms, n=2, store=filled, executor="serial")
    assert len(counted) == 2 and len(results.table) == 4


@pytest.mark.parametrize("change", [dict(seed=2), dict(growth="never"), dict(efficacy_seed=3)])
def test_other_runs_are_not_taken_for_these(filled, counted, change):
    results = swept(filled, **change)
    assert len(counted) == 12 and results.table.equals(swept(None, **change).table)


def test_whole_tables_are_kept_too(tmp_path, counted):
    first = replicate(TINY, n=3, store=tmp_path / "runs", executor="serial")
    again = replicate(TINY, n=3, store=tmp_path / "runs", executor="serial")
    assert len(counted) == 3 and again.table.equals(first.table) and (again.table.dtypes == first.table.dtypes).all()


def test_equal_arms_are_kept_once_and_come_back_as_they_were(tmp_path):
    tables = [compare({"a": {}, "b": {}, "c": dict(sharing=0)}, n=2, parameters=TINY, measures="months",
                      store=tmp_path / "runs", executor="serial").table for _ in range(3)]
    assert len(tables[0]) == 6 * TINY.months and tables[1].equals(tables[0]) and tables[2].equals(tables[0])


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_interrupt_while_writing_counts_nothing_twice(tmp_path, monkeypatch, moment):
    monkeypatch.setattr(store, "WRITE_EVERY", 0.0)
    written, interrupts = store.write_whole, [True]

    def interrupted(folder, name, content, anew=False):
        if folder.name == "parts" and moment == "before" and interrupts and interrupts.pop():
            raise KeyboardInterrupt
        written(folder, name, content, anew)
        if folder.name == "parts" and interrupts and interrupts.pop():
            raise KeyboardInterrupt
    monkeypatch.setattr(store, "write_whole", interrupted)
    with pytest.warns(UserWarning, match="Interrupted"):
        replicate(TINY, n=4, store=tmp_path / "runs", executor="serial", chunk=1)
    assert replicate(TINY, n=4, store=tmp_path / "runs", executor="serial").table.equals(
        replicate(TINY, n=4, executor="serial").table)


def test_measures_come_in_the_same_order_whether_fresh_or_kept(tmp_path):
    def some(run):
        return {"b": 1.0, "a": 2.0} if run.seed % 2 else {"b": 3.0}
    tables = [replicate(TINY, n=6, measures=some, store=folder, executor="serial").table
              for folder in (None, tmp_path / "runs", tmp_path / "runs")]
    assert tables[0].equals(tables[1]) and tables[1].equals(tables[2]) and tables[0].columns.tolist()[-2:] == ["a", "b"]


def test_a_lambda_can_be_resumed_with_more_replicates(tmp_path, counted):
    for n in (2, 3):
        replicate(TINY, n=n, store=tmp_path / "runs", executor="serial", measures=lambda run: run.seed % 7)
    assert len(counted) == 3


def test_a_table_with_texts_comes_back_as_it_was(tmp_path):
    def by_center(run):
        return run.centers.groupby("center").agg(cases=("cases", "sum")).assign(name="center", big=lambda t: t["cases"] > 3)
    fresh, kept, again = (replicate(TINY, n=3, measures=by_center, store=folder, executor="serial").table
                          for folder in (None, tmp_path / "runs", tmp_path / "runs"))
    assert fresh.equals(kept) and kept.equals(again) and (fresh.dtypes == again.dtypes).all()


def test_a_failed_run_is_tried_again(tmp_path):
    flag = tmp_path / "flag"

    def needs_flag(run):
        return float(Path(flag).read_text()) if run.parameters.sharing == 1 else 0.0
    with pytest.warns(UserWarning, match="4 of 12 runs failed"):
        swept(tmp_path / "runs", measures=needs_flag)
    flag.write_text("7")
    results = swept(tmp_path / "runs", measures=needs_flag)
    assert results.n_finished == 12 and results.table["needs_flag"].sum() == 28


def test_a_stored_result_can_be_repeated(filled):
    results = swept(filled)
    run = results.repeat(5)
    assert run.months["remission_rate"].tail(12).mean() == results.table["remission_rate"][5]


# What is in it

def test_every_row_says_what_it_is(filled):
    rows = pd.concat([pq.read_table(path).to_pandas() for path in parts(filled)])
    assert len(rows) == 12 and rows[store.RUN].is_unique
    for row in rows.to_dict("records"):
        run = Arm.from_text(row[store.ARM]).simulate(row[store.SEED])
        assert run.months["remission_rate"].tail(12).mean() == row["remission_rate"]
    about = {name.decode(): value.decode() for name, value in pq.read_schema(parts(filled)[0]).metadata.items()}
    assert about["lnlab"] == work.code() and {"python", "numpy", "numba", "measures"} <= set(about)
    told = json.loads((filled / "store.json").read_text())
    assert told["defaults"]["sharing"] == Parameters().sharing and told["lnlab"] == work.code()


# Refused, never mixed

def test_a_store_of_other_code_is_refused(filled, monkeypatch):
    before = {path: path.read_bytes() for path in filled.rglob("*") if path.is_file()}
    monkeypatch.setattr(store, "code", lambda: "0.0.9 abcdef")
    with pytest.raises(InputError, match="of the same lnlab.*Give another folder"):
        swept(filled)
    assert before == {path: path.read_bytes() for path in filled.rglob("*") if path.is_file()}


def test_a_part_of_other_code_is_refused_even_if_the_store_is_not(filled, monkeypatch, tmp_path):
    monkeypatch.setattr(store, "code", lambda: "0.0.9 abcdef")
    swept(tmp_path / "old")
    monkeypatch.undo()
    shutil.copy(parts(tmp_path / "old")[0], filled / "parts")
    with pytest.raises(InputError, match="of the same lnlab"):
        swept(filled)


@pytest.mark.parametrize("about", [None, "[]", "5", "{"])
def test_parts_are_refused_even_if_the_description_is_lost(filled, about, counted):
    (filled / "store.json").unlink()
    if about is not None:
        (filled / "store.json").write_text(about)
    with pytest.raises(InputError, match="of the same measures"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        swept(filled, measures="activation")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        swept(filled)
    assert not counted


@pytest.mark.parametrize("measures", ["activation", ["remission_rate", "activation"], ("remission_rate", 3, 9),
                                      lambda run: 1, "months"])
def test_a_store_of_other_measures_is_refused(filled, measures):
    with pytest.raises(InputError, match="of the same measures"):
        swept(filled, measures=measures)


def test_a_function_that_was_changed_is_another_measure(tmp_path):
    def kept(run):
        return 1.0
    swept(tmp_path / "runs", measures=kept)
    swept(tmp_path / "runs", measures=kept)

    def kept(run):
        return 2.0
    with pytest.raises(InputError, match="a function that has changed since"):
        swept(tmp_path / "runs", measures=kept)


def test_a_function_that_cannot_be_recognized_is_refused(tmp_path):
    lock = threading.Lock()
    with pytest.raises(InputError, match="`measures` must be functions"):
        swept(tmp_path / "runs", measures=lambda run: lock and 1)


@pytest.mark.parametrize("make, message", [
    (lambda path: path.write_text("mine") and path, "is a file"), (lambda path: 5, "must be the path of a folder"),
    (lambda path: "", "must be the path of a folder"),
    (lambda path: path.mkdir() or (path / "thesis.docx").write_text("mine") and path, "holds other files"),
    (lambda path: path.write_text("mine") and path / "within", "can be written to")])
def test_a_folder_that_cannot_be_one_is_refused(tmp_path, counted, make, message):
    with pytest.raises(InputError, match=f"`store` .*{message}"):
        swept(make(tmp_path / "runs"))
    assert not counted


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path, counted, monkeypatch):
    def denied(self, content):
        raise PermissionError(13, "Permission denied")
    monkeypatch.setattr(Path, "write_bytes", denied)
    with pytest.raises(InputError, match="can be written to.*Permission denied"):
        swept(tmp_path / "runs")
    assert not counted


# Damage

@pytest.mark.parametrize("damage", [
    lambda content: content[:len(content) // 2], lambda content: b"", lambda content: content[:-1] + b"x",
    lambda content: content[:200] + bytes([content[200] ^ 1]) + content[201:], lambda content: content + b"more"],
    ids=["truncated", "empty", "last byte", "one bit", "appended"])
def test_a_damaged_part_is_told_set_aside_and_run_again(filled, counted, damage):
    whole, part = swept(filled), parts(filled)[0]
    content = damage(part.read_bytes())
    part.write_bytes(content)
    with pytest.warns(UserWarning, match=f"A part of the store was damaged: {part.name}"):
        again = swept(filled)
    assert again.table.equals(whole.table) and len(counted) == 12
    assert (filled / "damaged" / part.name).read_bytes() == content
    assert swept(filled).table.equals(whole.table) and len(counted) == 12


def test_a_damaged_description_is_written_again(filled, counted):
    (filled / "store.json").write_text('{"lnlab": ')
    with pytest.warns(UserWarning, match="store.json was damaged"):
        swept(filled)
    assert not counted and json.loads((filled / "store.json").read_text())["lnlab"] == work.code()


def test_what_a_killed_writer_left_is_no_part(filled, counted):
    (filled / "parts" / ".0123.tmp").write_bytes(b"half a part")
    swept(filled)
    assert not counted


# A full disk

def test_on_a_full_disk_the_runs_go_on(tmp_path, monkeypatch, counted):
    monkeypatch.setattr(store, "WRITE_EVERY", 0.0)
    written, full = store.write_whole, [True, True, True]

    def on_a_full_disk(folder, name, content, anew=False):
        if folder.name == "parts" and full and full.pop():
            raise OSError(28, "No space left on device")
        written(folder, name, content, anew)
    monkeypatch.setattr(store, "write_whole", on_a_full_disk)
    with pytest.warns(UserWarning, match="cannot be written to .No space left on device.*Runs go on") as told:
        results = swept(tmp_path / "runs", chunk=2)
    assert len(told) == 1 and results.n_finished == 12
    assert swept(tmp_path / "runs").table.equals(results.table) and len(counted) == 12


def test_what_could_never_be_written_is_told(tmp_path, monkeypatch, counted):
    written = store.write_whole

    def on_a_full_disk(folder, name, content, anew=False):
        if folder.name == "parts":
            raise OSError(28, "No space left on device")
        written(folder, name, content, anew)
    monkeypatch.setattr(store, "write_whole", on_a_full_disk)
    with pytest.warns(UserWarning, match="12 runs could not be kept"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The store .* cannot be written to")
        results = swept(tmp_path / "runs")
    assert results.n_finished == 12 and not parts(tmp_path / "runs")
    monkeypatch.undo()
    assert swept(tmp_path / "runs").table.equals(results.table)


def test_a_draft_that_could_not_be_finished_is_removed(tmp_path, monkeypatch):
    def broken(number):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError):
        store.write_whole(tmp_path, store.named, b"content")
    assert not list(tmp_path.iterdir())


# Two at once, and a killed parent

def test_two_experiments_at_once_share_a_store(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "WRITE_EVERY", 0.0)
    found = {}

    def experiment(name):
        found[name] = swept(tmp_path / "runs", n=4, chunk=1).table
    threads = [threading.Thread(target=experiment, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found["a"].equals(found["b"]) and found["a"].equals(swept(n=4).table)
    assert swept(tmp_path / "runs", n=4).table.equals(found["a"])


SCRIPT = """
import sys
from lnlab import Parameters, Program, full_grid, sweep
from lnlab.experiment import store
store.WRITE_EVERY = 0.0
sweep(full_grid(sharing=[0, 0.5, 1], registry=[0, 0.4]), Parameters(n_patients=60, n_centers=3, burn_in=8, launch_month=4,
      months=16), Program("planning", lever="pre_visit_planning", value=0.9, start=6), n=400, store=sys.argv[1], chunk=3,
      executor="threads")
"""


def test_a_killed_parent_leaves_a_usable_store(tmp_path, counted):
    """Killed without warning (-9) in the middle: what is finished is there, the rest is done, nothing is counted twice."""
    folder = tmp_path / "runs"
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder)])
    try:
        while len(parts(folder)) < 5:
            assert process.poll() is None
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    n_kept = sum(pq.read_table(path).num_rows for path in parts(folder))
    results = swept(folder, n=400)
    assert 0 < n_kept < 2400 and len(counted) == 2400 - n_kept
    assert results.n_finished == 2400 and not results.table.duplicated(["point", "replicate"]).any()
    again = swept(folder, n=3).table
    assert again.equals(swept(n=3).table)


@pytest.fixture
def keyboard():
    """Ctrl-C works, even where the tests were started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupted_cell_leaves_a_usable_store(tmp_path, counted, keyboard):
    folder = tmp_path / "runs"
    with pytest.warns(UserWarning, match="Interrupted.*the rest can be done with the same call"):
        part = sweep(DESIGN, TINY, n=2, store=folder, chunk=2, measures="cases", executor=Press(4))
    assert part.n_finished < 12
    counted.clear()
    whole = sweep(DESIGN, TINY, n=2, store=folder, measures="cases", executor="serial")
    assert len(counted) == 12 - part.n_finished and whole.n_finished == 12


class Press(Executor):
    """Runs at once, and presses Ctrl-C when it is given its `nth` chunk."""

    def __init__(self, nth):
        self.nth = nth

    def submit(self, function, *arguments):
        self.nth -= function is work.run_packed
        if self.nth == 0:
            os.kill(os.getpid(), signal.SIGINT)
        future = Future()
        future.set_result(function(*arguments))
        return future


def test_where_files_have_only_one_name_a_store_works_as_well(tmp_path, monkeypatch):
    def not_here(*names):
        raise PermissionError(1, "Operation not permitted")
    monkeypatch.setattr(os, "link", not_here)
    assert swept(tmp_path / "runs").table.equals(swept(tmp_path / "runs").table)
    assert json.loads((tmp_path / "runs" / "store.json").read_text())["lnlab"] == work.code()


def test_of_two_new_stores_of_different_measures_one_is_refused(tmp_path, monkeypatch):
    written = store.write_whole

    def another_is_quicker(folder, name, content, anew=False):
        if anew:
            monkeypatch.undo()
            swept(tmp_path / "runs", measures="activation")
        written(folder, name, content, anew)
    monkeypatch.setattr(store, "write_whole", another_is_quicker)
    with pytest.raises(InputError, match="of the same measures"):
        swept(tmp_path / "runs")


def test_keys_of_runs_are_all_different():
    keys = [store.run_key(Arm(TINY.but(sharing=share)).text, seed) for share in np.linspace(0, 1, 50) for seed in range(50)]
    assert len(set(keys)) == 2500
