"""Inputs checked field by field: the problems of each, and the values that are right.

A model's fields are annotated with rules: functions that return the canonical value, or raise
``one`` or ``several``. A reason is one line, and holds no value but that of a number or a
capability.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, TypeAdapter, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from carrierx_provider.core.resource import UNKNOWN, InputFailure, IsUnknown, is_unknown
from carrierx_provider.core.text import plural, printable, shorten

MOST_SHOWN = 20
"""Problems of one field that are shown; the rest are counted."""

LONGEST_PATH = 8
"""Keys of a path that are shown; of a longer one, the two ends."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem with a field, or with a value at a path below it."""

    reason: str
    path: tuple[str, ...] = ()


def one(reason: str) -> PydanticCustomError:
    """A field's only problem, to be raised."""
    return several([Problem(reason)])


def several(problems: Sequence[Problem]) -> PydanticCustomError:
    """All problems of a field, to be raised."""
    return PydanticCustomError("problems", "invalid", {"problems": problems})


def problems_of(error: PydanticCustomError) -> Sequence[Problem]:
    """The problems that a rule has raised."""
    context: Mapping[str, Sequence[Problem]] = error.context or {}
    return context["problems"]


def http_url_parts(url: str) -> SplitResult | None:
    """The parts of an http or https URL with a host and without white space; else None."""
    try:
        parts = urlsplit(url)
        # The port is read only to check it: out of range, it raises.
        _ = parts.port
    except ValueError:
        return None
    is_plain = not re.search(r"[\s\x00-\x1f\x7f-\x9f]", url)
    return parts if is_plain and parts.scheme in {"http", "https"} and parts.hostname else None


def is_unknown_in(info: ValidationInfo) -> IsUnknown:
    """What counts as unknown in this validation."""
    found: IsUnknown = (info.context or {}).get("is_unknown", is_unknown)
    return found


def check_fields(
    model: type[BaseModel], values: Mapping[str, object], is_unknown: IsUnknown = is_unknown
) -> tuple[dict[str, Any], list[InputFailure]]:
    """Check each value by the rule of its field, whatever the other fields are."""
    adapters = _adapters(model)
    right: dict[str, Any] = {}
    failures: list[InputFailure] = []
    for name in (name for name in adapters if name in values):
        if is_unknown(values[name]):
            right[name] = UNKNOWN
            continue
        try:
            right[name] = adapters[name].validate_python(
                values[name], context={"is_unknown": is_unknown}
            )
        except ValidationError as error:
            for entry in error.errors(include_url=False, include_input=False):
                # The text of an error that is not from a rule of ours is pydantic's.
                problems = entry.get("ctx", {}).get("problems", [Problem(entry["msg"])])
                failures += failures_of(name, problems)
    return right, failures


@functools.cache
def _adapters(model: type[BaseModel]) -> dict[str, TypeAdapter[Any]]:
    return {name: TypeAdapter(known) for name, known in known_types(model).items()}


def known_types(model: type[BaseModel]) -> dict[str, Any]:
    """What each field is once it is known: the first member of its union with unknown or null.

    Of a union, pydantic would report the problem of each member.
    """
    types = get_type_hints(model, include_extras=True)
    unions = {name: get_args(types[name])[0] for name in model.model_fields}
    return {name: get_args(union)[0] for name, union in unions.items()}


def failures_of(name: str, problems: Sequence[Problem]) -> list[InputFailure]:
    """The problems of an input: as many as a person reads, and the count of the others."""
    shown = list(problems[:MOST_SHOWN])
    if len(problems) > MOST_SHOWN:
        shown.append(Problem(f"has {plural(len(problems) - MOST_SHOWN, 'more problem')}"))
    return [
        InputFailure(f"{name}{shown_path(problem.path)}", printable(problem.reason))
        for problem in shown
    ]


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
