"""A replace that cannot finish: the number does not stay dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.lifecycle.conftest import KEY, owned

if TYPE_CHECKING:
    from tests.lifecycle.conftest import Numbers

NUMBER = "+46700987654"
SAID = "the simulator's fault plan says so"
STATED: dict[str, Any] = {
    "phonenumber": NUMBER,
    "capabilities": 3,
    "name": "support",
    "callback_url": "https://example.com/sms",
    "attributes": {"team": "care"},
}
OWNED = {**STATED, "ownership": owned("shop/prod/support")}
REFUSED = {"fault": "status", "status": 422, "method": "POST"}
SHOWN = ("phonenumber", "capabilities", "name", "callback_url", "attributes", "string_key_1")


@pytest.mark.parametrize("stated", [STATED, OWNED], ids=["without record", "with record"])
def test_a_refused_registration_brings_the_number_back(
    numbers: Numbers, stated: dict[str, Any]
) -> None:
    """It is registered again as it was, what others wrote included, and the error says so."""
    created = numbers.create(stated)
    numbers.by_somebody_else(
        "PATCH", created.external_did_sid, attributes={"billing": "B1"}, string_key_1="theirs"
    )
    was = numbers.registered()[NUMBER]
    numbers.fail({**REFUSED, "calls": {"first": 1}})
    numbers.calls()

    line = numbers.error(numbers.replace, created, {**stated, "capabilities": 1})

    assert numbers.calls() == ["GET -> 200", "DELETE -> 204", "POST -> 422", "POST -> 200"]
    now = numbers.registered()[NUMBER]
    assert {name: now[name] for name in SHOWN} == {name: was[name] for name in SHOWN}
    sid = now["external_did_sid"]
    how = "" if "ownership" in stated else f" That takes `CARRIERX_ADOPT={sid} pulumi up`."
    assert line == (
        f"{NUMBER} (support): CarrierX refused the registration (422): {SAID}. The "
        "number had been released for the replace, so it was registered again as it was, with SID "
        f"{sid}; its messaging enablement is lost. Mend the fields that it names in the program "
        f"and run up again.{how}"
    )


@pytest.mark.parametrize("capabilities", [3, 1, 8], ids=["reverted", "as before", "mended"])
def test_with_a_record_the_next_run_goes_on(numbers: Numbers, capabilities: int) -> None:
    """Whether the program is mended or reverted, without a manual step."""
    created = numbers.create(OWNED)
    numbers.fail({**REFUSED, "calls": {"first": 1}})
    numbers.error(numbers.replace, created, {**OWNED, "capabilities": 1})
    restored = numbers.registered()[NUMBER]["external_did_sid"]
    numbers.next_run()

    after = numbers.create({**OWNED, "capabilities": capabilities})

    assert list(numbers.registered()) == [NUMBER]
    assert numbers.registered()[NUMBER]["capabilities"] == capabilities
    assert (after.external_did_sid == restored) is (capabilities == 3)
    assert numbers.registered()[NUMBER]["attributes"] == {
        "team": "care",
        KEY: "shop/prod/support",
    }


def test_a_number_that_cannot_be_brought_back_is_told(numbers: Numbers) -> None:
    """Both refusals are said, and that it is out of service."""
    created = numbers.create(STATED)
    numbers.fail(REFUSED)
    assert numbers.error(numbers.replace, created, {**STATED, "capabilities": 1}) == (
        f"{NUMBER} (support): CarrierX refused the registration (422): {SAID}. The "
        "number had been released for the replace, and could not be registered again as it was: "
        f"CarrierX refused the registration (422): {SAID}. It is out of service "
        "until the next up registers it. Mend the fields that it names in the program and run up "
        "again."
    )
    assert numbers.registered() == {}


def test_a_number_that_somebody_else_has_released_is_not_brought_back(numbers: Numbers) -> None:
    """They may have had a reason; the refusal is said as it is."""
    created = numbers.create(STATED)
    numbers.release(created)
    numbers.next_run()
    numbers.fail(REFUSED)
    line = numbers.error(numbers.replace, created, {**STATED, "capabilities": 1})
    assert "registered again" not in line
    assert numbers.registered() == {}


def test_a_lost_registration_is_not_brought_back_beside_itself(numbers: Numbers) -> None:
    """Nobody knows whether it was refused: the number may be registered as it is stated."""
    created = numbers.create(STATED)
    numbers.fail({"fault": "drop", "when": "before", "method": "POST"})
    line = numbers.error(numbers.replace, created, {**STATED, "capabilities": 1})
    assert "The number has been released for the replace, and is not known to be registered" in line
    assert numbers.registered() == {}


def test_a_number_that_cannot_be_seen_before_its_release_stays(numbers: Numbers) -> None:
    """Nothing is released while CarrierX fails: how it was could not be told any more."""
    created = numbers.create(STATED)
    numbers.next_run(deadline_seconds=0.5)
    numbers.fail({"fault": "status", "status": 503, "method": "GET"})
    line = numbers.error(numbers.replace, created, {**STATED, "capabilities": 1})
    assert "CarrierX refused the read (503)" in line
    numbers.fail()
    assert list(numbers.registered()) == [NUMBER]


def test_without_the_scope_to_read_the_state_says_how_it_was(numbers: Numbers) -> None:
    """A token may well release and register, and not read."""
    created = numbers.create(STATED)
    numbers.fail(
        {"fault": "status", "status": 403, "method": "GET"}, {**REFUSED, "calls": {"first": 1}}
    )
    line = numbers.error(numbers.replace, created, {**STATED, "capabilities": 1})
    assert "so it was registered again as it was, with SID" in line
    assert numbers.registered()[NUMBER]["attributes"] == {"team": "care"}
