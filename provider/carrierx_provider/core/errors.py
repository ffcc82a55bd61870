"""The text of an API error: one line that says what failed, on what, why, and what to do next.

``+46700987654 (support): CarrierX refused the update (422): callback_url: must be an http(s) URL.
Nothing was changed. Fix callback_url in the program and run up again.``

``what_failed`` has a case and ``next_step`` a row for each class of error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carrierx_api import calls
from carrierx_api import errors as api
from carrierx_api.calls import Action
from carrierx_api.errors import CarrierXError, FieldError
from carrierx_provider.core.text import plural, printable, shorten

if TYPE_CHECKING:
    from carrierx_provider.core.settings import Access


class ResourceError(Exception):
    """A failed operation on a resource, worded for the person who ran it, in one line."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What the failed call was about, and with what access it was made."""

    label: str
    """How messages name it: ``+46700987654 (support)``, or what was looked for."""
    access: Access


NOTHING_CHANGED = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an operation is refused: the parts of an error around the sentence about its outcome."""

    what: str
    """What is wrong, with its number, up to a full stop."""
    next_step: str

    def text(self, outcome: str = NOTHING_CHANGED) -> str:
        """The one line; ``outcome`` says what the operation has changed."""
        return f"{self.what} {outcome} {self.next_step}"


def error_text(error: CarrierXError, subject: Subject, outcome: str | None = None) -> str:
    """The one line for this error. It contains neither the token nor any value that was sent.

    ``outcome`` says what the operation has changed; default: what is known of the failed call.
    """
    said = consequence(error) if outcome is None else f"{outcome} "
    return f"{subject.label}: {what_failed(error, subject)}. {said}{next_step(error, subject)}"


def what_failed(error: CarrierXError, subject: Subject) -> str:  # noqa: PLR0911 -- one for each kind
    """What was tried and how it failed; a clause without a full stop."""
    operation = error.call.operation.label
    if isinstance(error, api.WrongAccountError):
        return error.message
    attempts = f", in {plural(error.attempts, 'attempt')}" if error.attempts > 1 else ""
    reason = error.message.rstrip(".")
    match error:
        case api.RefusedError():
            said = _carrierx_messages(error)
            refused = f"CarrierX refused the {operation} ({error.status}){attempts}"
            return f"{refused}: {said}" if said else refused
        case api.UnexpectedResponseError():
            is_ours = not isinstance(error, api.NotCarrierXError)
            who = "CarrierX" if is_ours else subject.access.base_url
            return f"{who} answered the {operation} ({error.status}){attempts} with {error.message}"
        case api.AbandonedError() | api.RateLimitedLocallyError():
            sent = error.attempts - 1
            again = f" again after {plural(sent, 'attempt')}" if sent else ""
            return f"the {operation} was not sent{again}: {reason}"
        case api.TimedOutError():
            return f"CarrierX did not answer the {operation} within {error.seconds:g} s{attempts}"
        case api.UnreachableError():
            where = f"{subject.access.base_url} for the {operation}{attempts}"
            return f"CarrierX could not be reached at {where}: {reason}"
    return f"the connection to CarrierX broke during the {operation}{attempts}: {reason}"


def consequence(error: CarrierXError) -> str:
    """What is known about the state at CarrierX: a sentence and a space, or nothing for a read."""
    if error.call.action is Action.READ or isinstance(error, api.WrongAccountError):
        return ""
    if error.effect_unknown:
        return "It is not known whether it took effect. "
    return f"{NOTHING_CHANGED} "


SAME_AGAIN = "The same call would fail again: please report this line."

NEXT_STEPS: Mapping[type[CarrierXError], str] = {
    api.UnprocessableError: "Fix {fields} in the program and run up again.",
    api.AuthenticationError: "Check the token in {token_source}, then run up again.",
    api.ForbiddenError: "The token in {token_source} lacks the scope {scopes}: "
    "use one that has it.",
    api.NotFoundError: "The number may have been released elsewhere: "
    "run refresh to see, then up to register it again.",
    api.ConflictError: "The conflict may be temporary: "
    "run up again; if it stays, look the number up in CarrierX.",
    api.RateLimitError: "Too many calls for this token: run up again {wait}. "
    "carrierx:requestsPerSecond limits the calls of one stack.",
    api.RateLimitedLocallyError: "Raise carrierx:requestsPerSecond or carrierx:deadlineSeconds, "
    "then run again.",
    api.WrongAccountError: "{base_url} with the token in {token_source} is another account: use "
    "the stack's, or give the numbers of another account the input account.",
    api.BadRequestError: SAME_AGAIN,
    api.UnsupportedMediaTypeError: SAME_AGAIN,
    api.UnreachableError: "Check the network and carrierx:baseUrl, then run up again.",
    api.CannotConnectError: "Fix that or carrierx:baseUrl, then run up again.",
}


def next_step(error: CarrierXError, subject: Subject) -> str:
    """What to do about the error; a sentence or two."""
    core_api = f"Check that {subject.access.base_url} is CarrierX's core API"
    is_read = error.call.action is Action.READ
    entries: tuple[FieldError, ...] = ()
    retry_after = ""
    kind = type(error)
    if isinstance(error, api.RefusedError):
        entries, retry_after = error.field_errors, error.retry_after or ""
    named = [shorten(entry.field) for entry in entries if entry.field]
    is_of_path = isinstance(error, api.NotFoundError) and error.call.external_did_sid is None
    if isinstance(error, api.NotCarrierXError) or (is_of_path and not named):
        return f"{core_api}, which ends in /core/v2, then run again."
    if is_of_path:
        # CarrierX does not have what a field names.
        kind = api.UnprocessableError
    is_page = isinstance(error, api.BadRequestError) and not (error.message or entries)
    # The second is not CarrierX's own: a port with TLS, for example, answers plain http like this.
    if (isinstance(error, api.UnexpectedResponseError) and is_read) or is_page:
        return f"{core_api}, then run up again."
    if kind in NEXT_STEPS:
        return NEXT_STEPS[kind].format(
            fields=", ".join(dict.fromkeys(named)) or "the fields that it names",
            base_url=subject.access.base_url,
            token_source=subject.access.token_source,
            scopes=" or ".join(error.call.operation.scopes),
            wait=f"in {retry_after} s" if retry_after.isdigit() else "later",
        )
    if error.call.operation is calls.REGISTER:
        return (
            "Run up again: if the number is registered by now and is not known to be this "
            "stack's own, the error will name its SID and the command that takes it over."
        )
    return "Try again later." if is_read else "Run refresh to see, then up again."


def _carrierx_messages(error: api.RefusedError) -> str:
    """CarrierX's messages, field by field, without the values that were sent to it."""
    sent = error.call.body or {}
    entries = []
    for entry in error.field_errors:
        message = _without_sent_values(entry.message, sent).rstrip(".")
        if message:
            entries.append(f"{entry.field}: {message}" if entry.field else message)
    said = "; ".join(entries) or _without_sent_values(error.message, sent).rstrip(".")
    # A server may send a text of any length, with control characters for the terminal.
    return printable(said[:LONGEST_MESSAGES])


LONGEST_MESSAGES = 1000
"""Characters of CarrierX's own messages in one of ours."""

SHORTEST_MASKED_VALUE = 4
"""Characters: a shorter value ("a", "10") would also hide innocent parts of a message."""


def _without_sent_values(message: str, body: Mapping[str, Any]) -> str:
    """Mask the values that were sent: an API may repeat them, and they may be secret."""
    fields: dict[str, str] = {}
    for field, value in body.items():
        for text in _texts(value) if field not in {"phonenumber", "capabilities"} else ():
            # As it came back: white space folded, and perhaps as a JSON string.
            for spelling in (text, json.dumps(text)[1:-1]):
                folded = " ".join(spelling.split())
                if len(folded) >= SHORTEST_MASKED_VALUE:
                    fields.setdefault(folded, field)
    if not fields:
        return message
    longest_first = sorted(fields, key=len, reverse=True)
    pattern = "|".join(re.escape(text) for text in longest_first)
    # Whole words: an attribute "http" must not hide a part of "https" or "http(s)".
    return re.sub(rf"(?<!\w)(?:{pattern})(?![\w(])", lambda m: f"<{fields[m[0]]}>", message)


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
