"""PATCH and PUT of one External DID. What is refused is in test_refusals.py."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.conftest import NUMBER, Api, Serve, path_of

REPLACE = {"nested_objects": "replace"}
OLD: dict[str, Any] = {"keep": 1, "nest": {"a": 1, "b": {"c": 2}}, "list": [1, 2], "was": {"x": 1}}
NEW: dict[str, Any] = {
    "nest": {"a": 9, "b": {"d": 3}},
    "list": [{"y": 1}],
    "was": "text",
    "n": None,
}
ODD: dict[str, Any] = {
    "": "empty key",
    "__proto__": {"constructor": 1},
    "a.b": "dot",
    "big": 2**53 + 1,
    "negative": -0.5,
    "emoji": "📞",
    "nul": "\u0000",
    "nothing": None,
    "no": False,
    "many": [[], {}, [None, [True]]],
}
REGISTERED: dict[str, Any] = {
    "name": "SE External DID",
    "callback_url": "https://example.com/cb",
    "attributes": OLD,
    "string_key_1": "k1",
    "string_key_2": "k2",
}


@pytest.mark.parametrize("params", [{}, REPLACE])
@pytest.mark.parametrize(
    "change",
    [
        {},
        *({"name": name} for name in ("other", "", "\u0000\t☎ 電話")),
        *({"callback_url": url} for url in ("https://example.com/new", "HTTP://example.com", None)),
        *({key: value} for key in ("string_key_1", "string_key_2") for value in ("other", None)),
    ],
)
def test_a_patch_changes_what_it_names(
    api: Api, change: dict[str, Any], params: dict[str, str]
) -> None:
    """Each field can be changed, or cleared, alone; attributes that are left out stay."""
    made = api.register(**REGISTERED)
    response = api.patch(path_of(made), params=params, json=change)
    # The sample of an update spells the number with +, and the one of a list without.
    assert response.json() == {**made, **change, "phonenumber": f"+{NUMBER}"}
    assert api.get(path_of(made)).json() == {**made, **change}


@pytest.mark.parametrize(
    ("merge", "nest"),
    [("shallow", {"a": 9, "b": {"d": 3}}), ("deep", {"a": 9, "b": {"c": 2, "d": 3}})],
)
def test_attributes_merge_or_are_replaced(serve: Serve, merge: str, nest: dict[str, Any]) -> None:
    """Keys left out stay, nested ones only with merge deep; null is kept; replace is exact."""
    api = serve(merge=merge)
    made = api.register(attributes=OLD, name="n")

    def attributes(new: dict[str, Any], **params: str) -> dict[str, Any]:
        changed = api.patch(path_of(made), params=params, json={"attributes": new}).json()
        stored = api.get(path_of(made)).json()
        assert changed == {**stored, "phonenumber": f"+{NUMBER}"}
        assert stored == {**made, "attributes": stored["attributes"]}
        shown: dict[str, Any] = stored["attributes"]
        return shown

    assert attributes(NEW) == {**OLD, **NEW, "nest": nest}
    for new in ({"nest": {"a": None}}, {}, NEW):
        assert attributes(new, **REPLACE) == new


def test_odd_attributes_come_back_equal(api: Api) -> None:
    """Any JSON value under any key survives registration, update and storage."""
    made = api.register(attributes=ODD)
    assert made["attributes"] == ODD
    api.patch(path_of(made), json={"attributes": {"again": ODD}}).raise_for_status()
    assert api.get(path_of(made)).json()["attributes"] == {**ODD, "again": ODD}


@pytest.mark.parametrize("spelling", [NUMBER, f"+{NUMBER}"])
def test_equal_values_of_other_fields_pass(api: Api, spelling: str) -> None:
    """A body that repeats the whole object with one change is accepted."""
    made = api.register()
    response = api.patch(path_of(made), json={**made, "phonenumber": spelling, "name": "new"})
    assert response.status_code == 200
    assert api.get(path_of(made)).json() == {**made, "name": "new"}


@pytest.mark.parametrize("params", [{}, REPLACE])
def test_put_replaces_every_updatable_field(api: Api, params: dict[str, str]) -> None:
    """Attributes become exactly the body's; fields that cannot be updated keep their value."""
    made = api.register(**REGISTERED)
    # A PUT takes the object as a list shows it: without +, and with an integer id.
    (item,) = api.get("/external_dids").json()["items"]
    assert isinstance(item["id"], int)
    assert item == {**made, "id": item["id"]}
    ignored = {
        "capabilities": 27,
        "phonenumber": "46700000000",
        "underlying_carrier_sid": 5,
        "external_did_sid": None,
        "status": ["x"],
        "active_capabilities": 4,
        "id": -1,
    }
    changes = {
        "attributes": {"b": {"d": 3}},
        "callback_url": "https://example.com/put",
        "name": "new",
        "string_key_1": None,
        "string_key_2": "other",
    }
    response = api.put(path_of(made), params=params, json={**item, **ignored, **changes})
    assert response.json() == {**made, **changes, "phonenumber": f"+{NUMBER}"}
    assert api.get(path_of(made)).json() == {**made, **changes}


def test_simultaneous_updates_lose_nothing(api: Api) -> None:
    """Merges of different keys at the same time all arrive."""
    path = path_of(api.register())
    keys = [f"key{i}" for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        responses = pool.map(lambda key: api.patch(path, json={"attributes": {key: 1}}), keys)
        assert {response.status_code for response in responses} == {200}
    assert api.get(path).json()["attributes"] == dict.fromkeys(keys, 1)
