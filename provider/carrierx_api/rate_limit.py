"""Limits how fast one account's calls follow one another, whichever method they have.

It waits; ``rate`` decides. Libraries that limit a rate (aiolimiter, pyrate-limiter) keep to one
that is configured once, and count a call when it begins: they use neither responses nor deadlines.
"""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import anyio

from carrierx_api.calls import Call
from carrierx_api.errors import RateLimitedLocallyError
from carrierx_api.rate import Outcome, Rate, Started
from carrierx_api.retry import Deadline, Pause

LAST_TURN_SECONDS = 1.0
"""The least that a call waits for its turn: an attempt that a long Retry-After has put off to the
very deadline is still made."""


class Turn:
    """A call that may start now. Its sender sets the status of the response."""

    def __init__(self) -> None:
        self.status: int | None = None

    @property
    def outcome(self) -> Outcome:
        """What the response says about the rate."""
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return Outcome.TOO_MANY
        if self.status is None or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Outcome.FAILED
        return Outcome.TAKEN


class RateLimit:
    """Lets a client's calls start in the order in which they asked, each when it is due."""

    def __init__(self, pause: Pause, per_second: float | None = None) -> None:
        """``per_second`` calls are never exceeded; None for no limit until CarrierX answers 429."""
        self.pause = pause
        self._rate = Rate(per_second)
        self._line = anyio.Lock()
        self._one_has_ended = anyio.Event()

    @asynccontextmanager
    async def turn(self, call: Call, deadline: Deadline) -> AsyncIterator[Turn]:
        """Wait until the call may start; it is in flight until the end of this block.

        The rate that 429s have led to is a guess. At the deadline a call starts in spite of it:
        CarrierX knows better whether that is too many, and says so.

        Raises:
            RateLimitedLocallyError: At the configured rate its turn would come after the deadline.
        """
        started = await self._start(call, deadline)
        turn = Turn()
        try:
            yield turn
        finally:
            self._rate.ended(started, time.monotonic(), turn.outcome)
            self._one_has_ended.set()
            self._one_has_ended = anyio.Event()

    async def _start(self, call: Call, deadline: Deadline) -> Started:
        if math.isinf(self._rate.per_second):
            return self._rate.start(time.monotonic(), waited=False)
        patience = max(deadline.left, LAST_TURN_SECONDS)
        ends = time.monotonic() + patience
        with anyio.move_on_after(patience):
            # A lock of anyio is fair: first come, first served.
            async with self._line:
                waited = await self._wait(call, ends)
                return self._rate.start(time.monotonic(), waited=waited)
        if self._rate.wait_at_most(time.monotonic()) > 0:
            raise RateLimitedLocallyError(call, per_second=self._rate.most)
        return self._rate.start(time.monotonic(), waited=True)

    async def _wait(self, call: Call, ends: float) -> bool:
        """Wait at the head of the line; whether that was for the rate."""
        waited = False
        while True:
            # While this call was waiting in line, another may have met a 429.
            await self.pause.over(ends - time.monotonic())
            wait = self._rate.wait(time.monotonic())
            if wait <= 0:
                return waited
            waited = True
            at_least = self._rate.wait_at_most(time.monotonic())
            # A call that only the guess holds up may be past the end here. It starts.
            if 0 < at_least < math.inf and time.monotonic() + at_least > ends:
                raise RateLimitedLocallyError(call, per_second=self._rate.most)
            with anyio.move_on_after(wait):
                await self._one_has_ended.wait()
