"""Every fault, in every operation: the first call, a lost answer, for good.

tests/engine/test_fault_matrix.py shows two rows of it on the engine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.provider.fault_matrix import (
    FAULTS,
    TIMEOUT_SECONDS,
    Cell,
    How,
    Operation,
    Table,
    cells_of,
    faults_of,
    table_after,
    table_before,
)
from tests.provider.lifecycles import RECORDS, World

AT_A_TIME = 8
"""More than the four calls that the dynamic provider's server works on."""
NO_PAGES = {
    "fault": "status",
    "status": 403,
    "method": "GET",
    "path": "/phonenumber/external_dids",
    "token": 0,
}
"""The pages of the list, which would serve the reads else. Not tried again, so the numbers keep
their time."""


class Matrix:
    """A stack with one number for each cell, and faults for each of them."""

    def __init__(self, world: World, cells: Sequence[Cell], **settings: str) -> None:
        """Register the numbers that the cells begin with."""
        self.world = world
        self.stack = world.stack
        self.stack.parallel = AT_A_TIME
        self.stack.settings |= settings
        if any(cell.fault == "slow" for cell in cells):
            self.stack.settings["timeoutSeconds"] = f"{TIMEOUT_SECONDS:g}"
        self.stack.declare(**table_before(cells))
        assert self.stack.up().ok
        world.account.calls()
        self.sids = {
            did["external_did_sid"]: number for number, did in world.account.numbers().items()
        }

    def set_faults(self, cells: Sequence[Cell], *more: dict[str, Any]) -> None:
        """Put the faults of these cells in force."""
        self.world.simulator.set_faults({"faults": [*faults_of(cells), *more]})

    def assert_all_hit(self) -> None:
        """Every fault in force has hit a call; one that has not shows nothing."""
        plan = httpx.get(f"{self.world.simulator.origin}/_simulator/faults").json()
        pairs = zip(plan["plan"]["faults"], plan["hits"], strict=True)
        assert [fault for fault, hits in pairs if not hits] == []

    def assert_settled(self, before: Table, after: Table) -> None:
        """Program, state and account agree; each number was registered and released as asked."""
        assert self.stack.settled()
        self.world.simulator.clear_faults()
        live = self.world.account.numbers()
        held = {each.outputs["phonenumber"]: each.id for each in self.stack.resources.values()}
        assert held == {number: did["external_did_sid"] for number, did in live.items()}
        assert self.stack.resources.keys() == after.keys()
        for declared in after.values():
            number = live[declared["phonenumber"]]
            for name in ("capabilities", "name"):
                assert number[name] == declared[name]
            attributes = {k: v for k, v in number["attributes"].items() if k != "managed_by"}
            assert attributes == declared["attributes"]
        self._assert_nothing_twice(before, after)

    def _assert_nothing_twice(self, before: Table, after: Table) -> None:
        def registrations(table: Table) -> set[tuple[str, int]]:
            return {(each["phonenumber"], each["capabilities"]) for each in table.values()}

        was, shall = registrations(before), registrations(after)
        done = [call for call in self.world.account.logged() if call["outcome"] in {200, 204}]
        registered = Counter(
            call["body"]["phonenumber"] for call in done if call["method"] == "POST"
        )
        assert registered == Counter(number for number, _ in shall - was)
        released = {
            self.sids.get(call["path"].rpartition("/")[2], call["path"])
            for call in done
            if call["method"] == "DELETE"
        }
        assert released == {number for number, _ in was - shall}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_passes_is_overcome_within_the_run(world: World, fault: str) -> None:
    """A first call that fails, and an answer that is lost, cost time and nothing else."""
    cells = cells_of(fault, How.FIRST, How.LOST)
    reads = [cell for cell in cells if cell.operation is Operation.READ]
    changes = [cell for cell in cells if cell.operation is not Operation.READ]
    matrix = Matrix(world, cells, deadlineSeconds="20", **RECORDS)
    if reads:
        matrix.set_faults(reads, NO_PAGES)
        refreshed = matrix.stack.refresh()
        assert refreshed.ok, refreshed.errors
        assert set(refreshed.steps.values()) == {"same"}
        matrix.assert_all_hit()
    matrix.set_faults(changes)
    matrix.stack.declare(**table_after(cells))
    outcome = matrix.stack.up()
    assert outcome.ok, outcome.errors
    matrix.assert_all_hit()
    # The faults are still in force: what shows up late is not taken for released.
    matrix.assert_settled(table_before(cells), table_after(cells))


LIKE_500 = {"502", "503", "504"}
"""They take the same way through the provider, as long as they last."""


FOR_GOOD = [
    fault
    for fault in FAULTS
    if cells_of(fault, How.FOR_GOOD, How.LOST_FOR_GOOD) and fault not in LIKE_500
]


@pytest.mark.parametrize(
    ("fault", "records"),
    [*((fault, RECORDS) for fault in FOR_GOOD), ("500", {}), ("dropped", {})],
    ids=lambda value: value if isinstance(value, str) else "records" if value else "no records",
)
def test_after_a_fault_that_stays_one_more_up_is_enough(
    world: World, fault: str, records: dict[str, str]
) -> None:
    """While CarrierX fails, each number fails in one line; once it works, one ``up`` fixes all.

    Without records that takes the command that the errors name.
    """
    cells = cells_of(fault, How.FOR_GOOD, How.LOST_FOR_GOOD)
    reads = [cell for cell in cells if cell.operation is Operation.READ]
    changes = [cell for cell in cells if cell.operation is not Operation.READ]
    matrix = Matrix(world, cells, **records)
    matrix.stack.settings["deadlineSeconds"] = "0.6"
    if reads:
        matrix.set_faults(reads, NO_PAGES)
        assert numbers_in(matrix.stack.refresh().errors) == {cell.number for cell in reads}
    matrix.set_faults(changes)
    matrix.stack.declare(**table_after(cells))
    errors = matrix.stack.up(continue_on_error=True).errors
    assert len(errors) == len(changes)
    assert all(numbers_in(errors) & {cell.number, cell.other_number} for cell in changes)
    world.simulator.clear_faults()

    matrix.stack.settings["deadlineSeconds"] = "20"
    outcome = matrix.stack.up(continue_on_error=True)
    named = set(re.findall(r"CARRIERX_ADOPT=([0-9a-f-]+)", "".join(outcome.errors)))
    if named and not records:
        with world.stack.front.start(CARRIERX_ADOPT=",".join(named)) as front:
            session, matrix.stack.front = matrix.stack.front, front
            outcome = matrix.stack.up(continue_on_error=True)
            matrix.stack.front = session
    assert outcome.ok, outcome.errors
    matrix.assert_settled(table_before(cells), table_after(cells))


def numbers_in(errors: list[str]) -> set[str]:
    """The number that each error begins with."""
    return {error.partition(" ")[0].rstrip(":") for error in errors}
