"""The local CarrierX that the demo runs against, as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tools.demo.expectations import DemoError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOKEN = "simulator-sample-token"  # noqa: S105 -- the simulator's own, printed in its help

_COLLECTION = "/phonenumber/external_dids"
_READY = "CarrierX simulator: "
_STOP_SECONDS = 10


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One call that reached the simulator; ``path`` begins behind the base URL."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int

    @property
    def sid(self) -> str | None:
        """The SID that the call names, if it names one."""
        return self.path.removeprefix(_COLLECTION).lstrip("/") or None


class Simulator:
    """A simulator that answers."""

    def __init__(self, base_url: str) -> None:
        """Talk to it directly, whatever proxy the environment names."""
        self.base_url = base_url
        self._log_url = base_url.removesuffix("/core/v2") + "/_simulator/requests"
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {TOKEN}"},
            trust_env=False,
            verify=False,  # noqa: S501 -- plain HTTP on this machine
        )

    def take_calls(self) -> list[LoggedCall]:
        """The calls since the last time, in the order of their arrival."""
        entries = self._answer("GET", self._log_url).json()
        self._answer("DELETE", self._log_url)
        prefix = httpx.URL(self.base_url).path
        return [
            LoggedCall(
                entry["method"],
                entry["path"].removeprefix(prefix),
                entry["query"],
                entry["body"],
                entry["status"],
            )
            for entry in entries
        ]

    def registered(self) -> dict[str, dict[str, Any]]:
        """The External DIDs by phone number with ``+``; looking leaves no trace in the log."""
        answer = self._answer("GET", f"{self.base_url}{_COLLECTION}", params={"limit": 1000})
        self._answer("DELETE", self._log_url)
        return {f"+{item['phonenumber'].lstrip('+')}": item for item in answer.json()["items"]}

    def change(self, external_did_sid: str, body: Mapping[str, Any]) -> None:
        """Change an External DID past the engine, as a colleague with a token could."""
        url = f"{self.base_url}{_COLLECTION}/{external_did_sid}"
        self._answer("PATCH", url, json=dict(body))

    def _answer(self, method: str, url: str, **arguments: Any) -> httpx.Response:  # noqa: ANN401 -- httpx's
        try:
            return self._client.request(method, url, **arguments).raise_for_status()
        except httpx.HTTPError as error:
            reason = str(error).partition("\n")[0]
            raise DemoError(f"the simulator failed at {method} {url}: {reason}") from None


@contextmanager
def running_simulator() -> Iterator[Simulator]:
    """Run ``pulumi-carrierx simulate --port 0`` for as long as the ``with`` block runs.

    Raises ``DemoError`` if it does not start.
    """
    # In a session of its own: Ctrl-C must not take it away from an engine that is still finishing.
    with subprocess.Popen(
        [str(Path(sys.executable).with_name("pulumi-carrierx")), "simulate", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None  # noqa: S101 -- it is a pipe
            line = process.stdout.readline().strip()
            if not line.startswith(_READY):
                raise DemoError(f"pulumi-carrierx simulate did not start: {line or 'no output'}")
            yield Simulator(line.removeprefix(_READY))
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except BaseException:
        process.kill()
        raise
