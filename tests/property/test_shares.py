"""A number's stack depends on the number and the stacks' names, and on nothing else."""

from collections import Counter

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

MANY = [f"+{46_700_000_000 + index}" for index in range(20_000)]
EIGHT = [f"part-{index + 1}" for index in range(8)]


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


def test_many_numbers_are_divided_evenly_and_one_stack_more_moves_as_few_as_can_be() -> None:
    """Within a few percent, of numbers in a row too; the ninth takes evenly from all others."""
    before = [stack_of(number, EIGHT) for number in MANY]
    after = [stack_of(number, [*EIGHT, "part-9"]) for number in MANY]
    moved = Counter(old for old, new in zip(before, after, strict=True) if new != old)
    for share, mean in ((Counter(before), len(MANY) / 8), (Counter(after), len(MANY) / 9)):
        assert min(share.values()) >= 0.95 * mean
        assert max(share.values()) <= 1.05 * mean
    assert moved.total() == Counter(after)["part-9"]
    assert set(moved) == set(EIGHT)
    assert max(moved.values()) <= 1.3 * moved.total() / 8


def test_the_places_never_change() -> None:
    """Another hash would move nearly every number of a table that is in use."""
    assert [stack_of(f"+4670098760{digit}", EIGHT[:4]) for digit in range(10)] == PLACES
