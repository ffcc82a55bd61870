"""Progress lines of a long refresh."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from carrierx_provider.core.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable

    from carrierx_api.bulk_reads.planner import ReadCounts

SECONDS_BETWEEN_LINES = 5.0
"""A shorter refresh prints nothing."""


class ReadProgress:
    """The lines about one account."""

    def __init__(
        self,
        say: Callable[[str], None],
        account: str | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._say = say
        self._where = "CarrierX" if account is None else f"CarrierX, account {account}"
        self._clock = clock
        self._said_at: float | None = None

    def note(self, counts: ReadCounts) -> None:
        """Print the progress, at most once in ``SECONDS_BETWEEN_LINES``."""
        now = self._clock()
        if self._said_at is None:
            self._said_at = now
        if now - self._said_at < SECONDS_BETWEEN_LINES:
            return
        self._said_at = now
        self._say(f"Reading from {self._where}: {progress_text(counts)}.")


def progress_text(counts: ReadCounts) -> str:
    """How many numbers and pages have been read."""
    parts = [f"{plural(counts.served + counts.own_calls, 'number')} so far"]
    if counts.pages_read or counts.pages_under_way:
        pages = counts.pages_read + counts.pages_under_way
        of_all = f" of {pages:,}" if counts.pages_under_way else ""
        parts.append(f"list pages: {counts.pages_read:,}{of_all}")
    return ", ".join(parts)
