"""The program that registers every number of a table. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carrierx_provider.adopt.stack_place import StackPlace

_YAML = '''\
"""Registers every number of the table with CarrierX."""

from pathlib import Path
{imports}
import yaml

import pulumi_carrierx as carrierx

# libyaml, where it is there, reads a long table ten times as fast.
loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
numbers = yaml.load(Path({path}).read_text(encoding="utf-8"), loader)

for label, fields in numbers.items():
    carrierx.ExternalDID(label, **fields)
'''

_CSV = '''\
"""Registers every number of the table with CarrierX."""

import csv
import json
from pathlib import Path
{imports}
import pulumi_carrierx as carrierx


def value(cell):
    """A cell's text; one that begins with a quotation mark or a brace is JSON."""
    return json.loads(cell) if cell.startswith(('"', "{{")) else cell


with Path({path}).open(encoding="utf-8", newline="") as file:
    for row in csv.DictReader(file):
        fields = {{column: value(cell) for column, cell in row.items() if cell}}
        fields["capabilities"] = fields["capabilities"].split()
        carrierx.ExternalDID(fields.pop("label"), **fields)
'''


def program_for(table: str, place: StackPlace) -> str:
    """The text of ``__main__.py``.

    :param table: the table's path, as the program opens it. Where it names the stack, as
        ``numbers.dev.yaml`` does, each stack of the project reads its own.
    """
    before, names_it, after = table.partition(f".{place.stack}.")
    if names_it:
        path = f'f{_quoted(f"{_braces(before)}.")[:-1]}{{pulumi.get_stack()}}.{_braces(after)}"'
    else:
        path = _quoted(table)
    template = _CSV if table.endswith(".csv") else _YAML
    imports = "\nimport pulumi" if names_it else ""
    return template.format(path=path, imports=imports)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
