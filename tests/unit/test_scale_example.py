"""examples/scale: its list of stacks, how a table is divided, and its command.

``tests/engine/test_docs.py`` runs the example on the engine: docs/scale.md is about it.
"""

import runpy
import sys
from pathlib import Path

import pulumi
import pytest
from shares import StacksError, changed_stacks, stacks_in

from tests.unit.outlines import error_of
from tests.unit.programs import run

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "scale"
NO_STACK = "stacks.txt: has no stack: write each name in a line of its own"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# none yet\n\n", NO_STACK),
        ("a\n# b\na # again\n", "stacks.txt:3: a is already in line 1"),
        ("a b\n", "stacks.txt:1: 'a b' is not a stack name: write up to 100 letters, digits, "
         '"_", "." and "-"'),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_stacks_is_one_line(text: str, line: str) -> None:
    """As for a table."""
    assert error_of(StacksError, stacks_in, text) == line


def test_stacks_change_by_name() -> None:
    """The order is kept, and a mistake is one line."""
    stacks = stacks_in("a\nb # the second\n\nc\n")
    assert stacks == ("a", "b", "c")
    assert changed_stacks(stacks, ["d"], ["b"]) == ("a", "c", "d")
    for added, removed, line in (
        (["a"], [], "stack a: is already in stacks.txt"),
        ([], ["d"], "stack d: is not in stacks.txt, which has a, b, c"),
        ([], ["a", "b", "c"], NO_STACK),
    ):
        assert error_of(StacksError, changed_stacks, stacks, added, removed) == line


def test_the_command_prints_what_a_stack_has_and_where_that_would_go() -> None:
    """What it prints for a new stack, and for mistakes, is in docs/scale.md."""

    def lines(*arguments: str) -> list[str]:
        return run(sys.executable, str(EXAMPLE / "partition.py"), *arguments).stdout.splitlines()

    labels = lines("--stack", "part-3")
    assert len(labels) == 8
    moved = [line.split() for line in lines("--remove", "part-3")]
    assert sorted(label for _, _, label in moved) == sorted(labels)
    assert {source for source, _, _ in moved} == {"part-3"}


def test_a_program_for_another_stack_ends_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine prints a RunError without a traceback."""
    monkeypatch.setattr("gc.disable", lambda: None)
    monkeypatch.chdir(EXAMPLE)
    assert error_of(pulumi.RunError, runpy.run_path, "__main__.py") == (
        "stack stack: is not in stacks.txt, which has part-1, part-2, part-3, part-4"
    )
