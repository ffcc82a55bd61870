"""Registering a number: once, whatever becomes of the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx_api.errors import CarrierXError, ConflictError, RefusedError, UnprocessableError

if TYPE_CHECKING:
    from carrierx_api.calls import Call
    from carrierx_api.client import CarrierXClient
    from carrierx_api.models import ExternalDID


class AlreadyRegisteredError(Exception):
    """The number has a registration, made by this call or by somebody else."""

    def __init__(self, standing: ExternalDID, cause: CarrierXError, *, answer_lost: bool) -> None:
        """Keep what stands, and the error on which it was found.

        :param answer_lost: whether an attempt of this call may have made it.
        """
        super().__init__(standing.external_did_sid)
        self.standing = standing
        self.cause = cause
        self.answer_lost = answer_lost


async def register(
    client: CarrierXClient, call: Call, phonenumber: str, *, just_released: str | None = None
) -> ExternalDID:
    """Send the registration; it is never blindly repeated.

    Once the answer is lost, the number is looked up. If it is not there, the call is sent again:
    CarrierX registers a number once, so at the worst it answers that it is registered by now.

    :param just_released: the SID that this run has released the number from; CarrierX may need a
        moment to see that, and a conflict pass.
    :raises AlreadyRegisteredError: it was found registered, and has to be told apart.
    :raises CarrierXError: it was not registered, or nobody knows.
    """
    lost: CarrierXError | None = None

    async def settle(call: Call, error: CarrierXError) -> ExternalDID | Call:
        nonlocal lost
        lost = error if error.effect_unknown else lost
        standing = await client.find(phonenumber)
        if standing is not None and standing.external_did_sid != just_released:
            raise AlreadyRegisteredError(standing, error, answer_lost=lost is not None)
        return call

    def may_pass_soon(error: CarrierXError) -> bool:
        return just_released is not None and isinstance(error, ConflictError)

    try:
        external_did, _ = await client.send_change(call, settle, may_pass_soon)
    except (ConflictError, UnprocessableError) as error:
        standing = await _in_the_way(client, error, phonenumber)
        if standing is not None and standing.external_did_sid != just_released:
            raise AlreadyRegisteredError(standing, error, answer_lost=lost is not None) from None
        # In conflict with what cannot be seen: perhaps with what an earlier attempt has made.
        raise lost or error from None
    return external_did


async def _in_the_way(
    client: CarrierXClient, error: RefusedError, phonenumber: str
) -> ExternalDID | None:
    """The registration that a refused one ran into, if that was the reason and can be seen."""
    blamed = {entry.field for entry in error.field_errors}
    if isinstance(error, UnprocessableError) and "phonenumber" not in blamed:
        return None
    try:
        if isinstance(error, ConflictError):
            return await client.find_registered(phonenumber)
        return await client.find(phonenumber)
    except CarrierXError:
        # The refusal itself is the better error.
        return None
