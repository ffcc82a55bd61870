"""A value that a preview does not know yet: the output of a resource that does not exist yet."""

from enum import Enum
from typing import Final, Literal


class Unknown(Enum):
    """The type of ``UNKNOWN``, an enum so that type checkers can narrow it."""

    UNKNOWN = "known after up"

    def __repr__(self) -> str:
        return "<known after up>"

    __str__ = __repr__


UNKNOWN: Final[Literal[Unknown.UNKNOWN]] = Unknown.UNKNOWN


def is_unknown(value: object) -> bool:
    """Whether the value itself is unknown."""
    return value is UNKNOWN
