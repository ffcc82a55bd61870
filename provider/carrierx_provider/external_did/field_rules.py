"""The rule of each input field: one value in, its canonical form or one mistake out.

A mistake's reason is one line, and holds no value but that of a number or a capability. What each
field means: Core API, Phone Numbers, "External DID Object".
"""

from __future__ import annotations

import math
import re
from urllib.parse import urlsplit

from pydantic_core import PydanticCustomError

from carrierx_api.capabilities import ALL_CAPABILITIES, CAPABILITY_NAMES, VOICE_BIT, Capability
from carrierx_provider.nested import without_nulls
from carrierx_provider.unknown import UNKNOWN

LARGEST_EXACT_INTEGER = 2**53 - 1
"""Numbers pass the engine as 64-bit floats, in which larger integers collide with a neighbour."""


SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
"""Pulumi takes an object with this key for a secret, an asset or the like of its own."""


def _mistake(reason: str, path: tuple[str, ...] = ()) -> PydanticCustomError:
    """A mistake in a field, or at a path below it."""
    # The reason goes in as a value: pydantic would read braces in a template.
    return PydanticCustomError("mistake", "{reason}", {"reason": reason, "path": path})


def phonenumber(value: object) -> object:
    """E.164, as a string with its ``+``; an integer is taken for its digits."""
    # A table in YAML gives +46700987654 as an integer, and the engine gives that as a float.
    whole = _whole_number(value)
    if whole is not None:
        value = str(whole)
    if not isinstance(value, str):
        raise _mistake("must be a string, an E.164 number such as +46700987654")
    digits = value.removeprefix("+")
    if not re.fullmatch(r"[0-9]+", digits):
        raise _mistake(
            f"{value!r} is not E.164: write the country code and the number in digits alone, "
            "such as +46700987654"
        )
    _refuse_impossible(f"+{digits}")
    return f"+{digits}"


def _refuse_impossible(phonenumber: str) -> None:
    import phonenumbers  # noqa: PLC0415 -- its metadata is only read where a number is checked

    try:
        parsed = phonenumbers.parse(phonenumber)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.TOO_LONG:
            raise _mistake(f"{phonenumber} is too long for a phone number") from None
        raise _mistake(f"{phonenumber} does not begin with a country code") from None
    verdict = phonenumbers.is_possible_number_with_reason(parsed)
    if verdict == phonenumbers.ValidationResult.TOO_SHORT:
        raise _mistake(f"{phonenumber} is too short for its country code")
    if verdict == phonenumbers.ValidationResult.TOO_LONG:
        raise _mistake(f"{phonenumber} is too long for its country code")


def capabilities(value: object) -> object:
    """The sum of capability bits, from names, bits or both."""
    if isinstance(value, (list, tuple)):
        total = 0
        for item in value:
            total |= _capability(item)
    else:
        total = _capability(value)
    if total == 0:
        raise _mistake(
            "must name at least one capability: a number with none can neither receive nor send "
            f"({_one_of_the_names()})"
        )
    return total


def _capability(value: object) -> int:
    if isinstance(value, str):
        if value == "voice":
            raise _mistake(_no_voice())
        if value not in CAPABILITY_NAMES:
            raise _mistake(f"{value!r} is no capability: use {_one_of_the_names()}")
        return int(Capability[value.upper()])
    bits = _whole_number(value)
    if bits is None:
        raise _mistake(f"must be a list of {_one_of_the_names()}, or CarrierX's integer")
    if bits > 0 and bits & VOICE_BIT:
        raise _mistake(_no_voice())
    if bits < 0 or bits & ~ALL_CAPABILITIES:
        raise _mistake(
            f"{bits} has a bit that is no capability: the bits are 1 receive_sms, 2 send_sms, "
            "8 receive_mms, 16 send_mms"
        )
    return bits


def _no_voice() -> str:
    return f"External DIDs never have voice (bit {VOICE_BIT}): use {_one_of_the_names()}"


def _one_of_the_names() -> str:
    return ", ".join(CAPABILITY_NAMES)


def text(value: object) -> object:
    """Any string."""
    if not isinstance(value, str):
        raise _mistake(f"must be a string, not {_type_name(value)}")
    return value


def filled_text(value: object) -> object:
    """A string of at least one character."""
    if text(value) == "":
        raise _mistake("must not be empty: leave it out instead")
    return value


def callback_url(value: object) -> object:
    """An http or https URL."""
    url = str(text(value))
    # The value itself stays out of the reason: a callback URL often carries a secret.
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\x00-\x1f\x7f]", url):
        raise _mistake(
            "must be an http(s) URL without white space, such as https://example.com/sms"
        )
    return url


def attributes(value: object) -> object:
    """A JSON object without null members, its whole floats as integers."""
    if not isinstance(value, dict):
        raise _mistake(f"must be an object (a dict), not {_type_name(value)}")
    return without_nulls(_exact(value, ()))


def _exact(value: object, path: tuple[str, ...]) -> object:
    """The JSON value with whole floats as integers, as CarrierX and the program mean them."""
    if isinstance(value, dict):
        if SIGNATURE_KEY in value:
            raise _mistake(
                "must not be a key: Pulumi marks values of its own with it", (*path, SIGNATURE_KEY)
            )
        return {str(key): _exact(inner, (*path, str(key))) for key, inner in value.items()}
    if isinstance(value, list):
        return [_exact(inner, (*path, str(index))) for index, inner in enumerate(value)]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise _mistake("is too large a number, or none: write it as a string", path)
        whole = _whole_number(value)
        if whole is not None:
            if abs(whole) > LARGEST_EXACT_INTEGER:
                raise _mistake(
                    "is an integer beyond 2^53, which the engine cannot keep exactly: write it as "
                    "a string",
                    path,
                )
            return whole
    elif not (value is None or value is UNKNOWN or isinstance(value, (bool, str))):
        raise _mistake(f"must be JSON, not {_type_name(value)}: write it as a string", path)
    return value


def _whole_number(value: object) -> int | None:
    """The integer that the value is: the engine passes ``3`` as ``3.0``. A boolean is none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(value: object) -> object:
    """A boolean."""
    if not isinstance(value, bool):
        raise _mistake(f"must be true or false, not {_type_name(value)}")
    return value


def _type_name(value: object) -> str:
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string"}
    names |= {list: "a list", dict: "an object"}
    return names.get(type(value), f"a {type(value).__name__}")
