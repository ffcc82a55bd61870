"""A change that is never blindly repeated: one whose answer is lost is settled by a look first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx_api.errors import CarrierXError
from carrierx_api.models import ExternalDID
from carrierx_api.repeatable import may_pass, repeats_harmlessly

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from carrierx_api.calls import Call

    Settle: TypeAlias = Callable[[Call, CarrierXError], Awaitable[ExternalDID | Call]]


class NotSettledError(CarrierXError):
    """It could not be found out what stands: ``lost`` is the error that was to be settled."""

    def __init__(self, lost: CarrierXError) -> None:
        """Keep the error that a person should see."""
        super().__init__(lost.call, lost.message)
        self.lost = lost


class Change:
    """One change, through all its attempts.

    After an attempt whose effect is unknown, ``settle`` takes the call and its error, and looks
    what stands: it returns the External DID if the change took effect, or the call to send next.
    Also where the effect is known, what is sent next may depend on what stands.
    """

    def __init__(
        self,
        call: Call,
        settle: Settle,
        send_once: Callable[[Call, int], Awaitable[ExternalDID]],
        is_settled_first: Callable[[CarrierXError], bool],
    ) -> None:
        """Send nothing yet.

        :param is_settled_first: after which errors, beside those whose effect is unknown, the call
            may be sent again once ``settle`` has looked.
        """
        self.call = call
        """The call that was sent last, or is to be sent."""
        self._settle = settle
        self._send_once = send_once
        self._is_settled_first = is_settled_first
        self._lost: CarrierXError | None = None

    async def attempt(self, number: int) -> ExternalDID:
        """Settle what the last attempt has left open, and send the call unless it took effect."""
        if self._lost is not None:
            found = await self._settled(self._lost)
            if isinstance(found, ExternalDID):
                return found
            self.call, self._lost = found, None
        try:
            return await self._send_once(self.call, number)
        except CarrierXError as error:
            wants_a_look = error.effect_unknown or self._is_settled_first(error)
            self._lost = error if wants_a_look else None
            raise

    def is_retried(self, error: CarrierXError) -> bool:
        """Whether another attempt may do better."""
        if isinstance(error, NotSettledError):
            return False
        return (
            repeats_harmlessly(error)
            or (error.effect_unknown and may_pass(error))
            or self._is_settled_first(error)
        )

    async def after_the_last(self, error: CarrierXError) -> ExternalDID:
        """One more look after the deadline: a wrong "it is not known" costs a person's time.

        :raises CarrierXError: the change did not take effect, or nobody knows.
        """
        if isinstance(error, NotSettledError):
            raise error.lost
        if self._lost is not None and self._lost.effect_unknown:
            try:
                found = await self._settled(self._lost)
            except NotSettledError:
                raise error from None
            if isinstance(found, ExternalDID):
                return found
        raise error

    async def _settled(self, lost: CarrierXError) -> ExternalDID | Call:
        try:
            return await self._settle(self.call, lost)
        except CarrierXError:
            # The change is what a person asked about; that the look failed too tells them less.
            raise NotSettledError(lost) from None
