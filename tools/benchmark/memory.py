"""How much memory the engine takes."""

from carrierx_provider.dynamic_reference import EXTERNAL_DID_PROVIDER
from tools.benchmark.figures import Figures, Promise
from tools.benchmark.stack import Command, Program, stack_of

NUMBERS = 500
MEGABYTES = 300

# As documented it grows with the square of the numbers: more than this is too much to be run on
# somebody's machine without being asked.
_AS_DOCUMENTED = (25, 50, 100)
_OURS = (*_AS_DOCUMENTED, NUMBERS)


def engine_peak(program: Program, numbers: int) -> float:
    """The engine's peak memory in MB while it creates so many numbers.

    Raises:
        RunFailedError: It failed.
    """
    with stack_of(program, numbers) as stack:
        return stack.run(Command.CREATE).peak_megabytes


def memory_figures() -> Figures:
    """Measure both programs at sizes that they can bear."""
    ours = {numbers: engine_peak(Program.CARRIERX, numbers) for numbers in _OURS}
    as_documented = {
        numbers: engine_peak(Program.AS_DOCUMENTED, numbers) for numbers in _AS_DOCUMENTED
    }
    return Figures(
        title="The engine's memory",
        explanation=(
            "Peak resident memory of the process `pulumi` during a create, in MB. In *as "
            "documented* the whole class is part of every resource, as a secret, and the memory "
            "grows with the square of the numbers: a separate test with 200 numbers and an update "
            f"took 3.3 GB. pulumi-carrierx puts the same {len(EXTERNAL_DID_PROVIDER)} characters "
            "into every resource."
        ),
        columns=("numbers", "pulumi-carrierx", "as documented"),
        rows=tuple(
            (
                f"{numbers}",
                f"{megabytes:.0f}",
                f"{as_documented[numbers]:.0f}" if numbers in as_documented else "not run",
            )
            for numbers, megabytes in ours.items()
        ),
        promises=(
            Promise(
                f"at {NUMBERS} numbers the engine stays below {MEGABYTES} MB",
                kept=ours[NUMBERS] < MEGABYTES,
            ),
        ),
    )
