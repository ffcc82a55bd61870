"""The External DID object: its fields, its birth, and how each kind of answer spells it.

Fields: CarrierX documentation, phone-numbers/external-did.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from carrierx_simulator.numbering import country_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carrierx_simulator.json_value import JsonObject, JsonValue

UPDATABLE = ("attributes", "callback_url", "name", "string_key_1", "string_key_2")
"""Fields that PATCH and PUT may change, and nothing else."""

AT_REGISTRATION = ("phonenumber", "capabilities", "underlying_carrier_sid")
"""Fields that are set at registration and never afterwards."""

SYSTEM = (
    "active_capabilities",
    "campaign_sid",
    "classification_sid",
    "country_code",
    "external_did_sid",
    "in_country_format",
    "international_format",
    "lata",
    "locality",
    "lrn_sid",
    "ocn",
    "ocn_block",
    "partner_sid",
    "provider_sid",
    "state",
    "status",
)
"""Fields that only CarrierX sets, in every answer."""

FIELDS = tuple(sorted((*UPDATABLE, *AT_REGISTRATION, *SYSTEM)))
"""Every field of an answer. ``id`` comes on top, in lists only."""

PARTNER_SID = "a13c384d-cf78-46fd-ab8b-1056b49291ba"
"""The one account that every token of a simulator belongs to."""

# The documentation's samples are numbered like this; the first registration equals them.
_FIRST_GENERATED_NAME = 102505
_FIRST_ID = 8421


def new_external_did(sequence: int, stated: Mapping[str, JsonValue]) -> JsonObject:
    """Make the object of a fresh registration.

    ``sequence`` counts registrations from 1 and is never used twice; ``stated`` is the checked
    body. The stored ``phonenumber`` has no ``+``.
    """
    digits = str(stated["phonenumber"])
    return {
        **dict.fromkeys(SYSTEM),
        "active_capabilities": stated["capabilities"],
        "attributes": stated.get("attributes", {}),
        "callback_url": stated.get("callback_url"),
        "capabilities": stated["capabilities"],
        "country_code": country_code(digits),
        "external_did_sid": str(uuid.uuid4()),
        "id": _FIRST_ID + sequence - 1,
        "name": stated.get("name", f"External DID {_FIRST_GENERATED_NAME + sequence - 1}"),
        "partner_sid": PARTNER_SID,
        "phonenumber": digits,
        "status": "assigned",
        "string_key_1": stated.get("string_key_1"),
        "string_key_2": stated.get("string_key_2"),
        "underlying_carrier_sid": stated.get("underlying_carrier_sid"),
    }


def in_list(stored: JsonObject) -> JsonObject:
    """As the sample of a list spells it: ``phonenumber`` without ``+``, and with ``id``."""
    return stored


def alone(stored: JsonObject) -> JsonObject:
    """As the sample of a registration spells it: ``phonenumber`` without ``+``, no ``id``."""
    return {name: stored[name] for name in FIELDS}


def after_update(stored: JsonObject) -> JsonObject:
    """As the sample of an update spells it: ``phonenumber`` with ``+``, no ``id``."""
    return {**alone(stored), "phonenumber": f"+{stored['phonenumber']}"}
