"""The calls of many reads: never more than twice what the best choice in hindsight needs, and two.

Over the decisions alone, for accounts and stacks of any size, reads interleaved in any way; in
tests/lifecycle/test_bulk_reads.py and tests/provider/test_messages.py over HTTP.
"""

import random
from dataclasses import dataclass, field
from functools import cache
from math import ceil

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from carrierx_api.bulk_reads.planner import OwnCall, ReadPages, ReadPlanner, Wait
from carrierx_api.models import ExternalDID, ExternalDIDPage

AS_MANY_AS_THE_ENGINE_READS_AT_ONCE = 4


@cache
def did(index: int) -> ExternalDID:
    return ExternalDID(external_did_sid=f"sid-{index}", phonenumber=f"+4670{index:07}")


@dataclass(slots=True)
class Account:
    """An account that does not change while it is read."""

    numbers: int
    page_size: int
    says_total: bool
    says_more: bool

    @property
    def pages(self) -> int:
        """How many there are; an empty account has one, which is empty."""
        return max(1, ceil(self.numbers / self.page_size))

    def page(self, offset: int) -> ExternalDIDPage:
        """The page that begins here."""
        end = min(offset + self.page_size, self.numbers)
        return ExternalDIDPage(
            items=[did(index) for index in range(offset, end)],
            total=self.numbers if self.says_total else None,
            has_more=end < self.numbers if self.says_more else None,
        )


@dataclass(slots=True)
class Run:
    """One refresh: which numbers are read, in which order, and what it has cost."""

    account: Account
    chance: random.Random
    reads: ReadPlanner = field(default_factory=ReadPlanner)
    own_calls: int = 0
    pages_read: int = 0
    now: float = 0.0

    def refresh(self, wanted: list[int], seconds_between_reads: float = 0.0) -> None:
        """Read all of them, four at a time; pages come in any order, whenever they like."""
        queue = [f"sid-{index}" for index in wanted]
        reading: list[str] = []
        under_way: list[tuple[int, float]] = []
        while queue or reading or under_way:
            waiting = [sid for sid in reading if self._still_waits(sid, under_way)]
            stuck = reading and waiting == reading and not under_way
            assert not stuck, "every read waits for a page that is not requested"
            reading = waiting
            while queue and len(reading) < AS_MANY_AS_THE_ENGINE_READS_AT_ONCE:
                reading.append(queue.pop(0))
                self.now += seconds_between_reads
            if under_way:
                number, asked_at = under_way.pop(self.chance.randrange(len(under_way)))
                self.pages_read += 1
                page = self.account.page(number * self.reads.page_size)
                self.reads.arrived(number, page, asked_at, self.now)

    def _still_waits(self, sid: str, under_way: list[tuple[int, float]]) -> bool:
        match self.reads.ask(sid, self.now):
            case ExternalDID() as external_did:
                assert external_did.external_did_sid == sid
                return False
            case OwnCall():
                self.own_calls += 1
                return False
            case ReadPages(numbers):
                assert numbers
                under_way += [(number, self.now) for number in numbers]
            case Wait():
                pass
        return True

    @property
    def calls(self) -> int:
        """All calls."""
        return self.own_calls + self.pages_read


accounts = st.builds(
    Account,
    numbers=st.integers(0, 400) | st.sampled_from([999, 1000, 1001, 2500]),
    page_size=st.sampled_from([1, 3, 10, 1000]),
    says_total=st.booleans(),
    says_more=st.booleans(),
)


@given(account=accounts, stack=st.integers(0, 500), gone=st.integers(0, 20), seed=st.integers(0))
@example(account=Account(3, 1, True, True), stack=3, gone=0, seed=0)  # noqa: FBT003 -- as drawn
def test_the_calls_are_at_most_twice_the_best_in_hindsight_and_two(
    account: Account, stack: int, gone: int, seed: int
) -> None:
    """For any stack in any account, whatever its pages say, numbers that are gone included."""
    # A page that says neither is taken for the last if it is not full, and 1,000 is full.
    account.says_more = account.says_more or account.page_size < 1000
    chance = random.Random(seed)  # noqa: S311 -- repeatable is the point
    there = chance.sample(range(account.numbers), min(stack, account.numbers))
    wanted = there + list(range(account.numbers, account.numbers + gone))
    if chance.random() < 0.7:
        chance.shuffle(wanted)
    run = Run(account, chance)
    run.refresh(wanted)
    # With pages alone, what is gone still takes a call of its own to be called gone.
    best = min(len(wanted), account.pages + gone)
    assert run.calls <= 2 * best + 2
    assert run.own_calls >= gone


@given(
    account=accounts,
    stack=st.integers(1, 300),
    seconds=st.sampled_from([0.01, 0.2, 1.0, 7.0, 31.0]),
    seed=st.integers(0),
)
def test_a_long_refresh_reads_outdated_pages_again_at_no_more_than_a_call_a_number(
    account: Account, stack: int, seconds: float, seed: int
) -> None:
    """A page that no longer counts is read again in place of a number's own call, never beside."""
    account.says_more = account.says_more or account.page_size < 1000
    chance = random.Random(seed)  # noqa: S311 -- repeatable is the point
    wanted = chance.sample(range(account.numbers), min(stack, account.numbers))
    run = Run(account, chance)
    run.refresh(wanted, seconds_between_reads=seconds)
    # Pages that come too late to count are given up, once; those who waited then ask themselves.
    waited = AS_MANY_AS_THE_ENGINE_READS_AT_ONCE
    assert run.calls <= len(wanted) + account.pages + waited


def test_a_page_that_no_longer_counts_is_read_again_for_all_its_numbers() -> None:
    """900 numbers read over three minutes, which a page each half a minute can serve."""
    run = Run(Account(900, 1000, says_total=True, says_more=True), random.Random(1))  # noqa: S311
    run.refresh(list(range(900)), seconds_between_reads=0.2)
    assert (run.own_calls, run.pages_read) == (3, 6)


@pytest.mark.parametrize(
    ("numbers", "stack", "calls"),
    [
        pytest.param(1_000_000, 50, 51, id="few of many: each its own, and a page for the size"),
        pytest.param(5_000, 5_000, 9, id="all of many: the pages, and four until it was worth it"),
        pytest.param(900, 3, 3, id="three: no page"),
        pytest.param(900, 900, 4, id="all of a page"),
    ],
)
def test_the_calls_of_one_refresh_of_a_stack_scattered_over_its_account(
    numbers: int, stack: int, calls: int
) -> None:
    """What a user can count on, exactly."""
    chance = random.Random(1)  # noqa: S311 -- repeatable is the point
    run = Run(Account(numbers, 1000, says_total=True, says_more=True), chance)
    run.refresh(chance.sample(range(numbers), stack))
    assert run.calls == calls
