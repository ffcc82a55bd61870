"""Every fault, in every operation: the first call, a lost answer, for good.

The state and the account of a stack with one number for each cell are made once, and copied for
every test.
"""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from carrierx_simulator import SAMPLE_TOKEN, SimulatorSettings, running_simulator
from tests.engine.account import Account
from tests.engine.fault_matrix import (
    FAULTS,
    TIMEOUT_SECONDS,
    Cell,
    How,
    Operation,
    all_numbers_before,
    cells_of,
)
from tests.engine.stack import Stack
from tools.soak.agreement import agreement, ledger, merged
from tools.soak.number_tables import asked
from tools.soak.recovery import Step, recover

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from carrierx_simulator import RunningSimulator
    from tests.engine.fault_matrix import Table
    from tools.pulumi_project import Run

OWNERSHIP_KEY = "managed_by"
NO_PAGES = {"fault": "status", "status": 403}
"""Not tried anew, so that the numbers keep their time."""
ERROR = re.compile(r"^ *error: CarrierXError: (?P<number>\+\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Trial:
    """A stack with all its numbers, just before things go wrong."""

    stack: Stack
    account: Account
    simulator: RunningSimulator
    ownership_key: str | None
    sids: dict[str, str]

    def set_faults(self, cells: list[Cell], page_fault: dict[str, Any] | None = None) -> None:
        """Put the faults of these cells in force.

        :param page_fault: what becomes of the pages of the list, which would serve the reads else.
        """
        faults = [fault for cell in cells for fault in cell.faults()]
        if page_fault is not None:
            faults.append({**page_fault, "method": "GET", "path": "/phonenumber/external_dids"})
        self.simulator.set_faults({"faults": [{**fault, "token": 0} for fault in faults]})

    def faults_that_hit_nothing(self) -> list[dict[str, Any]]:
        """The faults in force that have not hit any call: cells that show nothing."""
        plan = self.simulator.faults()
        pairs = zip(plan["plan"]["faults"], plan["hits"], strict=True)
        return [fault for fault, hits in pairs if not hits]

    def findings(self, table: Table) -> list[str]:
        """What is lost, orphaned, twice or different, now that the program states ``table``."""
        calls = self.simulator.requests()
        return merged(
            ledger(calls, asked(all_numbers_before(), table), self.sids),
            agreement(
                table,
                self.stack.state()["deployment"],
                self.account.numbers(),
                self.ownership_key,
            ),
        ).lines()


class SettledStacks:
    """Folders with the state and the account's data file of a stack that ``up`` has made."""

    def __init__(self, folder: Path) -> None:
        """Make none yet."""
        self._folder = folder

    def of(self, ownership_key: str | None) -> Path:
        """The folder; what is in it is made when it is first needed."""
        folder = self._folder / (ownership_key or "none")
        if not folder.exists():
            folder.mkdir()
            with serving(folder, ownership_key) as trial:
                trial.stack.declare(**all_numbers_before())
                run = trial.stack.up()
                assert run.ok, run.output
        return folder


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> SettledStacks:
    """The stacks that every test gets a copy of."""
    return SettledStacks(tmp_path_factory.mktemp("settled"))


@contextmanager
def serving(folder: Path, ownership_key: str | None, **environment: str) -> Iterator[Trial]:
    """The stack and the account of a folder, new or copied."""
    settings = SimulatorSettings(data=str(folder / "account.sqlite"))
    with running_simulator(settings) as simulator:
        account = Account(simulator)
        variables = {
            "CARRIERX_TOKEN": SAMPLE_TOKEN,
            "CARRIERX_BASE_URL": simulator.base_url,
            "CARRIERX_TIMEOUT_SECONDS": f"{TIMEOUT_SECONDS:g}",
            **({"CARRIERX_OWNERSHIP_KEY": ownership_key} if ownership_key else {}),
            **environment,
        }
        stack = Stack(folder, variables)
        sids = {number: did["external_did_sid"] for number, did in account.numbers().items()}
        yield Trial(stack, account, simulator, ownership_key, sids)


@contextmanager
def copied(
    settled: SettledStacks, folder: Path, ownership_key: str | None, seconds: str
) -> Iterator[Trial]:
    """A copy of the settled stack, whose operations are tried for so many seconds."""
    shutil.copytree(settled.of(ownership_key), folder, dirs_exist_ok=True)
    with serving(folder, ownership_key, CARRIERX_DEADLINE_SECONDS=seconds) as trial:
        yield trial


def with_changes(cells: list[Cell]) -> Table:
    """The program's table with the changes that these cells make."""
    table = all_numbers_before()
    for cell in cells:
        table.pop(cell.name, None)
        table |= cell.stated_after()
    return table


def failed_numbers(run: Run) -> set[str]:
    """The numbers that the run's errors begin with; each error is one line, without a traceback."""
    assert not run.ok, run.output
    assert "Traceback" not in run.output
    return set(ERROR.findall(run.output))


def cells_about(numbers: set[str], cells: list[Cell]) -> list[Cell]:
    """The cells that one of these numbers belongs to."""
    return [cell for cell in cells if numbers & {cell.number, cell.other_number}]


def assert_settled(trial: Trial, table: Table) -> None:
    """Program, state and account agree, and neither a refresh nor a preview shows a change."""
    run = trial.stack.preview("--refresh", "--expect-no-changes")
    assert run.ok, run.output
    trial.simulator.clear_faults()
    assert trial.findings(table) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_passes_is_overcome_within_the_run(
    settled: SettledStacks, tmp_path: Path, fault: str
) -> None:
    """A first call that fails, and an answer that is lost, cost time and nothing else."""
    cells = cells_of(fault, How.FIRST, How.LOST)
    reads = [cell for cell in cells if cell.operation is Operation.READ]
    changes = [cell for cell in cells if cell.operation is not Operation.READ]
    table = with_changes(cells)
    with copied(settled, tmp_path, OWNERSHIP_KEY, "20") as trial:
        if reads:
            trial.set_faults(reads, page_fault=NO_PAGES)
            run = trial.stack.refresh("--expect-no-changes")
            assert run.ok, run.output
            assert trial.faults_that_hit_nothing() == []
        trial.set_faults(changes)
        trial.stack.declare(**table)
        run = trial.stack.up()
        assert run.ok, run.output
        assert trial.faults_that_hit_nothing() == []
        # The faults are still in force: what shows up late is not taken for released.
        assert_settled(trial, table)


FOR_GOOD = [fault for fault in FAULTS if cells_of(fault, How.FOR_GOOD, How.LOST_FOR_GOOD)]


@pytest.mark.parametrize(
    ("fault", "ownership_key"),
    [
        *((fault, OWNERSHIP_KEY) for fault in FOR_GOOD),
        *((fault, None) for fault in ("500", "dropped")),
    ],
    ids=lambda value: {OWNERSHIP_KEY: "ownership", None: "no ownership"}.get(value, value),
)
def test_after_a_fault_that_stays_one_more_up_is_enough(
    settled: SettledStacks, tmp_path: Path, fault: str, ownership_key: str | None
) -> None:
    """While CarrierX fails, each number fails in one line; once it works, one ``up`` mends all."""
    cells = cells_of(fault, How.FOR_GOOD, How.LOST_FOR_GOOD)
    reads = [cell for cell in cells if cell.operation is Operation.READ]
    changes = [cell for cell in cells if cell.operation is not Operation.READ]
    table = with_changes(cells)
    with copied(settled, tmp_path, ownership_key, "1.5") as trial:
        if reads:
            trial.set_faults(reads, page_fault=NO_PAGES)
            failed = failed_numbers(trial.stack.refresh())
            assert failed == {cell.number for cell in reads}
        trial.set_faults(changes)
        # With --continue-on-error the engine never ends once the delete of a replace fails. Without
        # it, nothing begins any more once something has failed. So the replaces go by themselves.
        replaces = [cell for cell in changes if cell.operation is Operation.REPLACE]
        others = [cell for cell in changes if cell.operation is not Operation.REPLACE]
        trial.stack.declare(**with_changes(others))
        failed = failed_numbers(trial.stack.up("--continue-on-error"))
        assert cells_about(failed, changes) == others
        trial.stack.declare(**with_changes(replaces))
        failed = failed_numbers(trial.stack.up())
        assert cells_about(failed, changes) == replaces
        trial.simulator.clear_faults()

        trial.stack.declare(**table)
        recovery = recover(trial.stack)
        assert recovery.last.ok, recovery.last.output
        assert set(recovery.steps) <= (set() if ownership_key else {Step.ADOPT})
        assert_settled(trial, table)
