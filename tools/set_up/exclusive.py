"""One at a time: a lock between processes, which the end of its holder always releases."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tools.set_up.say import duration, say

_LOOK_AGAIN = 0.2


@contextmanager
def exclusive(lock_file: Path, doing: str, remind_every: float = 20.0) -> Iterator[None]:
    """Hold the lock for the length of the block; wait for it, and say so, while another has it.

    The operating system releases the lock when its holder ends, however it ends.

    Args:
        lock_file: Made if it is missing, with its directory; it stays when the lock is released.
        doing: What the holder does, for the line that says what is waited for.
        remind_every: Seconds between two lines while waiting.
    """
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with lock_file.open("a+", encoding="ascii") as handle:
        if not _taken(handle):
            _wait(handle, doing, remind_every)
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def _taken(handle: TextIO) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(handle: TextIO, doing: str, remind_every: float) -> None:
    handle.seek(0)
    # Nothing to read if the holder took the lock a moment ago and has not written it yet.
    holder = handle.read()
    who = f"Process {holder}" if holder else "Another process"
    say(f"{who} is {doing}: waiting for it.")
    since = time.monotonic()
    reminders = 0
    while not _taken(handle):
        time.sleep(_LOOK_AGAIN)
        waited = time.monotonic() - since
        if waited > (reminders + 1) * remind_every:
            reminders += 1
            say(f"  still waiting ({duration(waited)})")
