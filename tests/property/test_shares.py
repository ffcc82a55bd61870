"""A number's stack depends on the number and the stacks' names, and on nothing else."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shares import share_of, stack_of

NUMBERS = st.integers(10**6, 10**15 - 1).map(lambda digits: f"+{digits}")
TABLES = st.lists(NUMBERS, unique=True, max_size=60)
NAMES = st.from_regex(r"[A-Za-z0-9_.-]{1,12}", fullmatch=True)
STACKS = st.lists(NAMES, unique=True, min_size=1, max_size=8)

PLACES = [
    *("part-1", "part-2", "part-2", "part-2", "part-1", "part-2", "part-4", "part-2", "part-4"),
    "part-2",
]
"""Of +46700987600 and the nine after it, in part-1 to part-4."""

MANY = [f"+{46_700_000_000 + index}" for index in range(100_000)]


@given(TABLES, STACKS)
def test_each_number_is_in_one_stack(table: list[str], stacks: list[str]) -> None:
    """The shares together are the table, and nothing is in two of them."""
    shares = [share_of(stack, table, stacks) for stack in stacks]
    assert sorted(number for share in shares for number in share) == sorted(table)


@given(TABLES, STACKS, NUMBERS)
def test_no_number_moves_with_another(table: list[str], stacks: list[str], new: str) -> None:
    """Adding a number, taking one out, and the order of rows or of stacks move none."""
    before = {number: stack_of(number, stacks) for number in table}
    shuffled = list(reversed(stacks))
    for rows in ([*table, new], table[1:], sorted(table)):
        for stack in stacks:
            share = share_of(stack, rows, shuffled)
            assert {before.get(number, stack) for number in share} <= {stack}


@given(TABLES, STACKS, NAMES)
def test_a_new_stack_takes_and_gives_nothing_else(
    table: list[str], stacks: list[str], new: str
) -> None:
    """Whatever moves, moves to the new stack; and back where it was when that goes again."""
    others = [stack for stack in stacks if stack != new] or [f"{new}-"]
    for number in table:
        before, after = stack_of(number, others), stack_of(number, [new, *others])
        assert after in {before, new}


@pytest.mark.parametrize("count", [4, 20])
def test_100000_numbers_are_divided_evenly(count: int) -> None:
    """Each stack's share is within a few percent of the mean, of numbers in a row too."""
    stacks = [f"part-{index + 1}" for index in range(count)]
    shares = Counter(stack_of(number, stacks) for number in MANY)
    mean = len(MANY) / count
    assert min(shares.values()) >= 0.95 * mean
    assert max(shares.values()) <= 1.05 * mean


def test_one_stack_more_moves_as_few_as_can_be() -> None:
    """Of 100,000 numbers in 20 stacks, a 21st takes its own share, and evenly from all others."""
    stacks = [f"part-{index + 1}" for index in range(20)]
    moved = Counter(
        source
        for number in MANY
        if stack_of(number, [*stacks, "part-21"]) != (source := stack_of(number, stacks))
    )
    share = len(MANY) / 21
    assert 0.95 * share <= moved.total() <= 1.05 * share
    assert set(moved) == set(stacks)
    assert max(moved.values()) <= 1.3 * share / 20


def test_the_places_never_change() -> None:
    """Another hash would move nearly every number of a table that is in use."""
    stacks = ["part-1", "part-2", "part-3", "part-4"]
    assert [stack_of(f"+4670098760{digit}", stacks) for digit in range(10)] == PLACES
