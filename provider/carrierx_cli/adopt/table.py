"""The table of numbers as text: read, and with new rows at its end. Pure.

The text stays as it is, to the character: comments, order, a person's edits. New rows are appended,
and the result is read back before it is written to a file.

In CSV a number is one line. Attributes are written as JSON, and so is a text that would not come
back as it was: an empty one, one with a line break or with spaces around it, one that begins like
JSON, or one that a spreadsheet would take for a formula and save as something else.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from carrierx_provider.core.json_merge import json_equal
from carrierx_provider.number_table.csv_table import BEGINS_JSON, LABEL, columns_of
from carrierx_provider.number_table.read import NO_FORMAT, numbers_in
from carrierx_provider.number_table.table_mistake import TableError, TableMistake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Rows = dict[str, dict[str, Any]]
"""The fields of each number by its label, as ``ExternalDID`` takes them."""

ADOPTED_FIELDS = (
    "phonenumber",
    "capabilities",
    "name",
    "callback_url",
    "string_key_1",
    "string_key_2",
    "attributes",
    "account",
)
"""What a new row declares, in its order."""

FORMULAS = ("=", "+", "-", "@")
"""How a cell begins that a spreadsheet takes for a formula. Of ``phonenumber`` it keeps the digits.
"""

YAML_BEGINNING = """\
# Our numbers at CarrierX. The key is the number's label in Pulumi: keep it, whatever else changes.
"""

# libyaml is ten times as fast, and not everywhere.
_DUMPER: type[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as its file has it, and as the program reads it there."""

    file: str
    """Its name, whose ending gives the format."""
    text: str = field(repr=False)
    """Empty where there is no file yet."""
    rows: Rows = field(repr=False)


def read_table(text: str, file: str) -> Table:
    """Read a table; an empty one, or one of comments alone, has no rows.

    Raises:
        TableError: It cannot be read, or has mistakes, which would keep the program from it.
    """
    _format(file)
    lines = (line.strip() for line in text.removeprefix("\ufeff").splitlines())
    has_rows = any(line and not line.startswith("#") for line in lines)
    read = numbers_in(text, file) if has_rows else []
    return Table(file, text, {row.label: dict(row.fields) for row in read})


def with_rows(table: Table, rows: Mapping[str, Mapping[str, Any]]) -> Table:
    """The table with new rows at its end.

    Args:
        table: As it is.
        rows: Of new labels.

    Raises:
        TableError: They cannot be appended without a change of what is there.
    """
    form = _format(table.file)
    # A file of nothing but a byte order mark or line ends is as good as a new one.
    begun = table.text if table.text.strip("\ufeff \t\r\n") else ""
    text = form.append(begun, rows, table.file)
    try:
        longer = read_table(text, table.file)
        reason = ""
    except TableError as error:
        longer, reason = table, f" ({error.mistakes[0]})"
    if not json_equal(longer.rows, {**table.rows, **rows}):
        text = f"cannot append rows: {form.rule}{reason}"
        raise TableError([TableMistake(table.file, text)])
    return longer


class _Format(NamedTuple):
    append: Callable[[str, Mapping[str, Mapping[str, Any]], str], str]
    """The text with rows appended; the last argument is the file, for messages."""
    rule: str
    """What a table must be, so that rows can be appended."""


def _format(file: str) -> _Format:
    form = _FORMATS.get(PurePath(file).suffix.lower())
    if form is None:
        raise TableError([TableMistake(file, f"{NO_FORMAT}: give it one of these endings")])
    return form


def _append_csv(text: str, rows: Mapping[str, Mapping[str, Any]], file: str) -> str:
    columns, delimiter = columns_of(text)
    line_end = "\r\n" if "\r\n" in text else "\n"
    added = io.StringIO()
    writer = csv.writer(added, delimiter=delimiter, lineterminator=line_end)
    if not columns:
        columns = [LABEL, *ADOPTED_FIELDS]
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
    # What does not print might be lost in an editor or a spreadsheet.
    return written if written.isprintable() else json.dumps(value)


class _InOneLine(list[str]):
    """A list that is written in brackets."""


# Which of the two it is, only the installation knows.
class _Dumper(_DUMPER):  # type: ignore[misc]
    """Writes no anchors: a row is complete by itself."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 -- the dumper's own signature
        return True


_Dumper.add_representer(
    _InOneLine,
    lambda dumper, names: dumper.represent_sequence(
        "tag:yaml.org,2002:seq", names, flow_style=True
    ),
)


def _append_yaml(text: str, rows: Mapping[str, Mapping[str, Any]], _file: str) -> str:
    begun = text or YAML_BEGINNING
    ended = begun if begun.endswith("\n") else f"{begun}\n"
    return ended + "".join(f"\n{_yaml_row(label, fields)}" for label, fields in rows.items())


def _yaml_row(label: str, fields: Mapping[str, Any]) -> str:
    capabilities = {"capabilities": _InOneLine(fields["capabilities"])}
    written: str = yaml.dump(
        {label: {**fields, **capabilities}},
        Dumper=_Dumper,
        allow_unicode=True,
        default_flow_style=False,
        sort_keys=False,
        # Long texts stay in their line.
        width=2**31 - 1,
    )
    return written


_YAML = _Format(
    _append_yaml,
    "its labels must begin at the left margin, with their fields below, in one document",
)

_FORMATS: Mapping[str, _Format] = {
    ".csv": _Format(_append_csv, "the file must be CSV with a header line"),
    ".yaml": _YAML,
    ".yml": _YAML,
}
