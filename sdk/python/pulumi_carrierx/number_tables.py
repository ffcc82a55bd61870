"""Tables of numbers, for programs that pick rows themselves; ``NumberPool`` reads its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx_provider.number_table.table import NumberRow, TableError

if TYPE_CHECKING:
    import os

__all__ = ["NumberRow", "TableError", "read_number_table"]


def read_number_table(file: str | os.PathLike[str]) -> list[NumberRow]:
    """Every number of a table, in its order.

    :param file: CSV or YAML, by the end of its name; UTF-8.
    :raises TableError: it cannot be read, or has mistakes: every one, each with its line.
    """
    # Loads pydantic, which a program that declares nothing does not need.
    from carrierx_provider.number_table.files import read_number_table as read  # noqa: PLC0415

    return read(file)
