"""A lost answer: nothing is done twice, and nothing is taken for done that is not."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from carrierx_provider.core.connections import Connections, run_blocking
from carrierx_provider.core.settings import Settings
from carrierx_provider.external_did.lifecycle import ExternalDIDLifecycle
from carrierx_provider.external_did.run_registry import RunRegistry
from carrierx_simulator import SAMPLE_TOKEN, SimulatorSettings, Token, running_simulator
from tests.lifecycle.conftest import SOMEBODY_ELSE, Numbers, owned

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = "+46700987654"
STATED: dict[str, Any] = {
    "phonenumber": NUMBER,
    "capabilities": 3,
    "name": "support",
    "attributes": {"team": "care", "routing": {"queue": 7}},
}
OWNED = {**STATED, "ownership": owned("shop/prod/support")}

REFUSED = {"fault": "status", "status": 422, "method": "POST"}
LOST_ONCE = {"fault": "drop", "method": "POST", "when": "after", "calls": {"first": 1}}

# Each leaves it unknown whether the call took effect.
LOST = [
    {"fault": "drop"},
    {"fault": "half_body"},
    {"fault": "html"},
    {"fault": "slow", "seconds": 1.5},
    *({"fault": "status", "status": status} for status in (500, 502, 503, 504)),
]


def kind(fault: dict[str, Any]) -> str:
    """How a fault is named in a test's ID."""
    return str(fault.get("status", fault["fault"]))


@pytest.mark.parametrize("fault", LOST, ids=kind)
@pytest.mark.parametrize("stated", [STATED, OWNED], ids=["without record", "with record"])
def test_a_registration_that_took_effect_is_not_repeated(
    numbers: Numbers, fault: dict[str, Any], stated: dict[str, Any]
) -> None:
    """The number is looked up, and what stands there is what was asked for: it is ours."""
    numbers.fail({**fault, "method": "POST", "when": "after", "calls": {"first": 1}})

    created = numbers.create(stated)

    assert [call.split()[0] for call in numbers.calls()] == ["POST", "GET"]
    assert created.external_did_sid == numbers.registered()[NUMBER]["external_did_sid"]
    assert len(created.notices) == 1
    sid = created.external_did_sid
    assert f"{NUMBER} (support): continued with SID {sid}" in created.notices[0]


@pytest.mark.parametrize("fault", LOST, ids=kind)
def test_a_registration_that_took_no_effect_is_sent_again(
    numbers: Numbers, fault: dict[str, Any]
) -> None:
    """The number is looked up, and it is not there."""
    numbers.fail({**fault, "method": "POST", "when": "before", "calls": {"first": 1}})

    numbers.create(STATED)

    # A slow one is carried out late, when the client has gone: the second may meet the first.
    if fault["fault"] != "slow":
        assert [call.split()[0] for call in numbers.calls()] == ["POST", "GET", "POST"]
    assert list(numbers.registered()) == [NUMBER]


def test_a_registration_that_shows_up_late_is_found(numbers: Numbers) -> None:
    """Not to be seen at first, and then in the way: the second registration's 409 tells."""
    numbers.fail(
        {"fault": "drop", "method": "POST", "when": "after", "calls": {"first": 1}},
        # A list that does not say which number it shows is as good as one that does not show it.
        {"fault": "forget_field", "field": "phonenumber", "method": "GET", "calls": {"first": 2}},
    )

    created = numbers.create(STATED)

    assert numbers.calls() == [
        "POST -> lost",
        "GET -> 200",
        "POST -> 409",
        "GET -> 200",
        "GET -> 200",
    ]
    assert list(numbers.registered()) == [NUMBER]
    assert created.external_did_sid == numbers.registered()[NUMBER]["external_did_sid"]


def test_somebody_elses_registration_is_not_taken_for_a_lost_one(numbers: Numbers) -> None:
    """The lost answer was a refusal: what stands there is another one, and stays theirs."""
    theirs = numbers.by_somebody_else("POST", phonenumber=NUMBER, capabilities=3, name="theirs")
    sid = theirs["external_did_sid"]
    numbers.fail({"fault": "drop", "method": "POST", "when": "after"})

    line = numbers.error(numbers.create, STATED)

    assert line == (
        f"{NUMBER} (support): the connection to CarrierX broke during the registration: Server "
        f"disconnected without sending a response. Its registration has SID {sid}, and differs "
        "from what the program declares in name, attributes. Nothing was changed. If an "
        "interrupted run of this stack made it, or nothing manages it yet, take it over: "
        f"`CARRIERX_ADOPT={sid} pulumi "
        'up`. If the resource was renamed in the program, give it aliases=[pulumi.Alias(name="its '
        'old name")]. Otherwise release that registration first.'
    )
    assert numbers.registered()[NUMBER]["name"] == "theirs"


def test_with_ownership_only_the_record_makes_it_ours(numbers: Numbers) -> None:
    """An equal registration without the record was made by somebody else."""
    body = {key: STATED[key] for key in ("phonenumber", "capabilities", "name", "attributes")}
    sid = numbers.by_somebody_else("POST", **body)["external_did_sid"]
    numbers.fail({"fault": "drop", "method": "POST", "when": "after"})

    line = numbers.error(numbers.create, OWNED)

    assert (
        f"Its registration has SID {sid}, and matches what the program declares. Nothing was "
        "changed." in line
    )


@pytest.mark.parametrize("fault", LOST, ids=kind)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_update_is_confirmed_by_a_read(
    numbers: Numbers, fault: dict[str, Any], when: str
) -> None:
    """One that took effect is not repeated, one that did not is."""
    created = numbers.create(STATED)
    numbers.calls()
    numbers.fail({**fault, "method": "PATCH", "when": when, "calls": {"first": 1}})

    updated = numbers.update(created, {**STATED, "name": "helpdesk", "string_key_1": "k"})

    calls = [call.split()[0] for call in numbers.calls()]
    if fault["fault"] != "slow":
        assert calls == ["PATCH", "GET", *(["PATCH"] if when == "before" else [])]
    assert numbers.registered()[NUMBER]["name"] == "helpdesk"
    assert updated.outputs["string_key_1"] == "k"


def test_an_update_that_removes_a_key_keeps_what_was_written_meanwhile(numbers: Numbers) -> None:
    """``nested_objects=replace`` is made anew from what the confirming read has seen."""
    created = numbers.create(STATED)
    sid = created.external_did_sid
    numbers.calls()
    # The first PATCH gets nowhere; before it is sent again, somebody else adds a key.
    numbers.fail(
        {"fault": "drop", "method": "PATCH", "when": "before", "calls": {"first": 1}},
        {"fault": "slow", "seconds": 0.8, "method": "GET", "calls": {"nth": 2}},
    )

    def write() -> None:
        time.sleep(0.3)
        numbers.by_somebody_else("PATCH", sid, attributes={"billing": "B1"})

    writer = threading.Thread(target=write)
    writer.start()
    numbers.update(created, {**STATED, "attributes": {"team": "care"}})
    writer.join()

    assert numbers.registered()[NUMBER]["attributes"] == {"team": "care", "billing": "B1"}


@pytest.mark.parametrize("fault", LOST, ids=kind)
def test_a_lost_release_that_finds_nothing_has_succeeded(
    numbers: Numbers, fault: dict[str, Any]
) -> None:
    """The second DELETE answers 404: the first one did it."""
    created = numbers.create(STATED)
    numbers.fail({**fault, "method": "DELETE", "when": "after", "calls": {"first": 1}})
    assert numbers.release(created) == ()
    assert numbers.registered() == {}


@pytest.mark.parametrize("reads", [1, 2])
def test_what_was_just_registered_is_not_taken_for_released(numbers: Numbers, reads: int) -> None:
    """A read that does not see it yet asks again; it would drop out of the state."""
    numbers.fail({"fault": "delay_visibility", "reads": reads})
    created = numbers.create(STATED)
    seen = run_blocking(numbers.lifecycle.read, created.external_did_sid, created.outputs)

    assert seen is not None
    assert seen.external_did_sid == created.external_did_sid


def test_what_stays_hidden_is_gone_on_with_once_it_shows_up(numbers: Numbers) -> None:
    """A refresh takes it for released, and the next run meets it: it is not registered twice."""
    numbers.fail({"fault": "delay_visibility", "reads": 1_000_000})
    created = numbers.create(OWNED)
    numbers.next_run()
    assert run_blocking(numbers.lifecycle.read, created.external_did_sid, created.outputs) is None
    line = numbers.error(numbers.create, OWNED)
    assert "CarrierX refused the registration (409)" in line
    numbers.fail()
    numbers.next_run()
    assert numbers.create(OWNED).external_did_sid == created.external_did_sid
    assert list(numbers.registered()) == [NUMBER]


def test_what_is_released_is_seen_as_released(numbers: Numbers) -> None:
    """A few looks are enough."""
    created = numbers.create(STATED)
    numbers.release(created)
    numbers.calls()
    assert run_blocking(numbers.lifecycle.read, created.external_did_sid, created.outputs) is None
    assert numbers.calls() == ["GET -> 404"] * 4


def test_an_update_that_waited_keeps_what_was_written_meanwhile(numbers: Numbers) -> None:
    """``nested_objects=replace`` that was told to wait is made anew from a fresh read."""
    created = numbers.create({**STATED, "attributes": {"team": "care", "old": 1}})
    sid = created.external_did_sid
    numbers.fail(
        {
            "fault": "status",
            "status": 429,
            "retry_after": 2,
            "method": "PATCH",
            "calls": {"first": 1},
        }
    )

    def write() -> None:
        time.sleep(1)
        numbers.by_somebody_else("PATCH", sid, attributes={"billing": "B1"})

    writer = threading.Thread(target=write)
    writer.start()
    numbers.update(created, STATED)
    writer.join()
    assert numbers.registered()[NUMBER]["attributes"] == {
        **STATED["attributes"],
        "billing": "B1",
    }


def test_a_release_that_finds_nothing_is_sure_of_it(numbers: Numbers) -> None:
    """One 404 may be of a number that shows up late: forgotten, it would be an orphan."""
    created = numbers.create(STATED)
    numbers.fail({"fault": "status", "status": 404, "method": "DELETE", "calls": {"first": 1}})
    numbers.release(created)
    assert numbers.registered() == {}


def test_a_list_that_leaves_fields_out_makes_nothing_ours(numbers: Numbers) -> None:
    """Whether it is exactly what was asked for can only be told from the whole object."""
    numbers.by_somebody_else(
        "POST",
        phonenumber=NUMBER,
        capabilities=3,
        name="support",
        attributes={"team": "care"},
        callback_url="https://theirs.example.com",
    )
    numbers.fail(
        {"fault": "drop", "method": "POST", "when": "after", "calls": {"first": 1}},
        {
            "fault": "forget_field",
            "field": "callback_url",
            "method": "GET",
            "calls": {"first": 1},
        },
    )
    asked = {name: value for name, value in STATED.items() if name != "callback_url"}
    line = numbers.error(numbers.create, asked)
    assert "differs from what the program declares" in line or "CARRIERX_ADOPT" in line


@pytest.mark.parametrize("status", [422, 403, 409])
def test_a_rename_whose_registration_is_refused_releases_nothing(
    numbers: Numbers, status: int
) -> None:
    """With --continue-on-error the engine goes on to delete the old name: the program states it."""
    old = numbers.create(STATED)
    numbers.next_run()
    numbers.fail({"fault": "status", "status": status, "method": "POST"})
    if status == 409:
        # The look-up does not answer.
        numbers.next_run(deadline_seconds=0.5)
        numbers.fail(
            {"fault": "status", "status": 409, "method": "POST"},
            {"fault": "status", "status": 503, "method": "GET"},
        )
    numbers.error(numbers.create, STATED)  # the new name
    numbers.fail()
    # The old name, as --continue-on-error does.
    assert numbers.error(numbers.release, old) == (
        f"{NUMBER} (support): not released: another resource of this program declares the number, "
        "and could not be created in this run. Fix that one and run up again."
    )
    assert list(numbers.registered()) == [NUMBER]


def test_a_registration_that_may_stand_is_not_called_nothing(numbers: Numbers) -> None:
    """The same for a create: one attempt's answer was lost, so something may have changed."""
    numbers.next_run(deadline_seconds=2)
    numbers.fail(
        {"fault": "drop", "method": "POST", "when": "after", "calls": {"first": 1}},
        {"fault": "forget_field", "field": "phonenumber", "method": "GET"},
    )
    line = numbers.error(numbers.create, STATED)
    assert list(numbers.registered()) == [NUMBER]
    assert "Nothing was changed" not in line


def test_a_refusal_of_other_fields_is_not_blamed_on_what_stands(numbers: Numbers) -> None:
    """CarrierX named no number, so none is looked up."""
    numbers.by_somebody_else("POST", phonenumber=NUMBER, capabilities=3)
    numbers.fail(REFUSED)
    line = numbers.error(numbers.create, STATED)
    assert numbers.calls() == ["POST -> 422"]
    assert "Its registration has SID" not in line


def test_a_look_up_that_fails_hides_no_refusal(numbers: Numbers) -> None:
    """The refusal is what a person asked about."""
    numbers.by_somebody_else("POST", phonenumber=NUMBER, capabilities=3)
    numbers.fail({"fault": "status", "status": 403, "method": "GET"})
    line = numbers.error(numbers.create, STATED)
    assert "CarrierX refused the registration (409)" in line


def test_a_lost_registration_is_ours_with_the_name_that_carrierx_made_up(numbers: Numbers) -> None:
    """What was left to CarrierX is no difference."""
    numbers.fail(LOST_ONCE)
    created = numbers.create({"phonenumber": NUMBER, "capabilities": 3})
    assert created.external_did_sid == numbers.registered()[NUMBER]["external_did_sid"]


@pytest.mark.parametrize(
    "theirs",
    [
        {"underlying_carrier_sid": "theirs"},
        {"attributes": {"team": "care", "billing": "B1"}},
        {"capabilities": 1},
        {"string_key_1": "theirs"},
    ],
    ids=lambda theirs: next(iter(theirs)),
)
def test_one_difference_makes_it_somebody_elses(numbers: Numbers, theirs: dict[str, Any]) -> None:
    """Whatever the field is, and also one that was not asked for."""
    asked = {**STATED, "underlying_carrier_sid": "ours"}
    numbers.by_somebody_else("POST", **{**asked, **theirs})
    numbers.fail(LOST_ONCE)
    line = numbers.error(numbers.create, asked)
    assert "CARRIERX_ADOPT" in line


def test_a_lost_update_stands_only_with_all_its_fields(numbers: Numbers) -> None:
    """One field that has its value already proves nothing."""
    created = numbers.create(STATED)
    numbers.by_somebody_else("PATCH", created.external_did_sid, string_key_1="k")
    numbers.fail({"fault": "drop", "method": "PATCH", "when": "before", "calls": {"first": 1}})
    numbers.update(created, {**STATED, "name": "helpdesk", "string_key_1": "k"})
    assert numbers.registered()[NUMBER]["name"] == "helpdesk"


def test_a_number_that_was_asked_for_in_vain_is_not_released(numbers: Numbers) -> None:
    """With --continue-on-error the engine deletes the old name of a rename."""
    old = numbers.create(STATED)
    numbers.next_run()
    numbers.error(numbers.create, STATED)
    (notice,) = numbers.release(old)
    assert "not released" in notice
    assert list(numbers.registered()) == [NUMBER]


def test_an_answer_without_attributes_loses_nobodys(numbers: Numbers) -> None:
    """What is to be replaced as a whole has to be known as a whole."""
    created = numbers.create({**STATED, "attributes": {"team": "care", "old": 1}})
    numbers.by_somebody_else("PATCH", created.external_did_sid, attributes={"billing": "B1"})
    numbers.fail(
        {"fault": "forget_field", "field": "attributes", "method": "GET", "calls": {"first": 1}}
    )
    numbers.update(created, STATED)
    assert numbers.registered()[NUMBER]["attributes"] == {
        **STATED["attributes"],
        "billing": "B1",
    }


def test_after_the_deadline_one_more_look_finds_what_was_registered(numbers: Numbers) -> None:
    """The only attempt took longer than the deadline, and took effect."""
    numbers.next_run(deadline_seconds=0.01)
    numbers.fail({"fault": "slow", "seconds": 1.5, "method": "POST", "when": "after"})
    created = numbers.create(OWNED)
    assert created.external_did_sid == numbers.registered()[NUMBER]["external_did_sid"]


@pytest.mark.parametrize("operation", ["create", "update"])
def test_a_look_that_fails_does_not_hide_the_lost_change(numbers: Numbers, operation: str) -> None:
    """It is the change that may have taken effect."""
    created = numbers.create(STATED) if operation == "update" else None
    numbers.next_run(deadline_seconds=1)
    numbers.calls()
    numbers.fail(
        {"fault": "drop", "method": "POST" if created is None else "PATCH", "when": "after"},
        {"fault": "status", "status": 503, "method": "GET"},
    )
    if created is None:
        line = numbers.error(numbers.create, STATED)
        assert "broke during the registration" in line
    else:
        line = numbers.error(numbers.update, created, {**STATED, "name": "helpdesk"})
        assert "broke during the update" in line
    assert "It is not known whether it took effect." in line
    changes = [call for call in numbers.calls() if not call.startswith("GET")]
    assert len(changes) == 1


def test_a_501_is_looked_up_and_not_sent_again(numbers: Numbers) -> None:
    """It never passes, but may have taken effect."""
    numbers.fail({"fault": "status", "status": 501, "method": "POST", "when": "after"})
    created = numbers.create(OWNED)
    assert numbers.calls() == ["POST -> 501", "GET -> 200"]
    assert created.external_did_sid == numbers.registered()[NUMBER]["external_did_sid"]


def test_a_501_that_took_no_effect_is_an_error_at_once(numbers: Numbers) -> None:
    """Looked up once, and not sent again until the deadline."""
    numbers.fail({"fault": "status", "status": 501, "method": "POST", "when": "before"})
    numbers.error(numbers.create, STATED)
    assert numbers.calls() == ["POST -> 501", "GET -> 200"]


def test_a_last_look_that_fails_says_what_the_change_came_to(numbers: Numbers) -> None:
    """It is the change that did not answer."""
    numbers.next_run(deadline_seconds=0.01)
    numbers.fail(
        {"fault": "slow", "seconds": 1.5, "method": "POST", "when": "after"},
        {"fault": "status", "status": 503, "method": "GET"},
    )
    line = numbers.error(numbers.create, STATED)
    assert "CarrierX did not answer the registration within 1 s" in line
    assert "It is not known whether it took effect." in line


def test_a_422_that_blames_the_number_is_explained_by_what_stands(tmp_path: Path) -> None:
    """CarrierX may say "registered already" as it pleases."""
    data = str(tmp_path / "account.sqlite")
    with running_simulator(SimulatorSettings(data=data)) as simulator:
        sid = Numbers(simulator).create(STATED).external_did_sid
    tokens = (Token(SAMPLE_TOKEN), Token(SOMEBODY_ELSE))
    settings = SimulatorSettings(data=data, tokens=tokens, allowed_prefixes=("1",))
    with running_simulator(settings) as simulator:
        numbers = Numbers(simulator)
        line = numbers.error(numbers.create, STATED)
    assert f"Its registration has SID {sid}, and matches what the program declares." in line


def test_a_record_that_stands_is_not_sent_again(numbers: Numbers) -> None:
    """The smallest call; the record goes along only where it is not what it should be."""
    created = numbers.create(OWNED)
    numbers.calls()
    plan = numbers.lifecycle.diff(
        created.external_did_sid,
        created.outputs,
        numbers.lifecycle.check({**OWNED, "name": "helpdesk"}).inputs,
    )
    assert [call.body for call in plan.writes] == [{"name": "helpdesk"}]


def test_a_connection_that_could_not_be_made_is_tried_again() -> None:
    """A registration too; it took no effect, so nothing is looked up."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configuration = {
        "carrierx:token": SAMPLE_TOKEN,
        "carrierx:baseUrl": f"http://127.0.0.1:{port}/core/v2",
        "carrierx:deadlineSeconds": "10",
    }
    lifecycle = ExternalDIDLifecycle(Connections(Settings.of(configuration.get, {})), RunRegistry())
    inputs = lifecycle.check(STATED).inputs
    with ThreadPoolExecutor(1) as pool:
        created = pool.submit(run_blocking, lifecycle.create, inputs)
        time.sleep(0.3)
        assert not created.done()
        tokens = (Token(SAMPLE_TOKEN), Token(SOMEBODY_ELSE))
        with running_simulator(SimulatorSettings(port=port, tokens=tokens)) as simulator:
            sid = created.result().external_did_sid
            numbers = Numbers(simulator)
            assert numbers.calls() == ["POST -> 200"]
            assert numbers.registered()[NUMBER]["external_did_sid"] == sid
