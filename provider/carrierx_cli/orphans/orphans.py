"""Which registrations are orphans of a stack, which a person selects, and what is printed. Pure.

An orphan is left by a crash between the registration and the state's write, by
``retain_on_delete``, or by ``pulumi state delete``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from carrierx_api.models import ExternalDID
from carrierx_cli.console import UsageError
from carrierx_provider.core.text import in_columns, number_and_name, plural, printable, shorten
from carrierx_provider.external_did.ownership import Ownership, record_of
from carrierx_provider.pulumi_files.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Orphan:
    """A number that carries its stack's record, and that no resource of the stack has."""

    account: str | None
    external_did_sid: str
    phonenumber: str
    name: str | None
    record: Ownership
    """It names the resource that registered the number."""


class Outcome(StrEnum):
    """What became of an orphan."""

    DISOWNED = "disowned"
    RELEASED = "released"
    GONE = "gone"
    """Somebody else has released it."""


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


def orphans_among(
    registered: Iterable[tuple[str | None, ExternalDID]],
    key: str,
    stack: str,
    sids_in_state: Collection[str],
) -> tuple[Orphan, ...]:
    """The numbers whose record, in the attribute ``key``, names the stack, and not in its state.

    Each is registered in the account beside it; None is the default one. Each comes once, though
    two accounts may have the same token; ordered by number.
    """
    found: dict[str, Orphan] = {}
    for account, external_did in registered:
        record = record_of(external_did.attributes, key)
        sid = external_did.external_did_sid
        # Without a resource's name it is not a record that the provider has written.
        if record and record.stack == stack and record.resource_name and sid not in sids_in_state:
            orphan = Orphan(account, sid, external_did.phonenumber, external_did.name, record)
            found.setdefault(sid, orphan)
    return tuple(sorted(found.values(), key=lambda orphan: orphan.phonenumber))


def select(
    orphans: Sequence[Orphan],
    sids: Sequence[str],
    stack: str,
    deployment: Deployment,
    *,
    locked: bool,
) -> tuple[Orphan, ...]:
    """Select the orphans that a person has named by their SIDs, or by ``all``.

    Raises:
        UsageError: One of the SIDs is not an orphan's, or a run may be at work on it.
    """
    by_sid = {orphan.external_did_sid: orphan for orphan in orphans}
    selected = tuple(by_sid) if "all" in sids else tuple(dict.fromkeys(sids))
    unknown = [sid for sid in selected if sid not in by_sid]
    if unknown:
        are = "is not an orphan" if len(unknown) == 1 else "are not orphans"
        raise UsageError(
            f"{', '.join(unknown)} {are} of {stack}. Nothing was changed. "
            "`pulumi-carrierx orphans` lists the orphans with their SIDs"
        )
    for sid in selected:
        name = by_sid[sid].record.resource_name
        if name in deployment.names_being_replaced:
            # If its create is refused, a replace registers the number again, as it was.
            raise UsageError(
                f'{sid} may still be in use: the state has "{name}" in the middle of a replace. '
                "Nothing was changed. Run `pulumi up` first, which finishes it; to let the number "
                f'go, first remove "{name}" from the program, and run `pulumi up`'
            )
        if name in deployment.names_being_created:
            # A run in progress may have registered the number and not yet written the state.
            raise UsageError(
                f'{sid} may still be in use: the state has a pending create of "{name}". Nothing '
                "was changed. Run `pulumi up` first, which finishes it; if the program no longer "
                f'declares "{name}" and no run is in progress, run '
                "`pulumi refresh --clear-pending-creates`"
            )
    if selected and locked:
        raise UsageError(
            f"{stack} is locked, and a run without checkpoints may be at work on what looks like "
            "an orphan. Nothing was changed. Let the run end; if it was killed, run "
            "`pulumi cancel`, then `pulumi up`, which continues with what the program declares"
        )
    return tuple(by_sid[sid] for sid in selected)


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
    document = {
        "stack": stack,
        "ownership_key": key,
        "pending_operations": pending_operations,
        "orphans": [
            {
                "phonenumber": orphan.phonenumber,
                "external_did_sid": orphan.external_did_sid,
                "name": orphan.name,
                "resource": orphan.record.resource_name,
                "account": orphan.account,
                "outcome": outcomes.get(orphan.external_did_sid, "left"),
            }
            for orphan in orphans
        ],
    }
    return json.dumps(document, indent=2)


def deletion_question(count: int) -> str:
    """What is asked before orphans are released."""
    what, number = f"these {count} registrations", "The numbers are"
    if count == 1:
        what, number = "this registration", "The number is"
    return f"Delete {what} at CarrierX? {number} given back, and may be lost for good."


def outcome_text(orphan: Orphan, outcome: Outcome) -> str:
    """One line on what became of an orphan."""
    sid = printable(orphan.external_did_sid)
    return f"{subject_of(orphan)}: {OUTCOME_TEXTS[outcome]} (SID {sid})."


def subject_of(orphan: Orphan) -> str:
    """How messages name an orphan."""
    return number_and_name(printable(orphan.phonenumber), shorten(orphan.name or ""))
