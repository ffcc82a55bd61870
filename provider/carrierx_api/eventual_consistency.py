"""How many 404s before a number counts as gone; a new registration may not be visible yet.

What has just been registered may be invisible to reads for a moment, so a 404 is retried before it
is believed. But a SID from a state was registered before this process began, and the moment passes:
afterwards only what this process has itself registered or found can still be invisible. A run that
was killed and forgot thousands of releases would otherwise wait for each of them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from carrierx_api.errors import CarrierXError, NotFoundError, Retry, retry_rule

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 4.0
"""Longer than all waits of one number's reads together (``retry``)."""

READS_BEFORE_GONE = 4

RELEASES_BEFORE_GONE = 2
"""The same for a release that finds nothing: what it left registered would be forgotten."""


class NotListedError(CarrierXError):
    """A number that is known to be registered is not in the list, yet."""


class EventualConsistency:
    """Which SIDs may answer 404 now and be visible in a moment."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Begin now.

        Args:
            now: Gives the time in seconds.
        """
        self._now = now
        self._ends = now() + SECONDS
        self._new: set[str] = set()

    def mark_new(self, external_did_sid: str) -> None:
        """Take it that the number was just registered, or seen for the first time."""
        self._new.add(external_did_sid)

    def may_appear(self, external_did_sid: str | None) -> bool:
        """Whether this SID, if it answers 404 now, may be visible in a moment."""
        return external_did_sid in self._new or self._now() < self._ends

    def retries(self, external_did_sid: str | None, most: int) -> Callable[[CarrierXError], bool]:
        """Whether one operation continues after an error; each 404 counts.

        Args:
            external_did_sid: The SID that the operation is about.
            most: 404s after which the number counts as gone, as long as it may appear.
        """
        found_nothing = 0

        def is_retried(error: CarrierXError) -> bool:
            nonlocal found_nothing
            if isinstance(error, NotListedError):
                found_nothing += 1
                return found_nothing < most
            if isinstance(error, NotFoundError):
                found_nothing += 1
                return found_nothing < (most if self.may_appear(external_did_sid) else 1)
            return retry_rule(error) is Retry.REPEAT

        return is_retried
