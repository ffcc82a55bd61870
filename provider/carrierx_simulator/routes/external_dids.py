"""Register, list, get, update and delete External DIDs.

Source: CarrierX documentation, phone-numbers/external-did and its pages for each call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from carrierx_simulator import errors, external_did, validation
from carrierx_simulator.body import json_object
from carrierx_simulator.listing import FIELD_ARGUMENTS, chosen_fields, listed
from carrierx_simulator.merge import merged
from carrierx_simulator.query import Query
from carrierx_simulator.storage import AlreadyRegisteredError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from carrierx_simulator.json_value import JsonObject
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
        stated = validation.registration(body, self._context.settings.allowed_prefixes)
        try:
            made = self._context.storage.register(
                str(stated["phonenumber"]),
                lambda sequence: external_did.new_external_did(sequence, stated),
            )
        except AlreadyRegisteredError as error:
            raise errors.already_registered() from error
        return JSONResponse(external_did.alone(made))

    async def list(self, request: Request) -> Response:
        """GET: 200 with a page."""
        self._context.allow(request, "phonenumber.manage", "phonenumber.read")
        page = listed(
            self._context.storage,
            self._context.plan.visibility,
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
        sid = request.path_params["external_did_sid"]
        stored = self._context.storage.get(sid)
        visibility = self._context.plan.visibility
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
        body = json_object(request)

        def change(stored: JsonObject) -> JsonObject:
            validation.patch(body, stored)
            changed = {**stored, **_updatable(body)}
            old, new = stored["attributes"], body.get("attributes")
            if isinstance(old, dict) and isinstance(new, dict) and not replaces:
                changed["attributes"] = merged(old, new, self._context.settings.merge)
            return changed

        return self._updated(request, change)

    async def put(self, request: Request) -> Response:
        """PUT: every updatable field becomes what the body says, ``attributes`` exactly."""
        self._context.allow(request, "phonenumber.manage", "phonenumber.update")
        _replaces_nested_objects(request)
        body = json_object(request)

        def change(stored: JsonObject) -> JsonObject:
            validation.put(body)
            return {**stored, **_updatable(body)}

        return self._updated(request, change)

    async def delete(self, request: Request) -> Response:
        """DELETE: 204 and nothing else, 404."""
        self._context.allow(request, "phonenumber.manage", "phonenumber.delete")
        Query(request.query_params, ()).check()
        if not self._context.storage.delete(request.path_params["external_did_sid"]):
            raise errors.no_item()
        return Response(status_code=204)

    def _updated(self, request: Request, change: Callable[[JsonObject], JsonObject]) -> Response:
        changed = self._context.storage.update(request.path_params["external_did_sid"], change)
        if changed is None:
            raise errors.no_item()
        return JSONResponse(external_did.after_update(changed))


def _replaces_nested_objects(request: Request) -> bool:
    query = Query(request.query_params, ("nested_objects",))
    value = query.one_of("nested_objects", ("replace",))
    query.check()
    return value is not None


def _updatable(body: JsonObject) -> JsonObject:
    return {name: body[name] for name in external_did.UPDATABLE if name in body}
