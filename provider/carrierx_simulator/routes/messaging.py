"""Messaging of one External DID."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from carrierx_simulator import errors, messaging
from carrierx_simulator.body import json_object
from carrierx_simulator.query import Query

if TYPE_CHECKING:
    from starlette.requests import Request

    from carrierx_simulator.routes.context import Context


class Messaging:
    """The handlers of ``/phonenumber/external_dids/{external_did_sid}/messaging``."""

    def __init__(self, context: Context) -> None:
        """Work on this simulator's storage."""
        self._context = context

    async def get(self, request: Request) -> Response:
        """GET: 200, or 404 for a number without any messaging information."""
        self._context.allow(request, "phonenumber.manage", "phonenumber.read")
        Query(request.query_params, ()).check()
        sid = request.path_params["external_did_sid"]
        stored = self._context.state.storage.messaging(sid)
        if stored is None:
            raise errors.no_item()
        return JSONResponse(messaging.shown(sid, stored, time.time()))

    async def post(self, request: Request) -> Response:
        """POST: 200 with ``in_progress`` at once, 404, 422."""
        self._context.allow(request, "phonenumber.create", "phonenumber.manage")
        query = Query(request.query_params, ("force",))
        force = query.one_of("force", ("true", "false")) == "true"
        query.check()
        body = json_object(request)
        sid = request.path_params["external_did_sid"]
        if self._context.state.storage.get(sid) is None:
            raise errors.no_item()
        before = self._context.state.storage.messaging(sid)
        now = time.time()
        settles_at = now + self._context.state.settings.messaging_delay_ms / 1000
        stored = messaging.changed(body, before, force=force, settles_at=settles_at)
        self._context.state.storage.set_messaging(sid, stored)
        # The answer itself is always in_progress, however short the delay.
        return JSONResponse({**messaging.shown(sid, stored, now), "status": "in_progress"})
