"""The connections to CarrierX: how many there are, how long they are kept, and if one is closed."""

import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
import trustme

from carrierx_api import calls
from carrierx_api.errors import NoResponseError
from carrierx_api.transport import CONNECTIONS, Transport
from carrierx_provider.core.connections import Connections, run_blocking
from carrierx_provider.core.settings import Settings
from tests.keep_alive_server import SID, KeepAliveServer, keep_alive_server

PATIENCE_SECONDS = 60

GET = calls.get(SID)
REGISTER = calls.register({"phonenumber": "+46700987654", "capabilities": 3})


def connections_to(server: KeepAliveServer) -> Connections:
    """A process's connections, with a second account at the same server."""
    configuration = {
        "carrierx:token": "first-sample-token",
        "carrierx:accounts": {"second": "second-sample-token"},
        "carrierx:baseUrl": server.base_url,
    }
    return Connections(Settings.of(configuration.get, {}))


async def get(connections: Connections, account: str | None = None) -> None:
    """Read the number, in an account."""
    with connections.operation("+46700987654", account) as (client, _):
        await client.get(SID)


def test_all_calls_of_a_process_share_its_connections() -> None:
    """Four callers at once, as the engine has, use four connections for all of their calls."""
    with keep_alive_server() as server, ThreadPoolExecutor(4) as pool:
        connections = connections_to(server)
        list(pool.map(lambda _: run_blocking(get, connections), range(200)))
        assert len(server.calls) == 200
        assert server.connections <= 4


def test_accounts_share_connections_and_nothing_else() -> None:
    """Each call has the token of its own account, and no cookie from another account."""
    with keep_alive_server(headers={"Set-Cookie": "session=first; Path=/"}) as server:
        connections = connections_to(server)
        for account in (None, "second", None, "second"):
            run_blocking(get, connections, account)
        assert server.connections == 1
        assert [heads["authorization"] for _, heads in server.calls] == [
            "Bearer first-sample-token",
            "Bearer second-sample-token",
        ] * 2
        assert not any("cookie" in heads for _, heads in server.calls)


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Put the clock of this thread forward; no test has to wait.

    Event loops of other threads outlive the test, and would wait until the clock is there again.
    """
    clock, passed, here = time.monotonic, [0.0], threading.get_ident()

    def put_forward(seconds: float) -> None:
        passed[0] += seconds

    def shifted() -> float:
        return clock() + (passed[0] if threading.get_ident() == here else 0.0)

    monkeypatch.setattr(time, "monotonic", shifted)
    return put_forward


def test_more_calls_at_once_take_no_more_connections(pass_time: Callable[[float], None]) -> None:
    """The others wait, which does not count as waiting for a response: none of them times out."""
    rounds, timeout_seconds = 4, 1000.0
    # The calls of a round are answered when all have come, nearly a timeout later.
    together = threading.Barrier(CONNECTIONS, lambda: pass_time(0.9 * timeout_seconds))

    async def run(base_url: str) -> None:
        transport = Transport(base_url=base_url, token="t", timeout_seconds=timeout_seconds)
        async with anyio.create_task_group() as group:
            for _ in range(CONNECTIONS * rounds):
                group.start_soon(transport.send, GET)
        await transport.close()

    with keep_alive_server(before_answer=lambda: together.wait(PATIENCE_SECONDS)) as server:
        anyio.run(run, server.base_url)
        assert len(server.calls) == CONNECTIONS * rounds
        assert server.connections == CONNECTIONS


def sent_in_turn(base_url: str, between: Callable[[], object], number: int) -> None:
    """Send registrations, one after the other, with something in between."""

    async def run() -> None:
        transport = Transport(base_url=base_url, token="t", timeout_seconds=10)
        for position in range(number):
            if position:
                await anyio.to_thread.run_sync(between)
            response = await transport.send(REGISTER)
            assert response.status == 200
        await transport.close()

    anyio.run(run)


def test_a_connection_outlives_a_gap_between_two_calls(pass_time: Callable[[float], None]) -> None:
    """A run waits for other resources, or for a Retry-After; httpx itself would keep it 5 s."""
    with keep_alive_server() as server:
        sent_in_turn(server.base_url, lambda: pass_time(5.5), 2)
        assert server.connections == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_connection_that_the_server_has_closed_is_not_used(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A registration on it would be lost, and it would be unknown whether it took effect."""
    tls = None
    if scheme == "https":
        authority = trustme.CA()
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        monkeypatch.setenv("NO_PROXY", "localhost")
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(tls)
    with keep_alive_server(idle_seconds=0.05, tls=tls) as server:
        sent_in_turn(server.base_url, lambda: server.closed.acquire(timeout=PATIENCE_SECONDS), 20)
        assert len(server.calls) == 20
        assert server.connections == 20


def test_a_connection_that_closes_under_a_call_leaves_its_effect_unknown() -> None:
    """The one case in which it is unknown: the server may have read the call before it closed."""
    with keep_alive_server(drop_the_call=2) as server:
        with pytest.raises(NoResponseError) as caught:
            sent_in_turn(server.base_url, lambda: None, 2)
        assert caught.value.effect_unknown
        assert server.connections == 1
