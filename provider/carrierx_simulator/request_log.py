"""The log of API calls, in the order of their arrival.

An entry never holds a header, so no token can be in it; it says which of the simulator's tokens
was used by its position.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from carrierx_simulator.body import parsed
from carrierx_simulator.call import call_of, is_api_call

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from carrierx_simulator.json_value import JsonObject, JsonValue


class RequestLog:
    """Entries of ``method``, ``path``, ``query``, ``body``, ``status`` and ``token``."""

    def __init__(self) -> None:
        """Start empty."""
        self._entries: list[JsonObject] = []

    def add(self, entry: JsonObject) -> None:
        """Append an entry. Its ``status`` may be filled in later."""
        self._entries.append(entry)

    def entries(self) -> list[JsonObject]:
        """All entries so far."""
        return list(self._entries)

    def clear(self) -> None:
        """Forget everything. A call that is under way keeps its own entry, outside the log."""
        self._entries.clear()


class LoggedCalls:
    """Writes each API call into a `RequestLog`, with the status that was really answered."""

    def __init__(self, application: ASGIApp, log: RequestLog) -> None:
        """Wrap ``application``."""
        self._application = application
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the entry on arrival; its status stays null until an answer is sent."""
        if not is_api_call(scope):
            await self._application(scope, receive, send)
            return
        call = call_of(scope)
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        entry: JsonObject = {
            "method": scope["method"],
            "path": scope["path"],
            "query": dict(query),
            "body": _readable(call.body),
            "status": None,
            "token": call.token,
        }
        self._log.add(entry)

        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry["status"] = message["status"]
            await send(message)

        await self._application(scope, receive, send_and_note)


def _readable(body: bytes | None) -> JsonValue:
    """The body as JSON; as text when it is not JSON; null when there is none or it is too large."""
    if not body:
        return None
    try:
        return parsed(body)
    except ValueError:
        return body.decode("utf-8", "replace")
