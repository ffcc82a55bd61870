"""The file of numbers that a person keeps, and the edits that the person makes."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

import yaml

from tools.demo.expectations import DemoError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Edit:
    """One line of one number's entry, and what it becomes; None takes the line out."""

    label: str
    line: str
    becomes: str | None


class NumbersFile:
    """``numbers.yaml`` of the demo's own copy of the example."""

    def __init__(self, path: Path) -> None:
        """Work on this file."""
        self._path = path

    @property
    def numbers(self) -> dict[str, dict[str, Any]]:
        """The entries, by label."""
        entries: dict[str, dict[str, Any]] = yaml.safe_load(self.text)
        return entries

    @property
    def text(self) -> str:
        """The file as it stands."""
        return self._path.read_text(encoding="utf-8")

    def write(self, text: str) -> None:
        """Replace the whole text."""
        self._path.write_text(text, encoding="utf-8")

    def edit(self, *edits: Edit) -> list[str]:
        """Make the edits; give the changed lines, below the label of their number.

        Raises ``DemoError`` if an entry has no such line.
        """
        before = self.text.splitlines()
        after = list(before)
        for edit in edits:
            _apply(edit, after)
        self.write("\n".join(after) + "\n")
        return _changed_lines(before, after)


def _apply(edit: Edit, lines: list[str]) -> None:
    label = None
    for place, line in enumerate(lines):
        if line and not line.startswith(" "):
            label = line
        if label == f"{edit.label}:" and line.strip() == edit.line:
            indent = line[: len(line) - len(line.lstrip())]
            lines[place : place + 1] = [] if edit.becomes is None else [indent + edit.becomes]
            return
    raise DemoError(f"examples/quickstart/numbers.yaml: no line {edit.line!r} under {edit.label}")


def _changed_lines(before: list[str], after: list[str]) -> list[str]:
    shown: list[str] = []
    label = ""
    for kind, start, end, new_start, new_end in SequenceMatcher(None, before, after).get_opcodes():
        if kind == "equal":
            continue
        above = next(line for line in reversed(before[:start]) if line and line[0] not in " #")
        if above != label:
            shown.append(f"  {above}")
            label = above
        shown += [f"- {line}" for line in before[start:end]]
        shown += [f"+ {line}" for line in after[new_start:new_end]]
    return shown
