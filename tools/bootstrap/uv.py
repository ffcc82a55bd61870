"""uv, and what it installs from ``uv.lock``."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from tools.bootstrap.errors import SetUpError
from tools.bootstrap.log import log
from tools.bootstrap.processes import Command, exclusive, run_long
from tools.bootstrap.system import at_least, cache_directory, is_executable, output_of

CHECKOUT = Path(__file__).resolve().parents[2]
_PINNED = Path(__file__).with_name("uv.txt")
# Older versions may not know the lock file's revision, and then rewrite or refuse it.
_MINIMUM = "0.8.4"


def find_uv(environment: Mapping[str, str]) -> Path:
    """Return a uv that runs: the one on ``PATH``, else the pinned one in the cache.

    Raises:
        SetUpError: There is no suitable uv, and none can be installed.
    """
    found = shutil.which("uv", path=environment.get("PATH"))
    if found and at_least(output_of([found, "--version"], environment) or "", _MINIMUM):
        return Path(found)
    version = _PINNED.read_text(encoding="utf-8").split()[0].removeprefix("uv==")
    cache = cache_directory(environment) / "uv"
    uv = cache / version / "bin" / "uv"
    if not is_executable(uv):
        with exclusive(cache / f"{version}.lock", "installing uv"):
            if not is_executable(uv):
                log(f"python: installing uv {version}, which reads the lock of the packages")
                _install(cache / version, environment)
    return uv


def sync_command(
    checkout: Path,
    target: Path,
    selection: Sequence[str],
    environment: Mapping[str, str],
    log_file: Path,
) -> Command:
    """Return the command that makes an environment from the checkout's ``uv.lock``.

    Args:
        checkout: Has ``uv.lock`` and ``pyproject.toml``.
        target: The environment. An existing one keeps its Python; a new one gets this Python.
        selection: The flags of ``uv sync`` that select packages.
        environment: The user's.
        log_file: Receives everything that uv prints.

    Raises:
        SetUpError: There is no uv, and none can be installed.
    """
    python = [] if target.exists() else ["--python", sys.executable]
    overridden = {"VIRTUAL_ENV", "UV_PYTHON", "UV_FROZEN", "UV_LOCKED"}
    return Command(
        [str(find_uv(environment)), "sync", "--frozen", *selection, *python],
        checkout,
        {
            **{name: value for name, value in environment.items() if name not in overridden},
            "UV_PROJECT_ENVIRONMENT": str(target),
            "UV_PYTHON_DOWNLOADS": "never",
        },
        log_file,
    )


def install_group(group: str, target: Path, environment: Mapping[str, str], failure: str) -> None:
    """Install a dependency group of ``pyproject.toml`` into ``target``: completely, or not at all.

    Args:
        group: Its name; ``uv.lock`` pins its packages.
        target: Becomes a virtual environment, unless it exists.
        environment: The user's.
        failure: What is not done if it fails, as a sentence without its full stop.

    Raises:
        SetUpError: It cannot be installed.
        OSError: The folder cannot be written.
    """
    with exclusive(target.with_name(f"{target.name}.lock"), f"installing {group}"):
        if target.exists():
            return
        log(f"installing {group} from PyPI")
        # A name of its own: another process may still write into the folder of a killed run.
        partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
        log_file = target.with_name(f"{target.name}.log")
        command = sync_command(CHECKOUT, partial, ["--only-group", group], environment, log_file)
        run_long(command, failure, progress=lambda: f"fetching {group}")
        partial.replace(target)


def site_packages(target: Path) -> Path:
    """Return the folder of an environment's packages, or the environment if it does not exist."""
    return next(target.glob("lib/python*/site-packages"), target)


def _install(target: Path, environment: Mapping[str, str]) -> None:
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    partial.mkdir(parents=True)
    command = Command(
        [
            *_pip(partial / "pip"),
            *("install", "--disable-pip-version-check", "--no-deps", "--require-hashes"),
            *("--target", str(partial / "uv"), "--requirement", str(_PINNED)),
        ],
        partial,
        # A user's own defaults for pip would contradict --target.
        {**environment, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"},
        target.with_name("install.log"),
    )
    run_long(command, "uv could not be installed", progress=lambda: "installing uv")
    (partial / "uv").replace(target)
    shutil.rmtree(partial, ignore_errors=True)


def _pip(own_environment: Path) -> list[str]:
    """Return the command that runs pip: this Python's own, else that of a new environment."""
    if find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(own_environment)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if made.returncode:
        message = (
            f"{sys.executable} has neither pip nor venv. Install one of them (in Debian: "
            "apt install python3-venv), or install uv, and run it again"
        )
        raise SetUpError(message)
    return [str(own_environment / "bin" / "python"), "-m", "pip"]
