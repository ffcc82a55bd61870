"""Nested JSON objects that several people write to: which keys are ours, and what to send.

``attributes`` is free form, and a number's attributes are often shared: the program declares some
keys, other systems keep theirs. So an object is declared key by key, at any depth. A *mask* records
which: ``True`` where a value was declared, an object of masks where an object was.

    declared   {"owner": "support", "routing": {"queue": 7}}
    mask       {"owner": true,      "routing": {"queue": true}}

``False`` in place of ``True`` marks a value that was declared, and that somebody else has changed.

Arrays are values: they are declared and replaced as a whole. A null means the same as an absent
key. All functions are pure and leave their arguments as they are.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from carrierx_provider.core.resource import UNKNOWN

Json: TypeAlias = Any
JsonObject: TypeAlias = dict[str, Any]
Mask: TypeAlias = "dict[str, bool | Mask]"
Path: TypeAlias = tuple[str, ...]


def json_equal(one: Json, other: Json) -> bool:
    """Equality of JSON values: ``3`` is ``3.0``, ``true`` is not ``1``, key order is ignored.

    An unknown equals nothing, since it may turn out to be anything.
    """
    if one is UNKNOWN or other is UNKNOWN:
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(json_equal(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(json_equal, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def without_nulls(value: Json) -> Json:
    """The value without its null members; nulls inside arrays are values and stay."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value


def mask_of(declared: JsonObject) -> Mask:
    """Which keys a declared object declares."""
    return {
        key: mask_of(value) if isinstance(value, dict) else True for key, value in declared.items()
    }


def mark_changed(mask: Mask, before: JsonObject, now: JsonObject) -> Mask:
    """The mask, with ``False`` for each value that has changed between ``before`` and ``now``.

    What has disappeared keeps its mark. What then comes back is somebody else's altogether: it is
    left out, as if it had never been declared.
    """
    marked: Mask = {}
    for key, inner in mask.items():
        was, value = before.get(key), now.get(key)
        if isinstance(inner, dict):
            marked[key] = mark_changed(inner, _object(was), _object(value))
        elif value is None or was is not None:
            marked[key] = inner and (value is None or json_equal(was, value))
    return marked


def clear(
    base: JsonObject, before: Mask, now: Mask, written: JsonObject
) -> tuple[JsonObject, list[Path]]:
    """``base`` without what ``before`` declared, ``now`` no longer does, and is still ours.

    Ours is what has the value in ``written``, unless it is marked as somebody else's. An object
    that held nothing else goes with its last key.

    Returns:
        What is left of ``base``, and where somebody else's value has kept a key from disappearing.
    """
    left: JsonObject = {}
    kept: list[Path] = []
    for key, value in base.items():
        was, still = before.get(key), now.get(key)
        both_objects = isinstance(was, dict) and isinstance(still, dict)
        if was is None or not (still is None or both_objects):
            left[key] = value
        elif isinstance(was, dict) and isinstance(value, dict):
            inner, deeper = clear(value, was, _object(still), _object(written.get(key)))
            if inner:
                left[key] = inner
            kept += [(key, *path) for path in deeper]
        elif value is not None and not (was is True and json_equal(value, written.get(key))):
            left[key] = value
            if still is None:
                kept.append((key,))
    return left, kept


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def merge(base: JsonObject, declared: JsonObject) -> JsonObject:
    """``base`` with every declared value set, and every key that is not declared kept."""
    result = dict(base)
    for key, value in declared.items():
        below = result.get(key)
        if isinstance(value, dict):
            result[key] = merge(below if isinstance(below, dict) else {}, value)
        else:
            result[key] = value
    return result


def loses_a_key(base: JsonObject, target: JsonObject) -> bool:
    """Whether a key of ``base`` is missing in ``target``, which no merge can bring about."""
    for key, value in base.items():
        if key not in target:
            return True
        both_objects = isinstance(value, dict) and isinstance(target[key], dict)
        if both_objects and loses_a_key(value, target[key]):
            return True
    return False


def pick(base: JsonObject, mask: Mask) -> JsonObject:
    """The part of ``base`` that the mask covers: the values now of what was declared."""
    seen: JsonObject = {}
    for key, inner in mask.items():
        value = base.get(key)
        if isinstance(inner, dict) and isinstance(value, dict):
            seen[key] = pick(value, inner)
        elif value is not None:
            seen[key] = value
    return seen
