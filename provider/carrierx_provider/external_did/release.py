"""Releasing a number, safely whatever led there.

Every DELETE is sent from here, after a read of the number: whose it is now, and what a registration
would have to bring back.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from carrierx_api import calls
from carrierx_api import errors as api
from carrierx_api.calls import Call
from carrierx_api.errors import CarrierXError
from carrierx_api.models import UPDATABLE_FIELDS, ExternalDID
from carrierx_provider.core.errors import ResourceError, Subject, error_text
from carrierx_provider.external_did import messages
from carrierx_provider.external_did.gone import (
    Evidence,
    evidence_of,
    gone_already_notice,
    not_confirmed_gone_error,
    registered_for_another_text,
)
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.ownership import other_owner
from carrierx_provider.external_did.put_back import REFUSES_ALL
from carrierx_provider.external_did.registration import find_successor
from carrierx_provider.external_did.run_registry import Declared, Number, Release, RunRegistry
from carrierx_provider.external_did.state import State

if TYPE_CHECKING:
    from carrierx_api.client import CarrierXClient
    from carrierx_provider.core.connections import Connections

SAYS_ENOUGH = (
    *REFUSES_ALL,
    api.NotFoundError,
    api.NotCarrierXError,
    api.RateLimitedLocallyError,
)
"""What a read before a release may meet, and a release without it would meet too or know."""


@dataclass(frozen=True)
class UnreadError(Exception):
    """A number that cannot be read may be released all the same; ``why`` is a clause."""

    why: str


@dataclass(frozen=True, slots=True)
class Releaser:
    """Releases the numbers of a run."""

    run: RunRegistry
    connections: Connections

    async def release(
        self,
        client: CarrierXClient,
        subject: Subject,
        state: State,
        number: Number,
        seen: ExternalDID | None = None,
    ) -> tuple[str, ...]:
        """Release a number, and remember how to register it again as it was.

        Args:
            seen: The number as this operation has read it already; None if it has not.

        Returns:
            What a person should be told.

        Raises:
            ResourceError: The number belongs to another stack, it cannot be read, or it seems to be
                gone and nothing shows that the account is the right one.
            CarrierXError: The release was refused, or may not have taken effect.
        """
        call = calls.delete(state.external_did_sid)
        notices: list[str] = []
        is_gone = False
        if seen is None:
            try:
                seen = await self._read(client, subject, state, number)
            except api.NotFoundError:
                is_gone = True
            except UnreadError as unread:
                notices.append(messages.released_unread_notice(state, unread.why))
        if seen is not None:
            self._check_owner(state, seen)
        answer_lost = False
        if not is_gone:
            try:
                await client.send_delete(call)
            except api.NotFoundError as error:
                is_gone, answer_lost = True, error.effect_unknown
        if is_gone:
            await self.confirm_gone(client, subject, state, answer_lost=answer_lost)
            if not answer_lost:
                notices.append(await self._gone_notice(client, state, number))
        # What was gone has lost nothing by this.
        declared = self.run.declared_for(state, number)
        lost = () if is_gone else self._lost_notices(state, number, declared, seen)
        is_followed = self.run.follows(declared, number)
        if declared is not None and is_followed:
            self.run.came_from[declared.number] = number
        self.run.releases[number] = Release(
            number,
            state.phonenumber,
            state.external_did_sid,
            state.account,
            state.body_to_register_again(seen),
            was_read=seen is not None,
            notices=lost if is_followed else (),
        )
        return (*notices, *(() if is_followed else lost))

    async def _read(
        self, client: CarrierXClient, subject: Subject, state: State, number: Number
    ) -> ExternalDID:
        """The number as it is.

        Raises:
            UnreadError: It cannot be read, and is released all the same.
        """
        sid = state.external_did_sid
        # Whose it is decides; the rest is only needed to register it again.
        needed = () if state.ownership is None else ("attributes",)
        try:
            if self.run.declared_for(state, number) is None:
                # One of many, perhaps: a page of the list has them all, and no registration follows
                # that would have to be undone.
                listed = ("phonenumber", "capabilities", *UPDATABLE_FIELDS)
                seen = await client.get_registered_in_bulk(
                    sid, listed, phonenumber=state.phonenumber
                )
                if seen.model_fields_set.issuperset(needed):
                    return seen
            return await client.get_registered(sid, needed, phonenumber=state.phonenumber)
        except api.ForbiddenError:
            raise UnreadError("the token may not read it") from None
        except CarrierXError as error:
            if isinstance(error, SAYS_ENOUGH):
                raise
            if sid in self.connections.settings.unread_sids:
                raise UnreadError("CARRIERX_RELEASE_UNREAD has its SID") from None
            text = error_text(error, subject)
            raise ResourceError(messages.not_read_error(text, sid)) from None

    def _check_owner(self, state: State, seen: ExternalDID) -> None:
        key = state.ownership.key if state.ownership else self.connections.settings.ownership_key
        another = other_owner(seen.attributes, key, state.ownership, self.run.stacks)
        if another is not None:
            raise ResourceError(messages.taken_meanwhile_error(state, another))

    async def _gone_notice(self, client: CarrierXClient, state: State, number: Number) -> str:
        """A state may be older than a replace: the number then has a new SID."""
        successor = None
        if self.run.declared_for(state, number) is None:
            with suppress(CarrierXError):
                successor = await find_successor(client, state)
        return gone_already_notice(state, successor)

    def _lost_notices(
        self, state: State, number: Number, declared: Declared | None, seen: ExternalDID | None
    ) -> tuple[str, ...]:
        """What the resource loses with its registration, and no preview has shown."""
        if declared is None or not (
            self.run.follows(declared, number) or declared.number in self.run.registered
        ):
            return ()
        inputs = Inputs.parse(declared.inputs)
        live = state.as_seen(seen)
        if state.external_did_sid not in self.run.previewed:
            return (messages.replaced_unannounced_notice(live, inputs),)
        known = messages.lost_fields(state, inputs)
        also = [name for name in messages.lost_fields(live, inputs) if name not in known]
        return (messages.also_lost_notice(state, also),) if also else ()

    async def confirm_gone(
        self, client: CarrierXClient, subject: Subject, state: State, *, answer_lost: bool = False
    ) -> None:
        """Make sure that a 404 comes from the account in which the number was registered.

        Nothing is asked if a person has confirmed it. ``answer_lost``: a release was sent before,
        and its response was lost.

        Raises:
            ResourceError: It comes from another account, or nothing shows that it does not.
        """
        if self.connections.settings.confirm_gone:
            return
        stack = self.run.account(state.account)
        evidence = evidence_of(state, client.seen, stack)
        if evidence is not Evidence.SAME:
            await client.look_around()
            evidence = evidence_of(state, client.seen, stack)
        if evidence is not Evidence.SAME:
            problem = not_confirmed_gone_error(
                state,
                subject,
                {state.partner_sid} if state.partner_sid else stack.partner_sids,
                client.seen.partner_sids if evidence is Evidence.ANOTHER else (),
                answer_lost=answer_lost,
            )
            raise ResourceError(problem)


async def take_back(
    client: CarrierXClient,
    call: Call,
    registered: ExternalDID,
    subject: Subject,
    partner_sids: Collection[str],
) -> NoReturn:
    """Release a number that was just registered in another account than the stack's.

    The response to the registration may have had no more than a SID: the read shows that it is that
    of the number.

    Raises:
        WrongAccountError: Always: it says what became of the registration.
    """
    sid = registered.external_did_sid
    failed: CarrierXError | None = None
    try:
        number = (call.body or {})["phonenumber"]
        await client.get_registered(sid, ("phonenumber",), phonenumber=number)
        await client.delete(sid)
    except CarrierXError as error:
        failed = error
    message = registered_for_another_text(subject, registered, partner_sids, failed)
    raise api.WrongAccountError(call, message) from None
