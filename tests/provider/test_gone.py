"""A number is gone only when CarrierX says so, in the account in which it was registered."""

from __future__ import annotations

from typing import Any

import pytest

from carrierx_simulator import SAMPLE_TOKEN
from tests.provider.conftest import ANOTHER_PARTNER, ANOTHER_PARTNER_SID
from tests.provider.lifecycles import (
    BASE,
    BYSTANDER,
    EVIDENCE,
    GONE_ALREADY,
    NUMBER,
    OTHER_NUMBER,
    PAGE,
    RELEASED,
    Destroy,
    Lifecycles,
    Moment,
    Refresh,
    Up,
    World,
    live_through,
    lost,
    refused,
)
from tests.provider.stack import Stack

PARTNER_SID = "a13c384d-cf78-46fd-ab8b-1056b49291ba"
ANOTHER = {"token": ANOTHER_PARTNER}
"""The stack's configuration, with the token of another account."""
RIGHT = {"token": SAMPLE_TOKEN}
NOT_CARRIERX = {"fault": "html", "status": 404, "when": "before"}
NO_PARTNER = {"fault": "forget_field", "field": "partner_sid"}
UNREADABLE = refused("GET", 403, path="/phonenumber/external_dids/*")
"""The token may not read a number by itself."""

NO_EVIDENCE = (
    " has no SID {first} (404), but nothing shows that this is the account in which it was "
    "registered: it has none of the stack's numbers that this run has looked at, and none of the "
    "same partner. Nothing was changed. Check carrierx:baseUrl and the token in carrierx:token. If "
    "the number really was released, confirm that once: `CARRIERX_CONFIRM_GONE=true pulumi "
    "refresh`."
)
NOT_KNOWN = (
    "and none of the same partner. The response to the release was lost, so it is not known "
    "whether it took effect. Check carrierx:baseUrl"
)
OF_ANOTHER = (
    f" has no SID {{first}} (404), but that is another account: it has numbers of partner "
    f"{ANOTHER_PARTNER_SID}, and this number was registered for partner {PARTNER_SID}. Nothing was "
    "changed. Check carrierx:baseUrl and the token in carrierx:token. If the number really was "
    "released, confirm that once: `CARRIERX_CONFIRM_GONE=true pulumi refresh`."
)


def registered_there(**body: Any) -> Moment:
    """The other partner registers a number in their account."""

    def register(world: World) -> None:
        world.another.register(**{**BASE, "name": "theirs", **body})

    return Moment(register)


STILL_THERE = Refresh(step="same", settings=RIGHT, registered=[NUMBER])

LIVES: Lifecycles = {
    # Each after an up of one number.
    "a number of the same partner is evidence, and costs one call": (
        EVIDENCE,
        RELEASED,
        Refresh(step="gone", calls=["GET SID -> 404", PAGE]),
        Up(BASE, calls=["POST"]),
    ),
    "a release that finds nothing warns": (
        EVIDENCE,
        RELEASED,
        Destroy(
            calls=["GET SID -> 404", PAGE],
            warning=": SID {first} was already gone: somebody else, or an earlier run of this "
            "stack, had released it.",
        ),
    ),
    "an account without numbers shows nothing, and nothing is dropped": (
        RELEASED,
        *(
            command(calls=["GET SID -> 404", PAGE], error=NO_EVIDENCE)
            for command in (Refresh, Destroy)
        ),
        Up(BASE, refresh=True, error=NO_EVIDENCE, registered=[]),
    ),
    "nor does an account whose responses carry no partner_sid": (
        EVIDENCE,
        RELEASED,
        Refresh(faults=[NO_PARTNER], error=NO_EVIDENCE),
        Refresh(step="gone"),
    ),
    "an account that was emptied is confirmed by a setting": (
        RELEASED,
        Refresh(step="gone", settings={"confirmGone": "true"}, calls=["GET SID -> 404"]),
        Up(BASE, settings={"confirmGone": "false"}),
        RELEASED,
        Destroy(settings={"confirmGone": "true"}, calls=["GET SID -> 404"], warning=GONE_ALREADY),
    ),
    **{
        f"the token of another account{how} drops nothing and registers nothing": (
            *there,
            Refresh(settings=ANOTHER, error=error),
            Destroy(error=error),
            Up(BASE, refresh=True, error=error),
            STILL_THERE,
        )
        for how, there, error in (
            (" without numbers", (), NO_EVIDENCE),
            ("", (registered_there(phonenumber=BYSTANDER),), OF_ANOTHER),
            (" that has the same number", (registered_there(),), OF_ANOTHER),
        )
    },
    "nor does a replace": (
        registered_there(phonenumber=BYSTANDER),
        Up({**BASE, "capabilities": 1}, settings=ANOTHER, error=OF_ANOTHER),
        STILL_THERE,
    ),
    "an error page of a gateway says nothing about a number": (
        *(
            command(
                faults=[{**NOT_CARRIERX, "method": method}],
                calls=calls,
                error=f"answered the {what} (404) with an error that is not CarrierX's own. "
                f"{consequence}Check that ",
            )
            for command, method, calls, what, consequence in (
                (Refresh, "GET", ["GET SID -> 404"], "read", ""),
                (Destroy, "GET", ["GET SID -> 404"], "read", ""),
                (
                    Destroy,
                    "DELETE",
                    ["GET SID", "DELETE SID -> 404"],
                    "release",
                    "It is not known whether it took effect. ",
                ),
            )
        ),
        STILL_THERE,
    ),
    "a release whose response was lost needs no warning": (
        # The read before it shows whose account it is, also with its last number.
        Destroy(
            faults=[lost("DELETE", calls={"first": 1})],
            calls=["GET SID", "DELETE SID -> lost", "DELETE SID -> 404"],
            registered=[],
        ),
    ),
    "of the last number of an account it takes a confirmation, where the read is refused": (
        Destroy(
            faults=[UNREADABLE, lost("DELETE", calls={"first": 1})], error=NOT_KNOWN, registered=[]
        ),
        Destroy(settings={"confirmGone": "true"}, warning=GONE_ALREADY),
    ),
    **{
        f"a release that was refused first is not believed in another account{how}": (
            *there,
            Destroy(
                settings=ANOTHER,
                faults=[
                    {**UNREADABLE, "token": 2},
                    {**refused("DELETE", 503, calls={"first": 1}), "token": 2},
                ],
                error=error,
            ),
            STILL_THERE,
        )
        for how, there, error in (
            (" without numbers", (), NOT_KNOWN),
            ("", (registered_there(phonenumber=BYSTANDER),), "it has numbers of partner"),
        )
    },
    "nor one for a replace": (
        Up(
            {**BASE, "capabilities": 1},
            settings=ANOTHER,
            faults=[
                {**UNREADABLE, "token": 2},
                {**refused("DELETE", 503, calls={"first": 1}), "token": 2},
                {**NO_PARTNER, "token": 2},
            ],
            error=NOT_KNOWN,
        ),
        STILL_THERE,
    ),
    "an account that may not be listed is no evidence": (
        EVIDENCE,
        RELEASED,
        Destroy(
            faults=[refused("GET", 403, path="/phonenumber/external_dids")],
            error="CarrierX refused the look-up (403)",
        ),
    ),
    "a refused registration that names a field is rolled back, also with a 404": (
        Up(
            {**BASE, "underlying_carrier_sid": "unknown"},
            faults=[refused("POST", 404, calls={"first": 1})],
            error="so it was registered again as it was",
            registered=[NUMBER],
        ),
    ),
    "and so is one that a gateway has refused": (
        Up(
            {**BASE, "underlying_carrier_sid": "unknown"},
            faults=[{**NOT_CARRIERX, "method": "POST", "calls": {"first": 1}}],
            error="so it was registered again as it was",
            registered=[NUMBER],
        ),
    ),
}


@pytest.mark.parametrize("case", LIVES)
def test_a_number_is_gone_only_in_its_own_account(world: World, case: str) -> None:
    """Otherwise an error in one line drops nothing, registers nothing, and says the way out."""
    live_through(world, [Up(BASE), *LIVES[case]])
    theirs = {number: live["name"] for number, live in world.another.numbers().items()}
    # What is there was registered by the partner.
    assert set(theirs.values()) <= {"theirs"}


def test_a_base_url_without_its_path_drops_nothing(world: World) -> None:
    """The server is CarrierX's, and the path is not that of its API."""
    stack, right = world.stack, world.simulator.base_url
    stack.declare(support=BASE)
    assert stack.up().ok
    wrong = stack.settings["baseUrl"] = right.removesuffix("/core/v2")
    for command, what in (
        (stack.refresh, "read"),
        (lambda: stack.up(refresh=True), "read"),
        (stack.destroy, "read"),
    ):
        (error,) = command().errors
        assert f"{wrong} answered the {what} (404) with an error that is not CarrierX's" in error
        assert error.endswith(
            f"Check that {wrong} is CarrierX's core API, which ends in /core/v2, then run again."
        )
    stack.settings["baseUrl"] = right
    assert stack.refresh().steps == {"support": "same"}


THREE = {f"n{digit}": {**BASE, "phonenumber": f"+4670098765{digit}"} for digit in range(3)}


def three_of_which_one_is_gone(world: World, name: str) -> Stack:
    """Their responses do not say whose they are."""
    world.fail(NO_PARTNER)
    world.stack.declare(**THREE)
    assert world.stack.up().ok
    world.account.release(THREE[name]["phonenumber"])
    world.account.calls()
    return world.stack


def test_what_the_stack_has_in_the_account_is_evidence_without_a_call(world: World) -> None:
    """A number that is read there anyway."""
    stack = three_of_which_one_is_gone(world, "n1")
    outcome = stack.refresh()
    assert outcome.ok, outcome.errors
    assert outcome.steps == {"n0": "same", "n1": "gone", "n2": "same"}
    assert set(world.account.calls()) == {"GET SID", "GET SID -> 404"}


def test_what_the_run_has_released_is_evidence_too(world: World) -> None:
    """No page would show it: the account is empty by then."""
    stack = three_of_which_one_is_gone(world, "n0")
    (warning,) = stack.destroy().warnings
    assert GONE_ALREADY in warning
    assert set(world.account.calls()) == {"GET SID", "DELETE SID", "GET SID -> 404"}


def test_many_that_are_gone_cost_one_list_call(world: World) -> None:
    """A run lists an account at most once for it."""
    stack = world.stack
    stack.declare(**THREE)
    assert stack.up().ok
    for number in THREE.values():
        world.account.release(number["phonenumber"])
    EVIDENCE.take(world)
    stack.parallel = len(THREE)
    # So that all numbers need the page before it has come.
    slow = {"fault": "slow", "seconds": 0.5, "method": "GET"}
    world.fail({**slow, "path": "/phonenumber/external_dids"})
    world.account.calls()
    outcome = stack.destroy()
    assert outcome.ok, outcome.errors
    assert len(outcome.warnings) == len(THREE)
    assert world.account.calls().count(PAGE) == 1


def test_a_first_registration_in_another_account_is_taken_back(world: World) -> None:
    """The run stops there: what comes after it in the same account is not sent."""
    stack = world.stack
    stack.declare(support=BASE)
    assert stack.up().ok
    stack.settings |= ANOTHER
    added = {
        name: {**BASE, "phonenumber": number, "name": name}
        for name, number in (("second", OTHER_NUMBER), ("third", BYSTANDER))
    }
    stack.declare(support=BASE, **added)
    first, second = stack.up(continue_on_error=True).errors
    access = (
        f"{world.simulator.base_url} with the token in carrierx:token is another account: use the "
        "stack's, or give the numbers of another account the input account."
    )
    assert first.startswith(f"{OTHER_NUMBER} (second): registered with SID ")
    assert first.endswith(
        f" for partner {ANOTHER_PARTNER_SID}, but the stack's other numbers belong to partner "
        f"{PARTNER_SID}; it was released again. {access}"
    )
    assert second == (
        f"{BYSTANDER} (third): not registered: another number of this run was registered for "
        f"another partner than the stack's. {access}"
    )
    assert world.another.numbers() == {}
    made = world.another.calls()
    # Also what was registered a moment ago is read before it is released.
    assert made.index("GET SID") < made.index("DELETE SID")
    stack.settings |= RIGHT
    assert stack.up().ok


def test_a_registration_that_cannot_be_taken_back_is_named(world: World) -> None:
    """The number stays registered in the other account, and the error says its SID."""
    stack = world.stack
    stack.declare(support=BASE)
    assert stack.up().ok
    stack.settings |= ANOTHER
    stack.declare(support=BASE, second={**BASE, "phonenumber": OTHER_NUMBER})
    world.simulator.set_faults({"faults": [refused("DELETE", 403)]})
    (error,) = stack.up().errors
    sid = world.another.sid(OTHER_NUMBER)
    assert f"it could not be released again, so release SID {sid} there: CarrierX ref" in error


def test_a_number_that_was_registered_elsewhere_is_not_gone(world: World) -> None:
    """Though the account has the stack's other numbers: it never had this one."""
    stack = world.stack
    stack.settings |= ANOTHER
    stack.declare(second={**BASE, "phonenumber": OTHER_NUMBER})
    assert stack.up().ok
    lost = stack.resources.pop("second")
    stack.settings |= RIGHT
    stack.declare(support=BASE)
    assert stack.up().ok
    stack.resources["second"] = lost
    (error,) = stack.refresh().errors
    assert f"it has numbers of partner {PARTNER_SID}, and this number was" in error
    assert stack.resources["second"] == lost


def test_a_list_that_fails_is_not_read_again_for_each_number(world: World) -> None:
    """A run waits for it once."""
    stack = world.stack
    stack.declare(**THREE)
    assert stack.up().ok
    for number in THREE.values():
        world.account.release(number["phonenumber"])
    stack.settings["deadlineSeconds"] = "0.5"
    world.fail(refused("GET", 401, path="/phonenumber/external_dids"))
    world.account.calls()
    errors = stack.destroy().errors
    assert len(errors) == len(THREE)
    assert all("CarrierX refused the look-up (401)" in error for error in errors)
    assert sum(call.startswith("GET ?") for call in world.account.calls()) == 1


def test_a_move_into_another_account_than_it_was_is_rolled_back(world: World) -> None:
    """The account has had another token before: the number is registered again as it was."""
    stack = world.stack
    moved, there = BASE, {**BASE, "phonenumber": OTHER_NUMBER, "account": "other"}
    stack.declare(there=there, support=moved)
    assert stack.up().ok
    stack.settings["accounts"] = {**stack.settings["accounts"], "other": ANOTHER_PARTNER}
    stack.declare(there=there, support={**moved, "account": "other"})
    (error,) = stack.up().errors
    assert f"belong to partner {PARTNER_SID}; it was released again. The number had been" in error
    assert " so it was registered again as it was in the default account, with SID " in error
    assert set(world.account.numbers()) == {NUMBER, OTHER_NUMBER}
    assert world.another.numbers() == {}


def test_a_partner_that_has_changed_is_no_other_account(world: World) -> None:
    """The account has the stack's own number: a replace and a new number go through."""
    stack = world.stack
    stack.declare(support=BASE)
    assert stack.up().ok
    stack.resources["support"].outputs["partner_sid"] = ANOTHER_PARTNER_SID
    stack.declare(support={**BASE, "capabilities": 1}, new={**BASE, "phonenumber": OTHER_NUMBER})
    outcome = stack.up()
    assert outcome.ok, outcome.errors
    assert set(world.account.numbers()) == {NUMBER, OTHER_NUMBER}


def test_a_number_of_another_partner_s_account_is_not_taken_over(world: World) -> None:
    """Neither when it is met after the stack's numbers, nor when a lost response led to it."""
    stack = world.stack
    stack.declare(support=BASE)
    assert stack.up().ok
    stack.settings |= ANOTHER
    world.another.register(**BASE | {"phonenumber": OTHER_NUMBER, "name": "theirs"})
    there = world.another.sid(OTHER_NUMBER)
    adopting = {**BASE, "phonenumber": OTHER_NUMBER, "name": "ours", "adopt_existing": True}
    stack.declare(support=BASE, another=adopting)
    (error,) = stack.up().errors
    assert error.startswith(
        f"{OTHER_NUMBER} (ours): not taken over: SID {there} belongs to partner "
        f"{ANOTHER_PARTNER_SID}, and the stack's other numbers to partner {PARTNER_SID}. "
    )
    assert world.another.numbers()[OTHER_NUMBER]["name"] == "theirs"
    new = {**BASE, "phonenumber": BYSTANDER}
    stack.declare(support=BASE, new=new)
    world.simulator.set_faults({"faults": [lost("POST", calls={"first": 1})]})
    (error,) = stack.up().errors
    sid = world.another.sid(BYSTANDER)
    assert f"not taken over: SID {sid} belongs to partner {ANOTHER_PARTNER_SID}, and" in error
    assert "; if this run has registered it, release it there. " in error


def test_a_registration_before_the_stack_s_numbers_are_known_is_named(world: World) -> None:
    """The program declares the new number first, so that it is registered before the old is met."""
    stack = world.stack
    stack.declare(support=BASE)
    assert stack.up().ok
    stack.settings |= ANOTHER
    stack.declare(new={**BASE, "phonenumber": OTHER_NUMBER}, support=BASE)
    (error,) = stack.up(in_turn=True).errors
    sid = world.another.sid(OTHER_NUMBER)
    assert error.endswith(
        f": this number was registered for partner {PARTNER_SID}, but this run has registered or "
        f"taken over SID {sid} for partner {ANOTHER_PARTNER_SID}, which is in another account. "
        "Check carrierx:baseUrl and the token, and release that SID there. Then remove "
        "its resource from the state with `pulumi state delete`, and run up again."
    )
