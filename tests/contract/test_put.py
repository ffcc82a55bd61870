"""PUT of one External DID."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    Register = Callable[..., dict[str, Any]]
    Problems = Callable[[httpx.Response], list[tuple[str | None, str]]]


def path(made: dict[str, Any]) -> str:
    """The path of a registered number."""
    return f"/external_dids/{made['external_did_sid']}"


@pytest.mark.parametrize("params", [{}, {"nested_objects": "replace"}])
def test_put_replaces_every_updatable_field(
    api: httpx.Client, register: Register, params: dict[str, str]
) -> None:
    """PUT makes every updatable field what the body says, attributes exactly."""
    made = register("46700987654", name="old", string_key_1="k", attributes={"a": 1, "b": {"c": 2}})
    changes = {
        "attributes": {"b": {"d": 3}},
        "callback_url": "https://example.com/put",
        "name": "new",
        "string_key_1": None,
        "string_key_2": "k2",
    }
    answer = api.put(path(made), params=params, json={**made, **changes})
    assert answer.status_code == 200
    assert answer.json() == {**made, **changes, "phonenumber": "+46700987654"}
    assert api.get(path(made)).json() == {**made, **changes}


def test_read_only_fields_keep_their_value(api: httpx.Client, register: Register) -> None:
    """Whatever a PUT says for the fields that cannot be updated, they stay as they are."""
    made = register()
    changes = {
        "capabilities": 27,
        "phonenumber": "46700000000",
        "underlying_carrier_sid": 5,
        "external_did_sid": None,
        "status": ["x"],
        "active_capabilities": 4,
        "id": -1,
    }
    assert api.put(path(made), json={**made, **changes}).status_code == 200
    assert api.get(path(made)).json() == made


def test_an_item_of_a_list_can_be_put_back(api: httpx.Client, register: Register) -> None:
    """The whole object as a list shows it, id included, is a valid PUT."""
    made = register()
    (item,) = api.get("/external_dids").json()["items"]
    assert api.put(path(made), json={**item, "name": "new"}).status_code == 200


def test_every_missing_field_is_named(
    api: httpx.Client, register: Register, problems: Problems
) -> None:
    """A PUT without some fields of the object is a 422 with an entry for each of them."""
    made = register()
    answer = api.put(path(made), json={"name": "new"})
    assert answer.status_code == 422
    assert problems(answer) == [(name, "is required") for name in sorted(made) if name != "name"]
    assert api.get(path(made)).json() == made


def test_missing_and_wrong_fields_are_named_at_once(
    api: httpx.Client, register: Register, problems: Problems
) -> None:
    """One 422 speaks of missing, wrong and unknown fields together."""
    made = register()
    body = {**made, "name": 1, "callback_url": "x", "attributes": "x", "colour": "red"}
    del body["string_key_1"], body["lata"]
    answer = api.put(path(made), json=body)
    assert answer.status_code == 422
    assert problems(answer) == [
        ("lata", "is required"),
        ("string_key_1", "is required"),
        ("attributes", "must be an object"),
        ("callback_url", "must be an http(s) URL"),
        ("name", "must be a string"),
        ("colour", "is not a field of an External DID"),
    ]
    assert api.get(path(made)).json() == made
