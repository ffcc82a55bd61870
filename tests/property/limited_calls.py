"""Calls under a rate limit in a time of their own: thousands of them in a moment.

The limit is the simulator's; the rate and what came of each call go through ``carrierx_api.rate``.
"""

import heapq
import itertools
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from carrierx_api.rate import Outcome, Rate, Started
from carrierx_simulator.call_middleware import RateLimit


class LimitedCalls:
    """Workers that make one call after the other, each as soon as the rate lets it start.

    After a 429 no call starts for as long as its Retry-After says, in whole seconds.
    """

    def __init__(self, rate: Rate, limit: int, delays: Iterable[float]) -> None:
        """Make no call yet.

        Args:
            limit: Calls within any second that are let through; may be changed at any time.
            delays: Seconds that one way takes, in turn to the server and from it; repeated.
        """
        self.rate = rate
        self.limit = limit
        self.refused = 0
        self.rates: list[float] = []
        """The rate after each response."""
        self.set_off_at: list[float] = []
        """When the calls have started, in that order."""
        self._delays: Iterator[float] = itertools.cycle(delays)
        self._server = RateLimit()
        self._now = 0.0
        self._paused_until = 0.0
        self._look_at = math.inf
        self._head_has_waited = False
        self._order = itertools.count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []

    def make(self, number: int, workers: int) -> None:
        """Make so many calls, until each has been let through."""
        self._to_begin = number
        self._in_line = deque[None]()
        for _ in range(workers):
            self._begin_next()
        self._start_due()
        while self._events:
            self._now, _, happen = heapq.heappop(self._events)
            happen()
            self._start_due()
        assert not self._in_line, "calls wait, and nothing is under way that could let them go"

    def _begin_next(self) -> None:
        if self._to_begin:
            self._to_begin -= 1
            self._in_line.append(None)

    def _start_due(self) -> None:
        while self._in_line:
            paused = self._paused_until - self._now
            wait = paused if paused > 0 else self.rate.wait(self._now)
            if wait > 0:
                self._head_has_waited = self._head_has_waited or paused <= 0
                # One look at a time: an earlier one is followed by the next.
                if self._now + wait < self._look_at:
                    self._look_at = self._now + wait
                    self._after(wait, self._look)
                return
            self._in_line.popleft()
            call = self.rate.start(self._now, waited=self._head_has_waited)
            self._head_has_waited = False
            self.set_off_at.append(self._now)
            self._after(next(self._delays), partial(self._arrive, call))

    def _look(self) -> None:
        # Unless an earlier look has come in between, and has fixed a later one.
        if self._now >= self._look_at:
            self._look_at = math.inf

    def _arrive(self, call: Started) -> None:
        wait = self._server.wait(0, self.limit, self._now)
        self._after(next(self._delays), lambda: self._answer(call, wait))

    def _answer(self, call: Started, wait: float) -> None:
        self.rate.ended(call, self._now, Outcome.TOO_MANY if wait else Outcome.TAKEN)
        self.rates.append(self.rate.per_second)
        if wait:
            self.refused += 1
            self._paused_until = max(self._paused_until, self._now + math.ceil(wait))
            self._in_line.append(None)
        else:
            self._begin_next()

    def _after(self, seconds: float, happen: Callable[[], None]) -> None:
        # Never at the same moment again, however small the wait is.
        at = max(self._now + seconds, math.nextafter(self._now, math.inf))
        heapq.heappush(self._events, (at, next(self._order), happen))
