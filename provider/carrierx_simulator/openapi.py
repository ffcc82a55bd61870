"""The OpenAPI 3.1 document of the simulator, served at ``/_simulator/openapi.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carrierx_simulator.external_did import FIELDS
from carrierx_simulator.openapi_schemas import (
    FORCE,
    NESTED_OBJECTS,
    SCHEMAS,
    SID,
    answer,
    body,
    field_arguments,
    list_arguments,
)
from carrierx_simulator.paths import COLLECTIONS, CONTROL

if TYPE_CHECKING:
    from typing import TypeAlias

    Part: TypeAlias = dict[str, Any]

_ERRORS = {
    400: "An argument is wrong, or the body is not a JSON object.",
    401: "No bearer token, or an unknown one.",
    403: "The token has none of the scopes of which this call needs one.",
    404: "There is no such SID, or it has no messaging.",
    405: "The path has no such method.",
    409: "At odds with what is there, such as a number that is registered already.",
    413: "The body is larger than 1 MiB.",
    415: "The Content-Type is not application/json.",
    422: "The body has wrong fields; each has its entry.",
    429: "The rate limit is reached.",
    501: "A documented argument that is not simulated: with_related, after, before.",
}
_ALWAYS = (400, 401, 403, 429)
_WITH_BODY = (413, 415, 422)


def document(origin: str) -> dict[str, Any]:
    """Make the document for a simulator at ``origin``, such as ``http://127.0.0.1:43210``."""
    # OpenAPI cannot say that two paths are the same resource, and whoever reads them as two would
    # miss that a DELETE on one is a 404 on the other. So the other spelling is told in words.
    collection, alias = COLLECTIONS
    one = f"{collection}/{{external_did_sid}}"
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "CarrierX External DIDs, simulated",
            "version": "2",
            "description": "A local stand-in. Not CarrierX's own document: see docs/simulator.md. "
            f"Every path below {collection} is answered below {alias} as well.",
        },
        "servers": [{"url": origin}],
        "paths": {
            collection: _collection(),
            one: {"parameters": [SID], **_one()},
            f"{one}/messaging": {"parameters": [SID], **_messaging()},
            f"{CONTROL}/requests": _requests(),
        },
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(
    name: str, summary: str, success: tuple[int, Part], *errors: int, **more: object
) -> Part:
    status, description = success
    responses = {str(status): description}
    for code in sorted({*_ALWAYS, 405, *errors}):
        responses[str(code)] = answer("Error", _ERRORS[code])
    responses["429"] = {
        **responses["429"],
        "headers": {"Retry-After": {"required": True, "schema": {"type": "integer"}}},
    }
    return {
        "operationId": name,
        "summary": summary,
        "security": [{"token": []}],
        "responses": responses,
        **more,
    }


def _collection() -> Part:
    registered = {**answer("ExternalDid", "The new External DID."), "links": _links()}
    return {
        "get": _operation(
            "list_external_dids",
            "List",
            (200, answer("Page", "A page.")),
            501,
            parameters=list_arguments(),
        ),
        "post": _operation(
            "register_external_did",
            "Register",
            (200, registered),
            409,
            *_WITH_BODY,
            requestBody=body("Registration"),
        ),
    }


def _links() -> Part:
    parameters = {"external_did_sid": "$response.body#/external_did_sid"}
    return {
        name: {"operationId": name, "parameters": parameters}
        for name in (
            "get_external_did",
            "patch_external_did",
            "put_external_did",
            "delete_external_did",
            "get_messaging",
            "change_messaging",
        )
    }


def _one() -> Part:
    updated = (200, answer("ExternalDid", "The External DID after the update."))
    return {
        "get": _operation(
            "get_external_did",
            "Get",
            (200, answer("ChosenFields", "The External DID.")),
            404,
            parameters=field_arguments(FIELDS),
        ),
        "patch": _operation(
            "patch_external_did",
            "Update some fields",
            updated,
            404,
            *_WITH_BODY,
            parameters=[NESTED_OBJECTS],
            requestBody=body("Patch"),
        ),
        "put": _operation(
            "put_external_did",
            "Update the whole object",
            updated,
            404,
            *_WITH_BODY,
            parameters=[NESTED_OBJECTS],
            requestBody=body("Put"),
        ),
        "delete": _operation(
            "delete_external_did", "Delete", (204, {"description": "Deleted."}), 404
        ),
    }


def _messaging() -> Part:
    return {
        "get": _operation(
            "get_messaging",
            "Get the state of messaging",
            (200, answer("Messaging", "The state of messaging.")),
            404,
        ),
        "post": _operation(
            "change_messaging",
            "Switch messaging on or off",
            (200, answer("Messaging", "The state of messaging, still in progress.")),
            404,
            409,
            *_WITH_BODY,
            parameters=[FORCE],
            requestBody=body("MessagingChange"),
        ),
    }


def _requests() -> Part:
    """The log of calls: the simulator's own, without a token."""
    listed = {"type": "array", "items": {"$ref": "#/components/schemas/LoggedCall"}}
    log = {
        "description": "Calls in the order of their arrival.",
        "content": {"application/json": {"schema": listed}},
    }
    wrong_method = {"405": answer("Error", _ERRORS[405])}
    return {
        "get": {
            "operationId": "get_requests",
            "summary": "The log of calls",
            "security": [],
            "responses": {"200": log, **wrong_method},
        },
        "delete": {
            "operationId": "clear_requests",
            "summary": "Clear the log of calls",
            "security": [],
            "responses": {"204": {"description": "Cleared."}, **wrong_method},
        },
    }
