"""Command: make ``.venv`` in the checkout hold exactly the packages of ``uv.lock``.

Does nothing, and needs no network, when it already does.
"""

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path

if __name__ == "__main__":
    # In place of this folder, so that the tools are one package however they are started.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tools.python_environment.uv import find_uv
from tools.set_up.cache_directory import cache_directory
from tools.set_up.diagnosis import give_up
from tools.set_up.exclusive import exclusive
from tools.set_up.executable import is_executable
from tools.set_up.failure import exit_with
from tools.set_up.long_command import Command, run_long
from tools.set_up.say import duration, say

_CHECKOUT = Path(__file__).resolve().parents[2]
_STAMP = "set-up-from"


def fingerprint(checkout: Path) -> str:
    """Name what an environment is made from: the lock, the project's own metadata, the place.

    The place belongs to it because the scripts of an environment hold its absolute path.
    """
    digest = hashlib.sha256(os.fsencode(checkout))
    for name in ("uv.lock", "pyproject.toml"):
        digest.update((checkout / name).read_bytes())
    return digest.hexdigest()


def is_set_up(checkout: Path) -> bool:
    """Tell whether the environment was made from what the checkout holds now."""
    stamp = checkout / ".venv" / _STAMP
    if not is_executable(checkout / ".venv" / "bin" / "python") or not stamp.is_file():
        return False
    return stamp.read_text(encoding="ascii") == fingerprint(checkout)


def set_up(checkout: Path, environment: Mapping[str, str]) -> None:
    """Make the environment, unless it is as it should be.

    Raises:
        SetUpError: uv is not to be had, or cannot install the packages.
        OSError: The checkout or the cache directory cannot be written.
    """
    if is_set_up(checkout):
        return
    cache = cache_directory(environment)
    # Neither lock nor log lies in the environment, which uv may replace as a whole.
    place = hashlib.sha256(os.fsencode(checkout)).hexdigest()[:16]
    lock = cache / "python" / f"{place}.lock"
    with exclusive(lock, "setting up the Python environment"):
        if not is_set_up(checkout):
            _install(checkout, find_uv(cache, environment), lock.with_suffix(".log"), environment)


def _install(checkout: Path, uv: Path, log: Path, environment: Mapping[str, str]) -> None:
    started = time.monotonic()
    say("python: installing the packages of uv.lock into .venv")
    target = checkout / ".venv"
    python = target / "bin" / "python"
    (target / _STAMP).unlink(missing_ok=True)
    if target.exists() and not is_executable(python):
        # Its Python has gone, or its making was cut off: uv refuses to go on with such a one.
        shutil.rmtree(target)
    # An environment that is there keeps its Python; a new one gets the Python that runs this.
    choice = [] if target.exists() else ["--python", sys.executable]
    inherited = {
        name: value
        for name, value in environment.items()
        if name not in {"VIRTUAL_ENV", "UV_PYTHON", "UV_FROZEN", "UV_LOCKED"}
    }
    status = run_long(
        Command(
            [str(uv), "sync", "--frozen", "--all-extras", *choice],
            checkout,
            {
                **inherited,
                "UV_PROJECT_ENVIRONMENT": str(target),
                "UV_PYTHON_DOWNLOADS": "never",
            },
        ),
        log=log,
        progress=lambda: "installing",
    )
    if status:
        give_up("the Python packages could not be installed", log)
    (target / _STAMP).write_text(fingerprint(checkout), encoding="ascii")
    say(f"python: ready in .venv ({duration(time.monotonic() - started)})")


if __name__ == "__main__":
    exit_with(lambda: set_up(_CHECKOUT, os.environ))
