"""What depends on a clock: a call's turn, what may still show up, and the lines of progress."""

import time
from http import HTTPStatus

import anyio

from carrierx_api import calls
from carrierx_api.bulk_reads.planner import ReadCounts
from carrierx_api.rate_limit import LAST_TURN_SECONDS, RateLimit
from carrierx_api.retry import SECONDS, Deadline, EventualConsistency, Pause
from carrierx_provider.core.connections import SECONDS_BETWEEN_LINES, ReadProgress

SID = "798c5c8c-3610-4f61-b5c3-534c952eebec"
NEW_SID = "9684eafa-e767-4b0e-acd7-d389cfa7b8c8"


def test_a_call_that_wakes_beyond_its_deadline_starts_if_only_a_guess_held_it_up() -> None:
    """No rate is configured, so it cannot be too late."""
    first_is_under_way = anyio.Event()
    started: list[str] = []
    limit = RateLimit(Pause())
    call = calls.delete("2f7c9d4a-1b3e-4d5f-8a6b-7c8d9e0f1a2b")

    async def meet_a_429() -> None:
        async with limit.turn(call, Deadline(10)) as turn:
            turn.status = HTTPStatus.TOO_MANY_REQUESTS

    async def keep_the_loop_busy() -> None:
        for _ in range(3):
            await meet_a_429()
        async with limit.turn(call, Deadline(60)) as turn:
            first_is_under_way.set()
            await anyio.wait_all_tasks_blocked()
            # The second call stands in line. Its time runs out before this one's end wakes it.
            time.sleep(LAST_TURN_SECONDS)  # noqa: ASYNC251 -- what a busy machine does
            turn.status = HTTPStatus.NO_CONTENT

    async def start_late() -> None:
        await first_is_under_way.wait()
        async with limit.turn(call, Deadline(0)):
            started.append("second")

    async def both() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(keep_the_loop_busy)
            tasks.start_soon(start_late)

    anyio.run(both)
    assert started == ["second"]


def test_what_was_kept_from_before_has_its_time_and_no_more() -> None:
    """It was registered before this process began; what the process registers itself is new."""
    now = 100.0
    late = EventualConsistency(lambda: now)
    assert late.may_appear(SID)
    now += SECONDS - 0.1
    late.mark_new(NEW_SID)
    assert late.may_appear(SID)
    now += 0.1
    assert not late.may_appear(SID)
    assert late.may_appear(NEW_SID)


def test_a_line_comes_every_five_seconds_and_says_how_far_it_is() -> None:
    """The first line comes five seconds after the first read; a named account is in each."""
    now = 100.0
    lines: list[str] = []
    progress = ReadProgress(lines.append, "reseller-b", clock=lambda: now)
    for seconds, counts in (
        (0.0, ReadCounts(served=0, own_calls=1, pages_read=0, pages_under_way=0)),
        (4.9, ReadCounts(served=0, own_calls=3, pages_read=0, pages_under_way=1)),
        (5.0, ReadCounts(served=0, own_calls=4, pages_read=1, pages_under_way=11)),
        (7.0, ReadCounts(served=80, own_calls=4, pages_read=4, pages_under_way=8)),
        (12.0, ReadCounts(served=1200, own_calls=4, pages_read=12, pages_under_way=0)),
    ):
        now = 100.0 + seconds
        progress.note(counts)
    assert SECONDS_BETWEEN_LINES == 5.0
    assert lines == [
        "Reading from CarrierX, account reseller-b: 4 numbers so far, list pages: 1 of 12.",
        "Reading from CarrierX, account reseller-b: 1,204 numbers so far, list pages: 12.",
    ]
