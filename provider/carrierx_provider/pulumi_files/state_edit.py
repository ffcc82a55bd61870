"""A change of a stack's state by hand: with a backup, and only of the state that was read.

The engine has no operation for it but ``stack export`` and ``stack import``. The import takes the
stack's lock and replaces the state as a whole; that nobody has changed it since the export is
looked at right before.
"""

from __future__ import annotations

import json
import os
import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from carrierx_provider.core.atomic_write import OWNER_ALONE, write_whole
from carrierx_provider.pulumi_files.stack import StackError
from carrierx_provider.pulumi_files.stack_state import stack_state

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from carrierx_provider.pulumi_files.stack import PulumiStack


class StateChange:
    """One change of one stack's state. Every method raises ``StackError``."""

    def __init__(self, stack: PulumiStack) -> None:
        """Read the state, and refuse one that a run may be at work on."""
        self._stack = stack
        self._exported = stack.exported()
        self._document: dict[str, Any] = json.loads(self._exported)
        self.deployment: dict[str, Any] = self._document.get("deployment") or {}
        self._refuse_while_a_run_is_open()

    def back_up(self, before: str) -> Path:
        """Write the state as it was read to a file beside the project.

        :param before: what is about to happen, for the file's name.
        """
        now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        stack = self._stack
        file = stack.folder / f"{stack.project}.{stack.name}.before-{before}.{now}.json"
        try:
            write_whole(file, self._exported, OWNER_ALONE)
        except OSError as error:
            raise StackError(f"the state cannot be backed up to {file}: {error.strerror}") from None
        return file

    def put(self, deployment: Mapping[str, Any]) -> None:
        """Replace the state, if it is still what was read."""
        now = json.loads(self._stack.exported()).get("deployment") or {}
        if _content(now) != _content(self.deployment):
            raise StackError(
                f"the state of {self._stack.record_name} has changed since it was read, and was "
                "left as it is now: run the same command again"
            )
        self._refuse_while_a_run_is_open()
        self._stack.import_state(json.dumps({**self._document, "deployment": deployment}))

    def _refuse_while_a_run_is_open(self) -> None:
        name = self._stack.record_name
        if stack_state(self.deployment).pending_operations:
            raise StackError(
                f"the state of {name} has operations that an interrupted run left open, or one "
                "that is under way. Nothing was changed. Run `pulumi up` or `pulumi refresh` first"
            )
        if self._stack.is_locked():
            raise StackError(
                f"{name} is locked: a run is under way, or one that was killed has left its lock. "
                "Nothing was changed in the state. Let the run end; if it was killed, run `pulumi "
                "cancel`"
            )


def backup_line(stack: PulumiStack, backup: Path) -> str:
    """One line on the backup, with the command that goes back to it."""
    folder = os.path.relpath(stack.folder)
    there = "" if folder == "." else f"--cwd {shlex.quote(folder)} "
    return (
        f"Backup of the state: {os.path.relpath(backup)} (to go back to it: `pulumi stack import "
        f"{there}--stack {stack.name} --file {shlex.quote(backup.name)}`)"
    )


def _content(deployment: Mapping[str, Any]) -> dict[str, Any]:
    """All but the time of writing, which the engine makes up for a state that was never written."""
    return {key: value for key, value in deployment.items() if key != "manifest"}
