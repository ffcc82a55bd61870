"""How fast the simulator answers: a fixed latency, and a limit of calls per second and token."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from typing import TYPE_CHECKING

from carrierx_simulator import errors
from carrierx_simulator.call import call_of, is_api_call
from carrierx_simulator.routes.answers import error_answer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_WINDOW = 1.0


class RateLimit:
    """At most ``limit`` calls of one token within any second. Refused calls do not count."""

    def __init__(self, limit: int) -> None:
        """Allow ``limit`` calls per second; 0 allows all."""
        self._limit = limit
        self._times: dict[int, deque[float]] = {}

    def wait(self, token: int, now: float) -> float:
        """Seconds until this token may call again; 0 counts the call and lets it through."""
        if not self._limit:
            return 0.0
        times = self._times.setdefault(token, deque())
        while times and times[0] <= now - _WINDOW:
            times.popleft()
        if len(times) >= self._limit:
            return times[0] + _WINDOW - now
        times.append(now)
        return 0.0


class Pace:
    """Delays each API call, and answers 429 over the rate limit."""

    def __init__(self, application: ASGIApp, latency_ms: int, rate_limit: int) -> None:
        """Wrap ``application``."""
        self._application = application
        self._latency = latency_ms / 1000
        self._rate_limit = RateLimit(rate_limit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then refuse or pass on. A call without a valid token is a 401, and not counted."""
        if is_api_call(scope):
            if self._latency:
                await asyncio.sleep(self._latency)
            token = call_of(scope).token
            wait = 0.0 if token is None else self._rate_limit.wait(token, time.monotonic())
            if wait > 0:
                answer = error_answer(errors.too_many_requests(math.ceil(wait)))
                await answer(scope, receive, send)
                return
        await self._application(scope, receive, send)
