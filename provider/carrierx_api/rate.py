"""How soon the next call to an account may set off: decided from what came of those before it.

Pure: the time is passed in, and nobody waits here; ``rate_limit`` does.

At ``r`` calls a second, two calls set off at least ``1 / r`` seconds apart, and no more than
``ceil(r)`` are in any ``ceil(r) / r`` seconds. A call is in that time from when it sets off until
its answer: nobody knows when in between CarrierX has counted it. So a limit of ``r`` is kept
however long a call is on its way, at the price that calls of ``s`` seconds come to ``r / (1 + s)``.

A 429 slows down and answers speed up, as TCP does it (multiplicative decrease, additive increase;
RFC 5681): CarrierX documents no limit, so the only way to it is by its answers.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

SLOWED_TO = 0.8
"""After a 429, of the rate that CarrierX has let through."""

RECOVERY_SECONDS = 20.0
"""How long at most the rate takes to where the 429 came. Beyond it the gain doubles with each of
these: the limit has gone up, or others who shared it have ended."""

FIRST_RECOVERY_SECONDS = 2.0
"""The same after the first 429, which tells little: it may have come after a handful of calls. The
second finds the rate at work."""

FIRST_GRANTED = 5.0
"""Calls a second that the first 429 leaves for granted, however few were let through before it."""

LEAST_GRANTED = 1.0
"""Calls a second that every 429 leaves for granted: a tighter limit is left to Retry-After."""


class Outcome(Enum):
    """What came of a call, as far as the rate goes."""

    TAKEN = auto()
    """CarrierX has dealt with it, were it by a refusal such as 404."""
    TOO_MANY = auto()
    """429. Such a call is not counted: CarrierX did nothing for it."""
    FAILED = auto()
    """5xx, or no answer: counted perhaps, and no sign that more would be well."""


@dataclass(frozen=True, slots=True)
class SetOff:
    """A call that is on its way: since when, and whether it had to wait for that."""

    at: float
    waited: bool


class Rate:
    """The rate of one account's calls, now. Times are seconds of one clock that never goes back."""

    def __init__(self, most: float | None = None) -> None:
        """Begin at the highest rate.

        :param most: calls per second that are never exceeded; None: no limit until the first 429.
        """
        self._most = math.inf if most is None else most
        self._least = min(SLOWED_TO * LEAST_GRANTED, self._most)
        # Of any rate between the lowest and the highest.
        self._longest_span = max(2.0, 1 / self._least)
        self._gain = 0.0
        self._recovery_seconds = RECOVERY_SECONDS
        self._on_the_way = 0
        self._ended: deque[tuple[float, Outcome]] = deque()
        self._last = -math.inf
        self._slowed_at = -math.inf
        self.per_second = self._most
        """Calls per second; infinite where no limit is known."""

    def wait(self, now: float) -> float:
        """Seconds until the next call may set off; infinite: until one on its way has ended."""
        return self._wait_at(self.per_second, now)

    def wait_at_most(self, now: float) -> float:
        """The same at the highest rate: a call that waits longer waits for a guess."""
        return self._wait_at(self._most, now)

    def set_off(self, now: float, *, waited: bool) -> SetOff:
        """A call sets off.

        :param waited: whether ``wait`` has held it up, so that the rate is what it is limited by.
        """
        self._on_the_way += 1
        self._last = now
        return SetOff(now, waited)

    def ended(self, call: SetOff, now: float, outcome: Outcome) -> None:
        """What came of a call that has set off."""
        self._on_the_way -= 1
        self._forget(now)
        # A call from before the last slowing down tells nothing about the rate since.
        of_this_rate = call.at >= self._slowed_at
        if outcome is not Outcome.TOO_MANY:
            self._ended.append((now, outcome))
            if outcome is Outcome.TAKEN and call.waited and of_this_rate:
                self._speed_up()
        elif of_this_rate:
            self._slow_down(now)

    def _slow_down(self, now: float) -> None:
        span = _span(self.per_second)
        taken = sum(outcome is Outcome.TAKEN for at, outcome in self._ended if at > now - span)
        reached = max(taken / span, LEAST_GRANTED)
        if math.isinf(self.per_second):
            reached = max(reached, FIRST_GRANTED)
            self._recovery_seconds = FIRST_RECOVERY_SECONDS
        else:
            # Few calls just now do not mean that few are let through: never to less than half.
            reached = min(self.per_second, max(reached, self.per_second / 2))
            self._recovery_seconds = RECOVERY_SECONDS
        self.per_second = max(self._least, SLOWED_TO * reached)
        self._gain = (1 - SLOWED_TO) * reached / self._recovery_seconds
        self._slowed_at = now

    def _speed_up(self) -> None:
        # One call's share of a second. Only a call that the rate has held up gets here: a rate that
        # nothing has tried would be no knowledge.
        seconds = 1 / self.per_second
        self.per_second = min(self._most, self.per_second + self._gain * seconds)
        self._gain *= 2 ** (seconds / self._recovery_seconds)

    def _wait_at(self, per_second: float, now: float) -> float:
        if math.isinf(per_second):
            return 0.0
        apart = self._last + 1 / per_second - now
        span = _span(per_second)
        ended = [at for at, _ in self._ended if at > now - span]
        too_many = self._on_the_way + len(ended) + 1 - math.ceil(per_second)
        if too_many > len(ended):
            return math.inf
        gone = ended[too_many - 1] + span - now if too_many > 0 else 0.0
        return max(0.0, apart, gone)

    def _forget(self, now: float) -> None:
        while self._ended and self._ended[0][0] <= now - self._longest_span:
            self._ended.popleft()


def _span(per_second: float) -> float:
    """The seconds in which no more than ``ceil(per_second)`` calls may be; at least one."""
    return 1.0 if math.isinf(per_second) else math.ceil(per_second) / per_second
