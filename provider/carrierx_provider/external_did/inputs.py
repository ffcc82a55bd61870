"""What a program states about an External DID: checked, and in one canonical form.

Equal things become equal here, so that nothing after this has to think of spelling:
``46700987654`` and ``+46700987654``; ``3``, ``3.0`` and ``["send_sms", "receive_sms"]``; null and
absent. What a preview does not know yet stays ``UNKNOWN`` and is checked once it is known.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from carrierx_provider.core.json_merge import JsonObject, Mask, mask_of
from carrierx_provider.core.json_values import LARGEST_CALL, TOO_LARGE, exact_json
from carrierx_provider.core.text import printable, shorten
from carrierx_provider.core.unknown import UNKNOWN, Unknown, is_unknown
from carrierx_provider.core.validation import first_of, mistakes_in, shown_path
from carrierx_provider.external_did import schema as field_rules
from carrierx_provider.external_did.ownership import ownership_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic_core import ErrorDetails

    from carrierx_provider.core.validation import Problem
    from carrierx_provider.external_did.ownership import Ownership


class OwnershipInput(BaseModel):
    """The ownership record: under which attribute, and the owner as ``PROJECT/STACK/NAME``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[str, BeforeValidator(field_rules.filled_text)]
    owner: Annotated[str, BeforeValidator(field_rules.filled_text)]


class ExternalDIDInputs(BaseModel):
    """The inputs of an External DID. Source: Core API, Phone Numbers, "Create External DID".

    A field that is None is not stated. The two required ones are optional here since a preview
    may not know them yet; ``check_inputs`` asks for them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    phonenumber: Annotated[str | None, BeforeValidator(field_rules.phonenumber)] = None
    """E.164; stored with its ``+``. Required. A change replaces."""

    capabilities: Annotated[int | None, BeforeValidator(field_rules.capabilities)] = None
    """Sum of ``Capability`` bits. Required. A change replaces."""

    underlying_carrier_sid: Annotated[str | None, BeforeValidator(field_rules.filled_text)] = None
    """SID of the underlying carrier. A change replaces."""

    name: Annotated[str | None, BeforeValidator(field_rules.filled_text)] = None
    """Name; CarrierX makes one up when it is left out."""

    callback_url: Annotated[str | None, BeforeValidator(field_rules.callback_url)] = None
    """http or https URL that receives SMS events."""

    attributes: Annotated[JsonObject | None, BeforeValidator(field_rules.attributes)] = None
    """Free-form JSON object, managed key by key."""

    string_key_1: Annotated[str | None, BeforeValidator(field_rules.text)] = None
    """Free text."""

    string_key_2: Annotated[str | None, BeforeValidator(field_rules.text)] = None
    """Free text."""

    account: Annotated[str | None, BeforeValidator(field_rules.account)] = None
    """Name of an account in ``carrierx:accounts``; None for the default one. A change replaces."""

    adopt_existing: Annotated[bool | None, BeforeValidator(field_rules.flag)] = None
    """Whether a number that is registered already is taken over. Default: false."""

    name_is_secret: Annotated[bool | None, BeforeValidator(field_rules.flag)] = None
    """Whether ``name`` is a secret, and kept out of messages; the resource class finds out."""

    ownership: OwnershipInput | None = None
    """The ownership record to keep with the number; the resource class finds out."""


_FIELDS = frozenset(ExternalDIDInputs.model_fields)
"""Kept apart: pydantic works its answer out anew each time, and each number asks many times."""

NOT_FOR_USERS = ("name_is_secret", "ownership")

INPUT_FIELDS = tuple(name for name in ExternalDIDInputs.model_fields if name not in NOT_FOR_USERS)
"""What a program or a table may state."""

REQUIRED_FIELDS = ("phonenumber", "capabilities")


@dataclass(frozen=True, slots=True)
class InputFailure:
    """One mistake in one input; ``reason`` is one line, without values but a number's."""

    field: str
    """The input's name; for a mistake inside ``attributes`` with the path to it, by dots."""
    reason: str


@dataclass(frozen=True, slots=True)
class CheckedInputs:
    """Inputs in canonical form, without nulls, and every mistake found in them."""

    inputs: dict[str, Any]
    failures: tuple[InputFailure, ...]


def check_inputs(
    raw: Mapping[str, Any], is_unknown: Callable[[object], bool] = is_unknown
) -> CheckedInputs:
    """Check what the program states, all fields at once.

    :param raw: inputs as the engine passes them: numbers as floats, ``UNKNOWN`` for what a
        preview does not know, nulls or absent keys for what is not stated. Or as a program has
        them, before the engine.
    :param is_unknown: what is not known yet, beside ``UNKNOWN``.
    """
    present = {key: value for key, value in raw.items() if value is not None}
    failures = [
        InputFailure(name, "is missing: every External DID needs it")
        for name in REQUIRED_FIELDS
        if name not in present
    ]
    failures += [_no_input(name) for name in present if name not in _FIELDS]
    present = {key: present[key] for key in present if key in _FIELDS}
    unknown = {
        name: UNKNOWN
        for name, value in present.items()
        # Attributes are checked around what is unknown inside them, capabilities as a whole.
        if is_unknown(value) or (name == "capabilities" and _holds(value, is_unknown))
    }
    known = {key: value for key, value in present.items() if key not in unknown}
    canonical: dict[str, Any] = {}
    try:
        canonical = ExternalDIDInputs.model_validate(
            known, context={"is_unknown": is_unknown}
        ).model_dump(exclude_none=True)
        if not canonical.get("attributes", True):
            # An empty object states no key, which is the same as not stating it.
            del canonical["attributes"]
        failures += [*_too_large(canonical), *_record_stated(canonical)]
    except ValidationError as error:
        failures += [
            failure
            for entry in error.errors(include_url=False, include_input=False)
            for failure in _failures(entry)
        ]
        canonical = known
    return CheckedInputs({**canonical, **unknown}, tuple(failures))


def check_declared(
    stated: Mapping[str, Any],
    is_unknown: Callable[[object], bool] = is_unknown,
    ownership: Mapping[str, str] | None = None,
) -> CheckedInputs:
    """As ``check_inputs``, of what a person has written down, such as a row of a table.

    :param ownership: the ownership record that the stack is going to keep with the number.
    """
    checked = check_inputs(
        {**stated, **dict.fromkeys(NOT_FOR_USERS), "ownership": ownership},
        is_unknown,
    )
    not_theirs = tuple(_no_input(name) for name in stated if name in NOT_FOR_USERS)
    return CheckedInputs(checked.inputs, (*checked.failures, *not_theirs))


def travel_failures(
    name: str, value: object, is_unknown: Callable[[object], bool]
) -> list[InputFailure]:
    """Why a value that has become known could not even travel to the check; empty if it can."""
    _, mistakes = exact_json(value, is_unknown)
    return [_failure(name, mistake) for mistake in first_of(mistakes)]


def _holds(value: object, is_unknown: Callable[[object], bool]) -> bool:
    return field_rules.is_collection(value) and any(map(is_unknown, value))


def _no_input(name: str) -> InputFailure:
    reason = f"is no input of an External DID: the inputs are {', '.join(INPUT_FIELDS)}"
    return InputFailure(shorten(name), reason)


_encoded = json.JSONEncoder(default=str).encode


def _too_large(canonical: Mapping[str, Any]) -> list[InputFailure]:
    # With its keys the whole is larger than the sum of its values, which is what counts.
    if len(_encoded(canonical)) <= LARGEST_CALL:
        return []
    sizes = {name: len(_encoded(value)) for name, value in canonical.items()}
    if sum(sizes.values()) <= LARGEST_CALL:
        return []
    return [InputFailure(max(sizes, key=lambda name: sizes[name]), TOO_LARGE)]


def _record_stated(canonical: Mapping[str, Any]) -> list[InputFailure]:
    ownership = ownership_in(canonical)
    attributes = canonical.get("attributes")
    if ownership is None or not isinstance(attributes, dict) or ownership.key not in attributes:
        return []
    reason = (
        "is where carrierx:ownershipKey keeps the number's owner: state another key, or set "
        "another carrierx:ownershipKey"
    )
    return [InputFailure(f"attributes.{ownership.key}", reason)]


def _failures(entry: ErrorDetails) -> list[InputFailure]:
    return [_failure(str(entry["loc"][0]), mistake) for mistake in mistakes_in(entry)]


def _failure(name: str, mistake: Problem) -> InputFailure:
    return InputFailure(f"{name}{shown_path(mistake.path)}", printable(mistake.reason))


@dataclass(frozen=True, slots=True)
class Inputs:
    """Checked inputs, as the plan reads them. ``fields`` and ``attributes`` may hold secrets."""

    phonenumber: str | Unknown
    capabilities: int | Unknown
    underlying_carrier_sid: str | Unknown | None
    account: str | Unknown | None
    adopt_existing: bool
    name_is_secret: bool
    ownership: Ownership | None
    fields: dict[str, str | Unknown] = field(repr=False)
    """Those of name, callback_url, string_key_1 and string_key_2 that are stated."""
    attributes: JsonObject | Unknown = field(repr=False)
    """The stated attributes; empty where none are."""

    @property
    def shown_name(self) -> str | None:
        """The name for messages, unless it is secret or not stated or not known yet."""
        name = self.fields.get("name")
        return name if isinstance(name, str) and not self.name_is_secret else None

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


def parse_inputs(checked: Mapping[str, Any]) -> Inputs:
    """Read inputs that ``check_inputs`` let through and the engine has carried since.

    They are canonical but for what the engine does to numbers: each comes back as a float. So
    nothing is checked again.
    """
    inputs = {name: value for name, value in checked.items() if value is not None}
    capabilities = inputs["capabilities"]
    attributes = inputs.get("attributes", {})
    if attributes is not UNKNOWN:
        attributes, _ = exact_json(attributes, is_unknown)
    return Inputs(
        phonenumber=inputs["phonenumber"],
        capabilities=UNKNOWN if capabilities is UNKNOWN else int(capabilities),
        underlying_carrier_sid=inputs.get("underlying_carrier_sid"),
        account=inputs.get("account"),
        adopt_existing=inputs.get("adopt_existing") is True,
        name_is_secret=inputs.get("name_is_secret") is True,
        ownership=ownership_in(inputs),
        fields={name: inputs[name] for name in SCALAR_FIELDS if name in inputs},
        attributes=attributes,
    )
