"""Every DELETE is safe by itself, whatever led to it.

The number is read first. It is not released if it belongs to another stack, or if the program
declares it in a resource that could not be created. What a failed registration needs is remembered,
and no message says what is not so.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.provider.front import dynamic_front
from tests.provider.lifecycles import (
    BASE,
    FORGET,
    IMPATIENT,
    KEY,
    NUMBER,
    OTHER_NUMBER,
    OWNER,
    RECORDS,
    REMEMBER,
    Destroy,
    Lifecycles,
    Up,
    World,
    changed,
    live_through,
    refused,
    registered,
)
from tests.provider.program import GET

DECLARED: dict[str, Any] = {**BASE, "name": "support", "attributes": {"team": "care"}}
OTHER_CAPABILITIES = {**DECLARED, "capabilities": 1}
OTHER_PHONENUMBER = {**DECLARED, "phonenumber": OTHER_NUMBER}
ADOPTING = {**DECLARED, "adopt_existing": True}
STAGING = "shop/staging/support"
THEIRS = changed(attributes={KEY: STAGING})
"""Another stack has taken the number over."""
BELONGS_TO_STAGING = (
    f"{NUMBER} (support): not released: SID {{sid}} belongs to {STAGING} now (attributes.{KEY}). "
    "Remove the number from this program and from its state: `pulumi-carrierx release {sid}`."
)
DECLARED_ELSEWHERE = (
    f"{NUMBER} (support): not released: another resource of this program declares the number, and "
    "could not be created in this run. Fix that one and run up again."
)
FROM_THE_START: Lifecycles = {
    # Another stack's number.
    "a destroy does not release what belongs to another stack": (
        Up(DECLARED, settings=RECORDS),
        THEIRS,
        Destroy(calls=["GET SID"], error=BELONGS_TO_STAGING, registered=[NUMBER]),
    ),
    "nor does a change of the number": (
        Up(DECLARED, settings=RECORDS),
        THEIRS,
        Up(
            OTHER_PHONENUMBER,
            calls=["POST", "GET SID"],
            error=BELONGS_TO_STAGING,
            registered=[NUMBER, OTHER_NUMBER],
        ),
    ),
    "nor one whose record is the first that the number has": (
        Up(DECLARED),
        THEIRS,
        Destroy(settings=RECORDS, error=BELONGS_TO_STAGING, registered=[NUMBER]),
    ),
    "what another resource of the stack has is left to it": (
        Up(DECLARED, settings=RECORDS),
        changed(attributes={KEY: "shop/prod/helpdesk"}),
        Destroy(
            warning=f"{NUMBER} (support): not released: SID {{sid}} belongs to shop/prod/helpdesk "
            f"now (attributes.{KEY}). If that is no longer in the state, `pulumi-carrierx orphans` "
            "finds the number.",
            registered=[NUMBER],
        ),
    ),
    "another key of the setting does not hide another stack's record": (
        Up(DECLARED, settings=RECORDS),
        changed(attributes={"owner": STAGING}),
        Destroy(settings={"ownershipKey": "owner"}, error=f"{STAGING} now", registered=[NUMBER]),
    ),
    "the first record, by a run that the state has forgotten, is this resource's own": (
        Up(DECLARED),
        REMEMBER,
        Up({**DECLARED, "name": "x"}, settings=RECORDS),
        FORGET,
        Destroy(registered=[]),
    ),
    "nor does a record that is no text": (
        Up(DECLARED, settings=RECORDS),
        changed(attributes={KEY: {"owner": "infra"}}),
        Destroy(error='belongs to {"owner": "infra"} now', registered=[NUMBER]),
    ),
    "a number that the program goes on to read is not released": (
        Up(DECLARED),
        Up(
            {GET: "{first}"},
            name="reader",
            warning=f"{NUMBER} (support): not released: the program reads SID {{first}} "
            "(ExternalDID.get). It stays registered, outside the state.",
            registered=[NUMBER],
        ),
    ),
    "a rename to another account that fails keeps the number": (
        Up(DECLARED),
        Up(
            {**DECLARED, "account": "other"},
            name="helpdesk",
            continue_on_error=True,
            faults=[{**refused("POST", 422), "token": 1}],
            error=["CarrierX refused the registration (422)", DECLARED_ELSEWHERE],
            registered=[NUMBER],
        ),
    ),
    "a renumbering with an old state names the registration that it does not know": (
        Up(DECLARED, settings=RECORDS),
        REMEMBER,
        Up(OTHER_CAPABILITIES),
        FORGET,
        Up(
            OTHER_PHONENUMBER,
            warning="The number is still registered, with SID {new}, which has this resource's",
            registered=[NUMBER, OTHER_NUMBER],
        ),
    ),
    "a look-up that fails says that it is not known": (
        Up(DECLARED, settings=RECORDS),
        REMEMBER,
        Up(OTHER_CAPABILITIES),
        FORGET,
        Destroy(
            settings={"confirmGone": "true"},
            faults=[refused("GET", 403, path="/phonenumber/external_dids")],
            warning="Whether the number has been registered again could not be looked up.",
        ),
    ),
    "nor what somebody keeps under the key": (
        Up(DECLARED),
        changed(attributes={KEY: "billing"}),
        Destroy(settings=RECORDS, registered=[]),
    ),
    # A read that fails.
    "a number that cannot be read is not released": (
        Up(DECLARED),
        Destroy(
            settings=IMPATIENT,
            faults=[refused("GET", 501)],
            error=f"{NUMBER} (support): CarrierX refused the read (501): the simulator's fault "
            "plan says so. Try again later. SID {sid} was not released, because it could not be "
            "read first. To release it without that read, set CARRIERX_RELEASE_UNREAD={sid} for "
            "one run.",
            registered=[NUMBER],
        ),
    ),
    "where the token may not read, a warning says so": (
        Up(DECLARED, settings=RECORDS),
        THEIRS,
        Destroy(
            faults=[refused("GET", 403)],
            warning="was released without being read first, because the token may not read it",
            registered=[],
        ),
    ),
    # What others have written since the last refresh.
    "a replace names what it loses and no preview has shown": (
        Up(DECLARED),
        changed(string_key_1="theirs", attributes={"billing": "B1"}),
        Up(
            OTHER_CAPABILITIES,
            warning=f"{NUMBER} (support): also lost with the registration: string_key_1, "
            "attributes.billing. Somebody else has set this since the last refresh, and the "
            "program does not declare it.",
        ),
    ),
    "one by another number, too": (
        Up(DECLARED),
        changed(string_key_1="theirs"),
        Up(OTHER_PHONENUMBER, warning="also lost with the registration"),
    ),
    # An old state.
    "a release with an old state names the registration that it does not know": (
        Up(DECLARED, settings=RECORDS),
        REMEMBER,
        Up(OTHER_CAPABILITIES),
        FORGET,
        Destroy(
            warning=f"{NUMBER} (support): SID {{first}} was already gone: somebody else, or an "
            "earlier run of this stack, had released it. The number is still "
            "registered, with SID {new}, which has this resource's record. To release it: "
            "`pulumi-carrierx orphans --release {new}`.",
            registered=[NUMBER],
        ),
    ),
    # A number that a failed create still needs.
    **{
        f"a rename that fails keeps the number in the state, {how}": (
            Up(DECLARED, settings=settings),
            Up(
                DECLARED,
                name="helpdesk",
                continue_on_error=True,
                error=["is already registered. Its registration has SID {sid}", DECLARED_ELSEWHERE],
            ),
            Up(DECLARED, step="same", calls=[], keeps_sid=True),
        )
        for how, settings in (("with a record", RECORDS), ("without one", {}))
    },
    "a take-over whose update is refused does not, either": (
        Up(DECLARED),
        Up(
            {**ADOPTING, "name": "helpdesk"},
            name="helpdesk",
            continue_on_error=True,
            faults=[refused("PATCH", 422)],
            error=["CarrierX refused the update (422)", DECLARED_ELSEWHERE],
        ),
        Up(
            {**ADOPTING, "name": "helpdesk"},
            name="helpdesk",
            warning="not released: another resource of this program has SID {sid} now.",
            keeps_sid=True,
        ),
    ),
}


@pytest.mark.parametrize("case", FROM_THE_START)
def test_a_release_is_safe(world: World, case: str) -> None:
    """It reads first, and leaves what is another stack's or declared by another resource."""
    live_through(world, FROM_THE_START[case])


def test_a_person_may_release_what_cannot_be_read(world: World) -> None:
    """By its SID, for one run, and with a warning."""
    live_through(world, [Up(DECLARED)])
    sid = world.account.sid(NUMBER)
    world.fail(refused("GET", 501))
    front = world.stack.front
    with dynamic_front(CARRIERX_RELEASE_UNREAD=sid) as world.stack.front:
        outcome = world.stack.destroy()
    world.stack.front = front
    assert outcome.ok, outcome.errors
    (warning,) = outcome.warnings
    assert "without being read first, because CARRIERX_RELEASE_UNREAD has its SID" in warning
    assert world.account.numbers() == {}


def test_a_copy_of_a_stack_releases_nothing_of_the_original(world: World) -> None:
    """Unless a person says that the stack was only renamed."""
    stack = world.stack
    stack.settings |= RECORDS
    stack.declare(support=DECLARED)
    assert stack.up().ok
    sid = world.account.sid(NUMBER)
    stack.name = "shop/dev"
    told = (
        f"{NUMBER} (support): not released: SID {sid} belongs to shop/prod (attributes.{KEY}), and "
        "this stack is shop/dev. If it was called that before, or the number was moved from there, "
        "set CARRIERX_FORMER_STACK=shop/prod for this run. If its state is a copy, take the number "
        f"out: `pulumi-carrierx release {sid}`."
    )
    assert stack.destroy().errors == [told]
    stack.declare(support=OTHER_CAPABILITIES)
    assert stack.up().errors == [told]
    assert world.account.sid(NUMBER) == sid
    stack.settings["formerStack"] = "shop/prod"
    outcome = stack.destroy()
    assert outcome.ok, outcome.errors
    assert world.account.numbers() == {}


def test_one_number_in_two_accounts_is_two_numbers(world: World) -> None:
    """What is released in the one says nothing about a registration in the other."""
    stack = world.stack
    stack.declare(support=DECLARED)
    assert stack.up().ok
    world.account.calls()
    world.simulator.set_faults({"faults": [{**refused("POST", 422), "token": 1}]})
    stack.declare(support=OTHER_CAPABILITIES, second={**DECLARED, "account": "other"})
    (error,) = stack.up(continue_on_error=True).errors
    assert "CarrierX refused the registration (422)" in error
    assert "Nothing was changed." in error
    assert [call.split()[0] for call in world.account.calls()] == ["GET", "DELETE", "POST"]


def test_a_destroy_of_many_reads_them_from_pages(world: World) -> None:
    """Each DELETE is preceded by a read, which a page of the list serves for all."""
    stack = world.stack
    stack.settings |= RECORDS
    numbers = [f"+467009876{index:02}" for index in range(40)]
    stack.declare(**{f"n{number[1:]}": {**BASE, "phonenumber": number} for number in numbers})
    assert stack.up().ok
    world.account.change(numbers[20], attributes={KEY: STAGING})
    world.account.calls()
    (error,) = stack.destroy().errors
    assert f"belongs to {STAGING} now" in error
    calls = [call.split()[0] for call in world.account.calls()]
    assert calls.count("DELETE") == len(numbers) - 1
    # Three by themselves, then a page for all others.
    assert calls.count("GET") == 4
    assert list(world.account.numbers()) == [numbers[20]]


TAKEN = registered(phonenumber=OTHER_NUMBER, name="theirs")
DELETED_FIRST = {"delete_before_replace": True}
BY_OTHER = {**OTHER_PHONENUMBER, **DELETED_FIRST}
AGAIN = (
    f"{NUMBER} had been released for the replace, so it was registered again as it was, with SID "
    "{new}, outside the state; its messaging enablement is lost. "
)
KEEP_WITH_RECORD = (
    f" To keep {NUMBER}, declare it again; otherwise the up that registers {OTHER_NUMBER} releases "
    "it."
)
KEEP_WITHOUT = (
    f" To keep {NUMBER}, declare it again and run `CARRIERX_ADOPT={{new}} pulumi up`; otherwise "
    "release it at CarrierX."
)
REPLACED_UNSEEN = (
    f"{NUMBER} (support): the registration was replaced without a warning in the preview. Lost "
    "with it: its SID {first}, its messaging enablement, and what the program does not declare "
    "(string_key_1, attributes.billing)."
)
OTHERS_WRITE = changed(string_key_1="theirs", attributes={"billing": 1})
LIVE = {**DECLARED, "phonenumber": NUMBER.removeprefix("+"), "string_key_1": "theirs"}

DELETES_THAT_COME_FIRST: Lifecycles = {
    # The option reverses the order of a replace by another number.
    **{
        f"a taken number puts the old one back, {how}": (
            Up({**DECLARED, **DELETED_FIRST}, settings=settings),
            TAKEN,
            OTHERS_WRITE,
            Up(
                BY_OTHER,
                calls=["GET SID", "DELETE SID", "POST", "GET ?", "POST"],
                error=f"differs from what the program declares in name, attributes. {AGAIN}",
                unsaid=["Nothing was changed"],
                live={**LIVE, "attributes": {**LIVE["attributes"], "billing": 1, **record}},
                registered=[NUMBER, OTHER_NUMBER],
            ),
            # As the error says.
            Up({**DECLARED, **DELETED_FIRST}, adopts=adopts, keeps_sid=True, warning=warning),
        )
        for how, settings, record, keep, adopts, warning in (
            ("with a record", RECORDS, {KEY: OWNER}, KEEP_WITH_RECORD, "", "continued with SID"),
            ("without one", {}, {}, KEEP_WITHOUT, "{sid}", ()),
        )
    },
    "a refused number, too": (
        Up({**DECLARED, **DELETED_FIRST}, settings=RECORDS),
        Up(
            BY_OTHER,
            faults=[refused("POST", 422, calls={"first": 1})],
            error=AGAIN + "Fix the fields that it names in the program and run up again."
            f"{KEEP_WITH_RECORD}",
            registered=[NUMBER],
        ),
    ),
    "an old number that cannot be put back is said to be out of service": (
        Up({**DECLARED, **DELETED_FIRST}),
        Up(
            BY_OTHER,
            faults=[refused("POST", 422)],
            error=f"{NUMBER} had been released for the replace, and could not be registered again "
            "as it was: CarrierX refused the registration (422): the simulator's fault plan says "
            "so. It is out of service until the program declares it again.",
            registered=[],
        ),
    ),
    "a lost registration says which number is released": (
        Up({**DECLARED, **DELETED_FIRST}, settings=IMPATIENT),
        Up(
            BY_OTHER,
            faults=[{"fault": "drop", "when": "before", "method": "POST"}],
            error=f"{NUMBER} has been released for the replace, and {OTHER_NUMBER} is not known to "
            "be registered now: the next up registers it.",
        ),
        Up(BY_OTHER, registered=[OTHER_NUMBER]),
    ),
    # The engine asks for no plan.
    "--replace says what it loses": (
        Up({**DECLARED, **DELETED_FIRST}),
        OTHERS_WRITE,
        Up(
            {**DECLARED, **DELETED_FIRST},
            replaces=["support"],
            calls=["GET SID", "DELETE SID", "POST"],
            warning=REPLACED_UNSEEN,
            keeps_sid=False,
        ),
    ),
    "--replace that is refused puts back what others have written": (
        Up({**DECLARED, **DELETED_FIRST}),
        OTHERS_WRITE,
        Up(
            {**DECLARED, **DELETED_FIRST},
            replaces=["support"],
            faults=[refused("POST", 422, calls={"first": 1})],
            error="so it was registered again as it was, with SID {new}",
            live={**LIVE, "attributes": {**LIVE["attributes"], "billing": 1}},
        ),
    ),
    "--replace of another stack's number is refused": (
        Up({**DECLARED, **DELETED_FIRST}, settings=RECORDS),
        THEIRS,
        Up(
            {**DECLARED, **DELETED_FIRST},
            replaces=["support"],
            calls=["GET SID"],
            error=BELONGS_TO_STAGING,
            keeps_sid=True,
        ),
    ),
    **{
        f"--replace by another number knows what it has released, {how}": (
            Up({**DECLARED, **DELETED_FIRST}, settings=settings),
            Up(
                BY_OTHER,
                replaces=["support"],
                faults=[refused("POST", 422, calls={"first": 1})],
                error=AGAIN,
                registered=[NUMBER],
            ),
        )
        for how, settings in (("with a record", RECORDS), ("without one", {}))
    },
    "what was put back is released once the other number is registered": (
        Up({**DECLARED, **DELETED_FIRST}, settings=RECORDS),
        Up(BY_OTHER, faults=[refused("POST", 422, calls={"first": 1})], error=AGAIN),
        Up(
            BY_OTHER,
            warning=f"{NUMBER} (support): SID {{new}}, with which an earlier run had registered "
            "the number again, was released.",
            registered=[OTHER_NUMBER],
        ),
    ),
    "what was put back after a leftover was released is that leftover": (
        Up(DECLARED, settings=RECORDS),
        REMEMBER,
        Up(
            {**OTHER_PHONENUMBER, "capabilities": 1},
            faults=[refused("DELETE", 403)],
            error="(403)",
        ),
        FORGET,
        Up(
            OTHER_PHONENUMBER,
            error="cannot be taken over: capabilities 1",
            registered=[NUMBER, OTHER_NUMBER],
        ),
    ),
    "what was put back is not released if it is retained": (
        Up({**DECLARED, **DELETED_FIRST}, settings=RECORDS),
        Up(BY_OTHER, faults=[refused("POST", 422, calls={"first": 1})], error=AGAIN),
        Up(
            {**BY_OTHER, "retain_on_delete": True},
            registered=[NUMBER, OTHER_NUMBER],
        ),
    ),
    "nor if the program reads it": (
        Up({**DECLARED, **DELETED_FIRST}, settings=RECORDS),
        Up(BY_OTHER, faults=[refused("POST", 422, calls={"first": 1})], error=AGAIN),
        Up(
            {GET: "{sid}"},
            name="reader",
            beside={"support": BY_OTHER},
            in_turn=True,
            registered=[NUMBER, OTHER_NUMBER],
        ),
    ),
    "nor if another resource declares it": (
        Up({**DECLARED, **DELETED_FIRST}, settings=RECORDS),
        Up(BY_OTHER, faults=[refused("POST", 422, calls={"first": 1})], error=AGAIN),
        Up(
            BY_OTHER,
            beside={"second": {**ADOPTING, "name": "second"}},
            keeps_sid=True,
            registered=[NUMBER, OTHER_NUMBER],
        ),
    ),
    "another resource's failure puts nothing back": (
        Up({**DECLARED, **DELETED_FIRST}, settings=RECORDS),
        Up(
            BY_OTHER,
            beside={"second": {**DECLARED, "name": "second"}},
            in_turn=True,
            faults=[{**refused("POST", 422), "phonenumber": NUMBER}],
            error=f"{NUMBER} (second): CarrierX refused the registration (422): the simulator's "
            "fault plan says so. Nothing was changed.",
            registered=[OTHER_NUMBER],
        ),
    ),
    "--replace that would create first keeps the registration": (
        Up(DECLARED, settings=RECORDS),
        Up(
            DECLARED,
            replaces=["support"],
            warning=(
                "continued with SID {sid}",
                f"{NUMBER} (support): not replaced: SID {{sid}} was kept, because a number can "
                "be registered only once. To replace it, give the resource "
                "delete_before_replace=True.",
            ),
            keeps_sid=True,
        ),
    ),
}


def test_one_number_in_two_accounts_waits_for_no_other(world: World) -> None:
    """A create that fails in the one account keeps no release in the other from its turn."""
    stack = world.stack
    both = {"support": DECLARED, "second": {**DECLARED, "account": "elsewhere"}}
    stack.declare(**both)
    assert stack.up().ok
    world.fail(refused("POST", 422))
    stack.declare(support=OTHER_CAPABILITIES)
    (error,) = stack.up(continue_on_error=True).errors
    assert "CarrierX refused the registration (422)" in error
    assert world.elsewhere.numbers() == {}


@pytest.mark.parametrize("case", DELETES_THAT_COME_FIRST)
def test_a_release_that_no_plan_has_foreseen_is_safe(world: World, case: str) -> None:
    """By an option of the resource or a flag of the engine: it is read, and put back."""
    live_through(world, DELETES_THAT_COME_FIRST[case])


CHAIN = {"a": {**BASE, "phonenumber": NUMBER}, "b": {**BASE, "phonenumber": OTHER_NUMBER}}
RENUMBERED = {
    "a": {**BASE, "phonenumber": OTHER_NUMBER},
    "b": {**BASE, "phonenumber": "+46700987659"},
}


@pytest.mark.parametrize("records", [{}, RECORDS], ids=["no record", "record"])
@pytest.mark.parametrize("continues", [False, True], ids=["", "continue-on-error"])
def test_a_chain_of_renumbered_resources_settles_as_its_error_says(
    world: World,
    records: dict[str, str],
    continues: bool,
) -> None:
    """One takes the number that another gives up in the same run: the command takes it over."""
    stack = world.stack
    stack.settings |= records
    stack.declare(**CHAIN)
    assert stack.up().ok
    sid = world.account.sid(OTHER_NUMBER)
    stack.declare(**RENUMBERED)
    errors = stack.up(continue_on_error=continues).errors
    assert f"`CARRIERX_ADOPT={sid} pulumi up`" in errors[0]
    if continues:
        # What gave its number up has released it.
        assert len(errors) == 1
        outcome = stack.up()
        assert outcome.ok, outcome.errors
        assert stack.settled()
        return
    assert world.account.sid(OTHER_NUMBER) == sid
    front = stack.front
    with dynamic_front(CARRIERX_ADOPT=sid) as stack.front:
        outcome = stack.up()
    stack.front = front
    assert outcome.ok, outcome.errors
    assert set(world.account.numbers()) == {OTHER_NUMBER, "+46700987659"}
    assert world.account.sid(OTHER_NUMBER) == sid
    assert stack.settled()
