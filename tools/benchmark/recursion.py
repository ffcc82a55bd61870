"""How many numbers a program can declare before Python's recursion limit ends it."""

import re
import sys

from tools.benchmark.figures import Figures, Promise
from tools.benchmark.stack import Program, stack_of

NUMBERS = 1_000


def ends_at(program: Program, numbers: int) -> int | None:
    """Preview a program of so many numbers; the one at which it ends, or None if it does not.

    Raises:
        AssertionError: It ends for another reason than a ``RecursionError``.
    """
    with stack_of(program, numbers) as stack:
        run = stack.try_preview()
    if run.exit_code == 0:
        return None
    found = re.search(r"RecursionError at number (\d+)", run.output)
    if found is None:
        raise AssertionError(run.output)
    return int(found.group(1))


def recursion_figures() -> Figures:
    """Preview 1,000 numbers with both programs."""
    ours = ends_at(Program.CARRIERX, NUMBERS)
    as_documented = ends_at(Program.AS_DOCUMENTED, NUMBERS)
    return Figures(
        title="Numbers in one program",
        explanation=(
            f"A preview of {NUMBERS:,} new numbers under Python's default recursion limit "
            f"({sys.getrecursionlimit():,}). For every resource, `pulumi.dynamic.Resource` wraps "
            "one more function around the pickler, and pickling goes through all of them once for "
            "each level of dictionaries in the provider. So a program fails after 200 to 350 "
            "numbers, depending on its class. pulumi-carrierx does not use that class."
        ),
        columns=("program", "fails at number"),
        rows=(
            ("pulumi-carrierx", _in_words(ours)),
            ("a provider as documented", _in_words(as_documented)),
        ),
        promises=(Promise(f"a program of {NUMBERS:,} numbers runs", kept=ours is None),),
    )


def _in_words(number: int | None) -> str:
    return "(never)" if number is None else f"{number:,}"
