"""A table in YAML: a label for each number, with its fields below.

::

    support:
      phonenumber: "+46700987654"
      capabilities: [receive_sms, send_sms]
      attributes: {team: care}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import yaml

from carrierx_provider.core.text import printable
from carrierx_provider.core.validation import shown_path
from carrierx_provider.number_table.table import Row, Table, TableProblem

if TYPE_CHECKING:
    Loader = yaml.SafeLoader | yaml.CSafeLoader

NO_TABLE = "must have a label for each number, with its fields below"

NO_VALUE = (
    "looks like a date or a number and is not a valid one, such as 2024-99-99: write it in "
    "quotation marks"
)

HEADER = """\
# Our numbers at CarrierX. The key is the number's label in Pulumi: keep it, whatever else changes.
"""

NOT_APPENDABLE = (
    "cannot append rows: the labels must begin at the left margin, with their fields below, in one "
    "document"
)

# libyaml is ten times as fast, and not installed everywhere.
_DUMPER: type[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def parse(text: str, file: str) -> Table:
    """The rows of a table in YAML, and every problem with its form."""
    # libyaml may be missing, and its messages differ from PyYAML's.
    with suppress(AttributeError, RecursionError, yaml.YAMLError):
        return _parse_with(yaml.CSafeLoader, text, file)
    try:
        return _parse_with(yaml.SafeLoader, text, file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        reason = f"is not valid YAML: {printable(str(error.problem))}"
        if r"'\t'" in reason:
            reason += ": indent with spaces, not with tabs"
        problem = TableProblem(file, reason, line=mark.line + 1 if mark else 1)
    except RecursionError:
        problem = TableProblem(file, "is nested too deeply")
    except yaml.YAMLError as error:
        reason = f"is not valid YAML: {printable(' '.join(str(error).split()))}"
        problem = TableProblem(file, reason)
    return Table(file, [], [problem])


class _InOneLine(list[str]):
    """A list that is written in brackets."""


# Only the installation decides which class it is.
class _Dumper(_DUMPER):  # type: ignore[misc]
    """Writes no anchors: a row is complete by itself."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 -- the dumper's own signature
        return True


_Dumper.add_representer(
    _InOneLine,
    lambda dumper, names: dumper.represent_sequence(
        "tag:yaml.org,2002:seq", names, flow_style=True
    ),
)


def append(text: str, rows: Mapping[str, Mapping[str, Any]], _file: str) -> str:
    """The text with rows added at its end, an empty line before each."""
    longer = text or HEADER
    if not longer.endswith("\n"):
        longer += "\n"
    for label, fields in rows.items():
        row = yaml.dump(
            {label: {**fields, "capabilities": _InOneLine(fields["capabilities"])}},
            Dumper=_Dumper,
            allow_unicode=True,
            default_flow_style=False,
            sort_keys=False,
            # No line breaks within a text.
            width=2**31 - 1,
        )
        longer += f"\n{row}"
    return longer


def _parse_with(kind: type[Loader], text: str, file: str) -> Table:
    table = Table(file)
    loader = kind(text)
    try:
        top = loader.get_single_node()
        if top is None or (isinstance(top, yaml.ScalarNode) and not top.value):
            return table
        if not isinstance(top, yaml.MappingNode):
            return Table(file, [], [TableProblem(file, NO_TABLE, line=1)])
        for label, below in top.value:
            line = _line(label)
            if not isinstance(label, yaml.ScalarNode):
                table.problems.append(TableProblem(file, NO_TABLE, line=line))
            elif not isinstance(below, yaml.MappingNode):
                reason = "has no fields: write them below the label, indented"
                table.problems.append(TableProblem(file, reason, line, label.value))
            else:
                for key, key_line, first_line in _keys(below):
                    if first_line is not None:
                        reason = f"is already in line {first_line}: remove one of them"
                        problem = TableProblem(file, reason, key_line, label.value, key)
                        table.problems.append(problem)
                fields: dict[str, Any] = {}
                # "<<" includes the fields of another number.
                loader.flatten_mapping(below)
                for name, node in ((_name(key), node) for key, node in below.value):
                    try:
                        fields[name] = _field(loader, name, node)
                    # What PyYAML raises, besides its own errors, for a scalar of an invalid value.
                    except (AttributeError, KeyError, ValueError):
                        problem = TableProblem(file, NO_VALUE, _line(node), label.value, name)
                        table.problems.append(problem)
                lines = {key: key_line for key, key_line, _ in _keys(below)}
                table.rows.append(Row(file, line, label.value, fields, lines))
    finally:
        loader.dispose()
    return table


def _field(loader: Loader, name: str, node: yaml.Node) -> Any:  # noqa: ANN401 -- any value of YAML
    # YAML reads 0701234567 as octal, and 1:30 in base 60.
    if name == "phonenumber" and node.tag == "tag:yaml.org,2002:int":
        return node.value
    return loader.construct_document(node)


def _keys(
    mapping: yaml.MappingNode, path: tuple[str, ...] = (), above: tuple[yaml.Node, ...] = ()
) -> Iterator[tuple[str, int, int | None]]:
    """Each key of a mapping and below it, but for what ``<<`` includes.

    With its line, and the line where the same mapping has the key before, of which YAML keeps the
    last.
    """
    first: dict[str, int] = {}
    for key, value in mapping.value:
        name, line = _name(key), _line(key)
        if name == "<<":
            continue
        here = (*path, name)
        yield f"{here[0]}{shown_path(here[1:])}", line, first.get(name)
        first.setdefault(name, line)
        if isinstance(value, yaml.MappingNode) and value not in above:
            yield from _keys(value, here, (*above, mapping))


def _name(key: yaml.Node) -> str:
    return str(key.value) if isinstance(key, yaml.ScalarNode) else ""


def _line(node: yaml.Node) -> int:
    line: int = node.start_mark.line
    return line + 1
