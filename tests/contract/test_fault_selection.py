"""Which calls a fault hits: by method, path, number and token; every, first, n-th or a share."""

from typing import Any

import httpx
import pytest

from carrierx_simulator import Token
from tests.contract.conftest import NUMBER, Api, Connect, Serve, path_of

OTHER = "46700987655"
UNAVAILABLE: dict[str, Any] = {"fault": "status", "status": 503}


def hit(response: httpx.Response) -> bool:
    return response.status_code == 503


def listing(text: str) -> dict[str, Any]:
    return {"params": {"filter": text}}


# By a name: method, path, and what httpx takes. MINE is the SID of NUMBER, THEIRS that of OTHER.
CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "register": ("POST", "external_dids", {"json": {"phonenumber": "46700987654"}}),
    "register +": ("POST", "external-dids", {"json": {"phonenumber": "+46700987654"}}),
    "register other": ("POST", "external_dids", {"json": {"phonenumber": "46700987655"}}),
    "register integer": ("POST", "external_dids", {"json": {"phonenumber": 46700987654}}),
    "register nothing": ("POST", "external_dids", {"content": b""}),
    "register no json": ("POST", "external_dids", {"content": b"not json"}),
    "register list": ("POST", "external_dids", {"content": b"[]"}),
    "list": ("GET", "external_dids", {}),
    "list -": ("GET", "external-dids", {}),
    "eq": ("GET", "external_dids", listing(f'phonenumber eq "{NUMBER}"')),
    "eq +": ("GET", "external_dids", listing(f'phonenumber eq "+{NUMBER}"')),
    "like": ("GET", "external_dids", listing(f'phonenumber like "%{NUMBER}"')),
    "eq other": ("GET", "external_dids", listing(f'phonenumber eq "{OTHER}"')),
    "like other": ("GET", "external_dids", listing(f'phonenumber like "%{OTHER}"')),
    "ne": ("GET", "external_dids", listing(f"phonenumber ne {NUMBER}")),
    "wrong filter": ("GET", "external_dids", listing("phonenumber eq")),
    "get": ("GET", "external_dids/MINE", {}),
    "get -": ("GET", "external-dids/MINE", {}),
    "get other": ("GET", "external_dids/THEIRS", {}),
    "get messaging": ("GET", "external_dids/MINE/messaging", {}),
    "patch": ("PATCH", "external_dids/MINE", {"json": {}}),
    "put": ("PUT", "external_dids/MINE", {"json": {}}),
    "delete": ("DELETE", "external_dids/MINE", {}),
}
POSTS = {name for name in CALLS if name.startswith("register")}
LISTS = {"list", "list -", "eq", "eq +", "like", "eq other", "like other", "ne", "wrong filter"}
GETS = {"get", "get -", "get other"}
CHANGES = {"patch", "put", "delete"}
OF_NUMBER = {"register", "register +", "eq", "eq +", "like", "get", "get -", "get messaging"}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({}, set(CALLS)),
        ({"method": "POST"}, POSTS),
        ({"method": "GET"}, LISTS | GETS | {"get messaging"}),
        *(({"method": name.upper()}, {name}) for name in CHANGES),
        # A pattern is for the whole path below /core/v2; both spellings are one.
        ({"path": "/phonenumber/external_dids"}, POSTS | LISTS),
        ({"path": "/phonenumber/external-dids"}, POSTS | LISTS),
        ({"path": "/phonenumber/external_dids/*"}, GETS | CHANGES | {"get messaging"}),
        ({"path": "*/messaging"}, {"get messaging"}),
        ({"path": "/phonenumber/external_dids/[!/]*-????????????"}, GETS | CHANGES),
        ({"path": "/phonenumber"}, set()),
        # A list without a filter for the number does not match, although it shows it.
        ({"phonenumber": NUMBER}, OF_NUMBER | CHANGES),
        ({"phonenumber": f"+{NUMBER}"}, OF_NUMBER | CHANGES),
        ({"phonenumber": OTHER}, {"register other", "eq other", "like other", "get other"}),
        ({"phonenumber": NUMBER, "method": "PUT", "path": "*dids/*"}, {"put"}),
    ],
)
def test_by_method_path_and_number(api: Api, fault: dict[str, Any], expected: set[str]) -> None:
    """A fault hits the calls that have all it names."""
    sids = {"MINE": NUMBER, "THEIRS": OTHER}
    sids = {name: api.register(number)["external_did_sid"] for name, number in sids.items()}
    api.set_faults({**fault, **UNAVAILABLE})

    def call(method: str, path: str, arguments: dict[str, Any]) -> httpx.Response:
        for name, sid in sids.items():
            path = path.replace(name, sid)
        return api.request(method, path, **arguments)

    assert {name for name, one in CALLS.items() if hit(call(*one))} == expected


def test_a_deleted_number_is_still_known_by_its_sid(api: Api) -> None:
    """A DELETE whose response was lost, and that is sent again, is about the same number."""
    path = path_of(api.register(NUMBER))
    api.set_faults({"method": "DELETE", "phonenumber": NUMBER, "when": "after", **UNAVAILABLE})
    assert [api.delete(path).status_code for _ in range(2)] == [503, 503]
    assert api.get(path).status_code == 404


def test_by_token(serve: Serve, connect: Connect) -> None:
    """A fault with a token hits the calls of the token at that position only."""
    api = serve(tokens=(Token("one"), Token("two")))
    api.set_faults({"token": 1, **UNAVAILABLE})
    clients = [connect(api.simulator.base_url, token) for token in ("one", "two", "three")]
    assert [client.get("/external_dids").status_code for client in clients] == [200, 503, 401]


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
