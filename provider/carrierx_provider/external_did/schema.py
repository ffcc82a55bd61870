"""The rule of each input field: one value in, its canonical form or its mistakes out.

What each field means: Core API, Phone Numbers, "External DID Object".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import Enum
from typing import TYPE_CHECKING, TypeGuard
from urllib.parse import urlsplit

from carrierx_api.capabilities import ALL_CAPABILITIES, CAPABILITY_NAMES, VOICE_BIT, Capability
from carrierx_provider.core.json_values import (
    exact_json,
    text_mistake,
    type_name,
    whole_number,
)
from carrierx_provider.core.text import quote, shorten
from carrierx_provider.core.unknown import is_unknown
from carrierx_provider.core.validation import Problem, one, several

if TYPE_CHECKING:
    from pydantic import ValidationInfo


TOO_LONG_TO_WRITE = 10**40
"""An integer that no message writes down; of one with thousands of digits Python makes no text."""

SHORTEST_E164 = 7
LONGEST_E164 = 15
"""Digits, country code included. E.164 sets the longest; no country's numbers are shorter."""


def phonenumber(value: object) -> object:
    """E.164, 7 to 15 digits, kept with its ``+``; an integer is taken for its digits."""
    # A table in YAML gives +46700987654 as an integer, and the engine gives that as a float.
    value = _plain(value)
    whole = whole_number(value)
    if whole is not None:
        if abs(whole) >= TOO_LONG_TO_WRITE:
            raise one("is too long for a phone number")
        value = str(whole)
    if not isinstance(value, str):
        raise one("must be a string, an E.164 number such as +46700987654")
    digits = value.removeprefix("+")
    if not re.fullmatch(r"[0-9]+", digits):
        raise one(
            f"{quote(value)} is not E.164: write the country code and the number in digits "
            "alone, such as +46700987654"
        )
    _refuse_impossible(f"+{digits}")
    return f"+{digits}"


def _refuse_impossible(phonenumber: str) -> None:
    import phonenumbers  # noqa: PLC0415 -- its metadata is only read where a number is checked

    try:
        parsed = phonenumbers.parse(phonenumber)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.TOO_LONG:
            raise one(f"{shorten(phonenumber)} is too long for a phone number") from None
        raise one(f"{shorten(phonenumber)} does not begin with a country code") from None
    verdict = phonenumbers.is_possible_number_with_reason(parsed)
    too_short = verdict == phonenumbers.ValidationResult.TOO_SHORT
    if too_short or len(phonenumber) < 1 + SHORTEST_E164:
        raise one(f"{phonenumber} is too short for its country code")
    too_long = verdict == phonenumbers.ValidationResult.TOO_LONG
    if too_long or len(phonenumber) > 1 + LONGEST_E164:
        raise one(f"{phonenumber} is too long for its country code")


def capabilities(value: object) -> object:
    """The sum of capability bits, from names, bits or both: at least one, and never voice."""
    total = 0
    reasons: list[str] = []
    for item in value if is_collection(value) else (value,):
        bits, reason = _capability(item)
        total |= bits
        reasons += [reason] if reason and reason not in reasons else []
    if reasons:
        raise several([Problem(reason) for reason in reasons])
    if total == 0:
        raise one(
            "must name at least one capability: a number with none can neither receive nor send "
            f"({_one_of_the_names()})"
        )
    return total


def is_collection(value: object) -> TypeGuard[Collection[object]]:
    """Whether the value is a list, a tuple, a set or the like."""
    return isinstance(value, Collection) and not isinstance(value, (str, bytes, Mapping))


def _capability(value: object) -> tuple[int, str | None]:
    """One capability's bits, or why it is none."""
    value = _plain(value)
    if isinstance(value, str):
        if value == "voice":
            return 0, _no_voice()
        if value not in CAPABILITY_NAMES:
            return 0, f"{quote(value)} is no capability: use {_one_of_the_names()}"
        return int(Capability[value.upper()]), None
    bits = whole_number(value)
    if bits is None:
        return 0, f"must be a list of {_one_of_the_names()}, or CarrierX's integer"
    return bits, _bits_reason(bits)


def _bits_reason(bits: int) -> str | None:
    if bits > 0 and bits & VOICE_BIT:
        return _no_voice()
    if bits < 0 or bits & ~ALL_CAPABILITIES:
        written = f"{bits}" if abs(bits) < TOO_LONG_TO_WRITE else "the integer"
        return (
            f"{written} has a bit that is no capability: the bits are 1 receive_sms, 2 send_sms, "
            "8 receive_mms, 16 send_mms"
        )
    return None


def _no_voice() -> str:
    return f"External DIDs never have voice (bit {VOICE_BIT}): use {_one_of_the_names()}"


def _one_of_the_names() -> str:
    return ", ".join(CAPABILITY_NAMES)


def text(value: object) -> str:
    """Any string of Unicode characters."""
    value = _plain(value)
    if not isinstance(value, str):
        raise one(f"must be a string, not {type_name(value)}")
    reason = text_mistake(value)
    if reason:
        raise one(reason)
    return str.__str__(value)


def filled_text(value: object) -> str:
    """A string of at least one character."""
    filled = text(value)
    if not filled:
        raise one("must not be empty: leave it out instead")
    return filled


def account(value: object) -> str:
    """At least one character, all of them printable: it stands in messages and settings."""
    name = filled_text(value)
    if not name.isprintable():
        raise one("must be the name of an account in carrierx:accounts, in printable characters")
    return name


def callback_url(value: object) -> str:
    """An http or https URL without white space."""
    url = text(value)
    # The value itself stays out of the reason: a callback URL often carries a secret.
    if not _is_http_url(url) or re.search(r"[\s\x00-\x1f\x7f-\x9f]", url):
        raise one("must be an http(s) URL without white space, such as https://example.com/sms")
    return url


def _is_http_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        # The port is read for its check alone: out of range, it raises.
        _ = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and not parts.netloc.startswith(":")
    )


def attributes(value: object, info: ValidationInfo) -> object:
    """A JSON object: at most 99 levels, no integer beyond 2^53; nulls in it state nothing.

    ``info.context`` may say what is unknown.
    """
    if not isinstance(value, Mapping):
        raise one(f"must be an object (a dict), not {type_name(value)}")
    canonical, mistakes = exact_json(value, (info.context or {}).get("is_unknown", is_unknown))
    if mistakes:
        raise several(mistakes)
    return canonical


def flag(value: object) -> object:
    """A boolean."""
    if not isinstance(value, bool):
        raise one(f"must be true or false, not {type_name(value)}")
    return value


def _plain(value: object) -> object:
    """What a member of an Enum stands for."""
    return value.value if isinstance(value, Enum) else value
