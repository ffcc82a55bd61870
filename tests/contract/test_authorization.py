"""Tokens and scopes: 401 and 403."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from carrierx_simulator import (
    SAMPLE_TOKEN,
    RunningSimulator,
    SimulatorSettings,
    Token,
    running_simulator,
)
from tests.contract.conftest import Connect, path_of, problems

SID = "e8df62d5-07a3-4189-a67e-87585067c5fe"
SCOPES = ("manage", "read", "create", "update", "delete")

# Method, path, body, and the scopes of which one is enough.
CALLS: list[tuple[str, str, dict[str, Any] | None, tuple[str, ...]]] = [
    ("POST", "/external_dids", {}, ("manage", "create")),
    ("GET", "/external_dids", None, ("manage", "read")),
    ("GET", f"/external_dids/{SID}", None, ("manage", "read")),
    ("PATCH", f"/external_dids/{SID}", {}, ("manage", "update")),
    ("PUT", f"/external_dids/{SID}", {}, ("manage", "update")),
    ("DELETE", f"/external_dids/{SID}", None, ("manage", "delete")),
    ("GET", f"/external_dids/{SID}/messaging", None, ("manage", "read")),
    ("POST", f"/external_dids/{SID}/messaging", {}, ("manage", "create")),
]


@pytest.fixture(scope="module")
def scoped() -> Iterator[RunningSimulator]:
    """Run a simulator with one token per scope, named after it."""
    tokens = tuple(Token(scope, frozenset({f"phonenumber.{scope}"})) for scope in SCOPES)
    with running_simulator(SimulatorSettings(tokens=tokens)) as running:
        yield running


@pytest.mark.parametrize(("method", "path", "body", "enough"), CALLS)
@pytest.mark.parametrize("scope", SCOPES)
def test_each_call_needs_one_of_its_scopes(
    scoped: RunningSimulator,
    connect: Connect,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    enough: tuple[str, ...],
    scope: str,
) -> None:
    """A scope that is enough gets past 403; any other is a 403 that names what is needed."""
    response = connect(scoped.base_url, scope).request(method, path, json=body)
    if scope in enough:
        # The SID is unknown and the bodies are empty: what comes next is not about scopes.
        assert response.status_code in (200, 404, 422)
    else:
        needed = ", ".join(f"phonenumber.{name}" for name in enough)
        assert problems(response, 403) == [(None, f"the token needs one of the scopes {needed}")]


@pytest.mark.parametrize(("method", "path", "body", "_enough"), CALLS)
@pytest.mark.parametrize(
    ("authorization", "message", "said"),
    [
        (None, "Unauthorized", "a bearer token is required"),
        ("Bearer wrong", "Bad credentials", "the token is not valid"),
        ("Bearer", "Bad credentials", "the token is not valid"),
        (f"Bearer {SAMPLE_TOKEN}x", "Bad credentials", "the token is not valid"),
        (f"Basic {SAMPLE_TOKEN}", "Bad credentials", "the token is not valid"),
        (SAMPLE_TOKEN, "Bad credentials", "the token is not valid"),
    ],
)
def test_a_call_without_a_valid_token_is_401(
    simulator: RunningSimulator,
    stranger: httpx.Client,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    _enough: tuple[str, ...],
    authorization: str | None,
    message: str,
    said: str,
) -> None:
    """No token, a wrong one, or another scheme is a 401, before anything else is looked at."""
    headers = {} if authorization is None else {"Authorization": authorization}
    url = f"{simulator.base_url}/phonenumber{path}?unknown=1"
    response = stranger.request(method, url, headers=headers, json=body)
    assert response.json()["message"] == message
    assert problems(response, 401) == [(None, said)]
    assert SAMPLE_TOKEN not in response.text


def test_the_scheme_may_be_written_in_any_case(
    simulator: RunningSimulator, stranger: httpx.Client
) -> None:
    """HTTP's authentication schemes know no case."""
    response = stranger.get(
        f"{simulator.base_url}/phonenumber/external_dids",
        headers={"Authorization": f"bearer {SAMPLE_TOKEN}"},
    )
    assert response.status_code == 200


def test_all_tokens_share_one_account(connect: Connect) -> None:
    """What one token registers, another one sees and changes: drift by someone else."""
    settings = SimulatorSettings(tokens=(Token("one"), Token("two")))
    with running_simulator(settings) as running:
        one, two = connect(running.base_url, "one"), connect(running.base_url, "two")
        body = {"phonenumber": "46700987654", "capabilities": 3}
        path = path_of(one.post("/external_dids", json=body).json())
        two.patch(path, json={"name": "drifted"}).raise_for_status()
        assert one.get(path).json()["name"] == "drifted"
