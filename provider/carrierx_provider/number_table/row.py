"""A number of a table: as it is written there, and once it is checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """What one row of a table says, before anybody has looked whether it is right."""

    file: str | None
    """The table's name, as messages have it; None for a row that a program has made."""
    line: int | None
    """Where the row begins, from 1."""
    label: str | None
    """None where the table gives none."""
    fields: Mapping[str, Any] = field(repr=False)
    lines: Mapping[str, int] = field(default_factory=dict, repr=False)
    """The lines of fields that have one of their own, ``attributes.KEY`` among them."""

    def line_of(self, name: str) -> int | None:
        """The line of a field, or of what holds it."""
        holding = [known for known in self.lines if name.startswith(known)]
        return self.lines[max(holding, key=len)] if holding else self.line


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One number of a table that was read and checked."""

    file: str
    """The table's name, as messages have it."""
    line: int
    """Where the row begins, from 1."""
    label: str
    """The resource's name in its stack. It stays, whatever else changes."""
    phonenumber: str
    """E.164 with its ``+``, however the table spells it."""
    fields: Mapping[str, Any] = field(repr=False)
    """What ``ExternalDID`` takes, ``phonenumber`` among it."""
