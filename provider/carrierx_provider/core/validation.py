"""A mistake in an input: why it is one, and where inside the field it stands.

A reason is one line, and holds no value but that of a number or a capability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from carrierx_provider.core.text import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic_core import ErrorDetails

MOST_SHOWN = 20
"""Mistakes of one field that are told; the rest are counted."""

LONGEST_PATH = 8
"""Keys of a path that are shown; of a longer one, the two ends."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a field, or at a path below it."""

    reason: str
    path: tuple[str, ...] = ()


def one(reason: str) -> PydanticCustomError:
    """A field's only mistake, to be raised."""
    return several([Problem(reason)])


def several(mistakes: Sequence[Problem]) -> PydanticCustomError:
    """All mistakes of a field, to be raised."""
    # They go in as a value: pydantic would read braces in a template.
    return PydanticCustomError("mistake", "{mistakes}", {"mistakes": first_of(mistakes)})


def first_of(mistakes: Sequence[Problem]) -> list[Problem]:
    """As many mistakes as a person reads, and the count of the others."""
    others = len(mistakes) - MOST_SHOWN
    if others <= 0:
        return list(mistakes)
    counted = Problem(f"has {others} more mistake{'' if others == 1 else 's'}")
    return [*mistakes[:MOST_SHOWN], counted]


def mistakes_of(error: PydanticCustomError) -> list[Problem]:
    """The mistakes that a rule has raised."""
    context: Mapping[str, list[Problem]] = error.context or {}
    return context["mistakes"]


def mistakes_in(entry: ErrorDetails) -> list[Problem]:
    """The mistakes that a validation error carries; pydantic's own words if it is not ours."""
    context: Mapping[str, list[Problem]] = entry.get("ctx", {})
    return context.get("mistakes", [Problem(entry["msg"])])


def shown_path(path: Sequence[str]) -> str:
    """The path as it follows the field's name: ``.routing.queue``, ``["with a space"]``."""
    parts = [_part(key) for key in path]
    if len(parts) > LONGEST_PATH:
        half = LONGEST_PATH // 2
        parts = [*parts[:half], "…", *parts[-half:]]
    return "".join(parts)


def _part(key: str) -> str:
    if key and key.isprintable() and not set(key) & set(" .[]\"'"):
        return f".{shorten(key)}"
    inside_quotes = shorten(key).replace('"', '\\"')
    return f'["{inside_quotes}"]'
