"""What a replace changes and what it loses, as messages say it. Never a secret value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from carrierx_api.capabilities import capability_names
from carrierx_provider.core.resource import UNKNOWN
from carrierx_provider.core.text import account_text
from carrierx_provider.core.validation import shown_path
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.schema import SCALAR_FIELDS
from carrierx_provider.external_did.state import State


def replaced_fields_text(state: State, inputs: Inputs, replaces: tuple[str, ...]) -> str:
    """The fields that replace, from what to what, e.g. ``capabilities 1 (receive_sms) → …``."""
    return ", ".join(_replaced_field(state, inputs, name) for name in replaces)


def _replaced_field(state: State, inputs: Inputs, name: str) -> str:
    before, after = state.value(name), getattr(inputs, name)
    if name == "capabilities":
        return f"{name} {_capabilities_text(before)} → {_capabilities_text(after)}"
    if name == "underlying_carrier_sid":
        return f"another {name}"
    if name == "account":
        return f"{account_text(before)} → {account_text(inputs.account_name)}"
    return f"{name} {before} → {after}"


def _capabilities_text(capabilities: Any) -> str:  # noqa: ANN401 -- int or UNKNOWN
    if capabilities is UNKNOWN:
        return repr(capabilities)
    return f"{capabilities} ({capability_names(capabilities)})"


def lost_fields(state: State, inputs: Inputs) -> list[str]:
    """What a number has that the program does not declare, and that a registration loses."""
    lost = [
        name for name in SCALAR_FIELDS if name in state.fields and getattr(inputs, name) is None
    ]
    declared = inputs.declared_attributes
    if declared is not UNKNOWN:
        others = (key for key in state.attributes.values if key not in declared)
        lost += [f"attributes{shown_path([key])}" for key in others]
    return lost


def lost_text(state: State, inputs: Inputs) -> str:
    """What a number loses with its registration."""
    lost = lost_fields(state, inputs)
    also = f", and what the program does not declare ({', '.join(lost)})" if lost else ""
    return f"its SID {state.external_did_sid}, its messaging enablement{also}"


def replace_warning(
    state: State,
    inputs: Inputs,
    replaces: tuple[str, ...],
    *,
    another_number: bool,
    released_first: bool,
) -> str:
    """What a preview shows before a number is released."""
    number, another = state.phonenumber, inputs.phonenumber
    if not another_number:
        order = f"{number} is released, then registered again, and out of service in between"
    elif released_first:
        order = (
            f"{number} is released for good, then {another} is registered "
            "(delete_before_replace), and in between neither is in service"
        )
    else:
        order = f"{another} is registered, then {number} is released"
    return (
        f"{state.label}: "
        f"{replaced_fields_text(state, inputs, replaces)}, which CarrierX cannot update: "
        f"{order}. Lost with the registration: {lost_text(state, inputs)}."
    )


def retained_warning(
    state: State, inputs: Inputs, replaces: tuple[str, ...], *, another_number: bool
) -> str:
    """What a preview shows before a number that ``retain_on_delete`` keeps is replaced."""
    consequence = (
        f"{inputs.phonenumber} is registered, and {state.phonenumber} stays registered with SID "
        f"{state.external_did_sid}, outside the state (retain_on_delete)"
        if another_number
        else f"if the values that are not known yet replace {state.phonenumber} by itself, the up "
        "fails, since the number is retained (retain_on_delete)"
    )
    return (
        f"{state.label}: {replaced_fields_text(state, inputs, replaces)}, which CarrierX cannot "
        f"update: {consequence}."
    )


def retained_error(state: State, inputs: Inputs, replaces: tuple[str, ...]) -> str:
    """For a replace of the same number that ``retain_on_delete`` keeps from being released."""
    return (
        f"{state.label}: {replaced_fields_text(state, inputs, replaces)}, which CarrierX cannot "
        "update. The number cannot be replaced while it is retained (retain_on_delete): a number "
        "can be registered only once. Nothing was changed. Undo that change to keep the "
        "registration. To replace it, run up once without retain_on_delete and without that "
        "change, then make the change."
    )


def retained_notice(number: str, external_did_sid: str) -> str:
    """After a delete, for a replace, that released nothing."""
    return (
        f"{number}: not released: the number is retained (retain_on_delete). SID "
        f"{external_did_sid} stays registered, outside the state."
    )


def kept_by_replace_notice(state: State) -> str:
    """After ``up --replace`` of a resource whose create comes first, and found its own number."""
    return (
        f"{state.label}: not replaced: SID {state.external_did_sid} was kept, because a number "
        "can be registered only once. To replace it, give the resource delete_before_replace=True."
    )


def replaced_unannounced_notice(state: State, inputs: Inputs) -> str:
    """After a replace that no diff has planned, such as that of ``up --replace``."""
    return (
        f"{state.label}: the registration was replaced without a warning in the preview. Lost with "
        f"it: {lost_text(state, inputs)}."
    )


def also_lost_notice(state: State, lost: Sequence[str]) -> str:
    """After a replace of a number that others have changed since the preview's warning."""
    return (
        f"{state.label}: also lost with the registration: {', '.join(lost)}. Somebody else has set "
        "this since the last refresh, and the program does not declare it."
    )


def no_old_account_error(state: State, inputs: Inputs, reason: str) -> str:
    """For a move out of an account that is not configured, which may only have another name now.

    ``reason``: what is wrong with its configuration, and how to set it.
    """
    before, after = account_text(state.account), account_text(inputs.account_name)
    return (
        f"{state.label}: {before} → {after}: {reason}. If both are the same account, set "
        f"{before} to the token and baseUrl of {after} for one up, which then changes only the "
        "state."
    )
