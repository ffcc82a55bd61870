"""What there is of Pulumi, and of the Python that programs run with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carrierx_cli.doctor.engine import PARTS_OF_THE_HOST, EngineSeen
from carrierx_cli.doctor.python import PythonSeen

if TYPE_CHECKING:
    from carrierx_cli.doctor.python import Runtime

TIMEOUT_SECONDS = 60

# Runs in whatever Python it is, so without anything of ours, and without what is new in Python.
ASK = """\
import json, sys
packages, failures = {}, {}
for name in ("pulumi", "pulumi_carrierx"):
    try:
        __import__(name)
        import importlib.metadata
        packages[name] = importlib.metadata.version(name.replace("_", "-"))
    except Exception as error:
        failures[name] = "%s: %s" % (type(error).__name__, error)
print(json.dumps([list(sys.version_info[:3]), packages, failures]))
"""


def look_at_engine() -> EngineSeen:
    """Find ``pulumi``, and what it brings along."""
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        return EngineSeen(on_path=False)
    beside = Path(pulumi).resolve().parent
    missing = [
        part
        for part in PARTS_OF_THE_HOST
        if not (shutil.which(part) or shutil.which(part, path=str(beside)))
    ]
    answer = _answer([pulumi, "version"], beside)
    return EngineSeen(on_path=True, version=answer, missing=tuple(missing))


def look_at_python(runtime: Runtime, folder: Path) -> PythonSeen:
    """Ask the Python that the language host would run a program with.

    :param folder: the project's.
    """
    command = _python(runtime, folder)
    answer = None if command is None else _answer([command, "-c", ASK], folder)
    shown = command or "python3"
    if answer is None:
        return PythonSeen(shown, runs=False)
    try:
        version, packages, failures = _asked(answer)
    except ValueError:
        return PythonSeen(shown, runs=False)
    return PythonSeen(
        shown, runs=True, version=tuple(version), packages=packages, failures=failures
    )


def _python(runtime: Runtime, folder: Path) -> str | None:
    """As the language host chooses it: the virtual environment of the project, else by PATH."""
    if runtime.virtualenv is not None:
        places = "Scripts/python.exe" if os.name == "nt" else "bin/python"
        return str(folder / runtime.virtualenv / places)
    named = os.environ.get("PULUMI_PYTHON_CMD")
    return named or next(filter(None, map(shutil.which, ("python3", "python"))), None)


def _answer(command: list[str], folder: Path) -> str | None:
    """What the command printed; None if it does not run, or fails."""
    try:
        done = subprocess.run(  # noqa: S603 -- the commands that Pulumi itself would run
            command,
            cwd=folder,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIMEOUT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip()


def _asked(answer: str) -> tuple[list[int], dict[str, str], dict[str, str]]:
    """What the Python printed last; a package may print something when it is imported.

    :raises ValueError: it is none of ``ASK``'s.
    """
    asked: Any = json.loads(answer.splitlines()[-1] if answer else "")
    version, packages, failures = asked
    return version, packages, failures
