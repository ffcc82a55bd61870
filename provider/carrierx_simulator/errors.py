"""Errors in the shape that CarrierX documents.

The shape and the messages of 400, 401, 404, 415 and 422: CarrierX documentation,
using-the-rest-api/responses, and the samples of phone-numbers/external-did-messaging-enablement.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, LiteralString

from pydantic import BaseModel, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import ErrorDetails, PydanticCustomError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from carrierx_simulator.json_values import JsonObject

_KNOWN = {known.value for known in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an error's ``errors``: a field (or none) and what is wrong with it."""

    field: str | None
    message: str


class ApiError(Exception):
    """A response that is an error; its text is one line with all entries."""

    def __init__(
        self,
        status: int,
        message: str,
        entries: Iterable[Entry],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.message = message
        self.entries = tuple(entries)
        details = (f"{e.field}: {e.message}" if e.field else e.message for e in self.entries)
        super().__init__(f"{status} {message}: {'; '.join(details)}")
        self.headers = dict(headers or {})

    def body(self) -> JsonObject:
        """The documented body: ``message``, and ``errors`` with one entry per problem."""
        return {
            "message": self.message,
            "errors": [
                {"field": entry.field, "message": entry.message, "reference_sid": None}
                for entry in self.entries
            ],
        }


def _error(
    status: int, message: str, detail: str, headers: Mapping[str, str] | None = None
) -> ApiError:
    return ApiError(status, message, [Entry(None, detail)], headers)


def no_json(detail: str) -> ApiError:
    """400: a body that cannot be read as a JSON object."""
    return _error(400, "No JSON object could be decoded", detail)


def bad_query(entries: Iterable[Entry]) -> ApiError:
    """400: query arguments that are unknown or out of range, all at once."""
    return ApiError(400, "Bad Request", entries)


def unauthorized(*, given: bool) -> ApiError:
    """401: no bearer token, or one that the simulator does not have."""
    message = "Bad credentials" if given else "Unauthorized"
    detail = "the token is not valid" if given else "a bearer token is required"
    return _error(401, message, detail, {"WWW-Authenticate": "Bearer"})


def forbidden(scopes: Iterable[str]) -> ApiError:
    """403: the token has none of the scopes of which this call needs one."""
    needed = ", ".join(scopes)
    return _error(403, "Forbidden", f"the token needs one of the scopes {needed}")


def no_item() -> ApiError:
    """404: no such SID; word for word the documented sample."""
    return _error(404, "no item error", "cannot find item by sid")


def no_route() -> ApiError:
    """404: no such path."""
    return _error(404, "Not Found", "there is no such path")


def wrong_method(allowed: Iterable[str]) -> ApiError:
    """405: the path exists, and this method does not."""
    names = ", ".join(allowed)
    return _error(405, "Method Not Allowed", f"allowed are {names}", {"Allow": names})


def conflict(entries: Iterable[Entry]) -> ApiError:
    """409: valid by itself, but it contradicts what is stored."""
    return ApiError(409, "conflict", entries)


def already_registered() -> ApiError:
    """409: one number can be registered once. The status is inferred, see docs/simulator.md."""
    return conflict([Entry("phonenumber", "is already registered")])


def too_large(limit: int) -> ApiError:
    """413: a body over the limit, in bytes."""
    return _error(413, "Request Entity Too Large", f"the body is larger than {limit} bytes")


def unsupported_media_type() -> ApiError:
    """415: a body that is not declared as JSON."""
    return _error(415, "Unsupported media type", "Content-Type must be application/json")


def invalid(entries: Iterable[Entry]) -> ApiError:
    """422: every wrong field of a body, one entry each."""
    return ApiError(422, "object validation error", entries)


def too_many_requests(retry_after: int) -> ApiError:
    """429 with ``Retry-After`` in seconds."""
    return _error(
        429,
        "Too Many Requests",
        f"the rate limit is reached; try again in {retry_after} s",
        {"Retry-After": str(retry_after)},
    )


def internal() -> ApiError:
    """500: a bug in the simulator."""
    return _error(500, "Internal Server Error", "a bug in the simulator; see its output")


def fault(status: int, headers: Mapping[str, str]) -> ApiError:
    """Any status from 400 on, because a fault plan says so."""
    message = HTTPStatus(status).phrase if status in _KNOWN else "Unknown"
    return _error(status, message, "the simulator's fault plan says so", headers)


def not_simulated(what: str) -> ApiError:
    """501: CarrierX documents it, but the simulator does not have it."""
    return _error(501, "Not Implemented", f"{what} is not simulated")


def message(text: LiteralString) -> WrapValidator:
    """Make ``text`` the message for every value that an annotated type does not accept."""

    def validate(value: object, handler: ValidatorFunctionWrapHandler) -> object:
        try:
            return handler(value)
        except ValidationError:
            raise PydanticCustomError("invalid", text) from None

    return WrapValidator(validate)


def wrong_fields(
    model: type[BaseModel], body: JsonObject, extra_field: Callable[[str], str]
) -> list[Entry]:
    """One entry for each field that ``model`` misses, does not accept or does not have.

    Args:
        model: What the body should be.
        body: The JSON object.
        extra_field: The message for a field that the model does not have, from its name.
    """
    try:
        model.model_validate(body)
    except ValidationError as error:
        return [_entry(detail, extra_field) for detail in error.errors(include_url=False)]
    return []


def _entry(detail: ErrorDetails, extra_field: Callable[[str], str]) -> Entry:
    name = str(detail["loc"][0])
    if detail["type"] == "extra_forbidden":
        return Entry(name, extra_field(name))
    return Entry(name, "is required" if detail["type"] == "missing" else detail["msg"])
