"""Which registrations are orphans of a stack, and which of them a person may mean. Pure.

An orphan comes about by a crash between the registration and the state's write, by
``retain_on_delete``, or by ``pulumi state delete``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from carrierx_provider.external_did.ownership import record_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from carrierx_api.models import ExternalDID
    from carrierx_provider.external_did.ownership import Ownership

ALL = "all"
"""In the place of SIDs: every orphan that is found."""


class ChoiceError(Exception):
    """What was chosen cannot be dealt with; one line. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A number, and the account that it is registered in; None is the default one."""

    account: str | None
    external_did: ExternalDID = field(repr=False)


@dataclass(frozen=True, slots=True)
class Orphan:
    """A number that no resource of its stack has."""

    account: str | None
    external_did_sid: str
    phonenumber: str
    name: str | None
    record: Ownership
    """Names the resource that registered it."""


class Outcome(StrEnum):
    """What became of an orphan."""

    DISOWNED = "disowned"
    RELEASED = "released"
    GONE = "gone"
    """Somebody else has released it."""


def orphans_among(
    registered: Iterable[Registered], key: str, stack: str, sids_in_state: Collection[str]
) -> tuple[Orphan, ...]:
    """The registrations that are the stack's by their record, and are not in its state.

    :param key: the attribute that holds the record.
    :param stack: ``PROJECT/STACK``.
    :returns: each once, though two accounts may have the same token; ordered by number.
    """
    found: dict[str, Orphan] = {}
    for one in registered:
        external_did = one.external_did
        record = record_of(external_did.attributes, key)
        # Without a resource's name it is no record that the provider has written.
        if record is None or record.stack != stack or not record.resource_name:
            continue
        sid = external_did.external_did_sid
        if sid not in sids_in_state:
            found.setdefault(
                sid,
                Orphan(one.account, sid, external_did.phonenumber, external_did.name, record),
            )
    return tuple(sorted(found.values(), key=lambda orphan: orphan.phonenumber))


def chosen(
    orphans: Sequence[Orphan],
    sids: Sequence[str],
    stack: str,
    names_being_created: Collection[str],
    *,
    locked: bool,
) -> tuple[Orphan, ...]:
    """The orphans that a person has named by their SIDs, or all.

    :param names_being_created: resources whose create has not ended, as the state says.
    :param locked: whether a run holds the stack, or has left its lock.
    :raises ChoiceError: one of the SIDs is none of an orphan, or a run may be at work on it.
    """
    by_sid = {orphan.external_did_sid: orphan for orphan in orphans}
    wanted = tuple(by_sid) if ALL in sids else tuple(dict.fromkeys(sids))
    unknown = [sid for sid in wanted if sid not in by_sid]
    if unknown:
        are = "is no orphan" if len(unknown) == 1 else "are no orphans"
        raise ChoiceError(
            f"{', '.join(unknown)} {are} of {stack}. Nothing was changed. "
            "`pulumi-carrierx orphans` lists the orphans with their SIDs"
        )
    for sid in wanted:
        name = by_sid[sid].record.resource_name
        if name in names_being_created:
            # A run that is under way has registered the number and not yet written the state.
            raise ChoiceError(
                f'{sid} is not left alone yet: the state has a create of "{name}" that has not '
                "ended. Nothing was changed. Run `pulumi up` first, which goes on with it; if the "
                f'program does not state "{name}" any more and no run is under way, run '
                "`pulumi refresh --clear-pending-creates`"
            )
    if wanted and locked:
        raise ChoiceError(
            f"{stack} is locked, and a run without checkpoints may be at work on what looks like "
            "an orphan. Nothing was changed. Let the run end; if it was killed, run "
            "`pulumi cancel`, then `pulumi up`, which goes on with what the program states"
        )
    return tuple(by_sid[sid] for sid in wanted)
