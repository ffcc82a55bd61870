"""The field table of an External DID: every input, its rule, and what a change of it does.

The rest of the project derives from this table what it needs to know of the fields: which are
updated, which replace, which a table of numbers may have, what is documented.

What each field means: Core API, Phone Numbers, "External DID Object".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from enum import Enum, auto
from typing import Annotated, Any, TypeGuard

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from carrierx_api.capabilities import ALL_CAPABILITIES, CAPABILITY_NAMES, VOICE_BIT, Capability
from carrierx_api.models import ExternalDID
from carrierx_provider.core.json_values import exact_json, text_problem, type_name, whole_number
from carrierx_provider.core.resource import UNKNOWN, Unknown
from carrierx_provider.core.text import quote, shorten
from carrierx_provider.core.validation import (
    Problem,
    http_url_parts,
    is_unknown_in,
    known_types,
    one,
    problems_of,
    several,
)
from carrierx_provider.external_did.e164 import LONGEST, SHORTEST, country_code_of
from carrierx_provider.external_did.ownership import Ownership

_NAMES = ", ".join(CAPABILITY_NAMES)
_DIGITS = f"a phone number has {SHORTEST} to {LONGEST} digits, country code included"
_NO_VOICE = f"External DIDs never have voice (bit {VOICE_BIT}): use {_NAMES}"

# The rules: one value in, its canonical form or its problems out.

LONGEST_WRITTEN_INTEGER = 10**40
"""The first integer that no message writes down: Python refuses to format thousands of digits."""


def e164(value: object) -> str:
    """E.164, 7 to 15 digits that begin with a country code, kept with its ``+``; an integer is read
    as its digits. A length that is unusual for the country code is a warning in the preview.
    """
    # A table in YAML gives +46700987654 as an integer, and the engine gives that as a float.
    value = _plain(value)
    whole = whole_number(value)
    if whole is not None:
        if abs(whole) >= LONGEST_WRITTEN_INTEGER:
            raise one(f"is too long: {_DIGITS}")
        value = str(whole)
    if not isinstance(value, str):
        raise one("must be a string, an E.164 number such as +46700987654")
    digits = value.removeprefix("+")
    if not re.fullmatch(r"[0-9]+", digits):
        raise one(
            f"{quote(value)} is not E.164: write the country code and the number in digits "
            "alone, such as +46700987654"
        )
    if not SHORTEST <= len(digits) <= LONGEST:
        too = "short" if len(digits) < SHORTEST else "long"
        raise one(f"{shorten(f'+{digits}')} is too {too}: {_DIGITS}")
    if country_code_of(digits) is None:
        raise one(f"+{digits} does not begin with a country code")
    return f"+{digits}"


def capability_mask(value: object, info: ValidationInfo) -> int | Unknown:
    """The sum of capability bits, from names, bits or both: at least one, and never voice."""
    items = value if is_collection(value) else (value,)
    if any(map(is_unknown_in(info), items)):
        return UNKNOWN
    total = 0
    problems: list[Problem] = []
    for item in items:
        try:
            total |= _capability(item)
        except PydanticCustomError as error:
            problems += [problem for problem in problems_of(error) if problem not in problems]
    if problems:
        raise several(problems)
    if total == 0:
        raise one(
            "must name at least one capability: a number with none can neither receive nor send "
            f"({_NAMES})"
        )
    return total


def is_collection(value: object) -> TypeGuard[Collection[object]]:
    """Whether the value is a list, a tuple, a set or the like."""
    return isinstance(value, Collection) and not isinstance(value, (str, bytes, Mapping))


def _capability(value: object) -> int:
    """The bits of one name, or of one integer."""
    value = _plain(value)
    if isinstance(value, str):
        if value in CAPABILITY_NAMES:
            return int(Capability[value.upper()])
        if value == "voice":
            raise one(_NO_VOICE)
        raise one(f"{quote(value)} is not a capability: use {_NAMES}")
    bits = whole_number(value)
    if bits is None:
        raise one(f"must be a list of {_NAMES}, or CarrierX's integer")
    if bits > 0 and bits & VOICE_BIT:
        raise one(_NO_VOICE)
    if bits < 0 or bits & ~ALL_CAPABILITIES:
        written = f"{bits}" if abs(bits) < LONGEST_WRITTEN_INTEGER else "the integer"
        raise one(
            f"{written} has a bit that is not a capability: the bits are 1 receive_sms, "
            "2 send_sms, 8 receive_mms, 16 send_mms"
        )
    return bits


def text(value: object) -> str:
    """Any string of Unicode characters."""
    value = _plain(value)
    if not isinstance(value, str):
        raise one(f"must be a string, not {type_name(value)}")
    reason = text_problem(value)
    if reason:
        raise one(reason)
    return str.__str__(value)


def filled_text(value: object) -> str:
    """A string of at least one character."""
    filled = text(value)
    if not filled:
        raise one("must not be empty: leave it out instead")
    return filled


def account_name(value: object) -> str:
    """At least one character, all of them printable: it appears in messages and settings."""
    name = filled_text(value)
    if not name.isprintable():
        raise one("must be the name of an account in carrierx:accounts, in printable characters")
    return name


def http_url(value: object) -> str:
    """An http or https URL without white space."""
    url = text(value)
    # The value itself stays out of the reason: a callback URL often carries a secret.
    parts = http_url_parts(url)
    if parts is None or parts.netloc.startswith(":"):
        raise one("must be an http(s) URL without white space, such as https://example.com/sms")
    return url


def json_object(value: object, info: ValidationInfo) -> object:
    """A JSON object: at most 99 levels, no integer beyond 2^53; nulls in it declare nothing."""
    if not isinstance(value, Mapping):
        raise one(f"must be an object (a dict), not {type_name(value)}")
    canonical, problems = exact_json(value, is_unknown_in(info))
    if problems:
        raise several(problems)
    return canonical


def flag(value: object) -> object:
    """A boolean."""
    if not isinstance(value, bool):
        raise one(f"must be true or false, not {type_name(value)}")
    return value


def _plain(value: object) -> object:
    """The value of a member of an Enum; ``UNKNOWN`` has none."""
    return value.value if isinstance(value, Enum) and value is not UNKNOWN else value


E164 = Annotated[str, BeforeValidator(e164)]
# A list with an unknown member is unknown as a whole.
CapabilityMask = Annotated[int, PlainValidator(capability_mask)]
Text = Annotated[str, BeforeValidator(text)]
FilledText = Annotated[str, BeforeValidator(filled_text)]
AccountName = Annotated[str, BeforeValidator(account_name)]
HttpUrlText = Annotated[str, BeforeValidator(http_url)]
JsonObjectValue = Annotated[dict[str, Any], BeforeValidator(json_object)]
Flag = Annotated[bool, BeforeValidator(flag)]


class OnChange(Enum):
    """What a change of a field does: each field is marked with one of these."""

    REPLACES = auto()
    """CarrierX cannot update the field: the number is released and registered again."""
    REPLACES_IF_DECLARED = auto()
    """The same. CarrierX chooses a value where none is declared: that is not a change."""
    UPDATES = auto()
    """PATCH changes its one value. Once the program no longer declares it, it becomes null if it
    still has the declared value."""
    UPDATES_AND_STAYS = auto()
    """The same, but it keeps its value once the program no longer declares it."""
    MERGES = auto()
    """PATCH changes the object key by key; the keys of others are kept."""
    NOTHING = auto()
    """The provider's own setting for a create."""
    FOUND_OUT = auto()
    """Not for programs: the resource class finds it out, since only the SDK can know it."""


MAY_BE_SECRET = Field(repr=False)


class Fields(BaseModel):
    """The inputs of an External DID. Source: Core API, Phone Numbers, "Create External DID".

    A field that is None is not declared. The two without a default are required.
    """

    # Each field is validated by itself (``check_fields``), so the whole model never is.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    phonenumber: Annotated[E164 | Unknown, OnChange.REPLACES]
    """E.164; stored with its ``+``."""
    capabilities: Annotated[CapabilityMask | Unknown, OnChange.REPLACES]
    """Sum of ``Capability`` bits."""
    underlying_carrier_sid: Annotated[
        FilledText | Unknown | None, OnChange.REPLACES_IF_DECLARED
    ] = None
    """SID of the underlying carrier."""
    name: Annotated[FilledText | Unknown | None, OnChange.UPDATES_AND_STAYS, MAY_BE_SECRET] = None
    """Name; CarrierX makes one up when it is left out."""
    callback_url: Annotated[HttpUrlText | Unknown | None, OnChange.UPDATES, MAY_BE_SECRET] = None
    """http or https URL that receives SMS events."""
    attributes: Annotated[JsonObjectValue | Unknown | None, OnChange.MERGES, MAY_BE_SECRET] = None
    """Free-form JSON object, managed key by key."""
    string_key_1: Annotated[Text | Unknown | None, OnChange.UPDATES, MAY_BE_SECRET] = None
    """Free text."""
    string_key_2: Annotated[Text | Unknown | None, OnChange.UPDATES, MAY_BE_SECRET] = None
    """Free text."""
    account: Annotated[AccountName | Unknown | None, OnChange.REPLACES] = None
    """Name of an account in ``carrierx:accounts``; None for the default one."""
    adopt_existing: Annotated[Flag | Unknown | None, OnChange.NOTHING] = None
    """Whether a number that is registered already is taken over. Default: false."""
    name_is_secret: Annotated[Flag | Unknown | None, OnChange.FOUND_OUT] = None
    """Whether ``name`` is a secret, and kept out of messages."""
    retain_on_delete: Annotated[Flag | Unknown | None, OnChange.FOUND_OUT] = None
    """Whether the engine drops the resource from the state without a DELETE, in a replace too."""
    delete_before_replace: Annotated[Flag | Unknown | None, OnChange.FOUND_OUT] = None
    """Whether the engine releases the number before it registers another one in its place."""
    ownership: Annotated[Ownership | None, OnChange.FOUND_OUT] = None
    """The ownership record to keep with the number."""


# What is derived from the table.


def marked(*markers: OnChange) -> tuple[str, ...]:
    """The fields with one of these markers, in the table's order."""
    fields = Fields.model_fields.items()
    return tuple(name for name, field in fields if set(markers) & set(field.metadata))


REPLACING = marked(OnChange.REPLACES, OnChange.REPLACES_IF_DECLARED)
"""The fields that CarrierX cannot update."""

SCALAR_FIELDS = marked(OnChange.UPDATES, OnChange.UPDATES_AND_STAYS)
"""The fields with one value that PATCH changes, in the order in which a plan lists them."""

KEPT_FIELDS = frozenset(marked(OnChange.UPDATES_AND_STAYS))
"""The fields that CarrierX keeps when they are no longer declared."""

CLEARED_FIELDS = marked(OnChange.UPDATES, OnChange.MERGES)
"""The fields that are cleared once they are no longer declared, unless they are others' by then."""

MERGED_FIELDS = marked(OnChange.MERGES)
"""The objects that PATCH merges."""

NOT_FOR_USERS = marked(OnChange.FOUND_OUT)

INPUT_FIELDS = tuple(name for name in Fields.model_fields if name not in NOT_FOR_USERS)
"""What a program or a table may declare."""

REQUIRED_FIELDS = tuple(name for name, field in Fields.model_fields.items() if field.is_required())

BODY_FIELDS = tuple(
    name
    for name in (*REPLACING, *SCALAR_FIELDS, *MERGED_FIELDS)
    if name in ExternalDID.model_fields
)
"""What a registration may send: CarrierX's own fields, in the order in which a plan lists them."""

CHOSEN_FIELDS = marked(OnChange.REPLACES_IF_DECLARED)
"""The fields for which CarrierX chooses a value that stays, where none is declared."""

ADOPTED_FIELDS = tuple(
    name
    for name in dict.fromkeys((*REQUIRED_FIELDS, *SCALAR_FIELDS, *MERGED_FIELDS, *REPLACING))
    if name not in CHOSEN_FIELDS
)
"""What a program has to declare to manage a registered number as it is, in a table's order."""


_JSON_TYPES = {str: "string", int: "integer", bool: "boolean", dict[str, Any]: "object"}

_TYPES = known_types(Fields)

RULES: Mapping[str, Callable[..., object]] = {
    name: _TYPES[name].__metadata__[0].func for name in INPUT_FIELDS
}
"""The function that checks each field."""

JSON_TYPES = {name: _JSON_TYPES[_TYPES[name].__origin__] for name in INPUT_FIELDS}
"""What each field is in JSON, once it is checked."""

ALLOWS_EMPTY = frozenset(name for name, rule in RULES.items() if rule is text)
"""The fields of which an empty text can be declared."""
