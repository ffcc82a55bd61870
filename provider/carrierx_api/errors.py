"""The errors of the CarrierX API. Each carries the call that failed, none a token or a value.

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
    ├── UnexpectedAnswerError    an answer that is none of the API's
    ├── AbandonedError           never sent: the run that asked for it is gone
    ├── RateLimitedLocallyError  never sent: at the declared rate its turn would come too late
    └── NoAnswerError            no answer: it is not known whether the call took effect
        ├── TimedOutError
        └── UnreachableError     never connected, so the call took no effect

Source: Core API, "Errors".
"""

from dataclasses import dataclass

from carrierx_api.calls import Call


@dataclass(frozen=True, slots=True)
class FieldError:
    """One entry of an error answer's ``errors``; ``field`` is None when no field is to blame."""

    field: str | None
    message: str


class CarrierXError(Exception):
    """Anything that keeps a call from its answer."""

    effect_unknown = False
    """Whether the call may have taken effect or not: nobody can tell from this error."""

    def __init__(self, call: Call, message: str) -> None:
        """Keep the call beside the message, for whoever words the error."""
        super().__init__(message)
        self.call = call
        self.message = message
        self.attempts = 1
        """How often the call was sent before it was given up."""


class RefusedError(CarrierXError):
    """CarrierX answered with an error status.

    ``message`` is CarrierX's own, ``field_errors`` its entries for each field. ``retry_after`` is
    the answer's Retry-After header as it came, or None.
    """

    def __init__(
        self,
        call: Call,
        *,
        status: int,
        message: str,
        field_errors: tuple[FieldError, ...] = (),
        retry_after: str | None = None,
    ) -> None:
        """Keep CarrierX's own words, apart by field."""
        super().__init__(call, message)
        self.status = status
        self.field_errors = field_errors
        self.retry_after = retry_after


class BadRequestError(RefusedError):
    """400: malformed request or JSON; the same call would fail again."""


class AuthenticationError(RefusedError):
    """401: no token, or one that CarrierX does not accept."""


class ForbiddenError(RefusedError):
    """403: the token lacks the scope."""


class NotFoundError(RefusedError):
    """404: no such SID."""


class ConflictError(RefusedError):
    """409: conflict, for example a number that is registered already."""


class UnsupportedMediaTypeError(RefusedError):
    """415: the body's content type is not JSON."""


class UnprocessableError(RefusedError):
    """422: the object's fields are not valid; one entry for each."""


class RateLimitError(RefusedError):
    """429: too many calls. Not documented by CarrierX, and to be expected."""


class ServerError(RefusedError):
    """5xx: CarrierX's own failure. Not documented by CarrierX, and to be expected."""

    effect_unknown = True


class UnexpectedAnswerError(CarrierXError):
    """An answer that is none of the API's: no JSON, an object without its SID, a redirect.

    ``may_pass`` is false for what another attempt would meet again, such as a redirect.
    """

    effect_unknown = True

    def __init__(self, call: Call, message: str, *, status: int, may_pass: bool = True) -> None:
        """Keep the HTTP status beside what is odd about the answer."""
        super().__init__(call, message)
        self.status = status
        self.may_pass = may_pass


class AbandonedError(CarrierXError):
    """The run that asked for the change is gone, so it was not sent."""

    def __init__(self, call: Call) -> None:
        """Say so; but nobody is left to read it."""
        super().__init__(call, "the run that asked for it is gone")


class RateLimitedLocallyError(CarrierXError):
    """Not sent: at the stated rate of calls its turn would come after the deadline.

    ``attempts`` counts this one too, which was none.
    """

    def __init__(self, call: Call, *, per_second: float) -> None:
        """Name the rate."""
        super().__init__(
            call, f"at {per_second:g} calls a second its turn would have come after the deadline"
        )


class NoAnswerError(CarrierXError):
    """The answer did not come, or broke off: the call may have taken effect or not."""

    effect_unknown = True


class TimedOutError(NoAnswerError):
    """No answer within the time limit; ``seconds`` is that limit."""

    def __init__(self, call: Call, *, seconds: float) -> None:
        """Keep the limit, so that the error can name it."""
        super().__init__(call, f"no answer within {seconds:g} s")
        self.seconds = seconds


class UnreachableError(NoAnswerError):
    """The connection could not be made, so the call took no effect.

    ``may_pass`` is false for what another attempt would meet again, such as a certificate that is
    not trusted.
    """

    effect_unknown = False

    def __init__(self, call: Call, message: str, *, may_pass: bool = True) -> None:
        """Keep whether another attempt may do better."""
        super().__init__(call, message)
        self.may_pass = may_pass


STATUS_ERRORS: dict[int, type[RefusedError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    415: UnsupportedMediaTypeError,
    422: UnprocessableError,
    429: RateLimitError,
}
