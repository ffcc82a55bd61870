"""How long the commands take, beside what Pulumi itself takes."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack

from tests.benchmark.figures import Figures
from tests.benchmark.stack import Command, Program, stack_of

_COMMANDS = (
    Command.CREATE,
    Command.PREVIEW_UNCHANGED,
    Command.UP_UNCHANGED,
    Command.REFRESH,
)


def durations(
    numbers: int, programs: Sequence[Program], commands: Iterable[Command]
) -> dict[Command, dict[Program, float]]:
    """Seconds of each command, by program.

    The programs take turns at every command, so that a machine that is busy for a while is so for
    all of them; and each is first in turn.

    Raises:
        RunFailedError: A command failed.
    """
    with ExitStack() as open_stacks:
        stacks = {
            program: open_stacks.enter_context(stack_of(program, numbers)) for program in programs
        }
        taken = {}
        for turn, command in enumerate(commands):
            first = turn % len(programs)
            taken[command] = {
                program: stacks[program].run(command).seconds
                for program in (*programs[first:], *programs[:first])
            }
    return taken


def duration_figures(*, update_many: bool) -> Figures:
    """Measure all programs once over 100 numbers, and over 500 those that can bear it.

    Args:
        update_many: Whether an update of the 500 is measured, which takes longest.
    """
    with_update = (*_COMMANDS, Command.UPDATE)
    taken = {
        100: durations(100, tuple(Program), with_update),
        # As documented, a program ends in a RecursionError before that.
        500: durations(
            500,
            (Program.CARRIERX, Program.DOES_NOTHING),
            with_update if update_many else _COMMANDS,
        ),
    }
    return Figures(
        title="Wall time",
        explanation=(
            "Seconds, one run each, the programs in turn, against a simulator that answers at "
            "once: so it is Pulumi's and the provider's own time. *Nothing* is a dynamic provider "
            "that does nothing, the least that Pulumi itself takes; the file backend, which writes "
            "the whole state after every step, makes most of it. *As documented* is a provider "
            "as Pulumi's documentation teaches it; 500 numbers are more than it can declare."
        ),
        columns=(
            "command",
            "numbers",
            "pulumi-carrierx",
            "nothing",
            "ratio",
            "as documented",
            "ratio",
        ),
        rows=tuple(
            (
                command.value,
                f"{numbers}",
                f"{seconds[Program.CARRIERX]:.1f}",
                *_beside(seconds, Program.DOES_NOTHING),
                *_beside(seconds, Program.AS_DOCUMENTED),
            )
            for numbers, commands in taken.items()
            for command, seconds in commands.items()
        ),
    )


def _beside(seconds: dict[Program, float], other: Program) -> tuple[str, str]:
    """The other's seconds, and how many times as long as the other we take."""
    if other not in seconds:
        return "fails", ""
    return f"{seconds[other]:.1f}", f"{seconds[Program.CARRIERX] / seconds[other]:.2f}"
