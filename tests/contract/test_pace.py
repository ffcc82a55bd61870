"""Latency and rate limit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from carrierx_simulator import SimulatorSettings, Token, running_simulator

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    Problems = Callable[[httpx.Response], list[tuple[str | None, str]]]


def test_each_call_waits_for_the_latency(connect: Callable[..., httpx.Client]) -> None:
    """With latency_ms every API call takes at least that long, and the log does not."""
    with running_simulator(SimulatorSettings(latency_ms=300)) as simulator:
        client = connect(simulator.base_url)
        begun = time.monotonic()
        assert client.get("/external_dids").status_code == 200
        assert time.monotonic() - begun >= 0.3
        begun = time.monotonic()
        assert len(client.get(f"{simulator.origin}/_simulator/requests").json()) == 1
        assert time.monotonic() - begun < 0.3


def test_an_answer_does_not_wait_for_the_network_stack(api: httpx.Client) -> None:
    """Calls on a kept connection never wait the 40 ms of a delayed acknowledgement."""
    answers = [api.post("/external_dids", json={}) for _ in range(20)]
    # The fastest of many: a busy machine delays some calls, and Nagle's algorithm delays all.
    assert min(answer.elapsed.total_seconds() for answer in answers[1:]) < 0.03


def test_over_the_rate_limit_calls_are_429(
    connect: Callable[..., httpx.Client], problems: Problems
) -> None:
    """Over the limit a token gets 429 with Retry-After; after waiting so long it may go on."""
    with running_simulator(SimulatorSettings(rate_limit=2)) as simulator:
        client = connect(simulator.base_url)
        answers = [client.get("/external_dids") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        refused = answers[2]
        assert refused.headers["retry-after"] == "1"
        assert problems(refused) == [(None, "the rate limit is reached; try again in 1 s")]
        time.sleep(1)
        assert client.get("/external_dids").status_code == 200


def test_each_token_has_its_own_limit(connect: Callable[..., httpx.Client]) -> None:
    """One token's calls do not use up another's, and invalid tokens are 401, never 429."""
    settings = SimulatorSettings(rate_limit=1, tokens=(Token("one"), Token("two")))
    with running_simulator(settings) as simulator:
        statuses = [
            connect(simulator.base_url, token).get("/external_dids").status_code
            for token in ("one", "two", "one", "three", "three")
        ]
    assert statuses == [200, 200, 429, 401, 401]


def test_a_refused_call_changes_nothing(connect: Callable[..., httpx.Client]) -> None:
    """A 429 comes before the change: the number is not registered."""
    settings = SimulatorSettings(rate_limit=1, tokens=(Token("one"), Token("two")))
    with running_simulator(settings) as simulator:
        one = connect(simulator.base_url, "one")
        one.get("/external_dids")
        body = {"phonenumber": "46700987654", "capabilities": 3}
        assert one.post("/external_dids", json=body).status_code == 429
        assert connect(simulator.base_url, "two").get("/external_dids").json()["total"] == 0
