"""Finding uv: the one on PATH, else one of a pinned version, installed into the cache."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from tools.set_up.diagnosis import give_up
from tools.set_up.exclusive import exclusive
from tools.set_up.executable import answer_of, is_executable
from tools.set_up.failure import SetUpError
from tools.set_up.long_command import Command, run_long
from tools.set_up.say import say
from tools.set_up.version import at_least

_PINNED = Path(__file__).with_name("uv.txt")
# Older ones may not know the lock's revision, and then write it anew or refuse it.
_MINIMUM = "0.8.4"


def find_uv(cache: Path, environment: Mapping[str, str]) -> Path:
    """Give a uv that runs.

    Args:
        cache: Where one is installed if PATH has none that is new enough.
        environment: Whose ``PATH`` is searched.

    Raises:
        SetUpError: There is none, and none can be installed.
    """
    found = shutil.which("uv", path=environment.get("PATH"))
    if found and at_least(answer_of([found, "--version"], environment) or "", _MINIMUM):
        return Path(found)
    version = _PINNED.read_text(encoding="utf-8").split()[0].removeprefix("uv==")
    installed = cache / "uv" / version
    uv = installed / "bin" / "uv"
    if not is_executable(uv):
        with exclusive(cache / "uv" / f"{version}.lock", "installing uv"):
            if not is_executable(uv):
                say(f"python: installing uv {version}, which reads the lock of the packages")
                _install(installed, environment)
    return uv


def _install(target: Path, environment: Mapping[str, str]) -> None:
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    partial.mkdir(parents=True)
    log = target.with_name("install.log")
    status = run_long(
        Command(
            [
                *_pip(partial / "pip"),
                *("install", "--disable-pip-version-check", "--no-deps", "--require-hashes"),
                *("--target", str(partial / "uv"), "--requirement", str(_PINNED)),
            ],
            partial,
            # Against a user's own defaults for pip, which would contradict --target.
            {**environment, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"},
        ),
        log=log,
        progress=lambda: "installing uv",
    )
    if status:
        give_up("uv could not be installed", log)
    (partial / "uv").replace(target)
    shutil.rmtree(partial, ignore_errors=True)


def _pip(own_environment: Path) -> list[str]:
    """Give the command that runs pip: this Python's own, else that of a new environment."""
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
