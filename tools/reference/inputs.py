"""The inputs of an External DID: what may be stated, and the rule of each field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BeforeValidator

import carrierx_api.calls
from carrierx_api.calls import SCOPES
from carrierx_api.capabilities import Capability
from carrierx_api.models import UPDATABLE_FIELDS
from carrierx_provider.external_did.inputs import (
    INPUT_FIELDS,
    REQUIRED_FIELDS,
    ExternalDIDInputs,
)
from pulumi_carrierx import ExternalDID
from tools.reference.markdown import code, entries, sources, table, words
from tools.reference.said_in_code import (
    NothingSaidError,
    parameters_of,
    sources_of,
    summary_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BOTH = "Arguments in a program, and columns or keys in a table. What is not stated is left alone."


def inputs() -> str:
    """What a program or a table may state of a number."""
    said = parameters_of(ExternalDID.__init__)
    schema = ExternalDIDInputs.model_json_schema()["properties"]
    rows = [
        (
            f"{code(name)} ({_kind(name, schema[name])})",
            f"{_sentence(words(said[name]))} *Rule:* {words(_rule(name))}",
        )
        for name in INPUT_FIELDS
    ]
    updatable = ", ".join(map(code, sorted(UPDATABLE_FIELDS)))
    return "\n\n".join(
        [
            "## Inputs of `ExternalDID`",
            BOTH,
            entries(rows),
            f"CarrierX updates {updatable}, and nothing else.",
            *sources(sources_of(ExternalDIDInputs, ExternalDID)),
        ]
    )


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _kind(name: str, schema: Mapping[str, Sequence[Mapping[str, str]]]) -> str:
    """The JSON type, less the null that stands for what is not stated; and whether it must be."""
    kept_as = " or ".join(one["type"] for one in schema["anyOf"] if one["type"] != "null")
    return f"{kept_as}, required" if name in REQUIRED_FIELDS else kept_as


def _rule(name: str) -> str:
    for constraint in ExternalDIDInputs.model_fields[name].metadata:
        if isinstance(constraint, BeforeValidator):
            return summary_of(constraint.func)
    raise NothingSaidError(f"the input {name} has no rule")


def capabilities() -> str:
    """The bits, and their names."""
    rows = [(str(int(bit)), code(str(bit.name).lower())) for bit in Capability]
    return "\n\n".join(
        [
            "## Capabilities",
            words(summary_of(Capability)),
            table(("bit", "name"), rows),
            *sources(sources_of(Capability)),
        ]
    )


def calls() -> str:
    """The scopes that each call needs."""
    rows = [(str(operation), " or ".join(map(code, some))) for operation, some in SCOPES.items()]
    return "\n\n".join(
        [
            "## Scopes of a token",
            "One of those named is enough.",
            table(("call", "scope"), rows),
            *sources(sources_of(carrierx_api.calls)),
        ]
    )
