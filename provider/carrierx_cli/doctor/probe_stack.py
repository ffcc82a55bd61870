"""The project and the stack that ``pulumi-carrierx doctor`` looks at, if there are any."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from carrierx_cli.doctor.finding import Finding, failed, ok, warning
from carrierx_cli.doctor.python import Runtime, runtime_of
from carrierx_provider.pulumi_files.stack import (
    PROJECT_FILES,
    NoStackError,
    PulumiStack,
    StackError,
    project_folder,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRONMENT_ALONE = "The settings of the environment alone are checked."


@dataclass(frozen=True, slots=True)
class StackSeen:
    """What there is of a stack."""

    finding: Finding
    folder: Path
    """The project's; the one that was named where there is no project."""
    runtime: Runtime
    configuration: Mapping[str, str] = field(default_factory=dict, repr=False)
    in_plain_text: frozenset[str] = frozenset()
    unread: bool = False
    """Whether there is a stack, or may be one, whose settings cannot be read."""


def look_at_stack(folder: str, stack: str | None, *, with_engine: bool) -> StackSeen:
    """Find the project and the stack, and read its settings.

    :param with_engine: whether there is a ``pulumi`` to read them with.
    """
    try:
        project = project_folder(folder)
    except StackError as error:
        return StackSeen(_none(error, stack), Path(folder).absolute(), Runtime())
    runtime = _runtime(project)
    if not with_engine:
        text = "not read, since that takes `pulumi`"
        return StackSeen(warning("stack", text, ENVIRONMENT_ALONE), project, runtime, unread=True)
    try:
        found = PulumiStack(folder, stack)
        return StackSeen(
            finding=ok("stack", found.full_name),
            folder=project,
            runtime=runtime,
            configuration=found.configuration(),
            in_plain_text=found.settings_in_plain_text(),
        )
    except StackError as error:
        unread = not isinstance(error, NoStackError)
        return StackSeen(_none(error, stack), project, runtime, unread=unread)


def _none(error: StackError, stack: str | None) -> Finding:
    if isinstance(error, NoStackError) and stack is None:
        return warning("stack", str(error), ENVIRONMENT_ALONE)
    return failed("stack", str(error), ENVIRONMENT_ALONE)


def _runtime(project: Path) -> Runtime:
    for name in PROJECT_FILES:
        try:
            # JSON is YAML too.
            return runtime_of(yaml.safe_load((project / name).read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            continue
    return Runtime()
