"""A registered number as a resource in a stack's state. Pure but for its random mark.

The entry is what ``up`` would have left there, had it registered the number: made by the functions
that the lifecycle makes it with, so that nothing is decided here a second time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from carrierx_provider.dynamic_reference import EXTERNAL_DID_PROVIDER
from carrierx_provider.external_did.inputs import check_inputs, parse_inputs
from carrierx_provider.external_did.ownership import record_of
from carrierx_provider.external_did.plan import plan_change
from carrierx_provider.external_did.state import inputs_seen, outputs_after, parse_state
from carrierx_provider.pulumi_files.urn import RESOURCE_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carrierx_api.models import ExternalDID
    from carrierx_provider.external_did.inputs import InputFailure
    from carrierx_provider.external_did.plan import Plan
    from carrierx_provider.pulumi_files.urn import StackPlace

REFERENCE = {"__provider": EXTERNAL_DID_PROVIDER}


@dataclass(frozen=True, slots=True)
class ResourceEntry:
    """One number as the state has it, without what places it there."""

    label: str
    external_did_sid: str
    inputs: dict[str, Any] = field(repr=False)
    outputs: dict[str, Any] = field(repr=False)
    plan: Plan = field(repr=False)
    """What a preview will say: unchanged, unless the row states something else than what stands."""


def resource_entry(
    external_did: ExternalDID, label: str, fields: Mapping[str, Any], place: StackPlace
) -> ResourceEntry | tuple[InputFailure, ...]:
    """The number as the resource ``label`` that states ``fields``, or why these cannot be stated.

    :param external_did: with every field that can be changed.
    :param fields: as a table's row has them.
    """
    ownership = place.ownership(label)
    record = record_of(external_did.attributes, ownership.key) if ownership else None
    ours = {"ownership": ownership.as_properties()} if ownership else {}
    checked = check_inputs({**fields, **ours})
    if checked.failures:
        return checked.failures
    stated = parse_inputs(checked.inputs)
    # A record that stands, be it another stack's, is what the next update writes ours over.
    before = {"ownership": record.as_properties()} if record else {}
    outputs = outputs_after(external_did, stated, before)
    sid = external_did.external_did_sid
    plan = plan_change(parse_state(outputs, sid), stated)
    return ResourceEntry(
        label,
        sid,
        {**REFERENCE, **inputs_seen(outputs)},
        {**REFERENCE, **outputs},
        plan,
    )


def in_state(entry: ResourceEntry, place: StackPlace, parent: str, provider: str) -> dict[str, Any]:
    """The entry as a deployment holds it.

    :param parent: the URN of the stack's own resource.
    :param provider: ``URN::ID`` of the dynamic provider's entry.
    """
    return {
        "urn": place.urn(RESOURCE_TYPE, entry.label),
        "custom": True,
        "id": entry.external_did_sid,
        "type": RESOURCE_TYPE,
        "inputs": entry.inputs,
        "outputs": entry.outputs,
        "parent": parent,
        "provider": provider,
        "propertyDependencies": {name: [] for name in entry.inputs},
        # Until an ``up`` of a program that states it: one that does not is refused by the engine,
        # where it would release the number.
        "protect": True,
    }
