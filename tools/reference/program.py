"""What a program sees beside the inputs: outputs, tables, look-ups."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pulumi_carrierx as carrierx
from carrierx_api.models import ExternalDID
from tools.reference.markdown import code, entries, sources, words
from tools.reference.said_in_code import (
    NothingSaidError,
    attributes_of,
    parameters_of,
    sources_of,
    summary_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

UNDER_ANOTHER_NAME = {"id": "carrierx_id"}
"""Fields of CarrierX's object whose own name is Pulumi's."""


WHOSE = (
    "CarrierX's fields under its own names, and what is recorded beside them. `or None`: some of "
    "CarrierX's answers leave it out."
)


def outputs() -> str:
    """Every output of a number.

    :raises NothingSaidError: a field of CarrierX's object is no output.
    """
    said = attributes_of(carrierx.ExternalDID)
    fields = (UNDER_ANOTHER_NAME.get(name, name) for name in ExternalDID.model_fields)
    if missing := [name for name in fields if name not in said]:
        raise NothingSaidError(f"the outputs say nothing of {', '.join(missing)}")
    rows = [(f"{code(name)} ({_type(kind)})", words(text)) for name, (kind, text) in said.items()]
    return "\n\n".join(
        [
            "## Outputs of `ExternalDID`",
            WHOSE,
            entries(rows),
        ]
    )


def _type(annotation: str) -> str:
    inner = annotation.removeprefix("pulumi.Output[").removesuffix("]")
    return code(inner).replace(" | None`", "` or None").replace("dict[str, Any]", "dict")


def tables() -> str:
    """The component of a table."""
    pool = carrierx.NumberPool
    said = attributes_of(pool)
    rows = [(code(name), words(text)) for name, (_, text) in said.items()]
    return "\n\n".join(
        [
            "## `NumberPool`",
            f"{words(summary_of(pool))} [tables.md](tables.md)",
            _parameters(pool.__init__),
            "It has:",
            entries(rows),
        ]
    )


def functions() -> str:
    """The look-ups, and the readers of tables."""
    shown = [carrierx.ExternalDID.get]
    shown += [
        function
        for name in carrierx.__all__
        if inspect.isfunction(function := getattr(carrierx, name))
    ]
    parts = ["## Functions"]
    for function in shown:
        name = function.__qualname__
        parts += [f"### `{name}`", words(summary_of(function))]
        if parameters_of(function):
            parts.append(_parameters(function))
        parts += sources(sources_of(function))
    return "\n\n".join(parts)


def _parameters(function: Callable[..., object]) -> str:
    rows = [(code(name), words(text)) for name, text in parameters_of(function).items()]
    return entries(rows)
