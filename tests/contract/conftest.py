"""A running simulator for each test, and short names for what the tests do most."""

import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from carrierx_simulator import SAMPLE_TOKEN, RunningSimulator, SimulatorSettings, running_simulator
from carrierx_simulator.testing import SimulatedAccount

Connect = Callable[..., httpx.Client]
Start = Callable[..., tuple[subprocess.Popen[str], str]]
NUMBER = "46700987654"
# Reading the system's certificates takes longer than most of these tests, and nothing here is TLS.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
BEARER = {"Authorization": f"Bearer {SAMPLE_TOKEN}"}


def path_of(made: dict[str, Any]) -> str:
    return f"/external_dids/{made['external_did_sid']}"


def problems(response: httpx.Response, status: int) -> list[tuple[str | None, str]]:
    """The entries of an error with this status, whose body has the documented shape."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert body.keys() == {"message", "errors"}
    assert isinstance(body["message"], str)
    assert body["errors"]
    for entry in body["errors"]:
        assert entry.keys() == {"field", "message", "reference_sid"}
    return [(entry["field"], entry["message"]) for entry in body["errors"]]


class Api(httpx.Client):
    """A client of a simulator, for ``…/core/v2/phonenumber``, and the simulator itself."""

    def __init__(self, simulator: RunningSimulator) -> None:
        url = f"{simulator.base_url}/phonenumber"
        super().__init__(base_url=url, headers=BEARER, verify=NO_TLS)
        self.simulator = simulator

    def register(self, phonenumber: str = NUMBER, **fields: object) -> dict[str, Any]:
        """Register with ``capabilities`` 3 unless said otherwise; the object of the response."""
        body = {"phonenumber": phonenumber, "capabilities": 3, **fields}
        response = self.post("/external_dids", json=body)
        assert response.status_code == 200, response.text
        made: dict[str, Any] = response.json()
        return made

    def set_faults(self, *faults: dict[str, Any], **plan: Any) -> None:
        """Set these faults until the test ends, with ``seed`` and ``rate_limits`` where given."""
        self.simulator.set_faults({**plan, "faults": list(faults)})

    def logged(self) -> list[tuple[Any, ...]]:
        """The log as method, status sent, fault and its index, status that the call came to."""
        names = ("method", "status", "fault", "fault_index", "outcome")
        return [tuple(call[name] for name in names) for call in self.simulator.requests()]


@pytest.fixture(scope="session")
def simulator() -> Iterator[RunningSimulator]:
    """Run one simulator with default settings for all tests that need nothing special."""
    with running_simulator(SimulatorSettings(messaging_delay_ms=100)) as running:
        yield running


@pytest.fixture(scope="session")
def _client(simulator: RunningSimulator) -> Iterator[Api]:
    with Api(simulator) as client:
        yield client


@pytest.fixture(scope="session")
def stranger() -> Iterator[httpx.Client]:
    """Give a client without any token, for whole URLs."""
    with httpx.Client(verify=NO_TLS) as client:
        yield client


@pytest.fixture
def api(_client: Api) -> Iterator[Api]:
    """Give a client of the shared simulator, which was emptied and has no faults."""
    account = SimulatedAccount(_client.simulator)
    for number in account.numbers():
        account.release(number)
    _client.simulator.clear_requests()
    yield _client
    _client.simulator.clear_faults()


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Make clients for simulators that a test starts itself, with the sample token or another."""
    with ExitStack() as clients:

        def make(base_url: str, token: str = SAMPLE_TOKEN) -> httpx.Client:
            url, headers = f"{base_url}/phonenumber", {"Authorization": f"Bearer {token}"}
            return clients.enter_context(httpx.Client(base_url=url, headers=headers, verify=NO_TLS))

        yield make


@pytest.fixture
def start() -> Iterator[Start]:
    """Start ``python -m carrierx_simulator`` with flags; gives the process and its base URL."""
    processes: list[subprocess.Popen[str]] = []

    def run(*flags: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "carrierx_simulator", *flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("CarrierX simulator: http://"), line
        return process, line.removeprefix("CarrierX simulator: ").strip()

    yield run
    for process in processes:
        process.kill()
        process.communicate(timeout=60)
