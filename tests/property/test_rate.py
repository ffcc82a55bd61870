"""The rate of calls: what it promises for any limit, any way and any number of callers."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrierx_api.rate import Outcome, Rate, Started
from tests.property.limited_calls import LimitedCalls

WORKERS = st.integers(1, 8)
LIMITS = st.integers(1, 30)


@given(
    most=st.floats(0.3, 50),
    room=st.integers(0, 3),
    workers=WORKERS,
    delays=st.lists(st.floats(0, 3), min_size=2, max_size=12),
)
def test_within_the_limit_no_call_is_refused(
    most: float, room: int, workers: int, delays: list[float]
) -> None:
    """However long a call is on its way, and whichever overtakes which; and they come evenly."""
    calls = LimitedCalls(Rate(most), math.ceil(most) + room, delays)
    calls.make(80, workers)
    assert calls.refused == 0
    assert set(calls.rates) == {most}
    apart = [later - earlier for earlier, later in pairwise(calls.set_off_at)]
    assert min(apart) >= 1 / most - 1e-9


@given(limit=LIMITS, workers=WORKERS, delay=st.floats(0.0005, 0.05), seconds=st.integers(5, 60))
def test_an_unknown_limit_is_found_with_few_refusals(
    limit: int, workers: int, delay: float, seconds: int
) -> None:
    """One for each caller, two more to find it, then about one in 15 seconds at the limit."""
    number = limit * seconds
    calls = LimitedCalls(Rate(), limit, [delay, delay * 1.5, delay * 0.7])
    calls.make(number, workers)
    assert calls.refused <= workers + 2 + number / (12 * limit)


@given(limit=LIMITS, delay=st.floats(0.0005, 0.02))
def test_most_of_the_limit_is_used(limit: int, delay: float) -> None:
    """After the first refusal the rate stays around the limit, neither far below nor above."""
    calls = LimitedCalls(Rate(), limit, [delay])
    calls.make(limit * 30, workers=4)
    known = [rate for rate in calls.rates if math.isfinite(rate)]
    if known:
        assert min(known) >= limit * 0.5
        assert max(known) <= max(4, limit * 1.5 + 1)


@given(limit=LIMITS, most=st.floats(0.3, 20), delay=st.floats(0.0005, 0.01))
def test_the_configured_rate_is_never_exceeded(limit: int, most: float, delay: float) -> None:
    """Not even when there is no limit any more; but it is reached again."""
    calls = LimitedCalls(Rate(most), limit, [delay])
    calls.make(200, workers=4)
    calls.limit = 1000
    calls.make(800, workers=4)
    assert max(calls.rates) == most
    assert calls.rates[-1] >= most * 0.9


@pytest.mark.parametrize(("before", "after"), [(5, 50), (1, 20)])
def test_a_limit_that_goes_up_is_followed(before: int, after: int) -> None:
    """Those who shared it have ended: the gain doubles for as long as no call is refused."""
    calls = LimitedCalls(Rate(), before, [0.001])
    calls.make(before * 30, workers=4)
    refused = calls.refused
    calls.limit = after
    calls.make(after * 60, workers=4)
    assert max(calls.rates[-after * 10 :]) >= after * 0.8
    assert calls.refused - refused <= 4 + 6


@given(
    st.lists(
        st.tuples(st.floats(0, 5), st.sampled_from([*Outcome, None]), st.integers(0, 9)),
        max_size=60,
    ),
    st.one_of(st.none(), st.floats(0.01, 1000)),
)
def test_a_call_can_always_set_off_once_the_others_have_ended(
    steps: list[tuple[float, Outcome | None, int]], most: float | None
) -> None:
    """No call waits forever, whatever happened to the calls before."""
    rate, now = Rate(most), 0.0
    on_the_way: list[Started] = []
    for seconds, outcome, which in steps:
        now += seconds
        if outcome is None or not on_the_way:
            on_the_way.append(rate.start(now, waited=which % 2 == 0))
        else:
            rate.ended(on_the_way.pop(which % len(on_the_way)), now, outcome)
    for call in on_the_way:
        rate.ended(call, now, Outcome.FAILED)
    least = min(0.8, most or math.inf)
    assert rate.per_second >= least
    wait = rate.wait(now)
    assert wait <= 2 / least
    assert rate.wait(now + wait + 1e-6) == 0


def test_calls_from_before_a_429_slow_down_once() -> None:
    """Four were on their way when the limit was reached: that is one limit, not four."""
    rate = Rate()
    taken = [rate.start(0.01 * count, waited=False) for count in range(20)]
    for call in taken:
        rate.ended(call, 0.3, Outcome.TAKEN)
    refused = [rate.start(0.3, waited=False) for _ in range(4)]
    for moment, call in enumerate(refused):
        rate.ended(call, 0.31 + moment / 100, Outcome.TOO_MANY)
    assert rate.per_second == 16


def test_a_rate_that_holds_up_no_call_does_not_grow() -> None:
    """Nor does it after 5xx and lost responses: neither says that more calls would be fine."""
    rate = Rate(40)
    rate.ended(rate.start(0, waited=False), 0.1, Outcome.TOO_MANY)
    slow = rate.per_second
    assert slow < 40
    for moment, (waited, outcome) in enumerate(
        [(False, Outcome.TAKEN), (True, Outcome.FAILED)] * 20, start=1
    ):
        rate.ended(rate.start(moment, waited=waited), moment + 0.1, outcome)
    assert rate.per_second == slow
    rate.ended(rate.start(50, waited=True), 50.1, Outcome.TAKEN)
    assert rate.per_second > slow
