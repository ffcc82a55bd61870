"""A change of a stack's state by hand: with a backup, and only of the state that was read.

The engine's only operations for it are ``stack export`` and ``stack import``. The import takes the
stack's lock and replaces the state as a whole; right before it, the state is compared with what was
read.
"""

from __future__ import annotations

import os
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from carrierx_provider.pulumi_files.deployment import Deployment, StackError

if TYPE_CHECKING:
    from carrierx_provider.pulumi_files.stack import PulumiStack


class StateChange:
    """One change of one stack's state. Every method raises ``StackError``."""

    def __init__(self, stack: PulumiStack) -> None:
        """Read the state, and refuse it if a run may be at work on it."""
        self._stack = stack
        self._export = stack.export()
        self.deployment = self._export.deployment or Deployment()
        self._refuse_while_a_run_is_open()

    def back_up(self, before: str) -> str:
        """Write the state as it was read to a file beside the project, named for what follows.

        The text is one line on the file, with the command that restores it.
        """
        now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        stack = self._stack
        file = stack.folder / f"{stack.project}.{stack.name}.before-{before}.{now}.json"
        try:
            write_whole(file, self._export.text, OWNER_ALONE)
        except OSError as error:
            raise StackError(f"cannot back up the state to {file}: {error.strerror}") from None
        folder = os.path.relpath(stack.folder)
        there = "" if folder == "." else f"--cwd {shlex.quote(folder)} "
        return (
            f"Backup of the state: {os.path.relpath(file)} (to restore it: `pulumi stack import "
            f"{there}--stack {stack.name} --file {shlex.quote(file.name)}`)"
        )

    def put(self, deployment: Deployment) -> None:
        """Replace the state, if it is still what was read."""
        if not self._stack.deployment().has_the_content_of(self.deployment):
            raise StackError(
                f"the state of {self._stack.full_name} has changed since it was read, and was not "
                "written: run the same command again"
            )
        self._refuse_while_a_run_is_open()
        self._stack.import_state(self._export.with_deployment(deployment))

    def _refuse_while_a_run_is_open(self) -> None:
        name = self._stack.full_name
        if self.deployment.operations:
            raise StackError(
                f"the state of {name} has pending operations: a run was interrupted, or is in "
                "progress. Nothing was changed. Run `pulumi up` or `pulumi refresh` first"
            )
        if self._stack.is_locked():
            raise StackError(
                f"{name} is locked: a run is in progress, or a killed run has left its lock. "
                "Nothing was changed in the state. Let the run end; if it was killed, run `pulumi "
                "cancel`"
            )


OWNER_ALONE = 0o600


def write_whole(file: Path, text: str, permissions: int = 0o666) -> None:
    """Write a file completely or not at all: a temporary one, renamed once its data is on the disk.

    ``permissions`` are those of a new file, before the umask. After an ``OSError``
    an existing file is unchanged.
    """
    place = Path(os.path.realpath(file))
    # Always the same name, so that the next write replaces one that was left behind.
    beside = place.with_name(f".{place.name}.partial")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, permissions)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        if place.exists():
            beside.chmod(place.stat().st_mode)
        beside.replace(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
