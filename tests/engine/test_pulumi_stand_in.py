"""The stand-in for ``pulumi`` that the tests use, beside the real one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.engine.console_command import with_stand_in
from tests.engine.stack import Stack

QUESTIONS = [
    ("stack", "ls", "--json"),
    ("stack", "export", "--stack", "dev"),
    ("stack", "export", "--stack", "organization/trial/dev"),
    ("config", "--show-secrets", "--json", "--stack", "dev"),
    ("whoami", "--json"),
]


def asked(stack: Stack, environment: dict[str, str], question: tuple[str, ...]) -> tuple[int, str]:
    """The exit code and the answer."""
    done = subprocess.run(
        ["pulumi", "--non-interactive", *question],  # noqa: S607 -- which one is the point
        cwd=stack.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout or done.stderr


def parsed(answer: str) -> Any:
    """A JSON answer, without the user that the machine's account names."""
    read = json.loads(answer)
    if isinstance(read, dict):
        read.pop("user", None)
    return read


def test_the_stand_in_answers_as_the_engine(stack: Stack, tmp_path: Path) -> None:
    """Of a new stack and one with resources, settings and another stack beside it."""
    Stack(tmp_path, stack.environment, stack="prod")
    stack.run("stack", "select", "dev")
    with_it = with_stand_in(stack.environment)
    for _ in range(2):
        for question in QUESTIONS:
            (code, real), (stood_in_code, stood_in) = (
                asked(stack, environment, question) for environment in (stack.environment, with_it)
            )
            assert (code, stood_in_code) == (0, 0), question
            assert real.startswith(("{\n", "[\n", "{}"))
            assert not stood_in.startswith(("{\n", "[\n")), "the engine has answered"
            assert parsed(stood_in) == parsed(real)
        stack.configure("carrierx:ownershipKey", "managed_by")
        stack.configure("count", "7")
        stack.declare(support={"phonenumber": "+46700987654", "capabilities": 3})
        assert stack.up().ok
