"""A running simulator, as its user sees it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from carrierx_simulator.fault_plan import FaultPlan
from carrierx_simulator.paths import API

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from carrierx_simulator.state import SimulatorState


@dataclass(frozen=True, slots=True)
class RunningSimulator:
    """A simulator that serves, in a thread of this process.

    Attributes:
        origin: Scheme, host and port, such as ``http://127.0.0.1:43210``. The simulator's own
            paths start there: ``origin + "/_simulator/requests"``.

    """

    origin: str
    _thread: threading.Thread = field(repr=False)
    _state: SimulatorState = field(repr=False)

    @property
    def base_url(self) -> str:
        """What a CarrierX client is given, such as ``http://127.0.0.1:43210/core/v2``."""
        return self.origin + API

    @property
    def alive(self) -> bool:
        """Whether the simulator still serves."""
        return self._thread.is_alive()

    def requests(self) -> list[dict[str, Any]]:
        """Every logged call, as ``GET /_simulator/requests`` shows it."""
        return copy.deepcopy(self._state.log.entries())

    def clear_requests(self) -> None:
        """Empty the log of calls."""
        self._state.log.clear()

    def set_faults(self, plan: Mapping[str, object]) -> None:
        """Put a fault plan in force, in the place of the one before, with fresh counters.

        Args:
            plan: The plan, as docs/simulator.md describes it.

        Raises:
            carrierx_simulator.FaultPlanError: The plan has errors; nothing has changed.

        """
        self._state.faults.replace(FaultPlan.of(plan, tokens=self._state.faults.tokens))

    def clear_faults(self) -> None:
        """End all faults; numbers that they hid become visible."""
        self._state.faults.replace(FaultPlan())

    def faults(self) -> dict[str, Any]:
        """The fault plan in force and what it has hit, as ``GET /_simulator/faults`` shows it."""
        return self._state.faults.as_json()

    def wait_for_fault(self, index: int = 0, *, hits: int = 1, timeout: float = 30) -> None:
        """Wait until a fault has hit: for a test that acts while a call is under way.

        Args:
            index: The position of the fault in the plan in force.
            hits: How many calls it must have hit since the plan was set.
            timeout: Seconds to wait at most.

        Raises:
            TimeoutError: It has hit fewer calls by then.

        """
        if not self._state.faults.wait_for_hits(index, hits, timeout):
            count = self.faults()["hits"][index]
            raise TimeoutError(f"fault {index} has hit {count} of {hits} calls after {timeout:g} s")
