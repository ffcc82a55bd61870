"""Read a table from its file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from carrierx_provider.number_table.checked_table import checked_table
from carrierx_provider.number_table.csv_table import csv_table
from carrierx_provider.number_table.row import NumberRow
from carrierx_provider.number_table.table_mistake import TableError, TableMistake
from carrierx_provider.number_table.written_table import WrittenTable
from carrierx_provider.number_table.yaml_table import yaml_table

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

_FORMATS: Mapping[str, Callable[[str, str], WrittenTable]] = {
    ".csv": csv_table,
    ".yaml": yaml_table,
    ".yml": yaml_table,
}


def read_number_table(file: str | os.PathLike[str]) -> list[NumberRow]:
    """Every number of a table, in its order.

    :param file: CSV or YAML, by the end of its name; UTF-8.
    :raises TableError: it cannot be read, or has mistakes: every one, each with its line.
    """
    checked = checked_table(written_table(file))
    if checked.mistakes:
        raise TableError(checked.mistakes)
    return [
        NumberRow(
            file=str(row.written.file),
            line=row.written.line or 0,
            label=row.label,
            phonenumber=row.number[1],
            fields=row.written.fields,
        )
        for row in checked.rows
        # In a file each number is known.
        if row.number is not None
    ]


def written_table(file: str | os.PathLike[str]) -> WrittenTable:
    """What a table says, and what is wrong with its form; its fields are not checked."""
    path = Path(file)
    name = _name(path)
    kind = path.suffix.lower()
    if kind not in _FORMATS:
        return _unread(name, "is neither .csv nor .yaml: save it as one of them")
    try:
        # A spreadsheet may begin its UTF-8 with a mark.
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        return _unread(name, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        return _unread(name, "is not UTF-8: save it as UTF-8 (in Excel: CSV UTF-8)")
    return _FORMATS[kind](text, name)


def _unread(name: str, reason: str) -> WrittenTable:
    return WrittenTable([], [TableMistake(name, reason)])


def _name(path: Path) -> str:
    """The file, as a person who stands in the program's folder would name it."""
    folder = Path.cwd()
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
