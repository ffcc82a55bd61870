"""The simulator's own paths, below ``/_simulator``: no token, no log, no pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from carrierx_simulator import errors
from carrierx_simulator.errors import Entry
from carrierx_simulator.faults.mistakes import FaultPlanError
from carrierx_simulator.faults.plan import FaultPlan
from carrierx_simulator.openapi import document

if TYPE_CHECKING:
    from starlette.requests import Request

    from carrierx_simulator.routes.context import Context


class Control:
    """The handlers of ``/_simulator``."""

    def __init__(self, context: Context) -> None:
        """Show the log, the fault plan and the OpenAPI document of this simulator."""
        self._log = context.state.log
        self._plan = context.state.faults
        self._document = document(context.origin)

    async def requests(self, _request: Request) -> Response:
        """GET: every logged call, in the order of arrival."""
        return JSONResponse(self._log.entries())

    async def forget_requests(self, _request: Request) -> Response:
        """DELETE: empty the log; 204."""
        self._log.clear()
        return Response(status_code=204)

    async def faults(self, _request: Request) -> Response:
        """GET: the fault plan in force, and how often each fault has hit."""
        return JSONResponse(self._plan.as_json())

    async def set_faults(self, request: Request) -> Response:
        """PUT: another fault plan in force, as after a GET; 422 with every mistake in it."""
        try:
            plan = FaultPlan.from_json(await request.body(), tokens=self._plan.tokens)
        except FaultPlanError as error:
            raise errors.invalid([Entry(None, problem) for problem in error.problems]) from error
        self._plan.replace(plan)
        return JSONResponse(self._plan.as_json())

    async def clear_faults(self, _request: Request) -> Response:
        """DELETE: no faults any more; 204."""
        self._plan.replace(FaultPlan())
        return Response(status_code=204)

    async def openapi(self, _request: Request) -> Response:
        """GET: the OpenAPI document of this simulator."""
        return JSONResponse(self._document)
