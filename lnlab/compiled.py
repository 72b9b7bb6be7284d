"""Compile a rule to machine code, and never run yesterday's.

The compiler keeps what it made on disk, so that a second start takes a moment. It looks only at the file in which
a function stands, not at the files it calls; one rule changed by an update could therefore go unnoticed. So the
code is kept in a folder named after all the files that hold compiled rules.
"""

import hashlib
import os
from contextlib import contextmanager
from pathlib import Path

import numba

HERE = Path(__file__).parent
SOURCES = ("compiled.py", "draws.py", "ties.py", "rules.py", "visits.py", "month.py", "knowledge.py")


FINGERPRINT = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in SOURCES)).hexdigest()[:12]


def _folder():
    """Where compiled code is kept, or '' for the compiler's own choice where the package cannot be written to."""
    base = Path(os.environ["NUMBA_CACHE_DIR"]) if os.environ.get("NUMBA_CACHE_DIR") else HERE / "__pycache__"
    folder = base / f"compiled-{FINGERPRINT}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder) if os.access(folder, os.W_OK) else ""
    except OSError:
        return ""


FOLDER = _folder()


@contextmanager
def _kept_in(folder):
    before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, folder or numba.config.CACHE_DIR
    try:
        yield
    finally:
        numba.config.CACHE_DIR = before


def compiled(function, inline="never"):
    """Compile `function` at its first call: exact float64, no reordering of sums, free of the interpreter lock."""
    options = dict(nogil=True, error_model="numpy", inline=inline)
    with _kept_in(FOLDER):
        try:
            return numba.njit(cache=True, **options)(function)
        except RuntimeError:                    # nowhere to keep it: compile anew in each session
            return numba.njit(**options)(function)


def written_in(function):
    """Compile `function` as if it were written where it is called: for the few whose call would cost too much."""
    return compiled(function, inline="always")
