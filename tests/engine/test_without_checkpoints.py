"""``PULUMI_SKIP_CHECKPOINTS``: what becomes of a run that was killed, and forgot all that it did.

That ``up`` of the same program goes on is shown by ``test_kill.py`` and ``make soak``. Here is what
else a person may do next, and what docs/reliability.md says of it.
"""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.console_command import run_command
from tools.soak.engine_processes import kill, processes_of

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from carrierx_simulator.running import RunningSimulator
    from tests.engine.account import Account
    from tests.engine.stack import Stack

PATIENCE_SECONDS = 60
HELD_UP = "+46700987650"
"""Its release is held up, so that a run is at work until it is killed."""

REPLACED, MOVED, MOVED_TO = "+46700987651", "+46700987652", "+46700987653"
UPDATED, RELEASED, NEW = "+46700987654", "+46700987655", "+46700987656"


def stating(number: str, **more: Any) -> dict[str, Any]:
    """The inputs of one number."""
    return {"phonenumber": number, "capabilities": 3, "name": "line", **more}


BEFORE = {
    "held_up": stating(HELD_UP),
    "replaced": stating(REPLACED),
    "moved": stating(MOVED),
    "updated": stating(UPDATED, attributes={"team": "care", "old": 1}),
    "released": stating(RELEASED),
}
AFTER = {
    "replaced": stating(REPLACED, capabilities=1),
    "moved": stating(MOVED_TO),
    "updated": stating(UPDATED, attributes={"team": "care"}, callback_url="https://example.com/"),
    "new": stating(NEW),
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


def hold_up(
    simulator: RunningSimulator, *, seconds: int = PATIENCE_SECONDS, calls: Any = "every"
) -> None:
    """Let the release of one number wait, for at most as long as the provider is willing to."""
    of_held_up = {"token": 0, "method": "DELETE", "phonenumber": HELD_UP, "calls": calls}
    fault = {"fault": "status", "status": 503, "retry_after": seconds}
    simulator.set_faults({"faults": [{**of_held_up, **fault}]})


def wait_until(done: Callable[[], bool], engine: subprocess.Popen[str]) -> None:
    """Look again and again, while the engine is at work."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert engine.poll() is None
        assert time.monotonic() < ends
        time.sleep(0.05)


def forget(
    stack: Stack, simulator: RunningSimulator, command: str, done: Callable[[], bool]
) -> None:
    """Kill a run, once all is done but what is held up; the state on disk is the old one."""
    before = stack.state_file.read_bytes()
    hold_up(simulator)
    with stack.start(command, "--yes", "--skip-preview") as engine:
        try:
            wait_until(done, engine)
        finally:
            kill(processes_of(engine.pid))
        engine.communicate()
    simulator.clear_faults()
    assert stack.state_file.read_bytes() == before
    assert stack.run("cancel", "--yes").ok


def forget_after(stack: Stack, simulator: RunningSimulator, account: Account) -> None:
    """Kill the run that leads from the one table to the other."""
    stack.declare(**AFTER)
    expected = {HELD_UP, REPLACED, MOVED_TO, UPDATED, NEW}
    forget(
        stack,
        simulator,
        "up",
        lambda: (
            account.numbers().keys() == expected
            and account.numbers()[REPLACED]["capabilities"] == 1
            and account.numbers()[UPDATED]["callback_url"] is not None
        ),
    )


def test_a_program_that_is_taken_back_needs_a_refresh(
    unsaved: Stack, account: Account, simulator: RunningSimulator
) -> None:
    """The state knows nothing of what was done, and what it left over are orphans by name."""
    forget_after(unsaved, simulator, account)
    registered = {number: did["external_did_sid"] for number, did in account.numbers().items()}
    unsaved.declare(**BEFORE)
    assert unsaved.up("--expect-no-changes").ok

    run = unsaved.up("--refresh")

    assert run.ok, run.output
    assert f"continued with SID {registered[REPLACED]}, which an earlier run of" in run.output
    assert f"{REPLACED} (line): capabilities 1 (receive_sms) → 3 (receive_sms," in run.output
    live = account.numbers()
    assert live.keys() == {HELD_UP, REPLACED, MOVED, MOVED_TO, UPDATED, RELEASED, NEW}
    assert live[REPLACED]["capabilities"] == 3
    assert live[UPDATED]["attributes"] == {
        "team": "care",
        "old": 1,
        "managed_by": "trial/dev/updated",
    }
    # To the state it was never stated, so it is somebody else's.
    assert live[UPDATED]["callback_url"] == "https://example.com/"
    unsaved.assert_settled()
    code, lines, _ = run_command(unsaved, "orphans")
    assert code == 1
    left = {line.split()[0] for line in lines if line.startswith("+")}
    assert left == {MOVED_TO, NEW}
    assert run_command(unsaved, "orphans", "--release", "all", "--yes")[0] == 0
    assert account.numbers().keys() == {each["phonenumber"] for each in BEFORE.values()}


def test_what_a_run_has_registered_so_far_is_not_released(
    unsaved: Stack, account: Account, simulator: RunningSimulator
) -> None:
    """To the state they are orphans; the stack's lock tells that a run is at work, or was."""
    unsaved.declare(new=stating(NEW), **{k: v for k, v in BEFORE.items() if k != "held_up"})
    hold_up(simulator)
    with unsaved.start("up", "--yes", "--skip-preview") as engine:
        try:
            wait_until(lambda: NEW in account.numbers(), engine)
            code, lines, errors = run_command(unsaved, "orphans", "--release", "all", "--yes")
        finally:
            kill(processes_of(engine.pid))
        engine.communicate()
    simulator.clear_faults()
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
    assert run_command(unsaved, "orphans", "--release", "all", "--yes")[0] == 0
    assert NEW not in account.numbers()


def test_a_destroy_goes_on(unsaved: Stack, account: Account, simulator: RunningSimulator) -> None:
    """What is released already is fine, and nothing is left."""
    forget(unsaved, simulator, "destroy", lambda: account.numbers().keys() == {HELD_UP})
    assert len(unsaved.resources()) == len(BEFORE)

    run = unsaved.destroy()

    assert run.ok, run.output
    assert account.numbers() == {}
    assert unsaved.resources() == {}


def test_after_a_destroy_only_a_refresh_sees_that_numbers_are_gone(
    unsaved: Stack, account: Account, simulator: RunningSimulator
) -> None:
    """To the state they are all there; with a refresh they are registered again."""
    forget(unsaved, simulator, "destroy", lambda: account.numbers().keys() == {HELD_UP})
    assert unsaved.up("--expect-no-changes").ok
    assert account.numbers().keys() == {HELD_UP}

    run = unsaved.up("--refresh")

    assert run.ok, run.output
    assert account.numbers().keys() == {each["phonenumber"] for each in BEFORE.values()}
    unsaved.assert_settled()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_run_that_is_cancelled_writes_what_it_did(
    unsaved: Stack, account: Account, simulator: RunningSimulator, how: signal.Signals
) -> None:
    """What is under way comes to its end, here to an error: the state has all the rest."""
    unsaved.environment["CARRIERX_DEADLINE_SECONDS"] = "6"
    unsaved.declare(**AFTER)
    hold_up(simulator)
    expected = {HELD_UP, REPLACED, MOVED_TO, UPDATED, NEW}
    with unsaved.start("up", "--yes", "--skip-preview") as engine:
        wait_until(lambda: account.numbers().keys() == expected, engine)
        engine.send_signal(how)
        output, _ = engine.communicate(timeout=PATIENCE_SECONDS)
    assert engine.returncode != 0, output
    simulator.clear_faults()
    held = unsaved.resources()
    assert held.keys() == {"held_up", *AFTER}
    assert {each["id"] for each in held.values()} == {
        did["external_did_sid"] for did in account.numbers().values()
    }
    assert unsaved.up().ok
    assert account.numbers().keys() == expected - {HELD_UP}


def test_two_runs_at_once_register_nothing_twice(
    unsaved: Stack, account: Account, simulator: RunningSimulator
) -> None:
    """Somebody takes the lock of a run that is at work: both begin with the same old state."""
    unsaved.declare(**AFTER)
    hold_up(simulator, seconds=15, calls={"first": 1})
    expected = {HELD_UP, REPLACED, MOVED_TO, UPDATED, NEW}
    with unsaved.start("up", "--yes", "--skip-preview") as engine:
        wait_until(lambda: account.numbers().keys() == expected, engine)
        registered = {number: did["external_did_sid"] for number, did in account.numbers().items()}
        assert unsaved.run("cancel", "--yes").ok
        second = unsaved.up()
        output, _ = engine.communicate(timeout=PATIENCE_SECONDS)
    assert second.ok, second.output
    assert engine.returncode == 0, output
    live = {number: did["external_did_sid"] for number, did in account.numbers().items()}
    assert live == {number: sid for number, sid in registered.items() if number != HELD_UP}
    unsaved.assert_settled()
