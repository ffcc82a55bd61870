"""Read a table from its file, or from the text that will be in it."""

from __future__ import annotations

import re
from pathlib import Path, PurePath
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

NO_FORMAT = "is neither .csv nor .yaml"


def read_number_table(file: str | os.PathLike[str]) -> list[NumberRow]:
    """Every number of a table, in its order.

    :param file: CSV or YAML, by the end of its name; UTF-8.
    :raises TableError: it cannot be read, or has mistakes: every one, each with its line.
    """
    return _numbers(written_table(file))


def numbers_in(text: str, file: str) -> list[NumberRow]:
    """Every number of a table, as ``read_number_table`` reads it once the text is in the file.

    :param file: the table's name, which ends in .csv, .yaml or .yml.
    :raises TableError: as ``read_number_table`` does.
    """
    return _numbers(_table_in(text, file))


def written_table(file: str | os.PathLike[str]) -> WrittenTable:
    """What a table says, and what is wrong with its form; its fields are not checked."""
    path = Path(file)
    name = _name(path)
    if path.suffix.lower() not in _FORMATS:
        return _unread(name, f"{NO_FORMAT}: save it as one of them")
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        return _unread(name, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        return _unread(name, "is not UTF-8: save it as UTF-8 (in Excel: CSV UTF-8)")
    return _table_in(text, name)


def _table_in(text: str, file: str) -> WrittenTable:
    table = _FORMATS[PurePath(file).suffix.lower()]
    # A spreadsheet may begin its UTF-8 with a mark, and no text depends on how lines end here.
    return table(re.sub("\r\n?", "\n", text.removeprefix("\ufeff")), file)


def _numbers(table: WrittenTable) -> list[NumberRow]:
    checked = checked_table(table)
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


def _unread(name: str, reason: str) -> WrittenTable:
    return WrittenTable([], [TableMistake(name, reason)])


def _name(path: Path) -> str:
    """The file, as a person who stands in the program's folder would name it."""
    folder = Path.cwd()
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
