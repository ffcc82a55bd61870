"""Which calls a fault hits: by method, path, number and token; every, first, n-th or a share."""

from typing import Any

import httpx
import pytest

from carrierx_simulator import SimulatorSettings, Token, running_simulator
from tests.contract.conftest import Api, Connect, path_of

NUMBER = "46700987654"
OTHER = "46700987655"
UNAVAILABLE: dict[str, Any] = {"fault": "status", "status": 503}


def hit(response: httpx.Response) -> bool:
    return response.status_code == 503


@pytest.mark.parametrize("method", ["POST", "GET", "PATCH", "PUT", "DELETE"])
def test_by_method(api: Api, method: str) -> None:
    """A fault with a method hits calls of that method only."""
    path = path_of(api.register())
    api.set_faults({"method": method, **UNAVAILABLE})
    calls = {
        "POST": api.post("/external_dids", json={}),
        "GET": api.get(path),
        "PATCH": api.patch(path, json={}),
        "PUT": api.put(path, json={}),
        "DELETE": api.delete(path),
    }
    assert {name for name, response in calls.items() if hit(response)} == {method}


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("/phonenumber/external_dids", {"/external_dids", "/external-dids"}),
        ("/phonenumber/external-dids", {"/external_dids", "/external-dids"}),
        (
            "/phonenumber/external_dids/*",
            {"/external_dids/a", "/external-dids/a", "/external_dids/a/messaging"},
        ),
        ("*/messaging", {"/external_dids/a/messaging"}),
        ("/phonenumber/external_dids/[a]", {"/external_dids/a", "/external-dids/a"}),
        ("/phonenumber", set()),
    ],
)
def test_by_path(api: Api, pattern: str, paths: set[str]) -> None:
    """A pattern is held against the whole path below /core/v2; both spellings are one."""
    api.set_faults({"path": pattern, **UNAVAILABLE})
    tried = [
        *("/external_dids", "/external-dids", "/external_dids/a", "/external-dids/a"),
        "/external_dids/a/messaging",
    ]
    assert {path for path in tried if hit(api.get(path))} == paths


@pytest.mark.parametrize("spelling", [NUMBER, f"+{NUMBER}"])
def test_by_number(api: Api, spelling: str) -> None:
    """A number is found in a registration, behind a SID and in a filter, with or without +."""
    mine = path_of(api.register(NUMBER))
    other = f"/external-dids/{api.register(OTHER)['external_did_sid']}"
    api.set_faults({"phonenumber": spelling, **UNAVAILABLE})

    def of(number: str) -> httpx.Response:
        return api.get("/external_dids", params={"filter": f'phonenumber eq "{number}"'})

    def like(number: str) -> httpx.Response:
        return api.get("/external_dids", params={"filter": f'phonenumber like "%{number}"'})

    def again(number: str) -> httpx.Response:
        return api.post("/external_dids", json={"phonenumber": number, "capabilities": 3})

    assert [hit(api.get(path)) for path in (mine, f"{mine}/messaging", other)] == [
        *(True, True, False)
    ]
    assert [hit(of(number)) for number in (NUMBER, f"+{NUMBER}", OTHER)] == [True, True, False]
    assert [hit(like(number)) for number in (NUMBER, OTHER)] == [True, False]
    assert [hit(again(number)) for number in (NUMBER, f"+{NUMBER}", OTHER)] == [True, True, False]


@pytest.mark.parametrize(
    "arguments", [{}, {"filter": "phonenumber eq"}, {"filter": f"phonenumber ne {NUMBER}"}]
)
def test_a_list_that_names_no_number_is_about_none(api: Api, arguments: dict[str, str]) -> None:
    """A list without a filter for the number does not match, although it shows it."""
    api.register(NUMBER)
    api.set_faults({"phonenumber": NUMBER, **UNAVAILABLE})
    assert not hit(api.get("/external_dids", params=arguments))


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'{"phonenumber": 46700987654}'])
def test_a_body_without_a_number_is_about_none(api: Api, body: bytes) -> None:
    """A registration without a number matches no fault of a number."""
    api.set_faults({"phonenumber": NUMBER, **UNAVAILABLE})
    headers = {"Content-Type": "application/json"}
    assert api.post("/external_dids", content=body, headers=headers).status_code in {400, 422}


def test_a_deleted_number_is_still_known_by_its_sid(api: Api) -> None:
    """A DELETE whose response was lost, and that is sent again, is about the same number."""
    path = path_of(api.register(NUMBER))
    api.set_faults({"method": "DELETE", "phonenumber": NUMBER, "when": "after", **UNAVAILABLE})
    assert [api.delete(path).status_code for _ in range(2)] == [503, 503]
    assert api.get(path).status_code == 404


def test_by_token(connect: Connect) -> None:
    """A fault with a token hits the calls of the token at that position only."""
    settings = SimulatorSettings(tokens=(Token("one"), Token("two")))
    with running_simulator(settings) as simulator:
        simulator.set_faults({"faults": [{"token": 1, **UNAVAILABLE}]})
        statuses = [
            connect(simulator.base_url, token).get("/external_dids").status_code
            for token in ("one", "two", "three")
        ]
    assert statuses == [200, 503, 401]


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ({}, [True, True, True, True]),
        ({"calls": "every"}, [True, True, True, True]),
        ({"calls": {"first": 2}}, [True, True, False, False]),
        ({"calls": {"nth": 3}}, [False, False, True, False]),
        ({"calls": {"share": 1}}, [True, True, True, True]),
    ],
)
def test_which_of_the_calls(api: Api, calls: dict[str, Any], expected: list[bool]) -> None:
    """Every call, the first so many, or the n-th, of those that match; others do not count."""
    api.set_faults({"path": "*/external_dids", **calls, **UNAVAILABLE})
    responses = []
    for _ in range(4):
        assert not hit(api.get("/external_dids/a"))
        responses.append(hit(api.get("/external_dids")))
    assert responses == expected


def test_a_share_is_repeatable(api: Api) -> None:
    """The same seed gives the same faults to the same calls; another seed gives others."""

    def hits(seed: int, *more: dict[str, Any]) -> list[bool]:
        share = {"method": "GET", "calls": {"share": 0.3}, **UNAVAILABLE}
        api.set_faults(share, *more, seed=seed)
        return [hit(api.get("/external_dids")) for _ in range(200)]

    first = hits(7)
    assert 35 <= sum(first) <= 85
    assert hits(7) == first
    assert hits(7, {"calls": {"share": 0.5}, "fault": "forget_field", "field": "id"}) == first
    assert hits(8) != first


def test_the_first_fault_that_selects_a_call_hits(api: Api, stranger: httpx.Client) -> None:
    """Each fault counts every call that it matches, whichever fault hits it."""
    faults = [
        {"method": "GET", "calls": {"first": 2}, "fault": "status", "status": 500},
        {"calls": {"nth": 3}, "fault": "status", "status": 502},
        {"method": "GET", "fault": "status", "status": 504},
        {"method": "PUT", "fault": "status", "status": 504},
    ]
    api.set_faults(*faults)
    statuses = [api.get("/external_dids").status_code for _ in range(4)]
    assert statuses == [500, 500, 502, 504]
    response = stranger.get(f"{api.simulator.origin}/_simulator/faults")
    assert response.json() == {
        "plan": {"seed": 0, "faults": faults},
        "matches": [4, 4, 4, 0],
        "hits": [2, 1, 1, 0],
    }


def test_visibility_is_about_registrations_only(api: Api) -> None:
    """A delay of visibility counts registrations, and no other call."""
    first = path_of(api.register(NUMBER))
    api.set_faults({"calls": {"first": 1}, "fault": "delay_visibility", "reads": 1})
    api.get(first)
    api.post(f"{first}/messaging", json={"enabled": True})
    second = path_of(api.register(OTHER))
    assert [api.get(second).status_code for _ in range(2)] == [404, 200]
