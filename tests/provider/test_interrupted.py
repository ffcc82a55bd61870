"""Promise 5: runs that were cut off, replaces that fail, answers that are lost.

Nothing is lost, nothing is done twice, and nothing counts as done that is not.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.provider.lifecycles import (
    BASE,
    BYSTANDER,
    EVIDENCE,
    FORGET,
    GOING_ON,
    GONE_ALREADY,
    IMPATIENT,
    KEY,
    LOOK_UP,
    NUMBER,
    OTHER_NUMBER,
    OWNER,
    PAGE,
    RECORDS,
    RELEASED,
    REMEMBER,
    Destroy,
    Lifecycles,
    Refresh,
    Up,
    World,
    changed,
    forget_field,
    live_through,
    lost,
    refused,
    registered,
)

DECLARED: dict[str, Any] = {
    **BASE,
    "name": "support",
    "attributes": {"team": "care", "routing": {"queue": 7}},
}
LIVE_ATTRIBUTES = {**DECLARED["attributes"], KEY: OWNER}
OTHER_CAPABILITIES = {**DECLARED, "capabilities": 1}
OTHER_PHONENUMBER = {**DECLARED, "phonenumber": OTHER_NUMBER}
FORGOTTEN = {**RECORDS, **IMPATIENT}

FORGOTTEN_RUNS: Lifecycles = {
    # Each after a first run, which the state knows.
    "a replace that went through is met again": (
        Up(OTHER_CAPABILITIES),
        FORGET,
        Up(
            OTHER_CAPABILITIES,
            calls=["GET SID -> 404", "GET ?limit", "POST", "GET ?limit"],
            warning=(GONE_ALREADY, GOING_ON),
            keeps_sid=True,
            live={"capabilities": 1},
        ),
    ),
    "a replace that was cut off after its release registers": (
        EVIDENCE,
        RELEASED,
        Up(
            OTHER_CAPABILITIES,
            calls=["GET SID -> 404", "GET ?limit", "POST"],
            warning=GONE_ALREADY,
        ),
    ),
    "a replace whose program has changed since continues": (
        Up(OTHER_CAPABILITIES),
        FORGET,
        Up(
            {**DECLARED, "capabilities": 8},
            warning=(
                GONE_ALREADY,
                f"{NUMBER} (support): SID {{sid}}, {GOING_ON}, was released and the number "
                "registered again: capabilities 1 (receive_sms) → 8 (receive_mms). Lost with it: "
                "its SID {sid}, its messaging enablement.",
            ),
            live={"capabilities": 8},
        ),
    ),
    "a replace that another stack has come before touches nothing": (
        RELEASED,
        registered(capabilities=1, attributes={KEY: "shop/staging/support"}),
        Up(
            OTHER_CAPABILITIES,
            warning=GONE_ALREADY,
            error="This resource's own registration is already released. It belongs to "
            "shop/staging/support",
            keeps_sid=True,
        ),
    ),
    "a replace by another number is met again": (
        Up(OTHER_PHONENUMBER),
        FORGET,
        Up(OTHER_PHONENUMBER, warning=(GOING_ON, GONE_ALREADY), registered=[OTHER_NUMBER]),
    ),
    "and where the old number was not released yet": (
        registered(phonenumber=OTHER_NUMBER, name="support", attributes=LIVE_ATTRIBUTES),
        Up(OTHER_PHONENUMBER, warning=GOING_ON, registered=[OTHER_NUMBER]),
    ),
    "an update is made again": (
        Up({**DECLARED, "callback_url": "https://example.com/sms"}),
        FORGET,
        Up(
            {**DECLARED, "callback_url": "https://example.com/sms"},
            calls=["PATCH SID"],
            live={"attributes": LIVE_ATTRIBUTES, "callback_url": "https://example.com/sms"},
        ),
    ),
    "a release is found done": (
        EVIDENCE,
        RELEASED,
        Destroy(calls=["GET SID -> 404", PAGE, LOOK_UP], warning=GONE_ALREADY),
    ),
    "after a forgotten destroy only a refresh sees that the number is gone": (
        EVIDENCE,
        RELEASED,
        Up(DECLARED, step="same", calls=[], registered=[], settles=False),
        Up(DECLARED, refresh=True, registered=[NUMBER]),
    ),
    **{
        f"a release touches nothing that {owner} has registered since": (
            RELEASED,
            registered(attributes={KEY: owner}),
            Destroy(registered=[NUMBER], warning=GONE_ALREADY),
        )
        for owner in ("shop/staging/support", OWNER)
    },
    "a rename that took the number over is met again": (
        Up({**DECLARED, "adopt_existing": True}, name="helpdesk", warning="not released"),
        FORGET,
        Up(
            {**DECLARED, "adopt_existing": True},
            name="helpdesk",
            calls=["GET ?"],
            warning=[GOING_ON, "not released"],
            keeps_sid=True,
        ),
    ),
    "a refresh follows a forgotten replace, then the program is reverted": (
        Up(OTHER_CAPABILITIES),
        FORGET,
        Refresh(
            step="changed",
            calls=["GET SID -> 404", "GET ?"],
            warning=f"{NUMBER} (support): SID {{first}} is gone; continued with SID {{sid}}, "
            f"{GOING_ON}.",
            outputs={"capabilities": 1},
        ),
        REMEMBER,
        Up(DECLARED, live={"capabilities": 3}),
        FORGET,
        Refresh(warning="continued with SID {sid}"),
        Destroy(registered=[]),
    ),
    **{
        f"a refresh follows no other owner's registration: {attributes}": (
            RELEASED,
            registered(attributes=attributes),
            Refresh(step="gone"),
        )
        for attributes in ({}, {KEY: "shop/staging/support"}, {KEY: {"since": 2019}})
    },
}

SAID = "the simulator's fault plan says so"
REFUSED = refused("POST", 422)
REFUSED_ONCE = {**REFUSED, "calls": {"first": 1}}
BROUGHT_BACK = "so it was registered again as it was, with SID {new}"
BROUGHT_BACK_AS_THE_STATE_HAS_IT = "registered again as the state has it, with SID {new}"
WHOLE = {
    **DECLARED,
    "callback_url": "https://example.com/sms",
    "underlying_carrier_sid": "carrier-1",
}


REPLACES_THAT_FAIL: Lifecycles = {
    # Each after an up of what is declared.
    **{
        f"a refused registration brings the number back, {how}": (
            Up(WHOLE, settings=settings),
            changed(attributes={"billing": "B1"}, string_key_1="theirs"),
            Up(
                {**WHOLE, "capabilities": 1},
                faults=[REFUSED_ONCE],
                calls=["GET SID", "DELETE SID", "POST", "POST"],
                error=f"{NUMBER} (support): CarrierX refused the registration (422): {SAID}. The "
                f"number had been released for the replace, {BROUGHT_BACK}; its messaging "
                "enablement is lost. Fix the fields that it names in the program and run up "
                f"again.{more}",
                unsaid=unsaid,
                live={
                    **WHOLE,
                    "phonenumber": NUMBER.removeprefix("+"),
                    "string_key_1": "theirs",
                    "attributes": {**attributes, "billing": "B1"},
                },
            ),
        )
        for how, settings, attributes, more, unsaid in (
            (
                "without a record",
                {},
                DECLARED["attributes"],
                " First declare the number as it was and run `CARRIERX_ADOPT={new} pulumi up`, "
                "which takes it over.",
                (),
            ),
            ("with a record", RECORDS, LIVE_ATTRIBUTES, "", ["CARRIERX_ADOPT"]),
        )
    },
    "a number that cannot be brought back is told as out of service": (
        Up(
            OTHER_CAPABILITIES,
            faults=[REFUSED],
            error=f"{NUMBER} (support): CarrierX refused the registration (422): {SAID}. The "
            "number had been released for the replace, and could not be registered again as it "
            f"was: CarrierX refused the registration (422): {SAID}. It is out of service until the "
            "next up registers it. Fix the fields that it names in the program and run up again.",
            registered=[],
        ),
        REMEMBER,
        Up(OTHER_CAPABILITIES, calls=["POST"]),
        FORGET,
        EVIDENCE,
        RELEASED,
        Up(DECLARED, registered=[NUMBER], warning=GONE_ALREADY),
    ),
    "a number that was released before is brought back too": (
        EVIDENCE,
        RELEASED,
        Up(
            OTHER_CAPABILITIES,
            settings=IMPATIENT,
            faults=[REFUSED_ONCE],
            warning=GONE_ALREADY,
            error=BROUGHT_BACK_AS_THE_STATE_HAS_IT,
            live={"capabilities": 3},
        ),
    ),
    "a lost registration is not brought back beside itself": (
        Up(
            OTHER_CAPABILITIES,
            settings=IMPATIENT,
            faults=[{"fault": "drop", "when": "before", "method": "POST"}],
            error="The number has been released for the replace, and is not known to be registered",
            registered=[],
        ),
    ),
    "a number that cannot be seen before its release stays": (
        Up(
            OTHER_CAPABILITIES,
            settings=IMPATIENT,
            faults=[refused("GET", 503), REFUSED_ONCE],
            error="CarrierX refused the read (503)",
            keeps_sid=True,
        ),
    ),
    "without the scope to read, the state says how it was": (
        Up(
            OTHER_CAPABILITIES,
            faults=[refused("GET", 403), REFUSED_ONCE],
            warning=f"{NUMBER} (support): SID {{sid}} was released without being read first, "
            "because the token may not read it. Whose number it was, and what others had set "
            "since the last refresh, is not known.",
            error=BROUGHT_BACK_AS_THE_STATE_HAS_IT,
            live={"attributes": DECLARED["attributes"]},
        ),
    ),
    **{
        f"{field}, which the last look leaves out, is brought back too": (
            Up(WHOLE),
            Up(
                {**WHOLE, "capabilities": 1},
                faults=[forget_field(field), REFUSED_ONCE],
                error=told,
                live={**WHOLE, "phonenumber": NUMBER.removeprefix("+")},
            ),
        )
        for field, told in (
            ("capabilities", BROUGHT_BACK),
            ("phonenumber", BROUGHT_BACK),
            # Others may have written there.
            ("attributes", BROUGHT_BACK_AS_THE_STATE_HAS_IT),
            ("callback_url", BROUGHT_BACK),
        )
    },
    "bringing back survives a lost answer": (
        Up(
            OTHER_CAPABILITIES,
            faults=[REFUSED_ONCE, lost("POST", calls={"first": 2})],
            error=BROUGHT_BACK,
        ),
    ),
    "if registering again gets no response, no error says that the number is out of service": (
        Up(
            OTHER_CAPABILITIES,
            settings=IMPATIENT,
            faults=[
                REFUSED_ONCE,
                lost("POST"),
                refused("GET", 503, path="/phonenumber/external_dids"),
            ],
            error=NUMBER,
            unsaid=["It is out of service until the next up"],
            registered=[NUMBER],
        ),
    ),
    "nor where the registration got none, and nothing is to be seen of it": (
        Up(
            OTHER_CAPABILITIES,
            settings=IMPATIENT,
            faults=[
                lost("POST", calls={"first": 1}),
                forget_field("phonenumber", path="/phonenumber/external_dids"),
            ],
            error=NUMBER,
            unsaid=["out of service until"],
            registered=[NUMBER],
        ),
    ),
    "a conflict right after the release passes": (
        Up(
            OTHER_CAPABILITIES,
            faults=[refused("POST", 409, calls={"first": 2})],
            live={"capabilities": 1},
        ),
    ),
    "a number that another stack has taken over is not released for a replace": (
        Up({**DECLARED, "string_key_1": "k"}, settings=RECORDS),
        changed(attributes={KEY: "shop/staging/support"}),
        Up(OTHER_CAPABILITIES, error="shop/staging/support", keeps_sid=True),
    ),
    "an account that refuses everything is not asked twice": (
        Up(
            OTHER_CAPABILITIES,
            faults=[refused("POST", 401)],
            calls=["GET SID", "DELETE SID", "POST"],
            error="The number has been released for the replace",
        ),
    ),
    "an account that refuses everything leaves the number to the old one": (
        Up({**DECLARED, "account": "other"}),
        Up(
            DECLARED,
            faults=[refused("POST", 401)],
            calls=["POST"],
            error="registered again as it was",
            registered=[NUMBER],
        ),
    ),
}

POST_LOST_ONCE = lost("POST", calls={"first": 1})
SLOW = {"timeoutSeconds": "1"}
"""With which a slow answer is a lost one."""

LOST_ANSWERS: Lifecycles = {
    # The same for every fault: fault_matrix.py.
    "a registration that took effect is not repeated": (
        Up(
            DECLARED,
            faults=[POST_LOST_ONCE],
            calls=["POST", "GET ?"],
            warning=f"{NUMBER} (support): continued with SID {{new}}",
        ),
    ),
    "a registration that took no effect is sent again": (
        Up(
            DECLARED,
            faults=[{"fault": "drop", "method": "POST", "when": "before", "calls": {"first": 1}}],
            calls=["POST", "GET ?", "POST"],
            registered=[NUMBER],
        ),
    ),
    **{
        f"an update that took {effect} effect is confirmed by a read": (
            Up(DECLARED),
            Up(
                {**DECLARED, "name": "helpdesk", "string_key_1": "k"},
                faults=[{"fault": "drop", "method": "PATCH", "when": when, "calls": {"first": 1}}],
                calls=["PATCH", "GET SID", *again],
                live={"name": "helpdesk", "string_key_1": "k"},
            ),
        )
        for effect, when, again in (("its", "after", []), ("no", "before", ["PATCH"]))
    },
    "without a record a refresh of what was released asks no further": (
        Up(DECLARED, settings=IMPATIENT),
        RELEASED,
        registered(name="support", attributes=DECLARED["attributes"]),
        Refresh(step="gone", calls=["GET SID -> 404", PAGE]),
    ),
    "a registration that shows up late is found by the 409 of the second": (
        Up(
            DECLARED,
            faults=[
                POST_LOST_ONCE,
                # A list that does not say which number it shows is as good as one without it.
                forget_field("phonenumber", calls={"first": 2}),
            ],
            calls=["POST", "GET ?", "POST", "GET ?", "GET ?"],
            warning="continued with SID {new}",
            registered=[NUMBER],
        ),
    ),
    "somebody else's registration is not taken for a lost one": (
        registered(name="theirs"),
        Up(
            DECLARED,
            faults=[{**POST_LOST_ONCE, "calls": "every"}],
            error=f"{NUMBER} (support): the connection to CarrierX broke during the registration: "
            "Server disconnected without sending a response. Its registration has SID {sid}, and "
            "differs from what the program declares in name, attributes. Nothing was changed. If "
            "an interrupted run",
            live={"name": "theirs"},
        ),
    ),
    **{
        f"one difference makes it another owner's: {next(iter(theirs))}": (
            registered(**{**DECLARED, "underlying_carrier_sid": "ours", **theirs}),
            Up(
                {**DECLARED, "underlying_carrier_sid": "ours"},
                faults=[POST_LOST_ONCE],
                error="CARRIERX_ADOPT={sid}",
            ),
        )
        for theirs in (
            {"underlying_carrier_sid": "theirs"},
            {"attributes": {**DECLARED["attributes"], "billing": "B1"}},
            {"capabilities": 1},
        )
    },
    "a list that leaves fields out makes nothing ours": (
        registered(**{**DECLARED, "callback_url": "https://theirs.example.com"}),
        Up(
            DECLARED,
            faults=[POST_LOST_ONCE, forget_field("callback_url", calls={"first": 1})],
            error="CARRIERX_ADOPT={sid}",
        ),
    ),
    "a lost registration is ours with the name that CarrierX made up": (
        Up(BASE, faults=[POST_LOST_ONCE], warning="continued with SID {new}"),
    ),
    "a lost update counts as made only with all its fields": (
        Up(DECLARED),
        changed(string_key_1="k"),
        Up(
            {**DECLARED, "name": "helpdesk", "string_key_1": "k"},
            faults=[{"fault": "drop", "method": "PATCH", "calls": {"first": 1}}],
            live={"name": "helpdesk"},
        ),
    ),
    "a response without attributes loses no attributes": (
        Up({**DECLARED, "attributes": {"team": "care", "old": 1}}),
        changed(attributes={"billing": "B1"}),
        Up(
            DECLARED,
            faults=[forget_field("attributes", calls={"first": 1})],
            live={"attributes": {**DECLARED["attributes"], "billing": "B1"}},
        ),
    ),
    "a release that finds nothing is sure of it": (
        Up(DECLARED),
        Destroy(faults=[refused("DELETE", 404, calls={"first": 1})], registered=[]),
    ),
    "after the deadline one more look finds what was registered": (
        Up(
            DECLARED,
            settings={**RECORDS, **SLOW, "deadlineSeconds": "0.01"},
            faults=[{"fault": "slow", "seconds": 1.5, "method": "POST", "when": "after"}],
            warning="continued with SID {new}",
        ),
    ),
    "a last look that fails says what the change came to": (
        Up(
            DECLARED,
            settings={**SLOW, "deadlineSeconds": "0.01"},
            faults=[
                {"fault": "slow", "seconds": 1.5, "method": "POST", "when": "after"},
                refused("GET", 503),
            ],
            error="CarrierX did not answer the registration within 1 s. It is not known whether it "
            "took effect.",
        ),
    ),
    "a look that fails does not hide that a registration was lost": (
        Up(
            DECLARED,
            settings=IMPATIENT,
            faults=[{**POST_LOST_ONCE, "calls": "every"}, refused("GET", 503)],
            error="broke during the registration: Server disconnected without sending a response. "
            "It is not known whether it took effect.",
        ),
    ),
    "a release whose answer was lost once stays unknown": (
        Up(DECLARED),
        Destroy(
            settings=IMPATIENT,
            faults=[
                {"method": "DELETE", "calls": {"nth": 1}, "fault": "drop", "when": "after"},
                refused("DELETE", 429),
            ],
            error=" It is not known whether it took effect. ",
            unsaid=["Nothing was changed"],
            registered=[],
        ),
    ),
    "a registration that may be there is not called nothing": (
        Up(
            DECLARED,
            settings=IMPATIENT,
            faults=[POST_LOST_ONCE, forget_field("phonenumber")],
            error=NUMBER,
            unsaid=["Nothing was changed"],
            registered=[NUMBER],
        ),
    ),
    "a 501 is looked up and not sent again": (
        Up(
            DECLARED,
            settings=RECORDS,
            faults=[refused("POST", 501, when="after")],
            calls=["POST", "GET ?"],
            warning="continued with SID {new}",
        ),
    ),
    "a 501 that took no effect is an error at once": (
        Up(DECLARED, faults=[refused("POST", 501)], calls=["POST", "GET ?"], error="(501)"),
    ),
    "a refusal of other fields is not blamed on an existing registration": (
        registered(),
        Up(
            DECLARED,
            faults=[REFUSED],
            calls=["POST"],
            error="(422)",
            unsaid=["Its registration has SID"],
        ),
    ),
    "a look-up that fails hides no refusal": (
        registered(),
        Up(
            DECLARED,
            faults=[refused("GET", 403)],
            error="CarrierX refused the registration (409)",
        ),
    ),
}


@pytest.mark.parametrize("case", FORGOTTEN_RUNS)
def test_a_run_that_is_missing_in_the_state_is_continued(world: World, case: str) -> None:
    """As with PULUMI_SKIP_CHECKPOINTS and a kill: the next run begins with the old state."""
    live_through(world, [Up(DECLARED, settings=FORGOTTEN), REMEMBER, *FORGOTTEN_RUNS[case]])


@pytest.mark.parametrize("case", REPLACES_THAT_FAIL)
def test_a_replace_that_fails_does_not_leave_the_number_unregistered(
    world: World, case: str
) -> None:
    """What was released is registered again as it was, or the error says that it is not."""
    live_through(world, [Up(DECLARED), *REPLACES_THAT_FAIL[case]])


@pytest.mark.parametrize("case", LOST_ANSWERS)
def test_after_a_lost_response_nothing_is_repeated_blindly(world: World, case: str) -> None:
    """What took effect is found, what took none is sent again, what is not known is said so."""
    live_through(world, LOST_ANSWERS[case])


def test_a_number_brought_back_in_its_old_account_says_which_one(world: World) -> None:
    """The next run talks to the account that the program declares, and would not find it."""
    world.stack.declare(support=DECLARED)
    assert world.stack.up().ok
    world.stack.declare(support={**DECLARED, "account": "elsewhere"})
    world.other_simulator.set_faults({"faults": [REFUSED_ONCE]})
    (error,) = world.stack.up().errors
    sid = world.account.sid(NUMBER)
    assert f" as it was in the default account, with SID {sid}" in error
    assert error.endswith("Before it can move to another account, release that SID.")


def test_a_hidden_registration_is_continued_once_it_is_visible(world: World) -> None:
    """A refresh takes it for released, and the next run meets it: it is not registered twice."""
    stack = world.stack
    stack.settings |= FORGOTTEN
    stack.declare(support=DECLARED)
    world.fail({"fault": "delay_visibility", "reads": 1_000_000})
    assert stack.up().ok
    sid = stack.resources["support"].id
    world.account.register(**{**BASE, "phonenumber": BYSTANDER})
    assert stack.refresh().steps == {"support": "gone"}
    (error,) = stack.up().errors
    assert "CarrierX refused the registration (409)" in error
    world.simulator.clear_faults()
    assert stack.up().ok
    assert stack.resources["support"].id == sid


@pytest.mark.parametrize(
    ("moment", "fault"),
    [
        ("GET", {"fault": "drop", "method": "PATCH", "calls": {"first": 1}}),
        ("PATCH", refused("PATCH", 429, calls={"first": 1})),
    ],
    ids=["before the confirming read", "before the attempt that had to wait"],
)
def test_an_update_that_removes_a_key_keeps_what_was_written_meanwhile(
    world: World, act_before: Any, moment: str, fault: dict[str, Any]
) -> None:
    """Before the second attempt the whole object is made from a fresh read."""
    world.stack.declare(support={**DECLARED, "attributes": {"team": "care", "old": 1}})
    assert world.stack.up().ok
    world.stack.declare(support=DECLARED)
    world.fail(fault)
    act_before(
        *(moment, 2 if moment == "GET" else 1),
        lambda: world.account.change(NUMBER, attributes={"billing": "B1"}),
    )
    assert world.stack.up().ok
    live = world.account.numbers()[NUMBER]
    assert live["attributes"] == {**DECLARED["attributes"], "billing": "B1"}


def test_what_others_register_meanwhile_is_not_called_registered_again(
    world: World, act_before: Any
) -> None:
    """Released for a replace, refused, and by the time it is registered again it is theirs."""
    world.stack.declare(support=DECLARED)
    assert world.stack.up().ok
    world.stack.declare(support=OTHER_CAPABILITIES)
    world.fail(
        REFUSED_ONCE,
        {"fault": "drop", "method": "POST", "when": "before", "calls": {"first": 2}},
    )
    act_before("POST", 2, lambda: world.account.register(**BASE, name="theirs"))
    (error,) = world.stack.up().errors
    assert world.account.numbers()[NUMBER]["name"] == "theirs"
    assert "registered again" not in error
