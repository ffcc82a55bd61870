"""Promise 4: a replace is never a surprise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from carrierx_simulator import SAMPLE_TOKEN, SimulatorSettings, Token, running_simulator
from tests.engine.account import Account

if TYPE_CHECKING:
    from tests.engine.stack import Stack

NUMBER = "+46700987654"
OTHER = "+46700987655"
STATED = {"phonenumber": NUMBER, "capabilities": 3, "attributes": {"owner": "support"}}


def test_capabilities_release_and_register_the_same_number(stack: Stack, account: Account) -> None:
    """A change of ``capabilities`` warns, then deletes first; the SID is another one."""
    stack.declare(support=STATED)
    assert stack.up().ok
    before = account.numbers()[NUMBER]
    account.change(NUMBER, attributes={"billing": "B1"})
    assert stack.refresh().ok
    account.calls()

    stack.declare(support={**STATED, "capabilities": ["receive_sms"]})
    previewed = stack.preview()
    assert "(replace)" in previewed.output
    assert "~ capabilities: 3 => 1" in previewed.output
    assert (
        f"warning: {NUMBER} ({before['name']}): capabilities 3 (receive_sms, send_sms) → "
        f"1 (receive_sms), which CarrierX cannot update: {NUMBER} is released, then registered "
        "again, and out of service in between. Lost with the registration: its SID "
        f"{before['external_did_sid']}, its messaging enablement, and what the program does not "
        "declare (name, attributes.billing)." in previewed.output
    )
    assert account.calls() == []
    assert stack.up().ok

    assert account.calls() == [
        "GET SID",
        "DELETE SID",
        'POST {"attributes": {"owner": "support"}, "capabilities": 1, "phonenumber": '
        '"+46700987654"}',
    ]
    after = account.numbers()[NUMBER]
    assert after["external_did_sid"] != before["external_did_sid"]
    assert after["capabilities"] == 1
    stack.assert_settled()


def test_another_number_is_registered_before_the_old_one_is_released(
    stack: Stack, account: Account
) -> None:
    """A change of ``phonenumber`` registers the new number first, and says so."""
    stack.declare(support=STATED)
    assert stack.up().ok
    sid = account.sid(NUMBER)
    account.calls()

    stack.declare(support={**STATED, "phonenumber": OTHER})
    assert f"{OTHER} is registered, then {NUMBER} is released" in stack.preview().output
    assert stack.up().ok

    assert account.calls() == [
        'POST {"attributes": {"owner": "support"}, "capabilities": 3, "phonenumber": '
        '"+46700987655"}',
        "DELETE SID",
    ]
    assert list(account.numbers()) == [OTHER]
    assert account.sid(OTHER) != sid
    stack.assert_settled()


def test_the_carrier_replaces_when_it_is_stated(stack: Stack, account: Account) -> None:
    """``underlying_carrier_sid`` replaces when another one is stated, not when it is unstated."""
    carriers = ["5e2ff4a1-3c0e-4a3e-9d5f-0a1f3c1b2d01", "5e2ff4a1-3c0e-4a3e-9d5f-0a1f3c1b2d02"]
    stack.declare(support={**STATED, "underlying_carrier_sid": carriers[0]})
    assert stack.up().ok
    first = account.sid(NUMBER)

    stack.declare(support={**STATED, "underlying_carrier_sid": carriers[1]})
    assert ": another underlying_carrier_sid, which CarrierX" in stack.preview().output
    assert stack.up().ok
    second = account.sid(NUMBER)
    assert second != first
    stack.declare(support=STATED)
    assert stack.up().ok

    assert account.sid(NUMBER) == second
    stack.assert_settled()


def test_an_account_change_moves_the_number(stack: Stack, account: Account) -> None:
    """A change of ``account`` releases the number in the one and registers it in the other."""
    with running_simulator(SimulatorSettings()) as simulator:
        reseller = Account(simulator)
        for key, value in (("token", SAMPLE_TOKEN), ("baseUrl", reseller.base_url)):
            stack.run(
                "config", "set", "--secret", "--path", f"carrierx:accounts.reseller-b.{key}", value
            )
        stack.declare(support=STATED)
        assert stack.up().ok
        account.calls()

        stack.declare(support={**STATED, "account": "reseller-b"})
        assert "the default account → account reseller-b" in stack.preview().output
        run = stack.up()
        assert run.ok, run.output

        assert account.calls() == ["GET SID", "DELETE SID"]
        assert account.numbers() == {}
        assert list(reseller.numbers()) == [NUMBER]
        stack.assert_settled()
        assert stack.destroy().ok
        assert reseller.numbers() == {}


def test_a_move_to_an_unknown_account_releases_nothing(stack: Stack, account: Account) -> None:
    """The preview of a move to an account that is not configured fails, and so does the up."""
    stack.declare(support=STATED)
    assert stack.up().ok
    sid = account.sid(NUMBER)
    account.calls()

    stack.declare(support={**STATED, "account": "nowhere"})

    for run in (stack.preview(), stack.up()):
        assert not run.ok
        assert 'no account "nowhere" in carrierx:accounts (there: none)' in run.output
    assert account.calls() == []
    assert account.sid(NUMBER) == sid


def test_a_replace_that_broke_off_is_finished_without_a_false_word(stack: Stack) -> None:
    """Released, then not registered: the next run registers the number, and says nothing odd."""
    stack.declare(support=STATED)
    assert stack.up().ok
    urn = stack.resources()["support"]["urn"]
    # A scope that is missing refuses the registration after the release has gone through.
    token = "may-release-only"
    with (
        running_simulator(
            SimulatorSettings(
                tokens=(
                    Token(token, frozenset({"phonenumber.delete", "phonenumber.read"})),
                    Token(SAMPLE_TOKEN),
                )
            )
        ) as simulator,
    ):
        limited = Account(simulator)
        stack.environment["CARRIERX_BASE_URL"] = simulator.base_url
        limited.register(phonenumber=OTHER, capabilities=3)
        stack.declare(
            support=STATED,
            limited={"phonenumber": OTHER, "capabilities": 3, "adopt_existing": True},
        )
        assert stack.up(f"--target={urn.replace('::support', '::limited')}").ok
        stack.environment["CARRIERX_TOKEN"] = token
        stack.declare(support=STATED, limited={"phonenumber": OTHER, "capabilities": 1})
        broken = stack.up(f"--target={urn.replace('::support', '::limited')}")
        assert (
            f"{OTHER}: CarrierX refused the registration (403): the token needs one of the scopes "
            "phonenumber.manage, phonenumber.create. The number had been released for the replace, "
            "and could not be registered again as it was: CarrierX refused the registration (403): "
            "the token needs one of the scopes phonenumber.manage, phonenumber.create. It is out "
            "of service until the next up registers it. The token in CARRIERX_TOKEN lacks the "
            "scope" in broken.output
        )
        assert "Nothing was changed" not in broken.output
        assert limited.numbers() == {}
        stack.environment["CARRIERX_TOKEN"] = SAMPLE_TOKEN
        stack.declare(support=STATED, limited={"phonenumber": OTHER, "capabilities": 3})
        finished = stack.up(f"--target={urn.replace('::support', '::limited')}")
        assert finished.ok, finished.output
        assert "not released" not in finished.output
        assert list(limited.numbers()) == [OTHER]


def test_mutable_fields_never_replace(stack: Stack, account: Account) -> None:
    """All five mutable fields change in place: the SID stays."""
    stack.declare(support=STATED)
    assert stack.up().ok
    sid = account.sid(NUMBER)

    stack.declare(
        support={
            **STATED,
            "name": "n",
            "callback_url": "http://example.com",
            "string_key_1": "1",
            "string_key_2": "2",
            "attributes": {},
        }
    )
    assert stack.up().ok

    assert account.sid(NUMBER) == sid
    stack.assert_settled()


@pytest.mark.parametrize("capabilities", [1, 27])
def test_an_unknown_number_may_replace(stack: Stack, capabilities: int) -> None:
    """An input that the preview does not know yet is no crash, and its replace is shown."""
    stack.declare(first=STATED, second={"phonenumber": OTHER, "capabilities": 3})
    assert stack.up().ok
    stack.program(
        "import pulumi_carrierx as carrierx\n"
        "first = carrierx.ExternalDID('first', phonenumber='+46700987656', capabilities=3)\n"
        "carrierx.ExternalDID('second', phonenumber='+46700987655', "
        f"capabilities={capabilities}, name=first.external_did_sid, "
        "attributes={'sid': first.external_did_sid, 'deep': {'status': first.status}})\n"
    )
    previewed = stack.preview()
    assert previewed.ok, previewed.output
    assert "+-2 to replace" in previewed.output
    assert stack.up().ok
    stack.assert_settled()
