"""Files that are there as a whole, or not at all, whenever the command is interrupted."""

from __future__ import annotations

import os
from pathlib import Path

ANYBODY = 0o666
"""Permissions of a new file, of which the umask takes away."""

OWNER_ALONE = 0o600


def write_whole(file: Path, text: str, permissions: int = ANYBODY) -> None:
    """Write the file beside its place, and move it there once all of it is on the disk.

    :param permissions: of a new file; one that was there keeps its own.
    :raises OSError: it cannot be written; the one that was there is as it was.
    """
    # Where it is a link, what it leads to is written.
    place = Path(os.path.realpath(file))
    # Always the same, so that one that was left behind is written over.
    beside = place.with_name(f".{place.name}.partial")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, permissions)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        if place.exists():
            beside.chmod(place.stat().st_mode)
        beside.replace(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
