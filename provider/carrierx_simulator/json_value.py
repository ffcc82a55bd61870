"""JSON as Python values, and the one comparison that JSON and Python disagree on."""

from __future__ import annotations

from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = "dict[str, JsonValue]"


def same_json(left: JsonValue, right: JsonValue) -> bool:
    """Whether two values are the same JSON value.

    ``3`` and ``3.0`` are the same number; ``true`` and ``1`` are not the same value, although
    Python's ``==`` says so.
    """
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(
            same_json(value, right[key]) for key, value in left.items()
        )
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_json, left, right))
    return left == right
