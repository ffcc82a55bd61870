"""Promise 6, as it reaches a person at the engine: one line, no traceback, and nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx_simulator import SimulatorSettings, Token, running_simulator
from tests.engine.stack import Stack

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.account import Account

NUMBER = "+46700987654"
BASE = {"phonenumber": NUMBER, "capabilities": 3}


def test_every_mistake_comes_at_once_and_nothing_is_sent(stack: Stack, account: Account) -> None:
    """Mistakes of all numbers, misspelt and missing arguments too, one line each, no call."""
    stack.program(
        "import datetime\n"
        "import pulumi_carrierx as carrierx\n"
        "carrierx.ExternalDID('right', phonenumber='+46700987650', capabilities=3)\n"
        "carrierx.ExternalDID('voice', phonenumber='46 700', capabilities=4, "
        "callback_url='ftp://x')\n"
        "carrierx.ExternalDID('spelling', phonenumber='+46700987651', capabilties=3, "
        "attributes={'since': datetime.date(2026, 1, 2), 'n': 2**60, 'm': 10**400})\n"
        "carrierx.ExternalDID('twice', phonenumber=46700987650, capabilities=1)\n"
    )
    for run in (stack.preview(), stack.up()):
        assert not run.ok
        lines = [line.strip() for line in run.output.splitlines() if "error:" in line]
        assert lines[:10] == [
            "error: voice: phonenumber: '46 700' is not E.164: write the country code and the "
            "number in digits alone, such as +46700987654",
            "error: voice: capabilities: External DIDs never have voice (bit 4): use receive_sms, "
            "send_sms, receive_mms, send_mms",
            "error: voice: callback_url: must be an http(s) URL without white space, such as "
            "https://example.com/sms",
            "error: spelling: capabilties: is not an input of an External DID: the inputs are "
            "phonenumber, capabilities, underlying_carrier_sid, name, callback_url, attributes, "
            "string_key_1, string_key_2, account, adopt_existing",
            "error: spelling: capabilities: is missing: every External DID needs it",
            "error: spelling: attributes.since: must be JSON, not a date: write it as a string",
            "error: spelling: attributes.n: is an integer beyond 2^53, which the engine cannot "
            "keep exactly: write it as a string",
            "error: spelling: attributes.m: is an integer beyond 2^53, which the engine cannot "
            "keep exactly: write it as a string",
            "error: twice: phonenumber: right declares +46700987650 too, and a number can be "
            "registered only once",
            "error: 9 mistakes in 3 External DIDs: nothing was sent to CarrierX. Fix the program "
            "and run again.",
        ]
        assert "Traceback" not in run.output
    assert account.calls() == []


def test_a_mistake_that_is_known_late_is_one_line_without_the_value(
    stack: Stack, account: Account
) -> None:
    """A secret, or the output of another resource, is checked by the engine: no value is shown."""
    stack.program(
        "import pulumi\n"
        "import pulumi_carrierx as carrierx\n"
        "first = carrierx.ExternalDID('first', phonenumber='+46700987650', capabilities=3)\n"
        "carrierx.ExternalDID('second', phonenumber='+46700987651', capabilities=3,\n"
        "    callback_url=pulumi.Output.secret('ftp://hidden.example'))\n"
        "carrierx.ExternalDID('third', phonenumber=first.external_did_sid, capabilities=3)\n"
    )
    previewed = stack.preview()
    assert not previewed.ok
    assert (
        "error: pulumi-python:dynamic/carrierx:ExternalDID resource 'second' has a problem: "
        "callback_url: must be an http(s) URL without white space, such as https://example.com/sms"
        in previewed.output
    )
    assert "hidden.example" not in previewed.output
    assert account.calls() == []
    # What no preview can know is checked in the run, before a call about it.
    stack.program(
        "import pulumi_carrierx as carrierx\n"
        "first = carrierx.ExternalDID('first', phonenumber='+46700987650', capabilities=3)\n"
        "carrierx.ExternalDID('third', phonenumber=first.external_did_sid, capabilities=3)\n"
    )
    run = stack.up()
    assert not run.ok
    sid = account.sid("+46700987650")
    assert (
        "error: pulumi-python:dynamic/carrierx:ExternalDID resource 'third' has a problem: "
        f"phonenumber: '{sid}' is not E.164: write the country code and the number in digits alone"
        in run.output
    )
    assert [call.split()[0] for call in account.calls()] == ["POST"]


def test_a_mistake_in_a_number_declared_late_is_one_line(stack: Stack, account: Account) -> None:
    """A number declared inside an ``apply`` is checked too, misspelt arguments included."""
    stack.program(
        "import pulumi_carrierx as carrierx\n"
        "first = carrierx.ExternalDID('first', phonenumber='+46700987650', capabilities=3)\n"
        "first.phonenumber.apply(lambda _: carrierx.ExternalDID('late', nane='x',\n"
        "    phonenumber='+46700987651', capabilities=3))\n"
    )
    previewed = stack.preview()
    assert not previewed.ok
    assert "error: late: nane: is not an input of an External DID" in previewed.output
    assert account.calls() == []


def test_a_secret_name_is_in_no_message(stack: Stack, account: Account) -> None:
    """A name that is a secret is left out of warnings and errors, also once it stays the same."""
    program = (
        "import pulumi\n"
        "import pulumi_carrierx as carrierx\n"
        "carrierx.ExternalDID('support', phonenumber='+46700987654', capabilities={},\n"
        "    name={}, string_key_1={!r})\n"
    )
    secret = "pulumi.Output.secret('hidden-name')"
    stack.program(program.format(3, "'hidden-name'", "a"))
    assert stack.up().ok
    stack.program(program.format(3, secret, "a"))
    assert stack.up().ok
    stack.program(program.format(1, secret, "a"))
    previewed = stack.preview()
    assert f"warning: {NUMBER}: capabilities 3 (receive_sms, send_sms) → 1" in previewed.output
    account.release(NUMBER)
    stack.program(program.format(3, secret, "b"))
    refused = stack.up()
    assert f"error: CarrierXError: {NUMBER}: CarrierX refused the update (404)" in refused.output
    assert "hidden-name" not in previewed.output + refused.output


def test_a_missing_scope_is_named(tmp_path: Path) -> None:
    """403 says which scope the token lacks, and where the token comes from."""
    token = Token("a-token", frozenset({"phonenumber.read"}))
    with running_simulator(SimulatorSettings(tokens=(token,))) as simulator:
        environment = {"CARRIERX_TOKEN": "a-token", "CARRIERX_BASE_URL": simulator.base_url}
        stack = Stack(tmp_path, environment)
        stack.declare(support={**BASE, "name": "support"})
        run = stack.up()
    assert not run.ok
    assert (
        f"error: CarrierXError: {NUMBER} (support): CarrierX refused the registration (403): the "
        "token needs one of the scopes phonenumber.manage, phonenumber.create. Nothing was "
        "changed. The token in CARRIERX_TOKEN lacks the scope phonenumber.manage or "
        "phonenumber.create: use one that has it." in run.output
    )
    assert "Traceback" not in run.output
    assert stack.resources() == {}


def test_a_failed_update_loses_nothing(stack: Stack, account: Account) -> None:
    """A number released elsewhere, then a server that is gone: state and numbers stay whole."""
    other = {"phonenumber": "+46700987655", "capabilities": 3}
    stack.declare(support=BASE, sales=other)
    assert stack.up().ok
    account.release(NUMBER)

    stack.declare(support={**BASE, "name": "support"}, sales=other)
    run = stack.up()
    assert not run.ok
    assert f"{NUMBER} (External DID " in run.output
    assert (
        "CarrierX refused the update (404): cannot find item by sid. Nothing was changed. The "
        "number may have been released elsewhere: run refresh to see, then up to register it "
        "again." in run.output
    )
    assert set(stack.resources()) == {"support", "sales"}
    assert stack.refresh().ok
    assert set(stack.resources()) == {"sales"}
    assert stack.up().ok
    assert set(account.numbers()) == {NUMBER, "+46700987655"}
    stack.assert_settled()

    unreachable = stack.run(
        "refresh",
        "--yes",
        "--skip-preview",
        environment={"CARRIERX_BASE_URL": "http://127.0.0.1:9/core/v2"},
    )
    assert not unreachable.ok
    assert (
        "CarrierX could not be reached at http://127.0.0.1:9/core/v2 for the read, in "
        in unreachable.output
    )
    assert (
        " attempts: connection refused. Check the network and carrierx:baseUrl, then run up again."
        in unreachable.output
    )
    assert set(stack.resources()) == {"support", "sales"}


def test_deleting_what_is_gone_is_fine(stack: Stack, account: Account) -> None:
    """A number that somebody else has released already is no obstacle to a destroy."""
    stack.declare(support=BASE)
    assert stack.up().ok
    account.release(NUMBER)
    run = stack.destroy()
    assert run.ok, run.output
    assert stack.resources() == {}
