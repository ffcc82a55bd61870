"""A stack of as many numbers as wanted, with a simulator of its own that counts the calls."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

from carrierx_simulator import SAMPLE_TOKEN, RunningSimulator, SimulatorSettings, running_simulator
from tests.benchmark.measured_run import MeasuredRun, measured_run
from tools.pulumi_project import PulumiProject

_PROGRAMS = Path(__file__).with_name("programs")


class Program(StrEnum):
    """The programs that are compared: the folders below ``programs``."""

    CARRIERX = "carrierx"
    AS_DOCUMENTED = "as_documented"
    DOES_NOTHING = "does_nothing"


class Command(StrEnum):
    """What is measured, in the order of a stack's life."""

    CREATE = "create"
    PREVIEW_UNCHANGED = "preview, nothing changed"
    UP_UNCHANGED = "up, nothing changed"
    REFRESH = "refresh"
    UPDATE = "update of one field"
    DESTROY = "destroy"


_UP = ("up", "--yes", "--skip-preview")

_ARGUMENTS = {
    Command.CREATE: _UP,
    Command.PREVIEW_UNCHANGED: ("preview",),
    Command.UP_UNCHANGED: _UP,
    Command.REFRESH: ("refresh", "--yes", "--skip-preview"),
    Command.UPDATE: _UP,
    Command.DESTROY: ("destroy", "--yes", "--skip-preview"),
}


class RunFailedError(Exception):
    """A command that should have succeeded did not; the text is what it printed."""


@dataclass(frozen=True, slots=True)
class Stack:
    """One stack of one program; ``numbers`` is how many resources the program declares."""

    project: PulumiProject
    simulator: RunningSimulator
    numbers: int

    def run(self, command: Command) -> MeasuredRun:
        """Run one command over all of the stack.

        Raises:
            RunFailedError: It failed.
        """
        name = "renamed" if command is Command.UPDATE else "number"
        run = self._measured(_ARGUMENTS[command], name)
        if run.exit_code:
            raise RunFailedError(run.output)
        return run

    def try_preview(self) -> MeasuredRun:
        """Preview a program that may fail; ``exit_code`` of the answer tells."""
        return self._measured(("preview",), "number")

    def take_calls(self) -> Counter[str]:
        """How many calls of each HTTP method came since this was asked last."""
        path = f"{self.simulator.origin}/_simulator/requests"
        with urlopen(path) as answer:  # noqa: S310 -- the simulator's own address
            calls = Counter(entry["method"] for entry in json.load(answer))
        with urlopen(Request(path, method="DELETE")):  # noqa: S310 -- as above
            return calls

    def _measured(self, arguments: tuple[str, ...], name: str) -> MeasuredRun:
        said = {"BENCHMARK_NUMBERS": str(self.numbers), "BENCHMARK_NAME": name}
        return measured_run(self.project, arguments, said)


@contextmanager
def stack_of(program: Program, numbers: int) -> Iterator[Stack]:
    """An empty stack of a program, on a simulator and a state backend that end with the block.

    Args:
        program: Which one.
        numbers: How many resources it declares.
    """
    with (
        TemporaryDirectory(prefix="pulumi-carrierx-") as made,
        running_simulator(SimulatorSettings()) as simulator,
    ):
        folder = Path(made) / "program"
        # A copy: the engine writes the stack's settings into the program's folder.
        shutil.copytree(_PROGRAMS / program, folder, ignore=shutil.ignore_patterns("__pycache__"))
        environment = {
            "CARRIERX_BASE_URL": simulator.base_url,
            "CARRIERX_TOKEN": SAMPLE_TOKEN,
            # No program needs a plugin, and no figure shall depend on the network.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        yield Stack(PulumiProject(folder, Path(made), environment), simulator, numbers)
