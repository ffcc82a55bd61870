"""Creating an External DID: it is registered, or its registration is taken over.

Where the registration fails, what was released for it is put back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

from carrierx_api import calls
from carrierx_api.errors import CarrierXError, WrongAccountError
from carrierx_api.models import ExternalDID
from carrierx_provider.core.errors import (
    NOTHING_CHANGED,
    Problem,
    ResourceError,
    Subject,
    error_text,
    what_failed,
)
from carrierx_provider.core.resource import Plan, PlanKind, Result
from carrierx_provider.external_did import gone, registration, release, takeover
from carrierx_provider.external_did.gone import Evidence
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.plan import plan_create
from carrierx_provider.external_did.put_back import put_back
from carrierx_provider.external_did.run_registry import Key, RunRegistry
from carrierx_provider.external_did.state import State, outputs_after
from carrierx_provider.external_did.update import send_update

if TYPE_CHECKING:
    from carrierx_api.client import CarrierXClient
    from carrierx_provider.core.connections import Connections


@dataclass(frozen=True, slots=True)
class Creator:
    """Creates the numbers of a run."""

    run: RunRegistry
    connections: Connections
    releaser: release.Releaser

    async def create(
        self, client: CarrierXClient, subject: Subject, inputs: Inputs, key: Key
    ) -> Result:
        """Register the number, or take over its registration where that is allowed.

        Raises:
            ResourceError: Neither was possible; it says what became of what was released for it.
        """
        create, notices, already_released = plan_create(inputs), tuple[str, ...](), False
        while True:
            try:
                created = await self._register(client, subject, inputs, create)
                return replace(created, notices=notices)
            except registration.AlreadyRegisteredError as already:
                found = already
            except CarrierXError as error:
                await self._fail(subject, inputs, key, error)
            try:
                facts = await self._facts(client, subject, inputs, key, found)
                facts = replace(facts, already_released=facts.already_released or already_released)
                decision = takeover.decide_create(found.existing, inputs, facts)
                if isinstance(decision, takeover.Refuse):
                    await self._fail(subject, inputs, key, decision.problem, is_taken=True)
                if decision.plan.kind is not PlanKind.REPLACE:
                    adopted = await self._adopt(client, inputs, decision)
                    return replace(adopted, notices=(*notices, *adopted.notices))
                # The decision's notice says what is lost.
                self.run.previewed.add(decision.state.external_did_sid)
                await self.releaser.release(client, subject, decision.state, key, decision.existing)
            except CarrierXError as error:
                await self._fail(subject, inputs, key, error, is_taken=True)
            # What is registered meanwhile is not released a second time.
            already_released = True
            create, notices = decision.plan.stages[1], decision.notices
            client = client.with_deadline()

    async def _fail(
        self,
        subject: Subject,
        inputs: Inputs,
        key: Key,
        failure: CarrierXError | Problem,
        *,
        is_taken: bool = False,
    ) -> NoReturn:
        """Put back what was released for the resource, and raise the one line about it all.

        ``is_taken``: whether the number has a registration.
        """
        error = failure if isinstance(failure, CarrierXError) else None
        outcomes = [
            await put_back(self.connections, released, inputs, error, is_taken=is_taken)
            for released in self.run.made_way.pop(key, ())
        ]
        sentence = " ".join(outcome.sentence for outcome in outcomes) or None
        if isinstance(failure, CarrierXError):
            text = error_text(failure, subject, sentence)
        else:
            text = failure.text(sentence or NOTHING_CHANGED)
        raise ResourceError(text + "".join(outcome.next_step for outcome in outcomes)) from None

    async def _facts(
        self,
        client: CarrierXClient,
        subject: Subject,
        inputs: Inputs,
        key: Key,
        found: registration.AlreadyRegisteredError,
    ) -> takeover.Facts:
        """What this run knows of the registration that was found, once it is read as a whole."""
        found.existing = await registration.read_whole(client, found.existing)
        sid = found.existing.external_did_sid
        number = self.run.number(inputs.account, inputs.phonenumber)
        stack = self.run.account(inputs.account_name)
        if await registration.is_in_another_account(client, stack, found.existing):
            message = gone.found_for_another_text(
                found.existing, stack.partner_sids, answer_lost=found.answer_lost
            )
            raise WrongAccountError(calls.find(str(inputs.phonenumber)), message)
        released = self.run.releases.get(number)
        is_released = released is not None and released.external_did_sid == sid
        is_own = any(
            key == resource for (of, _), resource in self.run.resources.items() if of == sid
        )
        return takeover.Facts(
            number=subject.label,
            found_by=None if found.cause is None else what_failed(found.cause, subject),
            answer_lost=found.answer_lost,
            named_by_user=sid in self.connections.settings.adopted_sids,
            used_by_other=self.run.is_used(sid) and not is_own,
            not_released=sid in self.run.released_first and not is_released,
            known_to_state=number in self.run.known,
            already_released=is_released,
        )

    async def _register(
        self, client: CarrierXClient, subject: Subject, inputs: Inputs, plan: Plan
    ) -> Result:
        """Send the plan's calls."""
        (call,) = plan.writes
        existing = await client.find(str(inputs.phonenumber)) if plan.reads else None
        if existing is not None:
            raise registration.AlreadyRegisteredError(existing)
        stack = self.run.account(inputs.account_name)
        if stack.is_wrong_account and stack.evidence_in(client.seen) is not Evidence.SAME:
            raise WrongAccountError(call, gone.NOT_REGISTERED_THERE)
        released = self.run.releases.get(self.run.number(inputs.account, inputs.phonenumber))
        external_did = await registration.register(
            client, call, None if released is None else released.external_did_sid
        )
        if await registration.is_in_another_account(client, stack, external_did):
            stack.is_wrong_account = True
            await release.take_back(client, call, external_did, subject, stack.partner_sids)
        stack.note_registered(external_did)
        outputs = outputs_after(external_did, inputs, sent=call)
        self.run.mark_used(external_did.external_did_sid, outputs["resource_mark"])
        return Result(external_did.external_did_sid, outputs)

    async def _adopt(
        self, client: CarrierXClient, inputs: Inputs, decision: takeover.Adopt
    ) -> Result:
        """Update the existing registration to what is declared."""
        state, sid = decision.state, decision.state.external_did_sid
        with self.run.claim(sid):
            external_did, sent, _ = await send_update(
                client, decision.plan, state, inputs, takes_over=True
            )
            self.run.mark_used(sid, state.instance_id)
        self.run.account(inputs.account_name).note_registered(decision.existing)
        outputs = outputs_after(external_did or decision.existing, inputs, state.outputs, sent)
        return Result(sid, outputs, notices=decision.notices)

    async def release_put_back(self, inputs: Inputs, key: Key) -> tuple[str, ...]:
        """Release the old number, if an earlier run had to register that again.

        The engine has the resource as deleted since then, and does not delete it again.
        """
        state = self.run.moving.pop(key, None)
        if state is None or state.ownership is None or self._stays(state, key):
            return ()
        sid = ""
        try:
            with self.connections.operation(state.label, state.account) as (client, subject):
                existing = await registration.find_successor(client, state)
                if existing is None or self._is_relied_on(existing, state):
                    return ()
                sid = existing.external_did_sid
                left = State.of_existing(existing, inputs)
                await self.releaser.release(client, subject, left, None, existing)
        except ResourceError as error:
            # The new number is registered, so that this must not fail.
            return (release.put_back_released_notice(state, sid, str(error)),) if sid else ()
        return (release.put_back_released_notice(state, sid, None),)

    def _stays(self, state: State, key: Key) -> bool:
        """Whether the number was released in this run, or is to stay registered."""
        number = self.run.number(state.account, state.phonenumber)
        is_done = number in self.run.releases or number in self.run.retained
        return is_done or self.run.is_declared_by_other(key, number)

    def _is_relied_on(self, existing: ExternalDID, state: State) -> bool:
        sid = existing.external_did_sid
        is_others = sid in self.run.read_only or self.run.is_used(sid)
        return is_others or sid == state.external_did_sid
