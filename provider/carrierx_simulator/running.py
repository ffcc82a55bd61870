"""A simulator that answers, as its user sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from carrierx_simulator.faults.plan import FaultPlan
from carrierx_simulator.paths import API

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from carrierx_simulator.faults.running_plan import RunningPlan


@dataclass(frozen=True, slots=True)
class RunningSimulator:
    """A simulator that answers.

    Attributes:
        origin: Scheme, host and port, such as ``http://127.0.0.1:43210``. The simulator's own
            paths start there: ``origin + "/_simulator/requests"``.

    """

    origin: str
    _thread: threading.Thread = field(repr=False)
    _plan: RunningPlan = field(repr=False)

    @property
    def base_url(self) -> str:
        """What a CarrierX client is given, such as ``http://127.0.0.1:43210/core/v2``."""
        return self.origin + API

    @property
    def alive(self) -> bool:
        """Whether the simulator still serves."""
        return self._thread.is_alive()

    def set_faults(self, plan: Mapping[str, object]) -> None:
        """Put a fault plan in force, in the place of the one before, with fresh counters.

        Args:
            plan: The plan, as docs/simulator.md describes it.

        Raises:
            carrierx_simulator.FaultPlanError: The plan has mistakes; nothing has changed.

        """
        self._plan.replace(FaultPlan.of(plan, tokens=self._plan.tokens))

    def clear_faults(self) -> None:
        """End all faults; what they hid can be seen again."""
        self._plan.replace(FaultPlan())
