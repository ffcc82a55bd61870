"""Tables of numbers as a program states them, each drawn from the one before.

Every resource has two phone numbers of its own, so that no two resources ever want the same one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Mapping

Table = dict[str, dict[str, Any]]

DELETE_FIRST = "delete_before_replace"
"""Pulumi's option, among a number's fields."""

NUMBERS = 20
_RESOURCES = NUMBERS + 6
_LEAVE = 3
_KINDS = {"same": 3, "update": 6, "other capabilities": 4, "other number": 4}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the program asks for, from one table to the next, by phone number."""

    registered: frozenset[str]
    """Numbers that the program newly declares, or whose replace registers them again."""
    released: frozenset[str]
    """Numbers that it no longer states, or whose replace releases them."""
    kept: frozenset[str]
    """Numbers that keep their registration."""
    replaced: frozenset[str] = frozenset()
    """Numbers whose registration the command replaces, if it gets that far."""

    @property
    def fewest_calls(self) -> int:
        """Changes that CarrierX has to be asked for, the updates left out."""
        return len(self.registered) + len(self.released)


def first_table(chance: random.Random) -> Table:
    """20 numbers."""
    return {_name(index): _new(chance, index) for index in range(NUMBERS)}


def next_table(chance: random.Random, table: Table) -> Table:
    """20 numbers again: some are gone, as many are new, others are updated or replaced."""
    leaving = set(chance.sample(sorted(table), _LEAVE))
    free = [index for index in range(_RESOURCES) if _name(index) not in table]
    kept = {
        name: _changed(chance, declared) for name, declared in table.items() if name not in leaving
    }
    coming = {_name(index): _new(chance, index) for index in chance.sample(free, _LEAVE)}
    return {**kept, **coming}


def asked(
    before: Mapping[str, Mapping[str, Any]],
    after: Mapping[str, Mapping[str, Any]],
    replaced: Collection[str] = (),
) -> Asked:
    """What the way from one table to the next takes; ``replaced``: resources with ``--replace``."""
    was = {_registration(declared) for declared in before.values()}
    shall = {_registration(declared) for declared in after.values()}
    return Asked(
        registered=frozenset(number for number, _ in shall - was),
        released=frozenset(number for number, _ in was - shall),
        kept=frozenset(number for number, _ in was & shall),
        replaced=frozenset(after[name]["phonenumber"] for name in replaced),
    )


def moved(declared: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The resource with the other one of its two numbers than before."""
    number = before["phonenumber"]
    which = 1 - int(number[8])
    return {**declared, "phonenumber": f"{number[:8]}{which}{number[9:]}"}


def _registration(declared: Mapping[str, Any]) -> tuple[str, int]:
    """What CarrierX cannot update."""
    return declared["phonenumber"], declared["capabilities"]


def _name(index: int) -> str:
    return f"n{index:02}"


def _number(index: int, which: int) -> str:
    return f"+4670012{which}{index:02}0"


def _new(chance: random.Random, index: int) -> dict[str, Any]:
    declared = {
        "phonenumber": _number(index, chance.randrange(2)),
        "capabilities": chance.choice((1, 2, 3)),
    }
    return _updated(chance, declared)


def _changed(chance: random.Random, declared: dict[str, Any]) -> dict[str, Any]:
    kind = chance.choices([*_KINDS], [*_KINDS.values()])[0]
    if kind == "update":
        return _updated(chance, declared)
    if kind == "other capabilities":
        others = [each for each in (1, 2, 3) if each != declared["capabilities"]]
        return {**declared, "capabilities": chance.choice(others)}
    if kind == "other number":
        return moved(declared, declared)
    return declared


def _updated(chance: random.Random, declared: dict[str, Any]) -> dict[str, Any]:
    """Other values, and other fields: what is no longer declared has to be cleared."""
    fields: dict[str, Any] = {
        "name": f"Line {chance.randrange(1000)}",
        "callback_url": f"https://sms.example.com/{chance.randrange(1000)}",
        "string_key_1": f"key {chance.randrange(1000)}",
        "attributes": {
            key: {"part": chance.randrange(1000)}
            for key in ("team", "cost", "site")
            if chance.random() < 0.6
        },
    }
    part = {name: value for name, value in fields.items() if value and chance.random() < 0.7}
    never_changed = ("phonenumber", "capabilities")
    return {**{name: declared[name] for name in never_changed}, **part}
