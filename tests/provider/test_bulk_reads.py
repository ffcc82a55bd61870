"""A refresh asks for pages of the list, not for each number, where that costs less."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

from carrierx_simulator.testing import SimulatedAccount
from tests.provider.lifecycles import BASE, World

LIST = "/core/v2/phonenumber/external_dids"
MANY = 1_201
AT_A_TIME = 8
"""More than the four that the dynamic provider's server works on."""


def reads(account: SimulatedAccount) -> Counter[str]:
    """How often pages and numbers were asked for since the last look."""
    return Counter("page" if path == LIST else method for method, path, _, _ in account.requests())


def phonenumber(index: int) -> str:
    """The number of a resource."""
    return f"+4670{index:07}"


def test_a_refresh_of_many_numbers_takes_few_calls_and_sees_everything(world: World) -> None:
    """A page for each thousand, and what has changed or is gone is found."""
    stack, account = world.stack, world.account
    stack.declare(n0={**BASE, "phonenumber": phonenumber(0), "name": "line"})
    assert stack.up().ok
    of_one = stack.resources["n0"]

    def register(index: int) -> str:
        return account.register(**{**BASE, "phonenumber": phonenumber(index), "name": "line"})

    with ThreadPoolExecutor(8) as pool:
        sids = list(pool.map(register, range(1, MANY)))
    for index, sid in enumerate(sids, 1):
        own = {"phonenumber": phonenumber(index)}
        outputs = {**of_one.outputs, **own, "external_did_sid": sid, "resource_mark": uuid4().hex}
        stack.resources[f"n{index}"] = replace(
            of_one, id=sid, inputs={**of_one.inputs, **own}, outputs=outputs
        )
    account.change(phonenumber(500), name="drifted")
    account.release(phonenumber(900))
    account.requests()

    stack.parallel = AT_A_TIME
    outcome = stack.refresh()

    assert outcome.ok, outcome.errors
    assert Counter(outcome.steps.values()) == {"same": MANY - 2, "changed": 1, "gone": 1}
    assert stack.resources["n500"].inputs["name"] == "drifted"
    calls = reads(account)
    assert calls["page"] == 2
    # A few go ahead before a page is worth it; what is gone is looked for four times.
    assert 4 <= calls["GET"] <= 4 + 4


def test_a_long_refresh_says_how_far_it_is(world: World) -> None:
    """A line every five seconds."""
    world.stack.parallel = AT_A_TIME
    world.stack.settings["timeoutSeconds"] = "20"
    world.stack.declare(
        **{f"n{index}": {**BASE, "phonenumber": phonenumber(index)} for index in range(8)}
    )
    assert world.stack.up().ok
    world.fail(
        {"method": "GET", "path": "/phonenumber/external_dids", "fault": "slow", "seconds": 6}
    )
    outcome = world.stack.refresh()
    assert outcome.ok, outcome.errors
    assert outcome.lines == ["Reading from CarrierX: 3 numbers so far, list pages: 1."]
