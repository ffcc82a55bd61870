"""Nested objects that several people write to."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrierx_provider.core.json_merge import (
    json_equal,
    loses_a_key,
    mask_of,
    merge,
    pick,
    remove,
    removed_keys,
    without_nulls,
)
from carrierx_provider.core.resource import UNKNOWN


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        *((3, 3.0, True), (True, 1, False), (False, 0, False), ("3", 3, False)),
        *(([1, 2], [2, 1], False), ([1], [1, 2], False), ({"a": None}, {}, False)),
        ({"a": 1, "b": 2}, {"b": 2.0, "a": 1}, True),
        (UNKNOWN, UNKNOWN, False),
    ],
)
def test_json_equality(one: Any, other: Any, equal: bool) -> None:
    """Numbers compare by value, booleans are not numbers, an unknown equals nothing."""
    assert json_equal(one, other) is equal


@pytest.mark.parametrize(
    ("live", "before", "now", "target"),
    [
        ({"a": 1, "x": 9}, {"a": 1}, {}, {"x": 9}),
        ({"a": {"b": 1, "x": 9}}, {"a": {"b": 1}}, {}, {"a": {"x": 9}}),
        ({"a": {"b": 1}}, {"a": {"b": 1}}, {}, {}),
        ({"a": {"x": 9}}, {"a": {}}, {}, {"a": {"x": 9}}),
        ({"a": {}}, {"a": {}}, {}, {}),
        ({"a": {"b": 1, "x": 9}}, {"a": {"b": 1}}, {"a": 5}, {"a": 5}),
        ({"a": 5}, {"a": 5}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": 1, "c": 2, "x": 9}}, {"a": {"b": 1, "c": 2}}, {"a": {"b": 3}},
         {"a": {"b": 3, "x": 9}}),
        ({}, {"a": 1}, {"b": {"c": 1}}, {"b": {"c": 1}}),
    ],
)  # fmt: skip
def test_what_is_no_longer_declared_goes_and_what_others_set_stays(
    live: dict[str, Any], before: dict[str, Any], now: dict[str, Any], target: dict[str, Any]
) -> None:
    """The target is the live object, less what is no longer declared, plus what is."""
    gone = removed_keys(mask_of(before), mask_of(now))
    assert merge(remove(live, gone), now) == target


def test_losing_a_key_at_any_depth_is_detected() -> None:
    """A merge cannot remove a key; a scalar may well replace an object."""
    assert loses_a_key({"a": {"b": {"c": 1, "d": 2}}}, {"a": {"b": {"c": 1}}})
    assert not loses_a_key({"a": {"b": 1}}, {"a": {"b": 2, "c": 3}, "d": 4})
    assert not loses_a_key({"a": {"b": 1}}, {"a": 5})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)


@given(live=OBJECTS, declared=OBJECTS)
def test_what_is_declared_is_there_after_a_merge(
    live: dict[str, Any], declared: dict[str, Any]
) -> None:
    """After a merge, the mask picks exactly what was declared."""
    canonical = without_nulls(declared)
    after = merge(live, canonical)
    assert json_equal(pick(after, mask_of(canonical)), canonical)
    assert json_equal(merge(after, canonical), after)


@given(live=OBJECTS, declared=OBJECTS)
def test_declaring_and_no_longer_declaring_leaves_what_others_set(
    live: dict[str, Any], declared: dict[str, Any]
) -> None:
    """Keys that the program never touched are the same before and after."""
    canonical = without_nulls(declared)
    after = remove(merge(live, canonical), removed_keys(mask_of(canonical), {}))
    untouched = {key: value for key, value in live.items() if key not in canonical}
    assert json_equal({key: after[key] for key in untouched}, untouched)
