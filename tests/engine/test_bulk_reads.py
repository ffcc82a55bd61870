"""A refresh asks for pages of the list, not for each number, where that costs less."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from pathlib import Path

    from carrierx_simulator.running import RunningSimulator
    from tests.engine.account import Account
    from tests.engine.stack import Stack

LIST = "/core/v2/phonenumber/external_dids"
MANY = 5_000


def reads(account: Account) -> Counter[str]:
    """How often pages and numbers were asked for since the last look."""
    return Counter("page" if path == LIST else method for method, path, _, _ in account.requests())


def test_5000_numbers_of_an_account_of_5000_take_at_most_12_calls(
    stack: Stack, account: Account, tmp_path: Path
) -> None:
    """And the refresh sees what has drifted and what is gone."""
    stack.declare(n0={"phonenumber": _phonenumber(0), "capabilities": 3, "name": "line 0"})
    assert stack.up().ok
    _register_the_others(stack, account, tmp_path / "state.json")
    account.requests()

    unchanged = stack.refresh("--expect-no-changes")
    assert unchanged.ok, unchanged.output
    assert f"{MANY + 1} unchanged" in unchanged.output
    calls = reads(account)
    assert calls == {"GET": 4, "page": 5}
    assert calls.total() <= 12

    account.change(_phonenumber(500), name="drifted")
    account.release(_phonenumber(900))
    changed = stack.refresh()
    assert changed.ok, changed.output
    assert stack.resources()["n500"]["inputs"]["name"] == "drifted"
    assert "~ 1 updated" in changed.output
    assert "- 1 deleted" in changed.output
    calls = reads(account)
    assert calls["page"] == 5
    # What is gone is asked for by itself, and up to four times before it is called so.
    assert 4 <= calls["GET"] <= 4 + 4


def test_few_numbers_in_a_larger_account_are_asked_for_one_by_one(
    stack: Stack, account: Account
) -> None:
    """One page tells that the account has more of them than the stack has numbers."""
    _register_all(account, range(4_100))
    stack.declare(**_stated(range(4_100, 4_104)))
    assert stack.up().ok
    account.requests()
    assert stack.refresh("--expect-no-changes").ok
    assert reads(account) == {"GET": 4, "page": 1}


def test_a_long_refresh_says_how_far_it_is(stack: Stack, simulator: RunningSimulator) -> None:
    """A line every five seconds."""
    stack.declare(**_stated(range(8)))
    assert stack.up().ok
    slow = {"method": "GET", "path": "/phonenumber/external_dids", "fault": "slow", "seconds": 6}
    simulator.set_faults({"faults": [slow]})
    run = stack.refresh("--expect-no-changes")
    assert run.ok, run.output
    assert "Reading from CarrierX: 3 numbers so far, list pages: 1." in run.output


def _stated(places: range) -> dict[str, dict[str, Any]]:
    return {
        f"n{place}": {"phonenumber": _phonenumber(place), "capabilities": 3} for place in places
    }


def _phonenumber(index: int) -> str:
    return f"+4670{index:07}"


def _register_all(account: Account, places: range) -> list[str]:
    """Somebody else registers numbers at these places; their SIDs."""

    def register(place: int) -> str:
        return account.register(
            phonenumber=_phonenumber(place), capabilities=3, name=f"line {place}"
        )

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(register, places))


def _register_the_others(stack: Stack, account: Account, file: Path) -> None:
    """Register them, and write them into the state: an ``up`` of so many takes minutes."""
    state = stack.state()
    resources = state["deployment"]["resources"]
    (of_one,) = (resource for resource in resources if resource["urn"].endswith("::n0"))
    others = range(1, MANY)
    for place, sid in zip(others, _register_all(account, others), strict=True):
        resource = deepcopy(of_one)
        resource["urn"] = of_one["urn"].removesuffix("n0") + f"n{place}"
        resource["id"] = sid
        for values in (resource["inputs"], resource["outputs"]):
            values["phonenumber"] = _phonenumber(place)
            values["name"] = f"line {place}"
        resource["outputs"]["external_did_sid"] = sid
        resource["outputs"]["resource_mark"] = uuid4().hex
        resources.append(resource)
    file.write_text(json.dumps(state), encoding="utf-8")
    imported = stack.run("stack", "import", "--file", str(file))
    assert imported.ok, imported.output
