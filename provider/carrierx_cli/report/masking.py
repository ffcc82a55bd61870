"""What a preview hides: secrets, which it masks, and values that are known only after ``up``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from carrierx_provider.core.resource import UNKNOWN
from carrierx_provider.pulumi_files.markers import MASKED_SECRET, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Path: TypeAlias = "tuple[str, ...]"

SECRET_TEXT = MASKED_SECRET
UNKNOWN_TEXT = "[known after up]"


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


def shown_text(name: str, secrets: frozenset[Path], *sides: Mapping[str, Any]) -> str | None:
    """A field as it may be shown, from the first of these sides that has a text in it."""
    shown = (masked(side.get(name), (name,), secrets) for side in sides)
    return next((value for value in shown if isinstance(value, str) and value), None)


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
