"""The SDK's resource has every field of the schema: as an argument, and as an output."""

import inspect
from typing import Any

import pulumi
import pytest

import pulumi_carrierx as carrierx
from carrierx_provider.external_did.schema import INPUT_FIELDS, REQUIRED_FIELDS
from carrierx_provider.pulumi_files.urn import DYNAMIC_TYPE, NUMBER_POOL_TYPE
from pulumi_carrierx.external_did import RESOURCE_TYPE
from pulumi_carrierx.number_pool import POOL_TYPE
from tests.unit.mocked_engine import MockedEngine

VALUES: dict[str, Any] = {
    "phonenumber": "+46700987654",
    "capabilities": 3,
    "callback_url": "https://example.com/sms",
    "attributes": {"team": "care"},
    "adopt_existing": True,
}
"""Valid values of the fields that are not free text."""


def test_every_input_is_an_argument() -> None:
    """In the schema's order, and only the required ones have no default."""
    parameters = dict(inspect.signature(carrierx.ExternalDID.__init__).parameters)
    for name in ("self", "resource_name", "opts"):
        del parameters[name]
    assert tuple(parameters) == INPUT_FIELDS
    required = [name for name, given in parameters.items() if given.default is given.empty]
    assert tuple(required) == REQUIRED_FIELDS


@pytest.mark.parametrize("field", INPUT_FIELDS)
def test_every_argument_is_sent(field: str) -> None:
    """The value of each argument reaches the provider, and is an Output of the resource."""
    engine = MockedEngine()
    declared = {name: VALUES[name] for name in REQUIRED_FIELDS}
    declared[field] = VALUES.get(field, f"the {field}")

    def program() -> pulumi.Output[object]:
        output: pulumi.Output[object] = getattr(carrierx.ExternalDID("support", **declared), field)
        return output

    assert engine.value_of(program) == declared[field]
    assert engine.registered["support"][field] == declared[field]


@pytest.mark.parametrize(
    ("opts", "sent"),
    [
        (pulumi.ResourceOptions(delete_before_replace=True), True),
        (pulumi.ResourceOptions(delete_before_replace=False), None),
        (pulumi.ResourceOptions(), None),
        (None, None),
    ],
)
def test_the_provider_is_told_that_a_number_is_released_first(
    opts: pulumi.ResourceOptions | None, sent: bool | None
) -> None:
    """So that the preview announces the engine's order. Otherwise there is no input."""
    engine = MockedEngine()
    declared = {name: VALUES[name] for name in REQUIRED_FIELDS}
    engine.value_of(lambda: carrierx.ExternalDID("support", **declared, opts=opts).id)
    assert engine.registered["support"].get("delete_before_replace") is sent


KEEPS = pulumi.ResourceOptions(retain_on_delete=True)


@pytest.mark.parametrize(
    ("opts", "sent"),
    [
        (KEEPS, True),
        (pulumi.ResourceOptions.merge(KEEPS, pulumi.ResourceOptions(protect=True)), True),
        (pulumi.ResourceOptions.merge(KEEPS, pulumi.ResourceOptions(retain_on_delete=False)), None),
        (pulumi.ResourceOptions(), None),
        (None, None),
    ],
)
def test_the_provider_is_told_that_a_number_is_retained(
    opts: pulumi.ResourceOptions | None, sent: bool | None
) -> None:
    """The engine does not tell it, for a number of a pool either. Otherwise there is no input."""
    engine = MockedEngine()
    declared = {name: VALUES[name] for name in REQUIRED_FIELDS}

    def program() -> pulumi.Output[list[object]]:
        pool = carrierx.NumberPool("pool", table={"pooled": declared}, opts=opts)
        return pulumi.Output.all(
            pool.sids, carrierx.ExternalDID("support", **declared, opts=opts).id
        )

    engine.value_of(program)
    for name in ("support", "pooled"):
        assert engine.registered[name].get("retain_on_delete") is sent


def test_the_type_tokens_are_those_of_the_state() -> None:
    """The SDK declares what the readers of Pulumi's documents look for; they never change."""
    assert DYNAMIC_TYPE == RESOURCE_TYPE
    assert POOL_TYPE == NUMBER_POOL_TYPE
