"""The log of API calls, in the order of their arrival.

An entry never holds a header, so no token can be in it; it says which of the simulator's tokens
was used by its position.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from carrierx_simulator import connection
from carrierx_simulator.json_values import JsonObject, JsonValue, parse_json
from carrierx_simulator.request import call_of, is_api_call

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KEY = "carrierx_simulator.logged_call"


class RequestLog:
    """One entry for each call. Usable from any thread.

    ``method``, ``path``, ``query``, ``body`` and ``token`` are the request's. ``outcome`` is the
    status of the API's own response if the call was carried out, ``status`` the one that was sent,
    ``fault`` and ``fault_index`` what made the difference.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[JsonObject] = []
        self._cleared = 0

    def add(self, entry: JsonObject) -> None:
        """Append an entry. Its ``status`` may be filled in later."""
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> list[JsonObject]:
        """All entries so far."""
        return self.since(0)[0]

    def since(self, position: int) -> tuple[list[JsonObject], int]:
        """The entries from a position on, and the position behind them.

        Positions count every call of the simulator, from 0, also those that were cleared.
        """
        with self._lock:
            entries = self._entries[max(0, position - self._cleared) :]
            return entries, self._cleared + len(self._entries)

    def clear(self) -> None:
        """Empty the log. A call that is under way still completes its entry, outside the log."""
        with self._lock:
            self._cleared += len(self._entries)
            self._entries = []


class LogMiddleware:
    """Writes each API call into a `RequestLog`, with the status that was really sent."""

    def __init__(self, application: ASGIApp, log: RequestLog) -> None:
        self._application = application
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the entry on arrival; its status stays null until a response is sent."""
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
            "fault": None,
            "fault_index": None,
            "outcome": None,
        }
        self._log.add(entry)
        scope[_KEY] = entry

        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start" and connection.is_open(scope):
                entry["status"] = message["status"]
            await send(message)

        await self._application(scope, receive, send_and_note)


class OutcomeMiddleware:
    """Adds to each entry the status of the API's own response, whatever is then sent."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the status of the API's own response."""
        if not is_api_call(scope):
            await self._application(scope, receive, send)
            return

        async def note_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                scope[_KEY]["outcome"] = message["status"]
            await send(message)

        await self._application(scope, receive, note_and_send)


def log_fault(scope: Scope, fault: str, index: int | None = None) -> None:
    """Write into a call's entry which fault hit it, and its position in the plan."""
    scope[_KEY] |= {"fault": fault, "fault_index": index}


def _readable(body: bytes | None) -> JsonValue:
    """The body as JSON; as text if it is not JSON; null if there is no body or it is too large."""
    if not body:
        return None
    try:
        return parse_json(body)
    except ValueError:
        return body.decode("utf-8", "replace")
