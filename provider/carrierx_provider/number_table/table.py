"""A table of numbers as rows, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from carrierx_provider.core.text import printable, shorten

MOST_DIGITS = 1_000
"""Of an integer; Python reads none of more than 4,300 digits."""

Place: TypeAlias = tuple[int, str]
"""Where a field is written: its line, and the label that it is below, such as a template's."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, before its fields are checked."""

    file: str | None
    """The table's name, as messages show it; None for a row that a program has made."""
    line: int | None
    """Where the row begins, from 1."""
    label: str | None
    """None if the table gives none."""
    fields: Mapping[str, Any] = field(repr=False)
    places: Mapping[str, Place] = field(default_factory=dict, repr=False)
    """Those of fields that have one of their own, ``attributes.KEY`` among them."""
    unread: Container[str] = ()
    """Fields that already have a problem with their form; their values are not checked."""

    def problem(self, field: str, reason: str) -> TableProblem:
        """Something that is wrong with a field, at its place or that of the nearest one around."""
        holding = [
            known
            for known in self.places
            if field == known or field.startswith((f"{known}.", f"{known}["))
        ]
        line, label = self.line, self.label
        if holding:
            line, label = self.places[max(holding, key=len)]
        return TableProblem(self.file, reason, line, label, field)


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One number of a table that was read and checked."""

    file: str
    """The table's name, as messages show it."""
    line: int
    """Where the row begins, from 1."""
    label: str
    """The resource's name in its stack. It stays, whatever else changes."""
    phonenumber: str
    """E.164 with its ``+``, however the table spells it."""
    fields: Mapping[str, Any] = field(repr=False)
    """What ``ExternalDID`` takes, ``phonenumber`` among it."""


@dataclass(frozen=True, slots=True)
class TableProblem:
    """One problem; its text is one line, ``FILE:LINE: LABEL: FIELD: REASON``."""

    file: str | None
    """The table's name; None for rows that were not read from a file."""
    reason: str
    line: int | None = None
    label: str | None = None
    field: str | None = None

    def __str__(self) -> str:
        """The line, without the parts that are None."""
        line = "" if self.line is None else f":{self.line}"
        parts = [] if self.file is None else [f"{printable(self.file)}{line}"]
        parts += [shorten(self.label)] if self.label else []
        parts += [self.field] if self.field else []
        return ": ".join([*parts, self.reason])


class TableError(Exception):
    """A table cannot be used. Its text is one line for each mistake, every mistake at once."""

    def __init__(self, mistakes: Iterable[TableProblem]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)))


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one table, in its order, and the problems with its form."""

    name: str
    """What messages call it: its file, or the pool that has a program's rows."""
    rows: list[Row] = field(default_factory=list)
    problems: list[TableProblem] = field(default_factory=list)


def table_of_program(numbers: Mapping[str, object], name: str) -> Table:
    """A table that a program has made: the fields of each number by its label."""
    table = Table(name)
    for label, fields in numbers.items():
        if isinstance(fields, Mapping):
            named = {str(name): value for name, value in fields.items()}
            table.rows.append(Row(None, None, str(label), named))
        else:
            reason = "must be an object (a dict) of fields"
            table.problems.append(TableProblem(None, reason, label=str(label)))
    return table
