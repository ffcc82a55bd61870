"""Let go of an orphan: take its record out, or release it.

Whatever was listed may have changed since: the record is looked at once more before each change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx_api import calls
from carrierx_api.errors import NotFoundError
from carrierx_cli.about import about
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
    """Take the ownership record out of the number's attributes; all others stay.

    :raises ResourceError: in one line.
    """
    sid = orphan.external_did_sid
    with about(connections, subject_of(orphan), orphan.account) as client:

        async def settle(_: Call, __: CarrierXError) -> ExternalDID | Call:
            standing = await client.get_registered(sid, needed=("attributes",))
            if record_of(standing.attributes, orphan.record.key) is None:
                return standing
            # Somebody else may have written meanwhile: what they wrote is kept.
            return _record_out(orphan, standing)

        try:
            standing = await client.get_registered(sid, needed=("attributes",))
            await client.send_change(_record_out(orphan, standing), settle)
        except NotFoundError:
            return Outcome.GONE
    return Outcome.DISOWNED


async def release(connections: Connections, orphan: Orphan) -> Outcome:
    """Release the number.

    :raises ResourceError: in one line.
    """
    sid = orphan.external_did_sid
    with about(connections, subject_of(orphan), orphan.account) as client:
        try:
            _check_record(orphan, await client.get_registered(sid, needed=("attributes",)))
            await client.send_delete(calls.delete(sid))
        except NotFoundError:
            return Outcome.GONE
    return Outcome.RELEASED


def _record_out(orphan: Orphan, standing: ExternalDID) -> Call:
    _check_record(orphan, standing)
    kept = Attributes.split(standing.attributes, orphan.record).values
    # A merge cannot remove a key.
    return calls.update(orphan.external_did_sid, {"attributes": kept}, replace_nested_objects=True)


def _check_record(orphan: Orphan, standing: ExternalDID) -> None:
    if record_of(standing.attributes, orphan.record.key) != orphan.record:
        raise ResourceError(
            f"{subject_of(orphan)}: its record (attributes.{orphan.record.key}) has changed since "
            "it was listed. Nothing was changed. Run `pulumi-carrierx orphans` again: it shows "
            "what stands."
        )
