"""An answer as a value: what the API would have sent, before it is spoilt."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from carrierx_simulator.json_value import JsonObject, JsonValue


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and whole body."""

    status: int
    headers: Headers
    body: bytes

    @property
    def succeeded(self) -> bool:
        """Whether the status is one of success."""
        return self.status < 300  # noqa: PLR2004 - the API answers no 1xx and no 3xx

    def json_object(self) -> JsonObject | None:
        """The body, where it is a JSON object."""
        value: JsonValue = json.loads(self.body) if self.body else None
        return value if isinstance(value, dict) else None

    def response(self) -> Response:
        """Make something that can be sent of it."""
        return Response(self.body, self.status, self.headers)


_BODY = b'{"message": "half of this answer of a fault plan is missing", "errors": []}'

NOT_CARRIED_OUT = Answer(
    200,
    Headers({"content-type": "application/json", "content-length": str(len(_BODY))}),
    _BODY,
)
"""What is torn in half where a call was not carried out, and so has no answer of its own."""


async def carried_out(application: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    """Let the application do what the call asks, and keep its answer back."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await application(scope, receive, keep)
    start, *rest = messages
    body = b"".join(message.get("body", b"") for message in rest)
    return Answer(start["status"], Headers(raw=start["headers"]), body)


async def send_half(answer: Answer, send: Send) -> None:
    """Send the header with its true Content-Length, and half of the body."""
    start = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": answer.headers.raw,
    }
    await send(start)
    half = answer.body[: len(answer.body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})
