"""Any value for any field is refused in clear lines, or goes through and comes back equal."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from carrierx_provider.core.connections import run_blocking
from carrierx_provider.core.json_merge import json_equal
from carrierx_provider.external_did.inputs import Inputs, check_inputs
from carrierx_provider.external_did.schema import INPUT_FIELDS
from carrierx_simulator import running_simulator
from tests.property.test_plan_and_calls import NUMBERS, World, assert_settled, through_the_engine
from tests.unit.test_bad_input import nested

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


@settings(max_examples=3 * settings().max_examples)  # the values are of many kinds
@given(
    # Every second one is for attributes, which hold anything.
    field=st.sampled_from(INPUT_FIELDS) | st.just("attributes"),
    value=ANYTHING
    | st.dictionaries(KEYS, ANYTHING, max_size=4)
    | st.dictionaries(USUAL_KEYS, JSON, max_size=3)
    | NEARLY_NUMBERS
    | NEARLY_URLS,
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
        carried = through_the_engine(checked.inputs)
        again = check_inputs(carried)
        assert again.failures == ()
        # What was checked needs no second check to be read; 3 == 3.0, and a call would differ.
        assert repr(Inputs.parse(carried)) == repr(Inputs.parse(again.inputs))
        # As text, since 1 equals 1.0 and True. The engine is free to reorder keys.
        assert json.dumps(again.inputs, sort_keys=True) == json.dumps(
            checked.inputs, sort_keys=True
        )


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
@example(
    declared={
        "name": "x" * 100_000,
        "attributes": {"deep": nested(90, 1), "large": {f"k{n}": "x" * 100 for n in range(2000)}},
    }
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
