"""The rate limit where it waits: a call whose time has run out while it stood in line."""

import time
from http import HTTPStatus

import anyio

from carrierx_api import calls
from carrierx_api.rate_limit import LAST_TURN_SECONDS, RateLimit
from carrierx_api.retry import Deadline, Pause


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
