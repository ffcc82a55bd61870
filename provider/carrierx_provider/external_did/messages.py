"""Every sentence about an External DID that is not the text of an API error.

Warnings of a plan, notices after an operation, and errors: one line each, with what happened, on
which number, and what to do next. Never a secret value.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from carrierx_api.capabilities import capability_names
from carrierx_provider.core.errors import Problem
from carrierx_provider.core.json_merge import Path
from carrierx_provider.core.resource import UNKNOWN, Plan, PlanKind
from carrierx_provider.core.text import account_text, printable
from carrierx_provider.core.validation import shown_path
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.ownership import Ownership
from carrierx_provider.external_did.schema import SCALAR_FIELDS
from carrierx_provider.external_did.state import State

MOST_PATHS = 10
"""Fields and keys that a message names."""

LONGEST_OWNER = 200
"""Characters: an owner may be any text, and must not flood a message."""

# Parts of messages.


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


def _owner_text(owner: str) -> str:
    shown = "".join(character if character.isprintable() else " " for character in owner)
    text = " ".join(shown.split())
    return text if len(text) <= LONGEST_OWNER else f"{text[:LONGEST_OWNER]}…"


# Warnings and notices.


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


def not_cleared_warning(state: State, paths: Collection[Path]) -> str:
    """For what the program no longer declares, and is not as this program left it."""
    texts = [f"{name}{shown_path(inside)}" for name, *inside in sorted(paths)]
    more = f" and {len(texts) - MOST_PATHS:,} more" if len(texts) > MOST_PATHS else ""
    return (
        f"{state.label}: no longer declared, but not cleared: {', '.join(texts[:MOST_PATHS])}{more}"
        ". Somebody else, or an up that did not finish, has changed it since, so it stays as it "
        "is, outside the program. To clear it, declare it in one up, and remove it in the next."
    )


def unusual_length_warning(inputs: Inputs, reason: str) -> str:
    """Before a number is registered, for a ``reason`` of ``e164.unusual_length``."""
    return (
        f"{inputs.label}: {reason}. Fix phonenumber if that is a mistake; a number for machines "
        "(M2M) may be right as it is."
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


def retained_notice(number: str, external_did_sid: str) -> str:
    """After a delete, for a replace, that released nothing."""
    return (
        f"{number}: not released: the number is retained (retain_on_delete). SID "
        f"{external_did_sid} stays registered, outside the state."
    )


def adopted_notice(number: str, external_did_sid: str, *, answer_lost: bool) -> str:
    """After a take-over of what this run, or an earlier one of the resource, registered."""
    why = (
        "is exactly what was requested: the response to the registration was lost"
        if answer_lost
        else "an earlier run of this resource registered"
    )
    return f"{number}: continued with SID {external_did_sid}, which {why}."


def replaced_own_notice(
    number: str, existing: State, inputs: Inputs, replaces: tuple[str, ...]
) -> str:
    """After a replace of what an earlier run of the resource registered."""
    return (
        f"{number}: SID {existing.external_did_sid}, which an earlier run of this resource "
        "registered, was released and the number registered again: "
        f"{replaced_fields_text(existing, inputs, replaces)}. Lost with it: "
        f"{lost_text(existing, inputs)}."
    )


def successor_notice(number: str, gone: State, external_did_sid: str) -> str:
    """After a read that found the registration gone, and its successor."""
    return (
        f"{number}: SID {gone.external_did_sid} is gone; continued with SID {external_did_sid}, "
        "which an earlier run of this resource registered."
    )


def given_up_notice(number: str, external_did_sid: str) -> str:
    """After the release of a number that may have become ``ExternalDID.get`` of another one.

    The engine asks nothing before that release, and does not say why it asks for it.
    """
    return (
        f"{number}: SID {external_did_sid} was released: a resource that becomes ExternalDID.get "
        "of another SID gives its own number up, as one that is removed from the program does."
    )


def replaced_unannounced_notice(state: State, inputs: Inputs) -> str:
    """After a replace that no diff has planned, such as that of ``up --replace``."""
    return (
        f"{state.label}: the registration was replaced without a warning before. Lost with it: "
        f"{lost_text(state, inputs)}."
    )


def also_lost_notice(state: State, lost: Sequence[str]) -> str:
    """After a replace of a number that others have changed since the preview's warning."""
    return (
        f"{state.label}: also lost with the registration, since the program does not declare it: "
        f"{', '.join(lost)}. Others had written that since the last refresh."
    )


def released_unread_notice(state: State, why: str) -> str:
    """After a release of a number that was not read before; ``why`` is a clause."""
    return (
        f"{state.label}: SID {state.external_did_sid} was released without a read before, since "
        f"{why}: it is not known what others have written since the last refresh, and whose the "
        "number was."
    )


def kept_for_other_notice(state: State) -> str:
    """After a delete that released nothing, since another resource has taken the number over."""
    return (
        f"{state.label}: not released: another resource of this program has SID "
        f"{state.external_did_sid} now."
    )


def kept_by_replace_notice(state: State) -> str:
    """After ``up --replace`` of a resource whose create comes first, and found its own number."""
    return (
        f"{state.label}: not replaced: SID {state.external_did_sid} was kept, since a number can "
        "be registered only once. To replace it, give the resource delete_before_replace=True."
    )


# Errors.


def not_ours_problem(
    number: str, found_by: str | None, existing: State, inputs: Inputs, plan: Plan
) -> Problem:
    """For a registration that is in the way, and not this resource's.

    ``found_by`` is the error that led to it; None if ``adopt_existing`` looked for it. ``plan`` is
    what taking it over would come to.
    """
    sid = existing.external_did_sid
    comparison = f"Its registration has SID {sid}, and {_comparison(existing, inputs, plan)}."
    found = found_by or "adopt_existing found a registration"
    return Problem(f"{number}: {found}. {comparison}", _next_step_of_taken(existing, inputs, plan))


def _comparison(existing: State, inputs: Inputs, plan: Plan) -> str:
    if plan.kind is PlanKind.REPLACE:
        replaced = replaced_fields_text(existing, inputs, plan.replaces)
        return f"differs from what the program declares: {replaced}"
    if plan.changes:
        fields = ", ".join(change.name for change in plan.changes)
        return f"differs from what the program declares in {fields}"
    return "matches what the program declares"


def _next_step_of_taken(existing: State, inputs: Inputs, plan: Plan) -> str:
    command = f"`CARRIERX_ADOPT={existing.external_did_sid} pulumi up`"
    first = "declare what is registered, and " if plan.kind is PlanKind.REPLACE else ""
    take_over = f"{first}take it over: {command}."
    record, ours = existing.ownership, inputs.ownership
    is_taken = ours is not None and ours.key in existing.attributes.records
    if ours is not None and is_taken and (record is None or not record.resource_name):
        return (
            f"Its attributes.{ours.key} does not hold an owner: set another "
            f"carrierx:ownershipKey. To take the number over and overwrite that value: {command}."
        )
    if record is None:
        return (
            "If an interrupted run of this stack made it, if nothing manages it yet, or if another "
            "resource of this program gives it up, "
            f"{take_over} If the resource was renamed in the program, give it "
            'aliases=[pulumi.Alias(name="its old name")]. Otherwise release that registration '
            "first."
        )
    where = f"(attributes.{record.key})"
    if ours is not None and record.stack == ours.stack:
        name = json.dumps(_owner_text(record.resource_name), ensure_ascii=False)
        # To be copied, so whole, and as Python reads it.
        old_name = printable(json.dumps(record.resource_name, ensure_ascii=False))
        return (
            f"It belongs to the resource {name} of this stack {where}. If that was renamed in "
            f"the program, give it aliases=[pulumi.Alias(name={old_name})]. If it gives the number "
            f"up, or is no longer in the program or the state, {take_over}"
        )
    return (
        f"It belongs to {_owner_text(record.owner)} {where}, which has to give it up first. If "
        f"nothing manages it there any more, {take_over}"
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


def not_released_problem(number: str, existing: State, inputs: Inputs, plan: Plan) -> Problem:
    """For a create that meets what the engine was to release before, as its option kept it."""
    sid = existing.external_did_sid
    # Without a record, nothing else shows that it is this resource's own.
    adopt = f"CARRIERX_ADOPT={sid} " if inputs.ownership is None else ""
    return Problem(
        f"{number}: {replaced_fields_text(existing, inputs, plan.replaces)}, which CarrierX cannot "
        f"update. SID {sid} was not released for the replace, because of retain_on_delete or "
        "delete_before_replace=False: a number can be registered only once.",
        f"Undo that change and run `{adopt}pulumi up`. To replace the number, also remove the "
        "option in that up, and make the change in the next one.",
    )


def used_by_other_problem(number: str, external_did_sid: str) -> Problem:
    """For a second resource that would take over the same registration."""
    return Problem(
        f"{number}: another resource of this program has SID {external_did_sid} already, and a "
        "number is registered once.",
        "Declare the number in one resource only.",
    )


def not_updatable_problem(
    number: str, existing: State, inputs: Inputs, plan: Plan, *, is_leftover: bool
) -> Problem:
    """For a number that could only be taken over by a replace.

    ``is_leftover``: its record names this very resource, which the state does not have.
    """
    sid = existing.external_did_sid
    release = (
        " Or, if an interrupted run of this stack left it, release it: `pulumi-carrierx orphans "
        f"--release {sid}`, then run up again."
    )
    return Problem(
        f"{number}: SID {sid} cannot be taken over: "
        f"{replaced_fields_text(existing, inputs, plan.replaces)}, which CarrierX cannot update.",
        f"A replace would lose {lost_text(existing, inputs)}. Declare what is "
        "registered to take it over, and change it in a later up, whose preview shows the replace."
        f"{release if is_leftover else ''}",
    )


def taken_meanwhile_error(state: State, another: Ownership) -> str:
    """For a number that belongs to another stack by now, and is not ours to release."""
    sid = state.external_did_sid
    return (
        f"{state.label}: not released: SID {sid} belongs to {_owner_text(another.owner)} by now "
        f"(attributes.{another.key}). Remove the number from this program, and from its state: "
        f"`pulumi-carrierx release {sid}`."
    )


def not_read_error(text: str, external_did_sid: str) -> str:
    """For a number that could not be read before its release; ``text`` is why."""
    return (
        f"{text} SID {external_did_sid} was not released, since a number is read before that. To "
        f"release it without a read, set CARRIERX_RELEASE_UNREAD={external_did_sid} for one run."
    )


def declared_elsewhere_error(number: str) -> str:
    """For a delete of a number that another resource declares, and could not take over."""
    return (
        f"{number}: not released: another resource of this program declares the number, and could "
        "not be created in this run. Fix that one and run up again."
    )


def no_old_account_error(state: State, inputs: Inputs, reason: str) -> str:
    """For a move out of an account that is not configured, which may only have another name now.

    ``reason``: what is wrong with its configuration, and how to set it.
    """
    before, after = account_text(state.account), account_text(inputs.account_name)
    return (
        f"{state.label}: {before} → {after}: {reason}. If both are the same account, use the token "
        f"of {after} for that, and its baseUrl if it has one; the next up then changes only the "
        f"state, and {before} is no longer needed."
    )


def no_such_sid_error(external_did_sid: str) -> str:
    """For a look-up or a first read of a SID that CarrierX does not have."""
    return f"SID {external_did_sid}: no External DID of this account has this SID."
