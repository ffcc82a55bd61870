"""Runs the console command ``pulumi-carrierx`` on a test's stack.

Most tests run it in this process, with ``pulumi_stand_in`` answering what it asks ``pulumi``. With
``real`` it is a process of its own, and all of its questions go to the engine.
"""

from __future__ import annotations

import contextlib
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest import mock

from typer.testing import CliRunner

from carrierx_cli.main import application
from carrierx_simulator import SAMPLE_TOKEN
from tests.engine import pulumi_stand_in
from tests.engine.stack import Stack

COMMAND = str(Path(sys.executable).with_name("pulumi-carrierx"))
TIMEOUT_SECONDS = 120
QUESTION_ENDS = "[y/N]: "


class Told(NamedTuple):
    """What a run has told: its exit code, and the lines of each stream."""

    code: int
    lines: list[str]
    """Of standard output."""
    errors: list[str]


def run_command(
    stack: Stack,
    *arguments: str,
    run: Sequence[str] = (),
    real: bool = False,
    folder: Path | None = None,
    without: str = "",
    **environment: str,
) -> Told:
    """Run it in the stack's folder, without a terminal; the token must not show up.

    Args:
        stack: Whose folder and environment it runs in.
        arguments: The command's own.
        run: What to run in a process of its own, in place of the command.
        real: Whether the command is a process of its own, on the engine alone.
        folder: Where it runs instead.
        without: A variable of the stack's environment that is not set.
        environment: Variables that are set as well.
    """
    variables = {**stack.environment, **environment}
    if not (real or "PATH" in environment):
        variables = with_stand_in(variables)
    variables.pop(without, None)
    command = [*(run or ([COMMAND] if real else ()))]
    told = _run([*command, *arguments], folder or stack.folder, variables, in_process=not command)
    assert SAMPLE_TOKEN not in "\n".join([*told.lines, *told.errors])
    return told


def _run(words: list[str], folder: Path, variables: dict[str, str], *, in_process: bool) -> Told:
    if in_process:
        with contextlib.chdir(folder), mock.patch.dict(os.environ, variables, clear=True):
            result = CliRunner().invoke(application, words, catch_exceptions=False)
        return Told(result.exit_code, result.stdout.splitlines(), result.stderr.splitlines())
    done = subprocess.run(
        words,
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    return Told(done.returncode, done.stdout.splitlines(), done.stderr.splitlines())


def answer_command(
    stack: Stack, answer: str, *arguments: str, meanwhile: Callable[[], object] = lambda: None
) -> tuple[int, str]:
    """Run it at a terminal, and answer its question after ``meanwhile``: exit code and output."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [COMMAND, *arguments],
        cwd=stack.folder,
        env=with_stand_in(stack.environment),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    ) as process:
        os.close(theirs)
        assert process.stdout is not None
        output = ""
        while not output.endswith(QUESTION_ENDS) and (character := process.stdout.read(1)):
            output += character
        meanwhile()
        os.write(ours, f"{answer}\n".encode())
        rest, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    os.close(ours)
    return process.returncode, output + rest


def with_stand_in(environment: dict[str, str]) -> dict[str, str]:
    """The environment with the stand-in before the engine on ``PATH``."""
    path = environment["PATH"]
    pulumi = shutil.which("pulumi", path=path)
    assert pulumi
    return {
        **environment,
        "PATH": f"{_stand_in()}{os.pathsep}{path}",
        pulumi_stand_in.REAL: pulumi,
        pulumi_stand_in.VERSION: _version(pulumi),
    }


@cache
def _version(pulumi: str) -> str:
    return subprocess.run(
        [pulumi, "version"], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()


@cache
def _stand_in() -> str:
    """A folder with nothing but the stand-in in it, as long as this process lives."""
    folder = TemporaryDirectory(prefix="pulumi-stand-in-")
    _FOLDERS.append(folder)
    program = Path(pulumi_stand_in.__file__).read_text(encoding="utf-8")
    pulumi = Path(folder.name, "pulumi")
    pulumi.write_text(f"#!{sys.executable} -I\n{program}", encoding="utf-8")
    pulumi.chmod(0o755)
    return folder.name


_FOLDERS: list[TemporaryDirectory[str]] = []
