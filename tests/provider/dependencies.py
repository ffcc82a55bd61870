"""What has to come before what: the order of creates and, reversed, of deletes."""

from __future__ import annotations

from collections.abc import Collection, Mapping


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
