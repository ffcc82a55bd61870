"""How fast the simulator responds: a fixed latency, and a limit of calls per second and token."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from carrierx_simulator import errors
from carrierx_simulator.request import call_of, error_response, is_api_call
from carrierx_simulator.request_log import log_fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_WINDOW = 1.0


class RateLimit:
    """At most so many calls of one token within any second. Refused calls do not count."""

    def __init__(self) -> None:
        self._times: dict[int, deque[float]] = {}

    def wait(self, token: int, limit: int, now: float) -> float:
        """Seconds until this token may call again; 0 counts the call and lets it through.

        The limit is in calls per second, 0 allows all; ``now`` is a monotonic time in seconds.
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


class RateLimitMiddleware:
    """Delays each API call, and responds with 429 over the rate limit.

    ``limit_of`` gives a token's limit at the moment; 0 is no limit.
    """

    def __init__(
        self, application: ASGIApp, latency_ms: int, limit_of: Callable[[int], int]
    ) -> None:
        self._application = application
        self._latency = latency_ms / 1000
        self._limit_of = limit_of
        self._rate_limit = RateLimit()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then refuse or pass on. A call without a valid token is a 401, and not counted."""
        if is_api_call(scope):
            if self._latency:
                await asyncio.sleep(self._latency)
            token = call_of(scope).token
            if token is not None:
                wait = self._rate_limit.wait(token, self._limit_of(token), time.monotonic())
                if wait > 0:
                    log_fault(scope, "rate_limit")
                    seconds = str(math.ceil(wait))
                    detail = f"the rate limit is reached; try again in {seconds} s"
                    error = errors.error(429, detail, headers={"Retry-After": seconds})
                    await error_response(error)(scope, receive, send)
                    return
        await self._application(scope, receive, send)
