"""Dispose of an orphan: remove its ownership record, or release the number.

The number may have changed since it was listed: its record is read again before each change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx_api import calls
from carrierx_api.errors import NotFoundError
from carrierx_cli.accounts import session
from carrierx_cli.orphans.messages import subject_of
from carrierx_cli.orphans.orphans import Outcome
from carrierx_provider.core.errors import ResourceError
from carrierx_provider.external_did.ownership import Attributes, record_of

if TYPE_CHECKING:
    from carrierx_api.calls import Call
    from carrierx_api.errors import CarrierXError
    from carrierx_api.models import ExternalDID
    from carrierx_cli.orphans.orphans import Orphan
    from carrierx_provider.core.connections import Connections


async def disown(connections: Connections, orphan: Orphan) -> Outcome:
    """Remove the ownership record from the number's attributes; all others stay.

    Raises:
        ResourceError: It failed; one line.
    """
    sid = orphan.external_did_sid
    with session(connections, subject_of(orphan), orphan.account, "orphans") as client:

        async def settle(_: Call, __: CarrierXError) -> ExternalDID | Call:
            existing = await client.get_registered(sid, needed=("attributes",))
            if record_of(existing.attributes, orphan.record.key) is None:
                return existing
            # Somebody else may have written meanwhile: their changes are kept.
            return _update_without_record(orphan, existing)

        try:
            existing = await client.get_registered(sid, needed=("attributes",))
            await client.send_change(_update_without_record(orphan, existing), settle)
        except NotFoundError:
            return Outcome.GONE
    return Outcome.DISOWNED


async def release(connections: Connections, orphan: Orphan) -> Outcome:
    """Release the number.

    Raises:
        ResourceError: It failed; one line.
    """
    sid = orphan.external_did_sid
    with session(connections, subject_of(orphan), orphan.account, "orphans") as client:
        try:
            _check_record(orphan, await client.get_registered(sid, needed=("attributes",)))
            await client.send_delete(calls.delete(sid))
        except NotFoundError:
            return Outcome.GONE
    return Outcome.RELEASED


def _update_without_record(orphan: Orphan, existing: ExternalDID) -> Call:
    _check_record(orphan, existing)
    kept = Attributes.split(existing.attributes, orphan.record).values
    # A merge cannot remove a key.
    return calls.update(orphan.external_did_sid, {"attributes": kept}, replace_nested_objects=True)


def _check_record(orphan: Orphan, existing: ExternalDID) -> None:
    if record_of(existing.attributes, orphan.record.key) != orphan.record:
        raise ResourceError(
            f"{subject_of(orphan)}: its record (attributes.{orphan.record.key}) has changed since "
            "it was listed. Nothing was changed. Run `pulumi-carrierx orphans` again to see the "
            "current state."
        )
