"""The table of numbers as text: read, and longer by new rows. Pure.

What stands in the text stays as it is, to the character: comments, order, a person's edits. New
rows come at its end, and are read back before anybody writes them to a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from carrierx_provider.core.json_merge import json_equal
from carrierx_provider.number_table.files import NO_FORMAT, format_of, numbers_in
from carrierx_provider.number_table.table import TableError, TableProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carrierx_provider.number_table.files import Format

Rows = dict[str, dict[str, Any]]
"""The fields of each number by its label, as ``ExternalDID`` takes them."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it stands in a file, and as the program reads it there."""

    file: str
    """Its name, whose ending says what it is."""
    text: str = field(repr=False)
    """Empty where there is no file yet."""
    rows: Rows = field(repr=False)


def table_of(text: str, file: str) -> Table:
    """Read a table; one that says nothing yet has no rows.

    :raises TableError: it cannot be read, or has mistakes, which would keep the program from it.
    """
    _format(file)
    read = numbers_in(text, file) if _says_something(text) else []
    return Table(file, text, {row.label: dict(row.fields) for row in read})


def with_rows(table: Table, rows: Mapping[str, Mapping[str, Any]]) -> Table:
    """The table with new rows at its end.

    :param rows: of new labels.
    :raises TableError: they cannot be added without a change of what is there.
    """
    written = _format(table.file)
    # A file of nothing but a mark or line ends is as good as a new one.
    begun = table.text if table.text.strip("\ufeff \t\r\n") else ""
    text = written.append(begun, rows, table.file)
    try:
        longer = table_of(text, table.file)
        reason = ""
    except TableError as error:
        longer, reason = table, f" ({error.mistakes[0]})"
    if not json_equal(longer.rows, {**table.rows, **rows}):
        raise TableError([TableProblem(table.file, f"{written.NOT_APPENDABLE}{reason}")])
    return longer


def _says_something(text: str) -> bool:
    lines = (line.strip() for line in text.removeprefix("\ufeff").splitlines())
    return any(line and not line.startswith("#") for line in lines)


def _format(file: str) -> Format:
    found = format_of(file)
    if found is None:
        raise TableError([TableProblem(file, f"{NO_FORMAT}: name the table so")])
    return found
