"""Numbers that are registered already: a clear error, or taken over; never released by a rename."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engine.account import Account
    from tests.engine.stack import Stack

NUMBER = "+46700987654"
STATED = {"phonenumber": NUMBER, "capabilities": 3, "name": "support"}
LOOK_UP = 'GET ?limit=1000&offset=0&filter=phonenumber like "%46700987654"'


def test_an_existing_registration_is_a_clear_error(stack: Stack, account: Account) -> None:
    """Without ``adopt_existing`` the error names the SID, the likely mend and both ways out."""
    sid = account.register(phonenumber=NUMBER, capabilities=3, name="by hand")
    stack.declare(support=STATED)

    run = stack.up()

    assert not run.ok
    assert (
        f"error: CarrierXError: {NUMBER} (support): CarrierX refused the registration (409): "
        f"phonenumber: is already registered. Its registration has SID {sid}, and differs from "
        "what the program declares in name. Nothing was changed. If an interrupted run of this "
        f"stack made it, or nothing manages it yet, take it over: `CARRIERX_ADOPT={sid} pulumi "
        'up`. If the resource was renamed in the program, give it aliases=[pulumi.Alias(name="its '
        'old name")]. Otherwise release that registration first.' in run.output
    )
    assert "Traceback" not in run.output
    assert account.numbers()[NUMBER]["name"] == "by hand"
    assert stack.resources() == {}


def test_adopt_existing_updates_in_place(stack: Stack, account: Account) -> None:
    """With equal capabilities the number is taken over, and only what differs is sent."""
    sid = account.register(
        phonenumber=NUMBER, capabilities=3, name="by hand", attributes={"billing": "B1"}
    )
    stack.declare(support={**STATED, "adopt_existing": True, "attributes": {"owner": "support"}})

    run = stack.up()

    assert run.ok, run.output
    assert account.calls() == [
        LOOK_UP,
        'PATCH SID {"attributes": {"owner": "support"}, "name": "support"}',
    ]
    assert stack.resources()["support"]["id"] == sid
    assert account.numbers()[NUMBER]["attributes"] == {"billing": "B1", "owner": "support"}
    stack.assert_settled()
    stack.declare(support=STATED)
    assert stack.up().ok
    assert account.numbers()[NUMBER]["attributes"] == {"billing": "B1"}


def test_adopt_existing_registers_a_number_that_is_free(stack: Stack, account: Account) -> None:
    """Where nothing is registered it registers; a longer number is not mistaken for it."""
    account.register(phonenumber="+146700987654", capabilities=3)
    stack.declare(support={**STATED, "adopt_existing": True})
    assert stack.up().ok
    assert account.calls() == [
        LOOK_UP,
        'POST {"capabilities": 3, "name": "support", "phonenumber": "+46700987654"}',
    ]
    stack.assert_settled()


def test_adopt_existing_never_replaces(stack: Stack, account: Account) -> None:
    """With other capabilities it is an error that says what a replace would release."""
    sid = account.register(phonenumber=NUMBER, capabilities=1, attributes={"billing": "B1"})
    stack.declare(support={**STATED, "adopt_existing": True})

    run = stack.up()

    assert not run.ok
    assert (
        f"{NUMBER} (support): SID {sid} cannot be taken over: capabilities "
        "1 (receive_sms) → 3 (receive_sms, send_sms), which CarrierX cannot update. Nothing was "
        f"changed. A replace would lose its SID {sid}, its messaging enablement, and what the "
        "program does not declare (attributes.billing). Declare what is registered to take it "
        "over, and change it in a later up, whose preview shows the replace." in run.output
    )
    assert account.calls() == [LOOK_UP]
    assert account.sid(NUMBER) == sid


def test_a_rename_without_an_alias_names_the_alias(stack: Stack, account: Account) -> None:
    """The engine creates the new name first: the error says what mends it, nothing is released."""
    stack.declare(support=STATED)
    assert stack.up().ok
    sid = account.sid(NUMBER)

    stack.declare(helpdesk=STATED)
    run = stack.up()
    assert not run.ok
    assert 'give it aliases=[pulumi.Alias(name="its old name")]' in run.output
    assert account.sid(NUMBER) == sid
    account.calls()
    stack.declare(helpdesk={**STATED, "aliases": ["support"]})
    assert stack.up().ok

    assert account.calls() == []
    assert stack.resources()["helpdesk"]["id"] == sid
    stack.assert_settled()


def test_a_rename_with_adopt_existing_does_not_release(stack: Stack, account: Account) -> None:
    """Adopted under its new name, the registration is not released under its old one."""
    stack.declare(support={**STATED, "adopt_existing": True})
    assert stack.up().ok
    sid = account.sid(NUMBER)
    account.calls()

    stack.declare(helpdesk={**STATED, "adopt_existing": True})
    run = stack.up()

    assert run.ok, run.output
    assert (
        f"warning: {NUMBER} (support): not released: another resource of this program has SID "
        f"{sid} now." in run.output
    )
    assert account.calls() == [LOOK_UP]
    assert account.sid(NUMBER) == sid
    assert list(stack.resources()) == ["helpdesk"]
    stack.assert_settled()
    assert stack.destroy().ok
    assert account.numbers() == {}


def test_a_rename_that_was_cut_off_is_safe_in_the_next_run(stack: Stack, account: Account) -> None:
    """A run that ended between adopting and deleting leaves both in the state: still no release."""
    stack.declare(support=STATED)
    assert stack.up().ok
    sid = account.sid(NUMBER)
    # The old name is protected: the run adopts, then fails at the delete, as if cut off.
    urn = stack.resources()["support"]["urn"]
    assert stack.run("state", "protect", "--yes", urn).ok
    stack.declare(helpdesk={**STATED, "adopt_existing": True})
    assert not stack.up().ok
    if "helpdesk" not in stack.resources():
        assert stack.up("--target", urn.replace("::support", "::helpdesk")).ok
    assert set(stack.resources()) == {"support", "helpdesk"}
    assert stack.run("state", "unprotect", "--yes", urn).ok
    account.calls()

    run = stack.up()

    assert run.ok, run.output
    assert account.calls() == []
    assert account.sid(NUMBER) == sid
    assert list(stack.resources()) == ["helpdesk"]


def test_a_number_that_moves_to_another_resource_is_not_released(
    stack: Stack, account: Account
) -> None:
    """One resource adopts what the other gives up in the same run: the number stays."""
    stack.program(PAIR.format(first="'+46700987654'", second="'+46700987655'"))
    assert stack.up().ok
    sids = {number: account.sid(number) for number in (NUMBER, "+46700987655")}
    account.calls()

    # A swap: the second waits for the first, whose old number it adopts.
    stack.program(PAIR.format(first="'+46700987655'", second="'+46700987654'"))
    run = stack.up()

    assert run.ok, run.output
    assert not [call for call in account.calls() if call.startswith(("DELETE", "POST"))]
    assert {number: account.sid(number) for number in sids} == sids
    stack.assert_settled()


PAIR = """\
import pulumi
import pulumi_carrierx as carrierx

first = carrierx.ExternalDID(
    "first", phonenumber={first}, capabilities=3, adopt_existing=True
)
carrierx.ExternalDID(
    "second", phonenumber={second}, capabilities=3, adopt_existing=True,
    opts=pulumi.ResourceOptions(depends_on=[first]),
)
"""


def test_two_resources_cannot_have_one_registration(stack: Stack, account: Account) -> None:
    """The second that would adopt the same SID is an error, also when the number comes late."""
    account.register(phonenumber=NUMBER, capabilities=3)
    stack.program(PAIR.format(first="'+46700987654'", second="first.phonenumber"))
    run = stack.up()
    assert not run.ok
    assert (
        f"{NUMBER}: another resource of this program has SID {account.sid(NUMBER)} already, and a "
        "number is registered once. Nothing was changed. Declare the number in one resource only."
        in run.output
    )
    assert list(stack.resources()) == ["first"]


def test_a_rename_is_safe_with_continue_on_error(stack: Stack, account: Account) -> None:
    """The new name's create fails and the engine goes on: the old name's number stays."""
    stack.declare(support=STATED)
    assert stack.up().ok
    sid = account.sid(NUMBER)
    stack.declare(helpdesk=STATED)
    run = stack.up("--continue-on-error")
    assert not run.ok
    assert account.sid(NUMBER) == sid
