"""Every API error's text: one line, what and where and why and what next.

``+46700987654 (support): CarrierX refused the update (422): callback_url: must be an http(s) URL.
Nothing was changed. Mend callback_url in the program and run up again.``
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carrierx_api import calls
from carrierx_api.calls import Action
from carrierx_api.errors import (
    AbandonedError,
    AuthenticationError,
    BadRequestError,
    CarrierXError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RateLimitedLocallyError,
    RateLimitError,
    RefusedError,
    TimedOutError,
    UnexpectedResponseError,
    UnprocessableError,
    UnreachableError,
    UnsupportedMediaTypeError,
)
from carrierx_provider.core.text import printable, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from carrierx_provider.core.settings import Access


class ResourceError(Exception):
    """A failed operation on an External DID, worded for the person who ran it, in one line."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What the failed call was about, and with what access it was made."""

    number: str
    """As ``number_and_name`` gives it; for a look-up, what was looked for."""
    access: Access
    released: bool = False
    """Whether this run has released the number already, for a replace."""


def error_text(error: CarrierXError, subject: Subject) -> str:
    """The one line for this error. It holds neither the token nor any value that was sent."""
    what = what_failed(error, subject)
    consequence = _consequence(error, subject)
    return f"{subject.number}: {what}. {consequence}{next_step(error, subject)}"


def what_failed(error: CarrierXError, subject: Subject) -> str:
    """What was tried, and what came of it; a clause without a full stop."""
    operation = error.call.operation.label
    reason = error.message.rstrip(".")
    tries = f", in {error.attempts} attempts" if error.attempts > 1 else ""
    if isinstance(error, RefusedError):
        words = _carrierx_words(error)
        said = f": {words}" if words else ""
        return f"CarrierX refused the {operation} ({error.status}){tries}{said}"
    if isinstance(error, UnexpectedResponseError):
        return f"CarrierX answered the {operation} ({error.status}){tries} with {error.message}"
    if isinstance(error, (AbandonedError, RateLimitedLocallyError)):
        return f"the {operation} was not sent{_again_after(error.attempts - 1)}: {reason}"
    if isinstance(error, TimedOutError):
        return f"CarrierX did not answer the {operation} within {error.seconds:g} s{tries}"
    if isinstance(error, UnreachableError):
        where = subject.access.base_url
        return f"CarrierX could not be reached at {where} for the {operation}{tries}: {reason}"
    return f"the connection to CarrierX broke during the {operation}{tries}: {reason}"


def _again_after(attempts: int) -> str:
    if not attempts:
        return ""
    return " again after 1 attempt" if attempts == 1 else f" again after {attempts} attempts"


RELEASED_AND_NOT_REGISTERED = (
    "The number has been released for the replace, and is not known to be registered now: the next "
    "up registers it."
)


def _consequence(error: CarrierXError, subject: Subject) -> str:
    if subject.released:
        return f"{RELEASED_AND_NOT_REGISTERED} "
    if error.call.action is Action.READ:
        return ""
    return (
        "It is not known whether it took effect. "
        if error.effect_unknown
        else "Nothing was changed. "
    )


def next_step(error: CarrierXError, subject: Subject) -> str:  # noqa: PLR0911 -- one a kind
    """What to do about it; a sentence or two."""
    operation = error.call.operation
    if isinstance(error, UnprocessableError):
        fields = [shorten(entry.field) for entry in error.field_errors if entry.field]
        what = ", ".join(dict.fromkeys(fields)) or "the fields that it names"
        return f"Mend {what} in the program and run up again."
    if isinstance(error, AuthenticationError):
        return f"Check the token in {subject.access.token_source}, then run up again."
    if isinstance(error, ForbiddenError):
        scopes = " or ".join(operation.scopes)
        return (
            f"The token in {subject.access.token_source} lacks the scope {scopes}: use one that "
            "has it."
        )
    if isinstance(error, NotFoundError) and operation in {calls.REGISTER, calls.LIST}:
        # They name no SID that could be unknown: the path is.
        return (
            f"Check that {subject.access.base_url} is CarrierX's core API, which ends in /core/v2, "
            "then run up again."
        )
    if isinstance(error, NotFoundError):
        return (
            "The number may have been released elsewhere: run refresh to see, then up to register "
            "it again."
        )
    if isinstance(error, ConflictError):
        return "It may pass: run up again; if it stays, look the number up in CarrierX."
    if isinstance(error, RateLimitError):
        wait = f" in {error.retry_after} s" if (error.retry_after or "").isdigit() else " later"
        return (
            f"Too many calls for this token: run up again{wait}. carrierx:requestsPerSecond limits "
            "the calls of one stack."
        )
    if isinstance(error, RateLimitedLocallyError):
        return "Raise carrierx:requestsPerSecond or carrierx:deadlineSeconds, then run again."
    if isinstance(error, (BadRequestError, UnsupportedMediaTypeError)):
        return "The same call would fail again: please report it with this line."
    return _next_step_without_verdict(error, operation, subject)


def _next_step_without_verdict(
    error: CarrierXError, operation: calls.Operation, subject: Subject
) -> str:
    if isinstance(error, UnreachableError):
        return "Check the network and carrierx:baseUrl, then run up again."
    if isinstance(error, UnexpectedResponseError) and operation.action is Action.READ:
        return f"Check that {subject.access.base_url} is CarrierX's core API, then run up again."
    if operation is calls.REGISTER:
        return (
            "Run up again: if the number is registered by now and is not known to be this "
            "stack's own, the error will name its SID and the command that takes it over."
        )
    if operation.action is Action.READ:
        return "Run it again later."
    return "Run refresh to see, then up again."


def _carrierx_words(error: RefusedError) -> str:
    """CarrierX's messages, field by field, without the values that were sent to it."""
    sent = error.call.body or {}
    entries = []
    for entry in error.field_errors:
        message = _without_sent_values(entry.message, sent).rstrip(".")
        if message:
            entries.append(f"{entry.field}: {message}" if entry.field else message)
    words = "; ".join(entries) or _without_sent_values(error.message, sent).rstrip(".")
    # A server may send anything of any length, and a terminal obeys control characters.
    return printable(words[:LONGEST_WORDS])


LONGEST_WORDS = 1000
"""Characters of CarrierX's own words in a message."""


SHORTEST_MASKED_VALUE = 4
"""Characters: a shorter value ("a", "10") would also hide innocent parts of a message."""


def _without_sent_values(words: str, body: Mapping[str, Any]) -> str:
    """An API may repeat what it was sent, and what was sent may be secret."""
    fields: dict[str, str] = {}
    for field, value in body.items():
        for text in _texts(value) if field not in {"phonenumber", "capabilities"} else ():
            # As it came back: white space folded, and perhaps as a JSON string.
            for spelling in (text, json.dumps(text)[1:-1]):
                folded = " ".join(spelling.split())
                if len(folded) >= SHORTEST_MASKED_VALUE:
                    fields.setdefault(folded, field)
    if not fields:
        return words
    longest_first = sorted(fields, key=len, reverse=True)
    pattern = "|".join(re.escape(text) for text in longest_first)
    # Whole words: an attribute "http" must not hide a part of "https" or "http(s)".
    return re.sub(rf"(?<!\w)(?:{pattern})(?![\w(])", lambda m: f"<{fields[m[0]]}>", words)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
