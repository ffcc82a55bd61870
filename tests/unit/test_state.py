"""What the outputs record, whatever a response has or leaves out."""

import json
from typing import Any

import pytest

from carrierx_api import calls
from carrierx_api.models import ExternalDID
from carrierx_provider.core.resource import PlanKind
from carrierx_provider.external_did.inputs import Inputs, check_inputs
from carrierx_provider.external_did.plan import plan_change
from carrierx_provider.external_did.state import State, inputs_seen, outputs_after, outputs_read

SID = "ed3a6d9b-13a8-4bd4-a8a1-2e0d3f4a9d11"
INPUTS = {
    "phonenumber": "+46700987654",
    "capabilities": 3,
    "underlying_carrier_sid": "5e2ff4a1-3c0e-4a3e-9d5f-0a1f3c1b2d01",
    "name": "support",
    "callback_url": "https://example.com/sms",
    "attributes": {"owner": "support", "routing": {"queue": 7}},
}
BARE = ExternalDID(external_did_sid=SID)


def after_create(answer: ExternalDID, inputs: dict[str, Any]) -> dict[str, Any]:
    """The outputs after a registration with this answer."""
    declared = Inputs.parse(check_inputs(inputs).inputs)
    return outputs_after(answer, declared, sent=calls.register(inputs))


def test_an_answer_with_the_sid_alone_is_enough() -> None:
    """Whatever a response leaves out counts as it was sent: no diff, and above all no replace."""
    outputs, declared = after_create(BARE, INPUTS), Inputs.parse(INPUTS)
    assert plan_change(State.parse(outputs, SID), declared).kind is PlanKind.UNCHANGED
    assert inputs_seen(outputs) == INPUTS
    again = outputs_after(BARE, declared, outputs)
    assert again["resource_mark"] == outputs["resource_mark"]
    changed = Inputs.parse({**INPUTS, "name": "sales", "attributes": {"owner": "sales"}})
    live = ExternalDID(external_did_sid=SID, attributes=outputs["attributes"])
    plan = plan_change(State.parse(outputs, SID), changed, live)
    outputs = outputs_after(BARE, changed, outputs, plan.calls[-1])
    assert plan_change(State.parse(outputs, SID), changed).kind is PlanKind.UNCHANGED
    assert outputs["attributes"] == {"owner": "sales"}


def test_another_spelling_of_the_number_is_not_a_replace() -> None:
    """The number is recorded as it was declared, whatever spelling the response has."""
    outputs = after_create(ExternalDID(external_did_sid=SID, phonenumber="046700987654"), INPUTS)
    assert outputs["phonenumber"] == "+46700987654"
    read = outputs_read(ExternalDID(external_did_sid=SID, phonenumber="046700987654"), outputs)
    assert read["phonenumber"] == "+46700987654"


def test_a_number_is_put_back_under_the_number_of_the_state() -> None:
    """Whatever the last response says; what others have written since comes from there."""
    state = State.parse(after_create(BARE, INPUTS), SID)
    seen = ExternalDID(external_did_sid=SID, phonenumber="+46700987655", name="theirs")
    assert state.body_to_register_again(None) == INPUTS
    assert state.body_to_register_again(seen) == {**INPUTS, "name": "theirs"}
    by_hand = State.parse({"capabilities": 3.0}, SID)
    assert by_hand.body_to_register_again(seen)["phonenumber"] == "+46700987655"


def test_a_field_that_turns_up_is_not_drift() -> None:
    """``id`` and undocumented fields come in some responses only; their coming is no change."""
    before = after_create(BARE, INPUTS)
    more = {"external_did_sid": SID, "id": 7, "status": "assigned", "brand_new": {"x": 1}}
    assert outputs_read(ExternalDID.model_validate(more), before) == before
    read = outputs_read(ExternalDID.model_validate({**more, "name": "drifted"}), before)
    assert read == {
        **before,
        "name": "drifted",
        "carrierx_id": 7,
        "status": "assigned",
        "additional_fields": {"brand_new": {"x": 1}},
    }
    assert outputs_read(BARE, read) == read


def test_a_first_read_manages_nothing() -> None:
    """A number read with ``get`` has all its fields, and none of them is ours."""
    answer = ExternalDID(external_did_sid=SID, phonenumber="46700987654", capabilities=3, name="n")
    assert outputs_read(answer, {}) == {
        "external_did_sid": SID,
        "phonenumber": "+46700987654",
        "capabilities": 3,
        "name": "n",
        "managed_fields": {},
    }


def test_a_state_that_lacks_what_replaces_is_no_reason_to_release() -> None:
    """Outputs written by hand without capabilities or number plan no replace."""
    state = State.parse({"phonenumber": "+46700987654", "managed_fields": {}}, SID)
    inputs = Inputs.parse({"phonenumber": "+46700987654", "capabilities": 3})
    assert plan_change(state, inputs).kind is PlanKind.UNCHANGED
    assert plan_change(State.parse({}, SID), inputs).kind is PlanKind.UNCHANGED


@pytest.mark.parametrize(
    ("attributes", "shown"),
    [
        *(
            ({"theirs": [value]}, {"theirs": [text]})
            for value, text in (
                (2**53 - 1, 2**53 - 1),
                (2**53, "9007199254740992"),
                (float("inf"), "inf"),
                (True, True),
            )
        ),
        # Pulumi's signature key would break every refresh.
        (
            {"4dabf18193072939515e22adb298388d": "x"},
            {"(4dabf18193072939515e22adb298388d)": "x"},
        ),
    ],
)
def test_what_the_engine_cannot_keep_is_shown_in_another_way(
    attributes: dict[str, Any], shown: dict[str, Any]
) -> None:
    """Somebody else's attributes may hold any JSON number, which the state shows exactly."""
    answer = ExternalDID(external_did_sid=SID, attributes=attributes)
    assert outputs_read(answer, {})["attributes"] == shown


@pytest.mark.parametrize("seen", [None, BARE])
def test_what_is_registered_again_from_the_state_has_no_floats(seen: ExternalDID | None) -> None:
    """The engine passes each number in the state as a float; a read may leave attributes out."""
    outputs = {"phonenumber": "+46700987654", "capabilities": 3.0, "attributes": {"queue": 7.0}}
    body = State.parse(outputs, SID).body_to_register_again(seen)
    assert json.dumps(body["attributes"]) == '{"queue": 7}'
