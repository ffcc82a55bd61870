"""How soon the next call to an account may start, decided from the outcome of earlier calls.

Pure: the time is passed in, and nothing waits here; ``rate_limit`` does.

At ``r`` calls a second, two calls start at least ``1 / r`` seconds apart, and no more than
``ceil(r)`` are in any ``ceil(r) / r`` seconds. A call counts from its start until its
response: it is unknown when in between CarrierX counted it. So a limit of ``r`` is kept however
long a call takes, at the price that calls of ``s`` seconds come to ``r / (1 + s)``.

A 429 slows down and responses speed up, as TCP does it (multiplicative decrease, additive increase;
RFC 5681): CarrierX documents no limit, so it can only be found by its responses.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

SLOWED_TO = 0.8
"""After a 429: this share of the rate that CarrierX has accepted."""

RECOVERY_SECONDS = 20.0
"""The longest that the rate takes back to where the 429 came. Beyond that the gain doubles in each
such time: the limit has gone up, or others who shared it have ended."""

FIRST_RECOVERY_SECONDS = 2.0
"""The same after the first 429, which says little: it may have come after a few calls."""

FIRST_ASSUMED = 5.0
"""Calls a second that are assumed to be fine after the first 429, however few came before it."""

LEAST_ASSUMED = 1.0
"""The same after every 429: a tighter limit is left to Retry-After."""


class Outcome(Enum):
    """The outcome of a call, as far as the rate is concerned."""

    TAKEN = auto()
    """CarrierX has dealt with it, even if by a refusal such as 404."""
    TOO_MANY = auto()
    """429. Such a call is not counted: CarrierX did nothing for it."""
    FAILED = auto()
    """5xx, or no response: perhaps counted, and not a sign that more calls would be fine."""


@dataclass(frozen=True, slots=True)
class Started:
    """A call in flight: since when, and whether it had to wait before."""

    at: float
    waited: bool


class Rate:
    """The rate of one account's calls, now. Times are monotonic seconds."""

    def __init__(self, most: float | None = None) -> None:
        """``most`` calls a second are never exceeded; None for no limit until the first 429."""
        self.most = math.inf if most is None else most
        self._least = min(SLOWED_TO * LEAST_ASSUMED, self.most)
        # Of any rate between the lowest and the highest.
        self._longest_span = max(2.0, 1 / self._least)
        self._gain = 0.0
        self._recovery_seconds = RECOVERY_SECONDS
        self._in_flight = 0
        self._ended: deque[tuple[float, Outcome]] = deque()
        self._last = -math.inf
        self._slowed_at = -math.inf
        self.per_second = self.most
        """Calls per second; infinite where no limit is known."""

    def wait(self, now: float) -> float:
        """Seconds until the next call may start; infinite: until one in flight has ended."""
        return self._wait_at(self.per_second, now)

    def wait_at_most(self, now: float) -> float:
        """The same at the highest rate: a call that waits longer waits for a guess."""
        return self._wait_at(self.most, now)

    def start(self, now: float, *, waited: bool) -> Started:
        """A call starts; ``waited`` if ``wait`` held it up, so that the rate is what limits it."""
        self._in_flight += 1
        self._last = now
        return Started(now, waited)

    def ended(self, call: Started, now: float, outcome: Outcome) -> None:
        """A call that was started has ended."""
        self._in_flight -= 1
        while self._ended and self._ended[0][0] <= now - self._longest_span:
            self._ended.popleft()
        # A call from before the last slow-down says nothing about the rate since.
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
        reached = max(taken / span, LEAST_ASSUMED)
        if math.isinf(self.per_second):
            reached = max(reached, FIRST_ASSUMED)
            self._recovery_seconds = FIRST_RECOVERY_SECONDS
        else:
            # Few calls just now do not mean that few are accepted: never to less than half.
            reached = min(self.per_second, max(reached, self.per_second / 2))
            self._recovery_seconds = RECOVERY_SECONDS
        self.per_second = max(self._least, SLOWED_TO * reached)
        self._gain = (1 - SLOWED_TO) * reached / self._recovery_seconds
        self._slowed_at = now

    def _speed_up(self) -> None:
        # One call's share of a second. Only a call that the rate has held up gets here: an untested
        # rate tells us nothing.
        seconds = 1 / self.per_second
        self.per_second = min(self.most, self.per_second + self._gain * seconds)
        self._gain *= 2 ** (seconds / self._recovery_seconds)

    def _wait_at(self, per_second: float, now: float) -> float:
        if math.isinf(per_second):
            return 0.0
        apart = self._last + 1 / per_second - now
        span = _span(per_second)
        ended = [at for at, _ in self._ended if at > now - span]
        too_many = self._in_flight + len(ended) + 1 - math.ceil(per_second)
        if too_many > len(ended):
            return math.inf
        gone = ended[too_many - 1] + span - now if too_many > 0 else 0.0
        return max(0.0, apart, gone)


def _span(per_second: float) -> float:
    """The seconds in which no more than ``ceil(per_second)`` calls may be; at least one."""
    return 1.0 if math.isinf(per_second) else math.ceil(per_second) / per_second
