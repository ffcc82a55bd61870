"""Every fault, in every operation: the first call, a lost answer, for good.

tests/engine/test_fault_matrix.py shows a row of it on the engine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

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
    replaced_when_asked,
    table_after,
    table_before,
)
from tests.provider.front import dynamic_front
from tests.provider.lifecycles import KEY, RECORDS, World
from tests.provider.program import TYPE
from tools.soak.agreement import agreement, ledger, merged
from tools.soak.number_tables import asked

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
            number: did["external_did_sid"] for number, did in world.account.numbers().items()
        }

    def set_faults(self, cells: Sequence[Cell], *more: dict[str, Any]) -> None:
        """Put the faults of these cells in force."""
        self.world.simulator.set_faults({"faults": [*faults_of(cells), *more]})

    def assert_all_hit(self) -> None:
        """Every fault in force has hit a call; one that has not shows nothing."""
        plan = self.world.simulator.faults()
        pairs = zip(plan["plan"]["faults"], plan["hits"], strict=True)
        assert [fault for fault, hits in pairs if not hits] == []

    def assert_settled(self, before: Table, after: Table, replaced: Sequence[str]) -> None:
        """Program, state and account agree; each number was registered and released as asked."""
        assert self.stack.settled()
        self.world.simulator.clear_faults()
        state = [
            {"type": TYPE, "urn": f"::{name}", "id": resource.id, "outputs": resource.outputs}
            for name, resource in self.stack.resources.items()
        ]
        findings = merged(
            ledger(self.world.account.logged(), asked(before, after, replaced), self.sids),
            agreement(after, {"resources": state}, self.world.account.numbers(), KEY),
        )
        assert findings.lines() == []


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
    replaced = replaced_when_asked(cells)
    outcome = matrix.stack.up(replaces=replaced)
    assert outcome.ok, outcome.errors
    matrix.assert_all_hit()
    # The faults are still in force: what shows up late is not taken for released.
    matrix.assert_settled(table_before(cells), table_after(cells), replaced)


FOR_GOOD = [fault for fault in FAULTS if cells_of(fault, How.FOR_GOOD, How.LOST_FOR_GOOD)]
LIKE_500 = {"502", "503", "504"}
"""They take the same way through the provider, as long as they last."""


@pytest.mark.parametrize(
    ("fault", "records"),
    [
        *((fault, RECORDS) for fault in FOR_GOOD if fault not in LIKE_500),
        *(("500", {}), ("dropped", {})),
    ],
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
    replaced = replaced_when_asked(cells)
    errors = matrix.stack.up(continue_on_error=True, replaces=replaced).errors
    assert len(errors) == len(changes)
    assert all(numbers_in(errors) & {cell.number, cell.other_number} for cell in changes)
    world.simulator.clear_faults()

    matrix.stack.settings["deadlineSeconds"] = "20"
    outcome = matrix.stack.up(continue_on_error=True)
    named = set(re.findall(r"CARRIERX_ADOPT=([0-9a-f-]+)", "".join(outcome.errors)))
    if named and not records:
        session = matrix.stack.front
        with dynamic_front(CARRIERX_ADOPT=",".join(named)) as matrix.stack.front:
            outcome = matrix.stack.up(continue_on_error=True)
        matrix.stack.front = session
    assert outcome.ok, outcome.errors
    matrix.assert_settled(table_before(cells), table_after(cells), replaced)


RELEASING = {
    Operation.DELETE,
    Operation.REPLACE,
    Operation.MOVE,
    Operation.MOVE_DELETING_FIRST,
    Operation.REPLACE_WHEN_ASKED,
}


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if cells_of(fault, How.FIRST)])
def test_what_another_stack_has_taken_over_is_left_alone_in_every_fault(
    world: World, fault: str
) -> None:
    """Its record says so, whichever call fails, and whatever leads to the release."""
    cells = [cell for cell in cells_of(fault, How.FIRST) if cell.operation in RELEASING]
    matrix = Matrix(world, cells, deadlineSeconds="20", **RECORDS)
    for cell in cells:
        world.account.change(cell.number, attributes={KEY: "shop/staging/support"})
    before = world.account.numbers()
    matrix.set_faults(cells)
    matrix.stack.declare(**table_after(cells))
    errors = matrix.stack.up(continue_on_error=True, replaces=replaced_when_asked(cells)).errors
    assert numbers_in(errors) == before.keys()
    assert all(" belongs to shop/staging/support now " in error for error in errors)
    assert before.items() <= world.account.numbers().items()


def numbers_in(errors: list[str]) -> set[str]:
    """The number that each error begins with."""
    return {error.partition(" ")[0].rstrip(":") for error in errors}
