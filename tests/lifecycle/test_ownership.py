"""Whose registration is it? With a record an interrupted run goes on, and nobody's is taken."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

import pytest

from carrierx_provider.core.errors import ResourceError
from tests.lifecycle.conftest import KEY, owned

if TYPE_CHECKING:
    from tests.lifecycle.conftest import Numbers

NUMBER = "+46700987654"
OWNER = "shop/prod/support"
STATED: dict[str, Any] = {
    "phonenumber": NUMBER,
    "capabilities": 3,
    "name": "support",
    "attributes": {"team": "care"},
}
OWNED = {**STATED, "ownership": owned(OWNER)}


def test_the_record_is_written_with_the_registration_and_is_no_output(numbers: Numbers) -> None:
    """One call makes both; the outputs keep it apart from what people state and see."""
    created = numbers.create(OWNED)
    assert numbers.calls() == ["POST -> 200"]
    assert numbers.registered()[NUMBER]["attributes"] == {"team": "care", KEY: OWNER}
    assert created.outputs["attributes"] == {"team": "care"}
    assert created.outputs["managed_fields"]["attributes"] == {"team": True}


def test_an_interrupted_run_goes_on(numbers: Numbers) -> None:
    """A crash before the state was written: the next run takes its own registration on."""
    lost = numbers.create(OWNED)
    numbers.next_run()
    numbers.calls()

    created = numbers.create({**OWNED, "name": "helpdesk"})

    assert created.external_did_sid == lost.external_did_sid
    assert numbers.calls() == ["POST -> 409", "GET -> 200", "PATCH -> 200"]
    assert numbers.registered()[NUMBER]["name"] == "helpdesk"
    assert created.notices == (
        f"{NUMBER} (helpdesk): continued with SID {lost.external_did_sid}, which an earlier run of "
        "this resource registered.",
    )


def test_an_interrupted_replace_goes_on_with_other_capabilities(numbers: Numbers) -> None:
    """The program was mended meanwhile: what is left behind gives way to what is stated."""
    lost = numbers.create(OWNED)
    numbers.next_run()
    numbers.calls()

    created = numbers.create({**OWNED, "capabilities": 1}, goes_on=True)

    assert numbers.calls() == ["POST -> 409", "GET -> 200", "DELETE -> 204", "POST -> 200"]
    assert created.external_did_sid != lost.external_did_sid
    assert numbers.registered()[NUMBER]["capabilities"] == 1


def test_a_record_alone_releases_nothing(numbers: Numbers) -> None:
    """The state knows no such resource: another state may have a stack of the same name."""
    sid = numbers.create(OWNED).external_did_sid
    numbers.next_run()
    line = numbers.error(numbers.create, {**OWNED, "capabilities": 1})
    assert line == (
        f"{NUMBER} (support): SID {sid} cannot be taken over: capabilities 3 (receive_sms, "
        "send_sms) → 1 (receive_sms), which CarrierX cannot update. Nothing was changed. A replace "
        f"would lose its SID {sid}, its messaging enablement. Declare what is registered to take "
        "it over, and change it in a later up, whose preview shows the replace. Or, if an "
        "interrupted run of this stack left it, release it: `pulumi-carrierx orphans --release "
        f"{sid}`, then run up again."
    )
    assert numbers.registered()[NUMBER]["external_did_sid"] == sid


def test_without_a_record_an_interrupted_run_needs_a_word(numbers: Numbers) -> None:
    """The error says that what stands equals the program, and the command takes it over."""
    lost = numbers.create(STATED)
    sid = lost.external_did_sid
    numbers.next_run()

    line = numbers.error(numbers.create, STATED)

    assert line == (
        f"{NUMBER} (support): CarrierX refused the registration (409): phonenumber: is already "
        f"registered. Its registration has SID {sid}, and matches what the program declares. "
        "Nothing was changed. If an interrupted run of this stack made it, or nothing manages it "
        f"yet, take it over: `CARRIERX_ADOPT={sid} pulumi up`. If the resource was renamed in the "
        'program, give it aliases=[pulumi.Alias(name="its old name")]. Otherwise release that '
        "registration first."
    )
    numbers.next_run(adopt=f"another-sid, {sid}")
    assert numbers.create(STATED).external_did_sid == sid


def test_another_stacks_number_is_refused_by_name(numbers: Numbers) -> None:
    """Even with ``adopt_existing``; only a command that names the SID takes it over."""
    sid = numbers.create({**OWNED, "ownership": owned("shop/staging/support")}).external_did_sid
    rest = (
        f"{sid}, and matches what the program declares. Nothing was changed. It belongs to "
        f"shop/staging/support (attributes.{KEY}), which has to give it up first. If nothing "
        f"manages it there any more, take it over: `CARRIERX_ADOPT={sid} pulumi up`."
    )
    numbers.next_run()
    assert numbers.error(numbers.create, OWNED) == (
        f"{NUMBER} (support): CarrierX refused the registration (409): phonenumber: is already "
        f"registered. Its registration has SID {rest}"
    )
    assert numbers.error(numbers.create, {**OWNED, "adopt_existing": True}) == (
        f"{NUMBER} (support): adopt_existing found a registration. Its registration has SID {rest}"
    )
    numbers.next_run(adopt=sid)
    assert numbers.create(OWNED).external_did_sid == sid
    assert numbers.registered()[NUMBER]["attributes"][KEY] == OWNER


def test_another_resource_of_the_stack_is_named(numbers: Numbers) -> None:
    """A rename without an alias meets its own record under the old name."""
    sid = numbers.create(OWNED).external_did_sid
    renamed = {**OWNED, "ownership": owned("shop/prod/help/desk")}
    numbers.next_run()
    line = numbers.error(numbers.create, renamed)
    assert line.endswith(
        f'It belongs to the resource "support" of this stack (attributes.{KEY}). If that was '
        'renamed in the program, give it aliases=[pulumi.Alias(name="support")]. If it is in '
        "neither the program nor the state any more, take it over: "
        f"`CARRIERX_ADOPT={sid} pulumi up`."
    )
    numbers.next_run()
    adopted = numbers.create({**renamed, "adopt_existing": True})
    assert adopted.external_did_sid == sid
    assert numbers.registered()[NUMBER]["attributes"][KEY] == "shop/prod/help/desk"


def test_a_record_that_is_no_owner_is_shown_in_one_line(numbers: Numbers) -> None:
    """Whoever wrote it, it breaks no line and floods no message."""
    numbers.by_somebody_else(
        "POST", phonenumber=NUMBER, capabilities=3, attributes={KEY: "a\n/b/\x1b[31m" + "x" * 5000}
    )
    line = numbers.error(numbers.create, OWNED)
    assert "It belongs to a /b/ [31mxxx" in line
    assert line.isprintable()
    assert len(line) < 1000


def test_the_record_is_never_a_difference(numbers: Numbers) -> None:
    """Switched on, off, renamed, taken out by somebody: nothing is to be done for it alone."""
    created = numbers.create(STATED)
    sid = created.external_did_sid
    numbers.calls()
    for inputs in (
        OWNED,
        {**OWNED, "ownership": owned("shop/prod/renamed")},
        {**OWNED, "ownership": {"key": "owner", "owner": OWNER}},
        STATED,
    ):
        assert not numbers.lifecycle.diff(sid, created.outputs, inputs).calls
    numbers.next_run()
    owned_from_the_start = numbers.create(
        {**OWNED, "phonenumber": "+46700987655", "attributes": {}}
    )
    inputs = {**OWNED, "phonenumber": "+46700987655", "attributes": {}}
    numbers.by_somebody_else("PATCH", owned_from_the_start.external_did_sid, attributes={KEY: "x"})
    outputs = numbers.read(owned_from_the_start).outputs
    assert outputs == owned_from_the_start.outputs
    checked = numbers.lifecycle.check(inputs).inputs
    plan = numbers.lifecycle.diff(owned_from_the_start.external_did_sid, outputs, checked)
    assert not plan.calls


@pytest.mark.parametrize("attributes", [{"team": "helpdesk"}, {"team": {"name": "x"}}, {}])
def test_the_record_goes_along_with_the_next_change(
    numbers: Numbers, attributes: dict[str, Any]
) -> None:
    """A number from before the record gets it with its next PATCH, whatever that changes."""
    created = numbers.create(STATED)
    updated = numbers.update(created, {**OWNED, "attributes": attributes, "name": "helpdesk"})
    assert numbers.registered()[NUMBER]["attributes"] == {**attributes, KEY: OWNER}
    numbers.calls()
    again = numbers.update(updated, {**OWNED, "attributes": attributes, "name": "care"})
    assert numbers.calls() == ["PATCH -> 200"]
    assert numbers.registered()[NUMBER]["attributes"] == {**attributes, KEY: OWNER}
    assert again.outputs.get("attributes", {}) == attributes


def test_the_record_leaves_when_the_stack_keeps_none_any_more(numbers: Numbers) -> None:
    """With the next change; the attributes of others stay."""
    created = numbers.create(OWNED)
    numbers.by_somebody_else("PATCH", created.external_did_sid, attributes={"billing": "B1"})
    updated = numbers.update(created, {**STATED, "name": "helpdesk"})
    assert numbers.registered()[NUMBER]["attributes"] == {"team": "care", "billing": "B1"}
    assert "ownership" not in updated.outputs


def test_the_record_survives_a_key_that_has_to_vanish(numbers: Numbers) -> None:
    """``nested_objects=replace`` wants everything that stays, the record too."""
    created = numbers.create(OWNED)
    numbers.update(created, {**OWNED, "attributes": {"shift": "night"}})
    assert numbers.registered()[NUMBER]["attributes"] == {"shift": "night", KEY: OWNER}


def test_the_program_cannot_state_the_record(numbers: Numbers) -> None:
    """Two owners of one key would undo each other."""
    checked = numbers.lifecycle.check({**OWNED, "attributes": {KEY: "me"}})
    assert [(failure.field, failure.reason) for failure in checked.failures] == [
        (
            f"attributes.{KEY}",
            "is where carrierx:ownershipKey keeps the number's owner: declare another key, or set "
            "another carrierx:ownershipKey",
        )
    ]


def test_what_stays_in_the_way_is_not_released_again_and_again(numbers: Numbers) -> None:
    """CarrierX lists the number and does not know it when it is released: that ends in an error."""
    numbers.create(OWNED)
    numbers.next_run(deadline_seconds=2)
    numbers.fail({"fault": "status", "status": 404, "method": "DELETE"})
    numbers.calls()
    failed: list[BaseException] = []

    def create() -> None:
        try:
            numbers.create({**OWNED, "capabilities": 1}, goes_on=True)
        except BaseException as error:  # noqa: BLE001 -- whatever ends it
            failed.append(error)

    thread = threading.Thread(target=create, daemon=True)
    thread.start()
    thread.join(10)
    ended = not thread.is_alive()
    calls = numbers.calls()
    numbers.fail()  # lets the loop go
    thread.join(10)
    assert ended
    assert calls.count("DELETE -> 404") == 2
    assert isinstance(failed[0], ResourceError)


def test_what_an_interrupted_run_left_is_not_released_in_silence(numbers: Numbers) -> None:
    """The preview showed a create: that a number was released for it has to be said."""
    lost = numbers.create(OWNED)
    numbers.next_run()
    created = numbers.create({**OWNED, "capabilities": 1}, goes_on=True)
    (notice,) = created.notices
    assert lost.external_did_sid in notice
    assert "released" in notice


def test_an_attribute_that_is_no_record_is_not_overwritten(numbers: Numbers) -> None:
    """Somebody else keeps something of theirs under the key of the ownership record."""
    theirs = {"since": 2019, "by": "billing"}
    numbers.by_somebody_else("POST", phonenumber=NUMBER, capabilities=3, attributes={KEY: theirs})
    with contextlib.suppress(ResourceError):
        numbers.create({**OWNED, "adopt_existing": True})
    assert numbers.registered()[NUMBER]["attributes"][KEY] == theirs


@pytest.mark.parametrize("theirs", ["team-billing", {"since": 2019}])
def test_switching_the_record_on_overwrites_nobodys_attribute(
    numbers: Numbers, theirs: object
) -> None:
    """The key is in use already: that is said, not overwritten."""
    created = numbers.create(STATED)
    numbers.by_somebody_else("PATCH", created.external_did_sid, attributes={KEY: theirs})
    seen = numbers.read(created)
    with contextlib.suppress(ResourceError):
        numbers.update(seen, {**OWNED, "name": "helpdesk"})
    assert numbers.registered()[NUMBER]["attributes"][KEY] == theirs


def test_a_key_that_holds_no_owner_is_not_taken_for_a_record(numbers: Numbers) -> None:
    """The number is registered already: the error says why nobody can tell whose it is."""
    taken = {**STATED, "attributes": {"team": "care", KEY: 7}}
    sid = numbers.by_somebody_else("POST", **taken)["external_did_sid"]
    assert numbers.error(numbers.create, OWNED) == (
        f"{NUMBER} (support): CarrierX refused the registration (409): phonenumber: is already "
        f"registered. Its registration has SID {sid}, and matches what the program declares. "
        f"Nothing was changed. Its attributes.{KEY} does not hold an owner: set another "
        "carrierx:ownershipKey. To take the number over and overwrite that value: "
        f"`CARRIERX_ADOPT={sid} pulumi up`."
    )


def test_a_named_registration_that_only_a_replace_could_take_over_names_the_command(
    numbers: Numbers,
) -> None:
    """``adopt_existing`` was never stated: the error must not speak of it."""
    sid = numbers.by_somebody_else("POST", phonenumber=NUMBER, capabilities=1)["external_did_sid"]
    numbers.next_run(adopt=sid)
    line = numbers.error(numbers.create, STATED)
    assert "adopt_existing" not in line


@pytest.mark.parametrize("field", ["attributes", "capabilities"])
def test_a_list_that_leaves_fields_out_does_not_hide_whose_it_is(
    numbers: Numbers, field: str
) -> None:
    """The whole object is read before it is judged."""
    lost = numbers.create(OWNED)
    numbers.next_run()
    numbers.fail({"fault": "forget_field", "field": field, "method": "GET", "calls": {"first": 1}})
    assert numbers.create(OWNED).external_did_sid == lost.external_did_sid


@pytest.mark.parametrize("first", ["registered", "taken over"])
def test_two_resources_of_a_run_do_not_share_a_registration(numbers: Numbers, first: str) -> None:
    """Whether the first has registered it or taken it over."""
    if first == "taken over":
        numbers.create(OWNED)
        numbers.next_run()
    numbers.create(OWNED)
    line = numbers.error(numbers.create, OWNED)
    assert "another resource of this program has SID" in line


def test_a_run_that_released_its_own_leftover_says_so(numbers: Numbers) -> None:
    """The registration after it failed, so the number is out of service."""
    numbers.create(OWNED)
    numbers.next_run()
    numbers.fail({"fault": "status", "status": 401, "method": "POST", "calls": {"nth": 2}})
    line = numbers.error(lambda: numbers.create({**OWNED, "capabilities": 1}, goes_on=True))
    assert "The number has been released for the replace" in line
    assert "Nothing was changed" not in line


@pytest.mark.parametrize("how", ["adopt_existing", "named"])
def test_taking_over_never_releases(numbers: Numbers, how: str) -> None:
    """What a person asked to take over is no leftover of this resource."""
    sid = numbers.by_somebody_else("POST", phonenumber=NUMBER, capabilities=1)["external_did_sid"]
    numbers.next_run(adopt=sid if how == "named" else "")
    numbers.error(numbers.create, {**OWNED, "adopt_existing": how == "adopt_existing"})
    assert numbers.registered()[NUMBER]["external_did_sid"] == sid
