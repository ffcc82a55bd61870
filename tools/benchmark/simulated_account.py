"""A simulator in a process of its own, so that its CPU and its memory are not the measured ones."""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.request import Request, urlopen

import psutil

from carrierx_simulator import SAMPLE_TOKEN

_READY = re.compile(r"CarrierX simulator: (?P<base_url>(?P<origin>http://[^/]+)/\S+)")
_COLLECTION = "/phonenumber/external_dids"
_LARGEST_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class SimulatedAccount:
    """An account of one simulator. ``base_url`` is what a CarrierX client is given."""

    base_url: str
    origin: str
    _process: psutil.Process

    def take_calls(self) -> Counter[str]:
        """How many calls of each HTTP method came since this was asked last."""
        path = f"{self.origin}/_simulator/requests"
        with urlopen(path) as answer:  # noqa: S310 -- the simulator's own address
            calls = Counter(entry["method"] for entry in json.load(answer))
        with urlopen(Request(path, method="DELETE")):  # noqa: S310 -- as above
            return calls

    def sids(self) -> list[str]:
        """The SIDs of all registrations, in the order of their numbers; logs calls of its own."""
        found: list[str] = []
        while True:
            query = f"limit={_LARGEST_PAGE}&offset={len(found)}&order=phonenumber"
            request = Request(  # noqa: S310 -- the simulator's own address
                f"{self.base_url}{_COLLECTION}?{query}",
                headers={"Authorization": f"Bearer {SAMPLE_TOKEN}"},
            )
            with urlopen(request) as answer:  # noqa: S310 -- as above
                page = json.load(answer)
            found += [item["external_did_sid"] for item in page["items"]]
            if not page["has_more"]:
                return found

    def wait_before_answers(self, latency_ms: int) -> None:
        """Let each call from now on take so many milliseconds longer."""
        faults = [{"fault": "slow", "seconds": latency_ms / 1_000}] if latency_ms else []
        body = json.dumps({"faults": faults}).encode()
        path = f"{self.origin}/_simulator/faults"
        with urlopen(Request(path, method="PUT", data=body)):  # noqa: S310 -- as above
            return

    def cpu_seconds(self) -> float:
        """User and system time of the simulator so far."""
        times = self._process.cpu_times()
        spent: float = times.user + times.system
        return spent


@contextmanager
def simulated_account(*, latency_ms: int = 0) -> Iterator[SimulatedAccount]:
    """An empty account, for as long as the ``with`` block runs.

    Args:
        latency_ms: Milliseconds that each call waits before it is handled.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "carrierx_simulator", "--port=0", f"--latency-ms={latency_ms}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        ready = _READY.match(process.stdout.readline())
        assert ready is not None, "the simulator does not run"
        yield SimulatedAccount(ready["base_url"], ready["origin"], psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait()
