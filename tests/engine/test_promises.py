"""What the engine makes of the provider's plans: what it prints, in which order it calls.

What the provider plans and sends is shown without the engine, case by case: tests/provider. Here
many cases share one stack, so that few runs of the engine carry them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from carrierx_simulator.testing import LoggedRequest
from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.stack import Stack

BASE: dict[str, Any] = {"capabilities": 3}


@dataclass(frozen=True)
class Case:
    """One number's life: declared, changed by somebody else, declared again."""

    before: dict[str, Any]
    after: dict[str, Any] | None
    """None: no longer declared."""
    calls: Sequence[str]
    """How each call of the second ``up`` begins."""
    drift: dict[str, Any] = field(default_factory=dict)
    refreshed: Sequence[str] = ()
    """What the refresh prints."""
    previewed: Sequence[str] = ()
    """What the preview prints."""
    live: dict[str, Any] = field(default_factory=dict)


CASES = {
    "enforced": Case(
        {**BASE, "name": "support", "string_key_1": "K1", "attributes": {"owner": "support"}},
        {**BASE, "name": "support", "string_key_1": "K1", "attributes": {"owner": "support"}},
        drift={"name": "drifted", "string_key_1": None, "attributes": {"owner": "nobody"}},
        refreshed=['~ name               : "support" => "drifted"'],
        previewed=[
            '~ name        : "drifted" => "support"',
            '+ string_key_1: "K1"',
            '~ owner: "nobody" => "support"',
        ],
        calls=[
            'PATCH SID {"attributes": {"owner": "support"}, "name": "support", '
            '"string_key_1": "K1"}'
        ],
    ),
    "cleared": Case(
        {**BASE, "name": "line", "callback_url": "https://example.com/sms", "attributes": {"a": 1}},
        BASE,
        drift={"attributes": {"billing": "B1"}},
        previewed=['- callback_url: "https://example.com/sms"'],
        calls=["GET SID", "PATCH SID ?nested_objects=replace"],
        live={"name": "line", "callback_url": None, "attributes": {"billing": "B1"}},
    ),
    "other_capabilities": Case(
        {**BASE, "attributes": {"owner": "support"}},
        {"capabilities": 1, "attributes": {"owner": "support"}},
        drift={"attributes": {"billing": "B1"}},
        previewed=["~ capabilities: 3 => 1", "does not declare (name, attributes.billing)."],
        calls=["GET SID", "DELETE SID", "POST"],
        live={"capabilities": 1},
    ),
    "other_number": Case(
        BASE,
        {**BASE, "phonenumber": "+46700987699"},
        previewed=["+46700987699 is registered, then +4670098760"],
        calls=["POST", "GET SID", "DELETE SID"],
    ),
    "released": Case(BASE, None, calls=["GET SID", "DELETE SID"]),
    "theirs": Case(
        {**BASE, "callback_url": "https://example.com/sms", "attributes": {"s": "ours"}},
        BASE,
        drift={"callback_url": "https://example.com/theirs", "attributes": {"s": "theirs"}},
        previewed=["no longer declared, but not cleared: attributes.s, callback_url. "],
        calls=[],
        live={"callback_url": "https://example.com/theirs", "attributes": {"s": "theirs"}},
    ),
}


def number_of(name: str) -> str:
    """The number that a case begins with."""
    return f"+467009876{list(CASES).index(name):02}"


def about(call: LoggedRequest) -> tuple[str, str]:
    """The SID or number that a call is about, and the call in one line."""
    if call.method == "POST":
        return call.body["phonenumber"], "POST"
    query = "".join(f" ?{name}={value}" for name, value in call.query.items())
    body = "" if call.body is None else f" {json.dumps(call.body, sort_keys=True)}"
    return call.path.rpartition("/")[2], f"{call.method} SID{query}{body}"


def test_every_kind_of_change_in_one_up(stack: Stack, account: Account) -> None:
    """Refresh and preview print what is to change, the ``up`` does exactly that."""
    before = {name: {"phonenumber": number_of(name), **case.before} for name, case in CASES.items()}
    stack.declare(**before, adopted={"phonenumber": "+46700987698", "capabilities": 3})
    assert stack.up().ok
    sids = {name: resource["id"] for name, resource in stack.resources().items()}
    for name, case in CASES.items():
        if case.drift:
            account.change(number_of(name), **case.drift)
    refreshed = stack.refresh().output
    stack.declare(
        **{
            name: {"phonenumber": number_of(name), **case.after}
            for name, case in CASES.items()
            if case.after is not None
        },
        renamed={"phonenumber": "+46700987698", "capabilities": 3, "aliases": ["adopted"]},
    )
    previewed = stack.preview().output
    account.calls()

    run = stack.up()

    assert run.ok, run.output
    assert previewed.count("(replace)") == 2
    assert previewed.count("which CarrierX cannot update") == 2
    resources, live = stack.resources(), account.numbers()
    now = {name: resource["id"] for name, resource in resources.items()}
    assert now == {
        name: live[each["inputs"]["phonenumber"]]["external_did_sid"]
        for name, each in resources.items()
    }
    logged = [about(call) for call in account.requests()]
    for name, case in CASES.items():
        for line in case.refreshed:
            # Older engines print only how many numbers a refresh changed.
            assert line in refreshed or "=>" not in refreshed
        for line in case.previewed:
            assert line in previewed
        numbers = {number_of(name), (case.after or {}).get("phonenumber")}
        own = {sids[name], now.get(name), *numbers}
        made = [line for subject, line in logged if subject in own]
        assert [line[: len(start)] for line, start in zip(made, case.calls, strict=True)] == [
            *case.calls
        ]
        if case.live:
            assert {key: live[number_of(name)][key] for key in case.live} == case.live
    assert now["renamed"] == sids["adopted"]
    stack.assert_settled()


SPELLINGS = (
    'phonenumber="46700987600", capabilities=["send_sms", "receive_sms"], '
    'attributes={"a": {"y": 2.0, "x": 1}, "n": 3.0, "nothing": None}, callback_url=None',
    "phonenumber=46700987601, capabilities=Capability.RECEIVE_SMS | Capability.SEND_SMS, "
    'attributes={"a": {"y": 2, "x": 1, "nothing": None}, "n": 3}, string_key_1=None, account=None',
    'phonenumber=Output.from_input("46700987602"), '
    'capabilities=[Capability.SEND_SMS, Output.from_input("receive_sms")], '
    'attributes=Output.from_input({"n": 3, "a": {"x": 1, "y": 2}})',
    'phonenumber="+46700987603", capabilities=3.0, attributes={"n": 3, "a": {"x": 1, "y": 2}}, '
    "string_key_2=None, adopt_existing=False",
)


def test_other_spellings_in_a_program_are_no_change(stack: Stack, account: Account) -> None:
    """Spelling, order, kind of number, null or absent, an Output: none is a change."""
    attributes = {"n": 3, "a": {"x": 1, "y": 2}}
    stack.declare(
        **{
            f"n{index}": {
                "phonenumber": f"+4670098760{index}",
                "capabilities": 3,
                "attributes": attributes,
            }
            for index in range(len(SPELLINGS))
        }
    )
    assert stack.up().ok
    account.calls()
    stack.program(
        "from pulumi import Output, export\n"
        "from pulumi_carrierx import Capability, ExternalDID\n"
        + "".join(
            f"n{index} = ExternalDID('n{index}', {arguments})\n"
            f"export('n{index}', n{index}.external_did_sid)\n"
            for index, arguments in enumerate(SPELLINGS)
        )
    )
    run = stack.up("--expect-no-changes")
    assert run.ok, run.output
    assert account.calls() == []


def test_an_input_that_is_not_known_yet_may_replace(stack: Stack) -> None:
    """The preview shows the replaces, what depends on them is not known, and the up settles."""
    numbers = {f"n{index}": {"phonenumber": f"+4670098760{index}", **BASE} for index in range(3)}
    stack.declare(**numbers)
    assert stack.up().ok
    stack.program(
        "import pulumi_carrierx as carrierx\n"
        "n0 = carrierx.ExternalDID('n0', phonenumber='+46700987609', capabilities=3)\n"
        "for index, capabilities in ((1, 1), (2, 27)):\n"
        "    carrierx.ExternalDID(f'n{index}', phonenumber=f'+4670098760{index}',\n"
        "        capabilities=capabilities, name=n0.external_did_sid,\n"
        "        attributes={'sid': n0.external_did_sid, 'deep': {'status': n0.status}})\n"
    )
    previewed = stack.preview()
    assert previewed.ok, previewed.output
    assert "+-3 to replace" in previewed.output
    assert stack.up().ok
    stack.assert_settled()


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
"""Values that are right, however odd."""


def test_odd_values_pass_through_the_engine(stack: Stack, account: Account) -> None:
    """Odd keys, texts, numbers, depths and sizes are in the state as they were declared."""
    numbers = {
        name: {"phonenumber": f"+4670098760{count}", "capabilities": 3, **declared}
        for count, (name, declared) in enumerate(ODD.items())
    }
    stack.declare(**numbers)
    assert stack.up().ok
    live, resources = account.numbers(), stack.resources()
    for name, declared in numbers.items():
        kept = {key: value for key, value in declared.items() if value is not None}
        if "attributes" in kept:
            kept["attributes"] = {k: v for k, v in kept["attributes"].items() if v is not None}
        for seen in (live[declared["phonenumber"]], resources[name]["outputs"]):
            found = {**seen, "phonenumber": declared["phonenumber"]}
            assert {key: found[key] for key in kept} == kept, name
    stack.assert_settled()
    stack.declare(text={**numbers["text"], "capabilities": 1})
    (warning,) = [line for line in stack.preview().output.splitlines() if "warning: +46" in line]
    assert (
        "+46700987601 (\\x00 \\n \\u2028 \\u202e e\u0301 \u00e9 \U0001f469\\u200d\U0001f469): "
        "capabilities 3 (receive_sms, send_sms) → 1 (receive_sms)" in warning
    )
