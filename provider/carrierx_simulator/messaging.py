"""Messaging of one number: enabled and disabled by POST, settled a while later.

Source: CarrierX documentation, phone-numbers/external-did-messaging-enablement and its ``enable``.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from carrierx_simulator import errors
from carrierx_simulator.errors import Entry, message, wrong_fields
from carrierx_simulator.external_did import BODY, Sid, TextOrNull
from carrierx_simulator.json_values import JsonObject
from carrierx_simulator.request import Arguments


class MessagingArguments(Arguments):
    """Of a POST."""

    force: Annotated[Literal["true", "false"], message("must be true or false")] = Field(
        "false", description="Change enabled messaging."
    )


class MessagingChange(BaseModel):
    """Fields that a POST may set."""

    model_config = BODY

    enabled: Annotated[bool, message("must be a boolean")] = False
    type: Annotated[Literal["a2p", "p2p"], message("must be a2p or p2p")] = "a2p"
    campaign_sid: TextOrNull = None
    p2p_nnid: TextOrNull = None


class Messaging(MessagingChange):
    """Fields of a response; these are set by CarrierX only."""

    campaign_external_id: str | None
    did_sid: Sid
    status: Literal["in_progress", "enabled", "disabled", "failed"]


_IDENTIFIER_OF = {"a2p": "campaign_sid", "p2p": "p2p_nnid"}


def change(
    body: JsonObject, before: JsonObject | None, *, force: bool, settles_at: float
) -> JsonObject:
    """What is stored of a number's messaging after a POST.

    422 for a body that is wrong by itself, 409 for one that contradicts what is stored: ``force``
    lets enabled messaging change in one step. Unix time in seconds ``settles_at`` ends the status
    ``in_progress``.
    """
    if entries := wrong_fields(MessagingChange, body, _extra_field) or _contradictions(body):
        raise errors.invalid(entries)
    old = before or MessagingChange().model_dump()
    new = {name: body.get(name, old[name]) for name in MessagingChange.model_fields}
    other = _IDENTIFIER_OF["p2p" if new["type"] == "a2p" else "a2p"]
    if body.get(other) is not None:
        raise errors.conflict([Entry(other, f"does not apply to the type {new['type']}")])
    # The other type's identifier no longer has a meaning.
    new[other] = None
    if old["enabled"] and new["enabled"] and not force:
        fixed = [name for name in ("type", *_IDENTIFIER_OF.values()) if new[name] != old[name]]
        if fixed:
            reason = "cannot change while messaging is enabled: disable it first, or use force=true"
            raise errors.conflict(Entry(name, reason) for name in fixed)
    return {**new, "settles_at": settles_at}


def show(sid: str, stored: JsonObject, now: float) -> JsonObject:
    """The messaging object of a response. ``now`` is Unix time in seconds."""
    settles_at = stored["settles_at"]
    settled = "enabled" if stored["enabled"] else "disabled"
    in_progress = isinstance(settles_at, int | float) and now < settles_at
    campaign = stored["campaign_sid"]
    # A made-up identifier of the Campaign Registry: seven characters, as in the sample.
    external_id = "C" + hashlib.sha256(str(campaign).encode()).hexdigest()[:6].upper()
    return {
        **{name: stored[name] for name in MessagingChange.model_fields},
        "campaign_external_id": None if campaign is None else external_id,
        "did_sid": sid,
        "status": "in_progress" if in_progress else settled,
    }


def _extra_field(name: str) -> str:
    return "is read-only" if name in Messaging.model_fields else "is not a field of messaging"


def _contradictions(body: JsonObject) -> list[Entry]:
    given = {kind: name for kind, name in _IDENTIFIER_OF.items() if body.get(name) is not None}
    types = {*given, body.get("type")} - {None}
    return [
        Entry(name, f"applies to the type {kind} only")
        for kind, name in given.items()
        if types != {kind}
    ]
