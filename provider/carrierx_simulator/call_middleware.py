"""What every API call goes through: reading, the log, faults, latency and the rate limit."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections import deque
from email.utils import formatdate
from http import HTTPStatus
from http.client import responses

from anyio import CapacityLimiter, to_thread
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carrierx_simulator import connection, errors
from carrierx_simulator.active_faults import CountedFault
from carrierx_simulator.fault_plan import (
    AnotherObjectFault,
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
from carrierx_simulator.paths import API, CONTROL
from carrierx_simulator.request import LoggedCall, call_of, error_response, read_call
from carrierx_simulator.state import SimulatorState

_WINDOW = 1.0

# Half of this is sent where a call is not carried out, and so has no response of its own.
_NOT_CARRIED_OUT = JSONResponse(
    {"message": "half of this response of a fault plan is missing", "errors": []}
)


class RateLimit:
    """At most so many calls of one token within any second. Refused calls do not count."""

    def __init__(self) -> None:
        self._times: dict[int, deque[float]] = {}

    def wait(self, token: int, limit: int, now: float) -> float:
        """Seconds until this token may call again; 0 counts the call and lets it through.

        The limit is in calls per second, 0 allows all; ``now`` is a monotonic time in seconds.
        """
        if not limit:
            return 0.0
        times = self._times.setdefault(token, deque())
        while times and times[0] <= now - _WINDOW:
            times.popleft()
        if len(times) >= limit:
            return times[-limit] + _WINDOW - now
        times.append(now)
        return 0.0


class CallMiddleware:
    """Reads and logs each API call, lets a fault hit it, and has it carried out.

    A path outside the API is a gateway's 404: there is no API that could respond.
    Faults come between the log and the rate limit: there they know the call, can respond in their
    own way, or let the change happen and withhold the response, and what they did is logged.
    """

    def __init__(self, application: ASGIApp, state: SimulatorState) -> None:
        self._application = application
        self._state = state
        self._rate_limit = RateLimit()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Log the call on arrival; its status stays null until a response is sent."""
        if scope["type"] == "http":
            await read_call(scope, receive, self._state.settings.tokens)
        if scope["type"] != "http" or (scope["path"] + "/").startswith(CONTROL + "/"):
            await self._application(scope, receive, send)
            return
        call = call_of(scope)
        self._state.log.add(call)

        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start" and connection.is_open(scope):
                call.status = message["status"]
            await send(message)

        if not (call.path + "/").startswith(API + "/"):
            await _gateway_page(404)(scope, receive, send_and_note)
            return
        hit = self._state.faults.hit(call)
        if hit is None:
            await self._carry_out(scope, receive, send_and_note)
            return
        call.fault, call.fault_index = hit.fault.fault, hit.index
        held = await self._hold(hit, scope, receive)
        if held is None or isinstance(hit.fault, DropFault):
            await connection.close(scope, receive)
        elif isinstance(hit.fault, HalfBodyFault):
            await _send_half(held, send_and_note)
            await connection.close(scope, receive)
        else:
            if isinstance(hit.fault, AnotherObjectFault) and held.status_code == HTTPStatus.OK:
                held = self._of_another(call, held)
            await _faulty_response(hit, held)(scope, receive, send_and_note)

    async def _carry_out(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, refuse over the rate limit, or pass on; the API's own status is the outcome.

        A call without a valid token is a 401, and not counted.
        """
        call = call_of(scope)
        await asyncio.sleep(self._state.settings.latency_ms / 1000)
        if call.token is not None:
            limit = self._state.faults.rate_limit(call.token)
            wait = self._rate_limit.wait(call.token, limit, time.monotonic())
            if wait > 0:
                call.fault, call.fault_index = "rate_limit", None
                seconds = str(math.ceil(wait))
                detail = f"the rate limit is reached; try again in {seconds} s"
                error = errors.error(429, detail, headers={"Retry-After": seconds})
                await error_response(error)(scope, receive, send)
                return

        async def note_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.outcome = message["status"]
            await send(message)

        await self._application(scope, receive, note_and_send)

    async def _hold(self, hit: CountedFault, scope: Scope, receive: Receive) -> Response | None:
        """The response that is not sent yet; None if the simulator stops while a fault waits.

        Whether the client still waits makes no difference: a server that has read a request
        carries it out.
        """
        slow = hit.fault if isinstance(hit.fault, SlowFault) else None
        if hit.fault.when == "before":
            if slow is None:
                return _NOT_CARRIED_OUT
            if await self._stops_within(slow.seconds):
                return None
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._carry_out(scope, receive, keep)
        if slow and slow.when == "after" and await self._stops_within(slow.seconds):
            return None
        start, *rest = messages
        held = Response(b"".join(message.get("body", b"") for message in rest), start["status"])
        held.raw_headers = list(start["headers"])
        return held

    def _of_another(self, call: LoggedCall, held: Response) -> Response:
        """The response with the account's first External DID that it does not show, if any."""
        shown = json.loads(bytes(held.body))
        items = shown.get("items")
        sids = {one.get("external_did_sid") for one in (items or [shown])}
        # The response may have been asked for without its SID.
        sids.add(call.path.rpartition("/")[2])
        stored = self._state.account(call.token or 0).stored.page()
        other = next((one for one in stored if one["external_did_sid"] not in sids), None)
        if other is None:
            return held
        if items is None:
            return JSONResponse({name: other[name] for name in shown})
        return JSONResponse(
            {**shown, "items": [{name: other[name] for name in item} for item in items]}
        )

    async def _stops_within(self, seconds: float) -> bool:
        """Whether the simulator stops before the time has passed."""
        stopping = self._state.faults.stopping
        # With a limiter of its own no call waits for the threads of others.
        return await to_thread.run_sync(stopping.wait, seconds, limiter=CapacityLimiter(1))


async def _send_half(held: Response, send: Send) -> None:
    """Send the header with its true Content-Length and half of the body, if there is a body."""
    if held.body:
        start = {"status": held.status_code, "headers": held.raw_headers}
        await send({"type": "http.response.start", **start})
        half = held.body[: len(held.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


def _gateway_page(status: int) -> Response:
    """A response of a server between client and API, which knows nothing of CarrierX's errors."""
    heading = f"{status} {responses.get(status, 'Unknown')}"
    page = f"<!DOCTYPE html>\n<title>{heading}</title>\n<h1>{heading}</h1>\n<p>Not CarrierX\n"
    return HTMLResponse(page, status)


def _faulty_response(hit: CountedFault, held: Response) -> Response:
    """What is sent in the place of ``held``."""
    match hit.fault:
        case StatusFault(status=status, retry_after=retry_after):
            detail = "the simulator's fault plan says so"
            return error_response(errors.error(status, detail, headers=_headers(retry_after)))
        case HtmlFault(status=status):
            return _gateway_page(status)
        case ForgetFieldFault(field=field) if held.status_code == HTTPStatus.OK:
            shown = json.loads(bytes(held.body))
            # Of a list, also of each object in it.
            for one in [shown, *shown.get("items", [])]:
                one.pop(field, None)
            return JSONResponse(shown)
        case DelayVisibilityFault(reads=reads) if held.status_code == HTTPStatus.OK:
            hit.hidden[json.loads(bytes(held.body))["external_did_sid"]] = reads
    return held


def _headers(retry_after: RetryAfter | None) -> dict[str, str]:
    if retry_after is None:
        return {}
    if isinstance(retry_after, DateIn):
        return {"Retry-After": formatdate(time.time() + retry_after.date_in, usegmt=True)}
    # HTTP knows whole seconds only; a fraction is sent as it is, for tests that must be fast.
    return {"Retry-After": f"{retry_after:g}"}
