"""What a person does after a crash, by what the engine and the provider say, until ``up`` passes.

docs/reliability.md tells the same steps in the same words.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engine.stack import Stack
    from tools.pulumi_project import Run

_MOST_STEPS = 6
_ADOPT = re.compile(r"CARRIERX_ADOPT=([0-9a-f-]+)")
_RELEASE = re.compile(r"pulumi-carrierx release ([0-9a-f-]+)")
_PENDING = "interrupted while creating"
_TORN_ATTRIBUTES = re.compile(r"failed to load checkpoint: (.* unexpected )?EOF$", re.MULTILINE)


class Step(StrEnum):
    """A step beside ``pulumi up`` itself."""

    CANCEL = "pulumi cancel"
    DROP_ATTRIBUTES = "rm STACK.json.attrs"
    RESTORE_BACKUP = "cp STACK.json.bak STACK.json"
    ADOPT = "CARRIERX_ADOPT=SID,… pulumi up"
    RELEASE = "pulumi-carrierx release SID …"
    CLEAR_PENDING = "pulumi refresh --clear-pending-creates"


@dataclass(frozen=True, slots=True)
class Recovery:
    """The steps that it took, and the last ``up``."""

    steps: tuple[Step, ...]
    last: Run


def unlocked(stack: Stack) -> bool:
    """Take away the lock that a killed engine has left; whether there was one."""
    locks = stack.state_file.parents[2] / "locks"
    found = any(locks.rglob("*.json"))
    if found:
        stack.run("cancel", "--yes")
    return found


def recover(stack: Stack, steps_so_far: tuple[Step, ...] = ()) -> Recovery:
    """Run ``up`` until it passes; between two, do what the last one said."""
    steps = [*steps_so_far]
    environment: dict[str, str] = {}
    while True:
        run = stack.up("--continue-on-error", environment=environment)
        step = None if run.ok else _step(run.output)
        # The same step twice in a row would not help the second time either.
        new = steps[len(steps_so_far) :]
        if step is None or step in new[-1:] or len(new) == _MOST_STEPS:
            break
        if step is Step.RELEASE and _PENDING in run.output:
            # `release` leaves a state alone that Pulumi takes for interrupted.
            steps.append(Step.CLEAR_PENDING)
            stack.refresh("--clear-pending-creates")
        steps.append(step)
        environment = _take(step, stack, run.output)
    if run.ok and _PENDING in run.output:
        # What was pending is created by now; Pulumi still remembers it as interrupted.
        steps.append(Step.CLEAR_PENDING)
        stack.refresh("--clear-pending-creates")
    return Recovery(tuple(steps), run)


def _step(output: str) -> Step | None:
    if "the stack is currently locked by" in output:
        return Step.CANCEL
    if _TORN_ATTRIBUTES.search(output):
        return Step.DROP_ATTRIBUTES
    if "failed to load checkpoint" in output:
        return Step.RESTORE_BACKUP
    if _RELEASE.search(output):
        return Step.RELEASE
    if _ADOPT.search(output):
        return Step.ADOPT
    return None


def _take(step: Step, stack: Stack, output: str) -> dict[str, str]:
    """Take the step; the environment of the next ``up``."""
    match step:
        case Step.CANCEL:
            stack.run("cancel", "--yes")
        case Step.DROP_ATTRIBUTES:
            state = stack.state_file
            state.with_name(f"{state.name}.attrs").unlink()
        case Step.RESTORE_BACKUP:
            state = stack.state_file
            shutil.copy(state.with_name(f"{state.name}.bak"), state)
        case Step.RELEASE:
            sids = sorted(set(_RELEASE.findall(output)))
            command = Path(sys.executable).with_name("pulumi-carrierx")
            subprocess.run(
                [command, "release", "--yes", *sids],
                cwd=stack.folder,
                env=stack.environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        case Step.ADOPT:
            return {"CARRIERX_ADOPT": ",".join(sorted(set(_ADOPT.findall(output))))}
    return {}
