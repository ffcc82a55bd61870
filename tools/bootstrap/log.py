"""Progress for the person at the terminal: one line at a time, on standard error."""

import sys

_MINUTE = 60


def log(text: str) -> None:
    """Print one line at once. Standard output stays free for the answer of a command."""
    print(text, file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Format a duration for people: ``9 s``, ``2 min 05 s``."""
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
