"""The life of an External DID: check, diff, create, read, update, delete.

Every operation makes its plan first and then sends the plan's calls. Where one fails, it looks
what stands before it goes on: see ``registration``, ``claim`` and ``restore``. Nothing here knows
Pulumi: the fronts translate.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from carrierx_api.errors import CarrierXError, ForbiddenError, NotFoundError, Retry, retry_rule
from carrierx_api.models import UPDATABLE_FIELDS
from carrierx_provider.core.errors import (
    ResourceError,
    adopted_twice_text,
    cannot_adopt_text,
    no_such_sid_text,
    not_released_text,
)
from carrierx_provider.core.plan import Plan, PlanKind
from carrierx_provider.core.unknown import UNKNOWN
from carrierx_provider.external_did.as_registered import registration_body, update_stands
from carrierx_provider.external_did.inputs import CheckedInputs, Inputs, check_inputs, parse_inputs
from carrierx_provider.external_did.messages import (
    replaced_notice,
    taken_meanwhile_text,
    taken_over_words,
    taken_text,
)
from carrierx_provider.external_did.ownership import record_of
from carrierx_provider.external_did.plan import (
    plan_change,
    plan_create,
    plan_delete,
    plan_take_over,
)
from carrierx_provider.external_did.plan_words import (
    lost_words,
    number_and_name,
    replaced_fields_words,
)
from carrierx_provider.external_did.registered_anew import (
    registered_anew,
    registered_anew_words,
)
from carrierx_provider.external_did.registration import AlreadyRegisteredError, register
from carrierx_provider.external_did.restore import is_worthwhile, restore
from carrierx_provider.external_did.run_registry import Release
from carrierx_provider.external_did.state import (
    State,
    fields_recorded,
    inputs_seen,
    outputs_after,
    outputs_kept,
    outputs_read,
    parse_state,
)
from carrierx_provider.external_did.takeover import Claim, claim_on, other_owner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from carrierx_api.calls import Call
    from carrierx_api.client import CarrierXClient
    from carrierx_api.models import ExternalDID
    from carrierx_provider.core.connections import Connections
    from carrierx_provider.core.errors import Subject
    from carrierx_provider.core.json_merge import JsonObject
    from carrierx_provider.external_did.run_registry import RunRegistry


@dataclass(frozen=True, slots=True)
class Result:
    """What an operation leaves behind."""

    external_did_sid: str
    outputs: dict[str, Any] = field(repr=False)
    inputs: dict[str, Any] | None = field(default=None, repr=False)
    """After a read: what stands where the program stated something."""
    notices: tuple[str, ...] = ()
    """What a person should be told, one line each."""


class ExternalDIDLifecycle:
    """The operations, for all External DIDs of a run.

    Those that send calls raise ``ResourceError``, in one line.
    """

    def __init__(self, connections: Connections, in_use: RunRegistry) -> None:
        """Share the run's connections, and its knowledge of which registrations are in use."""
        self._connections = connections
        self._in_use = in_use

    def check(
        self, raw: Mapping[str, Any], recorded_inputs: Mapping[str, Any] | None = None
    ) -> CheckedInputs:
        """Check the inputs and bring them into canonical form.

        :param recorded_inputs: the inputs in the state; empty for a resource that it does not know.
        """
        known = (recorded_inputs or {}).get("phonenumber")
        if isinstance(known, str):
            self._in_use.note_known(known)
        return check_inputs(raw)

    def diff(
        self, external_did_sid: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> Plan:
        """Plan the way from the recorded outputs to the checked inputs, without any call.

        :raises ResourceError: the number is to move to an account that is not configured.
        """
        recorded, stated = parse_state(outputs, external_did_sid), parse_inputs(inputs)
        plan = plan_change(recorded, stated)
        if plan.kind is PlanKind.REPLACE:
            self._in_use.note_replace(
                external_did_sid, recorded.mark, released_first=plan.delete_before_replace
            )
        else:
            self._in_use.note_use(external_did_sid, recorded.mark)
        if "account" in plan.replaces and stated.account is not UNKNOWN:
            # The number is released in the one account before the other one is talked to.
            number = number_and_name(recorded.phonenumber, recorded.shown_name)
            self._connections.access(number, _account(stated))
        return plan

    async def create(self, inputs: Mapping[str, Any]) -> Result:
        """Register the number, or take over its registration where that is ours to do."""
        stated = parse_inputs(inputs)
        plan = plan_create(stated)
        (registration,) = plan.writes
        phonenumber = str(stated.phonenumber)
        self._in_use.note_wanted(stated.account, phonenumber)
        with self._about(stated) as (client, subject):
            standing = await client.find(phonenumber) if plan.reads else None
            if standing is not None:
                created = await self._take_over(client, subject, stated, standing, registration)
            else:
                created = await self._register(client, subject, stated, registration)
        self._in_use.note_registered(stated.account, phonenumber)
        return created

    async def _register(
        self, client: CarrierXClient, subject: Subject, stated: Inputs, registration: Call
    ) -> Result:
        phonenumber = str(stated.phonenumber)
        release = self._in_use.release_of(phonenumber)
        try:
            external_did = await register(
                client,
                registration,
                phonenumber,
                just_released=None if release is None else release.external_did_sid,
            )
        except AlreadyRegisteredError as error:
            return await self._take_over(
                client, subject, stated, error.standing, registration, error
            )
        except CarrierXError as error:
            if release is not None and is_worthwhile(release, error, _account(stated)):
                await restore(self._connections, release, error, subject, stated)
            raise
        outputs = outputs_after(external_did, stated, sent=registration)
        self._in_use.note_use(external_did.external_did_sid, outputs["resource_mark"])
        return Result(external_did.external_did_sid, outputs)

    async def _take_over(  # noqa: PLR0913, PLR0917 -- what is found, and what it is found for
        self,
        client: CarrierXClient,
        subject: Subject,
        stated: Inputs,
        standing: ExternalDID,
        registration: Call,
        found_by: AlreadyRegisteredError | None = None,
    ) -> Result:
        sid = standing.external_did_sid
        # A list may leave out what an object of its own does not.
        if {"capabilities", *UPDATABLE_FIELDS} - standing.model_fields_set:
            standing = await client.get_registered(sid, needed=("capabilities", "attributes"))
        claim = claim_on(
            standing,
            stated,
            registration,
            answer_lost=found_by is not None and found_by.answer_lost,
            named=sid in self._connections.adopted_sids,
        )
        mark = uuid4().hex
        outputs = {
            **outputs_read(standing, {}),
            "account": stated.account,
            "resource_mark": mark,
        }
        record = stated.ownership and record_of(standing.attributes, stated.ownership.key)
        if record:
            outputs["ownership"] = record.as_properties()
        recorded = parse_state(outputs, sid)
        plan = plan_take_over(recorded, stated)
        if claim in {Claim.OF_ANOTHER, Claim.NONE}:
            # With --continue-on-error the engine would go on to delete what was renamed.
            self._in_use.note_use(sid, mark)
            cause = found_by.cause if found_by else None
            raise ResourceError(taken_text(subject, cause, recorded, stated, plan))
        if self._in_use.others_use(sid, mark):
            raise ResourceError(adopted_twice_text(subject, sid))
        if plan.kind is not PlanKind.REPLACE:
            self._in_use.note_use(sid, mark)
            taken, sent = await self._carry_out(
                client, plan, recorded, lambda live: plan_take_over(recorded, stated, live)
            )
            return Result(
                sid,
                outputs_after(taken or standing, stated, outputs, sent),
                notices=taken_over_words(subject, claim, sid),
            )
        if claim is Claim.RECORDED and self._may_replace(recorded):
            # A replace that was cut off: the engine has shown it, and goes on with the create.
            await self._release(client, recorded, standing)
            with self._about(stated) as (client_, subject_):
                created = await self._register(client_, subject_, stated, registration)
            return replace(created, notices=(replaced_notice(subject, recorded, stated, plan),))
        raise ResourceError(
            cannot_adopt_text(
                subject,
                sid,
                replaced_fields_words(recorded, stated, plan.replaces),
                lost_words(recorded, stated),
                recorded=claim is Claim.RECORDED
                and not self._in_use.is_known(recorded.phonenumber),
            )
        )

    async def read(self, external_did_sid: str, outputs: Mapping[str, Any]) -> Result | None:
        """What the number is now; None when CarrierX does not know the SID any more."""
        account = outputs.get("account")
        number = _number_in(outputs, external_did_sid)
        is_managed = bool({"managed_fields", "phonenumber"} & outputs.keys())
        sid = external_did_sid
        notices: tuple[str, ...] = ()
        with self._connections.about(number, account) as (client, _):
            try:
                if is_managed:
                    external_did = await client.get_registered_in_bulk(
                        external_did_sid, needed=fields_recorded(outputs)
                    )
                else:
                    external_did = await client.get(external_did_sid)
            except NotFoundError:
                if not is_managed:
                    # A first read (ExternalDID.get): the program relies on a number that is not.
                    raise ResourceError(no_such_sid_text(external_did_sid)) from None
                gone = parse_state(outputs, external_did_sid)
                standing = await registered_anew(client, gone)
                if standing is None:
                    return None
                external_did, sid = standing, standing.external_did_sid
                notices = (registered_anew_words(number, gone, sid),)
        after = outputs_read(external_did, outputs)
        return Result(sid, after, inputs_seen(after), notices)

    async def update(
        self, external_did_sid: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> Result:
        """Change what differs, with one PATCH at the most."""
        recorded, stated = parse_state(outputs, external_did_sid), parse_inputs(inputs)
        plan = plan_change(recorded, stated)
        if not plan.calls:
            return Result(external_did_sid, outputs_kept(outputs, stated))
        number = _number_in(outputs, external_did_sid)
        with self._connections.about(number, _account(stated)) as (client, _):
            external_did, sent = await self._carry_out(
                client, plan, recorded, lambda live: plan_change(recorded, stated, live)
            )
        if external_did is None:
            return Result(external_did_sid, outputs_kept(outputs, stated))
        return Result(external_did_sid, outputs_after(external_did, stated, outputs, sent))

    async def _carry_out(
        self,
        client: CarrierXClient,
        plan: Plan,
        recorded: State,
        planned_with: Callable[[JsonObject], Plan],
    ) -> tuple[ExternalDID | None, Call | None]:
        """Send the plan's calls; the last answer and the last change sent, where there are any.

        :param planned_with: the plan, given the attributes as they are now.
        """
        sid = recorded.external_did_sid
        external_did, sent = None, None
        if plan.reads:
            external_did = await client.get_registered(sid, needed=("attributes",))
            plan = planned_with(external_did.attributes or {})

        async def settle(call: Call, _: CarrierXError) -> ExternalDID | Call:
            standing = await client.get_registered(sid, needed=tuple(call.body or ()))
            if update_stands(call, standing):
                return standing
            if not plan.reads:
                return call
            # Somebody else may have written meanwhile: what they wrote is kept.
            again = planned_with(standing.attributes or {}).writes
            return again[0] if again else standing

        def depends_on_what_stands(error: CarrierXError) -> bool:
            return bool(plan.reads) and retry_rule(error) is Retry.REPEAT

        for call in plan.writes:
            external_did, sent = await client.send_change(call, settle, depends_on_what_stands)
        return external_did, sent

    async def delete(self, external_did_sid: str, outputs: Mapping[str, Any]) -> tuple[str, ...]:
        """Release the number; one that is gone already is fine.

        :returns: what a person should be told, one line each.
        """
        recorded = parse_state(outputs, external_did_sid)
        number = _number_in(outputs, external_did_sid)
        if self._in_use.others_use(external_did_sid, recorded.mark):
            kept = f"another resource of this program has SID {external_did_sid} now"
            return (f"{number}: not released: {kept}.",)
        if self._in_use.is_wanted_in_vain(recorded.account, recorded.phonenumber):
            raise ResourceError(not_released_text(number))
        with self._connections.about(number, recorded.account) as (client, _):
            standing = None
            if self._in_use.is_released_first(external_did_sid):
                standing = await _before_release(client, external_did_sid)
                another = other_owner(standing, recorded.ownership)
                if another is not None:
                    raise ResourceError(taken_meanwhile_text(number, recorded, another))
            await self._release(client, recorded, standing)
        return ()

    async def _release(
        self, client: CarrierXClient, recorded: State, standing: ExternalDID | None
    ) -> None:
        """Release the number, and remember how to register it again as it was."""
        seen = {} if standing is None else standing.model_dump(exclude_unset=True)
        was = registration_body({**recorded.as_registered, **seen})
        # Gone already is fine: whoever released it, the program may state it all the same.
        with suppress(NotFoundError):
            for call in plan_delete(recorded).writes:
                await client.send_delete(call)
        release = Release(recorded.external_did_sid, recorded.account, was)
        self._in_use.note_release(recorded.phonenumber, release)

    def _may_replace(self, standing: State) -> bool:
        """Whether this run was shown a replace of the number, and has not released this one yet.

        A record alone is not enough to release a number: another state may hold a stack of the same
        name.
        """
        release = self._in_use.release_of(standing.phonenumber)
        released = release is not None and release.external_did_sid == standing.external_did_sid
        return self._in_use.is_known(standing.phonenumber) and not released

    def _about(self, stated: Inputs) -> AbstractContextManager[tuple[CarrierXClient, Subject]]:
        phonenumber = str(stated.phonenumber)
        return self._connections.about(
            number_and_name(phonenumber, stated.shown_name),
            _account(stated),
            released=self._in_use.release_of(phonenumber) is not None,
        )


async def _before_release(client: CarrierXClient, external_did_sid: str) -> ExternalDID | None:
    """The number as it is; None where it cannot be seen, and the state has to do."""
    try:
        return await client.get_registered(external_did_sid)
    except (NotFoundError, ForbiddenError):
        return None


def _account(stated: Inputs) -> str | None:
    return None if stated.account is None else str(stated.account)


def _number_in(outputs: Mapping[str, Any], external_did_sid: str) -> str:
    recorded = parse_state(outputs, external_did_sid)
    return number_and_name(recorded.phonenumber or f"SID {external_did_sid}", recorded.shown_name)
