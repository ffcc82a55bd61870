"""Bodies at their limits, and what is wrong before a body is looked at: paths and methods."""

import json
from typing import Any

import httpx
import pytest

from tests.contract.conftest import NUMBER, Api, path_of, problems

MEBIBYTE = 1024 * 1024


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_the_content_type_may_have_parameters(api: Api, media_type: str) -> None:
    """Case and parameters of the content type do not matter."""
    body = json.dumps({"phonenumber": NUMBER, "capabilities": 3})
    response = api.post("/external_dids", content=body, headers={"Content-Type": media_type})
    assert response.status_code == 200


def test_a_deep_and_large_body_comes_back(api: Api) -> None:
    """A body of exactly 100 levels and several hundred kilobytes passes, through merging too."""
    deep: Any = {f"key {i}": "v" * 100 for i in range(5000)}
    for _ in range(98):
        deep = {"a": deep}
    assert len(json.dumps(deep)) > MEBIBYTE // 2
    made = api.register(attributes=deep)
    response = api.patch(path_of(made), json={"attributes": deep})
    assert response.json()["attributes"] == deep
    assert api.get(path_of(made)).json()["attributes"] == deep


@pytest.mark.parametrize(
    ("method", "more"), [("POST", None), ("PATCH", ""), ("PUT", ""), ("POST", "/messaging")]
)
def test_a_body_over_one_mebibyte_is_413(api: Api, method: str, more: str | None) -> None:
    """A body of 1 MiB is read; one more byte is a 413 in the documented shape."""
    path = "/external_dids" if more is None else path_of(api.register()) + more
    fits = b'{"unknown": "%s"}' % (b"x" * (MEBIBYTE - 15))
    assert len(fits) == MEBIBYTE
    headers = {"Content-Type": "application/json"}
    assert api.request(method, path, content=fits, headers=headers).status_code == 422
    response = api.request(method, path, content=fits + b" ", headers=headers)
    assert problems(response, 413) == [(None, "the body is larger than 1048576 bytes")]


@pytest.mark.parametrize(
    "path",
    [
        *("/core/v2", "/core/v2/", "/core/v2//phonenumber/external_dids"),
        *("/core/v2/phonenumber/dids", "/core/v2/core/v2/phonenumber/external_dids"),
        *("/core/v2/phonenumber/external_dids/", "/core/v2/phonenumber/external_dids/a/b"),
        "/core/v2/phonenumber/external_dids/a/messaging/",
        "/core/v2/phonenumber/external_dids/a%2Fmessaging%2Fb",
        *("/_simulator", "/_simulator/other"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_another_path_is_404(api: Api, stranger: httpx.Client, method: str, path: str) -> None:
    """A path of the API that does not exist is a 404 in the documented shape."""
    response = stranger.request(method, api.simulator.origin + path)
    assert response.json()["message"] == "Not Found"
    assert problems(response, 404) == [(None, "there is no such path")]


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/phonenumber/external_dids", "/phonenumber/external_dids/SID"),
        *("/core/v1/phonenumber/external_dids", "/core/v20/phonenumber/external_dids"),
        "//core/v2/phonenumber/external_dids",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_path_outside_the_api_is_a_gateways_404(api: Api, method: str, path: str) -> None:
    """No API is there: a page of HTML, and no fault, rate limit or registered number matters."""
    path = path.replace("SID", path_of(api.register()).rpartition("/")[2])
    api.set_faults({"fault": "status", "status": 503}, rate_limits={"0": 1})
    api.simulator.clear_requests()
    for _ in range(2):
        response = api.request(method, api.simulator.origin + path, json={})
        kind = response.headers["content-type"]
        assert (response.status_code, kind) == (404, "text/html; charset=utf-8")
        assert "<title>404 Not Found</title>" in response.text
        assert "errors" not in response.text
    assert api.logged() == [(method, 404, None, None, None)] * 2


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/core/v2/phonenumber/external_dids", "GET, POST"),
        ("/core/v2/phonenumber/external-dids", "GET, POST"),
        ("/core/v2/phonenumber/external_dids/x", "GET, PATCH, PUT, DELETE"),
        ("/core/v2/phonenumber/external_dids/x/messaging", "GET, POST"),
        ("/_simulator/requests", "GET, DELETE"),
        ("/_simulator/faults", "GET, PUT, DELETE"),
        ("/_simulator/openapi.json", "GET"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS", "TRACE", "LOCK"])
def test_another_method_is_405(
    api: Api, stranger: httpx.Client, path: str, allowed: str, method: str
) -> None:
    """A method that a path does not have is a 405 that says which ones it has."""
    response = stranger.request(method, api.simulator.origin + path)
    if method in allowed.split(", "):
        assert response.status_code in {401, 422}
        return
    assert response.headers["allow"] == allowed
    assert problems(response, 405) == [(None, f"allowed are {allowed}")]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_body_where_none_is_needed_is_ignored(api: Api, method: str) -> None:
    """GET and DELETE do not look at a body."""
    path = path_of(api.register())
    response = api.request(method, path, content=b"{", headers={"Content-Type": "text/plain"})
    assert response.status_code in (200, 204)
