"""Messaging of one number: switched on and off by POST, settled a while later.

Source: CarrierX documentation, phone-numbers/external-did-messaging-enablement and its ``enable``.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from carrierx_simulator import errors
from carrierx_simulator.errors import Entry

if TYPE_CHECKING:
    from carrierx_simulator.json_value import JsonObject, JsonValue

SETTABLE = ("enabled", "type", "campaign_sid", "p2p_nnid")
READ_ONLY = ("status", "campaign_external_id", "did_sid")
TYPES = ("a2p", "p2p")

_IDENTIFIER_OF = {"a2p": "campaign_sid", "p2p": "p2p_nnid"}
_FIXED_WHILE_ENABLED = ("type", "campaign_sid", "p2p_nnid")


def changed(
    body: JsonObject, before: JsonObject | None, *, force: bool, settles_at: float
) -> JsonObject:
    """What a POST makes of a number's messaging.

    ``before`` is the stored state or None, ``settles_at`` the Unix time in seconds at which the
    status stops being ``in_progress``. Raises an `ApiError`: 422 for a body that is wrong by
    itself, 409 for one that is at odds with what is stored.
    """
    if problems := _wrong_fields(body) or _contradictions(body):
        raise errors.invalid(problems)
    old = before or {"enabled": False, "type": "a2p", "campaign_sid": None, "p2p_nnid": None}
    new = {name: body.get(name, old[name]) for name in SETTABLE}
    other = _IDENTIFIER_OF["p2p" if new["type"] == "a2p" else "a2p"]
    if body.get(other) is not None:
        raise errors.conflict([Entry(other, f"does not apply to the type {new['type']}")])
    # The other type's identifier has no meaning any more.
    new[other] = None
    if old["enabled"] and new["enabled"] and not force:
        fixed = [name for name in _FIXED_WHILE_ENABLED if new[name] != old[name]]
        if fixed:
            reason = "cannot change while messaging is enabled: disable it first, or use force=true"
            raise errors.conflict(Entry(name, reason) for name in fixed)
    return {**new, "settles_at": settles_at}


def shown(sid: str, stored: JsonObject, now: float) -> JsonObject:
    """The messaging object of an answer. ``now`` is Unix time in seconds."""
    settles_at = stored["settles_at"]
    settled = "enabled" if stored["enabled"] else "disabled"
    in_progress = isinstance(settles_at, int | float) and now < settles_at
    return {
        "campaign_external_id": _campaign_external_id(stored["campaign_sid"]),
        "campaign_sid": stored["campaign_sid"],
        "did_sid": sid,
        "enabled": stored["enabled"],
        "p2p_nnid": stored["p2p_nnid"],
        "status": "in_progress" if in_progress else settled,
        "type": stored["type"],
    }


def _wrong_fields(body: JsonObject) -> list[Entry]:
    problems = []
    for name, value in body.items():
        if name in READ_ONLY:
            problems.append(Entry(name, "is read-only"))
        elif name not in SETTABLE:
            problems.append(Entry(name, "is not a field of messaging"))
        elif name == "enabled" and not isinstance(value, bool):
            problems.append(Entry(name, "must be a boolean"))
        elif name == "type" and value not in TYPES:
            problems.append(Entry(name, "must be a2p or p2p"))
        elif name in ("campaign_sid", "p2p_nnid") and not isinstance(value, str | None):
            problems.append(Entry(name, "must be a string or null"))
    return problems


def _contradictions(body: JsonObject) -> list[Entry]:
    problems = []
    stated = {kind: body.get(name) is not None for kind, name in _IDENTIFIER_OF.items()}
    if stated["a2p"] and (body.get("type") == "p2p" or stated["p2p"]):
        problems.append(Entry("campaign_sid", "applies to the type a2p only"))
    if stated["p2p"] and (body.get("type") == "a2p" or stated["a2p"]):
        problems.append(Entry("p2p_nnid", "applies to the type p2p only"))
    return problems


def _campaign_external_id(campaign_sid: JsonValue) -> str | None:
    """A made-up identifier of the Campaign Registry: seven characters, as in the sample."""
    if campaign_sid is None:
        return None
    return "C" + hashlib.sha256(str(campaign_sid).encode()).hexdigest()[:6].upper()
