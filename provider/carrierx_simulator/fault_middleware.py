"""What happens to a call that a fault hits."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from email.utils import formatdate

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carrierx_simulator import connection, errors
from carrierx_simulator.active_faults import ActiveFaults, Hit, PhoneNumbers
from carrierx_simulator.fault_plan import (
    DateIn,
    DelayVisibilityFault,
    DropFault,
    ForgetFieldFault,
    HalfBodyFault,
    HtmlFault,
    RetryAfter,
    SlowFault,
    StatusFault,
)
from carrierx_simulator.json_values import JsonObject, JsonValue
from carrierx_simulator.request import error_response, is_api_call
from carrierx_simulator.request_log import log_fault

_POLL = 0.05
_PAGE = "<!DOCTYPE html>\n<title>Not CarrierX</title>\n<p>A fault plan put this page here.\n"
_BODY = b'{"message": "half of this response of a fault plan is missing", "errors": []}'


@dataclass(frozen=True, slots=True)
class _HeldResponse:
    """A whole response of the API that has not been sent."""

    status: int
    headers: Headers
    body: bytes

    def json_object(self) -> JsonObject | None:
        """The body, if it is a JSON object."""
        value: JsonValue = json.loads(self.body) if self.body else None
        return value if isinstance(value, dict) else None

    def response(self) -> Response:
        """The same, to be sent."""
        return Response(self.body, self.status, self.headers)


# Half of this is sent where a call is not carried out, and so has no response of its own.
_NOT_CARRIED_OUT = _HeldResponse(
    200, Headers({"content-type": "application/json", "content-length": str(len(_BODY))}), _BODY
)


class FaultMiddleware:
    """Lets the faults of the plan in force happen to the API calls that they hit."""

    def __init__(self, application: ASGIApp, faults: ActiveFaults, numbers: PhoneNumbers) -> None:
        self._application = application
        self._faults = faults
        self._numbers = numbers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, unless a fault hits it."""
        hit = None
        if is_api_call(scope) and not self._faults.empty:
            hit = self._faults.hit(self._numbers.matched_call(scope))
        if hit is None:
            await self._application(scope, receive, send)
            return
        log_fault(scope, hit.fault.fault, hit.index)
        held = await self._hold(hit, scope, receive)
        if held is None or isinstance(hit.fault, DropFault):
            await connection.close(scope, receive)
        elif isinstance(hit.fault, HalfBodyFault):
            # There is no half of an empty body: nothing is sent.
            if held.body:
                await _send_half(held, send)
            await connection.close(scope, receive)
        else:
            await _faulty_response(hit, held)(scope, receive, send)

    async def _hold(self, hit: Hit, scope: Scope, receive: Receive) -> _HeldResponse | None:
        """Carry the call out if the fault says so, and wait; None if the simulator stops meanwhile.

        Whether the client still waits makes no difference: a server that has read a request
        carries it out.
        """
        fault = hit.fault
        if not isinstance(fault, SlowFault):
            if fault.when == "before":
                return _NOT_CARRIED_OUT
            return await _carry_out(self._application, scope, receive)
        if fault.when == "before" and not await self._wait(fault.seconds):
            return None
        held = await _carry_out(self._application, scope, receive)
        if fault.when == "after" and not await self._wait(fault.seconds):
            return None
        return held

    async def _wait(self, seconds: float) -> bool:
        """Whether the time has passed; False when the simulator stops before."""
        end = time.monotonic() + seconds
        while not self._faults.stopping:
            left = end - time.monotonic()
            if left <= 0:
                return True
            await asyncio.sleep(min(left, _POLL))
        return False


async def _carry_out(application: ASGIApp, scope: Scope, receive: Receive) -> _HeldResponse:
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await application(scope, receive, keep)
    start, *rest = messages
    body = b"".join(message.get("body", b"") for message in rest)
    return _HeldResponse(start["status"], Headers(raw=start["headers"]), body)


async def _send_half(held: _HeldResponse, send: Send) -> None:
    """Send the header with its true Content-Length, and half of the body."""
    headers = held.headers.raw
    await send({"type": "http.response.start", "status": held.status, "headers": headers})
    half = held.body[: len(held.body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})


def _faulty_response(hit: Hit, held: _HeldResponse) -> Response:
    """What is sent in the place of ``held``."""
    match hit.fault:
        case StatusFault(status=status, retry_after=retry_after):
            detail = "the simulator's fault plan says so"
            return error_response(errors.error(status, detail, headers=_headers(retry_after)))
        case HtmlFault(status=status):
            return HTMLResponse(_PAGE, status)
        case ForgetFieldFault(field=field):
            return _without_field(field, held)
        case DelayVisibilityFault(reads=reads):
            sid = (held.json_object() or {}).get("external_did_sid")
            if isinstance(sid, str):
                hit.visibility.hide(sid, reads)
    return held.response()


def _headers(retry_after: RetryAfter | None) -> dict[str, str]:
    if retry_after is None:
        return {}
    if isinstance(retry_after, DateIn):
        return {"Retry-After": formatdate(time.time() + retry_after.date_in, usegmt=True)}
    # HTTP knows whole seconds only; a fraction is sent as it is, for tests that must be fast.
    whole = retry_after.is_integer()
    return {"Retry-After": str(int(retry_after) if whole else retry_after)}


def _without_field(field: str, held: _HeldResponse) -> Response:
    """The response without a field of the object, or of the page and of each object in it."""
    value = held.json_object()
    if value is None or held.status != 200:  # noqa: PLR2004 - the one success with a body
        return held.response()
    items = value.get("items")
    for one in [value, *(items if isinstance(items, list) else [])]:
        if isinstance(one, dict):
            one.pop(field, None)
    return JSONResponse(value, held.status)
