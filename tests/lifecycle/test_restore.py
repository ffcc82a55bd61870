"""A replace that cannot finish: the number does not stay dark."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from carrierx_provider.core.connections import Connections, run_blocking
from carrierx_provider.core.errors import ResourceError
from carrierx_provider.core.settings import Settings
from carrierx_provider.external_did.lifecycle import ExternalDIDLifecycle
from carrierx_provider.external_did.run_registry import RunRegistry
from carrierx_simulator import SAMPLE_TOKEN, SimulatorSettings, running_simulator
from tests.lifecycle.conftest import KEY, SOMEBODY_ELSE, owned

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
OWNER = "shop/prod/support"
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
        f"{sid}; its messaging enablement is lost. Fix the fields that it names in the program "
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

    after = numbers.create({**OWNED, "capabilities": capabilities}, goes_on=True)

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
        "until the next up registers it. Fix the fields that it names in the program and run up "
        "again."
    )
    assert numbers.registered() == {}


def test_a_number_that_was_released_before_is_brought_back_too(numbers: Numbers) -> None:
    """By a killed run, or by hand: the program states it, and the state says how it was."""
    created = numbers.create(STATED)
    numbers.release(created)
    numbers.next_run()
    numbers.fail({**REFUSED, "calls": {"first": 1}})
    line = numbers.error(numbers.replace, created, {**STATED, "capabilities": 1})
    assert "so it was registered again as it was, with SID" in line
    assert numbers.registered()[NUMBER]["capabilities"] == 3


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


@pytest.mark.parametrize("field", ["capabilities", "phonenumber", "attributes", "callback_url"])
def test_a_field_that_the_last_look_leaves_out_is_brought_back_too(
    numbers: Numbers, field: str
) -> None:
    """What an answer leaves out is taken from the state, not for nothing."""
    created = numbers.create(STATED)
    was = numbers.registered()[NUMBER]
    numbers.fail(
        {"fault": "forget_field", "field": field, "method": "GET"},
        {**REFUSED, "calls": {"first": 1}},
    )
    line = numbers.error(numbers.replace, created, {**STATED, "capabilities": 1})
    assert "registered again as it was" in line
    now = numbers.registered()[NUMBER]
    assert now[field] == was[field]


def test_a_restore_whose_answer_is_lost_does_not_say_that_the_number_is_dark(
    numbers: Numbers,
) -> None:
    """It is not known: it may well be registered."""
    created = numbers.create(STATED)
    numbers.next_run(deadline_seconds=1)
    numbers.fail(
        {**REFUSED, "calls": {"first": 1}},
        {"fault": "drop", "method": "POST", "when": "after"},
        {
            "fault": "status",
            "status": 503,
            "method": "GET",
            "path": "/phonenumber/external_dids",
        },
    )
    line = numbers.error(numbers.replace, created, {**STATED, "capabilities": 1})
    assert list(numbers.registered()) == [NUMBER]
    assert "It is out of service until the next up" not in line


def test_a_number_that_is_registered_does_not_count_as_out_of_service(numbers: Numbers) -> None:
    """Registered, the answer lost, and nothing to be seen of it: nobody may say it is dark."""
    created = numbers.create(STATED)
    numbers.next_run(deadline_seconds=2)
    numbers.fail(
        {"fault": "drop", "method": "POST", "when": "after", "calls": {"first": 1}},
        {
            "fault": "forget_field",
            "field": "phonenumber",
            "method": "GET",
            "path": "/phonenumber/external_dids",
        },
    )
    line = numbers.error(numbers.replace, created, {**STATED, "capabilities": 1})
    assert list(numbers.registered()) == [NUMBER]
    assert "out of service until" not in line


def test_a_429_before_the_release_is_a_failure_too(numbers: Numbers) -> None:
    """Nothing is released while it cannot be seen how it was."""
    created = numbers.create(STATED)
    numbers.by_somebody_else("PATCH", created.external_did_sid, attributes={"billing": "B1"})
    numbers.next_run(deadline_seconds=0.5)
    numbers.fail(
        {"fault": "status", "status": 429, "method": "GET"}, {**REFUSED, "calls": {"first": 1}}
    )
    line = numbers.error(numbers.replace, created, {**STATED, "capabilities": 1})
    assert "CarrierX refused the read (429)" in line
    assert numbers.registered()[NUMBER]["external_did_sid"] == created.external_did_sid


def test_a_conflict_right_after_the_release_passes(numbers: Numbers) -> None:
    """A 409 "may pass later": CarrierX may take a moment to see its own release."""
    created = numbers.create(STATED)
    numbers.fail({"fault": "status", "status": 409, "method": "POST", "calls": {"first": 2}})
    replaced = numbers.replace(created, {**STATED, "capabilities": 1})
    assert numbers.registered()[NUMBER]["capabilities"] == 1
    assert replaced.external_did_sid == numbers.registered()[NUMBER]["external_did_sid"]


def test_a_number_that_another_stack_took_over_is_not_released_for_a_replace(
    numbers: Numbers,
) -> None:
    """The number is read before it is released, and its record names somebody else by then."""
    created = numbers.create(OWNED)
    sid = created.external_did_sid
    numbers.by_somebody_else("PATCH", sid, attributes={KEY: "shop/staging/support"})
    with contextlib.suppress(ResourceError):
        numbers.replace(created, {**OWNED, "capabilities": 1})
    assert numbers.registered()[NUMBER]["external_did_sid"] == sid


def test_a_number_brought_back_in_its_old_account_says_which_one() -> None:
    """The next run talks to the account that the program states, and would not find it."""
    with (
        running_simulator(SimulatorSettings()) as old,
        running_simulator(SimulatorSettings()) as new,
    ):
        configuration = {
            "carrierx:token": SAMPLE_TOKEN,
            "carrierx:baseUrl": old.base_url,
            "carrierx:accounts": f'{{"new": {{"token": "{SAMPLE_TOKEN}", '
            f'"baseUrl": "{new.base_url}"}}}}',
        }

        def run() -> ExternalDIDLifecycle:
            return ExternalDIDLifecycle(
                Connections(Settings.of(configuration.get, {})), RunRegistry()
            )

        first = run()
        created = run_blocking(first.create, first.check(OWNED).inputs)
        moved = first.check({**OWNED, "account": "new"}).inputs
        new.set_faults({"faults": [{**REFUSED, "calls": {"first": 1}}]})
        first.diff(created.external_did_sid, created.outputs, moved)
        run_blocking(first.delete, created.external_did_sid, created.outputs)
        with pytest.raises(ResourceError) as refused:
            run_blocking(first.create, moved)
    assert " as it was in the default account, with SID " in str(refused.value)
    assert str(refused.value).endswith("Before it can move to another account, release that SID.")


def test_the_carrier_is_brought_back_too(numbers: Numbers) -> None:
    """Without it CarrierX would choose another one."""
    stated = {**STATED, "underlying_carrier_sid": "carrier-1"}
    created = numbers.create(stated)
    numbers.fail({**REFUSED, "calls": {"first": 1}})
    numbers.error(numbers.replace, created, {**stated, "capabilities": 1})
    assert numbers.registered()[NUMBER]["underlying_carrier_sid"] == "carrier-1"


def test_a_number_from_before_the_record_is_brought_back_with_one(numbers: Numbers) -> None:
    """Or the next run would not know it for its own."""
    created = numbers.create(STATED)
    numbers.fail({**REFUSED, "calls": {"first": 1}})
    line = numbers.error(numbers.replace, created, {**OWNED, "capabilities": 1})
    assert "CARRIERX_ADOPT" not in line
    assert numbers.registered()[NUMBER]["attributes"] == {"team": "care", KEY: OWNER}


def test_bringing_back_survives_a_lost_answer(numbers: Numbers) -> None:
    """What stands is what was asked for, so it is told with its SID."""
    created = numbers.create(STATED)
    numbers.fail(
        {**REFUSED, "calls": {"first": 1}},
        {"fault": "drop", "method": "POST", "when": "after", "calls": {"first": 2}},
    )
    line = numbers.error(numbers.replace, created, {**STATED, "capabilities": 1})
    sid = numbers.registered()[NUMBER]["external_did_sid"]
    assert f"registered again as it was, with SID {sid}" in line


def test_what_somebody_else_registers_meanwhile_is_not_called_brought_back(
    numbers: Numbers,
) -> None:
    """The number is theirs by then."""
    created = numbers.create(STATED)
    numbers.fail(
        {**REFUSED, "calls": {"first": 1}},
        {"fault": "drop", "method": "POST", "when": "before", "calls": {"first": 2}},
        {"fault": "slow", "seconds": 0.8, "method": "GET"},
    )

    def take() -> None:
        while numbers.registered():
            time.sleep(0.02)
        numbers.by_somebody_else("POST", phonenumber=NUMBER, capabilities=3, name="theirs")

    taker = threading.Thread(target=take)
    taker.start()
    line = numbers.error(numbers.replace, created, {**STATED, "capabilities": 1})
    taker.join()
    assert numbers.registered()[NUMBER]["name"] == "theirs"
    assert "registered again" not in line


def two_accounts(numbers: Numbers) -> None:
    """A run with the account ``other`` beside the default one."""
    configuration = {
        "carrierx:token": SAMPLE_TOKEN,
        "carrierx:baseUrl": numbers._simulator.base_url,  # noqa: SLF001 -- its own fixture
        "carrierx:accounts": f'{{"other": "{SOMEBODY_ELSE}"}}',
        "carrierx:deadlineSeconds": "2",
    }
    numbers.lifecycle = ExternalDIDLifecycle(
        Connections(Settings.of(configuration.get, {})), RunRegistry()
    )


def test_an_account_that_refuses_everything_gives_the_number_back_to_the_other(
    numbers: Numbers,
) -> None:
    """The old account, whose token works, registers it again."""
    two_accounts(numbers)
    created = numbers.create({**STATED, "account": "other"})
    numbers.fail({"fault": "status", "status": 401, "method": "POST"})  # the default account
    numbers.calls()
    line = numbers.error(numbers.replace, created, STATED)
    assert "registered again as it was" in line
    assert list(numbers.registered()) == [NUMBER]
    assert numbers.calls() == ["POST -> 401"]


def test_an_account_that_refuses_everything_is_not_asked_twice(numbers: Numbers) -> None:
    """The same token would be refused again."""
    created = numbers.create(STATED)
    numbers.fail({"fault": "status", "status": 401, "method": "POST"})
    numbers.calls()
    line = numbers.error(numbers.replace, created, {**STATED, "capabilities": 1})
    assert numbers.calls() == ["GET -> 200", "DELETE -> 204", "POST -> 401"]
    assert "The number has been released for the replace" in line


def test_a_replace_that_was_killed_and_then_mended_goes_on(numbers: Numbers) -> None:
    """The state still has the SID that was released; what the killed run made gives way."""
    created = numbers.create(OWNED)
    killed = numbers.replace(created, {**OWNED, "capabilities": 1})
    numbers.next_run()

    mended = numbers.replace(created, {**OWNED, "capabilities": 8})

    assert numbers.registered()[NUMBER]["capabilities"] == 8
    assert killed.external_did_sid in mended.notices[0]
