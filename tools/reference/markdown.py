"""Markdown: what a docstring says, tables, and lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def words(text: str) -> str:
    """A docstring's text: its double backticks become single ones."""
    return text.replace("``", "`")


def code(text: str) -> str:
    """A name or a value."""
    return f"`{text}`"


def sources(named: Sequence[str]) -> list[str]:
    """The line that names the pages of CarrierX's documentation; none where no page is named."""
    return [f"Source: {words('; '.join(named))}."] if named else []


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, a line for each row."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def entries(named: Iterable[tuple[str, str]]) -> str:
    """A list, an entry for each name: a table of so many words is wider than a phone."""
    return "\n".join(f"- {name}: {text}" for name, text in named)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
