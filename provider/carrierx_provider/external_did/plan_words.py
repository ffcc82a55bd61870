"""What a plan says to a person: the warning of a replace, and the parts of it that errors use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carrierx_api.capabilities import capability_names
from carrierx_provider.core.text import shorten
from carrierx_provider.core.unknown import UNKNOWN
from carrierx_provider.core.validation import shown_path
from carrierx_provider.external_did.inputs import SCALAR_FIELDS
from carrierx_provider.external_did.ownership import without_record

if TYPE_CHECKING:
    from carrierx_provider.external_did.inputs import Inputs
    from carrierx_provider.external_did.state import State


def replace_warning(
    recorded: State, stated: Inputs, replaces: tuple[str, ...], *, another_number: bool
) -> str:
    """The one line that a preview shows before a number is released."""
    number = recorded.phonenumber
    order = (
        f"{stated.phonenumber} is registered, then {number} is released"
        if another_number
        else f"{number} is released, then registered anew, and out of service in between"
    )
    return (
        f"{number_and_name(number, recorded.shown_name)}: "
        f"{replaced_fields_words(recorded, stated, replaces)}, which CarrierX cannot update: "
        f"{order}. Lost with the registration: {lost_words(recorded, stated)}."
    )


def replaced_fields_words(recorded: State, stated: Inputs, replaces: tuple[str, ...]) -> str:
    """The fields that replace, from what to what, e.g. ``capabilities 1 (receive_sms) → …``."""
    return ", ".join(_replaced_field(recorded, stated, name) for name in replaces)


def lost_words(recorded: State, stated: Inputs) -> str:
    """What a number loses with its registration, for a person who may still stop it."""
    unstated = _not_stated(recorded, stated)
    also = f", and what the program does not state ({', '.join(unstated)})" if unstated else ""
    return f"its SID {recorded.external_did_sid}, its messaging enablement{also}"


def _replaced_field(recorded: State, stated: Inputs, name: str) -> str:
    before, after = recorded.value(name), getattr(stated, name)
    if name == "capabilities":
        return f"{name} {_capabilities_words(before)} → {_capabilities_words(after)}"
    if name == "underlying_carrier_sid":
        return f"another {name}"
    if name == "account":
        before, after = (before or "the default one"), (after or "the default one")
    return f"{name} {before} → {after}"


def _capabilities_words(capabilities: Any) -> str:  # noqa: ANN401 -- int or UNKNOWN
    if capabilities is UNKNOWN:
        return repr(capabilities)
    return f"{capabilities} ({capability_names(capabilities)})"


def _not_stated(recorded: State, stated: Inputs) -> list[str]:
    lost = [
        name
        for name in SCALAR_FIELDS
        if recorded.fields.get(name) is not None and name not in stated.fields
    ]
    if stated.attributes is not UNKNOWN:
        others = without_record(recorded.attributes, stated.ownership)
        lost += [f"attributes{shown_path([key])}" for key in others if key not in stated.attributes]
    return lost


def number_and_name(phonenumber: str, name: object) -> str:
    """How messages name a number: ``+46700987654 (support)``."""
    return f"{phonenumber} ({shorten(name)})" if isinstance(name, str) and name else phonenumber
