"""Previews in the form in which the real engine prints them for ``pulumi preview --json``."""

from __future__ import annotations

import json
from typing import Any

TYPE = "pulumi-python:dynamic/carrierx:ExternalDID"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
STACK = {"op": "same", "urn": "urn:pulumi:dev::numbers::pulumi:pulumi:Stack::numbers-dev"}
SID = "798c5c8c-3610-4f61-b5c3-534c952eebec"
NUMBER = "+46700987654"
BASE = {"phonenumber": NUMBER, "capabilities": 3}


def urn(name: str, type_: str = TYPE) -> str:
    """The URN of a resource of this stack."""
    return f"urn:pulumi:dev::numbers::{type_}::{name}"


def number(**inputs: Any) -> dict[str, Any]:
    """The inputs of a number with these beside the required ones."""
    return {**BASE, **inputs}


def outputs_of(declared: dict[str, Any], **others: Any) -> dict[str, Any]:
    """What the state has of a number that was registered as it was declared."""
    managed = {
        name: dict.fromkeys(value, True) if isinstance(value, dict) else True
        for name, value in declared.items()
        if name not in {"phonenumber", "capabilities"}
    }
    return {**declared, "external_did_sid": SID, "managed_fields": managed, **others}


def step(
    op: str,
    name: str = "support",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    **others: Any,
) -> dict[str, Any]:
    """One step on an External DID, from the inputs before to the inputs after.

    ``outputs`` are those of ``before`` unless given; ``old`` is for the state before it; all else
    is for the step.
    """
    outputs, old = others.pop("outputs", None), others.pop("old", {})
    made: dict[str, Any] = {"op": op, "urn": urn(name), "detailedDiff": None, **others}
    if before is not None:
        state = outputs_of(before) if outputs is None else outputs
        made["oldState"] = {
            "type": TYPE, "id": SID, "inputs": before, "outputs": state, **old
        }  # fmt: skip
    if after is not None:
        made["newState"] = {"type": TYPE, "inputs": after}
    return made


def preview(*steps: dict[str, Any], summary: dict[str, int] | None = None, **others: Any) -> str:
    """A whole preview of these steps, and of the stack itself."""
    digest = {"steps": [STACK, *steps], "changeSummary": summary or {}, "duration": 1, **others}
    return json.dumps(digest)
