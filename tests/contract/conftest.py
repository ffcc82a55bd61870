"""A running simulator for each test, and short names for what the tests do most."""

from __future__ import annotations

import ssl
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import pytest

from carrierx_simulator import SAMPLE_TOKEN, SimulatorSettings, running_simulator
from carrierx_simulator.testing import SimulatedAccount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from carrierx_simulator import RunningSimulator

    Connect = Callable[..., httpx.Client]
    Logged = Callable[[], list[tuple[Any, ...]]]
    Problems = Callable[[httpx.Response], list[tuple[str | None, str]]]
    Start = Callable[..., tuple[subprocess.Popen[str], str]]

NUMBER = "46700987654"
# Reading the system's certificates takes longer than most of these tests, and nothing here is TLS.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
BEARER = {"Authorization": f"Bearer {SAMPLE_TOKEN}"}


def path(made: dict[str, Any]) -> str:
    """The path of a registered number."""
    return f"/external_dids/{made['external_did_sid']}"


class Register(Protocol):
    """Registers a number and returns its object; fails unless the status is 200."""

    def __call__(self, phonenumber: str = NUMBER, **fields: object) -> dict[str, Any]:
        """Register with ``capabilities`` 3 unless said otherwise."""
        ...


@pytest.fixture(scope="session")
def simulator() -> Iterator[RunningSimulator]:
    """Run one simulator with default settings for all tests that need nothing special."""
    with running_simulator(SimulatorSettings(messaging_delay_ms=100)) as running:
        yield running


@pytest.fixture(scope="session")
def _client(simulator: RunningSimulator) -> Iterator[httpx.Client]:
    base_url = f"{simulator.base_url}/phonenumber"
    with httpx.Client(base_url=base_url, headers=BEARER, verify=NO_TLS) as client:
        yield client


@pytest.fixture(scope="session")
def stranger() -> Iterator[httpx.Client]:
    """Give a client without any token, for whole URLs."""
    with httpx.Client(verify=NO_TLS) as client:
        yield client


@pytest.fixture
def api(_client: httpx.Client, simulator: RunningSimulator) -> httpx.Client:
    """Give a client for ``…/core/v2/phonenumber`` of a simulator that was emptied."""
    account = SimulatedAccount(simulator)
    for number in account.numbers():
        account.release(number)
    simulator.clear_requests()
    return _client


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Make clients for simulators that a test starts itself, with the sample token or another."""
    clients: list[httpx.Client] = []

    def make(base_url: str, token: str = SAMPLE_TOKEN) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"}
        client = httpx.Client(base_url=f"{base_url}/phonenumber", headers=headers, verify=NO_TLS)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def register(api: httpx.Client) -> Register:
    """Register numbers on the shared simulator."""

    def call(phonenumber: str = NUMBER, **fields: object) -> dict[str, Any]:
        body = {"phonenumber": phonenumber, "capabilities": 3, **fields}
        response = api.post("/external_dids", json=body)
        assert response.status_code == 200, response.text
        made: dict[str, Any] = response.json()
        return made

    return call


class SetFaults(Protocol):
    """Puts a fault plan in force on the shared simulator, until the test ends."""

    def __call__(self, *faults: dict[str, Any], **plan: Any) -> None:
        """Set these faults, with ``seed`` and ``rate_limits`` where they are given."""
        ...


@pytest.fixture
def set_faults(simulator: RunningSimulator) -> Iterator[SetFaults]:
    """Set faults on the shared simulator, and clear them when the test ends."""

    def call(*faults: dict[str, Any], **plan: Any) -> None:
        simulator.set_faults({**plan, "faults": list(faults)})

    yield call
    simulator.clear_faults()


@pytest.fixture
def logged(simulator: RunningSimulator) -> Logged:
    """Read the log as method, status sent, fault and its index, status that the call came to."""
    names = ("method", "status", "fault", "fault_index", "outcome")

    def read() -> list[tuple[Any, ...]]:
        return [tuple(call[name] for name in names) for call in simulator.requests()]

    return read


@pytest.fixture
def problems() -> Problems:
    """Read the entries of an error, and check that its body has the documented shape."""

    def read(response: httpx.Response) -> list[tuple[str | None, str]]:
        assert response.headers["content-type"] == "application/json"
        body = response.json()
        assert body.keys() == {"message", "errors"}
        assert isinstance(body["message"], str)
        assert body["errors"]
        for entry in body["errors"]:
            assert entry.keys() == {"field", "message", "reference_sid"}
        return [(entry["field"], entry["message"]) for entry in body["errors"]]

    return read


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
