"""How the set-up tells what it does: one line at a time, on standard error."""

import sys

_MINUTE = 60


def say(text: str) -> None:
    """Print one line at once. Standard output stays free for what a command answers."""
    print(text, file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Say a duration as a person would: ``9 s``, ``2 min 05 s``."""
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
