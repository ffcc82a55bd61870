"""A stack of as many numbers as wanted, with a simulator of its own that counts the calls."""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from carrierx_simulator import SAMPLE_TOKEN
from tools.benchmark.measured_run import MeasuredRun, measured_pulumi
from tools.benchmark.simulated_account import SimulatedAccount, simulated_account
from tools.pulumi_project import PulumiProject

PROGRAMS = Path(__file__).with_name("programs")


class Program(StrEnum):
    """The Pulumi programs that are compared: the folders below ``programs``."""

    CARRIERX = "carrierx"
    AS_DOCUMENTED = "as_documented"
    PER_NUMBER = "per_number"
    DOES_NOTHING = "does_nothing"


class Command(StrEnum):
    """What is measured, in the order of a stack's life."""

    CREATE = "create"
    PREVIEW_UNCHANGED = "preview, nothing changed"
    UP_UNCHANGED = "up, nothing changed"
    REFRESH = "refresh"
    UPDATE = "update of one field"
    DESTROY = "destroy"


NAMES = {True: "renamed", False: "number"}
"""How the names of all numbers begin after an update, and before it."""

_UP = ("up", "--yes", "--skip-preview")

_ARGUMENTS = {
    Command.CREATE: _UP,
    Command.PREVIEW_UNCHANGED: ("preview",),
    Command.UP_UNCHANGED: _UP,
    Command.REFRESH: ("refresh", "--yes", "--skip-preview"),
    Command.UPDATE: _UP,
    Command.DESTROY: ("destroy", "--yes", "--skip-preview"),
}

# What a program needs that lies elsewhere, and under which name.
_SHARED = {"declared.py": "declared.py"}
_ALSO = {Program.PER_NUMBER: {"as_documented/__main__.py": "as_documented.py"}}


class RunFailedError(Exception):
    """A command that should have succeeded did not; the text is what it printed."""


@dataclass(frozen=True, slots=True)
class Stack:
    """One stack of one program; ``numbers`` is how many resources the program declares."""

    project: PulumiProject
    account: SimulatedAccount
    numbers: int

    def run(self, command: Command) -> MeasuredRun:
        """Run one command over all of the stack.

        Raises:
            RunFailedError: It failed.
        """
        run = self._measured(_ARGUMENTS[command], NAMES[command is Command.UPDATE])
        if run.exit_code:
            raise RunFailedError(run.output)
        return run

    def try_preview(self) -> MeasuredRun:
        """Preview a program that may fail; ``exit_code`` of the answer tells."""
        return self._measured(("preview",), NAMES[False])

    def take_calls(self) -> Counter[str]:
        """How many calls of each HTTP method came since this was asked last."""
        return self.account.take_calls()

    def state_bytes(self) -> int:
        """The size of the state file, which the engine writes after every step."""
        return self.project.state_file.stat().st_size

    def _measured(self, arguments: tuple[str, ...], name: str) -> MeasuredRun:
        said = {"BENCHMARK_NUMBERS": str(self.numbers), "BENCHMARK_NAME": name}
        return measured_pulumi(self.project, arguments, said)


@contextmanager
def stack_of(
    program: Program,
    numbers: int,
    *,
    latency_ms: int = 0,
    environment: dict[str, str] | None = None,
) -> Iterator[Stack]:
    """An empty stack of a program, on a simulator and a state backend that end with the block.

    Args:
        program: Which one.
        numbers: How many resources it declares.
        latency_ms: Milliseconds that the simulator waits before it handles a call.
        environment: More variables for engine, program and provider.
    """
    with (
        TemporaryDirectory(prefix="pulumi-carrierx-") as made,
        simulated_account(latency_ms=latency_ms) as account,
    ):
        # Named as the project, which is how the state file is found.
        folder = Path(made) / "benchmark"
        # A copy: the engine writes the stack's settings into the program's folder.
        shutil.copytree(PROGRAMS / program, folder, ignore=shutil.ignore_patterns("__pycache__"))
        for source, name in {**_SHARED, **_ALSO.get(program, {})}.items():
            shutil.copy(PROGRAMS / source, folder / name)
        project = PulumiProject(
            folder,
            Path(made),
            {
                "CARRIERX_BASE_URL": account.base_url,
                "CARRIERX_TOKEN": SAMPLE_TOKEN,
                **(environment or {}),
            },
        )
        yield Stack(project, account, numbers)
