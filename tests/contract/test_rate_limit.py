"""Latency and rate limit."""

import httpx
import pytest

from carrierx_simulator import Token
from carrierx_simulator.call_middleware import RateLimit
from tests.contract.conftest import Api, Connect, Serve, problems

MANY = 100
"""Calls among which two fall into the same second, on any machine."""


def until_refused(client: Api) -> list[httpx.Response]:
    """Register numbers until the rate limit refuses one; the responses."""
    responses: list[httpx.Response] = []
    for i in range(MANY):
        body = {"phonenumber": f"467009{i:05}", "capabilities": 3}
        responses.append(client.post("/external_dids", json=body))
        if responses[-1].status_code == 429:
            return responses
    pytest.fail(f"{MANY} calls, and no 429")


def test_each_call_waits_for_the_latency(serve: Serve) -> None:
    """With latency_ms every API call takes at least that long; the log is there at once."""
    assert serve(latency_ms=300).get("/external_dids").elapsed.total_seconds() >= 0.3
    api = serve(latency_ms=600_000)
    assert api.get(f"{api.simulator.origin}/_simulator/requests", timeout=60).json() == []


def test_a_response_does_not_wait_for_the_network_stack(api: Api) -> None:
    """Calls on a kept connection do not wait the 40 ms of a delayed acknowledgement."""
    api.post("/external_dids", json={})
    # One fast call is enough: a busy machine delays some calls, Nagle's algorithm delays all.
    calls = (api.post("/external_dids", json={}) for _ in range(MANY))
    assert any(call.elapsed.total_seconds() < 0.03 for call in calls)


def test_the_limit_is_for_any_second() -> None:
    """Within any second a token has so many calls; a refusal says how long to wait, exactly."""
    limit = RateLimit()
    waits = [limit.wait(0, 2, now) for now in (10.0, 10.25, 10.5, 10.75, 11.0, 11.125, 11.25)]
    assert waits == [0, 0, 0.5, 0.25, 0, 0.125, 0]
    assert [limit.wait(1, 2, 11.25), limit.wait(0, 0, 11.25)] == [0, 0]


def test_over_the_rate_limit_calls_are_429(serve: Serve) -> None:
    """Over the limit a token gets 429 with Retry-After, and nothing is changed."""
    api = serve(rate_limit=2)
    *passed, refused = until_refused(api)
    assert {response.status_code for response in passed} == {200}
    assert len(passed) >= 2
    assert refused.headers["retry-after"] == "1"
    assert problems(refused, 429) == [(None, "the rate limit is reached; try again in 1 s")]
    *carried_out, last = api.logged()
    assert last == ("POST", 429, "rate_limit", None, None)
    assert set(carried_out) == {("POST", 200, None, None, 200)}


def test_each_token_has_its_own_limit(serve: Serve, connect: Connect) -> None:
    """A token's limit overrides that of the settings, 0 is no limit; invalid tokens are 401."""
    one = serve(rate_limit=1, tokens=(Token("one"), Token("two", rate_limit=0)))
    until_refused(one)
    for token, status in (("two", 200), ("three", 401)):
        client = connect(one.simulator.base_url, token)
        assert {client.get("/external_dids").status_code for _ in range(10)} == {status}


def test_a_fault_plan_may_change_the_limits(api: Api) -> None:
    """The limits of a plan are in force for as long as the plan is."""
    api.set_faults(rate_limits={"0": 1})
    until_refused(api)
    api.simulator.clear_faults()
    assert {api.get("/external_dids").status_code for _ in range(10)} == {200}
