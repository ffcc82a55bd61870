"""The Python that programs run with, as it was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from carrierx_cli.doctor.finding import failed, ok, warning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carrierx_cli.doctor.finding import Finding

OLDEST = (3, 11)

CHECK = "python"

VIRTUALENV_TOOLCHAINS = {"pip": None, "uv": ".venv"}
"""Toolchains of which it is known where the Python lies, and the default folder of each."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """``runtime`` in Pulumi.yaml."""

    name: str = "python"
    virtualenv: str | None = None
    """A folder, from the project's."""
    toolchain: str = "pip"


@dataclass(frozen=True, slots=True)
class PythonSeen:
    """What a Python said of itself."""

    command: str
    """Which Python; for messages."""
    runs: bool
    version: tuple[int, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict)
    """The versions of those that can be imported."""
    failures: Mapping[str, str] = field(default_factory=dict)
    """Why the others cannot."""


def runtime_of(project: Any) -> Runtime:  # noqa: ANN401 -- what a file in YAML may hold
    """Read it from a project file's content, or from None where there is no project."""
    runtime = project.get("runtime") if isinstance(project, dict) else None
    if isinstance(runtime, str):
        return Runtime(runtime)
    if not isinstance(runtime, dict):
        return Runtime()
    options = runtime.get("options")
    options = options if isinstance(options, dict) else {}
    toolchain = str(options.get("toolchain") or "pip")
    virtualenv = options.get("virtualenv") or VIRTUALENV_TOOLCHAINS.get(toolchain)
    return Runtime(
        name=str(runtime.get("name") or "python"),
        virtualenv=None if virtualenv is None else str(virtualenv),
        toolchain=toolchain,
    )


def unchecked_runtime(runtime: Runtime) -> Finding | None:
    """The finding where no Python has to be looked at; None where one has."""
    if runtime.name != "python":
        return failed(
            CHECK,
            f"the project's runtime is {runtime.name}, and pulumi-carrierx is for Python programs",
            "Write `runtime: python` in Pulumi.yaml.",
        )
    if runtime.toolchain not in VIRTUALENV_TOOLCHAINS:
        return warning(
            CHECK,
            f"not checked: the toolchain {runtime.toolchain} keeps the Python where it likes",
            "See that pulumi and pulumi-carrierx are among the project's packages.",
        )
    return None


def python_finding(seen: PythonSeen, own_version: str) -> Finding:
    """Whether programs can run with it.

    :param own_version: of the pulumi-carrierx whose command this is.
    """
    if not seen.runs:
        return failed(
            CHECK,
            f"{seen.command} does not run, and programs would run with it",
            "Install Python 3.11 or newer, or make the project's virtual environment.",
        )
    version = ".".join(map(str, seen.version))
    if seen.version < OLDEST:
        return failed(
            CHECK, f"{seen.command} is Python {version}", "Programs need Python 3.11 or newer."
        )
    for package, why in seen.failures.items():
        distribution = package.replace("_", "-")
        return failed(
            CHECK,
            f"{seen.command} (Python {version}) cannot import {package}: {why}",
            f"Install it there: `{seen.command} -m pip install {distribution}`.",
        )
    theirs = seen.packages.get("pulumi_carrierx")
    has = f"{seen.command} (Python {version}) has pulumi {seen.packages.get('pulumi')}"
    if theirs != own_version:
        return warning(
            CHECK,
            f"{has} and pulumi-carrierx {theirs}, and this command is {own_version}",
            "Run the command of the project's own environment.",
        )
    return ok(CHECK, f"{has} and pulumi-carrierx {theirs}")
