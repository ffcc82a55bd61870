"""What a preview hides: secrets, which it masks, and values that are known only after ``up``."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from carrierx_provider.core.json_merge import json_equal
from carrierx_provider.core.unknown import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Path: TypeAlias = "tuple[str, ...]"

SECRET_TEXT = "[secret]"  # noqa: S105 -- the engine's mask, no secret
UNKNOWN_TEXT = "[known after up]"

_SECRET_SIGNATURE = ("4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270")

UNKNOWN_MARKERS = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""The engine's markers for an unknown string, boolean, number, array and object. Source:
``sdk/go/common/resource/plugin/rpc.go`` of Pulumi."""


class Secret(Enum):
    """The type of ``SECRET``."""

    SECRET = "secret"  # noqa: S105 -- a name

    def __repr__(self) -> str:
        """As the engine masks it."""
        return SECRET_TEXT


SECRET: Final[Literal[Secret.SECRET]] = Secret.SECRET
"""A value that the preview masks. Two of them may be equal or not."""


def as_seen(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """The preview's value, with ``SECRET`` and ``UNKNOWN`` for what it hides.

    A string that happens to be ``[secret]`` is treated as a secret, which hides it.
    """
    if isinstance(value, dict):
        key, signature = _SECRET_SIGNATURE
        if value.get(key) == signature:
            return SECRET
        return {key: as_seen(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_seen(inner) for inner in value]
    if isinstance(value, str):
        if value == SECRET_TEXT:
            return SECRET
        if value in UNKNOWN_MARKERS:
            return UNKNOWN
    return value


def _is_secret(value: object) -> bool:
    return value is SECRET


def is_opaque(value: object) -> bool:
    """Whether the value itself is hidden."""
    return value is SECRET or value is UNKNOWN


def holds_opaque(value: object) -> bool:
    """Whether something at or below the value is hidden."""
    return _holds(value, is_opaque)


def secret_paths(sides: Iterable[Mapping[str, Any]]) -> frozenset[Path]:
    """Where any of these properties has a secret; a list that holds one is secret as a whole.

    What is masked on one side may be plain on another: it is hidden there too.
    """
    paths = {path for side in sides for path in _secrets_in(side, ())}
    if any(side.get("name_is_secret") is True for side in sides):
        paths.add(("name",))
    return frozenset(paths)


def _secrets_in(value: object, path: Path) -> Iterator[Path]:
    if value is SECRET or (isinstance(value, list) and _holds(value, _is_secret)):
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _secrets_in(inner, (*path, key))


def _holds(value: object, is_meant: Callable[[object], bool]) -> bool:
    if isinstance(value, dict):
        return any(_holds(inner, is_meant) for inner in value.values())
    if isinstance(value, list):
        return any(_holds(inner, is_meant) for inner in value)
    return is_meant(value)


def is_under(path: Path, secrets: frozenset[Path]) -> bool:
    """Whether the path leads to a secret, or into one."""
    return any(path[: len(secret)] == secret for secret in secrets)


def replacing(
    value: Any,  # noqa: ANN401 -- any JSON
    substitute: object,
    is_meant: Callable[[object], bool],
) -> Any:  # noqa: ANN401 -- any JSON
    """The value, with a substitute for every part of it that is meant."""
    if isinstance(value, dict):
        return {key: replacing(inner, substitute, is_meant) for key, inner in value.items()}
    if isinstance(value, list):
        return [replacing(inner, substitute, is_meant) for inner in value]
    return substitute if is_meant(value) else value


def masked(value: Any, path: Path, secrets: frozenset[Path]) -> Any:  # noqa: ANN401 -- any JSON
    """The value as it may be shown, with texts for the parts that may not."""
    if value is not None and is_under(path, secrets):
        return SECRET_TEXT
    if isinstance(value, dict):
        return {key: masked(inner, (*path, key), secrets) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner, path, secrets) for inner in value]
    if value is UNKNOWN:
        return UNKNOWN_TEXT
    return SECRET_TEXT if value is SECRET else value


def differences(before: Any, after: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:  # noqa: ANN401 -- any JSON
    """What differs between two JSON values, at the deepest key that both have as objects."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from differences(before.get(key), after.get(key), (*path, key))
    elif before is None and isinstance(after, dict) and path == ("attributes",):
        yield from differences({}, after, path)
    elif not json_equal(before, after):
        yield path, before, after
