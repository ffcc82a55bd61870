"""The whole simulator as one ASGI application: paths, middleware, error responses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from carrierx_simulator import errors
from carrierx_simulator.call_middleware import CallMiddleware
from carrierx_simulator.errors import ApiError, Entry
from carrierx_simulator.fault_plan import FaultPlan, FaultPlanError
from carrierx_simulator.openapi import document
from carrierx_simulator.operations import OPERATIONS, Api, Operation
from carrierx_simulator.paths import COLLECTIONS, CONTROL
from carrierx_simulator.request import error_response
from carrierx_simulator.state import SimulatorState

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


def application(state: SimulatorState, origin: str) -> Starlette:
    """Put the simulator together. ``origin`` is where clients reach it."""
    api = Api(state, origin)
    control = _control(state, origin)
    routes = [Route(CONTROL + path, _Methods(handlers)) for path, handlers in control.items()]
    for collection in COLLECTIONS:
        for path, operations in OPERATIONS.items():
            handlers = {name: _api_handler(api, one) for name, one in operations.items()}
            routes.append(Route(collection + path, _Methods(handlers)))
    app = Starlette(
        routes=routes,
        middleware=[Middleware(CallMiddleware, state)],
        exception_handlers={
            ApiError: _api_error,
            HTTPException: _unknown_path,
            Exception: _internal_error,
        },
    )
    # A path with a slash at its end is another path, not a redirect.
    app.router.redirect_slashes = False
    return app


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


def _api_handler(api: Api, operation: Operation[Any]) -> Handler:
    async def handle(request: Request) -> Response:
        return _response(api.respond(operation, request))

    return handle


def _control(state: SimulatorState, origin: str) -> dict[str, dict[str, Handler]]:
    """The simulator's own paths: no token, no log, no rate limit."""
    openapi = document(origin)

    def handler(respond: Callable[[bytes], object]) -> Handler:
        async def handle(request: Request) -> Response:
            return _response(respond(await request.body()))

        return handle

    def set_faults(body: bytes) -> object:
        try:
            plan = FaultPlan.from_json(body, tokens=state.faults.tokens)
        except FaultPlanError as error:
            raise errors.invalid([Entry(None, problem) for problem in error.problems]) from error
        state.faults.replace(plan)
        return state.faults.as_json()

    return {
        "/requests": {
            "GET": handler(lambda _: state.log.entries()),
            "DELETE": handler(lambda _: state.log.clear()),
        },
        "/faults": {
            "GET": handler(lambda _: state.faults.as_json()),
            "PUT": handler(set_faults),
            "DELETE": handler(lambda _: state.faults.replace(FaultPlan())),
        },
        "/openapi.json": {"GET": handler(lambda _: openapi)},
    }


def _response(shown: object) -> Response:
    return Response(status_code=204) if shown is None else JSONResponse(shown)


async def _api_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):  # pragma: no cover - registered for ApiError only
        raise error
    return error_response(error)


async def _unknown_path(_request: Request, _error: Exception) -> Response:
    return error_response(errors.error(404, "there is no such path"))


async def _internal_error(_request: Request, _error: Exception) -> Response:
    return error_response(errors.error(500, "a bug in the simulator; see its output"))
