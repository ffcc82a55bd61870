"""Nested objects that several people write to."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrierx_provider.core.json_merge import (
    clear,
    json_equal,
    loses_a_key,
    mark_changed,
    mask_of,
    merge,
    pick,
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
    left, kept = clear(live, mask_of(before), mask_of(now), before)
    assert merge(left, now) == target
    assert kept == []


@pytest.mark.parametrize(
    ("live", "declared", "now", "left", "kept"),
    [
        # Another value, of the same type or of another.
        ({"a": 2}, {"a": 1}, {}, {"a": 2}, [("a",)]),
        ({"a": True}, {"a": 1}, {}, {"a": True}, [("a",)]),
        ({"a": [1, 3]}, {"a": [1, 2]}, {}, {"a": [1, 3]}, [("a",)]),
        ({"a": {"b": 1}}, {"a": 1}, {}, {"a": {"b": 1}}, [("a",)]),
        ({"a": 1}, {"a": {"b": 1}}, {}, {"a": 1}, [("a",)]),
        ({"a": 1}, {"a": {}}, {}, {"a": 1}, [("a",)]),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": 1}}, {}, {"a": {"b": {"c": 1}}}, [("a", "b")]),
        # Beside what is still ours.
        ({"a": {"b": 1, "c": 5}, "d": 4}, {"a": {"b": 1, "c": 2}, "d": 4}, {}, {"a": {"c": 5}},
         [("a", "c")]),
        ({"a": {"b": 9, "c": 2}}, {"a": {"b": 1, "c": 2}}, {"a": {"c": 2}},
         {"a": {"b": 9, "c": 2}}, [("a", "b")]),
        # What is still declared replaces it, whatever it has become.
        ({"a": 7}, {"a": {"b": 1}}, {"a": {"c": 2}}, {"a": 7}, []),
        # Equal, or gone: nothing of anybody's is left.
        ({"a": 1.0}, {"a": 1}, {}, {}, []),
        ({"a": None}, {"a": 1}, {}, {}, []),
        ({"a": {"b": None}}, {"a": {"b": 1}}, {}, {}, []),
        ({"a": {}}, {"a": {"b": 1}}, {}, {}, []),
        ({}, {"a": 1}, {}, {}, []),
    ],
)  # fmt: skip
def test_what_somebody_else_has_changed_is_not_cleared(
    live: dict[str, Any],
    declared: dict[str, Any],
    now: dict[str, Any],
    left: dict[str, Any],
    kept: list[tuple[str, ...]],
) -> None:
    """A key disappears only with the value that the program gave it."""
    assert clear(live, mask_of(declared), mask_of(now), declared) == (left, kept)


def test_what_is_marked_is_not_cleared() -> None:
    """The state may have another's value, which a refresh has seen: then only the mark tells."""
    live = {"a": {"b": 5, "c": 2}}
    assert clear(live, {"a": {"b": False, "c": True}}, {}, live) == ({"a": {"b": 5}}, [("a", "b")])


@pytest.mark.parametrize(
    ("mask", "before", "now", "marked"),
    [
        ({"a": True}, {"a": 1}, {"a": 1.0}, {"a": True}),
        ({"a": True}, {"a": 1}, {"a": 2}, {"a": False}),
        ({"a": True}, {"a": 1}, {"a": {"b": 1}}, {"a": False}),
        ({"a": True, "x": True}, {"a": 1}, {}, {"a": True, "x": True}),
        ({"a": True}, {}, {"a": 1}, {}),
        ({"a": False}, {"a": 1}, {"a": 1}, {"a": False}),
        ({"a": False}, {"a": 1}, {}, {"a": False}),
        ({"a": {"b": True, "c": True}}, {"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}},
         {"a": {"b": True, "c": False}}),
        ({"a": {"b": True}}, {"a": {"b": 1}}, {"a": 5}, {"a": {"b": True}}),
        ({"a": {"b": True}}, {"a": 5}, {"a": {"b": 1}}, {"a": {}}),
        ({"a": {}}, {"a": {}}, {"a": {"x": 1}}, {"a": {}}),
    ],
)  # fmt: skip
def test_a_changed_value_is_marked(
    mask: dict[str, Any], before: dict[str, Any], now: dict[str, Any], marked: dict[str, Any]
) -> None:
    """A value that differs is somebody else's; one that comes back was never ours."""
    assert mark_changed(mask, before, now) == marked


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
    after, kept = clear(merge(live, canonical), mask_of(canonical), {}, canonical)
    untouched = {key: value for key, value in live.items() if key not in canonical}
    assert json_equal({key: after[key] for key in untouched}, untouched)
    assert kept == []


@given(declared=OBJECTS, others=OBJECTS)
def test_clearing_takes_nothing_that_was_changed(
    declared: dict[str, Any], others: dict[str, Any]
) -> None:
    """Whatever others have made of it: a leaf that is not as it was declared is still there."""
    canonical = without_nulls(declared)
    mask = mask_of(canonical)
    live = merge(canonical, without_nulls(others))
    left, _ = clear(live, mask, {}, canonical)
    assert json_equal(merge(left, live), live)
    # Seen by a refresh first, it comes to the same.
    marked = mark_changed(mask, canonical, live)
    assert json_equal(clear(live, marked, {}, live)[0], left)
    changed = {
        key: value
        for key, value in live.items()
        if not isinstance(value, dict) and not json_equal(value, canonical.get(key))
    }
    assert json_equal({key: left.get(key) for key in changed}, changed)
