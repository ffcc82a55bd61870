"""A run of another way: an ``up`` that differs from a plain one, and is killed or disturbed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tools.soak.engine_processes import Victim
from tools.soak.fault_run import fault_run
from tools.soak.kill_run import kill_run

if TYPE_CHECKING:
    from tools.soak.soaked_stack import SoakedStack, SoakRun
    from tools.soak.ways import Way


def way_run(soaked: SoakedStack, way: Way, cause: Victim | str) -> SoakRun:
    """Kill a process of the ``up``, or let its calls go wrong; recover, compare."""
    if not soaked.has_numbers:
        # A way makes a difference for numbers that are registered.
        soaked.declare_next()
        soaked.stack.up()
    soaked.way = way
    run = kill_run(soaked, cause) if isinstance(cause, Victim) else fault_run(soaked, cause)
    return replace(run, cause=way, moment=f"{run.cause}, {run.moment}")
