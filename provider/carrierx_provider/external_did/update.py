"""Sending an update: its plan is made again from what is read, and after a lost response."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx_api.calls import Call
from carrierx_api.errors import CarrierXError, may_repeat
from carrierx_api.models import ExternalDID
from carrierx_provider.core.resource import Plan
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.plan import plan_change
from carrierx_provider.external_did.schema import MERGED_FIELDS
from carrierx_provider.external_did.state import State, matches_update

if TYPE_CHECKING:
    from carrierx_api.client import CarrierXClient


async def send_update(
    client: CarrierXClient, plan: Plan, state: State, inputs: Inputs, *, takes_over: bool = False
) -> tuple[ExternalDID | None, Call | None, tuple[str, ...]]:
    """Send the calls of an update's plan, which is made again once the number was read.

    Returns:
        The last response, and the last change that was sent; None where there was none. And the
        warnings of the plan as it was made last.
    """
    sid, number = state.external_did_sid, state.phonenumber
    external_did, sent = None, None

    def plan_again(live: ExternalDID) -> Plan:
        return plan_change(state, inputs, live, takes_over=takes_over, is_same_account=True)

    needed: set[str] = set()
    if plan.reads:
        (call,) = plan.writes
        # What a response leaves out of these may be somebody else's, and would be lost.
        needed = {
            name
            for name, value in (call.body or {}).items()
            if value is None or name in MERGED_FIELDS
        }
        if state.ownership or inputs.ownership:
            needed.add("attributes")
        external_did = await client.get_registered(sid, sorted(needed), phonenumber=number)
        plan = plan_again(external_did)

    async def reconcile(call: Call, _: CarrierXError) -> ExternalDID | Call:
        nonlocal plan
        compared = sorted({*needed, *(call.body or ())})
        existing = await client.get_registered(sid, compared, phonenumber=number)
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
