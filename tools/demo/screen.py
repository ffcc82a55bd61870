"""What the demo prints, and how: plain lines, in colour where a person looks at a terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

_BOLD, _DIM, _RED, _GREEN, _YELLOW = "1", "2", "31", "32", "33"
_MARKS = {
    "+-": _YELLOW,
    "-": _RED,
    "+": _GREEN,
    "~": _YELLOW,
    "warning:": _YELLOW,
    "error:": _RED,
}


class Screen:
    """Prints to one stream, a line at a time."""

    def __init__(self, stream: TextIO) -> None:
        """Use colour if the stream is a terminal and ``NO_COLOR`` is not set."""
        self._stream = stream
        self._colour = stream.isatty() and not os.environ.get("NO_COLOR")

    def heading(self, text: str) -> None:
        """Begin a part."""
        self._print(f"\n=== {text}", _BOLD)

    def text(self, text: str) -> None:
        """Say something."""
        self._print(text)

    def command(self, text: str) -> None:
        """Show a command that a user would type."""
        self._print(f"\n$ {text}", _BOLD)

    def quote(self, lines: Iterable[str]) -> None:
        """Show the lines of a file, or of somebody's output, coloured by their mark."""
        for line in lines:
            text = line.lstrip()
            colours = (colour for mark, colour in _MARKS.items() if text.startswith(mark))
            self._print(f"  {line}", next(colours, None))

    def calls(self, lines: list[str]) -> None:
        """Show HTTP calls, one per line."""
        count = f"{len(lines)} HTTP call{'' if len(lines) == 1 else 's'}"
        self._print(f"\n{count}{':' if lines else ''}")
        for line in lines:
            self._print(f"  {line}")

    def held(self, expectation: str) -> None:
        """Show an expectation that was checked and held."""
        self._print(f"ok: {expectation}", _GREEN)

    def failed(self, text: str) -> None:
        """Show why the demo stops."""
        self._print(f"\nFAILED: {text}", _RED)

    def _print(self, text: str, colour: str | None = None) -> None:
        shown = f"\033[{colour}m{text}\033[0m" if self._colour and colour and text else text
        print(shown, file=self._stream, flush=True)
