"""New rows at the end of a table in CSV, one line for each number. Pure.

Written as JSON are the attributes, and a text that would not come back as it was otherwise: an
empty one, one with a line break or with spaces around it, one that begins like JSON. So is one that
a spreadsheet would take for a formula, reckon, and save as something else.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from carrierx_provider.number_table.csv_table import BEGINS_JSON, LABEL, columns_of
from carrierx_provider.number_table.table_mistake import TableError, TableMistake

if TYPE_CHECKING:
    from collections.abc import Mapping

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

FORMULAS = ("=", "+", "-", "@")
"""How a cell begins that a spreadsheet reckons. Of ``phonenumber`` it leaves the digits."""

NOT_APPENDABLE = "cannot be made longer at its end: its rows must be CSV below a line of columns"


def appended(text: str, rows: Mapping[str, Mapping[str, Any]], file: str) -> str:
    """The text with the rows behind it, by the columns that it has.

    :raises TableError: a row needs a column that the first line does not name.
    """
    columns, delimiter = columns_of(text)
    line_end = "\r\n" if "\r\n" in text else "\n"
    added = io.StringIO()
    writer = csv.writer(added, delimiter=delimiter, lineterminator=line_end)
    if not columns:
        columns = list(COLUMNS)
        writer.writerow(columns)
    for label, fields in rows.items():
        row = {LABEL: label, **fields, "capabilities": " ".join(fields["capabilities"])}
        missing = [column for column in row if column not in columns]
        if missing:
            reason = (
                f"has no column {missing[0]}, which {fields['phonenumber']} needs: add it at the "
                "end of the first line"
            )
            raise TableError([TableMistake(file, reason, line=1)])
        writer.writerow([_cell(column, row[column]) if column in row else "" for column in columns])
    ended = text if not text or text.endswith("\n") else f"{text}{line_end}"
    return ended + added.getvalue()


def _cell(column: str, value: object) -> str:
    if not isinstance(value, str):
        return _json(value)
    plain = (
        value.isprintable()
        and value == value.strip()
        and value
        and not value.startswith(BEGINS_JSON)
        and (column == "phonenumber" or not value.startswith(FORMULAS))
    )
    return value if plain else _json(value)


def _json(value: object) -> str:
    written = json.dumps(value, ensure_ascii=False)
    # What does not print might be lost on its way through an editor or a spreadsheet.
    return written if written.isprintable() else json.dumps(value)
