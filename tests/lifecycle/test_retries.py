"""Which failures are retried, how soon, for how long, and that a 429 pauses the whole process."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest
from stamina.instrumentation import RetryDetails, get_on_retry_hooks, set_on_retry_hooks

from carrierx_api.retry import LONGEST_WAIT_SECONDS, seconds_of
from carrierx_provider.core.connections import run_blocking
from carrierx_provider.core.errors import ResourceError
from carrierx_provider.external_did.lifecycle import ExternalDIDLifecycle
from carrierx_simulator import SimulatorSettings, running_simulator
from tests.answering_server import raw_server
from tests.lifecycle.conftest import (
    DECLARED,
    NUMBER,
    SAID,
    TOKENS,
    HeldPause,
    Numbers,
    connections_to,
)
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
def waits() -> Iterator[list[float]]:
    """The seconds before each further attempt, as they are planned: no clock is read."""
    planned: list[float] = []

    def note(details: RetryDetails) -> None:
        planned.append(details.wait_for)
        # Or a test of what is broken would wait for it.
        assert details.wait_for <= LONGEST_WAIT_SECONDS

    hooks = get_on_retry_hooks()
    set_on_retry_hooks([note])
    yield planned
    set_on_retry_hooks(hooks)


def test_a_429_took_no_effect_so_every_call_is_sent_again(numbers: Numbers) -> None:
    """Registrations too, and nothing is looked up: that would only spend what the limit allows."""
    once = {"fault": "status", "status": 429, "calls": {"first": 1}}
    numbers.fail(*({**once, "method": method} for method in ("POST", "PATCH", "DELETE")))
    created = numbers.create(DECLARED)
    updated = numbers.update(created, {**DECLARED, "name": "helpdesk"})
    assert updated.outputs["name"] == "helpdesk"
    numbers.send_delete(updated)
    assert numbers.calls() == [
        *("POST -> 429", "POST -> 200"),
        *("PATCH -> 429", "PATCH -> 200"),
        *("DELETE -> 429", "DELETE -> 204"),
    ]


def test_a_429_pauses_the_whole_process(numbers: Numbers, held_pause: HeldPause) -> None:
    """While one call waits for its Retry-After, no other starts, not even for other accounts."""
    first = numbers.create(DECLARED)
    others = [
        numbers.create({"phonenumber": f"+4670098765{count}", "capabilities": 3, **account})
        for count, account in ((5, {}), (6, {}), (7, {"account": "other"}))
    ]
    numbers.calls()
    numbers.refuse("PATCH", 429, retry_after=1, calls={"nth": 1})
    with ThreadPoolExecutor(5) as pool, closing(held_pause):
        update = pool.submit(numbers.update, first, {**DECLARED, "name": "helpdesk"})
        held_pause.wait_for_pause()
        releases = [pool.submit(numbers.send_delete, other) for other in others]
        held_pause.wait_for_calls(3)
        assert numbers.calls() == ["PATCH -> 429"]
        assert len(numbers.account.numbers()) == 4
        held_pause.close()
        update.result(PATIENCE_SECONDS)
        for release in releases:
            release.result(PATIENCE_SECONDS)
    assert sorted(numbers.calls()) == [*["DELETE -> 204"] * 2, "PATCH -> 200"]
    assert list(numbers.account.numbers()) == [NUMBER]


def test_a_long_retry_after_is_cut_at_the_deadline(numbers: Numbers, waits: list[float]) -> None:
    """An hour is not waited: one more attempt at the deadline, then the error names the wait."""
    created = numbers.create(DECLARED)
    numbers.next_run(deadline_seconds=1)
    numbers.refuse("DELETE", 429, retry_after=3600)
    numbers.calls()

    line = numbers.error(numbers.send_delete, created)

    assert numbers.calls() == ["DELETE -> 429"] * 2
    assert len(waits) == 1
    assert waits[0] <= 1
    assert line == (
        f"{NUMBER} (support): CarrierX refused the release (429), in 2 attempts: {SAID}. "
        "Nothing was changed. Too many calls for this token: run up again in 3600 s. "
        "carrierx:requestsPerSecond limits the calls of one stack."
    )


@pytest.mark.parametrize(
    ("status", "retry_after"), [(429, 2), (503, {"date_in": 2})], ids=["seconds", "date"]
)
def test_a_retry_after_is_the_wait(
    numbers: Numbers, waits: list[float], status: int, retry_after: object
) -> None:
    """Whichever status it comes with, and however it is written."""
    created = numbers.create(DECLARED)
    numbers.refuse("DELETE", status, retry_after=retry_after, calls={"first": 1})
    numbers.send_delete(created)
    assert len(waits) == 1
    # A date knows whole seconds alone, and the first wait without one is at most 0.75 s.
    assert 0.9 < waits[0] <= 2


def test_all_calls_of_an_operation_have_one_deadline(numbers: Numbers, waits: list[float]) -> None:
    """What the read before a release has waited, the release itself does not wait again."""
    created = numbers.create(DECLARED)
    numbers.next_run(deadline_seconds=3)
    late = {"fault": "status", "status": 503, "retry_after": 2}
    numbers.fail({**late, "method": "GET", "calls": {"first": 1}}, {**late, "method": "DELETE"})
    numbers.calls()
    numbers.error(numbers.replace, created, {**DECLARED, "capabilities": 1})
    assert numbers.calls()[:3] == ["GET -> 503", "GET -> 200", "DELETE -> 503"]
    assert 0 < sum(waits) <= 3


def test_the_wait_grows_with_jitter(numbers: Numbers, waits: list[float]) -> None:
    """0.25 s, then twice as long each time, and up to 0.5 s more: who failed together parts."""
    created = numbers.create(DECLARED)
    numbers.next_run(deadline_seconds=60)
    numbers.refuse("DELETE", 503, calls={"first": 3})
    numbers.send_delete(created)
    jitter = [wait - least for wait, least in zip(waits, (0.25, 0.5, 1.0), strict=True)]
    assert all(0 <= more <= 0.5 for more in jitter)
    assert len(set(jitter)) == 3


def test_a_read_is_retried_until_the_deadline(numbers: Numbers) -> None:
    """Then the error says how often."""
    numbers.next_run(deadline_seconds=1)
    numbers.refuse("GET", 503)
    line = numbers.error(numbers.create, {**DECLARED, "adopt_existing": True})
    attempts = len(numbers.calls())
    assert attempts > 2
    assert f"refused the look-up (503), in {attempts} attempts: " in line
    assert numbers.account.numbers() == {}


@pytest.mark.parametrize("status", [400, 401, 418, 501])
def test_a_permanent_failure_is_not_retried(numbers: Numbers, status: int) -> None:
    """The same call would fail again."""
    created = numbers.create(DECLARED)
    numbers.refuse("DELETE", status)
    numbers.calls()
    line = numbers.error(numbers.send_delete, created)
    assert numbers.calls() == [f"DELETE -> {status}"]
    assert "attempts" not in line


ALERT = b"\x15\x03\x03\x00\x02\x02"


@pytest.mark.parametrize(
    ("response", "may_pass"),
    [
        pytest.param(b"", True, id="end"),
        pytest.param(ALERT + b"\x50", True, id="internal error"),
        pytest.param(ALERT + b"\x28", False, id="handshake failure"),
        pytest.param(ALERT + b"\x46", False, id="protocol version"),
        pytest.param(b"HTTP/1.1 502 Bad Gateway\r\n\r\n", True, id="proxy without a way"),
        pytest.param(b"HTTP/1.1 403 Forbidden\r\n\r\n", False, id="proxy with a rule"),
    ],
)
def test_a_handshake_is_tried_again_if_its_failure_may_pass(
    response: bytes, *, may_pass: bool, no_proxy: pytest.MonkeyPatch
) -> None:
    """What a server or a proxy is configured to do stays; a connection that ends may not."""
    with raw_server(lambda send: send(response)) as server:
        url = server.url().replace("http:", "https:")
        if response.startswith(b"HTTP"):
            no_proxy.setenv("HTTPS_PROXY", server.url())
            url = "https://api.carrierx.example/core/v2"
        lifecycle = ExternalDIDLifecycle(
            connections_to(url, deadline_seconds=0.5 if may_pass else 10)
        )
        with pytest.raises(ResourceError, match=f"could not be reached at {url} for the regist"):
            run_blocking(lifecycle.create, lifecycle.check(DECLARED).inputs)
        assert (server.connections > 1) is may_pass


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("1" * 10, None),
        ("0", 0.0),
        (" 17 ", 17.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    """Anything else is taken for none, and a date that has passed for now."""
    assert seconds_of(header) == seconds


def test_a_connection_that_could_not_be_made_is_tried_again() -> None:
    """A registration too; it took no effect, so nothing is looked up."""
    hooks = get_on_retry_hooks()
    with ExitStack() as stack:
        # Bound, and not listening: nobody else gets the port before the simulator listens on it.
        reserved = stack.enter_context(socket.socket())
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        started: list[Numbers] = []

        def start(details: RetryDetails) -> None:  # noqa: ARG001 -- of any
            """CarrierX comes up once the first attempt has failed."""
            if not started:
                settings = SimulatorSettings(port=port, tokens=TOKENS)
                started.append(Numbers(stack.enter_context(running_simulator(settings))))

        stack.callback(set_on_retry_hooks, hooks)
        set_on_retry_hooks([start])
        lifecycle = ExternalDIDLifecycle(
            connections_to(f"http://127.0.0.1:{port}/core/v2", deadline_seconds=30)
        )
        created = run_blocking(lifecycle.create, lifecycle.check(DECLARED).inputs)
        (numbers,) = started
        assert numbers.calls() == ["POST -> 200"]
        assert numbers.account.numbers()[NUMBER]["external_did_sid"] == created.id
