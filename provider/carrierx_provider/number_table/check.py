"""Check a whole table: every problem at once, with the rules of each External DID.

A number can be registered only once, however it is spelled: it is a mistake to have it twice in a
table, or in two tables of a project.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from carrierx_provider.core.resource import IsUnknown, is_unknown
from carrierx_provider.core.text import printable, shorten
from carrierx_provider.external_did.inputs import Number, check_declared, check_inputs, number_of
from carrierx_provider.external_did.schema import INPUT_FIELDS
from carrierx_provider.number_table.table import TableProblem

if TYPE_CHECKING:
    from carrierx_provider.number_table.table import Row, Table

NO_ROWS = (
    "has no rows, so the next up would release every number that it had: restore its rows, or pass "
    "allow_empty=True if that is intended"
)

ONCE = "and a number can be registered only once: remove one of them"


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """The valid rows by label, in the table's order, and every problem, in that of the lines."""

    rows: dict[str, Row]
    problems: list[TableProblem]


def check_table(
    table: Table,
    others: Sequence[Table] = (),
    is_unknown: IsUnknown = is_unknown,
    ownership: Mapping[str, str] | None = None,
    *,
    allow_empty: bool = False,
) -> CheckedTable:
    """Check every row, by itself and against all others.

    Args:
        others: tables of the project's other stacks, whose numbers must not be in this table.
            Their other problems are reported by their own stacks.
        allow_empty: whether a table without rows is right. It may be a truncated export.
    """
    rows: dict[str, Row] = {}
    problems = list(table.problems)
    if not (table.rows or problems or allow_empty):
        problems.append(TableProblem(table.name, NO_ROWS))
    labels: dict[str, Row] = {}
    numbers: dict[Number, Row] = {}
    elsewhere = _numbers_in(others)
    for row in table.rows:
        checked = check_declared(row.fields, is_unknown, ownership)
        number = number_of(checked)
        label = row.label or (number[1].removeprefix("+") if number else None)
        wrong = [
            row.problem(failure.field, failure.reason)
            for failure in checked.failures
            # A name that is not an input is a mistake whatever its value is.
            if failure.field not in row.unread or failure.field not in INPUT_FIELDS
        ]
        duplicate = None if number is None else _duplicate(number, row, numbers, elsewhere)
        # A number without a label that is there twice has its digits as a label twice, too; that
        # is not worth a second line.
        if label is not None and not (duplicate and row.label is None):
            reason = _label_problem(label, row, labels)
            wrong += [row.problem("label", reason)] if reason else []
        wrong += [_in_row(row, duplicate)] if duplicate else []
        problems += wrong
        if label is not None and not wrong:
            rows[label] = row
    # What a template has wrong is wrong in each of its rows.
    problems = sorted(dict.fromkeys(problems), key=lambda problem: problem.line or 0)
    return CheckedTable(rows, [*problems, *(p for other in others for p in other.problems)])


def taken_labels(
    rows: Mapping[str, Row], labels: dict[str, Row], names: Container[str]
) -> list[TableProblem]:
    """Labels that something else of the program has; those of the rows are added to ``labels``."""
    taken: list[TableProblem] = []
    for label, row in rows.items():
        first = labels.setdefault(label, row)
        if first is not row:
            reason = _taken(label, row, first)
        elif label in names:
            reason = "is also the name of a number outside of the pool: rename one of them"
        else:
            continue
        # The label may be the number's digits, which the row does not give as one.
        taken.append(replace(row.problem("label", reason), label=label))
    return taken


def _numbers_in(tables: Sequence[Table]) -> dict[Number, Row]:
    numbers: dict[Number, Row] = {}
    for table in tables:
        for row in table.rows:
            names = ("phonenumber", "account")
            number = number_of(check_inputs({name: row.fields.get(name) for name in names}))
            if number is not None:
                numbers.setdefault(number, row)
    return numbers


def _label_problem(label: str, row: Row, labels: dict[str, Row]) -> str | None:
    if not label.isprintable():
        return "must be a string of printable characters"
    first = labels.setdefault(label, row)
    return None if first is row else _taken(label, row, first)


def _taken(label: str, row: Row, first: Row) -> str:
    # Rows of a program have no other place than their label.
    where = "given" if first.file is None else f"in {_place(first, row)}"
    return f"{shorten(label)} is already {where}: give each number a label of its own"


def _duplicate(
    number: Number, row: Row, numbers: dict[Number, Row], elsewhere: Mapping[Number, Row]
) -> str | None:
    first = numbers.setdefault(number, row)
    if first is not row:
        return f"{number[1]} is already in {_place(first, row)}, {ONCE}"
    if number in elsewhere:
        return f"{number[1]} is also in {_place(elsewhere[number], row)}, {ONCE}"
    return None


def _in_row(row: Row, duplicate: str) -> TableProblem:
    """The problem of a number that is there twice: at its own row, even if that includes it."""
    line, label = row.places.get("phonenumber", (row.line, row.label))
    own_line = line if label == row.label else row.line
    return TableProblem(row.file, duplicate, own_line, row.label, "phonenumber")


def _place(row: Row, seen_from: Row) -> str:
    """Where another row is, as briefly as possible."""
    if row.file is None:
        return f"the row {shorten(row.label or '')}"
    return f"line {row.line}" if row.file == seen_from.file else f"{printable(row.file)}:{row.line}"
