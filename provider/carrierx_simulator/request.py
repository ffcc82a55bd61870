"""HTTP: what a request carries (body, token, query arguments), and how an error is sent.

An API call is read once, before anything else handles it.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Any, Self
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope

from carrierx_simulator import errors
from carrierx_simulator.errors import ApiError, Entry, message, wrong_fields
from carrierx_simulator.json_values import JsonObject, JsonValue, parse_json
from carrierx_simulator.settings import Token

LARGEST_BODY = 1024 * 1024
"""Bytes of a body that are read and kept; a larger one is a 413."""

_CALL = "carrierx_simulator.call"
_BODY = "carrierx_simulator.body"
_UNKNOWN = "is not a known query argument"


class LoggedCall(BaseModel):
    """A call, as the log shows it: completed while the call is handled.

    docs/simulator.md explains its fields.
    """

    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int | None = None
    token: int | None
    fault: str | None = None
    fault_index: int | None = None
    outcome: int | None = None


def call_of(scope: Scope) -> LoggedCall:
    """The call that `read_call` found in this request."""
    call: LoggedCall = scope[_CALL]
    return call


async def read_call(scope: Scope, receive: Receive, tokens: Sequence[Token]) -> None:
    """Put the call into the scope. The body is read to its end: no error breaks an upload."""
    authorization = Headers(scope=scope).get("authorization", "")
    scheme, _, value = authorization.partition(" ")
    given = value.strip().encode("latin-1") if scheme.lower() == "bearer" else b""
    known = (i for i, one in enumerate(tokens) if hmac.compare_digest(one.value.encode(), given))
    body = scope[_BODY] = await _body(Request(scope, receive))
    scope[_CALL] = LoggedCall(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        body=_readable(body),
        token=next(known, None),
    )


async def _body(request: Request) -> bytes | None:
    """The body; None if it is too large."""
    kept = bytearray()
    too_large = False
    # A client may go away in the middle.
    with suppress(ClientDisconnect):
        async for chunk in request.stream():
            too_large = too_large or len(kept) + len(chunk) > LARGEST_BODY
            if not too_large:
                kept += chunk
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
    body: bytes | None = request.scope[_BODY]
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
    """The documented body: ``message``, and ``errors`` with one entry per problem."""
    entries = [{**entry._asdict(), "reference_sid": None} for entry in error.entries]
    body = {"message": error.message, "errors": entries}
    return JSONResponse(body, error.status, error.headers)
