"""How Pulumi's documents mark secrets, and values that are not known yet. Pure."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any, Final, Literal

from carrierx_provider.core.json_values import SIGNATURE_KEY, UNKNOWN_MARKERS
from carrierx_provider.core.resource import UNKNOWN

SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 -- a marker, no secret
"""The value of ``SIGNATURE_KEY`` in an object that stands for a secret. Source:
``sdk/go/common/resource/sig/sig.go`` of Pulumi."""

MASKED_SECRET = "[secret]"  # noqa: S105 -- the engine's mask
"""What a preview prints in place of a secret."""


class Secret(Enum):
    """The type of ``SECRET``, an enum so that type checkers can tell it from every value."""

    SECRET = "secret"  # noqa: S105 -- a name

    def __repr__(self) -> str:
        return MASKED_SECRET


SECRET: Final[Literal[Secret.SECRET]] = Secret.SECRET
"""A value that the document hides. Two of them may be equal or not."""


def read_value(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """A document's value, with ``SECRET`` and ``UNKNOWN`` in place of the engine's markers.

    A string that reads ``[secret]`` by itself is taken for a masked secret, which hides it.
    """
    if isinstance(value, dict):
        if value.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
            return SECRET
        return {key: read_value(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [read_value(inner) for inner in value]
    if isinstance(value, str):
        if value == MASKED_SECRET:
            return SECRET
        if value in UNKNOWN_MARKERS:
            return UNKNOWN
    return value


def plaintext_secret(value: object) -> dict[str, str]:
    """A value as a secret of a deployment, which the engine encrypts when it imports it."""
    # A secret's plaintext is JSON.
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": json.dumps(value)}
