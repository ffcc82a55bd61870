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
from bisect import bisect
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import copy
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import yaml

from carrierx_provider.core.text import printable
from carrierx_provider.core.validation import shown_path
from carrierx_provider.number_table.table import MOST_DIGITS, Place, Row, Table, TableProblem

if TYPE_CHECKING:
    Loader = yaml.SafeLoader | yaml.CSafeLoader

NO_TABLE = "must have a label for each number, with its fields below"

TEMPLATE = "x-"
"""How the keys begin whose fields other numbers include, and which are not numbers themselves."""

TEMPLATES: tuple[str, ...] = (TEMPLATE,)

NOT_A_TEMPLATE = (
    f"belongs to a number, and a key that begins with {TEMPLATE} is a template for numbers: give "
    "this one another label (a registered number then needs an alias)"
)

NO_VALUE = "is not what its tag says: remove the tag"

# No reason holds a number, which may be a secret.
NO_NUMBER = "changes in YAML, in which 0123 is 83, 18:30 is 1110, 1.10 is 1.1 and +46 is 46"
NO_PHONENUMBER = "changes in YAML, and digits may be lost: write all of them in quotation marks"
SPECIAL = "has a special meaning in YAML"

QUOTE_IT = "write it in quotation marks"

_ADVICE = {
    "adopt_existing": "write true or false",
    "capabilities": "write the names of the capabilities, or CarrierX's integer",
}
"""What to do in fields that take no text."""

_WORDS = frozenset({"true", "True", "TRUE", "false", "False", "FALSE", "null", "~", ""})
"""What means in YAML what everybody takes it for, unlike ``no``."""

_YAML_TAG = "tag:yaml.org,2002:"

_SIGNS = frozenset({f"{_YAML_TAG}merge", f"{_YAML_TAG}value"})
"""The tags of ``<<`` and ``=``, which have a meaning, or none, as keys."""

_WHOLE = re.compile(r"(\+?[0-9]+)\.0+")
"""A whole number with decimals."""

_EMPTY = re.compile(r"(?:---)?\s*\{\s*\}\s*")
"""A table that says that it has no rows: nothing can be appended to it."""

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
    longer = HEADER if not text or _EMPTY.fullmatch(text) else text
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
        rows = _Rows(loader, table, top)
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
    """Puts the rows of a document, and the problems with their form, into its table.

    By references a node may be in many rows. What is wrong with it is reported once, where it is
    written.
    """

    def __init__(self, loader: Loader, table: Table, top: yaml.MappingNode) -> None:
        self._loader = loader
        self._table = table
        self._labels = [_name(label) for label, _ in top.value]
        self._starts = [_position(label) for label, _ in top.value]
        self._flat: set[yaml.Node] = set()
        """The mappings that have the fields that "<<" includes."""
        self._misread: set[yaml.Node] = set()
        self._in_templates: set[yaml.Node] = set()

    def put(self, label: yaml.ScalarNode, below: yaml.MappingNode) -> None:
        """Add the row of a label, unless it is a template."""
        if label.value.startswith(TEMPLATE):
            own = {_name(key): key for key, _ in below.value}
            if "phonenumber" in own:
                self._add(NOT_A_TEMPLATE, own["phonenumber"], "phonenumber")
            for _ in self._nodes(below, self._in_templates):
                pass
            return
        fields: dict[str, Any] = {}
        places: dict[str, Place] = {}
        unread: set[str] = set()
        self._flatten(below, ())
        for key, written in below.value:
            name, node = _name(key), _in_usual_notation(_name(key), written)
            places[name] = self._place(key)
            # A value that is only referred to has its mistake where it is written.
            if node.value and self._place(node)[1] != places[name][1]:
                places[name] = self._place(node)
            for path, found, is_key in self._nodes(node, set(), (name,)):
                field = f"{name}{shown_path(path[1:])}"
                if is_key:
                    places[field] = self._place(found)
                if self._is_misread(found, name, field, is_key=is_key):
                    unread.add(name)
            try:
                fields[name] = self._loader.construct_document(node)
            # What PyYAML raises, besides its own errors, for a value that its tag does not fit.
            except (AttributeError, KeyError, ValueError):
                self._add(NO_VALUE, node, name)
                unread.add(name)
                # The name is checked, too.
                fields[name] = ""
        row = Row(self._table.name, _line(label), label.value, fields, places, unread)
        self._table.rows.append(row)

    def _nodes(
        self, node: yaml.Node, seen: set[yaml.Node], path: tuple[str, ...] = ()
    ) -> Iterator[tuple[tuple[str, ...], yaml.Node, bool]]:
        """Each scalar and key of a value, with its path, and whether it is a key.

        What the value has in several places is there once: such a value may contain itself.
        """
        if isinstance(node, yaml.ScalarNode):
            yield path, node, False
            return
        if node in seen:
            return
        seen.add(node)
        if isinstance(node, yaml.MappingNode):
            self._flatten(node, path)
            for key, value in node.value:
                here = (*path, _name(key))
                yield here, key, True
                yield from self._nodes(value, seen, here)
        else:
            for index, value in enumerate(node.value):
                yield from self._nodes(value, seen, (*path, str(index)))

    def _flatten(self, mapping: yaml.MappingNode, path: tuple[str, ...]) -> None:
        """Include what "<<" includes, and report keys that the mapping itself has twice."""
        if mapping in self._flat:
            return
        self._flat.add(mapping)
        first: dict[str, int] = {}
        for key, _ in mapping.value:
            name, line = _name(key), _line(key)
            if name in first:
                reason = f"is already in line {first[name]}: remove one of them"
                here = (*path, name)
                self._add(reason, key, f"{here[0]}{shown_path(here[1:])}")
            elif key.tag != f"{_YAML_TAG}merge":
                first[name] = line
        self._loader.flatten_mapping(mapping)
        # The last one is that of the mapping itself.
        mapping.value = [*{_name(key): (key, value) for key, value in mapping.value}.values()]

    def _is_misread(self, node: yaml.Node, name: str, field: str, *, is_key: bool) -> bool:
        """Report what YAML would change in a field, and have it read as it is written."""
        if node in self._misread or not isinstance(node, yaml.ScalarNode):
            return node in self._misread
        reason = _change(self._loader, node, name, is_key=is_key)
        if reason is None:
            return False
        self._misread.add(node)
        self._add(reason, node, field)
        node.tag = f"{_YAML_TAG}str"
        return True

    def _place(self, node: yaml.Node) -> Place:
        """Where a node is written: its line, and the label that it is below."""
        return _line(node), self._labels[bisect(self._starts, _position(node)) - 1]

    def _add(self, reason: str, node: yaml.Node, field: str) -> None:
        line, label = self._place(node)
        self._table.problems.append(TableProblem(self._table.name, reason, line, label, field))


def _in_usual_notation(name: str, node: yaml.Node) -> yaml.Node:
    """The node, or a copy that is read as digits: other fields may refer to the node itself."""
    number = {f"{_YAML_TAG}int", f"{_YAML_TAG}float"}
    if name not in {"phonenumber", "capabilities"} or node.tag not in number:
        return node
    whole = _WHOLE.fullmatch(str(node.value))
    node = copy(node)
    if whole:
        node.value, node.tag = whole[1], f"{_YAML_TAG}int"
    # YAML reads 0701234567 as octal, and 1:30 in base 60.
    if name == "phonenumber" and node.tag == f"{_YAML_TAG}int":
        node.tag = f"{_YAML_TAG}str"
    return node


def _change(loader: Loader, scalar: yaml.ScalarNode, name: str, *, is_key: bool) -> str | None:
    """Why a scalar is a mistake, if YAML reads it as something that its author did not write."""
    text, kind = scalar.value, scalar.tag.removeprefix(_YAML_TAG)
    # The stubs of PyYAML lack the types of this one.
    own_tag = loader.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    # A style means quotation marks. Another tag than the text's own was written by the author.
    if scalar.style or scalar.tag != own_tag or (is_key and scalar.tag in _SIGNS):
        return None
    advice = _ADVICE.get(name, QUOTE_IT)
    if kind in {"bool", "null"}:
        if text in _WORDS or (kind == "bool" and name == "adopt_existing"):
            return None
        read = json.dumps(loader.bool_values.get(text.lower()))
        or_write = "" if is_key or name in _ADVICE else f", or write {read}"
        return f"{text} is {read} in YAML: {advice}{or_write}"
    if kind in {"int", "float"} and not _is_as_written(text):
        return NO_PHONENUMBER if name == "phonenumber" else f"{NO_NUMBER}: {advice}"
    if kind == "int" and len(text) > MOST_DIGITS:
        return f"has too many digits for a number: {advice}"
    special = {"timestamp": "is a date in YAML", "merge": SPECIAL, "value": SPECIAL}.get(kind)
    return special and f"{special}: {advice}"


def _is_as_written(number: str) -> bool:
    """Whether a number has its one usual notation, and no digits that are lost."""
    if not _NUMBER.fullmatch(number):
        return False
    return "." not in number or Decimal(number) == Decimal(repr(float(number)))


def _name(key: yaml.Node) -> str:
    return str(key.value) if isinstance(key, yaml.ScalarNode) else ""


def _position(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line, node.start_mark.column


def _line(node: yaml.Node) -> int:
    line: int = node.start_mark.line
    return line + 1
