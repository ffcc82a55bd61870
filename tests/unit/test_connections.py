"""The connections to CarrierX: how many there are, how long they are kept, and if one is closed."""

import json
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
from carrierx_api.errors import NoResponseError, UnreachableError
from carrierx_api.proxies import proxy_variable
from carrierx_api.transport import CONNECTIONS, Transport
from carrierx_provider.core.connections import Connections, run_blocking
from carrierx_provider.core.settings import Settings
from tests.answering_server import raw_server, response

PATIENCE_SECONDS = 60

SID = "ed3a6d9b-13a8-4bd4-a8a1-2e0d3f4a9d11"
NUMBER = {"external_did_sid": SID, "phonenumber": "46700987654", "capabilities": 3}
ANSWER = response(200, json.dumps(NUMBER).encode(), {"Set-Cookie": "session=first; Path=/"})
GET = calls.get(SID)
REGISTER = calls.register({"phonenumber": "+46700987654", "capabilities": 3})


def answer(send: Callable[[bytes], None]) -> None:
    send(ANSWER)


def connections_to(base_url: str) -> Connections:
    """A process's connections, with a second account at the same server."""
    configuration = {
        "carrierx:token": "first-sample-token",
        "carrierx:accounts": {"second": "second-sample-token"},
        "carrierx:baseUrl": base_url,
    }
    return Connections(Settings.of(configuration.get, {}))


async def get(connections: Connections, account: str | None = None) -> None:
    """Read the number, in an account."""
    with connections.operation("+46700987654", account) as (client, _):
        await client.get(SID)


def test_all_calls_of_a_process_share_its_connections() -> None:
    """Four callers at once, as the engine has, use four connections for all of their calls."""
    with raw_server(answer, keeps_connections=True) as server, ThreadPoolExecutor(4) as pool:
        connections = connections_to(server.url())
        list(pool.map(lambda _: run_blocking(get, connections), range(200)))
        assert len(server.heads) == 200
        assert server.connections <= 4


def test_accounts_share_connections_and_nothing_else() -> None:
    """Each call has the token of its own account, and no cookie from another account."""
    with raw_server(answer, keeps_connections=True) as server:
        connections = connections_to(server.url())
        for account in (None, "second", None, "second"):
            run_blocking(get, connections, account)
        assert server.connections == 1
        heads = [head.decode().lower() for head in server.heads]
        assert [head.partition("authorization: bearer ")[2].split()[0] for head in heads] == [
            "first-sample-token",
            "second-sample-token",
        ] * 2
        assert not any("\ncookie" in head for head in heads)


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

    def write(send: Callable[[bytes], None]) -> None:
        together.wait(PATIENCE_SECONDS)
        send(ANSWER)

    async def run(base_url: str) -> None:
        transport = Transport(base_url=base_url, token="t", timeout_seconds=timeout_seconds)
        async with anyio.create_task_group() as group:
            for _ in range(CONNECTIONS * rounds):
                group.start_soon(transport.send, GET)
        await transport.close()

    with raw_server(write, keeps_connections=True) as server:
        anyio.run(run, server.url())
        assert len(server.heads) == CONNECTIONS * rounds
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
    with raw_server(answer, keeps_connections=True) as server:
        sent_in_turn(server.url(), lambda: pass_time(5.5), 2)
        assert server.connections == 1


@pytest.fixture
def tls(tmp_path: Path, no_proxy: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The certificate of a server at localhost, of a CA that the environment trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    no_proxy.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_connection_that_the_server_has_closed_is_not_used(
    scheme: str, tls: ssl.SSLContext
) -> None:
    """A registration on it would be lost, and it would be unknown whether it took effect."""
    is_tls = scheme == "https"
    with raw_server(
        answer, tls if is_tls else None, keeps_connections=True, idle_seconds=0.05
    ) as server:
        base_url = server.url("localhost" if is_tls else "127.0.0.1")
        sent_in_turn(base_url, lambda: server.closed.acquire(timeout=PATIENCE_SECONDS), 20)
        assert len(server.heads) == 20
        assert server.connections == 20


@pytest.mark.parametrize(
    "entry",
    [
        *("fd07:b51a:cc66:f0::/64", "[fd07::1]", "10.0.0.0/8", "10.0.0.1:port", "[", "*.internal"),
        *("http://proxy:port", "<local>", "http://[", "\udcff", " "),
    ],
)
def test_an_entry_of_no_proxy_that_names_no_host_is_ignored(
    entry: str, tls: ssl.SSLContext, no_proxy: pytest.MonkeyPatch
) -> None:
    """Those beside it count as ever, and a call without a proxy needs none of them."""
    with raw_server(answer, tls) as server:
        no_proxy.setenv("NO_PROXY", f"127.0.0.1,{entry}")
        sent_in_turn(server.url("localhost"), lambda: None, 1)
        no_proxy.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        with pytest.raises(UnreachableError, match="through the proxy in HTTPS_PROXY"):
            sent_in_turn(server.url("localhost"), lambda: None, 1)
        no_proxy.setenv("NO_PROXY", f"127.0.0.1,{entry},localhost")
        sent_in_turn(server.url("localhost"), lambda: None, 1)
        assert len(server.heads) == 2


def test_a_connection_that_closes_under_a_call_leaves_its_effect_unknown() -> None:
    """The one case in which it is unknown: the server may have read the call before it closed."""

    def write(send: Callable[[bytes], None]) -> None:
        if len(server.heads) == 2:
            raise ConnectionAbortedError
        send(ANSWER)

    with raw_server(write, keeps_connections=True) as server:
        with pytest.raises(NoResponseError) as caught:
            sent_in_turn(server.url(), lambda: None, 2)
        assert caught.value.effect_unknown
        assert server.connections == 1


@pytest.mark.parametrize(
    ("no_proxy", "variable"),
    [
        ("localhost,*", None),
        ("https://api.example", None),
        ("https://api.example:8443", "HTTPS_PROXY"),
        (".example", None),
        ("example.org,10.0.0.0/8", "HTTPS_PROXY"),
    ],
)
def test_what_no_proxy_may_name(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, variable: str | None
) -> None:
    """All hosts, a host, a domain, or a whole URL."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert proxy_variable("https://api.example/core/v2") == variable
