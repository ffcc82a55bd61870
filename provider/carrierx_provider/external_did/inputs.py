"""What a program states about an External DID: checked, and in one canonical form.

Equal things become equal here, so that nothing after this has to think of spelling:
``46700987654`` and ``+46700987654``; ``3``, ``3.0`` and ``["send_sms", "receive_sms"]``; null and
absent. What a preview does not know yet stays ``UNKNOWN`` and is checked once it is known.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from carrierx_api.capabilities import ALL_CAPABILITIES, CAPABILITY_NAMES, VOICE_BIT, Capability
from carrierx_provider.nested import JsonObject, Mask, mask_of, without_nulls
from carrierx_provider.unknown import UNKNOWN, Unknown, holds_unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_EXACT_INTEGER = 2**53 - 1
"""Numbers pass the engine as 64-bit floats, in which larger integers collide with a neighbour."""


def _mistake(reason: str, path: tuple[str, ...] = ()) -> PydanticCustomError:
    """A mistake in a field, or at a path below it."""
    # The reason goes in as a value: pydantic would read braces in a template.
    return PydanticCustomError("mistake", "{reason}", {"reason": reason, "path": path})


def _phonenumber(value: object) -> object:
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


def _capabilities(value: object) -> object:
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


def _text(value: object) -> object:
    if not isinstance(value, str):
        raise _mistake(f"must be a string, not {_type_name(value)}")
    return value


def _filled_text(value: object) -> object:
    if _text(value) == "":
        raise _mistake("must not be empty: leave it out instead")
    return value


def _callback_url(value: object) -> object:
    text = _text(value)
    # The value itself stays out of the reason: a callback URL often carries a secret.
    try:
        parts = urlsplit(str(text))
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\x00-\x1f\x7f]", str(text)):
        raise _mistake(
            "must be an http(s) URL without white space, such as https://example.com/sms"
        )
    return text


def _attributes(value: object) -> object:
    if not isinstance(value, dict):
        raise _mistake(f"must be an object (a dict), not {_type_name(value)}")
    return without_nulls(_exact(value, ()))


def _exact(value: object, path: tuple[str, ...]) -> object:
    """The JSON value with whole floats as integers, as CarrierX and the program mean them."""
    if isinstance(value, dict):
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


def _flag(value: object) -> object:
    if not isinstance(value, bool):
        raise _mistake(f"must be true or false, not {_type_name(value)}")
    return value


def _type_name(value: object) -> str:
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string"}
    names |= {list: "a list", dict: "an object"}
    return names.get(type(value), f"a {type(value).__name__}")


class ExternalDIDInputs(BaseModel):
    """The inputs of an External DID. Source: Core API, Phone Numbers, "Create External DID".

    A field that is None is not stated. The two required ones are optional here since a preview
    may not know them yet; ``check_inputs`` asks for them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    phonenumber: Annotated[str | None, BeforeValidator(_phonenumber)] = None
    """E.164; stored with its ``+``. Required. A change replaces."""

    capabilities: Annotated[int | None, BeforeValidator(_capabilities)] = None
    """Sum of ``Capability`` bits. Required. A change replaces."""

    underlying_carrier_sid: Annotated[str | None, BeforeValidator(_filled_text)] = None
    """SID of the underlying carrier. A change replaces."""

    name: Annotated[str | None, BeforeValidator(_filled_text)] = None
    """Name; CarrierX makes one up when it is left out."""

    callback_url: Annotated[str | None, BeforeValidator(_callback_url)] = None
    """http or https URL that receives SMS events."""

    attributes: Annotated[JsonObject | None, BeforeValidator(_attributes)] = None
    """Free-form JSON object, managed key by key."""

    string_key_1: Annotated[str | None, BeforeValidator(_text)] = None
    """Free text."""

    string_key_2: Annotated[str | None, BeforeValidator(_text)] = None
    """Free text."""

    account: Annotated[str | None, BeforeValidator(_filled_text)] = None
    """Name of an account in ``carrierx:accounts``; None for the default one. A change replaces."""

    adopt_existing: Annotated[bool | None, BeforeValidator(_flag)] = None
    """Whether a number that is registered already is taken over. Default: false."""


REQUIRED_FIELDS = ("phonenumber", "capabilities")


@dataclass(frozen=True, slots=True)
class InputFailure:
    """One mistake in one input; ``reason`` is one line and holds no value that may be secret."""

    field: str
    """The input's name; for a mistake inside ``attributes`` with the path to it, by dots."""
    reason: str


@dataclass(frozen=True, slots=True)
class CheckedInputs:
    """Inputs in canonical form, without nulls, and every mistake found in them."""

    inputs: dict[str, Any]
    failures: tuple[InputFailure, ...]


def check_inputs(raw: Mapping[str, Any]) -> CheckedInputs:
    """Check what the program states, all fields at once.

    :param raw: inputs as the engine passes them: numbers as floats, ``UNKNOWN`` for what a
        preview does not know, nulls or absent keys for what is not stated.
    """
    present = {key: value for key, value in raw.items() if value is not None}
    # Attributes are checked around what is unknown inside them; any other field as a whole.
    unknown = {
        key: UNKNOWN
        for key, value in present.items()
        if value is UNKNOWN or (key != "attributes" and holds_unknown(value))
    }
    known = {key: value for key, value in present.items() if key not in unknown}
    failures = [
        InputFailure(name, "is missing: every External DID needs it")
        for name in REQUIRED_FIELDS
        if name not in present
    ]
    canonical: dict[str, Any] = {}
    try:
        canonical = ExternalDIDInputs.model_validate(known).model_dump(exclude_none=True)
        if not canonical.get("attributes", True):
            # An empty object states no key, which is the same as not stating it.
            del canonical["attributes"]
    except ValidationError as error:
        failures += [_failure(entry) for entry in error.errors()]
        canonical = known
    return CheckedInputs({**canonical, **unknown}, tuple(failures))


def _failure(entry: Any) -> InputFailure:  # noqa: ANN401 -- pydantic's own ErrorDetails
    name = str(entry["loc"][0])
    if entry["type"] == "extra_forbidden":
        known = ", ".join(ExternalDIDInputs.model_fields)
        return InputFailure(name, f"is no input of an External DID: the inputs are {known}")
    path = entry.get("ctx", {}).get("path", ())
    return InputFailure(".".join((name, *path)), str(entry["msg"]))


@dataclass(frozen=True, slots=True)
class Stated:
    """Checked inputs, as the plan reads them. ``fields`` and ``attributes`` may hold secrets."""

    phonenumber: str | Unknown
    capabilities: int | Unknown
    underlying_carrier_sid: str | Unknown | None
    account: str | Unknown | None
    adopt_existing: bool
    fields: dict[str, str | Unknown] = field(repr=False)
    """Those of name, callback_url, string_key_1 and string_key_2 that are stated."""
    attributes: JsonObject | Unknown = field(repr=False)
    """The stated attributes; empty where none are."""

    @property
    def managed(self) -> Mask:
        """What is stated, key by key, without any value: what the outputs record."""
        mask: Mask = dict.fromkeys(self.fields, True)
        if self.underlying_carrier_sid is not None:
            mask["underlying_carrier_sid"] = True
        if self.attributes is UNKNOWN:
            mask["attributes"] = True
        elif self.attributes:
            mask["attributes"] = mask_of(self.attributes)
        return mask


SCALAR_FIELDS = ("name", "callback_url", "string_key_1", "string_key_2")
"""The updatable fields that are one value, in the order in which a plan lists them."""


def stated_by(checked: Mapping[str, Any]) -> Stated:
    """Read inputs that ``check_inputs`` let through, again from the engine's floats."""
    inputs = check_inputs(checked).inputs
    return Stated(
        phonenumber=inputs["phonenumber"],
        capabilities=inputs["capabilities"],
        underlying_carrier_sid=inputs.get("underlying_carrier_sid"),
        account=inputs.get("account"),
        adopt_existing=inputs.get("adopt_existing") is True,
        fields={name: inputs[name] for name in SCALAR_FIELDS if name in inputs},
        attributes=inputs.get("attributes", {}),
    )
