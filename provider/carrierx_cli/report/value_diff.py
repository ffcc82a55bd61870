"""Two values side by side, such that a person sees what differs between them.

Code hosts show a run of spaces as one, some characters look like others or like nothing, and the
difference between two long values may lie behind what is shown of them.
"""

from __future__ import annotations

import unicodedata
from itertools import takewhile

LONGEST_VALUE = 120
"""Characters of one value that are shown."""

_BEFORE_A_DIFFERENCE = 40
_LOOKS_LIKE_NOTHING = frozenset({"Mn", "Cf", "Zs"})
_BRAILLE_BLANK = "\u2800"
"""By its category a symbol. What else is blank is shown as an escape in any case."""
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_LEFT_TO_RIGHT_MARK = "\u200e"


def told_apart(before: str, after: str) -> str:
    """``"Support" → "Sales"``, from two values that are JSON in one line."""
    if before != after and _skeleton(before) == _skeleton(after):
        before, after = _with_signs(before), _with_signs(after)
    first = 0
    if before[:LONGEST_VALUE] == after[:LONGEST_VALUE]:
        same = sum(1 for _ in takewhile(_are_same, zip(before, after, strict=False)))
        first = max(0, same - _BEFORE_A_DIFFERENCE)
    one, other = shortened_from(before, first), shortened_from(after, first)
    # Between two texts that run from right to left the arrow would turn them round.
    mark = _LEFT_TO_RIGHT_MARK if _runs_from_right(one) or _runs_from_right(other) else ""
    return f"{one}{mark} → {mark}{other}"


def shortened_from(text: str, first: int = 0) -> str:
    """At most 120 characters of a text, and its length where that is not all."""
    if len(text) <= LONGEST_VALUE:
        return text
    shown = text[first : first + LONGEST_VALUE]
    more = "…" if first + LONGEST_VALUE < len(text) else ""
    return f"{'…' if first else ''}{shown}{more} ({len(text):,} characters)"


def _are_same(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]


def _skeleton(text: str) -> str:
    """The text without what the eye does not see."""
    return "".join(
        char
        for char in unicodedata.normalize("NFKC", text)
        if unicodedata.category(char) not in _LOOKS_LIKE_NOTHING and char != _BRAILLE_BLANK
    )


def _with_signs(text: str) -> str:
    """The text in ASCII, with JSON's escapes, and a dot for each space."""
    return "".join(char if char.isascii() else f"\\u{ord(char):04x}" for char in text).replace(
        " ", "·"
    )


def _runs_from_right(text: str) -> bool:
    return any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text)
