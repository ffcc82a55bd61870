"""Releasing a number, and what is said of it.

Every DELETE is sent from here, whatever led to it, after a read of the number: whose it is now, and
what a registration would have to bring back.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from carrierx_api import calls
from carrierx_api import errors as api
from carrierx_api.calls import Call
from carrierx_api.errors import CarrierXError
from carrierx_api.models import UPDATABLE_FIELDS, ExternalDID
from carrierx_provider.core.errors import ResourceError, Subject, error_text
from carrierx_provider.external_did import replacement
from carrierx_provider.external_did.gone import (
    Evidence,
    evidence_of,
    gone_already_notice,
    not_confirmed_gone_error,
    registered_for_another_text,
)
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.ownership import (
    Ownership,
    other_owner,
    owner_text,
    record_of,
)
from carrierx_provider.external_did.put_back import REFUSES_ALL
from carrierx_provider.external_did.registration import find_successor
from carrierx_provider.external_did.run_registry import Key, Release, RunRegistry
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
"""Errors of the read that the release itself would meet too, or that decide about it."""


@dataclass(frozen=True)
class UnreadError(Exception):
    """The number cannot be read, and is released all the same; ``why`` is a clause."""

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
        key: Key,
        seen: ExternalDID | None = None,
    ) -> tuple[str, ...]:
        """Release a number, and remember how to register it again as it was.

        Args:
            key: Of the resource.
            seen: The number as this operation has read it already; None if it has not.

        Returns:
            What a person should be told.

        Raises:
            ResourceError: The number belongs to another stack, it cannot be read, or it seems to be
                gone and nothing shows that the account is the right one.
            CarrierXError: The release was refused, or may not have taken effect.
        """
        call = calls.delete(state.external_did_sid)
        number = self.run.number(state.account, state.phonenumber)
        is_followed = self.run.follows(key, number)
        notices: list[str] = []
        is_gone = False
        if seen is None:
            try:
                is_replaced = self.run.declared_for(key) is not None
                seen = await self._read(client, subject, state, is_alone=is_replaced)
            except api.NotFoundError:
                is_gone = True
            except UnreadError as unread:
                notices.append(released_unread_notice(state, unread.why))
        if seen is not None and (kept := self._kept_for_owner(state, seen, key)) is not None:
            return (kept,)
        answer_lost = False
        if not is_gone:
            try:
                await client.send_delete(call)
            except api.NotFoundError as error:
                is_gone, answer_lost = True, error.effect_unknown
        if is_gone:
            await self.confirm_gone(client, subject, state, answer_lost=answer_lost)
            if not answer_lost:
                notices.append(await self._gone_notice(client, state, key))
        # A number that was already gone loses nothing here.
        lost = () if is_gone else self._lost_notices(state, key, seen)
        self._remember(state, key, seen, lost if is_followed else ())
        return (*notices, *(() if is_followed else lost))

    def _remember(
        self, state: State, key: Key, seen: ExternalDID | None, notices: tuple[str, ...]
    ) -> None:
        number = self.run.number(state.account, state.phonenumber)
        released = Release(
            number,
            state.phonenumber,
            state.external_did_sid,
            state.account,
            state.body_to_register_again(seen),
            was_read=seen is not None and "attributes" in seen.model_fields_set,
            notices=notices,
        )
        self.run.releases[number] = released
        if self.run.follows(key, number):
            self.run.made_way.setdefault(key, []).append(released)

    async def _read(
        self, client: CarrierXClient, subject: Subject, state: State, *, is_alone: bool
    ) -> ExternalDID:
        """The number as it is.

        ``is_alone``: read it by itself, and not from a page, since what it has is needed as it is.

        Raises:
            UnreadError: It cannot be read, and is released all the same.
        """
        sid = state.external_did_sid
        # The owner decides about the release; the rest is only needed to register it again.
        needed = () if state.ownership is None else ("attributes",)
        try:
            if not is_alone:
                # One of many, perhaps: a page of the list has them all.
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
            raise ResourceError(not_read_error(text, sid)) from None

    def _other_owner(self, state: State, seen: ExternalDID, key: Key) -> Ownership | None:
        """Who has taken the number over, going by its record: another stack, or resource."""
        ours = state.ownership
        keys = [self.connections.settings.ownership_key, None if ours is None else ours.key]
        another = other_owner(seen.attributes, {each for each in keys if each}, ours)
        # Its first record, or a new name: the run that wrote it is forgotten.
        is_own = another is not None and another.owner == self.run.owners.get(key)
        return None if is_own else another

    def _kept_for_owner(self, state: State, seen: ExternalDID, key: Key) -> str | None:
        """The notice for a number that another resource of this stack has; None for our own.

        Raises:
            ResourceError: It is another stack's, or perhaps: the state may be a copy of that
                stack's, which looks like that of a stack that was renamed.
        """
        ours, stacks = state.ownership, self.run.stacks
        another = self._other_owner(state, seen, key)
        if another is not None:
            number = self.run.number(state.account, state.phonenumber)
            recorded = set() if ours is None else {ours.stack}
            if self.run.follows(key, number) or another.stack not in stacks | recorded:
                raise ResourceError(taken_meanwhile_error(state, another))
            return kept_for_record_notice(state, another)
        has_record = ours is not None and record_of(seen.attributes, ours.key) == ours
        known = stacks | self.connections.settings.former_stacks
        if ours is not None and has_record and stacks and ours.stack not in known:
            raise ResourceError(copied_error(state, ours, min(stacks)))
        return None

    async def _gone_notice(self, client: CarrierXClient, state: State, key: Key) -> str:
        """A state may be older than a replace: the number then has a new SID."""
        declared = self.run.declared_for(key)
        if declared is not None and declared.number[1] == state.phonenumber:
            # The create that follows meets it.
            return gone_already_notice(state)
        try:
            return gone_already_notice(state, await find_successor(client, state))
        except CarrierXError:
            return gone_already_notice(state, look_up_failed=True)

    def _lost_notices(self, state: State, key: Key, seen: ExternalDID | None) -> tuple[str, ...]:
        """What the resource loses with its registration, and no preview has shown."""
        declared = self.run.declared_for(key)
        number = self.run.number(state.account, state.phonenumber)
        is_replaced = key in self.run.registered or self.run.follows(key, number)
        if declared is None or not is_replaced:
            return ()
        inputs = Inputs.parse(declared.inputs)
        live = state.as_seen(seen)
        if state.external_did_sid not in self.run.previewed:
            return (replacement.replaced_unannounced_notice(live, inputs),)
        known = replacement.lost_fields(state, inputs)
        also = [name for name in replacement.lost_fields(live, inputs) if name not in known]
        return (replacement.also_lost_notice(state, also),) if also else ()

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


def given_up_notice(number: str, external_did_sid: str) -> str:
    """After the release of a number that may have become ``ExternalDID.get`` of another one.

    The engine calls neither check nor diff before that release, and does not give its reason.
    """
    return (
        f"{number}: SID {external_did_sid} was released, because its resource was removed from the "
        "program or has become ExternalDID.get of another SID."
    )


def kept_for_other_notice(state: State) -> str:
    """After a delete that released nothing, since another resource has taken the number over."""
    return (
        f"{state.label}: not released: another resource of this program has SID "
        f"{state.external_did_sid} now."
    )


def kept_for_record_notice(state: State, another: Ownership) -> str:
    """After a delete that released nothing, since another resource of the stack is the owner."""
    return (
        f"{state.label}: not released: SID {state.external_did_sid} belongs to "
        f"{owner_text(another.owner)} now (attributes.{another.key}). If that is no longer in the "
        "state, `pulumi-carrierx orphans` finds the number."
    )


def read_only_notice(state: State) -> str:
    """After a delete that released nothing, since the program goes on to read the number."""
    return (
        f"{state.label}: not released: the program reads SID {state.external_did_sid} "
        "(ExternalDID.get). It stays registered, outside the state."
    )


def put_back_released_notice(state: State, external_did_sid: str, problem: str | None) -> str:
    """After a create, about the old number, which an earlier run had registered again.

    ``problem`` is why it could not be released; None if it was.
    """
    which = f"SID {external_did_sid}, with which an earlier run had registered the number again,"
    if problem is None:
        return f"{state.label}: {which} was released."
    return (
        f"{state.label}: {which} was not released: {problem} To release it: `pulumi-carrierx "
        f"orphans --release {external_did_sid}`."
    )


def released_unread_notice(state: State, why: str) -> str:
    """After a release of a number that was not read before; ``why`` is a clause."""
    return (
        f"{state.label}: SID {state.external_did_sid} was released without being read first, "
        f"because {why}. Whose number it was, and what others had set since the last refresh, is "
        "not known."
    )


def taken_meanwhile_error(state: State, another: Ownership) -> str:
    """For a number that another stack has taken over, so that it is not ours to release."""
    sid = state.external_did_sid
    return (
        f"{state.label}: not released: SID {sid} belongs to {owner_text(another.owner)} now "
        f"(attributes.{another.key}). Remove the number from this program and from its state: "
        f"`pulumi-carrierx release {sid}`."
    )


def copied_error(state: State, ours: Ownership, stack: str) -> str:
    """For a number whose record names another stack, as the state does."""
    sid, former = state.external_did_sid, owner_text(ours.stack)
    return (
        f"{state.label}: not released: SID {sid} belongs to {former} (attributes.{ours.key}), and "
        f"this stack is {owner_text(stack)}. If it was called that before, or the number was moved "
        f"from there, set CARRIERX_FORMER_STACK={former} for this run. If its state is a copy, "
        f"take the number out: `pulumi-carrierx release {sid}`."
    )


def not_read_error(text: str, external_did_sid: str) -> str:
    """For a number that could not be read before its release; ``text`` is why."""
    return (
        f"{text} SID {external_did_sid} was not released, because it could not be read first. To "
        f"release it without that read, set CARRIERX_RELEASE_UNREAD={external_did_sid} for one run."
    )


def declared_elsewhere_error(number: str) -> str:
    """For a delete of a number whose other resource in the program could not be created."""
    return (
        f"{number}: not released: another resource of this program declares the number, and could "
        "not be created in this run. Fix that one and run up again."
    )
