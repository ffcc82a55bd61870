"""Waiting for what other processes do, with a deadline and a clear failure."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

PATIENCE_SECONDS = 120
"""The deadline of what a test waits for; nothing that goes well comes near it."""


def wait_until(done: Callable[[], bool], during: subprocess.Popen[str] | None = None) -> None:
    """Wait for something that stays true once it is.

    Args:
        done: Whether it is.
        during: A process without which it never will be.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert during is None or during.poll() is None, "the process ended before"
        assert time.monotonic() < deadline, f"not within {PATIENCE_SECONDS} s"
        time.sleep(0.02)
