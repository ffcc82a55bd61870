"""The calls of CarrierX's API: what each needs, does and shows.

Source: CarrierX documentation, phone-numbers/external-did and its pages for each call.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from starlette.requests import Request

from carrierx_simulator import errors, messaging
from carrierx_simulator.external_did import show_one, show_updated
from carrierx_simulator.json_values import JsonObject
from carrierx_simulator.listing import FieldArguments, ListArguments, page
from carrierx_simulator.messaging import MessagingArguments
from carrierx_simulator.request import Arguments, UpdateArguments, call_of, json_body
from carrierx_simulator.state import Account, SimulatorState

A = TypeVar("A", bound=Arguments)


@dataclass(frozen=True, slots=True)
class Received(Generic[A]):
    """What a call carried: ``sid`` is empty for the collection, ``body`` where there is none."""

    account: Account
    sid: str
    arguments: A
    body: JsonObject


class Api:
    """What the calls do. A method returns the body of the response; None is a 204.

    Its name and its docstring are in the OpenAPI document.
    """

    def __init__(self, state: SimulatorState, origin: str) -> None:
        self._state = state
        self._origin = origin

    def respond(self, operation: Operation[Any], request: Request) -> JsonObject | None:
        """Carry a call out, if its token, its arguments and the form of its body allow it."""
        account = self._allow(request, operation.action)
        arguments = operation.arguments.of(request)
        body = json_body(request) if operation.body else {}
        sid = request.path_params.get("external_did_sid", "")
        return operation.carry_out(self, Received(account, sid, arguments, body))

    def _allow(self, request: Request, action: str) -> Account:
        """The token's account, if the token has the scope of the action, or that of all actions."""
        scopes = ("phonenumber.manage", f"phonenumber.{action}")
        call = call_of(request.scope)
        if call.token is None:
            message, detail = "Unauthorized", "a bearer token is required"
            if request.headers.get("authorization"):
                message, detail = "Bad credentials", "the token is not valid"
            raise errors.error(401, detail, message, {"WWW-Authenticate": "Bearer"})
        if self._state.settings.tokens[call.token].scopes.isdisjoint(scopes):
            raise errors.error(403, f"the token needs one of the scopes {', '.join(scopes)}")
        return self._state.account(call.token)

    def register_external_did(self, call: Received[Arguments]) -> JsonObject:
        """Register a number: the new object, or 409 when it is registered."""
        return show_one(call.account.register(call.body))

    def list_external_dids(self, call: Received[ListArguments]) -> JsonObject:
        """List External DIDs: a page of them."""
        hidden = self._state.faults.hidden
        return page(call.account.stored, hidden, call.arguments, self._origin)

    def get_external_did(self, call: Received[FieldArguments]) -> JsonObject:
        """Get an External DID, or some of its fields; 404 also while a fault plan hides it."""
        stored = call.account.stored.get(call.sid)
        if stored is None:
            raise errors.no_item()
        hidden = self._state.faults.hidden
        is_hidden = call.sid in hidden
        hidden -= {call.sid: 1}
        if is_hidden:
            raise errors.no_item()
        return {name: stored[name] for name in call.arguments.selected()}

    def patch_external_did(self, call: Received[UpdateArguments]) -> JsonObject:
        """Update what the body says; attributes merge unless they are replaced."""
        replace = bool(call.arguments.nested_objects)
        changed = call.account.patch(call.sid, call.body, replace_attributes=replace)
        return show_updated(changed)

    def put_external_did(self, call: Received[UpdateArguments]) -> JsonObject:
        """Update the object: every updatable field becomes what the body says."""
        return show_updated(call.account.put(call.sid, call.body))

    def delete_external_did(self, call: Received[Arguments]) -> None:
        """Delete an External DID and its messaging."""
        call.account.stored.delete(call.sid)

    def get_messaging(self, call: Received[Arguments]) -> JsonObject:
        """Get the state of messaging: 404 for a number without any."""
        stored = call.account.stored.messaging(call.sid)
        if stored is None:
            raise errors.no_item()
        return messaging.show(call.sid, stored, time.time())

    def change_messaging(self, call: Received[MessagingArguments]) -> JsonObject:
        """Enable or disable messaging: in progress at first, however short the delay."""
        numbers = call.account.stored
        if numbers.get(call.sid) is None:
            raise errors.no_item()
        now = time.time()
        stored = messaging.change(
            call.body,
            numbers.messaging(call.sid),
            force=call.arguments.force == "true",
            settles_at=now + self._state.settings.messaging_delay_ms / 1000,
        )
        numbers.set_messaging(call.sid, stored)
        return {**messaging.show(call.sid, stored, now), "status": "in_progress"}


@dataclass(frozen=True, slots=True)
class Operation(Generic[A]):
    """What a call needs, for its handler and for the OpenAPI document."""

    carry_out: Callable[[Api, Received[A]], JsonObject | None]
    action: str
    """The scope that is enough is ``phonenumber.`` and this."""
    arguments: type[A]
    shows: str | None
    """The schema of the response's body; None is a 204."""
    body: str | None = None
    """The schema of the request's body, if the call needs one."""
    errors: tuple[int, ...] = (404,)
    """Statuses that not every call may have."""


OPERATIONS: dict[str, dict[str, Operation[Any]]] = {
    "": {
        "GET": Operation(Api.list_external_dids, "read", ListArguments, "Page", errors=(501,)),
        "POST": Operation(
            Api.register_external_did, "create", Arguments, "ExternalDid", "Registration", (409,)
        ),
    },
    "/{external_did_sid}": {
        "GET": Operation(Api.get_external_did, "read", FieldArguments, "SelectedFields"),
        "PATCH": Operation(
            Api.patch_external_did, "update", UpdateArguments, "ExternalDid", "Patch"
        ),
        "PUT": Operation(Api.put_external_did, "update", UpdateArguments, "ExternalDid", "Put"),
        "DELETE": Operation(Api.delete_external_did, "delete", Arguments, None),
    },
    "/{external_did_sid}/messaging": {
        "GET": Operation(Api.get_messaging, "read", Arguments, "Messaging"),
        "POST": Operation(
            Api.change_messaging,
            "create",
            MessagingArguments,
            "Messaging",
            body="MessagingChange",
            errors=(404, 409),
        ),
    },
}
"""By what follows the collection in the path, and by method."""
