"""``retain_on_delete`` on the real engine, which skips the delete of such a resource in a replace.

What the provider does then is shown without the engine, case by case: tests/provider.
"""

from __future__ import annotations

import re

from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.console_command import run_command
from tests.engine.stack import Stack

NUMBER = "+46700987654"
PROGRAM = """\
import pulumi
import pulumi_carrierx as carrierx


class Desk(pulumi.ComponentResource):
    def __init__(self, name, opts):
        super().__init__("shop:index:Desk", name, {{}}, opts)
        carrierx.ExternalDID(
            "support",
            phonenumber="+46700987654",
            capabilities={capabilities},
            opts=pulumi.ResourceOptions(parent=self{own}),
        )


Desk("desk", pulumi.ResourceOptions({inherited}))
"""
OPTION = "retain_on_delete=True"


def write(stack: Stack, capabilities: int, *, own: str = "", inherited: str = "") -> None:
    """Write the program, with these options of the number itself and of its component."""
    stack.program(PROGRAM.format(capabilities=capabilities, own=own, inherited=inherited))


def test_a_retained_number_is_not_replaced_by_itself(stack: Stack, account: Account) -> None:
    """Preview, report and up end with the reason, and a destroy releases nothing."""
    write(stack, 3, own=f", {OPTION}")
    assert stack.up().ok
    sid = account.sid(NUMBER)
    account.calls()
    write(stack, 1, own=f", {OPTION}")
    reason = "The number cannot be replaced while it is retained (retain_on_delete)"

    told = run_command(stack, "report")
    assert told.code == 1
    assert told.lines[0].startswith("The preview failed: ")
    assert reason in "\n".join(told.lines)
    assert account.calls() == []
    # The engine goes by the option of the state, of which the inputs tell the provider.
    assert stack.refresh().ok
    account.calls()
    write(stack, 1)
    run = stack.up()
    assert not run.ok
    assert f"error: CarrierXError: {NUMBER} (External DID " in run.output
    assert reason in run.output
    assert account.calls() == []
    assert stack.destroy().ok
    assert account.calls() == []
    assert account.sid(NUMBER) == sid


def test_what_the_error_proposes_continues(stack: Stack, account: Account) -> None:
    """The number inherits the option from its component, which only the engine knows."""
    write(stack, 3, inherited=OPTION)
    assert stack.up().ok
    sid = account.sid(NUMBER)
    account.calls()
    write(stack, 1, inherited=OPTION)
    told = run_command(stack, "report")
    assert told.code == 1
    assert told.lines[0].startswith("The up fails: 1 number retained and not replaceable")
    run = stack.up()
    assert not run.ok
    assert f"SID {sid} was not released for the replace, because of retain_on_delete" in run.output
    assert [call.split()[0] for call in account.calls()] == ["POST", "GET"]

    # Undo the change, remove the option, and take the registration over.
    write(stack, 3)
    command = re.search(r"`(\w+)=(\S+) pulumi up`", run.output)
    assert command is not None
    run = stack.up(environment={command[1]: command[2]})
    assert run.ok, run.output
    assert account.sid(NUMBER) == sid
    assert [each["id"] for each in stack.resources().values()] == [sid]
    account.calls()
    write(stack, 1)
    run = stack.up()
    assert run.ok, run.output
    assert [call.split()[0] for call in account.calls()] == ["GET", "DELETE", "POST"]
    assert account.numbers()[NUMBER]["capabilities"] == 1
