"""HTTP: what a request carries (body, token, query arguments), and how an error is sent.

The body and the token of an API call are read once, before anything else handles it.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from carrierx_simulator import errors
from carrierx_simulator.errors import ApiError, Entry, message, wrong_fields
from carrierx_simulator.json_values import JsonObject, parse_json
from carrierx_simulator.paths import CONTROL
from carrierx_simulator.settings import Token

LARGEST_BODY = 1024 * 1024
"""Bytes of a body that are read and kept; a larger one is a 413."""

_KEY = "carrierx_simulator.call"
_UNKNOWN = "is not a known query argument"


@dataclass(frozen=True, slots=True)
class Call:
    """An API call."""

    body: bytes | None
    """None when it was too large."""
    token: int | None
    """The position of the token among the simulator's."""
    token_given: bool
    """Whether there was any token, valid or not."""


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
        event = await receive()
        # A client that goes away in the middle sends http.disconnect, which has no more_body.
        more = event.get("more_body", False)
        too_large = too_large or len(kept) + len(event.get("body", b"")) > LARGEST_BODY
        if not too_large:
            kept += event.get("body", b"")
    return None if too_large else bytes(kept)


def json_body(request: Request) -> JsonObject:
    """The JSON object that every POST, PATCH and PUT must carry.

    Source: CarrierX documentation, using-the-rest-api ("must carry a body, ``{}`` at the least").
    """
    body = call_of(request.scope).body
    if body is None:
        detail = f"the body is larger than {LARGEST_BODY} bytes"
        raise errors.error(413, detail, "Request Entity Too Large")
    if not body:
        raise errors.no_json("a body is required, at least {}")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        detail = "Content-Type must be application/json"
        raise errors.error(415, detail, "Unsupported media type")
    try:
        value = parse_json(body)
    except ValueError as error:
        raise errors.no_json(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise errors.no_json("the body must be a JSON object")
    return value


class Arguments(BaseModel):
    """The query arguments of a call; none.

    An unknown argument is an error. What CarrierX does with one is not documented; but a simulator
    that accepted a misspelt ``nested_objects`` would hide an error that loses data.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def of(cls, request: Request) -> Self:
        """Read them from a request; 400 with an entry for each wrong, unknown or repeated one."""
        given = request.query_params
        entries = wrong_fields(cls, dict(given), lambda _: _UNKNOWN)
        unknown = {entry.field for entry in entries if entry.message == _UNKNOWN}
        repeated = {name for name in given if len(given.getlist(name)) > 1}
        entries += [Entry(name, "is given more than once") for name in sorted(repeated - unknown)]
        if entries:
            raise ApiError(400, "Bad Request", entries)
        return cls.model_validate(dict(given))


class UpdateArguments(Arguments):
    """Of a PATCH or PUT."""

    nested_objects: Annotated[str, Field(pattern="^replace$"), message("must be replace")] = Field(
        "", description="attributes are replaced."
    )


def error_response(error: ApiError) -> JSONResponse:
    """An error in the documented shape, with its status and headers."""
    return JSONResponse(error.body(), error.status, error.headers)
