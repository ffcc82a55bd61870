"""The ``filter`` argument of a list: ``field operator value``, joined by ``and`` only.

Grammar: CarrierX documentation, using-the-rest-api/filtering. What it leaves open (case, null,
numbers in quotes) is decided here and listed in docs/simulator.md.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from carrierx_simulator.external_did import LIST_FIELDS
from carrierx_simulator.json_values import JsonObject, JsonValue

OPERATORS = ("eq", "ne", "gt", "ge", "lt", "le", "like")

FIELD_PATTERN = r"""[A-Za-z0-9_]+(?:\.[^ "'.]+)*"""
VALUE_PATTERN = r"""(?:"[^"]*"|'[^']*'|[^ "']+)"""

_CONDITION = re.compile(
    rf" *(?P<field>{FIELD_PATTERN}) +(?P<operator>[a-z]+) +(?P<value>{VALUE_PATTERN})(?: +|\Z)"
)
_AND = re.compile(r"and +")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")


class FilterError(ValueError):
    """A filter that the grammar does not allow; the text says where it becomes invalid."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One ``field operator value``. ``quoted`` distinguishes ``"null"`` from ``null``."""

    path: tuple[str, ...]
    operator: str
    value: str
    quoted: bool

    def holds(self, item: JsonObject) -> bool:
        """Whether the item satisfies this condition. A missing nested field counts as null."""
        found: JsonValue = item
        for step in self.path:
            found = found.get(step) if isinstance(found, dict) else None
        if self.operator == "ne":
            return not self._compares("eq", found)
        if self.operator == "like":
            pattern = ".*".join(map(re.escape, self.value.split("%")))
            return isinstance(found, str) and re.fullmatch(pattern, found, re.DOTALL) is not None
        return self._compares(self.operator, found)

    def _compares(self, how: str, found: JsonValue) -> bool:
        # All operators but like are named as in Python's module.
        compare: Callable[[Any, Any], bool] = getattr(operator, how)
        if how == "eq" and self.value == "null" and not self.quoted:
            return found is None
        if isinstance(found, bool):
            return how == "eq" and self.value == ("true" if found else "false")
        if isinstance(found, int | float):
            return _NUMBER.fullmatch(self.value) is not None and compare(found, float(self.value))
        return isinstance(found, str) and compare(found, self.value)


def parse(text: str) -> list[Condition]:
    """Parse a filter; raises `FilterError`, also for a field that lists do not have."""
    conditions = []
    position = 0
    while True:
        match = _CONDITION.match(text, position)
        if match is None:
            rest = text[position:].strip() or "its end"
            raise FilterError(f"expected: field operator value, at: {rest}")
        conditions.append(_condition(match))
        position = match.end()
        if position == len(text):
            return conditions
        joined = _AND.match(text, position)
        if joined is None:
            raise FilterError(f"conditions are joined by and, at: {text[position:].strip()}")
        position = joined.end()


def _condition(match: re.Match[str]) -> Condition:
    path = tuple(match["field"].split("."))
    if path[0] not in LIST_FIELDS:
        raise FilterError(f"{path[0]} is not a field of an External DID")
    if len(path) > 1 and path[0] != "attributes":
        raise FilterError(f"{path[0]} has no nested fields")
    if match["operator"] not in OPERATORS:
        raise FilterError(f"{match['operator']} is not one of {', '.join(OPERATORS)}")
    value = match["value"]
    quoted = value[0] in "\"'"
    return Condition(path, match["operator"], value[1:-1] if quoted else value, quoted)
