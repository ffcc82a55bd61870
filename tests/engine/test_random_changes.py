"""Random lives of many numbers at once, on the real engine.

One number is one case, so that few engine runs carry many cases; tests/property does the same
without the engine: with more cases, with shrinking, and under both ways to merge.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from carrierx_provider.core.resource import Plan, PlanKind
from carrierx_provider.external_did.inputs import Inputs, check_inputs
from carrierx_provider.external_did.ownership import Attributes
from carrierx_provider.external_did.plan import plan_change
from carrierx_provider.external_did.state import State
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.stack import Stack
from tests.property.changes import Change, changes

CASES = 40


def number_of(index: int) -> str:
    """The number of a case."""
    return f"+467001{index:05}"


def one_line(call: tuple[str, str, dict[str, str], Any]) -> str:
    """A call in one canonical line, to compare two lists whose order the engine chose."""
    return json.dumps(call, sort_keys=True)


def planned(outputs: dict[str, Any], sid: str, inputs: dict[str, Any], live: Any) -> Plan:
    """The plan from the state's outputs, with the live attributes where it asks for them."""
    recorded, declared = State.parse(outputs, sid), Inputs.parse(check_inputs(inputs).inputs)
    plan = plan_change(recorded, declared)
    return plan_change(recorded, declared, Attributes(live["attributes"])) if plan.reads else plan


@settings(
    max_examples=1,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(lives=st.lists(changes(), min_size=CASES, max_size=CASES))
def test_the_announced_calls_are_made_and_then_nothing_is_left(
    stack: Stack, account: Account, lives: list[Change]
) -> None:
    """The plans' calls, made from the exported state, are the calls of the ``up``; then silence."""
    # The first case that is generated is the simplest, which is no case at all.
    assume(sum(bool(life.drift) and life.before != life.after for life in lives) > CASES // 3)
    stack.declare(
        **{
            f"n{index}": {**life.before, "phonenumber": number_of(index)}
            for index, life in enumerate(lives)
        }
    )
    run = stack.up()
    assert run.ok, run.output
    for index, life in enumerate(lives):
        if life.drift:
            account.change(number_of(index), replace_attributes=life.drift_replaces, **life.drift)
    # Every second run of this test would refresh; here half of the numbers are refreshed.
    urns = [r["urn"] for name, r in stack.resources().items() if int(name[1:]) % 2]
    assert stack.refresh(*(f"--target={urn}" for urn in urns)).ok
    account.requests()

    live = account.numbers()
    state = stack.resources()
    inputs = {
        f"n{index}": {
            **life.after,
            "phonenumber": number_of(index + CASES * life.another_number),
        }
        for index, life in enumerate(lives)
    }
    announced = [
        (call.method, f"/core/v2{call.path}", dict(call.query), call.body and dict(call.body))
        for index in range(CASES)
        for plan in [
            planned(
                state[f"n{index}"]["outputs"],
                state[f"n{index}"]["id"],
                inputs[f"n{index}"],
                live[number_of(index)],
            )
        ]
        if plan.kind is not PlanKind.UNCHANGED
        for call in plan.calls
    ]
    stack.declare(**inputs)
    run = stack.up()
    assert run.ok, run.output

    made = account.requests()
    assert sorted(map(one_line, made)) == sorted(map(one_line, announced))
    # What had drifted unseen is repaired by now or by this up; then nothing is left to do.
    assert stack.up("--refresh").ok
    stack.assert_settled()
