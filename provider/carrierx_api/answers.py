"""What an HTTP answer means: an object, a page, nothing, or an error."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from carrierx_api.errors import (
    STATUS_ERRORS,
    FieldError,
    RefusedError,
    ServerError,
    UnexpectedAnswerError,
)
from carrierx_api.models import ExternalDID, ExternalDIDPage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrierx_api.calls import Call
    from carrierx_api.transport import Answer

WORDS_LIMIT_CHARACTERS = 20_000
FIELD_ERRORS_LIMIT = 20


def object_of(call: Call, answer: Answer, needed: Sequence[str] = ()) -> ExternalDID:
    """The External DID that the answer carries.

    :param needed: fields without which the answer is of no use.
    :raises RefusedError: an error status.
    :raises UnexpectedAnswerError: anything but an object with its SID and the needed fields.
    """
    content = _json_of(call, answer)
    if isinstance(content, dict) and not content.get("external_did_sid"):
        raise UnexpectedAnswerError(
            call, "an object without its external_did_sid", status=answer.status
        )
    try:
        external_did = ExternalDID.model_validate(content)
    except ValidationError as error:
        raise _misshapen(call, answer, error, "an External DID") from None
    missing = [name for name in needed if name not in external_did.model_fields_set]
    if missing:
        raise UnexpectedAnswerError(
            call, f"an object without its {', '.join(missing)}", status=answer.status
        )
    return external_did


def page_of(call: Call, answer: Answer) -> ExternalDIDPage:
    """The page of a list that the answer carries; raises as ``object_of``."""
    content = _json_of(call, answer)
    try:
        return ExternalDIDPage.model_validate(content)
    except ValidationError as error:
        raise _misshapen(call, answer, error, "a page of External DIDs") from None


def nothing_of(call: Call, answer: Answer) -> None:
    """The answer to a DELETE: nothing.

    :raises RefusedError: an error status.
    :raises UnexpectedAnswerError: a body. A page of something between us and CarrierX does not say
        that the number was released.
    """
    _refuse(call, answer)
    if answer.content.strip():
        raise UnexpectedAnswerError(call, "a body where none belongs", status=answer.status)


def _json_of(call: Call, answer: Answer) -> Any:  # noqa: ANN401 -- JSON is any of its types
    _refuse(call, answer)
    try:
        return answer.json()
    except ValueError:
        raise UnexpectedAnswerError(call, "a body that is not JSON", status=answer.status) from None


def _refuse(call: Call, answer: Answer) -> None:
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if answer.status < HTTPStatus.BAD_REQUEST:
        raise UnexpectedAnswerError(
            call, "a redirect, which is not followed", status=answer.status, may_pass=False
        )
    kind = STATUS_ERRORS.get(answer.status, RefusedError)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        kind = ServerError
    message, field_errors = _words_of(answer)
    raise kind(
        call,
        status=answer.status,
        message=message,
        field_errors=field_errors,
        retry_after=answer.retry_after,
    )


def _words_of(answer: Answer) -> tuple[str, tuple[FieldError, ...]]:
    """CarrierX's own words, from ``{"message": …, "errors": [{"field": …, "message": …}]}``.

    An error page of something between us and CarrierX (a proxy's HTML) has none of its words.
    """
    try:
        content = answer.json()
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


def _text(value: object) -> str:
    # Far more than anybody reads: whoever shows it, shortens it once sent values are masked.
    return " ".join(value[:WORDS_LIMIT_CHARACTERS].split()) if isinstance(value, str) else ""


def _misshapen(
    call: Call, answer: Answer, error: ValidationError, expected: str
) -> UnexpectedAnswerError:
    places = sorted({".".join(str(part) for part in entry["loc"]) for entry in error.errors()})
    where = f" ({', '.join(places)})" if any(places) else ""
    return UnexpectedAnswerError(
        call, f"a body that is not {expected}{where}", status=answer.status
    )
