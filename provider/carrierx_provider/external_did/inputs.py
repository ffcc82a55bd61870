"""What a program states about an External DID: checked, and in one canonical form.

Equal things become equal here, so that nothing after this has to think of spelling:
``46700987654`` and ``+46700987654``; ``3``, ``3.0`` and ``["send_sms", "receive_sms"]``; null and
absent. What a preview does not know yet stays ``UNKNOWN`` and is checked once it is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from carrierx_provider.external_did import field_rules
from carrierx_provider.nested import JsonObject, Mask, mask_of
from carrierx_provider.unknown import UNKNOWN, Unknown, holds_unknown

if TYPE_CHECKING:
    from collections.abc import Mapping


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

    account: Annotated[str | None, BeforeValidator(field_rules.filled_text)] = None
    """Name of an account in ``carrierx:accounts``; None for the default one. A change replaces."""

    adopt_existing: Annotated[bool | None, BeforeValidator(field_rules.flag)] = None
    """Whether a number that is registered already is taken over. Default: false."""

    name_is_secret: Annotated[bool | None, BeforeValidator(field_rules.flag)] = None
    """Whether ``name`` is a secret, and kept out of messages; the resource class finds out."""


NOT_FOR_USERS = ("name_is_secret",)

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
        known = ", ".join(n for n in ExternalDIDInputs.model_fields if n not in NOT_FOR_USERS)
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
    name_is_secret: bool
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


def stated_by(checked: Mapping[str, Any]) -> Stated:
    """Read inputs that ``check_inputs`` let through, again from the engine's floats."""
    inputs = check_inputs(checked).inputs
    return Stated(
        phonenumber=inputs["phonenumber"],
        capabilities=inputs["capabilities"],
        underlying_carrier_sid=inputs.get("underlying_carrier_sid"),
        account=inputs.get("account"),
        adopt_existing=inputs.get("adopt_existing") is True,
        name_is_secret=inputs.get("name_is_secret") is True,
        fields={name: inputs[name] for name in SCALAR_FIELDS if name in inputs},
        attributes=inputs.get("attributes", {}),
    )
