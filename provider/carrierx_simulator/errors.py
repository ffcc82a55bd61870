"""Errors in the shape that CarrierX documents, made in this one place.

The shape and the messages of 400, 401, 404, 415 and 422: CarrierX documentation,
using-the-rest-api/responses, and the samples of phone-numbers/external-did-messaging-enablement.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from carrierx_simulator.json_value import JsonObject


_KNOWN = {known.value for known in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an error's ``errors``: a field (or none) and what is wrong with it."""

    field: str | None
    message: str


class ApiError(Exception):
    """An answer that is an error. Raised anywhere under a route, answered in one place."""

    def __init__(
        self,
        status: int,
        message: str,
        entries: Iterable[Entry],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep what the answer needs; all of it is in the error's text, in one line."""
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
    """401: no bearer token, or one that is not known."""
    message = "Bad credentials" if given else "Unauthorized"
    detail = "the token is not valid" if given else "a bearer token is needed"
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
    """409: right by itself, and at odds with what is there."""
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
    """500: a mistake of the simulator itself."""
    return _error(500, "Internal Server Error", "the simulator made a mistake; see its output")


def on_purpose(status: int, headers: Mapping[str, str]) -> ApiError:
    """Any status from 400 up, because a fault plan says so."""
    message = HTTPStatus(status).phrase if status in _KNOWN else "Unknown"
    return _error(status, message, "the simulator's fault plan says so", headers)


def not_simulated(what: str) -> ApiError:
    """501: CarrierX documents it, and the simulator leaves it out."""
    return _error(501, "Not Implemented", f"{what} is not simulated")
