"""Registering a number: once, whatever happens to the response.

Also: how an existing registration is found, and the one in place of one that is gone.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carrierx_api import errors as api
from carrierx_api.calls import Call
from carrierx_api.errors import CarrierXError
from carrierx_api.models import UPDATABLE_FIELDS, ExternalDID
from carrierx_provider.external_did.gone import Evidence, StackAccount
from carrierx_provider.external_did.ownership import record_of
from carrierx_provider.external_did.state import State

if TYPE_CHECKING:
    from carrierx_api.client import CarrierXClient


@dataclass(eq=False, repr=False)
class AlreadyRegisteredError(Exception):
    """The number has a registration, made by this call or by somebody else."""

    existing: ExternalDID
    cause: CarrierXError | None = None
    """The error that led to it; None if it was looked for."""
    answer_lost: bool = False
    """Whether this call may have made it."""

    def __post_init__(self) -> None:
        # What a traceback shows: the registration may have secret values.
        self.args = (self.existing.external_did_sid,)


async def register(
    client: CarrierXClient, call: Call, released_sid: str | None = None
) -> ExternalDID:
    """Send the registration; it is never blindly repeated.

    Once the response is lost, the number is looked up. If it is not there, the call is sent again:
    CarrierX registers a number once, so at worst it answers that it is registered by now.

    ``released_sid``: this run has released that registration of the number. CarrierX may need a
    moment to see that, so that a conflict may be transient.

    Raises:
        AlreadyRegisteredError: It was found registered; ``takeover`` decides what to do.
        CarrierXError: It was not registered, or may not have been.
    """
    phonenumber = (call.body or {})["phonenumber"]
    lost: CarrierXError | None = None

    def raise_if_found(existing: ExternalDID | None, error: CarrierXError) -> None:
        if existing is not None and existing.external_did_sid != released_sid:
            raise AlreadyRegisteredError(existing, error, answer_lost=lost is not None) from None

    async def reconcile(call: Call, error: CarrierXError) -> ExternalDID | Call:
        nonlocal lost
        lost = error if error.effect_unknown else lost
        raise_if_found(await client.find(phonenumber), error)
        return call

    def is_transient_conflict(error: CarrierXError) -> bool:
        return released_sid is not None and isinstance(error, api.ConflictError)

    try:
        external_did, _ = await client.send_change(call, reconcile, is_transient_conflict)
    except (api.ConflictError, api.UnprocessableError) as error:
        raise_if_found(await _in_the_way(client, error, phonenumber), error)
        # In conflict with what cannot be seen: perhaps with what an earlier attempt has made.
        raise lost or error from None
    return external_did


async def _in_the_way(
    client: CarrierXClient, error: api.RefusedError, phonenumber: str
) -> ExternalDID | None:
    """The registration that a refused one ran into, if that was the reason and can be seen."""
    # Where the look-up fails, the refusal itself is the better error.
    with suppress(CarrierXError):
        if isinstance(error, api.ConflictError):
            return await client.find_registered(phonenumber)
        if any(entry.field == "phonenumber" for entry in error.field_errors):
            return await client.find(phonenumber)
    return None


async def is_in_another_account(
    client: CarrierXClient, stack: StackAccount, registered: ExternalDID
) -> bool:
    """Whether a registration is of another account than the stack's other numbers there."""
    if not stack.is_another_partner(registered.partner_sid):
        return False
    if stack.evidence_in(client.seen) is not Evidence.SAME:
        # An account may have numbers of several partners.
        with suppress(CarrierXError):
            await client.look_around()
    return stack.evidence_in(client.seen) is not Evidence.SAME


async def read_whole(client: CarrierXClient, found: ExternalDID) -> ExternalDID:
    """A registration from a list, with every field that a plan depends on.

    A list may leave out what an object of its own does not.
    """
    if {"capabilities", *UPDATABLE_FIELDS} - found.model_fields_set:
        needed = ("capabilities", "attributes")
        return await client.get_registered(
            found.external_did_sid, needed=needed, phonenumber=found.phonenumber
        )
    return found


async def find_successor(client: CarrierXClient, gone: State) -> ExternalDID | None:
    """The registration in place of one that is gone, or None.

    A run that was killed before the state was written may have replaced the number: the state then
    has the SID that it released. A refresh that took the number for released would forget the
    resource, and the new registration would be met as a stranger's. So the resource continues with
    that one, whose difference from the program the next preview shows.

    Nothing is released here, and nothing is taken over but what has this very resource's record.
    """
    ours = gone.ownership
    if ours is None or (found := await client.find(gone.phonenumber)) is None:
        return None
    existing = await read_whole(client, found)
    return existing if record_of(existing.attributes, ours.key) == ours else None
