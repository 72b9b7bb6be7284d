"""Runs that are finished, kept in a folder: written whole or not at all, never mixed with those of other code.

A store is a folder of Parquet files (parts) and one text file. Every part is named after its own content, so that a
damaged one is noticed; every row says which run it is: arm, seed, and what was kept. Nothing that is there is ever
changed or removed; a damaged part is only set aside.
"""

import hashlib
import io
import json
import os
import platform
import warnings
from pathlib import Path
from time import monotonic, time
from uuid import uuid4

import numpy as np

from lnlab.checks import InputError
from lnlab.experiment.chunk import code
from lnlab.experiment.outcomes import shape_of
from lnlab.experiment.whole import write_whole
from lnlab.parameters import Parameters

A_DAY = 86_400.0
WRITE_EVERY = 2.0       # seconds between two parts
ABOUT, PARTS, DAMAGED = "store.json", "parts", "damaged"
RUN, ARM, SEED = "lnlab_run", "lnlab_arm", "lnlab_seed"     # beside what was kept, whose names are the user's


def run_key(arm_text, seed):
    """The name of a run: the same for the same arm and seed, whatever experiment it belongs to.

    >>> run_key("{}", 1) == run_key("{}", 1) != run_key("{}", 2)
    True
    """
    return hashlib.sha256(f"{arm_text} {seed}".encode()).hexdigest()[:24]


class Store:
    """The runs kept in a folder, opened for one set of measures.

    Parameters
    ----------
    folder : path
        Made if it does not exist.
    outcomes : Outcomes
        What is kept of each run.

    Raises
    ------
    InputError
        For a folder that is a file, cannot be written to, or holds runs of other code or other measures.
    """

    def __init__(self, folder, outcomes):
        self.folder = checked_folder(folder)
        self.about = {"lnlab": code(), "measures": measures_text(outcomes)}
        self.waiting, self.trouble = {}, None     # by key, so that no run can be written twice
        self._open()

    def _open(self):
        try:
            (self.folder / PARTS).mkdir(parents=True, exist_ok=True)
            probe = self.folder / PARTS / f".{uuid4().hex}.tmp"
            probe.write_bytes(b"")
            probe.unlink()
            about = self.folder / ABOUT
            told = about.read_bytes() if about.exists() else None
        except OSError as error:
            raise InputError(f"`store` must be a folder that can be written to; got {str(self.folder)!r} "
                             f"({error.strerror}).") from error
        if told is not None:
            try:
                found = {name: json.loads(told)[name] for name in self.about}
            except (ValueError, TypeError, KeyError):
                warnings.warn(f"{about} was damaged and is written again.", stacklevel=4)
            else:
                self._check(found)
                return
        for path in sorted((self.folder / PARTS).glob("*.parquet")):
            self._read(path)            # refuses the parts of other code or measures
        try:
            for draft in self.folder.rglob(".*.tmp"):      # of writers that were killed
                if time() - draft.stat().st_mtime > A_DAY:
                    draft.unlink(missing_ok=True)
            write_whole(self.folder, lambda _: ABOUT, self._told(), anew=told is None)
        except FileExistsError:         # another experiment was quicker
            self._open()
        except OSError as error:
            raise InputError(f"`store` must be a folder that can be written to; got {str(self.folder)!r} "
                             f"({error.strerror}).") from error

    def _told(self):
        """What the text file says of the store."""
        defaults = {name: getattr(Parameters(), name) for name in Parameters.__dataclass_fields__}
        return json.dumps({"format": 1, **self.about, "made_with": versions(), "defaults": defaults}, indent=1).encode()

    def _check(self, about):
        for what, ours, advice in (
                ("lnlab", self.about["lnlab"], "lnlab has changed since, so its runs could differ"),
                ("measures", self.about["measures"], "they were kept of other measures, or of a function that has "
                 "changed since")):
            if about.get(what) != ours:
                raise InputError(f"`store` must hold runs of the same {what}; {str(self.folder)!r} holds those of "
                                 f"{about.get(what)!r:.300}, and now it is {ours!r:.300} ({advice}). Give another "
                                 "folder; what is in this one stays as it is.")

    def runs(self):
        """Every run that is kept: pairs (key, what was kept of it), one part after the other."""
        for path in sorted((self.folder / PARTS).glob("*.parquet")):
            table = self._read(path)
            if table is not None:
                yield from unpacked(table)

    def _read(self, path):
        import pyarrow as pa
        import pyarrow.parquet as pq
        try:
            content = path.read_bytes()
        except FileNotFoundError:       # another experiment with this store has just set it aside
            return None
        except OSError:
            content = b""
        if named(content) == path.name:
            try:
                table = pq.read_table(pa.BufferReader(content))
                self._check({name.decode(): value.decode() for name, value in table.schema.metadata.items()})
                return table
            except pa.ArrowException:
                pass
        self._set_aside(path)
        return None

    def _set_aside(self, path):
        aside = self.folder / DAMAGED
        aside.mkdir(exist_ok=True)
        try:
            os.replace(path, aside / path.name)
        except FileNotFoundError:
            return
        warnings.warn(f"A part of the store was damaged: {path.name}. It was moved to {aside}; its runs are run again.",
                      stacklevel=2)

    def keep(self, runs):
        """Write runs as parts, one for each shape of what was kept: tuples (key, arm as text, seed, what was kept).

        What cannot be written now, because the disk is full, waits for the next time; `waiting` holds it.
        """
        self.waiting.update((run[0], run) for run in runs)
        try:
            for shape in {shape_of(run[-1]) for run in self.waiting.values()}:
                some = [run for run in self.waiting.values() if shape_of(run[-1]) == shape]
                write_whole(self.folder / PARTS, named, packed_part(some, {**self.about, **versions()}))
                for run in some:
                    del self.waiting[run[0]]
            self.trouble = None
        except OSError as error:
            if self.trouble is None:
                warnings.warn(f"The store {str(self.folder)!r} cannot be written to ({error.strerror}). Runs go on; "
                              "writing is tried again.", stacklevel=2)
            self.trouble = error.strerror


class Shelf:
    """A store, as one experiment uses it: what is there already, and what is finished since.

    Parameters
    ----------
    folder, outcomes
        See `Store`.
    plan : Plan
    kept : list
        What was kept of each run of the plan; filled in for those that the store has.
    """

    def __init__(self, folder, outcomes, plan, kept):
        self.store, self.plan = Store(folder, outcomes), plan
        self.finished, self.written = [], monotonic()
        numbers = {}
        for number in range(plan.n_runs):
            numbers.setdefault(run_key(*self._run(number)), []).append(number)
        for key, what in self.store.runs():
            for number in numbers.get(key, ()):
                kept[number] = what

    def _run(self, number):
        job = self.plan.job(number)
        return job.arm.text, job.seed

    def put(self, done, now=False):
        """Take in finished runs; write them when it is time, or `now`."""
        self.finished.extend(done)
        if now or monotonic() - self.written > WRITE_EVERY:
            finished, self.finished, self.written = self.finished, [], monotonic()
            runs = [(*self._run(each.number), each.kept) for each in finished]
            self.store.keep([(run_key(arm, seed), arm, seed, kept) for arm, seed, kept in runs])

    def tell_unwritten(self):
        """Warn of runs that could not be written, if there are any."""
        if self.store.waiting:
            warnings.warn(f"{len(self.store.waiting):,} runs could not be kept in the store "
                          f"({self.store.trouble}); they are in the results, and are run again by another call.",
                          stacklevel=4)


def checked_folder(folder):
    """The folder as an absolute path, or an InputError."""
    try:
        path = Path(folder or None).expanduser().absolute()
    except TypeError:
        raise InputError(f"`store` must be the path of a folder; got {folder!r:.200}.") from None
    if path.exists() and not path.is_dir():
        raise InputError(f"`store` must be a folder; {str(path)!r} is a file.")
    others = [each.name for each in (path.iterdir() if path.exists() else ()) if not each.name.startswith(".")
              and each.name not in (ABOUT, PARTS, DAMAGED)]
    if others and not (path / ABOUT).exists():
        raise InputError(f"`store` must be a new folder, or one made by lnlab; {str(path)!r} holds other files "
                         f"({others[0]!r}, ...).")
    return path


def measures_text(outcomes):
    """What is kept, as a text; an InputError for a function whose workings cannot be told."""
    try:
        return outcomes.text
    except Exception as error:
        raise InputError("`measures` must be functions that can be recognized again, for a store; one uses something "
                         f"that cannot be written down ({type(error).__name__}: {error}).") from error


def versions():
    """What the runs were made with."""
    import numba
    return {"python": platform.python_version(), "numpy": np.__version__, "numba": numba.__version__}


def named(content):
    """The name of a part: after its content."""
    return f"part-{hashlib.sha256(content).hexdigest()[:32]}.parquet"


def packed_part(runs, about):
    """Runs as the bytes of a Parquet file: a row for each, or as many as its table has."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq
    kept = [each for *_, each in runs]
    if hasattr(kept[0], "columns"):
        about, rows, both = {**about, "kept": "rows"}, [len(each) for each in kept], pd.concat(kept, ignore_index=True)
    else:
        about, rows, both = {**about, "kept": "numbers"}, [1] * len(kept), pd.DataFrame(kept, dtype=float)
    table = pa.Table.from_pandas(both, preserve_index=False)
    keys, arms, seeds = (np.repeat(np.array(column, dtype=object), rows) for column in list(zip(*runs))[:3])
    table = table.add_column(0, SEED, pa.array(seeds.astype(np.int64)))
    table = table.add_column(0, ARM, pa.array(arms).dictionary_encode())
    table = table.add_column(0, RUN, pa.array(keys).dictionary_encode())
    table = table.replace_schema_metadata({**(table.schema.metadata or {}),
                                           **{name.encode(): str(value).encode() for name, value in about.items()}})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def unpacked(table):
    """The runs of a part: pairs (key, what was kept)."""
    rows = table.schema.metadata[b"kept"] == b"rows"
    keys = table.column(RUN).to_pylist()
    kept = table.drop_columns([RUN, ARM, SEED]).to_pandas()
    if not rows:
        yield from zip(keys, kept.to_dict("records"))
        return
    starts = [0] + [row for row in range(1, len(keys)) if keys[row] != keys[row - 1]] + [len(keys)]
    for start, end in zip(starts, starts[1:]):
        yield keys[start], kept.iloc[start:end]
