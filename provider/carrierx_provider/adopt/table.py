"""The table of numbers as text: read, and longer by new rows. Pure.

What stands in the text stays as it is, to the character: comments, order, a person's edits. New
rows come at its end, and are read back before anybody writes them to a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carrierx_provider.adopt import csv_table, yaml_table
from carrierx_provider.adopt.table_error import TableError
from carrierx_provider.nested import json_equal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

Rows = dict[str, dict[str, Any]]
"""The fields of each number by its label, as ``ExternalDID`` takes them."""

_FORMATS: Mapping[str, ModuleType] = {
    ".csv": csv_table,
    ".yaml": yaml_table,
    ".yml": yaml_table,
}

SUFFIXES = tuple(_FORMATS)


def rows_of(text: str, file: str) -> Rows:
    """The rows of a table; none of an empty text.

    :param file: the table's name, whose ending says what it is.
    :raises TableError: it cannot be read; one line.
    """
    rows: Rows = _format(file).read(text, file)
    return rows


def with_rows(text: str, rows: Mapping[str, Mapping[str, Any]], file: str) -> str:
    """The table with new rows at its end.

    :param text: the table until now; empty for a new one.
    :param rows: of new labels.
    :raises TableError: they cannot be added without a change of what is there; one line.
    """
    before = rows_of(text, file)
    longer: str = _format(file).appended(text, rows, file)
    try:
        reads_back = json_equal(rows_of(longer, file), {**before, **rows})
        reason = ""
    except TableError as error:
        reads_back, reason = False, f" ({error})"
    if not reads_back:
        raise TableError(f"{file}: {_format(file).NOT_APPENDABLE}{reason}")
    return longer


def _format(file: str) -> ModuleType:
    for suffix, module in _FORMATS.items():
        if file.endswith(suffix):
            return module
    raise TableError(f"{file}: is neither .csv nor .yaml: name the table so")
