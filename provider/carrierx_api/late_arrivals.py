"""For how long a number that CarrierX does not know may still show up.

What has just been registered may be unknown to reads for a moment, so whatever is unknown is asked
for again before it is taken for released. But a SID that somebody has kept was registered before
this process began, and the moment passes: afterwards only what this process has itself registered,
or found, can still be on its way. A run that was killed and forgot thousands of releases would
otherwise wait for each of them in turn.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 4.0
"""Longer than all waits of one number's looks together (``retries``)."""


class LateArrivals:
    """Which SIDs may be unknown today and known in a moment."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Begin now.

        :param now: the time in seconds.
        """
        self._now = now
        self._ends = now() + SECONDS
        self._new: set[str] = set()

    def note_new(self, external_did_sid: str) -> None:
        """It has just been registered, or seen for the first time, by this process."""
        self._new.add(external_did_sid)

    def may_show_up(self, external_did_sid: str | None) -> bool:
        """Whether this SID, if it is unknown now, may be known in a moment."""
        return external_did_sid in self._new or self._now() < self._ends
