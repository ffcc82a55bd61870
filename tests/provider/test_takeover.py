"""A number that is registered already: whose it is, who may take it over, what is never released.

With an ownership record an interrupted run continues by itself; no other owner's number is taken.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.provider.lifecycles import (
    BASE,
    FORGET,
    GONE_ALREADY,
    IMPATIENT,
    KEY,
    LOOK_UP,
    NUMBER,
    OTHER_NUMBER,
    OWNER,
    RECORDS,
    REMEMBER,
    Destroy,
    Elsewhere,
    Lifecycles,
    Refresh,
    Up,
    World,
    changed,
    forget_field,
    live_through,
    refused,
    registered,
)
from tests.provider.stack import Stack

DECLARED: dict[str, Any] = {**BASE, "name": "support", "attributes": {"team": "care"}}
ADOPTING = {**DECLARED, "adopt_existing": True}
REFUSED_ONCE = refused("POST", 422, calls={"first": 1})
NOT_RELEASED = "not released: another resource of this program declares the number"

ADOPT: Lifecycles = {
    "an existing registration is an error that names the SID and both ways out": (
        registered(name="by hand", attributes={"team": "care"}),
        Up(
            DECLARED,
            error=f"{NUMBER} (support): CarrierX refused the registration (409): phonenumber: is "
            "already registered. Its registration has SID {sid}, and differs from what the program "
            "declares in name. Nothing was changed. If an interrupted run of this stack made it, "
            "if nothing manages it yet, or if another resource of this program gives it up, take "
            "it over: `CARRIERX_ADOPT={sid} pulumi up`. If the "
            'resource was renamed in the program, give it aliases=[pulumi.Alias(name="its old '
            'name")]. Otherwise release that registration first.',
            live={"name": "by hand"},
        ),
    ),
    "with adopt_existing only what differs is sent, and others' attributes stay": (
        registered(name="by hand", attributes={"billing": "B1"}),
        Up(
            ADOPTING,
            calls=[
                LOOK_UP,
                'PATCH SID {"attributes": {"team": "care"}, "name": "support"}',
            ],
            live={"attributes": {"billing": "B1", "team": "care"}},
            keeps_sid=True,
        ),
        Up({**BASE, "name": "support"}, live={"attributes": {"billing": "B1"}}),
    ),
    "with adopt_existing a free number is registered; a longer one is not mistaken for it": (
        Elsewhere(lambda account: account.register(phonenumber="+146700987654", capabilities=3)),
        Up(ADOPTING, calls=[LOOK_UP, "POST"]),
    ),
    "adopt_existing never replaces, and says what a replace would lose": (
        registered(capabilities=1, attributes={"billing": "B1"}),
        Up(
            ADOPTING,
            error=f"{NUMBER} (support): SID {{sid}} cannot be taken over: capabilities 1 "
            "(receive_sms) → 3 (receive_sms, send_sms), which CarrierX cannot update. Nothing was "
            "changed. A replace would lose its SID {sid}, its messaging enablement, and what the "
            "program does not declare (attributes.billing). Declare what is registered to take it "
            "over, and change it in a later up, whose preview shows the replace.",
            calls=[LOOK_UP],
            keeps_sid=True,
        ),
    ),
    "a rename with adopt_existing does not release under the old name": (
        Up(ADOPTING),
        Up(
            ADOPTING,
            name="helpdesk",
            calls=[LOOK_UP],
            warning=f"{NUMBER} (support): not released: another resource of this program has SID "
            "{sid} now.",
            keeps_sid=True,
        ),
        Destroy(registered=[]),
    ),
    "a rename that fails keeps the number, also if the engine continues with the old name": (
        Up(DECLARED),
        Up(
            DECLARED,
            name="helpdesk",
            continue_on_error=True,
            error=[
                'give it aliases=[pulumi.Alias(name="its old name")]',
                NOT_RELEASED,
            ],
            keeps_sid=True,
        ),
        # The state has kept it, as the alias of the error needs.
        Up(DECLARED, step="same", calls=[], keeps_sid=True),
    ),
    **{
        f"a rename whose registration is refused with {status} releases nothing": (
            Up(DECLARED),
            Up(
                DECLARED,
                name="helpdesk",
                continue_on_error=True,
                faults=[refused("POST", status), *more],
                settings=IMPATIENT,
                error=[
                    f"CarrierX refused the registration ({status})",
                    NOT_RELEASED,
                ],
                keeps_sid=True,
            ),
        )
        # With 409 the look-up does not answer either.
        for status, more in ((422, []), (409, [refused("GET", 503)]))
    },
    "without a record an interrupted run needs a command, which the error names": (
        REMEMBER,
        Up(DECLARED),
        FORGET,
        Up(
            DECLARED,
            error="Its registration has SID {sid}, and matches what the program declares.",
        ),
        Up(DECLARED, adopts="another-sid, {sid}", keeps_sid=True),
    ),
    "a named registration that only a replace could take over is kept": (
        registered(capabilities=1),
        Up(
            DECLARED,
            adopts="{sid}",
            error="SID {sid} cannot be taken over",
            unsaid=["adopt_existing"],
            keeps_sid=True,
        ),
    ),
    "a refused replace without a record takes one command, which both errors name": (
        Up(DECLARED),
        Up(
            {**DECLARED, "capabilities": 1},
            faults=[REFUSED_ONCE],
            error="First declare the number as it was and run `CARRIERX_ADOPT={new} pulumi up`, "
            "which takes it over.",
        ),
        Up(DECLARED, error="`CARRIERX_ADOPT={sid} pulumi up`"),
        Up(DECLARED, adopts="{sid}", keeps_sid=True, warning=GONE_ALREADY),
    ),
}

INTERRUPTED = (REMEMBER, Up(DECLARED, settings=RECORDS), FORGET)
REPLACED_AND_REFUSED = (
    Up(DECLARED, settings=RECORDS),
    Up(
        {**DECLARED, "capabilities": 1},
        faults=[REFUSED_ONCE],
        error="so it was registered again as it was",
        live={"capabilities": 3, "attributes": {"team": "care", KEY: OWNER}},
    ),
)

RECORD: Lifecycles = {
    "the record is written with the registration, and is no output": (
        Up(
            DECLARED,
            settings=RECORDS,
            calls=["POST"],
            live={"attributes": {"team": "care", KEY: OWNER}},
            outputs={"attributes": {"team": "care"}},
        ),
    ),
    "an interrupted run continues": (
        *INTERRUPTED,
        Up(
            {**DECLARED, "name": "helpdesk"},
            calls=["POST", "GET ?", "PATCH"],
            warning=f"{NUMBER} (helpdesk): continued with SID {{sid}}, which an earlier run of "
            "this resource registered.",
            live={"name": "helpdesk"},
            keeps_sid=True,
        ),
    ),
    **{
        f"a list that leaves {field} out does not hide whose it is": (
            *INTERRUPTED,
            Up(
                DECLARED,
                faults=[forget_field(field, calls={"first": 1})],
                warning="continued with SID {sid}",
                keeps_sid=True,
            ),
        )
        for field in ("attributes", "capabilities")
    },
    "a record alone releases nothing: another state may have a stack of the same name": (
        *INTERRUPTED,
        Up(
            {**DECLARED, "capabilities": 1},
            error="and change it in a later up, whose preview shows the replace. Or, if an "
            "interrupted run of this stack left it, so that it is not in the state, release it: "
            "`pulumi-carrierx orphans --release {sid}`, then run up again.",
            keeps_sid=True,
        ),
    ),
    "another stack's number is refused by name, also with adopt_existing": (
        registered(name="support", attributes={"team": "care", KEY: "shop/staging/support"}),
        Up(
            DECLARED,
            settings=RECORDS,
            error=f"{NUMBER} (support): CarrierX refused the registration (409): phonenumber: is "
            "already registered. Its registration has SID {sid}, and matches what the program "
            f"declares. Nothing was changed. It belongs to shop/staging/support (attributes."
            f"{KEY}), which has to give it up first. If nothing manages it there any more, take it "
            "over: `CARRIERX_ADOPT={sid} pulumi up`.",
        ),
        Up(
            ADOPTING,
            error="adopt_existing found a registration. Its registration has SID {sid}, and "
            "matches",
        ),
        Up(
            DECLARED,
            adopts="{sid}",
            keeps_sid=True,
            live={"attributes": {"team": "care", KEY: OWNER}},
        ),
    ),
    "another resource of the stack is named": (
        *INTERRUPTED,
        Up(
            DECLARED,
            name="helpdesk",
            error=f'It belongs to the resource "support" of this stack (attributes.{KEY}). If that',
        ),
        Up(
            ADOPTING,
            name="helpdesk",
            live={"attributes": {"team": "care", KEY: "shop/prod/helpdesk"}},
            keeps_sid=True,
        ),
    ),
    "a record that is not an owner is shown in one short line": (
        registered(attributes={KEY: "a\n/b/\x1b[31m" + "x" * 5000}),
        Up(DECLARED, settings=RECORDS, error="It belongs to a /b/ [31mxxx"),
    ),
    "a key that holds no owner is not taken for a record, and the error says why": (
        registered(name="support", attributes={"team": "care", KEY: 7}),
        Up(
            DECLARED,
            settings=RECORDS,
            error="and matches what the program declares. Nothing was changed. Its "
            f"attributes.{KEY} does not hold an owner: set another "
            "carrierx:ownershipKey. To take the number over and overwrite that value: "
            "`CARRIERX_ADOPT={sid} pulumi up`.",
        ),
        Up(
            ADOPTING,
            error="does not hold an owner",
            live={"attributes": {"team": "care", KEY: 7}},
        ),
    ),
    "switching records on overwrites no attribute of others": (
        Up(DECLARED),
        changed(attributes={KEY: "team-billing"}),
        Refresh(),
        Up(
            {**DECLARED, "name": "helpdesk"},
            settings=RECORDS,
            warning="no ownership record is written",
            live={"attributes": {"team": "care", KEY: "team-billing"}},
        ),
    ),
    "the record alone is never a difference: switched on, changed, edited elsewhere": (
        Up(DECLARED),
        Up(DECLARED, settings=RECORDS, step="same", calls=[]),
        Up(DECLARED, settings={"ownershipKey": "owner"}, step="same", calls=[]),
        Up(
            {**DECLARED, "name": "x"},
            settings=RECORDS,
            live={"attributes": {"team": "care", KEY: OWNER}},
        ),
        changed(attributes={KEY: "somebody"}),
        Refresh(step="same"),
        Up(
            {**DECLARED, "name": "x"},
            step="same",
            calls=[],
            outputs={"attributes": {"team": "care"}},
        ),
    ),
    **{
        f"the record goes along with the next change: {attributes}": (
            Up(DECLARED),
            Up(
                {**DECLARED, "attributes": attributes, "name": "helpdesk"},
                settings=RECORDS,
                live={"attributes": {**attributes, KEY: OWNER}},
            ),
            Up(
                {**DECLARED, "attributes": attributes, "name": "care"},
                calls=['PATCH SID {"name": "care"}'],
                live={"attributes": {**attributes, KEY: OWNER}},
            ),
        )
        for attributes in ({"team": "helpdesk"}, {"team": {"name": "x"}}, {})
    },
    "the record leaves with the next change once the stack keeps none": (
        Up(DECLARED, settings=RECORDS),
        changed(attributes={"billing": "B1"}),
        Up(
            {**DECLARED, "name": "helpdesk"},
            settings={"ownershipKey": ""},
            live={"attributes": {"team": "care", "billing": "B1"}},
            outputs={"ownership": None},
        ),
    ),
    "the program cannot declare the record": (
        Up(
            {**DECLARED, "attributes": {KEY: "me"}},
            settings=RECORDS,
            error=f"attributes.{KEY}: is where carrierx:ownershipKey keeps the number's owner: set "
            "another carrierx:ownershipKey, or declare another key; if an earlier up declared this "
            "one, remove it in an up without carrierx:ownershipKey",
            calls=[],
        ),
    ),
    **{
        f"a refused replace continues by itself, {how}": (
            *REPLACED_AND_REFUSED,
            Up(
                {**DECLARED, "capabilities": capabilities},
                live={"capabilities": capabilities, "attributes": {"team": "care", KEY: OWNER}},
                keeps_sid=capabilities == 3,
                warning=warning,
            ),
        )
        for how, capabilities, warning in (
            ("reverted", 3, ("continued with SID {sid}", GONE_ALREADY)),
            (
                "as before",
                1,
                "SID {sid}, which an earlier run of this resource registered, was"
                " released and the number registered again",
            ),
            ("fixed", 8, "SID {sid}, which an earlier run"),
        )
    },
    "a run that has released its own leftover says so when it cannot register": (
        *REPLACED_AND_REFUSED,
        Up(
            {**DECLARED, "capabilities": 8},
            faults=[refused("POST", 401, calls={"nth": 2})],
            error="The number has been released for the replace",
            unsaid=["Nothing was changed"],
        ),
    ),
}


@pytest.mark.parametrize("case", ADOPT)
def test_what_is_registered_already_is_taken_over_only_when_asked(world: World, case: str) -> None:
    """By adopt_existing, or by a command that names the SID; and it is never released for that."""
    live_through(world, ADOPT[case])


@pytest.mark.parametrize("case", RECORD)
def test_the_record_says_who_owns_a_number(world: World, case: str) -> None:
    """An interrupted run continues with its own number; an error names any other owner."""
    live_through(world, RECORD[case])


def test_what_stays_in_the_way_is_not_released_repeatedly(world: World) -> None:
    """CarrierX lists the number and does not find it when it is released: that is an error."""
    live_through(world, REPLACED_AND_REFUSED)
    world.stack.declare(support={**DECLARED, "capabilities": 8})
    world.stack.settings["deadlineSeconds"] = "0.5"
    world.fail(refused("DELETE", 404))
    assert len(world.stack.up().errors) == 1
    releases = [call for call in world.account.calls() if call.startswith("DELETE")]
    assert 1 <= len(releases) <= 2


def test_a_rename_that_was_cut_off_is_safe_in_the_next_run(world: World) -> None:
    """A run that ended between adopting and deleting leaves both in the state: still no release."""
    stack = world.stack
    stack.declare(support=DECLARED)
    assert stack.up().ok
    sid, old = world.account.sid(NUMBER), stack.resources["support"]
    stack.declare(helpdesk=ADOPTING)
    assert stack.up().ok
    stack.resources["support"] = old
    world.account.calls()
    outcome = stack.up()
    assert outcome.steps == {"helpdesk": "same", "support": "delete"}
    assert world.account.calls() == []
    assert world.account.sid(NUMBER) == sid


def test_numbers_that_swap_resources_are_not_released(world: World) -> None:
    """Each resource adopts what the other gives up in the same run; again if that is forgotten."""
    stack = world.stack
    one, other = ADOPTING, {**ADOPTING, "phonenumber": OTHER_NUMBER}
    stack.declare(first=one, second=other)
    assert stack.up().ok
    sids = {number: world.account.sid(number) for number in (NUMBER, OTHER_NUMBER)}
    forget = stack.snapshot()
    world.account.calls()
    stack.declare(first=other, second=one)
    for _ in range(2):
        forget()
        assert stack.up().ok
        assert {call.split()[0] for call in world.account.calls()} == {"GET"}
        assert {number: world.account.sid(number) for number in sids} == sids
    assert stack.settled()


def test_a_number_that_moved_to_another_resource_is_found_again(world: World) -> None:
    """The one gave it up for another number, the other took it over; both are done again."""
    stack = world.stack
    stack.settings |= RECORDS
    stack.declare(support=DECLARED)
    assert stack.up().ok
    forget = stack.snapshot()
    stack.declare(helpdesk=ADOPTING, support={**DECLARED, "phonenumber": OTHER_NUMBER})
    sids = []
    for _ in range(2):
        forget()
        outcome = stack.up()
        assert outcome.ok, outcome.errors
        sids.append({number: world.account.sid(number) for number in (NUMBER, OTHER_NUMBER)})
        assert {each.id for each in stack.resources.values()} == set(sids[0].values())
    assert sids[0] == sids[1]


def test_two_resources_cannot_have_one_registration(world: World) -> None:
    """The second that would adopt the same SID is an error: a number is registered once."""
    world.account.register(**BASE)
    world.stack.declare(first=ADOPTING, second=ADOPTING)
    (error,) = world.stack.up().errors
    assert error == (
        f"{NUMBER} (support): another resource of this program has SID {world.account.sid(NUMBER)} "
        "already, and a number is registered once. Nothing was changed. Declare the number in one "
        "resource only."
    )
    assert list(world.stack.resources) == ["first"]


def test_of_two_take_overs_at_once_one_succeeds(world: World) -> None:
    """While the update of the one is under way, the registration is not free for the other."""
    world.account.register(**BASE)
    world.stack.parallel = 2
    world.stack.declare(first=ADOPTING, second=ADOPTING)
    world.fail({"fault": "slow", "seconds": 1, "method": "PATCH"})
    (error,) = world.stack.up(continue_on_error=True).errors
    assert "another resource of this program has SID" in error
    assert len(world.stack.resources) == 1


@pytest.mark.parametrize("records", [{}, RECORDS], ids=["no record", "record"])
def test_of_two_stacks_at_once_one_succeeds(world: World, records: dict[str, str]) -> None:
    """The other one gets the clear error, and releases nothing."""
    settings = world.stack.settings | records
    stacks = [Stack(world.stack.front, settings, name=f"shop/{name}") for name in ("dev", "prod")]
    for stack in stacks:
        stack.declare(support=DECLARED)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(Stack.up, stacks))
    assert sorted(outcome.ok for outcome in outcomes) == [False, True]
    winner, loser = stacks if outcomes[0].ok else reversed(stacks)
    sid = world.account.sid(NUMBER)
    (error,) = [line for outcome in outcomes for line in outcome.errors]
    assert f"Its registration has SID {sid}, and matches what the program declares." in error
    assert (f"It belongs to {winner.name}/support" in error) is bool(records)
    assert loser.destroy().ok
    assert world.account.sid(NUMBER) == sid
    assert winner.settled()
