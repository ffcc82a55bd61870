"""How long, and how soon, a call is sent again. After which failures: ``errors.may_repeat``."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import anyio
import stamina

from carrierx_api.errors import (
    CarrierXError,
    NotFoundError,
    RateLimitedLocallyError,
    RateLimitError,
    RefusedError,
    may_repeat,
)

T = TypeVar("T")

FIRST_WAIT_SECONDS = 0.25
LONGEST_WAIT_SECONDS = 15.0
JITTER_SECONDS = 0.5

RATE_LIMIT_PAUSE_SECONDS = 1.0
"""How long a 429 that names no time pauses the process."""

SPREAD_SECONDS = 0.25
"""After a pause the waiting calls start spread over this time, not all at once."""

LEAST_SECONDS = 0.001
"""To stamina a time of 0 would mean something else: no retries, and a warning."""


class Pause:
    """Holds up every call of the clients that share it, in any thread or event loop.

    A 429 says that all of us together are too fast. If only the call that met it waited, the others
    would go on to spend what the limit allows, and that call would meet the next 429.
    """

    def __init__(self) -> None:
        self._until = 0.0

    def hold(self, seconds: float) -> None:
        """Let no call start for ``seconds`` from now; a longer pause under way stays."""
        self._until = max(self._until, time.monotonic() + seconds)

    async def over(self, at_most: float) -> None:
        """Wait until no pause is under way, for at most this many seconds."""
        ends = time.monotonic() + at_most
        while (left := self._until - time.monotonic()) > 0:
            spread = random.uniform(0, SPREAD_SECONDS)  # noqa: S311 -- a wait is no secret
            wait = min(left + spread, ends - time.monotonic())
            if wait <= 0:
                return
            await anyio.sleep(wait)


class Deadline:
    """When an operation ends: after it no further attempt is made.

    An attempt that has begun is not cut off: the effect of a change that is cut off is unknown.
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until then; 0 once it has passed."""
        return max(0.0, self._ends - time.monotonic())


async def retry(
    attempt_once: Callable[[int], Awaitable[T]],
    is_retried: Callable[[CarrierXError], bool],
    deadline: Deadline,
    pause: Pause,
) -> T:
    """Call ``attempt_once`` until it succeeds, fails for good, or the deadline passes.

    The wait between two attempts grows, with jitter, unless CarrierX names it in Retry-After; that
    is honoured as far as the deadline allows.

    Args:
        attempt_once: Takes the number of the attempt, from 1 up.
        is_retried: Whether there is another attempt after this error; asked once for each.
    """
    began_with = max(deadline.left, LEAST_SECONDS)
    refused: RateLimitError | None = None

    def wait_before_next(error: Exception) -> bool | float:
        if not isinstance(error, CarrierXError) or not is_retried(error):
            return False
        named = seconds_of(error.retry_after) if isinstance(error, RefusedError) else None
        wait = None if named is None else min(named, deadline.left)
        if isinstance(error, RateLimitError):
            pause.hold(min(RATE_LIMIT_PAUSE_SECONDS, deadline.left) if wait is None else wait)
        return True if wait is None else wait

    try:
        async for attempt in stamina.retry_context(
            on=wait_before_next,
            attempts=None,
            timeout=began_with,
            wait_initial=FIRST_WAIT_SECONDS,
            # A wait must not lead far beyond the deadline, however short that is.
            wait_max=min(LONGEST_WAIT_SECONDS, began_with / 8),
            wait_jitter=min(JITTER_SECONDS, began_with / 8),
        ):
            with attempt:
                await pause.over(deadline.left)
                try:
                    return await attempt_once(attempt.num)
                except CarrierXError as error:
                    error.attempts = attempt.num
                    if not isinstance(error, RateLimitedLocallyError):
                        refused = error if isinstance(error, RateLimitError) else None
                    raise
    except RateLimitedLocallyError as held_back:
        # CarrierX's reply to the attempt before says more than that this one was not made.
        raise refused or held_back from None
    raise AssertionError  # stamina raises the last error, or an attempt returns


def seconds_of(retry_after: str | None) -> float | None:
    """The seconds that a Retry-After header names, as a number or a date; None without either."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        # More digits than this cannot be a wait in seconds.
        return float(text) if len(text) <= 9 else None  # noqa: PLR2004
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())


SECONDS = 4.0
"""How long a new SID may stay invisible: longer than all waits of one number's reads together."""

READS_BEFORE_GONE = 4
"""404s before a number counts as gone."""

RELEASES_BEFORE_GONE = 2
"""The same for a release that finds nothing: what it left registered would be forgotten."""


class NotListedError(CarrierXError):
    """A number that is known to be registered is not in the list, yet."""


class EventualConsistency:
    """Which SIDs may answer 404 now and be visible in a moment.

    What has just been registered may be invisible to reads for a moment, so a 404 is retried before
    it is believed. But a SID from a state was registered before this process began, and the moment
    passes: afterwards only what this process has itself registered or found can still be invisible.
    A run that was killed and forgot thousands of releases would otherwise wait for each of them.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
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
        """Whether an operation continues after an error; after ``most`` 404s the number is gone."""
        found_nothing = 0

        def is_retried(error: CarrierXError) -> bool:
            nonlocal found_nothing
            if not isinstance(error, (NotListedError, NotFoundError)):
                return may_repeat(error)
            found_nothing += 1
            may_appear = isinstance(error, NotListedError) or self.may_appear(external_did_sid)
            return found_nothing < (most if may_appear else 1)

        return is_retried
