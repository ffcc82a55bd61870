"""Reading a body as the JSON object that every POST, PATCH and PUT must carry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

from carrierx_simulator import errors
from carrierx_simulator.call import LARGEST_BODY, call_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request

    from carrierx_simulator.json_value import JsonObject, JsonValue

DEEPEST_NESTING = 100
"""Levels of objects and arrays that a body may have. A limit of the simulator's own: Python's
recursion ends somewhere between hundreds and thousands, depending on its version."""

_TOO_DEEP = f"nested deeper than {DEEPEST_NESTING} levels"


def json_object(request: Request) -> JsonObject:
    """The body of a request. Raises an `ApiError`: 413, 400 when empty, 415, 400 when not JSON.

    Source: CarrierX documentation, using-the-rest-api ("must carry a body, ``{}`` at the least").
    """
    body = call_of(request.scope).body
    if body is None:
        raise errors.too_large(LARGEST_BODY)
    if not body:
        message = "a body is required, {} at the least"
        raise errors.no_json(message)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise errors.unsupported_media_type()
    try:
        value = parsed(body)
    except ValueError as error:
        detail = f"the body is not JSON: {error}"
        raise errors.no_json(detail) from error
    if not isinstance(value, dict):
        message = "the body must be a JSON object"
        raise errors.no_json(message)
    return value


def parsed(body: bytes) -> JsonValue:
    """The JSON value of a body.

    Raises ValueError for anything that could not be written back as JSON: wrong syntax, NaN,
    numbers beyond a double, half surrogate pairs, and more than `DEEPEST_NESTING` levels.
    """
    try:
        value: JsonValue = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except ValueError as error:
        # The messages of Unicode errors would repeat the body.
        message = "syntax error"
        raise ValueError(message) from error
    level: list[JsonValue] = [value]
    for _ in range(DEEPEST_NESTING + 1):
        level = [inner for outer in level for inner in _inside(outer)]
    if level:
        raise ValueError(_TOO_DEEP)
    return value


def _inside(value: JsonValue) -> Collection[JsonValue]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)
