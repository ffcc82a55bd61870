"""Promise 5: an answer that is of another number than the call counts as no answer.

tests/provider/test_fault_matrix.py has it in every operation; here is what is sent after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.provider.lifecycles import (
    BASE,
    BYSTANDER,
    KEY,
    NUMBER,
    OWNER,
    RECORDS,
    RELEASED,
    Destroy,
    Lifecycles,
    Refresh,
    Step,
    Up,
    World,
    changed,
    forget_field,
    live_through,
    refused,
    registered,
)

DECLARED: dict[str, Any] = {
    **BASE,
    "name": "support",
    "attributes": {"team": "care", "routing": {"queue": 7}},
}
RENAMED = {**DECLARED, "name": "helpdesk"}
REROUTED = {**DECLARED, "attributes": {"team": "care", "routing": {"queue": 8}}}
OTHER_CAPABILITIES = {**DECLARED, "capabilities": 1}
THEIRS: dict[str, Any] = {
    "phonenumber": BYSTANDER,
    "capabilities": 1,
    "name": "theirs",
    "callback_url": "https://theirs.example/sms",
    "string_key_1": "theirs",
    "attributes": {"theirs": True},
}
"""The number that the wrong answers are of."""
IMPATIENT = {"deadlineSeconds": "0.5"}
"""For what fails until the deadline."""
PAGES = {"path": "/phonenumber/external_dids"}
ONCE = {"calls": {"first": 1}}
GOING_ON = "which an earlier run of this resource registered"
READ_AGAIN = ["GET SID", "GET SID"]


def another(method: str, **more: Any) -> dict[str, Any]:
    """The fault of calls that are carried out, and answered with ``THEIRS``."""
    return {"fault": "another_object", "method": method, "phonenumber": NUMBER, **more}


ANSWERS: Lifecycles = {
    "a registration is looked up": (
        Up(
            DECLARED,
            faults=[another("POST")],
            calls=["POST", "GET ?limit"],
            warning="the response to the registration was lost",
            registered=[NUMBER],
            live={"capabilities": 3, "name": "support"},
            outputs={"phonenumber": NUMBER, "name": "support", "callback_url": None},
        ),
    ),
    "a registration is looked up, and the look-up is made again": (
        Up(
            DECLARED,
            settings=RECORDS,
            faults=[another("POST"), another("GET", **ONCE)],
            calls=["POST", "GET ?limit", "GET ?limit"],
            warning=GOING_ON,
            registered=[NUMBER],
        ),
    ),
    "a registration that is not found either is taken over by the next run": (
        Up(
            DECLARED,
            settings=RECORDS | IMPATIENT,
            faults=[another("POST"), another("GET")],
            error="with another External DID: number +46700987656 instead of +46700987654. It is "
            "not known whether it took effect. Run up again",
            registered=[NUMBER],
        ),
        Up(DECLARED, warning=GOING_ON, keeps_sid=True),
    ),
    "a change is confirmed by a read": (
        Up(DECLARED),
        Up(
            RENAMED,
            faults=[another("PATCH")],
            calls=["PATCH SID", "GET SID"],
            step="update",
            live={"name": "helpdesk", "callback_url": None, "string_key_1": None},
            outputs={"name": "helpdesk", "capabilities": 3, "callback_url": None},
        ),
    ),
    "a change that nothing confirms is an error, and the next run finds it done": (
        Up(DECLARED),
        Up(
            RENAMED,
            settings=IMPATIENT,
            faults=[another("PATCH"), another("GET")],
            error="CarrierX answered the update (200) with another External DID: SID ",
            live={"name": "helpdesk"},
        ),
        Up(RENAMED, calls=["PATCH SID"], live={"name": "helpdesk"}),
    ),
    "the keys of others are read again before a change": (
        Up(DECLARED),
        changed(attributes={"routing": {"queue": 7, "others": 1}}),
        Up(
            REROUTED,
            faults=[another("GET", **ONCE)],
            calls=[*READ_AGAIN, "PATCH SID"],
            live={"attributes": {"team": "care", "routing": {"queue": 8, "others": 1}}},
            settles=False,
        ),
    ),
    "what cannot be read is not changed": (
        Up(DECLARED),
        Up(
            REROUTED,
            settings=IMPATIENT,
            faults=[another("GET")],
            error="CarrierX answered the read (200), in ",
            live={"attributes": DECLARED["attributes"]},
        ),
    ),
    "a refresh reads again": (
        Up(DECLARED),
        Refresh(step="same", faults=[another("GET", **ONCE)], calls=READ_AGAIN),
    ),
    "a refresh that gets no other answer changes nothing": (
        Up(DECLARED),
        Refresh(
            settings=IMPATIENT,
            faults=[another("GET")],
            error="attempts with another External DID: SID ",
            outputs={"name": "support", "phonenumber": NUMBER},
        ),
        Up(DECLARED, step="same"),
    ),
    "a replace reads again before it releases": (
        Up(DECLARED),
        changed(string_key_2="others"),
        Up(
            OTHER_CAPABILITIES,
            faults=[another("GET", **ONCE), refused("POST", 422, **ONCE)],
            calls=[*READ_AGAIN, "DELETE SID", "POST", "POST"],
            error="so it was registered again as it was",
            live={"capabilities": 3, "name": "support", "string_key_2": "others"},
        ),
    ),
    "a replace that cannot read releases nothing": (
        Up(DECLARED),
        Up(
            OTHER_CAPABILITIES,
            settings=IMPATIENT,
            faults=[another("GET")],
            error="CarrierX answered the read (200), in ",
            keeps_sid=True,
            live={"capabilities": 3},
        ),
    ),
    "a number to take over is looked up again": (
        registered(),
        Up(
            {**DECLARED, "adopt_existing": True},
            faults=[another("GET", **PAGES, **ONCE)],
            calls=["GET ?limit", "GET ?limit", "GET SID", "PATCH SID"],
            keeps_sid=True,
            live={"name": "support"},
        ),
    ),
    "a number to take over that only others are shown of is not registered": (
        registered(),
        Up(
            {**DECLARED, "adopt_existing": True},
            settings=IMPATIENT,
            faults=[another("GET", **PAGES)],
            error="with another External DID: number +46700987656 instead of +46700987654. Check",
            keeps_sid=True,
            registered=[NUMBER],
        ),
    ),
    "a number to take over is read whole again": (
        registered(),
        Up(
            {**DECLARED, "adopt_existing": True},
            faults=[
                forget_field("attributes", **PAGES),
                another("GET", **ONCE, path="/phonenumber/external_dids/*"),
            ],
            calls=["GET ?limit", *READ_AGAIN, "GET SID", "PATCH SID"],
            keeps_sid=True,
            live={"name": "support"},
        ),
    ),
    "a refresh follows its own number to the new SID": (
        Up(DECLARED, settings=RECORDS),
        RELEASED,
        registered(name="support", attributes={**DECLARED["attributes"], KEY: OWNER}),
        Refresh(
            faults=[another("GET", **PAGES, **ONCE)],
            warning=f"is gone; continued with SID {{new}}, {GOING_ON}",
            outputs={"name": "support", "phonenumber": NUMBER},
        ),
        Destroy(registered=[]),
    ),
}


@pytest.mark.parametrize("steps", ANSWERS.values(), ids=ANSWERS)
def test_after_an_answer_that_is_of_another_number(world: World, steps: Sequence[Step]) -> None:
    """Nothing of it is taken over, and its number is neither read, changed nor released."""
    theirs = world.account.register(**THEIRS)
    before = world.account.numbers()[BYSTANDER]
    live_through(world, steps)
    assert world.account.numbers()[BYSTANDER] == before
    assert not [call for call in world.simulator.requests() if theirs in call["path"]]
    state = [(resource.id, resource.outputs) for resource in world.stack.resources.values()]
    assert theirs not in str(state)
    assert "theirs" not in str(state)
