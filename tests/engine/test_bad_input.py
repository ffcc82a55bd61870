"""Bad input on the real engine: refused in one line each before any call, or kept as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.engine.account import Account
    from tests.engine.stack import Stack

HALF = "is half of a surrogate pair, so it was cut or decoded wrongly"
TOO_LARGE = (
    "is too large: a call to CarrierX carries at most 1,000,000 bytes of JSON. Keep that much "
    "data elsewhere"
)

WRONG = """\
import datetime
import pathlib
import pulumi
import pulumi_carrierx as carrierx

ring = {}
ring["me"] = ring
deep = "x"
for _ in range(200):
    deep = {"k": deep}


def declare(resource_name, **stated):
    return carrierx.ExternalDID(resource_name, **{
        "phonenumber": "+46700987650", "capabilities": 3, **stated})


right = declare("right")
carrierx.ExternalDID("in a row", "+46700987651", 3)
declare("halves", phonenumber="+46700987652", name="cut \\ud83d", attributes={"\\udc00": "\\udc00"})
declare("ring", phonenumber="+46700987653", attributes=ring, string_key_1=ring)
declare("deep", phonenumber="+46700987654", attributes=deep)
declare("large", phonenumber="+46700987655", attributes={"x": "y" * 2_000_000})
declare("digits", phonenumber=10**5000, capabilities=10**5000, attributes={"n": -10**5000})
declare("keys", phonenumber="+46700987656", attributes={None: 1, (1,): 1, 1: 1, "1": 1})
declare("types", phonenumber=b"1", capabilities={"fax": 1}, name=pathlib.Path("x"),
        attributes={"a.b": {"day": datetime.date(2026, 1, 2), "not": float("nan")}})
declare("url", phonenumber="+46700987657", callback_url="https://example.com:99999/")
declare("two\\nlines", phonenumber="+46700987658", account="a\\nb", **{"x\\ny": 1})
carrierx.ExternalDID.get("path", "../a/b")
pulumi.export("number", declare("last", phonenumber="").phonenumber)
pulumi.export("sid", right.external_did_sid)
"""

TOLD = [
    "in a row: 2 arguments without a name: write each as phonenumber=…, capabilities=… and so on",
    "in a row: phonenumber: is missing: every External DID needs it",
    "in a row: capabilities: is missing: every External DID needs it",
    f"halves: name: is not valid Unicode text: its character 5 {HALF}",
    f'halves: attributes["\\udc00"]: is not valid Unicode text: its character 1 {HALF}',
    "ring: attributes.me: contains itself, which JSON cannot express",
    "ring: string_key_1: must be a string, not an object",
    "deep: attributes.k.k.k.k….k.k.k.k: is nested too deeply: at most 99 levels are sent",
    f"large: attributes: {TOO_LARGE}",
    "digits: phonenumber: is too long for a phone number",
    "digits: capabilities: the integer has a bit that is not a capability: the bits are "
    "1 receive_sms, 2 send_sms, 8 receive_mms, 16 send_mms",
    "digits: attributes.n: is an integer beyond 2^53, which the engine cannot keep exactly: write "
    "it as a string",
    "keys: attributes: has a key that is not a string but null: write a string",
    "keys: attributes: has a key that is not a string but a list: write a string",
    "keys: attributes.1: is there twice, once as a number: write it once",
    "types: phonenumber: must be a string, an E.164 number such as +46700987654",
    "types: capabilities: must be a list of receive_sms, send_sms, receive_mms, send_mms, or "
    "CarrierX's integer",
    "types: name: must be a string, not a PosixPath",
    'types: attributes["a.b"].day: must be JSON, not a date: write it as a string',
    'types: attributes["a.b"].not: is not a finite number: write it as a string',
    "url: callback_url: must be an http(s) URL without white space, such as "
    "https://example.com/sms",
    "two\\nlines: the resource's name in the stack must be a string of printable characters",
    "two\\nlines: x\\ny: is not an input of an External DID: the inputs are phonenumber, "
    "capabilities, underlying_carrier_sid, name, callback_url, attributes, string_key_1, "
    "string_key_2, account, adopt_existing",
    "two\\nlines: account: must be the name of an account in carrierx:accounts, in printable "
    "characters",
    "path: sid: '../a/b' is not the SID of an External DID",
    "last: phonenumber: '' is not E.164: write the country code and the number in digits alone, "
    "such as +46700987654",
    "26 mistakes in 12 External DIDs: nothing was sent to CarrierX. Fix the program and run again.",
]


def errors_in(output: str) -> list[str]:
    """The lines that the engine printed as errors, less its own closing one."""
    lines = [line.strip() for line in output.splitlines() if line.strip().startswith("error: ")]
    return [line.removeprefix("error: ") for line in lines if "unhandled error" not in line]


def test_every_mistake_is_one_line_and_nothing_is_sent(stack: Stack, account: Account) -> None:
    """A program with mistakes of every kind is told them all at once, without a traceback."""
    stack.program(WRONG)
    for run in (stack.preview(), stack.up()):
        assert not run.ok
        assert errors_in(run.output) == TOLD
        assert "Traceback" not in run.output
    assert account.calls() == []
    assert stack.resources() == {}


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "name=pulumi.Output.secret('hidden \\ud83d')",
            f"late: name: is not valid Unicode text: its character 8 {HALF}",
        ),
        (
            "attributes={'a': pulumi.Output.secret({'hidden': {1}, 'b': float('nan')})}",
            "late: attributes.hidden: must be JSON, not a set: write it as a string; late: "
            "attributes.b: is not a finite number: write it as a string",
        ),
        (
            "attributes=first.phonenumber.apply(lambda _: ring)",
            "late: attributes.me: contains itself, which JSON cannot express",
        ),
        (
            "string_key_1=awaited()",
            "late: string_key_1: must be JSON, not bytes: write it as a string",
        ),
    ],
    ids=["half a character", "a set in a secret", "a ring", "awaited bytes"],
)
def test_a_late_value_that_cannot_travel_is_one_line(
    stack: Stack, account: Account, statement: str, told: str
) -> None:
    """What an Output turns out to hold is told like any other mistake, not by a traceback."""
    stack.program(
        "import pulumi\n"
        "import pulumi_carrierx as carrierx\n"
        "ring = {}\n"
        "ring['me'] = ring\n"
        "async def awaited():\n"
        "    return b'hidden'\n"
        "first = carrierx.ExternalDID('first', phonenumber='+46700987650', capabilities=3)\n"
        "carrierx.ExternalDID('late', phonenumber='+46700987651', capabilities=3,\n"
        f"    {statement})\n"
    )
    run = stack.preview()
    assert not run.ok
    assert told in errors_in(run.output)
    assert "Traceback" not in run.output
    assert account.calls() == []


def nested(levels: int) -> Any:
    """As many objects, one in the other."""
    value: Any = "x"
    for _ in range(levels):
        value = {"k": value}
    return value


ODD: dict[str, dict[str, Any]] = {
    "keys": {
        "attributes": {
            "__proto__": {"polluted": True},
            "constructor": {"prototype": "x"},
            "__provider": "x",
            "__defaults": ["x"],
            "__internal": {"__defaults": [], "__provider": "y"},
            "": {"": "empty"},
            "a.b": {"c[0]": 1, "*": 2},
            "\"quotes\" and 'apostrophes'": "\\",
            "white space\n\t": 1,
            "k" * 5000: "long",
            "id": "id",
            "urn": "urn",
            "secret": {"value": "x", "ciphertext": "y"},
            "managed_fields": {"attributes": True},
            "toString": None,
        }
    },
    "text": {
        "name": "\0 \n \u2028 \u202e e\u0301 \u00e9 \U0001f469\u200d\U0001f469",
        "string_key_1": "\0",
        "string_key_2": "",
        "underlying_carrier_sid": "../a/b?c#d",
        "callback_url": "https://user:p%40ss@[::1]:65535/\u00e9?q=1#f",
        "attributes": {
            "e\u0301": "\u00e9",
            "\u00e9": "e\u0301",
            "\0\u202e": "\U0001f600\u2029\x1b[31m",
            "${pulumi.stack}": "{{ x }} %s ${name}",
        },
    },
    "numbers": {
        "attributes": {
            "n": [0.1, -0.0, 5e-324, 2**53 - 1, -(2**53) + 1, 0.1 + 0.2, 1e15 + 0.5, True, None],
            "l": [[], {}, [[]], [None], ""],
            "e": {},
        }
    },
    "deep": {"attributes": nested(99)},
    "large": {"attributes": {"x": "y" * 500_000}, "name": "z" * 400_000},
    "empty": {"attributes": {}},
    "null": {"attributes": None},
}


def test_odd_values_are_kept_as_they_are(stack: Stack, account: Account) -> None:
    """Odd keys, texts, numbers, depths and sizes are registered and come back equal: no change."""
    numbers = {
        resource_name: {"phonenumber": f"+4670098760{count}", "capabilities": 3, **stated}
        for count, (resource_name, stated) in enumerate(ODD.items())
    }
    stack.declare(**numbers)
    assert stack.up().ok
    live, resources = account.numbers(), stack.resources()
    for resource_name, stated in numbers.items():
        expected = {key: value for key, value in stated.items() if value is not None}
        for key in ("attributes",) if "attributes" in expected else ():
            expected[key] = {k: v for k, v in expected[key].items() if v is not None}
        for seen in (live[stated["phonenumber"]], resources[resource_name]["outputs"]):
            found = {**seen, "phonenumber": stated["phonenumber"]}
            assert {key: found[key] for key in expected} == expected, resource_name
    stack.assert_settled()

    stack.declare(text={**numbers["text"], "capabilities": 1})
    warnings = [line for line in stack.preview().output.splitlines() if "warning: +46" in line]
    assert len(warnings) == 1
    assert (
        "+46700987601 (\\x00 \\n \\u2028 \\u202e e\u0301 \u00e9 \U0001f469\\u200d\U0001f469): "
        "capabilities 3 (receive_sms, send_sms) → 1 (receive_sms)" in warnings[0]
    )
