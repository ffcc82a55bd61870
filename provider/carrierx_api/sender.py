"""Sends one call of an account: in its turn, attempt after attempt, each logged."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, TypeVar

from carrierx_api.call_log import log_call
from carrierx_api.calls import Operation
from carrierx_api.errors import AbandonedError, CarrierXError
from carrierx_api.repeatable import repeats_harmlessly
from carrierx_api.retries import Deadline, retried

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from carrierx_api.calls import Call
    from carrierx_api.rate_limit import RateLimit, Turn
    from carrierx_api.transport import Answer, Transport

Read = TypeVar("Read")


class Sender:
    """What all calls of an account have in common, whatever they ask for."""

    def __init__(
        self,
        transport: Transport,
        *,
        rate_limit: RateLimit,
        deadline_seconds: float,
        is_abandoned: Callable[[], bool],
        note_write: Callable[[Call], None],
    ) -> None:
        """Send nothing yet.

        :param deadline_seconds: how long a call is attempted anew, unless ``with_patience`` has
            given one deadline to several.
        :param is_abandoned: whether whoever asks for changes is gone; none is sent then.
        :param note_write: is called before each call that changes something, and after it.
        """
        self._transport = transport
        self._rate_limit = rate_limit
        self._deadline_seconds = deadline_seconds
        self._deadline: Deadline | None = None
        self._is_abandoned = is_abandoned
        self._note_write = note_write

    def with_patience(self, seconds: float) -> Sender:
        """Share the connections, with one deadline for all calls from now on."""
        bound = copy.copy(self)
        bound._deadline = Deadline(seconds)  # noqa: SLF001 -- a copy of our own
        return bound

    async def send(self, call: Call, read_answer: Callable[[Call, Answer], Read]) -> Read:
        """Send a call, and again where an attempt has failed in passing and repeats harmlessly."""

        async def attempt(number: int) -> Read:
            return await self.send_once(call, read_answer, number)

        return await self.retried(attempt, repeats_harmlessly)

    async def retried(
        self,
        attempt: Callable[[int], Awaitable[Read]],
        is_retried: Callable[[CarrierXError], bool],
    ) -> Read:
        """Make attempts until the deadline; ``attempt`` is given their number, from 1 on."""
        return await retried(
            attempt,
            is_retried=is_retried,
            deadline=self._next_deadline(),
            pause=self._rate_limit.pause,
        )

    async def send_once(
        self, call: Call, read_answer: Callable[[Call, Answer], Read], attempt: int
    ) -> Read:
        """Send a call when its turn has come, and read the answer.

        :param attempt: its number, for the log.
        :raises AbandonedError: it changes something, and whoever asked for it is gone.
        """
        async with self._rate_limit.turn(call, self._next_deadline()) as turn:
            if call.operation in {Operation.GET, Operation.LIST}:
                return await self._answered(call, read_answer, attempt, turn)
            if self._is_abandoned():
                raise AbandonedError(call)
            self._note_write(call)
            try:
                return await self._answered(call, read_answer, attempt, turn)
            finally:
                self._note_write(call)

    async def _answered(
        self, call: Call, read_answer: Callable[[Call, Answer], Read], attempt: int, turn: Turn
    ) -> Read:
        began = time.monotonic()
        status: int | None = None
        kind: str | None = None
        try:
            answer = await self._transport.send(call)
            status = turn.status = answer.status
            return read_answer(call, answer)
        except CarrierXError as error:
            kind = type(error).__name__
            raise
        finally:
            log_call(
                call,
                attempt=attempt,
                seconds=time.monotonic() - began,
                status=status,
                error=kind,
            )

    def _next_deadline(self) -> Deadline:
        return self._deadline or Deadline(self._deadline_seconds)

    async def close(self) -> None:
        """Close the connection pool."""
        await self._transport.close()
