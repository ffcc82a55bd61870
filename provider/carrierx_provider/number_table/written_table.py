"""A table as rows, and what kept parts of it from being one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from carrierx_provider.number_table.row import WrittenRow
from carrierx_provider.number_table.table_mistake import TableMistake

NO_FIELDS = "must have its fields below"


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """The rows of one table, in its order, and the mistakes in its form."""

    rows: list[WrittenRow] = field(default_factory=list)
    mistakes: list[TableMistake] = field(default_factory=list)


def table_of(numbers: Mapping[str, object]) -> WrittenTable:
    """A table that a program has made: the fields of each number by its label."""
    table = WrittenTable()
    for label, fields in numbers.items():
        if isinstance(fields, Mapping):
            named = {str(name): value for name, value in fields.items()}
            table.rows.append(WrittenRow(None, None, str(label), named))
        else:
            table.mistakes.append(TableMistake(None, NO_FIELDS, label=str(label)))
    return table
