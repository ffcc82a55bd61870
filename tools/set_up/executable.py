"""Asking a program about itself."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_PATIENCE = 60


def is_executable(path: Path) -> bool:
    """Tell whether this is a file that may be executed."""
    return path.is_file() and os.access(path, os.X_OK)


def answer_of(
    command: Sequence[str], environment: Mapping[str, str], directory: Path | None = None
) -> str | None:
    """Give what a program prints on standard output, or None if it does not run well.

    A version manager's shim for a version that is not active is such a program: it is found on
    ``PATH``, but only running it shows that it is of no use.
    """
    try:
        done = subprocess.run(
            command,
            env=environment,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
