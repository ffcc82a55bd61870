"""What ``pulumi-carrierx orphans`` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from carrierx_cli.orphans.orphans import Orphan, Outcome
from carrierx_provider.core.text import in_columns, plural, printable, shorten
from carrierx_provider.external_did.messages import number_and_name

WHAT_TO_DO = """\
Keep it in this stack:  declare it in the program with the name RESOURCE, and run `pulumi up`
Keep it elsewhere:      pulumi-carrierx orphans --disown SID   (only removes the record)
Delete it at CarrierX:  pulumi-carrierx orphans --release SID  (the number may be lost for good)
""".splitlines()

OUTCOME_TEXTS = {
    Outcome.DISOWNED: "the record was removed; the number stays registered",
    Outcome.RELEASED: "released: the registration was deleted at CarrierX",
    Outcome.GONE: "somebody else had released it already",
}


def listing(orphans: Sequence[Orphan], stack: str, key: str) -> Iterator[str]:
    """The orphans in columns, and what to do about them."""
    if not orphans:
        yield f"No orphans of {stack}."
        return
    numbers = plural(len(orphans), "number")
    carry, are = ("carries", "is") if len(orphans) == 1 else ("carry", "are")
    yield (
        f"{numbers} {carry} {stack}'s ownership record (attributes.{printable(key)}) but {are} not "
        "in its state:"
    )
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
    """The orphans for a program that reads them, with the outcome of each by its SID."""
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
    """One line on pending operations."""
    return (
        f"the state has {plural(count, 'pending operation')}: a run was interrupted, or is in "
        "progress. Run `pulumi up` first, which continues with what the program declares"
    )


def locked_text(stack: str) -> str:
    """One line on a lock that a run holds, or has left."""
    return (
        f"{stack} is locked: a run is in progress, or a killed run has left its lock. What a run "
        "without checkpoints has registered looks like an orphan until the run ends"
    )


def elsewhere_text(orphan: Orphan, stack: str) -> str:
    """One line on a number that another stack's state has."""
    return (
        f"{subject_of(orphan)}: not an orphan, though it carries the record of "
        f"{orphan.record.stack}: SID {printable(orphan.external_did_sid)} is in the state of the "
        f"stack {stack}"
    )


def subject_of(orphan: Orphan) -> str:
    """How messages name an orphan."""
    return number_and_name(printable(orphan.phonenumber), shorten(orphan.name or ""))


def left_text(count: int) -> str:
    """One line on orphans that were not disposed of."""
    return f"{plural(count, 'orphan')} {'is' if count == 1 else 'are'} left"
