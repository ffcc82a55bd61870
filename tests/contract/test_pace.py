"""Latency and rate limit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import pytest

from carrierx_simulator import SettingsError, SimulatorSettings, Token, running_simulator

if TYPE_CHECKING:
    from collections.abc import Callable

    Problems = Callable[[httpx.Response], list[tuple[str | None, str]]]


def test_each_call_waits_for_the_latency(connect: Callable[..., httpx.Client]) -> None:
    """With latency_ms every API call takes at least that long, and the log does not."""
    with running_simulator(SimulatorSettings(latency_ms=300)) as simulator:
        answer = connect(simulator.base_url).get("/external_dids")
        assert answer.elapsed.total_seconds() >= 0.3
    with running_simulator(SimulatorSettings(latency_ms=600_000)) as simulator:
        client = connect(simulator.base_url)
        with pytest.raises(httpx.ReadTimeout):
            client.get("/external_dids", timeout=0.1)
        assert client.get(f"{simulator.origin}/_simulator/requests").status_code == 200


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


def test_a_token_may_have_a_limit_of_its_own(connect: Callable[..., httpx.Client]) -> None:
    """A token's limit stands before that of the settings; 0 is none."""
    tokens = (Token("one"), Token("two", rate_limit=2), Token("three", rate_limit=0))
    with running_simulator(SimulatorSettings(rate_limit=1, tokens=tokens)) as simulator:
        passed = {
            token.value: [
                connect(simulator.base_url, token.value).get("/external_dids").status_code
                for _ in range(4)
            ].count(200)
            for token in tokens
        }
    assert passed == {"one": 1, "two": 2, "three": 4}


def test_a_negative_limit_is_refused() -> None:
    """A limit below nothing is said to be none, without the token's value."""
    with pytest.raises(SettingsError) as caught:
        SimulatorSettings(tokens=(Token("secret-value", rate_limit=-1),))
    assert str(caught.value) == (
        "tokens: token 1 has a rate limit of -1; it must be a whole number from 0 up"
    )


def test_a_fault_plan_may_change_the_limits(connect: Callable[..., httpx.Client]) -> None:
    """For as long as a plan stands, so do its limits; the log tells which calls they refused."""
    with running_simulator() as simulator:
        client = connect(simulator.base_url)

        def statuses() -> list[int]:
            return [client.get("/external_dids").status_code for _ in range(3)]

        assert statuses() == [200, 200, 200]
        simulator.set_faults({"rate_limits": {"0": 1}})
        assert statuses() == [200, 429, 429]
        simulator.clear_faults()
        assert statuses() == [200, 200, 200]
        calls = client.get(f"{simulator.origin}/_simulator/requests").json()
    shown = [
        [call[name] for name in ("status", "fault", "fault_index", "outcome")] for call in calls
    ]
    assert shown[3:6] == [[200, None, None, 200], *[[429, "rate_limit", None, None]] * 2]
    assert {call[1] for call in shown[:3] + shown[6:]} == {None}


def test_a_refused_call_changes_nothing(connect: Callable[..., httpx.Client]) -> None:
    """A 429 comes before the change: the number is not registered."""
    settings = SimulatorSettings(rate_limit=1, tokens=(Token("one"), Token("two")))
    with running_simulator(settings) as simulator:
        one = connect(simulator.base_url, "one")
        one.get("/external_dids")
        body = {"phonenumber": "46700987654", "capabilities": 3}
        assert one.post("/external_dids", json=body).status_code == 429
        assert connect(simulator.base_url, "two").get("/external_dids").json()["total"] == 0
