"""The engine's properties: Python values to a protobuf Struct and back, unknowns and secrets too.

An own codec, so that the tests share no mistake with the provider's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What a preview does not know yet, as the engine marks it."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret value, in the program and in the state."""

    value: Any


def plain(value: Any) -> Any:
    """The value without its secrecy, for a provider that does not accept secrets."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


def encoded(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """The properties as they travel: every number a double."""
    struct = struct_pb2.Struct()
    for key, value in properties.items():
        _put(struct.fields[key], value)
    return struct


def _put(place: struct_pb2.Value, value: Any) -> None:
    match value:
        case None:
            place.null_value = struct_pb2.NULL_VALUE
        case bool():
            place.bool_value = value
        case int() | float():
            place.number_value = value
        case str():
            place.string_value = value
        case dict():
            place.struct_value.CopyFrom(encoded(value))
        case list() | tuple():
            place.list_value.SetInParent()
            for item in value:
                _put(place.list_value.values.add(), item)
        case Secret():
            place.struct_value.CopyFrom(encoded({_SIGNATURE: _SECRET, "value": value.value}))
        case _:
            raise TypeError(type(value))


def decoded(struct: struct_pb2.Struct) -> dict[str, Any]:
    """The properties that a provider answered with."""
    return {key: _value(value) for key, value in struct.fields.items()}


def _value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        inner = decoded(value.struct_value)
        return Secret(inner["value"]) if inner.get(_SIGNATURE) == _SECRET else inner
    if kind == "list_value":
        return [_value(item) for item in value.list_value.values]
    return None if kind == "null_value" else getattr(value, kind)


def keep_secret(answered: dict[str, Any], sent: Mapping[str, Any]) -> None:
    """Mark as secret what has the name of a secret that was sent, as the engine does.

    This is for a provider that does not accept secrets.
    """
    for key in answered.keys() & sent.keys():
        if isinstance(answered[key], dict) and isinstance(sent[key], dict):
            keep_secret(answered[key], sent[key])
        elif not isinstance(answered[key], Secret) and plain(sent[key]) != sent[key]:
            answered[key] = Secret(answered[key])
