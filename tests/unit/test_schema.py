"""The field table: what is derived from it, and what has to name its fields itself."""

from typing import Any

import pytest

from carrierx_api import models
from carrierx_provider.core.resource import UNKNOWN
from carrierx_provider.external_did.inputs import Inputs, check_inputs
from carrierx_provider.external_did.plan import plan_change, plan_create
from carrierx_provider.external_did.schema import (
    ADOPTED_FIELDS,
    BODY_FIELDS,
    CHOSEN_FIELDS,
    INPUT_FIELDS,
    JSON_TYPES,
    KEPT_FIELDS,
    MERGED_FIELDS,
    REPLACING,
    REQUIRED_FIELDS,
    SCALAR_FIELDS,
    OnChange,
    marked,
)
from carrierx_provider.external_did.state import State, outputs_after, outputs_read
from carrierx_simulator import external_did as simulator

SID = "ed3a6d9b-13a8-4bd4-a8a1-2e0d3f4a9d11"
NUMBER = {"phonenumber": "+46700987654", "capabilities": 3}
PROVIDERS_OWN = {"account", "adopt_existing"}
"""The inputs that are not CarrierX's."""


def test_every_input_says_what_a_change_of_it_does() -> None:
    """Each input has one marker, so that no rule of a plan can pass it over."""
    markers = set(OnChange) - {OnChange.FOUND_OUT}
    found = [name for marker in markers for name in marked(marker)]
    assert sorted(found) == sorted(INPUT_FIELDS)


def test_the_table_and_the_api_agree_on_what_is_updatable() -> None:
    """CarrierX's client knows by itself what PATCH changes."""
    assert sorted((*SCALAR_FIELDS, *MERGED_FIELDS)) == sorted(models.UPDATABLE_FIELDS)


def test_every_input_is_a_field_of_carrierx_or_the_providers_own() -> None:
    """A field that is missing in the API's model could never be sent, nor read."""
    assert set(INPUT_FIELDS) - PROVIDERS_OWN == set(BODY_FIELDS)


def test_the_simulator_has_every_field() -> None:
    """It shares no code with the client, so a new field has to be added to both."""
    simulated = simulator.ExternalDid.model_fields.keys()
    assert models.ExternalDID.model_fields.keys() == simulated | {"id"}


@pytest.mark.parametrize("name", sorted({*SCALAR_FIELDS, *MERGED_FIELDS}))
def test_what_is_updatable_is_sent_cleared_and_read(name: str) -> None:
    """Each updatable input reaches a create, an update, the outputs and a drifted state."""
    value: Any = {"a": 1} if JSON_TYPES[name] == "object" else "https://example.com/sms"
    inputs = Inputs.parse(check_inputs({**NUMBER, name: value}).inputs)
    bare = Inputs.parse(NUMBER)
    (registration,) = plan_create(inputs).writes
    assert registration.body == {**NUMBER, name: value}

    answer = models.ExternalDID.model_validate({"external_did_sid": SID, **NUMBER})
    before = State.parse(outputs_after(answer, bare), SID)
    (update,) = plan_change(before, inputs, answer).writes
    assert update.body == {name: value}

    outputs = outputs_after(answer, inputs, before.outputs, update)
    assert outputs[name] == value
    live = answer.model_copy(update={name: value})
    dropped = plan_change(State.parse(outputs, SID), bare, live)
    cleared: dict[str, Any] = {name: {} if name in MERGED_FIELDS else None}
    assert [call.body for call in dropped.writes] == ([] if name in KEPT_FIELDS else [cleared])

    drifted = answer.model_copy(update={name: {"a": 2} if name in MERGED_FIELDS else "drifted"})
    drifted.model_fields_set.add(name)
    assert outputs_read(drifted, outputs)[name] == getattr(drifted, name)


@pytest.mark.parametrize("name", [name for name in REPLACING if name not in REQUIRED_FIELDS])
def test_what_replaces_is_replaced_also_while_it_is_unknown(name: str) -> None:
    """A value that a preview does not know counts as changed."""
    state = State.parse({**NUMBER, "managed_fields": {}}, SID)
    assert plan_change(state, Inputs.parse({**NUMBER, name: UNKNOWN})).replaces == (name,)
    assert plan_change(state, Inputs.parse(NUMBER)).replaces == ()


@pytest.mark.parametrize("name", CHOSEN_FIELDS)
def test_what_carrierx_chose_is_not_replaced(name: str) -> None:
    """Where CarrierX chooses a value, only another declared one is a change."""
    state = State.parse({**NUMBER, name: "chosen", "managed_fields": {name: True}}, SID)
    assert plan_change(state, Inputs.parse(NUMBER)).replaces == ()
    assert plan_change(state, Inputs.parse({**NUMBER, name: "other"})).replaces == (name,)


def test_adoption_declares_all_that_a_program_can_keep() -> None:
    """What CarrierX chooses is left to it, and so is what only a create reads."""
    assert set(ADOPTED_FIELDS) == set(INPUT_FIELDS) - {"underlying_carrier_sid", "adopt_existing"}


def test_each_field_is_checked_whatever_the_others_are() -> None:
    """A problem in one field hides neither the value nor the problem of another."""
    checked = check_inputs(
        {"phonenumber": "46700987654", "capabilities": ["fax"], "name": "", "account": "a"}
    )
    assert checked.inputs == {"phonenumber": "+46700987654", "account": "a"}
    assert [failure.field for failure in checked.failures] == ["capabilities", "name"]
