"""A table of numbers, as CSV or as YAML; each row knows its line, for what is wrong with it.

CSV: the first line names the columns. An empty cell states nothing; ``capabilities`` has spaces
between its names; a column ``attributes.team`` is the key ``team`` of ``attributes``. YAML: a label
for each number with its fields below, as in ../quickstart.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

LABEL = "label"
"""The column with a number's name in its stack; without it, the number's digits are its name."""

FIELDS = (
    "phonenumber",
    "capabilities",
    "underlying_carrier_sid",
    "name",
    "callback_url",
    "string_key_1",
    "string_key_2",
    "account",
)
"""The columns that a table may have, beside the label and ``attributes.…``."""

ATTRIBUTES = "attributes."


class TableError(Exception):
    """The table cannot be read, or has a number or a label twice; one line."""


@dataclass(frozen=True, slots=True)
class Row:
    """One number of the table."""

    line: int
    label: str
    """The resource's name in its stack. It stays, whatever else changes."""
    phonenumber: str
    """E.164 with its ``+``, however the table spells it."""
    fields: Mapping[str, Any]
    """What ``carrierx.ExternalDID`` takes, ``phonenumber`` among it."""


def read_table(file: Path) -> list[Row]:
    """Every number of the table, in its order.

    :raises TableError: it is not to be read, or a number or a label is in it twice.
    """
    readers = {".csv": _csv_rows, ".yaml": _yaml_rows, ".yml": _yaml_rows}
    if file.suffix not in readers:
        message = f"{file.name}: is neither .csv nor .yaml"
        raise TableError(message)
    try:
        # A spreadsheet may begin its UTF-8 with a mark.
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"{file.name}: cannot be read: {error.strerror}"
        raise TableError(message) from None
    except UnicodeDecodeError:
        message = f"{file.name}: is not UTF-8: save it as UTF-8"
        raise TableError(message) from None
    return list(_each_once(readers[file.suffix](text, file.name), file.name))


def e164(written: object) -> str | None:
    """The number's one spelling, with its ``+``; None if it is no E.164 number."""
    text = str(written) if isinstance(written, (str, int)) else ""
    digits = text.removeprefix("+")
    return f"+{digits}" if re.fullmatch(r"[1-9][0-9]{6,14}", digits) else None


def _each_once(rows: Iterable[Row], file: str) -> Iterator[Row]:
    numbers: dict[str, int] = {}
    labels: dict[str, int] = {}
    for row in rows:
        if row.phonenumber in numbers:
            message = (
                f"{file}:{row.line}: {row.phonenumber} is in line {numbers[row.phonenumber]} "
                "already, and a number is registered once: take one of them out"
            )
            raise TableError(message)
        if row.label in labels:
            message = (
                f"{file}:{row.line}: the label {row.label} is in line {labels[row.label]} already: "
                "give each number its own"
            )
            raise TableError(message)
        numbers[row.phonenumber] = labels[row.label] = row.line
        yield row


def _row(line: int, label: str | None, fields: Mapping[str, Any], file: str) -> Row:
    written = fields.get("phonenumber")
    phonenumber = e164(written)
    if phonenumber is None:
        message = (
            f"{file}:{line}: phonenumber: {written!r} is not E.164: write the country code and the "
            "number in digits alone, such as +46700987654"
        )
        raise TableError(message)
    return Row(line, label or phonenumber.removeprefix("+"), phonenumber, fields)


def _csv_rows(text: str, file: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = _columns(next(reader, []), file)
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) > len(columns):
                message = (
                    f"{file}:{line}: has {len(cells)} cells, and the first line names "
                    f"{len(columns)} columns: quote a cell that holds a comma"
                )
                raise TableError(message)
            # An empty cell states nothing, and a row of nothing else is none.
            filled = {
                column: cell.strip()
                for column, cell in zip(columns, cells, strict=False)
                if cell.strip()
            }
            if filled:
                yield _row(line, filled.pop(LABEL, None), _fields(filled), file)
            line = reader.line_num + 1
    except csv.Error as error:
        message = f"{file}:{reader.line_num}: is no CSV: {error}"
        raise TableError(message) from None


def _columns(cells: list[str], file: str) -> list[str]:
    columns = [cell.strip() for cell in cells]
    if "phonenumber" not in columns:
        message = (
            f"{file}:1: has no column phonenumber: the first line names the columns, with commas "
            "between them"
        )
        raise TableError(message)
    for column in columns:
        known = column in {*FIELDS, LABEL} or column.removeprefix(ATTRIBUTES) not in {column, ""}
        if not known:
            message = (
                f"{file}:1: {column!r} is no column: the columns are {LABEL}, {', '.join(FIELDS)} "
                f"and {ATTRIBUTES}KEY"
            )
            raise TableError(message)
        if columns.count(column) > 1:
            message = f"{file}:1: has the column {column} twice"
            raise TableError(message)
    return columns


def _fields(filled: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for column, cell in filled.items():
        if column.startswith(ATTRIBUTES):
            fields.setdefault("attributes", {})[column.removeprefix(ATTRIBUTES)] = cell
        elif column == "capabilities":
            fields[column] = int(cell) if cell.isdecimal() else cell.split()
        else:
            fields[column] = cell
    return fields


def _yaml_rows(text: str, file: str) -> Iterator[Row]:
    loader = yaml.SafeLoader(text)
    try:
        table = loader.get_single_node()
        if not isinstance(table, yaml.MappingNode):
            message = f"{file}:1: must have a label for each number, with its fields below"
            raise TableError(message)
        for label, below in table.value:
            line = label.start_mark.line + 1
            fields = loader.construct_document(below)
            if not isinstance(fields, dict):
                message = f"{file}:{line}: {label.value} must have its fields below"
                raise TableError(message)
            yield _row(line, label.value, fields, file)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        message = f"{file}:{line}: is no YAML: {error.problem}"
        raise TableError(message) from None
    except yaml.YAMLError as error:
        message = f"{file}: is no YAML: {' '.join(str(error).split())}"
        raise TableError(message) from None
    finally:
        loader.dispose()
