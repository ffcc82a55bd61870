"""SIGKILL in the middle of an ``up``: nothing lost, nothing twice, and the next ``up`` continues.

Here the moment is an event: CarrierX has carried out a registration, and its response is on the
way. ``make soak`` kills at random moments, hundreds of times; see docs/reliability.md.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from carrierx_simulator import RunningSimulator
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.stack import Stack
from tests.waiting import PATIENCE_SECONDS, wait_until
from tools.soak.engine_processes import Victim, found, kill, processes_of
from tools.soak.kill_run import kill_cause
from tools.soak.recovery import Step, recover, unlocked
from tools.soak.soaked_stack import WITHOUT_CHECKPOINTS, SoakedStack, SoakRun, soaked_stack
from tools.soak.ways import WAYS, Way

PROVIDER, ENGINE, PROGRAM, ALL = Victim.PROVIDER, Victim.ENGINE, Victim.PROGRAM, Victim.ALL
ON_ITS_WAY = {"method": "POST", "calls": {"nth": 1}, "fault": "slow", "when": "after", "seconds": 5}
"""The first registration is carried out, and its response comes 5 s later."""


def sids(soaked: SoakedStack) -> set[str]:
    """What is registered."""
    numbers = Account(soaked.simulator).numbers().values()
    return {did["external_did_sid"] for did in numbers}


def run_with_kills(soaked: SoakedStack, *victims: Victim) -> SoakRun:
    """Kill an ``up`` of the next program, as often as there are victims; then recover, compare."""
    before, state = sids(soaked), soaked.stack.state_file.read_bytes()
    soaked.declare_next()
    sessions: list[int] = []
    steps: list[Step] = []
    output = ""
    try:
        for victim in victims:
            if unlocked(soaked.stack):
                steps.append(Step.CANCEL)
            soaked.simulator.set_faults({"faults": [ON_ITS_WAY]})
            command = ("up", "--yes", "--skip-preview", "--diff", *soaked.flags)
            with soaked.stack.start(*command) as engine:
                sessions.append(engine.pid)
                soaked.simulator.wait_for_fault(timeout=PATIENCE_SECONDS)
                if len(sessions) == 1:
                    # Later ones may find their number registered already.
                    wait_until(lambda: not sids(soaked) <= before, engine)
                pids = found(victim, engine.pid)
                assert pids, f"{victim} is not there"
                kill(pids)
                output += engine.communicate(timeout=PATIENCE_SECONDS)[0]
            soaked.check_the_state_on_disk(engine_killed=victim.is_the_engine)
        soaked.simulator.clear_faults()
        state_is_old = soaked.stack.state_file.read_bytes() == state
        forgotten = len(sids(soaked) - before) if state_is_old else 0
        recovery = soaked.recover(tuple(steps))
    finally:
        # What has lost its engine never ends. It is still there while the next `up` runs, as on a
        # machine where only the engine was killed.
        for session in sessions:
            kill(processes_of(session))
    run = soaked.finished(
        ", ".join(map(kill_cause, victims)),
        "with a response on the way",
        struck=len(victims),
        forgotten=forgotten,
        first_up=output,
        recovery=recovery,
    )
    assert not run.findings.lines(), run.story
    return run


@pytest.mark.parametrize(
    ("ownership_key", "victims"),
    [
        # The program is last: the engine finishes all that it was told before.
        ("managed_by", (PROVIDER, ENGINE, ALL, PROGRAM)),
        (None, (PROVIDER, ENGINE)),
    ],
    ids=["ownership", "no ownership"],
)
def test_an_up_after_a_kill_brings_program_state_and_account_to_the_same(
    tmp_path: Path, ownership_key: str | None, victims: tuple[Victim, ...]
) -> None:
    """After the steps in docs/reliability.md no number is lost, orphaned or registered twice."""
    with soaked_stack(tmp_path, seed="test", ownership_key=ownership_key) as soaked:
        run_with_kills(soaked, *victims)


def test_without_checkpoints_an_up_after_a_kill_does_so_too(tmp_path: Path) -> None:
    """The engine writes its state only at the end: a kill of it forgets the whole run."""
    with soaked_stack(
        tmp_path, seed="test", ownership_key="managed_by", environment=WITHOUT_CHECKPOINTS
    ) as soaked:
        run = run_with_kills(soaked, ENGINE)
        # Else the state would have known all of it, and the kill would have shown nothing.
        assert run.forgotten > 0


@pytest.mark.parametrize("way", WAYS)
def test_a_kill_of_another_way_of_an_up_leaves_nothing_behind_either(
    tmp_path: Path, way: Way
) -> None:
    """Flags and an option of the engine, and numbers that another stack has taken over."""
    with soaked_stack(tmp_path, seed="test", ownership_key="managed_by") as soaked:
        soaked.declare_next()
        assert soaked.stack.up().ok
        soaked.way = way
        run = run_with_kills(soaked, PROVIDER)
        assert (Step.RELEASE in run.steps) is (way is Way.FOREIGN)


def test_a_file_that_a_kill_tore_is_repaired_as_the_page_says(
    stack: Stack, account: Account
) -> None:
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
    """A registration that was told to wait is not sent beside what the next runs do."""
    wait = {"fault": "status", "status": 429, "retry_after": 1, "calls": {"first": 1}}
    simulator.set_faults({"faults": [{"method": "POST", **wait}]})
    stack.declare(support={"phonenumber": "+46700987654", "capabilities": 3})
    with stack.start("up", "--yes", "--skip-preview") as engine:
        simulator.wait_for_fault(timeout=PATIENCE_SECONDS)
        engine.kill()
        # Both take longer than the wait.
        assert unlocked(stack)
        assert stack.up().ok
        stack.assert_settled()
        assert found(PROVIDER, engine.pid)
        kill(processes_of(engine.pid))
    changes = [call for call in account.calls() if not call.startswith("GET")]
    assert [call.partition(" ")[0] for call in changes] == ["POST", "POST"]
    assert [call.endswith("-> 429") for call in changes] == [True, False]
