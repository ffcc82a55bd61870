"""Promise 6: one line that helps, and never a secret; wrong inputs and settings too.

tests/unit has every mistake and every text; here is what reaches the engine.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from carrierx_simulator import SimulatorSettings, running_simulator
from tests.provider.front import dynamic_front
from tests.provider.lifecycles import (
    BASE,
    NAMED,
    NUMBER,
    RELEASED,
    Preview,
    Up,
    World,
    changed,
    live_through,
)
from tests.provider.program import UNKNOWN, Secret


def test_a_name_that_is_a_secret_is_in_no_message(world: World) -> None:
    """Neither in a warning nor in an error, which name the number alone."""
    secret = {**NAMED, "name": Secret("hidden")}
    live_through(
        world,
        [
            Up({**NAMED, "name": "hidden"}),
            Up(secret),
            Preview(
                {**secret, "capabilities": 1},
                warning=f"{NUMBER}: capabilities 3 (receive_sms, send_sms) → 1",
            ),
            RELEASED,
            Up(
                {**secret, "string_key_1": "b"},
                error=f"{NUMBER}: CarrierX refused the update (404)",
            ),
        ],
    )


def test_a_number_of_an_unusual_length_is_warned_of_once(world: World) -> None:
    """Before it is registered: not when the state has it, and not in a replace of the same one."""
    meter = {**NAMED, "phonenumber": "+345901234567890"}
    warning = (
        "+345901234567890 (support): has 15 digits, and numbers of country code 34 have 11. Fix "
        "phonenumber if that is a mistake; a number for machines (M2M) may be right as it is."
    )
    is_replaced = "is released"
    # The provider's process lasts for the whole test and says each line once: a new name makes it
    # another line.
    live_through(
        world,
        [
            Preview({**meter, "phonenumber": UNKNOWN}, step="create"),
            Preview(meter, step="create", warning=warning),
            Up(
                {**meter, "name": "a"}, step="create", warning="+345901234567890 (a): has 15 digits"
            ),
            Up({**meter, "name": "b"}, step="update"),
            Preview({**meter, "name": "c", "capabilities": 1}, warning=is_replaced),
            Preview({**meter, "phonenumber": UNKNOWN}, warning=is_replaced),
            Preview({**meter, "phonenumber": NUMBER}, warning=is_replaced),
            Preview(
                {**meter, "phonenumber": "+47580001234567"},
                warning=("+47580001234567 (support): has 14 digits", is_replaced),
            ),
        ],
    )


def test_wrong_inputs_are_told_all_at_once_without_a_secret_value(world: World) -> None:
    """In the preview and in the update; nothing is sent."""
    world.stack.declare(
        support={
            "phonenumber": "46 700",
            "capabilities": 4,
            "callback_url": Secret("ftp://hidden.example"),
            "attributes": {"n": 2**60},
            "nane": "x",
        }
    )
    for outcome in (world.stack.preview(), world.stack.up()):
        (error,) = outcome.errors
        assert [line.split(":")[0] for line in error.split("; ")] == [
            *("nane", "phonenumber", "capabilities", "callback_url", "attributes.n"),
        ]
        assert "hidden" not in error
    assert world.account.calls() == []


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
    with dynamic_front() as stack.front:
        stack.front.kill_engine()
        errors = stack.up(continue_on_error=True).errors
    assert len(errors) == 3
    assert all("was not sent: the run that asked for it has ended." in error for error in errors)
    assert world.account.calls() == ["GET SID"]


def test_a_long_refresh_uses_a_page_and_says_how_far_it_is(world: World) -> None:
    """A line every five seconds; what has changed or is gone is found on the page, too."""
    stack, account = world.stack, world.account
    numbers = [f"+467009876{index:02}" for index in range(10, 22)]
    stack.declare(**{f"n{number}": {**NAMED, "phonenumber": number} for number in numbers})
    # More than the four calls that the dynamic provider's server works on.
    stack.parallel = 8
    assert stack.up().ok
    account.change(numbers[10], name="drifted")
    account.release(numbers[11])
    account.calls()
    page = {"method": "GET", "path": "/phonenumber/external_dids"}
    world.fail({**page, "fault": "slow", "seconds": 6})
    outcome = stack.refresh()
    assert outcome.ok, outcome.errors
    assert outcome.lines[0] == "Reading from CarrierX: 3 numbers so far, list pages: 1."
    assert Counter(outcome.steps.values()) == {"same": 10, "changed": 1, "gone": 1}
    assert stack.resources[f"n{numbers[10]}"].inputs["name"] == "drifted"
    # Three go ahead before a page is worth it; after so long what is gone needs no second look.
    calls = Counter(call.split("?")[0] for call in account.calls())
    assert calls == {"GET SID": 3, "GET ": 1, "GET SID -> 404": 1}
