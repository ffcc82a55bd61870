"""The plan is one value: what it announces is what is sent, and afterwards nothing is left to do.

Over the front's own methods and real HTTP against the simulator, with values that have been
through the engine's encoding. tests/engine/test_report.py does the same on the engine.
"""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf import json_format, struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from carrierx_api.models import ExternalDID
from carrierx_provider.core.connections import Connections, run_blocking
from carrierx_provider.core.json_merge import json_equal
from carrierx_provider.core.resource import Plan, PlanKind, Result
from carrierx_provider.core.settings import Settings
from carrierx_provider.external_did.inputs import Inputs
from carrierx_provider.external_did.lifecycle import ExternalDIDLifecycle
from carrierx_provider.external_did.plan import plan_change
from carrierx_provider.external_did.state import State, inputs_seen
from carrierx_simulator import SAMPLE_TOKEN, RunningSimulator, SimulatorSettings, running_simulator
from carrierx_simulator.testing import SimulatedAccount
from tests.property.changes import Change, changes
from tests.property.expected_attributes import expected_attributes

NUMBERS = (f"+467009{count:05}" for count in itertools.count())


class World:
    """One simulator, the provider on it, and somebody else on it."""

    def __init__(self, simulator: RunningSimulator) -> None:
        """Reach the simulator as the provider, and as somebody else."""
        configuration = {"carrierx:token": SAMPLE_TOKEN, "carrierx:baseUrl": simulator.base_url}
        self._settings = Settings.of(configuration.get, {})
        self.next_run()
        self.account = SimulatedAccount(simulator)

    def next_run(self) -> None:
        """A new process of the provider, which has read nothing yet."""
        connections = Connections(self._settings)
        self.lifecycle = ExternalDIDLifecycle(connections)

    def live(self, sid: str) -> dict[str, Any]:
        """The number as it is."""
        return self.account.numbers()[self.account.phonenumber(sid)]

    def drift(self, sid: str, body: dict[str, Any], *, replace: bool) -> None:
        """Somebody else changes the number, between two runs."""
        self.next_run()
        number = self.account.phonenumber(sid)
        self.account.change(number, replace_attributes=replace, **body)


@pytest.fixture(scope="module", params=["shallow", "deep"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with running_simulator(SimulatorSettings(merge=request.param)) as simulator:
        yield World(simulator)


def through_the_engine(properties: dict[str, Any]) -> dict[str, Any]:
    """Properties as they come back from the engine: numbers as floats, nulls dropped."""
    struct = struct_pb2.Struct()
    struct.update({key: value for key, value in properties.items() if value is not None})
    back: dict[str, Any] = json_format.MessageToDict(struct)
    return back


def announced(plan: Plan) -> list[tuple[str, str, dict[str, str], Any]]:
    return [
        (call.method, f"/core/v2{call.path}", dict(call.query), json.loads(json.dumps(call.body)))
        for call in plan.calls
    ]


def checked(world: World, inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs after ``check``, as the engine then keeps them."""
    result = world.lifecycle.check(through_the_engine(inputs))
    assert result.failures == ()
    return through_the_engine(result.inputs)


def carry_out(
    world: World, sid: str, outputs: dict[str, Any], inputs: dict[str, Any]
) -> tuple[Plan, Result]:
    """What the engine does with a diff; the plan as announced, and the result."""
    plan = world.lifecycle.diff(sid, outputs, inputs)
    if plan.reads and plan.kind is PlanKind.UPDATE:
        live = ExternalDID.model_validate(world.live(sid))
        plan = plan_change(State.parse(outputs, sid), Inputs.parse(inputs), live)
    if plan.kind is PlanKind.UPDATE:
        return plan, run_blocking(world.lifecycle.update, sid, outputs, inputs)
    assert plan.kind is PlanKind.REPLACE
    if plan.delete_before_replace:
        run_blocking(world.lifecycle.delete, sid, outputs)
        return plan, run_blocking(world.lifecycle.create, inputs)
    created = run_blocking(world.lifecycle.create, inputs)
    run_blocking(world.lifecycle.delete, sid, outputs)
    return plan, created


def assert_settled(world: World, sid: str, outputs: dict[str, Any], inputs: dict[str, Any]) -> None:
    """The next preview, a refresh, and a preview after it show no change."""
    assert world.lifecycle.diff(sid, outputs, inputs).kind is PlanKind.UNCHANGED
    seen = run_blocking(world.lifecycle.read, sid, outputs)
    assert seen is not None
    assert json_equal(through_the_engine(seen.outputs), outputs)
    assert seen.inputs is None
    assert json_equal(through_the_engine(inputs_seen(outputs)), inputs)
    after = through_the_engine(seen.outputs)
    assert world.lifecycle.diff(sid, after, inputs).kind is PlanKind.UNCHANGED


@given(change=changes(), refreshed=st.booleans())
def test_announced_calls_are_the_calls_and_then_all_is_settled(
    world: World, change: Change, refreshed: bool
) -> None:
    """Exactly the plan's calls are made, whatever the state, the inputs and the drift are."""
    number = {"phonenumber": next(NUMBERS)}
    before = checked(world, {**number, **change.before})
    created = run_blocking(world.lifecycle.create, before)
    sid, outputs = created.id, through_the_engine(created.outputs)
    if change.drift:
        world.drift(sid, change.drift, replace=change.drift_replaces)
    if refreshed:
        seen = run_blocking(world.lifecycle.read, sid, outputs)
        assert seen is not None
        outputs = through_the_engine(seen.outputs)
    world.account.requests()

    if change.another_number:
        number = {"phonenumber": next(NUMBERS)}
    inputs = checked(world, {**number, **change.after})
    if world.lifecycle.diff(sid, outputs, inputs).kind is not PlanKind.UNCHANGED:
        live_before = world.live(sid)
        plan, result = carry_out(world, sid, outputs, inputs)
        assert world.account.requests() == announced(plan)
        assert (result.id == sid) is (plan.kind is PlanKind.UPDATE)
        sid, outputs = result.id, through_the_engine(result.outputs)
        if plan.kind is PlanKind.UPDATE:
            assert_fields_are_right(before, inputs, live_before, world.live(sid))
            if refreshed:
                assert_attributes_are_right(before, inputs, live_before, world.live(sid))
    assert world.account.requests() == []

    if not refreshed:
        # What drifted unseen is found by the next refresh, and repaired by the next up.
        seen = run_blocking(world.lifecycle.read, sid, outputs)
        assert seen is not None
        outputs = through_the_engine(seen.outputs)
        if world.lifecycle.diff(sid, outputs, inputs).kind is not PlanKind.UNCHANGED:
            _, result = carry_out(world, sid, outputs, inputs)
            outputs = through_the_engine(result.outputs)
    assert_settled(world, sid, outputs, inputs)
    assert_declared_is_live(inputs, world.live(sid))
    run_blocking(world.lifecycle.delete, sid, outputs)
    world.account.requests()


def assert_declared_is_live(inputs: dict[str, Any], live: dict[str, Any]) -> None:
    """Every declared value is CarrierX's value."""
    for name in ("name", "callback_url", "string_key_1", "string_key_2"):
        if name in inputs:
            assert live[name] == inputs[name]
    assert nested_holds(inputs.get("attributes", {}), live["attributes"])


def nested_holds(declared: Any, live: Any) -> bool:
    """Whether every declared leaf has its value, with keys of others beside it."""
    if isinstance(declared, dict):
        return isinstance(live, dict) and all(
            key in live and nested_holds(value, live[key]) for key, value in declared.items()
        )
    return json_equal(declared, live)


def assert_fields_are_right(
    before: dict[str, Any], inputs: dict[str, Any], live: dict[str, Any], after: dict[str, Any]
) -> None:
    """A field no longer declared is null if it still was ours; every other one is as it was."""
    for name in ("callback_url", "string_key_1", "string_key_2"):
        if name not in inputs:
            is_ours = name in before and live[name] == before[name]
            assert after[name] == (None if is_ours else live[name])
    if "name" not in inputs:
        assert after["name"] == live["name"]


def assert_attributes_are_right(
    before: dict[str, Any], inputs: dict[str, Any], live: dict[str, Any], after: dict[str, Any]
) -> None:
    """The whole object is what it should be, keys of others included."""
    expected = expected_attributes(
        live["attributes"], before.get("attributes", {}), inputs.get("attributes", {})
    )
    assert json_equal(after["attributes"], expected)
