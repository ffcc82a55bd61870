"""The stand-ins for ``pulumi`` and ``pip`` that the tests use, beside the real ones."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.engine.console_command import with_stand_in
from tests.engine.stack import Stack, shortcuts

QUESTIONS = [
    ("stack", "ls", "--json"),
    ("stack", "export", "--stack", "dev"),
    ("stack", "export", "--stack", "organization/trial/dev"),
    ("config", "--show-secrets", "--json", "--stack", "dev"),
    ("whoami", "--json"),
]
LEFT_TO_THE_ENGINE = [
    ("stack", "export", "--stack", "none"),
    ("config", "--show-secrets", "--json", "--stack", "none"),
    ("stack", "select", "none"),
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


def test_what_it_does_not_know_is_left_to_the_engine(stack: Stack) -> None:
    """A stack that does not exist, a write, and settings with a secret."""
    stack.configure("hidden", "a secret", secret=True)
    with_it = with_stand_in(stack.environment)
    for question in LEFT_TO_THE_ENGINE:
        assert asked(stack, with_it, question) == asked(stack, stack.environment, question)
    settings = ("config", "--show-secrets", "--json", "--stack", "dev")
    assert parsed(asked(stack, with_it, settings)[1]) == {
        "trial:hidden": {"value": "a secret", "secret": True}
    }


def test_pip_repeats_its_list_and_does_everything_else() -> None:
    """The stand-in comes before the package pip, and leaves other commands to it."""

    def printed(*arguments: str, **environment: str) -> str:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    folder = shortcuts()["PYTHONPATH"]
    for question in (("list", "-v", "--format", "json"), ("--version",)):
        asked = ("-m", "pip", *question)
        assert printed(*asked, PYTHONPATH=folder) == printed(*asked)
    found = printed("-c", "import pip; print(pip.__file__)", PYTHONPATH=folder)
    assert found.startswith(folder)
