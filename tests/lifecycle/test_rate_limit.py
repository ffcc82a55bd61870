"""How fast calls follow one another: at the configured rate, or at what CarrierX's 429 leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from tests.lifecycle.conftest import DECLARED, NUMBER, SAID, HeldPause, Numbers
from tests.waiting import PATIENCE_SECONDS


def declared(count: int, **more: Any) -> list[dict[str, Any]]:
    """So many numbers, as a program states them."""
    return [
        {"phonenumber": f"+4670{position:07}", "capabilities": 3, "name": "a", **more}
        for position in range(count)
    ]


def four_at_a_time(operation: Callable[..., Any], *arguments: Iterable[Any]) -> list[Any]:
    """As the engine calls the provider."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(operation, *arguments))


def test_with_a_stated_rate_within_the_limit_nothing_is_refused(numbers: Numbers) -> None:
    """All calls of an account count together, whichever method they have."""
    # Twice as many: on a busy machine calls may arrive closer together than they start.
    numbers.limit(60)
    numbers.next_run(requests_per_second=30)
    created = four_at_a_time(numbers.create, declared(25))
    updated = four_at_a_time(numbers.update, created, declared(25, name="b"))
    four_at_a_time(numbers.send_delete, updated)
    assert Counter(numbers.calls()) == {
        "POST -> 200": 25,
        "PATCH -> 200": 25,
        "DELETE -> 204": 25,
    }


def test_an_unknown_limit_is_met_a_few_times_at_most(numbers: Numbers) -> None:
    """Each of the four calls that were under way may be refused, and then hardly any."""
    numbers.limit(10)
    four_at_a_time(numbers.create, declared(20))
    calls = Counter(numbers.calls())
    assert calls["POST -> 200"] == 20
    assert calls["POST -> 429"] <= 12
    assert set(calls) <= {"POST -> 200", "POST -> 429"}


def test_two_names_of_one_account_share_its_limit(numbers: Numbers) -> None:
    """It is the token that CarrierX counts."""
    numbers.limit(15)
    numbers.next_run(requests_per_second=10)
    named = declared(10) + [
        {**inputs, "phonenumber": f"{inputs['phonenumber']}9", "account": "same"}
        for inputs in declared(10)
    ]
    four_at_a_time(numbers.create, named)
    assert Counter(numbers.calls()) == {"POST -> 200": 20}


def test_each_account_has_its_own(numbers: Numbers) -> None:
    """One account's calls hold up no other's."""
    numbers.next_run(requests_per_second=0.1, deadline_seconds=1)
    numbers.create(DECLARED)
    numbers.create({**DECLARED, "phonenumber": "+46700987655", "account": "other"})
    assert len(numbers.account.numbers()) == 2


def test_a_turn_that_comes_too_late_is_said_at_once(numbers: Numbers) -> None:
    """Nothing is sent, and nothing waits for the deadline to pass."""
    numbers.next_run(requests_per_second=0.1)
    created = numbers.create(DECLARED)
    line = numbers.error(numbers.send_delete, created)
    assert numbers.calls() == ["POST -> 200"]
    assert line == (
        f"{NUMBER} (support): the release was not sent: at 0.1 calls a second its turn would have "
        "come after the deadline. Nothing was changed. Raise carrierx:requestsPerSecond or "
        "carrierx:deadlineSeconds, then run again."
    )


def test_a_next_attempt_whose_turn_comes_too_late_is_said(numbers: Numbers) -> None:
    """With what the attempt before may have done."""
    created = numbers.create(DECLARED)
    numbers.next_run(requests_per_second=0.1)
    numbers.refuse("DELETE", 500, calls={"first": 1})
    numbers.calls()
    line = numbers.error(numbers.send_delete, created)
    assert numbers.calls() == ["DELETE -> 500"]
    assert line == (
        f"{NUMBER} (support): the release was not sent again after 1 attempt: at 0.1 calls a "
        "second its turn would have come after the deadline. It is not known whether it took "
        "effect. Raise carrierx:requestsPerSecond or carrierx:deadlineSeconds, then run again."
    )


def test_a_429_is_told_rather_than_the_turn_that_would_come_too_late(numbers: Numbers) -> None:
    """CarrierX's own words say more."""
    created = numbers.create(DECLARED)
    numbers.next_run(requests_per_second=0.1, deadline_seconds=1)
    numbers.refuse("DELETE", 429, retry_after=30)
    numbers.calls()
    line = numbers.error(numbers.send_delete, created)
    assert numbers.calls() == ["DELETE -> 429"]
    assert line.startswith(f"{NUMBER} (support): CarrierX refused the release (429): {SAID}. ")


def test_a_rate_that_429s_have_brought_holds_up_nobody_beyond_the_deadline(
    numbers: Numbers,
) -> None:
    """It is a guess, and CarrierX knows: at less than one a second four would take too long."""
    created = four_at_a_time(numbers.create, declared(6))
    numbers.next_run(deadline_seconds=0.5)
    numbers.refuse("DELETE", 429, calls={"first": 3})
    for one in created[:2]:
        assert " refused the release (429)" in numbers.error(numbers.send_delete, one)
    numbers.calls()
    four_at_a_time(numbers.send_delete, created[2:])
    assert numbers.calls() == ["DELETE -> 204"] * 4


def test_a_call_whose_turn_comes_in_a_pause_waits_for_its_end(
    numbers: Numbers, held_pause: HeldPause
) -> None:
    """It stood in line when another call met the 429."""
    created = four_at_a_time(numbers.create, declared(4))
    numbers.next_run(requests_per_second=2, deadline_seconds=30)
    numbers.refuse("DELETE", 429, retry_after=1, calls={"nth": 2})
    numbers.calls()
    with ThreadPoolExecutor(4) as pool, closing(held_pause):
        releases = [pool.submit(numbers.send_delete, one) for one in created]
        held_pause.wait_for_calls(1)
        assert numbers.calls() == ["DELETE -> 204", "DELETE -> 429"]
        held_pause.close()
        for release in releases:
            release.result(PATIENCE_SECONDS)
    assert numbers.calls() == ["DELETE -> 204"] * 3
