"""The External DID: its fields and their rules, and the object that a registration makes.

The three models below are the only list of fields. What a registration, a PATCH and a PUT accept,
what a response shows and what the OpenAPI document says all come from them: a new field is one
line in one of them.

Source: CarrierX documentation, phone-numbers/external-did.
"""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from carrierx_simulator.errors import message
from carrierx_simulator.json_values import JsonObject

PHONENUMBER_PATTERN = r"^\+?[1-9][0-9]{6,14}$"
URL_PATTERN = r"^[Hh][Tt][Tt][Pp][Ss]?://[^\x00-\x20\x7f/?#:][^\x00-\x20\x7f]*$"

CAPABILITIES = tuple(mask for mask in range(1, 28) if mask & ~(1 | 2 | 8 | 16) == 0)
"""Every valid ``capabilities``: the non-empty combinations of 1, 2, 8 and 16."""


def _capabilities(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise PydanticCustomError("invalid", "must be an integer")
    # 3.0 is the same JSON number as 3, and is stored as the integer that the field is.
    mask = int(value)
    if mask & 4:
        raise PydanticCustomError(
            "invalid", "must not contain 4 (voice): External DIDs have no voice"
        )
    if mask not in CAPABILITIES:
        raise PydanticCustomError("invalid", "must be a sum of 1, 2, 8 and 16")
    return mask


BODY = ConfigDict(strict=True, extra="forbid", json_schema_serialization_defaults_required=True)

Text: TypeAlias = Annotated[str, message("must be a string")]
TextOrNull: TypeAlias = Annotated[str | None, message("must be a string or null")]
Sid: TypeAlias = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
_Attributes: TypeAlias = Annotated[dict[str, Any], message("must be an object")]
_Capabilities: TypeAlias = Annotated[
    int, BeforeValidator(_capabilities), Field(json_schema_extra={"enum": list(CAPABILITIES)})
]
_PhoneNumber: TypeAlias = Annotated[
    str, Field(pattern=PHONENUMBER_PATTERN), message("must be a phone number in E.164 format")
]
_Url: TypeAlias = Annotated[
    Annotated[str, Field(pattern=URL_PATTERN)] | None, message("must be an http(s) URL")
]


class Updatable(BaseModel):
    """Fields that a registration, PATCH and PUT may set."""

    model_config = BODY

    attributes: _Attributes = Field(default_factory=dict)
    callback_url: _Url = None
    name: Text = Field(default_factory=str, description="By default External DID and a counter.")
    string_key_1: TextOrNull = None
    string_key_2: TextOrNull = None


class Registration(Updatable):
    """Fields that a registration may set; these are never changed afterwards."""

    phonenumber: _PhoneNumber = Field(
        description="E.164, with or without +. A number can be registered once in an account."
    )
    capabilities: _Capabilities = Field(
        description="Sum of 1 receive SMS, 2 send SMS, 8 receive MMS, 16 send MMS."
    )
    underlying_carrier_sid: TextOrNull = None


class ExternalDid(Registration):
    """Fields of a response; these are set by CarrierX only. Lists add ``id``."""

    active_capabilities: _Capabilities
    campaign_sid: str | None = None
    classification_sid: str | None = None
    country_code: str | None = None
    external_did_sid: Sid
    in_country_format: str | None = None
    international_format: str | None = None
    lata: str | None = None
    locality: str | None = None
    lrn_sid: str | None = None
    ocn: str | None = None
    ocn_block: str | None = None
    partner_sid: Sid
    provider_sid: str | None = None
    state: str | None = None
    status: Literal["assigned"] = "assigned"


UPDATABLE = tuple(sorted(Updatable.model_fields))
FIELDS = tuple(sorted(ExternalDid.model_fields))
LIST_FIELDS = (*FIELDS, "id")

PARTNER_SID = "a13c384d-cf78-46fd-ab8b-1056b49291ba"
"""The account of every token that names no other."""

# The documentation's samples are numbered like this; the first registration equals them.
_FIRST_GENERATED_NAME = 102505
_FIRST_ID = 8421

# Enough for plausible samples; all of +1 counts as the USA. A number plan is a library's work.
_COUNTRIES = (
    "1 USA, 31 NLD, 32 BEL, 33 FRA, 34 ESP, 351 PRT, 353 IRL, 358 FIN, 39 ITA, 41 CHE, 43 AUT, "
    "44 GBR, 45 DNK, 46 SWE, 47 NOR, 48 POL, 49 DEU, 52 MEX, 55 BRA, 61 AUS, 64 NZL, 65 SGP, "
    "81 JPN, 91 IND"
)
_COUNTRY_BY_PREFIX = dict(pair.split(" ") for pair in _COUNTRIES.split(", "))


def new_external_did(sequence: int, partner_sid: str, registration: JsonObject) -> JsonObject:
    """Make the object of a new registration, as it is stored, of a checked body without ``+``.

    ``sequence`` counts registrations of all accounts from 1, and is never used twice.
    """
    name = f"External DID {_FIRST_GENERATED_NAME + sequence - 1}"
    external_did = ExternalDid.model_validate(
        {
            "name": name,
            **registration,
            "active_capabilities": registration["capabilities"],
            "country_code": _country_code(str(registration["phonenumber"])),
            "external_did_sid": str(uuid.uuid4()),
            "partner_sid": partner_sid,
        }
    )
    return {**external_did.model_dump(), "id": _FIRST_ID + sequence - 1}


def _country_code(digits: str) -> str | None:
    """The ISO 3166-1 alpha-3 code of a number's prefix."""
    prefixes = (digits[:length] for length in (3, 2, 1))
    return next((_COUNTRY_BY_PREFIX[p] for p in prefixes if p in _COUNTRY_BY_PREFIX), None)


def show_one(stored: JsonObject) -> JsonObject:
    """As the sample of a registration spells it: ``phonenumber`` without ``+``, no ``id``."""
    return {name: stored[name] for name in FIELDS}


def show_updated(stored: JsonObject) -> JsonObject:
    """As the sample of an update spells it: ``phonenumber`` with ``+``, no ``id``."""
    return {**show_one(stored), "phonenumber": f"+{stored['phonenumber']}"}
