"""Tokens and scopes: 401 and 403."""

from typing import Any

import httpx
import pytest

from carrierx_simulator import SAMPLE_TOKEN, Token
from tests.contract.conftest import Api, Connect, Serve, path_of, problems

SID = "e8df62d5-07a3-4189-a67e-87585067c5fe"
SCOPES = ("manage", "read", "create", "update", "delete")
# Method, path, what httpx takes, and the scope that is enough beside manage.
Call = tuple[str, str, dict[str, Any], str]
CALLS: list[Call] = [
    ("POST", "/external_dids", {"json": {}}, "create"),
    ("GET", "/external_dids", {}, "read"),
    ("GET", f"/external_dids/{SID}", {}, "read"),
    ("PATCH", f"/external_dids/{SID}", {"json": {}}, "update"),
    ("PUT", f"/external_dids/{SID}", {"json": {}}, "update"),
    ("DELETE", f"/external_dids/{SID}", {}, "delete"),
    ("GET", f"/external_dids/{SID}/messaging", {}, "read"),
    ("POST", f"/external_dids/{SID}/messaging", {"json": {}}, "create"),
]


def test_each_call_needs_one_of_its_scopes(serve: Serve, connect: Connect) -> None:
    """A scope that is enough gets past 403; any other is a 403 that names what is needed."""
    tokens = tuple(Token(scope, frozenset({f"phonenumber.{scope}"})) for scope in SCOPES)
    base_url = serve(tokens=tokens).simulator.base_url
    clients = {scope: connect(base_url, scope) for scope in SCOPES}
    for scope, client in clients.items():
        for method, path, body, enough in CALLS:
            response = client.request(method, path, **body)
            if scope in ("manage", enough):
                # The SID is unknown and the bodies are empty: what comes next is not about scopes.
                assert response.status_code in (200, 404, 422), (scope, method, path)
            else:
                text = "the token needs one of the scopes phonenumber.manage, phonenumber."
                assert problems(response, 403) == [(None, text + enough)], (scope, method, path)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "authorization",
    [
        None,
        SAMPLE_TOKEN,
        f"Basic {SAMPLE_TOKEN}",
        f"Bearer {SAMPLE_TOKEN}x",
        "Bearer wrong",
        "Bearer",
    ],
)
def test_a_call_without_a_valid_token_is_401(
    api: Api, stranger: httpx.Client, call: Call, authorization: str | None
) -> None:
    """No token, a wrong one, or another scheme is a 401, before anything else is looked at."""
    message, detail = "Bad credentials", "the token is not valid"
    if authorization is None:
        message, detail = "Unauthorized", "a bearer token is required"
    headers = {} if authorization is None else {"Authorization": authorization}
    method, path, body, _ = call
    url = f"{api.simulator.base_url}/phonenumber{path}?unknown=1"
    response = stranger.request(method, url, headers=headers, **body)
    assert response.json()["message"] == message
    assert problems(response, 401) == [(None, detail)]
    assert SAMPLE_TOKEN not in response.text


def test_tokens_share_an_account_by_default(serve: Serve) -> None:
    """What one token registers, another one changes; HTTP's schemes know no case."""
    one = serve(tokens=(Token("one"), Token("two")))
    path, headers = path_of(one.register()), {"Authorization": "bearer two"}
    one.patch(path, json={"name": "drifted"}, headers=headers).raise_for_status()
    assert one.get(path).json()["name"] == "drifted"
