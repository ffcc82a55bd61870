"""A kill run: SIGKILL at a random moment of an ``up``, recovery, comparison."""

from __future__ import annotations

import signal
import subprocess
import time
from typing import TYPE_CHECKING

from tools.soak.engine_processes import Victim, found, kill, processes_of
from tools.soak.recovery import Step, unlocked

if TYPE_CHECKING:
    from tools.soak.soaked_stack import SoakedStack, SoakRun

_POLL_SECONDS = 0.015
_LONGEST_PAUSE_SECONDS = 0.08
_PATIENCE_SECONDS = 120


def kill_cause(victim: Victim) -> str:
    """What a kill counts as in the table."""
    return f"SIGKILL of {victim}"


def kill_run(soaked: SoakedStack, victim: Victim, *, kills: int = 1) -> SoakRun:
    """Kill one ``up``, or some of the same program in a row; recover, compare.

    Raises:
        subprocess.TimeoutExpired: What was not killed does not end either.
        CheckpointWrittenError: The engine has written a state that it was told to keep.
    """
    asked = soaked.declare_next()
    moments: list[str] = []
    outputs: list[str] = []
    steps: list[Step] = []
    sessions: list[int] = []
    struck = 0
    try:
        for _ in range(kills):
            if unlocked(soaked.stack):
                steps.append(Step.CANCEL)
            after_calls = soaked.chance.randrange(asked.fewest_calls)
            pause = soaked.chance.random() * _LONGEST_PAUSE_SECONDS
            moments.append(f"{pause:.3f} s after call {after_calls}")
            engine = soaked.stack.start("up", "--yes", "--skip-preview", "--diff", *soaked.flags)
            sessions.append(engine.pid)
            killed, output = _killed(soaked, victim, engine, after_calls, pause)
            struck += killed
            outputs.append(output)
            soaked.check_the_state_on_disk(engine_killed=killed and victim.is_the_engine)
        forgotten = soaked.forgotten()
        recovery = soaked.recover(tuple(steps))
    finally:
        # Whatever has lost its engine never ends. It was there while the next up ran, as it is
        # on a machine where only the engine was killed.
        for session in sessions:
            kill(processes_of(session))
    return soaked.finished(
        kill_cause(victim),
        ", then ".join(moments),
        struck=struck,
        forgotten=forgotten,
        first_up="\n--- again\n".join(outputs),
        recovery=recovery,
    )


def _killed(
    soaked: SoakedStack,
    victim: Victim,
    engine: subprocess.Popen[str],
    after_calls: int,
    pause: float,
) -> tuple[bool, str]:
    """Whether the victim was killed before the ``up`` was over, and what the ``up`` printed."""
    with engine:
        killed = _kill_at(soaked, victim, engine, after_calls, pause)
        try:
            output, _ = engine.communicate(timeout=_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            # An engine with --continue-on-error may wait for good; a person would press Ctrl-C.
            engine.send_signal(signal.SIGINT)
            try:
                output, _ = engine.communicate(timeout=_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                kill(processes_of(engine.pid))
                raise
    return killed, output


def _kill_at(
    soaked: SoakedStack,
    victim: Victim,
    engine: subprocess.Popen[str],
    after_calls: int,
    pause: float,
) -> bool:
    """Wait for the moment and for the victim, and kill it; False when ``up`` is over first."""
    before = len(soaked.calls())
    while engine.poll() is None:
        if len(soaked.calls()) >= before + after_calls:
            time.sleep(pause)
            pids = found(victim, engine.pid)
            if pids:
                kill(pids)
                return True
        time.sleep(_POLL_SECONDS)
    return False
