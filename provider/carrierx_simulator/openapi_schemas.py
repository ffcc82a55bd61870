"""The bodies and arguments of the simulator's OpenAPI document, as JSON Schema.

They say exactly what the validation accepts; the schemathesis test holds the two together.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from carrierx_simulator.external_did import FIELDS, UPDATABLE
from carrierx_simulator.filter_expression import OPERATORS, VALUE_PATTERN
from carrierx_simulator.listing import DEFAULT_LIMIT, LARGEST_LIMIT
from carrierx_simulator.messaging import TYPES
from carrierx_simulator.validation import CAPABILITIES, PHONENUMBER_PATTERN, URL_PATTERN

if TYPE_CHECKING:
    from typing import TypeAlias

    Schema: TypeAlias = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_UUID: Schema = {"type": "string", "format": "uuid"}
_MASK: Schema = {"type": "integer", "enum": list(CAPABILITIES)}

_WRITABLE: Schema = {
    "phonenumber": {
        "type": "string",
        "pattern": PHONENUMBER_PATTERN,
        "description": "E.164, with or without +. One number can be registered once.",
    },
    "capabilities": {
        **_MASK,
        "description": "Sum of 1 receive SMS, 2 send SMS, 8 receive MMS, 16 send MMS.",
    },
    "underlying_carrier_sid": _TEXT_OR_NULL,
    "attributes": {"type": "object"},
    "callback_url": {"type": ["string", "null"], "pattern": URL_PATTERN},
    "name": _TEXT,
    "string_key_1": _TEXT_OR_NULL,
    "string_key_2": _TEXT_OR_NULL,
}
_UPDATABLE: Schema = {name: _WRITABLE[name] for name in UPDATABLE}

_SHOWN: Schema = {
    **dict.fromkeys(FIELDS, _TEXT_OR_NULL),
    "active_capabilities": _MASK,
    "attributes": {"type": "object"},
    "capabilities": _MASK,
    "external_did_sid": _UUID,
    "name": _TEXT,
    "partner_sid": _UUID,
    "phonenumber": {"type": "string", "pattern": PHONENUMBER_PATTERN},
    "status": {"const": "assigned"},
}

_ERROR: Schema = {
    "type": "object",
    "required": ["message", "errors"],
    "additionalProperties": False,
    "properties": {
        "message": _TEXT,
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["field", "message", "reference_sid"],
                "additionalProperties": False,
                "properties": {
                    "field": _TEXT_OR_NULL,
                    "message": _TEXT,
                    "reference_sid": _TEXT_OR_NULL,
                },
            },
        },
    },
}

_MESSAGING: Schema = {
    "campaign_external_id": _TEXT_OR_NULL,
    "campaign_sid": _TEXT_OR_NULL,
    "did_sid": _UUID,
    "enabled": {"type": "boolean"},
    "p2p_nnid": _TEXT_OR_NULL,
    "status": {"enum": ["in_progress", "enabled", "disabled", "failed"]},
    "type": {"enum": list(TYPES)},
}
_MESSAGING_CHANGE: Schema = {
    name: _MESSAGING[name] for name in ("campaign_sid", "enabled", "p2p_nnid", "type")
}

_LOGGED_CALL: Schema = {
    "method": _TEXT,
    "path": _TEXT,
    "query": {"type": "object", "additionalProperties": _TEXT},
    "body": {"description": "JSON; a string when it was not JSON; null without a body."},
    "status": {"type": ["integer", "null"], "description": "null while unanswered"},
    "token": {"type": ["integer", "null"], "description": "index of the token, or null"},
    "fault": {"type": ["string", "null"], "description": "the kind of fault that hit the call"},
    "fault_index": {"type": ["integer", "null"], "description": "its position in the fault plan"},
    "outcome": {
        "type": ["integer", "null"],
        "description": "the status that the call came to; null where it was not carried out",
    },
}


def _object(properties: Schema, *, required: bool = True) -> Schema:
    schema: Schema = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    return {**schema, "required": list(properties)} if required else schema


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


SCHEMAS: Schema = {
    "ExternalDid": _object(_SHOWN),
    "ChosenFields": {
        **_object({**_SHOWN, "id": {"type": "integer"}}, required=False),
        "description": "An External DID, or the fields of it that were asked for.",
    },
    "Page": _object(
        {
            "count": {"type": "integer", "minimum": 0, "maximum": LARGEST_LIMIT},
            "has_more": {"type": "boolean"},
            "items": {"type": "array", "items": _ref("ChosenFields")},
            "limit": {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT},
            "offset": {"type": "integer", "minimum": 0},
            "pagination": _object({"next": _TEXT_OR_NULL}),
            "total": {"type": "integer", "minimum": 0},
        }
    ),
    "Registration": {
        **_object(_WRITABLE, required=False),
        "required": ["phonenumber", "capabilities"],
    },
    "Patch": {
        **_object(_UPDATABLE, required=False),
        "description": "Other fields pass too, if they equal what is stored.",
    },
    "Put": {
        **_object({**{name: {} for name in (*FIELDS, "id")}, **_UPDATABLE}, required=False),
        "required": list(FIELDS),
        "description": "The whole object. Fields that cannot be updated keep their value.",
    },
    "Messaging": _object(_MESSAGING),
    "MessagingChange": {
        **_object(_MESSAGING_CHANGE, required=False),
        "anyOf": [
            {"properties": {"type": {"const": "a2p"}, "p2p_nnid": {"type": "null"}}},
            {"properties": {"type": {"const": "p2p"}, "campaign_sid": {"type": "null"}}},
        ],
    },
    "Error": _ERROR,
    "LoggedCall": _object(_LOGGED_CALL),
}


def body(name: str) -> Schema:
    """A required JSON body of the named schema."""
    return {"required": True, "content": {"application/json": {"schema": _ref(name)}}}


def answer(name: str, description: str) -> Schema:
    """A JSON answer of the named schema."""
    return {"description": description, "content": {"application/json": {"schema": _ref(name)}}}


def _argument(name: str, description: str, **schema: object) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _fields_argument(name: str, description: str, fields: tuple[str, ...]) -> Schema:
    """A list of field names, joined by commas."""
    items: Schema = {"enum": list(fields)}
    return {
        **_argument(name, description, type="array", minItems=1, items=items),
        "style": "form",
        "explode": False,
    }


def field_arguments(fields: tuple[str, ...]) -> list[Schema]:
    """The choice of fields, in both spellings of its arguments."""
    return [
        _fields_argument(spelling, description, fields)
        for spellings, description in (
            (("include_fields", "includeFields"), "Only these fields."),
            (("exclude_fields", "excludeFields"), "All fields but these."),
        )
        for spelling in spellings
    ]


def list_arguments() -> list[Schema]:
    """Every argument of a list."""
    fields = (*FIELDS, "id")
    names = "|".join(map(re.escape, fields))
    condition = rf"""({names}|attributes(\.[^ "'.]+)+) +({"|".join(OPERATORS)}) +{VALUE_PATTERN}"""
    return [
        _argument(
            "limit",
            "Largest number of items.",
            type="integer",
            minimum=1,
            maximum=LARGEST_LIMIT,
            default=DEFAULT_LIMIT,
        ),
        _argument("offset", "Items to skip.", type="integer", minimum=0, default=0),
        _argument(
            "order",
            "A field, a field with asc or desc, or shuffle.",
            type="string",
            pattern=rf"^(shuffle|({names})( (asc|desc))?)$",
        ),
        _argument(
            "filter",
            "Conditions (field operator value), joined by and.",
            type="string",
            pattern=rf"^ *{condition}( +and +{condition})* *$",
            example='phonenumber eq "46700987654"',
        ),
        *field_arguments(fields),
    ]


NESTED_OBJECTS: Schema = _argument(
    "nested_objects", "attributes become exactly what the body says.", enum=["replace"]
)
FORCE: Schema = _argument(
    "force", "Change messaging that is enabled in one step.", type="boolean", default=False
)
SID: Schema = {"name": "external_did_sid", "in": "path", "required": True, "schema": _UUID}
