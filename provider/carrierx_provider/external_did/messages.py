"""What a person is told about a registration that stands already."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from carrierx_provider.core.errors import what_failed
from carrierx_provider.core.plan import Plan, PlanKind
from carrierx_provider.external_did.ownership import names_an_owner
from carrierx_provider.external_did.plan_words import replaced_fields_words
from carrierx_provider.external_did.takeover import Claim

if TYPE_CHECKING:
    from carrierx_api.errors import CarrierXError
    from carrierx_provider.core.errors import Subject
    from carrierx_provider.external_did.inputs import Inputs
    from carrierx_provider.external_did.ownership import Ownership
    from carrierx_provider.external_did.state import State

LONGEST_OWNER = 200
"""Characters: whoever wrote the record, it must not flood a message."""

OWN_IS_RELEASED = "The registration that this resource had is released for the replace."


def taken_text(
    subject: Subject,
    cause: CarrierXError | None,
    standing: State,
    stated: Inputs,
    plan: Plan,
) -> str:
    """The one line for a registration that stands in the way and is not this resource's.

    :param cause: the error on which it was found; None if ``adopt_existing`` looked for it.
    :param standing: the registration, as outputs would record it.
    :param plan: what taking it over would come to.
    """
    sid = standing.external_did_sid
    found = "adopt_existing found a registration" if cause is None else what_failed(cause, subject)
    agreement = f"Its registration has SID {sid}, and {_agreement(standing, stated, plan)}."
    consequence = OWN_IS_RELEASED if subject.released else "Nothing was changed."
    return f"{subject.label}: {found}. {agreement} {consequence} {_next(standing, stated, plan)}"


def taken_over_words(subject: Subject, claim: Claim, external_did_sid: str) -> tuple[str, ...]:
    """What a person is told of a registration that was taken over without their asking."""
    if claim is Claim.RECORDED:
        made = "which an earlier run of this very resource registered"
    elif claim is Claim.JUST_MADE:
        made = "which is just what was asked for: the answer to the registration was lost"
    else:
        return ()
    return (f"{subject.label}: went on with SID {external_did_sid}, {made}.",)


def replaced_notice(subject: Subject, standing: State, stated: Inputs, plan: Plan) -> str:
    """What a person is told of what an interrupted run left, and the program has outgrown."""
    return (
        f"{subject.label}: SID {standing.external_did_sid}, which an earlier run of this very "
        "resource registered, was released and the number registered anew: "
        f"{replaced_fields_words(standing, stated, plan.replaces)}."
    )


def taken_meanwhile_text(number: str, recorded: State, another: Ownership) -> str:
    """The one line for a number that is somebody else's by now, and not ours to replace."""
    return (
        f"{number}: SID {recorded.external_did_sid} belongs to {_shown(another.owner)} by now "
        f"(attributes.{another.key}). Nothing was changed: a replace would release it. Take the "
        "number out of this program, and forget it with `pulumi state delete`."
    )


def _agreement(standing: State, stated: Inputs, plan: Plan) -> str:
    if plan.kind is PlanKind.REPLACE:
        replaced = replaced_fields_words(standing, stated, plan.replaces)
        return f"differs from what the program states: {replaced}"
    if plan.changes:
        fields = ", ".join(change.name for change in plan.changes)
        return f"differs from what the program states in {fields}"
    return "equals what the program states"


def _next(standing: State, stated: Inputs, plan: Plan) -> str:
    first = "state what is registered, and " if plan.kind is PlanKind.REPLACE else ""
    take_over = f"{first}take it over: `CARRIERX_ADOPT={standing.external_did_sid} pulumi up`."
    record, ours = standing.ownership, stated.ownership
    in_use = ours is not None and ours.key in standing.all_attributes
    if ours is not None and in_use and (record is None or not names_an_owner(record.owner)):
        return (
            f"Its attributes.{ours.key} holds something that is no owner: set another "
            "carrierx:ownershipKey. To take the number over and overwrite that: "
            f"`CARRIERX_ADOPT={standing.external_did_sid} pulumi up`."
        )
    if record is None:
        return (
            "If an interrupted run of this stack made it, or nothing manages it yet, "
            f"{take_over} If the resource was renamed in the program, give it "
            'aliases=[pulumi.Alias(name="its old name")]. Otherwise release that registration '
            "first."
        )
    where = f"(attributes.{record.key})"
    if ours is not None and record.stack == ours.stack:
        name = json.dumps(_shown(record.resource_name), ensure_ascii=False)
        return (
            f"It belongs to the resource {name} of this stack {where}. If that was renamed in "
            f"the program, give it aliases=[pulumi.Alias(name={name})]. If it is in neither the "
            f"program nor the state any more, {take_over}"
        )
    return (
        f"It belongs to {_shown(record.owner)} {where}, which has to let go of it first. If "
        f"nothing manages it there any more, {take_over}"
    )


def _shown(owner: str) -> str:
    printable = "".join(character if character.isprintable() else " " for character in owner)
    text = " ".join(printable.split())
    return text if len(text) <= LONGEST_OWNER else f"{text[:LONGEST_OWNER]}…"
