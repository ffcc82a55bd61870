"""The log of calls at /_simulator/requests."""

import json
from typing import Any

import httpx

from carrierx_simulator import SAMPLE_TOKEN
from tests.contract.conftest import Api

COLLECTION = "/core/v2/phonenumber/external_dids"


def test_calls_are_logged_in_order(api: Api, stranger: httpx.Client) -> None:
    """Each call has method, path, query, body, status, the index of its token, and no fault."""
    sid = api.register("+46700987654", attributes={"a": [1]})["external_did_sid"]
    api.get("/external-dids", params={"limit": 5, "filter": "name eq 'å b'"})
    api.patch(
        f"/external_dids/{sid}", params={"nested_objects": "replace"}, json={"callback_url": "x"}
    )
    api.delete(f"/external_dids/{sid}")
    same = {"token": 0, "fault": None, "fault_index": None}
    sent = {"phonenumber": "+46700987654", "capabilities": 3, "attributes": {"a": [1]}}
    other = COLLECTION.replace("_", "-")
    query = {"limit": "5", "filter": "name eq 'å b'"}
    replace = {"nested_objects": "replace"}
    expected: list[tuple[str, str, dict[str, str], Any, int]] = [
        ("POST", COLLECTION, {}, sent, 200),
        ("GET", other, query, None, 200),
        ("PATCH", f"{COLLECTION}/{sid}", replace, {"callback_url": "x"}, 422),
        ("DELETE", f"{COLLECTION}/{sid}", {}, None, 204),
    ]
    names = ("method", "path", "query", "body", "status", "outcome")
    shown = stranger.get(f"{api.simulator.origin}/_simulator/requests")
    assert shown.status_code == 200
    assert shown.json() == [
        {**same, **dict(zip(names, (*call, call[-1]), strict=True))} for call in expected
    ]


def test_refused_calls_are_logged_too(api: Api, stranger: httpx.Client) -> None:
    """Unknown paths, methods and bodies that are not JSON are logged as they came; no token is."""
    api.get(f"{api.simulator.base_url}/nowhere")
    api.request("LOCK", "/external_dids")
    url, wrong = api.simulator.origin + COLLECTION, {"Authorization": "Bearer wrong-secret"}
    stranger.get(url, headers=wrong)
    stranger.get(url)
    api.post("/external_dids", content=b"not json")
    api.post("/external_dids", content=b"x" * (1024 * 1024 + 1))
    calls = api.simulator.requests()
    assert [call["status"] for call in calls] == [404, 405, 401, 401, 415, 413]
    assert [call["token"] for call in calls] == [0, 0, None, None, 0, 0]
    assert [call["body"] for call in calls[-2:]] == ["not json", None]
    text = json.dumps(calls)
    assert not [secret for secret in (SAMPLE_TOKEN, "wrong-secret", "earer") if secret in text]


def test_the_log_can_be_cleared(api: Api, stranger: httpx.Client) -> None:
    """DELETE responds with 204 and empties the log; calls on /_simulator are never in it."""
    api.get("/external_dids")
    response = stranger.delete(f"{api.simulator.origin}/_simulator/requests")
    assert (response.status_code, response.content) == (204, b"")
    stranger.get(f"{api.simulator.origin}/_simulator/openapi.json")
    stranger.get(f"{api.simulator.origin}/_simulator/nowhere")
    assert api.simulator.requests() == []
