"""After which failures a call may be sent again.

- 429, and a connection that could not be made: the call took no effect, so any call is sent again.
- A read or a release whose answer is lost, broken or a 5xx is sent again: a second time does no
  harm. A release that then finds nothing has succeeded.
- A change whose effect is unknown (``CarrierXError.effect_unknown``) is never blindly repeated:
  whoever sends it says how to find out what stands.

Neither 429 nor 5xx is documented by CarrierX; both are to be expected from any hosted API.
"""

from __future__ import annotations

from http import HTTPStatus

from carrierx_api.calls import Operation
from carrierx_api.errors import (
    CarrierXError,
    NoAnswerError,
    RateLimitError,
    RefusedError,
    ServerError,
    UnexpectedAnswerError,
    UnreachableError,
)

HARMLESS_TO_REPEAT = frozenset({Operation.GET, Operation.LIST, Operation.DELETE})

NEVER_PASSES = frozenset(
    {HTTPStatus.NOT_IMPLEMENTED.value, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED.value}
)


def may_pass(error: CarrierXError) -> bool:
    """Whether the same call, sent again unchanged, may succeed."""
    if isinstance(error, (UnexpectedAnswerError, UnreachableError)):
        return error.may_pass
    if isinstance(error, RefusedError):
        return isinstance(error, RateLimitError) or (
            isinstance(error, ServerError) and error.status not in NEVER_PASSES
        )
    return isinstance(error, NoAnswerError)


def repeats_harmlessly(error: CarrierXError) -> bool:
    """Whether the call may be sent again without a look at what stands."""
    if error.call.operation in HARMLESS_TO_REPEAT:
        return may_pass(error)
    return isinstance(error, (RateLimitError, UnreachableError)) and may_pass(error)
