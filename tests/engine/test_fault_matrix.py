"""Two rows of the fault matrix on the engine, which runs many steps at once and keeps the state.

The whole matrix, every fault in every operation, is tests/provider/test_fault_matrix.py.
"""

from __future__ import annotations

import re

import pytest

from carrierx_simulator import RunningSimulator
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.stack import Stack
from tests.provider.fault_matrix import (
    Cell,
    How,
    Operation,
    cells_of,
    faults_of,
    table_after,
    table_before,
)
from tools.soak.agreement import agreement, ledger, merged
from tools.soak.number_tables import asked
from tools.soak.recovery import Step, recover

ERROR = re.compile(r"^ *error: CarrierXError: (?P<number>\+\d+)", re.MULTILINE)


def declare_first(stack: Stack, account: Account, cells: list[Cell]) -> dict[str, str]:
    """Register what the cells begin with; the SID of each number."""
    stack.declare(**table_before(cells))
    run = stack.up()
    assert run.ok, run.output
    account.calls()
    return {number: did["external_did_sid"] for number, did in account.numbers().items()}


def assert_settled(
    stack: Stack, account: Account, cells: list[Cell], sids: dict[str, str], key: str | None
) -> None:
    """Program, state and account agree, nothing was done twice, and no change is shown."""
    after = table_after(cells)
    stack.assert_settled()
    findings = merged(
        ledger(account.logged(), asked(table_before(cells), after), sids),
        agreement(after, stack.state()["deployment"], account.numbers(), key),
    )
    assert findings.lines() == []


def test_faults_that_pass_are_overcome_within_the_run(
    stack: Stack, account: Account, simulator: RunningSimulator
) -> None:
    """A first call that fails, and an answer that is lost, in every operation at once."""
    stack.environment["CARRIERX_OWNERSHIP_KEY"] = "managed_by"
    stack.environment["CARRIERX_DEADLINE_SECONDS"] = "20"
    cells = cells_of("503", How.FIRST, How.LOST)
    sids = declare_first(stack, account, cells)
    simulator.set_faults({"faults": faults_of(cells)})
    stack.declare(**table_after(cells))
    run = stack.up()
    assert run.ok, run.output
    assert_settled(stack, account, cells, sids, "managed_by")


@pytest.mark.parametrize("key", ["managed_by", None], ids=["records", "no records"])
def test_after_faults_that_stay_one_more_up_is_enough(
    stack: Stack, account: Account, simulator: RunningSimulator, key: str | None
) -> None:
    """Each number fails in one line, and the state has what was done: the next run continues."""
    if key:
        stack.environment["CARRIERX_OWNERSHIP_KEY"] = key
    cells = cells_of("dropped", How.FOR_GOOD, How.LOST_FOR_GOOD)
    sids = declare_first(stack, account, cells)
    stack.environment["CARRIERX_DEADLINE_SECONDS"] = "1"
    simulator.set_faults({"faults": faults_of(cells)})
    # With --continue-on-error the engine never ends once the delete of a replace fails. Without
    # it, nothing begins any more once something has failed. So the replaces go by themselves.
    replaces = [cell for cell in cells if cell.operation is Operation.REPLACE]
    others = [cell for cell in cells if cell.operation not in {Operation.REPLACE, Operation.READ}]
    for changing, flags in ((others, ["--continue-on-error"]), (replaces, [])):
        unchanged = [cell for cell in cells if cell not in changing]
        stack.declare(**table_before(unchanged), **table_after(changing))
        run = stack.up(*flags)
        assert not run.ok
        assert "Traceback" not in run.output
        failed = set(ERROR.findall(run.output))
        assert all(failed & {cell.number, cell.other_number} for cell in changing), run.output
    simulator.clear_faults()

    stack.environment["CARRIERX_DEADLINE_SECONDS"] = "20"
    stack.declare(**table_after(cells))
    recovery = recover(stack)
    assert recovery.last.ok, recovery.last.output
    assert set(recovery.steps) <= (set() if key else {Step.ADOPT})
    assert_settled(stack, account, cells, sids, key)
