"""Registering a number: once, whatever happens to the response.

Also: which registrations the resources of a run rely on, how the registration in place of one that
is gone is found, and how a number is registered again as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from carrierx_api import calls
from carrierx_api import errors as api
from carrierx_api.calls import Call
from carrierx_api.errors import CarrierXError
from carrierx_api.models import UPDATABLE_FIELDS, ExternalDID
from carrierx_provider.core.errors import ResourceError, Subject
from carrierx_provider.external_did.gone import (
    Evidence,
    StackAccount,
    evidence_of,
    not_confirmed_gone_error,
    registered_for_another_text,
)
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.messages import (
    not_rolled_back_error,
    rolled_back_error,
)
from carrierx_provider.external_did.ownership import Ownership, record_of
from carrierx_provider.external_did.state import State, matches_create

if TYPE_CHECKING:
    from carrierx_api.client import CarrierXClient
    from carrierx_provider.core.connections import Connections


@dataclass(frozen=True, slots=True)
class Release:
    """A number that this run has released.

    Should the new registration of a replace be refused, the number is registered again like that.
    """

    external_did_sid: str
    account: str | None
    body: Mapping[str, Any] = field(repr=False)
    """What registers it again as it was."""


@dataclass(slots=True)
class RunRegistry:
    """Who relies on which SID in this run, so that no delete releases another resource's.

    A resource that is renamed in the program without an alias is created under its new name first
    and deleted under its old one after. With ``adopt_existing`` the create takes over the very
    registration that the delete would then release. The same after a crash between the two, when
    only the delete is left to a later run: in that run the engine diffs the new resource before it
    deletes the old one. A resource that could not be created under its new name must not lose its
    number to that delete either, which ``--continue-on-error`` would go on to.

    Both resources have the same SID, so each is known by its instance ID (the output
    ``resource_mark``). A run with ``--target`` diffs the targets only: what others rely on is
    unknown then.

    Threads share it without a lock: each operation on one of its sets is atomic.
    """

    known: set[str] = field(default_factory=set)
    """Numbers of which the state has a resource."""
    accounts: dict[str | None, StackAccount] = field(default_factory=dict)
    """By account, what the state has of it."""
    pending: set[tuple[object, str]] = field(default_factory=set)
    """Account and number of creates that have begun, and have not succeeded."""
    releases: dict[str, Release] = field(default_factory=dict)
    """What this run has released, by number, which a failed registration has to know."""
    released_first: set[str] = field(default_factory=set)
    """SIDs that a replace releases before it makes the new registration."""
    retained: set[tuple[str | None, str]] = field(default_factory=set)
    """Account and number of those that ``retain_on_delete`` keeps from being released."""
    declarers: dict[str, Inputs | Ownership] = field(default_factory=dict)
    """By SID, what identifies the resource that keeps it: the declared ownership record. Without
    records it is all that is declared, and only of SIDs that a person has named."""
    _instances: dict[str, set[str | None]] = field(default_factory=dict)

    def account(self, name: str | None) -> StackAccount:
        """What the state has of an account; None is the default one."""
        return self.accounts.setdefault(name, StackAccount())

    def note_state(self, state: State) -> StackAccount:
        """Take what the state has of a number; returns all that it has of the number's account."""
        stack = self.account(state.account)
        stack.add(state.external_did_sid, state.partner_sid)
        return stack

    def mark_used(self, external_did_sid: str, instance_id: str | None) -> None:
        """The resource has the registration, or asks for it, and keeps it."""
        self._instances.setdefault(external_did_sid, set()).add(instance_id)

    def mark_replaced(
        self, external_did_sid: str, instance_id: str | None, *, released_first: bool
    ) -> None:
        """The resource gives the registration up."""
        self._instances.get(external_did_sid, set()).discard(instance_id)
        if released_first:
            self.released_first.add(external_did_sid)

    def is_used(self, external_did_sid: str) -> bool:
        """Whether any resource relies on this registration."""
        return bool(self._instances.get(external_did_sid))

    def is_used_by_other(self, external_did_sid: str, instance_id: str | None) -> bool:
        """Whether another resource relies on this registration."""
        return bool(self._instances.get(external_did_sid, set()) - {instance_id})


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


async def register(client: CarrierXClient, call: Call, release: Release | None) -> ExternalDID:
    """Send the registration; it is never blindly repeated.

    Once the response is lost, the number is looked up. If it is not there, the call is sent again:
    CarrierX registers a number once, so at worst it answers that it is registered by now.

    ``release``: this run has released the number. CarrierX may need a moment to see that, so that a
    conflict may be transient.

    Raises:
        AlreadyRegisteredError: It was found registered; ``takeover`` decides what to do.
        CarrierXError: It was not registered, or may not have been.
    """
    phonenumber = (call.body or {})["phonenumber"]
    released_sid = None if release is None else release.external_did_sid
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
        return release is not None and isinstance(error, api.ConflictError)

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


async def confirm_gone(
    client: CarrierXClient,
    subject: Subject,
    state: State,
    stack: StackAccount,
    *,
    answer_lost: bool = False,
) -> None:
    """Make sure that a 404 comes from the account in which the number was registered.

    ``answer_lost``: a release was sent before, and its response was lost.

    Raises:
        ResourceError: It comes from another account, or nothing shows that it does not.
    """
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


async def take_back(
    client: CarrierXClient,
    call: Call,
    registered: ExternalDID,
    subject: Subject,
    partner_sids: Collection[str],
) -> NoReturn:
    """Release a number that was just registered in another account than the stack's.

    Raises:
        WrongAccountError: Always: it says what became of the registration.
    """
    failed: CarrierXError | None = None
    try:
        await client.delete(registered.external_did_sid)
    except CarrierXError as error:
        failed = error
    message = registered_for_another_text(subject, registered, partner_sids, failed)
    raise api.WrongAccountError(call, message) from None


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


async def roll_back(
    connections: Connections,
    release: Release,
    refused: CarrierXError,
    subject: Subject,
    inputs: Inputs,
) -> None:
    """Register a number again as it was, since its new registration was refused.

    It must not stay out of service. The operation fails all the same; the next ``up`` continues
    from there, and finds the number by its ownership record. Nothing is done if the number may be
    registered by now, or if the account refuses whatever is sent to it.

    Raises:
        ResourceError: It is registered again, with the new SID; or it could not be.
    """
    is_same_account = release.account == inputs.account_name
    refuses_all = (api.AuthenticationError, api.RateLimitError, api.UnreachableError)
    # A path that does not exist has registered nothing.
    may_be_registered = refused.effect_unknown and not isinstance(refused, api.NotCarrierXError)
    if may_be_registered or (is_same_account and isinstance(refused, refuses_all)):
        return
    body = dict(release.body)
    if inputs.ownership is not None:
        body["attributes"] = body.get("attributes", {}) | inputs.ownership.as_attribute()
    call = calls.register(body)
    with connections.operation(subject.label, release.account) as (client, as_it_was):
        try:
            restored = await register(client, call, release)
        except AlreadyRegisteredError as error:
            if not (error.answer_lost and matches_create(call, error.existing)):
                return
            restored = error.existing
        except CarrierXError as error:
            message = not_rolled_back_error(refused, subject, error, as_it_was)
            raise ResourceError(message) from None
    sid = restored.external_did_sid
    raise ResourceError(rolled_back_error(refused, subject, sid, release.account, inputs))
