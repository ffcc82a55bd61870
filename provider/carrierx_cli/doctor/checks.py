"""What a check is, and those of engine, Python and settings, on what the probes found. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from carrierx_provider.core.settings import (
    SETTING_NAMES,
    SETTINGS,
    Access,
    ConfigurationError,
    InvalidSettingsError,
    NoTokenError,
    Settings,
)
from carrierx_provider.core.text import plural, printable, shorten

OLDEST_ENGINE = (3, 200, 0)

OLDEST_PYTHON = (3, 11)

PARTS_OF_THE_HOST = (
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
)
"""What runs Python programs, and what runs dynamic providers. Pulumi installs them beside
``pulumi``."""

INSTALL = "Install Pulumi: https://www.pulumi.com/docs/install/"

VIRTUALENV_TOOLCHAINS = {"pip": None, "uv": ".venv"}
"""Toolchains whose Python can be found, and the default folder of each."""

FIX = "Fix it, then run this again."

UNREAD = "not checked, since the stack's settings were not read"


class Status(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    """Work is possible; or it could not be checked."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """What was checked, how it ended, and what to do."""

    name: Annotated[str, Field(serialization_alias="check")]
    status: Annotated[Status, Field(serialization_alias="mark")]
    account: str | None = field(default=None, kw_only=True)
    """The account in ``carrierx:accounts`` that it is about; None: the default one, or none."""
    text: str
    """What was found; a clause without a full stop."""
    todo: str | None = None
    """What to do about it; a sentence or two."""


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What there is of Pulumi."""

    on_path: bool
    version: str | None = None
    """What ``pulumi version`` printed; None if it did not run."""
    missing: tuple[str, ...] = ()
    """Those of ``PARTS_OF_THE_HOST`` that are neither beside ``pulumi`` nor on PATH."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """``runtime`` in Pulumi.yaml."""

    name: str = "python"
    virtualenv: str | None = None
    """A folder, from the project's."""
    toolchain: str = "pip"
    main: str | None = None
    """The program: a folder or a file, from the project's folder."""


@dataclass(frozen=True, slots=True)
class PythonInfo:
    """What a Python reported."""

    command: str
    """Which Python; for messages."""
    version: tuple[int, ...] = ()
    """Empty if it does not run."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """The versions of those that can be imported."""
    failures: Mapping[str, str] = field(default_factory=dict)
    """Why the others cannot be imported."""
    hiding_needed: Sequence[str] = ()
    """What is beside the program with the name of a module that Pulumi or the provider imports, and
    makes an import fail."""
    hiding_imported: Sequence[str] = ()
    """The same, where no import fails."""
    hiding_others: Sequence[str] = ()
    """What has the name of another module of Python's own."""


def ok(name: str, text: str) -> Check:
    """A check that found nothing wrong."""
    return Check(name, Status.OK, text)


def warning(name: str, text: str, todo: str | None = None) -> Check:
    """A check that found something to know."""
    return Check(name, Status.WARNING, text, todo)


def failed(name: str, text: str, todo: str) -> Check:
    """A check that found something that keeps a stack from its work."""
    return Check(name, Status.FAILED, text, todo)


def check_engine(engine: EngineInfo) -> Check:
    """Whether there is an engine, and new enough."""
    if not engine.on_path:
        return failed("engine", "the command `pulumi` is not on PATH", INSTALL)
    if engine.version is None:
        return failed("engine", "the command `pulumi` does not run", INSTALL)
    numbers = re.match(r"v?([0-9]+)\.([0-9]+)\.([0-9]+)", engine.version)
    oldest = ".".join(map(str, OLDEST_ENGINE))
    if numbers is None:
        text = f"cannot parse the version that pulumi reports: {engine.version!r:.60}"
        return warning("engine", text, f"It must be {oldest} or newer.")
    if tuple(map(int, numbers.groups())) < OLDEST_ENGINE:
        text = f"pulumi {numbers[0]} is older than {oldest}"
        return failed("engine", text, f"Upgrade it. {INSTALL}")
    return ok("engine", f"pulumi {engine.version.removeprefix('v')}")


def check_host(engine: EngineInfo) -> Check:
    """Whether the engine can run Python programs and dynamic providers."""
    if not engine.on_path:
        return warning("language host", "not checked, since it comes with `pulumi`")
    if engine.missing:
        are = "is" if len(engine.missing) == 1 else "are"
        text = f"{', '.join(engine.missing)} {are} neither beside `pulumi` nor on PATH"
        return failed("language host", text, f"Reinstall Pulumi completely. {INSTALL}")
    return ok("language host", "runs Python programs and dynamic providers")


def runtime_of(project: object) -> Runtime:
    """Read it from a project file's content; None if there is no project."""
    project = project if isinstance(project, dict) else {}
    runtime, main = project.get("runtime"), project.get("main")
    main = main if isinstance(main, str) else None
    if not isinstance(runtime, dict):
        return Runtime(runtime if isinstance(runtime, str) else "python", main=main)
    options = runtime.get("options")
    options = options if isinstance(options, dict) else {}
    toolchain = str(options.get("toolchain") or "pip")
    virtualenv = options.get("virtualenv") or VIRTUALENV_TOOLCHAINS.get(toolchain)
    return Runtime(
        name=str(runtime.get("name") or "python"),
        virtualenv=None if virtualenv is None else str(virtualenv),
        toolchain=toolchain,
        main=main,
    )


def check_runtime(runtime: Runtime) -> Check | None:
    """What can be said without a look at the Python; None if the Python has to be checked."""
    if runtime.name != "python":
        return failed(
            "python",
            f"the project's runtime is {runtime.name}, and pulumi-carrierx is for Python programs",
            "Write `runtime: python` in Pulumi.yaml.",
        )
    if runtime.toolchain not in VIRTUALENV_TOOLCHAINS:
        return warning(
            "python",
            f"not checked: where the toolchain {runtime.toolchain} keeps its Python is not known",
            "Make sure that pulumi and pulumi-carrierx are among the project's packages.",
        )
    return None


def check_python(python: PythonInfo, own_version: str) -> Check:
    """Whether programs can run with it, and with the version of this command."""
    if not python.version:
        return failed(
            "python",
            f"{python.command} does not run, and the program needs it",
            "Install Python 3.11 or newer, or create the project's virtual environment.",
        )
    version = ".".join(map(str, python.version))
    if python.version < OLDEST_PYTHON:
        return failed(
            "python", f"{python.command} is Python {version}", "Programs need Python 3.11 or newer."
        )
    for package, why in python.failures.items():
        distribution = package.replace("_", "-")
        return failed(
            "python",
            f"{python.command} (Python {version}) cannot import {package}: {why}",
            f"Install it there: `{python.command} -m pip install {distribution}`.",
        )
    theirs = python.packages.get("pulumi_carrierx")
    has = f"{python.command} (Python {version}) has pulumi {python.packages.get('pulumi')}"
    if theirs != own_version:
        return warning(
            "python",
            f"{has} and pulumi-carrierx {theirs}, but this command is {own_version}",
            "Run the command of the project's own environment.",
        )
    return ok("python", f"{has} and pulumi-carrierx {theirs}")


def check_modules(python: PythonInfo) -> Iterator[Check]:
    """What an import finds beside the program in place of another module."""
    imported = "that Pulumi or pulumi-carrierx imports"
    for found, mark, what, why in (
        (python.hiding_needed, failed, imported, ""),
        (python.hiding_imported, warning, imported, " if an import fails"),
        (python.hiding_others, warning, "of Python's own", " if an import fails"),
    ):
        files = ", ".join(map(printable, found))
        if len(found) == 1:
            yield mark(
                "modules", f"{files} beside the program hides a module {what}", f"Rename it{why}."
            )
        elif found:
            yield mark(
                "modules", f"{files} beside the program hide modules {what}", f"Rename them{why}."
            )


@dataclass(repr=False)
class SettingsInfo:
    """The settings of stack and environment: which are valid, and what is wrong with the others."""

    configuration: Mapping[str, str]
    environment: Mapping[str, str]
    in_plain_text: Collection[str] = ()
    unread: bool = field(default=False, kw_only=True)
    """Whether there is a stack whose settings could not be read."""

    def __post_init__(self) -> None:
        """Read them."""
        self.problems: Mapping[str, str] = {}
        """What is wrong with a setting, by its name."""
        try:
            self.valid = Settings.of(self.configuration.get, self.environment)
        except InvalidSettingsError as error:
            self.valid, self.problems = error.valid, error.problems
        self.errors = [ConfigurationError(problem) for problem in self.problems.values()]
        names: Collection[str | None] = (None,)
        try:
            names = self.valid.account_names()
        except ConfigurationError as error:
            self.errors.append(error)
        can_be_used = not self.errors
        accounts: dict[str | None, Access] = {}
        for name in names:
            try:
                accounts[name] = self.valid.access(name)
            except ConfigurationError as error:
                self.errors.append(error)
        self.accounts = accounts if can_be_used else {}
        """Those whose access is configured completely, if nothing else is wrong."""


def check_settings(info: SettingsInfo) -> list[Check]:
    """What is wrong with the settings; one check that is ok if nothing is."""
    found: list[Check] = []
    for reason, error in {str(one): one for one in info.errors}.items():
        if info.unread and isinstance(error, NoTokenError):
            text = f"no token in the environment; the stack's is {UNREAD}"
            found.append(warning("settings", text))
        else:
            found.append(failed("settings", reason, FIX))
    known = {f"carrierx:{name}" for name in SETTING_NAMES}
    for key in info.configuration:
        if key.startswith("carrierx:") and key not in known:
            text = f"{shorten(key)} is not a setting: the settings are {', '.join(SETTING_NAMES)}"
            todo = f"Remove it: `{_removal(key)}`."
            found.append(warning("settings", text, todo))
    for key, meant in _astray(info.configuration, info.environment):
        text = f"{shorten(key)} is read by the program only, and {meant} is not set"
        todo = f"If it is for CarrierX: `pulumi config set {meant}`, then `{_removal(key)}`."
        found.append(warning("settings", text, todo))
    for key in ("carrierx:token", "carrierx:accounts"):
        if key in info.in_plain_text:
            text = f"{key} is in plain text in the stack's file and in its state"
            todo = f"Run `pulumi config set --secret {key}`, with a new token."
            found.append(warning("settings", text, todo))
    if not found:
        settings = plural(sum(key in known for key in info.configuration), "setting")
        of_ours = sum(name.startswith("CARRIERX_") for name in info.environment)
        text = f"{settings} of the stack, {plural(of_ours, 'variable')} of the environment"
        found.append(ok("settings", text))
    return found


def _removal(key: str) -> str:
    return f"pulumi config rm {shlex.quote(printable(key))}"


def check_ownership(info: SettingsInfo) -> Check:
    """Whether the stack's numbers name their owner."""
    if {"carrierx:ownershipKey", "CARRIERX_OWNERSHIP_KEY"} & info.problems.keys():
        return warning("ownership", "not checked: carrierx:ownershipKey is invalid, see settings")
    key = info.valid.ownership_key
    if key is not None:
        return ok("ownership", f"attributes.{key} names each number's owner")
    if info.unread:
        return warning("ownership", UNREAD)
    return warning(
        "ownership",
        "no ownership record is kept, so the numbers of a killed run cannot be recognized",
        "Run `pulumi config set carrierx:ownershipKey managed_by`.",
    )


def _astray(
    configuration: Mapping[str, str], environment: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Settings in another namespace, and those that may have been meant.

    ``pulumi config set token`` sets ``PROJECT:token``, which the provider does not read.
    """
    for setting in SETTINGS:
        meant = f"carrierx:{setting.name}"
        is_set = meant in configuration or environment.get(setting.variable or "")
        if setting.name is not None and not is_set:
            for key in configuration:
                namespace, _, name = key.partition(":")
                if namespace != "carrierx" and name.lower() == setting.name.lower():
                    yield key, meant
