"""A kill run: SIGKILL at a random moment of an ``up``, recovery, comparison."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

from tests.soak.engine_processes import Victim, found, kill, processes_of

if TYPE_CHECKING:
    from tests.soak.soaked_stack import SoakedStack, SoakRun

_POLL_SECONDS = 0.015
_LONGEST_PAUSE_SECONDS = 0.08
_PATIENCE_SECONDS = 120


def kill_cause(victim: Victim) -> str:
    """What a kill counts as in the table."""
    return f"SIGKILL of {victim}"


def kill_run(soaked: SoakedStack, victim: Victim) -> SoakRun:
    """Kill one ``up``, recover, compare.

    :raises subprocess.TimeoutExpired: what was not killed does not end either.
    """
    asked = soaked.declare_next()
    after_calls = soaked.chance.randrange(asked.fewest_calls)
    pause = soaked.chance.random() * _LONGEST_PAUSE_SECONDS
    engine = soaked.stack.start("up", "--yes", "--skip-preview", "--diff")
    with engine:
        killed = _kill_at(soaked, victim, engine, after_calls, pause)
        try:
            output, _ = engine.communicate(timeout=_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            kill(processes_of(engine.pid))
            raise
    try:
        recovery = soaked.recover()
    finally:
        # Whatever has lost its engine never ends. It was there while the next up ran, as it is
        # on a machine where only the engine was killed.
        kill(processes_of(engine.pid))
    return soaked.finished(
        kill_cause(victim),
        f"{pause:.3f} s after call {after_calls}",
        struck=int(killed),
        first_up=output,
        recovery=recovery,
    )


def _kill_at(
    soaked: SoakedStack,
    victim: Victim,
    engine: subprocess.Popen[str],
    after_calls: int,
    pause: float,
) -> bool:
    """Wait for the moment and for the victim, and kill it; False when ``up`` is over first."""
    while engine.poll() is None:
        if len(soaked.calls()) >= after_calls:
            time.sleep(pause)
            pids = found(victim, engine.pid)
            if pids:
                kill(pids)
                return True
        time.sleep(_POLL_SECONDS)
    return False
