"""Runs the console command ``pulumi-carrierx`` on a test's stack."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from carrierx_simulator import SAMPLE_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.engine.stack import Stack

COMMAND = str(Path(sys.executable).with_name("pulumi-carrierx"))
TIMEOUT_SECONDS = 300


class Told(NamedTuple):
    """What a run has told: its exit code, and the lines of each stream."""

    code: int
    lines: list[str]
    """Of standard output."""
    errors: list[str]


def run_command(
    stack: Stack,
    *arguments: str,
    run: Sequence[str] = (COMMAND,),
    folder: Path | None = None,
    without: str = "",
    **environment: str,
) -> Told:
    """Run it in the stack's folder, without a terminal; the token must not show up.

    :param run: what to run in place of the command.
    :param without: a variable of the stack's environment that is not set.
    """
    variables = {**stack.environment, **environment}
    variables.pop(without, None)
    done = subprocess.run(
        [*run, *arguments],
        cwd=folder or stack.folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert SAMPLE_TOKEN not in done.stdout + done.stderr
    return Told(done.returncode, done.stdout.splitlines(), done.stderr.splitlines())


def answer_command(
    stack: Stack, answer: str, *arguments: str, meanwhile: Callable[[], object] = lambda: None
) -> tuple[int, str]:
    """Run it at a terminal, and answer its question after ``meanwhile``: exit code and output."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [COMMAND, *arguments],
        cwd=stack.folder,
        env=stack.environment,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    ) as process:
        os.close(theirs)
        assert process.stdout is not None
        output = ""
        while not output.endswith("[y/N]: ") and (character := process.stdout.read(1)):
            output += character
        meanwhile()
        os.write(ours, f"{answer}\n".encode())
        rest, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    os.close(ours)
    return process.returncode, output + rest
