"""Promise 2: equal things are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engine.account import Account
    from tests.engine.stack import Stack

PROGRAM = """\
import pulumi
from pulumi_carrierx import Capability, ExternalDID

ExternalDID("support", {arguments})
"""

SPELLINGS = (
    'phonenumber="+46700987654", capabilities=3, name="support", '
    'attributes={"n": 3, "a": {"x": 1, "y": 2}}',
    'phonenumber="46700987654", capabilities=["send_sms", "receive_sms"], name="support", '
    'attributes={"a": {"y": 2.0, "x": 1}, "n": 3.0, "nothing": None}, callback_url=None',
    "phonenumber=46700987654, capabilities=Capability.RECEIVE_SMS | Capability.SEND_SMS, "
    'name="support", attributes={"a": {"y": 2, "x": 1, "nothing": None}, "n": 3}, '
    "string_key_1=None, account=None",
    'phonenumber=pulumi.Output.from_input("46700987654"), '
    'capabilities=[Capability.SEND_SMS, pulumi.Output.from_input("receive_sms")], '
    'name=pulumi.Output.from_input("support"), attributes=pulumi.Output.from_input('
    '{"n": 3, "a": {"x": 1, "y": 2}})',
    'phonenumber="+46700987654", capabilities=3.0, name="support", '
    'attributes={"n": 3, "a": {"x": 1, "y": 2}}, string_key_2=None, adopt_existing=False',
)


def test_other_spellings_of_the_same_are_no_change(stack: Stack, account: Account) -> None:
    """Spelling, order, kind of number, null or absent: none is a change, and none costs a call."""
    stack.program(PROGRAM.format(arguments=SPELLINGS[0]))
    assert stack.up().ok
    account.calls()

    for spelling in SPELLINGS[1:]:
        stack.program(PROGRAM.format(arguments=spelling))
        previewed = stack.preview("--expect-no-changes")
        assert previewed.ok, (spelling, previewed.output)
    assert stack.up("--expect-no-changes").ok
    assert account.calls() == []


def test_a_boolean_is_no_number(stack: Stack, account: Account) -> None:
    """``True`` and ``1`` are different attribute values, though Python calls them equal."""
    base = {"phonenumber": "+46700987654", "capabilities": 3}
    stack.declare(support={**base, "attributes": {"flag": 1}})
    assert stack.up().ok
    account.calls()

    stack.declare(support={**base, "attributes": {"flag": True}})
    assert stack.up().ok

    assert account.calls() == ['PATCH SID {"attributes": {"flag": true}}']
    stack.assert_settled()


def test_whatever_was_set_up_settles(stack: Stack) -> None:
    """After any ``up``, preview and refresh show no change, odd values included."""
    stack.declare(
        plain={"phonenumber": "+46700987654", "capabilities": 27},
        odd={
            "phonenumber": "+46700987655",
            "capabilities": ["receive_mms"],
            "name": "Überall 📱",
            "string_key_1": "",
            "attributes": {
                "": "an empty key",
                "a.b": {"c/d": [None, {"x": None}, 0.1, -0.0, 1e-7, 9007199254740991]},
                "empty": {},
                "list": [],
                "__proto__": {"polluted": True},
            },
        },
    )
    run = stack.up()
    assert run.ok, run.output
    stack.assert_settled()
