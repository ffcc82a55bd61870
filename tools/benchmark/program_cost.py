"""What a program of many numbers costs its own process, for each number.

CPU time of the process that runs the program, less that of a program of one number; so it is
neither the engine's time nor the provider's. Takes about five minutes.
"""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.benchmark.figures import Figures, Promise
from tools.benchmark.python_processes import PythonProcesses
from tools.benchmark.stack import Program, RunFailedError, stack_of

NUMBERS = (1_000, 10_000)
LARGEST_GROWTH = 1.3
"""How much more a number of the largest program may cost than one of the smallest."""
LARGEST_RATIO = 1.5
"""How much more a number may cost than a resource of the program that does nothing."""


class Row(Enum):
    """What is measured: a program, and the environment that it runs in."""

    CARRIERX = ("pulumi-carrierx", Program.CARRIERX, "on")
    WITHOUT_COLLECTION = ("pulumi-carrierx, gc.disable()", Program.CARRIERX, "off")
    NOTHING = ("nothing", Program.DOES_NOTHING, "on")
    NOTHING_WITHOUT_COLLECTION = ("nothing, gc.disable()", Program.DOES_NOTHING, "off")

    def __init__(self, title: str, program: Program, garbage_collection: str) -> None:
        """Say what a member's values are."""
        self.title = title
        self.program = program
        self.garbage_collection = garbage_collection


@dataclass(frozen=True, slots=True)
class ProgramCost:
    """What the previews of one row took, by how many numbers the program had."""

    row: Row
    milliseconds_each: dict[int, float]

    @property
    def growth(self) -> float:
        """What a number of the largest program costs, beside one of the smallest."""
        few, many = min(self.milliseconds_each), max(self.milliseconds_each)
        return self.milliseconds_each[many] / self.milliseconds_each[few]


def program_cpu_seconds(row: Row, numbers: int) -> float:
    """The CPU time of a program's process while it previews so many new numbers.

    Raises:
        RunFailedError: The preview failed.
    """
    with TemporaryDirectory(prefix="pulumi-carrierx-") as made:
        processes = PythonProcesses(Path(made) / "site")
        with stack_of(row.program, numbers) as stack:
            processes.take()
            stack.project.environment |= processes.environment
            stack.project.environment["GARBAGE_COLLECTION"] = row.garbage_collection
            run = stack.try_preview()
        if run.exit_code:
            raise RunFailedError(run.output)
        (program,) = [process for process in processes.take() if process.is_program]
        return program.cpu_seconds


def program_costs(numbers: tuple[int, ...]) -> list[ProgramCost]:
    """Measure every row; the rows take turns, so that a busy machine is so for all of them."""
    seconds = {row: {1: program_cpu_seconds(row, 1)} for row in Row}
    for count in numbers:
        for row, taken in seconds.items():
            taken[count] = program_cpu_seconds(row, count)
    return [
        ProgramCost(
            row, {count: (taken[count] - taken[1]) / (count - 1) * 1_000 for count in numbers}
        )
        for row, taken in seconds.items()
    ]


def program_figures(numbers: tuple[int, ...] = NUMBERS) -> Figures:
    """The table, beside the row that does nothing."""
    costs = {cost.row: cost for cost in program_costs(numbers)}
    floor = costs[Row.NOTHING].milliseconds_each
    ratios = {
        row: {count: each / floor[count] for count, each in cost.milliseconds_each.items()}
        for row, cost in costs.items()
    }
    few, many = min(numbers), max(numbers)
    return Figures(
        title="The program's own process",
        explanation=(
            "CPU of the process that runs the program, in a preview of new numbers: ms for each "
            "number, and its ratio to the program that does nothing, whose time is only that of "
            f"the SDK. *Growth* is the cost of a number among {many:,}, divided by that of a "
            f"number among {few:,}. Python's garbage collector visits each of the SDK's objects "
            "many times, and finds almost nothing to free. A program that only declares its "
            "resources does not need it: put `import gc; gc.disable()` at its top."
        ),
        columns=(
            "program",
            *(f"ms each of {count:,}" for count in numbers),
            *(f"ratio at {count:,}" for count in numbers),
            "growth",
        ),
        rows=tuple(
            (
                row.title,
                *(f"{each:.2f}" for each in cost.milliseconds_each.values()),
                *(f"{ratio:.2f}" for ratio in ratios[row].values()),
                f"{cost.growth:.2f}",
            )
            for row, cost in costs.items()
        ),
        promises=(
            Promise(
                f"a number of {many:,} costs at most {LARGEST_GROWTH:g} times one of {few:,}",
                kept=costs[Row.CARRIERX].growth <= LARGEST_GROWTH,
            ),
            Promise(
                f"a number costs at most {LARGEST_RATIO:g} times a resource that does nothing",
                kept=max(ratios[Row.CARRIERX].values()) <= LARGEST_RATIO,
            ),
        ),
    )
