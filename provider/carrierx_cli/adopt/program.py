"""The program that registers every number of a table. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carrierx_provider.pulumi_files.urn import StackRef

_PROGRAM = '''\
"""Registers every number of the table with CarrierX."""

{imports}import pulumi_carrierx as carrierx

for row in carrierx.read_number_table({path}):
    carrierx.ExternalDID(row.label, **row.fields)
'''


def program_for(table: str, place: StackRef) -> str:
    """The text of ``__main__.py``.

    :param table: the table's path, as the program opens it. Where it names the stack, as
        ``numbers.dev.yaml`` does, each stack of the project reads its own.
    """
    before, names_it, after = table.partition(f".{place.stack}.")
    if names_it:
        path = f'f{_quoted(f"{_braces(before)}.")[:-1]}{{pulumi.get_stack()}}.{_braces(after)}"'
    else:
        path = _quoted(table)
    imports = "import pulumi\n" if names_it else ""
    return _PROGRAM.format(path=path, imports=imports)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
