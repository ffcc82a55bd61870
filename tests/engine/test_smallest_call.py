"""Promise 3: the smallest call that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engine.account import Account
    from tests.engine.stack import Stack

NUMBER = "+46700987654"
STATED = {
    "phonenumber": NUMBER,
    "capabilities": 3,
    "name": "support",
    "callback_url": "https://example.com/sms",
    "attributes": {"owner": "support", "tier": 1},
}


def test_each_change_is_one_patch_with_only_what_changed(stack: Stack, account: Account) -> None:
    """One POST registers; nothing changed costs nothing; each change is one minimal PATCH."""
    stack.declare(support=STATED)
    assert stack.up().ok
    assert account.calls() == [
        'POST {"attributes": {"owner": "support", "tier": 1}, "callback_url": '
        '"https://example.com/sms", "capabilities": 3, "name": "support", "phonenumber": '
        '"+46700987654"}'
    ]
    steps = [
        (STATED, []),
        ({**STATED, "name": "renamed"}, ['PATCH SID {"name": "renamed"}']),
        (
            {**STATED, "callback_url": "https://example.com/moved"},
            ['PATCH SID {"callback_url": "https://example.com/moved", "name": "support"}'],
        ),
        (
            {**STATED, "attributes": {"owner": "support", "tier": 2}},
            [
                'PATCH SID {"attributes": {"tier": 2}, "callback_url": "https://example.com/sms"}',
            ],
        ),
        (
            {**STATED, "attributes": {"owner": "support"}},
            ["GET SID", 'PATCH SID ?nested_objects=replace {"attributes": {"owner": "support"}}'],
        ),
    ]
    for stated, calls in steps:
        stack.declare(support=stated)
        run = stack.up()
        assert run.ok, run.output
        assert account.calls() == calls
    stack.assert_settled()


def test_keys_of_others_are_read_first_and_kept(stack: Stack, account: Account) -> None:
    """A vanishing key takes ``nested_objects=replace``, with others' keys as they are now."""
    stack.declare(support=STATED)
    assert stack.up().ok
    account.change(NUMBER, attributes={"billing": {"code": 12345678901234567890}})
    account.calls()

    stack.declare(support={**STATED, "attributes": {"tier": 1}})
    assert stack.up().ok

    assert account.calls() == [
        "GET SID",
        'PATCH SID ?nested_objects=replace {"attributes": '
        '{"billing": {"code": 12345678901234567890}, "tier": 1}}',
    ]
    stack.assert_settled()


def test_a_key_that_has_vanished_already_needs_no_call_but_the_read(
    stack: Stack, account: Account
) -> None:
    """Where somebody else has dropped the key already, nothing is sent after the read."""
    stack.declare(support=STATED)
    assert stack.up().ok
    account.change(NUMBER, replace_attributes=True, attributes={"tier": 1})
    account.calls()

    stack.declare(support={**STATED, "attributes": {"tier": 1}})
    assert stack.up().ok

    assert account.calls() == ["GET SID"]
    stack.assert_settled()
