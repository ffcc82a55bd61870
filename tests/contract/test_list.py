"""A list: pages, order, choice of fields, filter. What is refused is in test_refusals.py."""

import pytest

from carrierx_simulator.testing import SimulatedAccount
from tests.contract.conftest import Api, path_of

TWELVE = [f"467000000{i:02}" for i in range(12)]


@pytest.fixture
def twelve(api: Api) -> Api:
    """Register twelve numbers, whose names run against the order of registration."""
    for i, number in enumerate(TWELVE):
        api.register(number, name=f"n{12 - i:02}")
    return api


@pytest.mark.parametrize(
    ("limit", "offset", "count"),
    [(None, None, 10), (5, 0, 5), (5, 5, 5), (5, 10, 2), (1, 3, 1), (1000, 0, 12)]
    + [(10, offset, 0) for offset in (12, 1000, 10**30)],
)
def test_a_page(twelve: Api, limit: int | None, offset: int | None, count: int) -> None:
    """A page has its part of the list; next names the wrong collection, as documented."""
    given = {"limit": limit, "offset": offset}
    params = {name: value for name, value in given.items() if value is not None}
    page = twelve.get("/external_dids", params=params).json()
    start, limit = offset or 0, limit or 10
    assert [item["phonenumber"] for item in page.pop("items")] == TWELVE[start : start + limit]
    has_more = count > 0 and start + count < 12
    after = f"limit={limit}&offset={start + count}"
    url = f"{twelve.simulator.base_url}/phonenumber/dids?{after}"
    assert page.pop("offset") == min(start, 10**18)
    assert page == {
        "count": count,
        "has_more": has_more,
        "limit": limit,
        "pagination": {"next": url if has_more else None},
        "total": 12,
    }


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("name asc", TWELVE[::-1]),
        ("name", TWELVE[::-1]),
        ("name desc", TWELVE),
        ("phonenumber desc", TWELVE[::-1]),
    ],
)
def test_order_sorts_by_a_field(twelve: Api, order: str, expected: list[str]) -> None:
    """A field sorts the whole list before the page is cut; asc is the default direction."""
    assert twelve.numbers(order=order, limit=5, offset=3) == expected[3:8]


def test_order_puts_null_last(api: Api) -> None:
    """Null sorts after every text, and equal values keep the order of registration."""
    for number, key in zip(TWELVE, (None, "b", None, "a"), strict=False):
        api.register(number, string_key_1=key)
    assert api.numbers(order="string_key_1 asc") == [TWELVE[i] for i in (3, 1, 0, 2)]


def test_shuffle_keeps_all_and_changes_the_order(twelve: Api) -> None:
    """A shuffle lists every item once, in an order that differs from call to call."""
    calls = [twelve.numbers(order="shuffle", limit=20) for _ in range(4)]
    assert all(sorted(call) == TWELVE for call in calls)
    # Four equal shuffles of twelve happen by chance once in 10^26.
    assert len({tuple(call) for call in calls}) > 1


@pytest.mark.parametrize(
    "argument", ["include_fields", "includeFields", "exclude_fields", "excludeFields"]
)
def test_fields_can_be_chosen_or_left_out(api: Api, argument: str) -> None:
    """Field filtering has two spellings, for a list and for one number; lists have an id."""
    made = api.register()
    (item,) = api.get("/external_dids").json()["items"]
    (listed,) = api.get("/external_dids", params={argument: "name,capabilities"}).json()["items"]
    one = api.get(path_of(made), params={argument: "name,capabilities"}).json()
    for whole, part in ((item, listed), (made, one)):
        chosen = {"name", "capabilities"}
        left = chosen if argument.startswith("include") else whole.keys() - chosen
        assert part == {name: whole[name] for name in left}


def test_a_thousand_numbers_fit_one_page(api: Api) -> None:
    """A page of 1000 carries 1000 distinct numbers."""
    account = SimulatedAccount(api.simulator)
    for i in range(1001):
        account.register(phonenumber=f"4670000{i:04}", capabilities=3)
    page = api.get("/external_dids", params={"limit": 1000}).json()
    assert len({item["phonenumber"] for item in page["items"]}) == 1000
    assert (page["total"], page["has_more"]) == (1001, True)
    assert api.numbers(limit=1000, offset=1000) == ["46700001000"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('phonenumber eq "46700000001"', ["alpha"]),
        ("phonenumber eq 46700000001", ["alpha"]),
        ("phonenumber eq '46700000001'", ["alpha"]),
        ('phonenumber eq "+46700000001"', []),
        ('phonenumber eq "46700000001" and name eq "beta two"', []),
        ('phonenumber eq "46700000001" and phonenumber eq "46700000002"', []),
        ('phonenumber ne "46700000001"', ["beta two", 'say "hi"', "it's"]),
        ('name eq "beta two"', ["beta two"]),
        ("name eq 'beta two'", ["beta two"]),
        ("name eq 'say \"hi\"'", ['say "hi"']),
        ('name eq "it\'s"', ["it's"]),
        ("name eq Alpha", []),
        ("name like %a%", ["alpha", "beta two", 'say "hi"']),
        ("name like al%", ["alpha"]),
        ("name like %two", ["beta two"]),
        ("name like alpha", ["alpha"]),
        ("name like alph", []),
        ("name like AL%", []),
        ("name like a.*", []),
        ("phonenumber like %0000%", ["alpha", "beta two", "it's"]),
        ("capabilities eq 3", ["beta two"]),
        ('capabilities eq "3"', ["beta two"]),
        ("capabilities eq 3.0", ["beta two"]),
        ("capabilities eq three", []),
        ("capabilities ne 3", ["alpha", 'say "hi"', "it's"]),
        ("capabilities gt 3", ['say "hi"', "it's"]),
        ("capabilities ge 3", ["beta two", 'say "hi"', "it's"]),
        ("capabilities lt 8", ["alpha", "beta two"]),
        ("capabilities le 8", ["alpha", "beta two", "it's"]),
        ("capabilities gt three", []),
        ("name gt beta", ["beta two", 'say "hi"', "it's"]),
        ("name le alpha", ["alpha"]),
        ("attributes.team eq red", ["alpha"]),
        ("attributes.team ne red", ["beta two", 'say "hi"', "it's"]),
        ("attributes.deep.n ge 5", ["alpha"]),
        ("attributes.deep.n.x eq 5", []),
        ("attributes.on eq true", ["alpha"]),
        ("attributes.on eq 1", []),
        ("attributes.deep eq x", []),
        ("callback_url eq null", ["alpha", "beta two", 'say "hi"']),
        ("callback_url ne null", ["it's"]),
        ("callback_url gt a", ["it's"]),
        ("callback_url like %", ["it's"]),
        ('string_key_1 eq "null"', ["beta two"]),
        ("string_key_2 eq b", ["beta two"]),
        ("string_key_1 eq null", ["alpha", 'say "hi"', "it's"]),
        ("status eq assigned and country_code eq SWE and capabilities lt 4", ["alpha", "beta two"]),
        ("  name   eq   alpha   and   capabilities   eq   1  ", ["alpha"]),
        ("id lt 0", []),
    ],
)
def test_a_filter_finds(api: Api, text: str, names: list[str]) -> None:
    """Conditions compare by type, reach nested fields by dots; the total counts what is found."""
    alpha = {"team": "red", "deep": {"n": 5}, "on": True}
    api.register("46700000001", name="alpha", capabilities=1, attributes=alpha)
    api.register("46700000002", name="beta two", string_key_1="null", string_key_2="b")
    api.register("12059051025", name='say "hi"', capabilities=27, attributes={"team": "blue"})
    api.register("46700000004", name="it's", capabilities=8, callback_url="https://example.com/x")
    page = api.get("/external_dids", params={"filter": text}).json()
    assert [item["name"] for item in page["items"]] == names
    first = api.get("/external_dids", params={"filter": text, "limit": 1}).json()
    assert (page["total"], first["total"]) == (len(names), len(names))
    assert (page["has_more"], first["has_more"]) == (False, len(names) > 1)
