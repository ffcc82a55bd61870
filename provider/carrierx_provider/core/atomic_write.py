"""Write a file completely or not at all, even if the command is interrupted."""

from __future__ import annotations

import os
from pathlib import Path

ANYBODY = 0o666
"""Permissions of a new file, before the umask."""

OWNER_ALONE = 0o600


def write_whole(file: Path, text: str, permissions: int = ANYBODY) -> None:
    """Write a temporary file beside the target, then rename it once its data is on the disk.

    Args:
        file: the target; a symbolic link is followed.
        text: the whole content.
        permissions: of a new file; an existing one keeps its own.

    Raises:
        OSError: the file cannot be written; an existing one is unchanged.
    """
    place = Path(os.path.realpath(file))
    # Always the same name, so that the next write replaces one that was left behind.
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
