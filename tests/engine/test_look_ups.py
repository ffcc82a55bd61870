"""Look-ups in a program, and numbers that are managed elsewhere."""

from __future__ import annotations

from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.console_command import run_command
from tests.engine.stack import TABLE_PROGRAM, Stack

NUMBER = "+46700987654"
PROGRAM = """\
import pulumi
import pulumi_carrierx as carrierx

by_number = carrierx.get_external_did(phonenumber="46700987654")
by_sid = carrierx.get_external_did(sid=by_number.external_did_sid)
pulumi.export("by_number", by_number.phonenumber)
pulumi.export("by_sid", by_sid.name)
later = carrierx.get_external_did_output(sid=pulumi.Output.from_input(by_sid.external_did_sid))
pulumi.export("later", later.capabilities)
found = carrierx.list_external_dids(filter='name like "bulk%"', order="name asc")
pulumi.export("found", [did.name for did in found])
got = carrierx.ExternalDID.get("elsewhere", by_sid.external_did_sid)
pulumi.export("got", {"name": got.name, "number": got.phonenumber, "sid": got.external_did_sid,
                      "capabilities": got.capabilities, "attributes": got.attributes})
"""


def test_look_ups_find_what_is_registered(stack: Stack, account: Account) -> None:
    """By SID, by number, by filter in order, and ``get`` for a resource."""
    sid = account.register(
        phonenumber=NUMBER, capabilities=3, name="by hand", attributes={"n": 3, "x": [1.5]}
    )
    for count in (2, 1):
        account.register(phonenumber=f"+4670000000{count}", capabilities=1, name=f"bulk {count}")
    stack.program(PROGRAM)

    run = stack.up()

    assert run.ok, run.output
    outputs = stack.outputs()
    assert outputs["by_number"] == NUMBER
    assert outputs["by_sid"] == "by hand"
    assert outputs["later"] == 3
    assert outputs["found"] == ["bulk 1", "bulk 2"]
    assert outputs["got"] == {
        "name": "by hand",
        "number": NUMBER,
        "sid": sid,
        "capabilities": 3,
        "attributes": {"n": 3, "x": [1.5]},
    }
    assert stack.destroy().ok
    assert account.numbers()[NUMBER]["external_did_sid"] == sid


SAME_PROGRAM = """\
import pulumi
import pulumi_carrierx as carrierx

first = carrierx.ExternalDID("first", phonenumber="+46700987654", capabilities=3)
found = carrierx.get_external_did_output(phonenumber=first.phonenumber)
pulumi.export("found", found.external_did_sid)
"""


def test_a_number_of_the_same_program_is_found_once_it_is_registered(
    stack: Stack, account: Account
) -> None:
    """Until then a preview does not know it, although it knows the number; afterwards it does."""
    stack.program(SAME_PROGRAM)

    first = stack.preview()

    assert first.ok, first.output
    assert account.calls() == []
    up = stack.up()
    assert up.ok, up.output
    assert stack.outputs()["found"] == account.sid(NUMBER)
    settled = stack.preview("--expect-no-changes")
    assert settled.ok, settled.output
    assert [call.split()[0] for call in account.calls()] == ["POST", "GET", "GET"]


FAILING_PROGRAM = """\
import pulumi_carrierx as carrierx

for look_up in (
    lambda: carrierx.get_external_did(phonenumber="+46700000000"),
    lambda: carrierx.get_external_did(sid="no-such-sid"),
    lambda: carrierx.get_external_did(sid=".."),
):
    try:
        look_up()
    except Exception as error:
        print(f"failed: {error}")
carrierx.get_external_did()
"""


def test_a_failed_look_up_is_one_line(stack: Stack) -> None:
    """A number that does not exist, and a look-up that asks for nothing, end the program."""
    stack.program(FAILING_PROGRAM)
    run = stack.preview()
    assert not run.ok
    failed = [line.partition("failed: ")[2] for line in run.output.splitlines()]
    assert [line for line in failed if line] == [
        "+46700000000: no External DID of this account has this number.",
        "SID no-such-sid: no External DID of this account has this SID.",
        "get_external_did: sid: '..' is not the SID of an External DID",
    ]
    assert "error: get_external_did: give either sid or phonenumber" in run.output
    assert "Traceback" not in run.output


def test_getting_a_number_that_does_not_exist_is_an_error(stack: Stack) -> None:
    """``ExternalDID.get`` of a SID that does not exist fails in the preview, with one line."""
    stack.program(
        "import pulumi_carrierx as carrierx\ncarrierx.ExternalDID.get('theirs', 'no-such-sid')\n"
    )
    run = stack.preview()
    assert not run.ok
    assert "SID no-such-sid: no External DID of this account has this SID." in run.output
    assert "Traceback" not in run.output


GIVEN_UP = """\
import pulumi_carrierx as carrierx

carrierx.ExternalDID.get("support", "{sid}")
"""


def test_a_managed_number_that_becomes_a_look_up_of_another_is_released_aloud(
    stack: Stack, account: Account
) -> None:
    """The report says so before, a warning afterwards; under its own SID nothing is released."""
    theirs = account.register(phonenumber="+46700987655", capabilities=3)
    stack.declare(support={"phonenumber": NUMBER, "capabilities": 3, "name": "Support"})
    assert stack.up().ok
    own = account.numbers()[NUMBER]["external_did_sid"]
    stack.program(GIVEN_UP.format(sid=theirs))

    told = run_command(stack, "report")
    run = stack.up()

    assert told.code == 3
    assert told.lines[0] == "Numbers are released: 1 number will be released"
    assert f"DELETE /phonenumber/external_dids/{own}" in "\n".join(told.lines)
    assert run.ok, run.output
    assert f"warning: {NUMBER} (Support): SID {own} was released, because" in run.output
    assert list(account.numbers()) == ["+46700987655"]

    stack.program(TABLE_PROGRAM)
    stack.declare(other={"phonenumber": NUMBER, "capabilities": 3})
    assert stack.up().ok
    stack.program(GIVEN_UP.replace("support", "other").format(sid=account.sid(NUMBER)))
    run = stack.up()
    assert run.ok, run.output
    assert "was released" not in run.output
    assert NUMBER in account.numbers()
