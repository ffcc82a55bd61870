"""Which registrations are orphans of a stack, and which of them a person selects. Pure.

An orphan is left by a crash between the registration and the state's write, by
``retain_on_delete``, or by ``pulumi state delete``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from carrierx_api.models import ExternalDID
from carrierx_cli.options import UsageError
from carrierx_provider.external_did.ownership import Ownership, record_of

ALL = "all"
"""In place of SIDs: every orphan that is found."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A number, and the account that it is registered in; None is the default one."""

    account: str | None
    external_did: ExternalDID = field(repr=False)


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


def orphans_among(
    registered: Iterable[Registered], key: str, stack: str, sids_in_state: Collection[str]
) -> tuple[Orphan, ...]:
    """The numbers whose record, in the attribute ``key``, names the stack, and not in its state.

    Each comes once, though two accounts may have the same token; ordered by number.
    """
    found: dict[str, Orphan] = {}
    for one in registered:
        external_did = one.external_did
        record = record_of(external_did.attributes, key)
        # Without a resource's name it is not a record that the provider has written.
        if record is None or record.stack != stack or not record.resource_name:
            continue
        sid = external_did.external_did_sid
        if sid not in sids_in_state:
            found.setdefault(
                sid, Orphan(one.account, sid, external_did.phonenumber, external_did.name, record)
            )
    return tuple(sorted(found.values(), key=lambda orphan: orphan.phonenumber))


def select(
    orphans: Sequence[Orphan],
    sids: Sequence[str],
    stack: str,
    names_being_created: Collection[str],
    *,
    locked: bool,
) -> tuple[Orphan, ...]:
    """Select the orphans that a person has named by their SIDs, or all.

    Raises:
        UsageError: One of the SIDs is not an orphan's, or a run may be at work on it.
    """
    by_sid = {orphan.external_did_sid: orphan for orphan in orphans}
    selected = tuple(by_sid) if ALL in sids else tuple(dict.fromkeys(sids))
    unknown = [sid for sid in selected if sid not in by_sid]
    if unknown:
        are = "is not an orphan" if len(unknown) == 1 else "are not orphans"
        raise UsageError(
            f"{', '.join(unknown)} {are} of {stack}. Nothing was changed. "
            "`pulumi-carrierx orphans` lists the orphans with their SIDs"
        )
    for sid in selected:
        name = by_sid[sid].record.resource_name
        if name in names_being_created:
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
