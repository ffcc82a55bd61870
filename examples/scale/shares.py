"""Which stack a number belongs to: a pure function of the number and the stacks' names.

Rendezvous hashing: each stack bids for the number with a hash of both names, and the highest bid
has it. So no number's place depends on the other numbers or on their order. A new stack takes its
share from all others and moves nothing else; a stack that goes gives its share to all others.

Source: Thaler and Ravishankar, "A Name-Based Mapping Scheme for Rendezvous", 1996.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

BID_BYTES = 16
"""Of each hash. Two bids for one number are never the same, as far as anybody can tell."""

_STACK_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class StacksError(Exception):
    """An invalid stack or list of stacks; one line."""


def stack_of(phonenumber: str, stacks: Sequence[str]) -> str:
    """The stack that has this number.

    Args:
        phonenumber: E.164 with its ``+``, so that a number has one spelling.
        stacks: The names of all stacks, in any order; at least one.
    """
    return max(stacks, key=lambda stack: _bid(stack, phonenumber))


def share_of(stack: str, phonenumbers: Iterable[str], stacks: Sequence[str]) -> list[str]:
    """The numbers of one stack, in the order in which they came.

    Raises:
        StacksError: The stack is not one of ``stacks``.
    """
    _refuse_unknown(stack, stacks)
    return [number for number in phonenumbers if stack_of(number, stacks) == stack]


def stacks_in(text: str) -> tuple[str, ...]:
    """The names of the stacks, one a line; empty lines and what follows a ``#`` say nothing.

    Args:
        text: What ``stacks.txt`` holds.

    Raises:
        StacksError: There are no stacks, or a name is there twice or is invalid.
    """
    lines: dict[str, int] = {}
    for line, written in enumerate(text.splitlines(), start=1):
        name = written.partition("#")[0].strip()
        if not name:
            continue
        if not _STACK_NAME.fullmatch(name):
            message = (
                f"stacks.txt:{line}: {name!r} is not a stack name: write up to 100 letters, "
                'digits, "_", "." and "-"'
            )
            raise StacksError(message)
        if name in lines:
            message = f"stacks.txt:{line}: {name} is already in line {lines[name]}"
            raise StacksError(message)
        lines[name] = line
    if not lines:
        message = "stacks.txt: has no stack: write each name in a line of its own"
        raise StacksError(message)
    return tuple(lines)


def changed_stacks(
    stacks: Sequence[str], added: Collection[str], removed: Collection[str]
) -> tuple[str, ...]:
    """The stacks after some were added and others removed.

    Raises:
        StacksError: One to add is already there, one to remove is not, or none is left.
    """
    for stack in removed:
        _refuse_unknown(stack, stacks)
    for stack in added:
        if stack in stacks:
            message = f"stack {stack}: is already in stacks.txt"
            raise StacksError(message)
    left = dict.fromkeys([*(stack for stack in stacks if stack not in removed), *added])
    return stacks_in("\n".join(left))


def _refuse_unknown(stack: str, stacks: Sequence[str]) -> None:
    if stack not in stacks:
        message = f"stack {stack}: is not in stacks.txt, which has {', '.join(stacks)}"
        raise StacksError(message)


def _bid(stack: str, phonenumber: str) -> bytes:
    # No name of a stack holds a line break, so no two pairs are the same text.
    return blake2b(f"{stack}\n{phonenumber}".encode(), digest_size=BID_BYTES).digest()
