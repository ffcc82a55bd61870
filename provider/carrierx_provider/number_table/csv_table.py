"""A table in CSV, RFC 4180: the first line names the columns.

An empty cell states nothing; ``capabilities`` has spaces or commas between its names; a column
``attributes.team`` is the key ``team`` of ``attributes``; ``label`` names the number in its stack.
Between cells there are commas, or the semicolons that spreadsheets write where numbers have a
decimal comma.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from carrierx_provider.external_did.inputs import STATED_FIELDS
from carrierx_provider.number_table.row import WrittenRow
from carrierx_provider.number_table.table_mistake import TableMistake
from carrierx_provider.number_table.written_table import WrittenTable
from carrierx_provider.shown_text import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LABEL = "label"
"""The column with a number's name in its stack; without it, the number's digits are its name."""

ATTRIBUTES = "attributes."

COLUMNS = (LABEL, *(name for name in STATED_FIELDS if name != "attributes"))
"""The columns that a table may have, beside ``attributes.…``."""

DELIMITERS = {",": "comma", ";": "semicolon"}

_WORDS = {"unexpected end of data": "the quotation mark that a cell begins with has no other"}

_FLAGS = {"true": True, "false": False}


def csv_table(text: str, file: str) -> WrittenTable:
    """The rows of a table in CSV, and every mistake of its form."""
    table = WrittenTable()
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        columns = [cell.strip() for cell in next(reader, [])]
        table.mistakes.extend(TableMistake(file, reason, line=1) for reason in _in_columns(columns))
        if table.mistakes:
            return table
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) > len(columns):
                reason = (
                    f"has {len(cells)} cells, and the first line names {len(columns)} columns: "
                    f"quote a cell that holds a {DELIMITERS[delimiter]}"
                )
                table.mistakes.append(TableMistake(file, reason, line=line))
            elif filled := _filled(columns, cells):
                table.rows.append(WrittenRow(file, line, filled.pop(LABEL, None), _fields(filled)))
            line = reader.line_num + 1
    except csv.Error as error:
        reason = f"is no CSV: {_WORDS.get(str(error), error)}"
        table.mistakes.append(TableMistake(file, reason, line=reader.line_num))
    return table


def _delimiter(text: str) -> str:
    """What stands between the names of the columns; none of them holds the other."""
    first = text.partition("\n")[0]
    return ";" if ";" in first and "," not in first else ","


def _in_columns(columns: Sequence[str]) -> list[str]:
    if "phonenumber" not in columns:
        reason = (
            "has no column phonenumber: the first line names the columns, in small letters, with "
            "commas or semicolons between them"
        )
        return [reason]
    known = f"the columns are {', '.join(COLUMNS)} and {ATTRIBUTES}KEY"
    wrong = [
        f"{quoted(column)} is no column: {known}"
        for column in dict.fromkeys(columns)
        if column not in COLUMNS and column.removeprefix(ATTRIBUTES) in {column, ""}
    ]
    twice = [column for column in dict.fromkeys(columns) if columns.count(column) > 1]
    return [*wrong, *(f"has the column {quoted(column)} twice" for column in twice)]


def _filled(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """What is not empty: an empty cell states nothing, and a row of nothing else is none."""
    return {
        column: cell.strip() for column, cell in zip(columns, cells, strict=False) if cell.strip()
    }


def _fields(filled: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for column, cell in filled.items():
        if column.startswith(ATTRIBUTES):
            fields.setdefault("attributes", {})[column.removeprefix(ATTRIBUTES)] = cell
        elif column == "capabilities":
            fields[column] = int(cell) if cell.isdecimal() else cell.replace(",", " ").split()
        elif column == "adopt_existing":
            fields[column] = _FLAGS.get(cell, cell)
        else:
            fields[column] = cell
    return fields
