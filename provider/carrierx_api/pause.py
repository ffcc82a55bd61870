"""A pause of the whole process: a 429 says that all of us together are too fast.

If only the call that met the 429 waited, the others would go on to spend what the limit allows, and
that call would meet the next 429.
"""

import random
import time

import anyio

SPREAD_SECONDS = 0.25
"""After a pause the waiting calls set off spread over this time, not all at once."""


class Pause:
    """Holds up every call of the clients that share it, in any thread or event loop."""

    def __init__(self) -> None:
        """Nothing is held up at first."""
        self._until = 0.0

    def hold(self, seconds: float) -> None:
        """Let no call set off for ``seconds`` from now; a longer pause under way stays."""
        self._until = max(self._until, time.monotonic() + seconds)

    async def over(self, at_most: float) -> None:
        """Wait until no pause is under way, but ``at_most`` this many seconds."""
        ends = time.monotonic() + at_most
        while (left := self._until - time.monotonic()) > 0:
            spread = random.uniform(0, SPREAD_SECONDS)  # noqa: S311 -- a wait is no secret
            wait = min(left + spread, ends - time.monotonic())
            if wait <= 0:
                return
            await anyio.sleep(wait)
