"""The rule of free-form JSON: what the engine can carry, and gives back equal."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from carrierx_provider.core.resource import UNKNOWN, IsUnknown
from carrierx_provider.core.validation import Problem

LARGEST_EXACT_INTEGER = 2**53 - 1
"""Numbers pass the engine as 64-bit floats, in which larger integers collide with a neighbour."""

DEEPEST_NESTING = 99
"""Levels of objects and arrays, the outermost being the first. CarrierX documents no limit;
parsers of JSON commonly end at 100, which is what the whole body then has."""

LARGEST_CALL = 1_000_000
"""Bytes of JSON in what one resource declares. CarrierX documents no limit; servers commonly end at
1 MiB."""

INEXACT = "is an integer beyond 2^53, which the engine cannot keep exactly: write it as a string"

SHORTEST_JSON = 2
"""Bytes of any value within another: a digit and a comma, or brackets."""

TOO_LARGE = (
    f"is too large: a call to CarrierX carries at most {LARGEST_CALL:,} bytes of JSON. Keep that "
    "much data elsewhere"
)

SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
"""Pulumi takes an object with this key for a value of its own, such as a secret or an asset."""

UNKNOWN_MARKERS = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""The strings by which Pulumi marks a value as not known yet. Declared as a value, each would be
dropped on its way."""

KnownLater: TypeAlias = Callable[[Any, tuple[str, ...]], object]
"""Makes the value to use in place of one that is not known yet, at this path."""


def exact_json(
    value: object, is_unknown: IsUnknown, known_later: KnownLater = lambda *_: UNKNOWN
) -> tuple[object, list[Problem]]:
    """The JSON value in canonical form: plain types, whole floats as integers, no null members.

    Nulls inside arrays are values and stay. What is unknown becomes what ``known_later`` makes of
    it. The value means nothing if there are problems, each with its path.
    """
    walk = _Walk(is_unknown, known_later)
    canonical = walk.exact(value, ())
    # First, since not all problems are shown, and the walk has ended where it was found.
    too_large = [Problem(TOO_LARGE)] if walk.left < 0 else []
    return canonical, [*too_large, *walk.problems]


def whole_number(value: object) -> int | None:
    """The integer that the value is: the engine passes ``3`` as ``3.0``. A boolean is not one."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else None


def text_problem(text: str) -> str | None:
    """Why a string cannot travel, or None."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return (
            f"is not valid Unicode text: its character {error.start + 1} is half of a surrogate "
            "pair, so it was cut or decoded wrongly"
        )
    if text in UNKNOWN_MARKERS:
        return "is a string that Pulumi reserves for values not known yet: use another"
    return None


def type_name(value: object) -> str:
    """What a value is, for a person: ``a number``, ``a list``, or its class."""
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string"}
    names |= {list: "a list", tuple: "a list", dict: "an object", type(None): "null"}
    names |= {bytes: "bytes"}
    own = type(value).__name__
    return names.get(type(value), f"{'an' if own[0] in 'aeiouAEIOU' else 'a'} {own}")


@dataclass(slots=True)
class _Walk:
    """One walk through a value, which ends early where the value has no end."""

    is_unknown: IsUnknown
    known_later: KnownLater
    problems: list[Problem] = field(default_factory=list)
    left: int = LARGEST_CALL
    """Bytes. A value may be small and yet endless, by objects that it contains many times."""
    _inside: set[int] = field(default_factory=set)

    def exact(self, value: object, path: tuple[str, ...]) -> object:
        self.left -= SHORTEST_JSON
        if self.left < 0:
            return None
        if self.is_unknown(value):
            return self.known_later(value, path)
        if isinstance(value, Enum):
            value = value.value
        if isinstance(value, (Mapping, list, tuple)):
            return self._container(value, path)
        plain, reason = _scalar(value)
        if reason:
            self._add(reason, path)
        self.left -= len(value) if isinstance(value, str) else 0
        return plain

    def _container(
        self,
        value: Mapping[object, object] | list[object] | tuple[object, ...],
        path: tuple[str, ...],
    ) -> object:
        if id(value) in self._inside:
            self._add("contains itself, which JSON cannot express", path)
            return None
        if len(path) >= DEEPEST_NESTING:
            self._add(f"is nested too deeply: at most {DEEPEST_NESTING} levels are sent", path)
            return None
        self._inside.add(id(value))
        try:
            if isinstance(value, Mapping):
                return self._object(value, path)
            return [self.exact(inner, (*path, str(index))) for index, inner in enumerate(value)]
        finally:
            self._inside.remove(id(value))

    def _object(self, value: Mapping[object, object], path: tuple[str, ...]) -> object:
        result = {}
        for raw_key, inner in value.items():
            key = self._key(raw_key, path)
            if key is None:
                shown = raw_key if isinstance(raw_key, str) else type_name(raw_key)
                self.exact(inner, (*path, shown))
                continue
            if key in result:
                self._add("is there twice, once as a number: write it once", (*path, key))
            canonical = self.exact(inner, (*path, key))
            # Null means the same as an absent key, and the engine drops it.
            if inner is not None:
                result[key] = canonical
        return result

    def _key(self, key: object, path: tuple[str, ...]) -> str | None:
        if isinstance(key, Enum):
            key = key.value
        # A table in YAML may well have whole numbers for keys.
        if isinstance(key, int) and not isinstance(key, bool) and abs(key) <= LARGEST_EXACT_INTEGER:
            key = str(int(key))
        if not isinstance(key, str):
            self._add(f"has a key that is not a string but {type_name(key)}: use a string", path)
            return None
        self.left -= len(key)
        reason = text_problem(key) if key not in UNKNOWN_MARKERS else None
        if key == SIGNATURE_KEY:
            reason = "must not be a key: Pulumi marks its own values with it"
        if reason:
            self._add(reason, (*path, key))
            return None
        return str.__str__(key)

    def _add(self, reason: str, path: tuple[str, ...]) -> None:
        self.problems.append(Problem(reason, path))


def _scalar(value: object) -> tuple[object, str | None]:
    """The value as JSON's own type, since libraries have their own, and why it cannot travel."""
    if isinstance(value, str):
        return str.__str__(value), text_problem(value)
    if value is None or isinstance(value, bool):
        return value, None
    if not isinstance(value, (int, float)):
        return value, f"must be JSON, not {type_name(value)}: write it as a string"
    if isinstance(value, float) and not math.isfinite(value):
        return value, "is not a finite number: write it as a string"
    whole = whole_number(value)
    if whole is None:
        return float(value), None
    return whole, INEXACT if abs(whole) > LARGEST_EXACT_INTEGER else None
