"""JSON as Python values: reading and merging it."""

from __future__ import annotations

import json
from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = "dict[str, JsonValue]"

DEEPEST_NESTING = 100
"""Levels of objects and arrays that a body may have. A limit of the simulator's own: Python's
recursion ends somewhere between hundreds and thousands, depending on its version."""


def parse_json(body: bytes) -> JsonValue:
    """Parse the JSON value of a body.

    Raises:
        ValueError: It could not be written back as JSON: wrong syntax, NaN, numbers beyond a
            double, half surrogate pairs, or more than `DEEPEST_NESTING` levels.
    """
    try:
        value: JsonValue = json.loads(body.decode("utf-8"))
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
        too_deep = _depth(value) > DEEPEST_NESTING
    except RecursionError:
        too_deep = True
    except ValueError as error:
        # The messages of Unicode errors would repeat the body.
        raise ValueError("syntax error") from error
    if too_deep:
        raise ValueError(f"nested deeper than {DEEPEST_NESTING} levels")
    return value


def _depth(value: JsonValue) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def merge_objects(old: JsonValue, new: JsonValue, *, deep: bool) -> JsonValue:
    """``old`` with the keys of ``new``. Arrays are replaced whole, and null stays null.

    CarrierX documentation, update of nested objects: a PATCH merges by default. Whether it merges
    inside nested objects too is not documented, hence ``deep``.
    """
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    if not deep:
        return {**old, **new}
    return {**old, **{k: merge_objects(old.get(k), v, deep=True) for k, v in new.items()}}
