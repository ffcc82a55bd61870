"""PATCH and PUT of one External DID."""

from typing import Any

import pytest

from carrierx_simulator import SimulatorSettings, running_simulator
from carrierx_simulator.settings import Merge
from tests.contract.conftest import Api, Connect, path_of, problems

REGISTERED_AGAIN = "cannot be updated; delete the External DID and register it again"


def test_the_documented_sample_changes_attributes_only(api: Api) -> None:
    """The documented sample is a 200 with the whole object; everything else is as it was."""
    made = api.register(
        "+46700987654", name="SE External DID", callback_url="https://example.com/cb"
    )
    response = api.patch(path_of(made), json={"attributes": {"name": "marketing sms"}})
    assert response.status_code == 200
    # The sample of an update spells the number with +, and the one of a list without.
    assert response.json() == {
        **made,
        "attributes": {"name": "marketing sms"},
        "phonenumber": "+46700987654",
    }
    assert api.get(path_of(made)).json() == {**made, "attributes": {"name": "marketing sms"}}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "other"),
        ("name", ""),
        ("name", "\u0000\t☎ 電話"),
        ("callback_url", "https://example.com/new"),
        ("callback_url", "HTTP://example.com"),
        ("callback_url", None),
        ("string_key_1", "one"),
        ("string_key_1", None),
        ("string_key_2", "two"),
        ("string_key_2", None),
    ],
)
def test_one_field_changes_alone(api: Api, field: str, value: str | None) -> None:
    """Each updatable field can be changed, or cleared, without touching any other."""
    made = api.register(
        name="support",
        callback_url="https://example.com/cb",
        attributes={"a": 1},
        string_key_1="k1",
        string_key_2="k2",
    )
    api.patch(path_of(made), json={field: value}).raise_for_status()
    assert api.get(path_of(made)).json() == {**made, field: value}


def test_an_empty_object_changes_nothing(api: Api) -> None:
    """A PATCH of {} responds with 200 and leaves everything as it was."""
    made = api.register(attributes={"a": 1})
    assert api.patch(path_of(made), json={}).status_code == 200
    assert api.get(path_of(made)).json() == made


OLD: dict[str, Any] = {"keep": 1, "nest": {"a": 1, "b": {"c": 2}}, "list": [1, 2], "was": {"x": 1}}
NEW: dict[str, Any] = {
    "nest": {"a": 9, "b": {"d": 3}},
    "list": [{"y": 1}],
    "was": "text",
    "n": None,
}


@pytest.mark.parametrize(
    ("merge", "nest"),
    [("shallow", {"a": 9, "b": {"d": 3}}), ("deep", {"a": 9, "b": {"c": 2, "d": 3}})],
)
def test_attributes_merge(connect: Connect, merge: Merge, nest: dict[str, Any]) -> None:
    """Keys left out stay; nested ones only with merge deep; arrays are replaced; null is kept."""
    with running_simulator(SimulatorSettings(merge=merge)) as simulator:
        client = connect(simulator.base_url)
        body = {"phonenumber": "46700987654", "capabilities": 3, "attributes": OLD}
        made = client.post("/external_dids", json=body).json()
        response = client.patch(path_of(made), json={"attributes": NEW})
        stored = client.get(path_of(made)).json()["attributes"]
    assert response.json()["attributes"] == stored
    assert stored == {"keep": 1, "nest": nest, "list": [{"y": 1}], "was": "text", "n": None}


@pytest.mark.parametrize("merge", ["shallow", "deep"])
@pytest.mark.parametrize("new", [{}, {"nest": {"a": None}}, NEW])
def test_replace_leaves_exactly_what_is_said(
    connect: Connect, merge: Merge, new: dict[str, Any]
) -> None:
    """With nested_objects=replace the attributes become the body's, under either merge."""
    with running_simulator(SimulatorSettings(merge=merge)) as simulator:
        client = connect(simulator.base_url)
        body = {"phonenumber": "46700987654", "capabilities": 3, "attributes": OLD, "name": "n"}
        made = client.post("/external_dids", json=body).json()
        client.patch(
            path_of(made), params={"nested_objects": "replace"}, json={"attributes": new}
        ).raise_for_status()
        assert client.get(path_of(made)).json() == {**made, "attributes": new}


def test_replace_without_attributes_keeps_them(api: Api) -> None:
    """nested_objects=replace says nothing about attributes that the body leaves out."""
    made = api.register(attributes={"a": 1})
    response = api.patch(path_of(made), params={"nested_objects": "replace"}, json={"name": "new"})
    assert response.json()["attributes"] == {"a": 1}


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("value", ["", "merge", "Replace", "true"])
def test_other_values_of_nested_objects_are_refused(api: Api, method: str, value: str) -> None:
    """The only accepted value of nested_objects is replace; any other is a 400."""
    made = api.register()
    response = api.request(
        method, path_of(made), params={"nested_objects": value}, json={"name": "x"}
    )
    assert problems(response, 400) == [("nested_objects", "must be replace")]
    assert api.get(path_of(made)).json() == made


def test_a_misspelt_argument_is_refused(api: Api) -> None:
    """An unknown query argument is a 400, so that a misspelt nested_objects does not merge."""
    made = api.register()
    response = api.patch(path_of(made), params={"nested_object": "replace"}, json={"name": "x"})
    assert problems(response, 400) == [("nested_object", "is not a known query argument")]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("capabilities", 3, REGISTERED_AGAIN),
        # Python equals it to 1.
        ("capabilities", True, REGISTERED_AGAIN),
        ("phonenumber", "46700000000", REGISTERED_AGAIN),
        ("phonenumber", 46700987654, REGISTERED_AGAIN),
        ("underlying_carrier_sid", "x", REGISTERED_AGAIN),
        ("status", "released", "is read-only"),
        ("external_did_sid", "x", "is read-only"),
        ("active_capabilities", None, "is read-only"),
        ("id", 0, "is read-only"),
    ],
)
def test_fields_that_cannot_be_updated_are_refused(
    api: Api, field: str, value: object, said: str
) -> None:
    """Another value for a field that is not updatable is a 422 naming it; nothing is stored."""
    made = api.register("46700987654", capabilities=1)
    response = api.patch(path_of(made), json={field: value, "name": "new"})
    assert problems(response, 422) == [(field, said)]
    assert api.get(path_of(made)).json() == made


@pytest.mark.parametrize("spelling", ["46700987654", "+46700987654"])
def test_equal_values_of_other_fields_pass(api: Api, spelling: str) -> None:
    """A body that repeats the whole object with one change is accepted."""
    made = api.register("46700987654")
    response = api.patch(path_of(made), json={**made, "phonenumber": spelling, "name": "new"})
    assert response.status_code == 200
    assert api.get(path_of(made)).json() == {**made, "name": "new"}


def test_all_errors_are_named_at_once(api: Api) -> None:
    """One 422 has an entry for every wrong field, and nothing of the body is stored."""
    made = api.register()
    response = api.patch(
        path_of(made),
        json={
            "string_key_1": "fine",
            "attributes": None,
            "callback_url": "nope",
            "name": None,
            "string_key_2": 2,
            "capabilities": 27,
            "lata": "476",
            "colour": "red",
        },
    )
    assert sorted(problems(response, 422), key=str) == sorted(
        [
            ("attributes", "must be an object"),
            ("callback_url", "must be an http(s) URL"),
            ("name", "must be a string"),
            ("string_key_2", "must be a string or null"),
            ("capabilities", REGISTERED_AGAIN),
            ("lata", "is read-only"),
            ("colour", "is not a field of an External DID"),
        ],
        key=str,
    )
    assert api.get(path_of(made)).json() == made


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


def test_odd_attributes_come_back_equal(api: Api) -> None:
    """Any JSON value under any key survives registration, update and storage."""
    made = api.register(attributes=ODD)
    assert made["attributes"] == ODD
    api.patch(path_of(made), json={"attributes": {"again": ODD}}).raise_for_status()
    assert api.get(path_of(made)).json()["attributes"] == {**ODD, "again": ODD}


@pytest.mark.parametrize("params", [{}, {"nested_objects": "replace"}])
def test_put_replaces_every_updatable_field(api: Api, params: dict[str, str]) -> None:
    """PUT makes every updatable field what the body says, attributes exactly."""
    made = api.register(
        "46700987654", name="old", string_key_1="k", attributes={"a": 1, "b": {"c": 2}}
    )
    changes = {
        "attributes": {"b": {"d": 3}},
        "callback_url": "https://example.com/put",
        "name": "new",
        "string_key_1": None,
        "string_key_2": "k2",
    }
    response = api.put(path_of(made), params=params, json={**made, **changes})
    assert response.status_code == 200
    assert response.json() == {**made, **changes, "phonenumber": "+46700987654"}
    assert api.get(path_of(made)).json() == {**made, **changes}


def test_read_only_fields_keep_their_value(api: Api) -> None:
    """Whatever a PUT says for the fields that cannot be updated, they stay as they are."""
    made = api.register()
    changes = {
        "capabilities": 27,
        "phonenumber": "46700000000",
        "underlying_carrier_sid": 5,
        "external_did_sid": None,
        "status": ["x"],
        "active_capabilities": 4,
        "id": -1,
    }
    assert api.put(path_of(made), json={**made, **changes}).status_code == 200
    assert api.get(path_of(made)).json() == made


def test_an_item_of_a_list_can_be_put_back(api: Api) -> None:
    """The whole object as a list shows it, id included, is a valid PUT."""
    made = api.register()
    (item,) = api.get("/external_dids").json()["items"]
    assert api.put(path_of(made), json={**item, "name": "new"}).status_code == 200


def test_every_missing_field_is_named(api: Api) -> None:
    """A PUT without some fields of the object is a 422 with an entry for each of them."""
    made = api.register()
    response = api.put(path_of(made), json={"name": "new"})
    assert problems(response, 422) == [
        (name, "is required") for name in sorted(made) if name != "name"
    ]
    assert api.get(path_of(made)).json() == made


def test_missing_and_wrong_fields_are_named_at_once(api: Api) -> None:
    """One 422 speaks of missing, wrong and unknown fields together."""
    made = api.register()
    body = {**made, "name": 1, "callback_url": "x", "attributes": "x", "colour": "red"}
    del body["string_key_1"], body["lata"]
    response = api.put(path_of(made), json=body)
    assert problems(response, 422) == [
        ("lata", "is required"),
        ("string_key_1", "is required"),
        ("attributes", "must be an object"),
        ("callback_url", "must be an http(s) URL"),
        ("name", "must be a string"),
        ("colour", "is not a field of an External DID"),
    ]
    assert api.get(path_of(made)).json() == made
