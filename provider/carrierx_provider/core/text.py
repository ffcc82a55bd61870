"""Text for messages: short, printable, in one line, in columns.

A name, a key or a number may hold line breaks, control characters or characters that turn the
direction of writing. In a message these would forge other lines, or hide parts of this one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

LONGEST_SHOWN = 40
"""Characters of one foreign text in a message."""


_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\uffa0\U000e0100-\U000e01ef]"
)
"""Characters that Unicode calls printable and that show nothing: a text could hide in them. The
selectors of an emoji's form are not among them."""


def printable(text: str) -> str:
    """The text, with an escape for every character that does not print, such as a line break."""
    text = _INVISIBLE.sub(lambda found: _escaped(found[0]), text)
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


def one_or_more(texts: Collection[str]) -> str:
    """The first of the texts and how many more there are: ``a``, ``a and 2 more``."""
    first, *more = sorted(texts)
    return f"{shorten(first)} and {len(more):,} more" if more else shorten(first)


def plural(count: int, noun: str) -> str:
    """The count and the noun: ``1 number``, ``1,200 numbers``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def account_text(account: str | None) -> str:
    """How messages name an account of ``carrierx:accounts``; None is the default account."""
    return "the default account" if account is None else f"account {printable(account)}"


def number_and_name(phonenumber: str, name: object) -> str:
    """How messages name a number: ``+46700987654 (support)``."""
    return f"{phonenumber} ({shorten(name)})" if isinstance(name, str) and name else phonenumber


def in_columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """One line for each row, its cells below those of the row above."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
