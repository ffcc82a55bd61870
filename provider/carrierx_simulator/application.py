"""The whole simulator as one ASGI application: paths, handlers, middleware, error responses.

Source: CarrierX documentation, phone-numbers/external-did and its pages for each call.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from carrierx_simulator import errors, messaging
from carrierx_simulator.active_faults import PhoneNumbers
from carrierx_simulator.errors import ApiError, Entry
from carrierx_simulator.external_did import show_one, show_updated
from carrierx_simulator.fault_middleware import FaultMiddleware
from carrierx_simulator.fault_plan import FaultPlan, FaultPlanError
from carrierx_simulator.listing import (
    NOT_SIMULATED,
    FieldArguments,
    ListArguments,
    list_external_dids,
)
from carrierx_simulator.messaging import MessagingArguments
from carrierx_simulator.openapi import document
from carrierx_simulator.paths import COLLECTIONS, CONTROL
from carrierx_simulator.rate_limit import RateLimitMiddleware
from carrierx_simulator.request import (
    Arguments,
    CallReader,
    UpdateArguments,
    call_of,
    error_response,
    json_body,
)
from carrierx_simulator.request_log import LogMiddleware, OutcomeMiddleware
from carrierx_simulator.state import SimulatorState

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


def application(state: SimulatorState, origin: str) -> Starlette:
    """Put the simulator together. ``origin`` is where clients reach it."""
    settings = state.settings
    app = Starlette(
        routes=_routes(state, origin),
        # From the outside in. The faults come between the log and the rate limit: there they know
        # the call, can respond in their own way, or let the change happen and withhold the
        # response, and what they did is logged.
        middleware=[
            Middleware(CallReader, settings.tokens),
            Middleware(LogMiddleware, state.log),
            Middleware(FaultMiddleware, state.faults, PhoneNumbers(state.storage)),
            Middleware(RateLimitMiddleware, settings.latency_ms, state.faults.rate_limit),
            Middleware(OutcomeMiddleware),
        ],
        exception_handlers={
            ApiError: _api_error,
            HTTPException: _unknown_path,
            Exception: _internal_error,
        },
    )
    # A path with a slash at its end is another path, not a redirect.
    app.router.redirect_slashes = False
    return app


def _routes(state: SimulatorState, origin: str) -> list[Route]:
    api, control = Api(state, origin), Control(state, origin)
    table: dict[str, Mapping[str, Handler]] = {
        f"{CONTROL}/requests": {"GET": control.requests, "DELETE": control.clear_requests},
        f"{CONTROL}/faults": {
            "GET": control.faults,
            "PUT": control.set_faults,
            "DELETE": control.clear_faults,
        },
        f"{CONTROL}/openapi.json": {"GET": control.openapi},
    }
    for collection in COLLECTIONS:
        one = f"{collection}/{{external_did_sid}}"
        table[collection] = {"GET": api.list, "POST": api.register}
        table[one] = {"GET": api.get, "PATCH": api.patch, "PUT": api.put, "DELETE": api.delete}
        table[f"{one}/messaging"] = {"GET": api.get_messaging, "POST": api.change_messaging}
    return [Route(path, _Methods(handlers)) for path, handlers in table.items()]


class _Methods:
    """The handlers of one path. Any other method is a 405 that names them."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = self._handlers.get(scope["method"])
        if handler is None:
            names = ", ".join(self._handlers)
            raise errors.error(405, f"allowed are {names}", headers={"Allow": names})
        response = await handler(Request(scope, receive))
        await response(scope, receive, send)


async def _api_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):  # pragma: no cover - registered for ApiError only
        raise error
    return error_response(error)


async def _unknown_path(_request: Request, _error: Exception) -> Response:
    return error_response(errors.error(404, "there is no such path"))


async def _internal_error(_request: Request, _error: Exception) -> Response:
    return error_response(errors.error(500, "a bug in the simulator; see its output"))


class Api:
    """The handlers of CarrierX's API."""

    def __init__(self, state: SimulatorState, origin: str) -> None:
        self._state = state
        self._origin = origin

    def _allow(self, request: Request, action: str) -> None:
        """Let a call pass if its token has the scope of the action, or that of all actions."""
        scopes = ("phonenumber.manage", f"phonenumber.{action}")
        call = call_of(request.scope)
        if call.token is None:
            message = "Bad credentials" if call.token_given else "Unauthorized"
            detail = "the token is not valid" if call.token_given else "a bearer token is required"
            raise errors.error(401, detail, message, {"WWW-Authenticate": "Bearer"})
        if self._state.settings.tokens[call.token].scopes.isdisjoint(scopes):
            raise errors.error(403, f"the token needs one of the scopes {', '.join(scopes)}")

    async def register(self, request: Request) -> Response:
        """POST: 200 with the new object, 409 when the number is registered, 422."""
        self._allow(request, "create")
        Arguments.of(request)
        return JSONResponse(show_one(self._state.registrations.register(json_body(request))))

    async def list(self, request: Request) -> Response:
        """GET: 200 with a page."""
        self._allow(request, "read")
        for name in NOT_SIMULATED:
            if name in request.query_params:
                raise errors.error(501, f"the query argument {name} is not simulated")
        arguments = ListArguments.of(request)
        return JSONResponse(list_external_dids(self._state, arguments, self._origin))

    async def get(self, request: Request) -> Response:
        """GET one: 200 with the object, 404."""
        self._allow(request, "read")
        names = FieldArguments.of(request).selected()
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
        replace = bool(UpdateArguments.of(request).nested_objects)
        body = json_body(request)
        changed = self._state.registrations.patch(_sid(request), body, replace_attributes=replace)
        return JSONResponse(show_updated(changed))

    async def put(self, request: Request) -> Response:
        """PUT: every updatable field becomes what the body says, ``attributes`` exactly."""
        self._allow(request, "update")
        UpdateArguments.of(request)
        changed = self._state.registrations.put(_sid(request), json_body(request))
        return JSONResponse(show_updated(changed))

    async def delete(self, request: Request) -> Response:
        """DELETE: 204 and nothing else, 404."""
        self._allow(request, "delete")
        Arguments.of(request)
        self._state.registrations.delete(_sid(request))
        return Response(status_code=204)

    async def get_messaging(self, request: Request) -> Response:
        """GET messaging: 200, or 404 for a number without any messaging information."""
        self._allow(request, "read")
        Arguments.of(request)
        sid = _sid(request)
        stored = self._state.storage.messaging(sid)
        if stored is None:
            raise errors.no_item()
        return JSONResponse(messaging.show(sid, stored, time.time()))

    async def change_messaging(self, request: Request) -> Response:
        """POST messaging: 200 with ``in_progress`` at once, 404, 409, 422."""
        self._allow(request, "create")
        force = MessagingArguments.of(request).force == "true"
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


class Control:
    """The handlers of ``/_simulator``: no token, no log, no rate limit."""

    def __init__(self, state: SimulatorState, origin: str) -> None:
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
