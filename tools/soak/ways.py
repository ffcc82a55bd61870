"""Ways of an ``up`` beside the plain one: flags, an option, and numbers that are another stack's.

Each is one more way of the engine to the provider's calls, or of somebody else to the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tools.soak.number_tables import DELETE_FIRST, moved

if TYPE_CHECKING:
    import random

    from tools.soak.number_tables import Table

_REPLACED = 3
_MOVED = 5
_TAKEN_OVER = 2


class Way(StrEnum):
    """How the ``up`` of a run differs from a plain one."""

    PLAIN = "plain"
    CONTINUE = "--continue-on-error"
    REPLACE = "--replace URN"
    DELETE_FIRST = "delete_before_replace=True"
    FOREIGN = "numbers of another stack"


WAYS = tuple(way for way in Way if way is not Way.PLAIN)


@dataclass(frozen=True, slots=True)
class Setup:
    """What a way takes, beside the program's next table."""

    table: Table
    """The table, with the option where the way needs it."""
    replaced: tuple[str, ...] = ()
    """Resources that ``--replace`` is given."""
    taken_over: tuple[str, ...] = ()
    """Numbers that the program no longer declares, and that are another stack's by now."""


def setup_of(chance: random.Random, way: Way, before: Table, table: Table) -> Setup:
    """Draw it."""
    staying = sorted(table.keys() & before.keys())
    match way:
        case Way.REPLACE:
            replaced = _some(chance, staying, _REPLACED)
            numbers = {**table, **{name: before[name] for name in replaced}}
            # Only what is deleted first is not in its own way.
            numbers = {name: _deleted_first(chance, number) for name, number in numbers.items()}
            return Setup(numbers, replaced=tuple(replaced))
        case Way.DELETE_FIRST:
            numbers = {name: {**number, DELETE_FIRST: True} for name, number in table.items()}
            for name in _some(chance, staying, _MOVED):
                numbers[name] = moved(numbers[name], before[name])
            return Setup(numbers)
        case Way.FOREIGN:
            leaving = [before[name]["phonenumber"] for name in sorted(before.keys() - table.keys())]
            return Setup(table, taken_over=tuple(_some(chance, leaving, _TAKEN_OVER)))
        case _:
            return Setup(table)


def _deleted_first(chance: random.Random, number: dict[str, Any]) -> dict[str, Any]:
    """Every second number with the option; without it the provider decides."""
    plain = {name: value for name, value in number.items() if name != DELETE_FIRST}
    return {**plain, DELETE_FIRST: True} if chance.choice((True, False)) else plain


def _some(chance: random.Random, names: list[str], most: int) -> list[str]:
    return chance.sample(names, min(most, len(names)))
