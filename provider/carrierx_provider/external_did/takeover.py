"""What to do with a number that is to be registered: the one decision about an existing one.

Pure: what has to be read for it is read before. The lifecycle executes the decision, and a plan's
branches show it before (see ``plan.plan_create``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from carrierx_api.models import ExternalDID
from carrierx_provider.core.resource import Plan, PlanKind
from carrierx_provider.external_did import messages
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.ownership import is_free_for, record_of
from carrierx_provider.external_did.plan import plan_change, plan_create, plan_replace_own
from carrierx_provider.external_did.state import State, matches_create

if TYPE_CHECKING:
    from carrierx_provider.core.errors import Problem


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
        return Refuse(messages.not_released_problem(number, state, inputs, plan))
    if match in {Match.OF_ANOTHER, Match.UNKNOWN}:
        return Refuse(messages.not_ours_problem(number, facts.found_by, state, inputs, plan))
    if facts.used_by_other:
        return Refuse(messages.used_by_other_problem(number, sid))
    if plan.kind is not PlanKind.REPLACE:
        answer_lost = match is Match.OWN_LOST_CREATE
        # A warning, unless the user has asked for it.
        is_warned = answer_lost or match is Match.OWN_RECORD
        notice = messages.adopted_notice(number, sid, answer_lost=answer_lost)
        return Adopt(existing, state, plan, (notice,) if is_warned else ())
    # A record alone is not enough to release a number: another state may hold a stack of the same
    # name. So the preview must have shown a replace.
    is_own = match is Match.OWN_RECORD
    may_release = not facts.already_released and not inputs.retain_on_delete
    if is_own and facts.known_to_state and may_release:
        notice = messages.replaced_own_notice(number, state, inputs, plan.replaces)
        return Adopt(existing, state, plan_replace_own(state, inputs), (notice,))
    return Refuse(
        messages.not_updatable_problem(
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
