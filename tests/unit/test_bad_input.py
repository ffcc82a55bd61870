"""Bad input: every mistake is told in one line, and by the program's own check word for word."""

import asyncio
import datetime as dt
import enum
from decimal import Decimal
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import set_mocks

import pulumi_carrierx as carrierx
from carrierx_provider.core.resource import UNKNOWN, Checked
from carrierx_provider.external_did.inputs import check_inputs
from carrierx_provider.external_did.schema import INPUT_FIELDS
from tests.unit.mocked_engine import MockedEngine

NUMBER = "+46700987654"
RIGHT = {"phonenumber": NUMBER, "capabilities": 3}
INPUTS = ", ".join(INPUT_FIELDS)
HALF = (
    "is not valid Unicode text: its character {} is half of a surrogate pair, so it was cut or "
    "decoded wrongly"
)
BEYOND = "is an integer beyond 2^53, which the engine cannot keep exactly: write it as a string"
NO_NUMBER = "is not a finite number: write it as a string"
NO_URL = "must be an http(s) URL without white space, such as https://example.com/sms"
NO_STRING_KEY = "has a key that is not a string but {}: use a string"
MARKER = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
FOR_PULUMI = "is a string that Pulumi reserves for values not known yet: use another"
TOO_LARGE = (
    "is too large: a call to CarrierX carries at most 1,000,000 bytes of JSON. Keep that much "
    "data elsewhere"
)
NO_E164 = (
    "is not E.164: write the country code and the number in digits alone, such as +46700987654"
)
TOO_LONG = "is too long: a phone number has 7 to 15 digits, country code included"
NAMES = "receive_sms, send_sms, receive_mms, send_mms"
NO_LIST = f"must be a list of {NAMES}, or CarrierX's integer"
NO_BIT = (
    "has a bit that is not a capability: the bits are 1 receive_sms, 2 send_sms, 8 receive_mms, "
    "16 send_mms"
)
TOO_DEEP = "is nested too deeply: at most 99 levels are sent"
UNPRINTABLE = "the resource's name in the stack must be a string of printable characters"
NO_ACCOUNT = "must be the name of an account in carrierx:accounts, in printable characters"


def nested(levels: int, innermost: Any) -> Any:
    """``{"k": {"k": … innermost}}``: as many objects, one in the other."""
    for _ in range(levels):
        innermost = {"k": innermost}
    return innermost


def holding_itself() -> dict[str, Any]:
    """An object that is its own member."""
    value: dict[str, Any] = {}
    value["me"] = value
    return value


def doubled(levels: int) -> list[Any]:
    """A value of a few lists that has 2^levels leaves: each list stands in the next one twice."""
    value: list[Any] = ["x" * 1000]
    for _ in range(levels):
        value = [value, value]
    return value


class Colour(enum.Enum):
    """An Enum whose members stand for strings."""

    RED = "red"


TABLE: list[tuple[str, Any, list[str]]] = [
    ("phonenumber", "\ud800", [f"phonenumber: '\\ud800' {NO_E164}"]),
    ("phonenumber", "+46700987654\n", [f"phonenumber: '+46700987654\\n' {NO_E164}"]),
    ("phonenumber", "x" * 1_000_000, [f"phonenumber: '{'x' * 39}…' {NO_E164}"]),
    ("phonenumber", "9" * 1_000_000, [f"phonenumber: +{'9' * 38}… {TOO_LONG}"]),
    ("phonenumber", 10**5000, [f"phonenumber: {TOO_LONG}"]),
    ("phonenumber", -(10**5000), [f"phonenumber: {TOO_LONG}"]),
    ("capabilities", "3\n", [f"capabilities: '3\\n' is not a capability: use {NAMES}"]),
    ("capabilities", b"\x03", [f"capabilities: {NO_LIST}"]),
    ("capabilities", [True], [f"capabilities: {NO_LIST}"]),
    ("capabilities", 10**5000, [f"capabilities: the integer {NO_BIT}"]),
    (
        "capabilities",
        ["fax", "pager", "fax", 32],
        [
            f"capabilities: 'fax' is not a capability: use {NAMES}",
            f"capabilities: 'pager' is not a capability: use {NAMES}",
            f"capabilities: 32 {NO_BIT}",
        ],
    ),
    ("name", "cut \ud83d", [f"name: {HALF.format(5)}"]),
    ("name", MARKER, [f"name: {FOR_PULUMI}"]),
    ("name", b"support", ["name: must be a string, not bytes"]),
    ("name", type("Two\nLines", (), {})(), ["name: must be a string, not a Two\\nLines"]),
    # Only capabilities may be a list, and so be known in part.
    ("name", [UNKNOWN], ["name: must be a string, not a list"]),
    ("name", holding_itself(), ["name: must be a string, not an object"]),
    ("name", "x" * 1_000_001, [f"name: {TOO_LARGE}"]),
    ("string_key_2", Decimal(1), ["string_key_2: must be a string, not a Decimal"]),
    ("account", "team\nother", [f"account: {NO_ACCOUNT}"]),
    ("adopt_existing", 1, ["adopt_existing: must be true or false, not a number"]),
    *[
        ("callback_url", url, [f"callback_url: {NO_URL}"])
        for url in (
            *("https:", "https:///path", "https://user@", "https://example.com:65536"),
            *("https://[::1", "https://exa\u2100mple.com", "https://example.com/\u2028"),
            *("https://example.com\n", "javascript:alert(1)", "//example.com"),
        )
    ],
    ("attributes", {"x"}, ["attributes: must be an object (a dict), not a set"]),
    ("attributes", holding_itself(), ["attributes.me: contains itself, which JSON cannot express"]),
    ("attributes", nested(100, "x"), [f"attributes.k.k.k.k….k.k.k.k: {TOO_DEEP}"]),
    ("attributes", nested(5000, "x"), [f"attributes.k.k.k.k….k.k.k.k: {TOO_DEEP}"]),
    ("attributes", {"x": doubled(60)}, [f"attributes: {TOO_LARGE}"]),
    ("attributes", {"x": "y" * 1_000_000}, [f"attributes: {TOO_LARGE}"]),
    ("attributes", {"y" * 1_000_000: 1}, [f"attributes: {TOO_LARGE}"]),
    # As JSON is sent, each of these is twelve bytes.
    ("attributes", {"x": "\U0001f600" * 90_000}, [f"attributes: {TOO_LARGE}"]),
    ("attributes", {"n": 10**5000}, [f"attributes.n: {BEYOND}"]),
    ("attributes", {"n": 1e308}, [f"attributes.n: {BEYOND}"]),
    (
        "attributes",
        {"day": dt.date(2026, 1, 2), "x": "y" * 1_000_000},
        [
            f"attributes: {TOO_LARGE}",
            "attributes.day: must be JSON, not a date: write it as a string",
        ],
    ),
    (
        "attributes",
        {True: {"n": 2**53}, "4dabf18193072939515e22adb298388d": [b""], "\ud800": 1j},
        [
            f"attributes: {NO_STRING_KEY.format('a boolean')}",
            f'attributes["a boolean"].n: {BEYOND}',
            "attributes.4dabf18193072939515e22adb298388d: must not be a key: Pulumi marks "
            "its own values with it",
            "attributes.4dabf18193072939515e22adb298388d.0: must be JSON, not bytes: write it as "
            "a string",
            f'attributes["\\ud800"]: {HALF.format(1)}',
            'attributes["\\ud800"]: must be JSON, not a complex: write it as a string',
        ],
    ),
    ("attributes", {None: 1}, [f"attributes: {NO_STRING_KEY.format('null')}"]),
    ("attributes", {10**5000: 1}, [f"attributes: {NO_STRING_KEY.format('a number')}"]),
    (
        "attributes",
        {1: "a", "1": "b"},
        ["attributes.1: is there twice, once as a number: write it once"],
    ),
    ("attributes", {"a": MARKER}, [f"attributes.a: {FOR_PULUMI}"]),
    (
        "attributes",
        {"4dabf18193072939515e22adb298388d": "x"},
        [
            "attributes.4dabf18193072939515e22adb298388d: must not be a key: Pulumi marks "
            "its own values with it"
        ],
    ),
    (
        "attributes",
        {
            "\ud800": 1,
            "day": dt.date(2026, 1, 2),
            "raw": [b"x", {"deep": {"set": {1}}}],
            "a.b": {"": Decimal(1), 'with "quotes"\n': 1j},
            "k" * 100: float("nan"),
            "right": [1, "x"],
        },
        [
            f'attributes["\\ud800"]: {HALF.format(1)}',
            "attributes.day: must be JSON, not a date: write it as a string",
            "attributes.raw.0: must be JSON, not bytes: write it as a string",
            "attributes.raw.1.deep.set: must be JSON, not a set: write it as a string",
            'attributes["a.b"][""]: must be JSON, not a Decimal: write it as a string',
            'attributes["a.b"]["with \\"quotes\\"\\n"]: must be JSON, not a complex: write it as a '
            "string",
            f"attributes.{'k' * 39}…: {NO_NUMBER}",
        ],
    ),
    (
        "attributes",
        {f"k{count}": b"" for count in range(22)},
        [
            *(
                f"attributes.k{count}: must be JSON, not bytes: write it as a string"
                for count in range(20)
            ),
            "attributes: has 2 more problems",
        ],
    ),
]


def lines_of(checked: Checked) -> list[str]:
    return [f"{failure.field}: {failure.reason}" for failure in checked.failures]


def refusal_of(*arguments: Any, **named: Any) -> str:
    """What a program that declares this number is told."""
    engine = MockedEngine()

    async def program() -> str:
        set_mocks(engine)
        with pytest.raises(pulumi.RunError) as refused:
            carrierx.ExternalDID(*arguments, **named)
        assert engine.registered == {}
        return str(refused.value)

    return asyncio.run(program())


@pytest.mark.parametrize(
    ("field", "value", "lines"),
    TABLE,
    # Some of the values are too long for a test's name.
    ids=[f"{field}-{count}" for count, (field, *_) in enumerate(TABLE)],
)
def test_a_wrong_value_is_refused_in_one_line_each(
    field: str, value: Any, lines: list[str]
) -> None:
    """With its path, shortly; and in the same words before the engine is asked."""
    inputs = {**RIGHT, field: value}
    assert lines_of(check_inputs(inputs)) == lines
    assert all(line.isprintable() and len(line) < 300 for line in lines)
    assert refusal_of("support", **inputs) == "; ".join(f"support: {line}" for line in lines)


def test_values_that_turn_out_wrong_late_are_refused_together() -> None:
    """Each with its path, whichever is known first; a set of capabilities is right."""
    output: Any = pulumi.Output.from_input

    async def awaited() -> Any:
        return b"support"

    async def program() -> str:
        set_mocks(MockedEngine())
        number = carrierx.ExternalDID(
            "support",
            phonenumber=NUMBER,
            capabilities=output({"send_sms"}),
            name=awaited(),
            attributes={
                "inner": pulumi.Output.secret({"cut": "\ud800", "set": {1}, "right": 1}),
                "list": [output(float("nan")), output(3)],
            },
        )
        with pytest.raises(pulumi.RunError) as refused:
            await number.id.future()
        return str(refused.value)

    assert asyncio.run(program()).split("; ") == [
        "support: name: must be JSON, not bytes: write it as a string",
        f"support: attributes.inner.cut: {HALF.format(1)}",
        "support: attributes.inner.set: must be JSON, not a set: write it as a string",
        f"support: attributes.list.0: {NO_NUMBER}",
    ]


@pytest.mark.parametrize(
    ("arguments", "named", "line"),
    [
        (
            ("support", NUMBER, 3),
            {},
            "support: 2 arguments without a name: write each as phonenumber=…, capabilities=… and "
            "so on; support: phonenumber: is missing: every External DID needs it; support: "
            "capabilities: is missing: every External DID needs it",
        ),
        ((5,), RIGHT, f"(without a name): {UNPRINTABLE}"),
        (("two\nlines",), RIGHT, f"two\\nlines: {UNPRINTABLE}"),
        (
            ("support",),
            {**RIGHT, "two\nlines": 1, "\ud800": 2},
            f"support: two\\nlines: is not an input of an External DID: the inputs are {INPUTS}; "
            f"support: \\ud800: is not an input of an External DID: the inputs are {INPUTS}",
        ),
    ],
)
def test_wrong_arguments_are_no_traceback(
    arguments: tuple[Any, ...], named: dict[str, Any], line: str
) -> None:
    """Arguments in a row, odd names of arguments, odd names of resources: one line each."""
    assert refusal_of(*arguments, **named) == line


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ({"n": -0.0}, {"n": 0}),
        ({"n": [5e-324, 0.1, 2.0**53 - 1]}, {"n": [5e-324, 0.1, 2**53 - 1]}),
        ({1: ({"n": None, "x": 1}, None)}, {"1": [{"x": 1}, None]}),
        ({"e": Colour.RED, Colour.RED: 1}, {"e": "red", "red": 1}),
        (
            {"__proto__": {"constructor": 1}, "__provider": "x", "__defaults": [], "": {"a.b": 1}},
            {"__proto__": {"constructor": 1}, "__provider": "x", "__defaults": [], "": {"a.b": 1}},
        ),
        ({"\0\n\u202ee\u0301": "\U0001f600\0"}, {"\0\n\u202ee\u0301": "\U0001f600\0"}),
        (nested(99, "x"), nested(99, "x")),
        ({"x": "y" * 900_000}, {"x": "y" * 900_000}),
    ],
)
def test_odd_attributes_keep_their_characters_and_values(value: Any, canonical: Any) -> None:
    """What is valid passes as it was declared, and the check of the result changes nothing more."""
    checked = check_inputs({**RIGHT, "attributes": value})
    assert checked.failures == ()
    assert checked.inputs["attributes"] == canonical
    assert repr(check_inputs(checked.inputs).inputs) == repr(checked.inputs)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:password@example.com/",
        "http://[::1]:65535/x?y#z",
        "HTTPS://EXÄMPLE.COM/å",
        "https://example.com/" + "x" * 100_000,
    ],
)
def test_odd_urls_pass_as_they_are(url: str) -> None:
    """User and password, IPv6, any case, international names, any length."""
    assert check_inputs({**RIGHT, "callback_url": url}).inputs["callback_url"] == url


@pytest.mark.parametrize(("spare", "lines"), [(0, []), (-1, [f"name: {TOO_LARGE}"])])
def test_the_values_count_without_the_names_of_the_fields(spare: int, lines: list[str]) -> None:
    """A million bytes of values are not too many for the few that say which is which."""
    others = len(f'"{NUMBER}"3""')
    inputs = {**RIGHT, "name": "x" * (1_000_000 - others - spare)}
    assert lines_of(check_inputs(inputs)) == lines


GET, LIST = carrierx.get_external_did, carrierx.list_external_dids


@pytest.mark.parametrize(
    ("look_up", "arguments", "line"),
    [
        (GET, {"sid": "a/b"}, "sid: 'a/b' is not the SID of an External DID"),
        (GET, {"sid": "x" * 1_000_000}, f"sid: '{'x' * 59} is not the SID of an External DID"),
        (
            GET,
            {"phonenumber": '1" and name like "%'},
            f"phonenumber: '1\" and name like \"%' {NO_E164}",
        ),
        (GET, {"phonenumber": NUMBER, "account": "a\nb"}, f"account: {NO_ACCOUNT}"),
        (LIST, {"filter": "\ud800"}, f"filter: {HALF.format(1)}"),
        (LIST, {"order": 5}, "order: must be a string, not a number"),
        (
            LIST,
            {"filter": "\u00e9" * 2000},
            "filter: is too long: at most 8,000 bytes fit into a URL",
        ),
        (LIST, {"filter": ""}, "filter: must not be empty: leave it out instead"),
    ],
)
def test_a_look_up_that_cannot_be_asked_is_refused(
    look_up: Any, arguments: dict[str, Any], line: str
) -> None:
    """A SID that is a path, a number that is a filter, half a character: one line, no call."""
    with pytest.raises(pulumi.RunError) as refused:
        look_up(**arguments)
    assert str(refused.value) == f"{look_up.__name__}: {line}"
