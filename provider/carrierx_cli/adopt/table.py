"""The table of numbers as text, read and with new rows at its end; and its program. Pure.

The text stays as it is, to the character: comments, order, a person's edits. New rows are appended,
and the result is read back before it is written to a file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from carrierx_provider.core.json_merge import json_equal
from carrierx_provider.number_table import files
from carrierx_provider.number_table.table import TableError, TableProblem
from carrierx_provider.pulumi_files.urn import StackRef

Rows = dict[str, dict[str, Any]]
"""The fields of each number by its label, as ``ExternalDID`` takes them."""

POOL_NAME = "numbers"
"""The name of the program's ``NumberPool``."""

_PROGRAM = '''\
"""Declares every number of the table."""

{imports}import pulumi_carrierx as carrierx

carrierx.NumberPool("{pool}", table={path})
'''


@dataclass(frozen=True, slots=True)
class Table:
    """A table as its file has it, and as the program reads it there."""

    file: str
    form: files.Format = field(repr=False)
    text: str = field(repr=False)
    """Empty where there is no file yet."""
    rows: Rows = field(repr=False)
    labels: Mapping[tuple[str | None, str], str] = field(default_factory=dict, repr=False)
    """By account and number; None is the default account."""


def read_table(text: str, file: str) -> Table:
    """Read a table, which may have no rows yet.

    Raises:
        TableError: It cannot be read, or has mistakes, which would keep the program from it.
    """
    form = files.format_of(file)
    if form is None:
        reason = f"{files.NO_FORMAT}: give it one of these endings"
        raise TableError([TableProblem(file, reason)])
    read = files.numbers_of(files.parse_table(text, file), allow_empty=True)
    return Table(
        file,
        form,
        text,
        rows={row.label: dict(row.fields) for row in read},
        labels={(row.fields.get("account"), row.phonenumber): row.label for row in read},
    )


def with_rows(table: Table, rows: Mapping[str, Mapping[str, Any]]) -> Table:
    """The table with rows of new labels at its end.

    Raises:
        TableError: They cannot be appended without a change of what is there.
    """
    # A file of nothing but a byte order mark or line ends is treated as a new file.
    begun = table.text if table.text.strip("\ufeff \t\r\n") else ""
    text = table.form.append(begun, rows, table.file)
    try:
        longer = read_table(text, table.file)
        reason = ""
    except TableError as error:
        longer, reason = table, f" ({error.mistakes[0]})"
    if not json_equal(longer.rows, {**table.rows, **rows}):
        raise TableError([TableProblem(table.file, f"{table.form.NOT_APPENDABLE}{reason}")])
    return longer


def program_for(table: str, stack: StackRef) -> str:
    """The text of ``__main__.py`` for a table's path.

    If the path contains the stack's name, as ``numbers.dev.yaml`` does, each stack of the project
    reads its own table.
    """
    path, imports = json.dumps(table, ensure_ascii=False), ""
    named = f".{stack.stack}."
    if named in table:
        escaped = path.replace("{", "{{").replace("}", "}}")
        path = f"f{escaped.replace(named, '.{pulumi.get_stack()}.', 1)}"
        imports = "import pulumi\n"
    return _PROGRAM.format(imports=imports, pool=POOL_NAME, path=path)
