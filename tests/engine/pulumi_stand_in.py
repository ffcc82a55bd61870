"""A stand-in for ``pulumi`` where a command only reads a stack: the same files, ten times faster.

``pulumi-carrierx`` asks ``pulumi`` several plain questions (version, backend, stacks, settings,
state) before it does anything. The stand-in answers these from the files that the engine itself
keeps, and leaves everything else to the engine: every write, every preview, every secret, and
whatever is not in place. ``test_pulumi_stand_in.py`` compares its answers with the engine's.

This file runs as a program of its own, without anything installed but PyYAML.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

REAL, VERSION = "STAND_IN_FOR_PULUMI", "STAND_IN_FOR_PULUMI_VERSION"
"""The variables that name the engine, and its version."""


class LeaveItError(Exception):
    """The engine answers this one."""


def answer(arguments: list[str]) -> Any:
    """The answer to a plain question."""
    match [argument for argument in arguments if argument != "--non-interactive"]:
        case ["whoami", "--json"]:
            return {"user": "somebody", "url": os.environ["PULUMI_BACKEND_URL"]}
        case ["stack", "ls", "--json"]:
            return _listed()
        case ["stack", "export", "--stack", stack]:
            written = _written(_file(stack))
            return {"version": written["version"], "deployment": written["checkpoint"]["latest"]}
        case ["config", "--show-secrets", "--json", "--stack", stack]:
            _file(stack)
            return {
                key: {"value": value, "secret": False} for key, value in _settings(stack).items()
            }
    raise LeaveItError


def _project() -> str:
    text = Path("Pulumi.yaml").read_text(encoding="utf-8")
    first = text.splitlines()[0]
    if not first.startswith("name: ") or "config:" in text:
        raise LeaveItError
    return first.removeprefix("name: ")


def _stacks() -> Path:
    backend = os.environ["PULUMI_BACKEND_URL"]
    if not backend.startswith("file:///"):
        raise LeaveItError
    return Path(backend.removeprefix("file://"), ".pulumi", "stacks", _project())


def _file(stack: str) -> Path:
    return _stacks() / f"{stack.rpartition('/')[2]}.json"


def _written(file: Path) -> Any:
    written = json.loads(file.read_text(encoding="utf-8"))
    if written.get("version") != 3 or not written["checkpoint"].get("latest"):
        raise LeaveItError
    return written


def _listed() -> list[dict[str, Any]]:
    project = _project()
    home = os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi"
    (kept,) = Path(home, "workspaces").glob(f"{project}-*-workspace.json")
    selected = json.loads(kept.read_text(encoding="utf-8")).get("stacks", {})
    current = selected.get(os.environ["PULUMI_BACKEND_URL"], "").rpartition("/")[2]
    found = []
    for file in sorted(_stacks().glob("*.json")):
        latest = _written(file)["checkpoint"]["latest"]
        found.append(
            {
                "name": file.stem,
                "current": file.stem == current,
                "lastUpdate": latest["manifest"]["time"][:23] + "Z",
                "resourceCount": len(latest.get("resources", [])),
            }
        )
    return found


def _settings(stack: str) -> dict[str, str]:
    import yaml  # noqa: PLC0415 -- the other questions do not need it

    text = Path(f"Pulumi.{stack.rpartition('/')[2]}.yaml").read_text(encoding="utf-8")
    settings: dict[str, Any] = yaml.safe_load(text).get("config", {})
    if not all(isinstance(value, str) for value in settings.values()):
        raise LeaveItError
    return settings


def main() -> None:
    """Answer, or let the engine answer."""
    if sys.argv[1:] == ["version"]:
        print(os.environ[VERSION])  # noqa: T201 -- the answer
        return
    try:
        print(json.dumps(answer(sys.argv[1:])))  # noqa: T201 -- the answer
    except (LeaveItError, LookupError, OSError, ValueError):
        os.execv(os.environ[REAL], ["pulumi", *sys.argv[1:]])  # noqa: S606 -- the engine


if __name__ == "__main__":
    main()
