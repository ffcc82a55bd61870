"""How many HTTP calls the commands make, over more numbers than the engine handles at once.

What `make bench` counts over 1,000 numbers, over few enough for a test.
"""

from __future__ import annotations

from collections import Counter

from tools.benchmark.call_counts import calls_made, most_reads
from tools.benchmark.recursion import ends_at
from tools.benchmark.stack import Command, Program

NUMBERS = 60


def test_the_life_of_a_stack() -> None:
    """Each number costs one call where something changes; reads, as few as can be known."""
    made = calls_made(NUMBERS, Command)
    reads = made.pop(Command.REFRESH)
    assert set(reads) == {"GET"}
    assert reads["GET"] <= most_reads(NUMBERS, NUMBERS)
    assert made == {
        Command.CREATE: Counter(POST=NUMBERS),
        Command.PREVIEW_UNCHANGED: Counter(),
        Command.UP_UNCHANGED: Counter(),
        Command.UPDATE: Counter(PATCH=NUMBERS),
        Command.DESTROY: Counter(DELETE=NUMBERS),
    }


def test_a_long_program_stays_below_the_recursion_limit() -> None:
    """400 numbers in one program are no problem; with the SDK's own class it ends before that."""
    assert ends_at(Program.CARRIERX, 400) is None
