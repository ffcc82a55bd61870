"""A run that was killed and whose state was never written: the next one begins with the old state.

So it is with ``PULUMI_SKIP_CHECKPOINTS``. Here a run is forgotten by going on with the outputs from
before it, in a new process of the provider. The numbers have ownership records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from carrierx_api import eventual_consistency
from carrierx_provider.core.connections import run_blocking
from tests.lifecycle.conftest import KEY, owned

if TYPE_CHECKING:
    from carrierx_provider.core.resource import Result
    from tests.lifecycle.conftest import Numbers

NUMBER, OTHER_NUMBER = "+46700987654", "+46700987655"
OWNER = "shop/prod/support"
STATED: dict[str, Any] = {
    "phonenumber": NUMBER,
    "capabilities": 3,
    "name": "support",
    "attributes": {"team": "care"},
    "ownership": owned(OWNER),
}
OTHER_CAPABILITIES = {**STATED, "capabilities": 1}


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider's process is no longer young: what is unknown by now is gone."""
    monkeypatch.setattr(eventual_consistency, "SECONDS", 0.0)


def replace_by_another_number(numbers: Numbers, created: Result, inputs: dict[str, Any]) -> Result:
    """Check, diff, create, then delete, as the engine does."""
    checked = numbers.lifecycle.check(inputs, created.outputs).inputs
    plan = numbers.lifecycle.diff(created.external_did_sid, created.outputs, checked)
    assert not plan.delete_before_replace
    after = run_blocking(numbers.lifecycle.create, checked)
    numbers.release(created)
    return after


def test_a_replace_that_went_through_is_met_again(numbers: Numbers) -> None:
    """The old SID is gone, the new registration bears the record: nothing is registered anew."""
    before = numbers.create(STATED)
    forgotten = numbers.replace(before, OTHER_CAPABILITIES)
    numbers.next_run()
    numbers.calls()

    after = numbers.replace(before, OTHER_CAPABILITIES)

    assert numbers.calls() == ["GET -> 404", "DELETE -> 404", "POST -> 409", "GET -> 200"]
    assert after.external_did_sid == forgotten.external_did_sid
    assert after.outputs["capabilities"] == 1
    assert numbers.registered()[NUMBER]["external_did_sid"] == after.external_did_sid


def test_a_replace_that_was_cut_off_after_its_release_registers(numbers: Numbers) -> None:
    """The number is out of service, and the state does not know."""
    before = numbers.create(STATED)
    numbers.release(before)
    numbers.next_run()
    numbers.calls()

    numbers.replace(before, OTHER_CAPABILITIES)

    assert numbers.calls() == ["GET -> 404", "DELETE -> 404", "POST -> 200"]
    assert numbers.registered()[NUMBER]["capabilities"] == 1


def test_a_replace_whose_program_has_changed_since_goes_on(numbers: Numbers) -> None:
    """The preview has shown a replace of the number: what the forgotten run left gives way."""
    before = numbers.create(STATED)
    forgotten = numbers.replace(before, OTHER_CAPABILITIES)
    numbers.next_run()

    after = numbers.replace(before, {**STATED, "capabilities": 8})

    assert numbers.registered()[NUMBER]["capabilities"] == 8
    assert numbers.registered()[NUMBER]["external_did_sid"] == after.external_did_sid
    assert after.notices == (
        f"{NUMBER} (support): SID {forgotten.external_did_sid}, which an earlier run of this "
        "resource registered, was released and the number registered again: capabilities 1 "
        "(receive_sms) → 8 (receive_mms).",
    )


def test_a_replace_that_another_stack_has_come_before_touches_nothing(numbers: Numbers) -> None:
    """The forgotten run had released the number, and somebody else registered it meanwhile."""
    before = numbers.create(STATED)
    numbers.release(before)
    theirs = numbers.by_somebody_else(
        "POST", phonenumber=NUMBER, capabilities=1, attributes={KEY: "shop/staging/support"}
    )["external_did_sid"]
    numbers.next_run()

    line = numbers.error(numbers.replace, before, OTHER_CAPABILITIES)

    assert line == (
        f"{NUMBER} (support): CarrierX refused the registration (409): phonenumber: is already "
        f"registered. Its registration has SID {theirs}, and differs from what the program "
        "declares in name, attributes. The registration that this resource had is released for the "
        f"replace. It belongs to shop/staging/support (attributes.{KEY}), which has to give it up "
        f"first. If nothing manages it there any more, take it over: `CARRIERX_ADOPT={theirs} "
        "pulumi up`."
    )
    assert numbers.registered()[NUMBER]["external_did_sid"] == theirs


@pytest.mark.parametrize("both", [True, False], ids=["both", "the registration alone"])
def test_a_replace_by_another_number_is_met_again(numbers: Numbers, both: bool) -> None:
    """Whether the release of the old number went through too, or not."""
    before = numbers.create(STATED)
    inputs = {**STATED, "phonenumber": OTHER_NUMBER}
    forgotten = numbers.create(inputs)
    if both:
        numbers.release(before)
    numbers.next_run()

    after = replace_by_another_number(numbers, before, inputs)

    assert after.external_did_sid == forgotten.external_did_sid
    assert list(numbers.registered()) == [OTHER_NUMBER]


def test_a_refused_replace_that_brought_the_number_back_goes_on(numbers: Numbers) -> None:
    """It has a new SID by then, which the state does not know."""
    before = numbers.create(STATED)
    numbers.fail(
        {"fault": "status", "status": 422, "method": "POST", "calls": {"first": 1}},
    )
    numbers.error(numbers.replace, before, OTHER_CAPABILITIES)
    assert numbers.registered()[NUMBER]["capabilities"] == 3
    numbers.next_run()

    after = numbers.replace(before, OTHER_CAPABILITIES)

    assert numbers.registered()[NUMBER]["external_did_sid"] == after.external_did_sid
    assert numbers.registered()[NUMBER]["capabilities"] == 1


def test_an_update_is_made_again_and_keeps_the_keys_of_others(numbers: Numbers) -> None:
    """A key had to vanish, and somebody else has written since: theirs is kept."""
    before = numbers.create({**STATED, "attributes": {"team": "care", "old": 1}})
    inputs = {**STATED, "callback_url": "https://example.com/sms"}
    numbers.update(before, inputs)
    numbers.by_somebody_else("PATCH", before.external_did_sid, attributes={"billing": "B1"})
    numbers.next_run()
    numbers.calls()

    after = numbers.update(before, inputs)

    assert numbers.calls() == ["GET -> 200", "PATCH -> 200"]
    live = numbers.registered()[NUMBER]
    assert live["attributes"] == {"team": "care", "billing": "B1", KEY: OWNER}
    assert live["callback_url"] == "https://example.com/sms"
    assert after.outputs["managed_fields"]["attributes"] == {"team": True}


def test_what_this_run_registered_may_still_show_up(numbers: Numbers) -> None:
    """It is new, however long the run has been at work."""
    numbers.fail({"fault": "delay_visibility", "reads": 2})
    created = numbers.create(STATED)
    numbers.calls()
    assert numbers.read(created).external_did_sid == created.external_did_sid
    assert numbers.calls() == ["GET -> 404", "GET -> 404", "GET -> 200"]


def test_a_release_is_found_done(numbers: Numbers) -> None:
    """One call tells."""
    before = numbers.create(STATED)
    numbers.release(before)
    numbers.next_run()
    numbers.calls()
    assert numbers.release(before) == ()
    assert numbers.calls() == ["DELETE -> 404"]


def test_a_release_touches_nothing_that_others_have_registered_since(numbers: Numbers) -> None:
    """It goes to the old SID, whoever has the number by now: another stack, or this one."""
    before = numbers.create(STATED)
    numbers.release(before)
    for owner in ("shop/staging/support", "shop/prod/helpdesk", OWNER):
        taken = numbers.create({**STATED, "ownership": owned(owner)})
        numbers.next_run()
        numbers.release(before)
        assert numbers.registered()[NUMBER]["external_did_sid"] == taken.external_did_sid
        numbers.next_run()
        numbers.release(taken)


def test_a_rename_that_took_the_number_over_is_met_again(numbers: Numbers) -> None:
    """Without an alias, with adopt_existing: the old name's release leaves it alone again."""
    before = numbers.create(STATED)
    renamed = {**STATED, "ownership": owned("shop/prod/helpdesk"), "adopt_existing": True}
    numbers.next_run()
    numbers.create(renamed)
    numbers.next_run()
    numbers.calls()

    after = numbers.create(renamed)
    numbers.release(before)

    assert numbers.calls() == ["GET -> 200"]
    assert after.external_did_sid == before.external_did_sid
    assert numbers.registered()[NUMBER]["external_did_sid"] == before.external_did_sid


def test_a_number_that_moved_to_another_resource_is_met_again(numbers: Numbers) -> None:
    """The one gave it up for another number, the other took it over; both are done again."""
    one = numbers.create(STATED)
    numbers.next_run()
    one_later = {**STATED, "phonenumber": OTHER_NUMBER}
    other = {**STATED, "ownership": owned("shop/prod/helpdesk"), "adopt_existing": True}

    def move() -> tuple[Result, Result]:
        checked = numbers.lifecycle.check(one_later, one.outputs).inputs
        numbers.lifecycle.diff(one.external_did_sid, one.outputs, checked)
        taken = numbers.create(other)
        replaced = run_blocking(numbers.lifecycle.create, checked)
        numbers.release(one)
        return taken, replaced

    forgotten = [result.external_did_sid for result in move()]
    numbers.next_run()

    assert [result.external_did_sid for result in move()] == forgotten
    live = {number: did["external_did_sid"] for number, did in numbers.registered().items()}
    assert live == {NUMBER: one.external_did_sid, OTHER_NUMBER: forgotten[1]}


@pytest.mark.parametrize("capabilities", [3, 8], ids=["reverted", "changed again"])
def test_a_refresh_follows_a_forgotten_replace(numbers: Numbers, capabilities: int) -> None:
    """The state shows what stands then, so that a replace of it is previewed as one."""
    before = numbers.create(STATED)
    forgotten = numbers.replace(before, OTHER_CAPABILITIES)
    numbers.next_run()
    numbers.calls()

    seen = numbers.read(before)

    assert numbers.calls() == ["GET -> 404", "GET -> 200"]
    assert seen.external_did_sid == forgotten.external_did_sid
    assert seen.notices == (
        f"{NUMBER} (support): SID {before.external_did_sid} is gone; continued with SID "
        f"{forgotten.external_did_sid}, which an earlier run of this resource registered.",
    )
    assert seen.outputs["capabilities"] == 1
    assert seen.inputs is not None
    assert seen.inputs["capabilities"] == 1
    assert seen.outputs["resource_mark"] == before.outputs["resource_mark"]
    numbers.replace(seen, {**STATED, "capabilities": capabilities})
    assert numbers.registered()[NUMBER]["capabilities"] == capabilities
    # And again, when that replace was forgotten in its turn.
    numbers.next_run()
    numbers.release(numbers.read(seen))
    assert numbers.registered() == {}


@pytest.mark.parametrize(
    "attributes",
    [{}, {KEY: "shop/staging/support"}, {KEY: "shop/prod/helpdesk"}, {KEY: {"since": 2019}}],
    ids=["no record", "another stack", "another resource", "no owner"],
)
def test_a_refresh_follows_nobody_else(numbers: Numbers, attributes: dict[str, Any]) -> None:
    """What does not bear this very resource's record is not its own: the number is gone."""
    before = numbers.create(STATED)
    numbers.release(before)
    numbers.by_somebody_else("POST", phonenumber=NUMBER, capabilities=3, attributes=attributes)
    numbers.next_run()
    seen = run_blocking(numbers.lifecycle.read, before.external_did_sid, before.outputs)
    assert seen is None


def test_without_a_record_a_refresh_asks_no_further(numbers: Numbers) -> None:
    """Nothing could tell whose the number is."""
    stated = {name: value for name, value in STATED.items() if name != "ownership"}
    before = numbers.create(stated)
    numbers.release(before)
    numbers.create(stated)
    numbers.next_run()
    numbers.calls()
    seen = run_blocking(numbers.lifecycle.read, before.external_did_sid, before.outputs)
    assert seen is None
    assert numbers.calls() == ["GET -> 404"]


def test_a_create_that_was_renamed_since_says_whose_it_is(numbers: Numbers) -> None:
    """Whether the old name is still in the state or the program, the provider cannot know."""
    sid = numbers.create(STATED).external_did_sid
    numbers.next_run()
    line = numbers.error(numbers.create, {**STATED, "ownership": owned("shop/prod/helpdesk")})
    assert line.endswith(
        "If it is no longer in the program or the state, take it over: "
        f"`CARRIERX_ADOPT={sid} pulumi up`."
    )
    numbers.next_run(adopt=sid)
    again = numbers.create({**STATED, "ownership": owned("shop/prod/helpdesk")})
    assert again.external_did_sid == sid
