"""What a program declares about an External DID: checked, and in one canonical form.

Equal things become equal here, so that nothing after this has to think of spelling:
``46700987654`` and ``+46700987654``; ``3``, ``3.0`` and ``["send_sms", "receive_sms"]``; null and
absent. What a preview does not know yet stays ``UNKNOWN`` and is checked once it is known.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeAlias
from urllib.parse import quote

from pydantic_core import PydanticCustomError

from carrierx_api.calls import InvalidSIDError, checked_sid
from carrierx_provider.core.json_merge import JsonObject, Mask, mask_of
from carrierx_provider.core.json_values import LARGEST_CALL, TOO_LARGE, exact_json
from carrierx_provider.core.resource import (
    UNKNOWN,
    Checked,
    InputFailure,
    IsUnknown,
    Unknown,
    is_unknown,
)
from carrierx_provider.core.text import number_and_name, printable, shorten
from carrierx_provider.core.validation import check_fields, one, problems_of
from carrierx_provider.external_did import schema
from carrierx_provider.external_did.ownership import Ownership, is_free_for


class Inputs(schema.Fields):
    """Checked inputs, as the plan reads them."""

    @classmethod
    def parse(cls, checked: Mapping[str, Any]) -> Self:
        """Read inputs that ``check_inputs`` has accepted and the engine has carried since.

        They are canonical but for what the engine does to numbers: each comes back as a float. So
        no rule is applied again, which might refuse what an older version has accepted.
        """
        fields = {name: checked.get(name) for name in schema.Fields.model_fields}
        fields |= {name: checked[name] for name in schema.REQUIRED_FIELDS}
        if fields["capabilities"] is not UNKNOWN:
            fields["capabilities"] = int(checked["capabilities"])
        for name in schema.MERGED_FIELDS:
            fields[name], _ = exact_json(fields[name], is_unknown)
        # Null and unknown are the default.
        flags = ("adopt_existing", "name_is_secret", "retain_on_delete", "delete_before_replace")
        fields |= {name: fields[name] is True for name in flags}
        fields["ownership"] = Ownership.parse(checked)
        return cls.model_construct(**fields)

    @property
    def declared_attributes(self) -> JsonObject | Unknown:
        """The declared attributes; empty if none are declared."""
        return {} if self.attributes is None else self.attributes

    @property
    def label(self) -> str:
        """The number and its name as messages show them, unless the name is secret."""
        return number_and_name(str(self.phonenumber), None if self.name_is_secret else self.name)

    @property
    def account_name(self) -> str | None:
        """The account, once it is known; None is the default account."""
        return None if self.account is None else str(self.account)

    @property
    def managed(self) -> Mask:
        """What is declared, key by key, without any value: what the outputs record."""
        whole_fields = (*schema.SCALAR_FIELDS, *schema.CHOSEN_FIELDS)
        mask: Mask = {name: True for name in whole_fields if getattr(self, name) is not None}
        attributes = self.declared_attributes
        if attributes is UNKNOWN:
            mask["attributes"] = True
        elif attributes:
            mask["attributes"] = mask_of(attributes)
        return mask


def check_inputs(
    raw: Mapping[str, Any],
    is_unknown: IsUnknown = is_unknown,
    state_inputs: Mapping[str, Any] | None = None,
) -> Checked:
    """Check what the program declares, all fields at once.

    Args:
        raw: Inputs as the engine passes them: numbers as floats, ``UNKNOWN`` for what a preview
            does not know, nulls or absent keys for what is not declared. Or as a program has
            them, before the engine.
        state_inputs: What the state has of the resource.
    """
    present = {name: value for name, value in raw.items() if value is not None}
    failures = [
        InputFailure(name, "is missing: every External DID needs it")
        for name in schema.REQUIRED_FIELDS
        if name not in present
    ]
    failures += [not_an_input(name) for name in present if name not in schema.Fields.model_fields]
    right, wrong = check_fields(schema.Fields, present, is_unknown)
    failures += wrong
    # An empty object declares no key, which is the same as not declaring it.
    inputs = {name: value for name, value in right.items() if value != {}}
    ownership = inputs.get("ownership")
    if isinstance(ownership, Ownership):
        inputs["ownership"] = ownership.as_properties()
        # Also among attributes that have another problem.
        attributes = right.get("attributes", present.get("attributes"))
        before = (state_inputs or {}).get("attributes")
        reason = _no_place_for(ownership, attributes, before)
        if reason is not None:
            failures.append(InputFailure(f"attributes.{ownership.key}", reason))
    failures += _too_large(inputs)
    return Checked(inputs, tuple(failures))


def _no_place_for(ownership: Ownership, attributes: object, before: object) -> str | None:
    """Why the key of the ownership record is not free; ``before`` are the state's attributes."""
    if isinstance(attributes, Mapping) and attributes.get(ownership.key) is not None:
        return (
            "is where carrierx:ownershipKey keeps the number's owner: set another "
            "carrierx:ownershipKey, or declare another key; if an earlier up declared this one, "
            "remove it in an up without carrierx:ownershipKey"
        )
    declared_before = before if isinstance(before, dict) else {}
    was_declared = declared_before.get(ownership.key) is not None
    # A record of this stack that a person wrote is what the provider would write.
    if was_declared and not is_free_for(declared_before, ownership):
        return (
            "is where carrierx:ownershipKey keeps the number's owner, and an earlier up has "
            "declared it: set another carrierx:ownershipKey; or, unless somebody else has changed "
            "the attribute, set carrierx:ownershipKey back to what it was, run up, which removes "
            "the attribute, and set it again"
        )
    return None


def check_declared(
    declared: Mapping[str, Any],
    is_unknown: IsUnknown = is_unknown,
    ownership: Mapping[str, str] | None = None,
) -> Checked:
    """As ``check_inputs``, of what a person has written down, such as a row of a table.

    ``ownership`` is the record that the stack is going to keep with the number.
    """
    checked = check_inputs(
        {**declared, **dict.fromkeys(schema.NOT_FOR_USERS), "ownership": ownership}, is_unknown
    )
    not_theirs = tuple(not_an_input(name) for name in declared if name in schema.NOT_FOR_USERS)
    return Checked(checked.inputs, (*checked.failures, *not_theirs))


Number: TypeAlias = tuple[str, str]
"""An account, "" for the default one, and a number in E.164 with its ``+``."""


def number_of(checked: Checked) -> Number | None:
    """The number that is declared; None if it is invalid, or not known yet."""
    if any(failure.field == "account" for failure in checked.failures):
        return None
    number, account = checked.inputs.get("phonenumber"), checked.inputs.get("account", "")
    return (account, number) if isinstance(number, str) and isinstance(account, str) else None


def not_an_input(name: str) -> InputFailure:
    """For a name that no input of an External DID has."""
    reason = f"is not an input of an External DID: the inputs are {', '.join(schema.INPUT_FIELDS)}"
    return InputFailure(shorten(name), reason)


_encoded = json.JSONEncoder(default=str).encode


def _too_large(canonical: Mapping[str, Any]) -> list[InputFailure]:
    sizes = {name: len(_encoded(value)) for name, value in canonical.items()}
    if sum(sizes.values()) <= LARGEST_CALL:
        return []
    return [InputFailure(max(sizes, key=lambda name: sizes[name]), TOO_LARGE)]


LONGEST_IN_A_URL = 8000
"""Bytes of one argument. Servers commonly refuse URLs beyond 8 KiB, and httpx those beyond 64."""


def _text_in_a_url(value: object) -> None:
    if len(quote(schema.filled_text(value))) > LONGEST_IN_A_URL:
        raise one(f"is too long: at most {LONGEST_IN_A_URL:,} bytes fit into a URL")


_ARGUMENTS: Mapping[str, Callable[[Any], object]] = {
    "sid": checked_sid,
    "phonenumber": schema.e164,
    "account": schema.account_name,
    "filter": _text_in_a_url,
    "order": _text_in_a_url,
}


def argument_mistakes(arguments: Mapping[str, object]) -> list[str]:
    """Why these arguments of a look-up cannot be sent, each in one line with its name."""
    mistakes = []
    for name, value in arguments.items():
        try:
            _ARGUMENTS[name](value)
        except InvalidSIDError as error:
            mistakes.append(f"{name}: {error}")
        except PydanticCustomError as error:
            mistakes.append(f"{name}: {printable(problems_of(error)[0].reason)}")
    return mistakes
