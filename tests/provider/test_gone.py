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
    RELEASED,
    Destroy,
    Lifecycles,
    Moment,
    Refresh,
    Up,
    World,
    live_through,
    refused,
)

PARTNER_SID = "a13c384d-cf78-46fd-ab8b-1056b49291ba"
SHORT = {"deadlineSeconds": "0.5"}
ANOTHER = {"token": ANOTHER_PARTNER}
"""The stack's configuration, with the token of another account."""
RIGHT = {"token": SAMPLE_TOKEN}
NOT_CARRIERX = {"fault": "html", "status": 404, "when": "before"}
NO_PARTNER = {"fault": "forget_field", "field": "partner_sid"}
PAGE = "GET ?limit=1000&offset=0"

NO_EVIDENCE = (
    " has no SID {first} (404), but nothing shows that this is the account in which it was "
    "registered: it has no number of this stack or of the same partner. Nothing was changed. Check "
    "carrierx:baseUrl and the token in carrierx:token. If the number really was released, confirm "
    "that once: `CARRIERX_CONFIRM_GONE=true pulumi refresh`."
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
        world.another.register(**{**BASE, **body})

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
            calls=["DELETE SID -> 404", PAGE],
            warning=": SID {first} was gone already, so nothing was released: somebody else has "
            "released it, or an earlier run of this stack.",
        ),
    ),
    "an account without numbers shows nothing, and nothing is dropped": (
        RELEASED,
        *(
            command(calls=[call, PAGE], error=NO_EVIDENCE)
            for command, call in ((Refresh, "GET SID -> 404"), (Destroy, "DELETE SID -> 404"))
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
        Destroy(
            settings={"confirmGone": "true"}, calls=["DELETE SID -> 404"], warning=GONE_ALREADY
        ),
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
                calls=[f"{method} SID -> 404"],
                error=f"answered the {what} (404) with an error that is not CarrierX's own. "
                f"{consequence}Check that ",
            )
            for command, method, what, consequence in (
                (Refresh, "GET", "read", ""),
                (Destroy, "DELETE", "release", "It is not known whether it took effect. "),
            )
        ),
        STILL_THERE,
    ),
    "a release whose response was lost needs no evidence, and no warning": (
        Destroy(
            faults=[{"fault": "drop", "when": "after", "method": "DELETE", "calls": {"first": 1}}],
            calls=["DELETE SID -> lost", "DELETE SID -> 404", PAGE],
            registered=[],
        ),
    ),
    "but it is not believed in another account": (
        registered_there(phonenumber=BYSTANDER),
        Destroy(
            settings=ANOTHER,
            faults=[{**refused("DELETE", 503, calls={"first": 1}), "token": 2}],
            error=OF_ANOTHER,
        ),
        STILL_THERE,
    ),
}


@pytest.mark.parametrize("case", LIVES)
def test_a_number_is_gone_only_in_its_own_account(world: World, case: str) -> None:
    """Otherwise an error in one line drops nothing, registers nothing, and says the way out."""
    live_through(world, [Up(BASE), *LIVES[case]])


def test_a_base_url_without_its_path_drops_nothing(world: World) -> None:
    """The server is CarrierX's, and the path is not that of its API."""
    stack, right = world.stack, world.simulator.base_url
    stack.declare(support=BASE)
    assert stack.up().ok
    wrong = stack.settings["baseUrl"] = right.removesuffix("/core/v2")
    for command, what in (
        (stack.refresh, "read"),
        (lambda: stack.up(refresh=True), "read"),
        (stack.destroy, "release"),
    ):
        (error,) = command().errors
        assert f"{wrong} answered the {what} (404) with an error that is not CarrierX's" in error
        assert error.endswith(
            f"Check that {wrong} is CarrierX's core API, which ends in /core/v2, then run again."
        )
    stack.settings["baseUrl"] = right
    assert stack.refresh().steps == {"support": "same"}


THREE = {f"n{digit}": {**BASE, "phonenumber": f"+4670098765{digit}"} for digit in range(3)}


def test_what_the_stack_has_in_the_account_is_evidence_without_a_call(world: World) -> None:
    """A number that is read there anyway."""
    stack = world.stack
    world.fail(NO_PARTNER)
    stack.declare(**THREE)
    assert stack.up().ok
    world.account.release(THREE["n1"]["phonenumber"])
    world.account.calls()
    outcome = stack.refresh()
    assert outcome.ok, outcome.errors
    assert outcome.steps == {"n0": "same", "n1": "gone", "n2": "same"}
    assert set(world.account.calls()) == {"GET SID", "GET SID -> 404"}


def test_many_that_are_gone_cost_one_list_call(world: World) -> None:
    """A run lists an account at most once for it."""
    stack = world.stack
    stack.declare(**THREE)
    assert stack.up().ok
    for number in THREE.values():
        world.account.release(number["phonenumber"])
    EVIDENCE.take(world)
    stack.parallel = len(THREE)
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
