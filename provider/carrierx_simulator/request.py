"""HTTP: what a request carries (body, token, query arguments), and how an error is sent.

An API call is read once, before anything else handles it.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Self
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope

from carrierx_simulator import errors
from carrierx_simulator.errors import ApiError, Entry, message, wrong_fields
from carrierx_simulator.json_values import JsonObject, JsonValue, parse_json
from carrierx_simulator.settings import Token

LARGEST_BODY = 1024 * 1024
"""Bytes of a body that are read and kept; a larger one is a 413."""

_KEY = "carrierx_simulator.call"
_UNKNOWN = "is not a known query argument"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the API, or of the simulator's own paths."""

    body: bytes | None
    """None when it was too large."""
    query: dict[str, str]
    token: int | None
    """The position of the token among the simulator's."""
    token_given: bool
    """Whether there was any token, valid or not."""
    entry: JsonObject
    """The call's entry in the log, which is completed while it is handled."""


def call_of(scope: Scope) -> Call:
    """The call that `read_call` found in this request."""
    call: Call = scope[_KEY]
    return call


async def read_call(scope: Scope, receive: Receive, tokens: Sequence[Token]) -> None:
    """Put a `Call` into the scope. The body is read to its end: no error breaks an upload."""
    authorization = Headers(scope=scope).get("authorization", "")
    scheme, _, value = authorization.partition(" ")
    given = value.strip().encode("latin-1") if scheme.lower() == "bearer" else b""
    known = (i for i, one in enumerate(tokens) if hmac.compare_digest(one.value.encode(), given))
    token = next(known, None)
    body = await _body(receive)
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    entry: JsonObject = {
        "method": scope["method"],
        "path": scope["path"],
        "query": dict(query),
        "body": _readable(body),
        "status": None,
        "token": token,
        **dict.fromkeys(("fault", "fault_index", "outcome")),
    }
    scope[_KEY] = Call(body, query, token, bool(authorization), entry)


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


def _readable(body: bytes | None) -> JsonValue:
    """The body as JSON; as text if it is not JSON; null if there is no body or it is too large."""
    if not body:
        return None
    try:
        return parse_json(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def body_of(request: Request) -> bytes:
    """The body; 413 if it was too large."""
    body = call_of(request.scope).body
    if body is None:
        detail = f"the body is larger than {LARGEST_BODY} bytes"
        raise errors.error(413, detail, "Request Entity Too Large")
    return body


def json_body(request: Request) -> JsonObject:
    """The JSON object that every POST, PATCH and PUT must carry.

    Source: CarrierX documentation, using-the-rest-api ("must carry a body, ``{}`` at the least").
    """
    body = body_of(request)
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
