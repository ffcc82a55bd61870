"""Read a table from its file or from text, and append rows to its text.

The ending of the file's name gives the format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Protocol

from carrierx_provider.external_did.schema import e164
from carrierx_provider.number_table import csv_format, yaml_format
from carrierx_provider.number_table.check import check_table
from carrierx_provider.number_table.table import NumberRow, Table, TableError, TableProblem

if TYPE_CHECKING:
    import os


class Format(Protocol):
    """What each module of a format has."""

    NOT_APPENDABLE: str
    TEMPLATES: tuple[str, ...]
    """How the labels begin that no number can have."""

    def parse(self, text: str, file: str) -> Table:
        """Read the rows."""

    def append(self, text: str, rows: Mapping[str, Mapping[str, Any]], file: str) -> str:
        """Add rows at the end."""


_FORMATS: Mapping[str, Format] = {".csv": csv_format, ".yaml": yaml_format, ".yml": yaml_format}

NO_FORMAT = "is neither .csv nor .yaml"


def format_of(file: str) -> Format | None:
    """The format that the file's name gives; None for any other ending."""
    return _FORMATS.get(PurePath(file).suffix.lower())


def read_table(file: str | os.PathLike[str]) -> Table:
    """The rows of a file and the problems with its form; the fields are not checked."""
    path, folder = Path(file), Path.cwd()
    name = str(path.relative_to(folder) if path.is_relative_to(folder) else path)
    if format_of(name) is None:
        reason = f"{NO_FORMAT}: save it as one of them"
    else:
        try:
            return parse_table(path.read_text(encoding="utf-8"), name)
        except OSError as error:
            reason = f"cannot be read: {error.strerror}"
        except UnicodeDecodeError:
            reason = "is not UTF-8: save it as UTF-8 (in Excel: CSV UTF-8)"
    return Table(name, [], [TableProblem(name, reason)])


def parse_table(text: str, file: str) -> Table:
    """The table that ``read_table`` reads once the text is in ``file``."""
    # A spreadsheet may begin its UTF-8 with a byte order mark; line endings have no meaning here.
    text = re.sub("\r\n?", "\n", text.removeprefix("\ufeff"))
    return _FORMATS[PurePath(file).suffix.lower()].parse(text, file)


def numbers_of(table: Table, *, allow_empty: bool) -> list[NumberRow]:
    """Every number of a file's table, in its order; ``TableError`` lists every mistake in it."""
    checked = check_table(table, allow_empty=allow_empty)
    if checked.problems:
        raise TableError(checked.problems)
    return [
        NumberRow(str(row.file), row.line or 0, label, e164(row.fields["phonenumber"]), row.fields)
        for label, row in checked.rows.items()
    ]
