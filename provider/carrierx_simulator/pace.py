"""How fast the simulator answers: a fixed latency, and a limit of calls per second and token."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from typing import TYPE_CHECKING

from carrierx_simulator import errors
from carrierx_simulator.call import call_of, is_api_call
from carrierx_simulator.request_log import note_fault
from carrierx_simulator.routes.answers import error_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

_WINDOW = 1.0


class RateLimit:
    """So many calls of one token within any second, and no more. Refused calls do not count."""

    def __init__(self) -> None:
        """Begin with no calls."""
        self._times: dict[int, deque[float]] = {}

    def wait(self, token: int, limit: int, now: float) -> float:
        """Seconds until this token may call again; 0 counts the call and lets it through.

        ``limit`` is the number of calls per second; 0 allows all.
        """
        if not limit:
            return 0.0
        times = self._times.setdefault(token, deque())
        while times and times[0] <= now - _WINDOW:
            times.popleft()
        if len(times) >= limit:
            return times[-limit] + _WINDOW - now
        times.append(now)
        return 0.0


class Pace:
    """Delays each API call, and answers 429 over the rate limit."""

    def __init__(
        self, application: ASGIApp, latency_ms: int, limit_of: Callable[[int], int]
    ) -> None:
        """Wrap ``application``. ``limit_of`` tells the limit of a token, now; 0 is none."""
        self._application = application
        self._latency = latency_ms / 1000
        self._limit_of = limit_of
        self._rate_limit = RateLimit()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then refuse or pass on. A call without a valid token is a 401, and not counted."""
        if is_api_call(scope):
            if self._latency:
                await asyncio.sleep(self._latency)
            wait = self._wait(call_of(scope).token)
            if wait > 0:
                note_fault(scope, "rate_limit")
                answer = error_answer(errors.too_many_requests(math.ceil(wait)))
                await answer(scope, receive, send)
                return
        await self._application(scope, receive, send)

    def _wait(self, token: int | None) -> float:
        if token is None:
            return 0.0
        return self._rate_limit.wait(token, self._limit_of(token), time.monotonic())
