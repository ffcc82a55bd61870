"""A program's values, as they can travel to the engine.

The engine carries JSON: strings, 64-bit floats, booleans, arrays, objects. What a person may write
beyond that is put into such a form here; whether it is right, the check decides.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import Enum
from typing import Any, TypeAlias

import pulumi

Later: TypeAlias = Callable[["pulumi.Output[Any]"], "pulumi.Output[Any]"]
"""What becomes of a value that is only known later."""


def is_known_later(value: object) -> bool:
    """Whether the program has no value yet, but an Output or something to await."""
    return isinstance(value, (pulumi.Output, Awaitable))


def as_output(known_later: object) -> pulumi.Output[Any]:
    """The Output, or one of what is to be awaited."""
    if isinstance(known_later, pulumi.Output):
        return known_later
    # Output.from_input would look for further Outputs in the value, and never end on a value that
    # holds itself.
    awaited: pulumi.Output[Any] = pulumi.Output.from_input(True).apply(lambda _: known_later)  # noqa: FBT003 -- any value
    return awaited


def capability_input(capabilities: Any) -> Any:  # noqa: ANN401 -- any Pulumi Input of capabilities
    """Capabilities as an integer or a list: an IntFlag is an Enum, and would travel by its name."""
    if isinstance(capabilities, pulumi.Output):
        return capabilities.apply(capability_input)
    if isinstance(capabilities, Enum):
        return capabilities.value
    is_text = isinstance(capabilities, (str, bytes, bytearray))
    if isinstance(capabilities, (Sequence, set, frozenset)) and not is_text:
        return [capability_input(item) for item in capabilities]
    return capabilities


def json_input(value: Any, later: Later) -> Any:  # noqa: ANN401 -- any Pulumi Input of JSON
    """JSON that has passed the check, as it travels; Outputs in it become what ``later`` says."""
    if is_known_later(value):
        return later(as_output(value))
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        # As JSON has it: a table in YAML may well have numbers for keys.
        return {_key(key): json_input(inner, later) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_input(inner, later) for inner in value]
    return value


def _key(key: object) -> str:
    return str(key.value if isinstance(key, Enum) else key)


def secrecy_input(value: Any) -> Any:  # noqa: ANN401 -- any Pulumi Input
    """True where the value turns out to be a secret, else None: the provider cannot see it."""
    if not isinstance(value, pulumi.Output):
        return None

    async def secrecy() -> bool | None:
        return True if await value.is_secret() else None

    known_later: pulumi.Output[bool | None] = pulumi.Output.from_input(secrecy())
    return known_later
