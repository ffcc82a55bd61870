"""Promise 6: one line that helps, and never a secret; wrong inputs and settings too.

tests/unit has every mistake and every text; here is what reaches the engine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from carrierx_simulator import SAMPLE_TOKEN, SimulatorSettings, running_simulator
from tests.provider.conftest import READS_ONLY, RELEASES_ONLY
from tests.provider.lifecycles import (
    BASE,
    NUMBER,
    RELEASED,
    Destroy,
    Lifecycles,
    Preview,
    Refresh,
    Up,
    World,
    changed,
    live_through,
)
from tests.provider.properties import Secret

NAMED = {**BASE, "name": "support"}
NO_ONE_LISTENS = "http://127.0.0.1:9/core/v2"
IMPATIENT = {"deadlineSeconds": "0.5"}

FAILURES: Lifecycles = {
    "a scope that is missing is named": (
        Up(
            NAMED,
            settings={"token": READS_ONLY},
            error=f"{NUMBER} (support): CarrierX refused the registration (403): the token needs "
            "one of the scopes phonenumber.manage, phonenumber.create. Nothing was changed. The "
            "token in carrierx:token lacks the scope phonenumber.manage or phonenumber.create: use "
            "one that has it.",
            registered=[],
        ),
    ),
    "a replace that broke off says what is out of service, and the next up says nothing odd": (
        Up(BASE),
        Up(
            {**BASE, "capabilities": 1},
            settings={"token": RELEASES_ONLY},
            error="CarrierX refused the registration (403): the token needs one of the scopes "
            "phonenumber.manage, phonenumber.create. The number had been released for the replace, "
            "and could not be registered again as it was: CarrierX refused the registration (403): "
            "the token needs one of the scopes phonenumber.manage, phonenumber.create. It is out "
            "of service until the next up registers it. The token in carrierx:token lacks the "
            "scope",
            unsaid=["Nothing was changed"],
            registered=[],
        ),
        Up(BASE, settings={"token": SAMPLE_TOKEN}, registered=[NUMBER]),
    ),
    "an update of what is gone changes nothing, and a refresh sees it": (
        Up(BASE),
        RELEASED,
        Up(
            NAMED,
            error="CarrierX refused the update (404): cannot find item by sid. Nothing was "
            "changed. The number may have been released elsewhere: run refresh to see, then up to "
            "register it again.",
        ),
        Refresh(step="gone", settings=IMPATIENT),
        Up(NAMED, registered=[NUMBER]),
    ),
    "a server that cannot be reached is named, and the state stays": (
        Up(NAMED),
        Refresh(
            settings={"baseUrl": NO_ONE_LISTENS, **IMPATIENT},
            error=f"CarrierX could not be reached at {NO_ONE_LISTENS} for the read, in ",
            outputs={"name": "support"},
        ),
    ),
    "deleting what is gone is fine": (
        Up(BASE, settings=IMPATIENT),
        RELEASED,
        Destroy(registered=[]),
    ),
    "wrong inputs are told all at once, without a secret value, and nothing is sent": tuple(
        command(
            {
                "phonenumber": "46 700",
                "capabilities": 4,
                "callback_url": Secret("ftp://hidden.example"),
                "attributes": {"n": 2**60},
                "nane": "x",
            },
            error="nane: is not an input of an External DID: the inputs are phonenumber, ",
            unsaid=["hidden"],
            calls=[],
        )
        for command in (Preview, Up)
    ),
    "a setting that is wrong is said in one line": (
        Up(
            BASE,
            settings={"requestsPerSecond": "4/s"},
            error="carrierx:requestsPerSecond must be a positive number of calls per second, such "
            "as 10",
            calls=[],
        ),
    ),
    "a name that is a secret is in no message": (
        Up({**NAMED, "name": "hidden"}),
        Up({**NAMED, "name": Secret("hidden")}),
        Preview(
            {**NAMED, "capabilities": 1, "name": Secret("hidden")},
            warning=f"{NUMBER}: capabilities 3 (receive_sms, send_sms) → 1",
        ),
        RELEASED,
        Up(
            {**NAMED, "name": Secret("hidden"), "string_key_1": "b"},
            error=f"{NUMBER}: CarrierX refused the update (404)",
        ),
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_an_error_says_what_was_tried_what_came_of_it_and_what_to_do(
    world: World, case: str
) -> None:
    """In one line, whatever went wrong."""
    live_through(world, FAILURES[case])


def test_every_wrong_input_has_its_own_line(world: World) -> None:
    """All fields at once."""
    world.stack.declare(support={"phonenumber": "46 700", "capabilities": 4, "callback_url": "x"})
    (error,) = world.stack.preview().errors
    assert [line.split(":")[0] for line in error.split("; ")] == [
        "phonenumber",
        "capabilities",
        "callback_url",
    ]


def test_a_secret_stays_one_in_the_state(world: World) -> None:
    """In the inputs, and in the output of the same name; a refresh keeps that."""
    secrets: dict[str, Any] = {
        "name": Secret("n"),
        "callback_url": Secret("https://example.com/"),
        "attributes": {"team": "care", "password": Secret("p")},
    }
    live_through(world, [Up({**BASE, **secrets}, outputs=secrets), changed(string_key_1="x")])
    world.stack.refresh()
    resource = world.stack.resources["support"]
    for properties in (resource.inputs, resource.outputs):
        assert {name: properties[name] for name in secrets} == secrets


def test_a_422_that_blames_the_number_is_explained_by_what_is_registered(
    world: World, tmp_path: Path
) -> None:
    """CarrierX may say "registered already" as it pleases."""
    data = str(tmp_path / "account.sqlite")
    world.stack.declare(support=NAMED)
    sids = []
    for allowed in ((), ("1",)):
        with running_simulator(SimulatorSettings(data=data, allowed_prefixes=allowed)) as simulator:
            world.stack.settings["baseUrl"] = simulator.base_url
            outcome = world.stack.up()
            sids += [each.id for each in world.stack.resources.values()]
            world.stack.resources.clear()
    (error,) = outcome.errors
    assert "CarrierX refused the registration (422)" in error
    assert f"Its registration has SID {sids[0]}, and matches what the program declares." in error


def test_nothing_is_changed_for_an_engine_that_is_gone(world: World) -> None:
    """A provider's process that outlives its engine only reads."""
    stack = world.stack
    stack.declare(updated=NAMED, released={**BASE, "phonenumber": "+46700987655"})
    assert stack.up().ok
    world.account.calls()
    stack.declare(updated={**NAMED, "name": "x"}, new={**BASE, "phonenumber": "+46700987656"})
    with stack.front.start() as stack.front:
        stack.front.kill_engine()
        errors = stack.up(continue_on_error=True).errors
    assert len(errors) == 3
    assert all("was not sent: the run that asked for it has ended." in error for error in errors)
    assert world.account.calls() == []
