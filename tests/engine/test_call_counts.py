"""How many HTTP calls the commands make, over more numbers than the engine handles at once.

``make bench`` counts the same over 1,000 numbers.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from carrierx_simulator.testing import SimulatedAccount as Account
from tests.engine.stack import Stack
from tools.benchmark.call_counts import most_reads

NUMBERS = 40


def numbers(name: str) -> dict[str, dict[str, Any]]:
    """As many numbers, all of this name."""
    return {
        f"n{index}": {"phonenumber": f"+4670{1_000_000 + index}", "capabilities": 3, "name": name}
        for index in range(NUMBERS)
    }


def test_the_life_of_a_stack(stack: Stack, account: Account) -> None:
    """Each number costs one call where something changes; reads, as few as can be known."""

    def calls() -> Counter[str]:
        return Counter(method for method, *_ in account.requests())

    stack.declare(**numbers("before"))
    assert stack.up().ok
    assert calls() == Counter(POST=NUMBERS)
    assert stack.preview("--expect-no-changes").ok
    assert stack.up("--expect-no-changes").ok
    assert calls() == Counter()
    assert stack.refresh("--expect-no-changes").ok
    assert calls() <= Counter(GET=most_reads(NUMBERS, NUMBERS))
    stack.declare(**numbers("after"))
    assert stack.up().ok
    assert calls() == Counter(PATCH=NUMBERS)
    assert stack.destroy().ok
    released = calls()
    # Each release is preceded by a read, which pages serve.
    assert released <= Counter(DELETE=NUMBERS, GET=most_reads(NUMBERS, NUMBERS))
    assert released["DELETE"] == NUMBERS
