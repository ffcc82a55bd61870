"""The filter argument of a list."""

from collections.abc import Callable

import pytest

from tests.contract.conftest import Api, problems


@pytest.fixture
def found(api: Api) -> Callable[[str], list[str]]:
    """Names that a filter finds among four numbers, in the order of registration."""
    api.register(
        "46700000001",
        name="alpha",
        capabilities=1,
        attributes={"team": "red", "deep": {"n": 5}, "on": True},
    )
    api.register("46700000002", name="beta two", capabilities=3, string_key_1="null")
    api.register("12059051025", name='say "hi"', capabilities=27, attributes={"team": "blue"})
    api.register("46700000004", name="it's", capabilities=8, callback_url="https://example.com/x")

    def names(text: str) -> list[str]:
        response = api.get("/external_dids", params={"filter": text})
        assert response.status_code == 200, response.text
        assert response.json()["total"] == response.json()["count"]
        return [item["name"] for item in response.json()["items"]]

    return names


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
        ("string_key_1 eq null", ["alpha", 'say "hi"', "it's"]),
        ("status eq assigned and country_code eq SWE and capabilities lt 4", ["alpha", "beta two"]),
        ("  name   eq   alpha   and   capabilities   eq   1  ", ["alpha"]),
        ("id lt 0", []),
    ],
)
def test_a_filter_finds(found: Callable[[str], list[str]], text: str, names: list[str]) -> None:
    """Conditions compare by type, reach nested fields by dots, and are joined by and."""
    assert found(text) == names


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected: field operator value, at: its end"),
        ("name", "expected: field operator value, at: name"),
        ("name eq", "expected: field operator value, at: name eq"),
        ("name eq two words", "conditions are joined by and, at: words"),
        ('name eq "open', 'expected: field operator value, at: name eq "open'),
        ('name eq "a"b', 'expected: field operator value, at: name eq "a"b'),
        ("name eq a or name eq b", "conditions are joined by and, at: or name eq b"),
        ("not name eq a", "not is not a field of an External DID"),
        ("(name eq a)", "expected: field operator value, at: (name eq a)"),
        ("name eq a and", "conditions are joined by and, at: and"),
        ("name eq a and ", "expected: field operator value, at: its end"),
        ("name is a", "is is not one of eq, ne, gt, ge, lt, le, like"),
        ("colour eq red", "colour is not a field of an External DID"),
        ("name.first eq a", "name has no nested fields"),
    ],
)
def test_other_text_is_refused(api: Api, text: str, said: str) -> None:
    """Anything outside the grammar is a 400 that shows where it stops making sense."""
    response = api.get("/external_dids", params={"filter": text})
    (entry,) = problems(response, 400)
    assert entry == ("filter", said)


def test_a_filter_counts_before_the_page_is_cut(api: Api) -> None:
    """The total and has_more speak of what the filter finds, not of everything."""
    for i in range(5):
        api.register(f"4670000000{i}", capabilities=1 if i % 2 else 3)
    response = api.get("/external_dids", params={"filter": "capabilities eq 3", "limit": 2}).json()
    assert (response["count"], response["total"], response["has_more"]) == (2, 3, True)
