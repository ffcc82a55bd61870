"""What to do with a number that is to be registered: the one decision about an existing one.

Pure: what has to be read for it is read before. The lifecycle executes the decision, and a plan's
branches show it before (see ``plan.plan_create``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from carrierx_api.models import ExternalDID
from carrierx_provider.core.errors import Problem
from carrierx_provider.core.resource import Plan, PlanKind
from carrierx_provider.core.text import printable
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.ownership import is_free_for, owner_text, record_of
from carrierx_provider.external_did.plan import plan_change, plan_create, plan_replace_own
from carrierx_provider.external_did.replacement import lost_text, replaced_fields_text
from carrierx_provider.external_did.state import State, matches_create


class Match(StrEnum):
    """Whose an existing registration is. The first three let a resource take it over."""

    ADOPT_EXISTING = "adopt_existing"
    """The program asks to take it over, and it is not another owner's."""
    OWN_RECORD = "own_record"
    """Its ownership record names this very resource: an earlier run made it."""
    NAMED = "CARRIERX_ADOPT"
    """A person has named its SID to be taken over."""
    OWN_LOST_CREATE = "own_lost_create"
    """It is what this run asked for, and the response was lost."""
    OF_ANOTHER = "of_another"
    """Its ownership record names somebody else."""
    UNKNOWN = "unknown"
    """Nothing shows whose it is."""


def ways_to_adopt(inputs: Inputs, *, names_sids: bool) -> tuple[Match, ...]:
    """What may let a resource take an existing registration over, before one is found."""
    open_ways = {
        Match.ADOPT_EXISTING: inputs.adopt_existing,
        Match.OWN_RECORD: inputs.ownership is not None,
        Match.NAMED: names_sids,
    }
    return tuple(way for way, is_open in open_ways.items() if is_open)


@dataclass(frozen=True, slots=True)
class Facts:
    """What this run knows of an existing registration, beside the registration itself."""

    number: str
    """As messages name it."""
    found_by: str | None = None
    """The error that led to it, as a clause; None if ``adopt_existing`` looked for it."""
    answer_lost: bool = False
    """A registration was sent, and its response was lost."""
    named_by_user: bool = False
    """A person has named its SID to be taken over."""
    used_by_other: bool = False
    """Another resource of this run has it."""
    not_released: bool = False
    """It was to be released for this create, and the engine has left it alone."""
    known_to_state: bool = False
    """The state has a resource with this number, so that the preview has shown a replace."""
    already_released: bool = False
    """This run has released this registration, or another one for this very create."""


@dataclass(frozen=True, slots=True)
class Adopt:
    """Take the registration over.

    If the plan is a replace, an earlier run of this resource made the registration: it is released,
    and the number is registered again. The engine has shown that replace, which was interrupted,
    and continues with the create.
    """

    existing: ExternalDID
    state: State
    plan: Plan
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refuse:
    """Leave the registration alone, and fail."""

    problem: Problem


Decision: TypeAlias = Adopt | Refuse


def decide_create(existing: ExternalDID, inputs: Inputs, facts: Facts) -> Decision:
    """What to do about an existing registration of a number that is to be registered.

    ``existing`` has every field that an update or a replace depends on.
    """
    match = match_of(existing, inputs, facts)
    state = State.of_existing(existing, inputs)
    sid, number = state.external_did_sid, facts.number
    plan = plan_change(state, inputs, takes_over=True)
    if plan.kind is PlanKind.REPLACE and facts.not_released and match is not Match.OF_ANOTHER:
        return Refuse(not_released_problem(number, state, inputs, plan))
    if match in {Match.OF_ANOTHER, Match.UNKNOWN}:
        return Refuse(not_ours_problem(number, facts.found_by, state, inputs, plan))
    if facts.used_by_other:
        return Refuse(used_by_other_problem(number, sid))
    if plan.kind is not PlanKind.REPLACE:
        answer_lost = match is Match.OWN_LOST_CREATE
        # A warning, unless the user has asked for it.
        is_warned = answer_lost or match is Match.OWN_RECORD
        notice = adopted_notice(number, sid, answer_lost=answer_lost)
        return Adopt(existing, state, plan, (notice,) if is_warned else ())
    # A record alone is not enough to release a number: another state may hold a stack of the same
    # name. So the preview must have shown a replace.
    is_own = match is Match.OWN_RECORD
    may_release = not facts.already_released and not inputs.retain_on_delete
    if is_own and facts.known_to_state and may_release:
        notice = replaced_own_notice(number, state, inputs, plan.replaces)
        return Adopt(existing, state, plan_replace_own(state, inputs), (notice,))
    return Refuse(
        not_updatable_problem(
            number, state, inputs, plan, is_leftover=is_own and not facts.known_to_state
        )
    )


def match_of(existing: ExternalDID, inputs: Inputs, facts: Facts) -> Match:
    """Whose an existing registration is."""
    ours = inputs.ownership
    attributes = existing.attributes or {}
    if ours is not None and record_of(attributes, ours.key) == ours:
        return Match.OWN_RECORD
    if facts.named_by_user:
        return Match.NAMED
    if ours is not None and ours.key in attributes:
        renamed = inputs.adopt_existing and is_free_for(attributes, ours)
        return Match.ADOPT_EXISTING if renamed else Match.OF_ANOTHER
    if inputs.adopt_existing:
        return Match.ADOPT_EXISTING
    # With ownership on, what this run made would have its record.
    (registration,) = plan_create(inputs).writes
    if facts.answer_lost and ours is None and matches_create(registration, existing):
        return Match.OWN_LOST_CREATE
    return Match.UNKNOWN


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
        name = json.dumps(owner_text(record.resource_name), ensure_ascii=False)
        # To be copied, so whole, and as Python reads it.
        old_name = printable(json.dumps(record.resource_name, ensure_ascii=False))
        return (
            f"It belongs to the resource {name} of this stack {where}. If that was renamed in "
            f"the program, give it aliases=[pulumi.Alias(name={old_name})]. If it gives the number "
            f"up, or is no longer in the program or the state, {take_over}"
        )
    return (
        f"It belongs to {owner_text(record.owner)} {where}, which has to give it up first. If "
        f"nothing manages it there any more, {take_over}"
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
        " Or, if an interrupted run of this stack left it, so that it is not in the state, release "
        f"it: `pulumi-carrierx orphans --release {sid}`, then run up again."
    )
    return Problem(
        f"{number}: SID {sid} cannot be taken over: "
        f"{replaced_fields_text(existing, inputs, plan.replaces)}, which CarrierX cannot update.",
        f"A replace would lose {lost_text(existing, inputs)}. Declare what is "
        "registered to take it over, and change it in a later up, whose preview shows the replace."
        f"{release if is_leftover else ''}",
    )
