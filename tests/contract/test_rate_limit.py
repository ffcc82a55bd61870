"""Latency and rate limit."""

import httpx
import pytest

from carrierx_simulator import SettingsError, SimulatorSettings, Token, running_simulator
from carrierx_simulator.call_middleware import RateLimit
from tests.contract.conftest import Api, Connect, problems

MANY = 100
"""Calls among which two fall into the same second, on any machine."""


def until_refused(client: httpx.Client) -> list[httpx.Response]:
    """Register numbers until the rate limit refuses one; the responses."""
    responses: list[httpx.Response] = []
    for i in range(MANY):
        body = {"phonenumber": f"467009{i:05}", "capabilities": 3}
        responses.append(client.post("/external_dids", json=body))
        if responses[-1].status_code == 429:
            return responses
    pytest.fail(f"{MANY} calls, and no 429")


def test_each_call_waits_for_the_latency(connect: Connect) -> None:
    """With latency_ms every API call takes at least that long."""
    with running_simulator(SimulatorSettings(latency_ms=300)) as simulator:
        response = connect(simulator.base_url).get("/external_dids")
    assert response.status_code == 200
    assert response.elapsed.total_seconds() >= 0.3


def test_the_simulators_own_paths_do_not_wait(connect: Connect) -> None:
    """The latency is for the API only: the log is there at once."""
    with running_simulator(SimulatorSettings(latency_ms=600_000)) as simulator:
        url = f"{simulator.origin}/_simulator/requests"
        assert connect(simulator.base_url).get(url, timeout=60).json() == []


def test_a_response_does_not_wait_for_the_network_stack(api: Api) -> None:
    """Calls on a kept connection do not wait the 40 ms of a delayed acknowledgement."""
    api.post("/external_dids", json={})
    # One fast call is enough: a busy machine delays some calls, Nagle's algorithm delays all.
    assert any(
        api.post("/external_dids", json={}).elapsed.total_seconds() < 0.03 for _ in range(MANY)
    )


def test_the_limit_is_for_any_second() -> None:
    """Within any second a token has so many calls; a refusal says how long to wait, exactly."""
    limit = RateLimit()
    waits = [limit.wait(0, 2, now) for now in (10.0, 10.25, 10.5, 10.75, 11.0, 11.125, 11.25)]
    assert waits == [0, 0, 0.5, 0.25, 0, 0.125, 0]
    assert [limit.wait(1, 2, 11.25), limit.wait(0, 0, 11.25)] == [0, 0]


def test_over_the_rate_limit_calls_are_429(connect: Connect) -> None:
    """Over the limit a token gets 429 with Retry-After, and nothing is changed."""
    with running_simulator(SimulatorSettings(rate_limit=2)) as simulator:
        *passed, refused = until_refused(connect(simulator.base_url))
        calls = simulator.requests()
    assert {response.status_code for response in passed} == {200}
    assert len(passed) >= 2
    assert refused.headers["retry-after"] == "1"
    assert problems(refused, 429) == [(None, "the rate limit is reached; try again in 1 s")]
    assert [calls[-1][name] for name in ("status", "fault", "outcome")] == [429, "rate_limit", None]
    assert {(call["fault"], call["outcome"]) for call in calls[:-1]} == {(None, 200)}


def test_each_token_has_its_own_limit(connect: Connect) -> None:
    """A token's limit overrides that of the settings, 0 is no limit; invalid tokens are 401."""
    tokens = (Token("one"), Token("two", rate_limit=0))
    with running_simulator(SimulatorSettings(rate_limit=1, tokens=tokens)) as simulator:
        until_refused(connect(simulator.base_url, "one"))
        for token, status in (("two", 200), ("three", 401)):
            client = connect(simulator.base_url, token)
            assert {client.get("/external_dids").status_code for _ in range(10)} == {status}


def test_a_negative_limit_is_refused() -> None:
    """A limit below 0 is an error, which does not show the token's value."""
    with pytest.raises(SettingsError) as caught:
        SimulatorSettings(tokens=(Token("secret-value", rate_limit=-1),))
    assert str(caught.value) == (
        "tokens: token 1 has a rate limit of -1; it must be a whole number from 0 up"
    )


def test_a_fault_plan_may_change_the_limits(connect: Connect) -> None:
    """The limits of a plan are in force for as long as the plan is."""
    with running_simulator() as simulator:
        client = connect(simulator.base_url)
        simulator.set_faults({"rate_limits": {"0": 1}})
        until_refused(client)
        simulator.clear_faults()
        assert {client.get("/external_dids").status_code for _ in range(10)} == {200}
