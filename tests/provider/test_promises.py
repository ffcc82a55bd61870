"""Promises 1 to 4, as far as the provider keeps them: what is sent, and what is left afterwards.

Each case is a lifecycle of one number. tests/engine has what the engine adds.
"""

from __future__ import annotations

import pytest

from tests.provider.lifecycles import (
    BASE,
    NUMBER,
    OTHER_NUMBER,
    Elsewhere,
    Lifecycles,
    Preview,
    Refresh,
    Up,
    World,
    changed,
    live_through,
    refused,
)
from tests.provider.stack import UNKNOWN

MANAGED = {
    **BASE,
    "name": "support",
    "callback_url": "https://example.com/sms",
    "string_key_1": "K1",
    "string_key_2": "K2",
    "attributes": {"owner": "support", "routing": {"queue": 7, "hours": [9, 17]}},
}

MANAGE_WHAT_YOU_DECLARE: Lifecycles = {
    "what was never declared is left alone, at any depth": (
        Up({**BASE, "attributes": {"owner": "support", "routing": {"queue": 7}}}, step="create"),
        changed(
            name="set by hand",
            callback_url="https://example.com/by-hand",
            attributes={"billing": "B1", "routing": {"queue": 7, "fallback": "voicemail"}},
        ),
        Refresh(step="same"),
        Up(
            {**BASE, "attributes": {"owner": "sales", "routing": {"queue": 8}}},
            step="update",
            live={
                "name": "set by hand",
                "callback_url": "https://example.com/by-hand",
                "attributes": {
                    "owner": "sales",
                    "billing": "B1",
                    "routing": {"queue": 8, "fallback": "voicemail"},
                },
            },
        ),
    ),
    "a field that is no longer declared becomes null, a key disappears, a name stays": (
        Up(MANAGED),
        changed(attributes={"billing": "B1"}),
        Up(
            {**BASE, "attributes": {"routing": {"queue": 7}}},
            calls=[
                "GET SID",
                'PATCH SID ?nested_objects=replace {"attributes": {"billing": "B1", "routing": '
                '{"queue": 7}}, "callback_url": null, "string_key_1": null, "string_key_2": null}',
            ],
            live={
                "name": "support",
                "callback_url": None,
                "string_key_1": None,
                "string_key_2": None,
                "attributes": {"billing": "B1", "routing": {"queue": 7}},
            },
        ),
    ),
    "a field declared with the value that it has costs nothing, and is managed from then on": (
        Up(BASE),
        changed(callback_url="https://example.com/by-hand"),
        Refresh(),
        Up({**BASE, "callback_url": "https://example.com/by-hand"}, step="update", calls=[]),
        Up(BASE, calls=["GET SID", 'PATCH SID {"callback_url": null}']),
    ),
    "a field cleared elsewhere, then no longer declared, is not ours when others set it later": (
        Up({**BASE, "name": "support", "string_key_1": "K1"}),
        changed(string_key_1=None),
        Refresh(),
        Up(BASE),
        changed(string_key_1="theirs", name="theirs"),
        Refresh(),
        Up(BASE, step="same", calls=[], live={"string_key_1": "theirs", "name": "theirs"}),
    ),
    "others' keys stay at any depth, also those that the state has not seen": (
        Up({**BASE, "attributes": {"a": {"x": 1, "y": [1, 2]}, "gone": True}}),
        changed(attributes={"a": {"x": 1, "y": [1, 2], "theirs": 5}, "b": {"t": 1}}),
        Up(
            {**BASE, "attributes": {"a": {"x": 2, "y": [3]}, "gone": True}},
            live={
                "attributes": {"a": {"x": 2, "y": [3], "theirs": 5}, "gone": True, "b": {"t": 1}}
            },
            settles=False,  # the next refresh sees what others have written
        ),
        Up(
            {**BASE, "attributes": {"a": {"x": 2}}},
            live={"attributes": {"a": {"x": 2, "theirs": 5}, "b": {"t": 1}}},
        ),
    ),
    "what somebody else writes between preview and up stays": (
        Up({**BASE, "attributes": {"team": "care", "old": 1}}),
        Preview({**BASE, "attributes": {"team": "night"}, "name": "Support"}, step="update"),
        changed(string_key_1="theirs", attributes={"billing": "B1"}),
        Up(
            {**BASE, "attributes": {"team": "night"}, "name": "Support"},
            live={
                "name": "Support",
                "string_key_1": "theirs",
                "attributes": {"team": "night", "billing": "B1"},
            },
        ),
    ),
}

DECLARED = {
    **BASE,
    "name": "support",
    "callback_url": "https://example.com/sms",
    "attributes": {"owner": "support", "tier": 1},
}

SMALLEST_CALL: Lifecycles = {
    "each change is one call with only what changed": (
        Up(
            DECLARED,
            calls=[
                'POST {"attributes": {"owner": "support", "tier": 1}, "callback_url": '
                '"https://example.com/sms", "capabilities": 3, "name": "support", "phonenumber": '
                '"+46700987654"}'
            ],
        ),
        Up(DECLARED, step="same", calls=[]),
        Up({**DECLARED, "name": "renamed"}, calls=['PATCH SID {"name": "renamed"}']),
        Up(
            {**DECLARED, "callback_url": "https://example.com/moved"},
            calls=['PATCH SID {"callback_url": "https://example.com/moved", "name": "support"}'],
        ),
        Up(
            {**DECLARED, "attributes": {"owner": "support", "tier": 2}},
            calls=[
                'PATCH SID {"attributes": {"tier": 2}, "callback_url": "https://example.com/sms"}'
            ],
        ),
        Up(
            {**DECLARED, "attributes": {"owner": "support"}},
            calls=[
                "GET SID",
                'PATCH SID ?nested_objects=replace {"attributes": {"owner": "support"}}',
            ],
        ),
    ),
    "a key that disappears takes the whole object, with the keys of others as they are": (
        Up(DECLARED),
        changed(attributes={"billing": {"code": 12345678901234567890}}),
        Up(
            {**DECLARED, "attributes": {"tier": 1}},
            calls=[
                "GET SID",
                'PATCH SID ?nested_objects=replace {"attributes": '
                '{"billing": {"code": 12345678901234567890}, "tier": 1}}',
            ],
        ),
    ),
    "a key that has disappeared already costs only the read": (
        Up(DECLARED),
        Elsewhere(
            lambda account: account.change(NUMBER, replace_attributes=True, attributes={"tier": 1})
        ),
        Up({**DECLARED, "attributes": {"tier": 1}}, calls=["GET SID"]),
    ),
}

SPELLED = {**BASE, "name": "support", "attributes": {"n": 3, "a": {"x": 1, "y": 2}}}

EQUAL_THINGS: Lifecycles = {
    "other spellings of the same are no change, and cost no call": (
        Up(SPELLED),
        *(
            Up({**SPELLED, **other}, step="same", calls=[])
            for other in (
                {"phonenumber": "46700987654", "capabilities": ["send_sms", "receive_sms"]},
                {"attributes": {"a": {"y": 2.0, "x": 1.0}, "n": 3.0, "nothing": None}},
                {"capabilities": 3.0, "callback_url": None, "account": None},
                {"adopt_existing": False, "string_key_2": None},
            )
        ),
    ),
    "a boolean is not a number, though Python calls them equal": (
        Up({**BASE, "attributes": {"flag": 1}}),
        Up({**BASE, "attributes": {"flag": True}}, calls=['PATCH SID {"attributes": {"flag": tru']),
    ),
}

CARRIERS = ("5e2ff4a1-3c0e-4a3e-9d5f-0a1f3c1b2d01", "5e2ff4a1-3c0e-4a3e-9d5f-0a1f3c1b2d02")
ORDERED = {**BASE, "delete_before_replace": True}
CARRIED = {**BASE, "underlying_carrier_sid": CARRIERS[0]}

REPLACES: Lifecycles = {
    "other capabilities release the number first, and the preview says what is lost": (
        Up({**BASE, "name": "support", "attributes": {"owner": "support"}}),
        changed(attributes={"billing": "B1"}),
        Up({**BASE, "attributes": {"owner": "support"}}, settles=False),
        Refresh(),
        Preview(
            {**BASE, "attributes": {"owner": "support"}, "capabilities": ["receive_sms"]},
            step="delete, create: capabilities",
            warning=f"{NUMBER} (support): capabilities 3 (receive_sms, send_sms) → 1 (receive_sms),"
            f" which CarrierX cannot update: {NUMBER} is released, then registered again, and out "
            "of service in between. Lost with the registration: its SID {sid}, its messaging "
            "enablement, and what the program does not declare (name, attributes.billing).",
        ),
        Up(
            {**BASE, "attributes": {"owner": "support"}, "capabilities": 1},
            calls=[
                "GET SID",
                "DELETE SID",
                'POST {"attributes": {"owner": "support"}, "capabilities": 1, "phonenumber": '
                '"+46700987654"}',
            ],
            live={"capabilities": 1},
            keeps_sid=False,
        ),
    ),
    "another number is registered before the old one is released": (
        Up(BASE),
        Preview(
            {**BASE, "phonenumber": OTHER_NUMBER},
            step="create, delete: phonenumber",
            warning=f"{OTHER_NUMBER} is registered, then {NUMBER} is released",
        ),
        Up(
            {**BASE, "phonenumber": OTHER_NUMBER},
            calls=[
                'POST {"capabilities": 3, "phonenumber": "+46700987655"}',
                "GET SID",
                "DELETE SID",
            ],
            registered=[OTHER_NUMBER],
        ),
    ),
    "with delete_before_replace another number is registered after the release": (
        Up({**BASE, "name": "support"}),
        Up({**ORDERED, "name": "support"}, step="same", calls=[]),
        Preview(
            {**ORDERED, "name": "support", "phonenumber": OTHER_NUMBER},
            step="delete, create: phonenumber",
            warning=f"{NUMBER} (support): phonenumber {NUMBER} → {OTHER_NUMBER}, which CarrierX "
            f"cannot update: {NUMBER} is released for good, then {OTHER_NUMBER} is registered "
            "(delete_before_replace), and in between neither is in service. Lost with the "
            "registration: its SID {sid}, its messaging enablement.",
        ),
        Up(
            {**ORDERED, "name": "support", "phonenumber": OTHER_NUMBER},
            calls=["GET SID", "DELETE SID", "POST"],
            registered=[OTHER_NUMBER],
        ),
        Up({**BASE, "name": "support", "phonenumber": OTHER_NUMBER}, step="same", calls=[]),
    ),
    "with delete_before_replace the same number is replaced as without it": (
        Up(ORDERED),
        Preview(
            {**ORDERED, "capabilities": 1},
            step="delete, create: capabilities",
            warning=f"{NUMBER} is released, then registered again, and out of service in between",
        ),
        Preview(
            {**ORDERED, "phonenumber": UNKNOWN},
            step="delete, create: phonenumber",
            warning=f"{NUMBER} is released, then registered again, and out of service in between",
        ),
        Up({**ORDERED, "capabilities": 1}, calls=["GET SID", "DELETE SID", "POST"]),
    ),
    "another carrier replaces, and one that is no longer declared does not": (
        Up(CARRIED),
        Preview(
            {**CARRIED, "underlying_carrier_sid": CARRIERS[1]},
            step="delete, create: underlying_carrier_sid",
            warning=": another underlying_carrier_sid, which CarrierX cannot update",
        ),
        Up({**CARRIED, "underlying_carrier_sid": CARRIERS[1]}, keeps_sid=False),
        Up(BASE, keeps_sid=True, live={"underlying_carrier_sid": CARRIERS[1]}),
    ),
    "what a preview does not know yet may replace": (
        Up(BASE),
        Preview(
            {**BASE, "phonenumber": UNKNOWN, "attributes": {"deep": {"sid": UNKNOWN}}},
            step="delete, create: phonenumber",
            warning=f"{NUMBER} (External DID ",
        ),
        Preview(
            {**BASE, "capabilities": UNKNOWN}, step="delete, create: capabilities", warning=" "
        ),
        Preview({**BASE, "name": UNKNOWN}, step="update"),
    ),
    "a carrier that the preview does not know replaces once it turns out to be another one": (
        Up(CARRIED),
        Preview(
            {**BASE, "underlying_carrier_sid": UNKNOWN},
            step="delete, create: underlying_carrier_sid",
            warning=": another underlying_carrier_sid, which CarrierX cannot update",
        ),
        Up(CARRIED, step="same", calls=[], keeps_sid=True),
        Up({**CARRIED, "underlying_carrier_sid": CARRIERS[1]}, keeps_sid=False),
        Up(BASE),
        Preview(
            {**BASE, "underlying_carrier_sid": UNKNOWN},
            step="delete, create: underlying_carrier_sid",
            warning=": another underlying_carrier_sid, which CarrierX cannot update",
        ),
        Up({**BASE, "underlying_carrier_sid": None}, step="same", calls=[], keeps_sid=True),
    ),
    "a move to an account that is not configured releases nothing": (
        Up(BASE),
        *(
            command(
                {**BASE, "account": "nowhere"},
                error='no account "nowhere" in carrierx:accounts (there: ',
                calls=[],
                keeps_sid=True,
            )
            for command in (Preview, Up)
        ),
    ),
}


@pytest.mark.parametrize("merge", ["shallow", "deep"], indirect=True)
@pytest.mark.parametrize("case", MANAGE_WHAT_YOU_DECLARE)
def test_you_manage_what_you_declare(world: World, case: str) -> None:
    """A declared field is enforced, one that never was is left alone, one that was is cleared."""
    live_through(world, MANAGE_WHAT_YOU_DECLARE[case])


@pytest.mark.parametrize("merge", ["shallow", "deep"], indirect=True)
@pytest.mark.parametrize("case", SMALLEST_CALL)
def test_the_smallest_call_that_does_it(world: World, case: str) -> None:
    """One PATCH with only what changed; the whole object only where a key has to disappear."""
    live_through(world, SMALLEST_CALL[case])


@pytest.mark.parametrize("case", EQUAL_THINGS)
def test_equal_things_are_equal(world: World, case: str) -> None:
    """Another spelling is no change; another value is one."""
    live_through(world, EQUAL_THINGS[case])


@pytest.mark.parametrize("case", REPLACES)
def test_a_replace_is_never_a_surprise(world: World, case: str) -> None:
    """What replaces, in which order, and what the preview says of it."""
    live_through(world, REPLACES[case])


def test_a_number_of_another_resource_is_not_one_that_an_option_kept(world: World) -> None:
    """A create that meets a number whose own replace has failed does not blame an option."""
    stack, third = world.stack, "+46700987657"
    stack.declare(second={**ORDERED, "phonenumber": OTHER_NUMBER}, first={**ORDERED})
    assert stack.up().ok
    stack.declare(
        second={**ORDERED, "phonenumber": third},
        first={**ORDERED, "phonenumber": OTHER_NUMBER, "capabilities": 1},
    )
    world.fail(refused("DELETE", 403, calls={"first": 1}))
    not_released, taken = stack.up(continue_on_error=True).errors
    assert f"{OTHER_NUMBER} (External DID " in not_released
    assert f"{OTHER_NUMBER}: CarrierX refused the registration (409)" in taken
    assert "delete_before_replace=False" not in taken


def test_an_account_change_moves_the_number(world: World) -> None:
    """It is released in the one account and registered in the other."""
    world.stack.declare(support=BASE)
    assert world.stack.up().ok
    world.account.calls()
    world.stack.declare(support={**BASE, "account": "elsewhere"})
    previewed = world.stack.preview()
    assert "the default account → account elsewhere" in previewed.warnings[0]
    assert world.stack.up().steps == {"support": "delete, create: account"}
    assert world.account.calls() == ["GET SID", "DELETE SID"]
    assert list(world.elsewhere.numbers()) == [NUMBER]
    assert world.stack.settled()
    assert world.stack.destroy().ok
    assert world.elsewhere.numbers() == {}
