"""Ownership on the real engine: interrupted runs go on, other stacks are refused by name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.stack import Stack

if TYPE_CHECKING:
    from pathlib import Path

    from carrierx_simulator.running import RunningSimulator
    from tests.engine.account import Account

NUMBER = "+46700987654"
STATED: dict[str, Any] = {
    "phonenumber": NUMBER,
    "capabilities": 3,
    "attributes": {"team": "care"},
}
REFUSE_THE_NEXT_REGISTRATION = {
    "faults": [
        {"token": 0, "method": "POST", "fault": "status", "status": 422, "calls": {"first": 1}}
    ]
}


@pytest.fixture
def owning(stack: Stack) -> Stack:
    """A stack that keeps ownership records."""
    stack.configure("carrierx:ownershipKey", "managed_by")
    return stack


def another(stack: Stack, workspace: Path, name: str) -> Stack:
    """Another stack of the same program, on the same backend and account."""
    other = Stack(workspace, dict(stack.environment), stack=name)
    other.environment["PULUMI_BACKEND_URL"] = stack.environment["PULUMI_BACKEND_URL"]
    other.run("stack", "select", "--create", name)
    other.configure("carrierx:ownershipKey", "managed_by")
    return other


def test_the_record_is_never_shown_as_a_difference(stack: Stack, account: Account) -> None:
    """Switched on for numbers that stand, renamed by an alias, edited elsewhere: no change."""
    stack.declare(support=STATED)
    assert stack.up().ok
    stack.configure("carrierx:ownershipKey", "managed_by")
    assert stack.up("--expect-no-changes").ok
    stack.assert_settled()

    stack.declare(support={**STATED, "name": "Support"})
    assert stack.up().ok
    attributes = account.numbers()[NUMBER]["attributes"]
    assert attributes == {"team": "care", "managed_by": "trial/dev/support"}
    stack.assert_settled()

    stack.declare(helpdesk={**STATED, "name": "Support", "aliases": ["support"]})
    assert stack.up("--expect-no-changes").ok
    account.change(NUMBER, attributes={"managed_by": "somebody"})
    stack.assert_settled()
    assert stack.resources()["helpdesk"]["outputs"]["attributes"] == {"team": "care"}


def test_an_interrupted_run_goes_on_by_itself(owning: Stack, account: Account) -> None:
    """Registered, and then the state was lost: the next run takes its own registration on."""
    owning.declare(support=STATED)
    before = owning.run("stack", "export", "--file", "before.json")
    assert before.ok, before.output
    assert owning.up().ok
    sid = account.sid(NUMBER)
    assert owning.run("stack", "import", "--file", "before.json").ok
    assert owning.resources() == {}
    account.calls()

    run = owning.up()

    assert run.ok, run.output
    assert (
        f"{NUMBER}: continued with SID {sid}, which an earlier run of this resource registered."
        in run.output
    )
    assert [call.split()[0] for call in account.calls()] == ["POST", "GET"]
    assert owning.resources()["support"]["id"] == sid
    owning.assert_settled()


def test_another_stack_is_refused_by_name(owning: Stack, account: Account, tmp_path: Path) -> None:
    """Two stacks of one program run at once: one succeeds, the other hears whose number it is."""
    other = another(owning, tmp_path / "other", "staging")
    owning.declare(support=STATED)
    other.declare(support=STATED)

    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(Stack.up, (owning, other)))

    assert sorted(run.ok for run in runs) == [False, True]
    winner, loser = (owning, other) if runs[0].ok else (other, owning)
    sid = account.sid(NUMBER)
    lost = next(run for run in runs if not run.ok).output
    assert (
        f"CarrierX refused the registration (409): phonenumber: is already registered. Its "
        f"registration has SID {sid}, and matches what the program declares. Nothing was changed. "
        f"It belongs to trial/{winner.stack}/support (attributes.managed_by), which has to give "
        f"it up first. If nothing manages it there any more, take it over: `CARRIERX_ADOPT={sid} "
        "pulumi up`." in lost
    )
    assert loser.destroy().ok
    assert account.sid(NUMBER) == sid
    winner.assert_settled()


def test_two_stacks_without_records_lose_nothing(
    stack: Stack, account: Account, tmp_path: Path
) -> None:
    """One succeeds, the other gets the clear error; whoever loses has released nothing."""
    other = Stack(tmp_path / "other", dict(stack.environment), stack="staging")
    other.environment["PULUMI_BACKEND_URL"] = stack.environment["PULUMI_BACKEND_URL"]
    other.run("stack", "select", "--create", "staging")
    for each in (stack, other):
        each.declare(support=STATED)

    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(Stack.up, (stack, other)))

    assert sorted(run.ok for run in runs) == [False, True]
    sid = account.sid(NUMBER)
    lost = next(run for run in runs if not run.ok).output
    assert f"Its registration has SID {sid}, and matches what the program declares." in lost
    winner, loser = (stack, other) if runs[0].ok else (other, stack)
    assert loser.destroy().ok
    assert account.sid(NUMBER) == sid
    winner.assert_settled()


@pytest.mark.parametrize("then", [3, 8], ids=["reverted", "mended"])
def test_a_refused_replace_goes_on_by_itself(
    owning: Stack, account: Account, simulator: RunningSimulator, then: int
) -> None:
    """The number is registered again as it was; the next run goes on, mended or reverted."""
    owning.declare(support=STATED)
    assert owning.up().ok
    owning.declare(support={**STATED, "capabilities": 1})
    simulator.set_faults(REFUSE_THE_NEXT_REGISTRATION)

    refused = owning.up()

    assert not refused.ok
    restored = account.numbers()[NUMBER]
    assert restored["capabilities"] == 3
    assert (
        "CarrierX refused the registration (422): the simulator's fault plan says so. The number "
        "had been released for the replace, so it was registered again as it was, with SID "
        f"{restored['external_did_sid']}; its messaging enablement is lost." in refused.output
    )
    kept = owning.state()["deployment"]["resources"]
    # What docs/reliability.md says of the state meanwhile.
    assert [
        entry.get("pendingReplacement") for entry in kept if "__provider" in entry.get("inputs", {})
    ] == [True]

    owning.declare(support={**STATED, "capabilities": then})
    run = owning.up()
    assert run.ok, run.output
    assert account.numbers()[NUMBER]["capabilities"] == then
    assert owning.resources()["support"]["id"] == account.sid(NUMBER)
    owning.assert_settled()


def test_a_refused_replace_without_a_record_takes_one_command(
    stack: Stack, account: Account, simulator: RunningSimulator
) -> None:
    """The error of the refused run, and that of the next, name the same command."""
    stack.declare(support=STATED)
    assert stack.up().ok
    stack.declare(support={**STATED, "capabilities": 1})
    simulator.set_faults(REFUSE_THE_NEXT_REGISTRATION)
    refused = stack.up()
    sid = account.sid(NUMBER)
    assert f"`CARRIERX_ADOPT={sid} pulumi up`" in refused.output
    stack.declare(support=STATED)
    again = stack.up()
    assert not again.ok
    assert f"`CARRIERX_ADOPT={sid} pulumi up`" in again.output

    run = stack.run("up", "--yes", "--skip-preview", environment={"CARRIERX_ADOPT": sid})

    assert run.ok, run.output
    assert account.sid(NUMBER) == sid
    assert stack.resources()["support"]["id"] == sid
    stack.assert_settled()


def test_an_edit_between_preview_and_up_survives(stack: Stack, account: Account) -> None:
    """What somebody else writes meanwhile, and the program does not state, stays."""
    stack.declare(support={**STATED, "attributes": {"team": "care", "old": 1}})
    assert stack.up().ok
    stack.declare(support={**STATED, "attributes": {"team": "night"}, "name": "Support"})
    assert stack.preview().ok
    account.change(NUMBER, string_key_1="theirs", attributes={"billing": "B1"})

    assert stack.up().ok

    live = account.numbers()[NUMBER]
    assert (live["name"], live["string_key_1"]) == ("Support", "theirs")
    assert live["attributes"] == {"team": "night", "billing": "B1"}
    stack.assert_settled()


def test_a_key_that_is_none_is_refused_by_name(stack: Stack, account: Account) -> None:
    """One line, and nothing is sent."""
    stack.configure("carrierx:ownershipKey", "managed by")
    stack.declare(support=STATED)
    run = stack.up()
    assert not run.ok
    assert (
        "error: carrierx:ownershipKey must be a plain key such as "
        'managed_by: up to 64 letters, digits, "_", ".", ":" and "-"' in run.output
    )
    assert "Traceback" not in run.output
    assert account.calls() == []


def test_a_rename_that_is_refused_releases_nothing(
    stack: Stack, account: Account, simulator: RunningSimulator
) -> None:
    """--continue-on-error goes on to delete the old name, whose number the program still states."""
    stack.declare(support=STATED)
    assert stack.up().ok
    stack.declare(helpdesk=STATED)
    simulator.set_faults(
        {"faults": [{"token": 0, "method": "POST", "fault": "status", "status": 422}]}
    )
    run = stack.up("--continue-on-error")
    assert not run.ok
    assert list(account.numbers()) == [NUMBER], run.output


TWO_OF_ONE_NAME = """\
import pulumi
import pulumi_carrierx as carrierx


class Desk(pulumi.ComponentResource):
    def __init__(self, name, kind, **arguments):
        super().__init__(f"shop:index:{kind}", name)
        carrierx.ExternalDID(
            "support", **arguments, opts=pulumi.ResourceOptions(parent=self)
        )


Desk("b", "Sales", phonenumber="+46700987654", capabilities=1)
Desk("a", "Care", phonenumber="+46700987654", capabilities=3)
"""


def test_one_number_stated_twice_under_one_name_is_a_mistake(
    stack: Stack, account: Account
) -> None:
    """Two resources may have one name, under parents of two types: they are two all the same."""
    stack.configure("carrierx:ownershipKey", "managed_by")
    one = TWO_OF_ONE_NAME.replace('Desk("b"', '# Desk("b"')
    stack.program(one)
    assert stack.up().ok
    sid = account.sid(NUMBER)
    stack.program(TWO_OF_ONE_NAME)
    run = stack.up()
    assert not run.ok, run.output
    assert "declares +46700987654 too, and a number can be registered only once" in run.output
    assert account.sid(NUMBER) == sid, run.output


def test_two_backends_with_one_stack_name_are_two_owners(
    stack: Stack, account: Account, tmp_path: Path
) -> None:
    """shop/dev on two laptops, each with a state of its own, and one CarrierX account."""
    stack.configure("carrierx:ownershipKey", "managed_by")
    stack.declare(support=STATED)
    assert stack.up().ok
    sid = account.sid(NUMBER)
    environment = {k: v for k, v in stack.environment.items() if k.startswith("CARRIERX_")}
    other = Stack(tmp_path / "other", environment)
    other.configure("carrierx:ownershipKey", "managed_by")
    other.declare(support={**STATED, "capabilities": 1})
    run = other.up()
    assert (
        f"SID {sid} cannot be taken over: capabilities 3 (receive_sms, send_sms) → 1" in run.output
    )
    assert account.sid(NUMBER) == sid
