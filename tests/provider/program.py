"""What a program of the tests declares: inputs for the provider, options of the engine, and which
resource depends on which.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Properties: TypeAlias = dict[str, Any]

TYPE = "pulumi-python:dynamic/carrierx:ExternalDID"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What a preview does not know yet, as the engine marks it."""

RETAIN = "retain_on_delete"
DELETE_FIRST = "delete_before_replace"
"""Among what is declared: an option of the resource itself. The engine goes by it, and the SDK
passes it on as an input where it is True."""
INHERITED_RETAIN = "inherited retain_on_delete"
INHERITED_DELETE_FIRST = "inherited delete_before_replace"
"""Among what is declared: the option comes from a component, so that the SDK does not see it."""
DEPENDS_ON = "depends_on"
"""Among what is declared: names of other resources of the program."""
GET = "get"
"""Among what is declared: ``ExternalDID.get`` of this SID, which is read and never changed."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret value, in the program and in the state."""

    value: Any


@dataclass(frozen=True, slots=True)
class Declared:
    """A resource of the program, as the SDK registers it."""

    inputs: Properties
    retained: bool
    delete_first: bool | None
    """Whether a replace deletes first; None leaves it to the provider."""
    depends_on: tuple[str, ...]
    got: str | None
    """The SID of a resource that is only read."""

    @classmethod
    def of(cls, declared: Mapping[str, Any]) -> Declared:
        """Split what a case declares."""
        given = {key: value for key, value in declared.items() if value is not None}
        retained = bool(given.get(RETAIN) or given.pop(INHERITED_RETAIN, False))
        delete_first = given.get(DELETE_FIRST, given.pop(INHERITED_DELETE_FIRST, None))
        if not given.get(DELETE_FIRST):
            given.pop(DELETE_FIRST, None)
        depends_on = tuple(given.pop(DEPENDS_ON, ()))
        got = given.pop(GET, None)
        # What the SDK finds out for the provider.
        if isinstance(given.get("name"), Secret):
            given["name_is_secret"] = True
        return cls(given, retained, delete_first, depends_on, got)


def plain(value: Any) -> Any:
    """The value without its secrecy."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return value


def keep_secret(answered: Properties, sent: Properties) -> None:
    """Make secret again what has the name of a secret that was sent."""
    for key in answered.keys() & sent.keys():
        if isinstance(answered[key], dict) and isinstance(sent[key], dict):
            keep_secret(answered[key], sent[key])
        elif isinstance(sent[key], Secret):
            answered[key] = Secret(answered[key])


def in_layers(depends_on: Mapping[str, Collection[str]]) -> list[list[str]]:
    """The names in layers: each depends on what is in earlier ones, as far as it is among them."""
    layers: list[list[str]] = []
    left = [*depends_on]
    while left:
        layers.append([name for name in left if not set(depends_on[name]) & set(left)])
        left = [name for name in left if name not in layers[-1]]
    return layers


def all_needed(name: str, depends_on: Mapping[str, Collection[str]]) -> set[str]:
    """What a resource depends on, and what that depends on."""
    direct = set(depends_on.get(name, ()))
    return direct.union(*(all_needed(each, depends_on) for each in direct))
