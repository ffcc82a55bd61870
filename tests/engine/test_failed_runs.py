"""What the engine keeps of a run that fails in part, and how the next one continues.

What the provider does then is shown without the engine, case by case: tests/provider.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from carrierx_simulator import RunningSimulator
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.stack import Stack

NUMBER, SECOND, THIRD, FOURTH = (f"+4670098765{count}" for count in range(4))


def declaring(number: str, **more: Any) -> dict[str, Any]:
    """The inputs of one number."""
    return {"phonenumber": number, "capabilities": 3, "name": "line", **more}


@pytest.fixture
def owning(stack: Stack) -> Stack:
    """A stack that keeps ownership records."""
    stack.configure("carrierx:ownershipKey", "managed_by")
    return stack


def assert_state_is_the_account(stack: Stack, account: Account) -> None:
    """Each number is in the state exactly once, under its SID."""
    held = {each["outputs"]["phonenumber"]: each["id"] for each in stack.resources().values()}
    live = account.numbers()
    assert held == {number: did["external_did_sid"] for number, did in live.items()}


def test_renames_release_nothing(stack: Stack, account: Account) -> None:
    """The engine creates new names before it deletes old ones, also if a create has failed."""
    stack.declare(
        adopting=declaring(NUMBER, adopt_existing=True),
        refused=declaring(SECOND),
        swapped=declaring(THIRD),
    )
    assert stack.up().ok
    sids = {number: account.sid(number) for number in (NUMBER, SECOND, THIRD)}
    account.calls()
    stack.declare(
        adopted=declaring(NUMBER, adopt_existing=True),
        renamed=declaring(SECOND),
        swapped=declaring(FOURTH),
        taking=declaring(THIRD, adopt_existing=True),
    )

    run = stack.up("--continue-on-error")

    assert not run.ok
    assert 'give it aliases=[pulumi.Alias(name="its old name")]' in run.output
    assert run.output.count("not released: another resource of this program has SID") >= 2
    assert not [call for call in account.calls() if call.startswith("DELETE")]
    assert {number: account.sid(number) for number in sids} == sids
    # To the engine the old name is deleted: the command that the error names brings it back.
    run = stack.up(environment={"CARRIERX_ADOPT": sids[SECOND]})
    assert run.ok, run.output
    assert {number: account.sid(number) for number in sids} == sids
    assert_state_is_the_account(stack, account)
    stack.assert_settled()


def test_a_step_that_fails_leaves_the_state_whole(stack: Stack, account: Account) -> None:
    """A create and an update fail, others go through, and CarrierX cannot be reached at all."""
    stack.declare(gone=declaring(NUMBER), kept=declaring(SECOND))
    assert stack.up().ok
    account.release(NUMBER)
    account.register(phonenumber=THIRD, capabilities=3)
    stack.declare(
        gone=declaring(NUMBER, callback_url="https://example.com/"),
        kept=declaring(SECOND),
        taken=declaring(THIRD),
        new=declaring(FOURTH),
    )
    run = stack.up("--continue-on-error")
    assert not run.ok
    assert f"error: CarrierXError: {NUMBER} (line): CarrierX refused the update (404)" in run.output
    assert f"error: CarrierXError: {THIRD} (line): CarrierX refused the regist" in run.output
    assert "Traceback" not in run.output
    assert set(stack.resources()) == {"gone", "kept", "new"}

    unreachable = "http://127.0.0.1:9/core/v2"
    run = stack.run(
        *("refresh", "--yes", "--skip-preview"), environment={"CARRIERX_BASE_URL": unreachable}
    )
    assert f"CarrierX could not be reached at {unreachable} for the read" in run.output
    assert set(stack.resources()) == {"gone", "kept", "new"}

    account.release(THIRD)
    assert stack.up("--refresh").ok
    assert len(account.numbers()) == 4
    assert_state_is_the_account(stack, account)


def test_a_refused_replace_goes_on(
    owning: Stack, account: Account, simulator: RunningSimulator
) -> None:
    """The state knows that the number is to be created again, and under which SID it is not."""
    owning.declare(support=declaring(NUMBER))
    assert owning.up().ok
    owning.declare(support=declaring(NUMBER, capabilities=1))
    once = {"fault": "status", "status": 422, "method": "POST", "calls": {"first": 1}}
    simulator.set_faults({"faults": [once]})

    refused = owning.up()

    assert not refused.ok
    assert account.numbers()[NUMBER]["capabilities"] == 3
    assert f"registered again as it was, with SID {account.sid(NUMBER)}" in refused.output
    # What docs/reliability.md says of the state meanwhile.
    kept = owning.state()["deployment"]["resources"]
    assert [
        entry.get("pendingReplacement") for entry in kept if "__provider" in entry.get("inputs", {})
    ] == [True]
    owning.declare(support=declaring(NUMBER, capabilities=8))
    run = owning.up()
    assert run.ok, run.output
    assert account.numbers()[NUMBER]["capabilities"] == 8
    assert_state_is_the_account(owning, account)
    owning.assert_settled()


def test_a_stack_knows_its_own_numbers_and_another_stack_does_not(
    owning: Stack, account: Account, tmp_path: Path
) -> None:
    """The record names project, stack and resource; after a lost state a run continues with it."""
    owning.declare(support=declaring(NUMBER))
    state_before = owning.state_file.read_bytes()
    assert owning.up().ok
    sid = account.sid(NUMBER)
    assert account.numbers()[NUMBER]["attributes"] == {"managed_by": "trial/dev/support"}
    other = Stack(tmp_path / "other", dict(owning.environment), stack="staging")
    other.configure("carrierx:ownershipKey", "managed_by")
    other.declare(support=declaring(NUMBER))
    refused = other.up()
    assert "It belongs to trial/dev/support (attributes.managed_by)" in refused.output
    assert other.destroy().ok
    assert account.sid(NUMBER) == sid

    owning.state_file.write_bytes(state_before)
    run = owning.up()

    assert run.ok, run.output
    assert f"continued with SID {sid}" in run.output
    assert owning.resources()["support"]["id"] == sid
    owning.assert_settled()
