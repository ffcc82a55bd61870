"""One stack and its account, for as many runs as wanted; each takes the next table of numbers."""

from __future__ import annotations

import json
import random
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from carrierx_simulator import SAMPLE_TOKEN, SimulatorSettings, Token, running_simulator
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.stack import Stack
from tools.soak.agreement import Findings, agreement, ledger, left_alone, merged, operations
from tools.soak.number_tables import Asked, asked, first_table, next_table
from tools.soak.recovery import Recovery, Step, recover
from tools.soak.ways import Way, setup_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from carrierx_simulator import RunningSimulator
    from tools.soak.number_tables import Table

_LATENCY_MILLISECONDS = 40
"""So that a kill at a random moment mostly falls into a call."""

ANOTHER_ACCOUNT = {"CARRIERX_TOKEN": "soak-another-partners-token"}
"""The environment of an ``up`` with the token of another account, which has one number."""
_NUMBER_THERE = "+46700399999"
_ANOTHER_PARTNER_SID = "5d0f1c9e-2b7a-4c37-8f15-6f5a0c6b9d42"

_ANOTHER_OWNER = "trial/staging/support"
"""In the record of numbers that another stack has taken over."""

WITHOUT_CHECKPOINTS = {"PULUMI_SKIP_CHECKPOINTS": "true"}
"""What a stack is to be made with whose state the engine writes at the end of a run only."""


class CheckpointWrittenError(Exception):
    """The engine has written a state half way, though it was told not to: the run shows nothing."""


@dataclass(frozen=True, slots=True)
class SoakRun:
    """One run: what was done to it, what it took to go on, and what is wrong after it."""

    cause: str
    """What it counts as in the table."""
    moment: str
    struck: int
    """How often the cause struck: kills or calls."""
    forgotten: int
    """Changes that CarrierX had carried out when the recovery began, and that no state knew."""
    steps: tuple[Step, ...]
    operations: int
    findings: Findings
    story: str
    """All that there is to look at when something is wrong."""


@dataclass(frozen=True, slots=True)
class _Change:
    """What the program asks for in this run, and the SIDs and the state before it."""

    asked: Asked
    sids_before: dict[str, str]
    """By number."""
    state_before: bytes
    """The state's file."""
    foreign: dict[str, dict[str, Any]]
    """What another stack has taken over, by number: it stays as it is."""


class SoakedStack:
    """A stack on an account that nothing else uses."""

    def __init__(
        self,
        stack: Stack,
        simulator: RunningSimulator,
        *,
        seed: str,
        ownership_key: str | None,
    ) -> None:
        """Take an empty stack of an empty account."""
        self.stack = stack
        self.simulator = simulator
        self.chance = random.Random(seed)  # noqa: S311 -- repeatable is the point
        self._account = Account(simulator, token=0)
        self._another = Account(simulator, token=1)
        self._another.register(phonenumber=_NUMBER_THERE, capabilities=1)
        self._ownership_key = ownership_key
        self.way = Way.PLAIN
        """That of the next runs."""
        self.flags: tuple[str, ...] = ()
        """What ``up`` is given in this run."""
        self._table: Table = {}
        self._change = _Change(asked({}, {}), {}, b"", {})

    def declare_next(self) -> Asked:
        """Declare the next table; what the program asks for with it."""
        before = self._table
        table = next_table(self.chance, before) if before else first_table(self.chance)
        setup = setup_of(self.chance, self.way, before, table)
        self._table = setup.table
        self.stack.declare(**self._table)
        self.flags = ("--continue-on-error",) if self.way is Way.CONTINUE else ()
        for name in setup.replaced:
            self.flags += ("--replace", self.stack.urn(name))
        for number in setup.taken_over:
            self._account.change(number, attributes={self._ownership_key or "": _ANOTHER_OWNER})
        numbers = self._account.numbers()
        self._change = _Change(
            asked(before, self._table, setup.replaced),
            {number: did["external_did_sid"] for number, did in numbers.items()},
            self.stack.state_file.read_bytes(),
            {number: numbers[number] for number in setup.taken_over},
        )
        self.simulator.clear_requests()
        return self._change.asked

    @property
    def has_numbers(self) -> bool:
        """Whether the program declares any yet."""
        return bool(self._table)

    def calls(self, *, token: int = 0) -> list[dict[str, Any]]:
        """The provider's calls of this run so far, with the token of its account or of another."""
        return [call for call in self.simulator.requests() if call["token"] == token]

    def forgotten(self) -> int:
        """How many changes CarrierX has carried out in this run so far that no state knows."""
        unchanged = self.stack.state_file.read_bytes() == self._change.state_before
        return operations(self.calls()) if unchanged else 0

    def check_the_state_on_disk(self, *, engine_killed: bool) -> None:
        """Look whether an engine that was killed has kept the state to itself, if it was told to.

        Raises:
            CheckpointWrittenError: It has not.
        """
        if not engine_killed or not WITHOUT_CHECKPOINTS.items() <= self.stack.environment.items():
            return
        state = self.stack.state_file.read_bytes()
        # One kill in many comes after the end, and meets the one state that is written then.
        if state != self._change.state_before and not _is_an_end(state, self._table):
            raise CheckpointWrittenError(state.decode())

    def recover(self, steps_so_far: tuple[Step, ...] = ()) -> Recovery:
        """Do what a person does until ``up`` passes."""
        recovery = recover(self.stack, steps_so_far)
        if self.way is Way.REPLACE and recovery.last.ok:
            # The program has not changed, so only a refresh finds what was released.
            recovery = replace(recovery, last=self.stack.up("--refresh"))
        return recovery

    def finished(
        self,
        cause: str,
        moment: str,
        *,
        struck: int,
        forgotten: int = 0,
        first_up: str,
        recovery: Recovery,
    ) -> SoakRun:
        """Compare program, state and account after the run.

        Args:
            first_up: What the ``up`` printed to which it was done.
        """
        calls = self.calls()
        account, foreign = self._account.numbers(), self._change.foreign
        findings = merged(
            ledger(calls, self._change.asked, self._change.sids_before),
            agreement(
                self._table,
                self.stack.state()["deployment"],
                {number: did for number, did in account.items() if number not in foreign},
                self._ownership_key,
            ),
            left_alone(foreign, account),
            self._of_engine(recovery),
            Findings(orphaned=sorted(self._another.numbers().keys() - {_NUMBER_THERE})),
        )
        for number in foreign:
            # The other stack gives it up, so that a later program may declare it.
            self._account.release(number)
        story = "\n".join(
            [
                f"{cause}, {moment}; then {', '.join([*recovery.steps, 'pulumi up'])}",
                f"flags: {' '.join(self.flags)}; of another stack: {sorted(foreign)}",
                f"asked: {self._change.asked}",
                f"SIDs before: {self._change.sids_before}",
                "--- calls: method, path, body, outcome, status sent, fault",
                *(
                    f"{call['method']} {call['path']} {call['body']} {call['outcome']} "
                    f"{call['status']} {call['fault']}"
                    for call in calls
                ),
                "--- the first up",
                first_up,
                "--- the last up",
                recovery.last.output,
                "--- wrong",
                *findings.lines(),
            ]
        )
        return SoakRun(
            cause,
            moment,
            struck,
            forgotten,
            recovery.steps,
            operations(calls),
            findings,
            story,
        )

    def _of_engine(self, recovery: Recovery) -> Findings:
        if not recovery.last.ok:
            return Findings(different=["up does not pass"])
        if self._ownership_key and Step.ADOPT in recovery.steps:
            return Findings(different=["with ownership on, a manual step was needed"])
        preview = self.stack.preview("--refresh", "--expect-no-changes")
        return Findings(different=[] if preview.ok else ["a refresh or a preview shows a change"])


def _is_an_end(state: bytes, table: Mapping[str, object]) -> bool:
    """Whether this state has all that the program states, and nothing that has not ended."""
    latest = json.loads(state)["checkpoint"]["latest"]
    names = sorted(
        resource["urn"].rsplit("::", 1)[-1]
        for resource in latest["resources"]
        if "__provider" in resource.get("inputs", {})
    )
    return names == sorted(table) and not latest.get("pending_operations")


@contextmanager
def soaked_stack(
    workspace: Path,
    *,
    seed: str,
    ownership_key: str | None,
    environment: dict[str, str] | None = None,
) -> Iterator[SoakedStack]:
    """An empty stack, and a simulator that ends with the block.

    Args:
        environment: Variables beside those that name the account.
    """
    another = Token(ANOTHER_ACCOUNT["CARRIERX_TOKEN"], partner_sid=_ANOTHER_PARTNER_SID)
    settings = SimulatorSettings(
        latency_ms=_LATENCY_MILLISECONDS, tokens=(Token(SAMPLE_TOKEN), another)
    )
    with (
        running_simulator(settings) as simulator,
    ):
        variables = {
            "CARRIERX_TOKEN": SAMPLE_TOKEN,
            "CARRIERX_BASE_URL": simulator.base_url,
            **({"CARRIERX_OWNERSHIP_KEY": ownership_key} if ownership_key else {}),
            **(environment or {}),
        }
        stack = Stack(workspace, variables)
        yield SoakedStack(stack, simulator, seed=seed, ownership_key=ownership_key)
