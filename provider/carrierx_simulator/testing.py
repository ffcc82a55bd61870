"""A running simulator, and what tests of a program read and change in it.

```python
from carrierx_simulator import running_simulator
from carrierx_simulator.testing import SimulatedAccount

with running_simulator() as simulator:
    account = SimulatedAccount(simulator)
    account.register(phonenumber="+46700987654", capabilities=3)
    program_under_test(base_url=simulator.base_url)
    assert account.calls() == ["GET", 'PATCH SID {"name": "Support"}']
```

More of it: docs/simulator.md, "Test your own program".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from carrierx_simulator.errors import ApiError
from carrierx_simulator.external_did import show_one
from carrierx_simulator.fault_plan import FaultPlan
from carrierx_simulator.paths import API, COLLECTIONS

if TYPE_CHECKING:
    import threading

    from carrierx_simulator.state import SimulatorState

__all__ = ["ApiError", "LoggedRequest", "SimulatedAccount"]


@dataclass(frozen=True, slots=True)
class RunningSimulator:
    """A simulator that serves, in a thread of this process."""

    origin: str
    """Scheme, host and port. Its own paths start there: ``origin + "/_simulator/requests"``."""
    _thread: threading.Thread = field(repr=False)
    _state: SimulatorState = field(repr=False)

    @property
    def base_url(self) -> str:
        """What a CarrierX client is given, such as ``http://127.0.0.1:43210/core/v2``."""
        return self.origin + API

    @property
    def alive(self) -> bool:
        """Whether the simulator still serves."""
        return self._thread.is_alive()

    def requests(self) -> list[dict[str, Any]]:
        """Every logged call, as ``GET /_simulator/requests`` shows it."""
        return self._state.log.entries()

    def clear_requests(self) -> None:
        """Empty the log of calls."""
        self._state.log.clear()

    def set_faults(self, plan: Mapping[str, object]) -> None:
        """Put a fault plan in force, in the place of the one before, with fresh counters.

        docs/simulator.md describes plans. With errors in it (`FaultPlanError`) nothing changes.
        """
        tokens = len(self._state.settings.tokens)
        self._state.faults.replace(FaultPlan.of(plan, tokens=tokens))

    def clear_faults(self) -> None:
        """End all faults; numbers that they hid become visible."""
        self._state.faults.replace(FaultPlan())

    def faults(self) -> dict[str, Any]:
        """The fault plan in force and what it has hit, as ``GET /_simulator/faults`` shows it."""
        return self._state.faults.as_json()

    def wait_for_fault(self, index: int = 0, *, hits: int = 1, timeout: float = 30) -> None:
        """Wait until a fault has hit: for a test that acts while a call is under way.

        ``index`` is its position in the plan in force, ``hits`` counts from when that was set.

        Raises:
            TimeoutError: It has hit fewer calls after ``timeout`` seconds.
        """
        if not self._state.faults.wait_for_hits(index, hits, timeout):
            count = self.faults()["hits"][index]
            raise TimeoutError(f"fault {index} has hit {count} of {hits} calls after {timeout:g} s")


class LoggedRequest(NamedTuple):
    """One call: ``path`` begins with ``/core/v2``, ``body`` is JSON or None."""

    method: str
    path: str
    query: dict[str, str]
    body: Any


class SimulatedAccount:
    """An account of a simulator that runs in this process.

    It reads and changes the account directly, without HTTP: nothing of it is in the log of calls,
    or meets a fault or a rate limit. So `calls`, `requests`, `statuses` and `logged` are about the
    program under test only; each gives what came since the last look, whichever of them looked.
    """

    def __init__(self, simulator: RunningSimulator, *, token: int | None = None) -> None:
        """Look at an account. The first look covers every call since the simulator started.

        ``token`` is a position among the simulator's tokens. The account is that of this token,
        and only calls with this token count. By default it is the account of the first token, and
        all calls count.
        """
        self.base_url = simulator.base_url
        state = simulator._state  # noqa: SLF001 -- the same package
        self._log, self._account = state.log, state.account(token or 0)
        self._token = token
        self._position = 0

    def calls(self) -> list[str]:
        """The program's calls since the last look, one line each.

        A line is ``PATCH SID ?query {body}``, with ``-> 422`` behind it for an error, and
        ``-> lost`` where no response was sent. ``SID`` stands for any SID.
        """
        return [_line(entry) for entry in self.logged()]

    def requests(self) -> list[LoggedRequest]:
        """The program's calls since the last look, as tuples."""
        return [
            LoggedRequest(entry["method"], entry["path"], entry["query"], entry["body"])
            for entry in self.logged()
        ]

    def statuses(self) -> list[int | None]:
        """The HTTP statuses of the program's calls since the last look; None for no response."""
        return [entry["status"] for entry in self.logged()]

    def logged(self) -> list[dict[str, Any]]:
        """The program's calls since the last look, as ``GET /_simulator/requests`` shows them."""
        entries, self._position = self._log.since(self._position)
        return [entry for entry in entries if self._token in {None, entry["token"]}]

    def numbers(self) -> dict[str, dict[str, Any]]:
        """Every External DID as a GET shows it, by its number with ``+``; hidden ones too."""
        return {
            f"+{stored['phonenumber']}": show_one(stored) for stored in self._account.stored.page()
        }

    def sid(self, phonenumber: str) -> str:
        """The SID that a number is registered under now; `LookupError` if it is not."""
        found = self._account.stored.with_phonenumber(phonenumber.removeprefix("+"))
        if not found:
            raise LookupError(f"{phonenumber} is not registered")
        return str(found[0]["external_did_sid"])

    def phonenumber(self, sid: str) -> str:
        """The number, with ``+``, that a SID belongs to; `LookupError` if it does not exist."""
        stored = self._account.stored.get(sid)
        if stored is None:
            raise LookupError(f"SID {sid} does not exist")
        return f"+{stored['phonenumber']}"

    def register(self, **body: Any) -> str:  # noqa: ANN401 -- JSON
        """Register a number, as somebody else; returns its SID.

        ``body`` has at least ``phonenumber`` and ``capabilities``.

        Raises:
            ApiError: The API would refuse it: 422, or 409 for a number that is registered.
        """
        return str(self._account.register(body)["external_did_sid"])

    def change(self, phonenumber: str, *, replace_attributes: bool = False, **body: Any) -> None:  # noqa: ANN401 -- JSON
        """Change a number with a PATCH, as somebody else.

        By default ``attributes`` merges; ``replace_attributes`` is ``nested_objects=replace``.

        Raises:
            ApiError: The API would refuse it: 422.
            LookupError: The number is not registered.
        """
        sid = self.sid(phonenumber)
        self._account.patch(sid, body, replace_attributes=replace_attributes)

    def release(self, phonenumber: str) -> None:
        """Delete a number, as somebody else; `LookupError` if it is not registered."""
        self._account.stored.delete(self.sid(phonenumber))


def _line(entry: dict[str, Any]) -> str:
    path = entry["path"]
    for collection in COLLECTIONS:
        path = path.removeprefix(collection)
    query = "&".join(f"{name}={value}" for name, value in entry["query"].items())
    parts = [entry["method"], "SID" if path.strip("/") else "", f"?{query}" if query else ""]
    if entry["body"] is not None:
        parts.append(json.dumps(entry["body"], sort_keys=True))
    if entry["status"] is None:
        parts.append("-> lost")
    elif entry["status"] >= HTTPStatus.BAD_REQUEST:
        parts.append(f"-> {entry['status']}")
    return " ".join(part for part in parts if part)
