"""Would Binder build the environment we mean? Ask its builder for the recipe, without building anything.

Binder builds an image in layers and keeps those that did not change. The pins must therefore be installed before
the repository is copied in, or every commit would cost every reader a full installation.

Use: make binder
"""

import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]


def recipe(repository):
    """The Dockerfile that repo2docker would build from, or a SystemExit that says why there is none."""
    done = subprocess.run(
        [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "--Repo2Docker.default_buildpack=None", "."],
        cwd=repository, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"repo2docker refuses the binder folder:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout + done.stderr


def faults(dockerfile, runtime):
    """What is wrong with the recipe, a sentence each.

    >>> good = '''ENV x python=3.12 y
    ... RUN pip install --no-cache-dir -r "binder/requirements.txt"
    ... COPY --chown=1000:1000 src/ ${REPO_DIR}/
    ... RUN ./binder/postBuild'''
    >>> faults(good, runtime="python-3.12")
    []
    >>> faults(good.replace("postBuild", "start"), runtime="python-3.13")
    ['Python is 3.12, but runtime.txt says python-3.13.', 'binder/postBuild is not run.']
    """
    python = re.search(r"python=(\d+\.\d+)", dockerfile)
    pins = re.search(r'pip install .*-r "binder/requirements\.txt"', dockerfile)
    copy = re.search(r"^COPY .*\bsrc/ \$\{REPO_DIR\}/", dockerfile, re.MULTILINE)
    found = []
    if not python or f"python-{python[1]}" != runtime:
        found.append(f"Python is {python[1] if python else 'not named'}, but runtime.txt says {runtime}.")
    if not pins:
        found.append("binder/requirements.txt is not installed.")
    if not copy:
        found.append("The repository is never copied in.")
    if pins and copy and pins.start() > copy.start():
        found.append("The pins are installed after the copy, so never from a kept layer (is a line of them a path?).")
    if "./binder/postBuild" not in dockerfile:
        found.append("binder/postBuild is not run.")
    return found


if __name__ == "__main__":
    found = faults(recipe(REPOSITORY), runtime=(REPOSITORY / "binder" / "runtime.txt").read_text().strip())
    print(*(found or ["Binder would build the environment we mean."]), sep="\n")
    sys.exit(bool(found))
