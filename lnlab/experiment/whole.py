"""Files that are there whole, or not at all."""

import os
from uuid import uuid4


def write_whole(folder, name, content, anew=False):
    """Write a file under its name only when all of it is on the disk; `anew`: only if there is none of that name."""
    draft = folder / f".{uuid4().hex}.tmp"
    try:
        with open(draft, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if not anew or not linked(draft, folder / name(content)):
            os.replace(draft, folder / name(content))
    finally:
        draft.unlink(missing_ok=True)


def linked(draft, path):
    """Give a file a second name if nothing has that name; False where the file system knows no second names.

    Raises
    ------
    FileExistsError
    """
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except (OSError, AttributeError):
        return False
    return True
