"""Nested JSON objects that several people write to: which keys are ours, and what to send.

``attributes`` is free form, and a number's attributes are often shared: the program declares some
keys, other systems keep theirs. So an object is declared key by key, at any depth. A *mask* records
which: ``True`` where a value was declared, an object of masks where an object was.

    declared   {"owner": "support", "routing": {"queue": 7}}
    mask       {"owner": true,      "routing": {"queue": true}}

Arrays are values: they are declared and replaced as a whole. A null means the same as an absent
key. All functions are pure and leave their arguments as they are.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from carrierx_provider.core.resource import UNKNOWN

Json: TypeAlias = Any
JsonObject: TypeAlias = dict[str, Any]
Mask: TypeAlias = "dict[str, bool | Mask]"


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


def removed_keys(before: Mask, now: Mask) -> Mask:
    """What ``before`` declared and ``now`` no longer does: the keys that have to disappear."""
    gone: Mask = {}
    for key, inner in before.items():
        still = now.get(key)
        if still is None:
            gone[key] = inner
        elif isinstance(inner, dict) and isinstance(still, dict):
            deeper = removed_keys(inner, still)
            if deeper:
                gone[key] = deeper
    return gone


def remove(base: JsonObject, gone: Mask) -> JsonObject:
    """``base`` without the masked keys. An object that held nothing else goes with them."""
    left: JsonObject = {}
    for key, value in base.items():
        inner = gone.get(key)
        if inner is None:
            left[key] = value
        elif isinstance(inner, dict) and isinstance(value, dict):
            smaller = remove(value, inner)
            if smaller:
                left[key] = smaller
    return left


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
    return bool(removed_keys(mask_of(base), mask_of(target)))


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
