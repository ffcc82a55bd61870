"""The life of an External DID: check, diff, create, read, update, delete.

Every operation makes its plan first and then sends the plan's calls. Where one fails, it reads what
exists before it continues: see ``registration``, ``takeover`` and ``release``. Nothing here knows
Pulumi: the fronts translate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from carrierx_api import calls
from carrierx_api.calls import Call
from carrierx_api.errors import CarrierXError, NotFoundError, WrongAccountError, may_repeat
from carrierx_api.models import ExternalDID
from carrierx_provider.core.errors import (
    NOTHING_CHANGED,
    Problem,
    ResourceError,
    Subject,
    error_text,
    what_failed,
)
from carrierx_provider.core.resource import UNKNOWN, Checked, Plan, PlanKind, Result
from carrierx_provider.core.settings import ConfigurationError
from carrierx_provider.external_did import gone, messages, registration, takeover
from carrierx_provider.external_did.e164 import unusual_length
from carrierx_provider.external_did.gone import Evidence
from carrierx_provider.external_did.inputs import Inputs, check_inputs
from carrierx_provider.external_did.ownership import Ownership
from carrierx_provider.external_did.plan import plan_change, plan_create
from carrierx_provider.external_did.put_back import put_back
from carrierx_provider.external_did.release import Releaser, take_back
from carrierx_provider.external_did.run_registry import Declared, Number, RunRegistry
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
        self._run = RunRegistry(connections.identity)
        self._releaser = Releaser(self._run, connections)

    def check(
        self, raw: Mapping[str, Any], state_inputs: Mapping[str, Any] | None = None
    ) -> Checked:
        """Check the inputs and bring them into canonical form.

        Of a number that is to be registered the engine asks nothing else in a preview, so the
        warnings of that are here: also for a replace, where it checks again without state. A number
        that the state has already is not warned of again.
        """
        checked = check_inputs(raw, state_inputs=state_inputs)
        inputs = checked.inputs
        number = self._run.number(inputs.get("account"), inputs.get("phonenumber"))
        before = None
        if state_inputs and isinstance(state_inputs.get("phonenumber"), str):
            before = self._run.number(state_inputs.get("account"), state_inputs["phonenumber"])
            if state_inputs.get("retain_on_delete") is True:
                # The engine goes by the option that the state has, whatever is declared now.
                self._run.retained.add(before)
        if checked.failures:
            if before is not None:
                self._run.known.add(before)
            return checked
        self._run.note_declared(Declared(number, inputs), before)
        unusual = None if number in self._run.known else unusual_length(inputs["phonenumber"])
        if unusual is None:
            return checked
        warning = messages.unusual_length_warning(Inputs.parse(inputs), unusual)
        return replace(checked, warnings=(warning,))

    def diff(self, id_: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> Plan:
        """Plan the way from the state's outputs to the checked inputs, without any call.

        Raises:
            ResourceError: The number is to move to an account that is not configured, or to be
                replaced although it is retained.
        """
        declared = Inputs.parse(inputs)
        state = State.parse(outputs, id_, declared.ownership)
        number = self._run.number(state.account, state.phonenumber)
        stack = self._run.note_state(state)
        if stack.registered and stack.partner_sids.isdisjoint(stack.registered):
            stack.is_wrong_account = True
            raise ResourceError(gone.registered_elsewhere_error(state, stack.registered))
        if declared.retain_on_delete:
            self._run.retained.add(number)
        identity = self._connections.identity
        plan = plan_change(
            state,
            declared,
            is_retained=number in self._run.retained,
            is_same_account=identity(state.account) == identity(declared.account),
        )
        if plan.kind is PlanKind.REPLACE and not plan.problem:
            self._run.mark_replaced(
                id_,
                state.instance_id,
                released_first=plan.delete_before_replace and "phonenumber" not in plan.replaces,
            )
        else:
            self._run.mark_used(id_, state.instance_id)
            if (declarer := self._declarer(id_, declared)) is not None:
                self._run.declarers[id_] = declarer
        # A refresh diffs without a check before it, and must not fail.
        if plan.problem and number in self._run.known:
            raise ResourceError(plan.problem)
        if "account" in plan.replaces and declared.account is not UNKNOWN:
            # The number is released in the one account before any call to the other one.
            self._connections.access(state.label, declared.account_name)
            self._check_old_account(state, declared, plan)
        return plan

    def _check_old_account(self, state: State, inputs: Inputs, plan: Plan) -> None:
        """Refuse a move out of an account that is not configured: it may only be renamed."""
        if any(stage.kind is PlanKind.DELETE for stage in plan.stages):
            try:
                self._connections.settings.access(state.account)
            except ConfigurationError as error:
                problem = messages.no_old_account_error(state, inputs, str(error))
                raise ResourceError(problem) from None

    async def create(self, inputs: Mapping[str, Any]) -> Result:
        """Register the number, or take over its registration where that is allowed."""
        declared = Inputs.parse(inputs)
        number = self._run.number(declared.account, declared.phonenumber)
        self._run.wanted.add(number)
        with self._connections.operation(declared.label, declared.account_name) as operation:
            created = await self._create(*operation, declared, number)
        self._run.wanted.discard(number)
        self._run.registered.add(number)
        released = self._run.release_for(number)
        lost = () if released is None else released.notices
        return replace(created, notices=(*created.notices, *lost))

    async def _create(
        self, client: CarrierXClient, subject: Subject, inputs: Inputs, number: Number
    ) -> Result:
        create, notices, already_released = plan_create(inputs), tuple[str, ...](), False
        while True:
            try:
                created = await self._register(client, subject, inputs, create)
                return replace(created, notices=notices)
            except registration.AlreadyRegisteredError as already:
                found = already
            except CarrierXError as error:
                await self._fail(subject, inputs, error, is_taken=False)
            try:
                decision = await self._decide(
                    client, subject, inputs, found, already_released=already_released
                )
                if isinstance(decision, takeover.Refuse):
                    await self._fail(subject, inputs, decision.problem, is_taken=True)
                if decision.plan.kind is not PlanKind.REPLACE:
                    adopted = await self._adopt(client, inputs, decision)
                    return replace(adopted, notices=(*notices, *adopted.notices))
                # The decision's notice says what is lost.
                self._run.previewed.add(decision.state.external_did_sid)
                await self._releaser.release(
                    client, subject, decision.state, number, decision.existing
                )
            except CarrierXError as error:
                await self._fail(subject, inputs, error, is_taken=True)
            # What is registered meanwhile is not released a second time.
            already_released = True
            create, notices = decision.plan.stages[1], decision.notices
            client = client.with_deadline()

    async def _fail(
        self, subject: Subject, inputs: Inputs, failure: CarrierXError | Problem, *, is_taken: bool
    ) -> NoReturn:
        """Put back what was released for the number, and raise the one line about it all.

        ``is_taken``: whether the number has a registration.
        """
        error = failure if isinstance(failure, CarrierXError) else None
        outcome = await put_back(self._connections, self._run, inputs, error, is_taken=is_taken)
        sentence = None if outcome is None else outcome.sentence
        if isinstance(failure, CarrierXError):
            text = error_text(failure, subject, sentence)
        else:
            text = failure.text(sentence or NOTHING_CHANGED)
        raise ResourceError(text + (outcome.next_step if outcome else "")) from None

    async def _decide(
        self,
        client: CarrierXClient,
        subject: Subject,
        inputs: Inputs,
        found: registration.AlreadyRegisteredError,
        *,
        already_released: bool,
    ) -> takeover.Decision:
        """Decide about the registration that was found."""
        existing = await registration.read_whole(client, found.existing)
        sid = existing.external_did_sid
        number = self._run.number(inputs.account, inputs.phonenumber)
        stack = self._run.account(inputs.account_name)
        if await registration.is_in_another_account(client, stack, existing):
            message = gone.found_for_another_text(
                existing, stack.partner_sids, answer_lost=found.answer_lost
            )
            raise WrongAccountError(calls.find(str(inputs.phonenumber)), message)
        released = self._run.releases.get(number)
        is_released = released is not None and released.external_did_sid == sid
        declarer = self._declarer(sid, inputs)
        is_own = declarer is not None and self._run.declarers.get(sid) == declarer
        facts = takeover.Facts(
            number=subject.label,
            found_by=None if found.cause is None else what_failed(found.cause, subject),
            answer_lost=found.answer_lost,
            named_by_user=sid in self._connections.settings.adopted_sids,
            used_by_other=self._run.is_used(sid) and not is_own,
            not_released=sid in self._run.released_first and not is_released,
            known_to_state=number in self._run.known or number in self._run.came_from,
            already_released=already_released or is_released,
        )
        return takeover.decide_create(existing, inputs, facts)

    def _declarer(self, external_did_sid: str, inputs: Inputs) -> Inputs | Ownership | None:
        """See ``RunRegistry.declarers``; None where nothing tells the resource from others."""
        if inputs.ownership is not None:
            return inputs.ownership
        is_named = external_did_sid in self._connections.settings.adopted_sids
        return inputs if is_named else None

    async def _register(
        self, client: CarrierXClient, subject: Subject, inputs: Inputs, plan: Plan
    ) -> Result:
        """Send the plan's calls."""
        (call,) = plan.writes
        existing = await client.find(str(inputs.phonenumber)) if plan.reads else None
        if existing is not None:
            raise registration.AlreadyRegisteredError(existing)
        stack = self._run.account(inputs.account_name)
        if stack.is_wrong_account and stack.evidence_in(client.seen) is not Evidence.SAME:
            raise WrongAccountError(call, gone.NOT_REGISTERED_THERE)
        released = self._run.releases.get(self._run.number(inputs.account, inputs.phonenumber))
        external_did = await registration.register(
            client, call, None if released is None else released.external_did_sid
        )
        if await registration.is_in_another_account(client, stack, external_did):
            stack.is_wrong_account = True
            await take_back(client, call, external_did, subject, stack.partner_sids)
        stack.note_registered(external_did)
        outputs = outputs_after(external_did, inputs, sent=call)
        self._run.mark_used(external_did.external_did_sid, outputs["resource_mark"])
        return Result(external_did.external_did_sid, outputs)

    async def _adopt(
        self, client: CarrierXClient, inputs: Inputs, decision: takeover.Adopt
    ) -> Result:
        """Update the existing registration to what is declared."""
        state, sid = decision.state, decision.state.external_did_sid
        with self._run.claim(sid):
            external_did, sent, _ = await self._send(
                client, decision.plan, state, inputs, takes_over=True
            )
            self._run.mark_used(sid, state.instance_id)
        self._run.account(inputs.account_name).note_registered(decision.existing)
        outputs = outputs_after(external_did or decision.existing, inputs, state.outputs, sent)
        return Result(sid, outputs, notices=decision.notices)

    async def read(self, id_: str, outputs: Mapping[str, Any]) -> Result | None:
        """The number as it is now; None when CarrierX no longer has the SID."""
        state = State.parse(outputs, id_)
        number = state.label
        is_managed = bool({"managed_fields", "phonenumber"} & outputs.keys())
        sid, notices = id_, tuple[str, ...]()
        self._run.note_state(state)
        self._run.reads_others |= not is_managed
        with self._connections.operation(number, state.account) as (client, subject):
            try:
                if is_managed:
                    needed = fields_recorded(outputs)
                    external_did = await client.get_registered_in_bulk(
                        id_, needed=needed, phonenumber=state.phonenumber
                    )
                else:
                    external_did = await client.get(id_)
            except NotFoundError:
                if not is_managed:
                    # A first read (ExternalDID.get): the program relies on this number.
                    raise ResourceError(messages.no_such_sid_error(id_)) from None
                successor = await registration.find_successor(client, state)
                await self._releaser.confirm_gone(client, subject, state)
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
        # An update never moves a number to another account.
        plan = plan_change(state, declared, is_same_account=True)
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
        number = self._run.number(state.account, state.phonenumber)
        self._run.note_state(state)
        if number in self._run.wanted:
            raise ResourceError(messages.declared_elsewhere_error(state.label))
        if self._run.is_used_by_other(id_, state.instance_id):
            return (self._kept_notice(state, number),)
        if number in self._run.retained:
            return (messages.retained_notice(state.label, id_),)
        with self._connections.operation(state.label, state.account) as (client, subject):
            notices = await self._releaser.release(client, subject, state, number)
        is_continued = self._run.declared_for(state, number) is not None
        if self._run.reads_others and not is_continued and not notices:
            return (messages.given_up_notice(state.label, id_),)
        return notices

    def _kept_notice(self, state: State, number: Number) -> str:
        declared = self._run.declared_for(state, number)
        if declared is not None and state.ownership == Ownership.parse(declared.inputs) is not None:
            return messages.kept_by_replace_notice(state)
        return messages.kept_for_other_notice(state)

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
        sid, number = state.external_did_sid, state.phonenumber
        external_did, sent = None, None

        def plan_again(live: ExternalDID) -> Plan:
            return plan_change(state, inputs, live, takes_over=takes_over, is_same_account=True)

        if plan.reads:
            (call,) = plan.writes
            # Keys of others that a response leaves out would be lost.
            needed = [name for name in MERGED_FIELDS if name in (call.body or {})]
            external_did = await client.get_registered(sid, needed, phonenumber=number)
            plan = plan_again(external_did)

        async def reconcile(call: Call, _: CarrierXError) -> ExternalDID | Call:
            nonlocal plan
            existing = await client.get_registered(sid, tuple(call.body or ()), phonenumber=number)
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
