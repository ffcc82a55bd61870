"""Promise 1: you manage what you state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.account import Account
    from tests.engine.stack import Stack

NUMBER = "+46700987654"
BASE = {"phonenumber": NUMBER, "capabilities": 3}


def test_a_field_never_stated_is_left_alone(stack: Stack, account: Account) -> None:
    """What the program never stated is left alone, whoever sets it, at any depth."""
    stack.declare(support={**BASE, "attributes": {"owner": "support", "routing": {"queue": 7}}})
    assert stack.up().ok
    account.change(
        NUMBER,
        name="set by hand",
        callback_url="https://example.com/by-hand",
        attributes={"billing": "B1", "routing": {"queue": 7, "fallback": "voicemail"}},
    )
    account.calls()

    assert stack.refresh().ok
    assert stack.preview("--expect-no-changes").ok
    stack.declare(
        support={**BASE, "attributes": {"owner": "sales", "routing": {"queue": 8}}},
    )
    assert stack.up().ok

    number = account.numbers()[NUMBER]
    assert number["name"] == "set by hand"
    assert number["callback_url"] == "https://example.com/by-hand"
    assert number["attributes"] == {
        "owner": "sales",
        "billing": "B1",
        "routing": {"queue": 8, "fallback": "voicemail"},
    }
    stack.assert_settled()


def test_a_stated_field_is_enforced(stack: Stack, account: Account) -> None:
    """A field that the program states is put back after somebody else has changed it."""
    stated = {**BASE, "name": "support", "string_key_1": "K1", "attributes": {"owner": "support"}}
    stack.declare(support=stated)
    assert stack.up().ok
    account.change(NUMBER, name="drifted", string_key_1=None, attributes={"owner": "nobody"})
    account.calls()

    refreshed = stack.refresh()
    assert '~ name               : "support" => "drifted"' in refreshed.output
    previewed = stack.preview()
    assert '~ name        : "drifted" => "support"' in previewed.output
    assert '+ string_key_1: "K1"' in previewed.output
    assert '~ owner: "nobody" => "support"' in previewed.output
    account.calls()
    assert stack.up().ok

    assert account.calls() == [
        'PATCH SID {"attributes": {"owner": "support"}, "name": "support", "string_key_1": "K1"}'
    ]
    stack.assert_settled()


def test_a_field_no_longer_stated_is_cleared(stack: Stack, account: Account) -> None:
    """A field that the program stops stating becomes null, an attribute key goes, a name stays."""
    stack.declare(
        support={
            **BASE,
            "name": "support",
            "callback_url": "https://example.com/sms",
            "string_key_1": "K1",
            "string_key_2": "K2",
            "attributes": {"owner": "support", "routing": {"queue": 7, "hours": [9, 17]}},
        }
    )
    assert stack.up().ok
    account.change(NUMBER, attributes={"billing": "B1"})
    account.calls()

    stack.declare(support={**BASE, "attributes": {"routing": {"queue": 7}}})
    previewed = stack.preview()
    assert '- callback_url: "https://example.com/sms"' in previewed.output
    assert stack.up().ok

    assert account.calls() == [
        "GET SID",
        'PATCH SID ?nested_objects=replace {"attributes": {"billing": "B1", "routing": '
        '{"queue": 7}}, "callback_url": null, "string_key_1": null, "string_key_2": null}',
    ]
    number = account.numbers()[NUMBER]
    assert number["name"] == "support"
    assert number["callback_url"] is number["string_key_1"] is number["string_key_2"] is None
    assert number["attributes"] == {"billing": "B1", "routing": {"queue": 7}}
    stack.assert_settled()


@pytest.mark.parametrize("merge", ["shallow", "deep"], indirect=True)
def test_the_last_attribute_goes_too(stack: Stack, account: Account) -> None:
    """Without any stated attribute, none of ours is left, and a null of no other field suffers."""
    stack.declare(support={**BASE, "attributes": {"owner": "support"}, "string_key_1": "K1"})
    assert stack.up().ok
    account.calls()
    stack.declare(support=BASE)
    assert stack.up().ok
    assert account.calls() == [
        "GET SID",
        'PATCH SID ?nested_objects=replace {"attributes": {}, "string_key_1": null}',
    ]
    assert account.numbers()[NUMBER]["attributes"] == {}
    stack.assert_settled()


def test_a_field_stated_with_the_value_it_has_is_managed_from_then_on(
    stack: Stack, account: Account
) -> None:
    """Stating what stands there already costs no call, and is cleared once it is not stated."""
    stack.declare(support=BASE)
    assert stack.up().ok
    account.change(NUMBER, callback_url="https://example.com/by-hand")
    assert stack.refresh().ok
    account.calls()

    stack.declare(support={**BASE, "callback_url": "https://example.com/by-hand"})
    assert stack.up().ok
    assert account.calls() == []
    assert stack.preview("--expect-no-changes").ok
    stack.declare(support=BASE)
    assert stack.up().ok

    assert account.calls() == ['PATCH SID {"callback_url": null}']
    stack.assert_settled()


def test_a_field_cleared_elsewhere_is_no_longer_ours_once_unstated(
    stack: Stack, account: Account
) -> None:
    """A field that the program stopped stating is not cleared again when others set it later."""
    stack.declare(support={**BASE, "name": "support", "string_key_1": "K1"})
    assert stack.up().ok
    account.change(NUMBER, string_key_1=None)
    assert stack.refresh().ok
    stack.declare(support=BASE)
    assert stack.up().ok
    account.change(NUMBER, string_key_1="theirs", name="theirs")
    account.calls()

    assert stack.refresh().ok
    assert stack.up().ok

    assert [call for call in account.calls() if not call.startswith("GET")] == []
    assert account.numbers()[NUMBER]["string_key_1"] == "theirs"


@pytest.mark.parametrize("merge", ["shallow", "deep"], indirect=True)
def test_attributes_are_right_whether_the_merge_is_shallow_or_deep(
    stack: Stack, account: Account
) -> None:
    """Nested attributes end up as stated, and others' keys stay, under both kinds of merge."""
    stack.declare(support={**BASE, "attributes": {"a": {"x": 1, "y": {"z": [1, 2]}}, "gone": True}})
    assert stack.up().ok
    account.change(
        NUMBER,
        replace_attributes=True,
        attributes={"a": {"x": 1, "theirs": 5, "y": {"z": [1, 2]}}, "gone": True, "b": {"t": 1}},
    )
    # Not refreshed: the state has not seen the others' keys, and they stay all the same.
    stack.declare(support={**BASE, "attributes": {"a": {"x": 2, "y": {"z": [3]}}, "gone": True}})
    assert stack.up().ok
    assert account.numbers()[NUMBER]["attributes"] == {
        "a": {"x": 2, "theirs": 5, "y": {"z": [3]}},
        "gone": True,
        "b": {"t": 1},
    }

    stack.declare(support={**BASE, "attributes": {"a": {"x": 2}}})
    assert stack.up().ok
    assert account.numbers()[NUMBER]["attributes"] == {"a": {"x": 2, "theirs": 5}, "b": {"t": 1}}
    stack.assert_settled()
