"""A table in CSV (RFC 4180), one line for each number. Pure.

The first line names the columns; an empty cell states nothing; ``capabilities`` has spaces between
its names. A cell that begins with a quotation mark or a brace is JSON: so are the attributes, and
so is a text that would otherwise not come back as it was, such as an empty one, one with a line
break, or one that begins like that itself.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from carrierx_provider.adopt.table_error import TableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LABEL = "label"

COLUMNS = (
    LABEL,
    "phonenumber",
    "capabilities",
    "name",
    "callback_url",
    "string_key_1",
    "string_key_2",
    "attributes",
    "account",
)
"""The columns of a new table."""

NOT_APPENDABLE = "cannot be made longer at its end: its rows must be CSV below a line of columns"

BEGINS_JSON = ('"', "{")


def read(text: str, file: str) -> dict[str, dict[str, Any]]:
    """The rows of the table.

    :raises TableError: it is no such table.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: dict[str, dict[str, Any]] = {}
    try:
        columns = next(reader, [])
        if columns and not {LABEL, "phonenumber"} <= set(columns):
            raise TableError(f"{file}:1: needs the columns {LABEL} and phonenumber")
        for cells in reader:
            filled = {
                column: _value(cell) for column, cell in zip(columns, cells, strict=False) if cell
            }
            if not filled:
                continue
            label = filled.pop(LABEL, None)
            if not isinstance(label, str) or label in rows or len(cells) > len(columns):
                raise TableError(
                    f"{file}:{reader.line_num}: needs a label of its own, and no more cells than "
                    "the first line has"
                )
            if isinstance(filled.get("capabilities"), str):
                filled["capabilities"] = filled["capabilities"].split()
            rows[label] = filled
    except (csv.Error, ValueError) as error:
        raise TableError(f"{file}:{reader.line_num}: is no CSV: {error}") from None
    return rows


def appended(text: str, rows: Mapping[str, Mapping[str, Any]], file: str) -> str:
    """The text with the rows behind it, by the columns that it has.

    :raises TableError: a row needs a column that the first line does not name.
    """
    columns: Sequence[str] = next(csv.reader(io.StringIO(text, newline="")), [])
    line_end = "\r\n" if "\r\n" in text else "\n"
    added = io.StringIO()
    writer = csv.writer(added, lineterminator=line_end)
    if not columns:
        columns = COLUMNS
        writer.writerow(columns)
    for label, fields in rows.items():
        row = {LABEL: label, **fields, "capabilities": " ".join(fields["capabilities"])}
        missing = [column for column in row if column not in columns]
        if missing:
            raise TableError(
                f"{file}:1: has no column {missing[0]}, which {fields['phonenumber']} needs: add "
                "it at the end of the first line"
            )
        writer.writerow([_cell(row[column]) if column in row else "" for column in columns])
    ended = text if not text or text.endswith("\n") else f"{text}{line_end}"
    return ended + added.getvalue()


def _cell(value: object) -> str:
    if not isinstance(value, str):
        return _json(value)
    plain = (
        value.isprintable()
        and value == value.strip()
        and value
        and not value.startswith(BEGINS_JSON)
    )
    return value if plain else _json(value)


def _json(value: object) -> str:
    written = json.dumps(value, ensure_ascii=False)
    # What does not print might be lost on its way through an editor or a spreadsheet.
    return written if written.isprintable() else json.dumps(value)


def _value(cell: str) -> Any:  # noqa: ANN401 -- a cell's text, or what its JSON says
    return json.loads(cell) if cell.startswith(BEGINS_JSON) else cell
