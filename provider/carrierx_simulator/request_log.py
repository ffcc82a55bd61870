"""The log of API calls, in the order of their arrival.

An entry never holds a header, so no token can be in it; it says which of the simulator's tokens
was used by its position.
"""

from __future__ import annotations

import threading

from carrierx_simulator.json_values import JsonObject


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
