"""The checkout's virtual environment ``.venv``: exactly the packages of ``uv.lock``."""

import hashlib
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from tools.bootstrap.log import duration, log
from tools.bootstrap.processes import exclusive, run_long
from tools.bootstrap.system import cache_directory, is_executable
from tools.bootstrap.uv import sync_command

_STAMP = "set-up-from"


def fingerprint(checkout: Path) -> str:
    """Hash what an environment is made from: the lock, the project's metadata, its path.

    The path counts because the scripts of an environment contain it.
    """
    digest = hashlib.sha256(os.fsencode(checkout))
    for name in ("uv.lock", "pyproject.toml"):
        digest.update((checkout / name).read_bytes())
    return digest.hexdigest()


def is_set_up(checkout: Path) -> bool:
    """Return whether the environment was made from what the checkout has now."""
    stamp = checkout / ".venv" / _STAMP
    if not is_executable(checkout / ".venv" / "bin" / "python") or not stamp.is_file():
        return False
    return stamp.read_text(encoding="ascii") == fingerprint(checkout)


def set_up(checkout: Path, environment: Mapping[str, str]) -> None:
    """Make the environment. If it is up to date, do nothing, which needs no network.

    Raises:
        SetUpError: uv is not available, or cannot install the packages.
        OSError: The checkout or the cache directory cannot be written.
    """
    if is_set_up(checkout):
        return
    # Lock and log are outside the environment, because uv may replace it as a whole.
    name = hashlib.sha256(os.fsencode(checkout)).hexdigest()[:16]
    lock_file = cache_directory(environment) / "python" / f"{name}.lock"
    with exclusive(lock_file, "setting up the Python environment"):
        if not is_set_up(checkout):
            _install(checkout, lock_file.with_suffix(".log"), environment)


def _install(checkout: Path, log_file: Path, environment: Mapping[str, str]) -> None:
    started = time.monotonic()
    log("python: installing the packages of uv.lock into .venv")
    target = checkout / ".venv"
    (target / _STAMP).unlink(missing_ok=True)
    if target.exists() and not is_executable(target / "bin" / "python"):
        # Its Python is gone, or its creation was interrupted: uv refuses to use such a one.
        shutil.rmtree(target)
    command = sync_command(checkout, target, ["--all-extras"], environment, log_file)
    failure = "the Python packages could not be installed"
    run_long(command, failure, progress=lambda: "installing")
    (target / _STAMP).write_text(fingerprint(checkout), encoding="ascii")
    log(f"python: ready in .venv ({duration(time.monotonic() - started)})")
