"""Text from outside, as a message shows it: short, and in one line.

A name, a key or a number may hold line breaks, control characters or characters that turn the
direction of writing. In a message these would forge other lines, or hide parts of this one.
"""

from __future__ import annotations

import re

LONGEST_SHOWN = 40
"""Characters of one foreign text in a message."""


_SEEN_AS_NOTHING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\uffa0\U000e0100-\U000e01ef]"
)
"""What is printed, by its category, and shows nothing: a text could hide in it. Those that choose
the form of an emoji are left."""


def printable(text: str) -> str:
    """The text, with an escape for every character that does not print, such as a line break."""
    text = _SEEN_AS_NOTHING.sub(lambda found: _escaped(found[0]), text)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def truncate(text: str) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def shorten(text: str) -> str:
    """The text, printable and not too long."""
    return printable(truncate(text))


def quote(text: str) -> str:
    """The text, printable and not too long, in the quotes that Python would write."""
    return str.__repr__(truncate(text))


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
