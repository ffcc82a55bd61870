"""Rules of the bodies: what may be registered, and what an update may say.

Each function checks the whole body and raises one 422 with an entry for every wrong field, as
the documentation of 422 says ("object validation error").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from carrierx_simulator import errors
from carrierx_simulator.errors import Entry
from carrierx_simulator.external_did import AT_REGISTRATION, FIELDS, SYSTEM, UPDATABLE
from carrierx_simulator.json_value import same_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from carrierx_simulator.json_value import JsonObject, JsonValue

PHONENUMBER_PATTERN = r"^\+?[1-9][0-9]{6,14}$"
URL_PATTERN = r"^[Hh][Tt][Tt][Pp][Ss]?://[^\x00-\x20\x7f/?#:][^\x00-\x20\x7f]*$"

CAPABILITIES = tuple(
    receive_sms + send_sms + receive_mms + send_mms
    for send_mms in (0, 16)
    for receive_mms in (0, 8)
    for send_sms in (0, 2)
    for receive_sms in (0, 1)
    if receive_sms + send_sms + receive_mms + send_mms
)
"""Every valid ``capabilities``: the non-empty combinations of 1, 2, 8 and 16."""

VOICE = 4

_READ_ONLY = "is read-only"
_NOT_UPDATABLE = "cannot be updated; delete the External DID and register it anew"


def _phonenumber(value: JsonValue) -> str | None:
    # `$` also matches before a final newline; fullmatch does not.
    if isinstance(value, str) and re.fullmatch(PHONENUMBER_PATTERN, value):
        return None
    return "must be a phone number in E.164 format"


def _capabilities(value: JsonValue) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        return "must be an integer"
    if value in CAPABILITIES:
        return None
    if int(value) & VOICE:
        return "must not contain 4 (voice): External DIDs have no voice"
    return "must be a sum of 1, 2, 8 and 16"


def _text(value: JsonValue) -> str | None:
    return None if isinstance(value, str) else "must be a string"


def _text_or_null(value: JsonValue) -> str | None:
    return None if value is None or isinstance(value, str) else "must be a string or null"


def _url(value: JsonValue) -> str | None:
    if value is None or (isinstance(value, str) and re.fullmatch(URL_PATTERN, value)):
        return None
    return "must be an http(s) URL"


def _object(value: JsonValue) -> str | None:
    return None if isinstance(value, dict) else "must be an object"


_RULES: dict[str, Callable[[JsonValue], str | None]] = {
    "attributes": _object,
    "callback_url": _url,
    "capabilities": _capabilities,
    "name": _text,
    "phonenumber": _phonenumber,
    "string_key_1": _text_or_null,
    "string_key_2": _text_or_null,
    "underlying_carrier_sid": _text_or_null,
}


def _wrong_values(body: JsonObject, names: Iterable[str]) -> list[Entry]:
    return [
        Entry(name, problem)
        for name in names
        if name in body and (problem := _RULES[name](body[name]))
    ]


def _unknown(body: JsonObject) -> list[Entry]:
    return [
        Entry(name, "is not a field of an External DID")
        for name in body
        if name not in FIELDS and name != "id"
    ]


def registration(body: JsonObject, allowed_prefixes: Sequence[str]) -> JsonObject:
    """Check the body of a registration; returns it with ``phonenumber`` as bare digits.

    Raises a 422 `ApiError`. Restrictions on prefixes: phone-numbers/external-did ("validated
    against partner system restrictions … at creation time").
    """
    required = ("phonenumber", "capabilities")
    problems = [Entry(name, "is required") for name in required if name not in body]
    problems += _wrong_values(body, (*AT_REGISTRATION, *UPDATABLE))
    problems += [Entry(name, _READ_ONLY) for name in (*SYSTEM, "id") if name in body]
    problems += _unknown(body)
    digits = str(body.get("phonenumber")).removeprefix("+")
    refused = allowed_prefixes and not any(
        digits.startswith(prefix.removeprefix("+")) for prefix in allowed_prefixes
    )
    if refused and not any(entry.field == "phonenumber" for entry in problems):
        problems.append(Entry("phonenumber", "is outside the partner's allowed prefixes"))
    if problems:
        raise errors.invalid(problems)
    # 3.0 is the same JSON number as 3, and is stored as the integer that the field is.
    mask = next(known for known in CAPABILITIES if known == body["capabilities"])
    return {**body, "phonenumber": digits, "capabilities": mask}


def patch(body: JsonObject, stored: JsonObject) -> None:
    """Check the body of a PATCH on ``stored``; raises a 422 `ApiError`.

    Only updatable fields may differ. What CarrierX does with the others is not documented: here
    an equal value passes, and another one is named in the error, so that nothing is lost silently.
    """
    problems = _wrong_values(body, UPDATABLE)
    for name, value in body.items():
        if name in AT_REGISTRATION and not _same_field(name, value, stored):
            problems.append(Entry(name, _NOT_UPDATABLE))
        elif name in (*SYSTEM, "id") and not _same_field(name, value, stored):
            problems.append(Entry(name, _READ_ONLY))
    problems += _unknown(body)
    if problems:
        raise errors.invalid(problems)


def put(body: JsonObject) -> None:
    """Check the body of a PUT; raises a 422 `ApiError` naming every missing and wrong field.

    The documentation wants the whole object; the values of read-only fields do not matter.
    """
    problems = [Entry(name, "is required") for name in FIELDS if name not in body]
    problems += _wrong_values(body, UPDATABLE)
    problems += _unknown(body)
    if problems:
        raise errors.invalid(problems)


def _same_field(name: str, value: JsonValue, stored: JsonObject) -> bool:
    if name == "phonenumber" and isinstance(value, str):
        value = value.removeprefix("+")
    return same_json(value, stored[name])
