"""Register, list, get, update and delete External DIDs.

Source: CarrierX documentation, phone-numbers/external-did and its pages for each call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from carrierx_simulator import errors, external_did
from carrierx_simulator.body import json_object
from carrierx_simulator.listing import FIELD_ARGUMENTS, chosen_fields, listed
from carrierx_simulator.query import Query

if TYPE_CHECKING:
    from starlette.requests import Request

    from carrierx_simulator.routes.context import Context


class ExternalDids:
    """The handlers of ``/phonenumber/external_dids`` and of one External DID."""

    def __init__(self, context: Context) -> None:
        """Work on this simulator's storage."""
        self._context = context

    async def register(self, request: Request) -> Response:
        """POST: 200 with the new object, 409 when the number is registered, 422."""
        self._context.allow(request, "phonenumber.manage", "phonenumber.create")
        Query(request.query_params, ()).check()
        body = json_object(request)
        made = self._context.state.registrations.register(body)
        return JSONResponse(external_did.alone(made))

    async def list(self, request: Request) -> Response:
        """GET: 200 with a page."""
        self._context.allow(request, "phonenumber.manage", "phonenumber.read")
        page = listed(
            self._context.state.storage,
            self._context.state.faults.visibility,
            request.query_params,
            self._context.origin,
        )
        return JSONResponse(page)

    async def get(self, request: Request) -> Response:
        """GET one: 200 with the object, 404."""
        self._context.allow(request, "phonenumber.manage", "phonenumber.read")
        query = Query(request.query_params, FIELD_ARGUMENTS)
        names = chosen_fields(query, external_did.FIELDS)
        query.check()
        sid = _sid(request)
        stored = self._context.state.storage.get(sid)
        visibility = self._context.state.faults.visibility
        hidden = sid in visibility.hidden()
        visibility.count_read([sid])
        if stored is None or hidden:
            raise errors.no_item()
        shown = external_did.alone(stored)
        return JSONResponse({name: shown[name] for name in names})

    async def patch(self, request: Request) -> Response:
        """PATCH: only what the body says changes; ``attributes`` merges unless replaced."""
        self._context.allow(request, "phonenumber.manage", "phonenumber.update")
        replaces = _replaces_nested_objects(request)
        changed = self._context.state.registrations.patch(
            _sid(request), json_object(request), replace_attributes=replaces
        )
        return JSONResponse(external_did.after_update(changed))

    async def put(self, request: Request) -> Response:
        """PUT: every updatable field becomes what the body says, ``attributes`` exactly."""
        self._context.allow(request, "phonenumber.manage", "phonenumber.update")
        _replaces_nested_objects(request)
        changed = self._context.state.registrations.put(_sid(request), json_object(request))
        return JSONResponse(external_did.after_update(changed))

    async def delete(self, request: Request) -> Response:
        """DELETE: 204 and nothing else, 404."""
        self._context.allow(request, "phonenumber.manage", "phonenumber.delete")
        Query(request.query_params, ()).check()
        self._context.state.registrations.delete(_sid(request))
        return Response(status_code=204)


def _replaces_nested_objects(request: Request) -> bool:
    query = Query(request.query_params, ("nested_objects",))
    value = query.one_of("nested_objects", ("replace",))
    query.check()
    return value is not None


def _sid(request: Request) -> str:
    sid: str = request.path_params["external_did_sid"]
    return sid
