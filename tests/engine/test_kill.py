"""SIGKILL at random moments of an ``up``: nothing lost, nothing twice, and it goes on.

``make soak`` runs the same code over and over, from random seeds; see docs/reliability.md.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tools.soak.engine_processes import Victim, found, kill, processes_of
from tools.soak.kill_run import kill_run
from tools.soak.recovery import Step, recover
from tools.soak.soaked_stack import WITHOUT_CHECKPOINTS, soaked_stack

if TYPE_CHECKING:
    from pathlib import Path

    from carrierx_simulator import RunningSimulator
    from tests.engine.account import Account
    from tests.engine.stack import Stack

V = Victim
VICTIMS = {
    1: (V.PROVIDER, V.ENGINE, V.PROGRAM, V.ALL, V.PROVIDER),
    2: (V.ALL, V.PROVIDER, V.ENGINE, V.PROGRAM, V.ENGINE),
    3: (V.ENGINE, V.ALL, V.PROVIDER, V.ENGINE, V.ALL),
    4: (V.PROGRAM, V.PROVIDER, V.ALL, V.ENGINE, V.PROGRAM),
}


@pytest.mark.parametrize("ownership_key", ["managed_by", None], ids=["ownership", "no ownership"])
@pytest.mark.parametrize("seed", [1, 2], ids="seed {}".format)
def test_an_up_after_a_kill_brings_program_state_and_account_to_the_same(
    tmp_path: Path, seed: int, ownership_key: str | None
) -> None:
    """After the steps that docs/reliability.md tells, no number is lost, orphaned or twice."""
    victims = VICTIMS[seed if ownership_key else seed + 2]
    killed = 0
    with soaked_stack(tmp_path, seed=f"test {seed}", ownership_key=ownership_key) as soaked:
        for number, victim in enumerate(victims, 1):
            run = kill_run(soaked, victim)
            killed += run.struck
            assert not run.findings.lines(), f"run {number} of seed {seed}\n{run.story}"
    # An up that is over before its moment comes shows nothing.
    assert killed >= len(victims) - 1


def test_without_checkpoints_an_up_after_a_kill_does_so_too(tmp_path: Path) -> None:
    """The engine writes its state at the end alone: a kill of it forgets the whole run.

    That it has kept the state to itself is checked after each kill of the engine.
    """
    killed = forgotten = 0
    with soaked_stack(
        tmp_path,
        seed="test without checkpoints",
        ownership_key="managed_by",
        environment=WITHOUT_CHECKPOINTS,
    ) as soaked:
        for victim in (V.ENGINE, V.ALL, V.PROVIDER, V.ENGINE, V.PROGRAM):
            run = kill_run(soaked, victim)
            killed += run.struck
            forgotten += run.forgotten if victim.is_the_engine else 0
            assert not run.findings.lines(), f"after a kill of {victim}\n{run.story}"
    assert killed >= 4
    # Else the state had known all of it, and the kills had shown nothing.
    assert forgotten > 0


def test_a_file_that_a_kill_tore_is_mended_as_the_page_says(stack: Stack, account: Account) -> None:
    """The state's own, of which the backup is older; and the one that the backend keeps beside."""
    state = stack.state_file
    attributes = state.with_name(f"{state.name}.attrs")
    stack.configure("carrierx:ownershipKey", "managed_by")
    stack.declare(support={"phonenumber": "+46700987654", "capabilities": 3})
    before = state.read_bytes()
    assert stack.up().ok
    sid = account.sid("+46700987654")
    whole = state.read_bytes()

    state.with_name(f"{state.name}.bak").write_bytes(before)
    state.write_bytes(whole[: len(whole) // 2])
    assert recover(stack).steps == (Step.RESTORE_BACKUP,)
    assert stack.resources()["support"]["id"] == sid

    for torn in (b"", attributes.read_bytes()[:9]):
        attributes.write_bytes(torn)
        assert recover(stack).steps == (Step.DROP_ATTRIBUTES,)
    run = stack.preview("--refresh", "--expect-no-changes")
    assert run.ok, run.output
    assert account.sid("+46700987654") == sid


def test_a_provider_that_outlives_its_engine_sends_no_change(
    stack: Stack, account: Account, simulator: RunningSimulator
) -> None:
    """A registration that was told to wait is not sent beside what the next run does."""
    wait = {"fault": "status", "status": 429, "retry_after": 2, "calls": {"first": 1}}
    simulator.set_faults({"faults": [{"method": "POST", **wait}]})
    stack.declare(support={"phonenumber": "+46700987654", "capabilities": 3})
    with stack.start("up", "--yes", "--skip-preview") as engine:
        simulator.wait_for_fault()
        engine.kill()
    time.sleep(4)
    assert found(Victim.PROVIDER, engine.pid)
    kill(processes_of(engine.pid))
    (call,) = account.calls()
    assert call.startswith("POST ")
    assert call.endswith("-> 429")
    assert account.numbers() == {}
