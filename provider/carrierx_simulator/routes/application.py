"""The whole simulator as one ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Route

from carrierx_simulator import errors
from carrierx_simulator.call import CallReader
from carrierx_simulator.errors import ApiError
from carrierx_simulator.faults.faulted_calls import FaultedCalls
from carrierx_simulator.faults.matching import PhoneNumbers
from carrierx_simulator.pace import Pace
from carrierx_simulator.paths import COLLECTIONS, CONTROL
from carrierx_simulator.request_log import LoggedCalls, LoggedOutcomes
from carrierx_simulator.routes.answers import error_answer
from carrierx_simulator.routes.context import Context
from carrierx_simulator.routes.control import Control
from carrierx_simulator.routes.external_dids import ExternalDids
from carrierx_simulator.routes.messaging import Messaging

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from carrierx_simulator.state import SimulatorState

    Handler = Callable[[Request], Awaitable[Response]]


def application(state: SimulatorState, origin: str) -> Starlette:
    """Put the simulator together. ``origin`` is where clients reach it."""
    context = Context(state, origin)
    app = Starlette(
        routes=_routes(ExternalDids(context), Messaging(context), Control(context)),
        # From the outside in. The faults come between the log and the pace: there they know the
        # call, can answer in their own way, or let the change happen and withhold the answer, and
        # what they did is logged.
        middleware=[
            Middleware(CallReader, state.settings.tokens),
            Middleware(LoggedCalls, state.log),
            Middleware(FaultedCalls, state.faults, PhoneNumbers(state.storage)),
            Middleware(Pace, state.settings.latency_ms, state.faults.rate_limit),
            Middleware(LoggedOutcomes),
        ],
        exception_handlers={
            ApiError: _answer_api_error,
            HTTPException: _answer_unknown_path,
            Exception: _answer_own_mistake,
        },
    )
    # A path with a slash at its end is another path, not a redirect.
    app.router.redirect_slashes = False
    return app


def _routes(dids: ExternalDids, messaging: Messaging, control: Control) -> list[Route]:
    table: dict[str, Mapping[str, Handler]] = {
        f"{CONTROL}/requests": {"GET": control.requests, "DELETE": control.forget_requests},
        f"{CONTROL}/faults": {
            "GET": control.faults,
            "PUT": control.set_faults,
            "DELETE": control.clear_faults,
        },
        f"{CONTROL}/openapi.json": {"GET": control.openapi},
    }
    for collection in COLLECTIONS:
        one = f"{collection}/{{external_did_sid}}"
        table[collection] = {"GET": dids.list, "POST": dids.register}
        table[one] = {
            "GET": dids.get,
            "PATCH": dids.patch,
            "PUT": dids.put,
            "DELETE": dids.delete,
        }
        table[f"{one}/messaging"] = {"GET": messaging.get, "POST": messaging.post}
    return [Route(path, _Methods(handlers)) for path, handlers in table.items()]


class _Methods:
    """The handlers of one path. Any other method is a 405 that says which ones there are."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = self._handlers.get(scope["method"])
        if handler is None:
            raise errors.wrong_method(self._handlers)
        response = await handler(Request(scope, receive))
        await response(scope, receive, send)


async def _answer_api_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):  # pragma: no cover - registered for ApiError only
        raise error
    return error_answer(error)


async def _answer_unknown_path(_request: Request, _error: Exception) -> Response:
    return error_answer(errors.no_route())


async def _answer_own_mistake(_request: Request, _error: Exception) -> Response:
    return error_answer(errors.internal())
