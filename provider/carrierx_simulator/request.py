"""HTTP: what a request carries (body, token, query arguments), and how an error is sent.

The body and the token of an API call are read once, before anything else handles it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from carrierx_simulator import errors
from carrierx_simulator.errors import Entry
from carrierx_simulator.json_values import parse_json
from carrierx_simulator.paths import CONTROL

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from starlette.datastructures import QueryParams
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from carrierx_simulator.errors import ApiError
    from carrierx_simulator.json_values import JsonObject
    from carrierx_simulator.settings import Token

LARGEST_BODY = 1024 * 1024
"""Bytes of a body that are read and kept; a larger one is a 413."""

_KEY = "carrierx_simulator.call"
# A longer number does not fit SQLite, and is beyond every end anyway.
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Call:
    """An API call.

    Attributes:
        body: None when it was too large.
        token: The position of the token among the simulator's, or None.
        token_given: Whether there was any token, valid or not.

    """

    body: bytes | None
    token: int | None
    token_given: bool


def call_of(scope: Scope) -> Call:
    """The call that `CallReader` found in this request."""
    call: Call = scope[_KEY]
    return call


def is_api_call(scope: Scope) -> bool:
    """Whether this is an HTTP request to CarrierX's API, not to the simulator's own paths."""
    path: str = scope.get("path", "")
    return scope["type"] == "http" and not (path + "/").startswith(CONTROL + "/")


class CallReader:
    """Reads each API call's body to its end, so that an early error never breaks the upload."""

    def __init__(self, application: ASGIApp, tokens: Sequence[Token]) -> None:
        """Wrap ``application``; ``tokens`` are the valid ones."""
        self._application = application
        self._tokens = [token.value.encode() for token in tokens]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put a `Call` into the scope, and pass on."""
        if is_api_call(scope):
            authorization = Headers(scope=scope).get("authorization", "")
            scheme, _, value = authorization.partition(" ")
            given = scheme.lower() == "bearer"
            token = self._index(value.strip().encode("latin-1")) if given else None
            scope[_KEY] = Call(await _body(receive), token, token_given=bool(authorization))
        await self._application(scope, receive, send)

    def _index(self, value: bytes) -> int | None:
        return next(
            (i for i, known in enumerate(self._tokens) if hmac.compare_digest(known, value)), None
        )


async def _body(receive: Receive) -> bytes | None:
    kept = bytearray()
    too_large = False
    more = True
    while more:
        message = await receive()
        # A client that goes away in the middle sends http.disconnect, which has no more_body.
        more = message.get("more_body", False)
        too_large = too_large or len(kept) + len(message.get("body", b"")) > LARGEST_BODY
        if not too_large:
            kept += message.get("body", b"")
    return None if too_large else bytes(kept)


def json_body(request: Request) -> JsonObject:
    """The JSON object that every POST, PATCH and PUT must carry.

    Source: CarrierX documentation, using-the-rest-api ("must carry a body, ``{}`` at the least").

    Raises:
        ApiError: 413; 400 for no body; 415; 400 for anything else than a JSON object.

    """
    body = call_of(request.scope).body
    if body is None:
        raise errors.too_large(LARGEST_BODY)
    if not body:
        raise errors.no_json("a body is required, at least {}")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise errors.unsupported_media_type()
    try:
        value = parse_json(body)
    except ValueError as error:
        raise errors.no_json(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise errors.no_json("the body must be a JSON object")
    return value


class Query:
    """The query arguments of one call, and the errors found in them so far.

    An unknown argument is an error as well. What CarrierX does with one is not documented; but a
    simulator that accepted a misspelt ``nested_objects`` would hide an error that loses data.
    """

    def __init__(
        self,
        arguments: QueryParams,
        known: Collection[str] = (),
        not_simulated: Collection[str] = (),
    ) -> None:
        """Note unknown and repeated arguments. ``known`` are the ones that this call takes.

        Raises:
            ApiError: 501 for one of ``not_simulated``.

        """
        self._arguments = arguments
        self.errors: list[Entry] = []
        for name in dict.fromkeys(name for name, _ in arguments.multi_items()):
            if name in not_simulated:
                raise errors.not_simulated(f"the query argument {name}")
            if name not in known:
                self.errors.append(Entry(name, "is not a known query argument"))
            elif len(arguments.getlist(name)) > 1:
                self.errors.append(Entry(name, "is given more than once"))

    def text(self, name: str) -> str | None:
        """The value of an argument, or None."""
        return self._arguments.get(name)

    def whole_number(self, name: str, default: int, minimum: int, maximum: int | None) -> int:
        """An integer in a range; notes an error and returns the default for anything else."""
        value = self._arguments.get(name)
        if value is None:
            return default
        if value.isascii() and value.isdigit():
            digits = value.lstrip("0") or "0"
            number = int(digits) if len(digits) <= _MOST_DIGITS else 10**_MOST_DIGITS
            if number >= minimum and (maximum is None or number <= maximum):
                return number
        allowed = f"from {minimum} up" if maximum is None else f"from {minimum} to {maximum}"
        self.errors.append(Entry(name, f"must be a whole number {allowed}"))
        return default

    def one_of(self, name: str, *values: str) -> str | None:
        """One of a few values; notes an error for any other."""
        value = self._arguments.get(name)
        if value is not None and value not in values:
            self.errors.append(Entry(name, f"must be {' or '.join(values)}"))
        return value

    def check(self) -> None:
        """Raise one 400 `ApiError` with every error, if there is any."""
        if self.errors:
            raise errors.bad_query(self.errors)


def error_response(error: ApiError) -> JSONResponse:
    """An error in the documented shape, with its status and headers."""
    return JSONResponse(error.body(), error.status, error.headers)
