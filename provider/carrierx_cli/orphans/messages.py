"""What a person is told about orphans."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from carrierx_api.calls import Action
from carrierx_api.errors import AuthenticationError, ForbiddenError, UnreachableError
from carrierx_cli.orphans.orphans import Outcome
from carrierx_provider.core.errors import next_step, what_failed
from carrierx_provider.core.text import in_columns, printable, shorten
from carrierx_provider.external_did.messages import number_and_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from carrierx_api.errors import CarrierXError
    from carrierx_cli.orphans.orphans import Orphan
    from carrierx_provider.core.errors import Subject

WHAT_TO_DO = """\
Keep it in this stack:  state it in the program, named as RESOURCE; `pulumi up` goes on with it.
Keep it elsewhere:      pulumi-carrierx orphans --disown SID   (only takes the record out)
Delete it at CarrierX:  pulumi-carrierx orphans --release SID  (the number may be lost for good)
""".splitlines()

OUTCOME_TEXTS = {
    Outcome.DISOWNED: "the record is taken out; it stays registered",
    Outcome.RELEASED: "released: its registration is deleted at CarrierX",
    Outcome.GONE: "somebody else has released it",
}


def listing(orphans: Sequence[Orphan], stack: str, key: str) -> Iterator[str]:
    """The orphans in columns, and what to do about them."""
    if not orphans:
        yield f"No orphans of {stack}."
        return
    count = len(orphans)
    numbers = "1 number has" if count == 1 else f"{count} numbers have"
    yield f"{numbers} the record of {stack} (attributes.{printable(key)}) and no resource of its:"
    yield ""
    yield from table(orphans)
    yield ""
    yield from WHAT_TO_DO


def table(orphans: Sequence[Orphan]) -> Iterator[str]:
    """One line each, below the names of the columns."""
    rows = [("NUMBER", "SID", "NAME", "RESOURCE", "ACCOUNT")]
    rows += [
        (
            printable(orphan.phonenumber),
            printable(orphan.external_did_sid),
            shorten(orphan.name or ""),
            printable(orphan.record.resource_name),
            printable(orphan.account or "(default)"),
        )
        for orphan in orphans
    ]
    # The account is only worth a column where there is more than the default one.
    columns = 5 if any(orphan.account is not None for orphan in orphans) else 4
    yield from in_columns([row[:columns] for row in rows])


def as_json(
    orphans: Sequence[Orphan],
    pending_operations: int,
    stack: str,
    key: str,
    outcomes: Mapping[str, Outcome],
) -> str:
    """The orphans for a program that reads them.

    :param outcomes: what became of each one that was dealt with, by SID.
    """
    entries: list[dict[str, Any]] = [
        {
            "phonenumber": orphan.phonenumber,
            "external_did_sid": orphan.external_did_sid,
            "name": orphan.name,
            "resource": orphan.record.resource_name,
            "account": orphan.account,
            "outcome": outcomes.get(orphan.external_did_sid, "left"),
        }
        for orphan in orphans
    ]
    document = {
        "stack": stack,
        "ownership_key": key,
        "pending_operations": pending_operations,
        "orphans": entries,
    }
    return json.dumps(document, indent=2)


def deletion_question(count: int) -> str:
    """What is asked before orphans are released."""
    what, number = (
        ("this registration", "The number is")
        if count == 1
        else (f"these {count} registrations", "The numbers are")
    )
    return f"Delete {what} at CarrierX? {number} given back, and may be lost for good."


def outcome_text(orphan: Orphan, outcome: Outcome) -> str:
    """One line on what became of an orphan."""
    sid = printable(orphan.external_did_sid)
    return f"{subject_of(orphan)}: {OUTCOME_TEXTS[outcome]} (SID {sid})."


def pending_text(count: int) -> str:
    """One line on operations that have not ended."""
    operations = "1 operation" if count == 1 else f"{count} operations"
    return (
        f"the state has {operations} that an interrupted run left open, or one that is under way: "
        "run `pulumi up` first, which goes on by itself with what the program states"
    )


def locked_text(stack: str) -> str:
    """One line on a lock that a run holds, or has left."""
    return (
        f"{stack} is locked: a run is under way, or one that was killed has left its lock. What a "
        "run without checkpoints has registered looks like an orphan until it ends"
    )


def elsewhere_text(orphan: Orphan, stack: str) -> str:
    """One line on a number that another stack's state has."""
    return (
        f"{subject_of(orphan)}: no orphan, though it has the record of {orphan.record.stack}: SID "
        f"{printable(orphan.external_did_sid)} is in the state of the stack {stack}"
    )


def subject_of(orphan: Orphan) -> str:
    """How messages name an orphan."""
    return number_and_name(printable(orphan.phonenumber), shorten(orphan.name or ""))


def orphan_error_text(error: CarrierXError, subject: Subject, command: str) -> str:
    """The one line for a call that failed. Other than in a stack's run, ``up`` is no next step.

    :param command: the one to run again, such as ``orphans``.
    """
    consequence = ""
    if error.call.action is not Action.READ:
        unknown = error.effect_unknown
        consequence = (
            "It is not known whether it took effect. " if unknown else "Nothing was changed. "
        )
    if isinstance(error, ForbiddenError):
        after = next_step(error, subject)
    elif isinstance(error, AuthenticationError):
        after = f"Check the token in {subject.access.token_source}."
    elif isinstance(error, UnreachableError):
        after = "Check the network and carrierx:baseUrl."
    else:
        after = f"Run `pulumi-carrierx {command}` again later: it shows what stands."
    return f"{subject.number}: {what_failed(error, subject)}. {consequence}{after}"
