"""The simulator's own paths, below ``/_simulator``: no token, no log, no pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from carrierx_simulator.openapi import document

if TYPE_CHECKING:
    from starlette.requests import Request

    from carrierx_simulator.request_log import RequestLog


class Control:
    """The handlers of ``/_simulator``."""

    def __init__(self, log: RequestLog, origin: str) -> None:
        """Show this log, and the document for this origin."""
        self._log = log
        self._document = document(origin)

    async def requests(self, _request: Request) -> Response:
        """GET: every logged call, in the order of arrival."""
        return JSONResponse(self._log.entries())

    async def forget_requests(self, _request: Request) -> Response:
        """DELETE: empty the log; 204."""
        self._log.clear()
        return Response(status_code=204)

    async def openapi(self, _request: Request) -> Response:
        """GET: the OpenAPI document of this simulator."""
        return JSONResponse(self._document)
