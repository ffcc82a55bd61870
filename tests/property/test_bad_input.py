"""Any value for any field is refused in clear lines, or goes through and comes back equal."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from carrierx_provider.core.connections import run_blocking
from carrierx_provider.core.errors import ResourceError
from carrierx_provider.core.json_merge import json_equal
from carrierx_provider.core.resource import Result
from carrierx_provider.external_did.inputs import check_inputs
from carrierx_simulator import running_simulator
from tests.property.test_plan_and_calls import NUMBERS, World, assert_settled, through_the_engine

FIELDS = (
    "phonenumber",
    "capabilities",
    "underlying_carrier_sid",
    "name",
    "callback_url",
    "attributes",
    "string_key_1",
    "string_key_2",
    "account",
    "adopt_existing",
)
# Every character there is, halves of surrogate pairs too.
ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=8)
NUMBERS_OF_ALL_SIZES = (
    st.integers()
    | st.floats()
    | st.sampled_from([2**53 - 1, 2**53, -(2**53), 10**400, -0.0, 5e-324, 1e308])
)
SCALARS = st.none() | st.booleans() | NUMBERS_OF_ALL_SIZES | ANY_TEXT | st.binary(max_size=3)
KEYS = (
    ANY_TEXT
    | st.sampled_from(["__proto__", "constructor", "__provider", "__defaults", "a.b", "a[0]", ""])
    | st.integers(-3, 3)
    | st.none()
    | st.booleans()
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=12,
)
NEARLY_NUMBERS = st.from_regex(r"\+?[0-9]{5,18}", fullmatch=True)
NEARLY_URLS = st.from_regex(
    r"(https?|ftp)://([a-z@:\[\]%é]{0,8}\.)?[a-z@:]{0,8}(:[0-9]{0,6})?(/[^\ud800-\udfff]{0,6})?",
    fullmatch=True,
)
UNICODE = st.text(st.characters(codec="utf-8"), max_size=8)
USUAL_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-1e15, 1e15)
    | st.sampled_from([5e-324, -0.0, 0.1 + 0.2])
    | UNICODE
)
USUAL_KEYS = UNICODE | st.sampled_from(["__proto__", "__provider", "__defaults", "a.b", "a[0]", ""])
JSON = st.recursive(
    USUAL_SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(USUAL_KEYS, inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running_simulator() as simulator:
        yield World(simulator)


@settings(max_examples=1000, deadline=None)
@given(
    field=st.sampled_from(FIELDS),
    value=ANYTHING | st.dictionaries(KEYS, ANYTHING, max_size=4) | NEARLY_NUMBERS | NEARLY_URLS,
)
@example(field="attributes", value={"0": False, "": False})
def test_any_value_is_refused_in_lines_or_has_one_canonical_form(field: str, value: Any) -> None:
    """The check never crashes, no reason breaks its line, and a checked value stays as it is."""
    checked = check_inputs({"phonenumber": "+46700987654", "capabilities": 3, field: value})
    for failure in checked.failures:
        line = f"{failure.field}: {failure.reason}"
        assert failure.field.startswith(field)
        assert line.isprintable()
        assert len(line) < 400
    if not checked.failures:
        json.dumps(checked.inputs, allow_nan=False, ensure_ascii=False).encode()
        again = check_inputs(through_the_engine(checked.inputs))
        assert again.failures == ()
        # As text, since 1 equals 1.0 and True. The engine is free to reorder keys.
        assert json.dumps(again.inputs, sort_keys=True) == json.dumps(
            checked.inputs, sort_keys=True
        )


@settings(max_examples=300, deadline=None)
@given(
    declared=st.fixed_dictionaries(
        {},
        optional={
            "name": UNICODE,
            "callback_url": NEARLY_URLS,
            "string_key_1": UNICODE,
            "string_key_2": ANY_TEXT,
            "underlying_carrier_sid": UNICODE,
            "attributes": st.dictionaries(USUAL_KEYS, JSON, max_size=4),
        },
    )
)
def test_what_passes_the_check_is_stored_and_comes_back_equal(
    world: World, declared: dict[str, Any]
) -> None:
    """Through the engine's encoding, over HTTP and back: CarrierX holds what the program states."""
    number = {"phonenumber": next(NUMBERS), "capabilities": 3}
    checked = world.lifecycle.check({**number, **declared})
    for failure in checked.failures:
        del declared[failure.field.split(".")[0].split("[")[0]]
    checked = world.lifecycle.check({**number, **declared})
    assert checked.failures == ()
    inputs = through_the_engine(checked.inputs)
    created = run_blocking(world.lifecycle.create, inputs)
    sid = created.id
    live = world.live(sid)
    assert json_equal({**live, **number}, {**live, **checked.inputs})
    assert_settled(world, sid, through_the_engine(created.outputs), inputs)
    run_blocking(world.lifecycle.delete, sid, created.outputs)


def nested(levels: int) -> Any:
    """As many objects, one in the other."""
    value: Any = "x"
    for _ in range(levels):
        value = {"k": value}
    return value


def holding_itself() -> list[Any]:
    """A list that is its own item."""
    value: list[Any] = []
    value.append(value)
    return value


BAD: dict[str, Any] = {
    "a boolean": True,
    "a number": 7,
    "a huge number": 10**400,
    "no number": float("nan"),
    "bytes": b"x",
    "a set": {"x"},
    "a list": ["x"],
    "a ring": holding_itself(),
    "an object": {"k": "x"},
    "deep": nested(90),
    "too deep": nested(200),
    "large": {f"k{count}": "x" * 100 for count in range(2000)},
    "too large": {"k": "x" * 1_000_001},
    "odd keys": {"__proto__": {"constructor": 1}, "": 1, "a.b": [], "\0\n/\u202e": "x"},
    "no text": "",
    "long": "x" * 100_000,
    "too long": "x" * 1_000_001,
    "control characters": "a\0b\r\n\x1b[31m",
    "unicode": "e\u0301 \u202e \U0001f469\u200d\U0001f469",
    "half a character": "\ud83d",
    "a path": "../a/b?c#d",
}
OBJECTS = {"an object", "deep", "large", "odd keys"}
TEXTS = {"long", "control characters", "unicode", "a path"}
TAKEN: dict[str, set[str]] = {
    "name": TEXTS,
    "underlying_carrier_sid": TEXTS,
    "string_key_1": {*TEXTS, "no text"},
    "string_key_2": {*TEXTS, "no text"},
    "attributes": OBJECTS,
    "adopt_existing": {"a boolean"},
}
"""What is no mistake: it is registered, and reads back equal."""


def refusal(world: World, inputs: dict[str, Any]) -> list[str] | Result:
    """The lines that the check, or else the create, refuses with; or what was created."""
    checked = world.lifecycle.check(inputs)
    if checked.failures:
        return [f"{failure.field}: {failure.reason}" for failure in checked.failures]
    try:
        return run_blocking(world.lifecycle.create, through_the_engine(checked.inputs))
    except ResourceError as error:
        return [str(error)]


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_refuses_a_bad_value_or_keeps_it(world: World, field: str) -> None:
    """Each kind of value in each field: told in short lines and not sent, or read back equal."""
    taken = set()
    for kind, value in BAD.items():
        inputs = {"phonenumber": next(NUMBERS), "capabilities": 3, field: value}
        world.account.calls()
        created = refusal(world, inputs)
        if isinstance(created, list):
            assert all(line.isprintable() and len(line) < 300 for line in created), kind
            assert world.account.calls() == [], kind
            continue
        taken.add(kind)
        sid, outputs = created.id, through_the_engine(created.outputs)
        assert json_equal({**outputs, **world.live(sid)}[field], value), kind
        assert_settled(world, sid, outputs, through_the_engine(inputs))
        run_blocking(world.lifecycle.delete, sid, created.outputs)
    assert taken == TAKEN.get(field, set())
