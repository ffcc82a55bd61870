"""The handlers: CarrierX's calls on External DIDs, and the simulator's own paths.

Source: CarrierX documentation, phone-numbers/external-did and its pages for each call.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from carrierx_simulator import errors, messaging
from carrierx_simulator.errors import Entry
from carrierx_simulator.external_did import FIELDS, show_one, show_updated
from carrierx_simulator.fault_plan import FaultPlan, FaultPlanError
from carrierx_simulator.listing import FIELD_ARGUMENTS, list_external_dids, selected_fields
from carrierx_simulator.openapi import document
from carrierx_simulator.request import Query, call_of, json_body

if TYPE_CHECKING:
    from starlette.requests import Request

    from carrierx_simulator.state import SimulatorState


class Api:
    """The handlers of CarrierX's API."""

    def __init__(self, state: SimulatorState, origin: str) -> None:
        """Serve ``state``; ``origin`` is where clients reach it."""
        self._state = state
        self._origin = origin

    def _allow(self, request: Request, action: str) -> None:
        """Let a call pass if its token has the scope of the action, or that of all actions.

        Raises:
            ApiError: 401 without a valid token, 403 without a scope, naming both.

        """
        scopes = ("phonenumber.manage", f"phonenumber.{action}")
        call = call_of(request.scope)
        if call.token is None:
            raise errors.unauthorized(given=call.token_given)
        if self._state.settings.tokens[call.token].scopes.isdisjoint(scopes):
            raise errors.forbidden(scopes)

    async def register(self, request: Request) -> Response:
        """POST: 200 with the new object, 409 when the number is registered, 422."""
        self._allow(request, "create")
        Query(request.query_params).check()
        return JSONResponse(show_one(self._state.registrations.register(json_body(request))))

    async def list(self, request: Request) -> Response:
        """GET: 200 with a page."""
        self._allow(request, "read")
        return JSONResponse(list_external_dids(self._state, request.query_params, self._origin))

    async def get(self, request: Request) -> Response:
        """GET one: 200 with the object, 404."""
        self._allow(request, "read")
        query = Query(request.query_params, FIELD_ARGUMENTS)
        names = selected_fields(query, FIELDS)
        query.check()
        sid = _sid(request)
        stored = self._state.storage.get(sid)
        visibility = self._state.faults.visibility
        hidden = sid in visibility.hidden()
        visibility.count_read([sid])
        if stored is None or hidden:
            raise errors.no_item()
        return JSONResponse({name: stored[name] for name in names})

    async def patch(self, request: Request) -> Response:
        """PATCH: only what the body says changes; ``attributes`` merges unless replaced."""
        self._allow(request, "update")
        replace = _replaces_nested_objects(request)
        body = json_body(request)
        changed = self._state.registrations.patch(_sid(request), body, replace_attributes=replace)
        return JSONResponse(show_updated(changed))

    async def put(self, request: Request) -> Response:
        """PUT: every updatable field becomes what the body says, ``attributes`` exactly."""
        self._allow(request, "update")
        _replaces_nested_objects(request)
        changed = self._state.registrations.put(_sid(request), json_body(request))
        return JSONResponse(show_updated(changed))

    async def delete(self, request: Request) -> Response:
        """DELETE: 204 and nothing else, 404."""
        self._allow(request, "delete")
        Query(request.query_params).check()
        self._state.registrations.delete(_sid(request))
        return Response(status_code=204)

    async def get_messaging(self, request: Request) -> Response:
        """GET messaging: 200, or 404 for a number without any messaging information."""
        self._allow(request, "read")
        Query(request.query_params).check()
        sid = _sid(request)
        stored = self._state.storage.messaging(sid)
        if stored is None:
            raise errors.no_item()
        return JSONResponse(messaging.show(sid, stored, time.time()))

    async def change_messaging(self, request: Request) -> Response:
        """POST messaging: 200 with ``in_progress`` at once, 404, 409, 422."""
        self._allow(request, "create")
        query = Query(request.query_params, ["force"])
        force = query.one_of("force", "true", "false") == "true"
        query.check()
        body = json_body(request)
        sid = _sid(request)
        if self._state.storage.get(sid) is None:
            raise errors.no_item()
        now = time.time()
        settles_at = now + self._state.settings.messaging_delay_ms / 1000
        before = self._state.storage.messaging(sid)
        stored = messaging.change(body, before, force=force, settles_at=settles_at)
        self._state.storage.set_messaging(sid, stored)
        # The response itself is always in_progress, however short the delay.
        return JSONResponse({**messaging.show(sid, stored, now), "status": "in_progress"})


def _sid(request: Request) -> str:
    sid: str = request.path_params["external_did_sid"]
    return sid


def _replaces_nested_objects(request: Request) -> bool:
    query = Query(request.query_params, ["nested_objects"])
    value = query.one_of("nested_objects", "replace")
    query.check()
    return value is not None


class Control:
    """The handlers of ``/_simulator``: no token, no log, no rate limit."""

    def __init__(self, state: SimulatorState, origin: str) -> None:
        """Serve the log, the fault plan and the OpenAPI document of a simulator."""
        self._state = state
        self._document = document(origin)

    async def requests(self, _request: Request) -> Response:
        """GET: every logged call, in the order of arrival."""
        return JSONResponse(self._state.log.entries())

    async def clear_requests(self, _request: Request) -> Response:
        """DELETE: empty the log; 204."""
        self._state.log.clear()
        return Response(status_code=204)

    async def faults(self, _request: Request) -> Response:
        """GET: the fault plan in force, and how often each fault has hit."""
        return JSONResponse(self._state.faults.as_json())

    async def set_faults(self, request: Request) -> Response:
        """PUT: another fault plan in force; responds as GET; 422 with every error in the plan."""
        try:
            plan = FaultPlan.from_json(await request.body(), tokens=self._state.faults.tokens)
        except FaultPlanError as error:
            raise errors.invalid([Entry(None, problem) for problem in error.problems]) from error
        self._state.faults.replace(plan)
        return await self.faults(request)

    async def clear_faults(self, _request: Request) -> Response:
        """DELETE: no faults any more; 204."""
        self._state.faults.replace(FaultPlan())
        return Response(status_code=204)

    async def openapi(self, _request: Request) -> Response:
        """GET: the OpenAPI document of this simulator."""
        return JSONResponse(self._document)
