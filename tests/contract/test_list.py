"""GET /phonenumber/external_dids: pages, order, choice of fields."""

from typing import Any

import httpx
import pytest

from tests.contract.conftest import Api, problems

FROM_1_TO_1000 = "must be a whole number from 1 to 1000"


@pytest.fixture
def twelve(api: Api) -> list[dict[str, Any]]:
    """Twelve numbers, whose names run against the order of registration."""
    return [api.register(f"467000000{i:02}", name=f"n{12 - i:02}") for i in range(12)]


def numbers(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [item["phonenumber"] for item in response.json()["items"]]


def test_an_empty_list_is_a_page(api: Api) -> None:
    """Without registrations the page is empty, with every documented field."""
    assert api.get("/external_dids").json() == {
        "count": 0,
        "has_more": False,
        "items": [],
        "limit": 10,
        "offset": 0,
        "pagination": {"next": None},
        "total": 0,
    }


def test_the_default_page_has_ten(api: Api, twelve: list[dict[str, Any]]) -> None:
    """Without arguments the first ten come, and next names the wrong collection, as documented."""
    page = api.get("/external_dids").json()
    items = page.pop("items")
    assert [item["external_did_sid"] for item in items] == [
        made["external_did_sid"] for made in twelve[:10]
    ]
    assert page == {
        "count": 10,
        "has_more": True,
        "limit": 10,
        "offset": 0,
        "pagination": {"next": f"{api.simulator.base_url}/phonenumber/dids?limit=10&offset=10"},
        "total": 12,
    }


def test_items_are_whole_objects_with_id(api: Api) -> None:
    """An item of a list is the object as registered, without +, and with an integer id."""
    made = api.register("+46700987654")
    (item,) = api.get("/external_dids").json()["items"]
    assert isinstance(item.pop("id"), int)
    assert item == made
    assert item["phonenumber"] == "46700987654"


def test_paging_by_offset_reaches_everything_once(api: Api, twelve: list[dict[str, Any]]) -> None:
    """Pages by limit and offset walk through all items; ``has_more`` is false on the last one."""
    pages = [
        api.get("/external_dids", params={"limit": 5, "offset": offset}) for offset in (0, 5, 10)
    ]
    assert [numbers(page) for page in pages] == [
        [made["phonenumber"] for made in twelve[first : first + 5]] for first in (0, 5, 10)
    ]
    assert [page.json()["has_more"] for page in pages] == [True, True, False]
    assert [page.json()["count"] for page in pages] == [5, 5, 2]
    assert pages[2].json()["pagination"] == {"next": None}


@pytest.mark.usefixtures("twelve")
@pytest.mark.parametrize("offset", [12, 1000, 10**30])
def test_past_the_end_is_empty(api: Api, offset: int) -> None:
    """An offset at or past the end gives an empty page with the total."""
    page = api.get("/external_dids", params={"offset": offset}).json()
    assert (page["count"], page["items"], page["has_more"]) == (0, [], False)
    assert page["total"] == 12


@pytest.mark.parametrize("limit", [1, 1000])
def test_the_ends_of_the_range_of_limit_pass(api: Api, limit: int) -> None:
    """Limits of 1 and of 1000 are in force as given."""
    assert api.get("/external_dids", params={"limit": limit}).json()["limit"] == limit


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "ten", "", "1.0", "+5", "1_0", "٣"])
def test_limits_outside_the_range_are_refused(api: Api, limit: str) -> None:
    """Any other limit is a 400 that says the range."""
    response = api.get("/external_dids", params={"limit": limit})
    assert problems(response, 400) == [("limit", FROM_1_TO_1000)]


def test_wrong_arguments_are_named_at_once(api: Api) -> None:
    """One 400 has an entry for every wrong argument, unknown and repeated ones too."""
    response = api.get(
        "/external_dids?limit=0&offset=-1&order=colour&filter=x&include_fields=colour&page=2"
        "&exclude_fields=id&exclude_fields=name"
    )
    assert problems(response, 400) == [
        ("include_fields", "not fields of an External DID: colour"),
        ("limit", FROM_1_TO_1000),
        ("offset", "must be a whole number from 0 up"),
        ("order", "must be a field, a field with asc or desc, or shuffle"),
        ("filter", "expected: field operator value, at: x"),
        ("page", "is not a known query argument"),
        ("exclude_fields", "is given more than once"),
    ]


@pytest.mark.parametrize(
    ("order", "backwards"),
    [("name asc", True), ("name", True), ("name desc", False), ("phonenumber desc", True)],
)
def test_order_sorts_by_a_field(
    api: Api, twelve: list[dict[str, Any]], order: str, *, backwards: bool
) -> None:
    """A field sorts the whole list before the page is cut; asc is the default direction."""
    registered = [made["phonenumber"] for made in twelve]
    expected = registered[::-1] if backwards else registered
    response = api.get("/external_dids", params={"order": order, "limit": 5, "offset": 3})
    assert numbers(response) == expected[3:8]


def test_order_puts_null_last(api: Api) -> None:
    """Null sorts after every text, and equal values keep the order of registration."""
    api.register("46700000001")
    api.register("46700000002", string_key_1="b")
    api.register("46700000003")
    api.register("46700000004", string_key_1="a")
    response = api.get("/external_dids", params={"order": "string_key_1 asc"})
    assert numbers(response) == ["46700000004", "46700000002", "46700000001", "46700000003"]


def test_shuffle_keeps_all_and_changes_the_order(api: Api, twelve: list[dict[str, Any]]) -> None:
    """A shuffle lists every item once, in an order that differs from call to call."""
    calls = [
        numbers(api.get("/external_dids", params={"order": "shuffle", "limit": 20}))
        for _ in range(4)
    ]
    assert all(sorted(call) == sorted(made["phonenumber"] for made in twelve) for call in calls)
    # Four equal shuffles of twelve happen by chance once in 10^26.
    assert len({tuple(call) for call in calls}) > 1


@pytest.mark.parametrize("spelling", ["include_fields", "includeFields"])
def test_fields_can_be_chosen(api: Api, spelling: str) -> None:
    """Field filtering leaves only the named fields in each item, in both spellings."""
    made = api.register()
    page = api.get("/external_dids", params={spelling: "id,external_did_sid"}).json()
    (item,) = page["items"]
    assert item.keys() == {"id", "external_did_sid"}
    assert item["external_did_sid"] == made["external_did_sid"]


@pytest.mark.parametrize("spelling", ["exclude_fields", "excludeFields"])
def test_fields_can_be_left_out(api: Api, spelling: str) -> None:
    """Field filtering leaves out the named fields, and nothing else."""
    made = api.register()
    (item,) = api.get("/external_dids", params={spelling: "attributes,id"}).json()["items"]
    assert item.keys() == made.keys() - {"attributes"}


def test_an_empty_choice_of_fields_is_refused(api: Api) -> None:
    """A choice of fields without a name is a 400."""
    response = api.get("/external_dids", params={"include_fields": ""})
    assert problems(response, 400) == [
        ("include_fields", "not fields of an External DID: an empty name")
    ]


@pytest.mark.parametrize("argument", ["with_related", "after", "before"])
def test_what_is_left_out_says_so(api: Api, argument: str) -> None:
    """Documented arguments that are not simulated response 501 in the documented shape."""
    response = api.get("/external_dids", params={argument: "true"})
    assert problems(response, 501) == [(None, f"the query argument {argument} is not simulated")]


def test_a_thousand_numbers_fit_one_page(api: Api) -> None:
    """A page of 1000 carries 1000 distinct numbers."""
    for i in range(1001):
        api.post(
            "/external_dids", json={"phonenumber": f"4670000{i:04}", "capabilities": 3}
        ).raise_for_status()
    response = api.get("/external_dids", params={"limit": 1000})
    assert len(set(numbers(response))) == 1000
    assert (response.json()["total"], response.json()["has_more"]) == (1001, True)
    last = api.get("/external_dids", params={"limit": 1000, "offset": 1000})
    assert numbers(last) == ["46700001000"]
