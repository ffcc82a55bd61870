"""At most so many calls of one token within any second."""

from __future__ import annotations

from collections import deque

_WINDOW = 1.0


class RateLimit:
    """The calls of each token within the last second. Refused calls do not count."""

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
