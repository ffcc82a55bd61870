"""What is wrong before a field is looked at: paths, methods, types, sizes, syntax."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from carrierx_simulator import RunningSimulator
from tests.contract.conftest import Api, path_of, problems

JSON = {"Content-Type": "application/json"}
MEBIBYTE = 1024 * 1024


@pytest.fixture(params=["register", "patch", "put", "messaging"])
def send(request: pytest.FixtureRequest, api: Api) -> Callable[..., httpx.Response]:
    """Send a raw body to each call that needs one."""
    one = path_of(api.register())
    method, path = {
        "register": ("POST", "/external_dids"),
        "patch": ("PATCH", one),
        "put": ("PUT", one),
        "messaging": ("POST", f"{one}/messaging"),
    }[request.param]

    def call(content: bytes, headers: dict[str, str]) -> httpx.Response:
        return api.request(method, path, content=content, headers=headers)

    return call


@pytest.mark.parametrize("headers", [{}, JSON])
def test_a_missing_body_is_400(
    send: Callable[..., httpx.Response], headers: dict[str, str]
) -> None:
    """POST, PATCH and PUT must carry a body."""
    response = send(b"", headers)
    assert problems(response, 400) == [(None, "a body is required, at least {}")]


@pytest.mark.parametrize(
    "media_type",
    [None, "", "text/plain", "text/json", "application/x-www-form-urlencoded", "application/json5"],
)
def test_another_content_type_is_415(
    send: Callable[..., httpx.Response], media_type: str | None
) -> None:
    """A body that is not declared as application/json is a 415, even when it is JSON."""
    response = send(b"{}", {} if media_type is None else {"Content-Type": media_type})
    assert response.json()["message"] == "Unsupported media type"
    assert problems(response, 415) == [(None, "Content-Type must be application/json")]


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_the_content_type_may_have_parameters(api: Api, media_type: str) -> None:
    """Case and parameters of the content type do not matter."""
    response = api.post(
        "/external_dids",
        content=b'{"phonenumber": "46700987654", "capabilities": 3}',
        headers={"Content-Type": media_type},
    )
    assert response.status_code == 200


SYNTAX = "the body is not JSON: syntax error"
DEEP = "the body is not JSON: nested deeper than 100 levels"
OBJECT = "the body must be a JSON object"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", SYNTAX),
        (b"{'a': 1}", SYNTAX),
        (b'{"a": 1,}', SYNTAX),
        (b"\xff\xfe", SYNTAX),
        (b'{"name": "\xff"}', SYNTAX),
        (b'{"attributes": {"a": NaN}}', SYNTAX),
        (b'{"attributes": {"a": -Infinity}}', SYNTAX),
        (b'{"attributes": {"a": 1e999}}', SYNTAX),
        (b'{"name": "\\ud800"}', SYNTAX),
        (b'{"attributes": {"a": ' + b"1" * 5000 + b"}}", SYNTAX),
        (b'{"attributes": ' + b'{"a":' * 100 + b"1" + b"}" * 101, DEEP),
        (b"[" * 100_000 + b"]" * 100_000, DEEP),
        (b"[]", OBJECT),
        (b"null", OBJECT),
        (b"3", OBJECT),
        (b'"text"', OBJECT),
    ],
    ids=range(16),
)
def test_a_body_that_is_no_json_object_is_400(
    send: Callable[..., httpx.Response], content: bytes, said: str
) -> None:
    """Broken syntax, values that JSON does not have, and other JSON than an object are a 400."""
    response = send(content, JSON)
    assert response.json()["message"] == "No JSON object could be decoded"
    assert problems(response, 400) == [(None, said)]


def test_the_deepest_body_that_is_accepted_comes_back(api: Api) -> None:
    """A body of exactly 100 levels passes, through merging too."""
    deep: Any = 1
    for _ in range(99):
        deep = {"a": deep}
    made = api.register(attributes=deep)
    response = api.patch(path_of(made), json={"attributes": deep})
    assert response.json()["attributes"] == deep


def test_a_body_over_one_mebibyte_is_413(send: Callable[..., httpx.Response]) -> None:
    """A body of 1 MiB is read; one more byte is a 413 in the documented shape."""
    frame = b'{"unknown": "%s"}'
    fits = frame % (b"x" * (MEBIBYTE - len(frame) + 2))
    assert len(fits) == MEBIBYTE
    assert send(fits, JSON).status_code == 422
    response = send(fits + b" ", JSON)
    assert problems(response, 413) == [(None, "the body is larger than 1048576 bytes")]


def test_a_large_body_is_stored(api: Api) -> None:
    """Attributes of several hundred kilobytes come back equal."""
    attributes = {f"key {i}": "v" * 100 for i in range(5000)}
    assert len(json.dumps(attributes)) > MEBIBYTE // 2
    made = api.register(attributes=attributes)
    assert api.get(path_of(made)).json()["attributes"] == attributes


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/core/v2",
        "/core/v2/phonenumber/dids",
        "/core/v2/phonenumber/external_dids/",
        "/core/v2/phonenumber/external_dids/a/b",
        "/core/v2/phonenumber/external_dids/a/messaging/",
        "/core/v2/phonenumber/external_dids/a%2Fmessaging%2Fb",
        "/core/v1/phonenumber/external_dids",
        "/_simulator",
        "/_simulator/other",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_another_path_is_404(
    simulator: RunningSimulator, stranger: httpx.Client, method: str, path: str
) -> None:
    """A path that does not exist, also by a slash at its end, is a 404 in the documented shape."""
    response = stranger.request(method, simulator.origin + path)
    assert response.json()["message"] == "Not Found"
    assert problems(response, 404) == [(None, "there is no such path")]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/core/v2/phonenumber/external_dids", "GET, POST"),
        ("/core/v2/phonenumber/external-dids", "GET, POST"),
        ("/core/v2/phonenumber/external_dids/x", "GET, PATCH, PUT, DELETE"),
        ("/core/v2/phonenumber/external_dids/x/messaging", "GET, POST"),
        ("/_simulator/requests", "GET, DELETE"),
        ("/_simulator/openapi.json", "GET"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS", "TRACE", "LOCK"])
def test_another_method_is_405(
    simulator: RunningSimulator, stranger: httpx.Client, path: str, allowed: str, method: str
) -> None:
    """A method that a path does not have is a 405 that says which ones it has."""
    response = stranger.request(method, simulator.origin + path)
    if method in allowed.split(", "):
        assert response.status_code == 401
        return
    assert response.headers["allow"] == allowed
    assert problems(response, 405) == [(None, f"allowed are {allowed}")]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_body_where_none_is_needed_is_ignored(api: Api, method: str) -> None:
    """GET and DELETE do not look at a body."""
    path = path_of(api.register())
    response = api.request(method, path, content=b"{", headers={"Content-Type": "text/plain"})
    assert response.status_code in (200, 204)


def test_query_arguments_where_none_are_known_are_refused(api: Api) -> None:
    """Calls without query arguments response 400 to any."""
    one = path_of(api.register())
    for method, path in (("POST", "/external_dids"), ("DELETE", one), ("GET", f"{one}/messaging")):
        response = api.request(method, path, params={"x": "1"})
        assert problems(response, 400) == [("x", "is not a known query argument")]
    assert api.get(one).status_code == 200
