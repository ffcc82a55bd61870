"""What a Markdown page shows: its code blocks, and the commands in them.

The convention, by the fence's info string:

    ```python title="__main__.py"    a file, in any language, with the name it is saved under
    ```diff title="__main__.py"      a change of such a file, in one place; context lines help
    ```console                       commands after "$ ", each with the output that it prints
    ```console at="place"            a block that is run further down, at the line <!-- place -->

A command that ends in a backslash continues in the next line. In an output, a line that is only an
ellipsis stands for any number of lines. A command without any output shown may print what it
likes. One whose output has a line that begins with "error: " fails; every other one succeeds.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"(?P<indent> *)(?P<ticks>```+|~~~+)(?P<info>.*)")
_TITLE = re.compile(r'title="([^"]*)"')
_AT = re.compile(r'at="([^"]*)"')
_PLACE = re.compile(r"<!-- ([a-z]+) -->")
_LIST_ITEM = re.compile(r"\s*([-*+]|[0-9]+[.)]) ")
_INDENTED = "    "
_PROMPT = "$ "


@dataclass(frozen=True, slots=True)
class Block:
    """One code block. ``line`` is where it begins; one that is only indented has no language."""

    page: str
    line: int
    language: str
    title: str | None
    text: str

    @property
    def place(self) -> str:
        """For messages: ``README.md:12``."""
        return f"{self.page}:{self.line}"


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a console block, and the output that the page shows for it."""

    line: int
    text: str
    shown: tuple[str, ...]

    @property
    def fails(self) -> bool:
        """Whether the page shows it failing."""
        return any(line.startswith("error: ") for line in self.shown)


def blocks_of(page: Path, name: str) -> list[Block]:
    """Every code block of a page, in order; ``name`` is how messages call the page."""
    lines = page.read_text(encoding="utf-8").splitlines()
    return list(_blocks(lines, name))


def prose_of(page: Path) -> str:
    """The page without its fenced blocks."""
    shown: list[str] = []
    fence = ""
    for line in page.read_text(encoding="utf-8").splitlines():
        if fence:
            if line.strip() == fence:
                fence = ""
        elif opened := _FENCE.fullmatch(line):
            fence = opened["ticks"]
        else:
            shown.append(line)
    return "\n".join(shown)


def commands_of(block: Block) -> list[Command]:
    """The commands of a console block.

    Raises:
        ValueError: Output comes before the first command.
    """
    commands: list[Command] = []
    lines = enumerate(block.text.splitlines(), start=block.line + 1)
    for number, line in lines:
        if line.startswith(_PROMPT):
            text = line.removeprefix(_PROMPT)
            while text.endswith("\\"):
                text += "\n" + next(lines)[1]
            commands.append(Command(number, text, ()))
        elif commands:
            last = commands[-1]
            commands[-1] = Command(last.line, last.text, (*last.shown, line))
        else:
            message = f"{block.page}:{number}: a console block begins with a command, after '$ '"
            raise ValueError(message)
    return commands


def _blocks(lines: list[str], page: str) -> Iterator[Block]:
    number = 0
    in_list = False
    waiting: dict[str, Block] = {}
    while number < len(lines):
        line = lines[number]
        if (place := _PLACE.fullmatch(line)) and place[1] in waiting:
            yield waiting.pop(place[1])
        if opened := _FENCE.fullmatch(line):
            end = _end_of_fence(lines, number, opened["ticks"], page)
            body = textwrap.dedent("\n".join(lines[number + 1 : end]))
            language, _, rest = opened["info"].strip().partition(" ")
            title = _TITLE.search(rest)
            block = Block(page, number + 1, language, title[1] if title else None, body)
            if at := _AT.search(rest):
                waiting[at[1]] = block
            else:
                yield block
            number = end + 1
            continue
        if line.startswith(_INDENTED) and not in_list and not lines[max(number - 1, 0)].strip():
            end = number
            while end < len(lines) and (lines[end].startswith(_INDENTED) or not lines[end].strip()):
                end += 1
            body = textwrap.dedent("\n".join(lines[number:end])).strip()
            yield Block(page, number + 1, "", None, body)
            number = end
            continue
        if line and not line.startswith(" "):
            in_list = False
        in_list = in_list or _LIST_ITEM.match(line) is not None
        number += 1
    if waiting:
        message = f"{page}: no line <!-- {next(iter(waiting))} --> runs the block at that place"
        raise ValueError(message)


def _end_of_fence(lines: list[str], start: int, ticks: str, page: str) -> int:
    for number in range(start + 1, len(lines)):
        if lines[number].strip() == ticks:
            return number
    message = f"{page}:{start + 1}: this code block has no end"
    raise ValueError(message)
