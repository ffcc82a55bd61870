"""Registered numbers as resources of a stack's state. Pure.

A resource is what ``up`` would have left there, had it registered the number: it is made by the
functions that the lifecycle makes it with, so that nothing is decided here a second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from carrierx_api.models import ExternalDID
from carrierx_provider.core.resource import InputFailure, Plan
from carrierx_provider.dynamic_reference import EXTERNAL_DID_PROVIDER
from carrierx_provider.external_did.inputs import Inputs, check_inputs
from carrierx_provider.external_did.ownership import record_of
from carrierx_provider.external_did.plan import plan_change
from carrierx_provider.external_did.state import State, inputs_seen, outputs_after
from carrierx_provider.pulumi_files.deployment import Deployment, Resource
from carrierx_provider.pulumi_files.markers import plaintext_secret
from carrierx_provider.pulumi_files.urn import (
    DYNAMIC_TYPE,
    NUMBER_POOL_TYPE,
    PYTHON_PROVIDER_TYPE,
    STACK_TYPE,
    StackRef,
)

if TYPE_CHECKING:
    from pulumi.automation import ConfigValue

REFERENCE = {"__provider": EXTERNAL_DID_PROVIDER}


@dataclass(frozen=True, slots=True)
class Adopted:
    """A number as the state will have it, without its place there."""

    label: str
    external_did_sid: str
    inputs: dict[str, Any] = field(repr=False)
    outputs: dict[str, Any] = field(repr=False)
    plan: Plan = field(repr=False)
    """What a preview will show: unchanged, unless the row and CarrierX differ."""


def adopted(
    external_did: ExternalDID, label: str, fields: Mapping[str, Any], stack: StackRef
) -> Adopted | tuple[InputFailure, ...]:
    """The number as the resource ``label`` that declares these fields, or why they are refused."""
    ownership = stack.ownership(label)
    record = record_of(external_did.attributes, ownership.key) if ownership else None
    ours = {"ownership": ownership.as_properties()} if ownership else {}
    checked = check_inputs({**fields, **ours})
    if checked.failures:
        return checked.failures
    inputs = Inputs.parse(checked.inputs)
    # An existing record, even another stack's, is what the next update replaces with ours.
    before = {"ownership": record.as_properties()} if record else {}
    outputs = outputs_after(external_did, inputs, before)
    sid = external_did.external_did_sid
    plan = plan_change(State.parse(outputs, sid, inputs.ownership), inputs)
    return Adopted(
        label, sid, {**REFERENCE, **inputs_seen(outputs)}, {**REFERENCE, **outputs}, plan
    )


def with_numbers(  # noqa: PLR0913, PLR0917 -- what is written, and where
    deployment: Deployment,
    stack: StackRef,
    numbers: Iterable[Adopted],
    configuration: Mapping[str, ConfigValue],
    provider_id: str,
    pool: str | None,
) -> Deployment:
    """The deployment with these numbers at its end, below the stack and its dynamic provider.

    Stack and provider are added if they are missing: with this ID, and with the stack's
    configuration, which a refresh reads from the provider's resource. ``pool`` is the
    ``NumberPool`` of the program that declares the numbers; None if the program may declare them in
    any other way.
    """
    resources = list(deployment.resources or ())
    parent = next((one.urn for one in resources if one.type == STACK_TYPE), None)
    if parent is None:
        parent = stack.urn(STACK_TYPE, name=f"{stack.project}-{stack.stack}")
        resources.insert(0, _resource(urn=parent, custom=False, type=STACK_TYPE))
    providers = (one for one in resources if one.type == PYTHON_PROVIDER_TYPE and not one.delete)
    provider = next((one for one in providers if one.name == "default"), None)
    if provider is None:
        values = {
            name: plaintext_secret(setting.value) if setting.secret else setting.value
            for name, setting in sorted(configuration.items())
        }
        provider = _resource(
            urn=stack.urn(PYTHON_PROVIDER_TYPE, name="default"),
            custom=True,
            id=provider_id,
            type=PYTHON_PROVIDER_TYPE,
            inputs=values,
            outputs=values,
        )
        resources.append(provider)
    types = [DYNAMIC_TYPE]
    if pool is not None:
        types = [NUMBER_POOL_TYPE, DYNAMIC_TYPE]
        component = stack.urn(NUMBER_POOL_TYPE, name=pool)
        if not any(one.urn == component for one in resources):
            resources.append(
                _resource(urn=component, custom=False, type=NUMBER_POOL_TYPE, parent=parent)
            )
        parent = component
    resources += [
        _resource(
            urn=stack.urn(*types, name=number.label),
            custom=True,
            id=number.external_did_sid,
            type=DYNAMIC_TYPE,
            inputs=number.inputs,
            outputs=number.outputs,
            parent=parent,
            provider=f"{provider.urn}::{provider.id}",
            propertyDependencies={name: [] for name in number.inputs},
            # Until an ``up`` of a program that declares it: the engine then refuses to delete the
            # number, where a program that does not declare it would release it.
            protect=True,
        )
        for number in numbers
    ]
    return deployment.with_resources(resources)


def _resource(**properties: Any) -> Resource:  # noqa: ANN401 -- any JSON
    return Resource.model_validate(properties)
