"""PATCH of one External DID."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from carrierx_simulator import SimulatorSettings, running_simulator

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from carrierx_simulator.settings import Merge

    Register = Callable[..., dict[str, Any]]
    Problems = Callable[[httpx.Response], list[tuple[str | None, str]]]

REGISTERED_ANEW = "cannot be updated; delete the External DID and register it again"


def path(made: dict[str, Any]) -> str:
    """The path of a registered number."""
    return f"/external_dids/{made['external_did_sid']}"


def test_the_documented_sample_changes_attributes_only(
    api: httpx.Client, register: Register
) -> None:
    """The documentation's sample answers 200 with the whole object, everything else as it was."""
    made = register("+46700987654", name="SE External DID", callback_url="https://example.com/cb")
    answer = api.patch(path(made), json={"attributes": {"name": "marketing sms"}})
    assert answer.status_code == 200
    # The sample of an update spells the number with +, and the one of a list without.
    assert answer.json() == {
        **made,
        "attributes": {"name": "marketing sms"},
        "phonenumber": "+46700987654",
    }
    assert api.get(path(made)).json() == {**made, "attributes": {"name": "marketing sms"}}


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
def test_one_field_changes_alone(
    api: httpx.Client, register: Register, field: str, value: str | None
) -> None:
    """Each updatable field can be changed, or cleared, without touching any other."""
    made = register(
        name="support",
        callback_url="https://example.com/cb",
        attributes={"a": 1},
        string_key_1="k1",
        string_key_2="k2",
    )
    api.patch(path(made), json={field: value}).raise_for_status()
    assert api.get(path(made)).json() == {**made, field: value}


def test_an_empty_object_changes_nothing(api: httpx.Client, register: Register) -> None:
    """A PATCH of {} answers 200 and leaves everything as it was."""
    made = register(attributes={"a": 1})
    assert api.patch(path(made), json={}).status_code == 200
    assert api.get(path(made)).json() == made


OLD: dict[str, Any] = {"keep": 1, "nest": {"a": 1, "b": {"c": 2}}, "list": [1, 2], "was": {"x": 1}}
NEW: dict[str, Any] = {
    "nest": {"a": 9, "b": {"d": 3}},
    "list": [{"y": 1}],
    "was": "text",
    "n": None,
}


@pytest.mark.parametrize(
    ("merge", "nest"),
    [
        ("shallow", {"a": 9, "b": {"d": 3}}),
        ("deep", {"a": 9, "b": {"c": 2, "d": 3}}),
    ],
)
def test_attributes_merge(
    connect: Callable[..., httpx.Client], merge: Merge, nest: dict[str, Any]
) -> None:
    """Keys left out stay; nested ones only with merge deep; arrays are replaced; null is kept."""
    with running_simulator(SimulatorSettings(merge=merge)) as simulator:
        client = connect(simulator.base_url)
        body = {"phonenumber": "46700987654", "capabilities": 3, "attributes": OLD}
        made = client.post("/external_dids", json=body).json()
        answer = client.patch(path(made), json={"attributes": NEW})
        stored = client.get(path(made)).json()["attributes"]
    assert answer.json()["attributes"] == stored
    assert stored == {"keep": 1, "nest": nest, "list": [{"y": 1}], "was": "text", "n": None}


@pytest.mark.parametrize("merge", ["shallow", "deep"])
@pytest.mark.parametrize("new", [{}, {"nest": {"a": None}}, NEW])
def test_replace_leaves_exactly_what_is_said(
    connect: Callable[..., httpx.Client], merge: Merge, new: dict[str, Any]
) -> None:
    """With nested_objects=replace the attributes become the body's, under either merge."""
    with running_simulator(SimulatorSettings(merge=merge)) as simulator:
        client = connect(simulator.base_url)
        body = {"phonenumber": "46700987654", "capabilities": 3, "attributes": OLD, "name": "n"}
        made = client.post("/external_dids", json=body).json()
        client.patch(
            path(made), params={"nested_objects": "replace"}, json={"attributes": new}
        ).raise_for_status()
        assert client.get(path(made)).json() == {**made, "attributes": new}


def test_replace_without_attributes_keeps_them(api: httpx.Client, register: Register) -> None:
    """nested_objects=replace says nothing about attributes that the body leaves out."""
    made = register(attributes={"a": 1})
    answer = api.patch(path(made), params={"nested_objects": "replace"}, json={"name": "new"})
    assert answer.json()["attributes"] == {"a": 1}


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("value", ["", "merge", "Replace", "true"])
def test_other_values_of_nested_objects_are_refused(
    api: httpx.Client, register: Register, problems: Problems, method: str, value: str
) -> None:
    """The only accepted value of nested_objects is replace; any other is a 400."""
    made = register()
    answer = api.request(method, path(made), params={"nested_objects": value}, json={"name": "x"})
    assert answer.status_code == 400
    assert problems(answer) == [("nested_objects", "must be replace")]
    assert api.get(path(made)).json() == made


def test_a_misspelt_argument_is_refused(
    api: httpx.Client, register: Register, problems: Problems
) -> None:
    """An unknown query argument is a 400, so that a misspelt nested_objects does not merge."""
    made = register()
    answer = api.patch(path(made), params={"nested_object": "replace"}, json={"name": "x"})
    assert answer.status_code == 400
    assert problems(answer) == [("nested_object", "is not a known query argument")]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("capabilities", 1, REGISTERED_ANEW),
        ("capabilities", True, REGISTERED_ANEW),
        ("phonenumber", "46700000000", REGISTERED_ANEW),
        ("phonenumber", 46700987654, REGISTERED_ANEW),
        ("underlying_carrier_sid", "x", REGISTERED_ANEW),
        ("status", "released", "is read-only"),
        ("external_did_sid", "x", "is read-only"),
        ("active_capabilities", None, "is read-only"),
        ("id", 0, "is read-only"),
    ],
)
def test_fields_that_cannot_be_updated_are_refused(
    api: httpx.Client, register: Register, problems: Problems, field: str, value: object, said: str
) -> None:
    """Another value for a field that is not updatable is a 422 naming it; nothing is stored."""
    made = register("46700987654")
    answer = api.patch(path(made), json={field: value, "name": "new"})
    assert answer.status_code == 422
    assert problems(answer) == [(field, said)]
    assert api.get(path(made)).json() == made


def test_true_is_not_one(api: httpx.Client, register: Register, problems: Problems) -> None:
    """A boolean is another value than the number that a programming language equals it to."""
    made = register(capabilities=1)
    answer = api.patch(path(made), json={"capabilities": True})
    assert answer.status_code == 422
    assert problems(answer) == [("capabilities", REGISTERED_ANEW)]


@pytest.mark.parametrize("spelling", ["46700987654", "+46700987654"])
def test_equal_values_of_other_fields_pass(
    api: httpx.Client, register: Register, spelling: str
) -> None:
    """A body that repeats the whole object with one change is accepted."""
    made = register("46700987654")
    answer = api.patch(path(made), json={**made, "phonenumber": spelling, "name": "new"})
    assert answer.status_code == 200
    assert api.get(path(made)).json() == {**made, "name": "new"}


def test_all_mistakes_are_named_at_once(
    api: httpx.Client, register: Register, problems: Problems
) -> None:
    """One 422 has an entry for every wrong field, and nothing of the body is stored."""
    made = register()
    answer = api.patch(
        path(made),
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
    assert answer.status_code == 422
    assert sorted(problems(answer), key=str) == sorted(
        [
            ("attributes", "must be an object"),
            ("callback_url", "must be an http(s) URL"),
            ("name", "must be a string"),
            ("string_key_2", "must be a string or null"),
            ("capabilities", REGISTERED_ANEW),
            ("lata", "is read-only"),
            ("colour", "is not a field of an External DID"),
        ],
        key=str,
    )
    assert api.get(path(made)).json() == made


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


def test_odd_attributes_come_back_equal(api: httpx.Client, register: Register) -> None:
    """Any JSON value under any key survives registration, update and storage."""
    made = register(attributes=ODD)
    assert made["attributes"] == ODD
    api.patch(path(made), json={"attributes": {"again": ODD}}).raise_for_status()
    assert api.get(path(made)).json()["attributes"] == {**ODD, "again": ODD}
