"""A table in CSV, RFC 4180: the first line names the columns.

An empty cell declares nothing. ``capabilities`` has spaces or commas between its names. A column
``attributes.team`` is the key ``team`` of ``attributes``. ``label`` names the number in its stack.
Cells are separated by commas, or by semicolons, which spreadsheets write where numbers have a
decimal comma. A line ``sep=;`` before the first one, which Excel reads and some exports write, says
what separates them.

A cell that begins with a quotation mark or a brace is JSON. This is how ``attributes`` is written
as a whole, and a text that a cell cannot hold otherwise, such as an empty one.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from carrierx_provider.core.text import quote
from carrierx_provider.external_did.schema import ADOPTED_FIELDS, INPUT_FIELDS
from carrierx_provider.number_table.table import (
    MOST_DIGITS,
    Row,
    Table,
    TableError,
    TableProblem,
)

LABEL = "label"
"""The column of the number's name in its stack; by default its digits are its name."""

ATTRIBUTES = "attributes"

KEY_OF = f"{ATTRIBUTES}."
"""How a column of a single attribute begins."""

COLUMNS = (LABEL, *INPUT_FIELDS)
"""The columns that a table may have, besides ``attributes.…``."""

NEW_COLUMNS = (LABEL, *ADOPTED_FIELDS)
"""The columns of a new table, in a person's order; those that no program can adopt are left out."""

_CSV_ERRORS = {"unexpected end of data": "a quoted cell has no closing quotation mark"}

BEGINS_JSON = ('"', "{")

_FLAGS = {"true": True, "false": False}
"""In lower case: spreadsheets write ``TRUE``."""

_NAMES = {",": "comma", ";": "semicolon"}

_SEPARATOR = re.compile(r'"?sep=([^"\r\n])"?((?:[,;]|\1)*)\r?(?:\n|$)', re.IGNORECASE)
"""A first line ``sep=;``. A program that saves it as a cell adds the separators of other cells."""

_WHOLE = re.compile(r"(\+?[0-9]+)[.,]0+")
"""A whole number in a column with decimals, in either notation."""

_SHORTENED = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?E\+[0-9]+", re.IGNORECASE)
"""How spreadsheets write a number that is too long for its cell: a few digits and an exponent."""

FORMULAS = ("=", "+", "-", "@")
"""How a cell begins that a spreadsheet computes. In ``phonenumber`` the digits survive that."""

TEMPLATES: tuple[str, ...] = ()

NOT_APPENDABLE = "cannot append rows: the file must be CSV with a header line"


def parse(text: str, file: str) -> Table:
    """The rows of a table in CSV, and every problem with its form."""
    table = Table(file)
    if not _SEPARATOR.sub("", text, count=1).strip():
        return table
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        columns = _columns(reader, text)
        line = reader.line_num
        wrong = _column_problems(columns)
        table.problems.extend(TableProblem(file, reason, line) for reason in wrong)
        if wrong:
            return table
        line += 1
        for cells in map(_without_empty_end, reader):
            if len(cells) > len(columns):
                reason = (
                    f"has {len(cells)} cells, and the header names {len(columns)} columns: "
                    f"quote a cell that holds a {_NAMES.get(delimiter, 'separator')}, or name its "
                    "column"
                )
                table.problems.append(TableProblem(file, reason, line=line))
            else:
                _put_row(table, file, line, dict(zip(columns, cells, strict=False)))
            line = reader.line_num + 1
    except csv.Error as error:
        reason = f"is not valid CSV: {_CSV_ERRORS.get(str(error), error)}"
        table.problems.append(TableProblem(file, reason, line=reader.line_num))
    return table


def append(text: str, rows: Mapping[str, Mapping[str, Any]], file: str) -> str:
    """The text with rows added at its end, in the columns that it has.

    JSON is written for attributes, and for a text that would be read differently otherwise: an
    empty one, one with a line break or with spaces around it, one that begins like JSON, one that
    looks like a number without its last digits, and one that a spreadsheet would compute as a
    formula and save as something else.

    Raises:
        TableError: a row needs a column that the header does not name.
    """
    # A spreadsheet may begin its UTF-8 with a byte order mark.
    before = text.removeprefix("\ufeff")
    delimiter = _delimiter(before)
    columns: list[str] = []
    line = 0
    with suppress(csv.Error):  # reading the table again says what is wrong with its header
        reader = csv.reader(io.StringIO(before, newline=""), delimiter=delimiter)
        columns = _columns(reader, before)
        line = reader.line_num
    line_end = "\r\n" if "\r\n" in text else "\n"
    added = io.StringIO()
    writer = csv.writer(added, delimiter=delimiter, lineterminator=line_end)
    if not columns:
        columns = list(NEW_COLUMNS)
        writer.writerow(columns)
    for label, fields in rows.items():
        row = {LABEL: label, **fields, "capabilities": " ".join(fields["capabilities"])}
        missing = [column for column in row if column not in columns]
        if missing:
            reason = (
                f"has no column {missing[0]}, which {fields['phonenumber']} needs: add it at the "
                "end of the header"
            )
            raise TableError([TableProblem(file, reason, line)])
        writer.writerow([_cell(column, row[column]) if column in row else "" for column in columns])
    ended = text if not text or text.endswith("\n") else f"{text}{line_end}"
    return ended + added.getvalue()


def _cell(column: str, value: object) -> str:
    if (
        isinstance(value, str)
        and value
        and value.isprintable()
        and value == value.strip()
        and not value.startswith(BEGINS_JSON)
        and not _SHORTENED.fullmatch(value)
        and (column == "phonenumber" or not value.startswith(FORMULAS))
    ):
        return value
    written = json.dumps(value, ensure_ascii=False)
    # An editor or a spreadsheet might lose characters that do not print.
    return written if written.isprintable() else json.dumps(value)


def _delimiter(text: str) -> str:
    """What separates the columns' names; no name contains either character."""
    declared = _SEPARATOR.match(text)
    if declared and not declared[2].strip(declared[1]):
        return declared[1]
    header = text[declared.end() if declared else 0 :].partition("\n")[0]
    return ";" if ";" in header and "," not in header else ","


def _columns(reader: Iterator[list[str]], text: str) -> list[str]:
    if _SEPARATOR.match(text):
        next(reader)
    return _without_empty_end([cell.strip() for cell in next(reader, [])])


def _without_empty_end(cells: list[str]) -> list[str]:
    """The cells up to the last that is not empty: a spreadsheet writes each column it ever had."""
    filled = [place for place, cell in enumerate(cells, start=1) if cell.strip()]
    return cells[: max(filled, default=0)]


def _column_problems(columns: Sequence[str]) -> list[str]:
    if "phonenumber" not in columns:
        reason = (
            "has no column phonenumber: the header names the columns, in lower case, separated by "
            "commas or semicolons, or by what sep= names"
        )
        return [reason]
    known = f"the columns are {', '.join(COLUMNS)} and {KEY_OF}KEY"
    wrong = [
        f"{quote(column)} is not a column: {known}"
        for column in dict.fromkeys(columns)
        if column not in COLUMNS and column.removeprefix(KEY_OF) in {column, ""}
    ]
    twice = [column for column in dict.fromkeys(columns) if columns.count(column) > 1]
    return [*wrong, *(f"has the column {quote(column)} twice" for column in twice)]


def _put_row(table: Table, file: str, line: int, cells: Mapping[str, str]) -> None:
    """Add the row with its cells that are not empty; one without any is skipped."""
    filled = {column: cell.strip() for column, cell in cells.items() if cell.strip()}
    if not filled:
        return
    values: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    for column, cell in filled.items():
        try:
            values[column] = _value(column, cell)
        except ValueError as error:
            wrong.append((column, str(error)))
            # Keep the cell, so that the other fields of the row are checked too.
            if column != ATTRIBUTES:
                values[column] = cell
    label = values.pop(LABEL, None)
    if label is not None and not isinstance(label, str):
        wrong.append((LABEL, "must be a string of printable characters"))
        label = None
    keys = [name for name in values if name.startswith(KEY_OF)]
    of_keys = {name.removeprefix(KEY_OF): values.pop(name) for name in keys}
    whole = values.get(ATTRIBUTES, {})
    if of_keys and isinstance(whole, dict):
        values[ATTRIBUTES] = {**whole, **of_keys}
        reason = f"is also in the column {ATTRIBUTES}: remove one of them"
        wrong += [(f"{KEY_OF}{key}", reason) for key in of_keys if key in whole]
    table.problems.extend(TableProblem(file, reason, line, label, name) for name, reason in wrong)
    table.rows.append(Row(file, line, label, values, unread={name for name, _ in wrong}))


def _value(column: str, cell: str) -> object:
    if _SHORTENED.fullmatch(cell):
        raise ValueError(
            "is a number without its last digits, as spreadsheets write a long one (4.67E+10): "
            "give the column the format Text, then enter the value again"
        )
    value = _json(cell) if cell.startswith(BEGINS_JSON) else cell
    if not isinstance(value, str):
        return value
    whole = _WHOLE.fullmatch(value)
    if whole and column in {"phonenumber", "capabilities"}:
        value = whole[1]
    if column == "capabilities":
        is_integer = value.isdecimal() and len(value) <= MOST_DIGITS
        return int(value) if is_integer else value.replace(",", " ").split()
    return _FLAGS.get(value.lower(), value) if column == "adopt_existing" else value


def _json(cell: str) -> object:
    try:
        return json.loads(cell, object_pairs_hook=_object, parse_int=_integer)
    except json.JSONDecodeError as error:
        what = f"{error.msg} (character {error.pos + 1})"
    except RecursionError:
        what = "it is nested too deeply"
    except ValueError as error:
        # A key twice, or an integer with too many digits.
        what = str(error)
    raise ValueError(
        f'is not valid JSON: {what}: a cell that begins with " or {{ is read as JSON, in which '
        "text needs quotation marks"
    )


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError("it has an integer with too many digits")
    return int(digits)


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"it has the key {quote(twice)} twice")
    return found
