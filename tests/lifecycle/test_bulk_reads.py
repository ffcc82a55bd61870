"""Reads from pages of the list, over HTTP: few calls, never stale, never a number called gone.

tests/provider/test_messages.py has a whole refresh that a page serves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import anyio
import pytest

from carrierx_api.client import CarrierXClient
from carrierx_provider.core.connections import run_blocking
from carrierx_provider.core.resource import Result
from carrierx_simulator import SAMPLE_TOKEN
from tests.lifecycle.conftest import Numbers

LIST = "/core/v2/phonenumber/external_dids"
PAGE = {"method": "GET", "path": "/phonenumber/external_dids"}
"""The calls that a fault about pages hits."""


def number_of(index: int) -> str:
    """The number at a place of the stack."""
    return f"+4670098{index:05}"


class Stack:
    """Numbers that the provider has registered, read in a run that comes after."""

    def __init__(self, numbers: Numbers, count: int) -> None:
        """Register them, then begin a new run."""
        self.numbers = numbers
        self.created = [
            numbers.create({"phonenumber": number_of(index), "capabilities": 3, "name": "ours"})
            for index in range(count)
        ]
        self.next_run()

    def next_run(self, **settings: Any) -> None:
        """A new process of the provider; calls are counted from here."""
        self.numbers.next_run(**settings)
        self.numbers.account.logged()

    def refresh(self, created: Sequence[Result] | None = None) -> list[Result | None]:
        """Read all at once, or these."""
        wanted = self.created if created is None else created
        seen: list[Result | None] = [None] * len(wanted)

        async def read(place: int) -> None:
            before = wanted[place]
            seen[place] = await self.numbers.lifecycle.read(before.id, before.outputs)

        async def read_all() -> None:
            async with anyio.create_task_group() as tasks:
                for place in range(len(wanted)):
                    tasks.start_soon(read, place)

        run_blocking(read_all)
        return seen

    def calls(self) -> Counter[str]:
        """How often pages and numbers were asked for since the last look."""
        return Counter(
            "page" if request["path"] == LIST else request["method"]
            for request in self.numbers.account.logged()
        )


@pytest.fixture
def stack(numbers: Numbers) -> Stack:
    """Twelve numbers."""
    return Stack(numbers, 12)


def test_what_this_run_has_changed_is_read_again(stack: Stack) -> None:
    """Even in a run in which a page had it just before."""
    stack.refresh()
    stack.calls()
    before = stack.created[9]
    inputs = {"phonenumber": "+467009800009", "capabilities": 3, "name": "new"}
    updated = stack.numbers.update(before, inputs)
    (seen,) = stack.refresh([updated])
    assert seen is not None
    assert seen.outputs["name"] == "new"
    assert stack.calls() == {"PATCH": 1, "GET": 1}
    (neighbour,) = stack.refresh([stack.created[8]])
    assert neighbour is not None
    assert stack.calls() == {}


def test_what_this_run_has_released_is_gone(stack: Stack) -> None:
    """A page that still has it does not count."""
    stack.refresh()
    stack.numbers.release(stack.created[9])
    stack.calls()
    assert stack.refresh([stack.created[9]]) == [None]
    assert set(stack.calls()) == {"GET"}


def test_a_number_that_somebody_else_released_is_confirmed_before_it_is_called_gone(
    stack: Stack,
) -> None:
    """Its own call says so, each time it is asked again; the others still come from the page."""
    stack.numbers.account.release(number_of(5))
    seen = stack.refresh()
    assert [place for place, result in enumerate(seen) if result is None] == [5]
    # Four looks at what is gone, as without pages.
    assert stack.calls() == {"GET": 3 + 4, "page": 1}


def test_a_number_registered_after_the_page_was_read_is_found(stack: Stack) -> None:
    """It is in no page, and not gone."""
    stack.refresh()
    late = stack.numbers.create({"phonenumber": "+46700999999", "capabilities": 3})
    stack.calls()
    (seen,) = stack.refresh([late])
    assert seen is not None
    assert stack.calls() == {"GET": 1}


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "status", "status": 500},
        {"fault": "status", "status": 403},
        {"fault": "html"},
        {"fault": "drop"},
        {"fault": "forget_field", "field": "items"},
        {"fault": "forget_field", "field": "external_did_sid"},
    ],
    ids=lambda fault: " ".join(map(str, fault.values())),
)
def test_a_page_that_cannot_be_had_is_not_kept_and_costs_no_number(
    stack: Stack, fault: dict[str, Any]
) -> None:
    """Every number is asked for by itself then, and no page again."""
    stack.next_run(deadline_seconds=1)
    stack.numbers.fail({**PAGE, **fault})
    assert None not in stack.refresh()
    calls = stack.calls()
    assert calls["GET"] == 12
    assert calls["page"] >= 1
    stack.numbers.fail()
    assert None not in stack.refresh()
    assert stack.calls() == {"GET": 12}


@pytest.mark.parametrize("field", ["name", "status"])
def test_a_page_whose_objects_lack_a_field_serves_no_read(stack: Stack, field: str) -> None:
    """What an object leaves out would count as unchanged, and a drift of it be overlooked."""
    stack.numbers.account.change(number_of(9), name="theirs")
    stack.next_run()
    stack.numbers.fail({**PAGE, "fault": "forget_field", "field": field})
    seen = stack.refresh()
    assert seen[9] is not None
    assert seen[9].outputs["name"] == "theirs"
    assert stack.calls() == {"GET": 12, "page": 1}


def test_numbers_that_move_between_pages_meanwhile_are_not_called_gone(numbers: Numbers) -> None:
    """Releases by others, between two pages, bring numbers to a page that was read already."""
    bodies: list[dict[str, Any]] = [
        {"phonenumber": f"+467010{index:05}", "capabilities": 1} for index in range(2_100)
    ]
    sids = [numbers.account.register(**body) for body in bodies]
    stack = Stack(numbers, 0)

    def refresh(*places: int) -> list[Result | None]:
        before = [Result(sids[place], {**bodies[place], "managed_fields": {}}) for place in places]
        return stack.refresh(before)

    assert None not in refresh(0, 1, 2, 3)
    assert stack.calls() == {"GET": 3, "page": 1}
    for place in range(500, 505):
        numbers.account.release(bodies[place]["phonenumber"])
    assert None not in refresh(1_500, 2_050, *range(995, 1_010))
    assert stack.calls() == {"GET": 5, "page": 2}


@pytest.mark.parametrize("order", [list, reversed], ids=["forward", "backward"])
def test_pages_serve_the_reads_before_the_releases_of_a_destroy(
    numbers: Numbers, order: Callable[[list[str]], Iterable[str]]
) -> None:
    """Each number is read, then released, four at a time; the list moves up meanwhile."""
    sids = [
        numbers.account.register(phonenumber=f"+467010{index:05}", capabilities=1)
        for index in range(2_100)
    ]
    to_release = iter(order(sids[::7]))

    async def release_in_turn(client: CarrierXClient) -> None:
        for sid in to_release:
            seen = await client.get_registered_in_bulk(sid, needed=("attributes",))
            assert seen.external_did_sid == sid
            await client.delete(sid)

    async def release_all() -> None:
        async with (
            CarrierXClient(base_url=numbers.base_url, token=SAMPLE_TOKEN) as client,
            anyio.create_task_group() as tasks,
        ):
            for _ in range(4):
                tasks.start_soon(release_in_turn, client)

    run_blocking(release_all)
    calls = Counter(
        "page" if request["path"] == LIST else request["method"]
        for request in numbers.account.logged()
    )
    assert (calls["DELETE"], calls["page"]) == (300, 3)
    # Three before the first page, and those that wait for it while others are under way.
    assert calls["GET"] <= 7
