"""The life of an External DID: check, diff, create, read, update, delete.

Every operation makes its plan first and then sends the plan's calls. Where one fails, it reads what
exists before it continues: see ``create``, ``update`` and ``release``. Nothing here knows Pulumi:
the fronts translate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from carrierx_api.errors import NotFoundError
from carrierx_provider.core.errors import ResourceError
from carrierx_provider.core.resource import (
    UNKNOWN,
    Checked,
    Plan,
    PlanKind,
    ResourceRef,
    Result,
)
from carrierx_provider.core.settings import ConfigurationError
from carrierx_provider.external_did import gone, registration, release, replacement
from carrierx_provider.external_did.create import Creator
from carrierx_provider.external_did.e164 import unusual_length, unusual_length_warning
from carrierx_provider.external_did.inputs import Inputs, check_inputs
from carrierx_provider.external_did.plan import plan_change
from carrierx_provider.external_did.run_registry import RunRegistry
from carrierx_provider.external_did.state import (
    State,
    fields_recorded,
    inputs_seen,
    outputs_after,
    outputs_kept,
    outputs_read,
)
from carrierx_provider.external_did.update import send_update

if TYPE_CHECKING:
    from carrierx_provider.core.connections import Connections


class ExternalDIDLifecycle:
    """The operations, for all External DIDs of a run (``core.resource.Lifecycle``)."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._run = RunRegistry(connections.identity)
        self._releaser = release.Releaser(self._run, connections)
        self._creator = Creator(self._run, connections, self._releaser)

    def check(
        self,
        raw: Mapping[str, Any],
        state_inputs: Mapping[str, Any] | None = None,
        *,
        resource: ResourceRef | None = None,
    ) -> Checked:
        """Check the inputs and bring them into canonical form.

        Of a number that is to be registered the engine asks nothing else in a preview, so the
        warnings of that are here: also for a replace, where it checks again without state. A number
        that the state has already is not warned of again.
        """
        checked = check_inputs(raw, state_inputs=state_inputs)
        inputs = checked.inputs
        before = self._run.note_state_inputs(state_inputs or {})
        if checked.failures:
            return checked
        number = self._run.note_declared(resource, inputs, before)
        unusual = None if number in self._run.known else unusual_length(inputs["phonenumber"])
        if unusual is None:
            return checked
        warning = unusual_length_warning(Inputs.parse(inputs).label, unusual)
        return replace(checked, warnings=(warning,))

    def diff(
        self,
        id_: str,
        outputs: Mapping[str, Any],
        inputs: Mapping[str, Any],
        *,
        resource: ResourceRef | None = None,
    ) -> Plan:
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
            is_same_number = "phonenumber" not in plan.replaces
            self._run.registered.discard(self._run.key(resource, number))
            if plan.delete_before_replace and resource is not None and not is_same_number:
                self._run.moving[resource.key] = state
            self._run.mark_replaced(
                id_,
                state.instance_id,
                released_first=plan.delete_before_replace and is_same_number,
            )
        else:
            self._run.mark_used(id_, state.instance_id)
        if resource is not None:
            self._run.resources[id_, state.instance_id] = resource.key
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
                problem = replacement.no_old_account_error(state, inputs, str(error))
                raise ResourceError(problem) from None

    async def create(
        self, inputs: Mapping[str, Any], *, resource: ResourceRef | None = None
    ) -> Result:
        """Register the number, or take over its registration where that is allowed."""
        declared = Inputs.parse(inputs)
        number = self._run.number(declared.account, declared.phonenumber)
        key = self._run.key(resource, number)
        self._run.wanted[key] = number
        with self._connections.operation(declared.label, declared.account_name) as operation:
            created = await self._creator.create(*operation, declared, key)
        del self._run.wanted[key]
        self._run.registered.add(key)
        lost = (notice for each in self._run.made_way.pop(key, ()) for notice in each.notices)
        left = await self._creator.release_put_back(declared, key)
        return replace(created, notices=(*created.notices, *lost, *left))

    async def read(self, id_: str, outputs: Mapping[str, Any]) -> Result | None:
        """The number as it is now; None when CarrierX no longer has the SID."""
        state = State.parse(outputs, id_)
        number = state.label
        is_managed = bool({"managed_fields", "phonenumber"} & outputs.keys())
        sid, notices = id_, tuple[str, ...]()
        self._run.note_state(state)
        if not is_managed:
            self._run.read_only.add(id_)
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
                    raise ResourceError(gone.no_such_sid_error(id_)) from None
                successor = await registration.find_successor(client, state)
                await self._releaser.confirm_gone(client, subject, state)
                if successor is None:
                    return None
                external_did, sid = successor, successor.external_did_sid
                notices = (registration.successor_notice(number, state, sid),)
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
                external_did, sent, notices = await send_update(client, plan, state, declared)
            if external_did is not None:
                after = outputs_after(external_did, declared, outputs, sent)
                return Result(id_, after, notices=notices)
        return Result(id_, outputs_kept(outputs, declared))

    async def delete(
        self, id_: str, outputs: Mapping[str, Any], *, resource: ResourceRef | None = None
    ) -> tuple[str, ...]:
        """Release the number; one that is gone already is fine."""
        state = State.parse(outputs, id_)
        number = self._run.number(state.account, state.phonenumber)
        key = self._run.key(resource, number)
        key = self._run.resources.get((id_, state.instance_id), key)
        declared = self._run.declared_for(key)
        self._run.note_state(state)
        if id_ in self._run.read_only:
            return (release.read_only_notice(state),)
        if self._run.is_wanted_in_vain(key, number):
            raise ResourceError(release.declared_elsewhere_error(state.label))
        if self._run.is_used_by_other(id_, state.instance_id):
            # With --replace the create comes first, and finds its own number.
            is_own = declared is not None and declared.number == number
            kept = replacement.kept_by_replace_notice if is_own else release.kept_for_other_notice
            return (kept(state),)
        if number in self._run.retained:
            return (replacement.retained_notice(state.label, id_),)
        with self._connections.operation(state.label, state.account) as (client, subject):
            notices = await self._releaser.release(client, subject, state, key)
        if self._run.read_only and declared is None and not notices:
            return (release.given_up_notice(state.label, id_),)
        return notices
