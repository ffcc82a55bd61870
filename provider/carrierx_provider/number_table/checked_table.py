"""A whole table checked: every mistake at once, by the rules of each External DID.

One number is registered once, however it is spelled: twice in a table is a mistake, and so is a
number that another table of the project has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carrierx_provider.core.text import printable, shorten
from carrierx_provider.core.unknown import is_unknown
from carrierx_provider.external_did.inputs import check_declared, check_inputs
from carrierx_provider.number_table.table_mistake import TableMistake

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence

    from carrierx_provider.number_table.row import WrittenRow
    from carrierx_provider.number_table.written_table import WrittenTable

Number = tuple[str, str]
"""An account, "" for the default one, and a number in E.164 with its ``+``."""


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row without a mistake."""

    label: str
    number: Number | None
    """None where a program does not know it yet."""
    written: WrittenRow


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """The rows that are right, in the table's order, and every mistake, by its line."""

    rows: list[CheckedRow]
    mistakes: list[TableMistake]


def checked_table(
    table: WrittenTable,
    others: Sequence[WrittenTable] = (),
    is_unknown: Callable[[object], bool] = is_unknown,
    ownership: Mapping[str, str] | None = None,
) -> CheckedTable:
    """Check every row, in itself and beside all others.

    :param others: tables of the project's other stacks. Their numbers must not be in this one;
        what else is wrong in them is for their own stacks to say.
    :param is_unknown: what is not known yet, in rows that a program has made.
    :param ownership: the ownership record that the stack keeps with its numbers.
    """
    rows: list[CheckedRow] = []
    mistakes = list(table.mistakes)
    labels: dict[str, WrittenRow] = {}
    numbers: dict[Number, WrittenRow] = {}
    elsewhere = _numbers_in(others)
    for row in table.rows:
        checked = check_declared(row.fields, is_unknown, ownership)
        # After a mistake elsewhere the inputs are as they came.
        number = _number_alone(row, is_unknown) if checked.failures else _number(checked.inputs)
        label = row.label or (number[1].removeprefix("+") if number else None)
        wrong = [(failure.field, failure.reason) for failure in checked.failures]
        twice = [] if number is None else _number_mistakes(number, row, numbers, elsewhere)
        # Without a label of its own a number that is there twice has its label twice, and no more
        # is to be said of that.
        if label is not None and not (twice and row.label is None):
            wrong += _label_mistakes(label, row, labels)
        wrong += twice
        mistakes += [
            TableMistake(row.file, reason, row.line_of(field), row.label, field)
            for field, reason in wrong
        ]
        if label is not None and not wrong:
            rows.append(CheckedRow(label, number, row))
    mistakes.sort(key=lambda mistake: mistake.line or 0)
    unread = [mistake for other in others for mistake in other.mistakes]
    return CheckedTable(rows, [*mistakes, *unread])


def _number(inputs: Mapping[str, object]) -> Number | None:
    """The number in checked inputs; None if it is not known yet."""
    number, account = inputs.get("phonenumber"), inputs.get("account", "")
    return (account, number) if isinstance(number, str) and isinstance(account, str) else None


def _number_alone(row: WrittenRow, is_unknown: Callable[[object], bool]) -> Number | None:
    """The number of a row whose other fields may be wrong; None if it is wrong itself."""
    names = ("phonenumber", "account")
    checked = check_inputs({name: row.fields.get(name) for name in names}, is_unknown)
    is_wrong = any(failure.field in names for failure in checked.failures)
    return None if is_wrong else _number(checked.inputs)


def _numbers_in(tables: Sequence[WrittenTable]) -> dict[Number, WrittenRow]:
    numbers: dict[Number, WrittenRow] = {}
    for table in tables:
        for row in table.rows:
            number = _number_alone(row, is_unknown)
            if number is not None:
                numbers.setdefault(number, row)
    return numbers


def _label_mistakes(
    label: str, row: WrittenRow, labels: dict[str, WrittenRow]
) -> list[tuple[str, str]]:
    if not label.isprintable():
        return [("label", "must be a string of printable characters")]
    first = labels.setdefault(label, row)
    return [] if first is row else [("label", _taken(label, row, first))]


def _taken(label: str, row: WrittenRow, first: WrittenRow) -> str:
    # Rows of a program have no other place than their label.
    where = "given" if first.file is None else f"in {_place(first, row)}"
    return f"{shorten(label)} is {where} already: give each number its own"


def taken_labels(
    rows: Iterable[CheckedRow], labels: dict[str, WrittenRow], names: Container[str]
) -> list[TableMistake]:
    """Labels that something else of the program has.

    :param labels: those that other pools have given; the table's own are put in.
    :param names: of the numbers that are declared outside of any pool.
    """
    taken: list[TableMistake] = []
    for row in rows:
        first = labels.setdefault(row.label, row.written)
        reason = None
        if first is not row.written:
            reason = _taken(row.label, row.written, first)
        elif row.label in names:
            reason = "is the name of a number outside of the pool too: give each its own"
        if reason:
            place = (row.written.line, row.label, "label")
            taken.append(TableMistake(row.written.file, reason, *place))
    return taken


def _number_mistakes(
    number: Number,
    row: WrittenRow,
    numbers: dict[Number, WrittenRow],
    elsewhere: Mapping[Number, WrittenRow],
) -> list[tuple[str, str]]:
    once = "and a number is registered once: take one of them out"
    found = []
    first = numbers.setdefault(number, row)
    if first is not row:
        found.append(("phonenumber", f"{number[1]} is in {_place(first, row)} already, {once}"))
    elif number in elsewhere:
        found.append(
            ("phonenumber", f"{number[1]} is in {_place(elsewhere[number], row)} too, {once}")
        )
    return found


def _place(row: WrittenRow, seen_from: WrittenRow) -> str:
    """Where another row stands, as briefly as can be."""
    if row.file is None:
        return f"the row {shorten(row.label or '')}"
    return f"line {row.line}" if row.file == seen_from.file else f"{printable(row.file)}:{row.line}"
