"""The engine that the user has installed, if it will do."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tools.engine.recipe import EXECUTABLES
from tools.set_up.executable import answer_of, is_executable
from tools.set_up.say import say
from tools.set_up.version import at_least

MINIMUM = "3.200.0"


def installed_engine(environment: Mapping[str, str]) -> Path | None:
    """Give the directory of the ``pulumi`` on ``PATH``, or None if it will not do.

    It will do when it runs, is release ``MINIMUM`` or newer, and the programs that run Python
    programs and Python dynamic providers lie beside it or on ``PATH``. Says why it does not.
    """
    path = environment.get("PATH")
    found = shutil.which("pulumi", path=path)
    if found is None:
        return None
    quiet = {**environment, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    version = answer_of([found, "version"], quiet)
    # A link elsewhere counts too: the engine looks beside the file that the link leads to.
    beside = [Path(found).parent, Path(found).resolve().parent]
    missing = [
        name
        for name in EXECUTABLES
        if not shutil.which(name, path=path)
        and not any(is_executable(directory / name) for directory in beside)
    ]
    if reason := unsuitable_because(version, missing):
        say(f"engine: not using {found}: {reason}")
        return None
    return beside[0]


def unsuitable_because(version: str | None, missing: list[str]) -> str | None:
    """Say why an installed engine will not do, or None if it will.

    Args:
        version: What ``pulumi version`` answered; None if it did not run.
        missing: The executables that are neither beside it nor on ``PATH``.
    """
    if version is None:
        return "it does not run"
    if not at_least(version, MINIMUM):
        return f"it is {version}, and {MINIMUM} or newer is needed"
    if missing:
        return f"{', '.join(missing)} is missing beside it"
    return None
