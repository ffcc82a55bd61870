"""The life of an External DID: check, diff, create, read, update, delete.

Every operation makes its plan first and then sends the plan's calls. Where one fails, it reads what
exists before it continues: see ``registration`` and ``takeover``. Nothing here knows Pulumi: the
fronts translate.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from carrierx_api import calls
from carrierx_api.calls import Call
from carrierx_api.errors import (
    CarrierXError,
    ForbiddenError,
    NotFoundError,
    WrongAccountError,
    may_repeat,
)
from carrierx_api.models import ExternalDID
from carrierx_provider.core.errors import ResourceError, Subject, what_failed
from carrierx_provider.core.resource import UNKNOWN, Checked, Plan, PlanKind, Result
from carrierx_provider.external_did import gone, messages, registration, takeover
from carrierx_provider.external_did.e164 import unusual_length
from carrierx_provider.external_did.gone import Evidence
from carrierx_provider.external_did.inputs import Inputs, check_inputs
from carrierx_provider.external_did.ownership import Ownership
from carrierx_provider.external_did.plan import plan_change, plan_create, plan_delete
from carrierx_provider.external_did.schema import MERGED_FIELDS
from carrierx_provider.external_did.state import (
    State,
    fields_recorded,
    inputs_seen,
    matches_update,
    outputs_after,
    outputs_kept,
    outputs_read,
)

if TYPE_CHECKING:
    from carrierx_api.client import CarrierXClient
    from carrierx_provider.core.connections import Connections


class ExternalDIDLifecycle:
    """The operations, for all External DIDs of a run (``core.resource.Lifecycle``)."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._run = registration.RunRegistry()

    def check(
        self, raw: Mapping[str, Any], state_inputs: Mapping[str, Any] | None = None
    ) -> Checked:
        """Check the inputs and bring them into canonical form.

        Of a number that is to be registered the engine asks nothing else in a preview, so the
        warnings of that are here: also for a replace, where it checks again without state. A number
        that the state has already is not warned of again.
        """
        before = state_inputs or {}
        known = before.get("phonenumber")
        if isinstance(known, str):
            self._run.known.add(known)
            if before.get("retain_on_delete") is True:
                # The engine goes by the option that the state has, whatever is declared now.
                self._run.retained.add((before.get("account"), known))
        checked = check_inputs(raw)
        number = checked.inputs.get("phonenumber")
        unusual = None if number in self._run.known else unusual_length(number)
        if unusual is None or checked.failures:
            return checked
        warning = messages.unusual_length_warning(Inputs.parse(checked.inputs), unusual)
        return replace(checked, warnings=(warning,))

    def diff(self, id_: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> Plan:
        """Plan the way from the state's outputs to the checked inputs, without any call.

        Raises:
            ResourceError: The number is to move to an account that is not configured, or to be
                replaced although it is retained.
        """
        declared = Inputs.parse(inputs)
        state = State.parse(outputs, id_, declared.ownership)
        stack = self._run.note_state(state)
        if stack.registered and stack.partner_sids.isdisjoint(stack.registered):
            stack.is_wrong_account = True
            raise ResourceError(gone.registered_elsewhere_error(state, stack.registered))
        if declared.retain_on_delete:
            self._run.retained.add((state.account, state.phonenumber))
        is_retained = (state.account, state.phonenumber) in self._run.retained
        plan = plan_change(state, declared, is_retained=is_retained)
        if plan.kind is PlanKind.REPLACE and not plan.problem:
            self._run.mark_replaced(
                id_, state.instance_id, released_first=plan.delete_before_replace
            )
        else:
            self._run.mark_used(id_, state.instance_id)
            if (declarer := self._declarer(id_, declared)) is not None:
                self._run.declarers[id_] = declarer
        # A refresh diffs without a check before it, and must not fail.
        if plan.problem and state.phonenumber in self._run.known:
            raise ResourceError(plan.problem)
        if "account" in plan.replaces and declared.account is not UNKNOWN:
            # The number is released in the one account before any call to the other one.
            self._connections.access(state.label, declared.account_name)
        return plan

    async def create(self, inputs: Mapping[str, Any]) -> Result:
        """Register the number, or take over its registration where that is allowed."""
        declared = Inputs.parse(inputs)
        number = (declared.account, str(declared.phonenumber))
        self._run.pending.add(number)
        created = await self._create(declared)
        self._run.pending.discard(number)
        return created

    async def _create(self, inputs: Inputs) -> Result:
        with self._operation(inputs) as (client, subject):
            try:
                return await self._register(client, subject, inputs, plan_create(inputs))
            except registration.AlreadyRegisteredError as found:
                takes_over = await self._decide(client, subject, inputs, found)
            if takes_over.plan.kind is not PlanKind.REPLACE:
                return await self._adopt(client, inputs, takes_over)
            release, create = takes_over.plan.stages
            await self._release(client, subject, takes_over.state, release, takes_over.existing)
        # The errors of this operation say that the number is released.
        with self._operation(inputs) as (client, subject):
            try:
                created = await self._register(client, subject, inputs, create)
            except registration.AlreadyRegisteredError as found:
                # Registered meanwhile. Nothing is released a second time.
                again = await self._decide(client, subject, inputs, found, already_released=True)
                created = await self._adopt(client, inputs, again)
        return replace(created, notices=takes_over.notices)

    async def _decide(
        self,
        client: CarrierXClient,
        subject: Subject,
        inputs: Inputs,
        found: registration.AlreadyRegisteredError,
        *,
        already_released: bool = False,
    ) -> takeover.Adopt:
        """Decide about the registration that was found; an error if it is left alone."""
        phonenumber = str(inputs.phonenumber)
        existing = await registration.read_whole(client, found.existing)
        sid = existing.external_did_sid
        stack = self._run.account(inputs.account_name)
        if await registration.is_in_another_account(client, stack, existing):
            message = gone.found_for_another_text(
                existing, stack.partner_sids, answer_lost=found.answer_lost
            )
            raise WrongAccountError(calls.find(phonenumber), message)
        release = self._run.releases.get(phonenumber)
        is_released = release is not None and release.external_did_sid == sid
        declarer = self._declarer(sid, inputs)
        is_own = declarer is not None and self._run.declarers.get(sid) == declarer
        facts = takeover.Facts(
            number=subject.label,
            found_by=None if found.cause is None else what_failed(found.cause, subject),
            answer_lost=found.answer_lost,
            named_by_user=sid in self._connections.settings.adopted_sids,
            used_by_other=self._run.is_used(sid) and not is_own,
            not_released=sid in self._run.released_first and not is_released,
            known_to_state=phonenumber in self._run.known,
            already_released=already_released or is_released,
            number_released=subject.released,
        )
        decision = takeover.decide_create(existing, inputs, facts)
        if isinstance(decision, takeover.Adopt):
            return decision
        if decision.is_asked_for:
            self._run.mark_used(sid, decision.state.instance_id)
        raise ResourceError(decision.problem) from None

    def _declarer(self, external_did_sid: str, inputs: Inputs) -> Inputs | Ownership | None:
        """See ``RunRegistry.declarers``; None where nothing tells the resource from others."""
        if inputs.ownership is not None:
            return inputs.ownership
        is_named = external_did_sid in self._connections.settings.adopted_sids
        return inputs if is_named else None

    async def _register(
        self, client: CarrierXClient, subject: Subject, inputs: Inputs, plan: Plan
    ) -> Result:
        """Send the plan's calls. What is refused after a release is rolled back."""
        (call,) = plan.writes
        phonenumber = str(inputs.phonenumber)
        existing = await client.find(phonenumber) if plan.reads else None
        if existing is not None:
            raise registration.AlreadyRegisteredError(existing)
        stack = self._run.account(inputs.account_name)
        release = self._run.releases.get(phonenumber)
        try:
            if stack.is_wrong_account and stack.evidence_in(client.seen) is not Evidence.SAME:
                raise WrongAccountError(call, gone.NOT_REGISTERED_THERE)
            external_did = await registration.register(client, call, release)
            if await registration.is_in_another_account(client, stack, external_did):
                stack.is_wrong_account = True
                await registration.take_back(
                    client, call, external_did, subject, stack.partner_sids
                )
        except CarrierXError as error:
            if release is not None:
                await registration.roll_back(self._connections, release, error, subject, inputs)
            raise
        stack.note_registered(external_did)
        outputs = outputs_after(external_did, inputs, sent=call)
        self._run.mark_used(external_did.external_did_sid, outputs["resource_mark"])
        return Result(external_did.external_did_sid, outputs)

    async def _adopt(
        self, client: CarrierXClient, inputs: Inputs, decision: takeover.Adopt
    ) -> Result:
        """Update the existing registration to what is declared."""
        state, sid = decision.state, decision.state.external_did_sid
        self._run.account(inputs.account_name).note_registered(decision.existing)
        self._run.mark_used(sid, state.instance_id)
        external_did, sent, _ = await self._send(
            client, decision.plan, state, inputs, takes_over=True
        )
        outputs = outputs_after(external_did or decision.existing, inputs, state.outputs, sent)
        return Result(sid, outputs, notices=decision.notices)

    async def read(self, id_: str, outputs: Mapping[str, Any]) -> Result | None:
        """The number as it is now; None when CarrierX no longer has the SID."""
        state = State.parse(outputs, id_)
        number = state.label
        is_managed = bool({"managed_fields", "phonenumber"} & outputs.keys())
        sid, notices = id_, tuple[str, ...]()
        self._run.note_state(state)
        with self._connections.operation(number, state.account) as (client, subject):
            try:
                if is_managed:
                    needed = fields_recorded(outputs)
                    external_did = await client.get_registered_in_bulk(id_, needed=needed)
                else:
                    external_did = await client.get(id_)
            except NotFoundError:
                if not is_managed:
                    # A first read (ExternalDID.get): the program relies on this number.
                    raise ResourceError(messages.no_such_sid_error(id_)) from None
                successor = await registration.find_successor(client, state)
                await self._confirm_gone(client, subject, state)
                if successor is None:
                    return None
                external_did, sid = successor, successor.external_did_sid
                notices = (messages.successor_notice(number, state, sid),)
        after = outputs_read(external_did, outputs)
        # The engine keeps the inputs that it has: they say more than the outputs do.
        return Result(sid, after, None if after == outputs else inputs_seen(after), notices)

    async def update(
        self, id_: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> Result:
        """Change what differs, with at most one PATCH."""
        declared = Inputs.parse(inputs)
        state = State.parse(outputs, id_, declared.ownership)
        plan = plan_change(state, declared)
        if plan.calls:
            with self._connections.operation(state.label, declared.account_name) as (client, _):
                external_did, sent, notices = await self._send(client, plan, state, declared)
            if external_did is not None:
                after = outputs_after(external_did, declared, outputs, sent)
                return Result(id_, after, notices=notices)
        return Result(id_, outputs_kept(outputs, declared))

    async def delete(self, id_: str, outputs: Mapping[str, Any]) -> tuple[str, ...]:
        """Release the number; one that is gone already is fine."""
        state = State.parse(outputs, id_)
        number = state.label
        self._run.note_state(state)
        if self._run.is_used_by_other(id_, state.instance_id):
            return (messages.kept_for_other_notice(number, id_),)
        if (state.account, state.phonenumber) in self._run.retained:
            return (messages.retained_notice(number, id_),)
        if (state.account, state.phonenumber) in self._run.pending:
            raise ResourceError(messages.declared_elsewhere_error(number))
        plan = plan_delete(state, is_replaced=id_ in self._run.released_first)
        with self._connections.operation(number, state.account) as (client, subject):
            seen = None
            if plan.snapshot is not None:
                # Where it cannot be read, the state has to do.
                with suppress(NotFoundError, ForbiddenError):
                    seen = await client.get_registered(id_)
                another = takeover.other_owner(seen, state.ownership)
                if another is not None:
                    raise ResourceError(messages.taken_meanwhile_error(number, state, another))
            return await self._release(client, subject, state, plan, seen)

    async def _release(
        self,
        client: CarrierXClient,
        subject: Subject,
        state: State,
        plan: Plan,
        seen: ExternalDID | None,
    ) -> tuple[str, ...]:
        """Release the number, and remember how to register it again as it was."""
        notices: tuple[str, ...] = ()
        try:
            for call in plan.writes:
                await client.send_delete(call)
        except NotFoundError as error:
            # Gone already is fine: the program may declare the number all the same.
            answer_lost = error.effect_unknown
            await self._confirm_gone(client, subject, state, answer_lost=answer_lost)
            if not answer_lost:
                notices = (gone.gone_already_notice(state),)
        body = state.body_to_register_again(seen)
        self._run.releases[state.phonenumber] = registration.Release(
            state.external_did_sid, state.account, body
        )
        return notices

    async def _confirm_gone(
        self, client: CarrierXClient, subject: Subject, state: State, *, answer_lost: bool = False
    ) -> None:
        """See ``registration.confirm_gone``; nothing is asked if a person has confirmed it."""
        if not self._connections.settings.confirm_gone:
            stack = self._run.account(state.account)
            await registration.confirm_gone(client, subject, state, stack, answer_lost=answer_lost)

    async def _send(
        self,
        client: CarrierXClient,
        plan: Plan,
        state: State,
        inputs: Inputs,
        *,
        takes_over: bool = False,
    ) -> tuple[ExternalDID | None, Call | None, tuple[str, ...]]:
        """Send the calls of an update's plan, which is made again once the number was read.

        Returns:
            The last response, and the last change that was sent; None where there was none. And
            the warnings of the plan as it was made last.
        """
        sid = state.external_did_sid
        external_did, sent = None, None

        def plan_again(live: ExternalDID) -> Plan:
            return plan_change(state, inputs, live, takes_over=takes_over)

        if plan.reads:
            (call,) = plan.writes
            # Keys of others that a response leaves out would be lost.
            needed = [name for name in MERGED_FIELDS if name in (call.body or {})]
            external_did = await client.get_registered(sid, needed=needed)
            plan = plan_again(external_did)

        async def reconcile(call: Call, _: CarrierXError) -> ExternalDID | Call:
            nonlocal plan
            existing = await client.get_registered(sid, needed=tuple(call.body or ()))
            if matches_update(call, existing):
                return existing
            if not plan.reads:
                return call
            # Somebody else may have written meanwhile: what they wrote is kept.
            plan = plan_again(existing)
            return plan.writes[0] if plan.writes else existing

        def depends_on_live(error: CarrierXError) -> bool:
            return bool(plan.reads) and may_repeat(error)

        for call in plan.writes:
            external_did, sent = await client.send_change(call, reconcile, depends_on_live)
        return external_did, sent, plan.warnings

    def _operation(self, inputs: Inputs) -> AbstractContextManager[tuple[CarrierXClient, Subject]]:
        released = str(inputs.phonenumber) in self._run.releases
        return self._connections.operation(inputs.label, inputs.account_name, released=released)
