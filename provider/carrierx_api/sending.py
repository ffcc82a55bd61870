"""Sends the calls of one account: in their turn, attempt after attempt, each logged.

A change whose response is lost is never blindly repeated: ``Sender.change`` first looks whether it
took effect.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias, TypeVar

from carrierx_api.call_log import log_call
from carrierx_api.calls import Action, Call
from carrierx_api.errors import AbandonedError, CarrierXError, may_repeat
from carrierx_api.rate_limit import RateLimit
from carrierx_api.retry import Deadline, retry
from carrierx_api.transport import Response, Transport

T = TypeVar("T")

Reconcile: TypeAlias = "Callable[[Call, CarrierXError], Awaitable[T | Call]]"
"""Looks what exists after a failed change: the object if the change took effect, else the call to
send next."""


@dataclass(frozen=True, slots=True)
class Sender:
    """What all calls of an account have in common, whatever they ask for."""

    transport: Transport
    rate_limit: RateLimit
    next_deadline: Callable[[], Deadline]
    """Until when the next call is retried: a deadline of its own, or one for several."""
    is_abandoned: Callable[[], bool]
    mark_write: Callable[[Call], None]
    """Called before each call that changes something, and after it."""

    def with_deadline(self, seconds: float) -> Sender:
        """Share the connections, with one deadline for all calls from now on."""
        deadline = Deadline(seconds)
        return replace(self, next_deadline=lambda: deadline)

    async def send(
        self,
        call: Call,
        parse: Callable[[Call, Response], T],
        is_retried: Callable[[CarrierXError], bool] = may_repeat,
    ) -> T:
        """Send a call, and again after each failure that ``is_retried`` lets pass."""
        return await self.retry(partial(self.send_once, call, parse), is_retried)

    async def retry(
        self, attempt: Callable[[int], Awaitable[T]], is_retried: Callable[[CarrierXError], bool]
    ) -> T:
        """Make attempts until the deadline; ``attempt`` is given their number, from 1 on."""
        return await retry(attempt, is_retried, self.next_deadline(), self.rate_limit.pause)

    async def change(
        self,
        call: Call,
        parse: Callable[[Call, Response], T],
        reconcile: Reconcile[T],
        look_first: Callable[[CarrierXError], bool],
    ) -> tuple[T, Call]:
        """Send a change, through all its attempts; it is never blindly repeated.

        Args:
            reconcile: Looks what exists, after an attempt whose effect is unknown.
            look_first: After which other errors the call may be sent again once ``reconcile`` has
                looked: what is sent next may depend on what exists.

        Returns:
            The object, and the call that made it what it is.
        """
        # The error of the last attempt, if its call is sent again only after a look.
        lost: CarrierXError | None = None

        async def attempt(number: int) -> T | CarrierXError:
            nonlocal call, lost
            if lost is not None:
                try:
                    found = await reconcile(call, lost)
                except CarrierXError:
                    # The change is what a person asked about; that the look failed too says less.
                    return lost
                if not isinstance(found, Call):
                    return found
                call, lost = found, None
            try:
                return await self.send_once(call, parse, number)
            except CarrierXError as error:
                lost = error if error.effect_unknown or look_first(error) else None
                raise

        try:
            result = await self.retry(attempt, lambda error: error.transient or look_first(error))
        except CarrierXError as error:
            # A wrong "effect unknown" costs a person's time: look once more, after the deadline.
            if lost is not None and lost.effect_unknown:
                with suppress(CarrierXError):
                    found = await reconcile(call, lost)
                    if not isinstance(found, Call):
                        return found, call
            raise error from None
        if isinstance(result, CarrierXError):
            raise result
        return result, call

    async def send_once(self, call: Call, parse: Callable[[Call, Response], T], attempt: int) -> T:
        """Send a call when its turn has come, and parse the response; ``attempt`` is logged."""
        is_change = call.action is not Action.READ
        async with self.rate_limit.turn(call, self.next_deadline()) as turn:
            if is_change:
                if self.is_abandoned():
                    raise AbandonedError(call, "the run that asked for it has ended")
                self.mark_write(call)
            began = time.monotonic()
            kind: str | None = None
            try:
                response = await self.transport.send(call)
                turn.status = response.status
                return parse(call, response)
            except CarrierXError as error:
                kind = type(error).__name__
                raise
            finally:
                if is_change:
                    self.mark_write(call)
                seconds = time.monotonic() - began
                log_call(call, attempt=attempt, seconds=seconds, status=turn.status, error=kind)
