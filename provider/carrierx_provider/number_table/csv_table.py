"""A table in CSV, RFC 4180: the first line names the columns.

An empty cell states nothing; ``capabilities`` has spaces or commas between its names; a column
``attributes.team`` is the key ``team`` of ``attributes``; ``label`` names the number in its stack.
Between cells there are commas, or the semicolons that spreadsheets write where numbers have a
decimal comma.

A cell that begins with a quotation mark or a brace is JSON: so is what ``attributes`` holds as a
whole, and so can a text be written that a cell cannot hold otherwise, such as an empty one.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from carrierx_provider.core.text import quote
from carrierx_provider.external_did.inputs import INPUT_FIELDS
from carrierx_provider.number_table.row import WrittenRow
from carrierx_provider.number_table.table_mistake import TableMistake
from carrierx_provider.number_table.written_table import WrittenTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LABEL = "label"
"""The column with a number's name in its stack; without it, the number's digits are its name."""

ATTRIBUTES = "attributes"

KEY_OF = f"{ATTRIBUTES}."
"""What a column of one key of the attributes begins with."""

COLUMNS = (LABEL, *INPUT_FIELDS)
"""The columns that a table may have, beside ``attributes.…``."""

DELIMITERS = {",": "comma", ";": "semicolon"}

_WORDS = {"unexpected end of data": "the quotation mark that a cell begins with has no other"}

BEGINS_JSON = ('"', "{")

_FLAGS = {"true": True, "false": False}


def csv_table(text: str, file: str) -> WrittenTable:
    """The rows of a table in CSV, and every mistake of its form."""
    table = WrittenTable()
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        columns = _columns(reader)
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
                _put_row(table, file, line, filled)
            line = reader.line_num + 1
    except csv.Error as error:
        reason = f"is no CSV: {_WORDS.get(str(error), error)}"
        table.mistakes.append(TableMistake(file, reason, line=reader.line_num))
    return table


def _delimiter(text: str) -> str:
    """What stands between the names of the columns; none of them holds the other."""
    first = text.partition("\n")[0]
    return ";" if ";" in first and "," not in first else ","


def columns_of(text: str) -> tuple[list[str], str]:
    """The columns that the first line names, and what is between them.

    There are none in a text that begins with no CSV.
    """
    delimiter = _delimiter(text)
    # A spreadsheet may have begun with a mark.
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
    try:
        return _columns(csv.reader(lines, delimiter=delimiter)), delimiter
    except csv.Error:
        return [], delimiter


def _columns(reader: Iterator[list[str]]) -> list[str]:
    return [cell.strip() for cell in next(reader, [])]


def _in_columns(columns: Sequence[str]) -> list[str]:
    if "phonenumber" not in columns:
        reason = (
            "has no column phonenumber: the first line names the columns, in small letters, with "
            "commas or semicolons between them"
        )
        return [reason]
    known = f"the columns are {', '.join(COLUMNS)} and {KEY_OF}KEY"
    wrong = [
        f"{quote(column)} is no column: {known}"
        for column in dict.fromkeys(columns)
        if column not in COLUMNS and column.removeprefix(KEY_OF) in {column, ""}
    ]
    twice = [column for column in dict.fromkeys(columns) if columns.count(column) > 1]
    return [*wrong, *(f"has the column {quote(column)} twice" for column in twice)]


def _filled(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """What is not empty: an empty cell states nothing, and a row of nothing else is none."""
    return {
        column: cell.strip() for column, cell in zip(columns, cells, strict=False) if cell.strip()
    }


def _put_row(table: WrittenTable, file: str, line: int, filled: Mapping[str, str]) -> None:
    values: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    for column, cell in filled.items():
        try:
            values[column] = _value(column, cell)
        except _NoJsonError as error:
            wrong.append((column, str(error)))
            # The other fields of the row are checked all the same.
            if column != ATTRIBUTES:
                values[column] = cell
    label = values.pop(LABEL, None)
    if label is not None and not isinstance(label, str):
        wrong.append((LABEL, "must be a string of printable characters"))
        label = None
    keys = {name: values.pop(name) for name in tuple(values) if name.startswith(KEY_OF)}
    if keys:
        whole = values.get(ATTRIBUTES, {})
        of_keys = {name.removeprefix(KEY_OF): value for name, value in keys.items()}
        if isinstance(whole, dict):
            values[ATTRIBUTES] = {**whole, **of_keys}
            reason = f"is in the column {ATTRIBUTES} too: take one of them out"
            wrong += [(f"{KEY_OF}{key}", reason) for key in of_keys if key in whole]
    table.mistakes.extend(TableMistake(file, reason, line, label, name) for name, reason in wrong)
    table.rows.append(WrittenRow(file, line, label, values))


class _NoJsonError(Exception):
    """What begins as JSON and is none; why."""


def _value(column: str, cell: str) -> object:
    value = _json(cell) if cell.startswith(BEGINS_JSON) else cell
    if not isinstance(value, str):
        return value
    if column == "capabilities":
        return int(value) if value.isdecimal() else value.replace(",", " ").split()
    return _FLAGS.get(value, value) if column == "adopt_existing" else value


def _json(cell: str) -> object:
    try:
        return json.loads(cell, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        what = f"{error.msg} (character {error.pos + 1})"
    except RecursionError:
        what = "it is nested too deeply"
    except ValueError as error:
        # A key twice, or an integer that is longer than Python reads.
        what = str(error)
    raise _NoJsonError(
        f'is no JSON: {what}: a cell that begins with " or {{ is read as JSON, in which a text is '
        "written in quotation marks"
    )


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"it has the key {quote(twice)} twice")
    return found
