"""Parses an HTTP response: an object, a page, nothing, or an error."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from carrierx_api.calls import Call
from carrierx_api.errors import (
    FieldError,
    NotCarrierXError,
    RefusedError,
    ServerError,
    UnexpectedResponseError,
)
from carrierx_api.models import ExternalDID, ExternalDIDPage, with_plus
from carrierx_api.transport import Response

Model = TypeVar("Model", bound=BaseModel)

MESSAGE_LIMIT_CHARACTERS = 20_000
FIELD_ERRORS_LIMIT = 20
SHOWN_CHARACTERS = 40


def parse_object(call: Call, response: Response, needed: Sequence[str] = ()) -> ExternalDID:
    """The External DID that the response carries.

    Raises:
        UnexpectedResponseError: It is not the one that was asked for, or is none, or lacks a field.
    """
    content = _json_of(call, response)
    if isinstance(content, dict):
        missing = [name for name in needed if name not in content]
        if not content.get("external_did_sid"):
            missing = ["external_did_sid"]
        if missing:
            what = f"an object without its {', '.join(missing)}"
            raise UnexpectedResponseError(call, what, response.status)
    external_did = _validated(ExternalDID, content, call, response, "an External DID")
    sid, asked = external_did.external_did_sid, call.external_did_sid
    # To the letter: it is compared so wherever it was noted before.
    if asked is not None and sid != asked:
        raise _another(call, response, "SID", sid, asked)
    number = call.phonenumber
    if number is not None and not external_did.has_number(number):
        raise _another(call, response, "number", external_did.phonenumber, number)
    return external_did


def parse_page(call: Call, response: Response) -> ExternalDIDPage:
    """The page of a list that the response carries; raises as ``parse_object``.

    A look-up's filter lets other numbers pass that end in the same digits, and nothing else. A page
    of others without the number does not say that it is not registered.
    """
    content = _json_of(call, response)
    page = _validated(ExternalDIDPage, content, call, response, "a page of External DIDs")
    if call.phonenumber is not None:
        digits = call.phonenumber.removeprefix("+")
        numbers = [item.phonenumber for item in page.items if item.phonenumber]
        others = [number for number in numbers if digits not in number]
        if others and with_plus(digits) not in numbers:
            raise _another(call, response, "number", others[0], call.phonenumber)
    return page


def parse_nothing(call: Call, response: Response) -> None:
    """The response to a DELETE: nothing."""
    _refuse(call, response)
    # A page of a proxy on the way does not say that the number was released.
    if response.content.strip():
        raise UnexpectedResponseError(call, "an unexpected body", response.status)


def _another(
    call: Call, response: Response, what: str, answered: str, asked: str
) -> UnexpectedResponseError:
    """For a response that is of another External DID than the call: it says nothing of that one."""
    # A server may send any text, a state may have any: short, and without what does not print.
    shown, asked = (ascii(text)[1:-1][:SHOWN_CHARACTERS] for text in (answered or "none", asked))
    what = f"another External DID: {what} {shown} instead of {asked}"
    return UnexpectedResponseError(call, what, response.status)


def _json_of(call: Call, response: Response) -> Any:  # noqa: ANN401 -- JSON is any of its types
    _refuse(call, response)
    try:
        return response.json()
    except ValueError:
        raise UnexpectedResponseError(call, "a body that is not JSON", response.status) from None


def _refuse(call: Call, response: Response) -> None:
    if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if response.status < HTTPStatus.BAD_REQUEST:
        raise UnexpectedResponseError(
            call, "a redirect, which is not followed", response.status, transient=False
        )
    kind = RefusedError.by_status.get(response.status, RefusedError)
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        kind = ServerError
    message, field_errors = _messages_of(response)
    if response.status == HTTPStatus.NOT_FOUND and not _is_documented(response):
        # A gateway's, or that of a base URL without the API: no number is gone because of it.
        what = "an error that is not CarrierX's own"
        raise NotCarrierXError(call, what, response.status)
    raise kind(
        call,
        status=response.status,
        message=message,
        field_errors=field_errors,
        retry_after=response.retry_after,
    )


def _messages_of(response: Response) -> tuple[str, tuple[FieldError, ...]]:
    """CarrierX's own messages, from ``{"message": …, "errors": [{"field": …, "message": …}]}``.

    The error page of a proxy (HTML) has neither.
    """
    try:
        content = response.json()
    except ValueError:
        return "", ()
    if not isinstance(content, dict):
        return "", ()
    entries = content.get("errors")
    return _text(content.get("message")), tuple(
        FieldError(field=_text(entry.get("field")) or None, message=_text(entry.get("message")))
        for entry in (entries[:FIELD_ERRORS_LIMIT] if isinstance(entries, list) else ())
        if isinstance(entry, dict)
    )


def _is_documented(response: Response) -> bool:
    """Whether an error has the body that CarrierX documents, to the last key of its entries."""
    try:
        content = response.json()
    except ValueError:
        return False
    if not isinstance(content, dict) or not _text(content.get("message")):
        return False
    entries = content.get("errors")
    return (
        isinstance(entries, list)
        and bool(entries)
        and all(isinstance(one, dict) and {"field", "message"} <= one.keys() for one in entries)
    )


def _text(value: object) -> str:
    # Far more than anybody reads; it is shortened where it is shown, once sent values are masked.
    return " ".join(value[:MESSAGE_LIMIT_CHARACTERS].split()) if isinstance(value, str) else ""


def _validated(
    model: type[Model], content: object, call: Call, response: Response, expected: str
) -> Model:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        places = sorted({".".join(str(part) for part in entry["loc"]) for entry in error.errors()})
    where = f" ({', '.join(places)})" if any(places) else ""
    raise UnexpectedResponseError(call, f"a body that is not {expected}{where}", response.status)
