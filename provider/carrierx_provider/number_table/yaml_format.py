"""A table in YAML: a label for each number, with its fields below.

::

    support:
      phonenumber: "+46700987654"
      capabilities: [receive_sms, send_sms]
      attributes: {team: care}

Fields that several numbers share are written once, below a key that begins with ``x-``, and
included with ``<<``::

    x-defaults: &defaults
      capabilities: [receive_sms, send_sms]
    support:
      <<: *defaults
      phonenumber: "+46700987654"

YAML reads some plain text as something else: ``NO`` as false, ``18:30`` as 1110. This is a mistake
here, since its author is unlikely to know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import yaml

from carrierx_provider.core.text import printable
from carrierx_provider.core.validation import shown_path
from carrierx_provider.number_table.table import Row, Table, TableProblem

if TYPE_CHECKING:
    Loader = yaml.SafeLoader | yaml.CSafeLoader

NO_TABLE = "must have a label for each number, with its fields below"

TEMPLATE = "x-"
"""How the keys begin whose fields other numbers include, and which are not numbers themselves."""

NOT_A_TEMPLATE = (
    f"belongs to a number, and a key that begins with {TEMPLATE} is a template for numbers: give "
    "this one another label"
)

NO_VALUE = "is not what its tag says: remove the tag"

# No reason holds a number, which may be a secret.
QUOTE_IT = "write it in quotation marks"
NO_NUMBER = (
    f"changes in YAML, in which 0123 is 83, 18:30 is 1110, 1.10 is 1.1 and +46 is 46: {QUOTE_IT}"
)
NO_PHONENUMBER = "changes in YAML, and digits may be lost: write all of them in quotation marks"
NO_DATE = f"is a date in YAML: {QUOTE_IT}"
NO_SIGN = f"is a sign of its own in YAML: {QUOTE_IT}"

_WORDS = frozenset({"true", "True", "TRUE", "false", "False", "FALSE", "null", "~", ""})
"""What means in YAML what everybody takes it for, unlike ``no``."""

_YAML_TAG = "tag:yaml.org,2002:"

_SIGNS = frozenset({f"{_YAML_TAG}merge", f"{_YAML_TAG}value"})
"""The tags of ``<<`` and ``=``, which have a meaning, or none, as keys."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.(?:0|[0-9]*[1-9]))?")
"""A number in its one usual notation."""

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


def _represent_float(dumper: yaml.SafeDumper, number: float) -> yaml.ScalarNode:
    # With an exponent it would be a mistake when the table is read.
    return dumper.represent_scalar(f"{_YAML_TAG}float", f"{Decimal(repr(number)):f}")


_Dumper.add_representer(float, _represent_float)


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
        rows = _Rows(loader, table)
        for label, below in top.value:
            if not isinstance(label, yaml.ScalarNode):
                table.problems.append(TableProblem(file, NO_TABLE, _line(label)))
            elif isinstance(below, yaml.MappingNode):
                rows.put(label, below)
            elif not label.value.startswith(TEMPLATE):
                reason = "has no fields: write them below the label, indented"
                table.problems.append(TableProblem(file, reason, _line(label), label.value))
    finally:
        loader.dispose()
    return table


class _Rows:
    """Puts the rows of a document, and the problems with their form, into its table."""

    def __init__(self, loader: Loader, table: Table) -> None:
        self._loader = loader
        self._table = table
        self._misread: dict[int, bool] = {}
        """Whether a node is misread, by its ID. A node may be in many rows, by references."""

    def put(self, label: yaml.ScalarNode, below: yaml.MappingNode) -> None:
        """Add the row of a label, unless it is a template."""
        lines: dict[str, int] = {}
        for key, line, first_line in _keys(below):
            lines[key] = line
            if first_line is not None:
                reason = f"is already in line {first_line}: remove one of them"
                self._add(reason, line, label, key)
        if label.value.startswith(TEMPLATE):
            if "phonenumber" in lines:
                self._add(NOT_A_TEMPLATE, lines["phonenumber"], label, "phonenumber")
            return
        fields: dict[str, Any] = {}
        unread: set[str] = set()
        # "<<" includes the fields of another number.
        self._loader.flatten_mapping(below)
        for name, node in ((_name(key), node) for key, node in below.value):
            if self._is_misread(label, name, node):
                unread.add(name)
            try:
                fields[name] = self._loader.construct_document(node)
            # What PyYAML raises, besides its own errors, for a value that its tag does not fit.
            except (AttributeError, KeyError, ValueError):
                self._add(NO_VALUE, _line(node), label, name)
                unread.add(name)
        row = Row(self._table.name, _line(label), label.value, fields, lines, unread)
        self._table.rows.append(row)

    def _is_misread(self, label: yaml.ScalarNode, name: str, node: yaml.Node) -> bool:
        """Report what YAML would change in a field, and have it read as it is written."""
        # YAML reads 0701234567 as octal, and 1:30 in base 60.
        if name == "phonenumber" and node.tag == f"{_YAML_TAG}int":
            node.tag = f"{_YAML_TAG}str"
        known = self._misread.get(id(node))
        if known is not None:
            return known
        found = list(self._changes(node))
        for path, scalar, reason in found:
            is_lost = name == "phonenumber" and reason == NO_NUMBER
            field = f"{name}{shown_path(path)}"
            self._add(NO_PHONENUMBER if is_lost else reason, _line(scalar), label, field)
            scalar.tag = f"{_YAML_TAG}str"
        self._misread[id(node)] = bool(found)
        return bool(found)

    def _changes(
        self, node: yaml.Node, path: tuple[str, ...] = ()
    ) -> Iterator[tuple[tuple[str, ...], yaml.ScalarNode, str]]:
        """Each scalar of a value that YAML changes: its path, and why it is a mistake."""
        if isinstance(node, yaml.ScalarNode):
            reason = _change(self._loader, node)
            if reason:
                yield path, node, reason
            return
        # It may contain itself.
        if id(node) in self._misread:
            return
        self._misread[id(node)] = False
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                here = (*path, _name(key))
                if key.tag not in _SIGNS:
                    yield from self._changes(key, here)
                yield from self._changes(value, here)
        else:
            for index, value in enumerate(node.value):
                yield from self._changes(value, (*path, str(index)))

    def _add(self, reason: str, line: int, label: yaml.ScalarNode, field: str) -> None:
        problem = TableProblem(self._table.name, reason, line, label.value, field)
        self._table.problems.append(problem)


def _change(loader: Loader, scalar: yaml.ScalarNode) -> str | None:
    """Why a scalar is a mistake, if YAML reads it as something that its author did not write."""
    text, kind = scalar.value, scalar.tag.removeprefix(_YAML_TAG)
    # The stubs of PyYAML lack the types of this one.
    own_tag = loader.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    # A style means quotation marks. Another tag than the text's own was written by the author.
    if scalar.style or scalar.tag != own_tag:
        return None
    if kind in {"bool", "null"} and text not in _WORDS:
        read = json.dumps(loader.bool_values.get(text.lower()))
        return f"{text} is {read} in YAML: {QUOTE_IT}, or write {read}"
    if kind in {"int", "float"} and not _is_as_written(text):
        return NO_NUMBER
    return {"timestamp": NO_DATE, "merge": NO_SIGN, "value": NO_SIGN}.get(kind)


def _is_as_written(number: str) -> bool:
    """Whether a number has its one usual notation, and no digits that are lost."""
    if not _NUMBER.fullmatch(number):
        return False
    return "." not in number or Decimal(number) == Decimal(repr(float(number)))


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
