"""The whole simulator as one ASGI application: paths, middleware, error responses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

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
from carrierx_simulator.operations import OPERATIONS, Api
from carrierx_simulator.paths import COLLECTIONS, CONTROL
from carrierx_simulator.request import body_of, error_response
from carrierx_simulator.state import SimulatorState

Handler: TypeAlias = Callable[[Request], object]
"""Returns the JSON of the response; None is a 204."""


def application(state: SimulatorState, origin: str) -> Starlette:
    """Put the simulator together. ``origin`` is where clients reach it."""
    handlers = _control_handlers(state, origin)
    api = Api(state, origin)
    for collection in COLLECTIONS:
        for suffix, operations in OPERATIONS.items():
            handlers[collection + suffix] = {
                method: partial(api.respond, operation) for method, operation in operations.items()
            }
    app = Starlette(
        routes=[Route(path, _Methods(methods)) for path, methods in handlers.items()],
        middleware=[Middleware(CallMiddleware, state)],
        exception_handlers=dict.fromkeys((ApiError, HTTPException, Exception), _error),
    )
    # A path with a slash at its end is another path, not a redirect.
    app.router.redirect_slashes = False
    return app


def _control_handlers(state: SimulatorState, origin: str) -> dict[str, dict[str, Handler]]:
    """The simulator's own paths: no token, no log, no rate limit."""
    log, faults, openapi = state.log, state.faults, document(origin)
    tokens = len(state.settings.tokens)

    def set_faults(request: Request) -> object:
        try:
            faults.replace(FaultPlan.from_json(body_of(request), tokens=tokens))
        except FaultPlanError as error:
            raise errors.invalid([Entry(None, problem) for problem in error.problems]) from error
        return faults.as_json()

    return {
        f"{CONTROL}/requests": {"GET": lambda _: log.entries(), "DELETE": lambda _: log.clear()},
        f"{CONTROL}/faults": {
            "GET": lambda _: faults.as_json(),
            "PUT": set_faults,
            "DELETE": lambda _: faults.replace(FaultPlan()),
        },
        f"{CONTROL}/openapi.json": {"GET": lambda _: openapi},
    }


class _Methods:
    """The handlers of one path. Any other method is a 405 that names them."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = self._handlers.get(scope["method"])
        if handler is None:
            names = ", ".join(self._handlers)
            raise errors.error(405, f"allowed are {names}", headers={"Allow": names})
        shown = handler(Request(scope, receive))
        response = Response(status_code=204) if shown is None else JSONResponse(shown)
        await response(scope, receive, send)


async def _error(_request: Request, error: Exception) -> Response:
    if isinstance(error, ApiError):
        return error_response(error)
    if isinstance(error, HTTPException):
        return error_response(errors.error(404, "there is no such path"))
    return error_response(errors.error(500, "a bug in the simulator; see its output"))
