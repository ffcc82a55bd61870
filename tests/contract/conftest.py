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

Connect = Callable[..., "Api"]
Serve = Callable[..., "Api"]
Start = Callable[..., tuple[subprocess.Popen[str], str]]
NUMBER = "46700987654"
# Reading the system's certificates takes longer than most of these tests, and nothing here is TLS.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


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
    """A client for ``…/core/v2/phonenumber``, and its simulator if that runs in this process."""

    simulator: RunningSimulator

    def __init__(self, base_url: str, token: str = SAMPLE_TOKEN) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        super().__init__(base_url=f"{base_url}/phonenumber", headers=headers, verify=NO_TLS)

    def register(self, phonenumber: str = NUMBER, **fields: object) -> dict[str, Any]:
        """Register with ``capabilities`` 3 unless said otherwise; the object of the response."""
        body = {"phonenumber": phonenumber, "capabilities": 3, **fields}
        response = self.post("/external_dids", json=body)
        assert response.status_code == 200, response.text
        made: dict[str, Any] = response.json()
        return made

    def numbers(self, **params: Any) -> list[str]:
        """The numbers of a list."""
        response = self.get("/external_dids", params=params)
        assert response.status_code == 200, response.text
        return [item["phonenumber"] for item in response.json()["items"]]

    def total(self) -> int:
        """How many numbers are registered."""
        total: int = self.get("/external_dids").json()["total"]
        return total

    def set_faults(self, *faults: dict[str, Any], **plan: Any) -> None:
        """Set these faults until the test ends, with ``seed`` and ``rate_limits`` where given."""
        self.simulator.set_faults({**plan, "faults": list(faults)})

    def logged(self) -> list[tuple[Any, ...]]:
        """The log as method, status sent, fault and its index, status that the call came to."""
        names = ("method", "status", "fault", "fault_index", "outcome")
        return [tuple(call[name] for name in names) for call in self.simulator.requests()]


@pytest.fixture(scope="session")
def _shared() -> Iterator[Api]:
    """Run one simulator for all tests that need no settings of their own."""
    with (
        running_simulator(SimulatorSettings(messaging_delay_ms=100)) as simulator,
        Api(simulator.base_url) as client,
    ):
        client.simulator = simulator
        yield client


@pytest.fixture(scope="session")
def stranger() -> Iterator[httpx.Client]:
    """Give a client without any token, for whole URLs."""
    with httpx.Client(verify=NO_TLS) as client:
        yield client


@pytest.fixture
def api(_shared: Api) -> Iterator[Api]:
    """Give a client of the shared simulator, which was emptied and has no faults."""
    account = SimulatedAccount(_shared.simulator)
    for number in account.numbers():
        account.release(number)
    _shared.simulator.clear_requests()
    yield _shared
    _shared.simulator.clear_faults()


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Make clients with a base URL and a token, by default the sample token."""
    with ExitStack() as clients:
        yield lambda *arguments: clients.enter_context(Api(*arguments))


@pytest.fixture
def serve(connect: Connect) -> Iterator[Serve]:
    """Run simulators with settings of the test's own; gives a client with the first token."""
    with ExitStack() as running:

        def run(**settings: Any) -> Api:
            chosen = SimulatorSettings(**settings)
            simulator = running.enter_context(running_simulator(chosen))
            client = connect(simulator.base_url, chosen.tokens[0].value)
            client.simulator = simulator
            return client

        yield run


@pytest.fixture
def start() -> Iterator[Start]:
    """Start ``python -m carrierx_simulator`` with flags; gives the process and its base URL."""
    with ExitStack() as processes:

        def run(*flags: str) -> tuple[subprocess.Popen[str], str]:
            process = processes.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "carrierx_simulator", *flags],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            processes.callback(process.kill)
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("CarrierX simulator: http://"), line
            return process, line.removeprefix("CarrierX simulator: ").strip()

        yield run
