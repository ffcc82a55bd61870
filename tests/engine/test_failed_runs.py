"""What the engine keeps of a run that fails in part, and how the next one continues.

What the provider does then is shown without the engine, case by case: tests/provider.
"""

from __future__ import annotations

from typing import Any

import httpx

from carrierx_simulator import SAMPLE_TOKEN, SimulatorSettings, Token, running_simulator
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.console_command import run_command
from tests.engine.stack import Stack

NUMBER, SECOND, THIRD, FOURTH = (f"+4670098765{count}" for count in range(4))


def declaring(number: str, **more: Any) -> dict[str, Any]:
    """The inputs of one number."""
    return {"phonenumber": number, "capabilities": 3, "name": "line", **more}


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
    # The state has kept the old name: the command that the error names moves the number.
    run = stack.up(environment={"CARRIERX_ADOPT": sids[SECOND]})
    assert run.ok, run.output
    assert {number: account.sid(number) for number in sids} == sids
    assert_state_is_the_account(stack, account)
    stack.assert_settled()


def test_a_number_is_put_back_also_under_another_name(stack: Stack, account: Account) -> None:
    """After a rename with an alias the engine creates under the new URN, and deletes the old one.

    The provider knows from the diff that both are one resource; without records nothing else does.
    """
    stack.declare(support=declaring(NUMBER))
    assert stack.up().ok
    faults = f"{account.base_url.removesuffix('/core/v2')}/_simulator/faults"
    refusal = {"fault": "status", "status": 422, "method": "POST", "calls": {"first": 1}}
    assert httpx.put(faults, json={"faults": [refusal]}).is_success
    stack.declare(helpdesk=declaring(NUMBER, capabilities=1, aliases=["support"]))

    run = stack.up()

    assert not run.ok
    assert f"registered again as it was, with SID {account.sid(NUMBER)}; its mess" in run.output
    assert account.numbers()[NUMBER]["capabilities"] == 3


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


def test_a_number_of_another_stack_is_taken_out_of_the_middle_of_a_replace(
    stack: Stack, account: Account
) -> None:
    """The command that the error names takes out what the engine would delete for ever."""
    stack.configure("carrierx:ownershipKey", "managed_by")
    stack.declare(line=declaring(NUMBER), other=declaring(THIRD))
    assert stack.up().ok
    sid = account.sid(NUMBER)
    account.change(NUMBER, attributes={"managed_by": "trial/prod/line"})
    stack.declare(line=declaring(SECOND), other=declaring(THIRD))
    for _ in range(2):
        run = stack.up()
        assert not run.ok
        assert (
            f"not released: SID {sid} belongs to trial/prod/line now (attributes.managed_by). "
            f"Remove the number from this program and from its state: `pulumi-carrierx release "
            f"{sid}`."
        ) in run.output
    numbers = account.numbers()
    account.calls()

    told = run_command(stack, "release", sid, "--yes", real=True)

    assert (told.code, told.lines[1:3], told.errors) == (
        0,
        ["1 number taken out of the state of trial/dev.", "It stays registered at CarrierX."],
        [],
    )
    run = stack.up("--refresh")
    assert run.ok, run.output
    stack.assert_settled()
    assert account.numbers() == numbers
    assert set(numbers) == {NUMBER, THIRD, SECOND}
    assert {name: one["id"] for name, one in stack.resources().items()} == {
        "line": account.sid(SECOND),
        "other": account.sid(THIRD),
    }
    assert stack.destroy().ok
    assert [*account.numbers()] == [NUMBER]


def test_in_another_account_nothing_is_dropped_and_nothing_is_registered(
    stack: Stack, account: Account
) -> None:
    """Whatever the command: a refresh, an ``up`` with one, a destroy, a report, the doctor."""
    stack.declare(first=declaring(NUMBER), second=declaring(SECOND))
    assert stack.up().ok
    numbers = account.numbers()
    another = Token(SAMPLE_TOKEN, partner_sid="7e0b1c52-0f3e-4a70-8a44-5b1e6f2c9d22")
    with running_simulator(SimulatorSettings(tokens=(another,))) as simulator:
        elsewhere = Account(simulator)
        elsewhere.register(phonenumber=THIRD, capabilities=3)
        url = elsewhere.base_url
        flags, wrong = ("--yes", "--skip-preview"), {"CARRIERX_BASE_URL": url}
        for command in (["refresh"], ["up", "--refresh"], ["destroy"]):
            run = stack.run(*command, *flags, environment=wrong)
            assert not run.ok
            assert " (404), but that is another account: " in run.output
        told = run_command(stack, "report", "--refresh", CARRIERX_BASE_URL=url)
        assert told.code == 1
        assert told.lines[0].startswith("The preview failed: ")
        told = run_command(stack, "doctor", CARRIERX_BASE_URL=url)
        assert [line for line in told.lines if line.startswith("failed   account  ")]
        assert [*elsewhere.numbers()] == [THIRD]
    assert account.numbers() == numbers
    assert_state_is_the_account(stack, account)
    stack.assert_settled()
