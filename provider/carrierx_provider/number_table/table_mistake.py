"""What is wrong with a table, each with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carrierx_provider.core.text import printable, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class TableMistake:
    """One mistake; its text is one line, ``FILE:LINE: LABEL: FIELD: REASON``."""

    file: str | None
    """The table's name; None for rows that were not read from a file."""
    reason: str
    line: int | None = None
    label: str | None = None
    field: str | None = None

    def __str__(self) -> str:
        """The line; what is not known is left out of it."""
        parts = [self._place] if self.file is not None else []
        parts += [shorten(self.label)] if self.label else []
        parts += [self.field] if self.field else []
        return ": ".join([*parts, self.reason])

    @property
    def _place(self) -> str:
        name = printable(self.file or "")
        return name if self.line is None else f"{name}:{self.line}"


class TableError(Exception):
    """A table cannot be used. Its text is one line for each mistake, every mistake at once."""

    def __init__(self, mistakes: Iterable[TableMistake]) -> None:
        """Keep the mistakes, in the order in which they stand in the table."""
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)))
