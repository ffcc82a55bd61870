"""The fault plan that is in force: its counters, its random shares, the numbers it hides."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carrierx_simulator.faults.plan import FaultPlan, First, Nth, Share
from carrierx_simulator.faults.visibility import Visibility

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrierx_simulator.faults.matching import MatchedCall
    from carrierx_simulator.faults.plan import Fault
    from carrierx_simulator.settings import SimulatorSettings


@dataclass(frozen=True, slots=True)
class Hit:
    """The fault that hits a call, and its position in the plan."""

    index: int
    fault: Fault
    visibility: Visibility


class _Counted:
    """One fault of a plan, and the calls that it matched and hit."""

    def __init__(self, fault: Fault, seed: str) -> None:
        self.fault = fault
        self.matches = 0
        self.hits = 0
        # One sequence for each fault, so that other faults do not move its dice.
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def selects(self, call: MatchedCall) -> bool:
        """Count the call if it matches; say whether it is one that this fault hits."""
        if not call.matches(self.fault):
            return False
        self.matches += 1
        match self.fault.calls:
            case First(first=first):
                return self.matches <= first
            case Nth(nth=nth):
                return self.matches == nth
            case Share(share=share):
                return self._random.random() < share
            case _:
                return True


class _Run:
    """A plan from when it was set until it is replaced."""

    def __init__(self, plan: FaultPlan) -> None:
        self.plan = plan
        self.counted = [_Counted(f, f"{plan.seed}:{i}") for i, f in enumerate(plan.faults)]
        self.visibility = Visibility()


class RunningPlan:
    """The plan in force. It may be replaced from any thread; calls are counted in the server's.

    Replacing it is one assignment, so that no lock is needed: a call under way keeps the plan that
    it met.
    """

    def __init__(self, settings: SimulatorSettings) -> None:
        """Begin with the plan of the settings."""
        self._token_limits = [
            settings.rate_limit if token.rate_limit is None else token.rate_limit
            for token in settings.tokens
        ]
        self._run = _Run(settings.faults)
        self.stopping = False
        self._hits_changed = threading.Condition()

    @property
    def tokens(self) -> int:
        """How many tokens the simulator has."""
        return len(self._token_limits)

    @property
    def visibility(self) -> Visibility:
        """Which numbers the plan in force hides."""
        return self._run.visibility

    @property
    def empty(self) -> bool:
        """Whether the plan in force has no faults."""
        return not self._run.counted

    def replace(self, plan: FaultPlan) -> None:
        """Put another plan in force, with fresh counters; nothing stays hidden."""
        self._run = _Run(plan)

    def stop(self) -> None:
        """End the waiting of slow calls, so that the simulator can end at once."""
        self.stopping = True

    def hit(self, call: MatchedCall) -> Hit | None:
        """Count a call with every fault that it matches; the first one that selects it hits."""
        run = self._run
        selecting = [(i, c) for i, c in enumerate(run.counted) if c.selects(call)]
        if not selecting:
            return None
        index, counted = selecting[0]
        with self._hits_changed:
            counted.hits += 1
            self._hits_changed.notify_all()
        return Hit(index, counted.fault, run.visibility)

    def wait_for_hits(self, index: int, hits: int, timeout: float) -> bool:
        """Wait until the fault at this position of the plan has hit so many calls.

        Returns False when it has not after ``timeout`` seconds.
        """
        with self._hits_changed:
            return self._hits_changed.wait_for(
                lambda: self._run.counted[index].hits >= hits, timeout
            )

    def rate_limit(self, token: int) -> int:
        """Calls per second of the token at this position; 0 is no limit."""
        return self._run.plan.rate_limits.get(str(token), self._token_limits[token])

    def as_json(self) -> dict[str, Any]:
        """The plan as it was stated; for each fault how many calls it matched, and hit."""
        counted: Sequence[_Counted] = self._run.counted
        return {
            "plan": self._run.plan.as_json(),
            "matches": [fault.matches for fault in counted],
            "hits": [fault.hits for fault in counted],
        }
