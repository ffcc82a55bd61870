"""The program that declares every number of a table. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carrierx_provider.pulumi_files.urn import StackRef

POOL_NAME = "numbers"
"""The name of the program's ``NumberPool``."""

_PROGRAM = '''\
"""Declares every number of the table."""

{imports}import pulumi_carrierx as carrierx

carrierx.NumberPool("{pool}", table={path})
'''


def program_for(table: str, stack: StackRef) -> str:
    """The text of ``__main__.py`` for a table's path.

    If the path contains the stack's name, as ``numbers.dev.yaml`` does, each stack of the project
    reads its own table.
    """
    before, names_it, after = table.partition(f".{stack.stack}.")
    if names_it:
        path = f'f{_quoted(f"{_braces(before)}.")[:-1]}{{pulumi.get_stack()}}.{_braces(after)}"'
    else:
        path = _quoted(table)
    imports = "import pulumi\n" if names_it else ""
    return _PROGRAM.format(imports=imports, pool=POOL_NAME, path=path)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
