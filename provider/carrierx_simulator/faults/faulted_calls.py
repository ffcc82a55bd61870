"""What happens to a call that a fault hits."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, JSONResponse, Response

from carrierx_simulator import connection, errors
from carrierx_simulator.call import is_api_call
from carrierx_simulator.faults.answer import NOT_CARRIED_OUT, carried_out, send_half
from carrierx_simulator.faults.plan import (
    DateIn,
    DelayVisibilityFault,
    DropFault,
    ForgetFieldFault,
    HalfBodyFault,
    HtmlFault,
    SlowFault,
    StatusFault,
)
from carrierx_simulator.request_log import note_fault
from carrierx_simulator.routes.answers import error_answer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from carrierx_simulator.faults.answer import Answer
    from carrierx_simulator.faults.matching import PhoneNumbers
    from carrierx_simulator.faults.plan import RetryAfter
    from carrierx_simulator.faults.running_plan import Hit, RunningPlan

_POLL = 0.05
_PAGE = "<!DOCTYPE html>\n<title>Not CarrierX</title>\n<p>A fault plan put this page here.\n"


class FaultedCalls:
    """Spoils the API calls that the plan in force speaks of."""

    def __init__(self, application: ASGIApp, plan: RunningPlan, numbers: PhoneNumbers) -> None:
        """Wrap ``application``."""
        self._application = application
        self._plan = plan
        self._numbers = numbers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, unless a fault hits it."""
        hit = None
        if is_api_call(scope) and not self._plan.empty:
            hit = self._plan.hit(self._numbers.matched(scope))
        if hit is None:
            await self._application(scope, receive, send)
        else:
            await self._struck(hit, scope, receive, send)

    async def _struck(self, hit: Hit, scope: Scope, receive: Receive, send: Send) -> None:
        fault = hit.fault
        note_fault(scope, fault.fault, hit.index)
        answer = NOT_CARRIED_OUT
        if isinstance(fault, SlowFault):
            slow_answer = await self._slowly(fault, scope, receive)
            if slow_answer is None:
                await connection.close(scope, receive)
                return
            answer = slow_answer
        elif fault.when == "after":
            answer = await carried_out(self._application, scope, receive)
        if isinstance(fault, DropFault | HalfBodyFault):
            # What has no body has no half of one, and goes unanswered.
            if isinstance(fault, HalfBodyFault) and answer.body:
                await send_half(answer, send)
            await connection.close(scope, receive)
        else:
            await _spoilt(hit, answer)(scope, receive, send)

    async def _slowly(self, fault: SlowFault, scope: Scope, receive: Receive) -> Answer | None:
        """The answer, late; None when the simulator ends before.

        Whether the client still waits makes no difference: a server that has read a request
        carries it out.
        """
        if fault.when == "before" and not await self._waited(fault.seconds):
            return None
        answer = await carried_out(self._application, scope, receive)
        if fault.when == "after" and not await self._waited(fault.seconds):
            return None
        return answer

    async def _waited(self, seconds: float) -> bool:
        """Whether the time has passed; False when the simulator is to end before."""
        end = time.monotonic() + seconds
        while not self._plan.stopping:
            left = end - time.monotonic()
            if left <= 0:
                return True
            await asyncio.sleep(min(left, _POLL))
        return False


def _spoilt(hit: Hit, answer: Answer) -> Response:
    """What is sent in the place of ``answer``."""
    match hit.fault:
        case StatusFault(status=status, retry_after=retry_after):
            return error_answer(errors.on_purpose(status, _headers(retry_after)))
        case HtmlFault(status=status):
            return HTMLResponse(_PAGE, status)
        case ForgetFieldFault(field=field):
            return _without(field, answer)
        case DelayVisibilityFault(reads=reads):
            sid = (answer.json_object() or {}).get("external_did_sid")
            if isinstance(sid, str):
                hit.visibility.hide(sid, reads)
    return answer.response()


def _headers(retry_after: RetryAfter | None) -> dict[str, str]:
    if retry_after is None:
        return {}
    if isinstance(retry_after, DateIn):
        return {"Retry-After": formatdate(time.time() + retry_after.date_in, usegmt=True)}
    # HTTP knows whole seconds only; a fraction goes out as it is, for tests in a hurry.
    whole = retry_after.is_integer()
    return {"Retry-After": str(int(retry_after) if whole else retry_after)}


def _without(field: str, answer: Answer) -> Response:
    """The answer without a field of the object, or of the page and of each object in it."""
    value = answer.json_object()
    if value is None or not answer.succeeded:
        return answer.response()
    items = value.get("items")
    for one in [value, *(items if isinstance(items, list) else [])]:
        if isinstance(one, dict):
            one.pop(field, None)
    return JSONResponse(value, answer.status)
