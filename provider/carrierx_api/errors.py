"""The errors of the CarrierX API, and the one rule that says after which of them to retry.

    CarrierXError
    ├── RefusedError             CarrierX answered with an error status
    │   ├── BadRequestError              400
    │   ├── AuthenticationError          401
    │   ├── ForbiddenError               403
    │   ├── NotFoundError                404
    │   ├── ConflictError                409
    │   ├── UnsupportedMediaTypeError    415
    │   ├── UnprocessableError           422
    │   ├── RateLimitError               429
    │   └── ServerError                  5xx
    ├── UnexpectedResponseError  a response that the API does not document
    │   └── NotCarrierXError         a 404 of something else than CarrierX
    ├── WrongAccountError        CarrierX has answered for another account than was meant
    ├── AbandonedError           never sent: the run that asked for the change has ended
    ├── RateLimitedLocallyError  never sent: at the configured rate it would come too late
    └── NoResponseError          no response: it is unknown whether the call took effect
        ├── TimedOutError
        └── UnreachableError     never connected, so the call took no effect
            └── CannotConnectError   and another attempt would not connect either

Each carries the call that failed; none carries the token or a value that was sent. Each class
declares two facts: ``effect_unknown`` (the call may have taken effect) and ``transient``.
``may_repeat`` decides from these, and from what the call does, whether there is another attempt.

Source: Core API, "Errors". CarrierX documents neither 429 nor 5xx; both are to be expected from any
hosted API.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from carrierx_api.calls import Action, Call


@dataclass(frozen=True, slots=True)
class FieldError:
    """One entry of an error response's ``errors``; ``field`` is None if no field is named."""

    field: str | None
    message: str


class CarrierXError(Exception):
    """Anything that keeps a call from its result."""

    effect_unknown = False
    """Whether the call may have taken effect; otherwise it has not."""
    transient = False
    """Whether the same call, sent again unchanged, may succeed."""

    def __init__(self, call: Call, message: str, *, transient: bool | None = None) -> None:
        """``transient`` is that of the class, unless it depends on what happened."""
        super().__init__(message)
        self.call = call
        self.message = message
        if transient is not None:
            self.transient = transient
        self.attempts = 1
        """How often the call was sent before it was given up."""


class RefusedError(CarrierXError):
    """CarrierX answered with an error status.

    ``message`` is CarrierX's own, ``field_errors`` its entries for each field. ``retry_after`` is
    the response's Retry-After header as it came, or None.
    """

    by_status: ClassVar[dict[int, type[RefusedError]]] = {}
    """The class of each status that has one of its own."""

    def __init_subclass__(cls, status: int | None = None) -> None:
        if status is not None:
            cls.by_status[status] = cls

    def __init__(
        self,
        call: Call,
        *,
        status: int,
        message: str,
        field_errors: tuple[FieldError, ...] = (),
        retry_after: str | None = None,
    ) -> None:
        super().__init__(call, message)
        self.status = status
        self.field_errors = field_errors
        self.retry_after = retry_after


class BadRequestError(RefusedError, status=400):
    """400: malformed request or JSON; the same call would fail again."""


class AuthenticationError(RefusedError, status=401):
    """401: no token, or one that CarrierX does not accept."""


class ForbiddenError(RefusedError, status=403):
    """403: the token lacks the scope."""


class NotFoundError(RefusedError, status=404):
    """404: no such SID, in the documented body; any other 404 is a ``NotCarrierXError``."""


class ConflictError(RefusedError, status=409):
    """409: conflict, for example a number that is already registered."""


class UnsupportedMediaTypeError(RefusedError, status=415):
    """415: the body's content type is not JSON."""


class UnprocessableError(RefusedError, status=422):
    """422: the object's fields are not valid; one entry for each."""


class RateLimitError(RefusedError, status=429):
    """429: too many calls."""

    transient = True


class ServerError(RefusedError):
    """5xx: CarrierX's own failure."""

    effect_unknown = True

    def __init__(self, call: Call, **details: Any) -> None:  # noqa: ANN401 -- as of RefusedError
        super().__init__(call, **details)
        # These two say that the server cannot do it at all.
        self.transient = self.status not in {
            HTTPStatus.NOT_IMPLEMENTED,
            HTTPStatus.HTTP_VERSION_NOT_SUPPORTED,
        }


class UnexpectedResponseError(CarrierXError):
    """A response that the API does not document: no JSON, an object without its SID, a redirect."""

    effect_unknown = True
    transient = True

    def __init__(
        self, call: Call, message: str, status: int, *, transient: bool | None = None
    ) -> None:
        super().__init__(call, message, transient=transient)
        self.status = status


class NotCarrierXError(UnexpectedResponseError):
    """A 404 that is not CarrierX's own: of a gateway, or of another path than the API's.

    It says nothing about the number. Another attempt would get the same answer.
    """

    transient = False


class WrongAccountError(CarrierXError):
    """A registration of another account than was meant; ``message`` says what became of it."""


class AbandonedError(CarrierXError):
    """The run that asked for the change has ended, so it was not sent."""


class RateLimitedLocallyError(CarrierXError):
    """Not sent: at the configured rate of calls its turn would come after the deadline.

    ``attempts`` counts this attempt too, although nothing was sent.
    """

    def __init__(self, call: Call, *, per_second: float) -> None:
        super().__init__(
            call, f"at {per_second:g} calls a second its turn would have come after the deadline"
        )


class NoResponseError(CarrierXError):
    """The response did not come, or broke off: the call may have taken effect."""

    effect_unknown = True
    transient = True


class TimedOutError(NoResponseError):
    """No response within the time limit."""

    def __init__(self, call: Call, *, seconds: float) -> None:
        super().__init__(call, f"no response within {seconds:g} s")
        self.seconds = seconds


class UnreachableError(NoResponseError):
    """The connection could not be made, so the call took no effect."""

    effect_unknown = False


class CannotConnectError(UnreachableError):
    """As it is configured here or at the server, the connection can never be made."""

    transient = False


def may_repeat(error: CarrierXError) -> bool:
    """Whether the call that failed may be sent again as it is.

    A change whose effect is unknown is never blindly repeated: ``Sender.change`` looks first. A
    read or a release does no harm a second time: a release that then finds nothing has succeeded.
    """
    harmless = error.call.action in {Action.READ, Action.IDEMPOTENT}
    return error.transient and (harmless or not error.effect_unknown)
