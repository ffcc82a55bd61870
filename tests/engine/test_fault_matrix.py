"""A row of the fault matrix on the engine, which runs many steps at once and keeps the state.

The whole matrix, every fault in every operation, is tests/provider/test_fault_matrix.py.
"""

from __future__ import annotations

import re

from carrierx_simulator import RunningSimulator
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.stack import Stack
from tests.provider.fault_matrix import (
    DELETING_FIRST,
    How,
    Operation,
    cells_of,
    faults_of,
    replaced_when_asked,
    table_after,
    table_before,
)
from tests.provider.lifecycles import KEY
from tools.soak.agreement import agreement, ledger, merged
from tools.soak.number_tables import asked

ERROR = re.compile(r"^ *error: CarrierXError: (?P<number>\+\d+)", re.MULTILINE)


def test_after_faults_that_stay_one_more_up_is_enough(
    stack: Stack, account: Account, simulator: RunningSimulator
) -> None:
    """Each number fails in one line, and the state has what was done: the next run continues."""
    stack.environment["CARRIERX_OWNERSHIP_KEY"] = KEY
    cells = cells_of("dropped", How.FOR_GOOD, How.LOST_FOR_GOOD)
    before, after = table_before(cells), table_after(cells)
    stack.declare(**before)
    assert stack.up().ok
    sids = {number: did["external_did_sid"] for number, did in account.numbers().items()}
    account.calls()
    stack.environment["CARRIERX_DEADLINE_SECONDS"] = "1"
    simulator.set_faults({"faults": faults_of(cells)})
    # With --continue-on-error the engine never ends once the delete of a replace fails. Without
    # it, nothing begins any more once something has failed. So these replaces go by themselves.
    by_themselves = [Operation.REPLACE, *DELETING_FIRST]
    operations = [each for each in Operation if each not in {*by_themselves, Operation.READ}]
    for going, flags in (
        (operations, ["--continue-on-error"]),
        *(([o], []) for o in by_themselves),
    ):
        changing = [cell for cell in cells if cell.operation in going]
        unchanged = [cell for cell in cells if cell not in changing]
        stack.declare(**table_before(unchanged), **table_after(changing))
        for name in replaced_when_asked(changing):
            flags += ["--replace", stack.urn(name)]
        run = stack.up(*flags)
        assert not run.ok
        assert "Traceback" not in run.output
        failed = set(ERROR.findall(run.output))
        assert all(failed & {cell.number, cell.other_number} for cell in changing), run.output
    simulator.clear_faults()

    stack.environment["CARRIERX_DEADLINE_SECONDS"] = "20"
    stack.declare(**after)
    run = stack.up()
    assert run.ok, run.output
    stack.assert_settled()
    findings = merged(
        ledger(account.logged(), asked(before, after, replaced_when_asked(cells)), sids),
        agreement(after, stack.state()["deployment"], account.numbers(), KEY),
    )
    assert findings.lines() == []
