"""``PULUMI_SKIP_CHECKPOINTS``: what happens after a run that was killed before it wrote its state.

``test_kill.py`` and ``make soak`` show that ``up`` of the same program continues, and
tests/provider/test_interrupted.py what the provider does with an old state. Here is what the engine
adds, and what docs/reliability.md says about it.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from carrierx_simulator import RunningSimulator
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.console_command import run_command
from tests.engine.stack import Stack
from tests.waiting import PATIENCE_SECONDS, wait_until
from tools.soak.engine_processes import kill, processes_of

HELD_UP = "+46700987650"
"""Its release is held up, so that a run is at work until it is killed."""

REPLACED, MOVED, MOVED_TO = "+46700987651", "+46700987652", "+46700987653"
UPDATED, RELEASED, NEW = "+46700987654", "+46700987655", "+46700987656"


def declaring(number: str, **more: Any) -> dict[str, Any]:
    """The inputs of one number."""
    return {"phonenumber": number, "capabilities": 3, "name": "line", **more}


BEFORE = {
    "held_up": declaring(HELD_UP),
    "replaced": declaring(REPLACED),
    "moved": declaring(MOVED),
    "updated": declaring(UPDATED, attributes={"team": "care", "old": 1}),
    "released": declaring(RELEASED),
}
AFTER = {
    "replaced": declaring(REPLACED, capabilities=1),
    "moved": declaring(MOVED_TO),
    "updated": declaring(UPDATED, attributes={"team": "care"}, callback_url="https://example.com/"),
    "new": declaring(NEW),
}


@pytest.fixture
def unsaved(stack: Stack) -> Stack:
    """A stack whose state is written at the end of a run only, and that keeps records."""
    stack.environment |= {
        "PULUMI_SKIP_CHECKPOINTS": "true",
        "CARRIERX_OWNERSHIP_KEY": "managed_by",
        "CARRIERX_DEADLINE_SECONDS": str(PATIENCE_SECONDS),
    }
    stack.declare(**BEFORE)
    assert stack.up().ok
    return stack


@contextmanager
def under_way(
    stack: Stack, account: Account, simulator: RunningSimulator, *, seconds: int, calls: Any
) -> Iterator[subprocess.Popen[str]]:
    """An ``up`` from the one table to the other, in which all is done but what is held up."""
    fault = {"fault": "status", "status": 503, "retry_after": seconds, "calls": calls}
    simulator.set_faults({"faults": [{**fault, "method": "DELETE", "phonenumber": HELD_UP}]})
    stack.declare(**AFTER)
    with stack.start("up", "--yes", "--skip-preview") as engine:
        try:
            wait_until(lambda: is_done(account), engine)
            yield engine
        finally:
            kill(processes_of(engine.pid))


def is_done(account: Account) -> bool:
    """Whether all is as the second table has it, but for the release that is held up."""
    live = account.numbers()
    return (
        live.keys() == {HELD_UP, REPLACED, MOVED_TO, UPDATED, NEW}
        and live[REPLACED]["capabilities"] == 1
        and live[UPDATED]["callback_url"] is not None
    )


def sids(account: Account) -> dict[str, str]:
    """The SID of each number."""
    return {number: did["external_did_sid"] for number, did in account.numbers().items()}


def test_a_killed_run_leaves_the_old_state_and_its_lock(
    unsaved: Stack, account: Account, simulator: RunningSimulator
) -> None:
    """What it registered looks like orphans; a program that is taken back needs a refresh."""
    before = unsaved.state_file.read_bytes()
    with under_way(unsaved, account, simulator, seconds=PATIENCE_SECONDS, calls="every"):
        pass
    simulator.clear_faults()
    assert unsaved.state_file.read_bytes() == before
    code, lines, errors = run_command(unsaved, "orphans", "--release", "all", "--yes")
    assert (code, lines) == (2, [])
    assert errors == [
        "pulumi-carrierx orphans: trial/dev is locked: a run is in progress, or a killed run has "
        "left its lock. What a run without checkpoints has registered looks like an orphan until "
        "the run ends",
        "pulumi-carrierx orphans: trial/dev is locked, and a run without checkpoints may be at "
        "work on what looks like an orphan. Nothing was changed. Let the run end; if it was "
        "killed, run `pulumi cancel`, then `pulumi up`, which continues with what the program "
        "declares",
    ]
    assert NEW in account.numbers()
    assert unsaved.run("cancel", "--yes").ok

    unsaved.declare(**BEFORE)
    registered = sids(account)
    run = unsaved.up("--refresh")

    assert run.ok, run.output
    assert f"continued with SID {registered[REPLACED]}, which an earlier run of" in run.output
    live = account.numbers()
    assert live.keys() == {HELD_UP, REPLACED, MOVED, MOVED_TO, UPDATED, RELEASED, NEW}
    assert live[REPLACED]["capabilities"] == 3
    # According to the state it was never declared, so it counts as set by others.
    assert live[UPDATED]["callback_url"] == "https://example.com/"
    unsaved.assert_settled()
    code, lines, _ = run_command(unsaved, "orphans")
    assert code == 1
    assert {line.split()[0] for line in lines if line.startswith("+")} == {MOVED_TO, NEW}
    assert run_command(unsaved, "orphans", "--release", "all", "--yes")[0] == 0
    assert account.numbers().keys() == {each["phonenumber"] for each in BEFORE.values()}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_run_that_is_cancelled_writes_what_it_did(
    unsaved: Stack, account: Account, simulator: RunningSimulator, how: signal.Signals
) -> None:
    """Operations in progress end, here with an error; the state has all the others."""
    unsaved.environment["CARRIERX_DEADLINE_SECONDS"] = "6"
    with under_way(unsaved, account, simulator, seconds=PATIENCE_SECONDS, calls="every") as engine:
        engine.send_signal(how)
        output, _ = engine.communicate(timeout=PATIENCE_SECONDS)
    assert engine.returncode != 0, output
    simulator.clear_faults()
    held = unsaved.resources()
    assert held.keys() == {"held_up", *AFTER}
    assert {each["id"] for each in held.values()} == set(sids(account).values())
    assert unsaved.up().ok
    assert HELD_UP not in account.numbers()


def test_two_runs_at_once_register_nothing_twice(
    unsaved: Stack, account: Account, simulator: RunningSimulator
) -> None:
    """Somebody takes the lock of a run that is at work: both begin with the same old state."""
    with under_way(unsaved, account, simulator, seconds=15, calls={"first": 1}) as engine:
        registered = sids(account)
        assert unsaved.run("cancel", "--yes").ok
        second = unsaved.up()
        output, _ = engine.communicate(timeout=PATIENCE_SECONDS)
    assert second.ok, second.output
    assert engine.returncode == 0, output
    assert sids(account) == {number: sid for number, sid in registered.items() if number != HELD_UP}
    unsaved.assert_settled()
