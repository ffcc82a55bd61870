"""The OpenAPI 3.1 document of the simulator, served at ``/_simulator/openapi.json``.

The schemas of the objects are generated from the models that check them.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from carrierx_simulator.external_did import (
    FIELDS,
    LIST_FIELDS,
    ExternalDid,
    Registration,
    Updatable,
)
from carrierx_simulator.listing import LARGEST_LIMIT, FieldArguments
from carrierx_simulator.messaging import Messaging, MessagingChange
from carrierx_simulator.operations import OPERATIONS, Operation
from carrierx_simulator.paths import COLLECTIONS
from carrierx_simulator.request import Arguments

Part: TypeAlias = dict[str, Any]

_ERRORS = {
    400: "An argument is wrong, or the body is not a JSON object.",
    401: "No bearer token, or an invalid one.",
    403: "The token has none of the scopes of which this call needs one.",
    404: "There is no such SID in the token's account, or it has no messaging.",
    405: "The path has no such method.",
    409: "The body contradicts what is stored, such as a number that is registered already.",
    413: "The body is larger than 1 MiB.",
    415: "The Content-Type is not application/json.",
    422: "The body has wrong fields; each has its entry.",
    429: "The rate limit is reached.",
    501: "A documented argument that is not simulated: with_related, after, before.",
}

_SID: Part = {
    "name": "external_did_sid",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}
_TEXT: Part = {"type": "string"}
_TEXT_OR_NULL: Part = {"type": ["string", "null"]}


def document(origin: str) -> Part:
    """Make the document for a simulator at ``origin``, such as ``http://127.0.0.1:43210``."""
    # OpenAPI cannot say that two paths are the same resource: a reader would expect a resource to
    # exist on one after a DELETE on the other. So the other spelling is in the description only.
    collection, alias = COLLECTIONS
    paths: Part = {
        collection + suffix: {
            "parameters": [_SID] if suffix else [],
            **{method.lower(): _operation(one) for method, one in operations.items()},
        }
        for suffix, operations in OPERATIONS.items()
    }
    sid = {"external_did_sid": "$response.body#/external_did_sid"}
    paths[collection]["post"]["responses"]["200"]["links"] = {
        one.carry_out.__name__: {"operationId": one.carry_out.__name__, "parameters": sid}
        for suffix, operations in OPERATIONS.items()
        for one in operations.values()
        if suffix
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "CarrierX External DIDs, simulated",
            "version": "2",
            "description": "Not CarrierX's own document: see docs/simulator.md. "
            f"Every path below {collection} is served below {alias} as well.",
        },
        "servers": [{"url": origin}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _content(name: str, description: str) -> Part:
    """A JSON body of the schema with this name."""
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _operation(operation: Operation[Any]) -> Part:
    codes = {400, 401, 403, 405, 429, *operation.errors}
    described: Part = {
        "operationId": operation.carry_out.__name__,
        "summary": operation.carry_out.__doc__,
        "security": [{"token": []}],
        "parameters": _arguments(operation.arguments),
    }
    if operation.body:
        codes |= {413, 415, 422}
        described["requestBody"] = {"required": True, **_content(operation.body, "JSON.")}
    responses: Part = {str(code): _content("Error", _ERRORS[code]) for code in sorted(codes)}
    responses["429"]["headers"] = {"Retry-After": {"required": True, "schema": {"type": "integer"}}}
    if operation.shows:
        responses["200"] = _content(operation.shows, "The call was carried out.")
    else:
        responses["204"] = {"description": "The call was carried out."}
    return {**described, "responses": responses}


def _schemas() -> Part:
    shown = ExternalDid.model_json_schema(mode="serialization")
    updatable = Updatable.model_json_schema()
    entry = _object(field=_TEXT_OR_NULL, message=_TEXT, reference_sid=_TEXT_OR_NULL)
    return {
        "ExternalDid": shown,
        "SelectedFields": {
            **shown,
            "properties": {**shown["properties"], "id": {"type": "integer"}},
            "required": [],
            "description": "An External DID, or the fields of it that were asked for.",
        },
        "Page": _object(
            count={"type": "integer", "minimum": 0, "maximum": LARGEST_LIMIT},
            has_more={"type": "boolean"},
            items={"type": "array", "items": {"$ref": "#/components/schemas/SelectedFields"}},
            limit={"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT},
            offset={"type": "integer", "minimum": 0},
            pagination=_object(next=_TEXT_OR_NULL),
            total={"type": "integer", "minimum": 0},
        ),
        "Registration": Registration.model_json_schema(),
        "Patch": {
            **updatable,
            "description": "Other fields pass too, if they equal what is stored.",
        },
        "Put": {
            **_object(**{name: {} for name in LIST_FIELDS} | updatable["properties"]),
            "required": list(FIELDS),
            "description": "The whole object. Fields that cannot be updated keep their value.",
        },
        "Messaging": Messaging.model_json_schema(mode="serialization"),
        "MessagingChange": {
            **MessagingChange.model_json_schema(),
            "anyOf": [
                {"properties": {"type": {"const": "a2p"}, "p2p_nnid": {"type": "null"}}},
                {"properties": {"type": {"const": "p2p"}, "campaign_sid": {"type": "null"}}},
            ],
        },
        "Error": _object(message=_TEXT, errors={"type": "array", "minItems": 1, "items": entry}),
    }


def _object(**properties: Part) -> Part:
    """An object that has all of these properties, and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _arguments(model: type[Arguments]) -> list[Part]:
    """The query arguments of a call; a list of field names is joined by commas."""
    arguments = []
    for name, found in model.model_json_schema()["properties"].items():
        schema = {key: part for key, part in found.items() if part not in ("", [])}
        del schema["title"]
        argument = {"name": name, "in": "query", "description": schema.pop("description")}
        if issubclass(model, FieldArguments) and schema["type"] == "array":
            schema |= {"minItems": 1, "items": {"enum": list(model.names)}}
            argument |= {"style": "form", "explode": False}
        arguments.append({**argument, "schema": schema})
    return arguments
