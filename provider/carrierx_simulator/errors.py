"""Errors in the shape that CarrierX documents.

The shape and the messages of 400, 401, 404, 415 and 422: CarrierX documentation,
using-the-rest-api/responses, and the samples of phone-numbers/external-did-messaging-enablement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http.client import responses
from typing import LiteralString, NamedTuple

from pydantic import BaseModel, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from carrierx_simulator.json_values import JsonObject


class Entry(NamedTuple):
    """One line of an error's ``errors``: a field (or none) and what is wrong with it."""

    field: str | None
    message: str


class ApiError(Exception):
    """A response that is an error; its text is one line with all entries."""

    def __init__(
        self,
        status: int,
        message: str,
        entries: Iterable[Entry],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.message = message
        self.entries = tuple(entries)
        details = (f"{e.field}: {e.message}" if e.field else e.message for e in self.entries)
        super().__init__(f"{status} {message}: {'; '.join(details)}")
        self.headers = dict(headers or {})


def error(
    status: int, detail: str, message: str = "", headers: Mapping[str, str] | None = None
) -> ApiError:
    """An error with one entry, about no field; by default its message is HTTP's phrase."""
    phrase = responses.get(status, "Unknown")
    return ApiError(status, message or phrase, [Entry(None, detail)], headers)


def no_json(detail: str) -> ApiError:
    """400: a body that cannot be read as a JSON object."""
    return error(400, detail, "No JSON object could be decoded")


def no_item() -> ApiError:
    """404: no such SID; word for word the documented sample."""
    return error(404, "cannot find item by sid", "no item error")


def conflict(entries: Iterable[Entry]) -> ApiError:
    """409: valid by itself, but it contradicts what is stored."""
    return ApiError(409, "conflict", entries)


def invalid(entries: Iterable[Entry]) -> ApiError:
    """422: every wrong field of a body, one entry each."""
    return ApiError(422, "object validation error", entries)


def message(text: LiteralString) -> WrapValidator:
    """Make ``text`` the message for every value that an annotated type does not accept."""

    def validate(value: object, handler: ValidatorFunctionWrapHandler) -> object:
        try:
            return handler(value)
        except ValidationError:
            raise PydanticCustomError("invalid", text) from None

    return WrapValidator(validate)


def wrong_fields(
    model: type[BaseModel], body: JsonObject, extra_field: Callable[[str], str]
) -> list[Entry]:
    """One entry for each field that ``model`` misses, does not accept or does not have.

    ``extra_field`` gives the message for a field that the model does not have, from its name.
    """
    entries = []
    try:
        model.model_validate(body)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            name, kind = str(detail["loc"][0]), detail["type"]
            text = extra_field(name) if kind == "extra_forbidden" else detail["msg"]
            entries.append(Entry(name, "is required" if kind == "missing" else text))
    return entries
