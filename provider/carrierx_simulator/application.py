"""The whole simulator as one ASGI application: paths, middleware, error responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Route

from carrierx_simulator import errors
from carrierx_simulator.active_faults import PhoneNumbers
from carrierx_simulator.errors import ApiError
from carrierx_simulator.fault_middleware import FaultMiddleware
from carrierx_simulator.paths import COLLECTIONS, CONTROL
from carrierx_simulator.rate_limit import RateLimitMiddleware
from carrierx_simulator.request import CallReader, error_response
from carrierx_simulator.request_log import LogMiddleware, OutcomeMiddleware
from carrierx_simulator.routes import Api, Control

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from carrierx_simulator.state import SimulatorState

    Handler = Callable[[Request], Awaitable[Response]]


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
        table[one] = {
            "GET": api.get,
            "PATCH": api.patch,
            "PUT": api.put,
            "DELETE": api.delete,
        }
        table[f"{one}/messaging"] = {"GET": api.get_messaging, "POST": api.change_messaging}
    return [Route(path, _Methods(handlers)) for path, handlers in table.items()]


class _Methods:
    """The handlers of one path. Any other method is a 405 that names them."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = self._handlers.get(scope["method"])
        if handler is None:
            raise errors.wrong_method(self._handlers)
        response = await handler(Request(scope, receive))
        await response(scope, receive, send)


async def _api_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):  # pragma: no cover - registered for ApiError only
        raise error
    return error_response(error)


async def _unknown_path(_request: Request, _error: Exception) -> Response:
    return error_response(errors.no_route())


async def _internal_error(_request: Request, _error: Exception) -> Response:
    return error_response(errors.internal())
