"""How many HTTP calls each command makes, and how many it may make."""

from collections import Counter
from collections.abc import Iterable, Mapping

from tools.benchmark.raw_http import pages_of
from tools.benchmark.stack import Command, Program, stack_of

_CHANGES = {Command.CREATE: "POST", Command.UPDATE: "PATCH", Command.DESTROY: "DELETE"}


def calls_made(numbers: int, commands: Iterable[Command]) -> dict[Command, Counter[str]]:
    """Run these commands over a new stack of so many numbers, on the real engine, and count.

    Raises:
        RunFailedError: A command failed.
    """
    made = {}
    with stack_of(Program.CARRIERX, numbers) as stack:
        for command in commands:
            stack.run(command)
            made[command] = stack.take_calls()
    return made


def most_reads(numbers: int, registered: int) -> int:
    """How many calls a refresh may make.

    The best in hindsight is one GET for each number, or every page of the list. A reader does
    not know beforehand how many reads will come, nor how large the account is: twice the best, and
    two calls to find out, is what it can promise for every stack and every account.

    Args:
        numbers: How many the stack has.
        registered: How many the account has.
    """
    return 2 * min(numbers, pages_of(registered)) + 2


def calls_allowed(numbers: int, command: Command) -> Counter[str]:
    """The most that a command may make, in an account that has no other numbers.

    One a number where it changes something, none where nothing has changed. Each number is read
    before it is released.
    """
    reads = Counter(GET=most_reads(numbers, numbers))
    if command is Command.REFRESH:
        return reads
    if command is Command.DESTROY:
        return reads + Counter(DELETE=numbers)
    method = _CHANGES.get(command)
    return Counter() if method is None else Counter({method: numbers})


def are_allowed(calls: Mapping[str, int], numbers: int, command: Command) -> bool:
    """Whether a command makes only the allowed kinds of calls, and not too many."""
    return Counter(calls) <= calls_allowed(numbers, command)
