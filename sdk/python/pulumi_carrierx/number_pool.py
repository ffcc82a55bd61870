"""Tables of numbers: the component ``NumberPool``, and the rows of a table by themselves."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import pulumi

from carrierx_provider.number_table.table import NumberRow  # noqa: TC001 -- for get_type_hints
from pulumi_carrierx.external_did import ExternalDID
from pulumi_carrierx.provider_input import is_known_later, ownership_input
from pulumi_carrierx.validation import collect_table_errors

if TYPE_CHECKING:
    from carrierx_provider.number_table.check import CheckedTable

NumberTable: TypeAlias = (
    "str | os.PathLike[str] | Iterable[NumberRow] | Mapping[str, Mapping[str, Any]]"
)
"""A CSV or YAML file, rows of ``read_number_table``, or the fields of each number by its label."""

POOL_TYPE = "carrierx:index:NumberPool"
"""The type token in every state, and in the URN of each number; it must never change."""


def read_number_table(
    file: str | os.PathLike[str], *, allow_empty: bool = False
) -> list[NumberRow]:
    """Every number of a table, in its order, for a program that picks some.

    Args:
        file: CSV or YAML, by the ending of its name; UTF-8.
        allow_empty: whether a table without rows is right; default: False, since it may be a
            truncated export, and the program would then release every number.

    Raises:
        TableError: it cannot be read, has no rows, or has mistakes; lists all of them, each with
            its line.
    """
    # Loads pydantic, which a program that declares nothing does not need.
    from carrierx_provider.number_table.files import numbers_of, read_table  # noqa: PLC0415

    return numbers_of(read_table(file), allow_empty=allow_empty)


class NumberPool(pulumi.ComponentResource):
    """The numbers of one table, each an ``ExternalDID`` with its label as its name.

    The whole table is checked before anything is sent, with the rules of ``ExternalDID``: every
    mistake is reported at once, with file, line and field. A number that is in the table twice, or
    in another table of the project, is a mistake.

    Of ``opts``, ``protect``, ``providers``, ``depends_on``, ``ignore_changes`` and
    ``retain_on_delete`` apply to every number.

    A number that was declared outside of a pool, under its label and without a parent, moves into
    the pool without any call. A change of the table's order, of other rows or of the pool's own
    name does not affect a number.
    """

    numbers: Mapping[str, ExternalDID]
    """The numbers by their labels, in the table's order."""

    def __init__(
        self,
        resource_name: str,
        *,
        table: NumberTable,
        others: Iterable[str | os.PathLike[str]] = (),
        allow_empty: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the numbers of the table.

        Mistakes are reported by the engine, in the preview, all at once.

        Args:
            resource_name: the pool's name in the stack.
            table: a file, CSV or YAML by the ending of its name, or rows. The fields of rows may be
                Outputs or secrets.
            others: files of the project's other tables, whose numbers must not be in this one.
                This table's own file is skipped, so ``Path().glob("numbers.*.yaml")`` works.
            allow_empty: whether a table without rows is right; default: False, since it may be a
                truncated export, and the update would release every number of the pool.
            opts: Pulumi's options.
        """
        checked = _checked(resource_name, table, others, allow_empty=allow_empty)
        super().__init__(POOL_TYPE, resource_name, collect_table_errors(checked), opts)
        self.numbers = {
            label: ExternalDID(
                label, **row.fields, opts=self._options_of_each(opts or pulumi.ResourceOptions())
            )
            for label, row in checked.rows.items()
        }
        self.register_outputs({})

    def _options_of_each(self, opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
        # The other options are for the pool alone, or the SDK passes them on (protect, providers).
        return pulumi.ResourceOptions(
            parent=self,
            aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)],
            depends_on=opts.depends_on,
            ignore_changes=opts.ignore_changes,
            retain_on_delete=opts.retain_on_delete,
        )

    @property
    def sids(self) -> pulumi.Output[dict[str, str]]:
        """CarrierX's secure ID of each number, by its label."""
        sids: Any = {label: number.external_did_sid for label, number in self.numbers.items()}
        return pulumi.Output.from_input(sids)


def _checked(
    pool: str,
    table: NumberTable,
    others: Iterable[str | os.PathLike[str]],
    *,
    allow_empty: bool,
) -> CheckedTable:
    # Loads pydantic.
    from carrierx_provider.number_table.check import check_table  # noqa: PLC0415
    from carrierx_provider.number_table.files import read_table  # noqa: PLC0415
    from carrierx_provider.number_table.table import Row, Table, table_of_program  # noqa: PLC0415

    own: str | None = None
    if isinstance(table, (str, os.PathLike)):
        written = read_table(table)
        own = os.path.realpath(table)
    elif isinstance(table, Mapping):
        written = table_of_program(table, pool)
    else:
        written = Table(pool, [Row(row.file, row.line, row.label, row.fields) for row in table])
    # Sorted, since a glob gives them in any order.
    elsewhere = [file for file in sorted(others, key=os.fspath) if os.path.realpath(file) != own]
    tables = [read_table(file) for file in elsewhere]
    ownership = ownership_input("…")
    return check_table(written, tables, is_known_later, ownership, allow_empty=allow_empty)
