"""A table in YAML: a label for each number, with its fields below.

support:
  phonenumber: "+46700987654"
  capabilities: [receive_sms, send_sms]
  attributes: {team: care}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from carrierx_provider.core.text import printable
from carrierx_provider.core.validation import shown_path
from carrierx_provider.number_table.row import WrittenRow
from carrierx_provider.number_table.table_mistake import TableMistake
from carrierx_provider.number_table.written_table import NO_FIELDS, WrittenTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    Loader = yaml.SafeLoader | yaml.CSafeLoader

NO_TABLE = "must have a label for each number, with its fields below"

_TAB = r"'\t'"
"""How the parser's own words show the character."""

UNREADABLE = (AttributeError, KeyError, ValueError)
"""What PyYAML raises, beside its own errors, of a scalar that is not what it looks like."""

NO_VALUE = (
    "looks to YAML like a date or a number, and is none, as 2024-99-99: write it in quotation marks"
)

INTEGER = "tag:yaml.org,2002:int"


def yaml_table(text: str, file: str) -> WrittenTable:
    """The rows of a table in YAML, and every mistake of its form."""
    try:
        return _read_by(yaml.CSafeLoader, text, file)
    except (AttributeError, RecursionError, yaml.YAMLError):
        # libyaml may be missing; and it has words of its own for what is wrong.
        pass
    try:
        return _read_by(yaml.SafeLoader, text, file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        reason = f"is no YAML: {printable(str(error.problem))}"
        if _TAB in str(error.problem):
            reason += ": indent with spaces, not with tabs"
        mistake = TableMistake(file, reason, line=mark.line + 1 if mark else 1)
    except RecursionError:
        mistake = TableMistake(file, "is nested too deeply")
    except yaml.YAMLError as error:
        reason = f"is no YAML: {printable(' '.join(str(error).split()))}"
        mistake = TableMistake(file, reason)
    return WrittenTable([], [mistake])


def _read_by(kind: type[Loader], text: str, file: str) -> WrittenTable:
    table = WrittenTable()
    loader = kind(text)
    try:
        top = loader.get_single_node()
        if not isinstance(top, yaml.MappingNode):
            return WrittenTable([], [TableMistake(file, NO_TABLE, line=1)])
        for label, below in top.value:
            line = _line(label)
            if not isinstance(label, yaml.ScalarNode):
                table.mistakes.append(TableMistake(file, NO_TABLE, line=line))
            elif not isinstance(below, yaml.MappingNode):
                table.mistakes.append(TableMistake(file, NO_FIELDS, line, label.value))
            else:
                for twice, first, path in _repeated(below):
                    reason = f"is in line {first} already: take one of them out"
                    table.mistakes.append(TableMistake(file, reason, twice, label.value, path))
                fields: dict[str, Any] = {}
                for name, node in _pairs(loader, below):
                    try:
                        fields[name] = _field(loader, name, node)
                    except UNREADABLE:
                        mistake = TableMistake(file, NO_VALUE, _line(node), label.value, name)
                        table.mistakes.append(mistake)
                lines = dict(_lines(below))
                table.rows.append(WrittenRow(file, line, label.value, fields, lines))
    finally:
        loader.dispose()
    return table


def _pairs(loader: Loader, mapping: yaml.MappingNode) -> list[tuple[str, yaml.Node]]:
    # "<<" takes the fields of another number in.
    loader.flatten_mapping(mapping)
    return [(_name(key), value) for key, value in mapping.value]


def _field(loader: Loader, name: str, node: yaml.Node) -> Any:  # noqa: ANN401 -- any value of YAML
    if name == "phonenumber" and isinstance(node, yaml.ScalarNode) and node.tag == INTEGER:
        # To YAML 0701234567 is an octal number, and 1:30 one to the base of 60.
        return node.value
    return loader.construct_document(node)


def _repeated(
    mapping: yaml.MappingNode, path: tuple[str, ...] = (), above: tuple[yaml.Node, ...] = ()
) -> Iterator[tuple[int, int, str]]:
    """The keys that a mapping has twice, of which YAML would keep the last: lines and path."""
    first: dict[str, int] = {}
    for key, value in mapping.value:
        name = _name(key)
        if name == "<<":
            continue
        if name in first:
            yield _line(key), first[name], _shown([*path, name])
        first.setdefault(name, _line(key))
        if isinstance(value, yaml.MappingNode) and value not in above:
            yield from _repeated(value, (*path, name), (*above, mapping))


def _lines(
    mapping: yaml.MappingNode, path: tuple[str, ...] = (), above: tuple[yaml.Node, ...] = ()
) -> Iterator[tuple[str, int]]:
    """The line of each field and of each key below it, by its path as a mistake has it."""
    for key, value in mapping.value:
        here = (*path, _name(key))
        yield _shown(here), _line(key)
        if isinstance(value, yaml.MappingNode) and value not in above:
            yield from _lines(value, here, (*above, mapping))


def _shown(path: tuple[str, ...] | list[str]) -> str:
    return f"{path[0]}{shown_path(path[1:])}"


def _name(key: yaml.Node) -> str:
    return str(key.value) if isinstance(key, yaml.ScalarNode) else ""


def _line(node: yaml.Node) -> int:
    line: int = node.start_mark.line
    return line + 1
