"""A program's values, as they can travel to the engine.

The engine carries JSON: strings, 64-bit floats, booleans, arrays, objects. What a person may write
beyond that is put into such a form here; whether it is right, the provider's check decides.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import pulumi


def capability_input(capabilities: Any) -> Any:  # noqa: ANN401 -- any Pulumi Input of capabilities
    """Capabilities as an integer or a list: an IntFlag is an Enum, and would travel by its name."""
    if isinstance(capabilities, pulumi.Output):
        return capabilities.apply(capability_input)
    if isinstance(capabilities, Enum):
        return capabilities.value
    if isinstance(capabilities, (Sequence, set, frozenset)) and not isinstance(capabilities, str):
        return [capability_input(item) for item in capabilities]
    return capabilities


def json_input(value: Any) -> Any:  # noqa: ANN401 -- any Pulumi Input of JSON
    """JSON as it travels: an integer too large even for a float becomes infinity.

    The provider's check refuses integers beyond 2^53 and says at which key; one beyond 10^308
    would not even get there.
    """
    if isinstance(value, pulumi.Output):
        return value.apply(json_input)
    if isinstance(value, Mapping):
        # As JSON has it: a table in YAML may well have numbers for keys.
        return {str(key): json_input(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_input(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            float(value)
        except OverflowError:
            return math.inf
    return value


def secrecy_input(value: Any) -> Any:  # noqa: ANN401 -- any Pulumi Input
    """True where the value turns out to be a secret, else None: the provider cannot see it."""
    if not isinstance(value, pulumi.Output):
        return None

    async def secrecy() -> bool | None:
        return True if await value.is_secret() else None

    known_later: pulumi.Output[bool | None] = pulumi.Output.from_input(secrecy())
    return known_later
