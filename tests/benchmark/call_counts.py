"""How many HTTP calls each command makes."""

from collections import Counter
from collections.abc import Iterable

from tests.benchmark.figures import Figures, Promise
from tests.benchmark.stack import Command, Program, stack_of

_FEW, _MANY = 100, 1_000


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


def calls_needed(numbers: int, command: Command) -> Counter[str]:
    """The calls that a command cannot do without: one a number, or none."""
    method = {
        Command.CREATE: "POST",
        Command.REFRESH: "GET",
        Command.UPDATE: "PATCH",
        Command.DESTROY: "DELETE",
    }.get(command)
    return Counter() if method is None else Counter({method: numbers})


def call_figures(*, update_many: bool) -> Figures:
    """Count the calls of every command over 100 numbers, of those that are promised over 1,000.

    Args:
        update_many: Whether an update is among the latter, which takes longest.
    """
    of_many = [Command.CREATE, Command.PREVIEW_UNCHANGED, *([Command.UPDATE] * update_many)]
    counted = [
        (numbers, command, calls)
        for numbers, commands in ((_FEW, tuple(Command)), (_MANY, of_many))
        for command, calls in calls_made(numbers, commands).items()
    ]
    return Figures(
        title="HTTP calls",
        explanation=(
            "Counted by the simulator. One call for each number that is created, read, changed or "
            "deleted; none where nothing has changed."
        ),
        columns=("command", "numbers", "calls"),
        rows=tuple(
            (command.value, f"{numbers:,}", _in_words(calls)) for numbers, command, calls in counted
        ),
        promises=(
            Promise(
                "no command makes a call that it could do without",
                kept=all(
                    calls == calls_needed(numbers, command) for numbers, command, calls in counted
                ),
            ),
        ),
    )


def _in_words(calls: Counter[str]) -> str:
    return ", ".join(f"{count:,} {method}" for method, count in calls.items()) or "0"
